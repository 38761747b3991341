"""Writes a report as plain text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from m1tui.store.report.document import Block, Document, Facts, Item, Items, Notice, Paragraph

COLUMNS = 80
_LABEL = 22
_INDENT = " " * 4
_LINES = {0: "=", 1: "-", 2: "."}
"""What a heading of each level is underlined with."""


def as_text(document: Document) -> str:
    """Return the document as lines of at most 80 columns."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from _heading(document.title, 0)
    for section in document.sections:
        yield ""
        yield from _heading(section.title, section.level)
        for block in section.blocks:
            yield from _block(block)


def _heading(title: str, level: int) -> Iterator[str]:
    lines = _wrapped(title, "", "")
    yield from lines
    yield _LINES[level] * max(map(len, lines))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from _wrapped(text, "", "")
        case Notice(text):
            yield from ("", *_wrapped(text, "*** ", "*** "), "")
        case Facts(pairs):
            for label, value in pairs:
                yield from _wrapped(value, f"{label:<{_LABEL - 1}} ", " " * _LABEL)
        case Items(items):
            for item in items:
                yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    title = f"{item.mark} {item.title}".strip()
    aside = f"  {item.aside}" if item.aside else ""
    room = COLUMNS - len(aside)
    if len(title) <= room:
        yield f"{title:<{room}}{aside}" if aside else title
    else:
        yield from _wrapped(f"{title}{aside}", "", _INDENT)
    for line in item.lines:
        yield from _wrapped(line, _INDENT, _INDENT + "  ")


def _wrapped(text: str, first: str, following: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        indent = following if lines else first
        lines += textwrap.wrap(
            line,
            COLUMNS,
            initial_indent=indent,
            subsequent_indent=following,
            break_on_hyphens=False,
        ) or [indent.rstrip()]
    return lines
