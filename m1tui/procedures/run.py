"""One run of a procedure as a pure state machine: it knows no screen, no disk and no instrument.

A transition does not change a run: it returns the event that would happen, or raises NotAllowed.
`Run.after` returns the run after an event. So an event can be on the disk before it counts, and
the same events always give the same run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from m1tui.advice import Advice, listed
from m1tui.engine.checks import LISTENING, PROVES
from m1tui.errors import NotAllowed
from m1tui.facts import Outcome, Verdict
from m1tui.procedures.claims import OFF, ON, Claim, claims_of, power_after
from m1tui.procedures.dependencies import Dependencies
from m1tui.procedures.events import (
    ASKED_AT_THE_END,
    BETWEEN_BACKUPS,
    SONGS_TOUCHED,
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
    WriteBegun,
)
from m1tui.procedures.route import KEEPING, branches_at, option_of
from m1tui.procedures.run_state import PROTECT_CHECKS, RunState
from m1tui.procedures.schema import ANSWERING, PROVING, Procedure
from m1tui.procedures.stakes import CARD, savers_at
from m1tui.procedures.states import Mark, StepState, refusal
from m1tui.procedures.values import clean, taken
from m1tui.sysex import Part

NOT_HEARD = "ticked by hand: m1tui did not hear it"
"""What is noted where a person ticks a step at which the program was to listen."""
CONSENT = "LOSE IT"
"""What a person types to go on without a step that keeps something from being lost."""
LEAST_REASON = 6
"""Letters that a reason has at least: "x" says nothing."""
REASON_NEEDS = f'at least {LEAST_REASON} letters, for example "no new cell here yet"'
"""What a reason must be, for people."""
LONGEST_TEXT = 2000
"""Characters that a note or a reason may have; a longer one is refused, never cut."""
_PROTECTED = "protects = ON"
_CHANGED = "has changed since then."
_OPENED_AGAIN = "has been opened again since then."
_DONE_AGAIN = "has been done again since then."
_WROTE = "has written to the M1 since then, so its memory protect was OFF."


@dataclass(frozen=True)
class Run(RunState):
    """A procedure and how far it has come, and what can happen next. Begin with `Run.begin`."""

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
                str(error), "Type one of the values offered.", code="value-not-offered"
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
        mark = self.current_state.mark
        if mark is Mark.SENSED:
            return refusal(
                f'Step "{self.current.title}" is already proved.',
                "Continue with Enter, or do it again with r.",
                code="step-proved",
            )
        if mark is not Mark.OPEN:
            return refusal(
                f'Step "{self.current.title}" is already marked {mark.glyph}.',
                "Continue with Enter, or open it again with r.",
                code="step-marked",
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
        mode: int | None = None,
    ) -> AskedAgain:
        """Note what the instrument answered at the end; a claim that is no longer so opens steps.

        `mode` is the code of the mode in which it then answered. Raises ValueError unless there is
        a verdict for each of `claims`.
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
            mode=mode,
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
        compared = self.compared & self.acted - cards
        states = tuple(state.come_back_to for state in self.states)
        return replace(self, left=True, compared=compared, states=states, cut=self.begun)

    def begin_write(self) -> WriteBegun:
        """Note that the program is about to write to the instrument in the current step."""
        self._forbid_abandoned()
        return WriteBegun(step=self.current.id)

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

    def require_led(self) -> None:
        """Raise NotAllowed where the current step's keys would change another track once more.

        That is so until the person has left the step: the steps before it select the track.
        """
        if not self.misled:
            return
        names = listed([f'"{step.title}"' for step in self.led_by])
        raise refusal(
            f'Another track is selected: the keys of "{self.current.title}" would change it again.',
            f"Go back with b to {names}, press r there, and then the keys.",
            code="other-track-selected",
        )

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
                f'"{self.current.title}" can destroy what was backed up, and this has not been '
                "compared with its backup yet.",
                "Press Enter: the program compares it first.",
                code="compare-first",
            )

    # After an event

    def after(self, event: Event) -> Run:
        """Return the run after `event`. Raises KeyError for a step that is not in it."""
        index = self._index(event.step)
        changed = self._with(index, self.states[index].after(event))._hearing(event)
        if changed.states != self.states or isinstance(event, AlarmRaised):
            changed = replace(changed, closing=None)
        match event:
            case AskedAgain():
                lost = (_initialised(event, saved=self.reads_memory),) if event.initialised else ()
                asked = replace(changed, closing=event, alarms=(*self.alarms, *lost))
                return asked._disproved(event)
            case BackupCompared():
                return changed._compared(event)
            case StepEntered():
                stays = self.compared - {event.step} | self.compared & self.acted
                returned = event.step in self.destroyed
                if index != self.position:
                    changed = changed._with(index, changed.states[index].come_back_to)
                entered = replace(changed, position=index, compared=stays)
                return replace(entered, returned=returned, left=False)
            case RunAbandoned():
                return replace(changed, abandoned=event.reason)
            case ModelNamed():
                return replace(changed, model=event.model)._at_what_counts()
            case AlarmRaised():
                return replace(changed, alarms=(*self.alarms, event))._losing(event)
            case AlarmsRead():
                return replace(changed, read=len(self.alarms))
            case InstrumentSeen():
                return replace(changed, looks=(*self.looks, event), seen_since=True)
            case WriteBegun():
                step = frozenset({event.step})
                return replace(changed, begun=self.begun | step, acted=self.acted | step)
            case FindingAccepted():
                return changed._switched(index)
            case NoteWritten() | StepDoubted():
                return changed
            case StepRetried():
                return changed._doubting(
                    changed._undone_by(index), changed._since(index, _OPENED_AGAIN)
                )
            case _:
                skipped = changed.states[index].mark is Mark.OVERRIDDEN
                added = frozenset(() if skipped else {event.step})
                acted = replace(changed._restored(event), acted=self.acted | added)
                if isinstance(event, StepJudged):
                    acted = replace(acted, begun=self.begun - {event.step})
                if acted.states[index].mark is Mark.SENSED and OFF in map(
                    str, claims_of(self.procedure.steps[index])
                ):
                    acted = replace(acted, silenced=len(self.alarms))
                if _answering(acted.states[index]):
                    acted = replace(acted, answered_after=len(self.alarms))
                acted = acted._switched(index)
                done = acted.states[index].mark in (Mark.SENSED, Mark.BY_HAND)
                if done and self.dependencies.endangered[index]:
                    acted = replace(acted, destroyed=acted.destroyed | {event.step})
                acted = acted._kept(index)._sending(index)
                if self.procedure.steps[index].kind in KEEPING:
                    since = acted.seen_since and self.procedure.steps[index].bank == "card"
                    acted = replace(acted, seen_since=since)
                    acted = replace(acted, compared=frozenset(), acted=frozenset())
                    acted = acted._saved_again(index)
                return acted._answered(index, self.states[index])

    def _hearing(self, event: Event) -> Run:
        """Return the run that knows what each check has said, and what a refused send has found."""
        if not isinstance(event, StepJudged | StepTicked):
            return self
        verdicts = event.verdicts
        said, on = dict(self.said), self.found_on
        if said.keys().isdisjoint(PROTECT_CHECKS):
            internal = self.procedure.step(event.step).bank == "internal"
            on = on.union(_protected(verdicts) if internal else ())
        resaved = dict.fromkeys(self.resaved)
        for one in verdicts:
            if one.advice is not None and one.advice.code == BETWEEN_BACKUPS:
                resaved[event.step, one.advice] = None
            if one.passed is not None:
                word = "yes" if one.passed else "no"
                said[one.name] = tuple(dict.fromkeys((*said.get(one.name, ()), word)))
        new = (said, on, tuple(resaved))
        known = new == (self.said, self.found_on, self.resaved)
        return self if known else replace(self, said=said, found_on=on, resaved=new[2])

    def _switched(self, index: int) -> Run:
        """Return the run in which the M1 is as the step at `index` leaves it, if that is done.

        One that answered what the step asked is on, whoever switched it on.
        """
        on = self.power_left((index,), lambda at, _: self.states[at].mark is not Mark.OPEN)
        if (
            on is None
            and self.states[index].mark is Mark.SENSED
            and self.procedure.steps[index].checks
        ):
            on = True
        return self if on is None else replace(self, off=not on)

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
        # Who skips a step does nothing that could undo another one.
        undone = () if new.mark is Mark.OVERRIDDEN else self._undone_by(index)
        run = self._doubting(undone, self._since(index, _DONE_AGAIN))
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
                run = replace(
                    self,
                    written={**self.written, event.step: one},
                    rewritten=self.rewritten | wrote,
                )
                return run._unprotected_by(self._index(event.step)) if one.wrote else run
        return self

    def _losing(self, alarm: AlarmRaised) -> Run:
        """Return the run that knows what was in memory when some of it was lost."""
        if not (alarm.lost and self.sent):
            return self
        if alarm.advice.code == SONGS_TOUCHED:
            return replace(self, sent="")
        return replace(self, sent_before={**self.sent_before, alarm: self.sent})

    def _sending(self, index: int) -> Run:
        """Return the run that knows what memory matches after the step at `index` was done."""
        step, state = self.procedure.steps[index], self.states[index]
        if step.kind == "restore" and step.bank == "internal" and not step.from_:
            sources = [one.origin for one in self.states[:index] if one.origin]
            proved = state.mark is Mark.SENSED and step.part == Part.ALL.value and sources
            return replace(self, sent=sources[-1] if proved else "")
        return replace(self, sent="") if self.dependencies.endangered[index] else self

    def _unprotected_by(self, index: int) -> Run:
        """Return the run after the step at `index` wrote to the M1, which protected memory refuses.

        A later step that proved the protects ON did so before.
        """
        if self.procedure.steps[index].bank != "internal":
            return self
        later = enumerate(zip(self.procedure.steps, self.marks, strict=True))
        doubtful = [
            at
            for at, (step, mark) in later
            if at > index and mark is Mark.SENSED and _PROTECTED in map(str, claims_of(step))
        ]
        return self._doubting(doubtful, self._since(index, _WROTE))

    def _kept(self, index: int) -> Run:
        """Return the run that knows what file the step at `index` has just kept, if it has one."""
        step, state = self.procedure.steps[index], self.states[index]
        counts = step.kind == "restore" or (step.kind in KEEPING and state.mark is Mark.SENSED)
        last = self.files[-1][:2] if self.files else ()
        if not (counts and state.backup) or last == (step.id, state.backup):
            return self
        return replace(self, files=(*self.files, (step.id, state.backup, state.ended)))

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
            run = run._doubting(doubtful, f"{ASKED_AT_THE_END} {found}")
            for at in doubtful:
                step = self.procedure.steps[at]
                # Whoever skips it now has seen the answer: it is that of the step's own question.
                if verdict.name in step.checks or step.kind == "restore":
                    run = run._with(at, replace(run.states[at], verdicts=(verdict,)))
        return run

    def _undone_by(self, index: int) -> tuple[int, ...]:
        """Return what doing the step again makes doubtful: later steps, and those left out."""
        undone = self.dependencies.undone_by(index)
        done = [other for other in undone if self.states[other].mark is not Mark.OPEN]
        if not done:
            return ()
        counts = self.route.counts
        found = tuple(other for other in done if other > index or not counts[other])
        if self._is_so_anyway(index):
            return tuple(one for one in found if power_after(self.procedure.steps[one]) is None)
        return found

    def _is_so_anyway(self, index: int) -> bool:
        """Return whether the M1 is on, or off, after all later steps as after the one at `index`.

        That it was off in between, and on again, stays so where somebody asks again whether it is
        on.
        """
        later = range(index + 1, len(self.procedure.steps))
        left = self.power_left(later, lambda at, _: self.marks[at] in (Mark.SENSED, Mark.BY_HAND))
        return left is not None and left is power_after(self.procedure.steps[index])

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

    def _forbid_abandoned(self) -> None:
        if self.abandoned:
            raise refusal(
                "This run was abandoned.", "Start the procedure again.", code="run-given-up"
            )

    def _reason(self, text: str) -> str:
        reason = self._typed(text, "reason")
        if sum(character.isalpha() for character in reason) < LEAST_REASON:
            raise refusal(
                f'The reason is too short: expected {REASON_NEEDS}; found "{reason[:20]}".',
                "Say why the step is skipped, so that a reader of the report can understand it.",
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


_ANSWERING = frozenset({*ON, "filter exclusive = ENA"})


def _answering(state: StepState) -> bool:
    """Return whether a check of the step has proved that the instrument answers."""
    return state.mark is Mark.SENSED and any(
        one.passed and not _ANSWERING.isdisjoint(PROVES.get(one.name, ())) for one in state.verdicts
    )


def _protected(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield the parts of memory that a send was refused for, because they are protected."""
    for one in verdicts:
        if one.outcome is Outcome.REFUSED:
            yield from re.findall(r"\b(programs|combinations|sequence): protected \(", one.evidence)


def _initialised(event: AskedAgain, *, saved: bool) -> AlarmRaised:
    """Return the alarm of a memory that is found initialised at the end of a run.

    `saved` says whether the run has read some of the memory before.
    """
    advice = Advice(
        code="initialised-at-the-end",
        happened="The M1's memory is initialised: all programs are the same and named "
        '"Init Prog". If there were sounds in it when the run began, they are lost.',
        safe="Backups are not affected. The end of the run says what its own backups contain."
        if saved
        else "Backups are not affected; this run has no backup of what was in the memory before.",
        cause="It was initialised before the run, or it lost power and its cell does not keep "
        "the memory.",
        next_step="Measure the internal cell, then restore a backup.",
    )
    lost = "all of the internal memory, if there was anything in it"
    return AlarmRaised(step=event.step, at=event.at, advice=advice, lost=lost)
