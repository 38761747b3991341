"""The files of the service log: their places, and how their records are read and written.

A file is written whole, by one program at a time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from m1tui.advice import Advice
from m1tui.errors import StoreError
from m1tui.files import RECORD, FileTrouble, Unfit, read_bounded, without_mark
from m1tui.store.atomic import Disk, alone, clean, printable_path, write_new, write_over
from m1tui.store.records import Record
from m1tui.sysex import printable

R = TypeVar("R", bound=Record)

ID = re.compile(r"[a-z0-9]+(-{1,2}[a-z0-9]+)*")
_NUMBERED = re.compile(r" \((\d+)\)\Z")
_LONGEST_ID = 60


class _Versioned(msgspec.Struct):
    version: int


def slug(text: str) -> str:
    """Return `text` as an id: small letters and digits, joined by hyphens.

    The number of a file whose name was taken stands behind two, so no two journals share an id.
    """
    numbered = _NUMBERED.search(text)
    number = f"--{numbered[1]}" if numbered else ""
    words = re.findall(r"[a-z0-9]+", _NUMBERED.sub("", text).lower())
    return ("-".join(words)[:_LONGEST_ID].strip("-") or "m1") + number


def checked(name: str, what: str) -> str:
    """Return an id that can be a file's name. Raises StoreError for anything else."""
    if not ID.fullmatch(name):
        raise unknown(what, name)
    return name


def unknown(what: str, wanted: str) -> StoreError:
    """Return the error that there is nothing of that id."""
    return StoreError(
        Advice(
            code="not-in-log",
            happened=f'The log has no {what} "{printable_path(Path(wanted))}".',
            safe="Nothing was changed.",
            next_step="See what it contains: m1tui log list",
        )
    )


def over(visit: str) -> StoreError:
    """Return the error that a visit is over, so nothing more is done in it."""
    return StoreError(
        Advice(
            code="visit-over",
            happened=f'The visit "{visit}" is over.',
            safe="Nothing was changed.",
            next_step="Begin another visit: m1tui log begin ID. "
            f"If it was ended by mistake: m1tui log reopen {printable_path(Path(visit))}",
        )
    )


def not_in_visit(
    visit: str, what: str, wanted: str, noted: tuple[str, ...], *, of_run: bool
) -> StoreError:
    """Return the error that a visit has no such photograph or part; `of_run`: a run noted it."""
    listed = "; ".join(printable(one) for one in noted)
    return StoreError(
        Advice(
            code="not-in-visit",
            happened=f'The visit "{visit}" has no {what} "{printable(wanted)}" to remove.',
            safe="Nothing was changed.",
            cause=f"That {what} was recorded during a procedure, and a run's record cannot be "
            "changed."
            if of_run
            else "",
            next_step=f"Name one of these: {listed}."
            if noted
            else f"The visit has no {what} to remove.",
        )
    )


def not_ended(visit: str, *, automatic: bool) -> StoreError:
    """Return the error that a visit has no end to take back."""
    state = "began automatically: it ends at midnight" if automatic else "is already open"
    return StoreError(
        Advice(
            code="visit-not-ended",
            happened=f'The visit "{visit}" {state}.',
            safe="Nothing was changed.",
            next_step="Begin another visit: m1tui log begin ID"
            if automatic
            else f"Continue it: m1tui log bench {visit}",
        )
    )


def encoded(record: Record) -> bytes:
    """Return a record as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def read_record(path: Path, kind: type[R], what: str, wanted: str) -> R:
    """Return the record in a file. Raises StoreError when there is none, or none of ours."""
    try:
        data = without_mark(read_bounded(path, RECORD))
    except FileTrouble as trouble:
        if trouble.why is Unfit.MISSING:
            raise unknown(what, wanted) from None
        raise StoreError(trouble.advice) from trouble
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version <= kind.NEWEST:
            return kind.decoded(data, version)
        problem = f"expected version {kind.NEWEST} or lower, found {version}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error)
    raise StoreError(
        Advice(
            code="record-unreadable",
            happened=f'"{printable_path(path)}" cannot be read: {problem}.',
            safe="It was left as it is, and nothing else was changed.",
            cause="A newer m1tui wrote it, or it was changed by hand.",
            next_step="Use the newer m1tui, or correct the file. If you move it elsewhere, it is "
            "ignored.",
        )
    )


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
