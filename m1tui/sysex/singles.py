"""Programs and combinations in single messages: which slot each has, and the banks they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from m1tui.sysex.codes import Allocation, Bank, Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.forms.found import FoundMessage
from m1tui.sysex.messages import (
    CombinationDump,
    CombinationWrite,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.program import Program


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
