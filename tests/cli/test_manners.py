"""What is not certain about an M1, on the command line."""

from __future__ import annotations

import pytest

from m1tui.cli.parser import parse
from m1tui.manners import MANNERS
from tests.cli.conftest import Command


def test_all_manners_are_listed_with_what_depends_on_them(m1tui: Command) -> None:
    text = m1tui("manners").out
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    for manner in MANNERS:
        assert f"{manner.name} [{manner.mark}]: {manner.about}" in flat
        assert manner.depends in flat
    facts = m1tui("manners", "--json").facts["manners"]
    assert [one["name"] for one in facts] == [manner.name for manner in MANNERS]
    assert [one["name"] for one in facts[0]["alternatives"]] == ["24", "26", "silence"]


def test_a_port_names_the_manners_of_its_virtual_m1(m1tui: Command) -> None:
    manners = "initialised-filters=ENA,initialised-channel=16"
    ended = m1tui("--port", f"virtual:dead-battery:{manners}", "identify", "--json")
    assert (ended.code, ended.facts["channel"]) == (0, 16)


@pytest.mark.parametrize("manner", ["load-time=never", "speed=1", "load-time"])
def test_an_unknown_manner_is_a_usage_error(m1tui: Command, manner: str) -> None:
    for words in (
        ("--port", f"virtual:healthy:{manner}", "identify"),
        ("simulate", "--at", "tcp:127.0.0.1:0", "--manner", manner),
    ):
        ended = m1tui(*words)
        assert ended.code == 2
        assert "m1tui manners" in ended.err


def test_manners_of_simulate_are_collected() -> None:
    words = ["simulate", "--at", "tcp:127.0.0.1:0", "--manner", "a=b", "--manner", "c=d"]
    assert parse(words).arguments.manner == ["a=b", "c=d"]


def test_memory_is_known_to_be_free_though_the_reply_to_a_dump_takes_five_seconds(
    m1tui: Command,
) -> None:
    words = ("procedures", "run", "erase-track", "--auto", "--json")
    assert m1tui("--port", "virtual:healthy:load-time=5s", *words).facts["outcome"] == "VERIFIED"
