"""Sounds that the program plays: what is said of the notes that were sent."""

from __future__ import annotations

from m1tui.link.virtual import VirtualLink
from tests.engine.bench import machine

from .hands import checked


def test_one_note_is_one_note() -> None:
    verdict = checked("plays-sine-effects", VirtualLink(machine("healthy")))
    assert verdict.passed
    assert verdict.evidence.startswith("1 note was sent: ")
    assert verdict.found == "1 note was sent; mode and edit buffer are as before"


def test_several_notes_are_counted() -> None:
    verdict = checked("plays-kit", VirtualLink(machine("healthy")))
    assert verdict.passed
    assert " notes were sent: " in verdict.evidence
