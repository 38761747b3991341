"""Turns a run into the snapshot of its current step that the screen draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from m1tui.advice import Advice
from m1tui.app.own_way import in_the_app
from m1tui.app.run.pictures import Evidence, LogLine, RailStep, StepView
from m1tui.app.snapshots import PanelTask
from m1tui.engine.checks import LISTENING, PLAYING, WRITES, Writes
from m1tui.engine.keybed import KeybedReport
from m1tui.facts import Verdict
from m1tui.procedures.claims import said_of
from m1tui.procedures.drawings import drawing
from m1tui.procedures.hands import HandTask
from m1tui.procedures.origins import loss_lines
from m1tui.procedures.other_allocation import does_not_fit
from m1tui.procedures.perform import Performer, ends_by_word, ends_of
from m1tui.procedures.run import Run
from m1tui.procedures.schema import ANSWERING, PROVING, Procedure, Step
from m1tui.procedures.states import Mark, StepState
from m1tui.procedures.values import Field, remarks, with_values, written
from m1tui.procedures.watch import CHECK_MOVED, LED_THERE, in_another_mode
from m1tui.sysex import Mode

PLAYS = "Playing on the M1: listen. F9 stops all notes."
"""Stands in the place of evidence while a step plays."""
WITHOUT_ANSWER = "If there is no answer, this takes 6 to 12 s."
"""How long a question takes that is not shown as a transfer: before and after it the program may
look at the instrument."""
NOTHING_READ = "If there is no answer, this takes 6 to 15 s."
"""How long a comparison with the backup takes, or the last check, where the M1 is silent."""


def plays_only(checks: Iterable[str]) -> bool:
    """Return whether the program plays in a step, and does not listen to what hands do."""
    asked = set(checks)
    return not PLAYING.isdisjoint(asked) and LISTENING.isdisjoint(asked)


def sets(checks: Iterable[str]) -> bool:
    """Return whether the program itself sets something in a step, and does not only ask."""
    return any(WRITES.get(name) is Writes.SETTINGS for name in checks)


def written_by(checks: Iterable[str]) -> Writes | None:
    """Return the worst of what the checks write to the M1, None for nothing."""
    found = {WRITES[name] for name in checks if name in WRITES}
    return next((one for one in (Writes.SETTINGS, Writes.WHAT_IT_READ) if one in found), None)


def asking_of(run: Run) -> tuple[Evidence, ...]:
    """Return what stands in the place of evidence until there is some: what is asked."""
    if plays_only(run.current.asks):
        return (Evidence(None, PLAYS, under_way=True),)
    about = "; ".join(said_of(claim) for claim in run.claims)
    asked = f"Asking the M1 to confirm: {about}." if about else "Asking the M1."
    if sets(run.current.asks):
        asked = f"Setting the M1 as this step says, then asking it to confirm: {about}."
    return (Evidence(None, asked, (WITHOUT_ANSWER,), under_way=True),)


NOT_YET = "The program is not listening yet. Press Esc, then Enter."
LISTENED = "The program has stopped listening. To make it listen again, press Esc, then Enter."
"""Stand at the panel while what is done there is not heard."""
ONLY_RECORDED = (
    "Not everything was heard, and this step only records that. To try again, press r. Enter "
    "goes on without it."
)
"""Stands below the answers of a step that listens, needs none of them, and has not heard all."""
EARLIER = "Earlier result"
"""Stands above the answers of a step that was left since."""
COMPARED_FIRST = (
    "This step can destroy what is in the memory or on the card. The program first compares it "
    "with its backup: what was written after the backup would be lost.\n\n"
    "The step is then shown. If there was no answer, press Enter to compare again."
)
"""Stands in the place of a step's text until what it can destroy was compared."""


@dataclass(frozen=True, slots=True)
class StepNow:
    """What the screen shows of the current step beside what the journal has of it."""

    rehearsal: bool = False
    rack: bool = False
    hand_tasks: tuple[HandTask, ...] = ()
    pressed: int = 0
    """How many of the hand_tasks are done."""
    turning: bool = False
    """Whether UP or DOWN was pressed for the next of them."""
    expected: tuple[tuple[str, str], ...] = ()
    wordings: tuple[str, ...] = ()
    """How certain the wording of each of `expected` is; none where all are sketches."""
    acted: bool = False
    """Whether a virtual M1 has done the step."""
    seen: tuple[str, ...] = ()
    """What it showed after that, where nothing was done or asked since."""
    listening: bool = False
    listened: bool = False
    """Whether it listened at this step before, and what it heard has not proved it."""
    heard: tuple[str, ...] = ()
    begun: bool = False
    """Whether anything was heard of what is listened for."""
    keybed: KeybedReport | None = None
    acting: bool = False
    """Whether a virtual M1's hands are at work, so that no key sets them to anything else."""
    moved: bool = False
    """Whether a check of the step changed the mode, and no key was pressed since."""
    led: bool = False
    """Whether keys lead to where the step's keys begin, and none of them was pressed."""
    elsewhere: Mode | None = None
    """The mode that the keys need, where the M1 was in another when the step began."""
    trouble: tuple[Evidence, ...] = ()
    """What kept the step from being performed."""


