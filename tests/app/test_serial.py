"""The serial numbers' screen answers while somebody types, in the command's own words."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.serial import SerialScreen
from m1tui.store.serials import finding_lines, serial_table
from tests.app.gallery import Visit, visit
from tests.app.rendering import check_golden, text_of


def asked(query: str, then: Visit) -> None:
    async def ask(pilot: Pilot[int]) -> None:
        pilot.app.screen.query_one(Input).value = query
        await pilot.pause()
        await then(pilot)

    visit(SerialScreen, ask)


@pytest.mark.parametrize(
    ("query", "golden"),
    [("", "serial"), ("388'831", "serial-number"), ("ms20", "serial-model"), ("M1", "serial-m1")],
)
def test_an_answer_is_drawn_as_its_golden(query: str, golden: str) -> None:
    async def look(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, golden)

    asked(query, look)


@pytest.mark.parametrize("query", ["439366", "0123", "20?384", "53123456", "125138", "112233", "x"])
def test_the_texts_are_those_of_the_command(query: str) -> None:
    lines = [" ".join(line.split()) for line in finding_lines(serial_table().look_up(query))]
    seen: list[str] = []

    async def read_on(pilot: Pilot[int]) -> None:
        for _ in range(8):
            seen.append(text_of(pilot.app))
            await pilot.press("pagedown")
            await pilot.pause()

    asked(query, read_on)
    words = " ".join(" ".join(seen).split())
    assert lines
    for line in lines:
        assert set(line.split()) <= set(words.split()), line


def test_what_is_typed_is_answered_at_once_and_emptied_by_one_key() -> None:
    async def type_in(pilot: Pilot[int]) -> None:
        await pilot.press(*"388831")
        await pilot.pause()
        assert "388831 → PolySix, 1981" in text_of(pilot.app)
        await pilot.press("ctrl+u")
        await pilot.pause()
        assert "Type a serial number" in text_of(pilot.app)
        await pilot.press("f1", "escape")

    assert visit(SerialScreen, type_in).answers == ["help", None]


def test_pasted_control_characters_are_drawn_harmlessly() -> None:
    async def look(pilot: Pilot[int]) -> None:
        lines = text_of(pilot.app).splitlines()
        assert all("\x1b" not in line for line in lines[4:])
        assert "No model with that name" in text_of(pilot.app)

    asked("\x1b[2J[bold]", look)
