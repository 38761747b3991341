"""Tells from a run what became of the instrument's cell: what was measured, and whether it is new.

A procedure says so by the names of its values and steps, which stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from m1tui.store.records import Battery, RunRecord

OLD_VOLTS, NEW_VOLTS, TYPE = "old-cell-volts", "new-cell-volts", "cell-type"
"""The values that tell of cells."""
FITTING, HOLDING = "insert-cell", "hold"
"""The step that puts a cell in, and the one that proves that it holds the memory."""
_DONE = ("sensed", "by hand")


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
    steps = {step.id: step for step in run.steps}
    values = {name: value for step in run.steps for name, value in step.values}
    old, new = _volts(values.get(OLD_VOLTS, "")), _volts(values.get(NEW_VOLTS, ""))
    fitting, holding = steps.get(FITTING), steps.get(HOLDING)
    fitted = fitting is not None and fitting.mark in _DONE
    if holding is not None and any(one.passed is False for one in holding.deciding):
        fitted = False  # whatever was put in does not hold the memory
    if old is None and not fitted:
        return None
    ended = fitting.ended if fitted and fitting is not None else run.ended
    try:
        day = date.fromisoformat(ended[:10])
    except ValueError:
        return None  # somebody changed the journal: nothing is known of the day
    return CellWork(day, old, new, values.get(TYPE, ""), fitted)


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


def _volts(text: str) -> float | None:
    """Return volts as they were written down, None for anything that is no number."""
    try:
        return float(text)
    except ValueError:
        return None
