"""Writes a report as Markdown in which no text of others is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from m1tui.store.report.document import Block, Document, Facts, Item, Items, Notice, Paragraph

_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&$^@]|(?<=www)\.|:(?=//)|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
"""What some Markdown takes for markup in the middle of a text, and at its beginning alone."""


def as_markdown(document: Document) -> str:
    """Return the document as CommonMark with tables."""
    return "\n".join(_lines(document)) + "\n"


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, line breaks, too, in one line."""
    return "<br>".join(_MARKUP.sub(r"\\\g<0>", line) for line in text.split("\n"))


def _lines(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    for section in document.sections:
        yield ""
        yield f"{'#' * (section.level + 1)} {escaped(section.title)}"
        for block in section.blocks:
            yield ""
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield escaped(text)
        case Notice(text):
            yield f"> **{escaped(text)}**"
        case Facts(pairs):
            yield "| | |"
            yield "|---|---|"
            yield from (f"| {escaped(label)} | {escaped(value)} |" for label, value in pairs)
        case Items(items):
            for item in items:
                yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    aside = f" {escaped(item.aside)}" if item.aside else ""
    # The mark as code: brackets before a text would make a link or a task of it.
    mark = f"`{item.mark}` " if item.mark else ""
    yield f"- {mark}**{escaped(item.title)}**{aside}"
    yield from (f"    - {escaped(line)}" for line in item.lines)