def step_view(run: Run, moment: StepNow) -> StepView:
    """Return the current step of `run` at a moment of it."""
    step, state = run.current, run.current_state
    if run.owes_comparison:
        moment = replace(moment, expected=())
    done = state.mark in (Mark.SENSED, Mark.BY_HAND)
    seen = tuple(Evidence(None, each) for each in moment.seen)
    answers = evidence_of(step, state) or seen
    where = _where(run, moment) if state.mark is Mark.OPEN else ""
    moved = (Evidence(None, where),) if where else ()
    return StepView(
        procedure=run.procedure.title,
        number=run.numbers[run.position],
        steps=len(run.procedure.steps),
        rail=rail_of(run),
        title=step.title,
        kind=step.kind,
        text=step_text(run),
        warning=warning_text(run),
        drawing=drawing(step.drawing, rack=moment.rack) if step.drawing else (),
        answers=tuple(option.label for option in step.options),
        choice=state.choice,
        earlier=state.before.choice if state.before is not None else "",
        claims=tuple(said_of(claim) for claim in run.claims),
        log=log_of(run),
        last=run.at_end,
        fields=tuple(field_line(field, state) for field in step.fields),
        keys=tuple(hand_task.label for hand_task in moment.hand_tasks),
        marked=tuple(hand_task.marked for hand_task in moment.hand_tasks),
        actions=tuple(hand_task.action for hand_task in moment.hand_tasks),
        pressed=len(moment.hand_tasks) if done or moment.acted else moment.pressed,
        turning=moment.turning and not (done or moment.acted),
        unpressed=done and not moment.acted and moment.pressed < len(moment.hand_tasks),
        expected=moment.expected,
        wordings=moment.wordings,
        rack=moment.rack,
        listening=moment.listening,
        heard=moment.heard,
        can_end=moment.listening and moment.begun and ends_by_word(step),
        deaf=_deaf(run, moment),
        ends=ends_of(step),
        tests_keys=step.keybed,
        keybed=moment.keybed,
        checks=step.asks,
        evidence=() if moment.listening else _shown_evidence(moment.trouble, answers + moved),
        note=state.note,
        reason=state.reason,
        glyph=state.mark.glyph,
        guide=step.guide,
        rehearsal=moment.rehearsal,
        acting=moment.acting,
        can_rehearse=moment.rehearsal and bool(moment.hand_tasks) and not run.owes_comparison,
        enter_acts=enter_acts(step),
        can_tick=can_tick(step, state),
        can_accept=step.finds and state.failed and state.mark is Mark.OPEN,
        misled=run.misled,
        unfit=state.mark is Mark.OPEN and does_not_fit(run),
        doubt=state.doubt,
        finished=run.ended,
    )


def _where(run: Run, moment: StepNow) -> str:
    """Return what is to be said of where the step's keys begin, empty for nothing."""
    if moment.elsewhere is not None:
        return in_another_mode(moment.elsewhere, run)
    if moment.moved and run.current.keys:
        return CHECK_MOVED
    return LED_THERE if moment.led else ""


def _deaf(run: Run, moment: StepNow) -> str:
    """Return what is said where the step listens to what hands do, and does not now."""
    busy = moment.listening or any(piece.under_way for piece in moment.trouble)
    opened = run.current_state.mark is Mark.OPEN and not run.owes_comparison
    if busy or not (opened and Performer.listens(run.current)):
        return ""
    return LISTENED if moment.listened else NOT_YET


def enter_acts(step: Step) -> bool:
    """Return whether Enter lets a virtual M1 do the handiwork: nobody else's hands can.

    Keys are for the person to press, and what is to be heard is done while the program listens.
    """
    return step.kind != "keys" and not Performer.listens(step)


