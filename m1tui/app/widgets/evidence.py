"""What the checks of a step answered, each with its word, so that colour is not needed."""

from __future__ import annotations

from textwrap import wrap

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, LAMP, LIT
from m1tui.app.snapshots import Evidence
from m1tui.app.text import plain, prose

WORDS = {True: ("ok  ", LIT), False: ("NO  ", LAMP), None: ("    ", ACCENT)}
"""What stands before a piece of evidence: as it should be, not so, nothing judged."""

UNHEARD = ("?   ", ACCENT)
"""What stands before a question that was asked and not answered."""

INDENT = "    "
"""As wide as a word, so that each piece of evidence hangs under its own."""

NARROWEST = 20


class EvidenceList(Widget):
    """One paragraph per check: its word, its evidence, and what to do about it."""

    evidence: reactive[tuple[Evidence, ...]] = reactive((), layout=True)
    """The answers, in the order of the checks."""

    def render(self) -> Content:
        """Return the paragraphs at the widget's width."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that the paragraphs need at `width` columns."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        room = max(NARROWEST, width - len(INDENT))
        return [line for piece in self.evidence for line in self._paragraph(piece, room)]

    def _paragraph(self, piece: Evidence, room: int) -> list[Content]:
        word, style = UNHEARD if piece.unheard else WORDS[piece.passed]
        texts = (prose(piece.text), *(prose(line) for line in piece.advice))
        first, *rest = [line for text in texts for line in wrap(text, room) or [""]]
        return [
            Content.assemble((word, style), plain(first)),
            *(plain(INDENT + line) for line in rest),
        ]
