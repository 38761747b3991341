"""Turns runs, results and progress into the snapshots that screens draw."""

from __future__ import annotations

from dataclasses import replace

from m1tui.advice import Advice
from m1tui.app.snapshots import Evidence, RailStep, ResultView, StepView, TransferView
from m1tui.engine import KeybedReport, Outcome, Progress
from m1tui.procedures import Mark, Procedure, Run, Step, StepResult, StepState, drawing, wrapped
from m1tui.procedures.schema import ANSWERING, PROVING

TEXT_COLUMNS = 52
"""Columns of a step's text at 80 columns; wider screens wrap it no wider, for the eye's sake."""

WORDS = {
    Mark.SENSED: "proved",
    Mark.BY_HAND: "by hand",
    Mark.OVERRIDDEN: "skipped",
    Mark.LEFT_OUT: "left out",
}
"""Marks in the sentence that counts them."""


def step_view(
    run: Run, *, rehearsal: bool, seen: tuple[str, ...] = (), trouble: tuple[Evidence, ...] = ()
) -> StepView:
    """Return the current step of `run`.

    `seen` is what a virtual M1 showed after it did the step, `trouble` what kept the step from
    being performed.
    """
    step, state = run.current, run.current_state
    return StepView(
        procedure=run.procedure.title,
        number=run.position + 1,
        rail=tuple(
            RailStep(mark.glyph, each.title, index == run.position)
            for index, (each, mark) in enumerate(zip(run.procedure.steps, run.marks, strict=True))
        ),
        title=step.title,
        kind=step.kind,
        text=step_text(run),
        warning=warning_text(run),
        drawing=drawing(step.drawing) if step.drawing else (),
        answers=tuple(option.label for option in step.options),
        keys=tuple(press.label for press in run.presses),
        display=(step.display[0], step.display[1]) if len(step.display) == 2 else None,
        checks=step.asks,
        evidence=(evidence_of(state) or tuple(Evidence(None, each) for each in seen)) + trouble,
        note=state.note,
        reason=state.reason,
        glyph=state.mark.glyph,
        guide=step.guide,
        rehearsal=rehearsal,
        can_rehearse=rehearsal and bool(step.keys or step.rehearse),
        pressed=bool(seen) or state.mark in (Mark.SENSED, Mark.BY_HAND),
        can_tick=can_tick(step, state),
        finished=run.done,
    )


def can_tick(step: Step, state: StepState) -> bool:
    """Tell whether a person may vouch for a step that the instrument was asked about in vain."""
    asked_in_vain = state.mark is Mark.OPEN and state.unanswered and not state.failed
    return asked_in_vain and step.kind not in (*PROVING, *ANSWERING)


def step_text(run: Run) -> str:
    """Return the step's text, and the earlier note that it recalls."""
    text = "\n".join(wrapped(run.current.text, TEXT_COLUMNS))
    return "\n\n".join((text, *recalled(run)))


def recalled(run: Run) -> tuple[str, ...]:
    """Return what an earlier step has noted, where the current one recalls it."""
    if not run.current.recall:
        return ()
    step, state = run.procedure.step(run.current.recall), run.state(run.current.recall)
    labels = {field.name: field.label for field in step.fields}
    values = "\n".join(f"{labels.get(name, name)}: {value}" for name, value in state.values)
    note = f'Your note at "{step.title}": {state.note}' if state.note else ""
    return tuple(part for part in (note, values) if part)


def warning_text(run: Run) -> str:
    """Return the step's warning; before the first step also the procedure's."""
    own = (run.current.warning,) if run.current.warning else ()
    first = run.procedure.warnings if run.position == 0 else ()
    return "\n".join((*first, *own))


def evidence_of(state: StepState) -> tuple[Evidence, ...]:
    """Return what the instrument answered, and what else was seen."""
    verdicts = tuple(
        Evidence(
            verdict.passed if verdict.decides else None,
            f"{verdict.name.replace('-', ' ')}: {verdict.evidence}",
            verdict.advice,
            unheard=verdict.passed is None,
        )
        for verdict in state.verdicts
    )
    chosen = (f"answer: {state.choice}",) if state.choice else ()
    values = tuple(f"{name}: {value}" for name, value in state.values)
    return verdicts + tuple(Evidence(None, line) for line in (*state.evidence, *chosen, *values))


def advice_evidence(advice: Advice) -> tuple[Evidence, ...]:
    """Return advice as evidence of a step that was not done."""
    first, *rest = advice.lines()
    return (Evidence(False, first, tuple(rest)),)


