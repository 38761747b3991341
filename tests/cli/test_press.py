"""`press`: keys on a virtual M1 from the command line."""

from __future__ import annotations

import pytest

from m1tui.virtual.keys import Key
from tests.cli.conftest import Command

FILTERS = ("program_change", "aftertouch", "control", "exclusive")


def test_the_display_after_each_key_and_the_settings_at_the_end(m1tui: Command) -> None:
    ended = m1tui("press", "GLOBAL 5 + UP D UP F UP H UP", "--scenario", "used", "--json")
    assert ended.code == 0
    displays = ended.facts["displays"]
    assert len(displays) == 10
    assert all([len(line) for line in lines] == [40, 40] for lines in displays)
    assert displays[-1][1].count("ENA") == 4
    assert all(ended.facts["settings"][name] is True for name in FILTERS)
    assert ended.facts["settings"]["protect_program_internal"] is True


@pytest.mark.parametrize(
    "words",
    [
        ["GLOBAL 5 + UP -"],
        ["GLOBAL", "5", "+", "UP", "-"],
        ["GLOBAL,", "5,", "+,", "UP,", "-"],
        ["GLOBAL 5", "+ UP -"],
    ],
)
def test_keys_may_be_one_word_or_several(m1tui: Command, words: list[str]) -> None:
    ended = m1tui("press", *words, "--scenario", "used", "--json")
    assert ended.code == 0
    assert ended.facts["settings"]["page"] == "5-1"
    assert [ended.facts["settings"][name] for name in FILTERS] == [True, False, False, False]


def test_people_are_told_that_the_display_is_a_sketch(m1tui: Command) -> None:
    ended = m1tui("press", "PROG", "4", "2")
    assert ended.code == 0
    assert "sketch" in ended.out.splitlines()[0]
    assert "      PROG |Prog I00" in ended.out
    assert "         2 |Prog I42" in ended.out
    assert "exclusive: on" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize("words", [["GLOBAL ENTER"], ["GLOBAL", "ENTER"]])
def test_a_word_that_is_no_key_is_told_with_all_the_keys(m1tui: Command, words: list[str]) -> None:
    ended = m1tui("press", *words)
    assert ended.code == 2
    assert '"ENTER" is not a key' in ended.err
    assert all(key.value in ended.err for key in Key)


@pytest.mark.parametrize("keys", ["", " , "])
def test_no_keys_are_a_usage_error(m1tui: Command, keys: str) -> None:
    assert m1tui("press", keys).code == 2


def test_a_new_virtual_m1_is_pressed_each_time_and_none_is_kept(m1tui: Command) -> None:
    for _ in range(2):
        ended = m1tui("press", "GLOBAL 5 UP", "--json")
        assert ended.facts["settings"]["channel"] == 2


def test_with_port_virtual_the_kept_one_is_pressed_and_kept(m1tui: Command) -> None:
    for channel in (2, 3):
        ended = m1tui("press", "GLOBAL 5 UP", "--port", "virtual", "--json")
        assert ended.facts["settings"]["channel"] == channel
    again = m1tui("press", "GLOBAL 5", "--port", "virtual:used", "--json")
    assert again.facts["settings"]["channel"] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "raw:/dev/x"], "only be pressed on a virtual M1"),
        (["--port", "virtual:broken"], "expected one of healthy"),
        (["--scenario", "broken"], "expected one of healthy"),
    ],
)
def test_what_cannot_be_pressed_is_told(m1tui: Command, options: list[str], told: str) -> None:
    ended = m1tui("press", "PROG", *options)
    assert ended.code == 2
    assert told in ended.err
