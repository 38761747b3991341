"""The cells of instruments: what a run did to one and measured of it, and which are due.

Which of a procedure's steps and values are about the cell, its file says: `CellStep`, `CellValue`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from m1tui.store.records import Battery, InstrumentRecord, RunRecord, StepRecord


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
    none: bool = False
    """Whether the memory was converted and keeps itself without a cell."""
    removed: bool = False
    """Whether the old cell is out, and no new one is known to be in."""
    lost: bool = False
    """Whether the new cell is in, and the memory was not kept with it."""
    holds: bool = False
    """Whether it was proved that the memory is kept by the cell that was in before."""


def cell_work(run: RunRecord) -> CellWork | None:
    """Return what a run did to the cell, None for nothing."""
    written = {what: value for step in run.steps for what, value in step.cell if value}
    old, new = volts_in(written.get("old-cell-volts")), volts_in(written.get("new-cell-volts"))
    fitting = [step for step in run.steps if step.records == "cell-in" and step.done]
    out = [step for step in run.steps if step.records == "cell-out" and step.done]
    proofs = [step for step in run.steps if step.records == "cell-holds"]
    holding = [step for step in proofs if step.proved]
    if out and not fitting:
        # Without a cell it would not hold: somebody put one in, though the step was skipped.
        fitting = holding
    converted = [step for step in run.steps if step.needs_no_cell]
    fitting = converted or fitting
    done = fitting or out or holding
    if old is None and not done:
        return None
    ended = done[-1].ended if done else run.ended
    try:
        day = date.fromisoformat(ended[:10])
    except ValueError:
        return None  # somebody changed the journal: nothing is known of the day
    return CellWork(
        day,
        old,
        new,
        written.get("cell-type", ""),
        fitted=bool(fitting),
        none=bool(converted),
        removed=bool(out and not fitting),
        lost=bool(fitting) and any(_lost(step) for step in proofs),
        holds=bool(holding and not fitting),
    )


def _lost(step: StepRecord) -> bool:
    """Return whether a step that was to prove that the cell holds has shown the opposite.

    A power cycle that was too short has not.
    """
    return any(one.passed is False and one.name in _OF_MEMORY for one in step.deciding)


_OF_MEMORY = ("memory-equals", "memory-as-backup")
"""Checks that compare the memory with what it was before."""


def battery_after(battery: Battery | None, work: CellWork) -> Battery | None:
    """Return the battery after what a run did; what was noted on a later day stays.

    None where nothing is known of it.
    """
    known = battery or Battery()
    noted = (known.fitted, known.measured, known.removed, known.lost)
    if any(day is not None and day > work.day for day in noted):
        return battery
    if work.none:
        return Battery(cell=known.cell, fitted=work.day, none=True)
    before = known.old_volts if known.removed is not None else known.volts
    old_volts = work.old_volts if work.old_volts is not None else before
    if work.removed:
        return Battery(cell=known.cell, old_volts=old_volts, removed=work.day)
    if not work.fitted:
        lost = None if work.holds else known.lost
        if work.old_volts is None:
            return battery and msgspec.structs.replace(battery, lost=lost)
        return msgspec.structs.replace(known, volts=work.old_volts, measured=work.day, lost=lost)
    return Battery(
        cell=work.cell or known.cell,
        volts=work.new_volts,
        measured=work.day if work.new_volts is not None else None,
        fitted=work.day,
        old_volts=old_volts if known.removed is not None else work.old_volts,
        lost=work.day if work.lost else None,
    )


def volts_in(text: str | None) -> float | None:
    """Return volts as they were written down, None for anything that is no number."""
    try:
        return float(text or "")
    except ValueError:
        return None


SOON = timedelta(days=90)
"""How long before a cell is due it is told."""
_TWO_MONTHS, _TWO_YEARS = 60, 730
"""From how many days on a span is told in months, and in years."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be done to an instrument, or soon."""

    instrument: InstrumentRecord
    what: str
    day: date | None
    """None: the day is not known, for nobody noted the cell."""
    days: int | None
    """Days from today; below 0 when it is overdue."""

    @property
    def when(self) -> str:
        """Return how far that is: "overdue by 3 months", "due in 12 days", "not known"."""
        if self.days is None:
            return "not known"
        if self.days == 0:
            return "due today"
        return f"overdue by {span(-self.days)}" if self.days < 0 else f"due in {span(self.days)}"


def span(days: int) -> str:
    """Return a number of days as people say it: "1 day", "59 days", "3 months", "2 years"."""
    count, word = days, "day"
    if days >= _TWO_YEARS:
        count, word = days // 365, "year"
    elif days >= _TWO_MONTHS:
        count, word = round(days * 12 / 365), "month"
    return f"{count} {word}{'' if count == 1 else 's'}"


def due(instruments: Iterable[InstrumentRecord], today: date) -> tuple[Due, ...]:
    """Return whose cell is due or will be within 90 days; see `ServiceLog.due`."""
    found = []
    for instrument in instruments:
        if instrument.virtual:
            continue
        battery = instrument.battery
        if battery is not None and battery.none:
            continue
        day = battery.due if battery else None
        if battery is None or day is None:
            found.append(Due(instrument, "the age of its cell is not known", None, None))
        elif day - today <= SOON:  # a sum might leave the calendar
            found.append(Due(instrument, battery.text, day, (day - today).days))
    return tuple(sorted(found, key=lambda one: (one.day is None, one.day or today)))
