"""What hands do in a rehearsal: each action has words for a person."""

from __future__ import annotations

import pytest

from m1tui.clock import run
from m1tui.link.rehearsal import VOCABULARY
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.hands import shown_then, words_of
from m1tui.procedures.library import load
from m1tui.resources import screens_folder
from m1tui.virtual.scenarios import scenario

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


def test_what_a_virtual_m1_showed_is_said_of_then_since_its_display_moves_on() -> None:
    async def shown() -> tuple[str, str]:
        machine = scenario("healthy")
        rehearsal = VirtualLink(machine).rehearsal
        assert rehearsal is not None
        lit = shown_then(rehearsal)[1]
        machine.power_off()
        return lit, shown_then(rehearsal)[1]

    lit, dark = run(shown())
    assert lit.startswith("its display afterwards, a sketch: ")
    assert dark == "its display was dark afterwards"
