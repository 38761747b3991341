"""What the runs of a visit have shown together, for the customer's page.

Which runs count, what is known from other runs, and which faults, values, files, sounds and cells
there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from m1tui.facts import Harm, Verdict
from m1tui.store.records import DEMO_SOUNDS, FileRecord, RunRecord, StepRecord, is_cell
from m1tui.store.report.facts import MENDED, SILENCE, Report, as_before_repair
from m1tui.store.report.words import NOT_CHECKED, PARTS, tests_part, unheard

MOST_LINES = 8
"""Of one list: more do not fit on the page, and nobody reads them."""
WHOLLY = ("VERIFIED", "DONE BY HAND")
"""The outcomes of work that is done, and of which nothing is left to prove."""
GOOD = (*WHOLLY, "PROVED IN PART")
"""The outcomes of work that is done."""


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


NOWHERE = Elsewhere()
"""For a run that is told without the others of its visit."""


def last_runs(report: Report) -> tuple[RunRecord, ...]:
    """Return the runs that count: a later one of a procedure takes the place of earlier ones.

    One that was left before its end does not.
    """
    last: dict[str, list[RunRecord]] = {}
    for run in report.runs:
        last[run.procedure] = [*(last.get(run.procedure, ()) if run.open_steps else ()), run]
    return tuple(run for runs in last.values() for run in runs)


def runs_like(report: Report, run: RunRecord) -> tuple[RunRecord, ...]:
    """Return the runs of a visit that tell of the same instrument, a real or a virtual one."""
    return tuple(one for one in report.runs if one.is_rehearsal == run.is_rehearsal)


def titles_of(report: Report) -> dict[str, str]:
    """Return what the work of each run is called, by its id: of several, which time it was."""
    told: dict[str, str] = {}
    names = [run.called for run in report.runs]
    for at, run in enumerate(report.runs):
        time = names[:at].count(run.called)
        nth = _NTH[time] if time < len(_NTH) else f"{time + 1}th"
        told[run.id] = f"{run.called}, {nth} time" if names.count(run.called) > 1 else run.called
    return told


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth")


def is_real(report: Report) -> bool:
    """Return whether the visit is known to be of a real instrument."""
    return report.instrument is not None and not report.instrument.virtual


def only_rehearsed(report: Report) -> bool:
    """Return whether nothing was run on the real instrument that the visit is of."""
    return bool(report.runs) and report.rehearsals == report.runs and is_real(report)


def came(report: Report) -> bool:
    """Return whether an instrument is known to have come, by intake or by what was run on it."""
    if only_rehearsed(report):
        return not report.visit.automatic
    return not report.runs or report.rehearsals != report.runs


def parts_answered(run: RunRecord) -> Iterator[Verdict]:
    """Yield what a run has found out of parts of the instrument, good or bad."""
    for step in run.steps:
        if step.mark != "left out":
            known = (one for one in step.verdicts if one.name in PARTS and one.passed is not None)
            yield from (one for one in known if not unheard(step, one))


def elsewhere(report: Report, run: RunRecord) -> Elsewhere:
    """Return what the other runs on the same instrument have shown, and earlier ones saved."""
    like = runs_like(report, run)
    before, later = like[: like.index(run)], like[like.index(run) + 1 :]
    # What was seen before a repair says nothing of how it is after that.
    repaired = any(step.mends and step.done for step in run.steps)
    others = later if repaired else (*before, *later)
    return Elsewhere(
        frozenset(PARTS[one.name] for other in others for one in parts_answered(other)),
        frozenset(
            (step.bank, step.part)
            for one in before
            for step in one.steps
            if step.proved and step.backup in kept_files(report)
        ),
    )


def seen_after(run: RunRecord, step: StepRecord) -> set[str]:
    """Return what an answer has shown after a step, for good or bad.

    It is named as in `PARTS` and `NOT_CHECKED`.
    """
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


def faults_of(run: RunRecord) -> Iterator[tuple[Verdict, str]]:
    """Yield what was wrong with the instrument, and that it was good when it was tried again.

    What was as bad then is said once, as it was at last.
    """
    told: list[Verdict] = []
    for step in run.steps:
        accepted = step.deciding if step.mark == "found" else ()
        bad = [one for one in accepted if one.passed is False]
        if step.mark != "left out":
            seen = (one for one in step.faults if tests_part(one) and not unheard(step, one))
            bad += [one for one in seen if one not in bad]
        for one in bad:
            last = run.tried_last(one, step)
            if last is None or last.passed:
                shown, _, good = as_before_repair(run, one, step)
                if shown not in told:
                    told.append(shown)
                    yield shown, good


def faults_in(report: Report, run: RunRecord) -> Iterator[tuple[Verdict, str]]:
    """Yield the faults of a run as `faults_of` does, by what the later runs of its visit show.

    What was as bad then is said of the later run. Of a run that a later one of its procedure has
    replaced, only the parts count that were not tested again.
    """
    like = runs_like(report, run)
    later = like[like.index(run) + 1 :]
    replaced = run not in last_runs(report)
    for one, good in faults_of(run):
        answers = (answer for other in later for answer in parts_answered(other))
        again = [answer for answer in answers if PARTS[answer.name] == PARTS.get(one.name)]
        if not again:
            if not replaced or one.name in PARTS:
                yield one, good
        elif again[-1].passed:
            yield one, good or MENDED


def called_out(run: RunRecord, *, cell_went: bool) -> Iterator[tuple[StepRecord, str]]:
    """Yield what is wrong with measured values, each with its step."""
    for step in run.steps:
        measured = {what for what, _ in step.cell}
        of_old_cell = "old-cell-volts" in measured and "new-cell-volts" not in measured
        if step.kind == "values" and step.done and not (cell_went and of_old_cell):
            yield from ((step, one) for one in step.evidence)


def bad_values(run: RunRecord, *, cell_went: bool, brief: bool = False) -> Iterator[str]:
    """Yield in sentences the measured values that were bad, `brief` ones without what is good."""
    for _, one in called_out(run, cell_went=cell_went):
        text = _of_value(one)
        yield (
            re.sub(r" \((?:good: |about )[^)]*\)", "", text).removesuffix(f" {_NOT_AGAIN}")
            if brief
            else text
        )


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
    name = in_plain(found[1])
    if name != found[1] or name[1:2].islower():
        name = f"The {name[:1].lower()}{name[1:]}"
    since = found[5] or _NOT_AGAIN
    word = found[3].removesuffix(" than expected")
    signless = " without its sign" if _SIGNLESS in found[1] else ""
    assumed = word != found[3]
    word = f"{word} than we expect" if assumed else word
    good = found[4] if assumed else f"good: {found[4]}"
    return f"{name} measured {found[2]}{signless}, which is {word} ({good}). {since}"


_NOT_AGAIN = "It was not measured again."


def in_plain(label: str) -> str:
    """Return what was measured in an owner's words: "-12 V supply (inside, at CN12A)"."""
    return SUPPLY.sub(r"\1 supply (inside, at \2)", label)