def _shown_evidence(
    trouble: tuple[Evidence, ...], answers: tuple[Evidence, ...]
) -> tuple[Evidence, ...]:
    """Return what keeps the step from being performed first: the screen scrolls to there.

    While the program asks again, an earlier answer counts no longer.
    """
    return trouble if any(piece.under_way for piece in trouble) else trouble + answers


def rail_of(run: Run) -> tuple[RailStep, ...]:
    """Return the lines of the rail, each with its step's number.

    Where answers lead on to later steps, most steps lie on other branches: then only those are
    there that were passed, the current one, and what certainly follows it.
    """
    steps = run.procedure.steps
    branches = any(option.go for step in steps for option in step.options)
    shown = _on_the_way(run) if branches else frozenset(range(len(steps)))
    return tuple(
        RailStep(mark.glyph, step.title, index == run.position, step.short, run.numbers[index])
        for index, (step, mark) in enumerate(zip(steps, run.marks, strict=True))
        if index in shown
    )


def _on_the_way(run: Run) -> frozenset[int]:
    marks = run.marks
    passed = {at for at in range(run.position) if marks[at] is not Mark.LEFT_OUT}
    return frozenset(passed | {run.position} | _certain(run))


def _certain(run: Run) -> frozenset[int]:
    """Return the indexes of the steps to which each answer leads, the current one among them."""
    steps, marks = run.procedure.steps, run.marks
    open_ones = range(run.position, len(steps))
    asked = {
        name: index
        for index in reversed(open_ones)
        if marks[index] is Mark.OPEN
        for name in steps[index].gives
    }
    places = {step.id: index for index, step in enumerate(steps)}
    from_here: dict[int, frozenset[int]] = {len(steps): frozenset()}
    for index in reversed(range(run.position, len(steps))):
        step = steps[index]
        after = frozenset() if step.ends else from_here[index + 1]
        if marks[index] is Mark.LEFT_OUT:
            from_here[index] = after
            continue
        if marks[index] is Mark.OPEN and step.options:
            ways = [
                frozenset() if one.procedure else from_here[places.get(one.go, index + 1)]
                for one in step.options
            ]
            after = frozenset.intersection(*ways)
        # A step that goes by a value which is still to be known may be left out.
        sure = all(one.value in run.values or one.value not in asked for one in step.conditions)
        from_here[index] = after | {index} if sure else after
    return from_here[run.position]


def panel_task_of(view: StepView) -> PanelTask:
    """Return the step as it is to be done at the virtual M1's panel."""
    words = {True: "ok", False: "NO", None: "-"}
    found = tuple(f"{words[one.passed]}  {one.text}" for one in view.evidence)
    busy = view.acting or any(one.under_way for one in view.evidence)
    by_hands = view.glyph == Mark.OPEN.glyph and view.pressed < len(view.keys) and not busy
    return PanelTask(
        f"{view.glyph} {view.title}",
        view.keys,
        view.pressed,
        view.marked[view.pressed] if view.pressed < len(view.marked) else frozenset(),
        view.actions[view.pressed] if view.pressed < len(view.actions) else "",
        view.keys[view.pressed] if by_hands and not view.key_is_next else "",
        view.heard if view.listening else found,
        view.unpressed,
        view.deaf,
    )


def field_line(field: Field, state: StepState) -> tuple[str, str]:
    """Return a value's label, and what was typed or may be."""
    known = dict(state.values)
    if field.name in known:
        return field.label, known[field.name]
    rule = field.rule or "any text"
    named = field.preset in (*field.choices, *field.offers)
    return (
        field.label,
        f"{rule}, for example {field.preset}" if field.preset and not named else rule,
    )


def can_tick(step: Step, state: StepState) -> bool:
    """Tell whether a person may vouch for a step that the instrument was asked about in vain."""
    asked_in_vain = state.mark is Mark.OPEN and state.no_answer and not state.failed
    return asked_in_vain and step.kind not in (*PROVING, *ANSWERING)


def step_text(run: Run) -> str:
    """Return the step's text, and the earlier note that it recalls; first what is needed at all."""
    if run.owes_comparison:
        return COMPARED_FIRST
    # The screen wraps each paragraph at its own width.
    text = "\n\n".join(" ".join(part.split()) for part in run.current.text.split("\n\n"))
    source = (run.current.provenance,) if run.current.provenance else ()
    tools = run.procedure.tools if run.position == 0 else ()
    needed = (f"You need: {'; '.join(tools)}.",) if tools else ()
    return "\n\n".join((*needed, text, *repeated(run.current), *recalled(run), *source))


