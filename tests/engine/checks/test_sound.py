"""Sounds that the program plays: what is said of the notes that were sent."""

from __future__ import annotations

from m1tui.link.virtual import VirtualLink
from tests.engine.bench import machine

from .hands import checked, rehearsed


def test_one_note_is_one_note() -> None:
    verdict = checked("plays-sine-effects", VirtualLink(machine("healthy")))
    assert verdict.passed
    assert verdict.evidence.startswith("1 note was sent: ")
    assert verdict.found == "1 note was sent; mode and edit buffer are as before"


def test_several_notes_are_counted() -> None:
    verdict = checked("plays-kit", VirtualLink(machine("healthy")))
    assert verdict.passed
    assert " notes were sent: " in verdict.evidence


def test_a_key_is_heard() -> None:
    verdict = rehearsed("a-key-seen", VirtualLink(machine("healthy")), "play 60").verdict
    assert verdict.passed
    assert verdict.found == "a key went down"


def test_a_note_of_a_song_is_not_taken_for_a_key() -> None:
    link = VirtualLink(machine("healthy"))
    verdict = rehearsed("a-key-seen", link, "press SEQ START/STOP").verdict
    assert verdict.passed is None
    assert verdict.advice is not None
    assert verdict.advice.code == "song-or-key"
    again = rehearsed("a-key-seen", link, "press START/STOP PROG", "play 60").verdict
    assert again.passed
