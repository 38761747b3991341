"""What hands do in a rehearsal: each action has words for a person."""

from __future__ import annotations

import pytest

from m1tui.app.run.handiwork import words_of
from m1tui.link.rehearsal import VOCABULARY
from m1tui.procedures.library import load
from m1tui.resources import screens_folder

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
