"""Lays a report out as sections of facts, items and paragraphs, for every form that it takes.

All text in a document is harmless on a screen, and its line breaks are meant; escaping for a markup
is the form's own work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePath
from typing import TypeAlias

from m1tui.advice import listed
from m1tui.facts import NO_ANSWER, NOT_ASKED, UNDECIDED, Harm
from m1tui.store.records import InstrumentRecord, RunRecord, StepRecord
from m1tui.store.report.facts import (
    Finding,
    Report,
    alarm_lines,
    and_after,
    choice_lines,
    earlier_lines,
    file_lines,
    not_proved,
    sentence,
    summary_lines,
    verdict_lines,
    verdict_text,
)
from m1tui.store.report.visit import new_cell
from m1tui.sysex import printable


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Sentences that nobody may overlook."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, each with its value."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A step, or what is told of one."""

    mark: str
    """The glyph, "[A]"; empty for none."""
    title: str
    aside: str
    """The time, or nothing."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of items."""

    items: tuple[Item, ...]


Block: TypeAlias = Paragraph | Notice | Facts | Items


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the document."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    sections: tuple[Section, ...]


MARKS = (
    "[A] proved by the instrument or the disk; [x] done by hand, as reported by the technician; "
    "[!] skipped with a reason; [F] a fault was found; [ ] open; [-] left out: an answer or the "
    "instrument made it unnecessary."
)
MEANINGS = {
    "VERIFIED": "Each step that can be proved is proved.",
    "DONE BY HAND": "Done as reported by the technician; no instrument can prove it.",
    "MISMATCH": "A check failed.",
    "PROVED IN PART": "Something is skipped or not proved; see below.",
    "REFUSED": "A send was refused: none of it was written.",
    "UNKNOWN": "It could not be proved.",
    "UNFINISHED": "Not finished.",
}
"""What an outcome's word means, for the owner of the instrument."""
_NOTHING = Paragraph("Nothing.")


def document(report: Report) -> Document:
    """Return the report as a document."""
    wholly = bool(report.runs) and report.rehearsals == report.runs
    return Document(
        f"Service report {report.visit.id}{', a rehearsal' if wholly else ''}",
        (
            Section("Summary", tuple(_summary(report))),
            Section("Instrument and visit", tuple(_head(report))),
            Section("Found", tuple(_found(report))),
            Section("Done", () if report.runs else (_NOTHING,)),
            *(_run(run) for run in report.runs),
            *_heard(report),
            Section("Proved", (_items(report.proved, report),)),
            Section("Could not be proved", tuple(_unproved(report))),
        ),
    )


def _summary(report: Report) -> Iterator[Block]:
    rehearsed, runs = len(report.rehearsals), len(report.runs)
    if rehearsed == runs > 0:
        yield Notice("REHEARSAL: done on a virtual M1; no real instrument was touched.")
    elif rehearsed:
        verb = "is a REHEARSAL" if rehearsed == 1 else "are REHEARSALS"
        yield Notice(f"{rehearsed} of the {runs} runs {verb} on a virtual M1; see each run.")
    if not runs:
        yield Paragraph("No procedure was run.")
        return
    yield Items(tuple(_in_short(run, report.runs) for run in report.runs))


def _in_short(run: RunRecord, visit: Sequence[RunRecord]) -> Item:
    lines = tuple(map(_harmless, summary_lines(run, visit)))
    meaning = _meaning(run)
    if run.abandoned:
        same = meaning == MEANINGS["UNFINISHED"]
        meaning = "It was abandoned." if same else f"{meaning} It was abandoned."
    elif run.open_steps and run.outcome != "UNFINISHED":
        meaning = f"{meaning} It is not finished."
    word = run.outcome
    if run.objection:
        meaning = f"{meaning} {run.objection[:1].upper()}{run.objection[1:]}: see Attention."
    if run.only_asked:
        word, meaning = "QUESTIONS ONLY", "Questions were answered; no other step was done."
    title = printable(f"{run.title}: {word}. {meaning}")
    return Item("", f"{title}{' Rehearsed.' if run.is_rehearsal else ''}", "", lines)


