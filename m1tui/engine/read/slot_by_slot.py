"""Reads programs and combinations slot by slot, where an interface cuts every long answer.

Each slot is selected by a program change, which loads it into the edit buffer, and that is asked
for: once with rising numbers, once with falling ones. A program change that did not arrive leaves
the neighbour in the edit buffer, below the first time and above the second, so the two readings of
the slot differ. Global data, drum kits and the sequencer have no such short message.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from m1tui.advice import Advice
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.backup import content_notes, not_held
from m1tui.engine.restore.edit_buffers import KINDS, EditBuffers, Kind, Record, load_message
from m1tui.errors import NoReply, ReadError, Silent, Unable
from m1tui.facts import Backup
from m1tui.link.base import JACK_NEXT
from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    CardState,
    Combination,
    Contents,
    Part,
    Program,
    StatusCode,
)

MOST_TIMES = 5
"""How often a slot is read at most until two of its readings agree."""
GIVE_UP = 8
"""Slots in a row that give no edit buffer: at the beginning none will, later the M1 may be gone."""
_Came = tuple[Record, bool]
"""What came from the edit buffer, and whether the M1 confirmed the selection before."""
NOT_HAD = ("global", "drum kits", "sequence")
"""What has no message of its own that is short."""
OFFER = (
    "Each program and combination can be read separately, in about 45 s. Neither Global with the "
    "drum kits nor the sequence can be read that way."
)
"""What a person is told before they agree to it."""


async def back_up_slots(
    instrument: Instrument,
    *,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
) -> Backup:
    """Read each program and combination of internal memory until two readings of it agree.

    Mode, edit buffers and, where it can be told which it was, the selection are as they were
    afterwards; a note says what is not. What could not be had is in `missing`. Raises ReadError
    where no slot can be read so, Stopped when `cancel` is set, and LinkLost. An M1 that answers
    nothing any more is not waited for at each slot: what was read twice until then is returned.
    """
    with instrument.operation():
        reading = _Reading(instrument, Meter(progress, instrument.link.bytes_per_second), cancel)
        await reading.run()
    return reading.backup()


def is_cut(error: ReadError) -> bool:
    """Tell whether a reading failed because bytes of a long message were lost."""
    return error.advice.code == "dump-damaged" and bool(error.partial)


class _AllAlike(Unable):
    """All slots gave the same sound, so nothing shows that any of them was selected."""


class _Reading:
    """One reading of all slots; what is had so far."""

    def __init__(self, instrument: Instrument, meter: Meter, cancel: asyncio.Event | None) -> None:
        self._instrument = instrument
        self._meter = meter
        self._cancel = cancel
        self._allocation = Allocation.LARGE_PROGRAM
        self._evidence: list[str] = []
        self._doubts: list[str] = []
        """Why a kind was not read, or no further."""
        self._buffers = EditBuffers(instrument, self._evidence)
        self._had: dict[Part, dict[int, Record]] = {kind.part: {} for kind in KINDS}
        self._reads = 2
        self._done = 0
        self._lost = 0
        """Slots in a row that gave no edit buffer."""
        self._began = False
        """Whether anything was sent that moves the M1's selection."""
        self._panel = instrument.conversation.ear.panel

    @property
    def _over_jack(self) -> bool:
        return self._instrument.link.over_jack

    async def run(self) -> None:
        """Read, and put mode and edit buffers back; raises ReadError, Stopped and LinkLost."""
        try:
            await self._run()
        except ReadError as error:
            raise self._left_as(error) from error

    async def _run(self) -> None:
        try:
            await self._instrument.flush()
            mode_data = await self._instrument.ask_mode()
            if mode_data.card not in (CardState.NONE, CardState.OFF):
                raise ReadError(_CARD_IN)
            if mode_data.allocation is not None:
                self._allocation = mode_data.allocation
            await self._buffers.begin()
        except NoReply as failure:
            raise ReadError(_not_so(failure.description, over_jack=self._over_jack)) from failure
        except Unable as why:
            raise _unable(why, over_jack=self._over_jack) from why
        self._meter.enter(Phase.READING_SLOTS, 2 * self._size())
        self._began = True
        try:
            for kind in self._buffers.in_order(list(KINDS)):
                try:
                    await self._read_kind(kind)
                except _AllAlike as why:
                    self._doubts.append(f"the {kind.part.value} could not be read: {why}")
                except Unable as why:
                    if not any(self._had.values()):
                        raise _unable(why, over_jack=self._over_jack) from why
                    self._doubts.append(f"the {kind.part.value} could not all be read: {why}")
                    break
        finally:
            await self._go_back()
        if self._doubts and not any(self._had.values()):
            raise ReadError(_NOT_SELECTED)

    async def _read_kind(self, kind: Kind) -> None:
        """Read the slots of a kind and put its edit buffer back; raises Unable besides."""
        await self._buffers.enter(kind, to_select=True)
        kept = await self._buffers.keep(kind)
        try:
            async with self._instrument.conversation.stoppable(self._cancel):
                await self._read(kind)
        finally:
            await self._put_back(kind, kept)

    def _size(self) -> int:
        return sum(
            self._count(kind) * len(load_message(0, _BLANK[kind.part]).encode()) for kind in KINDS
        )

    def _count(self, kind: Kind) -> int:
        of = self._allocation
        return of.programs if kind.part is Part.PROGRAMS else of.combinations

    async def _read(self, kind: Kind) -> None:
        """Read all slots of a kind, up and down, then again those that do not agree.

        Raises _AllAlike, and Unable where the M1 answers nothing any more; then what was read
        twice is kept.
        """
        count = self._count(kind)
        found: list[list[_Came]] = [[] for _ in range(count)]
        gone: Unable | None = None
        try:
            for numbers in (range(count), reversed(range(count))):
                await self._pass(kind, numbers, found)
            await self._settle(kind, found)
        except _AllAlike:
            raise
        except Unable as why:
            gone = why
        says = _says(found)
        for number, slot in enumerate(found):
            if (record := _twice(slot, says=says)) is not None:
                self._had[kind.part][number] = record
        if gone is not None:
            raise gone

    async def _settle(self, kind: Kind, found: list[list[_Came]]) -> None:
        """Read again the slots of which no two readings agree."""
        count = len(found)
        came = [one for slot in found for one in slot]
        says = _says(found)
        # A confirmation proves no selection: where the M1's own dumps come back to it by MIDI THRU,
        # it confirms those, and they load the same sound again behind each selection.
        if len({record.raw for record, _ in came}) == 1:
            raise _AllAlike(f"all {count} slots gave the same sound")
        for number, slot in enumerate(found):
            times = 2
            while _twice(slot, says=says) is None and times < MOST_TIMES:
                # Another slot first, each time a different one: a selection that is lost must show.
                await self._buffers.select(kind, (number + times) % count)
                await self._once(kind, number, slot)
                times += 1
                self._reads = max(self._reads, times)

    async def _pass(self, kind: Kind, numbers: Iterable[int], found: list[list[_Came]]) -> None:
        """Read each slot once; raises ReadError where none of the first gives anything."""
        for tried, number in enumerate(numbers, 1):
            await self._once(kind, number, found[number])
            if tried == GIVE_UP and not any(found):
                raise ReadError(_not_so("no edit buffer arrived", over_jack=self._over_jack))

    async def _once(self, kind: Kind, number: int, slot: list[_Came]) -> None:
        """Select a slot, ask for it, and add what came to its readings; raises Unable.

        That is where many slots in a row gave nothing and the M1 does not answer for its mode.
        """
        confirmed = await self._buffers.select(kind, number)
        try:
            # Its answer comes behind all that the M1 still had to say. A sound that it sent by
            # itself was taken for the answer once; then each answer would be that of the slot
            # before, and two readings of a slot could agree on it.
            if await self._buffers.ask_mode() is not kind.mode:
                raise Unable("the M1 is in another mode")
            record = await self._buffers.buffer(kind)
        except Unable:
            await self._instrument.conversation.quiet()
            self._lost += 1
            if self._lost % GIVE_UP == 0:
                await self._buffers.ask_mode()
            return
        self._lost = 0
        slot.append((record, confirmed))
        self._done += len(load_message(0, record).encode())
        self._meter.count(self._done, None)

    async def _put_back(self, kind: Kind, kept: Record) -> None:
        """Select what was selected before, as far as that can be told, and load what was edited."""
        same = [at for at, one in self._had[kind.part].items() if one.normal() == kept.normal()]
        if len(same) == 1:
            await self._buffers.select(kind, same[0])
        elif kind.part in self._buffers.selected:
            self._evidence.append(
                f"{kind.word} {self._buffers.selected[kind.part]:02d} is selected now; the edit "
                "buffer does not say which one was selected before"
            )
        loaded = await self._buffers.load(kind, kept)
        try:
            back = await self._buffers.buffer(kind) if loaded is not None else None
        except Unable:
            back = None
        if loaded is not StatusCode.LOAD_COMPLETED or back is None or back.raw != kept.raw:
            self._evidence.append(
                f"the edit buffer of {kind.part.value} may not be as it was: it was loaded again "
                "but did not read back the same"
            )

    async def _go_back(self) -> None:
        self._meter.enter(Phase.PUTTING_BACK)
        await self._buffers.end()
        if self._instrument.conversation.ear.panel > self._panel:
            self._evidence.append("somebody used the M1's panel in the meantime")

    def _left_as(self, error: ReadError) -> ReadError:
        """Return the error with what is known of the M1 after it was read."""
        safe = error.advice.safe
        if self._evidence:
            safe = f"Reading does not change memory. However, {'; '.join(self._evidence)}."
        elif self._began:
            safe = _PUT_BACK
        error.advice = error.advice._replace(safe=safe)
        return error

    def backup(self) -> Backup:
        """Return what was had as a backup that says what it lacks; raises ReadError for nothing."""
        programs, combinations = (self._had[kind.part] for kind in KINDS)
        if not programs and not combinations:
            why = _not_so("no two readings of any slot agree", over_jack=self._over_jack)
            raise self._left_as(ReadError(why))
        missing = list(NOT_HAD)
        contents = Contents(allocation=self._allocation)
        messages = []
        for kind, field in zip(KINDS, ("programs", "combinations"), strict=True):
            had, count = self._had[kind.part], self._count(kind)
            records = tuple(had[number] for number in sorted(had))
            if records:
                contents = contents.replace(**{field: records})
            if len(had) == count:
                dump = BankDump.of(contents, kind.part, channel=self._instrument.channel)
                messages.append(dump.encode())
                continue
            missing += [f"{kind.word} {number:02d}" for number in range(count) if number not in had]
            for number in sorted(had):
                messages.append(load_message(self._instrument.channel, had[number]).encode())
                request = kind.write(self._instrument.channel, Bank.INTERNAL, number)
                messages.append(request.encode())
        notes = (
            f"Read slot by slot: {', '.join(contents.describe())}, each until two readings agreed.",
            f"PARTIAL: not read that way: {', '.join(missing)}.",
            *(f"{line[0].upper()}{line[1:]}." for line in self._doubts),
            *(f"Edit buffer: {line}." for line in self._evidence),
            *content_notes(contents),
            *self._instrument.conversation.notes(),
        )
        return Backup(
            contents=contents,
            dump=b"".join(messages),
            part=Part.ALL,
            bank=Bank.INTERNAL,
            reads=self._reads,
            notes=notes,
            not_held=not_held(self._instrument, contents, Bank.INTERNAL),
            missing=tuple(missing),
        )


