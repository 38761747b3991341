"""The customer's page: what remains, since it is wrong, was skipped, or was not proved."""

from __future__ import annotations

import re
from collections.abc import Iterator

from m1tui.advice import listed
from m1tui.facts import NO_ANSWER, NOT_ASKED, TRANSFERS, Outcome, Verdict
from m1tui.store.records import RunRecord, StepRecord, quantity
from m1tui.store.report.document import Block, Paragraph, in_one_line
from m1tui.store.report.facts import Report, answered, not_proved, perhaps, sentence
from m1tui.store.report.visit import (
    FOUND_ON,
    NEW_CELL,
    NOWHERE,
    WHOLLY,
    Elsewhere,
    bad_values,
    cell_went,
    elsewhere,
    faults_in,
    found_on,
    in_plain,
    is_real,
    last_runs,
    runs_like,
    seen_after,
    shortened,
    silences,
    sounds_now,
    titles_of,
    without_cell,
)
from m1tui.store.report.words import NOT_CHECKED, PARTS, said_of, unheard
from m1tui.sysex import printable


def what_remains(report: Report) -> Iterator[Block]:
    """Yield what remains, or that nothing does."""
    lines = remaining(report)
    unexamined = _unexamined(report) if report.visit.reported or not lines else ()
    lines = shortened([*unexamined, *lines])
    losses = any(run.losses or run.saved_losses for run in report.runs)
    if pressed := [one for one in lines if "press GLOBAL" in one]:
        how = "Press these keys one after the other; + is the M1's key PAGE +."
        lines = [*(one for one in lines if one not in pressed), *pressed, how]
    nothing = 'Only what is lost: see "In short".' if losses else "Nothing that we found."
    yield Paragraph("\n".join(lines) or nothing)


def _unexamined(report: Report) -> Iterator[str]:
    """Yield that no run of a procedure has looked for what was reported, nor for anything."""
    runs = [run for run in report.runs if not (run.is_rehearsal and is_real(report))]
    if any(step.verdicts or step.done for run in runs for step in run.steps):
        return
    besides = ", besides the sounds that were heard" if report.visit.heard else ""
    still = (
        ": nothing shows whether what you reported is still there" if report.visit.reported else ""
    )
    yield f"No test of your M1 was recorded{besides}{still}."


def remaining(report: Report) -> list[str]:
    """Return in sentences what remains of all runs of a visit, and of what was heard."""
    last = last_runs(report)
    lines = list(map(printable, _not_repaired(report)))
    lines += [printable(one) for one in sounds_now(report) if "demo sounds" in one]
    lines += without_cell(report)
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


def still_wrong(report: Report) -> Iterator[str]:
    """Yield in sentences which faults there still are, as far as is known."""
    steps = (step for run in last_runs(report) for step in run.steps)
    yield from (f"Still wrong: {answered(step)}" for step in steps if step.fault_stays)
    yield from _not_repaired(report)


def _not_repaired(report: Report) -> Iterator[str]:
    """Yield what was wrong with the instrument when it was last tested in the visit."""
    last = last_runs(report)
    for run in report.runs:
        for one, good in faults_in(report, run):
            if good:
                continue
            sure = one.name in PARTS and not (perhaps(one) or one.suspects)
            it = "they were" if one.name in _SEVERAL else "it was"
            then, since = ("This is not repaired." if sure else ""), ""
            if one.name in PARTS and _repaired_since(report, run, one):
                then, since = "", f" {REPAIRED}, and {it} not tested again."
            elif run not in last:
                since = f" {it.capitalize()} not tested again."
            yield f"{said_of(one, then)}{since}{_why_skipped(run, one)}"


REPAIRED = "A repair was made later"
"""How the sentence of a fault goes on that may be mended."""
_SEVERAL = ("up-down-seen", "pedals-seen", "keybed", "panel-keys-seen")
"""Of `PARTS` those whose name is a plural."""


