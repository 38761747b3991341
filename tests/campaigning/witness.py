"""A wire and a link that remember what the M1 truly held, when, and by whose doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Bank, Combination, Mode, Part, Program
from m1tui.virtual.card import Card
from m1tui.virtual.fault_wire import FaultPlan, FaultyWire
from m1tui.virtual.faults import Fault, Kind, Mishap, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.settings import Settings
from tests.campaigning.cases import Second
from tests.campaigning.image import Image, function_of
from tests.two_m1s import TwoM1s

MESSAGES, HANDS, LOOP = "messages", "hands", "loop"
"""Who changed memory: the computer's messages, hands or power, messages that came back or twice."""
LONGEST_PIECE = 0.25
"""Seconds that bytes cross in one go."""
_HEAD = 8
_REALTIME = 0xF8


@dataclass(frozen=True)
class State:
    """What the M1 held from a moment on."""

    since: float
    memory: Memory
    card: Card | None
    cause: str
    files: frozenset[str]
    """The backups that lay on the disk, whole, before it."""

    @cached_property
    def internal(self) -> Image:
        """The internal memory."""
        return Image.of(self.memory.contents)

    @cached_property
    def on_card(self) -> Image:
        """The card's memory; nothing without one."""
        return Image({}, None) if self.card is None else Image.of(self.card.contents)

    @cached_property
    def _on_card_without_banks(self) -> Image:
        return self.on_card.without_banks()

    def of(self, bank: Bank) -> Image:
        """What a bank held, byte for byte."""
        return self.internal if bank is Bank.INTERNAL else self.on_card

    def compared(self, bank: Bank) -> Image:
        """What a bank held, as it may be compared: a card's combinations play the card's own."""
        return self.internal if bank is Bank.INTERNAL else self._on_card_without_banks


@dataclass(frozen=True, slots=True)
class Panel:
    """What is not memory and is to be as it was at the end."""

    settings: Settings
    mode: Mode
    edit_program: Program
    edit_combination: Combination
    program: tuple[Bank, int]
    """The program that is selected."""
    combination: tuple[Bank, int]

    @classmethod
    def of(cls, m1: VirtualM1) -> Panel:
        board = m1.board
        return cls(
            board.settings,
            board.mode,
            board.edit_program,
            board.edit_combination,
            (board.program_bank, board.program_number),
            (board.combination_bank, board.combination_number),
        )


FACTS = ("settings", "mode", "edit_program", "edit_combination", "program", "combination")


@dataclass(slots=True)
class Watched:
    """One fact of the panel: what it may be at the end, and since when it is something else."""

    allowed: list[object]
    """What it was at first, and what hands made of it."""
    astray_since: float | None = None


@dataclass(frozen=True, slots=True)
class Dump:
    """A bank dump that the M1 sent; times as it left the M1."""

    part: Part
    bank: Bank
    asked: float
    """When it was made: what it holds was true then."""
    begun: float
    ended: float


@dataclass(slots=True)
class Voice:
    """Knows the bank dumps among what the M1 sends."""

    dumps: list[Dump] = field(default_factory=list)
    made: dict[tuple[Part, Bank], list[float]] = field(default_factory=dict)
    """When dumps were made, by what they hold."""
    _head: bytes | None = None
    _begun: float = 0.0

    def sent(self, data: bytes, begun: float, ended: float) -> None:
        """Take bytes that left the M1 in that time."""
        at = 0
        while True:
            if self._head is None:
                at = data.find(0xF0, at)
                if at < 0:
                    return
                self._head, self._begun = b"", begun
            end = data.find(0xF7, at)
            piece = data[at:] if end < 0 else data[at : end + 1]
            if len(self._head) < _HEAD:
                self._head += bytes(byte for byte in piece[: 3 * _HEAD] if byte < _REALTIME)
            if end < 0:
                return
            self._ended(self._head, ended)
            self._head, at = None, end + 1

    def _ended(self, head: bytes, now: float) -> None:
        part = function_of(head)
        if part is not None:
            bank = Bank(head[5] & 1)
            made = [one for one in self.made.get((part, bank), ()) if one <= now]
            self.dumps.append(Dump(part, bank, made[-1] if made else self._begun, self._begun, now))


