"""What performing a step gave, and what a run leaves unproved, as it is shown and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import PROVES
from m1tui.engine.checks.card import STATES
from m1tui.engine.read.backup import content_notes
from m1tui.engine.restore.judge import Restoration
from m1tui.facts import DOUBT, Backup, Outcome, Verdict
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.events import ON_WHILE_OFF, AlarmRaised, Event
from m1tui.procedures.origins import (
    backups_of,
    changed_lines,
    gone_lines,
    loss_lines,
    missing_song_lines,
    reallocation_lines,
    saved_loss_lines,
    songs_touched,
)
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.stakes import cut_write
from m1tui.procedures.states import Mark
from m1tui.procedures.values import Field
from m1tui.store import printable_path
from m1tui.store.backups import found_again
from m1tui.store.records import is_cell, is_part
from m1tui.store.report.facts import (
    SILENCE,
    fault_text,
    found_text,
    out_of_order,
    quoted,
    sentence,
    verdict_text,
    why_unproved,
)
from m1tui.sysex import Bank, CardState, Part

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
    Part.ALL: "the memory {is} initialised",
    Part.PROGRAMS: "only the programs were read, and all {are} initialised",
    Part.COMBINATIONS: "only the combinations were read, and all {are} initialised",
    Part.GLOBAL: "only the global data was read, and it {is} in its initialised state",
    Part.SEQUENCE: "only the sequencer was read, and it {has} no songs or patterns",
}
"""What is said of a part that contains nothing to save."""
_NOW = {"is": "is", "are": "are", "has": "has"}
_THEN = {"is": "was", "are": "were", "has": "had"}
"""The same for whoever reads it after the step."""


def nothing_to_save(step: str, kind: str, bank: Bank, part: Part) -> StepResult:
    """Return the result of a backup of a memory that was lost already, or of an empty card.

    Where only `part` of it was read, nothing is said of the rest.
    """
    empty = _EMPTY[part]
    if bank is Bank.CARD:
        empty = "the card {is} empty" if part is Part.ALL else f"on the card, {empty}"
    text = f"{empty}: there {{is}} nothing to save, and no file was made"
    evidence, told = text.format(**_NOW), text.format(**_THEN)
    # A card, or a sequencer, without anything on it is nothing to wonder at.
    usual = bank is Bank.CARD or part is Part.SEQUENCE
    doubts = () if usual else ((DOUBT, f"{told[:1].upper()}{told[1:]}."),)
    return StepResult(step, (Verdict(True, evidence, name=kind, values=doubts),))


def backup_failed(step: str, kind: str, trouble: Trouble) -> StepResult:
    """Return the result of a backup that could not be made or kept."""
    advice = trouble.advice
    verdict = Verdict(None, advice.happened, advice=advice, name=kind)
    return StepResult(step, (verdict,))


def restore_verdict(restoration: Restoration) -> Verdict:
    """Return the verdict of a restore: only a read-back that differs contradicts it."""
    passed = {Outcome.VERIFIED: True, Outcome.MISMATCH: False}.get(restoration.outcome)
    evidence = (
        f"{restoration.outcome.name}: {restoration.sent:,} bytes sent and "
        f"{restoration.received:,} bytes read in {restoration.seconds:.1f} s, "
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


def unproved(run: Run) -> tuple[str, ...]:
    """Return which steps are not proved, what stays open by that, and why they were not done."""
    return tuple(_unproved(run, step) for step in run.missing if not _only_skipped(run, step))


def skipped(run: Run) -> tuple[str, ...]:
    """Return which steps were skipped by which nothing stays unproved, and why."""
    return tuple(_unproved(run, step) for step in run.missing if _only_skipped(run, step))


def _only_skipped(run: Run, step: Step) -> bool:
    """Return whether a step could prove nothing, or a later one has proved all of it."""
    at = run.procedure.steps.index(step)
    state = run.states[at]
    answered = state.mark is Mark.OVERRIDDEN and not (state.failed or state.no_answer)
    return answered and (not step.senses or proves_later(run, at))


def proves_later(run: Run, at: int) -> bool:
    """Return whether a later step proved all that the step at that index was to prove or set."""
    later = run.settled_later(at)
    return bool(later) and set(replace(run, position=at).claims) <= later.keys()


def proved_later(run: Run, at: int) -> str:
    """Return where what a step was to prove, or to set, was proved then, in sentences."""
    places: dict[int, list[str]] = {}
    for claim, place in run.settled_later(at).items():
        places.setdefault(place, []).append(said_of(claim))
    return " ".join(
        f"Proved later, at {run.place_of(run.procedure.steps[place].id)}: {'; '.join(claims)}."
        for place, claims in places.items()
    )


def _unproved(run: Run, step: Step) -> str:
    at = run.procedure.steps.index(step)
    state = run.states[at]
    proved = {claim for one in state.deciding if one.passed for claim in PROVES.get(one.name, ())}
    later = run.settled_later(at)
    if run.closing is not None:
        asked = zip(run.closing.claims, run.closing.verdicts, strict=True)
        proved |= {claim for claim, one in asked if one.passed}
    left = [one for one in replace(run, position=at).claims if str(one) not in proved]
    claims = "; ".join(said_of(claim) for claim in left if claim not in later)
    stays = f" Not proved: {claims}." if claims else ""
    if later:
        stays += f" {proved_later(run, at)}"
    bad = [one for one in state.deciding if one.passed is False]
    why = f" Reason: {state.reason}" if state.reason else f" {why_unproved(state.deciding)}"
    if step.leaves_unproved(state.choice):
        why = f" Answer: {state.choice}."
    wrong = run.miswritten.get(step.id)
    tried = f" Attempt: {verdict_text(wrong)}." if wrong is not None else ""
    if bad and wrong is None:
        found = "; ".join(map(found_text, bad))
        tried = f" {sentence(f'Found instead: {found}')}"
    elif state.reason and wrong is None and state.no_answer:
        refused = "refused; nothing was written. " if state.refused else ""
        tried = f" Attempt: {refused}{why_unproved(state.deciding)}"
    lost = f" Without it, {step.loses}." if step.loses and state.mark is Mark.OVERRIDDEN else ""
    return f"Step {run.numbers[at]}, {_named(step.title)}{stays}{tried}{lost}{why}"


_STILL_TO_DO = ("master-tune-not-0",)
"""The codes of what a check saw beside its claim, and what keys put right after the run, too."""


def observed(run: Run) -> tuple[str, ...]:
    """Return what steps have observed that is not as it should be, and no later answer denies."""
    told = []
    steps = list(zip(run.procedure.steps, run.states, run.marks, strict=True))
    for at, (step, state, mark) in enumerate(steps):
        if mark not in (Mark.BY_HAND, Mark.SENSED):
            continue
        later = {
            claim
            for _, after, then in steps[at + 1 :]
            if then is Mark.SENSED
            for one in after.verdicts
            if one.passed
            for claim in (one.name, *PROVES.get(one.name, ()))
        }
        told += [
            sentence(f'"{step.title}": {fault_text(one)}')
            for one in state.verdicts
            if not one.decides
            and one.passed is False
            and one.expected
            and later.isdisjoint((one.name, *PROVES.get(one.name, ())))
        ]
    return tuple(told)


def not_proved_again(run: Run) -> tuple[str, ...]:
    """Return what was proved, and not again after a step had its keys pressed once more."""
    return tuple(
        f"Proved earlier, but not again since {run.place_of(step_id)}, which sets them: "
        f"{'; '.join(said_of(Claim.parse(claim)) for claim in claims)}."
        for step_id, claims in run.not_again.items()
    )


def attention(run: Run, missing_songs: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return what a person must know of a run, whatever its outcome is: the worst comes first.

    It is what was lost or changed that no step asked for, what the proof of a step has found
    beside, and what of the values and answers has to be looked at again. `missing_songs` are the
    lines on them, for which backups are read, where the caller has them already.
    """
    told = [
        *loss_lines(run),
        *changed_lines(run),
        *saved_loss_lines(run),
        *(missing_song_lines(run) if missing_songs is None else missing_songs),
        *(one.line for one in card_losses(run)),
        *gone_lines(run),
        *_was_on(run),
        *beside(run),
    ]
    for at, mark in enumerate(run.marks):
        if mark is Mark.BY_HAND:
            told += bad_values(run, at)
        told += against(run, at)
        if later := not_redone(run, at):
            told.append(out_of_order(run.procedure.steps[at].title, later))
    return tuple(told)


