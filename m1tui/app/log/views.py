"""Turns the records of the service log into the lines and paragraphs that its screens draw."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from m1tui.app.log.logbook import LogView
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT
from m1tui.app.widgets.hanging import Paragraph
from m1tui.app.widgets.menu import Item
from m1tui.store.battery import Due
from m1tui.store.records import InstrumentRecord, RunRecord, StepRecord, VisitRecord
from m1tui.store.report.document import step_lines

REHEARSAL = "REHEARSAL "
"""What stands before all that touched no real instrument."""

UNKNOWN = "instrument not noted"
NO_INTAKE = "automatically, at midnight: nobody began this visit; it contains that day's runs"
OUTCOMES = {"VERIFIED": LIT, "MISMATCH": LAMP, "REFUSED": LAMP, "UNKNOWN": LAMP}
"""How the word of a run's outcome is drawn."""
LABEL = 10
"""Columns of a label."""


def overview_items(view: LogView) -> tuple[Item, ...]:
    """Return all instruments, the virtual one last, and visits whose instrument is not known."""
    real = [one for one in view.instruments if not one.virtual]
    virtual = [one for one in view.instruments if one.virtual]
    items = [Item("", "Instruments", usable=False)] if real else []
    items += [Item(one.id, one.title, f"  {cell_word(one, view.today)}") for one in real]
    unknown = view.visits_of("")
    if unknown:
        items.append(Item("", "Visits whose instrument is not noted", usable=False))
        items += visit_items(unknown, view)
    if virtual:
        items.append(Item("", "Rehearsals: none of these touched a real M1", usable=False))
        items += [Item(one.id, f"{REHEARSAL}{one.title}") for one in virtual]
    return tuple(items)


def cell_word(instrument: InstrumentRecord, today: date) -> str:
    """Return when the cell is due, in few words: "cell due 2031-11-20"."""
    day = instrument.battery.due if instrument.battery is not None else None
    if day is None:
        return "cell's age not known"
    # What is far away is told by its day, what is near or past by the time until it or since.
    far = day - today > _A_YEAR
    return f"cell due {day}" if far else f"cell {_when(instrument, day, today)}"


_A_YEAR = timedelta(days=366)


def _when(instrument: InstrumentRecord, day: date, today: date) -> str:
    return Due(instrument, "", day, (day - today).days).when


def instrument_paragraphs(instrument: InstrumentRecord, view: LogView) -> tuple[Paragraph, ...]:
    """Return all that is noted of an instrument."""
    battery = instrument.battery
    due = battery.due if battery is not None else None
    visits = view.visits_of(instrument.id)
    parts = [
        ("Model", instrument.model),
        ("Number", instrument.serial or "not noted"),
        ("Tag", instrument.tag or "not noted"),
        ("ROM", instrument.rom or "not noted"),
        ("Cell", battery.text if battery is not None else "not noted"),
        ("Next due", f"{due}, {_when(instrument, due, view.today)}" if due else "not known"),
        ("Notes", instrument.notes),
        ("Visits", visits_in_words(visits)),
    ]
    told = [_labelled(label, text) for label, text in parts if text]
    return (_rehearsed(), *told) if instrument.virtual else tuple(told)


def visits_in_words(visits: tuple[VisitRecord, ...]) -> str:
    """Return how many visits there were, and the last: "3, the last 2026-11-20"."""
    if not visits:
        return "none yet"
    going_on = any(visit.is_open for visit in visits)
    return f"{len(visits)}, the last {visits[0].id}{', still open' if going_on else ''}"


def visit_items(visits: Iterable[VisitRecord], view: LogView) -> list[Item]:
    """Return visits as lines: the day, what was run, and whether it goes on."""
    return [
        Item(one.id, f"{one.id}  {_gist(one, view)}", f"  {visit_state(one, view)}")
        for one in visits
    ]


def _gist(visit: VisitRecord, view: LogView) -> str:
    """Return what a visit was about, in few words."""
    runs = (view.runs or {}).get(visit.id, ())
    titles = dict.fromkeys(run.title for run in runs)
    return visit.reported or "; ".join(titles) or visit.notes


