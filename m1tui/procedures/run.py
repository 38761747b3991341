"""One run of a procedure as a pure state machine: it knows no screen, no disk and no instrument.

A transition does not change a run: it returns the event that would happen, or raises NotAllowed.
`Run.after` returns the run after an event. So an event can be on the disk before it counts, and
the same events always give the same run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from m1tui.advice import Advice, Trouble
from m1tui.engine import Outcome
from m1tui.procedures.events import (
    CheckVerdict,
    Event,
    NoteWritten,
    RunAbandoned,
    StepEntered,
    StepJudged,
    StepOverridden,
    StepRetried,
    StepTicked,
)
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark, StepState

UNFINISHED = "UNFINISHED"
"""The word of a run that has no outcome yet."""


class NotAllowed(Trouble):
    """A transition that the run's state forbids; nothing happened."""


@dataclass(frozen=True, slots=True)
class Run:
    """A procedure and how far it has come. Begin with `Run.begin`."""

    procedure: Procedure
    states: tuple[StepState, ...]
    """One for each step, in order."""
    position: int = 0
    """The index of the current step."""
    abandoned: str = ""
    """Why the run was given up, empty if it was not."""

    @classmethod
    def begin(cls, procedure: Procedure) -> Run:
        """Return a run with every step open, at the first step."""
        return cls(procedure, (StepState(),) * len(procedure.steps))

    @classmethod
    def replay(cls, procedure: Procedure, events: Iterable[Event]) -> Run:
        """Return the run after `events`. Raises KeyError for a step that is not in it."""
        run = cls.begin(procedure)
        for event in events:
            run = run.after(event)
        return run

    # What is known

    @property
    def current(self) -> Step:
        """Return the step that the person stands at."""
        return self.procedure.steps[self.position]

    @property
    def current_state(self) -> StepState:
        """Return what is known of the current step."""
        return self.states[self.position]

    def state(self, step_id: str) -> StepState:
        """Return the state of the step of that id. Raises KeyError."""
        return self.states[self._index(step_id)]

    @property
    def at_end(self) -> bool:
        """Return whether the current step is the last."""
        return self.position == len(self.states) - 1

    @property
    def done(self) -> bool:
        """Return whether no step is open."""
        return all(state.mark is not Mark.OPEN for state in self.states)

    @property
    def unmet(self) -> tuple[Step, ...]:
        """Return the steps that the current one needs and that are not proved."""
        needed = (self.procedure.step(step_id) for step_id in self.current.needs)
        return tuple(step for step in needed if not self._settled(step))

    @property
    def outcome(self) -> Outcome | None:
        """Return what the run has shown; None while steps are open and nothing speaks against it.

        VERIFIED: every step is done and everything that can be sensed was sensed.
        MISMATCH: the last answer to a question is bad. UNKNOWN: a step was overridden, or an
        answer was not heard.
        """
        if any(state.failed for state in self.states):
            return Outcome.MISMATCH
        if any(state.unanswered for state in self.states):
            return Outcome.UNKNOWN
        if not self.done:
            return None
        if any(self._unproved(index) for index in range(len(self.states))):
            return Outcome.UNKNOWN
        return Outcome.VERIFIED

    @property
    def outcome_word(self) -> str:
        """Return the outcome's word, `UNFINISHED` where there is none yet."""
        return UNFINISHED if self.outcome is None else self.outcome.name

    # What can happen to the current step

    def next(self) -> StepEntered:
        """Go to the following step; the current one must be done."""
        self._forbid_abandoned()
        if self.current_state.mark is Mark.OPEN:
            raise _refusal(
                f'Step "{self.current.title}" is still open.',
                "Do it, or skip it with a reason.",
            )
        if self.at_end:
            raise _refusal("This is the last step.", "Go back with b, or leave with q.")
        return StepEntered(step=self.procedure.steps[self.position + 1].id)

    def back(self) -> StepEntered:
        """Go to the step before; all marks stay."""
        self._forbid_abandoned()
        if self.position == 0:
            raise _refusal("This is the first step.", "Go on with Enter, or leave with q.")
        return StepEntered(step=self.procedure.steps[self.position - 1].id)

    def tick(self, *, evidence: tuple[str, ...] = ()) -> StepTicked:
        """Say by hand that the current step is done.

        A step that the instrument can prove is ticked by hand only where the instrument was
        asked and no answer was heard; a backup, a source or a restore never is.
        """
        self._forbid_abandoned()
        self.require_needs()
        step, state = self.current, self.current_state
        if state.mark is Mark.SENSED:
            raise _refusal(f'Step "{step.title}" is proved already.', "Go on with Enter.")
        if state.failed:
            raise _refusal(
                f'The check of "{step.title}" failed, so it cannot be ticked by hand.',
                "Mend the cause and retry with r, or skip with s and type the reason.",
            )
        if step.senses and (step.kind in ("backup", "source", "restore") or not state.unanswered):
            raise _refusal(
                f'"{step.title}" is proved by the instrument, not ticked by hand.',
                "Let the program ask with r, or skip with s and type the reason.",
            )
        return StepTicked(step=step.id, evidence=evidence)

    def judge(
        self,
        verdicts: tuple[CheckVerdict, ...],
        *,
        evidence: tuple[str, ...] = (),
        backup: str = "",
        origin: str = "",
    ) -> StepJudged:
        """Note what the instrument answered; the step is done when all deciding answers are good.

        Raises ValueError when none of `verdicts` decides.
        """
        self._forbid_abandoned()
        self.require_needs()
        if not any(verdict.decides for verdict in verdicts):
            raise ValueError(f"no verdict decides step {self.current.id!r}")
        return StepJudged(
            step=self.current.id,
            verdicts=verdicts,
            evidence=evidence,
            backup=backup,
            origin=origin,
        )

    def override(self, reason: str) -> StepOverridden:
        """Skip the current step for a typed reason."""
        self._forbid_abandoned()
        if self.current_state.mark is Mark.SENSED:
            raise _refusal(
                f'Step "{self.current.title}" is proved already.', "There is nothing to skip."
            )
        return StepOverridden(step=self.current.id, reason=self._typed(reason, "reason"))

    def retry(self) -> StepRetried:
        """Open the current step again."""
        self._forbid_abandoned()
        return StepRetried(step=self.current.id)

    def note(self, text: str) -> NoteWritten:
        """Write a note to the current step in place of an earlier one; an empty one removes it."""
        self._forbid_abandoned()
        return NoteWritten(step=self.current.id, text=_clean(text))

    def abandon(self, reason: str) -> RunAbandoned:
        """Give the run up for a typed reason."""
        self._forbid_abandoned()
        return RunAbandoned(step=self.current.id, reason=self._typed(reason, "reason"))

    def require_needs(self) -> None:
        """Raise NotAllowed, naming the steps, when the current step needs what is not proved."""
        if unmet := self.unmet:
            names = ", ".join(f'"{step.title}"' for step in unmet)
            raise _refusal(
                f'"{self.current.title}" must wait for {names}.',
                "Go back with b and do that first, or skip it with s and type the reason.",
            )

    # After an event

    def after(self, event: Event) -> Run:
        """Return the run after `event`. Raises KeyError for a step that is not in it."""
        index = self._index(event.step)
        state = self.states[index]
        match event:
            case StepEntered():
                entered = replace(state, started=state.started or event.at)
                return replace(self._with(index, entered), position=index)
            case StepTicked():
                state = replace(
                    state, mark=Mark.BY_HAND, evidence=event.evidence, reason="", ended=event.at
                )
            case StepJudged():
                state = state.judged(event)
            case StepOverridden():
                state = replace(state, mark=Mark.OVERRIDDEN, reason=event.reason, ended=event.at)
            case StepRetried():
                state = StepState(note=state.note, started=event.at)
            case NoteWritten():
                state = replace(state, note=event.text)
            case RunAbandoned():
                return replace(self, abandoned=event.reason)
        return self._with(index, state)

    def _with(self, index: int, state: StepState) -> Run:
        return replace(self, states=(*self.states[:index], state, *self.states[index + 1 :]))

    def _index(self, step_id: str) -> int:
        for index, step in enumerate(self.procedure.steps):
            if step.id == step_id:
                return index
        raise KeyError(step_id)

    def _settled(self, step: Step) -> bool:
        """Return whether a later step may rely on `step`."""
        mark = self.state(step.id).mark
        if mark is Mark.BY_HAND:
            return not step.senses
        return mark is not Mark.OPEN

    def _unproved(self, index: int) -> bool:
        mark = self.states[index].mark
        by_word = mark is Mark.BY_HAND and self.procedure.steps[index].senses
        return by_word or mark is Mark.OVERRIDDEN

    def _forbid_abandoned(self) -> None:
        if self.abandoned:
            raise _refusal("This run was given up.", "Begin the procedure anew.")

    def _typed(self, text: str, what: str) -> str:
        cleaned = _clean(text)
        if not cleaned:
            raise _refusal(f"No {what} was typed.", f"Type the {what} in a few words.")
        return cleaned


def _clean(text: str) -> str:
    """Return typed or pasted text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _refusal(happened: str, next_step: str) -> NotAllowed:
    return NotAllowed(Advice(happened=happened, safe="No mark was changed.", next_step=next_step))
