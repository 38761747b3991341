"""Writes a report as one HTML file that needs no other, and that prints well."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from m1tui.store.report.document import Block, Document, Facts, Item, Items, Notice, Paragraph

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
    text = "\n".join(_lines(document)) + "\n"
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _lines(document: Document) -> Iterator[str]:
    yield _HEAD.format(title=escape(document.title), style=_STYLE)
    for section in document.sections:
        level = section.level + 1
        yield f"<h{level}>{escape(section.title)}</h{level}>"
        for block in section.blocks:
            yield from _block(block)
    yield "</body>"
    yield "</html>"


def _block(block: Block) -> Iterator[str]:
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
                yield from _item(item)
            yield "</ol>"


def _written(text: str) -> str:
    """Return a text in which line breaks stay."""
    return escape(text).replace("\n", "<br>")


def _item(item: Item) -> Iterator[str]:
    aside = f'<span class="aside">{escape(item.aside)}</span>' if item.aside else ""
    mark = f'<span class="mark">{escape(item.mark)}</span> ' if item.mark else ""
    yield f"<li>{aside}{mark}<strong>{escape(item.title)}</strong>"
    if item.lines:
        yield "<ul>"
        yield from (f"<li>{_written(line)}</li>" for line in item.lines)
        yield "</ul>"
    yield "</li>"
