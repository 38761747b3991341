"""Draws together what a visit's records say: found, done, proved, not proved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import PurePath
from typing import TypeAlias

from m1tui.advice import listed
from m1tui.facts import (
    FAULT,
    NO_ANSWER,
    NOT_ASKED,
    SHOWN,
    TRANSFERS,
    UNDECIDED,
    WITH_FILE,
    Verdict,
)
from m1tui.store.log import ServiceLog
from m1tui.store.records import (
    DEMO,
    DEMO_SOUNDS,
    Answers,
    InstrumentRecord,
    RunRecord,
    StepRecord,
    VisitRecord,
    last_answer,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the report tells of one step."""

    run: str
    """The run's id."""
    step: str
    """The step's id."""
    procedure: str
    """The run's title."""
    glyph: str
    title: str
    """The step's title."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that the report of a visit tells, before it takes a form."""

    visit: VisitRecord
    instrument: InstrumentRecord | None
    """None while the visit's instrument is not known."""
    runs: tuple[RunRecord, ...]
    found: tuple[Finding, ...]
    proved: tuple[Finding, ...]
    unproved: tuple[Finding, ...]
    by_word: tuple[Finding, ...]
    """Steps that no instrument can prove, done on the person's word."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts that were used, each once, as procedures and the visit note them."""
        noted = (
            part for run in self.runs for step in run.steps if step.done for part in step.parts
        )
        return tuple(dict.fromkeys((*noted, *self.visit.parts)))

    @property
    def rehearsals(self) -> tuple[RunRecord, ...]:
        """Return the runs that touched no real instrument."""
        return tuple(run for run in self.runs if run.is_rehearsal)


def report(log: ServiceLog, visit_id: str) -> Report:
    """Return what is known of a visit. Raises StoreError when there is none of that id."""
    visit = log.visit(visit_id)
    runs = log.runs(visit_id)
    return Report(
        visit=visit,
        instrument=log.instrument(visit.instrument) if visit.instrument else None,
        runs=runs,
        found=_findings(runs, _found),
        proved=_findings(runs, _proved),
        unproved=_findings(runs, _unproved),
        by_word=_findings(runs, _by_word),
    )


_Chapter: TypeAlias = Callable[[RunRecord, StepRecord], Iterator[str]]
"""What one chapter says of a step, in lines; nothing for a step that it does not tell."""


def _findings(runs: Iterable[RunRecord], chapter: _Chapter) -> tuple[Finding, ...]:
    return tuple(
        Finding(run.id, step.id, run.title, step.glyph, step.title, lines)
        for run in runs
        for step in run.steps
        if step.mark != "left out" and (lines := tuple(chapter(run, step)))
    )


def _found(_: RunRecord, step: StepRecord) -> Iterator[str]:
    """Tell what was met: answers that were not as they should be, observations, what was noted."""
    yield from earlier_lines(step)
    told = (one for one in step.verdicts if not one.decides or one.passed is False)
    # Two questions that met the same trouble have the same line.
    yield from dict.fromkeys(map(verdict_text, told))
    yield from step.value_lines
    yield from choice_lines(step)
    if step.note:
        yield f"note: {step.note}"


def _proved(_: RunRecord, step: StepRecord) -> Iterator[str]:
    if step.proved:
        told = [line for verdict in step.deciding for line in verdict_lines(verdict)]
        for line in told:
            # What is heard of a virtual M1 is no proof of what was sent; silence denies more.
            if not line.startswith(_HEARD):
                yield line
            elif SILENCE in line:
                yield "only that they were sent is proved: the virtual M1 made no sound"
        if step.kind == "hands" and told:
            yield "only this is proved; the rest of the step is as reported by the technician"
        if step.unchecked:
            yield f"not checked: {'; '.join(step.unchecked)}"
        yield from file_lines(step, told)


def _unproved(run: RunRecord, step: StepRecord) -> Iterator[str]:
    """Tell why a step is not proved that could have been, or that was not done.

    A fault that was found is proved: it is there.
    """
    if step.mark == "found":
        return
    if step.later and not step.verdicts:
        return
    if step.mark == "overridden":
        yield f"skipped: {step.reason}"
    if step.mark == "open":
        yield f"not done: {run.abandoned}" if run.abandoned else "not done"
    if step.mark == "by hand" and step.senses:
        unsettled = any(one.word == UNDECIDED for one in step.deciding)
        why = "; the instrument's answer did not settle it"
        if not unsettled:
            why = ", although the instrument could have proved it"
        yield f"done as reported by the technician{why}"
    if step.unknown:
        yield f"answer: {step.choice}"
    for verdict in step.deciding:
        if not verdict.passed:
            yield verdict_text(verdict)