def visit_state(visit: VisitRecord, view: LogView) -> str:
    """Return whether a visit goes on, and whether it is on the bench."""
    if visit.is_open:
        return "on the bench" if visit.id == view.bench else "under way"
    return f"ended {visit.ended[:10]}" if visit.ended else "no intake"


def visit_paragraphs(visit: VisitRecord, view: LogView) -> tuple[Paragraph, ...]:
    """Return a visit, whose it is, and what was run in it."""
    instrument = view.instrument(visit.instrument)
    runs = (view.runs or {}).get(visit.id, ())
    parts = [
        ("Instrument", instrument.title if instrument is not None else UNKNOWN),
        ("Began", moment(visit.created)),
        ("Ends", NO_INTAKE)
        if visit.automatic and not visit.ended
        else ("Ended", moment(visit.ended) or "not yet"),
        ("Complaint", visit.reported),
        ("Reference", visit.reference),
        ("Technician", visit.technician),
        ("Price", visit.price),
        ("Notes", visit.notes),
        ("Parts", "; ".join(visit.parts)),
        ("Photos", "; ".join(visit.photographs)),
        ("Removed", "; ".join(one.line for one in visit.removed)),
        ("Runs", "; ".join(f"{run.outcome} {run.title}" for run in runs)),
        ("Now", _what_now(visit, view)),
    ]
    told = [_labelled(label, text) for label, text in parts if text]
    rehearsed = instrument is not None and instrument.virtual
    return (_rehearsed(), *told) if rehearsed else tuple(told)


def _what_now(visit: VisitRecord, view: LogView) -> str:
    """Return where real work goes while the visit goes on."""
    if not visit.is_open:
        return ""
    if visit.id == view.bench:
        return "on the bench: runs on a real instrument belong to this visit"
    return "not on the bench: press b before you work on this instrument"


def run_items(runs: Iterable[RunRecord]) -> tuple[Item, ...]:
    """Return runs as lines: when, what, and the outcome's word."""
    return tuple(
        Item(
            run.id,
            f"{moment(run.started)}  {REHEARSAL if run.is_rehearsal else ''}{run.title}",
            f"  {run.outcome}",
        )
        for run in runs
    )


def run_paragraphs(run: RunRecord) -> tuple[Paragraph, ...]:
    """Return a run, and how it went."""
    marks = [step.mark for step in run.steps]
    counts = ", ".join(f"{marks.count(mark)} {mark}" for mark in dict.fromkeys(marks))
    parts = [
        ("Steps", counts),
        ("From", moment(run.started)),
        ("To", moment(run.ended)),
        ("Port", run.port),
        ("Abandoned", run.abandoned),
        ("Journal", run.journal),
    ]
    outcome = Paragraph(
        "Outcome".ljust(LABEL + 1), FAINT, (run.outcome,), OUTCOMES.get(run.outcome, ACCENT)
    )
    told = [outcome, *(_labelled(label, text) for label, text in parts if text)]
    return (_rehearsed(), *told) if run.is_rehearsal else tuple(told)


def step_items(run: RunRecord) -> tuple[Item, ...]:
    """Return the steps of a run as lines: mark, title, and when it was done."""
    return tuple(
        Item(step.id, f"{step.glyph} {step.title}", step.ended[11:19]) for step in run.steps
    )


def step_paragraphs(step: StepRecord) -> tuple[Paragraph, ...]:
    """Return all that is recorded of a step."""
    times = " to ".join(dict.fromkeys(at[11:19] for at in (step.started, step.ended) if at))
    lines = tuple(part for line in step_lines(step) for part in line.split("\n"))
    return (
        _labelled("Mark", ", ".join(filter(None, (f"{step.glyph} {step.mark}", times)))),
        Paragraph("Recorded".ljust(LABEL + 1), FAINT, lines or ("only the mark",)),
    )


def moment(stamp: str) -> str:
    """Return day and minute of a time stamp: "2026-11-20 09:41"."""
    return stamp[:16].replace("T", " ")


def _labelled(label: str, text: str) -> Paragraph:
    return Paragraph(label.ljust(LABEL + 1), FAINT, (text,))


def _rehearsed() -> Paragraph:
    told = "a virtual M1; no real instrument was touched"
    return Paragraph(REHEARSAL.ljust(LABEL + 1), ACCENT, (told,))
