"""How many runs ended well in spite of each kind of fault, and how many there have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from m1tui.virtual.faults import Kind

ENOUGH = 200
"""Runs of a kind from which its share counts."""
NOTHING = "nothing"
"""Runs in which nothing struck."""
FLOORS: dict[str, float] = {
    NOTHING: 1.0,
}
"""The least share of good endings, 0–1, some way below what was measured on 10,000 runs."""


class Shares:
    """Counts runs by what was against them."""

    def __init__(self) -> None:
        self._runs: Counter[str] = Counter()
        self._good: Counter[str] = Counter()

    def count(self, adversaries: Sequence[str], *, good: bool) -> None:
        """Count one run."""
        for one in adversaries or (NOTHING,):
            self._runs[one] += 1
            self._good[one] += good

    def share(self, adversary: str) -> float:
        """Return the share of the good, 0–1."""
        return self._good[adversary] / self._runs[adversary]

    @property
    def too_low(self) -> tuple[str, ...]:
        """What fewer runs ended well in spite of than have to, where there were enough."""
        return tuple(
            one
            for one, floor in FLOORS.items()
            if self._runs[one] >= ENOUGH and self.share(one) < floor
        )

    def lines(self) -> Iterator[str]:
        """Yield a table: runs, share of good endings, floor."""
        for one in (NOTHING, *Kind, *(word for word in self._runs if word not in (NOTHING, *Kind))):
            if not self._runs[one]:
                continue
            floor = f"at least {FLOORS[one]:4.0%}" if one in FLOORS else "no floor"
            low = "  TOO LOW" if one in self.too_low else ""
            share = f"{self.share(one):4.0%} ended well"
            yield f"{self._runs[one]:7,}  runs against {one:16} {share}, {floor}{low}"
