"""The customer's page: one page in plain words, without marks, bytes and MIDI's numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import msgspec

from m1tui.advice import listed
from m1tui.facts import ERASED, NO_ANSWER, NOT_ASKED, TRANSFERS, Harm, Outcome, Verdict
from m1tui.store.battery import volts_in
from m1tui.store.records import (
    CELL_YEARS,
    DEMO_SOUNDS,
    LOW_VOLTS,
    FileRecord,
    RunRecord,
    StepRecord,
    is_cell,
    quantity,
)
from m1tui.store.report.document import Block, Document, Facts, Notice, Paragraph, Section
from m1tui.store.report.facts import (
    MENDED,
    Report,
    answered,
    mended,
    not_proved,
    perhaps,
    sentence,
)
from m1tui.store.report.words import NOT_CHECKED, PARTS, said_of, tests_part, unheard
from m1tui.sysex import printable

_MOST_LINES = 8
"""Of one list: more do not fit on the page, and nobody reads them."""
_OUTCOMES = {
    "VERIFIED": "done; everything that can be proved has been proved",
    "DONE BY HAND": "done; the instrument cannot prove it",
    "PROVED IN PART": "done; something was skipped or not proved, see below",
    "MISMATCH": "a check failed, see below",
    "REFUSED": "a transfer was refused, and nothing of it was written, see below",
    "UNKNOWN": "not proved, see below",
    "UNFINISHED": "begun, but not finished",
}
"""How a run ended, in words for who does not repair."""
_UNANSWERED = {
    NO_ANSWER: "The instrument did not give the answer that was needed.",
    NOT_ASKED: "The instrument could not be asked.",
}
"""What is said of a check without an answer, by the word of its verdict; nothing where there was an
answer that did not settle it."""
_TRANSFERRED = {
    Outcome.REFUSED: "The chosen sounds were not written to the instrument.",
    Outcome.MISMATCH: "What was read back is not what was sent.",
    Outcome.UNKNOWN: "What was sent could not be read back.",
}
"""The same of what was sent."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other runs of a visit have shown, besides the one that is told."""

    parts: frozenset[str] = frozenset()
    """The parts of the instrument that they have tested, as `PARTS` calls them."""
    saved: frozenset[tuple[str, str]] = frozenset()
    """What was in a file before the run began: the bank and the part of it."""

    def has(self, step: StepRecord) -> bool:
        """Return whether what a step was to save had been saved before its run."""
        return not self.saved.isdisjoint(((step.bank, "all"), (step.bank, step.part)))


_NOWHERE = Elsewhere()


def customer_page(report: Report) -> Document:
    """Return what the customer takes home: what was wrong, what was done, what to do next."""
    instrument = report.instrument
    title = instrument.title if instrument is not None else "instrument"
    return Document(
        printable(f"Your {title}"),
        (
            Section("In short", tuple(_short(report))),
            Section("What was wrong", tuple(_wrong(report))),
            Section("What was done", tuple(_done(report))),
            Section("What remains", tuple(_remains(report))),
            Section("What to do", tuple(_next(report))),
        ),
    )


def _short(report: Report) -> Iterator[Block]:
    """Yield what nobody may overlook: what was lost, and which faults there still are."""
    if report.rehearsals:
        how_much = "All" if report.rehearsals == report.runs else "Part"
        whose = ""
        if how_much == "All":
            whose = ", not on yours" if _is_real(report) else ": no M1 came to us"
        yield Notice(f"{how_much} of this was a rehearsal on a virtual M1{whose}.")
    lost = dict.fromkeys(one for run in report.runs for one in run.losses)
    for one in lost:
        yield Notice(printable(f"Lost: {one}. No file that was saved here contains what was lost."))
    lines = [printable(one) for run in report.runs for one in (*_mishaps(run), *_changed(run))]
    lines += [printable(_loss(run, one)) for run in report.runs for one in run.saved_losses]
    last = _last_runs(report)
    lines += [printable(line) for line in _still_wrong(report)]
    lines += _without_cell(report)
    lines += [printable(one) for run in last for one in map(_named_skip, run.steps) if one]
    untested = [_untested(run, _elsewhere(report, run)) for run in last]
    lines += [f"Not tested: {listed(parts)}." for parts in untested if parts]
    lines += [line for run in last for line in _not_kept(run)]
    lines += [one for run in last for one in _bad_values(run, cell_went=_cell_went(report, run))]
    remains = _remaining(report)
    facts = list(dict.fromkeys(printable(one) for one in _facts_of(report)))
    if facts:
        yield Paragraph("\n".join(facts))
    if lines:
        yield Paragraph("\n".join(dict.fromkeys(_cut(lines))))
    elif not report.runs:
        noted = 'The work was noted by hand: see "What was done".'
        yield Paragraph(noted if report.parts else "No work was recorded.")
    elif last and all(run.only_asked for run in last):
        yield Paragraph("Only questions were answered; no work was done.")
    elif not (lost or remains) and any(map(_passed_over, last)):
        yield Paragraph('The work is done, but some steps were skipped: see "What was done".')
    elif not (lost or remains):
        yield Paragraph("The work is done, and nothing remains that we know of.")
    elif not lost and all(run.outcome in _WHOLLY for run in last):
        yield Paragraph('The work is done. See also "What remains".')
    elif not lost:
        yield Paragraph('Not everything is done or proved: see "What remains".')


def _facts_of(report: Report) -> Iterator[str]:
    """Yield in sentences what was done that an owner asks for first."""
    found = _new_cell(report, "cell-in")
    if found is not None and found[1].done:
        kind = found[0].written("cell-type")
        text = f"A new cell{f' ({kind})' if kind else ''} was put in."
        yield _as_rehearsed(report, found[0], text)
    yield from _sounds_now(report)


def _sounds_now(report: Report) -> Iterator[str]:
    """Yield in a sentence which sounds the last run that has sent any has proved to be there."""
    sent = [run for run in report.runs if run.sounds][-1:]
    for run in sent:
        if run in _last_runs(report) and (there := _now_there(run)):
            own = _own_before(report, run) if run.sounds == DEMO_SOUNDS else ""
            yield _as_rehearsed(report, run, f"{there}{own}")


def _is_real(report: Report) -> bool:
    """Return whether the visit is known to be of a real instrument."""
    return report.instrument is not None and not report.instrument.virtual


def _only_rehearsed(report: Report) -> bool:
    """Return whether nothing was run on the real instrument that the visit is of."""
    return bool(report.runs) and report.rehearsals == report.runs and _is_real(report)


def _as_rehearsed(report: Report, run: RunRecord, text: str) -> str:
    """Return a sentence that says so where a real M1 might be meant and a virtual one is."""
    if not run.is_rehearsal or (report.rehearsals == report.runs and not _is_real(report)):
        return text
    text = text.replace("Your sounds", "The sounds").replace(", not your own", "")
    return f"In the rehearsal: {text[:1].lower()}{text[1:]}"


