"""The customer's page: what was done, tested, measured and saved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from m1tui.advice import listed
from m1tui.facts import ERASED, Harm
from m1tui.store.records import DEMO_SOUNDS, FileRecord, RunRecord, StepRecord, quantity
from m1tui.store.report.document import Block, Facts, Paragraph, in_one_line, written_day
from m1tui.store.report.facts import Report
from m1tui.store.report.remains import (
    because,
    denied_answers,
    named_skips,
    nearly_done,
    passed_over,
    untested_parts,
    untouched,
)
from m1tui.store.report.visit import (
    GOOD,
    MOST_LINES,
    called_out,
    came,
    faults_of,
    files_of,
    in_plain,
    kept_files,
    last_runs,
    measured,
    only_rehearsed,
    own_before,
    parts_answered,
    runs_like,
    titles_of,
)
from m1tui.store.report.words import PARTS
from m1tui.sysex import printable

_OUTCOMES = {
    "VERIFIED": "done; everything that can be proved has been proved",
    "DONE BY HAND": "done; the instrument cannot prove it",
    "PROVED IN PART": "done; something was skipped or not proved, see below",
    "MISMATCH": "a check failed, see below",
    "REFUSED": "a transfer was refused, and none of it was written, see below",
    "UNKNOWN": "not proved, see below",
    "UNFINISHED": "begun, but not finished",
}
"""How a run ended, in words for who does not repair."""
_BELOW = ", see below"


def what_was_done(report: Report) -> Iterator[Block]:
    """Yield how the work ended, what was tested and measured, and what was saved."""
    if not came(report):
        yield Paragraph(f"Rehearsed on {written_day(report.visit.created[:10])}.")
    if ends := _ends(report):
        yield Facts(ends)
    elif not report.parts:
        yield Paragraph("No work was recorded.")
    yield from map(Paragraph, _tested(report))
    if report.parts:
        yield Paragraph(f"Parts and work: {in_one_line('; '.join(report.parts))}.")
    if any(map(_noted_though_skipped, last_runs(report))):
        yield Paragraph("A part or a repair was noted although the repair itself was skipped.")
    if values := tuple(_measured(last_runs(report))):
        yield Facts(values[:MOST_LINES])
    yield from map(Paragraph, _sent(report))
    yield from map(Paragraph, _saved(report))
    if report.visit.price:
        yield Paragraph(_priced(in_one_line(report.visit.price)))


def _ends(report: Report) -> tuple[tuple[str, str], ...]:
    """Return the works with how each ended."""
    runs = [run for run in report.runs if run.outcome in _OUTCOMES]
    titles = titles_of(report)
    return tuple(
        (printable(titles[run.id]), printable(_answered(report, run) or _ended(run)))
        for run in runs[:MOST_LINES]
    )


def _tested(report: Report) -> Iterator[str]:
    """Yield what was tested and good, also before, and which steps were skipped."""
    yield from dict.fromkeys(one for run in last_runs(report) for one in _good(report, run))
    if before := _good_before(report):
        why = _why_not_again(report, before)
        parts = listed([_GOOD_PARTS[name] for name in before])
        yield f"Good in an earlier test, and not tested again: {parts}.{why}"
    over = [" ".join(_said_of_passed(run)) for run in last_runs(report)]
    yield from dict.fromkeys(printable(one) for one in over if one)


def _sent(report: Report) -> Iterator[str]:
    """Yield which sounds were sent to the M1 last, and what was saved to a card."""
    for run in [run for run in report.runs if run.sounds][-1:]:
        demo = run.sounds == DEMO_SOUNDS
        sounds = "m1tui's demo sounds, not your own" if demo else run.sounds
        own = own_before(report, run) if demo else ""
        yield printable(f'After "{titles_of(report)[run.id]}" the M1 contained {sounds}.{own}')
    to_card = dict.fromkeys(one for run in last_runs(report) for one in _with_card(report, run))
    yield from map(printable, to_card)


def _saved(report: Report) -> Iterator[str]:
    """Yield which files an owner is to have, and which of them have what is in the M1 no more."""
    files = _for_owner(report)
    if not files:
        return
    named, more = _each_named(files[:MOST_LINES]), len(files) - MOST_LINES
    others = f"; and {more} more" if more > 0 else ""
    whose = "Saved in the rehearsal" if only_rehearsed(report) else "Saved for you"
    yield printable(f"{whose}: {'; '.join(named)}{others}.")
    if replaced := [one.file for one in files if one.file in _replaced(report)]:
        contains = "contains" if len(replaced) == 1 else "contain"
        yield printable(
            f"{listed(replaced)} {contains} your former sounds, which are no longer in the M1 as "
            "they were."
        )
    if later := [one.file for one in files if one.file in _without_songs(report)]:
        were, do = ("was", "does") if len(later) == 1 else ("were", "do")
        yield printable(
            f"{listed(later)} {were} made after the songs had been lost, and {do} not contain them."
        )
    if not only_rehearsed(report):
        it = "it" if len(files) == 1 else "them"
        yield (
            f"Ask us for {it}, and keep {it}. A file whose name ends in .syx contains data for the "
            "M1: a computer can send the data to it over MIDI."
        )


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
    return f"{listed(erased)} erased and proved to be empty; {outcome}" if erased else outcome


def _outcome(run: RunRecord) -> str:
    if run.harm is Harm.FAULT_STAYS:
        return "done; the fault is still there, see below"
    if run.abandoned:
        how = "not done" if untouched(run) else "not finished"
        return f"{how}{_and_harm(run)}{_where(run)}"
    if run.only_asked:
        return "only questions were answered; nothing was done"
    faulty = _how_many_faults(run)
    if run.open_steps:
        behind = f"{f'; {faulty}' if faulty else ''}{_and_harm(run)}"
        begun = "all but one step done" if nearly_done(run) else _OUTCOMES["UNFINISHED"]
        return f"{begun}{behind}{_where(run) if behind else ''}"
    in_part = named_skips(run) or (untested_parts(run) and _tests_parts(run))
    done = "done in part" if in_part else "done"
    if faulty and run.outcome in (*GOOD, "MISMATCH"):
        what = "a fault is suspected" if run.only_suspected else faulty
        return f"{done}; {what}{_and_harm(run)}{_where(run)}"
    if run.harm is not None:
        done = done if run.outcome in GOOD else _OUTCOMES[run.outcome].removesuffix(_BELOW)
        return f"{done}{_and_harm(run)}{_where(run)}"
    more = []
    if run.outcome in GOOD and any(denied_answers(run)):
        more.append("what was found speaks against an answer")
    if run.outcome in GOOD and (bad := list(called_out(run, cell_went=False))):
        before = all(step.before_repair for step, _ in bad)
        then = "a value was out of range before the repair"
        more.append(then if before else "a measured value is out of range")
    if more:
        return f"{'; '.join((done, *more))}{_BELOW}"
    return (
        f"{done}, see below" if done != "done" and run.outcome in GOOD else _OUTCOMES[run.outcome]
    )


def _how_many_faults(run: RunRecord) -> str:
    """Return as a clause that a run has found one fault, or several; "" for none."""
    accepted = [step.id for step in run.steps if step.mark == "found"]
    open_ = [one for one, good in faults_of(run) if not good]
    count = max(len(accepted), len(open_))
    if not count:
        return ""
    return "a fault was found" if count == 1 else "faults were found"


def _tests_parts(run: RunRecord) -> bool:
    """Return whether most of what a run proves are tests of the instrument's parts."""
    proving = [step for step in run.steps if step.senses and step.mark != "left out"]
    tests = [step for step in proving if not PARTS.keys().isdisjoint(step.checks)]
    return 2 * len(tests) > len(proving)


