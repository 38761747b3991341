"""What a run does to an instrument's cell is noted with the instrument, once and in its day."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest

from m1tui.advice import Advice
from m1tui.facts import Verdict
from m1tui.procedures.events import Event
from m1tui.procedures.journal import Journal
from m1tui.procedures.library import load
from m1tui.procedures.recording import read_run
from m1tui.procedures.schema import Procedure
from m1tui.procedures.values import Field
from m1tui.resources import screens_folder
from m1tui.store.battery import span
from m1tui.store.log import ServiceLog
from m1tui.store.records import Battery, CellValue, RunRecord
from m1tui.store.report import render, report
from tests.procedures.examples import procedure, step
from tests.procedures.test_loader import GOOD, written
from tests.store.journals import VERSION_1, journal
from tests.store.test_catalogue import day
from tests.store.test_log import log


def volts(name: str, label: str, records: CellValue | None) -> Field:
    return Field(name=name, label=label, low=0, high=5, decimals=2, optional=True, records=records)


CELLS = procedure(
    step(
        "measure",
        "values",
        fields=(
            volts("before", "Old", "old-cell-volts"),
            volts("after", "New", "new-cell-volts"),
            Field(name="make", label="Type", records="cell-type"),
        ),
    ),
    step("insert-cell", records="cell-in"),
    step("hold", checks=("memory-equals",), records="cell-holds"),
)
MEASURED = {"before": "2.41", "after": "3.22", "make": "CR2032 Panasonic"}
HOLDS = Verdict(True, "equal", name="memory-equals")
LOST = Verdict(False, "100 programs differ", name="memory-equals")
DAY = date(2026, 11, 20)

Deed = Callable[[Journal], Event]


def measured(**changed: str) -> Deed:
    return lambda j: j.run.write_down({**MEASURED, **changed})


def go_on(j: Journal) -> Event:
    return j.run.next()


def ticked(j: Journal) -> Event:
    return j.run.tick()


def worked(
    folder: Path,
    *deeds: Deed,
    port: str = "raw:/dev/snd/midiC1D0",
    on: int = 20,
    of: Procedure = CELLS,
) -> ServiceLog:
    """The log after such a run in the one open visit of m1-1."""
    book = log(folder, on=on)
    if not book.instruments():
        book.add_instrument("M1", serial="1")
        book.begin_visit("m1-1")
    journal(folder / "journals", *deeds, port=port, of=of, now=lambda: day(on))
    book.catch_up(folder / "journals", read_run)
    return book


def test_a_new_cell_is_noted_with_both_voltages_and_is_due_in_five_years(tmp_path: Path) -> None:
    battery = (
        worked(tmp_path, measured(), go_on, ticked, go_on, lambda j: j.run.judge((HOLDS,)))
        .instrument("m1-1")
        .battery
    )
    assert battery == Battery(
        cell="CR2032 Panasonic", volts=3.22, measured=DAY, fitted=DAY, old_volts=2.41
    )
    assert battery.due == date(2031, 11, 20)
    assert battery.text.endswith("3.22 V on 2026-11-20; the previous one measured 2.41 V")


def test_a_cell_that_was_only_measured_stays_the_one_that_it_was(tmp_path: Path) -> None:
    book = worked(tmp_path, measured())
    assert book.instrument("m1-1").battery == Battery(volts=2.41, measured=DAY)


CHANGE = procedure(
    step("out", records="cell-out"),
    *CELLS.steps,
)


def test_a_cell_that_was_taken_out_is_not_noted_as_the_one_that_is_in(tmp_path: Path) -> None:
    old = worked(tmp_path, measured(), go_on, ticked, on=1).instrument("m1-1").battery
    assert old is not None
    assert old.fitted == date(2026, 11, 1)
    book = worked(tmp_path, ticked, go_on, of=CHANGE)
    battery = book.instrument("m1-1").battery
    assert battery == Battery(cell="CR2032 Panasonic", old_volts=3.22, removed=DAY)
    assert battery.due == DAY
    assert battery.text == (
        "taken out 2026-11-20, and no new one has been proved to keep the memory; the old one "
        "measured 3.22 V"
    )
    (due,) = book.due()
    assert (due.day, due.what) == (DAY, battery.text)
    report_of = report(book, book.visits()[0].id)
    assert "Battery next due      now: the old cell is out" in render(report_of, "text")
    page = render(report_of, "text", customer=True)
    assert "Have a cell (CR2032 Panasonic) put in now: the old one was taken out on" in page


def test_a_job_that_is_continued_notes_the_new_cell_in_place_of_none(tmp_path: Path) -> None:
    book = worked(tmp_path, ticked, go_on, measured(), of=CHANGE)
    battery = book.instrument("m1-1").battery
    assert battery == Battery(old_volts=2.41, removed=DAY)
    (path,) = (tmp_path / "journals").iterdir()
    with Journal.open(path) as continued:
        continued.record(continued.run.next())
        continued.record(continued.run.tick())
    book.catch_up(tmp_path / "journals", read_run)
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert (battery.cell, battery.volts, battery.old_volts) == ("CR2032 Panasonic", 3.22, 2.41)
    assert battery.removed is None
    assert battery.fitted is not None


def test_a_cell_that_is_proved_to_hold_is_in_though_the_step_before_was_skipped(
    tmp_path: Path,
) -> None:
    skipped = (go_on, lambda j: j.run.override("it was in already"), go_on)
    deeds = (ticked, go_on, measured(), *skipped, lambda j: j.run.judge((HOLDS,)))
    battery = worked(tmp_path, *deeds, of=CHANGE).instrument("m1-1").battery
    assert battery == Battery(
        cell="CR2032 Panasonic", volts=3.22, measured=DAY, fitted=DAY, old_volts=2.41
    )


NOT_KEPT = Battery(
    cell="CR2032 Panasonic", volts=3.22, measured=DAY, fitted=DAY, old_volts=2.41, lost=DAY
)
"""A new cell with which the memory was lost."""


def test_a_new_cell_with_which_the_memory_is_lost_is_in_and_is_said_not_to_keep_it(
    tmp_path: Path,
) -> None:
    deeds = (ticked, go_on, measured(), go_on, ticked, go_on, lambda j: j.run.judge((LOST,)))
    book = worked(tmp_path, *deeds, of=CHANGE)
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert battery == NOT_KEPT
    assert battery.due == DAY
    assert battery.text == (
        "CR2032 Panasonic fitted 2026-11-20, 3.22 V on 2026-11-20; the previous one measured "
        "2.41 V; the memory was lost on 2026-11-20"
    )
    told = report(book, book.visits()[0].id)
    assert "Battery next due      now: the memory was not kept" in render(told, "text")
    page = " ".join(render(told, "text", customer=True).split())
    assert (
        "Have the M1's cell (CR2032 Panasonic) and the holder checked now: the memory was lost on "
        "20 November 2026"
    ) in page
    assert "taken out" not in page


def test_a_cell_that_is_proved_to_keep_the_memory_later_is_no_longer_said_not_to(
    tmp_path: Path,
) -> None:
    worked(tmp_path, measured(), go_on, ticked, go_on, lambda j: j.run.judge((LOST,)), on=19)
    proof = procedure(step("hold", checks=("memory-as-backup",), records="cell-holds"))
    book = worked(tmp_path, lambda j: j.run.judge((AS_SAVED,)), of=proof)
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert (battery.fitted, battery.volts, battery.lost) == (date(2026, 11, 19), 3.22, None)


def test_a_proof_alone_notes_no_cell(tmp_path: Path) -> None:
    proof = procedure(step("hold", checks=("memory-as-backup",), records="cell-holds"))
    book = worked(tmp_path, lambda j: j.run.judge((AS_SAVED,)), of=proof)
    assert book.instrument("m1-1").battery is None


def test_a_power_cycle_that_was_too_short_says_nothing_against_the_new_cell(
    tmp_path: Path,
) -> None:
    short = Verdict(False, "silent for 10 s", name="off-five-minutes")
    deeds = (measured(), go_on, ticked, go_on, lambda j: j.run.judge((short,)))
    battery = worked(tmp_path, *deeds).instrument("m1-1").battery
    assert battery == msgspec.structs.replace(NOT_KEPT, lost=None)


def test_a_cell_that_a_person_notes_as_fitted_is_in(tmp_path: Path) -> None:
    book = worked(tmp_path, ticked, go_on, of=CHANGE)
    battery = book.measure_battery("m1-1", fitted=DAY).battery
    assert battery == Battery(fitted=DAY)


def test_what_nobody_measured_is_not_made_up(tmp_path: Path) -> None:
    unmeasured = measured(before="", after="", make="")
    book = worked(tmp_path, unmeasured)
    assert book.instrument("m1-1").battery is None
    book = worked(tmp_path, unmeasured, go_on, ticked)
    assert book.instrument("m1-1").battery == Battery(fitted=DAY)


def test_a_cell_that_was_not_put_in_is_not_called_new(tmp_path: Path) -> None:
    skipped = (lambda j: j.run.override("not done"),)
    battery = worked(tmp_path, measured(), go_on, *skipped).instrument("m1-1").battery
    assert battery == Battery(volts=2.41, measured=DAY)


def test_what_a_person_noted_later_stays_when_the_run_goes_on(tmp_path: Path) -> None:
    book = worked(tmp_path, measured(), go_on, ticked, go_on)
    book.measure_battery("m1-1", volts=3.3)
    (path,) = (tmp_path / "journals").iterdir()
    with Journal.open(path) as going_on:
        going_on.record(going_on.run.judge((HOLDS,)))
    assert len(book.catch_up(tmp_path / "journals", read_run).recorded) == 1
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert battery.volts == 3.3


CONVERTED = procedure(
    step("proof", checks=("off-five-minutes", "memory-as-backup"), records="no-cell")
)
WAS_OFF = Verdict(True, "silent for 300 s, then it answered", name="off-five-minutes")
AS_SAVED = Verdict(True, "equal", name="memory-as-backup")
NO_BACKUP = Verdict(None, "There is nothing to compare the memory with", name="memory-as-backup")


def test_that_an_instrument_has_no_cell_is_noted_only_where_it_was_proved(tmp_path: Path) -> None:
    ticked_ones = (lambda j: j.run.judge((WAS_OFF, NO_BACKUP)), ticked)
    book = worked(tmp_path, *ticked_ones, of=CONVERTED)
    assert book.instrument("m1-1").battery is None
    told = report(book, book.visits()[0].id)
    for customer in (False, True):
        text = " ".join(render(told, "text", customer=customer).split())
        assert "nothing is due" not in text
        assert "it has no cell" not in text
        assert "no longer has a cell" not in text
    book = worked(tmp_path, lambda j: j.run.judge((WAS_OFF, AS_SAVED)), of=CONVERTED, on=21)
    assert book.instrument("m1-1").battery == Battery(fitted=date(2026, 11, 21), none=True)


def test_a_cell_that_was_noted_stays_where_it_was_not_proved_that_none_is_needed(
    tmp_path: Path,
) -> None:
    worked(tmp_path, measured(), go_on, ticked, on=19)
    unproved = (lambda j: j.run.judge((WAS_OFF, NO_BACKUP)), ticked)
    battery = worked(tmp_path, *unproved, of=CONVERTED).instrument("m1-1").battery
    assert battery is not None
    assert (battery.none, battery.volts) == (False, 3.22)


def test_an_older_run_does_not_undo_what_a_later_day_noted(tmp_path: Path) -> None:
    worked(tmp_path, measured(), go_on, ticked, on=21)
    book = worked(tmp_path, measured(after="1"), go_on, ticked, on=19)
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert (battery.volts, battery.fitted) == (3.22, date(2026, 11, 21))


def test_an_older_run_does_not_put_a_cell_in_that_was_taken_out_later(tmp_path: Path) -> None:
    worked(tmp_path, ticked, go_on, measured(), of=CHANGE, on=21)
    battery = worked(tmp_path, measured(), go_on, ticked, on=19).instrument("m1-1").battery
    assert battery == Battery(old_volts=2.41, removed=date(2026, 11, 21))


def test_what_a_cell_had_that_was_taken_out_is_kept_for_the_new_one(tmp_path: Path) -> None:
    worked(tmp_path, ticked, go_on, measured(), of=CHANGE, on=20)
    unmeasured = measured(before="")
    battery = worked(tmp_path, unmeasured, go_on, ticked, on=21).instrument("m1-1").battery
    assert battery is not None
    assert (battery.removed, battery.volts, battery.old_volts) == (None, 3.22, 2.41)


def test_an_instrument_has_the_cell_of_a_visit_that_it_is_given_later(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="1")
    journal(tmp_path / "journals", measured(), go_on, ticked, of=CELLS)
    (run,) = book.catch_up(tmp_path / "journals", read_run).recorded
    assert book.instrument("m1-1").battery is None
    book.change_visit(run.visit, instrument="m1-1")
    battery = book.instrument("m1-1").battery
    assert battery is not None
    assert battery.fitted == DAY


def test_a_rehearsal_changes_the_virtual_m1s_cell_alone(tmp_path: Path) -> None:
    book = worked(tmp_path, measured(), go_on, ticked, port="virtual:low-battery")
    assert book.instrument("m1-1").battery is None
    (virtual,) = (one for one in book.instruments() if one.virtual)
    assert virtual.battery is not None
    book.change_visit(book.visits()[0].id, instrument="m1-1")
    assert book.instrument("m1-1").battery is None


def test_real_work_never_joins_a_visit_of_the_virtual_m1(tmp_path: Path) -> None:
    book = log(tmp_path)
    virtual = book.add_instrument("M1", tag="virtual", virtual=True)
    visit = book.begin_visit(virtual.id)
    for port in ("raw:/dev/snd/midiC1D0", "virtual:healthy"):
        journal(tmp_path / "journals", port=port)
    runs = book.catch_up(tmp_path / "journals", read_run).recorded
    assert {run.is_rehearsal: run.visit == visit.id for run in runs} == {True: True, False: False}


def test_the_battery_procedure_says_what_it_tells_the_log() -> None:
    battery: Procedure = load(screens_folder() / "internal-battery.toml")
    values = {field.records for _, field in battery.fields()}
    assert values - {None} == {"old-cell-volts", "new-cell-volts", "cell-type"}
    steps = {one.records: one for one in battery.steps if one.records}
    assert steps["cell-in"].rehearse == ("insert-cell",)
    assert steps["cell-holds"].checks == ("off-five-minutes", "memory-equals")
    assert steps["cell-out"].rehearse == ("remove-cell",)
    assert len(steps) == 3


def test_a_procedure_of_ones_own_tells_of_the_cell_whatever_its_steps_are_called(
    tmp_path: Path,
) -> None:
    own = written(
        tmp_path,
        GOOD
        + """
