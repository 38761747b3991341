"""The service log's screens on a real folder, by keyboard at 80 × 24."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Event, Timer

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.dialogs.choices import ChooseDialog
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.log.log import InstrumentScreen, LogScreen
from m1tui.app.log.logbook import Logbook, LogView
from m1tui.app.log.report import ReportScreen
from m1tui.app.log.visit import RunScreen, VisitScreen
from m1tui.app.widgets.menu import Menu
from m1tui.procedures.library import load_library
from m1tui.procedures.recording import read_run
from m1tui.procedures.schema import parts_offered
from m1tui.store import Store
from m1tui.store.log import ServiceLog
from m1tui.store.records import InstrumentRecord, VisitRecord
from m1tui.store.report import render, report
from tests.app.gallery import Gallery, Visit, visit
from tests.app.rendering import check_golden, text_of
from tests.store.disks import FullDisk
from tests.store.journals import journal
from tests.store.memories import memory
from tests.store.test_battery import CELLS, HOLDS, go_on, measured, ticked
from tests.store.test_catalogue import day, save

NASTY = "\x1b[2J[bold]Blue[/] \u202ecase"


def book(folder: Path) -> Logbook:
    return Logbook(Store(folder, now=lambda: day(20)))


def log(folder: Path) -> ServiceLog:
    return book(folder).log


async def quiet(pilot: Pilot[int]) -> None:
    """Wait until nothing is read or written any more, and all is drawn."""
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await quiet(pilot)


async def type_in(pilot: Pilot[int], *lines: str) -> None:
    """Fill in a form: each line in place of what stood there, and Enter."""
    for line in lines:
        field = pilot.app.focused
        assert isinstance(field, Input)
        field.value = line
        await press(pilot, "enter")


def shown(
    folder: Path, walk: Visit, *, size: tuple[int, int] = (80, 24), disk: object = None
) -> Gallery:
    """Open the log of `folder`, and walk through it."""

    async def visitor(pilot: Pilot[int]) -> None:
        await quiet(pilot)
        await walk(pilot)

    def screen() -> LogScreen:
        store = Store(folder, now=lambda: day(20), **({"disk": disk} if disk else {}))  # type: ignore[arg-type]
        return LogScreen(Logbook(store, parts=parts))

    return visit(screen, visitor, size=size)


def parts() -> tuple[str, ...]:
    """The parts that the procedures name."""
    return parts_offered(load_library().procedures.values())


def workshop(folder: Path) -> None:
    """A workshop with three M1s, a visit with a new cell, one that goes on, and a rehearsal."""
    kept = log(folder)
    kept.add_instrument("M1", serial="112233", tag="Blue case", rom="19")
    kept.add_instrument("M1R", serial="204060", tag="Studio 2")
    kept.add_instrument("M1", tag="no plate")
    kept.measure_battery("m1r-204060", fitted=date(2021, 8, 20))
    begun = kept.begin_visit("m1-112233", reported="Battery Low in the display")
    save(folder, memory())
    journal(
        folder / "journals",
        measured(),
        lambda j: j.run.note("the old one was leaking"),
        go_on,
        ticked,
        go_on,
        lambda j: j.run.judge((HOLDS,)),
        of=CELLS,
    )
    kept.catch_up(folder / "journals", read_run)
    kept.end_visit(begun.id, notes="Keys cleaned.")
    journal(folder / "journals", measured(), port="virtual:low-battery", of=CELLS)
    kept.catch_up(folder / "journals", read_run)
    kept.begin_visit("m1r-204060", reported="No sound on the left")


def test_the_log_lists_the_instruments_with_their_cells_and_the_rehearsals_apart(
    tmp_path: Path,
) -> None:
    workshop(tmp_path)

    async def look(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, "log")
        await press(pilot, "end")
        assert "no real instrument was touched" in text_of(pilot.app)

    shown(tmp_path, look)


def test_an_empty_log_says_how_to_begin(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, "log-empty")

    shown(tmp_path, look)


def test_a_visit_its_run_and_each_step_are_found_by_enter_alone(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def look(pilot: Pilot[int]) -> None:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, InstrumentScreen)
        check_golden(pilot.app, "log-instrument")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, VisitScreen)
        check_golden(pilot.app, "visit")
        await press(pilot, "down", "enter")
        assert isinstance(pilot.app.screen, RunScreen)
        check_golden(pilot.app, "visit-run")
        await press(pilot, "escape", "escape", "escape")
        assert isinstance(pilot.app.screen, LogScreen)

    shown(tmp_path, look)


def test_a_step_with_much_evidence_is_paged_and_begins_again_after_its_end(tmp_path: Path) -> None:
    note = " ".join(f"word{number}" for number in range(250))
    journal(tmp_path / "journals", lambda j: j.run.note(note))
    log(tmp_path).catch_up(tmp_path / "journals", read_run)

    async def look(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "down", "enter")
        first = text_of(pilot.app)
        seen = first
        for _ in range(8):
            await press(pilot, "space")
            seen += text_of(pilot.app)
            if text_of(pilot.app) == first:
                break
        assert text_of(pilot.app) == first
        assert all(f"word{number}" in seen for number in range(250))

    shown(tmp_path, look)


# Forms


def test_the_intake_takes_a_new_instrument_in_and_opens_its_visit(tmp_path: Path) -> None:
    async def intake(pilot: Pilot[int]) -> None:
        await press(pilot, "i")
        assert "M1REX" in text_of(pilot.app)
        await press(pilot, "down", "up", "enter")
        assert isinstance(pilot.app.screen, FormDialog)
        assert pilot.app.screen.values["model"] == "M1"
        await type_in(pilot, "112233", "Blue case", "19", "Battery Low")
        await type_in(pilot, "job 7", "Ann", "120 EUR")
        assert isinstance(pilot.app.screen, VisitScreen)
        assert 'M1 112233 "Blue case"' in text_of(pilot.app)
        assert "Battery Low" in text_of(pilot.app)

    shown(tmp_path, intake)
    (one,) = log(tmp_path).instruments()
    assert (one.id, one.rom) == ("m1-112233", "19")
    (begun,) = log(tmp_path).visits()
    assert (begun.instrument, begun.reported, begun.is_open) == (one.id, "Battery Low", True)
    assert (begun.reference, begun.technician, begun.price) == ("job 7", "Ann", "120 EUR")
    told = render(report(log(tmp_path), begun.id), "text")
    assert all(text in told for text in ("job 7", "Ann", "120 EUR", "Battery Low"))


def test_what_was_written_down_of_a_visit_is_changed_on_its_page(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    begun = log(tmp_path).begin_visit("m1", reported="Hum", technician="Ann")

    async def change(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "e")
        await type_in(pilot, "Hum on the left", "job 8")
        await press(pilot, "enter")
        await type_in(pilot, "90 EUR")
        assert "90 EUR" in text_of(pilot.app)

    shown(tmp_path, change)
    visit = log(tmp_path).visit(begun.id)
    assert (visit.reported, visit.reference) == ("Hum on the left", "job 8")
    assert (visit.technician, visit.price) == ("Ann", "90 EUR")


def test_the_technician_of_the_last_visit_is_filled_in_for_the_next(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    log(tmp_path).begin_visit("m1", technician="Ann")

    async def intake(pilot: Pilot[int]) -> None:
        await press(pilot, "i", "enter")
        assert isinstance(pilot.app.screen, FormDialog)
        assert pilot.app.screen.values["technician"] == "Ann"

    shown(tmp_path, intake)


def test_the_instrument_that_was_added_last_is_under_the_cursor(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def add(pilot: Pilot[int]) -> None:
        await press(pilot, "a", "down", "enter")
        await type_in(pilot, "998877", "", "", "")
        (line,) = (each for each in text_of(pilot.app).splitlines() if each.startswith(" >"))
        assert "M1R 998877" in line

    shown(tmp_path, add)


def test_a_reading_from_before_a_change_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop(tmp_path)
    read, write = Logbook.view, Logbook.take_in
    was_read, drawn = Event(), Event()

    def slow(self: Logbook, *, instrument: str) -> LogView:
        found = read(self, instrument=instrument)
        if not any(one.serial == "998877" for one in found.instruments):
            was_read.set()
            drawn.wait(10)
        else:
            Timer(0.2, drawn.set).start()
        return found

    def late(self: Logbook, values: Mapping[str, str]) -> InstrumentRecord:
        was_read.wait(10)
        return write(self, values)

    async def add(pilot: Pilot[int]) -> None:
        await press(pilot, "a", "down", "enter")
        monkeypatch.setattr(Logbook, "view", slow)
        monkeypatch.setattr(Logbook, "take_in", late)
        await type_in(pilot, "998877", "", "", "")
        (line,) = (each for each in text_of(pilot.app).splitlines() if each.startswith(" >"))
        assert "M1R 998877" in line

    shown(tmp_path, add)


def test_a_known_instrument_is_chosen_and_its_form_is_filled_in(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def intake(pilot: Pilot[int]) -> None:
        await press(pilot, "i")
        assert isinstance(pilot.app.screen, ChooseDialog)
        check_golden(pilot.app, "log-choose")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, FormDialog)
        assert pilot.app.screen.values["serial"] == "112233"
        await press(pilot, *["enter"] * 3)
        await type_in(pilot, "20", "Sticky keys", "", "", "")

    shown(tmp_path, intake)
    assert log(tmp_path).instrument("m1-112233").rom == "20"
    assert log(tmp_path).visits()[0].reported == "Sticky keys"
    assert len(log(tmp_path).instruments()) == 4


@pytest.mark.parametrize(
    ("model", "number", "golden"),
    [("PolySix", "439366", "intake-disagrees"), ("M1", "112233", "intake-m1")],
)
def test_the_intake_warns_while_model_and_number_are_typed_and_blocks_nothing(
    tmp_path: Path, model: str, number: str, golden: str
) -> None:
    async def intake(pilot: Pilot[int]) -> None:
        await press(pilot, "i", "end", "enter")
        await type_in(pilot, model)
        await press(pilot, *number)
        check_golden(pilot.app, golden)
        await press(pilot, *["enter"] * 7)
        assert isinstance(pilot.app.screen, VisitScreen)

    shown(tmp_path, intake)
    assert log(tmp_path).instruments()[0].serial == number


def test_the_intake_tells_that_the_log_has_this_instrument_already(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def intake(pilot: Pilot[int]) -> None:
        await press(pilot, "a", "enter", *"112233")
        assert 'The log already has M1 112233 "Blue case"' in text_of(pilot.app)

    shown(tmp_path, intake)


def test_an_instrument_without_a_model_is_not_taken(tmp_path: Path) -> None:
    async def add(pilot: Pilot[int]) -> None:
        await press(pilot, "a", "end", "enter", *["enter"] * 5)
        assert "A model is needed" in text_of(pilot.app)
        await type_in(pilot, "M1")
        await press(pilot, *["enter"] * 4)
        assert "Added: M1." in text_of(pilot.app)

    shown(tmp_path, add)
    assert [one.id for one in log(tmp_path).instruments()] == ["m1"]


def test_an_instrument_is_changed_and_esc_changes_nothing(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def change(pilot: Pilot[int]) -> None:
        await press(pilot, "e")
        await type_in(pilot, "M1EX")
        await press(pilot, "escape", "e", *["enter"] * 4)
        await type_in(pilot, "Expanded")

    shown(tmp_path, change)
    one = log(tmp_path).instrument("m1-112233")
    assert (one.model, one.notes, one.tag) == ("M1", "Expanded", "Blue case")


def test_a_cell_is_noted_with_its_volts_and_day(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1", serial="1")

    async def note(pilot: Pilot[int]) -> None:
        await press(pilot, "v")
        await type_in(pilot, "32")
        assert "expected 0 to 5.00, or empty" in text_of(pilot.app)
        await type_in(pilot, "3,21", "20.11.2026", "CR2032")
        check_golden(pilot.app, "log-cell")
        await type_in(pilot, "3,21", "2026-11-20", "CR2032 Renata")
        assert "next due 2031-11-20" in " ".join(text_of(pilot.app).split())

    shown(tmp_path, note)
    battery = log(tmp_path).instrument("m1-1").battery
    assert battery is not None
    assert (battery.volts, battery.fitted) == (3.21, date(2026, 11, 20))
    assert battery.cell == "CR2032 Renata"


# Visits


def test_a_visit_is_ended_with_notes(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    begun = log(tmp_path).begin_visit("m1")

    async def end(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "down", "enter", "x")
        await type_in(pilot, "New cell, all well.")
        assert "The visit has ended." in text_of(pilot.app)
        assert "x end visit" not in text_of(pilot.app)

    shown(tmp_path, end)
    ended = log(tmp_path).visit(begun.id)
    assert (ended.is_open, ended.notes) == (False, "New cell, all well.")


def test_a_visit_that_was_ended_by_mistake_is_opened_again(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1")
    begun = log(tmp_path).begin_visit("m1")
    log(tmp_path).end_visit(begun.id, notes="New cell.")

    async def reopen(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "down", "enter")
        assert "o reopen" in text_of(pilot.app)
        await press(pilot, "o")
        assert "The visit has been reopened." in text_of(pilot.app)
        assert "on the bench" in text_of(pilot.app)
        assert "x end" in text_of(pilot.app)
        assert "o reopen" not in text_of(pilot.app)

    shown(tmp_path, reopen)
    opened = log(tmp_path).visit(begun.id)
    assert (opened.is_open, opened.notes) == (True, "New cell.")


def test_a_visit_that_began_by_itself_is_given_its_instrument(tmp_path: Path) -> None:
    journal(tmp_path / "journals", measured(), go_on, ticked, of=CELLS)
    log(tmp_path).catch_up(tmp_path / "journals", read_run)

    async def assign(pilot: Pilot[int]) -> None:
        assert "Visits whose instrument is not noted" in text_of(pilot.app)
        await press(pilot, "enter", "a")
        assert "press a on the log's first page to" in text_of(pilot.app)
        assert re.search(r"^ Ends +automatically, at midnight", text_of(pilot.app), re.MULTILINE)
        log(tmp_path).add_instrument("M1", serial="1")
        await press(pilot, "escape", "home", "down", "enter", "a", "enter")
        assert "M1 1" in text_of(pilot.app)

    shown(tmp_path, assign)
    assert [one.instrument for one in log(tmp_path).visits()] == ["m1-1"]
    battery = log(tmp_path).instrument("m1-1").battery
    assert battery is not None
    assert battery.old_volts == 2.41


# The report


def test_the_report_is_read_and_saved_in_each_form_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    workshop(tmp_path)

    async def save_all(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "down", "enter", "r")
        assert isinstance(pilot.app.screen, ReportScreen)
        check_golden(pilot.app, "visit-report")
        await press(pilot, "end")
        assert 'without a check: "Step measure" and "Step insert-cell".' in " ".join(
            text_of(pilot.app).split()
        )
        for form in ("text", "text", "Markdown", "html", "JSON"):
            await press(pilot, "w")
            await type_in(pilot, form, str(tmp_path / "out"))
            assert "Saved as" in text_of(pilot.app)
        await press(pilot, "w")
        await type_in(pilot, "text", str(tmp_path / "journals" / "x" / "y"))

    shown(tmp_path, save_all)
    stem = "2026-11-20 M1 112233 Blue case report"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{stem}{end}" for end in (".txt", " (2).txt", ".md", ".html", ".json")}


@pytest.mark.parametrize(("rows", "moves"), [(24, True), (60, False)])
def test_keys_that_move_a_report_are_named_only_where_more_of_it_follows(
    rows: int, moves: bool, tmp_path: Path
) -> None:
    workshop(tmp_path)

    async def read(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "c")
        bar = text_of(pilot.app).splitlines()[-1]
        assert ("Down scroll" in bar) is moves
        assert "Space page" not in bar
        assert "End end" not in bar

    shown(tmp_path, read, size=(80, rows))


def test_the_page_for_the_customer_is_read_and_saved_beside_the_report(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def read(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "c")
        assert isinstance(pilot.app.screen, ReportScreen)
        check_golden(pilot.app, "visit-customer")
        await press(pilot, "w")
        await type_in(pilot, "HTML", str(tmp_path / "out"))
        assert "for the customer.html" in text_of(pilot.app).replace("\n", "")
        await press(pilot, "escape", "r")
        assert "Service report" in text_of(pilot.app)

    shown(tmp_path, read)
    (page,) = (tmp_path / "out").iterdir()
    assert page.name == "2026-11-20 M1 112233 Blue case for the customer.html"
    html = page.read_text()
    assert "What was done" in html
    assert "sha256" not in html


def test_a_photograph_is_noted_by_its_path_and_only_where_a_file_is(tmp_path: Path) -> None:
    workshop(tmp_path)
    photo = tmp_path / "board left.jpg"
    photo.write_bytes(b"no picture is read")

    async def note(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "p")
        check_golden(pilot.app, "photograph")
        await type_in(pilot, str(tmp_path / "none.jpg"))
        # A long path of the test's own folder is broken wherever the line ends.
        assert "none.jpg" in "".join(text_of(pilot.app).split())
        assert visit_of(tmp_path).photographs == ()
        await press(pilot, "p")
        # What could not be used stands there to be corrected.
        assert pilot.app.screen.query_one(Input).value == str(tmp_path / "none.jpg")
        await press(pilot, "ctrl+u")
        await type_in(pilot, f"'{photo}'")
        assert "boardleft.jpg" in "".join(text_of(pilot.app).split())
        await press(pilot, "p", "escape")

    shown(tmp_path, note)
    assert visit_of(tmp_path).photographs == (str(photo),)
    assert "board left.jpg" in render(report(log(tmp_path), visit_of(tmp_path).id), "json")


def test_a_part_is_chosen_from_the_list_or_typed(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def note(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "u")
        assert isinstance(pilot.app.screen, ChooseDialog)
        check_golden(pilot.app, "part")
        await press(pilot, "enter", "u", "end", "enter")
        await type_in(pilot, "2 screws M3")
        await press(pilot, "space")
        assert "Parts      220 Ω resistor; 2 screws M3" in text_of(pilot.app)
        # What is typed over the list counts, and no letter of it is a key of the page or the list.
        await press(pilot, "u")
        await press(pilot, "q", "u", "a", "d", "space", "2", "enter")
        await press(pilot, "u", "x", "escape", "escape")

    shown(tmp_path, note)
    assert visit_of(tmp_path).parts == ("220 Ω resistor", "2 screws M3", "quad 2")
    assert not [part for part in parts() if part.startswith("none")]


def test_what_was_noted_by_mistake_is_removed_and_the_visit_says_so(tmp_path: Path) -> None:
    workshop(tmp_path)
    book = log(tmp_path)
    book.add_to_visit(visit_of(tmp_path).id, photograph="/photos/board.jpg", part="2 screws M3")

    async def remove(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "enter", "d")
        assert isinstance(pilot.app.screen, ChooseDialog)
        check_golden(pilot.app, "remove")
        await press(pilot, "down", "enter", "space")
        assert "Removed    part 2 screws M3, removed 2026-11-20 09:41" in text_of(pilot.app)
        await press(pilot, "d", "escape", "d", "enter", "d")
        assert not isinstance(pilot.app.screen, ChooseDialog), "nothing is left to remove"

    shown(tmp_path, remove)
    left = visit_of(tmp_path)
    assert (left.photographs, left.parts) == ((), ())
    assert [one.text for one in left.removed] == ["2 screws M3", "/photos/board.jpg"]
    told = render(report(book, left.id), "json")
    assert "2 screws" not in told
    assert "board.jpg" not in told


def test_a_folder_that_cannot_be_used_for_the_csv_stands_there_again(tmp_path: Path) -> None:
    workshop(tmp_path)
    no_folder = tmp_path / "a file"
    no_folder.write_bytes(b"")

    async def save_them(pilot: Pilot[int]) -> None:
        await press(pilot, "c", "ctrl+u")
        await type_in(pilot, str(no_folder))
        assert "could not be written" in text_of(pilot.app)
        await press(pilot, "c")
        assert pilot.app.screen.query_one(Input).value == str(no_folder)

    shown(tmp_path, save_them)


def test_all_instruments_are_saved_as_csv_and_nothing_is_overwritten(tmp_path: Path) -> None:
    workshop(tmp_path)
    out = tmp_path / "out"

    async def save_them(pilot: Pilot[int]) -> None:
        for _ in range(2):
            await press(pilot, "c")
            await type_in(pilot, str(out))
            assert "M1 instruments" in text_of(pilot.app).replace("\n", "")

    shown(tmp_path, save_them)
    assert sorted(one.name for one in out.iterdir()) == [
        "M1 instruments (2).csv",
        "M1 instruments.csv",
    ]
    rows = list(csv.DictReader((out / "M1 instruments.csv").read_text().splitlines()))
    assert [row["tag"] for row in rows] == [one.tag for one in log(tmp_path).instruments()]
    assert len(rows) == 4


def visit_of(folder: Path) -> VisitRecord:
    """The visit of the M1 with the new cell."""
    (found,) = [one for one in log(folder).visits() if one.instrument == "m1-112233"]
    return found


def test_a_folder_that_takes_no_report_is_told_with_the_way_on(tmp_path: Path) -> None:
    workshop(tmp_path)
    (tmp_path / "file").write_text("no folder")

    async def refuse(pilot: Pilot[int]) -> None:
        await press(pilot, "enter", "down", "enter", "r", "w")
        await type_in(pilot, "text", str(tmp_path / "file" / "reports"))
        told = " ".join(text_of(pilot.app).split())
        assert "could not be written" in told
        assert "Press w and name another folder." in told
        await press(pilot, "w")
        await type_in(pilot, "text", "~nobody-of-that-name/x")
        assert "does not exist" in " ".join(text_of(pilot.app).split())

    shown(tmp_path, refuse)


# What goes wrong


def test_a_disk_that_is_full_is_told_and_the_log_stays_as_it_was(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def change(pilot: Pilot[int]) -> None:
        await press(pilot, "e")
        await type_in(pilot, "M1EX")
        await press(pilot, *["enter"] * 4)
        told = " ".join(text_of(pilot.app).split())
        assert "could not be written" in told
        assert "Free some space" in told

    shown(tmp_path, change, disk=FullDisk(40))
    assert log(tmp_path).instrument("m1-112233").model == "M1"


@pytest.mark.parametrize(
    ("to_it", "typed"),
    [
        (("enter", "enter", "u", "end", "enter"), ("2 screws M3",)),
        (("enter", "enter", "e"), ("It hums", "AB 12", "Kim", "90 EUR")),
        (("enter", "enter", "n"), ("The board was dirty",)),
        (("enter", "enter", "p"), (str(Path(__file__)),)),
        (("e",), ("M1EX", "112233", "Blue case", "19", "repainted")),
        (("v",), ("3.1", "2026-11-20", "CR2032")),
        (("a", "end", "enter"), ("M1", "556677", "Red case", "16", "new here")),
        (("i", "enter"), ("M1", "112233", "Blue case", "19", "It hums", "AB 12", "Kim", "90 EUR")),
    ],
)
def test_what_was_typed_and_could_not_be_written_stands_there_again(
    to_it: tuple[str, ...], typed: tuple[str, ...], tmp_path: Path
) -> None:
    workshop(tmp_path)

    async def refused(pilot: Pilot[int]) -> None:
        await press(pilot, *to_it)
        await type_in(pilot, *typed)
        assert "could not be written" in " ".join(text_of(pilot.app).split())
        # The first keys lead to the visit: there one is already.
        again = to_it[2:] if to_it[0] == "enter" else to_it
        # The list of parts opens with what was typed over it.
        await press(pilot, *(again[:1] if "u" in again else again))
        assert tuple(line.value for line in pilot.app.screen.query(Input)) == typed

    shown(tmp_path, refused, disk=FullDisk(40))


def test_what_was_typed_of_one_instrument_does_not_stand_in_the_form_of_another(
    tmp_path: Path,
) -> None:
    workshop(tmp_path)

    async def refused(pilot: Pilot[int]) -> None:
        await press(pilot, "i", "enter")
        await type_in(pilot, "M1", "112233", "Blue case", "19", "It hums", "AB 12", "Kim", "90 EUR")
        await press(pilot, "i", "down", "enter")
        assert "It hums" not in [line.value for line in pilot.app.screen.query(Input)]

    shown(tmp_path, refused, disk=FullDisk(40))


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    workshop(tmp_path)
    (tmp_path / "log" / "instruments" / "m1-112233.json").write_text("?")

    async def look(pilot: Pilot[int]) -> None:
        told = " ".join(text_of(pilot.app).split())
        assert "cannot be read" in told
        assert "correct the file" in told
        await press(pilot, "i", "e", "v", "enter")
        assert isinstance(pilot.app.screen, LogScreen)

    shown(tmp_path, look)


def test_text_of_others_is_drawn_harmlessly_on_every_page(tmp_path: Path) -> None:
    kept = log(tmp_path)
    one = kept.add_instrument(NASTY, serial=NASTY, tag=NASTY, rom=NASTY, notes=NASTY)
    begun = kept.begin_visit(one.id, reported=NASTY)
    kept.change_visit(begun.id, notes=NASTY)
    journal(tmp_path / "journals", lambda j: j.run.note(NASTY))
    kept.catch_up(tmp_path / "journals", read_run)
    pages: list[str] = []

    async def look(pilot: Pilot[int]) -> None:
        for key in ("f5", "e", "escape", "enter", "down", "enter", "n", "escape"):
            await press(pilot, key)
            pages.append(text_of(pilot.app))
        await press(pilot, "down", "enter")
        pages.append(text_of(pilot.app))
        await press(pilot, "escape", "r")
        pages.append(text_of(pilot.app))

    shown(tmp_path, look, size=(132, 43))
    assert all("\x1b" not in page and "\u202e" not in page for page in pages)
    assert all("[bold]Blue[/]" in page for page in pages), pages


@pytest.mark.parametrize("size", [(80, 24), (132, 43)])
def test_the_key_bars_fit_their_line(tmp_path: Path, size: tuple[int, int]) -> None:
    workshop(tmp_path)
    bars: list[str] = []

    async def look(pilot: Pilot[int]) -> None:
        for keys in ((), ("enter",), ("down", "enter"), ("down", "enter"), ("escape", "r")):
            await press(pilot, *keys)
            bars.append(text_of(pilot.app).splitlines()[-1])

    shown(tmp_path, look, size=size)
    assert all(bar.endswith("Esc back") for bar in bars), bars


def test_the_menu_stays_where_it_was_when_a_page_comes_back(tmp_path: Path) -> None:
    workshop(tmp_path)

    async def look(pilot: Pilot[int]) -> None:
        await press(pilot, "down", "down")
        at = pilot.app.screen.query_one(Menu).current
        await press(pilot, "enter", "escape")
        assert pilot.app.screen.query_one(Menu).current == at

    shown(tmp_path, look)


def test_what_stands_in_a_form_is_gone_on_with_and_not_typed_over(tmp_path: Path) -> None:
    log(tmp_path).add_instrument("M1", tag="Blue")

    async def go_on_typing(pilot: Pilot[int]) -> None:
        await press(pilot, "e", "down", "down", *" case", "down", "down", "enter")

    shown(tmp_path, go_on_typing)
    assert log(tmp_path).instrument("m1-blue").title == 'M1 "Blue case"'