def _was_on(run: Run) -> tuple[str, ...]:
    """Return at which steps the M1 was heard that had to be off, unless its silence was proved."""
    alarms = run.alarms[run.silenced :]
    at = dict.fromkeys(
        run.procedure.step(one.step).title for one in alarms if one.advice.code == ON_WHILE_OFF
    )
    why = "it was on, or another instrument was sending."
    return (f"MIDI data came while the M1 had to be off, at {quoted(at)}: {why}",) if at else ()


def not_redone(run: Run, at: int) -> tuple[str, ...]:
    """Return the steps of the hands after a repair, or a new cell, that were done before it."""
    step, ended = run.procedure.steps[at], run.states[at].ended
    repairs = step.mends or step.records in ("cell-in", "card-cell-in")
    if not (repairs and _by_hands(run, at)):
        return ()
    return tuple(
        run.procedure.steps[later].title
        for later in range(at + 1, len(run.states))
        if _by_hands(run, later)
        and datetime.fromisoformat(run.states[later].ended) < datetime.fromisoformat(ended)
    )


def _by_hands(run: Run, at: int) -> bool:
    """Return whether a step of the hands is done, and it is known when."""
    done = run.marks[at] in (Mark.BY_HAND, Mark.SENSED)
    return run.procedure.steps[at].kind == "hands" and done and bool(run.states[at].ended)