def _now_there(run: RunRecord) -> str:
    """Return in a sentence which sounds a run has proved to be in the M1, "" for none.

    Where a part of it stayed unproved, the last look must have found them there.
    """
    kept = {step.backup.file for step in run.steps if step.backup is not None}
    chosen = [step.origin.file for step in run.steps if step.origin is not None and step.done]
    known = any(_AT_END.get(one.name) == "memory-equals" and one.passed for one in run.closing)
    good = run.outcome in _WHOLLY or known
    # What was lost before the sounds were sent does not speak against them.
    spoilt = run.harm is not None and not (run.harm is Harm.LOST and known)
    if not (run.sounds and good and chosen) or spoilt:
        return ""
    if chosen[-1] in kept:
        return "Your sounds were sent back to the M1 and proved to be the same."
    if run.sounds == DEMO_SOUNDS:
        return "The M1 contains m1tui's demo sounds, not your own."
    return f"The M1 contains {run.sounds}: this was proved."


def _not_kept(run: RunRecord) -> list[str]:
    """Return in a sentence that nobody knows whether the M1 keeps its memory; [] for no such."""
    name = "off-five-minutes"
    steps = [one for one in run.steps if one.mark == "overridden" and name in one.checks]
    open_ = [one for one in steps if NOT_CHECKED[name] not in _seen_after(run, one)]
    unknown = [one for one in open_ if all(v.passed is None for v in one.deciding)]
    return [f"Not checked: {NOT_CHECKED[name]}."] if unknown else []


def _loss(run: RunRecord, text: str) -> str:
    """Return what was lost and is in a file, without the numbers of steps."""
    lost = re.sub(r' Lost at step \d+, "[^"]*"; the backup', " The file", text)
    return dict(run.plainly).get(text, lost)


def _mishaps(run: RunRecord) -> Iterator[str]:
    """Yield in sentences what was changed by mistake, and whether it can come back."""
    for clause, text in {clause: text for text, clause in run.mishaps}.items():
        back = f"It was saved before. We can load it again{_undoing(run, text)}."
        yield f"By mistake, {clause}{_too(run)}. {'' if run.gone else back}".rstrip()


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
    return ", too" if run.outcome in _GOOD else ""


def _untitled(run: RunRecord, text: str) -> str:
    """Return what is said of a step without its title, or else behind the name of the work."""
    bare = re.sub(r'^"[^"]*": ', "", text)
    if bare == text:
        return f"{run.called}: {text}"
    return f"{bare[:1].upper()}{bare[1:]}"


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


def _faults(run: RunRecord) -> Iterator[tuple[Verdict, str]]:
    """Yield what was wrong with the instrument, and that it was good when it was tried again.

    What was as bad then is said once, as it was at last.
    """
    for step in run.steps:
        accepted = step.deciding if step.mark == "found" else ()
        bad = [one for one in accepted if one.passed is False]
        if step.mark != "left out":
            seen = (one for one in step.faults if tests_part(one) and not unheard(step, one))
            bad += [one for one in seen if one not in bad]
        for one in bad:
            last = run.tried_last(one, step)
            if last is None or last.passed:
                yield one, mended(run, one, step)


def _still_wrong(report: Report) -> Iterator[str]:
    steps = (step for run in _last_runs(report) for step in run.steps)
    yield from (f"Still wrong: {answered(step)}" for step in steps if step.fault_stays)
    yield from _not_repaired(report)


def _without_cell(report: Report) -> list[str]:
    """Return in a sentence that a cell was to be put in and was not, [] where none was not."""
    found = [one for kind in _NEW_CELL if (one := _new_cell(report, kind)) is not None]
    skipped = any(step.mark == "overridden" for _, step in found)
    return ["The new cell was not put in."] if skipped else []


_NEW_CELL = ("cell-in", "card-cell-in")


def _new_cell(report: Report, kind: str) -> tuple[RunRecord, StepRecord] | None:
    """Return the step that counts of those at which such a cell is put in, with its run.

    It is the last that was done or skipped. What was only rehearsed has put no cell in a real M1.
    """
    last = _last_runs(report)
    found = [
        (run, step)
        for run in report.runs
        for step in run.steps
        if run in last and step.records == kind and step.mark != "left out"
    ]
    found = [one for one in found if not one[0].is_rehearsal] or found
    found = [one for one in found if one[1].mark != "open"] or found
    return found[-1] if found else None


def _card_without_cell(report: Report) -> bool:
    """Return whether a card's old cell is out, as far as is known, and no new one in."""
    found = _new_cell(report, "card-cell-in")
    if found is None or found[1].done:
        return False
    run, step = found
    out = [one for one in run.steps if one.records == "card-cell-out"]
    # An earlier program has not recorded at which step the old one comes out.
    return any(one.done for one in out) if out else step.mark == "overridden"


def _not_repaired(report: Report) -> Iterator[str]:
    """Yield what was wrong with the instrument when it was last tested in the visit."""
    last = _last_runs(report)
    for run in report.runs:
        for one, good in _faults_in(report, run):
            if good:
                continue
            sure = one.name in PARTS and not (perhaps(one) or one.suspects)
            it = "they were" if one.name in _SEVERAL else "it was"
            then, since = ("This is not repaired." if sure else ""), ""
            if one.name in PARTS and _repaired_since(report, run, one):
                then, since = "", f" {_REPAIRED}, and {it} not tested again."
            elif run not in last:
                since = f" {it.capitalize()} not tested again."
            yield f"{said_of(one, then)}{since}{_why_skipped(run, one)}"


_REPAIRED = "A repair was made later"


def _repaired_since(report: Report, run: RunRecord, fault: Verdict) -> bool:
    """Return whether a repair was made after a fault was found, in the run or in a later one."""
    at = next(step for step in run.steps if fault in step.verdicts)
    like = _runs_like(report, run)
    later = (step for one in like[like.index(run) + 1 :] for step in one.steps)
    return at.before_repair or any(step.mends and step.done for step in later)


def _why_skipped(run: RunRecord, fault: Verdict) -> str:
    """Return why a step was skipped that has shown a fault, behind a sentence; "" if it was not."""
    steps = [step for step in run.steps if step.mark == "overridden" and fault in step.verdicts]
    return _because(steps[-1].reason, "Reason") if steps else ""


_SEVERAL = ("up-down-seen", "pedals-seen", "keybed", "panel-keys-seen")
"""Of `PARTS` those whose name is a plural."""


def _faults_in(report: Report, run: RunRecord) -> Iterator[tuple[Verdict, str]]:
    """Yield the faults of a run as `_faults` does, by what the later runs of its visit show.

    What was as bad then is said of the later run. Of a run that a later one of its procedure has
    replaced, only the parts count that were not tested again.
    """
    like = _runs_like(report, run)
    later = like[like.index(run) + 1 :]
    replaced = run not in _last_runs(report)
    for one, good in _faults(run):
        answers = (answer for other in later for answer in _parts_answered(other))
        again = [answer for answer in answers if PARTS[answer.name] == PARTS.get(one.name)]
        if not again:
            if not replaced or one.name in PARTS:
                yield one, good
        elif again[-1].passed:
            yield one, good or MENDED


def _runs_like(report: Report, run: RunRecord) -> tuple[RunRecord, ...]:
    """Return the runs of a visit that tell of the same instrument, a real or a virtual one."""
    return tuple(one for one in report.runs if one.is_rehearsal == run.is_rehearsal)


