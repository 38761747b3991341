"""Programs and combinations one by one: mode, edit buffer, slot; and all put back as it was.

40 and 49 load the edit buffer, 11 and 1A store it in a slot, 10 and 19 ask what it holds, in the
modes PROG and COMBI (M1 MIDI implementation, items 10 to 13). No request returns one slot: to read
it, it is selected by program change, which loads it into the edit buffer, and that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.line.ear import Reply
from m1tui.errors import NoReply, Silent, Unable
from m1tui.sysex import (
    AnyMessage,
    Bank,
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

Record = Program | Combination

SETTLE = 0.05
"""Seconds that an M1 may need after a program change before 10 or 19 finds what was selected.

Known from one owner's hardware. One source says that the M1 answers a program change with 23 while
Exclusive is enabled, so that answer is waited for, and this long where it does not come. Neither
is relied upon: the content tells whether the selection took place.
"""
MOST_READINGS = 4
"""How often an edit buffer that is to be put back is read until two readings agree."""
_PROGRAM_CHANGE = 0xC0


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """The channel message that selects slot `number`, 0–99, on `channel`, 0–15.

    Source: M1 MIDI implementation 2-1: received in PROG and COMBI, on the global channel, unless
    the MIDI filter keeps it out; numbers 0–99 are slots 00–99 of the bank in use.
    """

    channel: int
    number: int

    def encode(self) -> bytes:
        """Return the two bytes."""
        return bytes([_PROGRAM_CHANGE | self.channel, self.number])


@dataclass(frozen=True)
class Kind:
    """How one kind of edit buffer is asked for, loaded and stored."""

    part: Part
    word: str
    mode: Mode
    modes: frozenset[Mode]
    """The modes in which the edit buffer is received and sent; a slot is selected in `mode`."""
    request: Callable[[int], Message]
    write: Callable[[int, Bank, int], Message]

    def buffer(self, message: AnyMessage) -> Record | None:
        """Return the record that `message` carries, None if it is no such dump."""
        if self.part is Part.PROGRAMS:
            return message.program if isinstance(message, ProgramDump) else None
        return message.combination if isinstance(message, CombinationDump) else None

    def slots(self, memory: Contents) -> tuple[Record, ...]:
        """Return what the slots hold, from 00; empty if they were not read."""
        records = memory.programs if self.part is Part.PROGRAMS else memory.combinations
        return records or ()


PROGRAM = Kind(
    Part.PROGRAMS,
    "program",
    Mode.PROG,
    frozenset({Mode.PROG, Mode.EDIT_PROG}),
    ProgramRequest,
    ProgramWrite,
)
COMBINATION = Kind(
    Part.COMBINATIONS,
    "combination",
    Mode.COMBI,
    frozenset({Mode.COMBI, Mode.EDIT_COMBI}),
    CombinationRequest,
    CombinationWrite,
)
KINDS = (PROGRAM, COMBINATION)


def kind_of(part: Part) -> Kind:
    """Return the kind of edit buffer through which `part` is written."""
    return next(kind for kind in KINDS if kind.part is part)


def load_message(channel: int, record: Record) -> Message:
    """Return the dump that loads `record` into its edit buffer."""
    if isinstance(record, Program):
        return ProgramDump(channel, record)
    return CombinationDump(channel, record)


def is_load_status(message: AnyMessage) -> bool:
    """Tell whether this is what the M1 says after a dump or a program change."""
    return isinstance(message, Status) and message.code in {
        StatusCode.LOAD_COMPLETED,
        StatusCode.LOAD_ERROR,
        StatusCode.FORMAT_ERROR,
    }


def status_code(reply: Reply) -> StatusCode:
    """Return the code of a reply that is a status."""
    assert isinstance(reply.message, Status)
    return reply.message.code


class EditBuffers:
    """Work in the edit buffers of one M1; what goes wrong beside it stands in `evidence`."""

    def __init__(self, instrument: Instrument, evidence: list[str]) -> None:
        self._instrument = instrument
        self._conversation = instrument.conversation
        self._evidence = evidence
        self._before: Mode | None = None
        self._mode: Mode | None = None
        self._allocation: int | None = None
        self._own: Kind | None = None
        self._kept: Record | None = None
        self.selected: dict[Part, int] = {}
        """The slot that was selected last, by its part; nothing where none was."""
        self.fell_silent = False
        """Whether the M1 stopped answering when it was put into another mode."""

    async def begin(self) -> None:
        """Ask for the mode in use and keep its edit buffer; raises Unable and LinkLost."""
        self._before = await self.ask_mode()
        self._own = next((kind for kind in KINDS if self._before in kind.modes), None)
        self._kept = await self._settled(self._own) if self._own is not None else None

    def in_order(self, kinds: list[Kind]) -> list[Kind]:
        """Return `kinds`, the one that needs no mode change first."""
        return sorted(kinds, key=lambda kind: kind is not self._own)

    async def ask_mode(self) -> Mode | None:
        """Return the mode, None for one that is not known; raises Unable and LinkLost.

        Unable, too, where the memory allocation is another than at first: then memory is.
        """
        try:
            mode_data = await self._instrument.ask_mode()
        except NoReply as failure:
            raise Silent(f"mode data: {failure.description}") from failure
        self._mode = mode_data.mode
        if self._allocation not in (None, mode_data.allocation_code):
            raise Unable("the memory allocation was changed in the meantime")
        self._allocation = mode_data.allocation_code
        return self._mode

    async def enter(self, kind: Kind, *, to_select: bool = False) -> None:
        """Put the M1 into a mode of `kind`, the one in which slots are selected if need be."""
        if self._mode is kind.mode or (self._mode in kind.modes and not to_select):
            return
        await self._conversation.tell(ModeChange(self._instrument.channel, kind.mode))
        self._mode = None
        try:
            # The mode data behind a mode change also fences off a status that it may provoke.
            mode = await self.ask_mode()
        except Silent:
            self.fell_silent = True
            raise
        if mode is not kind.mode:
            found = mode.label if mode is not None else "an unknown mode"
            raise Unable(f"expected mode {kind.mode.label} after 4E, found {found}")

    async def enter_other(self) -> Mode:
        """Put the M1 into GLOBAL mode, or into PROG if it is there; return which.

        Raises Unable and LinkLost.
        """
        wanted = Mode.PROG if self._mode is Mode.GLOBAL else Mode.GLOBAL
        await self._conversation.tell(ModeChange(self._instrument.channel, wanted))
        if await self.ask_mode() is not wanted:
            raise Unable(f"the M1 did not enter {wanted.label}")
        return wanted

    async def keep(self, kind: Kind) -> Record:
        """Return what the edit buffer holds before it is touched; raises Unable and LinkLost."""
        if kind is self._own and self._mode is self._before and self._kept is not None:
            return self._kept
        return await self._settled(kind)

    async def end(self) -> None:
        """Go back to the mode that was in use, and its edit buffer; raises LinkLost."""
        if self._before is None or self._mode is self._before:
            return
        await self._return_to(self._before)
        if self._own is not None and self._kept is not None and self._mode is self._before:
            await self.load(self._own, self._kept)

    async def buffer(self, kind: Kind) -> Record:
        """Return what the edit buffer holds; raises Unable and LinkLost."""
        request = kind.request(self._instrument.channel)
        try:
            reply = await self._conversation.ask(
                request, lambda message: kind.buffer(message) is not None
            )
        except NoReply as failure:
            raise Unable(f"edit buffer: {failure.description}") from failure
        record = kind.buffer(reply.message)
        assert record is not None
        return record

    async def _settled(self, kind: Kind) -> Record:
        """Return what two readings in a row of the edit buffer agree on; raises Unable.

        A damaged reading would be loaded to put the sound back, and then be read back equal.
        """
        last = await self.buffer(kind)
        for _ in range(MOST_READINGS - 1):
            now = await self.buffer(kind)
            if now.raw == last.raw:
                return now
            last = now
        raise Unable("edit buffer: no two readings in a row agree")

    async def load(
        self, kind: Kind, record: Record, pacing: Pacing = Pacing.FULL
    ) -> StatusCode | None:
        """Load the edit buffer; return what the M1 says, None for silence; raises LinkLost."""
        try:
            message = load_message(self._instrument.channel, record)
            reply = await self._conversation.ask(message, is_load_status, pacing=pacing)
        except NoReply as failure:
            self._evidence.append(f"edit buffer of {kind.part.value}: {failure.description}")
            return None
        return status_code(reply)

    async def write(self, kind: Kind, bank: Bank, number: int) -> StatusCode:
        """Store the edit buffer; return 21, or 22 or 24 where the M1 refuses.

        Raises Unable and LinkLost.
        """
        message = kind.write(self._instrument.channel, bank, number)
        try:
            reply = await self._conversation.ask(message, _is_write_status)
        except NoReply as failure:
            refusal = failure.refusal
            if refusal is None or refusal.code is not StatusCode.LOAD_ERROR:
                raise Unable(f"{message.function:02X}: {failure.description}") from failure
            return refusal.code
        return status_code(reply)

    async def select(self, kind: Kind, number: int) -> bool:
        """Select a slot of the mode's bank; return whether the M1 confirms it; raises LinkLost."""
        change = ProgramChange(self._instrument.channel, number)
        try:
            reply = await self._conversation.ask(change, is_load_status, patience=SETTLE)
        except NoReply:
            return False
        confirmed = status_code(reply) is StatusCode.LOAD_COMPLETED
        if confirmed:
            self.selected[kind.part] = number
        return confirmed

    async def _return_to(self, mode: Mode) -> None:
        await self._conversation.tell(ModeChange(self._instrument.channel, mode))
        try:
            now = await self.ask_mode()
        except Unable as why:
            self._evidence.append(f"the M1 should go back to {mode.label}: {why}")
            return
        if now is not mode:
            self._evidence.append(f"the M1 did not go back to {mode.label}")


def _is_write_status(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in {
        StatusCode.WRITE_COMPLETED,
        StatusCode.WRITE_ERROR,
    }