def _where(run: RunRecord) -> str:
    """Return where the page says more: what was lost is said first."""
    return ", see above" if run.harm in (Harm.LOST, Harm.CHANGED) else _BELOW


def _and_harm(run: RunRecord) -> str:
    if run.harm is Harm.CHANGED and run.mishaps:
        erased = all(clause.endswith("erased") for _, clause in run.mishaps)
        return f"; more was {'erased' if erased else 'changed'} by mistake"
    return f"; {run.harm_text}" if run.harm is not None else ""


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
    like = runs_like(report, run)
    later = (one for other in like[like.index(run) + 1 :] for one in parts_answered(other))
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
        yield (
            "What the saved file contains is in the M1 as it was when the file was made. Settings "
            "that no file contains were not compared: MIDI channel, clock, filters and memory "
            "protect."
        )
    if last.get("in-tune") or last.get("tune-set"):
        yield "The M1 is tuned to 440 Hz."


_GOOD_PARTS = {
    **PARTS,
    "keybed": "all keys",
    "panel-keys-seen": "the panel keys that MIDI can test",
    "sound-suspicion": "the sound, by ear",
}
"""What is said to be good where a check has passed, by its name."""


def _jumped(proved: list[StepRecord]) -> str:
    """Return how much of the time off a rehearsal has skipped, as a clause; "" for none."""
    off = [one for step in proved for one in step.deciding if one.name == "off-five-minutes"]
    found = re.search(r", of which the rehearsal skipped (\d+) s", off[-1].evidence)
    return f", of which the rehearsal skipped {found[1]} seconds" if found else ""