def _parts_answered(run: RunRecord) -> Iterator[Verdict]:
    """Yield what a run has found out of parts of the instrument, good or bad."""
    for step in run.steps:
        if step.mark != "left out":
            known = (one for one in step.verdicts if one.name in PARTS and one.passed is not None)
            yield from (one for one in known if not unheard(step, one))


def _elsewhere(report: Report, run: RunRecord) -> Elsewhere:
    like = _runs_like(report, run)
    before, later = like[: like.index(run)], like[like.index(run) + 1 :]
    # What was seen before a repair says nothing of how it is after that.
    repaired = any(step.mends and step.done for step in run.steps)
    others = later if repaired else (*before, *later)
    return Elsewhere(
        frozenset(PARTS[one.name] for other in others for one in _parts_answered(other)),
        frozenset(
            (step.bank, step.part)
            for one in before
            for step in one.steps
            if step.proved and step.backup in _files(report)
        ),
    )


def _wrong(report: Report) -> Iterator[Block]:
    visit = report.visit
    if visit.reference:
        yield Paragraph(f"Your reference: {_plain(visit.reference)}.")
    if _came(report):
        yield Paragraph(f"It came to us on {_day(visit.created[:10])}.")
        if visit.ended:
            yield Paragraph(f"It was ready on {_day(visit.ended[:10])}.")
    if visit.reported:
        yield Paragraph(f"You reported: {_plain(visit.reported)}.")
    else:
        yield Paragraph("No complaint was noted.")
    if visit.notes:
        yield Paragraph(f"Our notes: {_plain(visit.notes)}.")
    faults = [
        printable(f"{said_of(one)} {good}".rstrip())
        for run in report.runs
        for one, good in _faults_in(report, run)
    ]
    faults += [one for run in _last_runs(report) for one in _low_cells(run)]
    if faults:
        yield Paragraph("\n".join(("We found:", *_cut(faults))))


def _came(report: Report) -> bool:
    """Return whether an instrument is known to have come, by intake or by what was run on it."""
    if _only_rehearsed(report):
        return not report.visit.automatic
    return not report.runs or report.rehearsals != report.runs


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


def _cut(lines: list[str]) -> list[str]:
    """Return as many lines as the page has room for."""
    more = len(lines) - _MOST_LINES
    behind = [f"And {more} more: ask us for the service report."] if more > 0 else []
    return [*lines[:_MOST_LINES], *behind]


def _unanswered(step: StepRecord) -> str:
    """Return in sentences why a step is not proved."""
    silent = [one for one in step.deciding if one.passed is None]
    if not silent:
        return "It was done by hand, and the instrument has not confirmed it."
    return " ".join(dict.fromkeys(filter(None, map(_silence, silent))))


def _silence(verdict: Verdict) -> str:
    if verdict.name in ("backup", "receive"):
        return "It could not be read."
    if verdict.outcome is not None:
        return _TRANSFERRED.get(verdict.outcome, _UNANSWERED.get(verdict.word, ""))
    return _UNANSWERED.get(verdict.word, "")


def _instead(step: StepRecord) -> Iterator[str]:
    """Yield in sentences what was found where a step was not done, if anything was."""
    bad = [said_of(one) for one in step.deciding if one.passed is False]
    if bad:
        yield from dict.fromkeys(bad)
    elif any(one.passed is None for one in step.deciding):
        yield _unanswered(step)
        # What an earlier attempt wrote is in the memory, though the last one wrote nothing.
        if any(one.name == "restore" and one.passed is False for one in step.earlier):
            yield f"An earlier attempt: {_TRANSFERRED[Outcome.MISMATCH]}"


_GOOD_PARTS = {
    **PARTS,
    "keybed": "all keys",
    "panel-keys-seen": "the panel keys that MIDI can test",
    "sound-suspicion": "the sound, by ear",
}
"""What is said to be good where a check has passed, by its name."""


def _is_good(run: RunRecord, name: str) -> bool:
    """Return whether a check has passed when it was made last."""
    last = [one.passed for step in run.steps for one in step.verdicts if one.name == name]
    return bool(last) and last[-1] is True


def _good(report: Report, run: RunRecord) -> Iterator[str]:
    """Yield in sentences what a run has tested and found good, as it was at last."""
    last: dict[str, bool | None] = {}
    for step in run.steps:
        if step.mark != "left out":
            for one in step.verdicts:
                last.pop(one.name, None)
                last[one.name] = one.passed
    good = [name for name, passed in last.items() if passed]
    bad = {PARTS[name] for name, passed in last.items() if name in PARTS and not passed}
    like = _runs_like(report, run)
    later = (one for other in like[like.index(run) + 1 :] for one in _parts_answered(other))
    bad |= {
        part for part, good in {PARTS[one.name]: one.passed for one in later}.items() if not good
    }
    tested = [name for name in good if name in _GOOD_PARTS and PARTS[name] not in bad]
    parts = list(dict.fromkeys(_GOOD_PARTS[name] for name in tested))
    if parts:
        yield f"Tested and good: {listed(parts)}."
    proved = [step for step in run.steps if step.proved]
    names = [{one.name for one in step.deciding if one.passed} for step in proved]
    memory = {"memory-equals", "memory-as-backup"}
    if any("off-five-minutes" in one and one & memory for one in names):
        yield f"The M1 kept its memory while it was off for five minutes{_jumped(proved)}."
    elif last.get("memory-as-backup") and run.harm is None:
        yield "What is in the M1 is as it was before the work."
    if last.get("in-tune") or last.get("tune-set"):
        yield "The M1 is tuned to 440 Hz."


def _good_before(report: Report) -> list[str]:
    """Return the checks of parts that were good only in a run which a later one has replaced."""
    last = _last_runs(report)
    replaced = (one for one in report.runs if one not in last)
    before = [one for run in replaced for one in _parts_answered(run)]
    since = {PARTS[one.name] for run in last for one in _parts_answered(run)}
    found = {PARTS[one.name]: one for one in before if PARTS[one.name] not in since}
    return [one.name for one in found.values() if one.passed]


def _why_not_again(report: Report, names: list[str]) -> str:
    """Return why parts were not tested again, behind a sentence; "" where nobody said so."""
    skipped = (step for run in _last_runs(report) for step in run.steps if step.reason)
    steps = (one for one in skipped if one.mark == "overridden" and {*names} & {*one.checks})
    return "".join(dict.fromkeys(_because(step.reason) for step in steps))


def _jumped(proved: list[StepRecord]) -> str:
    """Return how much of the time off a rehearsal has skipped, as a clause; "" for none."""
    off = [one for step in proved for one in step.deciding if one.name == "off-five-minutes"]
    found = re.search(r", of which the rehearsal skipped (\d+) s", off[-1].evidence)
    return f", of which the rehearsal skipped {found[1]} seconds" if found else ""


def _passed_over(run: RunRecord) -> list[StepRecord]:
    """Return the steps that were skipped and of which nothing is known to remain."""
    return [
        step
        for step in run.steps
        if step.mark == "overridden"
        and step.records not in _NEW_CELL
        # What a check has shown there is said elsewhere.
        and not any(one.passed is False for one in step.deciding)
        and not (step.later or _is_left(run, step) or any(_skipped(run, step, _NOWHERE)))
        and not (step.senses and step.checks and not _not_checked(run, step, _NOWHERE))
    ]


