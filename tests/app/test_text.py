"""Text for the screen: harmless, and in glyphs that the terminal has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from m1tui.app.text import SAFE_BEYOND_ASCII, console_glyphs, fit, harmless, plain, prose


@given(st.text())
def test_harmless_text_has_no_control_character_and_keeps_its_length(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert all(sign.isprintable() or sign.isspace() for sign in shown)
    assert not any(sign in shown for sign in "\x1b\r\n\x9b\u202e\u2028")


def test_prose_keeps_its_lines() -> None:
    assert prose("one\ntwo\x07") == "one\ntwo·"


def test_square_brackets_are_only_brackets() -> None:
    assert plain("[b]Organ[/b] [$x") == Content("[b]Organ[/b] [$x")


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_fitted_line_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


def test_a_line_that_is_cut_says_so() -> None:
    assert fit("Write down the MIDI settings", 12) == "Write down.."


@given(st.text())
def test_console_glyphs_are_all_in_the_console_font(text: str) -> None:
    assert all(sign.isascii() or sign in SAFE_BEYOND_ASCII for sign in console_glyphs(text))


@pytest.mark.parametrize("text", ["Größe", "日本 Orgel", "→ weiter", "a–b", "…", "┌─┐", "plain"])
def test_console_glyphs_are_as_wide_as_what_they_stand_for(text: str) -> None:
    assert cell_len(console_glyphs(text)) == cell_len(text)
