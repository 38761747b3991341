"""Tells from a run what became of the instrument's cell: what was measured, and whether it is new.

Which of a procedure's steps and values tell of the cell, its file says: `CellStep`, `CellValue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from m1tui.store.records import Battery, RunRecord, StepRecord


@dataclass(frozen=True, slots=True)
class CellWork:
    """What a run did to the cell and measured of it."""

    day: date
    old_volts: float | None
    new_volts: float | None
    cell: str
    """The new cell's type, empty if nobody wrote it down."""
    fitted: bool
    """Whether the new cell is in the instrument, as far as the run knows."""


def cell_work(run: RunRecord) -> CellWork | None:
    """Return what a run did to the cell, None for nothing."""
    written = {what: value for step in run.steps for what, value in step.cell if value}
    old, new = _volts(written.get("old-cell-volts")), _volts(written.get("new-cell-volts"))
    fitting = [step for step in run.steps if step.records == "cell-in" and step.done]
    if any(_lost(step) for step in run.steps if step.records == "cell-holds"):
        fitting = []  # whatever was put in does not hold the memory
    if old is None and not fitting:
        return None
    ended = fitting[-1].ended if fitting else run.ended
    try:
        day = date.fromisoformat(ended[:10])
    except ValueError:
        return None  # somebody changed the journal: nothing is known of the day
    return CellWork(day, old, new, written.get("cell-type", ""), bool(fitting))


def _lost(step: StepRecord) -> bool:
    """Return whether a step that was to prove that the cell holds has shown the opposite."""
    return any(one.passed is False for one in step.deciding)


def battery_after(battery: Battery | None, work: CellWork) -> Battery:
    """Return the battery after what a run did; what was noted on a later day stays."""
    known = battery or Battery()
    if any(day is not None and day > work.day for day in (known.fitted, known.measured)):
        return known
    if not work.fitted:
        return msgspec.structs.replace(known, volts=work.old_volts, measured=work.day)
    return Battery(
        cell=work.cell or known.cell,
        volts=work.new_volts,
        measured=work.day if work.new_volts is not None else None,
        fitted=work.day,
        old_volts=work.old_volts,
    )


def _volts(text: str | None) -> float | None:
    """Return volts as they were written down, None for anything that is no number."""
    try:
        return float(text or "")
    except ValueError:
        return None