class Witness:
    """Looks at one M1 after everything that happens to it, and keeps what it saw."""

    def __init__(self, m1: VirtualM1, folder: Path) -> None:
        self.machine = m1
        self.folder = folder
        """Where backups of the run are kept."""
        self.cause = HANDS
        self.history = [State(0.0, m1.memory, m1.card, HANDS, frozenset())]
        self.beginning = self._panel = Panel.of(m1)
        self.watched = {fact: Watched([getattr(self._panel, fact)]) for fact in FACTS}
        self.voice = Voice()
        self._note_dumps(m1)
        self._note_what_comes_later(m1)

    def _note_what_comes_later(self, m1: VirtualM1) -> None:
        """Know that what a message does when its reply has gone out is the message's doing."""
        later = m1.board.later

        def noted(seconds: float, action: Callable[[], None]) -> None:
            def done() -> None:
                with self.doing(MESSAGES):
                    action()

            later(seconds, done)

        m1.board.later = noted  # type: ignore[method-assign]

    def _note_dumps(self, m1: VirtualM1) -> None:
        """Note when each dump is made."""
        made, dump_of = self.voice.made, m1.board.dump

        def dump(part: Part, bank: Bank) -> object:
            now = asyncio.get_running_loop().time()
            made.setdefault((part, bank), []).append(now)
            return dump_of(part, bank)

        m1.board.dump = dump  # type: ignore[assignment,method-assign]  # the same, but noted

    @contextmanager
    def doing(self, cause: str) -> Iterator[None]:
        """Know by whose doing something changes within."""
        self.cause, before = cause, self.cause
        try:
            yield
        finally:
            self.look()
            self.cause = before

    def look(self) -> None:
        """Keep what the M1 holds and is set to, where anything was written or changed."""
        board, last = self.machine.board, self.history[-1]
        now = asyncio.get_running_loop().time()
        if board.memory is not last.memory or board.card is not last.card:
            files = frozenset(path.name for path in self.folder.glob("*.syx"))
            self.history.append(State(now, board.memory, board.card, self.cause, files))
        self._look_at_panel(now)

    def _look_at_panel(self, now: float) -> None:
        board, panel = self.machine.board, self._panel
        if (
            board.edit_program is panel.edit_program
            and board.edit_combination is panel.edit_combination
            and board.mode is panel.mode
            and board.settings is panel.settings
            and board.program_number == panel.program[1]
            and board.combination_number == panel.combination[1]
            and board.program_bank is panel.program[0]
            and board.combination_bank is panel.combination[0]
        ):
            return
        self._panel = Panel.of(self.machine)
        for fact, watched in self.watched.items():
            value = getattr(self._panel, fact)
            if value == getattr(panel, fact):
                continue
            if self.cause != MESSAGES and value not in watched.allowed:
                watched.allowed.append(value)
            if value in watched.allowed:
                watched.astray_since = None
            elif watched.astray_since is None:
                watched.astray_since = now


class WitnessWire(FaultyWire):
    """A faulty wire that writes history."""

    def __init__(self, witness: Witness, plan: FaultPlan, baud: int) -> None:
        super().__init__(witness.machine, plan, baud=baud)
        self.witness = witness

    def _piece(self, waiting: int) -> int:
        # On a slow line a piece is to take no longer than a pause that an instrument may make.
        slow = int(LONGEST_PIECE / self.byte_time) if self.byte_time else waiting
        return min(super()._piece(waiting), max(slow, 1))

    def go_wrong_by(self, plan: FaultPlan) -> None:
        """Have other faults from now on."""
        self.plan = plan
        self.machine.answer_faults = plan.answer_faults

    def visit(self, kind: Kind, plan: FaultPlan) -> None:
        """Let somebody come by and do what a fault of that kind does, between two messages."""
        now = asyncio.get_running_loop().time()
        plan.log.add(Mishap(now, kind, None, 0, 0, "between messages"))
        self._happen(Fault(kind, 1.0), Side.OUT)

    def _hear(self, data: bytes) -> None:
        with self.witness.doing(MESSAGES):
            super()._hear(data)

    def _hear_stray(self, data: bytes) -> None:
        with self.witness.doing(LOOP):
            super()._hear(data)

    async def _pass_out(self, data: bytes, free_at: float) -> float:
        now = asyncio.get_running_loop().time()
        self.witness.voice.sent(data, now - len(data) * self.byte_time, now)
        return await super()._pass_out(data, free_at)

    def nudge(self) -> None:
        super().nudge()
        self.witness.look()


class Silence:
    """Measures how long the computer sends nothing."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds."""
        self._since = 0.0

    def ends(self) -> None:
        """Measure the silence that ends now."""
        self.longest = max(self.longest, asyncio.get_running_loop().time() - self._since)

    def begins(self) -> None:
        """Measure from now on."""
        self._since = asyncio.get_running_loop().time()


class WitnessLink(VirtualLink):
    """A virtual M1 that is looked at, alone on its link."""

    def __init__(self, witness: Witness, plan: FaultPlan, baud: int) -> None:
        super().__init__(witness.machine, baud=baud, faults=plan)
        self.silence = Silence()
        self.wire = WitnessWire(witness, plan, baud)
        self.wire.on_unplug = self._unplug

    def _new_wire(self) -> WitnessWire:
        return self.wire

    async def _write(self, data: bytes) -> None:
        self.silence.ends()
        await super()._write(data)
        self.silence.begins()


class TwoWitnessLink(TwoM1s):
    """A virtual M1 that is looked at, and another one that hears all that it hears.

    The other one, and the wires that are its alone, are without faults.
    """

    def __init__(
        self, witness: Witness, neighbour: Witness, plan: FaultPlan, second: Second, baud: int
    ) -> None:
        super().__init__(
            witness.machine, neighbour.machine, late=second.late, buffer=second.buffer, baud=baud
        )
        self.silence = Silence()
        self.wire = WitnessWire(witness, plan, baud)
        self.wire.on_unplug = self._unplug
        self._other = WitnessWire(neighbour, FaultPlan(()), baud)

    def new_wire(self, number: int) -> WitnessWire:
        return self._other if number else self.wire

    async def _write(self, data: bytes) -> None:
        self.silence.ends()
        await super()._write(data)
        self.silence.begins()
