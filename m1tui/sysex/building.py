"""A bank built from several: programs and combinations put into slots, references followed.

A combination calls its programs by number. Where a program now stands in another slot, the
combinations of its own bank call it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from m1tui.sysex.combination import PROGRAM_PLACES, SLOTS_OF_A_BANK, Combination
from m1tui.sysex.contents import Contents
from m1tui.sysex.leaning import programs_of
from m1tui.sysex.program import Program


class Pick(NamedTuple):
    """One sound of a bank, and where it goes in the new one."""

    slot: int
    bank: int
    """Which of the banks it is from; 0 is the one that is built upon."""
    number: int


class Lost(NamedTuple):
    """A combination in the new bank, and programs that it played and that are not there."""

    combination: int
    bank: int
    """The bank that it is from."""
    programs: tuple[int, ...]


class Built(NamedTuple):
    """A new bank, and what came of the references in it."""

    contents: Contents
    renumbered: tuple[int, ...]
    """Combinations that call a program in another slot than before."""
    lost: tuple[Lost, ...]


def build(
    banks: Sequence[Contents], programs: Sequence[Pick], combinations: Sequence[Pick]
) -> Built:
    """Return the first of `banks` with other sounds in some slots.

    The slots must be there, and the sounds, too.
    """
    base = banks[0]
    new = list(base.programs or ())
    for pick in programs:
        new[pick.slot] = (banks[pick.bank].programs or ())[pick.number]
    moved = {(pick.bank, pick.number): pick.slot for pick in programs}
    origins = {pick.slot: pick for pick in combinations}
    built: list[Combination] = []
    renumbered: list[int] = []
    lost: list[Lost] = []
    for slot in range(len(base.combinations or ())):
        pick = origins.get(slot, Pick(slot, 0, slot))
        combination = (banks[pick.bank].combinations or ())[pick.number]
        own = banks[pick.bank].programs
        followed = _followed(combination, own, pick.bank, tuple(new), moved)
        gone = tuple(
            one
            for one in dict.fromkeys(programs_of(combination))
            if one < SLOTS_OF_A_BANK and _place(one, own, pick.bank, tuple(new), moved) is None
        )
        if followed.raw != combination.raw:
            renumbered.append(slot)
        if gone:
            lost.append(Lost(slot, pick.bank, gone))
        built.append(followed)
    contents = base.replace(
        programs=tuple(new) if base.programs is not None else None,
        combinations=tuple(built) if base.combinations is not None else None,
    )
    return Built(contents, tuple(renumbered), tuple(lost))


def _place(
    number: int,
    own: tuple[Program, ...] | None,
    bank: int,
    new: tuple[Program, ...],
    moved: dict[tuple[int, int], int],
) -> int | None:
    """Return where the program that a combination calls `number` stands now; None for nowhere.

    `own` are the programs of the combination's bank; without them nobody knows which is meant.
    """
    if own is None or number >= len(own):
        return None if bank or not new else number
    wanted = own[number]
    if number < len(new) and new[number] == wanted:
        return number
    if (slot := moved.get((bank, number))) is not None:
        return slot
    return next((slot for slot, one in enumerate(new) if one == wanted), None)


def _followed(
    combination: Combination,
    own: tuple[Program, ...] | None,
    bank: int,
    new: tuple[Program, ...],
    moved: dict[tuple[int, int], int],
) -> Combination:
    raw = bytearray(combination.raw)
    for at in PROGRAM_PLACES:
        if raw[at] < SLOTS_OF_A_BANK:
            place = _place(raw[at], own, bank, new, moved)
            raw[at] = raw[at] if place is None else place
    return Combination(bytes(raw))
