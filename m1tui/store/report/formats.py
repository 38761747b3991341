"""Gives a report one of its forms, text, Markdown, HTML or JSON, and keeps it as a file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from m1tui.store.atomic import DISK, Disk, write_named
from m1tui.store.records import VisitRecord
from m1tui.store.report.customer import customer_page
from m1tui.store.report.document import (
    Block,
    Document,
    Facts,
    Item,
    Items,
    Notice,
    Paragraph,
    document,
)
from m1tui.store.report.facts import Finding, Report

COLUMNS = 80
_LABEL = 22
_INDENT = " " * 4
_LINES = {0: "=", 1: "-", 2: "."}
"""What a heading of each level is underlined with."""


def as_text(document: Document) -> str:
    """Return the document as lines of at most 80 columns."""
    return "\n".join(_text_lines(document)) + "\n"


def _text_lines(document: Document) -> Iterator[str]:
    yield from _heading(document.title, 0)
    for section in document.sections:
        yield ""
        yield from _heading(section.title, section.level)
        before: Block | None = None
        for block in section.blocks:
            lines = list(_text_block(block))
            if isinstance(before, Paragraph) and not isinstance(block, Notice):
                yield ""
            # Between two notices, one empty line is enough.
            yield from lines[1:] if isinstance(before, Notice) and not lines[0] else lines
            before = block


def _heading(title: str, level: int) -> Iterator[str]:
    lines = _wrapped(title, "", "")
    yield from lines
    yield _LINES[level] * max(map(len, lines))


def _text_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from _wrapped(text, "", "")
        case Notice(text):
            yield from ("", *_wrapped(text, "*** ", "*** "), "")
        case Facts(pairs):
            for label, value in pairs:
                if len(label) < _LABEL - 1:
                    yield from _wrapped(value, f"{label:<{_LABEL - 1}} ", " " * _LABEL)
                else:
                    yield from _wrapped(label, "", _INDENT)
                    yield from _wrapped(value, " " * _LABEL, " " * _LABEL)
        case Items(items):
            for item in items:
                yield from _text_item(item)


def _text_item(item: Item) -> Iterator[str]:
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


_ANYWHERE = r"[\\`*_\[\]<>#|~&$^@]|(?<=www)\.|:(?=//)"
_MARKUP = re.compile(_ANYWHERE + r"|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
"""What some Markdown takes for markup in the middle of a text, and only at its beginning."""
_CELL = re.compile(_ANYWHERE)
"""The same in a table's cell, in which no list begins."""


def as_markdown(document: Document) -> str:
    """Return the document as CommonMark with tables."""
    return "\n".join(_markdown_lines(document)) + "\n"


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, line breaks, too, in one line."""
    return _without(_MARKUP, text)


def _in_cell(text: str) -> str:
    """Return the same of a text in a table's cell."""
    return _without(_CELL, text)


def _without(markup: re.Pattern[str], text: str) -> str:
    return "<br>".join(markup.sub(r"\\\g<0>", line) for line in text.split("\n"))


