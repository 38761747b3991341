"""The customer's page: one page in plain words, without marks, bytes and MIDI's numbers.

Here is what it says in short, what was wrong and what to do; the rest is in `done.py` and
`remains.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from m1tui.advice import listed
from m1tui.facts import ERASED
from m1tui.store.battery import volts_in
from m1tui.store.records import (
    CELL_YEARS,
    LOW_VOLTS,
    Battery,
    FileRecord,
    RunRecord,
    StepRecord,
)
from m1tui.store.report.document import (
    Block,
    Document,
    Notice,
    Paragraph,
    Section,
    in_one_line,
    written_day,
)
from m1tui.store.report.done import what_was_done
from m1tui.store.report.facts import MENDED, Report, sentence
from m1tui.store.report.remains import (
    REPAIRED,
    denied_answers,
    left_open,
    named_skips,
    not_kept,
    not_tested,
    passed_over,
    remaining,
    still_wrong,
    untouched,
    what_remains,
)
from m1tui.store.report.visit import (
    FOUND_ON,
    GOOD,
    SUPPLY,
    WHOLLY,
    as_rehearsed,
    bad_values,
    called_out,
    came,
    card_without_cell,
    cell_went,
    elsewhere,
    faults_in,
    found_on,
    is_real,
    kept_files,
    last_runs,
    new_cell,
    only_rehearsed,
    runs_like,
    saved_files,
    shortened,
    silences,
    sounds_now,
    without_cell,
)
from m1tui.store.report.words import said_of
from m1tui.sysex import printable


def customer_page(report: Report) -> Document:
    """Return what the customer takes home: what was wrong, what was done, what to do next."""
    report = _without_mistaken(report)
    instrument = report.instrument
    title = instrument.title if instrument is not None else "instrument"
    return Document(
        printable(f"Your {title}"),
        (
            Section("In short", tuple(_short(report))),
            Section("What was wrong", tuple(_wrong(report))),
            Section("What was done", tuple(what_was_done(report))),
            Section("What remains", tuple(what_remains(report))),
            Section("What to do", tuple(_next(report))),
        ),
    )


def _without_mistaken(report: Report) -> Report:
    """Return a report without the runs that were given up before anything was done in them.

    Where there are no others, they stay.
    """
    runs = tuple(run for run in report.runs if not _given_up_at_once(run))
    return replace(report, runs=runs) if runs else report


def _given_up_at_once(run: RunRecord) -> bool:
    """Return whether a run was given up without anything done, asked, seen or lost in it."""
    seen = any(step.alarms or step.backup is not None for step in run.steps)
    harm = bool(run.losses or run.saved_losses or run.changed or run.beside or run.left)
    return bool(run.abandoned) and untouched(run) and not (seen or harm)


def _short(report: Report) -> Iterator[Block]:
    """Yield what nobody may overlook: what was lost, and which faults there still are."""
    yield from map(Notice, _notices(report))
    if facts := list(dict.fromkeys(printable(one) for one in _facts_of(report))):
        yield Paragraph("\n".join(facts))
    if lines := _first(report):
        yield Paragraph("\n".join(dict.fromkeys(shortened(lines))))
    elif how := _how_it_stands(report):
        yield Paragraph(how)


def _notices(report: Report) -> Iterator[str]:
    """Yield that it was a rehearsal, and what was lost and is in no file."""
    if report.rehearsals:
        how_much = "All" if report.rehearsals == report.runs else "Part"
        whose = ""
        if how_much == "All":
            whose = ", not on yours" if is_real(report) else ": no M1 came to us"
        yield f"{how_much} of this was a rehearsal on a virtual M1{whose}."
    for one in dict.fromkeys(one for run in report.runs for one in run.losses):
        yield printable(f"Lost: {one}. No file that was saved here contains what was lost.")


def _first(report: Report) -> list[str]:
    """Return in sentences what is said first, the worst before the rest."""
    last = last_runs(report)
    lines = [printable(one) for run in report.runs for one in (*_mishaps(run), *_changed(run))]
    lines += [printable(_loss(run, one)) for run in report.runs for one in run.saved_losses]
    lines += [printable(line) for line in still_wrong(report)]
    lines += [printable(one) for run in last for one in denied_answers(run)]
    lines += left_open(report)
    lines += [FOUND_ON for run in last if found_on(run)]
    lines += without_cell(report)
    lines += [printable(one) for run in last for one in named_skips(run)]
    lines += [one for run in last for one in not_tested(run, elsewhere(report, run))]
    lines += [line for run in last for line in not_kept(run)]
    for run in last:
        lines += bad_values(run, cell_went=cell_went(report, run), brief=True)
    return lines


def _how_it_stands(report: Report) -> str:
    """Return in a sentence how far the work is done; "" where a loss has said enough."""
    last = last_runs(report)
    if not report.runs:
        noted = 'The work was noted by hand: see "What was done".'
        return noted if report.parts else "No work was recorded."
    if all(run.only_asked for run in last):
        return "Only questions were answered; no work was done."
    if any(run.losses for run in report.runs):
        return ""
    if remaining(report):
        if all(run.outcome in WHOLLY for run in last):
            return 'The work is done. See also "What remains".'
        return 'Not everything is done or proved: see "What remains".'
    if any(map(passed_over, last)):
        return 'The work is done, but some steps were skipped: see "What was done".'
    return "The work is done, and nothing remains that we know of."


def _facts_of(report: Report) -> Iterator[str]:
    """Yield in sentences what was done that an owner asks for first."""
    found = new_cell(report, "cell-in")
    if found is not None and found[1].done:
        kind = found[0].written("cell-type")
        text = f"A new cell{f' ({kind})' if kind else ''} was put in."
        yield as_rehearsed(report, found[0], text)
    if (found := _cell_in_card(report)) is not None:
        unproved = "" if _card_kept(*found) else f" {_CARD_UNPROVED}"
        text = f"A new cell was put in the card.{unproved}"
        yield as_rehearsed(report, found[0], text)
    yield from sounds_now(report)


def _cell_in_card(report: Report) -> tuple[RunRecord, StepRecord] | None:
    """Return the step at which a new cell was put in a card, with its run; None for none."""
    found = new_cell(report, "card-cell-in")
    return found if found is not None and found[1].done else None


def _card_kept(run: RunRecord, fitted: StepRecord) -> bool:
    """Return whether the last comparison of a card with its backup was good, with the cell in.

    The last one is made after the card was out of the M1.
    """
    after = run.steps[run.steps.index(fitted) + 1 :]
    compared = [
        one for one in after if "card-equals-backup" in one.checks and one.mark != "left out"
    ]
    return bool(compared) and compared[-1].proved


_CARD_UNPROVED = "It was not proved that the card keeps its contents with it."


def _loss(run: RunRecord, text: str) -> str:
    """Return what was lost and is in a file, and by what, without the numbers of steps.

    A record of an earlier program does not say by what.
    """
    lost = re.sub(
        r' (?:Lost|Noticed) at step \d+, "[^"]*"(?:,( when [^;]*))?; the backup',
        lambda told: f"{f' This happened{told[1]}.' if told[1] else ''} The file",
        text,
    )
    return dict(run.plainly).get(text, lost)


def _mishaps(run: RunRecord) -> Iterator[str]:
    """Yield in sentences what was changed by mistake, and whether it can come back."""
    together: dict[str, list[str]] = {}
    for clause, text in {clause: text for text, clause in run.mishaps}.items():
        together.setdefault(_undoing(run, text), []).append(clause)
    for undoing, clauses in together.items():
        what = "All of this" if len(clauses) > 1 else "It"
        back = f"{what} was saved before. We can load it again{undoing}."
        yield f"By mistake, {'; '.join(clauses)}{_too(run)}. {'' if run.gone else back}".rstrip()


def _undoing(run: RunRecord, text: str) -> str:
    """Return what else it undoes to load a file again, as `text` has it for a technician."""
    if "also undoes" not in text:
        return ""
    proved = [one for step in run.steps if step.proved for one in step.deciding]
    for one in proved:
        if erased := dict(one.values).get(ERASED):
            what = "track" if ", track " in erased else "song"
            return f", but that also brings back the {what} that was to be erased"
    if any(one.name == "track-recorded" for one in proved):
        return ", but that also removes what was recorded"
    return ", but that also undoes what was recorded or erased since"


_AGAIN = "We can load it again."


def _too(run: RunRecord) -> str:
    """Return what is said where the work itself is done as well."""
    return ", too" if run.outcome in GOOD else ""


def _changed(run: RunRecord) -> Iterator[str]:
    """Yield what was changed that nobody has said in fewer words."""
    known = {text for text, _ in run.mishaps}
    for one in run.changed:
        if one not in known:
            plain = _since_saved(one)
            yield re.sub(r' To bring them back, do "[^"]+" with that file\.', " " + _AGAIN, plain)


def _since_saved(text: str) -> str:
    """Return what a technician is told of a change since a backup in an owner's words."""
    found = next(filter(None, (one.match(text) for one in _CHANGED_SINCE)), None)
    if found is None:
        return text
    where, file, names = found["where"], found["file"], found["names"]
    what = f"Changed {where} after it had been saved: {names}."
    songs = re.findall(r'song (\d) "[^"]*"', names)
    if not re.sub(r'song \d "[^"]*"(?:, )?', "", names):
        several = len(songs) > 1
        were, they = ("were", "they") if several else ("was", "it")
        what = f"Song{'s' if several else ''} {listed(songs)} {were} changed after {they} had been "
        what += "saved."
    return f'{what} What was there before is in the file "{file}".'


