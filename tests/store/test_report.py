"""A visit's report tells what was found, done, proved and not proved, in four forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from m1tui.advice import Advice
from m1tui.app.run.results import OBJECTED, summary_view
from m1tui.engine.checks import CHECKS
from m1tui.engine.checks.sequencer import BRING_BACK, SAVED
from m1tui.errors import StoreError
from m1tui.facts import FAULT, MISHAP, VELOCITIES, Outcome, Verdict
from m1tui.procedures.events import Event
from m1tui.procedures.journal import Journal, read
from m1tui.procedures.recording import read_run
from m1tui.procedures.run import CONSENT
from m1tui.procedures.schema import Option, Procedure
from m1tui.procedures.values import Field
from m1tui.store.records import DEMO, CellValue, FileRecord, HeardSound, RunRecord, StepRecord
from m1tui.store.report import FORMATS, render, report
from m1tui.store.report.facts import file_lines, verdict_text
from m1tui.store.report.words import NOT_CHECKED, PARTS, SAID
from tests.procedures.examples import BAD, GOOD, SILENT, procedure, step
from tests.store.journals import journal
from tests.store.memories import memory
from tests.store.test_catalogue import day, save
from tests.store.test_log import log

NASTY = "<script>alert(1)</script> *bold* [x](http://evil) `code` | \x1b[31m & \u202e end"


def visit(
    folder: Path,
    *,
    port: str = "raw:/dev/snd/midiC1D0",
    text: str = "Battery Low",
    reason: str = "",
) -> str:
    """Run through a visit in which something is proved, skipped, failed and left open."""
    backup = save(folder, memory())
    book = log(folder)
    book.add_instrument("M1", serial="112233", tag=text)
    begun = book.begin_visit("m1-112233", reported=text)
    book.measure_battery("m1-112233", volts=3.21)
    path = journal(
        folder / "journals",
        lambda j: j.run.note(text),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), backup=str(backup)),
        lambda j: j.run.next(),
        lambda j: j.run.override(reason or text),
        lambda j: j.run.next(),
        lambda j: j.run.judge((SILENT, Verdict(True, text, decides=False, name="seen"))),
        port=port,
    )
    book.record(read_run(path), visit=begun.id)
    book.end_visit(begun.id)
    return begun.id


def chapters(text: str) -> dict[str, str]:
    """Cut a text report at its underlined headings."""
    pieces = re.split(r"^(.+)\n([-=.])\2+\n", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::3], pieces[3::3], strict=True))


def test_the_text_has_80_columns_and_a_chapter_for_each_question(tmp_path: Path) -> None:
    text = render(report(log(tmp_path), visit(tmp_path)), "text")
    assert max(map(len, text.splitlines())) <= 80
    parts = chapters(text)
    assert list(parts)[1] == "Summary", "it is read first"
    short = " ".join(parts["Summary"].split())
    assert "An example: UNKNOWN. It could not be proved." in short
    assert "Skipped: Step open. Reason: Battery Low" in short
    assert "Serial number         112233" in parts["Instrument and visit"]
    assert parts["Found"].startswith("[A] proved by the instrument"), "before the first mark"
    assert "3.21 V on 2026-11-20" in parts["Instrument and visit"]
    assert "at first FAILED: 24 heard; expected 21\n" in parts["Found"]
    assert "[A] Step keys" in parts["An example"]
    assert "identity in 0.1 s" in parts["Proved"]
    assert "saved as 2026-11-20 0941 M1 all data.syx" in parts["Proved"]
    assert "skipped: Battery Low" in parts["Could not be proved"]
    assert "no answer: nothing heard in 3 s" in parts["Could not be proved"]
    assert "[ ] Step send\n    not done" in parts["Could not be proved"]
    by_word = " ".join(parts["Could not be proved"].split())
    assert 'As reported by the technician, without a check: "Step one".' in by_word


def test_what_was_overridden_or_open_never_stands_among_the_proofs(tmp_path: Path) -> None:
    told = report(log(tmp_path), visit(tmp_path))
    assert [one.step for one in told.proved] == ["keys", "save"]
    assert [one.step for one in told.unproved] == ["open", "from", "send"]
    assert [one.step for one in told.by_word] == ["one"]


def test_a_rehearsal_is_called_one(tmp_path: Path) -> None:
    told = report(log(tmp_path), visit(tmp_path, port="virtual:low-battery"))
    for form in ("text", "md", "html"):
        text = " ".join(render(told, form).split())
        assert f"Service report {told.visit.id}, a rehearsal" in text
        assert "REHEARSAL: done on a virtual M1; no real instrument was touched." in text
        assert "An example, rehearsed" in text
    assert json.loads(render(told, "json"))["rehearsal"] is True


def test_of_several_runs_the_rehearsed_ones_are_named(tmp_path: Path) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), port="virtual:used")
    real = visit(tmp_path)
    log(tmp_path).record(read_run(path), visit=real)
    text = render(report(log(tmp_path), real), "text")
    assert "a rehearsal" not in text
    assert "1 of the 2 runs is a REHEARSAL" in " ".join(text.split())
    parts = chapters(text)
    assert {"An example", "An example, rehearsed"} <= parts.keys()


def test_times_are_written_for_people_with_their_zone(tmp_path: Path) -> None:
    text = render(report(log(tmp_path), visit(tmp_path)), "text")
    assert not re.search(r"\dT\d", text)
    assert re.search(r"Visit began {11}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC([+-]\d+)?", text)


@pytest.mark.parametrize(
    ("passed", "expected", "found", "tail"),
    [
        (True, "21", "24 heard", "; expected 21"),
        (False, "21", "24", "; expected 21"),
        (False, "21", "4", "; expected 21, found 4"),
        (False, "21", "", "; expected 21, found nothing"),
        (False, "", "24", ""),
        (False, "", "21", "; found 21"),
        (True, "24 heard", "24 heard", ""),
        (True, "", "", ""),
    ],
)
def test_a_verdict_says_nothing_twice(passed: bool, expected: str, found: str, tail: str) -> None:
    verdict = Verdict(
        name="answers",
        passed=passed,
        decides=True,
        evidence="24 heard",
        expected=expected,
        found=found,
    )
    word = "passed" if passed else "FAILED"
    assert verdict_text(verdict) == f"{word}: 24 heard{tail}"


def test_json_holds_every_record_as_it_is_kept(tmp_path: Path) -> None:
    told = report(log(tmp_path), visit(tmp_path))
    facts = json.loads(render(told, "json"))
    assert facts["instrument"]["battery"]["volts"] == 3.21
    (run,) = facts["done"]
    assert run["steps"][1]["verdicts"][0]["evidence"] == "identity in 0.1 s"
    assert [one["step"] for one in facts["not_proved"]] == ["open", "from", "send"]


class Page(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]
        if tag == "br":
            self.text += "\n"
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_file_that_loads_nothing_and_is_well_formed(tmp_path: Path) -> None:
    html = render(report(log(tmp_path), visit(tmp_path)), "html")
    page = Page(html)
    assert page.open == []
    assert page.links == []
    assert html.isascii()
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert "@media print" in html
    assert "identity in 0.1 s" in page.text


def test_text_of_others_is_shown_and_never_acted_on(tmp_path: Path) -> None:
    told = report(log(tmp_path), visit(tmp_path, text=NASTY))
    for form in FORMATS:
        text = render(told, form)
        assert "\x1b" not in text
        assert "\u202e" not in text
    page = Page(render(told, "html"))
    assert "script" not in page.tags
    assert "<script>alert(1)</script> *bold*" in page.text
    markdown = render(told, "md")
    assert "\\<script\\>" in markdown
    assert not re.search(r"(?<!\\)\[x\]\(", markdown)
    assert not re.search(r"(?<!\\)\*bold", markdown)


LINES = "First: cell.\r\n\r\n# Second | *cell*\x1b[31m\n    \u202ethird <br> line\u2028- fourth\n\n"


def test_line_breaks_of_a_note_stay_line_breaks_in_every_form(tmp_path: Path) -> None:
    begun = visit(tmp_path, text=LINES)
    log(tmp_path).change_visit(begun, notes=LINES)
    log(tmp_path).change_instrument("m1-112233", notes=LINES)
    told = report(log(tmp_path), begun)
    shown = ["First: cell.", "", "# Second | *cell*·[31m", "    ·third <br> line", "- fourth"]

    text = render(told, "text")
    column = " " * 22
    assert f"The technician notes  {shown[0]}\n\n{column}{shown[2]}\n" in text
    assert f"\n{column}{shown[3]}\n{column}{shown[4]}\n[" in text, "no empty lines at the end"
    assert f"Notes                 {shown[0]}\n\n{column}{shown[2]}\n" in text
    assert "\n".join(shown) in Page(render(told, "html")).text
    markdown = render(told, "md")
    (row,) = re.findall(r"^\| The technician notes \| (.*) \|$", markdown, re.MULTILINE)
    assert [one.replace("\\", "") for one in row.split("<br>")] == shown
    assert "\\<br\\>" in row, "what a person wrote is no markup"
    assert f"| Notes | {row} |" in markdown
    for form in FORMATS:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\u2028]", render(told, form))


@pytest.mark.parametrize("note", ["- item", "1. first", "12) twelfth", "# head", "+ more", "= x"])
def test_a_note_that_looks_like_markup_stays_a_line_in_markdown(tmp_path: Path, note: str) -> None:
    markdown = render(
        report(log(tmp_path), visit(tmp_path, text=note, reason="no time left")), "md"
    )
    assert f"    - note: {note}" in markdown.replace("\\", "")
    assert not re.search(rf"^(?:    )?(?:- )?{re.escape(note)}", markdown, re.MULTILINE)


def test_a_visit_without_runs_says_so(tmp_path: Path) -> None:
    begun = log(tmp_path).begin_visit()
    parts = chapters(render(report(log(tmp_path), begun.id), "text"))
    assert "Instrument            not noted" in parts["Instrument and visit"]
    assert parts["Done"].strip() == parts["Proved"].strip() == "Nothing."
    assert "No procedure was run." in parts["Could not be proved"]


def test_the_customers_page_names_what_was_not_done_or_not_proved(tmp_path: Path) -> None:
    parts = chapters(render(report(log(tmp_path), visit(tmp_path)), "text", customer=True))
    remains = " ".join(parts["What remains"].split())
    assert "Step open" not in remains, "hands have passed it over: nothing remains of it"
    assert (
        "No file of sounds was chosen. The instrument did not give the answer that was needed."
        in remains
    )
    assert "An example: it was begun, but is not finished." in remains
    assert "Nothing that we found" not in remains


@pytest.mark.parametrize(
    ("second", "said"), [("virtual:used", "All"), ("raw:/dev/snd/midiC1D0", "Part")]
)
def test_the_customers_page_says_how_much_was_a_rehearsal(
    tmp_path: Path, second: str, said: str
) -> None:
    begun = visit(tmp_path, port="virtual:low-battery")
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), port=second)
    book = log(tmp_path)
    book.record(read_run(path), visit=begun)
    page = render(report(book, begun), "text", customer=True)
    assert f"{said} of this was a rehearsal on a virtual M1" in page


def test_the_customers_page_of_a_visit_without_an_instrument_has_a_heading_in_english(
    tmp_path: Path,
) -> None:
    book = log(tmp_path)
    page = render(report(book, book.begin_visit().id), "text", customer=True)
    assert page.splitlines()[0].strip() == "Your instrument"


def test_the_customers_page_says_of_a_run_that_goes_on_that_it_is_not_finished(
    tmp_path: Path,
) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="112233")
    begun = book.begin_visit("m1-112233", reported="Battery Low")
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), port="raw:/dev/snd/midiC1D0")
    book.record(read_run(path), visit=begun.id)
    parts = chapters(render(report(book, begun.id), "text", customer=True))
    assert "begun, but not finished" in " ".join(parts["What was done"].split())
    remains = " ".join(parts["What remains"].split())
    assert remains == "An example: it was begun, but is not finished."


@pytest.mark.parametrize("repaired", [True, False])
def test_the_customers_page_does_not_call_a_fault_repaired_that_is_still_there(
    tmp_path: Path, repaired: bool
) -> None:
    options = (Option(label="It is gone"), Option(label="It still hisses", fault=True))
    asked = step("gone", "question", options=options)
    book = log(tmp_path)
    begun = book.begin_visit()
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.choose(options[0 if repaired else 1].label),
        of=procedure(asked),
    )
    book.record(read_run(path), visit=begun.id)
    parts = chapters(render(report(book, begun.id), "text", customer=True))
    done, remains = (" ".join(parts[one].split()) for one in ("What was done", "What remains"))
    assert ("the fault is still there" in done) is not repaired
    if repaired:
        assert remains == "Nothing that we found."
    else:
        said = "An example: not repaired. Step gone: It still hisses."
        assert remains == said


def test_an_answer_that_nobody_knows_is_no_fault_and_stays_unproved_in_each_report(
    tmp_path: Path,
) -> None:
    options = (Option(label="Yes"), Option(label="I cannot tell", unproved=True))
    asked = step("gone", "question", options=options)
    begun = recorded(tmp_path, procedure(asked), lambda j: j.run.choose("I cannot tell"))
    full = render(report(log(tmp_path), begun), "text")
    assert "Not proved: Step gone: I cannot tell." in full
    assert "Fault" not in full
    page = render(report(log(tmp_path), begun), "text", customer=True)
    assert "An example: not proved. Step gone: I cannot tell." in page


DEAD = Field(name="dead", label="Dead keys", offers=("none",), default="none")


@pytest.mark.parametrize("written", ["G and C, both flaky", "None"])
def test_what_was_written_down_and_denied_later_is_in_each_report(
    tmp_path: Path, written: str
) -> None:
    options = (Option(label="Yes"), Option(label="No, all work", denies="dead"))
    keys = step("keys", "values", fields=(DEAD,))
    begun = recorded(
        tmp_path,
        procedure(keys, step("mend", "question", options=options)),
        lambda j: j.run.write_down({"dead": written}),
        lambda j: j.run.next(),
        lambda j: j.run.choose("No, all work"),
    )
    said = (
        'Written down at "Step keys": G and C, both flaky. But "Step mend" was answered "No, all '
        'work".'
    )
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    page = " ".join(render(report(log(tmp_path), begun), "text", customer=True).split())
    assert (f"Attention: {said}" in full) is (written != "None")
    assert (f"An example: {said}" in page) is (written != "None")


@pytest.mark.parametrize("part", ["none", "joints"])
def test_a_fault_that_is_said_to_be_gone_without_a_repair_is_in_each_report(
    tmp_path: Path, part: str
) -> None:
    side = Field(name="output", label="Quiet output", choices=("1/L", "2/R"))
    parts = Field(name="part", label="Parts", records="parts", default="none")
    dead = "8 notes were sent. The virtual M1: nothing is heard (output dead)"
    begun = recorded(
        tmp_path,
        procedure(
            step("side", "values", fields=(side,)),
            step("used", "values", fields=(parts,)),
            step("play", "check", checks=("plays-output-1",)),
            step("after", "question", options=(Option(label="Clean", denies="output"),)),
        ),
        lambda j: j.run.write_down({"output": "2/R"}),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"part": part}),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(True, dead, name="plays-output-1"),)),
        lambda j: j.run.next(),
        lambda j: j.run.choose("Clean"),
    )
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    page = " ".join(render(report(log(tmp_path), begun), "text", customer=True).split())
    denied = 'Written down at "Step side": 2/R. But "Step after" was answered "Clean".'
    silent = f'"Step after" was answered "Clean". But "Step play": {dead}.'
    assert (f"Attention: {denied}" in full) is (part == "none")
    assert (denied in page) is (part == "none")
    assert f"Attention: {silent}" in full
    assert (
        '"Step after" was answered "Clean". But nothing was heard of the virtual M1 when it was '
        "played last." in page
    )
    assert "output dead" not in page
    assert "We found: Quiet output: 2/R. Nothing was heard of the virtual M1." in page
    assert "done; what was found speaks against an answer, see below" in page
    assert "Have what is still wrong repaired" in page


@pytest.mark.parametrize(("written", "differs"), [("#8", True), ("#07", False), ("1.29", True)])
def test_a_rom_number_that_the_m1_does_not_report_is_in_the_summary_with_the_other(
    tmp_path: Path, written: str, differs: bool
) -> None:
    number = Field(name="rom", label="ROM number", records="rom")
    begun = recorded(
        tmp_path,
        procedure(step("ask", checks=("answers",)), step("number", "values", fields=(number,))),
        lambda j: j.run.judge((replace(GOOD, values=(("rom", "7"),)),)),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"rom": written}),
    )
    said = f'Attention: ROM number: "{written}" was written down, and the M1 reports 7 over MIDI.'
    full = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert (said in full) is differs
    assert ("It is not known whether the two numbers mean the same." in full) is differs


@pytest.mark.parametrize("title", ["Is it gone?", "The hiss"])
def test_the_summary_names_a_fault_that_an_answer_says_is_still_there(
    tmp_path: Path, title: str
) -> None:
    options = (Option(label="It still hisses", fault=True),)
    asked = msgspec.structs.replace(step("gone", "question", options=options), title=title)
    begun = recorded(tmp_path, procedure(asked), lambda j: j.run.choose("It still hisses"))
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    mark = "" if title.endswith("?") else ":"
    assert f"Fault: {title}{mark} It still hisses." in short


@pytest.mark.parametrize("answer", ["no", "I cannot tell"])
def test_nothing_is_said_of_steps_that_another_answer_led_past(tmp_path: Path, answer: str) -> None:
    first = step("way", "question", options=(Option(label="all"), Option(label="last", go="last")))
    answers = (Option(label="no", fault=True), Option(label="I cannot tell", unproved=True))
    gone = step("gone", "question", options=answers)
    begun = recorded(
        tmp_path,
        procedure(first, gone, step("ask", "check", checks=("answers",)), step("last")),
        lambda j: j.run.choose("all"),
        lambda j: j.run.next(),
        lambda j: j.run.choose(answer),
        lambda j: j.run.next(),
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.back(),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.choose("last"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    assert "Step gone" not in chapters(render(report(log(tmp_path), begun), "text"))["Summary"]
    page = page_of(tmp_path, begun)
    assert "An example done; the instrument cannot prove it" in page["What was done"]
    assert page["What remains"] == "Nothing that we found."


def test_a_report_of_no_visit_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match='no visit "2026-11-20"'):
        report(log(tmp_path), "2026-11-20")


def test_a_restore_that_was_refused_is_not_called_one_without_an_answer() -> None:
    refused = Verdict(None, "REFUSED: nothing was written. Memory protect is on.", name="restore")
    assert verdict_text(refused) == "REFUSED: nothing was written. Memory protect is on."


def volts(name: str, label: str, records: CellValue) -> Field:
    """Return a field for what a cell measured, of which 3 V are good."""
    return Field(
        name=name, label=label, low=0, high=5, decimals=2, unit="V", least=3.0, records=records
    )


def changed_cell(folder: Path, new: str) -> str:
    """Skip the backup, put a new cell in, and send the demo bank."""
    book = log(folder)
    book.add_instrument("M1", serial="112233")
    begun = book.begin_visit("m1-112233", reported="Battery Low")
    cell = volts("new", "New cell, volts", "new-cell-volts")
    path = journal(
        folder / "journals",
        lambda j: j.run.override("he has a disk", consent=CONSENT),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"new": new}),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
        of=procedure(
            step("save", "backup", loses="all sounds are lost"),
            step("cells", "values", fields=(cell,)),
            step("in", records="cell-in"),
            step("from", "source"),
            step("send", "restore"),
        ),
    )
    book.record(read_run(path), visit=begun.id)
    return begun.id


def page_of(folder: Path, visit_id: str) -> dict[str, str]:
    """Return the customer's page, each of its parts in one line."""
    parts = chapters(render(report(log(folder), visit_id), "text", customer=True))
    return {title: " ".join(part.split()) for title, part in parts.items()}