def _markdown_lines(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    for section in document.sections:
        yield ""
        yield f"{'#' * (section.level + 1)} {escaped(section.title)}"
        for block in section.blocks:
            yield ""
            yield from _markdown_block(block)


def _markdown_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield escaped(text)
        case Notice(text):
            yield f"> **{escaped(text)}**"
        case Facts(pairs):
            yield "| | |"
            yield "|---|---|"
            yield from (f"| {_in_cell(label)} | {_in_cell(value)} |" for label, value in pairs)
        case Items(items):
            for item in items:
                yield from _markdown_item(item)


def _markdown_item(item: Item) -> Iterator[str]:
    aside = f" {escaped(item.aside)}" if item.aside else ""
    # The mark as code: brackets before a text would make a link or a task of it.
    mark = f"`{item.mark}` " if item.mark else ""
    yield f"- {mark}**{escaped(item.title)}**{aside}"
    yield from (f"    - {escaped(line)}" for line in item.lines)


_STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.45 Georgia, "Times New Roman", serif; color: #111; background: #fff;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { font-family: Helvetica, Arial, sans-serif; line-height: 1.2; }
h1 { font-size: 1.5rem; border-bottom: 2px solid #111; padding-bottom: .3rem; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; border-bottom: 1px solid #999; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: normal; color: #555; width: 11rem; vertical-align: top; }
th, td { padding: .1rem .5rem .1rem 0; overflow-wrap: anywhere; }
ol { list-style: none; margin: .4rem 0; padding: 0; }
ol > li { margin: .35rem 0; break-inside: avoid; }
ul { list-style: none; margin: 0; padding: 0 0 0 2.6rem; font-size: .88rem; color: #333; }
li, p { overflow-wrap: anywhere; }
.mark { font: .9rem/1 "Courier New", monospace; font-weight: bold; white-space: pre; }
.notice { border: 2px solid #111; padding: .5rem .8rem; font-weight: bold; }
.aside { float: right; font-size: .85rem; color: #555; }
@page { margin: 18mm;
  @bottom-right { content: counter(page) " / " counter(pages);
    font: 8pt Helvetica, Arial, sans-serif; color: #555; } }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
}
"""

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>"""


def as_html(document: Document) -> str:
    """Return the document as HTML in ASCII; every text in it is escaped."""
    text = "\n".join(_html_lines(document)) + "\n"
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _html_lines(document: Document) -> Iterator[str]:
    yield _HEAD.format(title=escape(document.title), style=_STYLE)
    for section in document.sections:
        level = section.level + 1
        yield f"<h{level}>{escape(section.title)}</h{level}>"
        for block in section.blocks:
            yield from _html_block(block)
    yield "</body>"
    yield "</html>"


def _html_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"<p>{_written(text)}</p>"
        case Notice(text):
            yield f'<p class="notice">{_written(text)}</p>'
        case Facts(pairs):
            yield "<table>"
            for label, value in pairs:
                yield f'<tr><th scope="row">{escape(label)}</th><td>{_written(value)}</td></tr>'
            yield "</table>"
        case Items(items):
            yield "<ol>"
            for item in items:
                yield from _html_item(item)
            yield "</ol>"


def _written(text: str) -> str:
    """Return a text in which line breaks stay."""
    return escape(text).replace("\n", "<br>")


def _html_item(item: Item) -> Iterator[str]:
    aside = f'<span class="aside">{escape(item.aside)}</span>' if item.aside else ""
    mark = f'<span class="mark">{escape(item.mark)}</span> ' if item.mark else ""
    yield f"<li>{aside}{mark}<strong>{escape(item.title)}</strong>"
    if item.lines:
        yield "<ul>"
        yield from (f"<li>{_written(line)}</li>" for line in item.lines)
        yield "</ul>"
    yield "</li>"


def as_facts(report: Report) -> dict[str, Any]:
    """Return a report as what JSON can hold, every record as it is kept."""
    return {
        "visit": _without_removed(report.visit),
        "instrument": msgspec.to_builtins(report.instrument),
        "rehearsal": bool(report.rehearsals),
        "found": _listed(report.found),
        "done": msgspec.to_builtins(report.runs),
        "proved": _listed(report.proved),
        "not_proved": _listed(report.unproved),
        "by_word": _listed(report.by_word),
    }


def _without_removed(visit: VisitRecord) -> dict[str, Any]:
    """Return a visit without what was taken out of it: no report has that."""
    facts: dict[str, Any] = msgspec.to_builtins(visit)
    del facts["removed"]
    return facts


def _listed(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def _as_json(report: Report) -> str:
    import json  # late: the other forms need none

    return json.dumps(as_facts(report), indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": lambda report: as_text(document(report)),
        "md": lambda report: as_markdown(document(report)),
        "html": lambda report: as_html(document(report)),
        "json": _as_json,
    }
)
"""The forms by the words of the command line."""


def render(report: Report, form: str, *, customer: bool = False) -> str:
    """Return the report in a form of `FORMATS`, ending in a line break. Raises KeyError.

    For a `customer` it is the page of `customer_page`, in JSON as sections and lines.
    """
    if not customer:
        return FORMATS[form](report)
    page = customer_page(report)
    if form == "json":
        import json  # late: the other forms need none

        return json.dumps(asdict(page), indent=2) + "\n"
    return {"text": as_text, "md": as_markdown, "html": as_html}[form](page)


SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": ".txt", "md": ".md", "html": ".html", "json": ".json"}
)
"""The ending of a file in each of the forms."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 ._-]+")
_LONGEST = 80


def keep(
    report: Report, form: str, folder: Path, *, customer: bool = False, disk: Disk = DISK
) -> Path:
    """Write `report` in a form of `FORMATS` as a new file in `folder`; return its path.

    The file is called by the visit and the instrument. Raises StoreError, KeyError for no form.
    """
    data = render(report, form, customer=customer).encode()
    stem = _stem(report)
    if customer:
        stem = f"{stem.removesuffix('report')}for the customer"
    return write_named(folder, stem, SUFFIXES[form], data, disk=disk)


def _stem(report: Report) -> str:
    """Return a name that every file system takes: "2026-11-20 M1 112233 Blue case report"."""
    instrument = report.instrument.title if report.instrument is not None else ""
    words = _NOT_IN_NAMES.sub("", f"{report.visit.id} {instrument}")
    return f"{' '.join(words.split())[:_LONGEST].strip(' .')} report"
