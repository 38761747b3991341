"""Tells which instruments' cells are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from m1tui.store.records import InstrumentRecord

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
        day = battery.due if battery else None
        if battery is None or day is None:
            found.append(Due(instrument, "the age of its cell is not known", None, None))
        elif day - today <= SOON:  # a sum might leave the calendar
            found.append(Due(instrument, battery.text, day, (day - today).days))
    return tuple(sorted(found, key=lambda one: (one.day is None, one.day or today)))
