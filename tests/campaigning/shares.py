"""How many runs ended well in spite of each kind of fault, and how many there have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from m1tui.virtual.faults import Kind

ENOUGH = 100
"""Runs of a kind from which its share counts."""
NOTHING = "nothing"
"""Runs in which nothing struck."""
FLOORS: dict[str, float] = {
    NOTHING: 1.0,
    "flip": 0.20,
    "lost-byte": 0.15,
    "doubled-byte": 0.20,
    "lost-packet": 0.20,
    "swapped-packet": 0.20,
    "realtime": 0.60,
    "gap": 0.25,
    "burst": 0.30,
    "ch345": 0.10,
    "truncation": 0.10,
    "lost-end": 0.15,
    "stall": 0.40,
    "garbage": 0.55,
    "echo": 0.20,
    "repeat": 0.10,
    "overtaken": 0.10,
    "held-back": 0.20,
    "dump-echo": 0.25,
    "power-cut": 0.20,
    "protect-on": 0.25,
    "slider": 0.55,
    "other-program": 0.50,
    "other-mode": 0.45,
    "allocation-change": 0.15,
    "store": 0.45,
    "reply-24": 0.08,
    "reply-26": 0.20,
    "no-reply": 0.10,
    "no-dump": 0.10,
    "late-reply": 0.15,
    "wrote-nothing": 0.15,
    "wrote-part": 0.25,
    "wrote-bit": 0.20,
    "wrote-twice": 0.40,
    "scraps": 0.55,
    "full disk": 0.80,
    "second M1": 0.75,
    "second M1 elsewhere": 0.55,
    "card translates": 0.50,
    "card numbers in the file": 0.45,
    "card numbers on the card": 0.50,
    "slow line": 0.60,
    "slow line unknown": 0.10,
}
"""The least share of good endings, 0–1: some way below what 10,000 runs gave.

What strikes once a dump seldom ends well, since cases repeat it for as long as the run lasts. A
lost link, a lost memory and another channel leave nothing to go on with, so they have no floor.
"""


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
            yield f"{self._runs[one]:7,}  runs against {one:24} {share}, {floor}{low}"