_CHANGED_SINCE = (
    re.compile(
        r"What is (?P<where>in the M1|on the card) was changed after it was saved: expected what "
        r'is in "(?P<file>[^"]+)", found different contents in: (?P<names>.+?)\. The file "'
    ),
    re.compile(
        r"Changed (?P<where>in the M1|on the card) after it had been saved: (?P<names>.+?)\. "
        r'Expected what is in "(?P<file>[^"]+)", found other contents\.'
    ),
)
"""What is said of a comparison with a backup, before a step and where it was saved again."""


def _wrong(report: Report) -> Iterator[Block]:
    visit = report.visit
    if visit.reference:
        yield Paragraph(f"Your reference: {in_one_line(visit.reference)}.")
    if came(report):
        yield Paragraph(f"It came to us on {written_day(visit.created[:10])}.")
        if visit.ended:
            yield Paragraph(f"It was ready on {written_day(visit.ended[:10])}.")
    if visit.reported:
        yield Paragraph(f"You reported: {in_one_line(visit.reported)}.")
    else:
        yield Paragraph("No complaint was noted.")
    if visit.notes:
        yield Paragraph(f"Our notes: {in_one_line(visit.notes)}.")
    faults = [
        printable(f"{said_of(one)} {good}".rstrip())
        for run in report.runs
        for one, good in faults_in(report, run)
    ]
    for run in last_runs(report):
        faults += _low_cells(run)
        faults += [printable(one) for step in run.steps for one in step.faults_noted]
        for what, still in silences(run).items():
            then = "" if still else f" {MENDED}"
            faults.append(sentence(f"{what[:1].upper()}{what[1:]}") + then)
    if faults:
        yield Paragraph("\n".join(("We found:", *shortened(faults))))


