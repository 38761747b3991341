"""What several commands print in the same form: differences, as JSON and as lines."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from m1tui.engine import Difference

SHOWN = 20
"""Differences that are printed by name for a person; JSON names them all."""


def difference_facts(differences: "Iterable[Difference]") -> list[dict[str, Any]]:
    """Differences as JSON holds them."""
    return [
        {
            "kind": one.kind,
            "number": one.number,
            "name": one.name,
            "class": one.grade.value,
            "count": one.count,
            "first": one.first,
            "text": one.text,
        }
        for one in differences
    ]


def difference_lines(differences: "Iterable[Difference]") -> Iterator[str]:
    """Differences for a person: those that matter first, at most SHOWN lines of them."""
    ordered = sorted(differences, key=lambda one: one.grade.value, reverse=True)
    for one in ordered[:SHOWN]:
        cosmetic = " (cosmetic)" if one.grade.value == "cosmetic" else ""
        yield f"  {one.text}{cosmetic}: {one.first}"
    rest = len(ordered) - SHOWN
    if rest > 0:
        yield f"  and {rest} more; --json names them all"
