"""The page of what is known about the hardware is the source's own."""

from __future__ import annotations

from m1tui.manners import MANNERS
from m1tui.surveys import Finding, Survey, Wording
from m1tui.virtual.pages import PAGES
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.surveyed import How, certainty_of, entries, like
from tests.hardware import DOCUMENT, page


def test_the_page_in_the_documents_is_what_the_source_says_now() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page(), "run: make docs"


def test_every_manner_and_every_page_of_the_panel_has_a_row() -> None:
    text = page(())
    assert [one.name for one in MANNERS if f"| `{one.name}`: " not in text] == []
    assert [one.name for one in entries() if f"| {one.name} |" not in text] == []
    assert len(entries()) == sum(map(len, PAGES.values()))
    assert {one.wording for one in entries()} >= {How.SKETCH, How.OWNER}


def test_surveys_are_counted_by_rom_number() -> None:
    def of(rom: int, word: str) -> Survey:
        lines = Wording("GLOBAL 5-2", ("MIDI FILTER", ""))
        return Survey(rom=rom, findings=(Finding("load-time", word, "seen"),), wordings=(lines,))

    text = page((of(19, "2s"), of(19, "2s"), of(24, "at-once")))
    assert "| 19 | ? | 2 |" in text
    row = next(line for line in text.splitlines() if line.startswith("| `load-time`"))
    assert row.endswith("| `2s` (2) | `at-once` (1) |")
    row = next(line for line in text.splitlines() if line.startswith("| GLOBAL 5-2 |"))
    assert row.endswith("| confirmed by 3 surveys |")


def test_a_wording_that_a_survey_typed_is_no_sketch_any_more() -> None:
    survey = Survey(wordings=(Wording("GLOBAL 5-2", ("5-2 MIDI FILTER as typed", "")),))
    m1 = like(survey)
    m1.press("GLOBAL 5")
    assert certainty_of(m1.board) == "sketch"
    m1.press("+")
    assert certainty_of(m1.board) == "confirmed by 1 survey"
    assert m1.display[0].rstrip() == "5-2 MIDI FILTER as typed"
    assert certainty_of(scenario("healthy").board) == "sketch"


def test_a_page_that_was_photographed_says_so() -> None:
    typed = Wording("GLOBAL 5-2", ("5-2 MIDI FILTER as typed", ""), "GLOBAL-5-2.jpg")
    m1 = like(Survey(wordings=(typed, Wording("GLOBAL 5-1", photograph="GLOBAL-5-1.jpg"))))
    m1.press("GLOBAL 5 +")
    assert certainty_of(m1.board) == "photograph"
    m1.press("-")
    assert certainty_of(m1.board) == "sketch", "nobody typed what the photograph shows"
