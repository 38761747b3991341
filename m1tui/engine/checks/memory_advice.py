"""What a check of memory that does not pass tells a person."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN
from m1tui.engine.compare import Comparison
from m1tui.engine.keys import PROTECT_OFF, PROTECT_ON

_AS_IT_WAS = "The instrument's memory is as it was: only what is there was written back."


def not_initialised(found: str) -> Advice:
    """Return the advice for a memory that holds sounds."""
    return Advice(
        happened='Memory is not initialised: expected all programs alike and named "Init Prog", '
        f"found {found}.",
        safe="Nothing was written; what it holds can be backed up.",
        cause="Memory survived: the cell was not empty, or the power stayed on.",
        next_step="Back up what it holds before anything else is written.",
    )


def not_asked(evidence: str) -> Advice:
    """Return the advice for protects that could not be probed."""
    return Advice(
        happened="Whether memory is protected could not be asked: expected 21 to 24 when what is "
        f"there was written back, found {evidence}.",
        safe=_AS_IT_WAS,
        cause="The M1 did not change its mode, or somebody uses its panel.",
        next_step="Press PROG on the M1, take the hands off the panel, then check again.",
    )


def still_protected(found: str) -> Advice:
    """Return the advice for memory that should be unprotected."""
    return Advice(
        happened=f"The M1 is memory protected: expected all three unprotected, found {found}.",
        safe=_AS_IT_WAS,
        cause="Memory protect is on in GLOBAL 6-1, 6-2 or 6-3.",
        next_step=f"Press {PROTECT_OFF} on the M1, then check again.",
    )


def still_unprotected(found: str) -> Advice:
    """Return the advice for memory that should be protected."""
    return Advice(
        happened=f"Memory is not protected: expected all three protected, found {found}.",
        safe=_AS_IT_WAS,
        cause="Memory protect is off in GLOBAL 6-1, 6-2 or 6-3.",
        next_step=f"Press {PROTECT_ON} on the M1, then check again.",
    )


def sequence_changed(comparison: Comparison) -> Advice:
    """Return the advice for songs that were written back and are not what they were."""
    return Advice(
        happened="The sequence that was written back is not what was there: expected no "
        f"difference, found {comparison.summary()}.",
        safe="Programs, combinations and global data were not touched.",
        cause="The cable or the interface changes bytes.",
        next_step="Try another cable or interface, then restore the sequence from a backup.",
    )


def nothing_to_compare() -> Advice:
    """Return the advice for a comparison without a file."""
    return Advice(
        happened="There is nothing to compare memory with: expected a file, found none chosen.",
        safe=NOTHING_WRITTEN,
        next_step="Choose where the sounds come from first.",
    )


def not_equal(comparison: Comparison) -> Advice:
    """Return the advice for memory that is not what it should be."""
    first = comparison.different[0]
    return Advice(
        happened=f"Memory differs: expected the file, found differences in {comparison.summary()}. "
        f"First: {first.text}: {first.first}.",
        safe=NOTHING_WRITTEN,
        cause="The transfer was not whole, or somebody edited on the panel since.",
        next_step="Restore the file again.",
    )
