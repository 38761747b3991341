"""The customer's page: one page in plain words, without marks, hashes and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from m1tui.facts import TRANSFERS
from m1tui.store.records import CELL_YEARS, RunRecord, VisitRecord, quantity
from m1tui.store.report.document import Block, Document, Facts, Notice, Paragraph, Section
from m1tui.store.report.facts import Report, answered, instead, sentence, why_unproved
from m1tui.sysex import printable

_MOST_LINES = 8
"""Of one list: more do not fit on the page, and nobody reads them."""
_OUTCOMES = {
    "VERIFIED": "done; everything that can be proved has been proved",
    "DONE BY HAND": "done; the instrument cannot prove it",
    "PROVED IN PART": "done; not all of it is proved, see below",
    "MISMATCH": "a check failed, see below",
    "REFUSED": "refused: nothing was written, see below",
    "UNKNOWN": "not proved, see below",
    "UNFINISHED": "begun, but not finished",
}
"""How a run ended, in words for who does not repair."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def customer_page(report: Report) -> Document:
    """Return what the customer takes home: what was wrong, what was done, what to do next."""
    instrument = report.instrument
    title = instrument.title if instrument is not None else "instrument"
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
    yield Paragraph(f"It came to us on {_day(visit.created[:10])}.")
    if visit.ended:
        yield Paragraph(f"It was ready on {_day(visit.ended[:10])}.")
    if visit.reported:
        yield Paragraph(f"You reported: {_plain(visit.reported)}.")
    else:
        yield Paragraph("No complaint was noted.")
    if visit.notes:
        yield Paragraph(f"We found: {_plain(visit.notes)}.")


def _done(report: Report) -> Iterator[Block]:
    if report.rehearsals:
        how_much = "All" if report.rehearsals == report.runs else "Part"
        yield Notice(f"{how_much} of this was a rehearsal on a virtual M1.")
    runs = [run for run in report.runs if run.outcome in _OUTCOMES]
    pairs = [(printable(run.title), _outcome(run)) for run in runs[:_MOST_LINES]]
    if pairs:
        yield Facts(tuple(pairs))
    else:
        yield Paragraph("No work was recorded.")
    if report.parts:
        yield Paragraph(f"Parts used: {_plain('; '.join(report.parts))}.")
    measured = list(_measured(_last_runs(report)))
    if measured:
        yield Facts(tuple(measured[:_MOST_LINES]))
    restored = [run for run in report.runs if run.sounds]
    if restored:
        run = restored[-1]
        yield Paragraph(printable(f'After "{run.title}" the instrument contained {run.sounds}.'))
    files = _files(report)
    if files:
        named, more = files[:_MOST_LINES], len(files) - _MOST_LINES
        others = f"; and {more} more" if more > 0 else ""
        it = "it" if len(files) == 1 else "them"
        yield Paragraph(printable(f"Saved for you: {'; '.join(named)}{others}."))
        yield Paragraph(f"Ask us for {it}, and keep {it}.")
    if report.visit.price:
        yield Paragraph(f"Price: {_plain(report.visit.price)}.")


def _measured(runs: tuple[RunRecord, ...]) -> Iterator[tuple[str, str]]:
    """Yield what was measured with a unit, and what is good; of one measured again the last.

    What was typed at a step that was left out, or opened again, in the end is no result.
    """
    measured: dict[tuple[str, str, str], tuple[str, str]] = {}
    steps = ((run.procedure, step) for run in runs for step in run.steps if step.done)
    for procedure, step in steps:
        units, labels, good = dict(step.units), dict(step.labels), dict(step.good)
        for name, value in step.values:
            if value and name in units:
                expected = f" (good: {good[name]})" if name in good else ""
                label = quantity(labels.get(name, name), units[name])
                line = printable(label), f"{value} {units[name]}{expected}"
                measured[procedure, step.id, name] = line
    yield from measured.values()


def _outcome(run: RunRecord) -> str:
    if any(step.fault_stays for step in run.steps):
        return "done; the fault is still there, see below"
    if run.abandoned:
        return "abandoned, see below"
    if run.only_asked:
        return "only questions were answered; nothing was done"
    faulty = any(step.mark == "found" for step in run.steps)
    if run.open_steps:
        behind = "; a fault was found, see below" if faulty else ""
        return f"{_OUTCOMES['UNFINISHED']}{behind}"
    if run.outcome == "MISMATCH" and faulty:
        return "done; a fault was found, see below"
    if run.speaks_of_loss:
        return "done; something else was lost or changed, see below"
    return _OUTCOMES[run.outcome]


def _files(report: Report) -> tuple[str, ...]:
    """Return the names of the files in which something was saved and still is, each once."""
    gone = {one.file for run in report.runs for one in run.gone}
    return tuple(file for file in _saved(report) if file not in gone)


def _saved(report: Report) -> tuple[str, ...]:
    saved = (step.backup for run in report.runs for step in run.steps)
    return tuple(dict.fromkeys(one.file for one in saved if one is not None))


def _last_runs(report: Report) -> tuple[RunRecord, ...]:
    """Return the runs that count: a later one of a procedure takes the place of earlier ones.

    One that was left before its end does not.
    """
    last: dict[str, list[RunRecord]] = {}
    for run in report.runs:
        last[run.procedure] = [*(last.get(run.procedure, ()) if run.open_steps else ()), run]
    return tuple(run for runs in last.values() for run in runs)


