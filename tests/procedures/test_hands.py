"""What hands do in a rehearsal: each action has words for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.advice import Advice
from m1tui.clock import run
from m1tui.facts import Verdict
from m1tui.link.rehearsal import VOCABULARY
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.hands import shown_then, tasks_of, words_of
from m1tui.procedures.library import load
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.resources import screens_folder
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import GOOD, step
from tests.procedures.rehearsals import built_in

ARGUMENTS = {"play-for": "85", "wait": "60", "press": "PROG 0 0", "try-cell": "3.1"}
"""What the actions need that say nothing without it."""


@pytest.mark.parametrize("word", VOCABULARY)
def test_every_action_has_words_of_its_own(word: str) -> None:
    said = words_of(f"{word} {ARGUMENTS.get(word, '')}".strip())
    assert "-" not in said
    assert "{" not in said


def test_every_action_of_the_procedures_can_be_shown() -> None:
    shown = [
        words_of(action)
        for path in sorted(screens_folder().glob("*.toml"))
        for step in load(path).steps
        for action in step.rehearse
    ]
    assert "make the repair" in shown
    assert all(shown)


@pytest.mark.parametrize(
    ("asked", "lit", "dark"),
    [
        (True, "its display before the check, a sketch: ", "its display was dark before the check"),
        (False, "its display afterwards, a sketch: ", "its display was dark afterwards"),
    ],
)
def test_what_a_virtual_m1_showed_is_said_of_then_since_its_display_moves_on(
    asked: bool, lit: str, dark: str
) -> None:
    """A check that changes the mode leads the display away from what hands have reached."""
    checks = ("memory-unprotected",) if asked else ()
    handled = step("there", "keys", keys="GLOBAL 6", checks=checks)

    async def shown() -> tuple[str, str]:
        machine = scenario("healthy")
        rehearsal = VirtualLink(machine).rehearsal
        assert rehearsal is not None
        first = shown_then(rehearsal, handled)[1]
        machine.power_off()
        return first, shown_then(rehearsal, handled)[1]

    said = run(shown())
    assert said[0].startswith(lit)
    assert said[1] == dark


def test_what_is_shown_while_the_program_listens_is_not_said_to_be_before_the_check() -> None:
    heard = step("heard", "hands", rehearse=("press-hard",), checks=("aftertouch-silent",))
    rehearsal = VirtualLink(scenario("healthy")).rehearsal
    assert rehearsal is not None

    async def shown() -> str:
        return shown_then(rehearsal, heard)[1]

    assert run(shown()).startswith("its display afterwards, a sketch: ")


@pytest.mark.parametrize(("code", "offered"), [("card-lost", True), ("card-differs", False)])
def test_a_card_that_is_out_of_the_slot_can_be_put_in_again_where_a_check_missed_it(
    code: str, offered: bool
) -> None:
    begun = Run.begin(built_in("ram-card-battery"))
    at = [one.id for one in begun.procedure.steps].index("slide-in")
    done = replace(begun.states[0], mark=Mark.SENSED, verdicts=(GOOD,))
    here = replace(begun, states=(done,) * at + begun.states[at:], position=at)
    advice = Advice(code, "The card cannot be read.", "", "", "")
    bad = Verdict(False, "no", advice=advice, name="card-equals-backup")
    missed = here.after(here.judge((bad,)))
    labels = [task.label for task in tasks_of(missed, rehearsal=True)]
    assert ("insert the card" in labels) is offered
    assert labels[-1] == "put the card's new cell in"
    assert tasks_of(missed, rehearsal=False) == ()