def _by_word(_: RunRecord, step: StepRecord) -> Iterator[str]:
    if step.by_word:
        yield step.ended


def verdict_text(verdict: Verdict, *, brief: bool = False) -> str:
    """Return a verdict in one line: its word, the evidence, expected and found.

    A `brief` one that passed leaves out the last two, and so does what was observed and is as it
    should be; another leaves out what the evidence says.
    """
    text = verdict.line
    if verdict.passed and (brief or not verdict.decides):
        return text
    if verdict.word == "observed" or (verdict.name == "restore" and verdict.passed):
        return text  # nothing was expected; or the word says that nothing differs
    expected, found = verdict.expected, verdict.found
    if verdict.speaks_for_itself and not found:
        return text  # nothing was read back
    if re.search(r"\bexpected .*, found ", verdict.evidence):
        return text  # the evidence says both
    if unchecked := _unchecked(verdict):
        # The evidence says how it was asked, which is said once.
        shown = f"{text}; " if brief else f"{verdict.word}: "
        return f"{shown}expected {expected}, found {found}{unchecked}"
    behind = []
    if expected and not (verdict.passed and expected in verdict.evidence):
        behind.append(f"expected {expected}")
        found = found or ("" if verdict.passed else "nothing")
    if found and (found == "nothing" or not _says(verdict.evidence, found)):
        behind.append(f"found {found}")
    return "; ".join((text.removesuffix("."), ", ".join(behind))) if behind else text


SILENCE = "nothing is heard"
"""What a verdict says of a virtual M1 that made no sound of what was sent to it."""
_HEARD = "the virtual M1: "
_HEARD_AGAIN = "The virtual M1: heard"


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Yield a brief verdict, and what was heard of a virtual M1, in a line of its own."""
    sent, _, heard = verdict_text(verdict, brief=True).partition(". The virtual M1: ")
    yield sent
    yield from verdict.beside
    if heard:
        yield f"{_HEARD}{heard}"


def _says(text: str, words: str) -> bool:
    """Return whether `words` stand in `text`, and not only within longer words or numbers."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


_AT_END = {
    NO_ANSWER: "At the end the M1 gave no answer about this",
    UNDECIDED: "At the end the M1's answer did not settle this",
    NOT_ASKED: "At the end the M1 could not be asked about this",
}
"""What is said of questions at the end, by the word of their verdict."""


def summary_lines(run: RunRecord, visit: Sequence[RunRecord] = ()) -> Iterator[str]:
    """Yield the faults of a run, and what is missing, for somebody who reads nothing else.

    `visit` has all runs of its visit in order: what another one has shown of the same part of the
    instrument is said, too.
    """
    earlier, later = _others(run, visit)
    seen: dict[str, list[str]] = {}
    for step in run.steps:
        for alarm in step.alarms:
            seen.setdefault(alarm, []).append(step.title)
    before_cell = _lost_before_cell(run)
    for one in run.saved_losses:
        yield f"Attention: {one}"
        if before_cell and one == run.saved_losses[-1]:
            yield f"Attention: {before_cell}"
    # One that came again at each of many steps is said once.
    for alarm, titles in seen.items():
        text = re.sub(r"^The connection to \S+, port \d+ broke", "The connection broke", alarm)
        at = sentence(quoted(dict.fromkeys(titles)))
        yield f"{text} This was found at {at}" if alarm in run.changed else f"Alarm at {at} {text}"
    attention = (*run.changed, *run.beside)
    yield from (f"Attention: {one}" for one in attention if one not in seen)
    lines = [line for step in run.steps for line in _of_step(run, step, earlier, later)]
    tried = [step for step in run.steps if step.mark == "open" and step.faults]
    for step in tried:
        found = "; ".join(map(fault_text, step.faults))
        fault = sentence(f"Fault: {titled(step.title, found)}")
        lines.append(f"{fault} {_good_later(step.faults, later)}".rstrip())
    # What several steps have shown is said as it was last, once.
    lines = list(dict.fromkeys(lines))
    yield from sorted(lines, key=lambda line: _LATE.get(line.partition(":")[0], 0))
    for step in run.steps:
        if step.untested:
            yield f"{step.untested} {_in_earlier(step, earlier)}".rstrip()
    first, *others = run.not_begun or (None,)
    left = [
        and_after(step) if step is first else step.title
        for step in run.steps
        if step.mark == "open" and step not in tried and step not in others
    ]
    if left:
        yield sentence(f"Not done: {'; '.join(left)}")
    if tried:
        yield sentence(f"Not finished: {'; '.join(step.title for step in tried)}")
    if run.sounds:
        yield f"Proved to be in the M1: {run.sounds}."
    for word, text in _AT_END.items():
        names = [one.name for one in run.closing if one.word == word]
        if names:
            yield f"{text}: {'; '.join(names)}."
    yield from (one.happened for one in run.gone)
    yield from run.left
    if run.unproved:
        yield not_proved(run.unproved)
    yield from run.not_again
    if run.abandoned:
        yield f"Abandoned: {run.abandoned}"


