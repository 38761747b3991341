"""Sounds for single slots of a memory, and what of a file goes into a memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from m1tui.sysex.codes import Allocation, Bank, Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import NOTHING, Contents
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.errors import SysexError
from m1tui.sysex.forms.found import DumpFile, FoundMessage, Piece
from m1tui.sysex.messages import (
    CombinationDump,
    CombinationWrite,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.program import Program
from m1tui.sysex.text import printable

_FIELDS = {Part.PROGRAMS: "programs", Part.COMBINATIONS: "combinations"}
_NAMED = 3
"""Sounds that are described by their names; of more only their numbers are."""


class Slots(NamedTuple):
    """Programs and combinations, each with the slot (0–99) that it is meant for."""

    programs: tuple[tuple[int, Program], ...] = ()
    combinations: tuple[tuple[int, Combination], ...] = ()

    @classmethod
    def of(cls, record: Program | Combination, number: int) -> Slots:
        """Return one sound for one slot."""
        if isinstance(record, Program):
            return cls(programs=((number, record),))
        return cls(combinations=((number, record),))

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of memory that the slots belong to."""
        return frozenset(part for part, field in _FIELDS.items() if getattr(self, field))

    @property
    def highest(self) -> int:
        """The highest slot of all, which decides whether a memory has room; -1 without any."""
        return max((number for number, _ in (*self.programs, *self.combinations)), default=-1)

    def only(self, part: Part) -> Slots:
        """Return those of one part (all of them for ALL)."""
        if part is Part.ALL:
            return self
        return Slots(
            self.programs if part is Part.PROGRAMS else (),
            self.combinations if part is Part.COMBINATIONS else (),
        )

    def joined(self, other: Slots) -> Slots:
        """Return both together; of one slot the other's sound counts."""
        return Slots(
            tuple(sorted({**dict(self.programs), **dict(other.programs)}.items())),
            tuple(sorted({**dict(self.combinations), **dict(other.combinations)}.items())),
        )

    def contents(self) -> Contents:
        """Return the sounds as a memory of just them, in the order of their slots."""
        return Contents(
            programs=tuple(one for _, one in self.programs) or None,
            combinations=tuple(one for _, one in self.combinations) or None,
        )

    def fit(self, memory: Contents) -> bool:
        """Tell whether `memory` has each of the slots."""
        programs, combinations = len(memory.programs or ()), len(memory.combinations or ())
        return all(number < programs for number, _ in self.programs) and all(
            number < combinations for number, _ in self.combinations
        )

    def into(self, memory: Contents) -> Contents:
        """Return the parts of `memory` that have these slots, with the sounds in them.

        They must `fit`.
        """
        whole = Contents()
        for part in sorted(self.parts, key=lambda one: one.value):
            whole = whole.merged(memory.only(part))
        if self.programs:
            programs = list(memory.programs or ())
            for number, program in self.programs:
                programs[number] = program
            whole = whole.replace(programs=tuple(programs))
        if self.combinations:
            combinations = list(memory.combinations or ())
            for number, combination in self.combinations:
                combinations[number] = combination
            whole = whole.replace(combinations=tuple(combinations))
        return whole

    def of_memory(self, memory: Contents) -> Slots:
        """Return what `memory`, which they must `fit`, has in the same slots."""
        programs, combinations = memory.programs or (), memory.combinations or ()
        return Slots(
            tuple((number, programs[number]) for number, _ in self.programs),
            tuple((number, combinations[number]) for number, _ in self.combinations),
        )

    def describe(self) -> tuple[str, ...]:
        """Return what is there as short phrases: 'program 17 "Organ 2"', "59 programs (00-58)"."""
        return (*_phrases("program", self.programs), *_phrases("combination", self.combinations))


NO_SLOTS = Slots()


def _phrases(
    word: str, slots: Sequence[tuple[int, Program]] | Sequence[tuple[int, Combination]]
) -> list[str]:
    if len(slots) > _NAMED:
        return [f"{len(slots)} {word}s ({_ranges([number for number, _ in slots])})"]
    return [f'{word} {number:02d} "{printable(one.name.rstrip())}"' for number, one in slots]


