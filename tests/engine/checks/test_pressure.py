"""Channel pressure that must not come while keys are played."""

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
    assert heard.notes[-1] == heard.verdict.found
    assert heard.verdict.passed is False
    assert heard.verdict.advice is not None
    assert AFTERTOUCH_OFF in heard.verdict.advice.next_step
    assert heard.seconds < 1


def test_a_key_that_is_still_down_is_not_called_held_for_no_time() -> None:
    verdict = said("aftertouch-silent", ON, 0.5, b"\xd0\x40").verdict
    assert verdict.evidence == "1 note, a key still down, channel pressure"


def test_a_short_note_is_not_called_held_for_no_time() -> None:
    verdict = said("aftertouch-silent", ON, OFF).verdict
    assert verdict.evidence == "1 note, held for less than 0.1 s, no channel pressure"
    assert verdict.word == "undecided", "there was an answer"


def test_where_nothing_was_played_no_time_is_named() -> None:
    assert said("aftertouch-silent", SENSING).verdict.evidence == "no notes, no channel pressure"


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