def _lost_before_cell(run: RunRecord) -> str:
    """Return in a sentence that a card was found lost before its new cell was in, else "".

    What was asked then may have been asked again since, with the same answer.
    """
    fitted = [one for one in run.steps if one.records == "card-cell-in" and one.done]
    times = [
        verdict.time
        for step in run.steps
        for verdict in (*step.earlier, *step.verdicts)
        if verdict.advice is not None and verdict.advice.code == "card-lost" and verdict.time
    ]
    # With answers of an earlier attempt, a new cell may have been in before.
    if not (run.card_lost and fitted and times) or fitted[-1].earlier:
        return ""
    first = min(times, key=datetime.fromisoformat)
    if datetime.fromisoformat(first) >= datetime.fromisoformat(fitted[-1].ended):
        return ""
    return f'This was found first at {first[11:19]}, before "{fitted[-1].title}" was done.'


_LATE = {
    "Failed and skipped": 1,
    "Not proved": 2,
    "Not proved at that time": 2,
    "Not done": 2,
    "Skipped": 3,
}
"""What stands behind faults and values that are not good, by how its line begins: the higher, the
later."""


def _others(
    run: RunRecord, visit: Sequence[RunRecord]
) -> tuple[Sequence[RunRecord], Sequence[RunRecord]]:
    """Return the runs before and after one in its visit on an instrument of the same kind.

    A rehearsal shows nothing of a real M1.
    """
    at = next((at for at, one in enumerate(visit) if one.id == run.id), len(visit))
    kind = run.is_rehearsal
    before, after = (
        [one for one in runs if one.is_rehearsal == kind] for runs in (visit[:at], visit[at + 1 :])
    )
    return before, after


def _tested(name: str, runs: Iterable[RunRecord]) -> tuple[RunRecord, Verdict] | None:
    """Return the last answer that runs have to a test of a part, with the run; None for none."""
    found = [
        (run, one)
        for run in runs
        for step in run.steps
        if step.mark != "left out"
        for one in step.verdicts
        if one.name == name and one.passed is not None and one.shows_fault
    ]
    return found[-1] if found else None


def _good_later(faults: Iterable[Verdict], later: Sequence[RunRecord]) -> str:
    """Return in a sentence that faults were no longer there in a later run, else ""."""
    last = [_tested(one.name, later) for one in faults]
    good = [one for one in last if one is not None and one[1].passed]
    if not good or len(good) < len(last):
        return ""
    return f'In a later run of "{good[-1][0].title}" this was good.'


def _in_earlier(step: StepRecord, earlier: Sequence[RunRecord]) -> str:
    """Return in a sentence what an earlier run has shown of what a step was to test, else ""."""
    found = [one for name in step.checks if (one := _tested(name, earlier)) is not None]
    bad = [one for one in found if not one[1].passed]
    if not found or not (bad or len(found) == len(step.checks)):
        return ""
    title = (bad or found)[-1][0].title
    return f'In an earlier run of "{title}" this part {"did not pass" if bad else "was good"}.'