def _repaired_since(report: Report, run: RunRecord, fault: Verdict) -> bool:
    """Return whether a repair was made after a fault was found, in the run or in a later one."""
    at = next(step for step in run.steps if fault in step.verdicts)
    like = runs_like(report, run)
    later = (step for one in like[like.index(run) + 1 :] for step in one.steps)
    return at.before_repair or any(step.mends and step.done for step in later)


def _why_skipped(run: RunRecord, fault: Verdict) -> str:
    """Return why a step was skipped that has shown a fault, behind a sentence; "" if it was not."""
    steps = [step for step in run.steps if step.mark == "overridden" and fault in step.verdicts]
    return because(steps[-1].reason) if steps else ""


def because(reason: str, why: str = "Reason") -> str:
    """Return the technician's own words, behind a sentence; "" for none."""
    return f' {why}: "{in_one_line(reason)}".' if reason.strip() else ""


def _left(report: Report, run: RunRecord) -> Iterator[str]:
    """Yield what a run leaves open, without the steps that an unfinished one has not reached."""
    known, called = elsewhere(report, run), titles_of(report)[run.id]
    if run.abandoned:
        how = "none of it was done" if untouched(run) else "it was not finished"
        yield f"{called}: {how}.{because(run.abandoned)}"
    elif run.open_steps:
        what = (
            "one step is not finished" if nearly_done(run) else "it was begun, but is not finished"
        )
        yield f"{called}: {what}."
    told = [line for step in run.steps for line in _left_by(run, step, known, called)]
    silent = [what for what, last in silences(run).items() if last]
    if silent and not any(what in line for what in silent for line in told):
        yield f"When it was played last, {listed(silent)}."
    yield from told
    if early := _closed_too_early(run):
        yield f"Noted before other work, and not noted again after it: {early}."
    yield from bad_values(run, cell_went=cell_went(report, run))
    for one in run.left:
        what, to_set_back, keys = _unnumbered(one).partition(" To turn it on again")
        yield f"{what}{_why_left(run, one)}{to_set_back}{keys}"
    yield from (one.happened for one in run.gone)
    if run.outcome not in WHOLLY:
        yield from _unproved(run)


def _closed_too_early(run: RunRecord) -> str:
    """Return which work with a name was last done before work of an earlier step; "" for none.

    Keys that were put back are to be put back again when the grease comes later.
    """
    hands = [step for step in run.steps if step.kind == "hands" and step.done and step.ended]
    early = [
        step.work
        for at, step in enumerate(hands)
        if step.work and any(not one.senses and one.ended > step.ended for one in hands[:at])
    ]
    return "; ".join(early)


def _left_by(run: RunRecord, step: StepRecord, known: Elsewhere, called: str) -> Iterator[str]:
    """Yield what a step leaves open."""
    if step.untested:
        yield from _left_untested(run, step, known)
    if step.mark != "left out":
        yield from _still_open(called, step)
        yield from _against(run, step)
        yield from _left_at(run, step, known)


def _still_open(called: str, step: StepRecord) -> Iterator[str]:
    """Yield behind the name of the work which repair or claim of a step was not proved."""
    if step.fault_stays:
        yield f"{called}: not repaired. {answered(step)}"
    if step.unknown:
        yield f"{called}: not proved. {answered(step)}"