def measured(label: str, value: str, good: str) -> str:
    """Return a value with what is good, and that it has no sign where its label says so."""
    how = ["measured without its sign"] if _SIGNLESS in label else []
    behind = "; ".join([*how, *([f"good: {good}"] if good else [])])
    return f"{value} ({behind})" if behind else value


_SIGNLESS = ", without sign"


SUPPLY = re.compile(r"([+-]\d+ V), ((?:(?!, without sign).)+)(?:, without sign)?")
"""How the label of a supply voltage begins."""


def found_on(run: RunRecord) -> bool:
    """Return whether the M1 was heard at a step at which it was to be off."""
    alarms = (one for step in run.steps if step.mark != "left out" for one in step.alarms)
    return any(_IS_ON.match(one) for one in alarms)


_IS_ON = re.compile(r"The M1 is on\b(?! another)")
FOUND_ON = "The M1 was heard when it had to be off for the work: it seems to have been on."
"""What is said of that."""


def silences(run: RunRecord) -> dict[str, bool]:
    """Return in clauses what of a virtual M1 was silent when it was played.

    With each stands whether it was silent when it was played last.
    """
    heard: dict[tuple[str, str], list[bool]] = {}
    for step in run.steps:
        for one in step.verdicts if step.mark != "left out" else ():
            played = _PLAYED.search(one.evidence)
            if played is not None:
                where = f" from output {played[1]}" if played[1] else ""
                what = f"nothing was heard{where} of the virtual M1"
                silent = played[2].startswith(SILENCE)
                heard.setdefault((one.name, what), []).append(silent)
    told: dict[str, bool] = {}
    for (_, what), all_ in heard.items():
        if any(all_):
            told[what] = told.get(what, False) or all_[-1]
    return told


_PLAYED = re.compile(r"(?: through output (\S+))?\. The virtual M1: (.+)$")


def kept_files(report: Report) -> tuple[FileRecord, ...]:
    """Return the files in which something was saved and still is, each once."""
    gone = {one.file for run in report.runs for one in run.gone}
    return tuple(one for one in saved_files(report) if one.file not in gone)


def saved_files(report: Report) -> tuple[FileRecord, ...]:
    """Return the files in which something was saved, each once, also those that are gone."""
    saved = (one for run in report.runs for step in run.steps for one in files_of(step))
    return tuple({one.file: one for one in saved}.values())


def files_of(step: StepRecord) -> Iterator[FileRecord]:
    """Yield the files that a step has kept, the oldest first."""
    yield from step.earlier_backups
    if step.backup is not None:
        yield step.backup


