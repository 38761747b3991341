"""What a check answers is one fact: the journal, the log and its report have it as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.advice import Advice
from m1tui.facts import Verdict
from m1tui.procedures.journal import Journal, read
from m1tui.procedures.recording import read_run
from m1tui.store.report import render, report
from tests.procedures.examples import procedure, step
from tests.procedures.people import Nobody
from tests.procedures.test_perform import performing
from tests.store.test_log import log


def test_a_verdict_is_the_same_from_the_check_to_the_report(tmp_path: Path) -> None:
    asks = step("ask", "check", checks=("memory-unprotected",), observes=("answers",))
    with Journal.begin(tmp_path / "journals", procedure(asks), port="raw:/dev/x") as journal:
        result = performing(
            tmp_path / "m1", Nobody(), lambda performer: performer.perform(journal.run)
        )
        event = result.event(journal.run)
        assert event is not None
        journal.record(event)
    (bad,) = result.verdicts
    assert (bad.name, bad.passed, bad.decides) == ("memory-unprotected", False, True)
    assert bad.advice is not None
    assert result.advice is bad.advice
    assert read(journal.path).run().current_state.verdicts == (bad,)

    book = log(tmp_path)
    (recorded,) = book.catch_up(tmp_path / "journals", read_run).recorded
    (kept,) = book.run(recorded.id).steps[0].verdicts
    assert kept.time
    assert replace(kept, time="") == bad

    told = report(book, recorded.visit)
    assert f"FAILED: {bad.evidence}" in " ".join(render(told, "text").split())
    (run,) = json.loads(render(told, "json"))["done"]
    (written,) = run["steps"][0]["verdicts"]
    assert written["advice"] == list(bad.advice)
    assert written["found"] == bad.found


def test_the_time_of_an_answer_stands_once_in_a_journal(tmp_path: Path) -> None:
    verdict = Verdict(True, "equal", name="answers")
    asks = step("ask", "check", checks=("answers",))
    with Journal.begin(tmp_path, procedure(asks), port="virtual:healthy") as journal:
        journal.record(journal.run.judge((verdict,)))
    line = json.loads(journal.path.read_text("utf-8").splitlines()[-1])
    (written,) = line["verdicts"]
    assert line["at"]
    assert "time" not in written


@pytest.mark.parametrize(
    ("passed", "decides", "word"),
    [
        (True, True, "passed"),
        (False, True, "FAILED"),
        (None, True, "no answer"),
        (True, False, "observed"),
        (False, False, "observed, not as expected"),
        (None, False, "no answer"),
    ],
)
def test_a_verdict_has_one_word_for_people(passed: bool | None, decides: bool, word: str) -> None:
    assert Verdict(passed, "", "a card", decides=decides).word == word


def test_what_the_m1_answered_without_settling_it_is_not_called_no_answer() -> None:
    advice = Advice("card-protect-not-told", "Could not find out.", "", "", "Look at the switch.")
    reported = Verdict(None, "the M1 reports a card without a known format", advice=advice)
    assert reported.word == "undecided"


def test_what_was_observed_and_expects_nothing_is_only_observed() -> None:
    assert Verdict(False, "no card", found="no card", decides=False).word == "observed"