def test_what_was_expected_is_said_once() -> None:
    evidence = "There is nothing to compare with: expected a backup made in this run, found none."
    verdict = Verdict(None, evidence, "a backup of the memory", "none", name="memory-as-backup")
    assert verdict_text(verdict) == f"no answer: {evidence}"


def test_the_customers_page_says_what_a_skipped_backup_lost_and_what_is_in_it_now(
    tmp_path: Path,
) -> None:
    page = page_of(tmp_path, changed_cell(tmp_path, "3.2"))
    assert (
        "What is in the M1 was not saved. Without that, all sounds are lost."
        in page["What remains"]
    )
    assert (
        'After "An example" the M1 contained m1tui\'s demo sounds, not your own.'
        in page["What was done"]
    )
    assert "No file of your sounds was made here" in page["What to do"]
    assert "changed by 20 November 2031, 5 years after" in page["What to do"]
    assert "It came to us on 20 November 2026." in page["What was wrong"]
    assert "No complaint was noted." not in page["What was wrong"]


def test_a_visit_without_a_complaint_says_that_none_was_noted(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="112233")
    page = page_of(tmp_path, book.begin_visit("m1-112233").id)
    assert "No complaint was noted." in page["What was wrong"]


def test_the_customers_page_has_the_reference_the_notes_and_a_name_for_the_work(
    tmp_path: Path,
) -> None:
    book = log(tmp_path)
    begun = book.begin_visit(reference="Berg 2291")
    book.change_visit(begun.id, notes="Cleaned the holder.", parts=("cable reseated",))
    of = msgspec.structs.replace(procedure(step("one")), work="Test of the joystick")
    path = journal(tmp_path / "journals", lambda j: j.run.tick(), of=of)
    book.record(read_run(path), visit=begun.id)
    page = page_of(tmp_path, begun.id)
    assert page["What was wrong"].startswith("Your reference: Berg 2291.")
    assert "Our notes: Cleaned the holder." in page["What was wrong"]
    assert "Test of the joystick done;" in page["What was done"]
    assert "Parts and work: cable reseated." in page["What was done"]


def test_paragraphs_are_kept_apart_and_the_day_on_which_it_was_ready_is_said(
    tmp_path: Path,
) -> None:
    begun = changed_cell(tmp_path, "3.2")
    log(tmp_path).end_visit(begun)
    page = render(report(log(tmp_path), begun), "text", customer=True)
    assert "It came to us on 20 November 2026.\n\nIt was ready on 20 November 2026.\n" in page
    assert "\n\nWhen the M1's cell is empty" in page


@pytest.mark.parametrize("volts", ["1.1", "2.9"])
def test_a_new_cell_that_is_too_low_is_a_fault_that_remains(tmp_path: Path, volts: str) -> None:
    begun = changed_cell(tmp_path, volts)
    page = page_of(tmp_path, begun)
    assert f"New cell {volts} V (good: 3 V or more)" in page["What was done"]
    said = f"The new cell measured {volts} V, which is too low (good: 3 V or more)."
    assert said in page["What remains"]
    assert f"changed now: it measured {volts} V on 20 November 2026" in page["What to do"]
    assert "5 years" not in page["What to do"]
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert f"Attention: New cell: {volts} V is too low. Expected 3 V or more." in short
    head = chapters(render(report(log(tmp_path), begun), "text"))["Instrument and visit"]
    assert "Battery next due      now: it measured too low" in head
    assert "Without it, all sounds are lost. Reason: he has a disk" in short
    assert "Proved to be in the M1: the demo bank that comes with m1tui." in short


def observed(folder: Path, expected: str = "no difference") -> str:
    """Run through a step that only observes, and one that is left to the person's word."""
    book = log(folder)
    begun = book.begin_visit()
    seen = Verdict(
        False, "331 different: program 00", expected, name="memory-as-saved", decides=False
    )
    path = journal(
        folder / "journals",
        lambda j: j.run.tick(observed=(seen,)),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        of=procedure(step("kept", "check", observes=("memory-as-saved",)), step("hand")),
    )
    book.record(read_run(path), visit=begun.id)
    return begun.id