_BLANK: dict[Part, Record] = {
    Part.PROGRAMS: Program.blank(),
    Part.COMBINATIONS: Combination.blank(),
}


def _twice(slot: list[_Came], *, says: bool) -> Record | None:
    """Return the record that was read twice; None if none was."""
    records = [record for record, confirmed in slot if confirmed or not says]
    raw, times = Counter(one.raw for one in records).most_common(1)[0] if records else (b"", 0)
    return next(one for one in records if one.raw == raw) if times > 1 else None


def _says(found: list[list[_Came]]) -> bool:
    """Tell whether the M1 confirms selections: then those that it did not confirm count nothing."""
    return any(confirmed for slot in found for _, confirmed in slot)


# What a reading that gives nothing means to a person

_ASKED_ONLY = "Only questions were sent; the instrument is unchanged."
_PUT_BACK = "Reading changes nothing in the instrument. Its mode and its edit buffer were put back."


def _unable(why: Unable, *, over_jack: bool) -> ReadError:
    return ReadError(_not_so(str(why), over_jack=over_jack), silent=isinstance(why, Silent))


def _not_so(why: str, *, over_jack: bool) -> Advice:
    return Advice(
        code="slots-not-readable",
        happened=f"The programs and combinations could not be read slot by slot: {why}.",
        safe=_ASKED_ONLY,
        cause="The interface also loses bytes of short messages, or somebody is using the panel."
        if not over_jack
        else "JACK also loses bytes of short messages, or somebody is using the panel.",
        next_step="Use another interface; m1tui loopback shows whether it can be trusted."
        if not over_jack
        else f"{JACK_NEXT}.",
    )


_NOT_SELECTED = Advice(
    code="slots-not-selected",
    happened="The slots could not be selected: expected different sounds in different slots, found "
    "the same one in all of them.",
    safe=_ASKED_ONLY,
    cause="The MIDI filter PROG CHANGE is DIS, a MIDI THRU loop feeds the M1's own dumps back to "
    "it, or memory is initialised, so that all slots are the same.",
    next_step="Set the filter on GLOBAL 5 to ENA, connect only the interface to the M1, then try "
    "again.",
)
_CARD_IN = Advice(
    code="slots-need-no-card",
    happened="The slots were not read: expected no card in the top slot, found one.",
    safe=_ASKED_ONLY,
    cause="With a card inserted, it is not known whether a program change selects the card's "
    "sounds.",
    next_step="Take the card out, then try again.",
)