def _done(report: Report) -> Iterator[Block]:
    runs = [run for run in report.runs if run.outcome in _OUTCOMES]
    if not _came(report):
        yield Paragraph(f"Rehearsed on {_day(report.visit.created[:10])}.")
    titles = _titles(report)
    pairs = [
        (printable(titles[run.id]), printable(_answered(report, run) or _ended(run)))
        for run in runs[:_MOST_LINES]
    ]
    if pairs:
        yield Facts(tuple(pairs))
    elif not report.parts:
        yield Paragraph("No work was recorded.")
    for line in dict.fromkeys(one for run in _last_runs(report) for one in _good(report, run)):
        yield Paragraph(line)
    if before := _good_before(report):
        why = _why_not_again(report, before)
        parts = listed([_GOOD_PARTS[name] for name in before])
        yield Paragraph(f"Good in an earlier test, and not tested again: {parts}.{why}")
    over = [one for run in _last_runs(report) for one in _passed_over(run)]
    if over:
        yield Paragraph(_said_of_passed(over))
    if report.parts:
        yield Paragraph(f"Parts and work: {_plain('; '.join(report.parts))}.")
    measured = list(_measured(_last_runs(report)))
    if measured:
        yield Facts(tuple(measured[:_MOST_LINES]))
    restored = [run for run in report.runs if run.sounds]
    if restored:
        run = restored[-1]
        demo = run.sounds == DEMO_SOUNDS
        sounds = "m1tui's demo sounds, not your own" if demo else run.sounds
        own = _own_before(report, run) if demo else ""
        yield Paragraph(
            printable(f'After "{_titles(report)[run.id]}" the M1 contained {sounds}.{own}')
        )
    for line in dict.fromkeys(one for run in _last_runs(report) for one in _to_card(report, run)):
        yield Paragraph(printable(line))
    files = _for_owner(report)
    if files:
        named, more = _each_named(files[:_MOST_LINES]), len(files) - _MOST_LINES
        others = f"; and {more} more" if more > 0 else ""
        it = "it" if len(files) == 1 else "them"
        whose = "Saved in the rehearsal" if _only_rehearsed(report) else "Saved for you"
        yield Paragraph(printable(f"{whose}: {'; '.join(named)}{others}."))
        replaced = [one.file for one in files if one.file in _replaced(report)]
        if replaced:
            contains = "contains" if len(replaced) == 1 else "contain"
            yield Paragraph(
                printable(
                    f"{listed(replaced)} {contains} your former sounds, which are no longer in the "
                    "M1 as they were."
                )
            )
        if not _only_rehearsed(report):
            yield Paragraph(f"Ask us for {it}, and keep {it}.")
    if report.visit.price:
        yield Paragraph(_priced(_plain(report.visit.price)))


def _own_before(report: Report, run: RunRecord) -> str:
    """Return in which file is what was in the M1 before, as a sentence behind another."""
    saved = [one for step in run.steps if step.kind == "backup" for one in _kept(step)]
    there = [one.file for one in saved if one.bank != "card" and one in _files(report)]
    return f' What was in it before is in the file "{there[0]}".' if there else ""


_ON_CARD = {
    "card-equals-internal": "The sounds in the M1 were saved to the card.",
    "card-songs-equal-internal": "The songs in the M1 were saved to the card.",
}
"""What was done to a card where its contents are proved, by the name of the check."""


def _to_card(report: Report, run: RunRecord) -> Iterator[str]:
    """Yield what was saved to a card, and in which file is what was on it before."""
    before: dict[str, str] = {}
    for step in run.steps:
        for one in _kept(step):
            if one.bank == "card" and one in _files(report):
                before.setdefault(one.sha256 or one.file, f'"{one.file}"')
        names = {one.name for one in step.deciding if one.passed} if step.proved else ()
        for name in _ON_CARD.keys() & names:
            # Of a card that was read again after a first attempt nobody knows which file is older.
            which = "one of the files" if len(before) > 1 else "the file"
            old = f" What was on it before is in {which} {listed(list(before.values()))}."
            yield f"{_ON_CARD[name]}{old if before else ''}"


def _priced(text: str) -> str:
    """Return the price in a sentence: a bare number has no currency, and 0 is no price."""
    if re.fullmatch(r"0+([.,]0*)?(\s*[^\W\d]{1,4}|\s*[€$£])?", text):
        return "Price: there is nothing to pay."
    bare = re.fullmatch(r"\d[\d.,' ]*", text)
    return f"Price: {text} (ask us in which currency)." if bare else f"Price: {text}."


def _titles(report: Report) -> dict[str, str]:
    """Return what the work of each run is called, by its id: of several, which time it was."""
    told: dict[str, str] = {}
    names = [run.called for run in report.runs]
    for at, run in enumerate(report.runs):
        time = names[:at].count(run.called)
        nth = _NTH[time] if time < len(_NTH) else f"{time + 1}th"
        told[run.id] = f"{run.called}, {nth} time" if names.count(run.called) > 1 else run.called
    return told


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth")


def _said_of_passed(steps: list[StepRecord]) -> str:
    """Return in sentences which steps were skipped: titles are for who repairs."""
    mends = any(step.mends for step in steps)
    others = sum(not step.mends for step in steps)
    told = ["The step at which the repair is made was skipped."] if mends else []
    why = list(dict.fromkeys(f'"{_plain(step.reason)}"' for step in steps if step.reason.strip()))
    more = "more " if mends else ""
    if others == 1:
        told.append(f"One {more}step of the work was skipped: the service report names it.")
    elif others:
        told.append(
            f"{others} {more}steps of the work were skipped: the service report names them."
        )
    if why:
        told.append(f"Reason{'s' if len(why) > 1 else ''}: {listed(why)}.")
    return " ".join(told)


def _replaced(report: Report) -> set[str]:
    """Return the files with what was in the M1 before something else was sent and proved."""
    found: set[str] = set()
    before: list[FileRecord] = []
    for run in report.runs:
        sent = ""
        for step in run.steps if run.sounds and run.sounds != DEMO_SOUNDS else ():
            before += [one for one in _kept(step) if one.bank == "internal"]
            if step.origin is not None and step.done:
                sent = step.origin.sha256
            if step.proved and any(one.name == "restore" and one.wrote for one in step.verdicts):
                found = {one.file for one in before if sent and one.sha256 not in ("", sent)}
    return found


def _each_named(files: tuple[FileRecord, ...]) -> list[str]:
    """Return files with what they contain, said once of those that are the same."""
    first: dict[str, str] = {}
    named = []
    for one in files:
        same = first.setdefault(one.sha256 or one.file, one.file)
        named.append(_named(one) if same == one.file else f"{one.file} (identical to {same})")
    return named


