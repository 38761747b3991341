"""What performing a step gave, and what a run leaves unproved, as it is shown and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import PROVES
from m1tui.engine.keys import CLOCK_INT, PROTECT_ON
from m1tui.engine.read.backup import content_notes
from m1tui.engine.restore.judge import Restoration
from m1tui.facts import DOUBT, Backup, Outcome, Verdict
from m1tui.procedures.claims import claims_of, said_of, switches_off
from m1tui.procedures.closing import EXCLUSIVE
from m1tui.procedures.events import Event
from m1tui.procedures.keys import set_by
from m1tui.procedures.origins import (
    changed_lines,
    gone_lines,
    loss_lines,
    missing_song_lines,
    reallocation_lines,
    saved_loss_lines,
)
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark, StepState
from m1tui.procedures.values import faults
from m1tui.store import printable_path
from m1tui.store.backups import found_again
from m1tui.store.report.facts import sentence, verdict_text, why_unproved
from m1tui.sysex import Bank, Part

ONCE = (
    "It arrived only once, so no second reading confirms it. To confirm it, ask the M1 for the "
    "same data and compare."
)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What performing a step gave."""

    step: str
    verdicts: tuple[Verdict, ...] = ()
    evidence: tuple[str, ...] = ()
    unconfirmed: str = ""
    """What is said of a dump that came once, until a check compares it; empty for all others."""
    backup: str = ""
    origin: str = ""
    choice: str = ""
    """The answer to a question, by its label."""
    values: tuple[tuple[str, str], ...] = ()
    """Values that were chosen or written down, by their names."""
    undone: bool = False
    """Nothing was done, so there is nothing to record: the person said no, or it cannot be."""
    hindrance: Advice | None = None
    """Why nothing could be done, where that is not what the person wanted."""
    restoration: Restoration | None = None

    @property
    def advice(self) -> Advice | None:
        """Return what to tell the person when the step is not done: of the first bad answer."""
        bad = (one.advice for one in self.verdicts if one.decides and not one.passed)
        return self.hindrance or next(filter(None, bad), None)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the evidence as it is shown and kept."""
        return (*self.evidence, self.unconfirmed) if self.unconfirmed else self.evidence

    def event(self, run: Run) -> Event | None:
        """Return the event to record, None when nothing was done. Raises NotAllowed."""
        if self.undone:
            return None
        if run.current.kind == "question":
            return run.choose(self.choice)
        if run.current.kind == "values":
            return run.write_down(dict(self.values))
        if any(verdict.decides for verdict in self.verdicts):
            return run.judge(
                self.verdicts, evidence=self.lines, backup=self.backup, origin=self.origin
            )
        return run.tick(evidence=self.lines, observed=self.verdicts)


def backup_result(step: str, kind: str, backup: Backup, path: Path) -> StepResult:
    """Return the result of a backup, or of a dump that came by itself, kept at `path`."""
    times = {1: "read once", 2: "read twice; both readings match"}
    read = times.get(backup.reads, f"read {backup.reads} times until two readings agreed")
    unconfirmed = ""
    if kind == "receive":
        read, unconfirmed = f"{backup.part.label} arrived complete", ONCE
    holds = ", ".join(backup.contents.describe())
    evidence = f"{read}, {len(backup.dump):,} bytes: {holds}"
    lines = (f"saved as {path.name}", *backup.notes, f"not in it: {', '.join(backup.not_held)}")
    doubts = tuple((DOUBT, note) for note in content_notes(backup.contents))
    verdict = Verdict(True, evidence, name=kind, values=doubts)
    return StepResult(step, (verdict,), lines, unconfirmed, backup=str(path))


_EMPTY = {
    Part.PROGRAMS: "only the programs were read, and all are initialised",
    Part.COMBINATIONS: "only the combinations were read, and all are initialised",
    Part.GLOBAL: "only the global data was read, and it is in its initialised state",
    Part.SEQUENCE: "only the sequencer was read, and it has no songs or patterns",
}
"""What is said of a part that contains nothing to save."""


def nothing_to_save(step: str, kind: str, bank: Bank, part: Part) -> StepResult:
    """Return the result of a backup of a memory that was lost already, or of an empty card.

    Where only `part` of it was read, nothing is said of the rest.
    """
    empty = "the card is empty" if bank is Bank.CARD else "the memory is initialised"
    if part is not Part.ALL:
        empty = f"on the card, {_EMPTY[part]}" if bank is Bank.CARD else _EMPTY[part]
    evidence = f"{empty}: there is nothing to save, and no file was made"
    # A card, or a sequencer, without anything on it is nothing to wonder at.
    usual = bank is Bank.CARD or part is Part.SEQUENCE
    doubts = () if usual else ((DOUBT, f"{evidence[:1].upper()}{evidence[1:]}."),)
    return StepResult(step, (Verdict(True, evidence, name=kind, values=doubts),))


def backup_failed(step: str, kind: str, trouble: Trouble) -> StepResult:
    """Return the result of a backup that could not be made or kept."""
    advice = trouble.advice
    verdict = Verdict(None, advice.happened, advice=advice, name=kind)
    return StepResult(step, (verdict,))


def restore_verdict(restoration: Restoration) -> Verdict:
    """Return the verdict of a restore: only a read-back that differs contradicts it."""
    passed = {Outcome.VERIFIED: True, Outcome.MISMATCH: False}.get(restoration.outcome)
    wire = restoration.sent + restoration.received
    evidence = (
        f"{restoration.outcome.name}: {wire:,} bytes in {restoration.seconds:.1f} s, "
        f"{restoration.pacing.words}"
    )
    if not restoration.wrote:
        evidence = (
            f"{restoration.outcome.name}: nothing was written; {restoration.received:,} bytes read "
            f"in {restoration.seconds:.1f} s"
        )
    if restoration.outcome is Outcome.REFUSED:
        evidence = f"{restoration.outcome.name}: nothing was written. {restoration.advice.happened}"
    comparison = restoration.comparison
    found = ""
    if comparison is not None and restoration.outcome is not Outcome.REFUSED:
        found = f"{len(comparison.different)} different, {len(comparison.cosmetic)} cosmetic"
    return Verdict(
        passed,
        evidence,
        expected="no difference",
        found=found,
        advice=None if passed else restoration.advice,
        name="restore",
        outcome=restoration.outcome,
        wrote=restoration.wrote,
    )


ENABLED = "exclusive-enabled"
"""The check that asks for the filter without which an M1 answers only on its data dump page."""
PROTECTS = "protects"
"""The subject of claims about memory protect."""


def unproved(run: Run) -> tuple[str, ...]:
    """Return which steps are not proved, what stays open by that, and why they were not done."""
    return tuple(_unproved(run, step) for step in run.missing)


def _unproved(run: Run, step: Step) -> str:
    at = run.procedure.steps.index(step)
    state = run.states[at]
    proved = {claim for one in state.deciding if one.passed for claim in PROVES.get(one.name, ())}
    left = (one for one in replace(run, position=at).claims if str(one) not in proved)
    claims = "; ".join(said_of(claim) for claim in left)
    stays = f" Not proved: {claims}." if claims else ""
    bad = [one for one in state.deciding if one.passed is False]
    why = f" Reason: {state.reason}" if state.reason else f" {why_unproved(state.deciding)}"
    if step.leaves_unproved(state.choice):
        why = f" Answer: {state.choice}."
    wrong = run.miswritten.get(step.id)
    tried = f" Attempt: {verdict_text(wrong)}." if wrong is not None else ""
    if bad and wrong is None:
        found = "; ".join(one.found or one.evidence for one in bad)
        tried = f" {sentence(f'Found instead: {found}')}"
    lost = f" Without it, {step.loses}." if step.loses and state.mark is Mark.OVERRIDDEN else ""
    return f"Step {run.numbers[at]}, {_named(step.title)}{stays}{tried}{lost}{why}"


def attention(run: Run) -> tuple[str, ...]:
    """Return what a person must know of a run, whatever its outcome is: the worst comes first.

    It is what was lost or changed that no step asked for, what the proof of a step has found
    beside, and what of the values and answers has to be looked at again.
    """
    told = [
        *loss_lines(run),
        *changed_lines(run),
        *saved_loss_lines(run),
        *missing_song_lines(run),
        *gone_lines(run),
        *beside(run),
    ]
    for at, (step, mark) in enumerate(zip(run.procedure.steps, run.marks, strict=True)):
        if mark is Mark.BY_HAND:
            told += faults(step.fields, dict(run.states[at].values))
        told += against(run, at)
    return tuple(told)


def beside(run: Run) -> Iterator[str]:
    """Yield what the answers by which steps are proved say besides, each once."""
    changed = {advice for _, advice in run.changed}
    advised = {
        verdict.advice: step.title
        for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True)
        if mark is Mark.SENSED
        for verdict in state.deciding
        if verdict.advice is not None and verdict.advice not in changed
    }
    yield from reallocation_lines(run)
    yield from (f'"{title}": {one.happened} {one.safe}' for one, title in advised.items())


def against(run: Run, at: int) -> tuple[str, ...]:
    """Return what speaks against what was written down, answered or saved at a step."""
    if run.marks[at] is Mark.SENSED:
        return tuple(_doubts(run, at))
    step = run.procedure.steps[at]
    cut = (f'"{step.title}": {_CUT}',) if step in run.half_written else ()
    if run.marks[at] is not Mark.BY_HAND:
        return cut
    return (*cut, *_other_rom(run, at), *_denied(run, at))


_CUT = (
    "the program had begun to write to the M1, and was cut off. Part of it may be written: it was "
    "not checked after that."
)


def _doubts(run: Run, at: int) -> Iterator[str]:
    """Yield why what was saved at a step is worth less than a backup of sounds."""
    state = run.states[at]
    name = printable_path(Path(found_again(Path(state.backup)).name)) if state.backup else ""
    what = f'The backup "{name}"' if name else f'"{run.procedure.steps[at].title}"'
    for verdict in state.deciding:
        yield from (f"{what}: {text}" for word, text in verdict.values if word == DOUBT)


def _other_rom(run: Run, at: int) -> Iterator[str]:
    """Yield both ROM numbers where the one that was read on the display is not the M1's answer."""
    names = {field.name: field for field in run.procedure.steps[at].fields}
    reported = [
        number
        for state in run.states
        for verdict in state.verdicts
        for name, number in verdict.values
        if name == "rom"
    ]
    for name, text in run.states[at].values:
        if names[name].records != "rom" or not reported:
            continue
        if text.lstrip("#").lstrip("0") != reported[-1].lstrip("0"):
            yield (
                f'{names[name].label}: "{text}" was written down, and the M1 reports '
                f"{reported[-1]} over MIDI. It is not known whether the two numbers mean the same."
            )


