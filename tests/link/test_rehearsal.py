"""The words by which a rehearsal's hands are told what to do."""

from __future__ import annotations

import pytest

from m1tui.link.rehearsal import VOCABULARY, Action, parse_action


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("power-off", Action("power-off")),
        ("power-on INT CARD COMBI", Action("power-on", "INT CARD COMBI")),
        (" play  60 ", Action("play", "60")),
        ("play", Action("play")),
        ("wait 5", Action("wait", "5")),
        ("press GLOBAL 5 + UP", Action("press", "GLOBAL 5 + UP")),
    ],
)
def test_an_action_is_a_word_and_what_stands_behind_it(text: str, action: Action) -> None:
    assert parse_action(text) == action


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kick", "expected one of .*power-off.*, found 'kick'"),
        ("", "expected one of"),
        ("power-off now", "power-off: expected nothing after it, found 'now'"),
        ("play 35", "play: expected a key on the keybed, 36 to 96, found '35'"),
        ("wait", "wait: expected seconds"),
        ("wait -1", "wait: expected seconds"),
        ("wait 99999", "wait: expected seconds"),
        ("press GLOBAL ENTER", "press: .*is not a key"),
        ("power-on X", "power-on: .*is not a key"),
    ],
)
def test_what_is_no_action_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_action(text)


def test_every_word_stands_for_itself() -> None:
    for word in set(VOCABULARY) - {"wait", "play-for", "try-cell"}:
        assert parse_action(word).word == word
