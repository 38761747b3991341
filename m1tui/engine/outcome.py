"""The words in which a transfer ends, and what is known at its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m1tui.advice import Advice
from m1tui.engine.compare import Comparison
from m1tui.sysex import Contents


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
class Verification:
    """How an instrument's memory compares with a file."""

    outcome: Outcome
    comparison: Comparison | None
    advice: Advice
    found: Contents | None
    """What was read; None if reading failed."""
    silent: bool = False
    """Whether nothing answered."""