def _ranges(numbers: Sequence[int]) -> str:
    """Return rising numbers as they are said: "00-58, 60"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(
        f"{first:02d}" if first == last else f"{first:02d}-{last:02d}" for first, last in found
    )


class Taken(NamedTuple):
    """What of a file goes into a memory."""

    contents: Contents
    """The parts that are whole."""
    slots: Slots = NO_SLOTS
    """Sounds that have a slot of their own."""
    loose: tuple[Single, ...] = ()
    """Single sounds that a slot is still to be chosen for."""
    missing: tuple[str, ...] = ()
    """What is not there of dumps that break off: "programs 59-99"."""
    channel: int | None = None
    """The channel (0–15) that the file was made on."""
    beside: Contents = NOTHING
    """Parts of the file that were not chosen."""
    notes: tuple[str, ...] = ()
    """What was mended in the file, and what of it is left out."""

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of memory that it goes into."""
        return self.contents.parts | self.slots.parts

    def describe(self) -> tuple[str, ...]:
        """Return what is there as short phrases."""
        loose = tuple(single_text(one) for one in self.loose[:_NAMED])
        more = len(self.loose) - _NAMED
        tail = (f"{_counted(more)} more",) if more > 0 else ()
        return (*self.contents.describe(), *self.slots.describe(), *loose, *tail)

    @property
    def singles(self) -> bool:
        """Whether it is single sounds only."""
        return bool(self.loose or self.slots.parts) and not self.contents.parts

    def sounds(self) -> tuple[tuple[str, int | None], ...]:
        """Return kind and slot of each single sound, programs first."""
        loose = sorted(self.loose, key=lambda one: one.kind, reverse=True)
        return (
            *(("program", number) for number, _ in self.slots.programs),
            *(("combination", number) for number, _ in self.slots.combinations),
            *((one.kind, one.number) for one in loose),
        )

    def single_contents(self) -> Contents:
        """Return the single sounds as a memory of just them."""
        if not self.loose:
            return self.slots.contents()
        programs = tuple(one.record for one in self.loose if isinstance(one.record, Program))
        combinations = tuple(
            one.record for one in self.loose if isinstance(one.record, Combination)
        )
        return Contents(programs=programs or None, combinations=combinations or None)

    def only(self, parts: Sequence[Part]) -> Taken:
        """Return just these parts, of which none is ALL."""
        contents, slots = Contents(), Slots()
        for part in parts:
            contents = contents.merged(self.contents.only(part))
            slots = slots.joined(self.slots.only(part))
        words = {part.value for part in parts}
        return self._replace(
            contents=contents,
            slots=slots,
            loose=tuple(one for one in self.loose if one.part in parts),
            missing=tuple(one for one in self.missing if one.split()[0] in words),
        )

    def placed(self, number: int) -> Taken:
        """Return the one loose sound with its slot."""
        (single,) = self.loose
        return self._replace(slots=self.slots.joined(Slots.of(single.record, number)), loose=())


def single_text(single: Single) -> str:
    """Return a single sound as a person calls it: 'the single program "Organ 2"'."""
    return f'the single {single.kind} "{printable(single.record.name.rstrip())}"'


def taken_from(file: DumpFile, parts: Sequence[Part] = (), *, pieces: bool = False) -> Taken:
    """Return what of a file goes into a memory, or these parts of it.

    That are its dumps, or else its single sounds.
    Of several single sounds that each have a write request behind them, that names the slot; one
    by itself is loose, whatever slot it came from. With `pieces` what is whole of dumps that break
    off is taken, too. Raises AllocationError and RivalError as `DumpFile.contents` does.
    """
    dumps, singles = file.dumps, loose_singles(file)
    notes = tuple(map(str, file.notes))
    if dumps:
        contents = Contents()
        for part in parts or (Part.ALL,):
            contents = contents.merged(file.contents(part))
        taken = Taken(contents, channel=dumps[0].channel, beside=_beside(file, contents))
        notes += (
            (f"Left out: {_counted(len(singles))} that came with the dumps.",) if singles else ()
        )
    else:
        taken = _of_singles(singles)
    for piece in file.pieces if pieces else ():
        taken = _with_piece(taken, piece)
    return (taken.only(parts) if parts else taken)._replace(notes=notes)


def _beside(file: DumpFile, chosen: Contents) -> Contents:
    """Return the parts of a file's dumps that were not chosen, but for rivals among them."""
    beside = Contents()
    for part in Part:
        if part is not Part.ALL and part not in chosen.parts:
            try:
                beside = beside.merged(file.contents(part))
            except SysexError:
                continue  # Two versions of it: none is known to be the one.
    return beside


def _counted(count: int) -> str:
    return f"{count} single sound{'' if count == 1 else 's'}"


def loose_singles(file: DumpFile) -> tuple[Single, ...]:
    """Return the single sounds of a file that make no bank."""
    banked = {
        one.message.part.value
        for one in banks_of_singles(file.messages)
        if isinstance(one.message, BankDump)
    }
    return tuple(one for one in singles_of(file.messages) if f"{one.kind}s" not in banked)