def sounds_now(report: Report) -> Iterator[str]:
    """Yield in a sentence which sounds the last run that has sent any has proved to be there."""
    sent = [run for run in report.runs if run.sounds][-1:]
    for run in sent:
        if run in last_runs(report) and (there := _now_there(run)):
            own = own_before(report, run) if run.sounds == DEMO_SOUNDS else ""
            yield as_rehearsed(report, run, f"{there}{own}")


def _now_there(run: RunRecord) -> str:
    """Return in a sentence which sounds a run has proved to be in the M1, "" for none.

    Where a part of it stayed unproved, the last look must have found them there.
    """
    kept = {step.backup.file for step in run.steps if step.backup is not None}
    chosen = [step.origin.file for step in run.steps if step.origin is not None and step.done]
    known = any(_AT_END.get(one.name) == "memory-equals" and one.passed for one in run.closing)
    good = run.outcome in WHOLLY or known
    # What was lost before the sounds were sent does not speak against them.
    spoilt = run.harm is not None and not (run.harm is Harm.LOST and known)
    if not (run.sounds and good and chosen) or spoilt:
        return ""
    if chosen[-1] in kept and not _wrote(run):
        return "Your sounds were in the M1 already, so nothing was sent: this was proved."
    if chosen[-1] in kept:
        return "Your sounds were sent back to the M1 and proved to be the same."
    if run.sounds == DEMO_SOUNDS:
        return "The M1 contains m1tui's demo sounds, not your own."
    return f"The M1 contains {run.sounds}: this was proved."


def _wrote(run: RunRecord) -> bool:
    """Return whether a restore of the run has written anything."""
    sent = [step for step in run.steps if step.kind == "restore"]
    return any(one.wrote for step in sent for one in (*step.verdicts, *step.earlier))


def own_before(report: Report, run: RunRecord) -> str:
    """Return in which file is what was in the M1 before, as a sentence behind another."""
    saved = [one for step in run.steps if step.kind == "backup" for one in files_of(step)]
    there = [one.file for one in saved if one.bank != "card" and one in kept_files(report)]
    return f' What was in it before is in the file "{there[0]}".' if there else ""


def as_rehearsed(report: Report, run: RunRecord, text: str) -> str:
    """Return a sentence that says so where a real M1 might be meant and a virtual one is."""
    if not run.is_rehearsal or (report.rehearsals == report.runs and not is_real(report)):
        return text
    text = text.replace("Your sounds", "The sounds").replace(", not your own", "")
    return f"In the rehearsal: {text[:1].lower()}{text[1:]}"


def new_cell(report: Report, kind: str) -> tuple[RunRecord, StepRecord] | None:
    """Return the step that counts of those at which such a cell is put in, with its run.

    It is the last that was done or skipped. What was only rehearsed has put no cell in a real M1.
    """
    last = last_runs(report)
    found = [
        (run, step)
        for run in report.runs
        for step in run.steps
        if run in last and step.records == kind and step.mark != "left out"
    ]
    found = [one for one in found if not one[0].is_rehearsal] or found
    found = [one for one in found if one[1].mark != "open"] or found
    return found[-1] if found else None


NEW_CELL = ("cell-in", "card-cell-in")
"""What a step records at which a new cell is put in."""


def without_cell(report: Report) -> list[str]:
    """Return in a sentence that a cell was to be put in and was not, [] where none was not."""
    found = [one for kind in NEW_CELL if (one := new_cell(report, kind)) is not None]
    skipped = any(step.mark == "overridden" for _, step in found)
    return ["The new cell was not put in."] if skipped else []


def card_without_cell(report: Report) -> bool:
    """Return whether a card's old cell is out, as far as is known, and no new one in."""
    found = new_cell(report, "card-cell-in")
    if found is None or found[1].done:
        return False
    run, step = found
    out = [one for one in run.steps if one.records == "card-cell-out"]
    # An earlier program has not recorded at which step the old one comes out.
    return any(one.done for one in out) if out else step.mark == "overridden"


def cell_went(report: Report, run: RunRecord) -> bool:
    """Return whether the cell was changed in the run or later."""
    return any(
        one.started >= run.started and one.is_rehearsal == run.is_rehearsal
        for one in report.runs
        if _changes_cell(one)
    )


def _changes_cell(run: RunRecord) -> bool:
    """Return whether the cell that was in the instrument no longer is."""
    parts = (part for step in run.steps for part in step.parts)
    done = {step.records for step in run.steps if step.done}
    named = any(map(is_cell, parts))
    changed = named or not done.isdisjoint(("cell-out", "cell-in"))
    return changed or any(step.needs_no_cell for step in run.steps)


def shortened(lines: list[str]) -> list[str]:
    """Return as many lines as the page has room for."""
    more = len(lines) - MOST_LINES
    behind = [f"And {more} more: ask us for a list of all."] if more > 0 else []
    return [*lines[:MOST_LINES], *behind]
