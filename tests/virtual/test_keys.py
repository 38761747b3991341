import pytest

from m1tui.virtual.keys import Key, parse_keys


def test_there_are_the_34_keys_of_the_panel() -> None:
    assert len(Key) == 34


@pytest.mark.parametrize(
    "text",
    [
        "GLOBAL 5 + UP D UP",
        "GLOBAL, 5, +, UP, D, UP",
        "global 5 + up d up",
        "  Global,5 ,PAGE+  Up,D up ",
        "GLOBAL 5 PAGE + UP D UP",
    ],
)
def test_all_notations_of_the_guide_press_the_same_keys(text: str) -> None:
    assert parse_keys(text) == (
        Key.GLOBAL, Key.DIGIT_5, Key.PAGE_UP, Key.UP, Key.D, Key.UP,
    )  # fmt: skip


def test_digits_that_stand_together_are_pressed_one_after_another() -> None:
    assert parse_keys("PROG 00") == (Key.PROG, Key.DIGIT_0, Key.DIGIT_0)


@pytest.mark.parametrize("text", ["EDIT PROG", "edit-prog", "EDITPROG"])
def test_a_key_of_two_words_may_be_written_in_any_way(text: str) -> None:
    assert parse_keys(text) == (Key.EDIT_PROG,)


@pytest.mark.parametrize("text", ["", "  ", " , "])
def test_no_words_are_no_keys(text: str) -> None:
    assert parse_keys(text) == ()


@pytest.mark.parametrize("key", Key)
def test_every_key_can_be_pressed_by_its_own_word(key: Key) -> None:
    assert parse_keys(key.value) == (key,)


@pytest.mark.parametrize("word", ["ENTER", "UP/DOWN", "J", "++", "5+", "²", "\x1b[31m"])
def test_a_word_that_is_no_key_is_named_harmlessly(word: str) -> None:
    with pytest.raises(ValueError, match="is not a key on the front panel") as caught:
        parse_keys(f"GLOBAL {word}")
    assert str(caught.value).isprintable()