def _meaning(run: RunRecord) -> str:
    """Return what the outcome's word means, with what speaks louder than it."""
    harm, proved = run.harm, run.outcome == "VERIFIED"
    meaning = MEANINGS.get(run.outcome, "")
    found = sum(step.mark == "found" for step in run.steps)
    if run.outcome == "MISMATCH" and found:
        meaning = "Faults were found." if found > 1 else "A fault was found."
        meaning = "A fault is suspected." if run.only_suspected else meaning
    if harm is Harm.FAULT_STAYS:
        # A record of an earlier program has VERIFIED there.
        return (
            "What can be proved is proved, and a fault was found."
            if proved
            else "A fault is still there."
        )
    if harm is None:
        return meaning
    if run.outcome == "PROVED IN PART" and not run.mishaps:
        return f"Not all is proved, and {run.harm_text}."
    meaning = "What can be proved is proved" if proved else meaning.rstrip(".")
    clauses = " and ".join(dict.fromkeys(clause for _, clause in run.mishaps))
    word = "but" if run.outcome in ("VERIFIED", "DONE BY HAND") else "and"
    if harm is Harm.CHANGED and clauses:
        return f"{meaning}, {word} {clauses} by mistake."
    return f"{meaning}, {word} {run.harm_text}."


def _head(report: Report) -> Iterator[Block]:
    visit = report.visit
    pairs = [
        *_instrument(report),
        ("Customer's reference", visit.reference),
        ("Technician", visit.technician),
        ("Price", visit.price),
        ("Parts and work", "; ".join(report.parts)),
        # The folder is of this computer, and the log has it.
        ("Photographs", "\n".join(Path(one).name for one in visit.photographs)),
        ("Visit began", when(visit.created)),
        ("Visit ends", "automatically, at midnight")
        if visit.automatic and not visit.ended
        else ("Visit ended", when(visit.ended) or "not yet"),
        ("Software", ", ".join(dict.fromkeys(f"m1tui {run.program}" for run in report.runs))),
    ]
    yield _facts(pairs)


def _instrument(report: Report) -> Iterator[tuple[str, str]]:
    instrument = report.instrument
    if instrument is None:
        yield "Instrument", "not noted"
        return
    yield "Model", instrument.model
    yield "Serial number", instrument.serial or "not noted"
    yield "Owner's tag", instrument.tag or "not noted"
    yield "ROM", _rom(report, instrument)
    battery = instrument.battery
    yield "Battery", battery.text if battery else "not noted"
    due = battery.due if battery else None
    if battery and battery.is_low:
        yield "Battery next due", "now: it measured too low"
    elif battery and battery.removed is not None:
        yield "Battery next due", "now: the old cell is out"
    elif battery and battery.lost is not None:
        yield "Battery next due", "now: the memory was not kept"
    elif battery and battery.none:
        yield "Battery next due", "never: it has no cell"
    else:
        yield "Battery next due", due.isoformat() if due else "not known"
    yield "Card's battery", _card_battery(report)
    if instrument.settings:
        written = "; ".join(f"{label}: {value}" for label, value in instrument.settings)
        yield "Settings", f"as last written down: {written}"
    if instrument.notes:
        yield "Notes", instrument.notes


def _card_battery(report: Report) -> str:
    """Return what was done to the cell of a card, and what was read of it then, else "".

    Nothing can show that the new cell keeps the data: the card may have stayed in its slot.
    """
    found = new_cell(report, "card-cell-in")
    if found is None:
        return ""
    run, step = found
    day = step.ended[:10]
    if not step.done:
        out = any(one.records == "card-cell-out" and one.done for one in run.steps)
        return "taken out, no new one put in" if out else ""
    after = [
        one.passed
        for later in run.steps[run.steps.index(step) + 1 :]
        if later.mark != "left out"
        for one in later.verdicts
        if one.name == "card-equals-backup" and one.passed is not None
    ]
    if not after:
        read = "the card was not compared with its backup after that"
    else:
        matched = "matched" if after[-1] else "did not match"
        read = f"the card {matched} its backup after that"
    rehearsed = " in the rehearsal" if run.is_rehearsal and not _all_rehearsed(report) else ""
    return f"new cell put in {day}{rehearsed}, as reported by the technician; {read}"


def _all_rehearsed(report: Report) -> bool:
    return report.rehearsals == report.runs


def _rom(report: Report, instrument: InstrumentRecord) -> str:
    """Return the ROM's number as the M1 answered it last in the visit, and another that was noted.

    What the virtual M1 of a rehearsal answers is not the number of a real instrument.
    """
    found = {
        run.is_rehearsal: value
        for run in report.runs
        for step in run.steps
        for one in step.verdicts
        for name, value in one.values
        if name == "rom"
    }
    noted, number = instrument.rom, found.get(instrument.virtual, "")
    if number and noted.lstrip("#").lstrip("0") != number.lstrip("0"):
        return f"{number}, as reported by the M1{f' (noted: {noted})' if noted else ''}"
    if noted:
        return noted
    rehearsed = f" (the virtual M1 of the rehearsal: {found[True]})" if True in found else ""
    return f"not noted{rehearsed}"


