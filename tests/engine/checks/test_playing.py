"""What must not come while keys are played, and which song is heard to play."""

from __future__ import annotations

import pytest

from m1tui.link.virtual import VirtualLink
from tests.engine.bench import machine

from .hands import SENSING, rehearsed, said

AFTERTOUCH_OFF = "GLOBAL 5 + D DOWN"
ON, OFF = b"\x90\x3c\x40", b"\x80\x3c\x40"


def test_a_key_that_is_held_without_pressure_passes_soon_after_it_is_up() -> None:
    heard = rehearsed("aftertouch-silent", VirtualLink(machine(keys=AFTERTOUCH_OFF)), "press-hard")
    assert heard.verdict.passed
    assert heard.verdict.evidence == "1 note, held for up to 0.3 s, no channel pressure"
    assert heard.seconds < 3


def test_pressure_fails_at_once() -> None:
    heard = rehearsed("aftertouch-silent", VirtualLink(machine()), "press-hard")
    assert heard.verdict.passed is False
    assert heard.verdict.advice is not None
    assert AFTERTOUCH_OFF in heard.verdict.advice.next_step
    assert heard.seconds < 1


def test_pressure_of_nothing_is_none() -> None:
    assert said("aftertouch-silent", ON, 0.5, b"\xd0\x00", OFF).verdict.passed


@pytest.mark.parametrize("played", [(SENSING,), (ON, 0.1, OFF), (ON, 0.1, OFF, ON, 0.1, OFF)])
def test_silence_proves_nothing_while_nobody_holds_a_key(played: tuple[bytes | float, ...]) -> None:
    verdict = said("aftertouch-silent", *played).verdict
    assert verdict.passed is None
    assert verdict.advice is not None
    assert "Hold a key" in verdict.advice.next_step


def test_the_end_waits_for_keys_that_are_still_down() -> None:
    other = b"\x90\x40\x40"
    late = said("aftertouch-silent", ON, 0.5, other, OFF, 10.0, b"\xd0\x40", b"\x80\x40\x40")
    assert late.verdict.passed is False


def test_a_song_that_starts_and_sends_notes_plays() -> None:
    heard = rehearsed("song-plays", VirtualLink(machine()), "press SEQ START/STOP")
    assert heard.verdict.passed
    assert heard.verdict.evidence == "no song select, start, 1 note"


def test_the_song_that_was_chosen_is_told_from_others() -> None:
    acts = "press SEQ B UP START/STOP"
    right = rehearsed("song-plays", VirtualLink(machine()), acts, values={"song": "1"})
    assert right.verdict.passed
    wrong = rehearsed("song-plays", VirtualLink(machine()), acts, values={"song": "2"})
    assert wrong.verdict.passed is False
    assert wrong.verdict.found.startswith("song 1 chosen, start, ")


def test_a_song_that_nobody_chose_may_be_any() -> None:
    acts = "press SEQ START/STOP"
    verdict = rehearsed("song-plays", VirtualLink(machine()), acts, values={"song": "0"}).verdict
    assert verdict.passed is None
    assert verdict.advice is not None
    assert "did not tell which song" in verdict.advice.cause


def test_a_song_that_was_chosen_and_left_again_is_not_the_one() -> None:
    passing = said("song-plays", b"\xf3\x02", b"\xf3\x03", b"\xfa", ON, values={"song": "2"})
    assert passing.verdict.passed is False


@pytest.mark.parametrize(
    ("acts", "why"),
    [
        ("press SEQ B UP", "START/STOP was not pressed"),
        ("press SEQ B UP UP UP UP UP UP START/STOP", "holds no notes"),
        ("press PROG START/STOP", "START/STOP was not pressed"),
        ("play 60", "START/STOP was not pressed"),
    ],
)
def test_what_is_no_playing_song_says_why(acts: str, why: str) -> None:
    verdict = rehearsed("song-plays", VirtualLink(machine()), acts).verdict
    assert verdict.passed is False
    assert verdict.advice is not None
    assert why in verdict.advice.cause


def test_a_clock_alone_is_no_song() -> None:
    assert said("song-plays", b"\xf8" * 48).verdict.passed is False
