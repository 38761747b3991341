"""The service log: instruments, visits and runs, each a whole file, and what is due."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from m1tui.errors import StoreError
from m1tui.procedures.journal import Journal
from m1tui.procedures.recording import read_run
from m1tui.store import Store
from m1tui.store.atomic import alone
from m1tui.store.log import ServiceLog
from m1tui.store.log_files import slug
from m1tui.store.records import Battery
from m1tui.store.report import render, report
from tests.advised import raises
from tests.procedures.examples import BAD, GOOD, SILENT
from tests.store.disks import FullDisk
from tests.store.journals import journal
from tests.store.memories import memory
from tests.store.test_catalogue import day, save
from tests.store.test_store import Reading


def log(folder: Path, *, on: int = 20) -> ServiceLog:
    return Store(folder, now=lambda: day(on)).log


def test_an_instrument_is_a_file_that_is_called_by_model_and_serial_number(tmp_path: Path) -> None:
    added = log(tmp_path).add_instrument("M1", serial="112233", tag="Blue case", rom="19")
    assert added.id == "m1-112233"
    kept = json.loads((tmp_path / "log" / "instruments" / "m1-112233.json").read_text())
    assert (kept["serial"], kept["tag"], kept["rom"]) == ("112233", "Blue case", "19")
    assert log(tmp_path).instrument("m1-112233") == added
    assert added.title == 'M1 112233 "Blue case"'


def test_two_instruments_of_one_name_stand_side_by_side(tmp_path: Path) -> None:
    ids = [log(tmp_path).add_instrument("M1").id for _ in range(3)]
    assert ids == ["m1", "m1-2", "m1-3"]
    assert len(log(tmp_path).instruments()) == 3


def test_changing_an_instrument_keeps_everything_else(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1", serial="1", tag="Blue")
    changed = log(tmp_path).change_instrument("m1-1", rom="20")
    assert (changed.tag, changed.rom) == ("Blue", "20")
    assert log(tmp_path).instruments() == (changed,)


@pytest.mark.parametrize("wanted", ["nothing", "../instruments/m1", "", "M1", "a/b", "\x1b[2J"])
def test_an_id_that_is_not_there_is_an_error_that_names_the_way_on(
    tmp_path: Path, wanted: str
) -> None:
    log(tmp_path).add_instrument("M1")
    for ask in (log(tmp_path).instrument, log(tmp_path).visit, log(tmp_path).run):
        with pytest.raises(StoreError, match="The log has no") as caught:
            ask(wanted)
        assert "m1tui log list" in caught.value.advice.next_step
        assert "\x1b" not in str(caught.value)


def test_a_new_cell_is_due_in_five_years(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    battery = log(tmp_path).measure_battery("m1", volts=3.21, fitted=date(2026, 11, 20)).battery
    assert battery == Battery(volts=3.21, measured=date(2026, 11, 20), fitted=date(2026, 11, 20))
    assert battery.due == date(2031, 11, 20)
    assert battery.text == "CR2032 fitted 2026-11-20, 3.21 V on 2026-11-20"


def test_a_cell_of_29_february_is_due_on_the_28th() -> None:
    assert Battery(fitted=date(2028, 2, 29)).due == date(2033, 2, 28)


def test_measuring_a_cell_keeps_when_it_was_fitted_and_a_new_one_forgets_the_volts(
    tmp_path: Path,
) -> None:
    log(tmp_path).add_instrument("M1")
    log(tmp_path).measure_battery("m1", fitted=date(2024, 1, 1), cell="CR2032 Panasonic")
    measured = log(tmp_path).measure_battery("m1", volts=3.0).battery
    assert measured is not None
    assert (measured.fitted, measured.cell) == (date(2024, 1, 1), "CR2032 Panasonic")
    renewed = log(tmp_path).measure_battery("m1", fitted=date(2026, 11, 20)).battery
    assert renewed is not None
    assert renewed.volts is None


def test_what_is_due_comes_first_and_what_nobody_knows_last(tmp_path: Path) -> None:
    book = log(tmp_path)
    for name in ("unknown", "fresh", "soon", "late", "low"):
        book.add_instrument("M1", tag=name)
    book.measure_battery("m1-fresh", fitted=date(2025, 1, 1), volts=3.1)
    book.measure_battery("m1-soon", fitted=date(2021, 12, 24))
    book.measure_battery("m1-late", fitted=date(2020, 1, 1))
    book.measure_battery("m1-low", fitted=date(2025, 1, 1), volts=2.4)
    due = book.due(date(2026, 11, 20))
    assert [(one.instrument.tag, one.days) for one in due] == [
        ("late", -688),
        ("low", 0),
        ("soon", 34),
        ("unknown", None),
    ]
    assert due[1].what == "CR2032 fitted 2025-01-01, 2.4 V on 2026-11-20"


@pytest.mark.parametrize("today", [date.max, date(9999, 10, 10), date.min])
def test_at_the_ends_of_the_calendar_it_is_told_what_is_due(tmp_path: Path, today: date) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", tag="new")
    book.add_instrument("M1", tag="old")
    book.measure_battery("m1-new", fitted=date.max)
    book.measure_battery("m1-old", fitted=date.min)
    told = {one.instrument.tag: one for one in book.due(today)}
    assert ("new" in told) == (today.year == 9999)
    assert ("old" in told) == (today.year == 9999)
    assert all(one.when for one in told.values())


def test_a_log_of_the_last_day_of_the_calendar_is_kept_and_reported(tmp_path: Path) -> None:
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    store = Store(tmp_path, now=lambda: last)
    store.log.add_instrument("M1")
    store.log.measure_battery("m1", volts=3.0, fitted=last.date())
    visit = store.log.begin_visit("m1")
    store.save_backup(Reading(), instrument="M1", link="x")
    with store.catalogue() as catalogue:
        assert [entry.facts.time[:4] for entry in catalogue.entries()] == ["9999"]
    assert [one.days for one in store.log.due()] == [0]
    assert "9999-12-31" in render(report(store.log, visit.id), "text")


def test_visits_are_named_by_their_day_and_listed_the_newest_first(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    log(tmp_path, on=19).begin_visit("m1", reported="Battery Low")
    log(tmp_path, on=20).begin_visit("m1")
    log(tmp_path, on=20).begin_visit()
    assert [visit.id for visit in log(tmp_path).visits()] == [
        "2026-11-20-2",
        "2026-11-20",
        "2026-11-19",
    ]
    ended = log(tmp_path).end_visit("2026-11-19", notes="New cell.")
    assert not ended.is_open
    assert (ended.reported, ended.notes) == ("Battery Low", "New cell.")


def test_a_visit_of_an_instrument_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match='no instrument "m1"'):
        log(tmp_path).begin_visit("m1")
    visit = log(tmp_path).begin_visit()
    with pytest.raises(StoreError, match='no instrument "m1"'):
        log(tmp_path).change_visit(visit.id, instrument="m1")


def test_a_run_is_recorded_with_every_steps_mark_evidence_note_and_times(tmp_path: Path) -> None:
    backup = save(tmp_path, memory())
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.note("plugs cleaned"),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), backup=str(backup)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
    )
    (run,) = log(tmp_path).catch_up(tmp_path / "journals", read_run).recorded
    by_id = {step.id: step for step in run.steps}
    assert run.outcome == "UNFINISHED"
    assert (by_id["one"].mark, by_id["one"].note) == ("by hand", "plugs cleaned")
    assert by_id["keys"].glyph == "[A]"
    assert [one.evidence for one in by_id["keys"].verdicts] == ["identity in 0.1 s"]
    assert [(one.found, one.passed) for one in by_id["keys"].earlier] == [("24", False)]
    assert by_id["keys"].ended.startswith("2026-11-20T09:41")
    kept = by_id["save"].backup
    assert kept is not None
    assert kept.file == backup.name
    assert kept.sha256 == hashlib.sha256(backup.read_bytes()).hexdigest()
    assert by_id["open"].reason == "no time"
    assert by_id["send"].mark == "open"
    assert log(tmp_path).run(run.id) == run
    assert run.journal == path.name


def test_catching_up_records_each_journal_once_and_again_when_it_went_on(tmp_path: Path) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick())
    book, folder = log(tmp_path), tmp_path / "journals"
    assert len(book.catch_up(folder, read_run).recorded) == 1
    assert book.catch_up(folder, read_run).recorded == ()
    with Journal.open(path) as going_on:
        going_on.record(going_on.run.next())
        going_on.record(going_on.run.judge((SILENT,)))
    (again,) = book.catch_up(folder, read_run).recorded
    assert again.steps[1].verdicts[0].passed is None
    assert len(book.runs(again.visit)) == 1


def test_a_torn_last_line_is_recorded_as_never_written_and_not_over_and_over(
    tmp_path: Path,
) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick())
    with path.open("ab") as file:
        file.write(b'{"n":3,"event":"StepEn')
    book = log(tmp_path)
    (run,) = book.catch_up(tmp_path / "journals", read_run).recorded
    assert run.steps[0].mark == "by hand"
    assert book.catch_up(tmp_path / "journals", read_run).recorded == ()


def test_a_damaged_journal_is_told_and_keeps_no_other_from_the_log(tmp_path: Path) -> None:
    journal(tmp_path / "journals")
    (tmp_path / "journals" / "broken.journal").write_bytes(b"?\n")
    caught_up = log(tmp_path).catch_up(tmp_path / "journals", read_run)
    assert len(caught_up.recorded) == 1
    ((path, advice),) = caught_up.refused
    assert path.name == "broken.journal"
    assert "line 1" in advice.happened


def test_a_run_joins_the_one_open_visit_and_else_one_of_its_day(tmp_path: Path) -> None:
    book, folder = log(tmp_path), tmp_path / "journals"
    book.add_instrument("M1", serial="1")
    visit = book.begin_visit("m1-1")
    journal(folder)
    assert book.catch_up(folder, read_run).recorded[0].visit == visit.id
    book.end_visit(visit.id)
    journal(folder)
    journal(folder)
    first, second = book.catch_up(folder, read_run).recorded
    assert first.visit == second.visit != visit.id
    assert book.visit(first.visit).instrument == ""
    assert book.change_visit(first.visit, instrument="m1-1").instrument == "m1-1"


def test_a_rehearsal_never_joins_a_visit_of_a_real_instrument(tmp_path: Path) -> None:
    book, folder = log(tmp_path), tmp_path / "journals"
    book.add_instrument("M1", serial="1")
    visit = book.begin_visit("m1-1")
    journal(folder, port="virtual:low-battery")
    (run,) = book.catch_up(folder, read_run).recorded
    assert run.visit != visit.id
    assert run.is_rehearsal
    instrument = book.instrument(book.visit(run.visit).instrument)
    assert instrument.virtual
    assert all(not one.instrument.virtual for one in book.due())


def test_a_run_can_be_put_into_a_certain_visit(tmp_path: Path) -> None:
    book = log(tmp_path)
    visit = book.begin_visit()
    book.begin_visit()
    path = journal(tmp_path / "journals")
    assert book.record(read_run(path), visit=visit.id).visit == visit.id
    assert [run.journal for run in book.runs(visit.id)] == [path.name]


def test_journals_of_one_minute_never_share_an_id() -> None:
    assert slug("2026-11-20 0941 play") == "2026-11-20-0941-play"
    assert slug("2026-11-20 0941 play (2)") == "2026-11-20-0941-play--2"
    assert slug("2026-11-20 0941 play-2") == "2026-11-20-0941-play-2"
    assert slug("···") == "m1"


def test_a_full_disk_keeps_the_log_as_it_was(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1", serial="1")
    full = Store(tmp_path, disk=FullDisk(40)).log
    with pytest.raises(StoreError, match="could not be written"):
        full.change_instrument("m1-1", tag="Blue")
    with pytest.raises(StoreError, match="could not be written"):
        full.begin_visit("m1-1")
    assert log(tmp_path).instrument("m1-1").tag == ""
    assert log(tmp_path).visits() == ()


def test_a_record_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    path = tmp_path / "log" / "instruments" / "m1.json"
    path.write_text('{"version": 2, "id": "m1", "colour": "blue"}')
    with pytest.raises(StoreError, match="expected version 1 or lower, found 2"):
        log(tmp_path).change_instrument("m1", tag="Blue")
    assert "colour" in path.read_text()


def test_another_program_that_holds_the_log_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m1tui.store.log_files._WAIT", 0.05)
    log(tmp_path).add_instrument("M1")
    with (
        alone(tmp_path / "log" / "log.lock", "writing"),
        pytest.raises(StoreError, match="Another program is writing to the service log"),
    ):
        log(tmp_path).change_instrument("m1", tag="Blue")
    assert log(tmp_path).change_instrument("m1", tag="Blue").tag == "Blue"


def test_of_several_open_visits_the_one_on_the_bench_takes_the_runs(tmp_path: Path) -> None:
    book, folder = log(tmp_path), tmp_path / "journals"
    first, second = book.begin_visit(), book.begin_visit()
    assert book.on_the_bench() == second
    book.work_on(first.id)
    journal(folder)
    assert book.catch_up(folder, read_run).recorded[0].visit == first.id
    book.end_visit(first.id)
    assert book.on_the_bench() == second
    book.begin_visit()
    book.end_visit(book.begin_visit().id)
    assert book.on_the_bench() is None


def test_a_visit_that_is_over_or_not_there_is_not_taken_up(tmp_path: Path) -> None:
    book = log(tmp_path)
    visit = book.begin_visit()
    book.end_visit(visit.id)
    with raises(StoreError, "visit-over"):
        book.work_on(visit.id)
    with pytest.raises(StoreError, match="no visit"):
        book.work_on("2026-11-21")
    assert book.on_the_bench() is None


def test_a_visit_that_was_ended_by_mistake_goes_on_where_it_was(tmp_path: Path) -> None:
    book = log(tmp_path)
    visit = book.begin_visit(book.add_instrument("M1").id, reported="Battery Low")
    book.end_visit(visit.id, notes="New cell.")
    assert book.on_the_bench() is None
    opened = book.reopen_visit(visit.id)
    assert opened.is_open
    assert (opened.reported, opened.notes) == ("Battery Low", "New cell.")
    assert book.on_the_bench() == opened


def test_only_a_visit_that_a_person_ended_is_opened_again(tmp_path: Path) -> None:
    book = log(tmp_path)
    visit = book.begin_visit(book.add_instrument("M1").id)
    with pytest.raises(StoreError, match="is already open"):
        book.reopen_visit(visit.id)
    book.end_visit(visit.id)
    journal(tmp_path / "journals")
    (recorded,) = book.catch_up(tmp_path / "journals", read_run).recorded
    with pytest.raises(StoreError, match="began automatically"):
        book.reopen_visit(recorded.visit)


def test_a_visit_that_a_run_began_is_as_old_as_the_run(tmp_path: Path) -> None:
    journal(tmp_path / "journals")
    book = log(tmp_path, on=25)
    (run,) = book.catch_up(tmp_path / "journals", read_run).recorded
    assert book.visit(run.visit).created == run.started


def test_a_visit_that_was_kept_before_there_was_a_price_is_read(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    begun = log(tmp_path).begin_visit("m1", reported="Hum", price="90 EUR")
    (path,) = tmp_path.rglob("visit.json")
    kept = json.loads(path.read_text())
    for name in ("reference", "technician", "price"):
        del kept[name]
    path.write_text(json.dumps(kept))
    visit = log(tmp_path).visit(begun.id)
    assert (visit.reported, visit.reference, visit.technician, visit.price) == ("Hum", "", "", "")