def _low_cells(run: RunRecord) -> Iterator[str]:
    """Yield that a cell which was in the M1 measured so little that the M1 warns."""
    for step in run.steps:
        for what, value in step.cell if step.done else ():
            volts = volts_in(value) if what == "old-cell-volts" else None
            if volts is not None and volts <= LOW_VOLTS:
                yield (
                    f"The old cell measured {value} V. At about {LOW_VOLTS} V or less the M1 warns "
                    "that its cell is low."
                )


def _next(report: Report) -> Iterator[Block]:
    battery = report.instrument.battery if report.instrument is not None else None
    yield Paragraph(_of_cell(battery) or f"{_EVERY_YEARS} {_age_unknown(report)}")
    if any(not_kept(run) for run in last_runs(report)):
        yield Paragraph(
            "Have us check whether the M1 keeps its memory when it is off. Until then its sounds "
            "may be lost when you switch it off."
        )
    yield from map(Paragraph, left_open(report))
    yield from map(Paragraph, _to_repair(report))
    if card_without_cell(report):
        yield Paragraph(
            "Have a new cell put in the card before you use it: without one it loses its contents "
            "when it is out of the M1."
        )
    yield from map(Paragraph, _of_cards(report))
    keep = _keep(report)
    if battery is None or not battery.none:
        keep = f"When the M1's cell is empty, all sounds, songs and settings in it are lost. {keep}"
    yield Paragraph(keep)
    yield Paragraph("Do not open the instrument: its power supply stays charged after unplugging.")


def _of_cards(report: Report) -> Iterator[str]:
    """Yield what is to be done with a card whose cell was changed, or that has lost its data."""
    found = _cell_in_card(report)
    if found is not None and not (found[0].is_rehearsal and is_real(report)):
        day = written_day((found[1].ended or found[0].started)[:10])
        yield (
            f"Have the card's cell changed about once a year. The present one was put in on {day}."
        )
        if not _card_kept(*found):
            yield "Have us check whether the card keeps its contents when it is out of the M1."
    if any(run.card_lost and not _card_filled_after(report, run) for run in last_runs(report)):
        yield (
            "Have the card formatted, and its contents loaded from the saved file, before you use "
            "it: we can do both."
        )


