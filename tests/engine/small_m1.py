"""The smallest M1 that a test can twist: it answers by rote, from a memory that tests read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from m1tui.link.virtual import demo_contents
from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    Combination,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Contents,
    IdentityReply,
    IdentityRequest,
    Mode,
    ModeChange,
    ModeData,
    ModeRequest,
    Program,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
    StatusCode,
)

from .scripted import Answer

Twist = Callable[[AnyMessage | bytes, list[Answer]], Iterable[Answer]]
"""Gets a message and what a healthy M1 would answer; returns what this one answers."""


R = TypeVar("R", Program, Combination)


def as_it_is(_: AnyMessage | bytes, answers: list[Answer]) -> Iterable[Answer]:
    """Answer like a healthy M1."""
    return answers


def status(code: StatusCode, channel: int = 0) -> bytes:
    """Return a status message."""
    return Status(channel, code).encode()


@dataclass
class SmallM1:
    """An M1 without a panel, protects or filters."""

    memory: Contents = field(default_factory=demo_contents)
    channel: int = 0
    mode: Mode = Mode.PROG
    card_code: int = 1
    exclusive: bool = True
    twist: Twist = as_it_is
    answered: list[str] = field(default_factory=list)
    """The names of the messages that were answered, in order."""

    def __post_init__(self) -> None:
        assert self.memory.programs is not None
        assert self.memory.combinations is not None
        self.program: Program = self.memory.programs[0]
        self.combination: Combination = self.memory.combinations[0]

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        self.answered.append(type(message).__name__)
        return self.twist(message, list(self._answers(message)))

    def _answers(self, message: AnyMessage | bytes) -> Iterable[bytes]:
        if isinstance(message, IdentityRequest):
            if message.channel in {None, self.channel}:
                yield IdentityReply.of_m1(self.channel).encode()
            return
        if isinstance(message, bytes):
            yield self._status(StatusCode.FORMAT_ERROR)
            return
        if isinstance(message, IdentityReply) or message.channel != self.channel:
            return
        if self.exclusive:
            yield from self._exclusive(message)

    def _exclusive(self, message: AnyMessage) -> Iterable[bytes]:
        assert self.memory.allocation is not None
        match message:
            case ModeRequest():
                allocation = self.memory.allocation
                yield ModeData(self.channel, self.mode, allocation, self.card_code, 1).encode()
            case ModeChange():
                self.mode = Mode(message.mode_code)
            case BankRequest():
                dump = BankDump.of(self.memory, message.part, message.bank, self.channel)
                yield dump.encode()
            case BankDump():
                self.memory = self.memory.merged(message.contents)
                yield self._status(StatusCode.LOAD_COMPLETED)
            case ProgramRequest():
                yield ProgramDump(self.channel, self.program).encode()
            case CombinationRequest():
                yield CombinationDump(self.channel, self.combination).encode()
            case ProgramDump():
                self.program = message.program
                yield self._status(StatusCode.LOAD_COMPLETED)
            case CombinationDump():
                self.combination = message.combination
                yield self._status(StatusCode.LOAD_COMPLETED)
            case ProgramWrite():
                assert self.memory.programs is not None
                programs = _stored(self.memory.programs, message.number, self.program)
                self.memory = self.memory.replace(programs=programs)
                yield self._status(StatusCode.WRITE_COMPLETED)
            case CombinationWrite():
                assert self.memory.combinations is not None
                combinations = _stored(self.memory.combinations, message.number, self.combination)
                self.memory = self.memory.replace(combinations=combinations)
                yield self._status(StatusCode.WRITE_COMPLETED)

    def _status(self, code: StatusCode) -> bytes:
        return status(code, self.channel)


def _stored(records: tuple[R, ...], number: int, record: R) -> tuple[R, ...]:
    changed = list(records)
    changed[number] = record
    return tuple(changed)
