"""The 61-key keybed: its range, and what can be wrong with one of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FIRST_KEY, LAST_KEY = 36, 96
"""Note numbers of the lowest and the highest key, C2 and C7, without transposition."""


class KeyTrouble(StrEnum):
    """How a key of the keybed fails."""

    SILENT = "silent"
    """No contact: nothing is sent."""
    STUCK = "stuck"
    """It never comes up: a note on and no note off."""
    ONE_VELOCITY = "one-velocity"
    """One of its two contacts is bad: every stroke is sent alike."""


@dataclass(frozen=True, slots=True)
class KeyFault:
    """A faulty key; `note` is its note number without transposition, 36–96."""

    note: int
    kind: KeyTrouble

    def __post_init__(self) -> None:
        if not FIRST_KEY <= self.note <= LAST_KEY:
            raise ValueError(f"note: expected {FIRST_KEY} to {LAST_KEY}, found {self.note}")