def test_what_the_program_only_observed_is_in_the_report(tmp_path: Path) -> None:
    parts = chapters(render(report(log(tmp_path), observed(tmp_path)), "text"))
    assert 'Observed at "Step kept": 331 different: program 00.' in parts["Summary"]
    assert "[x] Step kept\n    observed, not as expected: 331 different" in parts["Found"]
    assert "observed, not as expected: 331 different" in parts["An example"]
    by_word = " ".join(parts["Could not be proved"].split())
    assert 'As reported by the technician, without a check: "Step hand".' in by_word, (
        "the program read it, and no person"
    )


@pytest.mark.parametrize(
    ("port", "noted", "rom"),
    [
        ("raw:/dev/snd/midiC1D0", "", "7, as reported by the M1"),
        ("raw:/dev/snd/midiC1D0", "19", r"7, as reported by the M1 \(noted: 19\)"),
        ("raw:/dev/snd/midiC1D0", "#07", "#07"),
        ("virtual:healthy", "", r"not noted \(the virtual M1 of the rehearsal: 7\)"),
        ("virtual:healthy", "19", "19"),
    ],
)
def test_the_head_of_a_report_names_the_rom_that_the_m1_answered(
    tmp_path: Path, port: str, noted: str, rom: str
) -> None:
    book = log(tmp_path)
    m1 = book.add_instrument("M1", serial="112233", rom=noted)
    begun = book.begin_visit(m1.id)
    said = Verdict(True, "M1 on channel 1", name="answers", values=(("rom", "7"),))
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((said,)),
        of=procedure(step("ask", "check", checks=("answers",))),
        port=port,
    )
    book.record(read_run(path), visit=begun.id)
    head = chapters(render(report(book, begun.id), "text"))["Instrument and visit"]
    assert re.search(rf"^ROM +{rom}$", head, re.MULTILINE)


