"""One run of a procedure as a pure state machine: it knows no screen, no disk and no instrument.

A transition does not change a run: it returns the event that would happen, or raises NotAllowed.
`Run.after` returns the run after an event. So an event can be on the disk before it counts, and
the same events always give the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

from m1tui.advice import Advice
from m1tui.engine.checks import LISTENING
from m1tui.errors import NotAllowed
from m1tui.facts import UNSETTLED, Outcome, Verdict
from m1tui.procedures.claims import OFF, Claim, claims_of, power_after
from m1tui.procedures.closing import (
    AS_BEFORE,
    Standing,
    gives_up_exclusive,
    reads_memory,
    standing,
)
from m1tui.procedures.dependencies import Dependencies
from m1tui.procedures.events import (
    MODE_LEFT,
    ON_WHILE_OFF,
    AlarmRaised,
    AlarmsRead,
    AskedAgain,
    BackupCompared,
    Event,
    FindingAccepted,
    InstrumentSeen,
    ModelNamed,
    NoteWritten,
    QuestionAnswered,
    RunAbandoned,
    StepDoubted,
    StepEntered,
    StepJudged,
    StepOverridden,
    StepRetried,
    StepTicked,
    ValuesWritten,
)
from m1tui.procedures.keys import Press, presses
from m1tui.procedures.route import KEEPING, Route, branches_at, option_of, route_of
from m1tui.procedures.schema import ANSWERING, PROVING, Procedure, Step
from m1tui.procedures.stakes import (
    CARD,
    DONE_BEFORE,
    LEFT_BEGUN,
    LEFT_OFF,
    Stake,
    savers_at,
    stakes_at,
)
from m1tui.procedures.states import Mark, RunOutcome, StepState, refusal
from m1tui.procedures.values import Choice, clean, taken
from m1tui.sysex import Bank, Part

NOT_HEARD = "ticked by hand: m1tui did not hear it"
"""What is noted where a person ticks a step at which the program was to listen."""
UNFINISHED = "UNFINISHED"
"""The word of a run that has no outcome yet."""
CONSENT = "LOSE IT"
"""What a person types to go on without a step that keeps something from being lost."""
LEAST_REASON = 6
"""Letters that a reason has at least: "x" says nothing."""
LONGEST_TEXT = 2000
"""Characters that a note or a reason may have; a longer one is refused, never cut."""
_CHANGED = "has changed since then."
_DONE_AGAIN = "has been done again since then."
_NO_LONGER = "Asked again at the end of the run:"


@dataclass(frozen=True)
class Run:
    """A procedure and how far it has come. Begin with `Run.begin`."""

    procedure: Procedure
    states: tuple[StepState, ...]
    """One for each step, in order."""
    dependencies: Dependencies = field(repr=False)
    """Which steps go by which."""
    position: int = 0
    """The index of the current step."""
    abandoned: str = ""
    """Why the run was given up, empty if it was not."""
    model: str = ""
    """Which model the instrument is, empty where nobody knows."""
    alarms: tuple[AlarmRaised, ...] = ()
    """What was seen at the instrument that no step asked for, the oldest first."""
    read: int = 0
    """How many of them the person has read."""
    silenced: int = 0
    """How many of them there were when the silence of the instrument was last proved."""
    seen: InstrumentSeen | None = None
    """What the last look at the instrument showed, None before the first."""
    closes: bool = True
    """Whether the instrument is asked again before it ends; earlier programs did not."""
    closing: AskedAgain | None = None
    """What the instrument then answered; None before, and once a step was done after that."""

    compared: frozenset[str] = frozenset()
    """Steps before which what they can destroy was found as it was saved, by id."""
    acted: frozenset[str] = frozenset()
    """Those of them at which something was done since then."""
    destroyed: frozenset[str] = frozenset()
    """Steps that were done since what they can destroy was last saved, by id."""
    returned: bool = False
    """Whether the current step was one of them when it was entered."""
    off: bool = False
    """Whether a step switched the M1 off, and none on again since, as they were done."""
    left: bool = field(default=False, compare=False)
    """Whether another program goes on with the run, and has entered no step yet."""
    comparisons: tuple[BackupCompared, ...] = ()
    """All such comparisons, the oldest first."""
    written: Mapping[str, Verdict] = field(default_factory=dict)
    """What the last attempt gave of each restore that wrote, or may have written, by id."""
    rewritten: frozenset[str] = frozenset()
    """Those of them that wrote over what a step saved before, and has not saved again since."""

    @classmethod
    def begin(cls, procedure: Procedure, *, closes: bool = True) -> Run:
        """Return a run with every step open, at the first step."""
        open_ones = (StepState(),) * len(procedure.steps)
        return cls(procedure, open_ones, Dependencies.of(procedure), closes=closes)

    @classmethod
    def replay(cls, procedure: Procedure, events: Iterable[Event], *, closes: bool = True) -> Run:
        """Return the run after `events`. Raises KeyError for a step that is not in it."""
        run = cls.begin(procedure, closes=closes)
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

    def at(self, step_id: str) -> Run:
        """Return the run as it is at the step of that id. Raises KeyError."""
        return replace(self, position=self._index(step_id))

    @cached_property
    def route(self) -> Route:
        """Return which steps count, the values so far, and where the run leads."""
        return route_of(self.procedure, self.states, self.model)

    @property
    def values(self) -> Mapping[str, str]:
        """Return the values and answers that are known at the current step, by their names."""
        return self.route.values[self.position]

    @property
    def presses(self) -> tuple[Press, ...]:
        """Return the keycaps of the current step, with the chosen values."""
        return presses(self.current.keys, self._choices())

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return the mark of every step in order; `LEFT_OUT` for one that does not count."""
        pairs = zip(self.states, self.route.counts, strict=True)
        return tuple(state.mark if counts else Mark.LEFT_OUT for state, counts in pairs)

    @property
    def at_end(self) -> bool:
        """Return whether no step that counts follows the current one."""
        return self._neighbour(1) is None

    @property
    def done(self) -> bool:
        """Return whether no step that counts is open."""
        return Mark.OPEN not in self.marks

    @property
    def ended(self) -> bool:
        """Return whether it is done, and the instrument was asked again for what it rests on."""
        return self.done and not self.owes_closing

    @property
    def owes_closing(self) -> bool:
        """Return whether it is done, and the instrument is still to be asked again."""
        due = self.closes and self.closing is None and self.done
        return due and (any(one.check for one in self.standing_claims) or self.asks_memory)

    @property
    def asks_memory(self) -> bool:
        """Return whether the instrument answered, and only the last look may read its memory."""
        asked = any(
            mark is Mark.SENSED and step.checks
            for step, mark in zip(self.procedure.steps, self.marks, strict=True)
        )
        off = any(str(one.claim) == OFF for one in self.standing_claims)
        return asked and not off and not self.reads_memory

    @property
    def answered(self) -> bool:
        """Return whether a look at the instrument had an answer."""
        return self.seen is not None and bool(self.seen.codes)

    @property
    def standing_claims(self) -> tuple[Standing, ...]:
        """Return what the run rests on, in the order in which the instrument is asked for it."""
        return standing(self.procedure, self.marks, self.route.values, self.rewritten)

    @property
    def reads_memory(self) -> bool:
        """Return whether a step has read the internal memory: else nothing is known of it."""
        return reads_memory(self.procedure, self.marks, self.route.values)

    @property
    def unproved(self) -> tuple[str, ...]:
        """Return claims of the memory that nothing in the run proves, once it was asked again."""
        if self.closing is None:
            return self.not_compared
        unread = () if self.reads_memory else (AS_BEFORE,)
        return (*self.not_compared, *unread)

    @property
    def exclusive_given_up(self) -> bool:
        """Return whether Exclusive may be at DIS, as the person wrote it down."""
        return gives_up_exclusive(self.procedure, self.marks)

    @property
    def stakes(self) -> tuple[Stake, ...]:
        """Return what the current step can destroy, with what was saved of it."""
        words = self.dependencies.endangered
        return stakes_at(
            self.procedure, words, self.states, self.marks, self.position, self.rewritten
        )

    @property
    def owes_comparison(self) -> bool:
        """Return whether what the current step can destroy is still to be compared.

        What was saved is gone once the step was done: only a card may be another one by now.
        """
        state = self.current_state
        if self.abandoned or state.mark is not Mark.OPEN or self.current.id in self.compared:
            return False
        if not self.dependencies.endangered[self.position] or self.unmet:
            return False
        once = self.current.id in self.destroyed
        return any(not once or one.bank is Bank.CARD for one in self.stakes)

    @property
    def destroys_again(self) -> bool:
        """Return whether the step was done before: again, it destroys what was written since."""
        if self.current.id not in self.destroyed:
            return False
        again = self.returned or self.current_state.mark is Mark.OPEN
        return again and any(one.bank is not Bank.CARD for one in self.stakes)

    @property
    def is_to_be_off(self) -> bool:
        """Return whether the M1 is off while the current step is done, or looked at again.

        Who does an open step has the M1 as the steps before it leave it: one that is skipped, too,
        for who skips the proof that it is off goes on to open it, and behind a switching on that
        was skipped nobody knows. Who looks at a step that is done does nothing to the M1.
        """
        mark, on = self.current_state.mark, power_after(self.current)
        if on or (on is False and mark not in (Mark.OPEN, Mark.SENSED)):
            # It is switched on here, or nobody has seen that it is off.
            return False
        return self._off_before if mark is Mark.OPEN else self.off

    @property
    def _off_before(self) -> bool:
        """Return whether the steps before the current one that are done or skipped leave it off."""
        off = False
        for at, step in enumerate(self.procedure.steps[: self.position]):
            mark, on = self.marks[at], power_after(step)
            done = mark in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN)
            if on is not None and (done or self.states[at].doubt or (on and mark is Mark.FOUND)):
                off = not on
        return off

    @property
    def dangers(self) -> tuple[str, ...]:
        """Return what is to be said before the current step of what nobody saw being written.

        After the run was left there is nothing to compare where the step was begun and may have
        destroyed, or where the M1 is off.
        """
        told = []
        if self.left and not self.abandoned:
            memory = any(one.bank is not Bank.CARD for one in self.stakes)
            if self.current_state.mark is Mark.OPEN and memory and self.current.id in self.acted:
                told.append(LEFT_BEGUN)
            elif self.is_to_be_off and any(self.dependencies.endangered[: self.position + 1]):
                told.append(LEFT_OFF)
        if self.destroys_again:
            told.append(DONE_BEFORE)
        return tuple(told)

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Return claims that nothing proves: what a step that was done could destroy, unseen."""
        last = {one.step: one for one in self.comparisons}
        return tuple(
            f'memory before "{step.title}" = its backup'
            for step, mark in zip(self.procedure.steps, self.marks, strict=True)
            if mark in (Mark.SENSED, Mark.BY_HAND) and step.id in last
            if any(one.passed is None for one in last[step.id].verdicts)
        )

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """Return the steps that count and are open."""
        pairs = zip(self.procedure.steps, self.marks, strict=True)
        return tuple(step for step, mark in pairs if mark is Mark.OPEN)

    @property
    def unmet(self) -> tuple[Step, ...]:
        """Return the steps that the current one needs and that are not proved.

        In the place of one of which nobody knows yet whether it counts, the step that decides it.
        """
        needed = {self._index(step_id) for step_id in self.current.needs}
        words = self.dependencies.endangered
        if words[self.position]:
            needed |= savers_at(self.procedure, words, self.marks, self.position)
        if self.current.kind == "hands" and not self.current.checks:
            # The M1 was found to be on: nobody works inside it before it is off again.
            needed |= {
                at
                for at in range(self.position)
                if self.states[at].doubt
                and self.marks[at] is Mark.OPEN
                and power_after(self.procedure.steps[at]) is False
            }
        steps = self.procedure.steps
        unmet = {index for index in needed if not self._settled(steps[index])}
        first = {other for index in unmet for other in self._deciding(index) or (index,)}
        return tuple(steps[index] for index in sorted(first))

    @property
    def must_go_back(self) -> bool:
        """Return whether the current step can destroy what an earlier step, open again, saves.

        It is not shown then: whoever sees its keys presses them.
        """
        if self.abandoned or self.current_state.mark is not Mark.OPEN or not self.unmet:
            return False
        earlier = self._index(self.open_steps[0].id) < self.position
        return earlier and bool(self.dependencies.endangered[self.position])

    @property
    def outcome(self) -> RunOutcome | None:
        """Return what the run has shown; None while steps are open and nothing speaks against it.

        VERIFIED is a claim that an instrument or the disk has proved, so it needs a step that is
        proved.
        """
        counting = self._counting()
        if any(self.states[index].failed for index in counting) or self.miswritten:
            return RunOutcome.MISMATCH
        if self.remaining:
            return RunOutcome.MISMATCH
        if any(self.states[index].no_answer for index in counting):
            return RunOutcome.UNKNOWN
        if not self.ended:
            return None
        proved = any(self.states[index].mark is Mark.SENSED for index in counting)
        if self.missing or self.gone:
            return RunOutcome.IN_PART if proved else RunOutcome.UNKNOWN
        if self.unanswered or self.not_compared:
            return RunOutcome.IN_PART
        return RunOutcome.VERIFIED if proved else RunOutcome.BY_HAND

    @property
    def missing(self) -> tuple[Step, ...]:
        """Return the steps that were skipped, or ticked or answered without knowing."""
        return tuple(
            self.procedure.steps[index] for index in self._counting() if self._unproved(index)
        )

    @property
    def miswritten(self) -> Mapping[str, Verdict]:
        """Return the bad answer to what a step wrote that was not done in the end, by its id."""
        return {
            self.procedure.steps[index].id: found
            for index in self._counting()
            if self._unproved(index)
            and (found := self.written.get(self.procedure.steps[index].id)) is not None
            and found.passed is False
        }

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Return the claims for which there is no answer of the end, asked for or not."""
        return tuple(claim for word in UNSETTLED for claim in self.closed_with(word))

    @property
    def gone(self) -> Mapping[str, Advice]:
        """Return the backups that were no longer there at the end as they were, each with why."""
        return dict(self.closing.gone) if self.closing is not None else {}

    def closed_with(self, word: str) -> tuple[str, ...]:
        """Return the claims of which the question at the end came to this word of a verdict."""
        if self.closing is None:
            return ()
        pairs = zip(self.closing.claims, self.closing.verdicts, strict=True)
        return tuple(claim for claim, verdict in pairs if verdict.word == word)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Return the number of every step as a person reads it, counted from 1.

        It is the step's place in the procedure, or, where answers lead past most steps, its place
        on the way that was taken.
        """
        if not self.procedure.leads_past_most:
            return tuple(range(1, len(self.states) + 1))
        return tuple(accumulate((mark is not Mark.LEFT_OUT for mark in self.marks), initial=1))[:-1]

    def place_of(self, step_id: str) -> str:
        """Return a step by its number and title: 'step 3, "Fit the cell"'. Raises KeyError."""
        index = self._index(step_id)
        return f'step {self.numbers[index]}, "{self.procedure.steps[index].title}"'

    def why_left_out(self, index: int) -> str:
        """Return why the step at `index` is left out, empty where an answer led past it."""
        step = self.procedure.steps[index]
        for one in step.not_on:
            if one.model == self.model:
                return f"{self.model}: {one.why}"
        known = self.route.values[index]
        unmet = (one for one in step.conditions if known.get(one.value) not in (None, one.is_))
        return next((one.why for one in unmet), "")

    @property
    def left_out(self) -> tuple[tuple[int, str], ...]:
        """Return the steps, by index, that are left out for a reason, each with that reason."""
        pairs = enumerate(self.marks)
        found = ((at, self.why_left_out(at)) for at, mark in pairs if mark is Mark.LEFT_OUT)
        return tuple((at, why) for at, why in found if why)

    @property
    def findings(self) -> tuple[str, ...]:
        """Return the faults of the instrument that were found or stay, in one line each."""
        found = []
        for index in self._counting():
            step, state = self.procedure.steps[index], self.states[index]
            if state.mark is Mark.FOUND:
                bad = (verdict for verdict in state.deciding if not verdict.passed)
                found += [f"{step.title}: {one.found or one.evidence}" for one in bad]
            if step.leaves_fault(state.choice):
                found.append(f"{step.title} {state.choice}")
        return tuple(found)

    @property
    def remaining(self) -> tuple[Step, ...]:
        """Return the questions whose answer says that the fault is still there."""
        steps = self.procedure.steps
        return tuple(
            steps[index]
            for index in self._counting()
            if steps[index].leaves_fault(self.states[index].choice)
        )

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return the claims of the current step, with the values that are known there."""
        return claims_of(self.current, self.values)

    @property
    def standing(self) -> tuple[AlarmRaised, ...]:
        """Return the alarms that the person has not read, and that still concern somebody.

        Which mode the keys of another step needed concerns nobody any more, and neither does that
        the instrument was on, once its silence is proved.
        """
        return tuple(
            one
            for at, one in enumerate(self.alarms)
            if at >= self.read
            and (one.advice.code != MODE_LEFT or one.step == self.current.id)
            and (one.advice.code != ON_WHILE_OFF or at >= self.silenced)
        )

    @property
    def losses(self) -> tuple[AlarmRaised, ...]:
        """Return the alarms by which memory was lost that no backup of this run contains."""
        return tuple(one for one in self.alarms if one.lost and not one.backup)

    @property
    def changed(self) -> tuple[tuple[str, Advice], ...]:
        """Return what was changed after it was saved, each with the step at which it showed.

        It shows when the backup is compared, or in songs that were recorded to beside the chosen.
        """
        found = (
            (one.step, verdict.advice)
            for one in self.comparisons
            for verdict in one.verdicts
            if verdict.passed is False
            and verdict.advice is not None
            and verdict.advice.code == "changed-since-backup"
        )
        beside = {
            verdict.advice: (step.id, verdict.advice)
            for step, state in zip(self.procedure.steps, self.states, strict=True)
            for verdict in state.verdicts
            if verdict.advice is not None and verdict.advice.code == "other-songs-changed"
        }
        return (*dict.fromkeys(found), *beside.values())

    @property
    def outcome_word(self) -> str:
        """Return the outcome's word, `UNFINISHED` where there is none yet."""
        return UNFINISHED if self.outcome is None else self.outcome.value

    # What can happen to the current step

    def next(self) -> StepEntered:
        """Go to the following step; the current one must be done."""
        self._forbid_abandoned()
        if self.current_state.mark is Mark.OPEN:
            raise refusal(
                f'Step "{self.current.title}" is still open.',
                "Do it, or skip it with a reason.",
                code="step-open",
            )
        following = self._neighbour(1)
        if following is None and self.open_steps:
            names = ", ".join(f'"{step.title}"' for step in self.open_steps)
            raise refusal(
                f"This is the last step. Still open: {names}.",
                "Go back with b to the open steps and do them.",
                code="steps-open",
            )
        if following is None:
            raise refusal(
                "This is the last step.", "Go back with b, or leave with q.", code="last-step"
            )
        return StepEntered(step=following.id)

    def back(self) -> StepEntered:
        """Go to the step before; all marks stay."""
        self._forbid_abandoned()
        before = self._neighbour(-1)
        if before is None:
            raise refusal(
                "This is the first step.",
                "Continue with Enter, or leave with q.",
                code="first-step",
            )
        return StepEntered(step=before.id)

    def to_open(self) -> StepEntered:
        """Go to the first step that is open."""
        self._forbid_abandoned()
        return StepEntered(step=self.open_steps[0].id if self.open_steps else self.current.id)

    def tick(
        self, *, evidence: tuple[str, ...] = (), observed: tuple[Verdict, ...] = ()
    ) -> StepTicked:
        """Say by hand that the current step is done; `observed` is what does not decide it.

        A step that the instrument can prove is ticked by hand only where the instrument was
        asked and there was no answer; a step of a kind in `PROVING` or `ANSWERING` never is.
        """
        self._forbid_abandoned()
        self.require_needs()
        step, state = self.current, self.current_state
        if state.mark is Mark.SENSED:
            raise refusal(
                f'Step "{step.title}" is already proved.',
                "Continue with Enter.",
                code="step-proved",
            )
        if state.failed:
            raise refusal(
                f'The check of "{step.title}" failed, so it cannot be ticked by hand.',
                "Correct the cause and retry with r, or skip with s and type the reason.",
                code="check-failed",
            )
        if step.kind in ANSWERING:
            raise refusal(
                f'"{step.title}" asks you a question.',
                "Answer it, or skip with s and say why.",
                code="question-open",
            )
        if step.senses and (step.kind in PROVING or not state.no_answer):
            raise refusal(
                f'"{step.title}" is proved by the instrument. It cannot be ticked by hand.',
                "Let the program ask with r, or skip with s and type the reason.",
                code="step-needs-proof",
            )
        if not (step.senses or observed or LISTENING.isdisjoint(step.observes)):
            evidence = (*evidence, NOT_HEARD)
        return StepTicked(step=step.id, evidence=evidence, verdicts=observed)

    def judge(
        self,
        verdicts: tuple[Verdict, ...],
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

    def choose(self, label: str) -> QuestionAnswered:
        """Answer the current step's question with the option of that label.

        Raises ValueError when there is no such option.
        """
        self._forbid_abandoned()
        self.require_needs()
        if option_of(self.current, label) is None:
            raise ValueError(f"step {self.current.id!r} offers no {label!r}")
        return QuestionAnswered(step=self.current.id, choice=label)

    def write_down(self, typed: Mapping[str, str]) -> ValuesWritten:
        """Give the current step's values, by name; what is missing counts as typed empty."""
        self._forbid_abandoned()
        self.require_needs()
        try:
            values = taken(self.current.fields, typed)
        except ValueError as error:
            raise refusal(
                str(error), "Type a value that is offered.", code="value-not-offered"
            ) from error
        self._require_another(dict(values))
        return ValuesWritten(step=self.current.id, values=values)

    def _require_another(self, values: Mapping[str, str]) -> None:
        """Raise NotAllowed where a value must differ from an earlier step's, and does not."""
        for one in self.current.fields:
            earlier = self.values.get(one.name) if one.another else None
            if earlier == values[one.name]:
                raise refusal(
                    f"{one.label}: expected a value other than {earlier}, found {earlier}.",
                    "Type a different one.",
                    code="value-again",
                )

    @property
    def skippable(self) -> bool:
        """Return whether the current step can be skipped."""
        return not self.abandoned and self._unskippable() is None

    @property
    def at_start(self) -> bool:
        """Return whether no step that counts is before the current one."""
        return self._neighbour(-1) is None

    def require_skippable(self) -> None:
        """Raise NotAllowed where the current step cannot be skipped."""
        self._forbid_abandoned()
        if (refused := self._unskippable()) is not None:
            raise refused

    def _unskippable(self) -> NotAllowed | None:
        """Return why the current step cannot be skipped, None where it can be."""
        if self.current_state.mark is Mark.SENSED:
            return refusal(
                f'Step "{self.current.title}" is already proved.',
                "Continue with Enter, or do it again with r.",
                code="step-proved",
            )
        if branches_at(self.procedure, self.current):
            return refusal(
                f'"{self.current.title}" decides which steps follow, so it cannot be skipped.',
                "Choose what fits best, or leave with q and continue later.",
                code="choice-not-skipped",
            )
        return None

    def override(self, reason: str, *, consent: str = "") -> StepOverridden:
        """Skip the current step for a typed reason.

        What is lost for ever without it must be agreed to: `consent` is then `CONSENT`.
        """
        self.require_skippable()
        given = self._reason(reason)
        if self.current.loses and consent.strip().upper() != CONSENT:
            raise refusal(
                f"Without this step, {self.current.loses}: expected the word {CONSENT}, "
                f'found "{clean(consent)[:20]}".',
                f"Do the step, or skip it with s, a reason, and the word {CONSENT}.",
                code="loss-not-agreed",
            )
        return StepOverridden(step=self.current.id, reason=given)

    def accept(self) -> FindingAccepted:
        """Take the bad answers to the current step as what is so: a fault of the instrument."""
        self._forbid_abandoned()
        if not (self.current.finds and self.current_state.failed):
            raise refusal(
                f'"{self.current.title}" has not found a fault.',
                "Let the program ask with r.",
                code="no-finding",
            )
        return FindingAccepted(step=self.current.id)

    def doubt(self, step_id: str, why: str) -> StepDoubted:
        """Open a step again, since something may have undone it. Raises KeyError."""
        self._forbid_abandoned()
        self._index(step_id)
        return StepDoubted(step=step_id, why=clean(why))

    def alarm(self, advice: Advice, *, lost: str = "", backup: str = "") -> AlarmRaised:
        """Note that something was seen at the instrument which the step did not ask for."""
        self._forbid_abandoned()
        return AlarmRaised(step=self.current.id, advice=advice, lost=lost, backup=backup)

    def ask_again(
        self,
        claims: tuple[Claim, ...],
        verdicts: tuple[Verdict, ...],
        not_asked: tuple[Claim, ...] = (),
        *,
        initialised: bool = False,
        gone: tuple[tuple[str, Advice], ...] = (),
    ) -> AskedAgain:
        """Note what the instrument answered at the end; a claim that is no longer so opens steps.

        Raises ValueError unless there is a verdict for each of `claims`.
        """
        self._forbid_abandoned()
        if len(claims) != len(verdicts):
            raise ValueError(f"{len(claims)} claims and {len(verdicts)} verdicts")
        names = tuple(map(str, claims)), tuple(map(str, not_asked))
        return AskedAgain(
            step=self.current.id,
            claims=names[0],
            verdicts=verdicts,
            not_asked=names[1],
            initialised=initialised,
            gone=gone,
        )

    def compare(self, verdicts: tuple[Verdict, ...]) -> BackupCompared:
        """Note how what the current step can destroy compares with what was saved of it.

        Raises ValueError unless there is a verdict for each of `stakes`.
        """
        self._forbid_abandoned()
        saved = tuple(self.procedure.steps[one.asked].id for one in self.stakes)
        if len(saved) != len(verdicts):
            raise ValueError(f"{len(saved)} stakes and {len(verdicts)} verdicts")
        return BackupCompared(step=self.current.id, saved=saved, verdicts=verdicts)

    def resumed(self) -> Run:
        """Return the run as another program goes on with it: it has not seen what came between.

        Of the M1 itself a step that was begun may have destroyed what it endangers; a card can be
        compared at any time.
        """
        endangered = zip(self.procedure.steps, self.dependencies.endangered, strict=True)
        cards = {step.id for step, words in endangered if CARD in words}
        return replace(self, left=True, compared=self.compared & self.acted - cards)

    def see(self, channel: int, codes: tuple[int, ...]) -> InstrumentSeen:
        """Note what a look at the instrument showed, for the next program that looks."""
        self._forbid_abandoned()
        return InstrumentSeen(step=self.current.id, channel=channel, codes=codes)

    def read_alarms(self) -> AlarmsRead:
        """Note that the person has read the alarms."""
        return AlarmsRead(step=self.current.id)

    def name_model(self, model: str) -> ModelNamed:
        """Say which model the instrument is."""
        return ModelNamed(step=self.current.id, model=clean(model))

    def retry(self) -> StepRetried:
        """Open the current step again."""
        self._forbid_abandoned()
        return StepRetried(step=self.current.id)

    def note(self, text: str) -> NoteWritten:
        """Write a note to the current step in place of an earlier one; an empty one removes it."""
        self._forbid_abandoned()
        return NoteWritten(step=self.current.id, text=self._bounded(clean(text), "note"))

    def abandon(self, reason: str) -> RunAbandoned:
        """Give the run up for a typed reason."""
        self._forbid_abandoned()
        return RunAbandoned(step=self.current.id, reason=self._typed(reason, "reason"))

    def require_needs(self) -> None:
        """Raise NotAllowed, naming the steps, when the current step needs what is not proved."""
        if unmet := self.unmet:
            names = ", ".join(f'"{step.title}"' for step in unmet)
            first = "do that first" if len(unmet) == 1 else "do them first"
            if all(self.state(step.id).mark is Mark.BY_HAND for step in unmet):
                # To do it again would change nothing: it looks done.
                first = "press r there: it was ticked by hand, and the program must ask the M1"
            raise refusal(
                f'"{self.current.title}" must wait for {names}.',
                f"Go back with b and {first}. Or skip this step with s and type the reason.",
                code="step-must-wait",
            )
        if self.owes_comparison:
            raise refusal(
                f'"{self.current.title}" can destroy what was saved, and that has not been '
                "compared with its backup yet.",
                "Press Enter: the program compares it first.",
                code="compare-first",
            )

    # After an event

    def after(self, event: Event) -> Run:
        """Return the run after `event`. Raises KeyError for a step that is not in it."""
        index = self._index(event.step)
        changed = self._with(index, self.states[index].after(event))
        if changed.states != self.states or isinstance(event, AlarmRaised):
            changed = replace(changed, closing=None)
        match event:
            case AskedAgain():
                lost = (_initialised(event),) if event.initialised else ()
                asked = replace(changed, closing=event, alarms=(*self.alarms, *lost))
                return asked._disproved(event)
            case BackupCompared():
                return changed._compared(event)
            case StepEntered():
                stays = self.compared - {event.step} | self.compared & self.acted
                returned = event.step in self.destroyed
                entered = replace(changed, position=index, compared=stays)
                return replace(entered, returned=returned, left=False)
            case RunAbandoned():
                return replace(changed, abandoned=event.reason)
            case ModelNamed():
                return replace(changed, model=event.model)._at_what_counts()
            case AlarmRaised():
                return replace(changed, alarms=(*self.alarms, event))
            case AlarmsRead():
                return replace(changed, read=len(self.alarms))
            case InstrumentSeen():
                return replace(changed, seen=event)
            case FindingAccepted():
                return changed._switched(index)
            case NoteWritten() | StepDoubted():
                return changed
            case StepRetried():
                return changed._doubting(
                    changed._undone_by(index), changed._since(index, _DONE_AGAIN)
                )
            case _:
                skipped = changed.states[index].mark is Mark.OVERRIDDEN
                added = frozenset(() if skipped else {event.step})
                acted = replace(changed._restored(event), acted=self.acted | added)
                if acted.states[index].mark is Mark.SENSED and OFF in map(
                    str, claims_of(self.procedure.steps[index])
                ):
                    acted = replace(acted, silenced=len(self.alarms))
                acted = acted._switched(index)
                done = acted.states[index].mark in (Mark.SENSED, Mark.BY_HAND)
                if done and self.dependencies.endangered[index]:
                    acted = replace(acted, destroyed=acted.destroyed | {event.step})
                if self.procedure.steps[index].kind in KEEPING:
                    acted = replace(acted, compared=frozenset(), acted=frozenset())
                    acted = acted._saved_again(index)
                return acted._answered(index, self.states[index])

    def _switched(self, index: int) -> Run:
        """Return the run in which the M1 is as the step at `index` leaves it, if that is done."""
        on = power_after(self.procedure.steps[index])
        if on is None or self.states[index].mark is Mark.OPEN:
            return self
        return replace(self, off=not on)

    def _at_what_counts(self) -> Run:
        """Return the run at its step, or at the next that counts where its own does not."""
        counts = self.route.counts
        after = [*range(self.position, len(counts)), *range(self.position - 1, -1, -1)]
        return replace(self, position=next((at for at in after if counts[at]), self.position))

    def _answered(self, index: int, old: StepState) -> Run:
        """Return the run in which what goes by the step at `index` is open where that changed."""
        new = self.states[index]
        last = old.before if old.mark is Mark.OPEN and old.before is not None else old.product
        given = old.mark is not Mark.OPEN or old.before is not None
        run = self._doubting(self._undone_by(index), self._since(index, _DONE_AGAIN))
        if given and new.mark is not Mark.OPEN and new.product != last:
            users = self.dependencies.users_of(index)
            why = self._since(index, _CHANGED)
            run = run._doubting(users, why)._unanswered_again(users, why)
        return run

    def _unanswered_again(self, steps: Iterable[int], why: str) -> Run:
        """Return the run without the bad answers of open steps, which went by what has changed."""
        run = self
        for other in steps:
            state = run.states[other]
            if state.mark is Mark.OPEN and state.verdicts:
                doubt = StepDoubted(step=self.procedure.steps[other].id, why=why)
                run = run._with(other, replace(state.after(doubt), before=state.before))
        return run

    def _restored(self, event: Event) -> Run:
        """Return the run after a restore wrote, or saw what an earlier attempt of it wrote."""
        verdicts = event.verdicts if isinstance(event, StepJudged) else ()
        for one in verdicts:
            if one.name != "restore" or one.outcome is Outcome.REFUSED:
                continue
            if one.wrote or event.step in self.written:
                wrote = frozenset({event.step} if one.wrote else ())
                return replace(
                    self,
                    written={**self.written, event.step: one},
                    rewritten=self.rewritten | wrote,
                )
        return self

    def _saved_again(self, index: int) -> Run:
        """Return the run in which the step at `index` has saved what was written before it.

        Of a step that several others save for, any of them counts.
        """
        if self.states[index].mark is not Mark.SENSED:
            return self
        saving = self.procedure.steps[index]
        kept = {
            one.id
            for one in self.procedure.steps
            if one.id in self.rewritten
            and one.bank == saving.bank
            and saving.part in (Part.ALL.value, one.part)
        }
        endangering = {
            one.id
            for at, one in enumerate(self.procedure.steps)
            if index in savers_at(self.procedure, self.dependencies.endangered, self.marks, at)
        }
        return replace(
            self, rewritten=self.rewritten - kept, destroyed=self.destroyed - endangering
        )

    def _compared(self, event: BackupCompared) -> Run:
        """Return the run after a comparison: what differs is to be saved again first."""
        run = replace(self, comparisons=(*self.comparisons, event))
        bad = {
            self._index(saved): one.advice.happened if one.advice is not None else one.found
            for saved, one in zip(event.saved, event.verdicts, strict=True)
            if one.passed is False
        }
        for index, why in bad.items():
            run = run._doubting((index,), why)
        return run if bad else replace(run, compared=self.compared | {event.step})

    def _disproved(self, event: AskedAgain) -> Run:
        """Return the run in which what was proved, and is no longer so, is open again."""
        run, values = self, self.route.values
        for text, verdict in zip(event.claims, event.verdicts, strict=True):
            if verdict.passed is not False:
                continue
            found = verdict.advice.happened if verdict.advice is not None else verdict.found
            doubtful = [
                at
                for at, (step, mark) in enumerate(
                    zip(self.procedure.steps, self.marks, strict=True)
                )
                if mark is Mark.SENSED
                and text in (str(claim) for claim in claims_of(step, values[at]))
            ]
            doubtful += [one.at for one in self.standing_claims if str(one.claim) == text]
            run = run._doubting(doubtful, f"{_NO_LONGER} {found}")
        return run

    def _undone_by(self, index: int) -> tuple[int, ...]:
        """Return what doing the step again makes doubtful: later steps, and those left out."""
        undone = self.dependencies.undone_by(index)
        done = [other for other in undone if self.states[other].mark is not Mark.OPEN]
        if not done:
            return ()
        counts = self.route.counts
        return tuple(other for other in done if other > index or not counts[other])

    def _doubting(self, doubtful: Iterable[int], why: str) -> Run:
        """Return the run with those of the steps open again that were done, and what needs them."""
        run, waiting = self, list(doubtful)
        while waiting:
            other = waiting.pop()
            if run.states[other].mark is Mark.OPEN:
                continue
            doubt = StepDoubted(step=self.procedure.steps[other].id, why=why)
            run = run._with(other, run.states[other].after(doubt))
            waiting += self.dependencies.needers_of(other)
        return run

    def _since(self, index: int, what: str) -> str:
        """Return why steps are open again after the step at `index`."""
        return f'"{self.procedure.steps[index].title}" {what}'

    def _with(self, index: int, state: StepState) -> Run:
        return replace(self, states=(*self.states[:index], state, *self.states[index + 1 :]))

    def _index(self, step_id: str) -> int:
        for index, step in enumerate(self.procedure.steps):
            if step.id == step_id:
                return index
        raise KeyError(step_id)

    def _neighbour(self, by: int) -> Step | None:
        """Return the next step that counts in the direction of `by`, None at the end."""
        counts = self.route.counts
        index = self.position + by
        while 0 <= index < len(counts):
            if counts[index]:
                return self.procedure.steps[index]
            index += by
        return None

    def _choices(self) -> dict[str, Choice]:
        """Return the values so far that keys can set, each with its place in its range."""
        values = self.values
        return {
            field.name: field.choice(values[field.name])
            for _, field in self.procedure.fields()
            if field.ranged and field.name in values
        }

    def _deciding(self, index: int) -> tuple[int, ...]:
        """Return the open steps before the one at `index` that decide whether it counts."""
        unknown = {
            when.value
            for when in self.procedure.steps[index].conditions
            if when.value not in self.route.values[index]
        }
        return tuple(
            at
            for at, step in enumerate(self.procedure.steps[:index])
            if self.marks[at] is Mark.OPEN and not unknown.isdisjoint(step.gives)
        )

    def _settled(self, step: Step) -> bool:
        """Return whether a later step may rely on `step`, or an answer led past it."""
        mark = self.marks[self._index(step.id)]
        if mark is Mark.BY_HAND:
            return not step.senses
        return mark is not Mark.OPEN

    def _counting(self) -> list[int]:
        """Return the steps that count, by index."""
        return [index for index, counts in enumerate(self.route.counts) if counts]

    def _unproved(self, index: int) -> bool:
        mark = self.states[index].mark
        by_word = mark is Mark.BY_HAND and self.procedure.steps[index].senses
        unknown = self.procedure.steps[index].leaves_unproved(self.states[index].choice)
        return by_word or mark is Mark.OVERRIDDEN or unknown

    def _forbid_abandoned(self) -> None:
        if self.abandoned:
            raise refusal(
                "This run was abandoned.", "Start the procedure again.", code="run-given-up"
            )

    def _reason(self, text: str) -> str:
        reason = self._typed(text, "reason")
        if sum(character.isalpha() for character in reason) < LEAST_REASON:
            raise refusal(
                f'That is not a reason: expected a few words, found "{reason[:20]}".',
                "Say why the step is not done, so that a reader of the report can understand it.",
                code="reason-too-short",
            )
        return reason

    def _typed(self, text: str, what: str) -> str:
        cleaned = clean(text)
        if not cleaned:
            raise refusal(
                f"No {what} was typed.", f"Type the {what} in a few words.", code="text-missing"
            )
        return self._bounded(cleaned, what)

    def _bounded(self, text: str, what: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise refusal(
                f"The {what} is too long: expected {LONGEST_TEXT:,} characters at most, found "
                f"{len(text):,}.",
                f"Shorten the {what}; the program does not cut any of it off.",
                code="text-too-long",
            )
        return text


def _initialised(event: AskedAgain) -> AlarmRaised:
    """Return the alarm of a memory that is found initialised at the end of a run."""
    advice = Advice(
        code="initialised-at-the-end",
        happened="The M1's memory is initialised: all programs are the same and named "
        '"Init Prog". If there were sounds in it when the run began, they are lost.',
        safe="The program wrote nothing. Backups are not affected; this run has no backup of it.",
        cause="It was initialised before the run, or it lost its power and its cell does not keep "
        "the memory.",
        next_step="Measure the internal cell, then restore a backup.",
    )
    lost = "all of the internal memory, if there was anything in it"
    return AlarmRaised(step=event.step, at=event.at, advice=advice, lost=lost)