def _found(report: Report) -> Iterator[Block]:
    visit = report.visit
    if report.runs:
        # Here the first marks stand.
        yield Paragraph(MARKS)
    told = [("The owner reports", visit.reported), ("The technician notes", visit.notes)]
    told = [(label, text) for label, text in told if text]
    if told:
        yield _facts(told)
    for run in report.runs:
        yield from (Paragraph(_harmless(f"Lost, and not saved: {one}.")) for one in run.losses)
        yield from (Paragraph(_harmless(one)) for one in run.saved_losses)
    if report.found or not told:
        yield _items(report.found, report)


def _heard(report: Report) -> Iterator[Section]:
    """Yield the sounds that a person listened to and marked, where there are any."""
    heard = report.visit.heard
    if not heard:
        return
    counts = {word: sum(one.verdict == word for one in heard) for word in ("right", "wrong")}
    silent = len(heard) - sum(counts.values())
    pairs = [(printable(one.sound), one.text) for one in heard]
    yield Section(
        "Sounds that were heard",
        (
            Paragraph(
                f"Played by m1tui and judged by ear: {counts['right']} right, "
                f"{counts['wrong']} wrong, {silent} silent."
            ),
            _facts(pairs),
        ),
        level=2,
    )


def _run(run: RunRecord) -> Section:
    pairs = [
        ("Outcome", run.outcome),
        ("From", when(run.started)),
        ("To", when(run.ended)),
        ("Reached", _reached(run.port)),
        *([("Abandoned", run.abandoned)] if run.abandoned else []),
    ]
    first, *others = run.not_begun or (None,)
    items = [
        Item(
            step.glyph,
            printable(and_after(step) if step is first else step.title),
            _times(step),
            tuple(step_lines(step)),
        )
        for step in run.steps
        if step not in others
    ]
    past = [one for one in items if one.mark == "[-]" and not one.lines]
    if len(past) > _FEW:
        # Of the many questions of a search most are not asked.
        items = [one for one in items if one not in past]
        items.append(Item("[-]", f"{len(past)} steps that were left out", "", ()))
    title = f"{printable(run.title)}{', rehearsed' if run.is_rehearsal else ''}"
    return Section(title, (_facts(pairs), Items(tuple(items)), *_closing(run)), level=2)


_FEW = 3
"""As many steps that were left out are named each."""


def _reached(port: str) -> str:
    """Return in words where the M1 was, by a form of `--port`."""
    form, _, rest = port.partition(":")
    name = PurePath(rest).name
    words = {
        "virtual": "a virtual M1 in m1tui",
        "raw": f"through the MIDI device {name}",
        "rtmidi": f"through the MIDI port {rest}",
        "tcp": "over the network",
    }
    return words.get(form, port)


def _closing(run: RunRecord) -> Iterator[Block]:
    """Yield what was asked again before the run ended."""
    words = {
        "passed": "Still true at the end of the run",
        "FAILED": "No longer true at the end of the run",
        NO_ANSWER: "No answer at the end of the run",
        UNDECIDED: "Not settled by the answer at the end of the run",
        NOT_ASKED: "Could not be asked at the end of the run",
    }
    for word, text in words.items():
        names = [one.name for one in run.closing if one.word == word]
        if names:
            yield Paragraph(_harmless(f"{text}: {'; '.join(names)}."))
    if run.not_asked:
        yield Paragraph(
            _harmless(
                "True when proved; could not be checked again at the end of the run: "
                f"{'; '.join(run.not_asked)}."
            )
        )
    for one in run.gone:
        yield Paragraph(_harmless(one.happened))
    if run.unproved:
        yield Paragraph(_harmless(not_proved(run.unproved)))
    yield from (Paragraph(_harmless(one)) for one in run.not_again)