def labelled(advice: Advice) -> tuple[tuple[str, str], ...]:
    """Return the parts of advice that are not empty, each with its label."""
    parts = (
        ("Happened", advice.happened),
        ("Safe", advice.safe),
        ("Cause", advice.cause),
        ("Now", advice.next_step),
    )
    return tuple((label, text) for label, text in parts if text)


MEANINGS = {
    Outcome.VERIFIED: "read back, and equal",
    Outcome.MISMATCH: "read back, and some objects differ",
    Outcome.UNKNOWN: "could not be read back",
    Outcome.REFUSED: "nothing was sent",
}
"""What an outcome's word means at the end of a restore."""

RUN_MEANINGS = {
    Outcome.VERIFIED.name: "what can be proved is proved",
    Outcome.MISMATCH.name: "a check was not passed",
    Outcome.UNKNOWN.name: "not all of it could be proved",
}
"""What an outcome's word means at the end of a procedure."""


def result_view(step: Step, result: StepResult) -> ResultView:
    """Return how a backup or a restore ended."""
    evidence = (*(verdict.evidence for verdict in result.verdicts), *result.evidence)
    if result.restoration is not None:
        done = result.restoration
        comparison = done.comparison
        return ResultView(
            step.title,
            done.outcome.name,
            "stopped by you" if done.cancelled else MEANINGS[done.outcome],
            labelled(done.advice),
            tuple(f"{one.text}: {one.first}" for one in comparison.different) if comparison else (),
            len(comparison.cosmetic) if comparison else 0,
            result.backup,
            evidence,
        )
    if step.keybed and result.verdicts:
        return keybed_view(step, result)
    if result.advice is not None:
        refused = Outcome.REFUSED
        told = labelled(result.advice)
        return ResultView(step.title, refused.name, MEANINGS[refused], told, notes=evidence)
    return ResultView(
        step.title,
        Outcome.VERIFIED.name,
        "read until two readings agreed" if result.backup else "there is nothing to save",
        tuple(("Found", verdict.evidence) for verdict in result.verdicts),
        backup=result.backup,
        notes=result.evidence,
    )


def keybed_view(step: Step, result: StepResult) -> ResultView:
    """Return how a test of the keys ended."""
    answers = {verdict.passed for verdict in result.verdicts if verdict.decides}
    outcome, meaning = Outcome.VERIFIED, "every key is good"
    if False in answers:
        outcome, meaning = Outcome.MISMATCH, "some keys are not good"
    elif None in answers:
        outcome, meaning = Outcome.UNKNOWN, "the keys could not be heard"
    told = labelled(result.advice) if result.advice is not None else ()
    reports = (one for one in result.details.values() if isinstance(one, KeybedReport))
    return ResultView(
        step.title,
        outcome.name,
        meaning,
        (*(("Found", verdict.evidence) for verdict in result.verdicts), *told),
        keybed=next(reports, None),
    )


def summary_view(run: Run) -> ResultView:
    """Return how a whole procedure ended."""
    counts = {mark: run.marks.count(mark) for mark in WORDS}
    told = ", ".join(f"{counts[mark]} {word}" for mark, word in WORDS.items() if counts[mark])
    backups = [state.backup for state in run.states if state.backup]
    skipped = tuple(
        f"skipped: {step.title} - {state.reason}"
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if state.mark is Mark.OVERRIDDEN
    )
    return ResultView(
        run.procedure.title,
        run.outcome_word,
        RUN_MEANINGS.get(run.outcome_word, "steps are still open"),
        (("Steps", told), ("Safe", "Every step is in the journal, with its evidence.")),
        backup=backups[0] if backups else "",
        notes=skipped,
    )


class TransferLog:
    """Follows the progress of one operation and keeps the phases that are over."""

    def __init__(self, title: str) -> None:
        self.view = TransferView(title)

    def after(self, progress: Progress) -> TransferView:
        """Return the view after `progress`."""
        view = self.view
        finished = view.finished_phases
        if view.phase and view.phase != progress.phase:
            size = f": {view.total:,} bytes" if view.total else ""
            finished = (*finished, f"done  {view.phase}{size}")
        self.view = replace(
            view,
            phase=progress.phase,
            done=progress.done,
            total=progress.total,
            seconds_left=progress.seconds_left,
            reply=progress.note or view.reply,
            keybed=progress.keybed,
            finished_phases=finished,
        )
        return self.view


def later_need(procedure: Procedure, step: Step) -> str:
    """Return which later steps rely on `step`, as a sentence, or an empty text."""
    titles = [f'"{each.title}"' for each in procedure.steps if step.id in each.needs]
    return f"It is needed by {', '.join(titles)}. " if titles else ""