def _left_at(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield what a step leaves open that was skipped, was bad or has no answer."""
    bad = any(one.passed is False for one in step.deciding)
    silent = any(one.passed is None for one in step.deciding) and not step.proved
    if step.mark == "overridden":
        yield from _skipped(run, step, known)
    elif bad and step.mark != "found":
        told = (one for one in step.deciding if one.passed is False and one.name not in PARTS)
        yield from dict.fromkeys(map(said_of, told))
    elif step.kind in TRANSFERS and silent:
        yield " ".join([_not_transferred(run, step, known), *_instead(step)]).strip()
    elif silent or (step.mark == "by hand" and step.senses and not step.later):
        yield from _open_question(run, step, known)


def _untitled(run: RunRecord, text: str) -> str:
    """Return what is said of a step without its title, or else behind the name of the work."""
    bare = re.sub(r'^"[^"]*": ', "", text)
    if bare == text:
        return f"{run.called}: {text}"
    return f"{bare[:1].upper()}{bare[1:]}"


def untouched(run: RunRecord) -> bool:
    """Return whether a run was given up before anything was done, asked or skipped in it."""
    return all(step.mark in ("open", "left out") and not step.answered for step in run.steps)


def nearly_done(run: RunRecord) -> bool:
    """Return whether only one of many steps is open."""
    return len(run.open_steps) == 1 and sum(step.done for step in run.steps) > _FEW


_FEW = 2


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
        return
    silent = [what for what, last in silences(run).items() if last]
    if silent and any(_HEARD in one for one in step.against):
        yield (
            f'"{step.title}" was answered "{step.choice}". But {listed(silent)} when it was played '
            "last."
        )
    yield from (_untitled(run, one) for one in step.against if not (silent and _HEARD in one))


_HEARD = "The virtual M1: "


def denied_answers(run: RunRecord) -> Iterator[str]:
    """Yield what speaks against the answers in a run."""
    for step in run.steps:
        if step.kind == "question" and step.done and step.against:
            yield from _against(run, step)


def _left_untested(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield which test an answer has left out that neither a later step nor another run made."""
    seen = seen_after(run, step) | known.parts
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
        yield what if what == FOUND_ON else f"{what} {_unanswered(step)}".rstrip()


def _not_checked(run: RunRecord, step: StepRecord, known: Elsewhere) -> str:
    """Return what nobody knows since a step was not proved, in a sentence; "" for nothing.

    What was seen of it later is known, and so are the parts that another run has tested.
    """
    seen = seen_after(run, step) | known.parts
    tested = [PARTS[name] for name in step.checks if name in PARTS]
    names = [NOT_CHECKED[name] for name in step.checks if name in NOT_CHECKED]
    if seen.issuperset((*tested, *names)) and (tested or names):
        return ""
    tested, names = ([one for one in words if one not in seen] for words in (tested, names))
    compared, before = NOT_CHECKED["memory-equals"], ""
    if compared in names and names[1:] and _compared_before(run, step):
        names.remove(compared)
        before = "The sounds were read back and were as sent. "
    if NOT_CHECKED["silent"] in names and found_on(run):
        names.remove(NOT_CHECKED["silent"])
        unchecked = " Whether it was off had not been checked." if step.mark == "overridden" else ""
        before += f"{FOUND_ON}{unchecked} "
        if not (names or tested):
            return before.strip()
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


def _unanswered(step: StepRecord) -> str:
    """Return in sentences why a step is not proved."""
    silent = [one for one in step.deciding if one.passed is None]
    if not silent:
        return "It was done by hand, and the instrument has not confirmed it."
    return " ".join(dict.fromkeys(filter(None, map(_silence, silent))))


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


def _skipped(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield what is open since a step was skipped; nothing for what the hands have passed over.

    Of the parts that are `known` from another run nothing is open.
    """
    told = _open_since_skipped(run, step, known)
    if step.loses and told and not (step.kind == "backup" and known.has(step)):
        told.append(f"Without that, {step.loses}.")
    if named := named_skip(step):
        told = [named, *told]
    if any(told):
        # Without it the reason would read as that of what a check has found.
        found = step.kind in TRANSFERS or any(one.passed is False for one in step.deciding)
        said = not (found and any(step.deciding)) or told[-1].endswith(_TEST_SKIPPED)
        then = "Reason" if said else "This was then skipped. Reason"
        yield f"{' '.join(filter(None, told))}{because(step.reason, then)}"


def _open_since_skipped(run: RunRecord, step: StepRecord, known: Elsewhere) -> list[str]:
    """Return in sentences what a skipped step has not sent, shown or measured."""
    if step.kind in TRANSFERS:
        return [_not_transferred(run, step, known), *_instead(step)]
    if any(one.passed is False for one in step.deciding):
        return [*_bad_when_skipped(run, step), *_not_tested(run, step, known)]
    if step.senses and not (step.later or _is_left(run, step)):
        return [what, *_instead(step)] if (what := _not_checked(run, step, known)) else []
    if step.units and not step.senses:
        units, labels = dict(step.units), dict(step.labels)
        names = [in_plain(quantity(labels.get(name, name), unit)) for name, unit in units.items()]
        return [f"Not measured: {'; '.join(names)}."]
    return []


def _bad_when_skipped(run: RunRecord, step: StepRecord) -> Iterator[str]:
    """Yield in sentences what was bad at a skipped step, besides parts, and was not seen later."""
    if _is_left(run, step):
        return
    seen = seen_after(run, step)
    bad = (one for one in step.deciding if one.passed is False and one.name not in PARTS)
    open_ = (one for one in bad if NOT_CHECKED.get(one.name) not in seen)
    yield from dict.fromkeys(map(said_of, open_))


def named_skip(step: StepRecord) -> str:
    """Return in a sentence that a step was skipped of which an owner is to know; "" for others.

    One whose check was asked may have been done: the check comes after the hands' work.
    """
    if not step.work or step.mark != "overridden":
        return ""
    if not any(step.deciding):
        return f"Skipped: {step.work}."
    failed = any(one.passed is False for one in step.deciding)
    return f"The check after {step.work} {'failed' if failed else 'gave no answer'}."


def left_open(report: Report) -> list[str]:
    """Return in a sentence that an M1 may still be open inside; [] where it is not."""
    last = last_runs(report)
    runs = [run for run in last if not (run.is_rehearsal and is_real(report))]
    closing = [
        (run, step)
        for run in runs
        for step in run.steps
        if _CLOSES.search(step.work) and step.mark != "left out"
    ]
    open_ = [
        step
        for run, step in closing
        if named_skip(step).startswith(_SKIPPED) or _cell_out_before(run, step)
    ]
    closed = [step.ended for _, step in closing if step.done]
    if not open_ or any(end > max(step.started for step in open_) for end in closed):
        return []
    return ["The M1 may still be open. Do not plug it in until it is closed."]


def _cell_out_before(run: RunRecord, closing: StepRecord) -> bool:
    """Return whether work inside stopped between the old cell and a step that closes the M1."""
    before = run.steps[: run.steps.index(closing)]
    return closing.mark == "open" and any(
        step.done and step.records in ("cell-out", "cell-in") for step in before
    )


_CLOSES = re.compile(r"\bclosing the M1R?\b|\bthe bottom plate back\b")
"""What the work is called that closes an instrument."""


def named_skips(run: RunRecord) -> list[str]:
    """Return the same of all steps of a run, those that were only skipped in one sentence."""
    named = list(filter(None, map(named_skip, run.steps)))
    skipped = [one for one in named if one.startswith(_SKIPPED)]
    what = "; ".join(one.removeprefix(_SKIPPED).rstrip(".") for one in skipped)
    others = [one for one in named if one not in skipped]
    return [*([f"{_SKIPPED}{what}."] if what else []), *others]


_SKIPPED = "Skipped: "


def _not_tested(run: RunRecord, step: StepRecord, known: Elsewhere) -> Iterator[str]:
    """Yield which parts a skipped step has not tested, and of which nothing was heard at it."""
    parts = _parts_untested(run, step, known)
    silent = [one for one in step.deciding if unheard(step, one) and PARTS[one.name] in parts]
    tried = [PARTS[one.name] for one in silent]
    if left := [one for one in parts if one not in tried]:
        yield f"Not tested: {listed(left)}."
    if silent:
        yield " ".join((*dict.fromkeys(map(said_of, silent)), _TEST_SKIPPED))


_TEST_SKIPPED = "The test was then skipped."
"""What is said of a part of which nothing was heard in a test that was skipped then."""


def _is_left(run: RunRecord, step: StepRecord) -> bool:
    """Return whether what a step was to set is named among the settings that are left."""
    protects = {"memory-protected", "memory-unprotected"}
    return protects.issuperset(step.checks or ("",)) and any(
        "emory protect" in one for one in run.left
    )


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


def not_tested(run: RunRecord, known: Elsewhere) -> list[str]:
    """Return in sentences which parts were not tested, and of which nothing was heard.

    Where nothing was heard and the test was skipped, a part was tried all the same.
    """
    skipped = [step for step in run.steps if step.mark == "overridden"]
    told = [line for step in skipped for line in _not_tested(run, step, known)]
    silent = [one for one in told if one.endswith(_TEST_SKIPPED)]
    tried = {PARTS[one.name] for step in skipped for one in step.deciding if unheard(step, one)}
    left = [one for one in untested_parts(run, known) if one not in tried]
    return [*([f"Not tested: {listed(left)}."] if left else []), *silent]


def untested_parts(run: RunRecord, known: Elsewhere = NOWHERE) -> list[str]:
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
    seen = seen_after(run, step) | known.parts
    left = (PARTS[name] for name in step.checks if name in PARTS and name not in answered)
    return list(dict.fromkeys(one for one in left if one not in seen))


def passed_over(run: RunRecord) -> list[StepRecord]:
    """Return the steps that were skipped and of which nothing is known to remain."""
    return [
        step
        for step in run.steps
        if step.mark == "overridden"
        and step.records not in NEW_CELL
        # What a check has shown there is said elsewhere.
        and not any(one.passed is False for one in step.deciding)
        and not (step.later or _is_left(run, step) or any(_skipped(run, step, NOWHERE)))
        and not (step.senses and step.checks and not _not_checked(run, step, NOWHERE))
    ]


def not_kept(run: RunRecord) -> list[str]:
    """Return in a sentence that nobody knows whether the M1 keeps its memory; [] for no such."""
    name = "off-five-minutes"
    steps = [one for one in run.steps if one.mark == "overridden" and name in one.checks]
    open_ = [one for one in steps if NOT_CHECKED[name] not in seen_after(run, one)]
    unknown = [one for one in open_ if all(v.passed is None for v in one.deciding)]
    return [f"Not checked: {NOT_CHECKED[name]}."] if unknown else []


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
    return because(skipped[-1].reason, "Why it was left so") if skipped else ""


def _unnumbered(text: str) -> str:
    """Return what is left as it was set, without the steps at which it was."""
    checked = re.search(r" was (?:left )?OFF \((?:proved|found) at ", text) is not None
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
        text = re.sub(
            rf"^({start}(?: for [a-z, ]+)? (?:is|may be) (?:left )?OFF[^.:]*)\.", risk, text
        )
    text = text.replace(_EXCLUSIVE_ON, "MIDI Exclusive is now on; it was off before the work.")
    if checked:
        text = re.sub(rf" was (?:left )?OFF\. {_MAYBE_PRESSED}(?: {_UNSEEN})?", _LAST_OFF, text)
    text = text.replace(f", and it was not checked. {_UNSEEN}", f". {_UNSEEN}")
    return text.replace(_UNSEEN, "It has not been checked since then.")


_UNSEEN = "The program has not seen the setting since."
_MAYBE_PRESSED = r"The keys that change it may have been pressed, and it was not checked\."
_LAST_OFF = (
    " was OFF when it was last checked. The keys that change it may have been pressed since then."
)
_OFF = " the M1 was to be switched off, which was not done or not seen"
_EXCLUSIVE_ON = "The exclusive filter is left at ENA: it was at DIS when the program first asked."


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
        if _EXTERNAL in told:
            yield "When the M1 is switched on, it uses its own clock (INT): set EXT again then."
        if any("for aftertouch at DIS" in one for one in told) and _is_good(run, "aftertouch-seen"):
            yield "Aftertouch was tested before its filter was set to DIS."
    if rest:
        yield not_proved(one.replace("before the run", "before the work") for one in rest)


_EXTERNAL = "clock EXT (songs run only with the clock of another device)"
_SET_BACK = {
    "Local is OFF": "Local OFF (the M1's own keys are silent)",
    "Local is ON": "Local ON (the M1's own keys play its sounds)",
    "the M1 waits for an external clock (EXT)": _EXTERNAL,
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


def _is_good(run: RunRecord, name: str) -> bool:
    """Return whether a check has passed when it was made last."""
    last = [one.passed for step in run.steps for one in step.verdicts if one.name == name]
    return bool(last) and last[-1] is True