def _remains(report: Report) -> Iterator[Block]:
    lines = [
        printable(f"Lost: {one}. No file that was saved here contains what was lost.")
        for run in report.runs
        for one in run.losses
    ]
    lines += [
        printable(f"{run.title}: {one}")
        for run in report.runs
        for one in (*run.changed, *run.beside)
    ]
    for run in _last_runs(report):
        cell_went = any(
            one.started >= run.started and one.is_rehearsal == run.is_rehearsal
            for one in report.runs
            if _changes_cell(one)
        )
        lines += [printable(line) for line in _left(run, cell_went=cell_went)]
    lines += [
        printable(f"{one.sound}: {one.verdict_text}.")
        for one in report.visit.heard
        if one.verdict != "right"
    ]
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES
        lines[_MOST_LINES:] = [f"And {more} more: ask us for the service report."]
    yield Paragraph("\n".join(lines) if lines else "Nothing that we found.")


def _left(run: RunRecord, *, cell_went: bool) -> Iterator[str]:
    """Yield what a run leaves open, without the steps that an unfinished one has not reached.

    `cell_went` says whether the cell was changed in it or later.
    """
    if run.abandoned:
        where = f' before "{run.open_steps[0]}"' if run.open_steps else ""
        yield sentence(f"{run.title}: it was abandoned{where}. Reason: {run.abandoned}")
    elif run.open_steps:
        yield f"{run.title}: it was begun, but is not finished."
    for step in run.steps:
        if step.mark == "left out":
            continue
        bad = [one for one in step.deciding if one.passed is False]
        silent = any(one.passed is None for one in step.deciding) and not step.proved
        if step.fault_stays:
            yield f"{run.title}: not repaired. {answered(step)}"
        if step.unknown:
            yield f"{run.title}: not proved. {answered(step)}"
        if step.kind in ("question", "backup", "receive"):
            yield from (f"{run.title}: {one}" for one in step.against)
        if step.mark == "overridden":
            lost = [f"Without it, {step.loses}."] if step.loses else []
            yield " ".join([sentence(f"Not done: {step.title}"), *instead(step), *lost])
        elif bad:
            found = "; ".join(one.found or one.evidence for one in bad)
            yield sentence(f"{step.title}: {found}")
        elif step.kind in TRANSFERS and silent:
            yield " ".join([sentence(f"Not done: {step.title}"), *instead(step)])
        elif silent or (step.mark == "by hand" and step.senses):
            yield f"{step.title}: not proved. {why_unproved(step.deciding)}"
    yield from _bad_values(run, cell_went=cell_went)
    yield from run.left
    yield from (one.happened for one in run.gone)
    if run.outcome == "PROVED IN PART" and run.unproved:
        yield f"Not proved: {'; '.join(run.unproved)}."


def _bad_values(run: RunRecord, *, cell_went: bool) -> Iterator[str]:
    """Yield the measured values that were bad and that nobody has measured again."""
    for step in run.steps:
        measured = {what for what, _ in step.cell}
        of_old_cell = "old-cell-volts" in measured and "new-cell-volts" not in measured
        if step.kind == "values" and step.done and not (cell_went and of_old_cell):
            yield from (f"{one} It was not measured again." for one in step.evidence)


def _changes_cell(run: RunRecord) -> bool:
    """Return whether the cell that was in the instrument no longer is; its holder is no cell."""
    parts = (part for step in run.steps for part in step.parts)
    done = {step.records for step in run.steps if step.done}
    named = any(part.startswith("cell") and "holder" not in part for part in parts)
    changed = named or not done.isdisjoint(("cell-out", "cell-in"))
    return changed or any(step.needs_no_cell for step in run.steps)


def _next(report: Report) -> Iterator[Block]:
    battery = report.instrument.battery if report.instrument is not None else None
    if battery is not None and battery.none:
        yield Paragraph("It no longer has a cell: nothing has to be replaced.")
    elif battery is not None and battery.removed is not None:
        yield Paragraph(
            f"Have a cell ({_plain(battery.cell)}) put in now: the old one was taken out on "
            f"{_day(battery.removed.isoformat())}, and no new one has been proved to keep the "
            "memory."
        )
    elif battery is not None and battery.lost is not None:
        yield Paragraph(
            f"Have its cell ({_plain(battery.cell)}) and the holder checked now: the memory was "
            f"lost on {_day(battery.lost.isoformat())} while the M1 was off."
        )
    elif battery is not None and battery.is_low:
        on = f" on {_day(battery.measured.isoformat())}" if battery.measured else ""
        yield Paragraph(
            f"Have its cell ({_plain(battery.cell)}) changed now: it measured {battery.volts:.2f} "
            f"V{on}, and a good one measures 3 V or more."
        )
    elif battery is not None and battery.due is not None:
        yield Paragraph(
            f"Have its cell ({_plain(battery.cell)}) changed by "
            f"{_day(battery.due.isoformat())}, "
            f"{CELL_YEARS} years after it was put in. The warning on the display is not reliable: "
            "do not wait for it."
        )
    else:
        yield Paragraph(
            f"Have its cell (CR2032) changed every {CELL_YEARS} years. The age of the present one "
            "is not known: ask us to measure its voltage."
        )
    if _files(report):
        keep = (
            "Keep each file in two places, and have your sounds saved again when you have changed "
            "them."
        )
    elif _saved(report):
        keep = "There is no file of your sounds here now: have one made, and keep it in two places."
    else:
        keep = "No file of your sounds was made here: have one made, and keep it in two places."
    if battery is None or not battery.none:
        keep = f"When the cell is empty, all sounds, songs and settings are lost. {keep}"
    yield Paragraph(keep)
    yield Paragraph("Do not open the instrument: its power supply stays charged after unplugging.")


def _day(iso: str) -> str:
    """Return a day as people write it: "20 November 2026"; what is none as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return printable(iso)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _plain(text: str) -> str:
    """Return what a person wrote, in one paragraph."""
    return printable(" ".join(text.split())).rstrip(".")