def _of_step(
    run: RunRecord,
    step: StepRecord,
    earlier: Sequence[RunRecord] = (),
    later: Sequence[RunRecord] = (),
) -> Iterator[str]:
    """Yield what the summary says of a step."""
    if step.mark == "found":
        yield from (_suspected(one) for one in step.deciding if one.suspects)
        bad = [one for one in step.deciding if not (one.passed or one.suspects)]
        if not bad:
            return
        told = [as_before_repair(run, one, step) for one in bad]
        shown = [one for one, _, _ in told]
        titles = dict.fromkeys(at.title for _, at, _ in told)
        found = "; ".join(map(fault_text, shown))
        # A fault that names its part needs no title of a step before it.
        named = all(map(named_fault, shown))
        title = next(iter(titles)) if len(titles) == 1 else step.title
        found = f"{found[:1].upper()}{found[1:]}" if named else titled(title, found)
        good = dict.fromkeys(said for _, _, said in told)
        after = good if all(good) else filter(None, [_good_later(bad, later)])
        yield " ".join([sentence(f"Fault: {found}"), *after])
    elif step.mark == "overridden":
        bad = [one for one in step.deciding if one.passed is False]
        elsewhere = _good_later(bad, later) if bad else _in_earlier(step, earlier)
        yield " ".join(_not_done(step, elsewhere))
    elif step.mark == "by hand" and step.senses:
        not_then = "Not proved at that time" if step.later else "Not proved"
        why = " ".join(filter(None, (why_unproved(step.deciding), step.later)))
        yield f"{sentence(f'{not_then}: {step.title}')} {why}"
    if step.fault_stays:
        yield f"Fault: {answered(step)}"
    if step.unknown:
        yield f"Not proved: {answered(step)}"
    for one in step.observed:
        again = run.tried_last(one, step)
        # What was as bad when it was tried again is said there.
        if not one.passed and one.expected and (again is None or again.passed):
            last, at, since = as_before_repair(run, one, step)
            seen_as = sentence(f'Observed at "{at.title}": {fault_text(last)}')
            yield f"{seen_as} {since}".rstrip()
    for one in step.deciding if step.proved else ():
        again = run.tried_last(one, step)
        # Silence that stayed is said with the answer that it denies.
        if SILENCE in one.evidence and again is not None and _HEARD_AGAIN in again.evidence:
            yield (
                f'Observed at "{step.title}": {sentence(one.evidence)} When it was played again, '
                "it was heard."
            )
    if step.done and step.kind == "values":
        # The evidence of a step of values is what has to be said of them.
        yield from (f"Attention: {one}" for one in step.evidence)
    yield from (f"Attention: {one}" for one in step.against)
    if step.not_redone:
        yield f"Attention: {out_of_order(step.title, step.not_redone)}"


MENDED = "When it was tried again, this was good."
_BEFORE_REPAIR = "This was before the repair."
_MENDED_BY_REPAIR = f"{_BEFORE_REPAIR} After the repair this was good."
"""What is said of a fault that a later answer no longer shows."""


def mended(run: RunRecord, fault: Verdict, at: StepRecord) -> str:
    """Return in sentences that a fault was no longer there when it was tried again, else ""."""
    return mended_after(fault, run.after(at), before_repair=at.before_repair)


def mended_after(fault: Verdict, later: Iterable[Answers], *, before_repair: bool) -> str:
    """Return the same of a fault by what later steps were answered.

    `before_repair` says whether the fault was found before the repair was made.
    """
    last = last_answer(fault, later)
    if last is None or not last[1].passed:
        return ""
    return _MENDED_BY_REPAIR if before_repair and not last[0] else MENDED


def _last_before_repair(
    run: RunRecord, fault: Verdict, at: StepRecord
) -> tuple[Verdict, StepRecord]:
    """Return the last answer to what showed a fault before the repair was made, and its step.

    A step that counts by its answer after the repair may have been tried before it, too.
    """
    repairs = [step.ended for step in run.steps if step.mends and step.done and step.ended]
    if not (repairs and fault.time):
        return fault, at
    repaired = max(map(datetime.fromisoformat, repairs))
    answers = [
        (one, step)
        for step in run.steps
        if step.mark != "left out"
        for one in (*step.earlier, *step.verdicts)
        if one.name == fault.name and one.passed is not None and one.time
    ]
    before = [one for one in answers if datetime.fromisoformat(one[0].time) < repaired]
    return max(((fault, at), *before), key=lambda one: datetime.fromisoformat(one[0].time))


def as_before_repair(
    run: RunRecord, fault: Verdict, at: StepRecord
) -> tuple[Verdict, StepRecord, str]:
    """Return a fault, its step, and in sentences that it was good later, "" if it was not.

    Of one that a repair has mended it is what the last test before the repair has shown; what was
    good then was mended without it.
    """
    good = mended(run, fault, at)
    if good != _MENDED_BY_REPAIR:
        return fault, at, good
    before, step = _last_before_repair(run, fault, at)
    return (fault, at, MENDED) if before.passed else (before, step, good)


