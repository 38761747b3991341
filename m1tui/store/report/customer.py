"""The customer's page: one page in plain words, without marks, hashes and bytes."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.store.records import CELL_YEARS, RunRecord, VisitRecord
from m1tui.store.report.document import Block, Document, Facts, Notice, Paragraph, Section
from m1tui.store.report.facts import Report
from m1tui.sysex import printable

_MOST_LINES = 8
"""Of one list: more do not fit on the page, and nobody reads them."""
_OUTCOMES = {
    "VERIFIED": "done, and proved by the instrument",
    "DONE BY HAND": "done; the instrument cannot prove it",
    "PROVED IN PART": "done, and proved in part",
    "MISMATCH": "done; a fault remains, see below",
    "UNKNOWN": "not proved: the instrument gave no answer",
    "UNFINISHED": "begun, and not finished",
}
"""How a run ended, in words for who does not repair."""


def customer_page(report: Report) -> Document:
    """Return what the customer takes home: what was wrong, what was done, what to do next."""
    instrument = report.instrument
    title = instrument.title if instrument is not None else "the instrument"
    return Document(
        printable(f"Your {title}"),
        (
            Section("What was wrong", tuple(_wrong(report.visit))),
            Section("What was done", tuple(_done(report))),
            Section("What remains", tuple(_remains(report))),
            Section("What to do", tuple(_next(report))),
        ),
    )


def _wrong(visit: VisitRecord) -> Iterator[Block]:
    day = visit.created[:10]
    yield Paragraph(f"It came to us on {day}.")
    if visit.reported:
        yield Paragraph(f"You reported: {_plain(visit.reported)}.")
    if visit.notes:
        yield Paragraph(f"We found: {_plain(visit.notes)}.")


def _done(report: Report) -> Iterator[Block]:
    if report.rehearsals:
        how_much = "All" if report.rehearsals == report.runs else "Part"
        yield Notice(f"{how_much} of this was a rehearsal on a virtual M1.")
    runs = [run for run in report.runs if run.outcome in _OUTCOMES]
    pairs = [(printable(run.title), _OUTCOMES[run.outcome]) for run in runs[:_MOST_LINES]]
    if pairs:
        yield Facts(tuple(pairs))
    else:
        yield Paragraph("No work was recorded.")
    if report.parts:
        yield Paragraph(f"Parts used: {_plain('; '.join(report.parts))}.")
    measured = list(_measured(report.runs))
    if measured:
        yield Facts(tuple(measured[:_MOST_LINES]))
    if any(step.backup for run in report.runs for step in run.steps):
        yield Paragraph("Your sounds were saved in a file. Ask us for it, and keep it.")
    if report.visit.price:
        yield Paragraph(f"Price: {_plain(report.visit.price)}.")


def _measured(runs: tuple[RunRecord, ...]) -> Iterator[tuple[str, str]]:
    """Yield what was measured with a unit, and what is good."""
    for step in (step for run in runs for step in run.steps):
        units, labels, good = dict(step.units), dict(step.labels), dict(step.good)
        for name, value in step.values:
            if value and name in units:
                expected = f" (good: {good[name]})" if name in good else ""
                yield printable(labels.get(name, name)), f"{value} {units[name]}{expected}"


def _remains(report: Report) -> Iterator[Block]:
    # What a later run of a procedure found takes the place of what an earlier one did.
    last = {run.procedure: run for run in report.runs}
    lines = [printable(line) for run in last.values() for line in _left(run)]
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES
        lines[_MOST_LINES:] = [f"And {more} more: ask us for the service report."]
    yield Paragraph("\n".join(lines) if lines else "Nothing that we found.")


def _left(run: RunRecord) -> Iterator[str]:
    """Yield what a run leaves open, without the steps that an unfinished one has not reached."""
    if run.abandoned:
        yield f"{run.title}: it was given up. Reason: {run.abandoned}"
    elif run.outcome == "UNFINISHED":
        yield f"{run.title}: it was begun and is not finished."
    for step in run.steps:
        bad = [one for one in step.deciding if one.passed is False]
        silent = any(one.passed is None for one in step.deciding) and not step.proved
        if bad:
            yield from (f"{step.title}: {one.found or one.evidence}" for one in bad)
        elif silent or (step.mark == "by hand" and step.senses):
            yield f"{step.title}: the instrument gave no answer."
        elif step.mark == "overridden" or (step.mark == "open" and run.outcome != "UNFINISHED"):
            yield f"Not done: {step.title}."
    if run.outcome == "PROVED IN PART" and run.unproved:
        yield f"Not proved: {'; '.join(run.unproved)}."


def _next(report: Report) -> Iterator[Block]:
    battery = report.instrument.battery if report.instrument is not None else None
    if battery is not None and battery.none:
        yield Paragraph("It has no cell any more: nothing has to be changed.")
    elif battery is not None and battery.due is not None:
        yield Paragraph(
            f"Have its cell ({_plain(battery.cell)}) changed by {battery.due.isoformat()}, that is "
            f"{CELL_YEARS} years after it was put in. The warning on the display is not reliable: "
            "do not wait for it."
        )
    else:
        yield Paragraph(
            f"Have its cell (CR2032) changed every {CELL_YEARS} years. How old the one in it "
            "is, is not known: ask us."
        )
    yield Paragraph(
        "When the cell is empty, all sounds, songs and settings are lost. Keep the file with your "
        "sounds in two places, and have it made again when you have changed sounds."
    )
    yield Paragraph("Do not open the instrument: its power supply stays charged after unplugging.")


def _plain(text: str) -> str:
    """Return what a person wrote, in one paragraph."""
    return printable(" ".join(text.split())).rstrip(".")
