"""The service log for the screens: what they ask of it and change in it, all on the disk.

Everything here waits for the disk, so the app calls it in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from m1tui.advice import Trouble
from m1tui.app.allowed_folders import EVERYWHERE, AllowedFolders
from m1tui.app.own_way import in_the_app
from m1tui.app.snapshots import DueCell, Reminders
from m1tui.files import require_file
from m1tui.procedures.recording import read_run
from m1tui.store import Store
from m1tui.store.log import CaughtUp, ServiceLog
from m1tui.store.records import InstrumentRecord, RunRecord, VisitRecord


@dataclass(frozen=True, slots=True)
class LogView:
    """Instruments and visits, and the runs of the visits that were asked for."""

    today: date
    instruments: tuple[InstrumentRecord, ...] = ()
    visits: tuple[VisitRecord, ...] = ()
    """The newest first."""
    runs: Mapping[str, tuple[RunRecord, ...]] | None = None
    """By the visits' ids."""
    bench: str = ""
    """The id of the visit on the bench, empty for none."""

    def instrument(self, instrument_id: str) -> InstrumentRecord | None:
        """Return the instrument of that id, None for none."""
        return next((one for one in self.instruments if one.id == instrument_id), None)

    def visits_of(self, instrument_id: str) -> tuple[VisitRecord, ...]:
        """Return the visits of an instrument; of "" those whose instrument is not known."""
        return tuple(visit for visit in self.visits if visit.instrument == instrument_id)


class Logbook:
    """The log of one data folder. Everything that writes or reads raises StoreError."""

    def __init__(
        self,
        store: Store,
        allowed: AllowedFolders = EVERYWHERE,
        parts: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        """`parts` returns the names of the parts that a repair may use, for choosing."""
        self._store = store
        self._allowed = allowed
        self.parts = parts

    @property
    def log(self) -> ServiceLog:
        """Return the log itself."""
        return self._store.log

    @property
    def reports_folder(self) -> Path:
        """Return where reports are kept unless another folder is named."""
        return self._store.folders.reports

    def reminders(self) -> Reminders:
        """Record what was run since, and return what home has to tell. Raises nothing."""
        troubles: list[str] = []
        try:
            troubles += left_out(self.log.catch_up(self._store.journal_folder, read_run))
        except Trouble as trouble:
            advice = in_the_app(trouble.advice)
            troubles.append(f"{advice.happened} {advice.next_step}".strip())
        due: tuple[DueCell, ...] = ()
        bench = ""
        try:
            bench, due = self._bench(), self._due()
        except Trouble as trouble:
            troubles.append(in_the_app(trouble.advice).happened)
        return Reminders(due, bench, " ".join(dict.fromkeys(troubles)))

    def _due(self) -> tuple[DueCell, ...]:
        return tuple(
            DueCell(one.instrument.title, one.day.isoformat(), one.when, (one.days or 0) <= 0)
            for one in self.log.due()
            if one.day is not None
        )

    def _bench(self) -> str:
        visit = self.log.on_the_bench()
        if visit is None:
            return ""
        whose = self.log.instrument(visit.instrument).title if visit.instrument else ""
        return ", ".join(part for part in (whose, f"visit {visit.id}") if part)

    def view(self, *, instrument: str | None = None, visit: str = "") -> LogView:
        """Return the log as it is, with the runs of an instrument's visits or of one visit."""
        log = self.log
        bench = log.on_the_bench()
        view = LogView(
            self._store.now().date(),
            log.instruments(),
            log.visits(),
            bench=bench.id if bench is not None else "",
        )
        wanted = [one.id for one in view.visits_of(instrument)] if instrument is not None else []
        wanted += [visit] if visit else []
        runs = {visit_id: log.runs(visit_id) for visit_id in wanted}
        return replace(view, runs=runs)

    def take_in(self, values: Mapping[str, str]) -> InstrumentRecord:
        """Take an instrument into the log, with model, serial, tag, rom and notes as given."""
        given = values.get
        return self.log.add_instrument(
            values["model"],
            serial=given("serial", ""),
            tag=given("tag", ""),
            rom=given("rom", ""),
            notes=given("notes", ""),
        )

    def change(self, instrument_id: str, values: Mapping[str, str]) -> InstrumentRecord:
        """Change an instrument to what is given, and nothing else of it."""
        known = {name: values[name] for name in _NOTED if name in values}
        return self.log.change_instrument(instrument_id, **known)

    def begin_visit(self, instrument_id: str, values: Mapping[str, str]) -> VisitRecord:
        """Begin a visit of an instrument, or of one that is new where its id is empty."""
        if instrument_id:
            self.change(instrument_id, values)
        else:
            instrument_id = self.take_in(values).id
        told = {name: values.get(name, "") for name in _TOLD}
        return self.log.begin_visit(instrument_id, **told)

    def add_photograph(self, visit_id: str, path: str) -> VisitRecord:
        """Note where a photograph of a visit is; it stays there.

        Raises NotAllowed, FileTrouble where no file is there.
        """
        place = self._allowed.typed(path).absolute()
        require_file(place)
        return self.log.add_to_visit(visit_id, photograph=str(place))

    def keep_csv(self, folder: str) -> Path:
        """Write all instruments as a new CSV file in `folder`; return its path."""
        from m1tui.store.spreadsheet import keep_csv

        return keep_csv(self.log.instruments(), self._place(folder))

    def report_text(self, visit_id: str, *, customer: bool = False) -> str:
        """Return the report of a visit as text of 80 columns, or the page for its customer."""
        # Reports are imported when one is asked for; the rest serves home.
        from m1tui.store.report import render, report

        return render(report(self.log, visit_id), "text", customer=customer)

    def keep_report(self, visit_id: str, form: str, folder: str, *, customer: bool = False) -> Path:
        """Write the report of a visit as a new file in `folder`; return its path.

        Raises NotAllowed, too.
        """
        from m1tui.store.report import keep, report

        told = report(self.log, visit_id)
        return keep(told, form, self._place(folder), customer=customer)

    def _place(self, folder: str) -> Path:
        return self._allowed.typed(folder) if folder else self.reports_folder


_TOLD = ("reported", "reference", "technician", "price")
"""What is written down when an instrument comes."""
_NOTED = ("model", "serial", "tag", "rom", "notes")
"""What is noted of an instrument in words."""


def left_out(caught_up: CaughtUp) -> list[str]:
    """Return which journals the log could not take in, as at most one sentence."""
    names = [path.name for path, _ in caught_up.refused]
    if not names:
        return []
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return [f'The log is missing "{names[0]}"{more}: damaged, or written by a newer m1tui.']