def _of_singles(singles: tuple[Single, ...]) -> Taken:
    if not singles:
        return Taken(Contents())
    channel = singles[0].channel
    slots = Slots()
    places = {(one.kind, one.number) for one in singles if one.number is not None}
    if len(singles) == 1 or len(places) < len(singles):
        return Taken(Contents(), loose=singles, channel=channel)
    for one in singles:
        assert one.number is not None
        slots = slots.joined(Slots.of(one.record, one.number))
    return Taken(Contents(), slots, channel=channel)


def _with_piece(taken: Taken, piece: Piece) -> Taken:
    """Return all with what is whole of a dump that breaks off; whole dumps go before it."""
    whole, allocation = piece.contents, piece.contents.allocation
    contents, slots = taken.contents, Slots()
    if whole.global_ is not None and contents.global_ is None:
        contents = contents.replace(global_=whole.global_)
    for part, field in _FIELDS.items():
        records = getattr(whole, field)
        if not records or part in contents.parts or allocation is None:
            continue
        if len(records) == getattr(allocation, field):
            contents = contents.merged(whole.only(part))
        else:
            slots = slots.joined(Slots(**{field: tuple(enumerate(records))}))
    return taken._replace(
        contents=contents,
        slots=slots.joined(taken.slots),
        missing=(*taken.missing, *piece.missing),
        channel=piece.channel if taken.channel is None else taken.channel,
    )


class Single(NamedTuple):
    """A program or a combination that has a message of its own."""

    record: Program | Combination
    number: int | None
    """The slot, 0–99, that a write request behind it names; None without one."""
    bank: Bank
    channel: int
    found: FoundMessage

    @property
    def kind(self) -> str:
        """The word for what it is: program or combination."""
        return "program" if isinstance(self.record, Program) else "combination"

    @property
    def write_request(self) -> ProgramWrite | CombinationWrite:
        """The request that stores it in its slot, which must be known."""
        assert self.number is not None
        kind = ProgramWrite if isinstance(self.record, Program) else CombinationWrite
        return kind(self.channel, self.bank, self.number)

    @property
    def part(self) -> Part:
        """The part of memory that it belongs to."""
        return Part.PROGRAMS if isinstance(self.record, Program) else Part.COMBINATIONS


def singles_of(messages: Sequence[FoundMessage]) -> tuple[Single, ...]:
    """Return the single programs and combinations, in order, with their slots."""
    found: list[Single] = []
    for one in messages:
        message = one.message
        if isinstance(message, ProgramDump):
            found.append(Single(message.program, None, Bank.INTERNAL, message.channel, one))
        elif isinstance(message, CombinationDump):
            found.append(Single(message.combination, None, Bank.INTERNAL, message.channel, one))
        elif isinstance(message, ProgramWrite | CombinationWrite) and found:
            last = found[-1]
            kind = "program" if isinstance(message, ProgramWrite) else "combination"
            if last.kind == kind and last.number is None:
                found[-1] = last._replace(number=message.number, bank=message.bank)
    return tuple(found)


def banks_of_singles(messages: Sequence[FoundMessage]) -> Iterator[FoundMessage]:
    """Yield a dump for each bank that single messages make: 100 or 50 of a kind.

    Their slots are those of the write requests, else they stand in order.
    """
    singles = singles_of(messages)
    for part, kind in ((Part.PROGRAMS, "program"), (Part.COMBINATIONS, "combination")):
        for bank in Bank:
            of_kind = [one for one in singles if one.kind == kind and one.bank is bank]
            allocation = _SIZES.get(len(of_kind))
            if allocation is not None and _fill(of_kind):
                yield _dump(part, bank, allocation, of_kind)


_SIZES = {100: Allocation.LARGE_PROGRAM, 50: Allocation.LARGE_SEQUENCE}


def _fill(singles: list[Single]) -> bool:
    """Tell whether they stand in every slot once, or none has a slot."""
    numbers = {one.number for one in singles}
    return numbers == {None} or numbers == set(range(len(singles)))


def _dump(part: Part, bank: Bank, allocation: Allocation, singles: list[Single]) -> FoundMessage:
    ordered = sorted(singles, key=lambda one: one.number or 0)
    records = tuple(one.record for one in ordered)
    field = "programs" if part is Part.PROGRAMS else "combinations"
    contents = Contents(allocation=allocation).replace(**{field: records})
    dump = BankDump.of(contents, part, bank, singles[0].channel)
    first = singles[0].found
    size = sum(one.found.size for one in singles)
    return FoundMessage(dump, first.offset, size, dump.encode(), first.member)