def _not_done(step: StepRecord, elsewhere: str) -> Iterator[str]:
    """Yield what is known of a step that was skipped, in sentences.

    `elsewhere` is what other runs have shown.
    """
    # As the end page has it: nothing stays unproved by what could prove nothing.
    only_skipped = step.later or not (step.senses or step.verdicts or step.loses)
    failed = any(one.passed is False for one in step.deciding)
    word = "Failed and skipped" if failed else "Skipped" if only_skipped else "Not done"
    yield sentence(f"{word}: {step.title}")
    yield from instead(step)
    yield from filter(None, (step.later, elsewhere))
    if step.loses:
        yield f"Without it, {step.loses}."
    yield f"Reason: {step.reason}"


def instead(step: StepRecord) -> Iterator[str]:
    """Yield in a sentence what was found where a step was not done, if anything was."""
    bad = [one for one in step.deciding if one.passed is False]
    silent = [one for one in step.deciding if one.passed is None]
    if bad and step.kind != "restore":
        yield sentence(f"Found instead: {'; '.join(map(found_text, bad))}")
    elif step.kind in TRANSFERS:
        yield from (sentence(verdict_text(one)) for one in (*bad, *silent))
        # What an earlier attempt wrote is in the memory, though the last one wrote nothing.
        wrong = [one for one in step.earlier if one.name == "restore" and one.passed is False]
        if wrong and not bad:
            yield sentence(f"An earlier attempt: {verdict_text(wrong[-1])}")
    elif silent:
        yield why_unproved(silent)


def found_text(verdict: Verdict) -> str:
    """Return what a bad answer found, and of what it did not ask."""
    return f"{verdict.found or verdict.evidence}{_unchecked(verdict)}"


def _unchecked(verdict: Verdict) -> str:
    """Return of which parts a check of protects that failed did not ask, in brackets, else ""."""
    asked = verdict.name in _PROTECTS and verdict.passed is False and verdict.found
    return _not_asked(verdict.found) if asked else ""


def fault_text(verdict: Verdict) -> str:
    """Return what is wrong by a bad answer: in words, and with the numbers where there are any."""
    fault = named_fault(verdict)
    found = verdict.evidence if verdict.found in ("", "none") else verdict.found
    if verdict.suspects:
        return f"suspected from what was heard: {found}"
    if fault:
        return f"{fault} ({found})"
    return f"{found if verdict.decides else verdict.evidence}{perhaps(verdict)}"


def _suspected(verdict: Verdict) -> str:
    """Return what a person's answers point to, and what would settle it, in sentences."""
    what = verdict.evidence.removeprefix("suspected fault: ")
    advice = verdict.advice
    rest = (advice.cause, advice.next_step) if advice is not None else ()
    return " ".join((f"Suspected fault: {what}, from what was heard.", *filter(None, rest)))


def named_fault(verdict: Verdict) -> str:
    """Return what is wrong by a bad answer, as a clause that names the part; "" where it is not so.

    An earlier program wrote "it does not move all the way left".
    """
    fault = dict(verdict.values).get(FAULT, "")
    return f"the joystick{fault.removeprefix('it')}" if fault.startswith("it ") else fault


def perhaps(verdict: Verdict) -> str:
    """Return what is said of a part of which nothing was heard: a person may not have used it."""
    code = verdict.advice.code if verdict.advice is not None else ""
    why = _UNUSED_OF.get((verdict.name, code), _UNUSED.get(code, ""))
    # Of two keys one may have been heard.
    if code == "up-down-not-heard" and not re.search(r"(?<!not) heard\b", verdict.found):
        why = why.replace("it was", "they were")
    return f" (perhaps {why})" if why else ""


_UNUSED = {
    "nothing-moved": "it was not moved",
    "joystick-not-moved": "it was not moved",
    "keybed-not-heard": "nothing was played",
    "no-panel-key-heard": "nothing was pressed",
}
"""By the code of advice, why a part that was not heard need not be at fault."""
_UNUSED_OF = {
    ("pedals-seen", "nothing-moved"): "they were not moved",
    ("up-down-seen", "nothing-moved"): "they were not pressed",
    ("up-down-seen", "up-down-not-heard"): "it was not pressed",
    ("start-stop-seen", "nothing-moved"): "it was not pressed",
    ("start-stop-seen", "start-stop-not-heard"): "it was pressed only once",
}
"""The same of parts that are several, or keys, by the check's name, too."""


