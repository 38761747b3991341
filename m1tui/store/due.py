"""Tells which instruments' cells are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from m1tui.store.records import InstrumentRecord

SOON = timedelta(days=90)
"""How long before a cell is due it is told."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be done to an instrument, or soon."""

    instrument: InstrumentRecord
    what: str
    day: date | None
    """None: the day is not known, for nobody noted the cell."""
    days: int | None
    """Days from today; below 0 when it is overdue."""


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
        elif day <= today + SOON:
            found.append(Due(instrument, battery.text, day, (day - today).days))
    return tuple(sorted(found, key=lambda one: (one.day is None, one.day or today)))