def _for_owner(report: Report) -> tuple[FileRecord, ...]:
    """Return the files that an owner is to have: of those that are the same the first.

    A copy is among them if something else on the page names it.
    """
    first = {one.sha256 or one.file: one.file for one in reversed(_files(report))}
    told = "\n".join(
        text
        for run in report.runs
        for text in (
            *(*run.saved_losses, *run.changed, *run.beside, run.sounds),
            *(one for step in run.steps for one in step.against),
        )
    )
    return tuple(
        one
        for one in _files(report)
        if first[one.sha256 or one.file] == one.file or one.file in told
    )


def _named(file: FileRecord) -> str:
    """Return a file with what it contains, in an owner's words."""
    said = [
        re.sub(r"^(\d+ %) sequencer free$", r"\1 of the song memory free", one)
        for one in file.contents
    ]
    said = [re.sub(r"^global with", "settings and", one) for one in said]
    said = ["settings" if one == "global" else one for one in said]
    return msgspec.structs.replace(file, contents=tuple(said)).named


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
                label = _in_plain(quantity(labels.get(name, name), units[name]))
                then = ", before the repair" if step.before_repair else ""
                line = printable(label), f"{value} {units[name]}{expected}{then}"
                measured[procedure, step.id, name] = line
    yield from measured.values()


def _answered(report: Report, run: RunRecord) -> str:
    """Return how questions ended whose answers choose what is done; "" for another run."""
    if not run.asks or run.outcome != "DONE BY HAND" or run.harm is not None:
        return ""
    to = [one.called for one in report.runs if one.procedure == run.led_to]
    return f'answered; they led to "{to[0]}"' if to else "answered"


def _ended(run: RunRecord) -> str:
    """Return how a run ended, and what it has erased."""
    proved = (one for step in run.steps if step.proved for one in step.deciding)
    erased = [what for one in proved for word, what in one.values if word == ERASED]
    outcome = _outcome(run)
    if erased and re.match(r"done\b", outcome):
        return f"done ({listed(erased)}){outcome.removeprefix('done')}"
    return outcome


def _outcome(run: RunRecord) -> str:
    if run.harm is Harm.FAULT_STAYS:
        return "done; the fault is still there, see below"
    if run.abandoned:
        how = "not done" if _untouched(run) else "not finished"
        return f"{how}{_and_harm(run)}{_where(run)}"
    if run.only_asked:
        return "only questions were answered; nothing was done"
    faulty = _how_many_faults(run)
    if run.open_steps:
        behind = f"{f'; {faulty}' if faulty else ''}{_and_harm(run)}"
        begun = "all but one step done" if _nearly(run) else _OUTCOMES["UNFINISHED"]
        return f"{begun}{behind}{_where(run) if behind else ''}"
    done = "done in part" if _untested(run) and _tests_parts(run) else "done"
    if faulty and run.outcome in (*_GOOD, "MISMATCH"):
        what = "a fault is suspected" if run.only_suspected else faulty
        return f"{done}; {what}{_and_harm(run)}{_where(run)}"
    if run.harm is not None:
        done = done if run.outcome in _GOOD else _OUTCOMES[run.outcome].removesuffix(_BELOW)
        return f"{done}{_and_harm(run)}{_where(run)}"
    if run.outcome in _GOOD and (bad := list(_called_out(run, cell_went=False))):
        before = all(step.before_repair for step, _ in bad)
        then = "a value was out of range before the repair"
        return f"{done}; {then if before else 'a measured value is out of range'}{_BELOW}"
    return (
        f"{done}, see below" if done != "done" and run.outcome in _GOOD else _OUTCOMES[run.outcome]
    )


def _how_many_faults(run: RunRecord) -> str:
    """Return as a clause that a run has found one fault, or several; "" for none."""
    accepted = [step.id for step in run.steps if step.mark == "found"]
    open_ = [one for one, good in _faults(run) if not good]
    count = max(len(accepted), len(open_))
    if not count:
        return ""
    return "a fault was found" if count == 1 else "faults were found"


def _nearly(run: RunRecord) -> bool:
    """Return whether only one of many steps is open."""
    return len(run.open_steps) == 1 and sum(step.done for step in run.steps) > _FEW


_FEW = 2
_WHOLLY = ("VERIFIED", "DONE BY HAND")
_GOOD = (*_WHOLLY, "PROVED IN PART")
_BELOW = ", see below"


def _where(run: RunRecord) -> str:
    """Return where the page says more: what was lost is said first."""
    return ", see above" if run.harm in (Harm.LOST, Harm.CHANGED) else _BELOW


def _and_harm(run: RunRecord) -> str:
    if run.harm is Harm.CHANGED and run.mishaps:
        erased = all(clause.endswith("erased") for _, clause in run.mishaps)
        return f"; more was {'erased' if erased else 'changed'} by mistake"
    return f"; {run.harm_text}" if run.harm is not None else ""


def _files(report: Report) -> tuple[FileRecord, ...]:
    """Return the files in which something was saved and still is, each once."""
    gone = {one.file for run in report.runs for one in run.gone}
    return tuple(one for one in _saved(report) if one.file not in gone)


def _saved(report: Report) -> tuple[FileRecord, ...]:
    saved = (one for run in report.runs for step in run.steps for one in _kept(step))
    return tuple({one.file: one for one in saved}.values())


def _kept(step: StepRecord) -> Iterator[FileRecord]:
    """Yield the files that a step has kept, the oldest first."""
    yield from step.earlier_backups
    if step.backup is not None:
        yield step.backup


def _last_runs(report: Report) -> tuple[RunRecord, ...]:
    """Return the runs that count: a later one of a procedure takes the place of earlier ones.

    One that was left before its end does not.
    """
    last: dict[str, list[RunRecord]] = {}
    for run in report.runs:
        last[run.procedure] = [*(last.get(run.procedure, ()) if run.open_steps else ()), run]
    return tuple(run for runs in last.values() for run in runs)


def _cell_went(report: Report, run: RunRecord) -> bool:
    """Return whether the cell was changed in the run or later."""
    return any(
        one.started >= run.started and one.is_rehearsal == run.is_rehearsal
        for one in report.runs
        if _changes_cell(one)
    )


def _remaining(report: Report) -> list[str]:
    last = _last_runs(report)
    lines = list(map(printable, _not_repaired(report)))
    lines += [printable(one) for one in _sounds_now(report) if "demo sounds" in one]
    lines += _without_cell(report)
    lines += [printable(_untitled(run, one)) for run in report.runs for one in run.beside]
    for run in last:
        lines += [printable(line) for line in _left(report, run)]
    lines += [
        printable(f"{one.sound}: {one.verdict_text}.")
        for one in report.visit.heard
        if one.verdict != "right"
    ]
    if any(run.mishaps or run.changed for run in report.runs):
        lines.append('See also "In short".')
    return list(dict.fromkeys(lines))


def _remains(report: Report) -> Iterator[Block]:
    lines = _remaining(report)
    unexamined = _unexamined(report) if report.visit.reported or not lines else ()
    lines = _cut([*unexamined, *lines])
    losses = any(run.losses or run.saved_losses for run in report.runs)
    if pressed := [one for one in lines if "press GLOBAL" in one]:
        how = "Press these keys one after the other; + is the M1's key PAGE +."
        lines = [*(one for one in lines if one not in pressed), *pressed, how]
    nothing = 'Only what is lost: see "In short".' if losses else "Nothing that we found."
    yield Paragraph("\n".join(lines) or nothing)


