"""The owner's guide's notation of keys."""

from __future__ import annotations

import pytest

from m1tui.procedures import parse_keys
from m1tui.procedures.keys import KEYS, KeyNotationError


def test_the_guides_sequence_is_read_key_by_key() -> None:
    keys = parse_keys("GLOBAL 5 + UP D UP F UP H UP")
    assert keys == ("GLOBAL", "5", "+", "UP", "D", "UP", "F", "UP", "H", "UP")


def test_digits_that_stand_together_are_pressed_one_by_one() -> None:
    assert parse_keys("PROG 00 UP DOWN") == ("PROG", "0", "0", "UP", "DOWN")


def test_the_panel_has_34_keys() -> None:
    assert len(KEYS) == 34


@pytest.mark.parametrize("word", ["ENTER", "I", "global", "٥", "+-", "START"])
def test_a_word_that_is_no_key_is_named(word: str) -> None:
    with pytest.raises(KeyNotationError, match="is no key") as caught:
        parse_keys(f"GLOBAL {word} UP")
    assert caught.value.word == word
