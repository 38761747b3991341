"""Two memories side by side: what either holds and the other has not, down to single values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from m1tui.engine.compare import Comparison, Difference, Grade, compare
from m1tui.sysex import Contents, Part, Value
from m1tui.sysex.listing import differing_values, record_of

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "programs": ("program",),
    "combinations": ("combination",),
    "global": ("global", "drum instrument"),
    "sequence": ("song", "pattern", "sequence"),
}
"""Each part and the kinds of object that it consists of."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One object that differs, as both memories have it."""

    values: tuple[tuple[Value, Value], ...] = ()
    """The values that differ: the first memory's, the second's."""
    steps: int = 0
    """How many steps of its tracks differ beside them."""
    second_name: str = ""
    """Its name in the second memory."""


def compare_both_ways(first: Contents, second: Contents) -> Comparison:
    """Compare what either holds: a part that the second alone holds is a difference, too."""
    alone = second.parts - first.parts
    added = tuple(
        Difference(part.value, None, "", Grade.DIFFERENT, 1, "held by the second file alone")
        for part in Part
        if part in alone
    )
    return Comparison(compare(first, second).differences + added)


def part_of(difference: Difference) -> str:
    """Return the part of memory that an object which differs belongs to."""
    return next(p for p, kinds in OBJECTS.items() if difference.kind in (p, *kinds))


def sides_of(first: Contents, second: Contents, difference: Difference) -> Sides:
    """Return an object of a comparison from both sides; empty where it is no single object."""
    mine = record_of(first, difference.kind, difference.number)
    theirs = record_of(second, difference.kind, difference.number)
    if mine is None or theirs is None:
        return Sides()
    if difference.kind == "global":
        # Its drum kits are objects of their own.
        theirs = theirs.replace(kits=getattr(mine, "kits", ()))
    values = differing_values(mine, theirs)
    tracks = difference.kind in ("song", "pattern")
    steps = max(0, difference.count - len(values)) if tracks else 0
    return Sides(values, steps, str(getattr(theirs, "name", "")).rstrip())