def _why_left(run: RunRecord, left: str) -> str:
    """Return why the step was skipped that was to set what is left, behind its sentence."""
    card = left.startswith("The card's memory protect")
    if not (card or left.startswith("Memory protect")):
        return ""
    skipped = [
        step
        for step in run.steps
        if step.mark == "overridden" and not card and {"memory-protected"} & set(step.checks)
    ]
    return _because(skipped[-1].reason, "Why it was left so") if skipped else ""


def _because(reason: str, why: str = "Why it was skipped") -> str:
    """Return the technician's own words, behind a sentence; "" for none."""
    return f' {why}: "{_plain(reason)}".' if reason.strip() else ""


def _untouched(run: RunRecord) -> bool:
    """Return whether a run was given up before anything was done, asked or skipped in it."""
    return all(step.mark in ("open", "left out") and not step.answered for step in run.steps)


def _unexamined(report: Report) -> Iterator[str]:
    """Yield that no run of a procedure has looked for what was reported, nor for anything."""
    runs = [run for run in report.runs if not (run.is_rehearsal and _is_real(report))]
    if any(step.verdicts or step.done for run in runs for step in run.steps):
        return
    besides = ", besides the sounds that were heard" if report.visit.heard else ""
    still = (
        ": nothing shows whether what you reported is still there" if report.visit.reported else ""
    )
    yield f"No test of your M1 was recorded{besides}{still}."


def _left(report: Report, run: RunRecord) -> Iterator[str]:
    """Yield what a run leaves open, without the steps that an unfinished one has not reached."""
    known, called = _elsewhere(report, run), _titles(report)[run.id]
    if run.abandoned:
        how = "nothing of it was done" if _untouched(run) else "it was not finished"
        yield f"{called}: {how}.{_because(run.abandoned, 'Reason')}"
    elif run.open_steps:
        what = "one step is not finished" if _nearly(run) else "it was begun, but is not finished"
        yield f"{called}: {what}."
    for step in run.steps:
        if step.untested:
            yield from _left_untested(run, step, known)
        if step.mark == "left out":
            continue
        bad = any(one.passed is False for one in step.deciding)
        silent = any(one.passed is None for one in step.deciding) and not step.proved
        if step.fault_stays:
            yield f"{called}: not repaired. {answered(step)}"
        if step.unknown:
            yield f"{called}: not proved. {answered(step)}"
        yield from _against(run, step)
        if step.mark == "overridden":
            yield from _skipped(run, step, known)
        elif bad and step.mark != "found":
            told = (one for one in step.deciding if one.passed is False and one.name not in PARTS)
            yield from dict.fromkeys(map(said_of, told))
        elif step.kind in TRANSFERS and silent:
            yield " ".join([_not_transferred(run, step, known), *_instead(step)]).strip()
        elif silent or (step.mark == "by hand" and step.senses and not step.later):
            yield from _open_question(run, step, known)
    yield from _bad_values(run, cell_went=_cell_went(report, run))
    for one in run.left:
        what, to_set_back, keys = _unnumbered(one).partition(" To turn it on again")
        yield f"{what}{_why_left(run, one)}{to_set_back}{keys}"
    yield from (one.happened for one in run.gone)
    if run.outcome not in _WHOLLY:
        yield from _unproved(run)


