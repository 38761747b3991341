"""What the checks of a step answered, each with its word, so that colour is not needed."""

from __future__ import annotations

from textual.reactive import reactive

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.run.pictures import Evidence
from m1tui.app.widgets.hanging import Hanging, Paragraph

WORDS = {True: ("ok  ", LIT), False: ("NO  ", LAMP), None: ("    ", FAINT)}
"""What stands before a piece of evidence: as it should be, not so, nothing judged."""

UNHEARD = ("?   ", ACCENT)
"""What stands before a question that was asked and not answered."""


class EvidenceList(Hanging):
    """One paragraph per check: its word, its evidence, and what to do about it."""

    evidence: reactive[tuple[Evidence, ...]] = reactive(())
    """The answers, in the order of the checks."""

    def watch_evidence(self, evidence: tuple[Evidence, ...]) -> None:
        self.paragraphs = tuple(paragraph_of(piece) for piece in evidence)


def paragraph_of(piece: Evidence) -> Paragraph:
    """Return a piece of evidence with its word before it."""
    word, style = UNHEARD if piece.unheard else WORDS[piece.passed]
    return Paragraph(word, style, (piece.text, *piece.advice))
