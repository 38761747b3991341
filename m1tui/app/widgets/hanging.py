"""Labelled paragraphs whose lines hang under their text, not under their label."""

from __future__ import annotations

from textwrap import wrap
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.text import harmless

NARROWEST = 20
"""Columns of text below which a paragraph is not squeezed further."""


class Paragraph(NamedTuple):
    """A label, and sentences that each begin a line of their own."""

    label: str
    style: str
    """Of the label."""
    texts: tuple[str, ...]
    text_style: str = ""


class Hanging(Widget):
    """Paragraphs one under the other; all texts begin in the column behind the longest label."""

    paragraphs: reactive[tuple[Paragraph, ...]] = reactive((), layout=True)
    """What is to be read."""

    def __init__(self, paragraphs: tuple[Paragraph, ...] = (), *, name: str | None = None) -> None:
        """Begin with `paragraphs`; `name` becomes the id that the stylesheet knows."""
        super().__init__(id=name, markup=False)
        self.set_reactive(Hanging.paragraphs, paragraphs)

    def render(self) -> Content:
        """Return the paragraphs at the widget's width; `..` at the end where rows are missing."""
        width, height = self.size
        lines = self._lines(width)
        if 0 < height < len(lines):
            last = lines[height - 1]
            lines = [*lines[: height - 1], last[: max(0, width - 3)] + Content(" ..")]
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that the paragraphs need at `width` columns."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        indent = max((len(each.label) for each in self.paragraphs), default=0)
        room = max(NARROWEST, width - indent)
        return [line for each in self.paragraphs for line in hung(each, indent, room)]


def hung(paragraph: Paragraph, indent: int, room: int) -> list[Content]:
    """Return the lines of one paragraph, its texts `room` columns wide behind `indent`."""
    texts = (" ".join(text.split()) for text in paragraph.texts)
    lines = [line for text in texts for line in wrap(harmless(text), room) or [""]]
    label = harmless(paragraph.label).ljust(indent)
    return [
        Content.assemble(
            (label if index == 0 else " " * indent, paragraph.style), (line, paragraph.text_style)
        )
        for index, line in enumerate(lines)
    ]
