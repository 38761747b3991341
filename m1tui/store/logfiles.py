"""Where the service log's files lie, and how one is written: whole, by one program at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import msgspec

from m1tui.store.atomic import Disk, clean, write_new, write_over
from m1tui.store.lock import alone
from m1tui.store.recordfiles import R, checked, encoded, read_record
from m1tui.store.records import Record

_VISIT = "visit.json"
_WAIT = 5.0
"""Seconds to wait while another program writes; it does so for a fraction of one."""


class LogFiles:
    """The files in a folder, by the ids of what they hold."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime], disk: Disk) -> None:
        self._instruments = folder / "instruments"
        self._visits = folder / "visits"
        self.bench = folder / "bench.json"
        """Which visit is worked on."""
        self._lock = folder / "log.lock"
        self._now = now
        self._disk = disk

    # Time

    def stamp(self) -> str:
        """Return the time as it is kept."""
        return self._now().isoformat(timespec="seconds")

    def today(self) -> date:
        """Return the day."""
        return self._now().date()

    # Places

    def instrument(self, instrument_id: str) -> Path:
        """Return the file of an instrument. Raises StoreError for what can be no id."""
        return self._instruments / f"{checked(instrument_id, 'instrument')}.json"

    def instruments(self) -> list[Path]:
        """Return the files of all instruments, by their ids."""
        return sorted(self._instruments.glob("*.json"))

    def visit(self, visit_id: str) -> Path:
        """Return the file of a visit. Raises StoreError for what can be no id."""
        return self._visits / checked(visit_id, "visit") / _VISIT

    def visits(self) -> list[Path]:
        """Return the files of all visits, by their ids."""
        return sorted(self._visits.glob(f"*/{_VISIT}"))

    def runs(self, visit_id: str) -> list[Path]:
        """Return the files of a visit's runs, by their ids."""
        paths = self.visit(visit_id).parent.glob("*.json")
        return sorted(path for path in paths if path.name != _VISIT)

    def run(self, run_id: str, visit_id: str = "none") -> Path:
        """Return the file of a run, wherever it is; a new one in `visit_id` if there is none yet.

        Raises StoreError for what can be no id.
        """
        found = sorted(self._visits.glob(f"*/{checked(run_id, 'run')}.json"))
        return found[0] if found else self._visits / visit_id / f"{run_id}.json"

    def all_runs(self) -> dict[str, Path]:
        """Return the files of all runs by their ids."""
        paths = sorted(self._visits.glob("*/*.json"), reverse=True)
        return {path.stem: path for path in paths if path.name != _VISIT}

    # Reading and writing

    def read(self, paths: list[Path], kind: type[R]) -> tuple[R, ...]:
        """Return what the files hold. Raises StoreError."""
        return tuple(read_record(path, kind, "record", path.stem) for path in paths)

    def writing(self) -> AbstractContextManager[None]:
        """Keep other programs from writing within. Raises StoreError."""
        return alone(self._lock, "writing to the service log", wait=_WAIT)

    def write_over(self, path: Path, record: Record) -> None:
        """Put `record` in the place of what `path` holds. Raises StoreError."""
        clean(path.parent)
        write_over(path, encoded(record), disk=self._disk)

    def write_first(self, record: R, stem: str, place: Callable[[str], Path]) -> R:
        """Write a new record under the first free id that begins with `stem`; return it."""
        for number in itertools.count(1):
            name = stem if number == 1 else f"{stem}-{number}"
            named = msgspec.structs.replace(record, id=name)
            try:
                write_new(place(name), encoded(named), disk=self._disk)
            except FileExistsError:
                continue
            return named
        raise AssertionError("numbers do not end")