def titled(title: str, text: str) -> str:
    """Return what is said of a step behind its title, whose name is not said twice.

    "The VALUE slider: bottom heard; top not heard".
    """
    if re.match(rf"{re.escape(title)}\b", text, re.IGNORECASE):
        return text
    name, colon, rest = text.partition(": ")
    if colon and re.search(rf"\b{re.escape(name)}\b", title, re.IGNORECASE):
        text = rest
    if title.endswith("?"):
        return f"{title} {text[:1].upper()}{text[1:]}"
    return f"{title}: {text}"


def why_unproved(verdicts: Iterable[Verdict]) -> str:
    """Return in sentences why there is no answer to some of the questions that decide a step.

    It need not be silence: without a backup, for one, nothing was asked.
    """
    happened = (
        one.advice.happened if one.advice is not None else one.evidence
        for one in verdicts
        if one.passed is None
    )
    said = dict.fromkeys(sentence(f"{text[:1].upper()}{text[1:]}") for text in happened if text)
    return " ".join(said) or "There was no answer."


def not_proved(claims: Iterable[str]) -> str:
    """Return in a sentence which claims were not proved, each being one: "Local is ON"."""
    return f"It was not proved that {'; that '.join(claims)}."


def answered(step: StepRecord) -> str:
    """Return a question with the answer that was chosen, as sentences."""
    return sentence(titled(step.title, step.choice))


def and_after(step: StepRecord) -> str:
    """Return what the first of many steps that were not begun is called, with the others."""
    return f"{step.title}{'' if step.title.endswith('?') else ','} and the steps after it"


def quoted(titles: Iterable[str]) -> str:
    """Return the first of some titles, and how many more there are: '"Play" and 2 more steps'."""
    first, *others = titles
    more = f" and {len(others)} more step{'s' if len(others) > 1 else ''}" if others else ""
    return f'"{first}"{more}'


def out_of_order(title: str, later: Iterable[str]) -> str:
    """Return in a sentence that a repair was made after the steps that were to follow it."""
    names = [f'"{one}"' for one in later]
    were = "were" if len(names) > 1 else "was"
    return f'"{title}" was done after {listed(names)}, which {were} not done again after it.'


def sentence(text: str) -> str:
    """Return a text with the full stop that it needs."""
    return text if text.endswith((".", "?", "!", '?"')) else f"{text}."


def earlier_lines(step: StepRecord) -> Iterator[str]:
    """Yield why a step was skipped before, and the bad answers of earlier attempts, each once."""
    yield from (f"skipped before: {reason}" for reason in step.earlier_reasons)
    now = {verdict_text(one) for one in step.verdicts}
    times: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    shown: dict[tuple[str, tuple[str, ...]], str] = {}
    for attempt in _earlier_attempts(step):
        if bad := _bad(step, attempt):
            new = (_before(step, attempt), tuple(text for text in bad if text not in now))
            times.setdefault(new, []).append(attempt[0].time[11:19])
            values = [value for one in attempt for name, value in one.values if name == SHOWN]
            shown[new] = values[0] if values else ""
    for place, ((before, texts), when_tried) in enumerate(times.items()):
        when, count = "then" if place else "at first", len(when_tried)
        if not texts:
            often = "once" if count == 1 else f"{count} times"
            known = list(filter(None, when_tried))
            at = f", at {listed(known)}," if known else ","
            yield _and_then(f"tried {often} before{at} with the same result", before)
            continue
        first, *others = texts
        often = when if count == 1 else f"{when}, {count} times,"
        yield _and_then(f"{often} {first}", before)
        yield from (f"in the same attempt {text}" for text in others)
        if shown[before, texts]:
            yield f"virtual M1: {shown[before, texts]}"
    done = {one.name: one.evidence for one in step.verdicts if one.passed}
    for one in step.earlier:
        if one.passed and one.name in _SETS and done.get(one.name, one.evidence) != one.evidence:
            yield f"{_SETS[one.name]}: {one.evidence}"