def _denied(run: Run, at: int) -> Iterator[str]:
    """Yield what was written down at an earlier step and denied by the answer at this one."""
    step, choice = run.procedure.steps[at], run.states[at].choice
    names = {option.denies for option in step.options if option.label == choice}
    for earlier, field in run.procedure.fields():
        text = dict(run.states[earlier].values).get(field.name, "")
        done = run.marks[earlier] is Mark.BY_HAND and earlier < at
        if done and field.name in names and text and text.casefold() != field.preset.casefold():
            asked = run.procedure.steps[earlier].title
            yield (
                f'Written down at "{asked}": {sentence(text)} But "{step.title}" was answered '
                f'"{choice}".'
            )


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting of the M1 that no dump contains."""

    left: str
    """What is said where it is left as it is not usually; "is" or "was" goes into the braces."""
    back: str
    """How it is set back, as the end of a sentence."""
    key: str
    """The key that sets it so, UP or DOWN."""


_PROTECT = _Setting(
    "Memory protect {} left OFF", f"To turn it on again, press {PROTECT_ON}.", "DOWN"
)
_LEFT = {
    PROTECTS: _PROTECT,
    **{
        f"card protect {place}": _Setting(
            f"The card's memory protect {{}} left OFF on page GLOBAL 6-{place}",
            f"To turn it on again, press GLOBAL 6 {'+ ' * (place - 1)}D UP.",
            "DOWN",
        )
        for place in (1, 2, 3)
    },
    **{
        f"filter {name}": _Setting(
            f"The {name} filter {{}} left at DIS",
            f"To enable it again, press GLOBAL 5 + {key} UP.",
            "DOWN",
        )
        for name, key in (
            ("program change", "B"),
            ("aftertouch", "D"),
            ("control", "F"),
            ("exclusive", "H"),
        )
    },
    "clock": _Setting("The clock {} left at EXT", f"To set it to INT, press {CLOCK_INT}.", "UP"),
    "local": _Setting("Local {} left OFF", "To turn it on again, press GLOBAL 5 F UP.", "DOWN"),
}
"""What is said of settings that a run has changed and not set back, by their subjects."""
_PLACES = {
    **{(f"6-{place}", "B"): PROTECTS for place in (1, 2, 3)},
    **{(f"6-{place}", "D"): f"card protect {place}" for place in (1, 2, 3)},
    ("5-1", "D"): "clock",
    ("5-1", "F"): "local",
    ("5-2", "B"): "filter program change",
    ("5-2", "D"): "filter aftertouch",
    ("5-2", "F"): "filter control",
    ("5-2", "H"): "filter exclusive",
}
"""The subjects of settings by their pages and the keys below them."""
_SILENT = "aftertouch = silent while a key was held"
_UNHEARD = "No aftertouch came while a key was held"
"""What is said of that: keys whose pressure is dead are silent with the filter at ENA, too."""
_SEEN = {
    f"{PROTECTS} = OFF": (PROTECTS, True),
    f"{PROTECTS} = ON": (PROTECTS, False),
    _SILENT: ("filter aftertouch", True),
    "clock = EXT": ("clock", True),
    "clock = INT": ("clock", False),
    **{f"{subject} = ENA": (subject, False) for subject in _LEFT if subject.startswith("filter ")},
}
"""What claims say of settings: the subject, and whether it is as it is not usually."""


@dataclass(frozen=True, slots=True)
class _Left:
    """A setting as the run left it, and what may have changed it since."""

    what: str
    """What is said of it; "is" or "was" goes into the braces."""
    back: str
    ended: str
    """When it was seen or ticked so."""
    how: str = ""
    since: str = ""
    """What happened to the M1 after that, empty for nothing that may have changed it."""

    def __str__(self) -> str:
        what = self.what.format("was" if self.since else "is")
        how = f" ({self.how})" if self.how else ""
        since = f" {self.since} The program has not seen the setting since." if self.since else ""
        return f"{what}{how}.{since} {self.back}"


def left_now(run: Run) -> tuple[str, ...]:
    """Return the settings that the run has changed or found so, with the keys that set them back.

    Each says whether the program has seen it, or only a person has ticked its keys, and what may
    have changed it after that. What a person has chosen as a value is as it is to be. What a lost
    memory has set is not known.
    """
    left: dict[str, _Left] = {}
    steps = zip(run.procedure.steps, run.states, run.marks, strict=True)
    for at, (step, state, mark) in enumerate(steps):
        done = mark in (Mark.SENSED, Mark.BY_HAND)
        place = run.place_of(step.id)
        if (done and step.initialises) or _found_lost(state):
            left.clear()
        elif mark not in (Mark.OPEN, Mark.LEFT_OUT) and switches_off(step):
            off = f"After that, at {place}, the M1 was to be switched off."
            left = {subject: replace(one, since=off) for subject, one in left.items()}
        for page, below, key in set_by(step.key_names) if done else ():
            subject = _PLACES.get((page, below), "")
            left.pop(subject, None)
            if subject and key == _LEFT[subject].key:
                by_hand = mark is Mark.BY_HAND
                how = "ticked by hand" if by_hand else "its keys were pressed"
                how += f" at {place}, and not seen by the program"
                setting = _LEFT[subject]
                left[subject] = _Left(setting.left, setting.back, state.ended, how)
        claims = claims_of(step, run.route.values[at]) if mark is Mark.SENSED else ()
        for claim in map(str, claims):
            subject, unusual = _SEEN.get(claim, ("", False))
            left.pop(subject, None)
            if unusual:
                setting = _LEFT[subject]
                what = _UNHEARD if claim == _SILENT else setting.left
                left[subject] = _Left(what, setting.back, state.ended, f"proved at {place}")
        if state.said.get(ENABLED) == "yes" and _enabled_exclusive(run):
            left[ENABLED] = _Left(_ENABLED, _DISABLE, state.ended)
    seen = _asked_again(run)
    for subject, unusual in seen.items():
        one = left.pop(subject, None)
        if one is not None and unusual:
            how = one.how if one.how.startswith("proved") else "proved at the end"
            left[subject] = replace(one, since="", how=how)
    known = (one if subject in seen else _after_alarms(run, one) for subject, one in left.items())
    return tuple(str(one) for one in known if one is not None)


def _asked_again(run: Run) -> dict[str, bool]:
    """Return the settings that were proved again at the end, and if they are not as usual."""
    if run.closing is None:
        return {}
    answers = zip(run.closing.claims, run.closing.verdicts, strict=True)
    proved = {claim for claim, verdict in answers if verdict.passed}
    return dict(_SEEN[claim] for claim in sorted(proved & set(_SEEN)))


_LOSING = ("memory-lost", "memory-not-asked", "initialised-at-the-end")
_ENABLED = "The exclusive filter {} left at ENA: it was at DIS when the program first asked"
_DISABLE = "To set it back, press GLOBAL 5 + H DOWN."


def _found_lost(state: StepState) -> bool:
    """Return whether a check of the step found the memory initialised, which was not before."""
    bad = (one.advice for one in state.verdicts if one.passed is False)
    return any(advice.code == "memory-not-kept" for advice in bad if advice is not None)


def _after_alarms(run: Run, left: _Left) -> _Left | None:
    """Return what is left after the alarms that came later; None where nothing is known of it."""
    for alarm in run.alarms:
        if alarm.at < left.ended:
            continue
        if alarm.advice.code in _LOSING:
            return None
        if alarm.advice.code == "went-silent":
            since = f"After that, at {run.place_of(alarm.step)}, the M1 went silent."
            left = replace(left, since=since)
    return left


def _enabled_exclusive(run: Run) -> bool:
    """Return whether Exclusive was set to ENA only since a check needs it."""
    asks = EXCLUSIVE in (_PLACES.get(at[:2]) for at in _keys_set(run))
    return run.first_said.get(ENABLED) is False and not (asks or run.exclusive_given_up)


def _keys_set(run: Run) -> Iterator[tuple[str, str, str]]:
    for step in run.procedure.steps:
        yield from set_by(step.key_names)


def left_out(run: Run) -> tuple[str, ...]:
    """Return the steps that were left out for a reason, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for at, why in run.left_out:
        by_reason.setdefault(why, []).append(run.procedure.steps[at].title)
    return tuple(f"{_all_named(titles)} {why}" for why, titles in by_reason.items())


def _all_named(titles: Sequence[str]) -> str:
    """Return titles of steps in quotation marks, which end a sentence."""
    return ", ".join((*(f'"{one}"' for one in titles[:-1]), _named(titles[-1])))


def _named(title: str) -> str:
    """Return the title of a step in quotation marks, which ends a sentence."""
    return f'"{title}"' if title.endswith("?") else f'"{title}".'