def log_of(run: Run) -> tuple[LogLine, ...]:
    """Return the steps that were done so far, in the order in which they were."""
    done = [
        (state.ended, step.title, state)
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if state.ended
    ]
    done.sort(key=lambda one: one[0])
    return tuple(
        LogLine(ended[11:16], state.mark.glyph, title, found_in(state))
        for ended, title, state in done
    )


def found_in(state: StepState) -> str:
    """Return in one line what was found out at a step, empty where nothing was."""
    said = [verdict.evidence for verdict in state.verdicts]
    values = ", ".join(value for _, value in state.values)
    return next((text for text in (*said, state.choice, values, state.reason) if text), "")


def repeated(step: Step) -> tuple[str, ...]:
    """Return how often a step is done again, where it is."""
    if step.repeat is None:
        return ()
    return (f"Do this again until the check passes, up to {step.repeat.at_most} times.",)


def recalled(run: Run) -> tuple[str, ...]:
    """Return what an earlier step has noted, where the current one recalls it."""
    if not run.current.recall:
        return ()
    step, state = run.procedure.step(run.current.recall), run.state(run.current.recall)
    values = "\n".join(written(step.fields, dict(state.values)))
    note = f'Your note at "{step.title}": {state.note}' if state.note else ""
    answered = dict.fromkeys(line for one in state.verdicts for line in (one.evidence, *one.beside))
    found = "\n".join(f'At "{step.title}": {one}' for one in answered)
    return tuple(part for part in (note, values, found) if part)


def warning_text(run: Run) -> str:
    """Return the step's warning; before the first step also the procedure's.

    Before memory is saved it says what is missing there, at a step that is done again what that
    destroys, and where a run was left what nobody has seen.
    """
    own = (with_values(run.current.warning, run.values),) if run.current.warning else ()
    first = run.procedure.warnings if run.position == 0 else ()
    saves = run.current.kind in ("backup", "receive") and run.current.bank == "internal"
    missing = loss_lines(run) if saves else ()
    return "\n".join((*run.dangers, *first, *missing, *own))


def evidence_of(step: Step, state: StepState) -> tuple[Evidence, ...]:
    """Return what the instrument answered, and what else was seen; twice the same is said once."""
    told = [_advised(verdict) for verdict in state.verdicts]
    verdicts = dict.fromkeys(
        Evidence(
            verdict.passed if verdict.decides else None,
            verdict.evidence,
            # One advice for several answers stands below the last of them.
            tuple(line for line in advice if line not in verdict.evidence)
            if advice not in told[place + 1 :] or verdict.passed is None
            else (),
            unheard=verdict.passed is None,
        )
        for place, (verdict, advice) in enumerate(zip(state.verdicts, told, strict=True))
    )
    chosen = (f"answer: {state.choice}",) if state.choice else ()
    called_out = tuple(Evidence(False, one) for one in remarks(step.fields, dict(state.values)))
    unheard = state.mark is Mark.BY_HAND and any(
        verdict.name in LISTENING and verdict.passed is False for verdict in state.verdicts
    )
    measured = (line for one in state.verdicts for line in one.beside)
    lines = (*state.evidence, *measured, *chosen, *((ONLY_RECORDED,) if unheard else ()))
    before = earlier(state) if verdicts else ()
    return (*before, *verdicts, *called_out, *(Evidence(None, line) for line in lines))


def earlier(state: StepState) -> tuple[Evidence, ...]:
    """Return that the answers of an open step are no longer of now, where somebody was away."""
    if not state.past or state.mark is not Mark.OPEN:
        return ()
    when = state.judged[:16].replace("T", " ")
    return (Evidence(None, f"{EARLIER}, from {when}:" if when else f"{EARLIER}:"),)


def _advised(verdict: Verdict) -> tuple[str, ...]:
    # What a step only observes need not be as the check expects: nothing is to be put right. But
    # what was not heard may be heard once hands do it otherwise.
    unheard = verdict.name in LISTENING and not verdict.passed
    asked_for = verdict.decides or verdict.passed is None or unheard
    return in_the_app(verdict.advice).lines() if verdict.advice and asked_for else ()


def advice_evidence(advice: Advice) -> tuple[Evidence, ...]:
    """Return advice as evidence of a step that was not done."""
    first, *rest = in_the_app(advice).lines()
    return (Evidence(False, first, tuple(rest)),)


def later_need(procedure: Procedure, step: Step) -> str:
    """Return which later steps rely on `step`, as a sentence, or an empty text."""
    titles = [f'"{each.title}"' for each in procedure.steps if step.id in each.needs]
    return f"This step is needed by {', '.join(titles)}. " if titles else ""