def test_a_step_that_was_left_out_in_the_end_says_that_what_it_passed_was_before(
    tmp_path: Path,
) -> None:
    passed = Verdict(True, "both pedals heard", name="answers")
    options = (Option(label="They are there"), Option(label="There are none", go="last"))
    begun = recorded(
        tmp_path,
        procedure(
            step("ask", "question", options=options),
            step("pedals", "check", checks=("answers",)),
            step("last"),
        ),
        lambda j: j.run.choose("They are there"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((passed,)),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.choose("There are none"),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    done = " ".join(parts["An example"].split())
    assert "before another answer was given: passed: both pedals heard" in done
    assert "left out" not in done, "an answer leads past it"
    assert [name for name, part in parts.items() if "both pedals heard" in part] == ["An example"]
    assert "at first answered: They are there answer: There are none" in done
    assert "at first answered: They are there" in parts["Found"]


def test_the_same_trouble_of_two_observations_is_said_once(tmp_path: Path) -> None:
    silent = [
        Verdict(None, "Exclusive disabled", name=name, decides=False)
        for name in ("allocation-100", "card-present")
    ]
    begun = recorded(
        tmp_path,
        procedure(step("ask", observes=("allocation-100", "card-present"))),
        lambda j: j.run.tick(observed=tuple(silent)),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert parts["Found"].count("no answer: Exclusive disabled") == 1
    assert parts["An example"].count("no answer: Exclusive disabled") == 1


def test_what_is_only_observed_and_expects_nothing_does_not_differ(tmp_path: Path) -> None:
    parts = chapters(render(report(log(tmp_path), observed(tmp_path, expected="")), "text"))
    assert "[x] Step kept\n    observed: 331 different" in parts["Found"]
    assert "331 different" not in parts["Summary"]


def found_fault(folder: Path, *, skips: bool = False) -> str:
    """Record a fault of the instrument, or skip the step at which its check failed."""
    book = log(folder)
    begun = book.begin_visit()
    path = journal(
        folder / "journals",
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.override("no time") if skips else j.run.accept(),
        of=procedure(step("keys", "check", checks=("answers",), finds=True)),
    )
    book.record(read_run(path), visit=begun.id)
    return begun.id


def test_a_fault_that_was_found_is_not_among_what_could_not_be_proved(tmp_path: Path) -> None:
    begun = found_fault(tmp_path)
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert "Fault: Step keys: 24." in parts["Summary"]
    assert "[F] Step keys" in parts["Found"]
    assert "Step keys" not in parts["Could not be proved"]
    page = page_of(tmp_path, begun)
    assert "An example done; a fault was found, see below" in page["What was done"]


def test_a_step_that_was_skipped_after_a_bad_answer_is_not_called_done(tmp_path: Path) -> None:
    begun = found_fault(tmp_path, skips=True)
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    short = " ".join(parts["Summary"].split())
    assert "Failed and skipped: Step keys. Found instead: 24. Reason: no time" in short
    page = page_of(tmp_path, begun)
    assert "An example a check failed, see below" in page["What was done"]
    assert (
        page["What remains"] == 'The M1 did not answer. This was then skipped. Reason: "no time".'
    )


def test_of_several_runs_each_finding_and_each_proof_names_its_own(tmp_path: Path) -> None:
    begun = visit(tmp_path)
    other = journal(tmp_path / "journals", lambda j: j.run.tick(), lambda j: j.run.next())
    one = render(report(log(tmp_path), begun), "text")
    assert not re.search(r"\[A\] Step keys +An example\n", one)
    log(tmp_path).record(read_run(other), visit=begun)
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert re.search(r"\[A\] Step keys +An example\n", parts["Proved"])


def ended_without(folder: Path, missing: str, *kept: str) -> RunRecord:
    """Return the run that kept these files, of which `missing` is gone at its end."""
    advice = Advice("backup-gone", f'The backup "{missing}" can no longer be read.', "", "", "")
    path = folder / "journals"
    saves = tuple(step(f"save-{file[0]}", "backup") for file in kept)
    with Journal.begin(path, procedure(*saves), port="raw:/dev/x") as begun:
        for file in kept:
            begun.record(begun.run.judge((GOOD,), backup=str(folder / file)))
            if not begun.run.at_end:
                begun.record(begun.run.next())
        begun.record(begun.run.ask_again((), (), gone=((str(folder / missing), advice),)))
        return read_run(begun.path)


def test_a_file_that_is_gone_is_not_among_those_that_the_customer_is_to_ask_for(
    tmp_path: Path,
) -> None:
    book = log(tmp_path)
    begun = book.begin_visit()
    book.record(ended_without(tmp_path, "b.syx", "a.syx", "b.syx", "c.syx"), visit=begun.id)
    page = page_of(tmp_path, begun.id)
    assert "Saved for you: a.syx; c.syx." in page["What was done"]
    assert 'The backup "b.syx" can no longer be read.' in page["What remains"]


def test_where_the_only_file_is_gone_the_customers_page_asks_to_have_one_made(
    tmp_path: Path,
) -> None:
    book = log(tmp_path)
    begun = book.begin_visit()
    book.record(ended_without(tmp_path, "a.syx", "a.syx"), visit=begun.id)
    page = page_of(tmp_path, begun.id)
    assert "Saved for you" not in page["What was done"]
    assert "There is no file of your sounds here now: have one made" in page["What to do"]


def test_a_run_that_kept_only_sentences_of_what_is_gone_is_read_with_the_files(
    tmp_path: Path,
) -> None:
    record = ended_without(tmp_path, "a.syx", "a.syx", "b.syx")
    old: dict[str, Any] = json.loads(msgspec.json.encode(record))
    old |= {"version": 3, "gone": [one["happened"] for one in old["gone"]]}
    assert RunRecord.decoded(msgspec.json.encode(old), 3) == record
    older = {**old, "version": 2}
    del older["gone"]
    assert RunRecord.decoded(msgspec.json.encode(older), 2).gone == ()


def test_what_is_gone_is_renamed_with_its_file(tmp_path: Path) -> None:
    record = ended_without(tmp_path, "a.syx", "a.syx", "b.syx").with_renamed("a.syx", "Gig.syx")
    assert [one.file for one in record.gone] == ["Gig.syx"]


def test_sounds_that_are_wrong_remain_on_the_customers_page(tmp_path: Path) -> None:
    book = log(tmp_path)
    for sound, verdict, note in (
        ("program I17 Organ 2", "wrong", "it buzzes"),
        ("program I18 Strings", "right", ""),
    ):
        heard = HeardSound(at="", sound=sound, source="the M1", verdict=verdict, note=note)  # type: ignore[arg-type]
        marked = book.mark_sound(heard, rehearsal=False)
    page = page_of(tmp_path, marked.id)
    assert page["What remains"] == "program I17 Organ 2: sounds wrong: it buzzes."


def test_a_long_label_never_runs_into_its_value(tmp_path: Path) -> None:
    book = log(tmp_path)
    begun = book.begin_visit()
    title = "Data dump from the computer"
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.tick(),
        of=msgspec.structs.replace(procedure(step("one")), title=title),
    )
    book.record(read_run(path), visit=begun.id)
    page = render(report(book, begun.id), "text", customer=True)
    assert f"{title}\n{' ' * 22}done; the instrument cannot prove it\n" in page


def recorded(folder: Path, of: Procedure, *events: Callable[[Journal], Event]) -> str:
    """Record a run on a real M1 in a visit of its own; return the visit's id."""
    book = log(folder)
    begun = book.begin_visit()
    book.record(read_run(journal(folder / "journals", *events, of=of)), visit=begun.id)
    return begun.id


ALARM = Advice("on-while-off", "The M1 is on: expected silence.", "Nothing was written.")


def test_an_alarm_that_comes_at_each_of_many_steps_is_said_once_in_the_summary(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("one"), step("two"), step("three")),
        lambda j: j.run.alarm(ALARM),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.alarm(ALARM),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.alarm(ALARM),
    )
    short = chapters(render(report(log(tmp_path), begun), "text"))["Summary"]
    assert short.count("The M1 is on") == 1
    assert 'Alarm at "Step one" and 2 more steps. The M1 is on' in " ".join(short.split())


def test_what_was_changed_beside_what_was_to_be_erased_is_said_first_in_each_report(
    tmp_path: Path,
) -> None:
    advice = Advice(
        "other-songs-changed",
        'Found one in song 0 "Workbench".',
        "The file has it.",
        "Another song was selected.",
    )
    mishap = (MISHAP, 'song 0 "Workbench" (tracks 1 to 4) was erased')
    erased = Verdict(
        True, "no steps", "no steps", "no steps", advice, name="song-empty", values=(mishap,)
    )
    begun = recorded(
        tmp_path,
        procedure(step("erase", "check", checks=("song-empty",))),
        lambda j: j.run.judge((erased,)),
        lambda j: j.run.ask_again((), ()),
    )
    text = render(report(log(tmp_path), begun), "text")
    short = " ".join(chapters(text)["Summary"].split())
    assert (
        'VERIFIED. What can be proved is proved, but song 0 "Workbench" (tracks 1 to 4) was erased '
        'by mistake. Found one in song 0 "Workbench". The file has it. '
        'Another song was selected. This was found at "Step erase".'
    ) in short
    assert text.count("The file has it.") == 1, "the summary says it, and no other part"
    page = page_of(tmp_path, begun)
    said = 'By mistake, song 0 "Workbench" (tracks 1 to 4) was erased, too. It was saved before. '
    assert f"{said}We can load it again." in page["In short"]
    assert page["What remains"] == 'See also "In short".'
    assert "done; more was erased by mistake, see above" in page["What was done"]
    assert "something else" not in " ".join(page.values())


def test_a_loss_that_a_backup_contains_is_in_each_report(tmp_path: Path) -> None:
    saved = Verdict(True, "read twice", name="backup")
    asked = Verdict(True, "it answers", name="answers")
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("ask", "check", checks=("answers",))),
        lambda j: j.run.judge((saved,), backup="a.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.alarm(ALARM, lost="programs 50 to 99", backup="a.syx"),
        lambda j: j.run.judge((asked,)),
        lambda j: j.run.ask_again((), ()),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    said = 'the backup "a.syx" contains what was lost'
    assert "but memory was lost" in short
    assert said in short
    page = page_of(tmp_path, begun)
    assert "memory was lost, see above" in page["What was done"]
    assert 'Lost: programs 50 to 99. The file "a.syx" contains what was lost.' in page["In short"]


def test_what_a_proof_found_beside_is_in_each_report_and_is_no_loss(tmp_path: Path) -> None:
    advice = Advice("was-empty-before", "The song was already empty.", "Nothing was erased.")
    erased = Verdict(True, "no steps", "no steps", "no steps", advice, name="song-empty")
    begun = recorded(
        tmp_path,
        procedure(step("erase", "check", checks=("song-empty",))),
        lambda j: j.run.judge((erased,)),
        lambda j: j.run.ask_again((), ()),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "The song was already empty." in short
    assert "was lost" not in short
    assert "was changed" not in short
    assert "The song was already empty." in page_of(tmp_path, begun)["What remains"]


def test_settings_that_are_left_as_they_were_for_the_run_are_in_each_report(tmp_path: Path) -> None:
    off = Verdict(True, "OFF", "OFF", "OFF", name="memory-unprotected")
    begun = recorded(
        tmp_path,
        procedure(step("off", "check", checks=("memory-unprotected",))),
        lambda j: j.run.judge((off,)),
    )
    said = (
        'Memory protect is OFF (proved at step 1, "Step off", where this was first '
        "checked). To turn "
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert said in short
    page = page_of(tmp_path, begun)
    said = "Memory protect is OFF: a wrong key can overwrite sounds. To turn it on again, "
    assert said in page["What remains"]
    assert page["In short"] == 'The work is done. See also "What remains".'


def test_memory_that_was_lost_and_is_in_no_backup_is_on_the_customers_page(tmp_path: Path) -> None:
    one = procedure(step("one"))
    begun = recorded(
        tmp_path,
        one,
        lambda j: j.run.alarm(ALARM, lost="programs 50 to 99"),
        lambda j: j.run.tick(),
    )
    later = journal(tmp_path / "journals", lambda j: j.run.tick(), of=one)
    log(tmp_path).record(read_run(later), visit=begun)
    page = page_of(tmp_path, begun)
    assert "*** Lost: programs 50 to 99. No file that was saved here" in page["In short"]
    assert page["What remains"] == 'Only what is lost: see "In short".'
    assert (
        "The M1 was heard when it had to be off for the work: it seems to have been on."
        in page["In short"]
    )
    assert "memory was lost, see above" in page["What was done"]


def test_a_run_that_was_given_up_says_where_and_lists_the_open_steps_once(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("one"), step("two"), msgspec.structs.replace(step("three"), title="Why?")),
        lambda j: j.run.tick(),
        lambda j: j.run.abandon("the customer took it"),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "Not done: Step two; Why? Abandoned: the customer took it" in short
    page = page_of(tmp_path, begun)
    assert page["What remains"] == (
        'An example: it was not finished. Reason: "the customer took it".'
    )


def test_a_refused_restore_is_not_called_one_without_an_answer_on_any_page(tmp_path: Path) -> None:
    refused = "REFUSED: nothing was written. Expected 100/100, found 50/50."
    verdict = Verdict(
        None, refused, expected="no difference", name="restore", outcome=Outcome.REFUSED
    )
    begun = recorded(
        tmp_path,
        procedure(step("from", "source"), step("send", "restore", needs=("from",))),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((verdict,)),
        lambda j: j.run.override("the M1 is at 50/50"),
    )
    text = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert f"Not done: Step send. {refused} Reason: the M1 is at 50/50" in text
    assert "50/50.;" not in text
    page = page_of(tmp_path, begun)
    assert page["What remains"] == (
        "The chosen sounds were not written to the instrument. This was then skipped. Reason: "
        '"the M1 is at 50/50".'
    )
    assert "An example: REFUSED. A send was refused: none of it was written." in text
    assert "gave no answer" not in " ".join(page.values())


def test_a_ticked_step_that_was_not_asked_is_not_called_one_without_an_answer(
    tmp_path: Path,
) -> None:
    why = Advice("no-memory-backup", "There is no backup to compare with.", "")
    nothing = Verdict(None, why.happened, advice=why, name="answers")
    begun = recorded(
        tmp_path,
        procedure(step("ask", checks=("answers",)), step("skip", checks=("answers",))),
        lambda j: j.run.judge((nothing,)),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((nothing,)),
        lambda j: j.run.override("there is no backup"),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "Not proved: Step ask. There is no backup to compare with." in short
    assert "Not done: Step skip. There is no backup to compare with. Reason: there" in short
    assert "gave no answer" not in short
    whole = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert "not asked: There is no backup to compare with" in whole
    assert "no answer" not in whole
    remains = page_of(tmp_path, begun)["What remains"]
    assert (
        "Not checked: whether the M1 answers a computer. The instrument could not be asked."
        in remains
    )
    assert "gave no answer" not in remains


def test_a_dump_that_was_cut_short_is_not_called_silence(tmp_path: Path) -> None:
    short = "The dump ended too early: expected a complete message, found 4,095 of 38,244 bytes."
    begun = recorded(
        tmp_path,
        procedure(step("dump", "receive")),
        lambda j: j.run.judge((Verdict(None, short, name="receive"),)),
        lambda j: j.run.override("another cable is on its way"),
    )
    text = render(report(log(tmp_path), begun), "text")
    assert f"Not done: Step dump. {short} Reason:" in " ".join(text.split())
    assert "no answer" not in text
    remains = page_of(tmp_path, begun)["What remains"]
    assert remains == (
        "What is in the M1 was not saved. It could not be read. This was then skipped. Reason: "
        '"another cable is on its way".'
    )


def test_what_an_earlier_attempt_wrote_is_said_where_the_last_one_was_refused(
    tmp_path: Path,
) -> None:
    wrote = Verdict(
        False,
        "MISMATCH: 265,126 bytes in 4.6 s",
        "no difference",
        "114 different",
        name="restore",
    )
    refused = Verdict(
        None,
        "REFUSED: nothing was written. Protected.",
        name="restore",
        outcome=Outcome.REFUSED,
    )
    begun = recorded(
        tmp_path,
        procedure(step("from", "source"), step("send", "restore", needs=("from",))),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((wrote,)),
        lambda j: j.run.judge((refused,)),
        lambda j: j.run.override("no time"),
    )
    said = "An earlier attempt: MISMATCH: 265,126 bytes in 4.6 s; expected no difference, found"
    short = chapters(render(report(log(tmp_path), begun), "text"))["Summary"]
    assert said in " ".join(short.split())
    assert page_of(tmp_path, begun)["What remains"] == (
        "The chosen sounds were not written to the instrument. An earlier attempt: What was read "
        'back is not what was sent. This was then skipped. Reason: "no time".'
    )


def test_a_bad_value_remains_until_it_is_measured_again(tmp_path: Path) -> None:
    rail = Field(
        name="rail", label="+5 V", low=0, high=20, decimals=2, unit="V", least=4.9, most=5.2
    )
    rails = procedure(
        step("rails", "values", fields=(rail,)), step("ask", "check", checks=("answers",))
    )
    events = (
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
    )
    begun = recorded(tmp_path, rails, lambda j: j.run.write_down({"rail": "4.2"}), *events)
    (run,) = log(tmp_path).runs(begun)
    assert run.outcome == "VERIFIED"
    assert page_of(tmp_path, begun)["What remains"] == (
        "+5 V measured 4.2 V, which is too low (good: 4.9 to 5.2 V). It was not measured again."
    )
    again = journal(
        tmp_path / "journals",
        lambda j: j.run.write_down({"rail": "5.06"}),
        *events,
        of=rails,
        now=lambda: day(21),
    )
    log(tmp_path).record(read_run(again), visit=begun)
    assert page_of(tmp_path, begun)["What remains"] == "Nothing that we found."


def test_a_bad_value_is_said_to_be_of_before_the_repair(tmp_path: Path) -> None:
    rail = Field(
        name="rail", label="+5 V", low=0, high=20, decimals=2, unit="V", least=4.9, most=5.2
    )
    begun = recorded(
        tmp_path,
        procedure(
            step("rails", "values", fields=(rail,)),
            step("mend", rehearse=("mend",)),
            step("ask", "check", checks=("answers",)),
        ),
        lambda j: j.run.write_down({"rail": "4.2"}),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert (
        "Attention: +5 V: 4.2 V is too low. Expected 4.9 to 5.2 V. This was measured before the "
        "repair, and not again after it." in short
    )
    page = page_of(tmp_path, begun)
    assert page["What remains"] == (
        "+5 V measured 4.2 V, which is too low (good: 4.9 to 5.2 V). This was measured before the "
        "repair, and not again after it."
    )
    done = page["What was done"]
    assert "done; a value was out of range before the repair, see below" in done
    assert "4.2 V (good: 4.9 to 5.2 V), before the repair" in done


def low_cell(folder: Path, part: str) -> str:
    """Measure a cell that is too low, and write down the part that was used; return the visit."""
    cell = volts("cell", "Cell at the holder, volts", "old-cell-volts")
    used = Field(name="part", label="Part", offers=("cell holder",), records="parts")
    return recorded(
        folder,
        procedure(
            step("measure", "values", fields=(cell,)), step("used", "values", fields=(used,))
        ),
        lambda j: j.run.write_down({"cell": "2.1"}),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"part": part}),
    )


def test_the_customers_page_lists_only_what_counts_of_what_was_measured(tmp_path: Path) -> None:
    rail = Field(name="rail", label="+5 V", low=0, high=20, decimals=2, unit="V")
    other = Field(name="other", label="+12 V", low=0, high=20, decimals=2, unit="V")
    options = (Option(label="measure"), Option(label="leave it", go="end"))
    chosen = procedure(
        step("ask", "question", options=options),
        step("rails", "values", fields=(rail,)),
        step("end", "values", fields=(other,)),
    )

    def measured(rail: str, other: str) -> tuple[Callable[[Journal], Event], ...]:
        return (
            lambda j: j.run.choose("measure"),
            lambda j: j.run.next(),
            lambda j: j.run.write_down({"rail": rail}),
            lambda j: j.run.next(),
            lambda j: j.run.write_down({"other": other}),
        )

    begun = recorded(tmp_path, chosen, *measured("4.2", "11.1"))
    page = page_of(tmp_path, begun)["What was done"]
    assert "4.2 V" in page
    assert "11.1 V" in page
    again = journal(
        tmp_path / "journals", *measured("5.06", "12.02"), of=chosen, now=lambda: day(21)
    )
    log(tmp_path).record(read_run(again), visit=begun)
    page = page_of(tmp_path, begun)["What was done"]
    assert "5.06 V" in page
    assert "4.2 V" not in page
    assert "11.1 V" not in page
    left_out = journal(
        tmp_path / "journals",
        *measured("4.44", "11.9"),
        lambda j: j.run.back(),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.choose("leave it"),
        lambda j: j.run.next(),
        lambda j: j.run.retry(),
        lambda j: j.run.write_down({"other": "12.1"}),
        of=chosen,
        now=lambda: day(22),
    )
    log(tmp_path).record(read_run(left_out), visit=begun)
    page = page_of(tmp_path, begun)["What was done"]
    assert "12.1 V" in page
    assert "4.44 V" not in page
    assert "5.06 V" not in page


LOW_CELL = (
    "The cell at the holder measured 2.1 V, which is too low (good: 3 V or more). It was not "
    "measured again."
)


@pytest.mark.parametrize(
    ("part", "remains"), [("cell CR2032", "Nothing that we found."), ("cell holder", LOW_CELL)]
)
def test_a_low_cell_remains_unless_the_cell_itself_was_changed(
    tmp_path: Path, part: str, remains: str
) -> None:
    assert page_of(tmp_path, low_cell(tmp_path, part))["What remains"] == remains


@pytest.mark.parametrize(("on", "remains"), [(21, "Nothing that we found."), (19, LOW_CELL)])
def test_a_low_cell_does_not_remain_where_a_later_run_changed_it(
    tmp_path: Path, on: int, remains: str
) -> None:
    begun = low_cell(tmp_path, "none")
    assert page_of(tmp_path, begun)["What remains"] == LOW_CELL
    changed = journal(
        tmp_path / "journals",
        lambda j: j.run.tick(),
        of=msgspec.structs.replace(procedure(step("in", records="cell-in")), id="battery"),
        now=lambda: day(on),
    )
    log(tmp_path).record(read_run(changed), visit=begun)
    assert page_of(tmp_path, begun)["What remains"] == remains


def test_an_instrument_without_a_cell_is_not_warned_of_an_empty_one(tmp_path: Path) -> None:
    book = log(tmp_path)
    book.add_instrument("M1", serial="112233")
    begun = book.begin_visit("m1-112233")
    path = journal(
        tmp_path / "journals", lambda j: j.run.tick(), of=procedure(step("in", records="no-cell"))
    )
    book.record(read_run(path), visit=begun.id)
    page = page_of(tmp_path, begun.id)
    assert "It no longer has a cell: nothing has to be replaced." in page["What to do"]
    assert "cell is empty" not in page["What to do"]


def test_only_the_first_of_several_bad_answers_was_at_first(tmp_path: Path) -> None:
    other = replace(BAD, evidence="25 heard")
    begun = recorded(
        tmp_path,
        procedure(step("ask", "check", checks=("answers",), observes=("exclusive-enabled",))),
        *(lambda j, one=one: j.run.judge((one,)) for one in (BAD, other, GOOD)),
    )
    found = chapters(render(report(log(tmp_path), begun), "text"))["Found"]
    assert "at first FAILED: 24 heard" in found
    assert "then FAILED: 25 heard" in found


def test_what_was_answered_again_and_again_is_said_once(tmp_path: Path) -> None:
    seen = Verdict(True, GOOD.evidence, name="seen", decides=False)
    begun = recorded(
        tmp_path,
        procedure(step("ask", "check", checks=("answers",), observes=("exclusive-enabled",))),
        *(lambda j: j.run.judge((BAD,)) for _ in range(3)),
        lambda j: j.run.judge((GOOD, seen)),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert parts["Found"].count("24 heard") == 1
    assert "at first, 3 times, FAILED: 24 heard; expected 21" in parts["Found"]
    assert parts["An example"].count(GOOD.evidence) == 1


def test_a_run_with_a_fault_that_was_left_before_its_end_is_not_called_done(tmp_path: Path) -> None:
    keys = step("keys", "check", checks=("answers",), finds=True)
    begun = recorded(
        tmp_path,
        procedure(keys, step("two"), step("three")),
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "MISMATCH. A fault was found. It is not finished." in short
    page = page_of(tmp_path, begun)
    assert "An example begun, but not finished; a fault was found" in page["What was done"]
    assert page["What remains"] == (
        "The M1 did not answer. An example: it was begun, but is not finished."
    )


def test_a_later_run_that_was_left_does_not_take_away_what_an_earlier_one_found(
    tmp_path: Path,
) -> None:
    cell = volts("new", "New cell, volts", "new-cell-volts")
    two = procedure(step("one", "values", fields=(cell,)), step("two"))
    begun = recorded(
        tmp_path,
        two,
        lambda j: j.run.override("the part is missing"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    left = journal(
        tmp_path / "journals",
        lambda j: j.run.write_down({"new": "3.2"}),
        of=two,
        now=lambda: day(21),
    )
    log(tmp_path).record(read_run(left), visit=begun)
    remains = page_of(tmp_path, begun)["What remains"]
    assert remains == (
        'Not measured: New cell. Reason: "the part is missing". An example, '
        "second time: it was begun, but is not finished."
    )


def test_a_run_that_proved_its_steps_and_found_a_fault_is_not_summed_up_as_if_all_were_well(
    tmp_path: Path,
) -> None:
    options = (Option(label="It still hisses", fault=True),)
    begun = recorded(
        tmp_path,
        procedure(
            step("proved", "check", checks=("answers",)), step("gone", "question", options=options)
        ),
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.choose("It still hisses"),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "MISMATCH. A fault is still there." in short


def test_a_visit_that_nobody_began_is_not_said_to_have_ended_before_its_midnight(
    tmp_path: Path,
) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick())
    book = log(tmp_path)
    begun = book.record(read_run(path)).visit
    head = chapters(render(report(book, begun), "text"))["Instrument and visit"]
    assert "Visit ended" not in head
    assert re.search(r"^Visit ends +automatically, at midnight$", head, re.MULTILINE)


@pytest.mark.parametrize(
    ("code", "short", "whole"),
    [
        ("no-reply", "At the end the M1 gave no answer about this", "No answer"),
        (
            "card-content-unknown",
            "At the end the M1's answer did not settle this",
            "Not settled by the answer",
        ),
        (
            "no-card-backup",
            "At the end the M1 could not be asked about this",
            "Could not be asked",
        ),
    ],
)
def test_why_something_is_not_known_at_the_end_is_said(
    tmp_path: Path, code: str, short: str, whole: str
) -> None:
    path = journal(tmp_path / "journals", lambda j: j.run.tick())
    asked = Verdict(None, "x", advice=Advice(code, "", ""), name="the card is empty")
    book = log(tmp_path)
    kept = book.record(msgspec.structs.replace(read_run(path), closing=(asked,)))
    parts = chapters(render(report(book, kept.visit), "text"))
    assert f"{short}: the card is empty." in " ".join(parts["Summary"].split())
    told = " ".join(parts["An example"].split())
    assert f"{whole} at the end of the run: the card is empty." in told


def test_a_record_that_called_a_run_verified_in_which_a_fault_stayed_says_both(
    tmp_path: Path,
) -> None:
    asked = step("gone", "question", options=(Option(label="It still hisses", fault=True),))
    path = journal(
        tmp_path / "journals", lambda j: j.run.choose("It still hisses"), of=procedure(asked)
    )
    book = log(tmp_path)
    kept = book.record(msgspec.structs.replace(read_run(path), outcome="VERIFIED"))
    short = " ".join(chapters(render(report(book, kept.visit), "text"))["Summary"].split())
    assert "VERIFIED. What can be proved is proved, and a fault was found." in short


def test_a_claim_that_was_not_proved_is_named_where_the_rest_is_called_proved(
    tmp_path: Path,
) -> None:
    path = journal(
        tmp_path / "journals", lambda j: j.run.judge((GOOD,)), of=procedure(step("keys"))
    )
    book = log(tmp_path)
    claim = "the M1's memory is as it was before the run"
    kept = book.record(msgspec.structs.replace(read_run(path), unproved=(claim,)))
    part = chapters(render(report(book, kept.visit), "text"))["Could not be proved"]
    told = " ".join(part.split())
    rest = "Everything else that the instrument can prove is proved."
    assert told == f"It was not proved that {claim}. {rest}"


def test_what_a_later_step_proved_of_a_skipped_one_is_said_in_each_report(tmp_path: Path) -> None:
    of = procedure(
        step("first", "keys", keys="PROG", checks=("answers",)),
        step("again", "keys", keys="PROG", checks=("answers",)),
    )

    def skip(j: Journal) -> Event:
        return j.run.override("in a hurry")

    done = recorded(tmp_path, of, skip, lambda j: j.run.next(), lambda j: j.run.judge((GOOD,)))
    later = 'Proved later, at step 2, "Step again": the M1 answers.'
    parts = chapters(render(report(log(tmp_path), done), "text"))
    short = " ".join(parts["Summary"].split())
    assert f"Skipped: Step first. {later} Reason: in a hurry" in short
    assert "Step first" not in parts["Could not be proved"]
    assert "Step" not in page_of(tmp_path, done)["What remains"], "nothing remains of it"


def test_what_was_proved_and_not_again_is_said_so_in_each_part_of_the_report(
    tmp_path: Path,
) -> None:
    path = journal(
        tmp_path / "journals", lambda j: j.run.judge((GOOD,)), of=procedure(step("keys"))
    )
    book = log(tmp_path)
    said = 'Proved earlier, but not again since step 2, "Back", which sets them: it is so.'
    kept = book.record(msgspec.structs.replace(read_run(path), not_again=(said,)))
    parts = chapters(render(report(book, kept.visit), "text"))
    for part in ("Summary", "An example", "Could not be proved"):
        assert said in " ".join(parts[part].split())
    assert "Not proved" not in render(report(book, kept.visit), "text")


def test_the_customers_page_begins_with_what_nobody_may_overlook(tmp_path: Path) -> None:
    begun = visit(tmp_path)
    page = render(report(log(tmp_path), begun), "text", customer=True)
    assert list(chapters(page))[1:] == [
        "In short",
        "What was wrong",
        "What was done",
        "What remains",
        "What to do",
    ]
    said = page_of(tmp_path, begun)["In short"]
    assert said == 'Not everything is done or proved: see "What remains".'
    done = recorded(tmp_path / "other", procedure(step("one")), lambda j: j.run.tick())
    said = page_of(tmp_path / "other", done)["In short"]
    assert said == "The work is done, and nothing remains that we know of."


def test_every_check_says_to_the_customer_in_plain_words_what_a_bad_answer_means() -> None:
    checks = {name for name in CHECKS if not name.startswith("plays-")}
    assert checks - SAID.keys() - PARTS.keys() == {"local-on"}
    assert checks <= NOT_CHECKED.keys() | PARTS.keys()


JOYSTICK = Verdict(
    False,
    "left -2,730, right +8,191",
    "left -7,000 or less",
    "left -2,730, right +8,191",
    name="joystick-range",
    values=((FAULT, "the joystick does not move all the way to the left"),),
)


@pytest.mark.parametrize(("repaired", "found"), [(True, False), (False, True), (True, True)])
def test_a_fault_is_said_to_be_of_before_the_repair_that_mended_it(
    tmp_path: Path, repaired: bool, found: bool
) -> None:
    """Whether it was only observed, or recorded as a fault."""
    good = replace(JOYSTICK, passed=True, values=())
    way: dict[str, Any] = {"observes": ("joystick-range",)}
    if found:
        way = {"checks": ("joystick-range",), "finds": True}
    begun = recorded(
        tmp_path,
        procedure(
            step("before", **way),
            step("mend", rehearse=("mend",) if repaired else ()),
            step("after", "check", checks=("joystick-range",)),
        ),
        *(
            (lambda j: j.run.judge((JOYSTICK,)), lambda j: j.run.accept())
            if found
            else (lambda j: j.run.tick(observed=(replace(JOYSTICK, decides=False),)),)
        ),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((good,)),
    )
    said = (
        "This was before the repair. After the repair this was good."
        if repaired
        else "When it was tried again, this was good."
    )
    page = page_of(tmp_path, begun)
    assert said in page["What was wrong"]
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert said in short
    (path,) = (tmp_path / "journals").iterdir()
    faults = [text for label, text in summary_view(read(path).run()).advice if label == "Faults"]
    assert [one.endswith(said) for one in faults] == ([True] if found else [])


@pytest.mark.parametrize("mended", [True, False])
def test_a_fault_that_was_only_measured_is_named_in_plain_words(
    tmp_path: Path, mended: bool
) -> None:
    good = replace(JOYSTICK, passed=True, values=())
    begun = recorded(
        tmp_path,
        procedure(
            step("before", observes=("joystick-range",)),
            step("after", observes=("joystick-range",)),
        ),
        lambda j: j.run.tick(observed=(replace(JOYSTICK, decides=False),)),
        lambda j: j.run.next(),
        lambda j: j.run.tick(observed=(replace(good, decides=False),) if mended else ()),
    )
    page = page_of(tmp_path, begun)
    said = "The joystick does not move all the way to the left."
    assert f"We found: {said}" in page["What was wrong"]
    assert ("When it was tried again, this was good." in page["What was wrong"]) is mended
    for part in ("In short", "What remains"):
        assert (said in page[part]) is not mended
    assert ("a fault was found" in page["What was done"]) is not mended
    assert "8,191" not in " ".join(page.values())
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert 'at "Step before": the joystick does not move all the way to the left (left' in short
    assert ("When it was tried again, this was good." in short) is mended


@pytest.mark.parametrize(
    ("found", "title", "said", "plain"),
    [
        (
            "VALUE slider: bottom and top not heard",
            "The VALUE slider",
            "The VALUE slider: bottom and top not heard.",
            "No signal came from the VALUE slider.",
        ),
        (
            "VALUE slider: bottom heard; top not heard",
            "The VALUE slider",
            "The VALUE slider: bottom heard; top not heard.",
            "The VALUE slider gave no signal for top (heard: bottom).",
        ),
        (
            "slider not heard",
            "slider",
            "slider not heard.",
            "No signal came from the VALUE slider.",
        ),
        ("none", "Do the keys play?", "Do the keys play? No key was heard.", "No key was heard."),
        (
            "58 of 61 keys good; silent or not played: G2; stuck: F#4, G4; one velocity: F6",
            "Keys",
            "Keys: 58 of 61 keys good; silent or not played: G2; stuck: F#4, G4; one velocity: F6.",
            "3 of the 61 keys were not good: G2 was silent or not played; F#4, G4 were stuck; F6 "
            "played at one loudness only.",
        ),
    ],
)
def test_a_fault_is_named_once_behind_the_title_of_its_step(
    tmp_path: Path, found: str, title: str, said: str, plain: str
) -> None:
    name = "slider-seen" if "slider" in found else "keybed"
    heard = found.replace("none", "no key was heard")
    bad = Verdict(False, heard, "both ends", found, name=name)
    begun = recorded(
        tmp_path,
        procedure(
            msgspec.structs.replace(
                step("slider", "check", checks=(name,), finds=True), title=title
            )
        ),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.accept(),
    )
    page = page_of(tmp_path, begun)
    assert page["What remains"] == page["In short"] == f"{plain} This is not repaired."
    text = " ".join(render(report(log(tmp_path), begun), "text").split())
    assert f"Fault: {said}" in " ".join(text.split()).replace("? no", "? No")
    assert "?:" not in text


@pytest.mark.parametrize(
    ("bank", "contents", "advice"),
    [
        ("internal", ("2 songs",), "Only songs were saved, not your sounds"),
        ("internal", ("global with 4 drum kits",), "Your sounds were not saved"),
        ("card", ("50 programs",), "Only a card was saved, not what is in the instrument"),
        ("internal", ("100 programs", "2 songs"), "Have your sounds saved again when you have"),
        ("", (), "Have your sounds saved again when you have"),
    ],
)
def test_the_customers_page_says_of_which_data_there_is_a_file(
    tmp_path: Path, bank: str, contents: tuple[str, ...], advice: str
) -> None:
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((GOOD,), backup="a.syx"),
        of=procedure(step("save", "backup")),
    )
    run = read_run(path)
    file = FileRecord(file="a.syx", contents=contents, bank=bank)
    steps = (msgspec.structs.replace(run.steps[0], backup=file),)
    book = log(tmp_path)
    kept = book.record(msgspec.structs.replace(run, steps=steps))
    page = page_of(tmp_path, kept.visit)
    assert f"Keep each file in two places. {advice}" in page["What to do"]
    card = "card: " if bank == "card" else ""
    said = ", ".join(contents).replace("global with", "settings and")
    described = f" ({card}{said})" if contents else ""
    assert f"Saved for you: a.syx{described}." in page["What was done"]


def test_a_write_that_was_cut_off_is_on_the_customers_page_whatever_its_step_is(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("from", "source"), step("send", "restore", needs=("from",))),
        lambda j: j.run.judge((GOOD,), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.begin_write(),
        lambda j: j.run.override("the computer stopped"),
    )
    remains = page_of(tmp_path, begun)["What remains"]
    assert "The program was cut off while it was writing to the M1" in remains
    assert "The step was not proved after that." in remains


def test_nothing_that_only_this_computer_understands_is_in_the_prose_of_a_report(
    tmp_path: Path,
) -> None:
    sent = Verdict(
        True,
        "VERIFIED: 111,657 bytes in 3.0 s, at full speed",
        expected="no difference",
        found="0 different, 0 cosmetic",
        name="restore",
    )
    begun = recorded(
        tmp_path,
        procedure(step("from", "source"), step("send", "restore", needs=("from",))),
        lambda j: j.run.judge((Verdict(True, "100 programs", name="source"),), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((sent,)),
    )
    told = report(log(tmp_path), begun)
    text = render(told, "text")
    for raw in ("sha256", ".journal", "/dev", "source: demo", "0 different", "raw:"):
        assert raw not in text
    assert "from the demo bank that comes with m1tui" in text
    assert "Reached               through the MIDI device midiC1D0" in text
    (run,) = json.loads(render(told, "json"))["done"]
    assert run["journal"].endswith(".journal")
    assert "sha256" in run["steps"][0]["origin"], "a script finds it there"


def test_what_an_answer_left_untested_is_in_each_report(tmp_path: Path) -> None:
    options = (Option(label="Yes"), Option(label="No pedals", go="last"))
    begun = recorded(
        tmp_path,
        procedure(
            step("have", "question", options=options),
            step("pedals", "check", checks=("pedals-seen",), finds=True),
            step("last", "check", checks=("answers",)),
            step("more"),
        ),
        lambda j: j.run.choose("No pedals"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
    )
    said = '"Step pedals" was not tested: "Step have" was answered "No pedals".'
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert said in " ".join(parts["Summary"].split())
    assert said in " ".join(parts["Could not be proved"].split())
    assert "Everything else that the instrument can prove" in parts["Could not be proved"]
    assert said in " ".join(parts["An example"].split())
    assert said in page_of(tmp_path, begun)["What remains"]


@pytest.mark.parametrize(
    ("last", "meaning"),
    [
        (None, "UNFINISHED. Not finished, and memory was lost."),
        (BAD, "MISMATCH. A check failed, and memory was lost. It is not finished."),
    ],
)
def test_a_loss_is_said_whatever_the_run_ended_with(
    tmp_path: Path, last: Verdict | None, meaning: str
) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("ask", "check", checks=("answers",)), step("two")),
        lambda j: j.run.alarm(ALARM, lost="programs 50 to 99"),
        *([lambda j: j.run.judge((last,))] if last is not None else []),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert meaning in short
    assert "memory was lost" in page_of(tmp_path, begun)["What was done"]


@pytest.mark.parametrize(
    ("name", "code", "remark"),
    [
        ("slider-seen", "nothing-moved", "perhaps it was not moved"),
        ("keybed", "keybed-not-heard", "perhaps nothing was played"),
        ("slider-seen", "value-slider-not-heard", ""),
        ("pedals-seen", "nothing-moved", "perhaps they were not moved"),
        ("up-down-seen", "nothing-moved", "perhaps they were not pressed"),
    ],
)
def test_a_control_of_which_nothing_was_heard_is_not_surely_at_fault(
    tmp_path: Path, name: str, code: str, remark: str
) -> None:
    advice = Advice(code, "Nothing was heard.", "")
    bad = Verdict(False, "nothing was heard", "all", "nothing was heard", advice, name=name)
    begun = recorded(
        tmp_path,
        procedure(step("try", "check", checks=(name,), finds=True)),
        lambda j: j.run.judge((bad,)),
        lambda j: j.run.accept(),
    )
    said = f"nothing was heard{f' ({remark})' if remark else ''}."
    remains = page_of(tmp_path, begun)["What remains"]
    assert not remains.startswith("Step")
    assert remains.endswith(f"({remark})." if remark else "This is not repaired.")
    assert f"Fault: Step try: {said}" in " ".join(
        render(report(log(tmp_path), begun), "text").split()
    )


def test_the_file_of_a_backup_that_was_made_again_is_for_the_customer_too(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("save", "backup"), step("two")),
        lambda j: j.run.judge((GOOD,), backup="a.syx"),
        lambda j: j.run.alarm(ALARM, lost="programs 50 to 99", backup="a.syx"),
        lambda j: j.run.retry(),
        lambda j: j.run.judge((GOOD,), backup="b.syx"),
    )
    page = page_of(tmp_path, begun)
    assert 'The file "a.syx" contains what was lost.' in page["In short"]
    assert "Saved for you: a.syx; b.syx." in page["What was done"]
    text = render(report(log(tmp_path), begun), "text")
    assert "saved earlier as a.syx" in text
    (run,) = log(tmp_path).runs(begun)
    assert "Saved for you: c.syx; b.syx." in " ".join(
        render(
            replace(report(log(tmp_path), begun), runs=(run.with_renamed("a.syx", "c.syx"),)),
            "text",
            customer=True,
        ).split()
    )


@pytest.mark.parametrize("outcome", ["PROVED IN PART", "MISMATCH", "REFUSED"])
def test_the_customers_page_says_what_was_put_back_untested_and_what_it_does(
    tmp_path: Path, outcome: str
) -> None:
    of = procedure(
        step("note", "values", fields=(volts("clock", "Clock", "old-cell-volts"),)),
        step("back", "keys", keys="GLOBAL 5 UP", recall="note", checks=("channel-is",)),
        step("other", "check", checks=("aftertouch-seen", "joystick-seen")),
    )
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.write_down({"clock": "3"}),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="channel-is"),)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
        of=of,
    )
    book = log(tmp_path)
    claims = (
        "Local is OFF",
        "the aftertouch filter is at DIS",
        "the control filter is at DIS",
        "the M1's memory is as it was before the run",
    )
    record = msgspec.structs.replace(read_run(path), unproved=claims, outcome=outcome)
    kept = book.record(record)
    remains = page_of(tmp_path, kept.visit)["What remains"]
    assert "Not tested: aftertouch and the joystick." in remains
    assert (
        "These should be as noted before the work, but were not checked: Local OFF (the M1's "
        "own keys "
        "are silent); MIDI filters for aftertouch and control at DIS (not sent or received). It "
        "was not proved that the M1's memory is as it was before the work."
    ) in remains
    text = " ".join(render(report(book, kept.visit), "text").split())
    assert (
        "proved that Local is OFF; that the aftertouch filter" in text.partition("Could not be")[2]
    )


def test_a_step_that_sets_settings_back_says_which_of_them_nothing_has_checked(
    tmp_path: Path,
) -> None:
    channel = Verdict(True, "it answers on channel 1", name="channel-is")
    aftertouch = replace(GOOD, name="aftertouch-seen")
    fields = tuple(Field(name=one, label=one) for one in ("channel", "local", "filter-aftertouch"))
    keys = "GLOBAL 5 B UP/DOWN:channel F UP/DOWN:local + D UP/DOWN:filter-aftertouch"
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.write_down({"channel": "1", "local": "ON", "filter-aftertouch": "ENA"}),
        lambda j: j.run.next(),
        lambda j: j.run.judge((aftertouch,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((channel,)),
        lambda j: j.run.next(),
        lambda j: j.run.override("no time"),
        lambda j: j.run.ask_again((), ()),
        of=procedure(
            step("note", "values", fields=fields),
            step("heard", "check", checks=("aftertouch-seen",)),
            step(
                "back",
                "keys",
                keys=keys,
                recall="note",
                checks=("channel-is",),
                changes=("filter aftertouch",),
            ),
            step("other", "check", checks=("joystick-seen",)),
        ),
    )
    book = log(tmp_path)
    kept = book.record(read_run(path))
    text = " ".join(render(report(book, kept.visit), "text").split())
    proved = text.partition(" Proved ------ ")[2].partition("Could not be proved")[0]
    assert proved.rstrip().endswith(
        "[A] Step back passed: it answers on channel 1 not checked: Local is ON; the aftertouch "
        "filter is at ENA"
    )
    remains = page_of(tmp_path, kept.visit)["What remains"]
    assert (
        "These should be as noted before the work, but were not checked: Local ON (the M1's "
        "own keys play its sounds); MIDI filter for aftertouch at ENA (sent and received)."
    ) in remains


def test_the_customers_page_says_what_was_tested_and_is_good_and_what_was_passed_over(
    tmp_path: Path,
) -> None:
    off, same = (replace(GOOD, name=name) for name in ("off-five-minutes", "memory-as-backup"))
    begun = recorded(
        tmp_path,
        procedure(
            step("keys", "check", checks=("keybed",)),
            step("stick", "check", checks=("joystick-seen",)),
            step("range", observes=("joystick-range",)),
            step("ground"),
            step("off", "check", checks=("off-five-minutes", "memory-as-backup")),
        ),
        lambda j: j.run.judge((replace(GOOD, name="keybed"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="joystick-seen"),)),
        lambda j: j.run.next(),
        lambda j: j.run.tick(observed=(replace(JOYSTICK, decides=False),)),
        lambda j: j.run.next(),
        lambda j: j.run.override("wore a strap"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((off, same)),
    )
    page = page_of(tmp_path, begun)
    assert "Tested and good: all keys. The M1 kept its memory" in page["What was done"]
    assert "One step of the work was skipped" in page["What was done"]
    assert "ground" not in page["What remains"]
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "Skipped: Step ground. Reason: wore a strap" in short


def test_what_was_tried_before_is_said_briefly(tmp_path: Path) -> None:
    asked = "programs: protected (asked to store slot 00 unchanged, and refused)"
    protects = Verdict(
        False,
        asked,
        "programs, combinations and sequence unprotected",
        "programs protected, combinations protected",
        name="memory-unprotected",
    )
    begun = recorded(
        tmp_path,
        procedure(
            step("off", "check", checks=("memory-unprotected",)),
            step("stick", "check", checks=("joystick-range",), finds=True),
            step("allocation", "check", checks=("allocation-is",)),
        ),
        lambda j: j.run.judge((protects,)),
        lambda j: j.run.judge((replace(GOOD, name="memory-unprotected"),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((JOYSTICK,)),
        lambda j: j.run.judge((JOYSTICK,)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((Verdict(True, "it is 50/50", name="allocation-is"),)),
        lambda j: j.run.judge((Verdict(True, "it is 100/100", name="allocation-is"),)),
    )
    done = chapters(render(report(log(tmp_path), begun), "text"))["An example"]
    assert "at first still protected: programs, combinations (songs not checked then)\n" in done
    assert "tried once before, at 09:41:00, with the same result\n" in done
    assert done.count("FAILED") == 1
    assert "passed before, with another value: it is 50/50\n    passed: it is 100/100\n" in done


@pytest.mark.parametrize("source", ["from", ""])
def test_a_file_that_was_refused_before_another_was_sent_is_named(
    tmp_path: Path, source: str
) -> None:
    refused = Verdict(
        None, "REFUSED: nothing was written.", name="restore", outcome=Outcome.REFUSED
    )
    old, new = (Verdict(True, f"{one}.syx: 2 songs", name="source") for one in ("old", "new"))
    begun = recorded(
        tmp_path,
        procedure(step("from", "source"), step("send", "restore", from_=source)),
        lambda j: j.run.judge((old,), origin="/disk/old.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((refused,)),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.judge((replace(new, evidence="demo"),), origin=DEMO),
        lambda j: j.run.next(),
        lambda j: j.run.judge((refused,)),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.judge((new,), origin="/disk/new.syx"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="restore", outcome=Outcome.VERIFIED),)),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    for part in ("Found", "An example"):
        assert "at first with old.syx: REFUSED: nothing was written." in parts[part]
        # The next one was of the demo bank, and the last of another file.
        assert "then with the demo bank that comes with m1tui: REFUSED" in parts[part]
    assert (
        "chosen before: old.syx: 2 songs\n    chosen before: demo\n    passed: new.syx: 2 songs\n"
        in parts["An example"]
    )


def test_a_value_that_was_written_down_again_is_in_the_report_as_it_was_before(
    tmp_path: Path,
) -> None:
    cell = volts("new", "New cell, volts", "new-cell-volts")
    begun = recorded(
        tmp_path,
        procedure(step("cells", "values", fields=(cell,))),
        lambda j: j.run.write_down({"new": "2.9"}),
        lambda j: j.run.write_down({"new": "3.2"}),
    )
    done = chapters(render(report(log(tmp_path), begun), "text"))["An example"]
    assert "New cell: 3.2 V (expected 3 V or more)\n" in done
    assert "written down before: New cell: 2.9 V (expected 3 V or more)\n" in done


def test_a_fault_that_was_measured_twice_stands_once_in_the_summary_and_names_its_part(
    tmp_path: Path,
) -> None:
    begun = recorded(
        tmp_path,
        procedure(
            step("before", observes=("joystick-range",)),
            step("again", "check", checks=("joystick-range",), finds=True),
        ),
        lambda j: j.run.tick(observed=(replace(JOYSTICK, decides=False),)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((JOYSTICK,)),
        lambda j: j.run.accept(),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    assert "Fault: The joystick does not move all the way to the left (left" in short
    assert short.count("joystick does not move") == 1
    page = page_of(tmp_path, begun)
    assert page["In short"] == (
        "The joystick does not move all the way to the left. This is not repaired."
    )


def test_a_file_named_as_a_word_of_the_evidence_is_named_all_the_same() -> None:
    sent = StepRecord(
        id="send",
        title="Send",
        kind="restore",
        mark="sensed",
        glyph="[A]",
        senses=True,
        origin=FileRecord(file="songs.syx"),
    )
    assert list(file_lines(sent, ["VERIFIED: 10 songs, 75 % free"])) == ["from songs.syx"]
    assert list(file_lines(sent, ["sent from songs.syx"])) == []


def test_the_page_of_a_run_that_only_asked_does_not_say_that_work_is_done(tmp_path: Path) -> None:
    options = (Option(label="Yes", go="end"), Option(label="No"))
    last = (Option(label="good"), Option(label="bad"))
    of = procedure(
        step("ask", "question", options=options),
        step("work"),
        step("end", "question", options=last),
    )
    done = recorded(
        tmp_path,
        of,
        lambda j: j.run.choose("Yes"),
        lambda j: j.run.next(),
        lambda j: j.run.choose("good"),
    )
    page = page_of(tmp_path, done)
    assert page["In short"] == "Only questions were answered; no work was done."


def test_a_refused_transfer_does_not_make_other_work_undone(tmp_path: Path) -> None:
    refused = Verdict(None, "REFUSED", name="restore", outcome=Outcome.REFUSED, wrote=False)
    of = procedure(step("clean"), step("send", "restore"))
    done = recorded(
        tmp_path,
        of,
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((refused,)),
        lambda j: j.run.override("the file does not fit"),
    )
    page = page_of(tmp_path, done)
    assert "a transfer was refused, and none of it was written" in page["What was done"]
    assert "not done: a transfer" not in page["What was done"]


def test_the_summary_says_what_another_run_of_the_visit_has_shown_of_the_same_part(
    tmp_path: Path,
) -> None:
    """What a rehearsal shows says nothing of a real M1."""
    asked = step(
        "asked",
        "question",
        options=(
            Option(label="Two", go="two"),
            Option(label="None", go="three", because="there were none"),
        ),
    )
    of = procedure(
        step("one", "check", checks=("joystick-range",), finds=True),
        asked,
        step("two", "check", checks=("pedals-seen",), finds=True),
        step("three", "check", checks=("slider-seen",), finds=True),
    )
    pedals = Verdict(False, "pedals: none heard", "pedals", "no pedal", name="pedals-seen")
    first: list[Callable[[Journal], Event]] = [
        lambda j: j.run.judge((JOYSTICK,)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
        lambda j: j.run.choose("Two"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((pedals,)),
        lambda j: j.run.accept(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((replace(GOOD, name="slider-seen"),)),
    ]
    second: list[Callable[[Journal], Event]] = [
        lambda j: j.run.judge((replace(GOOD, name="joystick-range"),)),
        lambda j: j.run.next(),
        lambda j: j.run.choose("None"),
        lambda j: j.run.next(),
        lambda j: j.run.override("its cap is missing"),
    ]
    book = log(tmp_path)
    begun = book.begin_visit()
    kept = tmp_path / "journals"
    path = journal(kept, *first, of=of, now=lambda: day(1))
    book.record(read_run(path), visit=begun.id)
    path = journal(kept, *second, of=of, port="virtual", now=lambda: day(2))
    book.record(read_run(path), visit=begun.id)
    short = " ".join(chapters(render(report(book, begun.id), "text"))["Summary"].split())
    assert "a later run" not in short
    assert "an earlier run" not in short
    path = journal(kept, *second, of=of, now=lambda: day(5))
    book.record(read_run(path), visit=begun.id)
    short = " ".join(chapters(render(report(book, begun.id), "text"))["Summary"].split())
    run = 'run of "An example"'
    assert "An example: MISMATCH. Faults were found." in short
    assert f"to the left (left -2,730, right +8,191). In a later {run} this was good." in short
    assert short.count("In a later") == 1
    assert f'was answered "None". In an earlier {run} this part did not pass.' in short
    assert (
        f"Not done: Step three. In an earlier {run} this part was good. Reason: its cap is missing"
        in short
    )


def test_the_answers_of_one_attempt_are_not_called_attempts_one_after_the_other(
    tmp_path: Path,
) -> None:
    heard = replace(BAD, evidence="nothing heard", found="", name="up-down-seen")
    begun = recorded(
        tmp_path,
        procedure(step("ask", "check", checks=("answers", "up-down-seen"))),
        *(lambda j, one=one: j.run.judge(one) for one in ((BAD, heard), (BAD, heard), (BAD, GOOD))),
        lambda j: j.run.judge((GOOD, replace(GOOD, name="up-down-seen"))),
    )
    found = chapters(render(report(log(tmp_path), begun), "text"))["Found"]
    assert (
        "at first, 2 times, FAILED: 24 heard; expected 21\n"
        "    in the same attempt FAILED: nothing heard; expected 21, found nothing\n"
        "    then FAILED: 24 heard; expected 21\n"
    ) in found


def test_why_a_step_was_skipped_is_in_the_report_though_it_was_done_later(tmp_path: Path) -> None:
    begun = recorded(
        tmp_path,
        procedure(step("one"), step("two", "check", checks=("answers",))),
        lambda j: j.run.override("owner in a hurry"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((BAD,)),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,)),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    for part in ("Found", "An example"):
        assert "    skipped before: owner in a hurry\n" in parts[part]
    assert "owner in a hurry" not in parts["Could not be proved"]


def test_many_steps_that_were_not_begun_are_one_line_in_each_part_of_the_report(
    tmp_path: Path,
) -> None:
    steps = [step(f"s{number}") for number in range(9)]
    begun = recorded(
        tmp_path,
        procedure(*steps),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.abandon("the customer took it"),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    assert "Not done: Step s1, and the steps after it.\n" in parts["Summary"]
    assert "An example: UNFINISHED. It was abandoned.\n" in parts["Summary"]
    assert "[ ] Step s1, and the steps after it" in parts["An example"]
    assert (
        "[ ] Step s1, and the steps after it\n    not done: the customer took it\n"
        in parts["Could not be proved"]
    )
    assert "Step s2" not in "".join(parts.values())


def test_what_a_virtual_m1_showed_at_an_attempt_that_failed_is_in_the_report(
    tmp_path: Path,
) -> None:
    shown = "its display before the check, a sketch: MEMORY PROTECTED"
    begun = recorded(
        tmp_path,
        procedure(step("ask", "check", checks=("answers",))),
        lambda j: j.run.judge((BAD,), evidence=("virtual M1: powered", shown)),
        lambda j: j.run.judge((GOOD,), evidence=("virtual M1: powered", "its display: MIDI")),
    )
    found = chapters(render(report(log(tmp_path), begun), "text"))["Found"]
    assert f"at first FAILED: 24 heard; expected 21\n    virtual M1: {shown}\n" in found
    assert "its display: MIDI" not in found


def clock(*minutes: int) -> Callable[[], datetime]:
    """Return a clock that shows these minutes of an hour in turn, then the last one."""
    left = list(minutes)
    return lambda: day(20).replace(minute=left.pop(0) if len(left) > 1 else left[0])


def timed(folder: Path, of: Procedure, now: Callable[[], datetime], *events: Any) -> str:
    """Return the text of the report of a run in which each event had its time."""
    book = log(folder)
    begun = book.begin_visit()
    path = journal(folder / "journals", *events, of=of, now=now)
    book.record(read_run(path), visit=begun.id)
    return render(report(book, begun.id), "text")


def test_an_alarm_has_its_own_time_and_not_that_of_the_step(tmp_path: Path) -> None:
    text = timed(
        tmp_path,
        procedure(step("open")),
        clock(0, 0, 5, 20, 30),
        lambda j: j.run.alarm(ALARM),
        lambda j: j.run.tick(),
        lambda j: j.run.retry(),
        lambda j: j.run.tick(),
    )
    done = chapters(text)["An example"]
    alarm = re.search(r"ALARM at \d\d:(\d\d):00: The M1 is on", done)
    ended = re.search(r"Step open .*:(\d\d):00$", done, re.MULTILINE)
    assert alarm is not None
    assert ended is not None
    assert int(alarm[1]) < int(ended[1])


def test_values_that_were_written_down_at_several_times_each_have_their_own(tmp_path: Path) -> None:
    first, second = volts("plus", "+12 V", "new-cell-volts"), volts("minus", "-12 V", "parts")
    second = msgspec.structs.replace(second, optional=True)
    text = timed(
        tmp_path,
        procedure(step("rails", "values", fields=(first, second))),
        clock(0, 0, 5, 20, 30),
        lambda j: j.run.write_down({"plus": "3.2", "minus": ""}),
        lambda j: j.run.retry(),
        lambda j: j.run.write_down({"plus": "3.2", "minus": "3.1"}),
    )
    done = chapters(text)["An example"]
    times = re.findall(r"(.)12 V: .*, written down at (\S+)$", done, re.MULTILINE)
    assert [sign for sign, _ in times] == ["+", "-"]
    assert times[0][1] < times[1][1]
    assert "written down before: -12 V: nothing\n" in done


def test_silence_of_a_virtual_m1_is_said_wherever_the_notes_are_called_sent(tmp_path: Path) -> None:
    silence = "8 notes were sent. The virtual M1: nothing is heard (output dead)"
    heard = "8 notes were sent to 2/R. The virtual M1: heard from output 2/R"
    begun = recorded(
        tmp_path,
        procedure(step("play", "check", checks=("plays-output-1",))),
        lambda j: j.run.judge((Verdict(True, silence, name="plays-output-1"),)),
        lambda j: j.run.judge(
            (Verdict(True, silence, name="plays-output-1"), Verdict(True, heard, name="two"))
        ),
    )
    parts = chapters(render(report(log(tmp_path), begun), "text"))
    said = "the virtual M1: nothing is heard (output dead)"
    only = "only that they were sent is proved: the virtual M1 made no sound"
    assert f"passed: 8 notes were sent\n    {only}\n" in parts["Proved"]
    assert parts["Proved"].count(only) == 1
    assert "heard from output 2/R" not in parts["Proved"], "that proves nothing of a real M1"
    assert f"passed: 8 notes were sent\n    {said}" in parts["An example"]
    assert "the virtual M1: heard from output 2/R" in parts["An example"]


@pytest.mark.parametrize("volts_read", ["2.0", "3.2"])
def test_the_outcome_says_that_a_measured_value_speaks_against_it(
    tmp_path: Path, volts_read: str
) -> None:
    rail = volts("rail", "Rail, volts", "new-cell-volts")
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((GOOD,)),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"rail": volts_read}),
        of=procedure(step("proved", "check"), step("rails", "values", fields=(rail,))),
    )
    book = log(tmp_path)
    begun = book.begin_visit()
    book.record(read_run(path), visit=begun.id)
    short = chapters(render(report(book, begun.id), "text"))["Summary"]
    bad = volts_read == "2.0"
    assert ("A measured value is not as expected: see" in " ".join(short.split())) == bad
    assert (summary_view(read(path).run()).meaning == OBJECTED) == bad


def test_what_was_changed_by_mistake_names_the_file_that_contains_it(tmp_path: Path) -> None:
    advice = Advice("other-songs-changed", "Also changed: song 0.", f"{SAVED} {BRING_BACK}")
    erased = Verdict(True, "no steps", advice=advice, name="song-empty")
    first, later = (str(save(tmp_path, memory(), on=on)) for on in (19, 20))
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((GOOD,), backup=first),
        lambda j: j.run.next(),
        lambda j: j.run.judge((erased,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((GOOD,), backup=later),
        of=procedure(
            step("keep", "backup"),
            step("erase", "check", checks=("song-empty",)),
            step("again", "backup"),
        ),
        now=clock(0, 0, 1, 2, 3, 4, 5, 6, 7, 8),
    )
    book = log(tmp_path)
    begun = book.begin_visit()
    book.record(read_run(path), visit=begun.id)
    short = " ".join(chapters(render(report(book, begun.id), "text"))["Summary"].split())
    assert f'The file "{Path(first).name}" contains all songs and patterns' in short
    told = dict(summary_view(read(path).run()).advice)["Attention"]
    assert told.startswith("CHANGED: song 0. The file")
    assert Path(first).name in told


def test_a_check_of_protects_that_failed_says_briefly_what_it_did_not_ask(tmp_path: Path) -> None:
    probe = "programs: protected (asked to store slot 00 unchanged, and refused)"
    protects = Verdict(
        False,
        probe,
        "programs, combinations and sequence unprotected",
        "programs protected, combinations protected",
        name="memory-unprotected",
    )
    begun = recorded(
        tmp_path,
        procedure(step("off", "check", checks=("memory-unprotected",))),
        lambda j: j.run.judge((protects,)),
        lambda j: j.run.override("it stays on"),
    )
    parts = {
        title: " ".join(text.split())
        for title, text in chapters(render(report(log(tmp_path), begun), "text")).items()
    }
    left = "programs protected, combinations protected (songs not checked)"
    for title in ("Summary", "Found", "An example", "Could not be proved"):
        assert left in parts[title]
    assert [title for title in parts if probe in parts[title]] == ["An example"]


@pytest.mark.parametrize("again", [False, True])
def test_a_repair_that_was_made_after_the_m1_was_closed_is_called_out(
    tmp_path: Path, again: bool
) -> None:
    events = [
        lambda j: j.run.override("no grease yet"),
        lambda j: j.run.next(),
        lambda j: j.run.tick(),
        lambda j: j.run.back(),
        lambda j: j.run.tick(),
        *([lambda j: j.run.next(), lambda j: j.run.retry(), lambda j: j.run.tick()] * again),
    ]
    path = journal(
        tmp_path / "journals",
        *events,
        of=procedure(step("grease", "hands", rehearse=("mend",)), step("close", "hands")),
        now=clock(*range(20)),
    )
    book = log(tmp_path)
    begun = book.begin_visit()
    book.record(read_run(path), visit=begun.id)
    said = '"Step grease" was done after "Step close", which was not done again after it.'
    short = chapters(render(report(book, begun.id), "text"))["Summary"]
    assert (f"Attention: {said}" in " ".join(short.split())) != again
    told = [text for _, text in summary_view(read(path).run()).advice]
    assert (said in told) != again


def test_an_m1_that_was_heard_while_it_had_to_be_off_is_on_the_end_page(tmp_path: Path) -> None:
    steps = (step("open", "hands"), step("keys", "hands"))
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.alarm(ALARM),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.alarm(ALARM),
        lambda j: j.run.tick(),
        of=procedure(*steps),
    )
    told = dict(summary_view(read(path).run()).advice)["Attention"]
    assert told.startswith(
        'MIDI data came while the M1 had to be off, at "Step open" and 1 more step: it was on, or'
    )


@pytest.mark.parametrize(("output", "denied"), [("1/L", False), ("headphones", True)])
def test_an_output_that_does_not_go_with_what_was_silent_is_called_out(
    tmp_path: Path, output: str, denied: bool
) -> None:
    silence = "8 notes were sent through output 1/L. The virtual M1: nothing is heard (output dead)"
    which = Field(name="output", label="Quiet output", choices=("1/L", "headphones"))
    clean = Option(label="Clean", denies="output")
    begun = recorded(
        tmp_path,
        procedure(
            step("play", "check", checks=("plays-output-1",)),
            step("which", "values", fields=(which,)),
            step("now", "question", options=(Option(label="Not clean"), clean)),
        ),
        lambda j: j.run.judge((Verdict(True, silence, name="plays-output-1"),)),
        lambda j: j.run.next(),
        lambda j: j.run.write_down({"output": output}),
        lambda j: j.run.next(),
        lambda j: j.run.choose("Not clean"),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    said = f'Written down at "Step which": {output}. But "Step play": {silence}.'
    assert (said in short) == denied


def test_the_velocities_of_the_keys_stand_in_the_report_before_and_after(tmp_path: Path) -> None:
    before, after = (
        replace(GOOD, name="keybed", decides=decides, values=((VELOCITIES, struck),))
        for struck, decides in (("C2 1–9", False), ("C2 20–104", True))
    )
    begun = recorded(
        tmp_path,
        procedure(
            step("before", "hands", observes=("keybed",)),
            step("after", "check", checks=("keybed",)),
        ),
        lambda j: j.run.tick(observed=(before,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((after,)),
    )
    done = chapters(render(report(log(tmp_path), begun), "text"))["An example"]
    for velocities in ("C2 1–9", "C2 20–104"):
        assert f"velocities, softest to hardest in each octave: {velocities}\n" in done


LOST = Verdict(
    False,
    "the M1 reports a card without a known format",
    "100 programs",
    "a card without a known format",
    Advice("card-lost", "The card's data is lost.", ""),
    name="card-equals-backup",
)


@pytest.mark.parametrize("early", [True, False])
def test_a_card_that_was_lost_before_its_new_cell_was_in_is_said_to_have_been(
    tmp_path: Path, early: bool
) -> None:
    save(tmp_path, memory())
    first = [
        lambda j: j.run.override("no cell in the shop"),
        lambda j: j.run.next(),
        lambda j: j.run.judge((LOST,)),
        lambda j: j.run.back(),
        lambda j: j.run.retry(),
    ]
    path = journal(
        tmp_path / "journals",
        lambda j: j.run.judge((GOOD,), backup=str(tmp_path / "card.syx")),
        lambda j: j.run.next(),
        *(first if early else ()),
        lambda j: j.run.tick(),
        lambda j: j.run.next(),
        lambda j: j.run.judge((LOST,)),
        lambda j: j.run.override("lost, with no cell in"),
        of=procedure(
            step("keep", "backup", bank="card"),
            step("cell", "hands", records="card-cell-in"),
            step("out", "hands", checks=("card-equals-backup",)),
        ),
        now=clock(*range(20)),
    )
    book = log(tmp_path)
    begun = book.begin_visit(book.add_instrument("M1", serial="1").id)
    book.record(read_run(path), visit=begun.id)
    parts = chapters(render(report(book, begun.id), "text"))
    short, head = (" ".join(parts[one].split()) for one in ("Summary", "Instrument and visit"))
    assert ('before "Step cell" was done.' in short) == early
    assert "Card's battery new cell put in 2026-11-20, as reported by the technician; the" in head
    assert "the card did not match its backup after that" in head


@pytest.mark.parametrize("mended", [True, False])
def test_silence_before_a_repair_is_in_the_summary_once_it_is_over(
    tmp_path: Path, mended: bool
) -> None:
    silent, heard = (
        Verdict(True, f"8 notes were sent. The virtual M1: {what}", name="plays-output-1")
        for what in ("nothing is heard (output dead)", "heard from output 1/L")
    )
    begun = recorded(
        tmp_path,
        procedure(*(step(one, "check", checks=("plays-output-1",)) for one in ("first", "last"))),
        lambda j: j.run.judge((silent,)),
        lambda j: j.run.next(),
        lambda j: j.run.judge((heard if mended else silent,)),
    )
    short = " ".join(chapters(render(report(log(tmp_path), begun), "text"))["Summary"].split())
    said = f'Observed at "Step first": {silent.evidence}. When it was played again, it was heard.'
    assert (said in short) == mended
    assert short.count("Observed") == mended