@dataclass(frozen=True, slots=True)
class CardLoss:
    """A card that no longer has what was saved from it."""

    place: str
    """The step at which that was seen."""
    found: str
    """What the M1 reported then."""
    file: str
    """The name of the file that contains what was on it."""

    @property
    def line(self) -> str:
        """Return it as the end page says it."""
        return (
            f"LOST: what was on the card. At {self.place}, the M1 reported {self.found}; the "
            f'backup "{self.file}" contains what was on it.'
        )

    @property
    def plainly(self) -> str:
        """Return it in sentences for the owner of the instrument."""
        return f'Lost: what was on the card. The file "{self.file}" contains it.'


def card_losses(run: Run) -> tuple[CardLoss, ...]:
    """Return the loss of what was on a card, if that was seen last of it.

    One that is not in the slot has lost nothing.
    """
    seen: list[tuple[str, Verdict]] = []
    for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True):
        if mark is Mark.SENSED and step.kind == "restore" and step.bank == "card":
            seen.clear()
        if mark is not Mark.LEFT_OUT:
            asked = (one for one in state.verdicts if one.name == "card-equals-backup")
            seen += [(run.place_of(step.id), one) for one in asked if one.passed is not None]
    files = tuple(backups_of(run, "card").values())
    if not (seen and files):
        return ()
    place, last = seen[-1]
    lost = last.advice is not None and last.advice.code == "card-lost"
    if not lost or last.found in (STATES[CardState.OFF], STATES[CardState.NONE]):
        return ()
    name = printable_path(Path(found_again(Path(files[-1])).name))
    return (CardLoss(place, last.found, name),)


def objection(run: Run) -> str:
    """Return in a clause what speaks against the outcome and decides no step, else "".

    A value that was measured before the repair, or before the cell was changed, does not.
    """
    answered = list(zip(run.procedure.steps, run.marks, strict=True))
    done = [at for at, (_, mark) in enumerate(answered) if mark is Mark.BY_HAND]
    told = []
    if any(
        not one.endswith((BEFORE_CELL, BEFORE_REPAIR)) for at in done for one in bad_values(run, at)
    ):
        told.append("a measured value is not as expected")
    if any(_denied(run, at) for at in done):
        told.append("something speaks against an answer")
    return " and ".join(told)


def bad_values(run: Run, at: int) -> Iterator[str]:
    """Yield what is wrong with the values of a step, and whether that was before the repair."""
    values = dict(run.states[at].values)
    for field in run.procedure.steps[at].fields:
        fault = field.fault(values.get(field.name, ""))
        if fault:
            yield f"{fault} {_since(run, at, field)}".rstrip()


