"""The owner's guide's notation of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.errors import KeyNotationError
from m1tui.procedures.keys import KEYS, Press, parse_keys, presses, turned_names
from m1tui.procedures.library import load
from m1tui.procedures.loader import procedure_files
from m1tui.procedures.values import Choice
from m1tui.resources import screens_folder


def test_the_guides_sequence_is_read_key_by_key() -> None:
    keys = parse_keys("GLOBAL 5 + UP D UP F UP H UP")
    assert keys == ("GLOBAL", "5", "+", "UP", "D", "UP", "F", "UP", "H", "UP")


def test_digits_that_stand_together_are_pressed_one_by_one() -> None:
    assert parse_keys("PROG 00 UP DOWN") == ("PROG", "0", "0", "UP", "DOWN")


def test_the_panel_has_34_keys() -> None:
    assert len(KEYS) == 34


@pytest.mark.parametrize("word", ["ENTER", "I", "global", "٥", "+-", "START"])
def test_a_word_that_is_no_key_is_named(word: str) -> None:
    with pytest.raises(KeyNotationError, match="is not a key") as caught:
        parse_keys(f"GLOBAL {word} UP")
    assert caught.value.word == word


SONG = {"song": Choice(place=3, span=9, shown="3", number=3)}


def test_up_and_down_reach_a_value_from_wherever_the_field_stands() -> None:
    seq, turned, go = presses("SEQ UP/DOWN:song G", SONG)
    assert (seq, go) == (Press("SEQ", ("SEQ",)), Press("G", ("G",)))
    assert turned.label == "UP/DOWN until song 3"
    assert turned.keys == ("DOWN",) * 9 + ("UP",) * 3


def test_a_value_of_several_words_is_named_in_words() -> None:
    chosen = {"card-programs": Choice(place=1, span=1, shown="ON", number=1)}
    assert presses("UP/DOWN:card-programs", chosen)[0].label == "UP/DOWN until card programs ON"
    assert presses("UP/DOWN:card-programs", {})[0].label == "UP/DOWN to the card programs"


def test_a_number_is_typed_in_two_digits() -> None:
    program = {"program": Choice(place=7, span=99, shown="7", number=7)}
    assert presses("PROG {program}", program)[1] == Press("07", ("0", "7"))


def test_a_value_that_is_not_known_yet_is_named_and_presses_nothing() -> None:
    assert presses("B UP/DOWN:song {program}", {}) == (
        Press("B", ("B",)),
        Press("UP/DOWN to the song", ()),
        Press("the program in 2 digits", ()),
    )


@pytest.mark.parametrize("word", ["UP/DOWN", "UP/DOWN:", "UP:song", "{}", "{Song}", "DOWN/UP:song"])
def test_a_value_is_written_in_one_way_only(word: str) -> None:
    with pytest.raises(KeyNotationError):
        parse_keys(word)


@pytest.mark.parametrize("path", procedure_files([screens_folder()]), ids=lambda path: path.stem)
def test_a_keycap_calls_a_value_as_the_form_calls_it(path: Path) -> None:
    steps = load(path).steps
    labels = {field.name: field.label.lower() for step in steps for field in step.fields}
    for name in {name for step in steps for name in turned_names(step.keys)}:
        words = name.split("-")
        assert any(word in labels[name] for word in words), (name, labels[name])