def _good_before(report: Report) -> list[str]:
    """Return the checks of parts that were good only in a run which a later one has replaced."""
    last = last_runs(report)
    replaced = (one for one in report.runs if one not in last)
    before = [one for run in replaced for one in parts_answered(run)]
    since = {PARTS[one.name] for run in last for one in parts_answered(run)}
    found = {PARTS[one.name]: one for one in before if PARTS[one.name] not in since}
    return [one.name for one in found.values() if one.passed]


def _why_not_again(report: Report, names: list[str]) -> str:
    """Return why parts were not tested again, behind a sentence; "" where nobody said so."""
    skipped = (step for run in last_runs(report) for step in run.steps if step.reason)
    steps = (one for one in skipped if one.mark == "overridden" and {*names} & {*one.checks})
    return "".join(dict.fromkeys(because(step.reason) for step in steps))


def _said_of_passed(run: RunRecord) -> Iterator[str]:
    """Yield in sentences which steps of a run were skipped that have no name for an owner.

    Titles are for who repairs, but questions can be read by everybody.
    """
    over = passed_over(run)
    if mends := [step for step in over if step.mends]:
        yield f"The step at which the repair is made was skipped.{_reasons(mends)}"
    if asked := [step for step in over if step.kind == "question"]:
        titles = "; ".join(f'"{in_one_line(step.title)}"' for step in asked)
        yield f"Not answered: {titles}.{_reasons(asked)}"
    if noted := [step for step in over if step.kind == "values"]:
        yield f"Not written down: {'; '.join(map(_to_note, noted))}.{_reasons(noted)}"
    if others := [step for step in over if step not in (*mends, *asked, *noted)]:
        more = "more " if mends else ""
        count = "One" if len(others) == 1 else str(len(others))
        what = f"step{'s' if len(others) > 1 else ''} of the work"
        were, they = ("were", "they") if len(others) > 1 else ("was", "it")
        yield f"{count} {more}{what} {were} skipped.{_reasons(others)} Ask us what {they} {were}."


def _to_note(step: StepRecord) -> str:
    """Return what was to be written down at a step; settings are too many to name each."""
    return "settings of the M1" if step.settings else listed([label for _, label in step.labels])


def _noted_though_skipped(run: RunRecord) -> bool:
    """Return whether parts were noted in a run whose repair was skipped."""
    skipped = any(step.mends and step.mark == "overridden" for step in run.steps)
    mended = any(step.mends and step.done for step in run.steps)
    return skipped and not mended and any(step.parts for step in run.steps if step.done)


def _reasons(steps: list[StepRecord]) -> str:
    """Return why steps were skipped, behind a sentence; "" where nobody said so."""
    why = [f'"{in_one_line(step.reason)}"' for step in steps if step.reason.strip()]
    why = list(dict.fromkeys(why))
    return f" Reason{'s' if len(why) > 1 else ''}: {listed(why)}." if why else ""


def _measured(runs: tuple[RunRecord, ...]) -> Iterator[tuple[str, str]]:
    """Yield what was measured with a unit, and what is good; of one measured again the last.

    What was typed at a step that was left out, or opened again, in the end is no result.
    """
    told: dict[tuple[str, str, str], tuple[str, str]] = {}
    steps = ((run.procedure, step) for run in runs for step in run.steps if step.done)
    for procedure, step in steps:
        units, labels, good = dict(step.units), dict(step.labels), dict(step.good)
        for name, value in step.values:
            if value and name in units:
                label = in_plain(quantity(labels.get(name, name), units[name]))
                then = ", before the repair" if step.before_repair else ""
                said = measured(labels.get(name, ""), f"{value} {units[name]}", good.get(name, ""))
                line = printable(label), f"{said}{then}"
                told[procedure, step.id, name] = line
    yield from told.values()