def _since(run: Run, at: int, field: Field) -> str:
    """Return what was done since a value was measured that was not good, "" for nothing."""
    if field.records == "old-cell-volts" and _cell_changed(run, at):
        return BEFORE_CELL
    return BEFORE_REPAIR if run.repaired_after(at) else ""


def _cell_changed(run: Run, at: int) -> bool:
    """Return whether a step after that one has noted a cell as a part that was used."""
    return any(
        field.records == "parts"
        and run.marks[later] is Mark.BY_HAND
        and is_cell(dict(run.states[later].values).get(field.name, ""))
        for later, field in run.procedure.fields()
        if later > at
    )


BEFORE_CELL = "This was measured before the cell was changed."
BEFORE_REPAIR = "This was measured before the repair, and not again after it."
"""What is said of a measured value that was not good."""


def beside(run: Run) -> Iterator[str]:
    """Yield what the answers by which steps are proved say besides, each once.

    So do steps with which something was given up, and alarms of what may have been changed and
    nobody has seen. What was asked again at the end counts as it was then.
    """
    changed = {advice for _, advice in run.changed}
    asked = run.closing.verdicts if run.closing is not None else ()
    names = [one.name for one in asked if one.passed]
    now = {one.name: one for one in asked if one.passed and names.count(one.name) == 1}
    advised: dict[Advice, str] = {}
    for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True):
        for verdict in state.deciding if mark is Mark.SENSED else ():
            advice = now.get(verdict.name, verdict).advice
            if verdict.advice is not None and advice is not None and advice not in changed:
                advised[advice] = step.title
    yield from reallocation_lines(run)
    for step, mark in zip(run.procedure.steps, run.marks, strict=True):
        if step.gives_up and mark is Mark.BY_HAND:
            yield f'"{step.title}": given up: {step.gives_up}.'
    yield from dict.fromkeys(_touched(run, one) for one in songs_touched(run))
    for one, title in advised.items():
        # What keys can still put right does not end with the run.
        then = f" {one.next_step}" if one.code in _STILL_TO_DO else ""
        yield f'"{title}": {one.happened} {one.safe}{then}'


def _touched(run: Run, alarm: AlarmRaised) -> str:
    """Return that songs may have been changed, which nobody has seen."""
    saved = "The songs were not saved before."
    if not alarm.lost:
        saved = "They were saved before that; what may have been recorded then is in no file."
    return (
        f'"{run.procedure.step(alarm.step).title}": a song may have been changed, since START/STOP '
        f"was pressed, or a value was changed, in SEQ mode. {saved}"
    )


def against(run: Run, at: int) -> tuple[str, ...]:
    """Return what speaks against what was written down, answered or saved at a step."""
    if run.marks[at] is Mark.SENSED:
        return tuple(_doubts(run, at))
    step = run.procedure.steps[at]
    cut: tuple[str, ...] = ()
    if step in run.half_written:
        cut = (f'"{step.title}": {cut_write(step).happened} {_UNPROVED}',)
    if run.marks[at] is not Mark.BY_HAND:
        return cut
    return (*cut, *_other_rom(run, at), *_other_output(run, at), *_denied(run, at))


_UNPROVED = "The step was not proved after that."


def _doubts(run: Run, at: int) -> Iterator[str]:
    """Yield why what was saved at a step is worth less than a backup of sounds."""
    state = run.states[at]
    name = printable_path(Path(found_again(Path(state.backup)).name)) if state.backup else ""
    what = f'The backup "{name}"' if name else f'"{run.procedure.steps[at].title}"'
    # What a file contains stays as it is.
    then = " This was before the repair." if not name and run.repaired_after(at) else ""
    for verdict in state.deciding:
        yield from (f"{what}: {text}{then}" for word, text in verdict.values if word == DOUBT)


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


def _other_output(run: Run, at: int) -> Iterator[str]:
    """Yield where another output was written down as bad than those of a virtual M1 were."""
    denied = {option.denies for step in run.procedure.steps for option in step.options}
    for field in run.procedure.steps[at].fields:
        written = dict(run.states[at].values).get(field.name, "")
        silent = list(_silent(run, at))
        if field.name not in denied or not written or not silent:
            continue
        if not any(f" output {written}. " in evidence for _, evidence in silent):
            title, evidence = silent[-1]
            yield (
                f'Written down at "{run.procedure.steps[at].title}": {sentence(written)} But '
                f'"{title}": {sentence(evidence)}'
            )