def _card_filled_after(report: Report, run: RunRecord) -> bool:
    """Return whether a later run has proved that something was saved to a card."""
    like = runs_like(report, run)
    later = (step for one in like[like.index(run) + 1 :] for step in one.steps if step.proved)
    names = {one.name for step in later for one in step.deciding if one.passed}
    return not names.isdisjoint(_FILLS_CARD)


_FILLS_CARD = ("card-equals-internal", "card-songs-equal-internal", "card-equals-backup")
_EVERY_YEARS = f"Have the M1's cell (CR2032) changed every {CELL_YEARS} years."


def _of_cell(battery: Battery | None) -> str:
    """Return in a sentence when the M1's cell is to be changed; "" where its age is not known."""
    if battery is None:
        return ""
    if battery.none:
        return "It no longer has a cell: nothing has to be replaced."
    cell = in_one_line(battery.cell)
    if battery.removed is not None:
        return (
            f"Have a cell ({cell}) put in now: the old one was taken out on "
            f"{written_day(battery.removed.isoformat())}, and no new one has been proved to keep "
            "the memory."
        )
    if battery.lost is not None:
        return (
            f"Have the M1's cell ({cell}) and the holder checked now: the memory was lost on "
            f"{written_day(battery.lost.isoformat())} while the M1 was off."
        )
    if battery.is_low:
        on = f" on {written_day(battery.measured.isoformat())}" if battery.measured else ""
        return (
            f"Have the M1's cell ({cell}) changed now: it measured {battery.volts:g} V{on}, and a "
            "good one measures 3 V or more."
        )
    if battery.due is not None:
        return (
            f"Have the M1's cell ({cell}) changed by {written_day(battery.due.isoformat())}, "
            f"{CELL_YEARS} years after it was put in. The warning on the display is not reliable: "
            "do not wait for it."
        )
    return ""


def _keep(report: Report) -> str:
    """Return what to do with the files of the sounds, or that there are none."""
    if not only_rehearsed(report):
        if files := kept_files(report):
            return f"Keep each file in two places. {_advice_on(files)}"
        if saved_files(report):
            return (
                "There is no file of your sounds here now: have one made, and keep it in two "
                "places."
            )
    return "No file of your sounds was made here: have one made, and keep it in two places."


def _age_unknown(report: Report) -> str:
    """Return in sentences that nobody knows how old the cell is, though one may be noted."""
    if any(_CELL.search(one) and "holder" not in one.casefold() for one in report.visit.parts):
        return (
            'A cell is noted under "Parts and work", but not the day on which it was put in: ask '
            "us for it."
        )
    found = new_cell(report, "cell-in")
    rehearsed = found is not None and found[0].is_rehearsal and is_real(report)
    own = "The rehearsal has changed no cell in your M1. " if rehearsed else ""
    return f"{own}The age of the present one is not known: ask us to measure its voltage."


_CELL = re.compile(r"\bcell\b|\bCR ?2032\b", re.IGNORECASE)


def _to_repair(report: Report) -> Iterator[str]:
    """Yield what else an owner is to have repaired: what is not known to be mended."""
    last = last_runs(report)
    called = [one for run in last for _, one in called_out(run, cell_went=False)]
    if any(SUPPLY.match(one) and not re.search(r"\. This .+$", one) for one in called):
        yield 'Have the power supply checked and repaired: see the voltage under "What remains".'
    skips = [one for run in last for one in named_skips(run)]
    if any(one.startswith("Skipped: ") for one in skips):
        yield (
            'What was skipped must still be done, unless the reason under "What remains" says that '
            "it was not needed."
        )
    if any(one.startswith("The check after ") for one in skips):
        yield 'Have checked again what could not be proved: see "What remains".'
    silent = any(still for run in last for still in silences(run).values())
    if silent or any(REPAIRED not in one for one in still_wrong(report)):
        yield 'Have what is still wrong repaired: see "What remains".'


def _advice_on(files: tuple[FileRecord, ...]) -> str:
    """Return what to have saved besides, by what the files contain; of older ones nobody knows."""
    inside = [one for one in files if one.bank != "card"]
    words = " ".join(text for one in inside for text in one.contents)
    if not inside:
        return "Only a card was saved, not what is in the instrument: have that saved, too."
    if all(one.contents for one in inside) and not re.search(r"program|combination", words):
        songs = "Only songs were saved, not your sounds: have the sounds saved, too."
        return songs if "song" in words else "Your sounds were not saved: have them saved, too."
    return "Have your sounds saved again when you have changed them."