[[steps]]
id = "cells"
title = "Measure"
kind = "values"
text = "Measure."
fields = [
    { name = "a", label = "Was", low = 0, high = 5, decimals = 1, records = "old-cell-volts" },
    { name = "b", label = "Is", low = 0, high = 5, decimals = 1, records = "new-cell-volts" },
]

[[steps]]
id = "swap"
title = "Swap"
kind = "hands"
text = "Swap."
records = "cell-in"
""",
    )
    run = (ticked, go_on, lambda j: j.run.judge((HOLDS,)), go_on)
    book = worked(
        tmp_path,
        *run,
        lambda j: j.run.write_down({"a": "2.1", "b": "3.1"}),
        go_on,
        ticked,
        of=load(own),
    )
    battery = book.instrument("m1-1").battery
    assert battery == Battery(volts=3.1, measured=DAY, fitted=DAY, old_volts=2.1)


def test_names_alone_tell_the_log_nothing(tmp_path: Path) -> None:
    fields = (volts("old-cell-volts", "Old", None),)
    unsaid = procedure(step("measure", "values", fields=fields), step("insert-cell"))
    typed = {"old-cell-volts": "2.4"}
    book = worked(tmp_path, lambda j: j.run.write_down(typed), go_on, ticked, of=unsaid)
    assert book.instrument("m1-1").battery is None


NOTED_BEFORE = Battery(
    cell="CR2032 Panasonic", volts=3.22, measured=DAY, fitted=DAY, old_volts=2.41
)


def test_a_record_from_before_a_procedure_said_so_still_tells_of_the_cell(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="1")
    begun = book.begin_visit()
    (record,) = VERSION_1.glob("*.json")
    shutil.copy(record, tmp_path / "log" / "visits" / begun.id)
    book.change_visit(begun.id, instrument="m1-1")
    assert book.instrument("m1-1").battery == NOTED_BEFORE


def test_a_journal_from_before_a_procedure_said_so_still_tells_of_the_cell(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="1")
    book.begin_visit("m1-1")
    assert len(book.catch_up(VERSION_1, read_run).recorded) == 1
    assert book.instrument("m1-1").battery == NOTED_BEFORE


def test_a_record_from_before_is_what_its_journal_would_give_today(tmp_path: Path) -> None:
    book = log(tmp_path)
    begun = book.begin_visit()
    (record,), (path,) = VERSION_1.glob("*.json"), VERSION_1.glob("*.journal")
    shutil.copy(record, tmp_path / "log" / "visits" / begun.id)
    (kept,) = book.runs(begun.id)
    today = read_run(path)
    # Which checks a step has was not kept then.
    steps = tuple(msgspec.structs.replace(step, checks=()) for step in today.steps)
    today = msgspec.structs.replace(today, steps=steps)
    assert msgspec.structs.replace(kept, visit="", created="") == today
    silent, differs, observed = kept.steps[2].earlier
    assert silent.advice == Advice(
        "",
        "Nothing is heard of the M1.",
        "Nothing was written to the instrument.",
        "A cable is missing.",
        "Connect it, then try again.",
    )
    assert differs.advice is not None
    assert differs.advice.lines()[2] == "Restore the file again."
    assert observed.advice is None
    assert book.record(today) == kept, "it is found again, and not noted twice"


def test_a_record_of_the_time_before_codes_is_read_with_empty_ones(tmp_path: Path) -> None:
    advice = Advice("it-differs", "It differs.", "Nothing was written.", "A cable.", "Try again.")
    (path,) = VERSION_1.glob("*.journal")
    run = read_run(path)
    third = msgspec.structs.replace(run.steps[2], verdicts=(replace(LOST, advice=advice),))
    run = msgspec.structs.replace(run, steps=(*run.steps[:2], third, *run.steps[3:]))
    facts = msgspec.to_builtins(run)
    assert RunRecord.decoded(msgspec.json.encode(facts), 3) == run
    facts["version"], facts["steps"][2]["verdicts"][0]["advice"] = 2, list(advice[1:])
    read = RunRecord.decoded(msgspec.json.encode(facts), 2)
    assert read.steps[2].verdicts[0].advice == advice._replace(code="")
    assert (read.version, read.steps[:2], read.steps[3:]) == (4, run.steps[:2], run.steps[3:])


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 day"),
        (59, "59 days"),
        (60, "2 months"),
        (92, "3 months"),
        (729, "24 months"),
        (730, "2 years"),
    ],
)
def test_a_number_of_days_is_said_as_people_say_it(days: int, words: str) -> None:
    assert span(days) == words


def test_of_a_journal_whose_days_are_none_the_cell_is_not_noted(tmp_path: Path) -> None:
    """Somebody changed it; the run itself is recorded."""
    path = journal(
        tmp_path / "journals", measured(), go_on, ticked, of=CELLS, port="raw:/dev/snd/midiC1D0"
    )
    text = re.sub(r'"at":"[^"]*"', '"at":"some day"', path.read_text())
    path.write_text(text)
    book = log(tmp_path)
    book.add_instrument("M1", serial="1")
    begun = book.begin_visit("m1-1")
    book.record(read_run(path), visit=begun.id)
    assert len(book.runs(begun.id)) == 1
    assert book.instrument("m1-1").battery is None