def _denied(run: Run, at: int) -> tuple[str, ...]:
    """Return what was found or written down before a step and is denied by the answer at it."""
    return tuple(_denials(run, at))


def _denials(run: Run, at: int) -> Iterator[str]:
    steps = run.procedure.steps
    step, choice = steps[at], run.states[at].choice
    names = {option.denies for option in step.options if option.label == choice}
    for earlier, field in run.procedure.fields():
        text = dict(run.states[earlier].values).get(field.name, "")
        done = run.marks[earlier] is Mark.BY_HAND and earlier < at
        said = field.name in names and text and text.casefold() != field.preset.casefold()
        if (
            done
            and said
            and not (
                run.repaired_after(earlier)
                or any(map(is_part, filter(None, _parts_between(run, earlier, at))))
            )
        ):
            asked = run.procedure.steps[earlier].title
            mended = " No repair was noted between." if _parts_between(run, earlier, at) else ""
            yield (
                f'Written down at "{asked}": {sentence(text)} But "{step.title}" was answered '
                f'"{choice}".{mended}'
            )
    if any(names):
        yield from _not_heard(run, at)


def faults_noted(run: Run, at: int) -> Iterator[str]:
    """Yield in sentences what was written down of a fault at a step: a later answer may deny it.

    The answer by which the step counts stands before it, and behind it that nothing was asked
    about it after a repair.
    """
    step, values = run.procedure.steps[at], dict(run.states[at].values)
    denied = {option.denies for one in run.procedure.steps[at + 1 :] for option in one.options}
    told = [
        f"{one.label}: {values[one.name]}"
        for one in step.fields
        if one.name in denied and values.get(one.name) and is_part(values[one.name])
    ]
    if told and run.marks[at] is Mark.BY_HAND:
        answers = [one.is_ for one in step.conditions if one.is_ in _answers_at(run, one.value)]
        lines = [*answers, *told]
        if run.repaired_after(at) and not _denied_after_repair(run, at):
            lines.append("Whether this was good after the repair was not noted")
        yield " ".join(map(sentence, lines))


def _denied_after_repair(run: Run, at: int) -> bool:
    """Return whether a question behind the repair can deny what was written down at a step."""
    names = {one.name for one in run.procedure.steps[at].fields}
    steps = run.procedure.steps
    repair = max(index for index, step in enumerate(steps) if step.mends)
    return any(option.denies in names for step in steps[repair:] for option in step.options)


def _answers_at(run: Run, step_id: str) -> tuple[str, ...]:
    """Return what a question was answered, in a tuple; () where no step of that id was."""
    pairs = zip(run.procedure.steps, run.states, strict=True)
    return tuple(state.choice for step, state in pairs if step.id == step_id and state.choice)


def _parts_between(run: Run, first: int, last: int) -> list[str]:
    """Return what was written down as parts between two steps; [] where none asks for that."""
    return [
        dict(run.states[at].values).get(field.name, "")
        for at, field in run.procedure.fields()
        if field.records == "parts" and run.marks[at] is Mark.BY_HAND and first < at < last
    ]


def _not_heard(run: Run, at: int) -> Iterator[str]:
    """Yield where a virtual M1 was silent last, before the answer at a step that all is well."""
    for title, evidence in _silent(run, at):
        yield (
            f'"{run.procedure.steps[at].title}" was answered "{run.states[at].choice}". But '
            f'"{title}": {sentence(evidence)}'
        )


def _silent(run: Run, at: int) -> Iterator[tuple[str, str]]:
    """Yield the titles and answers of what of a virtual M1 was silent last before a step."""
    last: dict[str, tuple[str, str]] = {}
    for step, state, mark in list(zip(run.procedure.steps, run.states, run.marks, strict=True))[
        :at
    ]:
        if mark is not Mark.LEFT_OUT:
            last |= {one.name: (step.title, one.evidence) for one in state.verdicts}
    yield from (one for one in last.values() if f"The virtual M1: {SILENCE}" in one[1])


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
