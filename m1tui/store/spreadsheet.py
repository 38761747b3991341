"""All instruments of the service log as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from m1tui.store.atomic import DISK, Disk, write_named
from m1tui.store.records import InstrumentRecord
from m1tui.sysex import printable

_COLUMNS = ("id", "model", "serial", "tag", "rom", "cell", "fitted", "volts", "due", "notes")


def rows_of(instruments: Iterable[InstrumentRecord]) -> list[dict[str, str]]:
    """Return a row for each instrument, by the columns' names; days as in ISO 8601."""
    return [_row(one) for one in instruments]


def as_csv(instruments: Iterable[InstrumentRecord]) -> str:
    """Return the rows in RFC 4180's form, each line ending in a line break."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    rows = rows_of(instruments)
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def keep_csv(instruments: Iterable[InstrumentRecord], folder: Path, *, disk: Disk = DISK) -> Path:
    """Write the CSV as a new file in `folder`; return its path. Raises StoreError."""
    return write_named(folder, "M1 instruments", ".csv", as_csv(instruments).encode(), disk=disk)


def _row(one: InstrumentRecord) -> dict[str, str]:
    battery = one.battery
    known = ("no cell" if battery.none else battery.cell) if battery else ""
    has_cell = battery is not None and not battery.none
    fitted, due = (battery.fitted, battery.due) if battery and has_cell else (None, None)
    volts = battery.volts if battery else None
    texts = (one.id, one.model, one.serial, one.tag, one.rom, known)
    dates = (fitted.isoformat() if fitted else "", "" if volts is None else f"{volts:.2f}")
    found = (*texts, *dates, due.isoformat() if due else "", " ".join(one.notes.split()))
    return dict(zip(_COLUMNS, map(printable, found), strict=True))


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
