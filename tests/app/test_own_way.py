"""Every advice that the app can show names the app's own way, and no command."""

from __future__ import annotations

import re
from pathlib import Path
from re import Pattern

import pytest

import m1tui.app
from m1tui.advice import Advice
from m1tui.app.own_way import WAYS, own_way
from m1tui.app.run.results import labelled
from m1tui.cli.parser import COMMANDS
from m1tui.engine.diagnosis import LOOPBACK, several
from m1tui.store import Store
from m1tui.sysex.causes import CAUSES
from tests.codes import Place, places

NOT_IN_THE_APP = {
    "dry-run",
    "auto-needs-virtual-m1",
    "survey-unusable",
    "transcript-unreadable",
}
"""Codes of what only a command does."""
ONLY_COMMANDS = ("m1tui/cli/", "m1tui/web/", "m1tui/virtual/")
ELSEWHERE = ("simulate", "serve")
"""Commands that run in another terminal, beside the app."""
OPTION = re.compile(r"--(?!port|channel|data-dir|folder|at)[a-z]")
"""An option of a command; the others are the app's, too, or those of a command elsewhere."""


BROKEN = Path(__file__).parents[1] / "cases" / "truncated-programs-at-60-percent.syx"


def every_text(data: Path) -> set[str]:
    """Return what may be said in the app, with a number for whatever is put in."""
    texts = {text for one in places() for text in (one.happened, one.cause, one.next_step)}
    texts |= {text for cause in CAUSES.values() for text in cause}
    texts |= {one.told for one in Store(data).import_dumps((BROKEN,))}
    return {text.replace("…", "1") for text in texts}


def commands_in(text: str) -> list[str]:
    words = "|".join(sorted(set(COMMANDS) - set(ELSEWHERE)))
    named = re.findall(rf"(?<!and run )\bm1tui (?:{words})\b", own_way(text))
    return [*named, *OPTION.findall(own_way(text))]


SAID_IN_THE_APP = [
    place
    for place in places()
    if not place.file.startswith(ONLY_COMMANDS) and place.code not in NOT_IN_THE_APP
]


@pytest.mark.parametrize(
    "place", SAID_IN_THE_APP, ids=lambda one: f"{one.code}-{one.file}-{one.line}"
)
def test_an_advice_names_no_command_in_the_app(place: Place) -> None:
    assert commands_in(place.happened) == []
    assert commands_in(place.cause) == []
    assert commands_in(place.next_step) == []


def test_the_app_shows_no_advice_but_as_it_is_worded_for_it() -> None:
    for path in Path(m1tui.app.__path__[0]).rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        raw = re.findall(r"str\(\w+\.advice\)|\w+\.advice\.(?:lines|next_step)", source)
        assert raw == [], path.name


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_what_is_wrong_with_a_file_names_no_command_in_the_app(code: str) -> None:
    assert commands_in(" ".join(CAUSES[code])) == []


def test_the_page_of_a_result_names_the_apps_own_test_of_an_interface() -> None:
    advice = Advice("a-code", "It differs.", "Nothing is lost.", next_step=LOOPBACK)
    assert dict(labelled(advice))["Now"].endswith("with one cable and press t on home")


def test_of_two_m1s_the_app_says_how_to_start_it_with_either() -> None:
    advice = several((0, 2), None)
    assert own_way(advice.next_step) == (
        "Start m1tui with --channel 1 or --channel 3, or disconnect all but one, then try again."
    )


def test_what_is_worded_for_the_app_stays_as_it_is(tmp_path: Path) -> None:
    for text in every_text(tmp_path):
        assert own_way(own_way(text)) == own_way(text)


@pytest.mark.parametrize("way", WAYS, ids=lambda one: one[0].pattern)
def test_every_way_is_that_of_something_said(tmp_path: Path, way: tuple[Pattern[str], str]) -> None:
    assert any(way[0].search(text) for text in every_text(tmp_path))
