"""The words in which a transfer ends, and what is known at its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m1tui.advice import Advice
from m1tui.engine.compare import Comparison
from m1tui.sysex import Bank, Contents, Part


class Outcome(StrEnum):
    """What is known of the instrument's memory at the end."""

    VERIFIED = "VERIFIED"
    """Read back, equal; or read, and so equal already that nothing was written."""
    MISMATCH = "MISMATCH"
    """Read back, and objects differ."""
    UNKNOWN = "UNKNOWN"
    """Could not be read back."""
    REFUSED = "REFUSED"
    """Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What an M1 held, as it was read."""

    contents: Contents
    dump: bytes
    """The message as the M1 sent it and as it goes to disk, F0 to F7."""
    part: Part
    bank: Bank
    reads: int
    """How often it was read: 1 (initialised), 2, or 3 where one reading was damaged."""
    notes: tuple[str, ...]
    not_held: tuple[str, ...]
    """What this dump does not hold, for a person to write down or to back up otherwise."""

    @property
    def worth_keeping(self) -> bool:
        """Whether it is more than a freshly initialised memory."""
        return not self.contents.is_initialised


@dataclass(frozen=True, slots=True)
class Verification:
    """How an instrument's memory compares with a file."""

    outcome: Outcome
    comparison: Comparison | None
    advice: Advice
    found: Contents | None
    """What was read; None if reading failed."""
    silent: bool = False
    """Whether nothing answered."""