def _with_card(report: Report, run: RunRecord) -> Iterator[str]:
    """Yield what was saved to a card or loaded from it, and in which file is what was there."""
    before: dict[str, dict[str, str]] = {"card": {}, "internal": {}}
    for step in run.steps:
        for one in files_of(step):
            if one.bank in before and one in kept_files(report):
                before[one.bank].setdefault(one.sha256 or one.file, f'"{one.file}"')
        names = {one.name for one in step.deciding if one.passed} if step.proved else ()
        for name in _COPIED.keys() & names:
            said, bank, there = _COPIED[name]
            files = list(before[bank].values())
            # Of what was read again after a first attempt nobody knows which file is older.
            which = "one of the files" if len(files) > 1 else "the file"
            old = f" What was {there} before is in {which} {listed(files)}."
            yield f"{said}{old if files else ''}"


_COPIED = {
    "card-equals-internal": ("The sounds in the M1 were saved to the card.", "card", "on it"),
    "card-songs-equal-internal": ("The songs in the M1 were saved to the card.", "card", "on it"),
    "internal-equals-card": (
        "The sounds on the card were loaded into the M1.",
        "internal",
        "in the M1",
    ),
    "internal-songs-equal-card": (
        "The songs on the card were loaded into the M1.",
        "internal",
        "in the M1",
    ),
}
"""What was done with a card where it is proved, by the name of the check: the sentence, and the
memory that was written over, which the files from before contain."""


def _replaced(report: Report) -> set[str]:
    """Return the files with what was in the M1 before something else was sent and proved."""
    found: set[str] = set()
    before: list[FileRecord] = []
    for run in report.runs:
        sent = ""
        for step in run.steps if run.sounds and run.sounds != DEMO_SOUNDS else ():
            before += [one for one in files_of(step) if one.bank == "internal"]
            if step.origin is not None and step.done:
                sent = step.origin.sha256
            if step.proved and any(one.name == "restore" and one.wrote for one in step.verdicts):
                found = {one.file for one in before if sent and one.sha256 not in ("", sent)}
    return found


def _without_songs(report: Report) -> set[str]:
    """Return the files without songs that were made after songs were lost which a file contains."""
    found: set[str] = set()
    for run in report.runs:
        files = [one for step in run.steps for one in files_of(step) if one.bank == "internal"]
        names = [one.file for one in files]
        for loss in map(_SONGS_LOST.match, run.saved_losses):
            if loss is not None and loss["file"] in names:
                later = files[names.index(loss["file"]) + 1 :]
                found |= {one.file for one in later if "0 songs" in one.contents}
    return found


_SONGS_LOST = re.compile(r'Lost: [^.]*\bsongs?\b.*; the backup "(?P<file>[^"]+)" contains what ')
"""What is said of songs that were lost and are in a file."""


def _each_named(files: tuple[FileRecord, ...]) -> list[str]:
    """Return files with what they contain, said once of those that are the same."""
    first: dict[str, str] = {}
    named = []
    for one in files:
        same = first.setdefault(one.sha256 or one.file, one.file)
        named.append(_named(one) if same == one.file else f"{one.file} (identical to {same})")
    return named


def _named(file: FileRecord) -> str:
    """Return a file with what it contains, in an owner's words."""
    said = [
        re.sub(r"^(\d+ %) sequencer free$", r"\1 of the song memory free", one)
        for one in file.contents
    ]
    said = [re.sub(r"^global with", "settings and", one) for one in said]
    said = ["settings" if one == "global" else one for one in said]
    return msgspec.structs.replace(file, contents=tuple(said)).named


def _for_owner(report: Report) -> tuple[FileRecord, ...]:
    """Return the files that an owner is to have: of those that are the same the first.

    A copy is among them if something else on the page names it.
    """
    first = {one.sha256 or one.file: one.file for one in reversed(kept_files(report))}
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
        for one in kept_files(report)
        if first[one.sha256 or one.file] == one.file or one.file in told
    )


def _priced(text: str) -> str:
    """Return the price in a sentence: a bare number has no currency, and 0 is no price."""
    if re.fullmatch(r"0+([.,]0*)?(\s*[^\W\d]{1,4}|\s*[€$£])?", text):
        return "Price: there is nothing to pay."
    bare = re.fullmatch(r"\d[\d.,' ]*", text)
    return f"Price: {text} (ask us in which currency)." if bare else f"Price: {text}."
