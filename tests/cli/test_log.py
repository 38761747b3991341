"""`log`: the service log on the command line, filled by runs without another word."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def rehearsed(m1tui: Command) -> str:
    """The id of the visit that one rehearsal makes."""
    ended = m1tui("procedures", "run", "midi-ready", "--auto", "--port", "virtual:used")
    assert ended.code == 0
    (visit,) = m1tui("log", "list", "--json").facts["visits"]
    return str(visit["id"])


def test_a_run_is_in_the_log_by_itself_as_a_rehearsal(m1tui: Command, rehearsed: str) -> None:
    facts = m1tui("log", "show", rehearsed, "--json").facts
    assert facts["visit"]["instrument"] == "m1-virtual"
    (run,) = facts["runs"]
    assert (run["procedure"], run["outcome"]) == ("midi-ready", "VERIFIED")
    shown = m1tui("log", "show", run["id"])
    assert shown.code == 0
    assert "[A] " in shown.out
    assert run["id"] in m1tui("log", "list").out


def test_a_rehearsal_on_an_m1r_belongs_to_an_m1r(m1tui: Command, rehearsed: str) -> None:
    ended = m1tui("procedures", "run", "midi-ready", "--auto", "--port", "virtual:rack")
    assert ended.code == 0
    visits = m1tui("log", "list", "--json").facts["visits"]
    (rack,) = (one["id"] for one in visits if one["instrument"] == "m1r-virtual")
    assert re.search(r"^Model +M1R$", m1tui("log", "report", rack).out, re.MULTILINE)
    assert re.search(r"^Model +M1$", m1tui("log", "report", rehearsed).out, re.MULTILINE)


@pytest.mark.parametrize(
    ("form", "sign"),
    [("text", "Could not be proved\n---"), ("md", "## Could not be proved"), ("html", "</html>")],
)
def test_a_report_takes_each_form(m1tui: Command, rehearsed: str, form: str, sign: str) -> None:
    ended = m1tui("log", "report", rehearsed, "--format", form)
    assert ended.code == 0
    assert sign in ended.out
    assert "it answered on channel 1" in ended.out


def test_a_report_as_json_is_the_same_by_either_option(m1tui: Command, rehearsed: str) -> None:
    by_format = json.loads(m1tui("log", "report", rehearsed, "--format", "json").out)
    assert m1tui("log", "report", rehearsed, "--json").facts == by_format
    assert by_format["rehearsal"] is True
    assert by_format["proved"]


def test_json_and_another_form_exclude_each_other(m1tui: Command, rehearsed: str) -> None:
    ended = m1tui("log", "report", rehearsed, "--format", "html", "--json")
    assert ended.code == 2


def test_an_instrument_its_cell_and_its_visit_are_noted(m1tui: Command) -> None:
    added = m1tui("log", "add", "M1", "--serial", "112233", "--tag", "Blue case", "--json").facts
    assert added["instrument"]["id"] == "m1-112233"
    low = m1tui("log", "battery", "m1-112233", "--volts", "2,4", "--json").facts
    assert low["instrument"]["battery"]["volts"] == 2.4
    assert m1tui("log", "list", "--json").facts["due"][0]["days"] == 0
    fitted = m1tui("log", "battery", "m1-112233", "--fitted", "2026-11-20", "--volts", "3.21")
    assert "next due 2031-11-20" in fitted.out
    begun = m1tui("log", "begin", "m1-112233", "--reported", "Battery Low", "--json").facts
    visit = begun["visit"]["id"]
    assert m1tui("log", "show", "m1-112233", "--json").facts["visits"][0]["id"] == visit
    assert f"{visit}  M1 112233" in m1tui("log", "list").out
    ended = m1tui("log", "end", visit, "--notes", "New cell fitted.")
    assert ended.code == 0
    opened = m1tui("log", "reopen", visit)
    assert f"Reopened visit {visit}" in opened.out
    again = m1tui("log", "reopen", visit)
    assert again.code == 1
    assert "is already open" in again.err
    assert m1tui("log", "end", visit, "--notes", "Two screws, too.").code == 0
    report = m1tui("log", "report", visit).out
    assert "Battery Low" in report
    assert "New cell fitted." in report
    assert "Two screws, too." in report


def test_a_visit_can_be_given_its_instrument_later(m1tui: Command, rehearsed: str) -> None:
    m1tui("log", "add", "M1R")
    assert m1tui("log", "assign", rehearsed, "m1r").code == 0
    assert m1tui("log", "show", rehearsed, "--json").facts["visit"]["instrument"] == "m1r"
    refused = m1tui("log", "assign", rehearsed, "m2")
    assert refused.code == 1
    assert 'no instrument "m2"' in refused.err


@pytest.mark.parametrize("action", ["show", "report"])
def test_an_unknown_id_is_a_usage_error_that_shows_it_harmlessly(
    m1tui: Command, action: str
) -> None:
    ended = m1tui("log", action, "no\x1b[2Jthing")
    assert ended.code == 2
    assert "m1tui log list" in ended.err
    assert "\x1b" not in ended.err


def test_an_empty_log_says_how_to_begin(m1tui: Command) -> None:
    assert "m1tui log add MODEL" in m1tui("log", "list").out
    empty = m1tui("log", "list", "--json").facts
    assert empty == {"bench": None, "instruments": [], "visits": [], "due": []}


def test_a_battery_without_a_fact_is_a_usage_error(m1tui: Command) -> None:
    m1tui("log", "add", "M1")
    assert m1tui("log", "battery", "m1").code == 2
    for wrong in (("--volts", "32"), ("--volts", "x"), ("--fitted", "20.11.2026")):
        assert m1tui("log", "battery", "m1", *wrong).code == 2


def test_a_cell_of_the_last_days_of_the_calendar_is_noted(m1tui: Command) -> None:
    m1tui("log", "add", "M1")
    noted = m1tui("log", "battery", "m1", "--fitted", "9999-12-30", "--json")
    assert noted.facts["instrument"]["due"] == "9999-12-31"
    assert m1tui("log", "list").code == 0


@pytest.mark.parametrize(
    "words",
    [("add", "M\udcff"), ("add", "M1", "--tag", "\udcff"), ("begin", "m1", "--reported", "\udcff")],
)
def test_what_is_no_text_is_a_usage_error_and_nothing_is_noted(
    m1tui: Command, words: tuple[str, ...]
) -> None:
    before = m1tui("log", "list", "--json").facts
    refused = m1tui("log", *words)
    assert refused.code == 2
    assert "expected text in UTF-8" in refused.err
    assert m1tui("log", "list", "--json").facts == before


def test_a_journal_that_cannot_be_read_is_told_and_stops_nothing(
    m1tui: Command, rehearsed: str, tmp_path: Path
) -> None:
    (tmp_path / "data" / "journals" / "x.journal").write_bytes(b"?\n")
    ended = m1tui("log", "list")
    assert ended.code == 0
    assert "x.journal" in ended.err
    assert rehearsed in ended.out


def test_an_instrument_is_changed_and_a_number_that_disagrees_is_told(m1tui: Command) -> None:
    added = m1tui("log", "add", "PolySix", "--serial", "439366")
    assert added.code == 0
    assert "PolySix numbers are 38nnnn, 39nnnn or 46nnnn" in added.out
    changed = m1tui("log", "change", "polysix-439366", "--serial", "388831", "--json")
    assert changed.facts["instrument"]["serial"] == "388831"
    assert changed.err == ""
    assert m1tui("log", "change", "polysix-439366").code == 2


def test_a_visit_is_noted_and_taken_up_again(m1tui: Command) -> None:
    m1tui("log", "add", "M1")
    first, second = (m1tui("log", "begin", "m1", "--json").facts["visit"]["id"] for _ in range(2))
    assert m1tui("log", "list", "--json").facts["bench"] == second
    assert m1tui("log", "bench", first).code == 0
    assert f"{first}  M1, on the bench" in m1tui("log", "list").out
    assert m1tui("log", "note", first, "Keys cleaned.").code == 0
    assert "Keys cleaned." in m1tui("log", "report", first).out
    m1tui("log", "end", first)
    assert m1tui("log", "bench", first).code == 1


def test_a_runs_id_prints_the_report_of_its_visit_and_says_so(
    m1tui: Command, rehearsed: str
) -> None:
    listed = m1tui("log", "list")
    assert "Visits, each with its id, and its runs below it:\n" in listed.out
    (run,) = m1tui("log", "show", rehearsed, "--json").facts["runs"]
    ended = m1tui("log", "report", run["id"])
    assert ended.code == 0
    assert ended.out == m1tui("log", "report", rehearsed).out
    assert ended.err == f"{run['id']} is a run of visit {rehearsed}: this is the visit's report.\n"


def test_a_report_is_saved_as_a_new_file_whose_path_is_told(
    m1tui: Command, rehearsed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    for number in ("", " (2)"):
        ended = m1tui("log", "report", rehearsed, "--format", "html", "--save", str(folder))
        assert ended.code == 0
        path = folder / f"{rehearsed} M1 virtual report{number}.html"
        assert str(path) in ended.out
        assert path.read_text().endswith("</html>\n")


def test_a_run_of_hand_steps_alone_is_called_so_in_the_log_and_in_every_report(
    m1tui: Command,
) -> None:
    run = ("procedures", "run", "symptoms", "--auto", "--port", "virtual:healthy", "--json")
    ended = m1tui(*run)
    assert (ended.code, ended.facts["outcome"]) == (0, "DONE BY HAND")
    (visit,) = m1tui("log", "list", "--json").facts["visits"]
    (kept,) = m1tui("log", "show", visit["id"], "--json").facts["runs"]
    assert kept["outcome"] == "DONE BY HAND"
    for words in (("show", kept["id"]), ("show", visit["id"])):
        assert "DONE BY HAND" in m1tui("log", *words).out
    for form in ("text", "md", "html", "json"):
        report = m1tui("log", "report", visit["id"], "--format", form).out
        assert "DONE BY HAND" in report
        assert "VERIFIED" not in report


def test_the_intake_takes_reference_technician_and_price(m1tui: Command) -> None:
    m1tui("log", "add", "M1")
    words = (
        "--reported",
        "Hum",
        "--reference",
        "job 7",
        "--technician",
        "Ann",
        "--price",
        "120 EUR",
    )
    visit = m1tui("log", "begin", "m1", *words, "--json").facts["visit"]
    assert (visit["reference"], visit["technician"], visit["price"]) == ("job 7", "Ann", "120 EUR")
    ended = m1tui("log", "end", visit["id"], "--price", "90 EUR", "--json").facts["visit"]
    assert (ended["price"], ended["technician"]) == ("90 EUR", "Ann")
    told = m1tui("log", "report", visit["id"]).out
    assert "job 7" in told
    assert "90 EUR" in told


def test_the_customers_page_says_in_plain_words_what_was_done_and_what_to_do(
    m1tui: Command,
) -> None:
    m1tui("procedures", "run", "internal-battery", "--auto", "--port", "virtual:low-battery")
    (visit,) = m1tui("log", "list", "--json").facts["visits"]
    m1tui("log", "part", visit["id"], "2 screws")
    page = m1tui("log", "report", visit["id"], "--customer").out
    for word in (
        "What was wrong",
        "done; everything that can be proved has been proved",
        "2 screws",
        "changed by",
    ):
        assert word in page
    assert "New cell              3.2 V (good: 3 to 3.6 V)" in page
    for word in ("sha256", "[A]", "exclusive", "journal"):
        assert word not in page
    assert len(page.splitlines()) < 60
    html = m1tui("log", "report", visit["id"], "--customer", "--format", "html").out
    assert html.count("<h2>") == 5


def test_photographs_and_parts_of_a_visit_are_in_its_report(
    m1tui: Command, rehearsed: str, tmp_path: Path
) -> None:
    photo = tmp_path / "board.jpg"
    assert m1tui("log", "photo", rehearsed, str(photo)).code == 2
    photo.write_bytes(b"")
    assert m1tui("log", "photo", rehearsed, str(photo)).code == 0
    assert m1tui("log", "part", rehearsed, "R29 3 MΩ").code == 0
    facts = m1tui("log", "show", rehearsed, "--json").facts["visit"]
    assert facts["photographs"] == [str(photo)]
    report = m1tui("log", "report", rehearsed).out
    assert "R29 3 MΩ" in report
    assert "Photographs           board.jpg\n" in report, "without the folders of this computer"


def test_records_are_shown_in_words_and_never_as_they_are_kept(
    m1tui: Command, rehearsed: str
) -> None:
    m1tui("log", "add", "M1", "--serial", "112233")
    m1tui("log", "battery", "m1-112233", "--fitted", "2026-11-20", "--volts", "3.21")
    m1tui("procedures", "run", "internal-battery", "--auto", "--port", "virtual:low-battery")
    (run, *_) = m1tui("log", "show", rehearsed, "--json").facts["runs"]
    for wanted in ("m1-112233", "m1-virtual", rehearsed, run["id"]):
        shown = m1tui("log", "show", wanted).out
        assert not re.search(r"None|False|\('|\(\)|\[\]|\{|_|\dT\d", shown), shown
    assert "cell  CR2032 fitted 2026-11-20, 3.21 V on" in m1tui("log", "show", "m1-112233").out
    assert "settings  Channel (5-1): 1; Clock" in m1tui("log", "show", "m1-virtual").out


def test_a_photograph_or_part_that_was_noted_by_mistake_is_removed_and_the_log_says_so(
    m1tui: Command, rehearsed: str, tmp_path: Path
) -> None:
    photo, other = tmp_path / "board.jpg", tmp_path / "other.jpg"
    for path in (photo, other):
        path.write_bytes(b"")
        m1tui("log", "photo", rehearsed, str(path))
    for part in ("R29 3 MΩ", "2 screws"):
        m1tui("log", "part", rehearsed, part)
    photo.unlink()  # it was of no use, so it went first
    ended = m1tui("log", "photo", rehearsed, str(photo), "--remove")
    assert f"Removed from visit {rehearsed}: photograph {photo}" in ended.out
    assert m1tui("log", "part", rehearsed, "r29 3 mω", "--remove").code == 0
    for form in ("text", "md", "html", "json"):
        for customer in ((), ("--customer",)):
            page = m1tui("log", "report", rehearsed, "--format", form, *customer).out
            assert "board.jpg" not in page
            assert "R29" not in page
    facts = m1tui("log", "show", rehearsed, "--json").facts["visit"]
    assert (facts["photographs"], facts["parts"]) == ([str(other)], ["2 screws"])
    assert [one["text"] for one in facts["removed"]] == [str(photo), "R29 3 MΩ"]
    shown = m1tui("log", "show", rehearsed).out
    assert f"photograph {photo}, removed 20" in shown
    assert "part R29 3 MΩ, removed 20" in shown


def test_what_is_not_in_a_visit_cannot_be_removed_and_what_is_there_is_named(
    m1tui: Command, rehearsed: str
) -> None:
    none = m1tui("log", "part", rehearsed, "R29", "--remove")
    assert none.code == 1
    assert "The visit has no part to remove." in none.err
    m1tui("log", "part", rehearsed, "2 screws")
    other = m1tui("log", "part", rehearsed, "3 screws", "--remove", "--json")
    assert (other.code, other.facts["error"]["code"]) == (1, "not-in-visit")
    assert "Name one of these: 2 screws." in other.err


def test_a_part_that_a_procedure_noted_stays_in_the_record_of_its_run(m1tui: Command) -> None:
    m1tui("procedures", "run", "memory-does-not-hold", "--auto", "--port", "virtual:does-not-hold")
    (visit,) = m1tui("log", "list", "--json").facts["visits"]
    facts = m1tui("log", "report", visit["id"], "--json").facts
    (part,) = {
        part
        for run in facts["done"]
        for step in run["steps"]
        for _, part in step["cell"]
        if part.startswith("trace")
    }
    ended = m1tui("log", "part", visit["id"], part, "--remove")
    assert ended.code == 1
    assert "That part was recorded during a procedure" in ended.err


def test_all_instruments_are_printed_as_csv(m1tui: Command) -> None:
    m1tui("log", "add", "M1", "--serial", "112233", "--tag", "=1+1", "--notes", 'a "b", c')
    m1tui("log", "battery", "m1-112233", "--fitted", "2026-11-20", "--volts", "3.21")
    head, row = m1tui("log", "csv").out.splitlines()
    assert head.startswith("id,model,serial,tag")
    assert row == ('m1-112233,M1,112233,\'=1+1,,CR2032,2026-11-20,3.21,2031-11-20,"a ""b"", c"')
    assert m1tui("log", "csv", "--json").facts["instruments"][0]["tag"] == "=1+1"
    m1tui("log", "change", "m1-112233", "--notes", "Hums.\nSee  the photograph.")
    assert m1tui("log", "csv").out.endswith(",Hums. See the photograph.\n")


def test_an_m1_without_a_cell_is_never_due(m1tui: Command) -> None:
    m1tui("procedures", "run", "no-cell", "--auto", "--port", "virtual:no-cell")
    m1 = m1tui("log", "show", "m1-virtual", "--json").facts["instrument"]
    assert m1["battery"]["none"] is True
    assert m1["due"] is None
    assert m1tui("log", "csv").out.splitlines()[1].split(",")[5] == "no cell"


def test_the_number_of_the_rom_is_noted_by_its_check(m1tui: Command) -> None:
    m1tui("procedures", "run", "rom-check", "--auto", "--port", "virtual:healthy")
    assert m1tui("log", "show", "m1-virtual", "--json").facts["instrument"]["rom"] == "07"