def _left_untested(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield which test an answer has left out that neither a later step nor another run made."""
    seen = _seen_after(run, step) | known.parts
    tests = [name for name in step.checks if name in _LEFT_OUT]
    left = [name for name in tests if not seen & {PARTS.get(name), NOT_CHECKED.get(name)}]
    if tests and not left:
        return
    if left and step.because:
        tested = dict.fromkeys(_LEFT_OUT[name] for name in left)
        yield f"Not tested: {listed(list(tested))}, because {step.because}."
    else:
        yield step.untested


_LEFT_OUT = {**PARTS, "song-plays": "playing a song"}
"""What a test is called that an answer has left out, by the name of its check."""


def _open_question(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    if what := _not_checked(run, step, known):
        yield f"{what} {_unanswered(step)}".rstrip()


def _unnumbered(text: str) -> str:
    """Return what is left as it was set, without the steps at which it was."""
    text = re.sub(
        r' \((?:proved|found) at (?:step \d+, "[^"]*"|the end)(?:[,;] [^)]*)?\)', "", text
    )
    text = re.sub(r' \([a-z ]+ at step \d+, "[^"]*", and not seen by the program\)', "", text)
    text = re.sub(
        r', step \d+, "[^"]*", was skipped: the M1 was to be switched off there', _OFF, text
    )
    text = re.sub(r', at step \d+, "[^"]*",| at step \d+, "[^"]*"', "", text)
    for start, what in (
        ("Memory protect", "sounds"),
        ("The card's memory protect", "what is on it"),
    ):
        what = "songs" if text.startswith(f"{start} for songs ") else what
        risk = rf"\1: a wrong key can overwrite {what}."
        text = re.sub(rf"^({start}(?: for [a-z, ]+)? is (?:left )?OFF[^.:]*)\.", risk, text)
    text = text.replace(_EXCLUSIVE_ON, "MIDI Exclusive is now on; it was off before the work.")
    seen = "The program has not seen the setting since."
    return text.replace(seen, "It has not been checked since then.")


_OFF = " the M1 was to be switched off, which was not done or not seen"
_EXCLUSIVE_ON = "The exclusive filter is left at ENA: it was at DIS when the program first asked."
_SET_BACK = {
    "Local is OFF": "Local OFF (the M1's own keys are silent)",
    "Local is ON": "Local ON (the M1's own keys play its sounds)",
    "the M1 waits for an external clock (EXT)": (
        "clock EXT (songs run only with the clock of another device)"
    ),
    "the M1 uses its own clock (INT)": "clock INT (songs run without another device)",
}
"""Settings that no dump contains, in an owner's words, and what follows from them."""
_OF_SEVERAL = (
    (r"the (.+) filter is at ENA", "MIDI filter{} for {} at ENA (sent and received)"),
    (r"the (.+) filter is at DIS", "MIDI filter{} for {} at DIS (not sent or received)"),
    (r"the card's memory protect for (.+) is OFF", "memory protect of a card OFF for {1}"),
    (r"the card's memory protect for (.+) is ON", "memory protect of a card ON for {1}"),
)
"""The same of those that are said in one where several are alike."""


def _unproved(run: RunRecord) -> Iterator[str]:
    """Yield what nothing proves: settings that were put back are named with what they do."""
    back = [one for step in run.steps if step.mark != "left out" for one in step.unchecked]
    rest = list(dict.fromkeys((*run.unproved, *back)))
    told = []
    if any(step.sets_back and step.done for step in run.steps):
        told = [_SET_BACK[one] for one in rest if one in _SET_BACK]
        rest = [one for one in rest if one not in _SET_BACK]
        for pattern, words in _OF_SEVERAL:
            names = [found[1] for one in rest if (found := re.fullmatch(pattern, one))]
            if names:
                names = ["songs" if one == "sequences" else one for one in names]
                told.append(words.format("s" if len(names) > 1 else "", listed(names)))
            rest = [one for one in rest if not re.fullmatch(pattern, one)]
    if told:
        yield f"These should be as noted before the work, but were not checked: {'; '.join(told)}."
        if any("for aftertouch at DIS" in one for one in told) and _is_good(run, "aftertouch-seen"):
            yield "Aftertouch was tested before its filter was set to DIS."
    if rest:
        yield not_proved(one.replace("before the run", "before the work") for one in rest)


def _skipped(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield what is open since a step was skipped; nothing for what the hands have passed over.

    Of the parts that are `known` from another run nothing is open.
    """
    told: list[str] = []
    if step.kind in TRANSFERS:
        told = [_not_transferred(run, step, known), *_instead(step)]
    elif any(one.passed is False for one in step.deciding):
        seen = _seen_after(run, step)
        bad = (
            one
            for one in step.deciding
            if one.passed is False and one.name not in PARTS
            # How it was later is known.
            if NOT_CHECKED.get(one.name) not in seen
        )
        left = () if _is_left(run, step) else map(said_of, bad)
        told = [*dict.fromkeys(left), *_not_tested(run, step, known)]
    elif step.senses and not (step.later or _is_left(run, step)):
        told = [what, *_instead(step)] if (what := _not_checked(run, step, known)) else []
    elif step.units and not step.senses:
        units, labels = dict(step.units), dict(step.labels)
        names = [_in_plain(quantity(labels.get(name, name), unit)) for name, unit in units.items()]
        told = [f"Not measured: {'; '.join(names)}."]
    if step.loses and told and not (step.kind == "backup" and known.has(step)):
        told.append(f"Without that, {step.loses}.")
    if named := _named_skip(step):
        told = [named, *told]
    if any(told):
        yield f"{' '.join(filter(None, told))}{_because(step.reason)}"


def _named_skip(step: StepRecord) -> str:
    """Return in a sentence that a step was skipped of which an owner is to know; "" for others."""
    return f"Skipped: {step.work}." if step.work and step.mark == "overridden" else ""


def _not_tested(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield which parts a skipped step has not tested, and that nothing was heard of them then."""
    parts = _parts_untested(run, step, known)
    if parts:
        yield f"Not tested: {listed(parts)}."
    silent = [one for one in step.deciding if unheard(step, one) and PARTS[one.name] in parts]
    if silent:
        yield from dict.fromkeys(said_of(one) for one in silent)
        yield "Then the test was skipped."


def _is_left(run: RunRecord, step: StepRecord) -> bool:
    """Return whether what a step was to set is named among the settings that are left."""
    protects = {"memory-protected", "memory-unprotected"}
    return protects.issuperset(step.checks or ("",)) and any(
        "emory protect" in one for one in run.left
    )


def _not_checked(run: RunRecord, step: StepRecord, known: Elsewhere) -> str:
    """Return what nobody knows since a step was not proved, in a sentence; "" for nothing.

    What was seen of it later is known, and so are the parts that another run has tested.
    """
    seen = _seen_after(run, step) | known.parts
    tested = [PARTS[name] for name in step.checks if name in PARTS]
    names = [NOT_CHECKED[name] for name in step.checks if name in NOT_CHECKED]
    if seen.issuperset((*tested, *names)) and (tested or names):
        return ""
    tested, names = ([one for one in words if one not in seen] for words in (tested, names))
    compared, before = NOT_CHECKED["memory-equals"], ""
    if compared in names and names[1:] and _compared_before(run, step):
        names.remove(compared)
        before = "The sounds were read back and were as sent. "
    for name, (opposite, was) in _OPPOSITE.items():
        if name in step.checks and NOT_CHECKED[name] in names and _was(run, step, opposite):
            names.remove(NOT_CHECKED[name])
            before += f"{was} "
            if not (names or tested):
                return before.strip()
    if tested:
        return f"Not tested: {listed(list(dict.fromkeys((*tested, *names))))}."
    if names:
        return f"{before}Not checked: {listed(list(dict.fromkeys(names)))}."
    if step.kind == "source":
        return "No file of sounds was chosen."
    # An earlier program has not kept which checks a step has.
    return sentence(f"Not proved: {step.title}")


_SWITCH = "The card's write-protect switch was"
_OPPOSITE = {
    "card-protected": (
        "card-writable",
        f"{_SWITCH} OFF when it was last checked. While it is OFF, it does not protect the card.",
    ),
    "card-writable": (
        "card-protected",
        f"{_SWITCH} ON when it was last checked. While it is ON, nothing can be saved to the card.",
    ),
}
"""By the name of a check the one that shows the opposite, and what is known where that passed."""


def _was(run: RunRecord, step: StepRecord, name: str) -> bool:
    """Return whether a check had passed when it was made last before a step."""
    before = run.steps[: run.steps.index(step)]
    asked = [one for each in before if each.mark != "left out" for one in each.verdicts]
    told = [one.passed for one in asked if one.name == name and one.passed is not None]
    return bool(told) and told[-1]


def _compared_before(run: RunRecord, step: StepRecord) -> bool:
    """Return whether a restore had proved the memory before a step that has asked nothing."""
    before = run.steps[: run.steps.index(step)]
    sent = any(one.kind == "restore" and one.bank != "card" and one.proved for one in before)
    return sent and not step.verdicts and run.harm is None


def _untested(run: RunRecord, known: Elsewhere = _NOWHERE) -> list[str]:
    """Return the parts of which a test was skipped and not made later, nor in another run."""
    parts: dict[str, None] = {}
    for step in run.steps:
        if step.mark == "overridden":
            parts.update(dict.fromkeys(_parts_untested(run, step, known)))
    return list(parts)


def _parts_untested(run: RunRecord, step: StepRecord, known: Elsewhere) -> list[str]:
    """Return the parts of which neither a step that was skipped nor a later one shows anything.

    What is `known` of them from another run counts, too.
    """
    answers = (one for one in step.deciding if not unheard(step, one))
    answered = {one.name for one in answers if one.passed is not None}
    seen = _seen_after(run, step) | known.parts
    left = (PARTS[name] for name in step.checks if name in PARTS and name not in answered)
    return list(dict.fromkeys(one for one in left if one not in seen))


def _tests_parts(run: RunRecord) -> bool:
    """Return whether most of what a run proves are tests of the instrument's parts."""
    proving = [step for step in run.steps if step.senses and step.mark != "left out"]
    tests = [step for step in proving if not PARTS.keys().isdisjoint(step.checks)]
    return 2 * len(tests) > len(proving)


def _seen_after(run: RunRecord, step: StepRecord) -> set[str]:
    """Return what an answer has shown after a step, for good or bad, as `_not_checked` names it."""
    names = {
        one.name
        for later in run.steps[run.steps.index(step) + 1 :]
        if later.mark != "left out"
        for one in later.verdicts
        if one.passed is not None and not unheard(later, one)
    }
    asked = (one.name for one in run.closing if one.passed is not None)
    names |= {_AT_END[name] for name in asked if name in _AT_END}
    return {words[name] for words in (PARTS, NOT_CHECKED) for name in names if name in words}


_AT_END = {
    "the memory protects are ON": "memory-protected",
    "the memory protects are OFF": "memory-protected",
    "the memory matches its source": "memory-equals",
}
"""The checks that the last questions repeat, by what those are called."""


def _not_transferred(run: RunRecord, step: StepRecord, known: Elsewhere) -> str:
    """Return what was not saved or sent; "" where something of it may have been."""
    card = step.bank == "card"
    if step.kind == "restore":
        wrote = any(one.wrote for one in (*step.verdicts, *step.earlier))
        none = step.mark == "overridden" and not (step.verdicts or step.against or wrote)
        return f"Nothing was sent to {'the card' if card else 'the M1'}." if none else ""
    again = any(one.backup is not None and one.bank == step.bank for one in run.steps)
    again = again or known.has(step)
    what = "What is on the card was" if card else _SAVED.get(step.part, "What is in the M1 was")
    return f"{what} not saved{' again' if again else ''}."


_SAVED = {
    "programs": "The programs in the M1 were",
    "combinations": "The combinations in the M1 were",
    "global": "The settings in the M1 were",
    "sequence": "The songs in the M1 were",
}
"""What a step saves of the internal memory, by the part."""


def _against(run: RunRecord, step: StepRecord) -> Iterator[str]:
    """Yield what speaks against what was answered, saved or written at a step.

    Numbers that were read on a board are for who repairs.
    """
    if step.kind == "values":
        return
    if step.proved and step.against and step.backup is not None:
        yield (
            f'The file "{step.backup.file}" may not contain your sounds as they were: ask us '
            "before you use it."
        )
    else:
        yield from (_untitled(run, one) for one in step.against)


def _bad_values(run: RunRecord, *, cell_went: bool) -> Iterator[str]:
    """Yield in sentences the measured values that were bad."""
    yield from (_of_value(one) for _, one in _called_out(run, cell_went=cell_went))


def _called_out(run: RunRecord, *, cell_went: bool) -> Iterator[tuple[StepRecord, str]]:
    """Yield what is wrong with measured values, each with its step."""
    for step in run.steps:
        measured = {what for what, _ in step.cell}
        of_old_cell = "old-cell-volts" in measured and "new-cell-volts" not in measured
        if step.kind == "values" and step.done and not (cell_went and of_old_cell):
            yield from ((step, one) for one in step.evidence)


def _of_value(text: str) -> str:
    """Return in sentences what "New cell: 2.9 V is too low. Expected 3 V or more." says.

    Behind it may stand what was done since.
    """
    found = re.fullmatch(
        r"(.+): (.+) is (too low|too high|(?:low|high)er than expected)\. Expected (.+?)\."
        r"(?: (This .+))?",
        text,
    )
    if found is None:
        return f"{text} {_NOT_AGAIN}"
    name = _in_plain(found[1])
    if name != found[1] or name[1:2].islower():
        name = f"The {name[:1].lower()}{name[1:]}"
    since = found[5] or _NOT_AGAIN
    word = found[3].removesuffix(" than expected")
    assumed = word != found[3]
    word = f"{word} than we expect" if assumed else word
    good = found[4] if assumed else f"good: {found[4]}"
    return f"{name} measured {found[2]}, which is {word} ({good}). {since}"


_SUPPLY = re.compile(r"([+-]\d+ V), ((?:(?!, without sign).)+)(?:, without sign)?")


def _in_plain(label: str) -> str:
    """Return what was measured in an owner's words: "-12 V supply (CN12A)"."""
    return _SUPPLY.sub(r"\1 supply (\2)", label)


_NOT_AGAIN = "It was not measured again."


def _changes_cell(run: RunRecord) -> bool:
    """Return whether the cell that was in the instrument no longer is."""
    parts = (part for step in run.steps for part in step.parts)
    done = {step.records for step in run.steps if step.done}
    named = any(map(is_cell, parts))
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
            f"Have the M1's cell ({_plain(battery.cell)}) and the holder checked now: the memory "
            f"was lost on {_day(battery.lost.isoformat())} while the M1 was off."
        )
    elif battery is not None and battery.is_low:
        on = f" on {_day(battery.measured.isoformat())}" if battery.measured else ""
        yield Paragraph(
            f"Have the M1's cell ({_plain(battery.cell)}) changed now: it measured "
            f"{battery.volts:g} V{on}, and a good one measures 3 V or more."
        )
    elif battery is not None and battery.due is not None:
        yield Paragraph(
            f"Have the M1's cell ({_plain(battery.cell)}) changed by "
            f"{_day(battery.due.isoformat())}, "
            f"{CELL_YEARS} years after it was put in. The warning on the display is not reliable: "
            "do not wait for it."
        )
    else:
        yield Paragraph(
            f"Have the M1's cell (CR2032) changed every {CELL_YEARS} years. {_age_unknown(report)}"
        )
    if any(_not_kept(run) for run in _last_runs(report)):
        yield Paragraph(
            "Have us check whether the M1 keeps its memory when it is off. Until then its sounds "
            "may be lost when you switch it off."
        )
    yield from map(Paragraph, _to_repair(report))
    if _card_without_cell(report):
        yield Paragraph(
            "Have a new cell put in the card before you use it: without one it loses its contents "
            "when it is out of the M1."
        )
    if _only_rehearsed(report):
        keep = "No file of your sounds was made here: have one made, and keep it in two places."
    elif files := _files(report):
        keep = f"Keep each file in two places. {_advice_on(files)}"
    elif _saved(report):
        keep = "There is no file of your sounds here now: have one made, and keep it in two places."
    else:
        keep = "No file of your sounds was made here: have one made, and keep it in two places."
    if battery is None or not battery.none:
        keep = f"When the cell is empty, all sounds, songs and settings are lost. {keep}"
    yield Paragraph(keep)
    yield Paragraph("Do not open the instrument: its power supply stays charged after unplugging.")


def _age_unknown(report: Report) -> str:
    """Return in sentences that nobody knows how old the cell is, though one may be noted."""
    if any(_CELL.search(one) and "holder" not in one.casefold() for one in report.visit.parts):
        return (
            'A cell is noted under "Parts and work", but not the day on which it was put in: ask '
            "us for it."
        )
    found = _new_cell(report, "cell-in")
    rehearsed = found is not None and found[0].is_rehearsal and _is_real(report)
    own = "The rehearsal has changed no cell in your M1. " if rehearsed else ""
    return f"{own}The age of the present one is not known: ask us to measure its voltage."


_CELL = re.compile(r"\bcell\b|\bCR ?2032\b", re.IGNORECASE)


def _to_repair(report: Report) -> Iterator[str]:
    """Yield what else an owner is to have repaired: what is not known to be mended."""
    last = _last_runs(report)
    called = [one for run in last for _, one in _called_out(run, cell_went=False)]
    if any(_SUPPLY.match(one) and not re.search(r"\. This .+$", one) for one in called):
        yield 'Have the power supply checked and repaired: see the voltage under "What remains".'
    if any(_named_skip(step) for run in last for step in run.steps):
        yield 'Ask us whether the steps that were skipped must still be done: see "What remains".'
    if any(_REPAIRED not in one for one in _still_wrong(report)):
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
