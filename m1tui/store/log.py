"""The service log: instruments, their visits, the runs of procedures in these, and what is due.

Each is a JSON file that is written whole or not at all, so the log can be read, copied and kept
without the program, and no damage to one file touches another:

    log/instruments/m1-112233.json
    log/visits/2026-11-20/visit.json
    log/visits/2026-11-20/2026-11-20-0941-internal-battery.json
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from m1tui.advice import Advice, Trouble
from m1tui.store.atomic import DISK, Disk
from m1tui.store.battery import Due, battery_after, cell_work, due
from m1tui.store.log_files import (
    ID,
    LogFiles,
    not_ended,
    not_in_visit,
    over,
    read_record,
    slug,
)
from m1tui.store.records import (
    Battery,
    BenchRecord,
    HeardSound,
    InstrumentRecord,
    Removed,
    RunRecord,
    VisitRecord,
)

_JOURNALS = "*.journal"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What recording the journals gave."""

    recorded: tuple[RunRecord, ...]
    refused: tuple[tuple[Path, Advice], ...]
    """Journals that cannot be read, each with what is wrong."""


class ServiceLog:
    """The service log in a folder. Everything that it returns is as it is on the disk."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime], disk: Disk = DISK) -> None:
        self._files = LogFiles(folder, now=now, disk=disk)

    # Instruments

    def instruments(self) -> tuple[InstrumentRecord, ...]:
        """Return all instruments by their ids. Raises StoreError."""
        return self._files.read(self._files.instruments(), InstrumentRecord)

    def instrument(self, instrument_id: str) -> InstrumentRecord:
        """Return an instrument. Raises StoreError when there is none of that id."""
        path = self._files.instrument(instrument_id)
        return read_record(path, InstrumentRecord, "instrument", instrument_id)

    def add_instrument(
        self,
        model: str,
        *,
        serial: str = "",
        tag: str = "",
        rom: str = "",
        notes: str = "",
        virtual: bool = False,
    ) -> InstrumentRecord:
        """Take in an instrument; its id is made of model and serial number or tag."""
        record = InstrumentRecord(
            id="",
            created=self._files.stamp(),
            model=model.strip(),
            serial=serial.strip(),
            tag=tag.strip(),
            rom=rom.strip(),
            notes=notes.strip(),
            virtual=virtual,
        )
        stem = slug(f"{record.model} {record.serial or record.tag}")
        return self._files.write_first(record, stem, self._files.instrument)

    def change_instrument(self, instrument_id: str, **changes: Any) -> InstrumentRecord:
        """Change fields of an instrument and return it. Raises StoreError."""
        return self._change_instrument(
            instrument_id, lambda record: msgspec.structs.replace(record, **changes)
        )

    def measure_battery(
        self,
        instrument_id: str,
        *,
        volts: float | None = None,
        cell: str = "",
        fitted: date | None = None,
    ) -> InstrumentRecord:
        """Note what a cell measured today, what it is, or that a new one was fitted.

        What is not given stays as noted; a new cell has no volts until they are measured. Raises
        StoreError.
        """

        def change(record: InstrumentRecord) -> InstrumentRecord:
            battery = record.battery or Battery()
            if fitted is not None:
                battery = Battery(cell=battery.cell, fitted=fitted)
            if cell:
                battery = msgspec.structs.replace(battery, cell=cell)
            if volts is not None:
                today = self._files.today()
                battery = msgspec.structs.replace(battery, volts=volts, measured=today)
            return msgspec.structs.replace(record, battery=battery)

        return self._change_instrument(instrument_id, change)

    def _change_instrument(
        self, instrument_id: str, change: Callable[[InstrumentRecord], InstrumentRecord]
    ) -> InstrumentRecord:
        with self._files.writing():
            record = change(self.instrument(instrument_id))
            self._files.write_over(self._files.instrument(record.id), record)
        return record

    def due(self, today: date | None = None) -> tuple[Due, ...]:
        """Return whose cell is due or will be within 90 days, the most urgent first.

        Instruments whose cell nobody noted come last. Raises StoreError.
        """
        return due(self.instruments(), today or self._files.today())

    # Visits

    def visits(self) -> tuple[VisitRecord, ...]:
        """Return all visits, the newest first. Raises StoreError."""
        found = self._files.read(self._files.visits(), VisitRecord)
        return tuple(sorted(found, key=lambda visit: (visit.created, visit.id), reverse=True))

    def visit(self, visit_id: str) -> VisitRecord:
        """Return a visit. Raises StoreError when there is none of that id."""
        path = self._files.visit(visit_id)
        return read_record(path, VisitRecord, "visit", visit_id)

    def begin_visit(
        self,
        instrument: str = "",
        *,
        reported: str = "",
        reference: str = "",
        technician: str = "",
        price: str = "",
    ) -> VisitRecord:
        """Begin a visit of an instrument. Raises StoreError when there is none of that id."""
        if instrument:
            self.instrument(instrument)
        new = VisitRecord(
            id="",
            created="",
            instrument=instrument,
            reported=reported,
            reference=reference,
            technician=technician,
            price=price,
        )
        begun = self._begin(new)
        self.work_on(begun.id)
        return begun

    def work_on(self, visit_id: str) -> VisitRecord:
        """Let what is run on a real instrument from now on belong to an open visit.

        Raises StoreError when there is none of that id.
        """
        visit = self.visit(visit_id)
        if not visit.is_open:
            raise over(visit_id)
        chosen = BenchRecord(id="bench", created=self._files.stamp(), visit=visit_id)
        with self._files.writing():
            self._files.write_over(self._files.bench, chosen)
        return visit

    def on_the_bench(self) -> VisitRecord | None:
        """Return the visit that is worked on: the one chosen last, or else the only open one.

        None where none is open, or several are and none of them was chosen. Raises StoreError.
        """
        virtual = {one.id for one in self.instruments() if one.virtual}
        going_on = [one for one in self.visits() if one.is_open and one.instrument not in virtual]
        if self._files.bench.exists():
            chosen = read_record(self._files.bench, BenchRecord, "record", "bench").visit
            going_on = [one for one in going_on if one.id == chosen] or going_on
        return going_on[0] if len(going_on) == 1 else None

    def _begin(self, visit: VisitRecord, day: str = "") -> VisitRecord:
        visit = msgspec.structs.replace(visit, created=visit.created or self._files.stamp())
        stem = day or visit.created[:10]
        return self._files.write_first(visit, stem, self._files.visit)

    def change_visit(self, visit_id: str, **changes: Any) -> VisitRecord:
        """Change fields of a visit and return it. Raises StoreError.

        An instrument that it is given now has what the visit's runs did to its cell.
        """
        if changes.get("instrument"):
            self.instrument(changes["instrument"])
        with self._files.writing():
            before = self.visit(visit_id)
            record = msgspec.structs.replace(before, **changes)
            self._files.write_over(self._files.visit(record.id), record)
            if record.instrument != before.instrument:
                for run in self.runs(visit_id):
                    self._note_cell(run)
        return record

    def add_to_visit(self, visit_id: str, *, photograph: str = "", part: str = "") -> VisitRecord:
        """Note a photograph's path or a part used, behind earlier ones. Raises StoreError."""
        with self._files.writing():
            before = self.visit(visit_id)
            record = msgspec.structs.replace(
                before,
                photographs=(*before.photographs, *filter(None, (photograph,))),
                parts=(*before.parts, *filter(None, (part,))),
            )
            self._files.write_over(self._files.visit(record.id), record)
        return record

    def remove_from_visit(
        self, visit_id: str, *, photograph: str = "", part: str = ""
    ) -> VisitRecord:
        """Take a photograph or a part that was noted by mistake out again; it is kept as removed.

        It is named as it was noted; a photograph also by its file's name, and a part in small or
        capital letters, where only one has that. Raises StoreError for what is not there.
        """
        with self._files.writing():
            before = self.visit(visit_id)
            if photograph:
                noted, chosen = before.photographs, _named(before.photographs, photograph, _file)
            else:
                noted, chosen = before.parts, _named(before.parts, part, str.casefold)
            if chosen is None:
                of_run = not photograph and any(
                    part in step.parts for run in self.runs(visit_id) for step in run.steps
                )
                raise not_in_visit(
                    visit_id,
                    "photograph" if photograph else "part",
                    photograph or part,
                    noted,
                    of_run=of_run,
                )
            left = (*noted[:chosen], *noted[chosen + 1 :])
            taken = Removed(
                at=self._files.stamp(),
                what="photograph" if photograph else "part",
                text=noted[chosen],
            )
            record = msgspec.structs.replace(
                before,
                photographs=left if photograph else before.photographs,
                parts=before.parts if photograph else left,
                removed=(*before.removed, taken),
            )
            self._files.write_over(self._files.visit(record.id), record)
        return record

    def end_visit(self, visit_id: str, *, notes: str = "", price: str = "") -> VisitRecord:
        """End a visit now; `notes` and `price` take the place of earlier ones if not empty."""
        changes = {"ended": self._files.stamp()}
        changes |= {name: text for name, text in (("notes", notes), ("price", price)) if text}
        return self.change_visit(visit_id, **changes)

    def reopen_visit(self, visit_id: str) -> VisitRecord:
        """Let a visit go on that was ended by mistake, on the bench if it was there.

        Raises StoreError when it is not ended, or when a run began it.
        """
        visit = self.visit(visit_id)
        if visit.is_open or visit.automatic:
            raise not_ended(visit_id, automatic=visit.automatic)
        return self.change_visit(visit_id, ended="")

    def mark_sound(self, heard: HeardSound, *, rehearsal: bool, model: str = "") -> VisitRecord:
        """Keep what a person said of a sound, in the visit that a run would belong to now.

        `model` is the instrument's, where it is known: a rehearsal belongs to a virtual one of it.
        A sound that was marked before in this visit keeps the newest mark only. Raises StoreError.
        """
        with self._files.writing():
            now = self._files.stamp()
            visit = self.visit(self._visit_at(now, rehearsal=rehearsal, model=model))
            others = tuple(
                one for one in visit.heard if (one.sound, one.source) != (heard.sound, heard.source)
            )
            changed = msgspec.structs.replace(visit, heard=(*others, heard))
            self._files.write_over(self._files.visit(changed.id), changed)
        return changed

    # Runs

    def rename_file(self, old: str, new: str) -> None:
        """Call a dump by its new name wherever a run or a heard sound names it.

        Both are names of the library, without a folder. Raises StoreError.
        """
        with self._files.writing():
            for visit in self.visits():
                heard = tuple(
                    msgspec.structs.replace(one, source=new) if one.source == old else one
                    for one in visit.heard
                )
                if heard != visit.heard:
                    changed = msgspec.structs.replace(visit, heard=heard)
                    self._files.write_over(self._files.visit(visit.id), changed)
                for run in self.runs(visit.id):
                    named = run.with_renamed(old, new)
                    if named != run:
                        self._files.write_over(self._files.run(run.id), named)

    def runs(self, visit_id: str) -> tuple[RunRecord, ...]:
        """Return the runs of a visit in the order in which they began. Raises StoreError."""
        found = self._files.read(self._files.runs(visit_id), RunRecord)
        return tuple(sorted(found, key=lambda run: run.started))

    def run(self, run_id: str) -> RunRecord:
        """Return a run. Raises StoreError when there is none of that id."""
        return read_record(self._files.run(run_id), RunRecord, "run", run_id)

    def record(self, run: RunRecord, *, visit: str = "") -> RunRecord:
        """Keep the record of a run, in the place of an earlier one of it; return it as it is kept.

        It belongs to `visit`; by default to the one on the bench, or else to an automatic one for
        its day. Rehearsals never join a visit of a real instrument, nor real work one of the
        virtual M1. Raises StoreError.
        """
        with self._files.writing():
            known = self.run(run.id) if self._files.run(run.id).exists() else None
            if known is not None:
                created, place = known.created, known.visit
            else:
                created = self._files.stamp()
                place = self.visit(visit).id if visit else self._visit_for(run)
            record = msgspec.structs.replace(run, visit=place, created=created)
            self._files.write_over(self._files.run(run.id, place), record)
            self._note_cell(record, known)
            self._note_settings(record, known)
            self._note_rom(record, known)
        return record

    def _note_settings(self, run: RunRecord, known: RunRecord | None) -> None:
        """Give the visit's instrument the settings that a run wrote down, unless it has them."""
        written = _settings_of(run)
        instrument_id = self.visit(run.visit).instrument
        if not (written and instrument_id) or (known and _settings_of(known) == written):
            return
        instrument = self.instrument(instrument_id)
        if instrument.virtual == run.is_rehearsal:
            settings = {**dict(instrument.settings), **dict(written)}
            changed = msgspec.structs.replace(instrument, settings=tuple(settings.items()))
            self._files.write_over(self._files.instrument(changed.id), changed)

    def _note_rom(self, run: RunRecord, known: RunRecord | None) -> None:
        """Give the visit's instrument the ROM's number that a run wrote down, unless it has it."""
        rom, instrument_id = run.written("rom"), self.visit(run.visit).instrument
        if not (rom and instrument_id) or (known and known.written("rom") == rom):
            return
        instrument = self.instrument(instrument_id)
        if instrument.virtual == run.is_rehearsal:
            changed = msgspec.structs.replace(instrument, rom=rom)
            self._files.write_over(self._files.instrument(changed.id), changed)

    def _note_cell(self, run: RunRecord, known: RunRecord | None = None) -> None:
        """Give the visit's instrument what a run did to its cell, unless it was `known` before."""
        work = cell_work(run)
        instrument_id = self.visit(run.visit).instrument
        if work is None or not instrument_id or (known and cell_work(known) == work):
            return
        instrument = self.instrument(instrument_id)
        if instrument.virtual == run.is_rehearsal:
            battery = battery_after(instrument.battery, work)
            changed = msgspec.structs.replace(instrument, battery=battery)
            self._files.write_over(self._files.instrument(changed.id), changed)

    def catch_up(
        self, journals: Path, read: Callable[[Path], RunRecord], *, visit: str = ""
    ) -> CaughtUp:
        """Record all journals in a folder that are not recorded as they are now.

        `read` returns the record of the run in a journal, or raises Trouble. A run that was killed
        is recorded so, too. Raises StoreError when the log cannot be written.
        """
        recorded, refused = [], []
        known = self._files.all_runs()
        for journal in sorted(journals.glob(_JOURNALS)):
            path = known.get(slug(journal.stem))
            size = None if path is None else _recorded_size(path)
            try:
                if journal.stat().st_size == size:
                    continue
                run = read(journal)
            except FileNotFoundError:
                continue  # it went just now
            except Trouble as trouble:
                refused.append((journal, trouble.advice))
                continue
            if run.journal_bytes != size:  # a torn last line is no event
                recorded.append(self.record(run, visit=visit))
        return CaughtUp(tuple(recorded), tuple(refused))

    def _visit_for(self, run: RunRecord) -> str:
        """Return the visit that a run belongs to where nobody says so."""
        return self._visit_at(run.started, rehearsal=run.is_rehearsal, model=run.model)

    def _visit_at(self, begun: str, *, rehearsal: bool, model: str) -> str:
        """Return the visit of what was begun at that time, local with its offset."""
        visits = self.visits()
        instrument = self._virtual(model or "M1").id if rehearsal else ""
        bench = None if rehearsal else self.on_the_bench()
        if bench is not None:
            return bench.id
        day = begun[:10]
        for visit in visits:
            if visit.instrument == instrument and (
                (visit.automatic and visit.id.startswith(day)) or (rehearsal and visit.is_open)
            ):
                return visit.id
        # It may be recorded days later.
        new = VisitRecord(id="", created=begun, instrument=instrument, automatic=True)
        return self._begin(new, day if ID.fullmatch(day) else "").id

    def _virtual(self, model: str) -> InstrumentRecord:
        """Return the instrument that stands for the virtual M1 of that model, "M1R" for example."""
        for instrument in self.instruments():
            if instrument.virtual and instrument.model == model:
                return instrument
        return self.add_instrument(model, tag="virtual", virtual=True)


def _named(noted: tuple[str, ...], wanted: str, brief: Callable[[str], str]) -> int | None:
    """Return the place of the last one noted so, or of the only one that is so in brief."""
    exact = [place for place, text in enumerate(noted) if text == wanted]
    if exact:
        return exact[-1]
    like = [place for place, text in enumerate(noted) if brief(text) == brief(wanted)]
    return like[0] if len(like) == 1 else None


def _file(path: str) -> str:
    return Path(path).name


def _settings_of(run: RunRecord) -> tuple[tuple[str, str], ...]:
    return tuple(pair for step in run.steps if step.settings for pair in step.labelled)


def _recorded_size(path: Path) -> int:
    """Return how many bytes of its journal the record at `path` holds."""
    return read_record(path, RunRecord, "run", path.stem).journal_bytes
