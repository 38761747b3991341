"""What faults did, each with its time and place, so that a run can be understood."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from m1tui.virtual.faults import Kind, Side


@dataclass(frozen=True, slots=True)
class Mishap:
    """A fault that struck."""

    at: float
    """Seconds of the clock that the wire goes by."""
    kind: Kind
    side: Side | None
    """The direction of the wire; None for what the M1 did by itself."""
    message: int
    """The exclusive message of that direction, or the answer, counted from 1; 0 before any."""
    byte: int
    """The byte of that message, from 0; for an answer, the message's size in bytes."""
    detail: str = ""

    def __str__(self) -> str:
        place = "answer" if self.side is None else f"{self.side} message"
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.at:.4f} s, {place} {self.message}, byte {self.byte}: {self.kind}{detail}"


class FaultLog:
    """The mishaps of a run, in the order in which they happened."""

    def __init__(self, tell: Callable[[Mishap], None] | None = None) -> None:
        self.mishaps: list[Mishap] = []
        self._tell = tell

    def add(self, mishap: Mishap) -> None:
        """Keep a mishap, and tell it to whoever wants to know at once."""
        self.mishaps.append(mishap)
        if self._tell is not None:
            self._tell(mishap)


def dice(seed: int, *words: object) -> random.Random:
    """Return a source of chance of its own for `words`: other faults do not disturb it."""
    return random.Random(f"{seed} {' '.join(map(str, words))}")  # noqa: S311 - to be repeatable
