"""Asks whether memory is protected, by writing back what is there.

Programs: the edit buffer is kept, loaded with what slot 00 holds, read back, and only if it is
just that, stored in slot 00; then the edit buffer gets back what it held. Combinations likewise.
The sequencer's memory is sent back as it is. Source: M1 MIDI implementation, items 11 to 13.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum

from m1tui.engine.instrument import Instrument
from m1tui.engine.waiting import NoReply, Reply
from m1tui.sysex import (
    AnyMessage,
    Bank,
    BankDump,
    Combination,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Contents,
    Message,
    Mode,
    ModeChange,
    Part,
    Program,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
    StatusCode,
)


class Protection(StrEnum):
    """What a probe found."""

    FREE = "unprotected"
    PROTECTED = "protected"
    NOT_ASKED = "could not be asked"


@dataclass(slots=True)
class ProbeReport:
    """What the probes found so far; filled while they run, so that it survives a lost link."""

    found: dict[Part, Protection] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    """One line for each probe, with the status codes."""
    wrote: set[Part] = field(default_factory=set)
    """The parts that may have been written, with what they held."""
    fell_silent: bool = False
    """Whether the M1 stopped answering when it was put into another mode."""

    @property
    def protected(self) -> tuple[Part, ...]:
        """The parts that are protected."""
        return tuple(part for part, found in self.found.items() if found is Protection.PROTECTED)

    def note(self, part: Part, found: Protection, evidence: str) -> None:
        """Keep the result of one probe."""
        self.found[part] = found
        self.evidence.append(f"{part.value}: {found.value} ({evidence})")


class _NotAsked(Exception):
    """The probe cannot go on; the text says why."""


@dataclass(frozen=True)
class _Kind:
    """How one kind of edit buffer is asked for, loaded and stored."""

    part: Part
    mode: Mode
    modes: frozenset[Mode]
    request: Callable[[int], AnyMessage]
    load: Callable[[int, Program | Combination], AnyMessage]
    write: Callable[[int], AnyMessage]

    def buffer(self, message: AnyMessage) -> Program | Combination | None:
        """Return the record that `message` carries, None if it is no such dump."""
        if self.part is Part.PROGRAMS:
            return message.program if isinstance(message, ProgramDump) else None
        return message.combination if isinstance(message, CombinationDump) else None

    def slot_00(self, memory: Contents) -> Program | Combination | None:
        """Return what slot 00 holds; None if it was not read."""
        records = memory.programs if self.part is Part.PROGRAMS else memory.combinations
        return records[0] if records else None


def _load(channel: int, record: Program | Combination) -> Message:
    if isinstance(record, Program):
        return ProgramDump(channel, record)
    return CombinationDump(channel, record)


_KINDS = (
    _Kind(
        Part.PROGRAMS,
        Mode.PROG,
        frozenset({Mode.PROG, Mode.EDIT_PROG}),
        ProgramRequest,
        _load,
        lambda channel: ProgramWrite(channel, Bank.INTERNAL, 0),
    ),
    _Kind(
        Part.COMBINATIONS,
        Mode.COMBI,
        frozenset({Mode.COMBI, Mode.EDIT_COMBI}),
        CombinationRequest,
        _load,
        lambda channel: CombinationWrite(channel, Bank.INTERNAL, 0),
    ),
)


async def probe(
    instrument: Instrument, memory: Contents, parts: Collection[Part], report: ProbeReport
) -> None:
    """Fill `report` for those of `parts` that `memory`, as just read, holds; raises LinkLost.

    The mode and the edit buffer that were in use are in use again afterwards.
    """
    if Part.SEQUENCE in parts and memory.sequence is not None:
        await _probe_sequence(instrument, memory, report)
    kinds = [kind for kind in _KINDS if kind.part in parts and kind.slot_00(memory) is not None]
    if kinds:
        await _EditBuffers(instrument, memory, report).run(kinds)


async def _probe_sequence(instrument: Instrument, memory: Contents, report: ProbeReport) -> None:
    dump = BankDump.of(memory, Part.SEQUENCE, channel=instrument.channel)
    report.wrote.add(Part.SEQUENCE)
    try:
        reply = await instrument.conversation.ask(dump, _is_load_status)
    except NoReply as failure:
        report.note(Part.SEQUENCE, Protection.NOT_ASKED, f"48 sent, {failure.description}")
        return
    code = _code(reply)
    found = {
        StatusCode.LOAD_COMPLETED: Protection.FREE,
        StatusCode.LOAD_ERROR: Protection.PROTECTED,
    }.get(code, Protection.NOT_ASKED)
    if found is Protection.PROTECTED:
        report.wrote.discard(Part.SEQUENCE)
    report.note(Part.SEQUENCE, found, f"48 sent, {code:02X} {code.label} received")


def _is_load_status(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in {
        StatusCode.LOAD_COMPLETED,
        StatusCode.LOAD_ERROR,
        StatusCode.FORMAT_ERROR,
    }


def _code(reply: Reply) -> StatusCode:
    assert isinstance(reply.message, Status)
    return reply.message.code


class _EditBuffers:
    """The probes of programs and combinations: through the edit buffer, in the right mode."""

    def __init__(self, instrument: Instrument, memory: Contents, report: ProbeReport) -> None:
        self._instrument = instrument
        self._conversation = instrument.conversation
        self._memory = memory
        self._report = report
        self._mode: Mode | None = None

    async def run(self, kinds: list[_Kind]) -> None:
        """Probe `kinds`, the one that needs no mode change first."""
        try:
            before = await self._ask_mode()
            own = next((kind for kind in _KINDS if before in kind.modes), None)
            kept = await self._buffer(own) if own is not None else None
        except _NotAsked as why:
            for kind in kinds:
                self._report.note(kind.part, Protection.NOT_ASKED, str(why))
            return
        for kind in sorted(kinds, key=lambda kind: kind is not own):
            try:
                await self._enter(kind)
                await self._probe(kind)
            except _NotAsked as why:
                self._report.note(kind.part, Protection.NOT_ASKED, str(why))
            if self._report.fell_silent:
                return
        if before is not None and self._mode is not before:
            await self._return_to(before)
            if own is not None and kept is not None and self._mode is before:
                await self._load(own, kept)

    async def _ask_mode(self) -> Mode | None:
        try:
            self._mode = (await self._instrument.ask_mode()).mode
        except NoReply as failure:
            raise _NotAsked(f"mode data: {failure.description}") from failure
        return self._mode

    async def _enter(self, kind: _Kind) -> None:
        if self._mode in kind.modes:
            return
        await self._conversation.tell(ModeChange(self._instrument.channel, kind.mode))
        try:
            # The mode data behind a mode change also fences off a status that it may provoke.
            mode = await self._ask_mode()
        except _NotAsked:
            self._report.fell_silent = True
            raise
        if mode is not kind.mode:
            found = mode.label if mode is not None else "an unknown mode"
            raise _NotAsked(f"expected mode {kind.mode.label} after 4E, found {found}")

    async def _return_to(self, mode: Mode) -> None:
        await self._conversation.tell(ModeChange(self._instrument.channel, mode))
        try:
            now = await self._ask_mode()
        except _NotAsked as why:
            self._report.evidence.append(f"the M1 was to go back to {mode.label}: {why}")
            return
        if now is not mode:
            self._report.evidence.append(f"the M1 did not go back to {mode.label}")

    async def _probe(self, kind: _Kind) -> None:
        kept = await self._buffer(kind)
        try:
            await self._store_00(kind)
        finally:
            await self._load(kind, kept)

    async def _store_00(self, kind: _Kind) -> None:
        record = kind.slot_00(self._memory)
        assert record is not None
        await self._load(kind, record)
        loaded = await self._buffer(kind)
        if loaded.normal() != record.normal():
            raise _NotAsked("the edit buffer did not take what slot 00 holds")
        self._report.wrote.add(kind.part)
        write = kind.write(self._instrument.channel)
        assert isinstance(write, Message)
        try:
            reply = await self._conversation.ask(write, _is_write_status)
        except NoReply as failure:
            refusal = failure.refusal
            if refusal is None or refusal.code is not StatusCode.LOAD_ERROR:
                raise _NotAsked(f"{write.function:02X}: {failure.description}") from failure
            code: StatusCode = refusal.code
        else:
            code = _code(reply)
        found = Protection.FREE
        if code is not StatusCode.WRITE_COMPLETED:
            found = Protection.PROTECTED
            self._report.wrote.discard(kind.part)
        evidence = f"{write.function:02X} sent for slot 00, {code:02X} {code.label} received"
        self._report.note(kind.part, found, evidence)

    async def _buffer(self, kind: _Kind) -> Program | Combination:
        request = kind.request(self._instrument.channel)
        try:
            reply = await self._conversation.ask(
                request, lambda message: kind.buffer(message) is not None
            )
        except NoReply as failure:
            raise _NotAsked(f"edit buffer: {failure.description}") from failure
        record = kind.buffer(reply.message)
        assert record is not None
        return record

    async def _load(self, kind: _Kind, record: Program | Combination) -> None:
        try:
            message = kind.load(self._instrument.channel, record)
            await self._conversation.ask(message, _is_load_status)
        except NoReply as failure:
            # Whether the buffer took it is asked next; the status is only waited for.
            self._report.evidence.append(f"edit buffer of {kind.part.value}: {failure.description}")


def _is_write_status(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in {
        StatusCode.WRITE_COMPLETED,
        StatusCode.WRITE_ERROR,
    }