def _before(step: StepRecord, attempt: Sequence[Verdict]) -> str:
    """Return in a sentence that an earlier attempt came before the repair, "" if it did not."""
    time = attempt[0].time
    if not (step.repaired and time):
        return ""
    before = datetime.fromisoformat(time) < datetime.fromisoformat(step.repaired)
    return _BEFORE_REPAIR if before else ""


def _and_then(text: str, more: str) -> str:
    return f"{sentence(text)} {more}" if more else text


def _earlier_attempts(step: StepRecord) -> Iterator[list[Verdict]]:
    """Yield the answers of each earlier attempt, the oldest first.

    Those of one attempt have one time; a record of an earlier program has none.
    """
    attempt: list[Verdict] = []
    for one in step.earlier:
        new = not one.time or any(
            other.time != one.time or other.name == one.name for other in attempt
        )
        if attempt and new:
            yield attempt
            attempt = []
        attempt.append(one)
    if attempt:
        yield attempt


def _bad(step: StepRecord, attempt: Iterable[Verdict]) -> dict[str, None]:
    """Return the bad answers of an earlier attempt, each once."""
    empty = any(one.name == "memory-initialised" and one.passed for one in step.verdicts)
    return {
        _AT_DIS if empty and one.name == "exclusive-enabled" else _earlier(one): None
        for one in attempt
        if not one.passed
    }


_AT_DIS = "Exclusive was at DIS, as in any initialised memory"
_OTHER_VALUE = "passed before, with another value"
_SETS = {
    **dict.fromkeys(("allocation-is", "channel-is", "transpose-equals"), _OTHER_VALUE),
    "source": "chosen before",
}
"""Checks of a value that was chosen, and what is said of what they have proved before another one
was chosen."""


def choice_lines(step: StepRecord) -> Iterator[str]:
    """Yield what a question was answered at first and at last."""
    if step.choice:
        first = (f"at first answered: {one}" for one in step.earlier_choices)
        yield from (*first, f"answer: {step.choice}")


def _earlier(verdict: Verdict) -> str:
    """Return a bad answer of an earlier attempt, of protects only which were wrong."""
    wrong, brief = _PROTECTS.get(verdict.name, ("", ""))
    names = [one.removesuffix(wrong) for one in verdict.found.split(", ") if one.endswith(wrong)]
    if wrong and names and verdict.passed is False:
        left = _not_asked(verdict.found).replace("checked)", "checked then)")
        return f"{brief}: {', '.join(names)}{left}"
    file = dict(verdict.values).get(WITH_FILE, "")
    return f"with {file}: {verdict_text(verdict)}" if file else verdict_text(verdict)


def _not_asked(found: str) -> str:
    """Return of which parts a check of protects did not ask, in brackets; "" for none."""
    parts = (("programs", "programs"), ("combinations", "combinations"), ("sequence", "songs"))
    left = [words for part, words in parts if part not in found or f"{part} not known" in found]
    return f" ({listed(left)} not checked)" if left else ""


_PROTECTS = {
    "memory-unprotected": (" protected", "still protected"),
    "memory-protected": (" unprotected", "not yet protected"),
}
"""The word for parts that are not as a check of protects expects, and how it is said briefly."""


def alarm_lines(step: StepRecord) -> Iterator[str]:
    """Yield what was seen at the instrument that the step did not ask for: the summary has all.

    Each has its time, since the step may have been done again long after that.
    """
    for text, time in zip_longest(step.alarms, step.alarm_times, fillvalue=""):
        at = f" at {time[11:19]}" if time else ""
        yield f"ALARM{at}: {text.partition('. ')[0].rstrip('.')}."


def _names(said: str, file: PurePath) -> bool:
    """Return whether a text names a file: "songs" is a word of any text, "a title" is not."""
    return file.name in said or (" " in file.stem and file.stem in said)


def file_lines(step: StepRecord, told: Iterable[str] = ()) -> Iterator[str]:
    """Yield the files that a step wrote or read, unless the lines that are `told` name them."""
    said = "\n".join(told)
    yield from (f"saved earlier as {one.file}" for one in step.earlier_backups)
    if step.backup is not None and step.backup.file not in said:
        yield f"saved as {step.backup.file}"
    if step.origin is not None and step.origin.file == DEMO:
        if "demo bank" not in said:
            yield f"from {DEMO_SOUNDS}"
    elif step.origin is not None and not _names(said, PurePath(step.origin.file)):
        yield f"from {step.origin.file.replace(' :: ', ', ')}"