def step_lines(step: StepRecord) -> Iterator[str]:
    """Yield all that is recorded of a step, harmless on a screen.

    Of one that was left out in the end what was answered before counts no longer, and is said so.
    """
    if step.mark == "left out":
        left = f"left out: {step.reason}" if step.reason else ""
        why = [one for one in (step.untested or left,) if one]
        before = (
            *(verdict_text(one, brief=True) for one in step.verdicts if one.decides),
            *([f"answer: {step.choice}"] if step.choice else []),
        )
        why += [f"before another answer was given: {one}" for one in dict.fromkeys(before)]
        noted = [f"note: {step.note}"] if step.note else []
        yield from map(_harmless, [*why, *alarm_lines(step), *noted, *file_lines(step)])
        return
    passed = {one.evidence for one in step.verdicts if one.decides and one.passed}
    # What a check has proved, and another one observed, is said once.
    told = [one for one in step.verdicts if one.decides or one.evidence not in passed]
    lines = [
        *earlier_lines(step),
        *dict.fromkeys(line for one in told for line in verdict_lines(one)),
        *step.evidence,
        *alarm_lines(step),
        *step.value_lines,
        *choice_lines(step),
        *([f"note: {step.note}"] if step.note else []),
        *([f"reason: {step.reason}"] if step.reason else []),
    ]
    yield from map(_harmless, [*lines, *file_lines(step, lines)])


def when(time: str) -> str:
    """Return an ISO 8601 time as people read it: "2026-11-20 09:41:07 UTC+1"."""
    day, _, clock = time.partition("T")
    zone = re.fullmatch(r"([+-])(\d\d):(\d\d)", clock[8:])
    if zone is None:
        return f"{day} {clock}".strip()
    sign, hours, minutes = zone.groups()
    off = f"{int(hours)}{'' if minutes == '00' else f':{minutes}'}"
    return f"{day} {clock[:8]} UTC{'' if off == '0' else f'{sign}{off}'}"


def written_day(iso: str) -> str:
    """Return a day as people write it: "20 November 2026"; what is none as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return printable(iso)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def _times(step: StepRecord) -> str:
    """Return when a step was begun and done, without the day: "09:41:07-09:43:30"."""
    times = [time[11:19] for time in (step.started, step.ended) if len(time) >= 19]
    return printable("-".join(dict.fromkeys(times)))


def _unproved(report: Report) -> Iterator[Block]:
    faulty = any(step.mark == "found" for run in report.runs for step in run.steps)
    untested = dict.fromkeys(one for run in report.runs for one in run.untested)
    if untested:
        yield Paragraph(_harmless(" ".join(untested)))
    claims = dict.fromkeys(claim for run in report.runs for claim in run.unproved)
    again = dict.fromkeys(one for run in report.runs for one in run.not_again)
    if report.unproved:
        yield _items(_briefly(report), report)
    if claims:
        yield Paragraph(_harmless(not_proved(claims)))
    yield from (Paragraph(_harmless(one)) for one in again)
    if not report.unproved:
        if faulty:
            yield Paragraph("Nothing else: each check either proved its point or found a fault.")
        elif report.runs:
            what = "Everything else" if claims or again or untested else "Everything"
            yield Paragraph(f"{what} that the instrument can prove is proved.")
    if report.by_word:
        names = dict.fromkeys(finding.title for finding in report.by_word)
        titles = listed([f'"{printable(one)}"' for one in names])
        yield Paragraph(f"As reported by the technician, without a check: {sentence(titles)}")
    if not report.runs:
        yield Paragraph("No procedure was run.")


def _briefly(report: Report) -> Iterator[Finding]:
    """Yield what is not proved; many steps that were not begun as one."""
    first = {
        (run.id, run.not_begun[0].id): run.not_begun[0] for run in report.runs if run.not_begun
    }
    others = {(run.id, step.id) for run in report.runs for step in run.not_begun[1:]}
    for one in report.unproved:
        at = (one.run, one.step)
        if at in first:
            yield replace(one, title=and_after(first[at]))
        elif at not in others:
            yield one


def _items(findings: Iterable[Finding], report: Report) -> Block:
    # Of several runs each is named: their steps have the same titles.
    several = len(report.runs) > 1
    items = tuple(
        Item(
            one.glyph,
            printable(one.title),
            printable(one.procedure) if several else "",
            tuple(map(_harmless, one.lines)),
        )
        for one in findings
    )
    return Items(items) if items else _NOTHING


def _facts(pairs: Iterable[tuple[str, str]]) -> Facts:
    return Facts(tuple((label, _harmless(value)) for label, value in pairs if value))


def _harmless(text: str) -> str:
    """Return what a person wrote: its lines stay, all else that is no character to read goes."""
    return "\n".join(map(printable, text.rstrip().splitlines()))


def in_one_line(text: str) -> str:
    """Return what a person wrote, in one paragraph."""
    return printable(" ".join(text.split())).rstrip(".")
