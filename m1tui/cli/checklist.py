"""A procedure on paper: boxes to tick by pen, keys as keycaps, drawings, fields to write into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TypeAlias

from m1tui.engine.checks import PROVES
from m1tui.procedures.claims import Claim, claims_of, said_of
from m1tui.procedures.drawings import drawing
from m1tui.procedures.schema import Option, Procedure, Step, When
from m1tui.procedures.values import Field, with_values
from m1tui.store.report.formats import escaped

Titles: TypeAlias = Mapping[str, str]

_STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.4 Georgia, "Times New Roman", serif; color: #111; background: #fff;
  max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; }
h1, h2, button { font-family: Helvetica, Arial, sans-serif; line-height: 1.2; }
h1 { font-size: 1.4rem; border-bottom: 2px solid #111; padding-bottom: .3rem; }
h2 { font-size: 1.02rem; margin: 0; }
p { margin: .3rem 0; }
button { float: right; font-size: .95rem; padding: .3rem .8rem; }
.step { display: grid; grid-template-columns: 2.2rem minmax(0, 1fr); border-top: 1px solid #bbb;
  padding: .55rem 0 .6rem; break-inside: avoid; }
.box { width: 1.05rem; height: 1.05rem; border: 1.6px solid #111; margin-top: .1rem; }
.option .box { display: inline-block; width: .8rem; height: .8rem; margin: 0 .5rem -.05rem 0; }
.warning { border: 1.6px solid #111; padding: .25rem .5rem; font-weight: bold; }
.warning::before { content: "\\26A0\\00A0"; }
.keys { margin: .45rem 0; line-height: 2; }
kbd { font: .82rem/1 Helvetica, Arial, sans-serif; border: 1.4px solid #111; border-radius: .25rem;
  border-bottom-width: 3px; padding: .12rem .42rem; margin-right: .3rem; white-space: nowrap; }
.field { display: flex; gap: .6rem; align-items: baseline; margin: .35rem 0; }
.line { flex: 1; border-bottom: 1px solid #111; min-width: 8rem; height: 1.1rem; }
.small { font-size: .82rem; color: #444; }
pre { font: .78rem/1.15 "Courier New", monospace; margin: .4rem 0; }
@page { margin: 15mm 16mm;
  @bottom-right { content: counter(page) " / " counter(pages);
    font: 8pt Helvetica, Arial, sans-serif; color: #555; } }
@media print { button { display: none; } body { margin: 0; max-width: none; font-size: 10pt; } }
"""
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<button onclick="print()">Print</button>
<h1>{title}</h1>"""
_FOR = ("Instrument", "Serial number", "Date", "Technician")
"""What stands at the head, to be written in by pen."""
FORMATS = ("text", "md", "html")


ENDS_HERE = "The procedure ends here."
"""Stands under a step behind which there are only steps on other ways."""


def as_html(procedure: Procedure, titles: Titles) -> str:
    """Return the checklist as one HTML file in ASCII that needs no other.

    `titles` are those of the other procedures, by id: an answer may lead to one.
    """
    text = "\n".join(_html(procedure, titles)) + "\n"
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def as_markdown(procedure: Procedure, titles: Titles) -> str:
    """Return the checklist as Markdown with task boxes; `titles` as for `as_html`."""
    return "\n".join(_markdown(procedure, titles)) + "\n"


def paragraphs(text: str) -> list[str]:
    """Return a text of a procedure as paragraphs, each in one line."""
    return [" ".join(part.split()) for part in text.strip().split("\n\n")]


def _facts(procedure: Procedure) -> list[tuple[str, str]]:
    tools = ", ".join(procedure.tools) or "none"
    return [
        ("Time", procedure.time),
        ("Tools", tools),
        ("Risk", " ".join(procedure.risk.split())),
        ("Source", procedure.source),
    ]


def _html(procedure: Procedure, titles: Titles) -> Iterator[str]:
    yield _HEAD.format(title=escape(procedure.title), style=_STYLE)
    yield f"<p>{escape(' '.join(procedure.purpose.split()))}</p>"
    for label, text in _facts(procedure):
        yield f"<p class=small><b>{label}:</b> {escape(text)}</p>"
    for warning in procedure.warnings:
        yield f"<p class=warning>{escape(' '.join(warning.split()))}</p>"
    for label in _FOR:
        yield f"<div class=field>{label}: <span class=line></span></div>"
    for number, step in enumerate(procedure.steps, 1):
        yield "<div class=step><div class=box></div><div>"
        yield f"<h2>{number}. {escape(step.title)}</h2>"
        yield from _html_step(procedure, step, titles)
        yield "</div></div>"
    yield "</body>"
    yield "</html>"


def _html_step(procedure: Procedure, step: Step, titles: Titles) -> Iterator[str]:
    if step.conditions:
        yield f"<p class=small>{escape(_only(procedure, step))}</p>"
    if step.warning:
        yield f"<p class=warning>{escape(with_values(' '.join(step.warning.split()), {}))}</p>"
    yield from (f"<p>{escape(one)}</p>" for one in paragraphs(step.text))
    if step.drawing:
        yield f"<pre>{escape(chr(10).join(drawing(step.drawing)))}</pre>"
    if step.keys:
        # The spaces between them let a long row go on in the next line.
        caps = " ".join(f"<kbd>{escape(keycap(procedure, one))}</kbd>" for one in step.keys.split())
        yield f"<div class=keys>{caps}</div>"
    for option in step.options:
        leads = escape(_leads(procedure, option, titles))
        label = escape(option.label)
        yield f"<p class=option><span class=box></span>{label} <span class=small>{leads}</span></p>"
    for field in step.fields:
        yield (
            f"<div class=field>{escape(field.label)}: <span class=line></span>"
            f"<span class=small>{escape(_range(field))}</span></div>"
        )
    if claims_of(step):
        yield f"<p class=small>Proved by m1tui: {escape(_claims(procedure, step))}</p>"
    if step.provenance:
        yield f"<p class=small>{escape(step.provenance)}</p>"
    if step.ends:
        yield f"<p class=small>{ENDS_HERE}</p>"


def _markdown(procedure: Procedure, titles: Titles) -> Iterator[str]:
    yield f"# {escaped(procedure.title)}"
    yield ""
    yield escaped(" ".join(procedure.purpose.split()))
    yield ""
    yield from (f"- **{label}:** {escaped(text)}" for label, text in _facts(procedure))
    yield from (f"- **WARNING:** {escaped(' '.join(one.split()))}" for one in procedure.warnings)
    yield from (f"- {label}: ____________________" for label in _FOR)
    for number, step in enumerate(procedure.steps, 1):
        yield ""
        yield f"- [ ] **{number}. {escaped(step.title)}**"
        yield from (f"  {line}".rstrip() for line in _markdown_step(procedure, step, titles))


def _markdown_step(procedure: Procedure, step: Step, titles: Titles) -> Iterator[str]:
    if step.conditions:
        yield from ("", f"*{escaped(_only(procedure, step))}*")
    if step.warning:
        yield from ("", f"**WARNING: {escaped(with_values(' '.join(step.warning.split()), {}))}**")
    for one in paragraphs(step.text):
        yield from ("", escaped(one))
    if step.drawing:
        yield from ("", "```", *drawing(step.drawing), "```")
    if step.keys:
        yield from ("", " ".join(f"`[{keycap(procedure, key)}]`" for key in step.keys.split()))
    if step.options:
        yield ""
        for option in step.options:
            leads = _leads(procedure, option, titles)
            yield f"- [ ] {escaped(option.label)} {escaped(leads)}".rstrip()
    if step.fields:
        yield ""
        for field in step.fields:
            told = _range(field)
            yield f"- {escaped(field.label)}: ____________________ {escaped(told)}".rstrip()
    if claims_of(step):
        yield from ("", f"Proved by m1tui: {escaped(_claims(procedure, step))}")
    if step.provenance:
        yield from ("", escaped(step.provenance))
    if step.ends:
        yield from ("", f"*{ENDS_HERE}*")


def keycap(procedure: Procedure, key: str) -> str:
    """Return what stands on a keycap; a value that was chosen is called as where it is asked."""
    word, _, value = key.partition(":")
    return f"{word} ({_asked(procedure)[value]})" if value else key


def _asked(procedure: Procedure) -> dict[str, str]:
    """Return what values and questions are called, by their names."""
    asked = {one.id: one.title for one in procedure.steps}
    return asked | {field.name: field.label for _, field in procedure.fields()}


def _only(procedure: Procedure, step: Step) -> str:
    """Return on what answers a step is done, with the titles of the steps that ask."""
    return "Only if " + ", and if ".join(_condition(procedure, one) for one in step.conditions)


def _condition(procedure: Procedure, when: When) -> str:
    name, _, check = when.value.partition("/")
    title, said = _asked(procedure)[name], when.is_
    if check == "kept":
        return f'{"a" if said == "yes" else "no"} file was kept at "{title}"'
    if check:
        # The last of its claims is what the check is named for.
        *_, claim = PROVES.get(check) or (f"{check} = passed",)
        shows = "shows" if said == "yes" else "does not show"
        return f'the check at "{title}" {shows} that {said_of(Claim.parse(claim))}'
    return f'"{title}" is: {said}'


def _leads(procedure: Procedure, option: Option, titles: Titles) -> str:
    """Return where an answer leads, "" for the next step."""
    if option.procedure:
        return f'- then "{titles.get(option.procedure, option.procedure)}"'
    at = [step.id for step in procedure.steps].index(option.go) + 1 if option.go else 0
    return f"- go to step {at}" if at else ""


def _claims(procedure: Procedure, step: Step) -> str:
    """Return what the step proves; a value that was chosen is called as where it is asked."""
    named = {name: f'"{label}"' for name, label in _asked(procedure).items()}
    return "; ".join(map(said_of, claims_of(step, named)))


def _range(field: Field) -> str:
    """Return what is good of a measured value, else what may be written."""
    return f"good: {field.good}" if field.good else field.rule
