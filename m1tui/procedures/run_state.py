"""A run of a procedure as it stands: its states, and what is known from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Self

from m1tui.advice import Advice
from m1tui.engine.checks import PROVES, WRITES
from m1tui.engine.checks.sequencer import OTHER_TRACK
from m1tui.facts import CHANGED, MISHAP, UNSETTLED, Verdict
from m1tui.procedures.claims import OFF, WRITTEN_SETTINGS, Claim, claims_of, power_after
from m1tui.procedures.closing import (
    AS_BEFORE,
    Standing,
    gives_up_exclusive,
    knows_loss,
    off_since_read,
    reads_memory,
    standing,
)
from m1tui.procedures.dependencies import Dependencies
from m1tui.procedures.events import (
    MODE_LEFT,
    ON_WHILE_OFF,
    SONGS_TOUCHED,
    UNANSWERING,
    AlarmRaised,
    AskedAgain,
    BackupCompared,
    InstrumentSeen,
)
from m1tui.procedures.keys import Press, presses, turned_names
from m1tui.procedures.route import KEEPING, Route, route_of
from m1tui.procedures.schema import ANSWERING, Option, Procedure, Step
from m1tui.procedures.stakes import (
    CARD,
    DONE_BEFORE,
    LEFT_BEGUN,
    LEFT_OFF,
    LEFT_UNSAVED,
    Stake,
    cut_write,
    savers_at,
    stakes_at,
)
from m1tui.procedures.states import Mark, RunOutcome, StepState
from m1tui.procedures.values import Choice
from m1tui.store.records import is_part
from m1tui.store.report.facts import fault_text, mended_after, sentence, titled
from m1tui.sysex import Bank

_SETTING = ("keys", "check", "hands")
"""The kinds of steps of which a later step can prove what they were to prove."""
_SET_TO = (
    *("filter", "protects", "card's memory protect", "allocation", "clock", "own clock"),
    *("local", "channel", "transposition", "master tune", "display", "program", "M1"),
)
"""How the subjects of claims begin that stay so until somebody changes them."""
_CHANGED_BESIDE = ("other-songs-changed", "other-settings-changed")
"""The codes of advice that says what was changed beside what a step was to change."""
PROTECT_CHECKS = ("memory-unprotected", "memory-protected")
"""The checks that ask for the protects one by one."""
UNFINISHED = "UNFINISHED"
"""The word of a run that has no outcome yet."""


@dataclass(frozen=True)
class RunState:
    """A procedure and how far it has come."""

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
    answered_after: int = 0
    """How many of them there were when a step last proved that the instrument answers."""
    looks: tuple[InstrumentSeen, ...] = ()
    """What the looks at the instrument showed, in order, each where it was something else."""
    files: tuple[tuple[str, str, str], ...] = ()
    """What steps have kept in the whole run, in order: the step's id, the file, and when.

    A restore keeps what was there before it, each time."""
    seen_since: bool = False
    """Whether it was looked at so, and found changed, after its memory was saved last."""
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each check has said in the run, "yes" or "no", by its name: the first answer first, each
    once."""
    found_on: frozenset[str] = frozenset()
    """What of the internal memory a refused send found protected before a check asked for that, as
    "programs"."""
    closes: bool = True
    """Whether the instrument is asked again before it ends; earlier programs did not."""
    closing: AskedAgain | None = None
    """What the instrument then answered; None before, and once a step was done after that."""

    compared: frozenset[str] = frozenset()
    """Steps before which what they can destroy was found as it was saved, by id."""
    acted: frozenset[str] = frozenset()
    """Those of them at which something was done since then."""
    begun: frozenset[str] = frozenset()
    """Steps in which the program has begun to write, and has not judged what came of it, by id."""
    cut: frozenset[str] = field(default=frozenset(), compare=False)
    """Those of them in which an earlier program was cut off."""
    destroyed: frozenset[str] = frozenset()
    """Steps that were done since what they can destroy was last saved, by id."""
    resaved: tuple[tuple[str, Advice], ...] = ()
    """What was changed between two backups of one step, in order, each with the step's id."""
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
    sent: str = ""
    """The place of sounds that the internal memory was last proved to match, while no step has
    changed it since; empty for none."""
    sent_before: Mapping[AlarmRaised, str] = field(default_factory=dict)
    """That place at the moment of an alarm by which some of the memory was lost."""

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

    def at(self, step_id: str) -> Self:
        """Return the run as it is at the step of that id. Raises KeyError."""
        return replace(self, position=self._index(step_id))

    @cached_property
    def route(self) -> Route:
        """Return which steps count, the values so far, and where the run leads."""
        return route_of(self.procedure, self.states, self.model, self.said)

    @property
    def seen(self) -> InstrumentSeen | None:
        """What the last look at the instrument showed, None before the first."""
        return self.looks[-1] if self.looks else None

    @property
    def first_seen(self) -> InstrumentSeen | None:
        """What the first look showed at which it answered, None before that."""
        return next((one for one in self.looks if one.codes), None)

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """Return those of `files` that the steps which save have kept."""
        return tuple(
            (step_id, file)
            for step_id, file, _ in self.files
            if self.procedure.step(step_id).kind in KEEPING
        )

    @property
    def values(self) -> Mapping[str, str]:
        """Return the values and answers that are known at the current step, by their names."""
        return self.route.values[self.position]

    @property
    def led_by(self) -> tuple[Step, ...]:
        """Return the steps right before the current one whose keys lead to where its keys begin.

        Those are steps of keys that no check proves.
        """
        steps = self.procedure.steps
        first = self.position
        while first and steps[first - 1].kind == "keys" and not steps[first - 1].asks:
            first -= 1
        return steps[first : self.position]

    @property
    def misled(self) -> bool:
        """Return whether the current step's keys have changed another track, which is selected.

        Nobody knows that any more once the person has left the step.
        """
        state = self.current_state
        changed = any(one.advice and one.advice.code == OTHER_TRACK for one in state.verdicts)
        return changed and bool(self.led_by) and state.mark is Mark.OPEN and not state.past

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
        """Return whether the instrument answered, and only the last look may read all its sounds.

        What has read the songs alone has not seen whether the programs are still there, and what
        was read before the M1 was switched off may be lost since.
        """
        read = reads_memory(self.procedure, self.marks, whole=True)
        read = read and not off_since_read(self.procedure, self.marks, self.route.values)
        return self.can_ask_memory and not (self.knows_loss or read)

    @property
    def can_ask_memory(self) -> bool:
        """Return whether the instrument answered, and is not off at the end."""
        asked = any(
            mark is Mark.SENSED and step.checks
            for step, mark in zip(self.procedure.steps, self.marks, strict=True)
        )
        return asked and not any(str(one.claim) == OFF for one in self.standing_claims)

    @property
    def answered(self) -> bool:
        """Return whether a look at the instrument had an answer."""
        return self.seen is not None and bool(self.seen.codes)

    @property
    def standing_claims(self) -> tuple[Standing, ...]:
        """Return what the run rests on, in the order in which the instrument is asked for it."""
        pairs = zip(self.procedure.steps, self.dependencies.endangered, strict=True)
        destroying = {step.id for step, words in pairs if words or step.kind == "restore"}
        wrote = self.rewritten | (self.begun & destroying)
        return standing(self.procedure, self.marks, self.route.values, wrote)

    @property
    def half_written(self) -> tuple[Step, ...]:
        """Return the steps in which a write was cut off that was not done again."""
        pairs = zip(self.procedure.steps, self.marks, strict=True)
        skipped = (Mark.OVERRIDDEN, Mark.BY_HAND)
        return tuple(step for step, mark in pairs if step.id in self.begun and mark in skipped)

    @property
    def reads_memory(self) -> bool:
        """Return whether a step has read the internal memory: else nothing is known of it."""
        return self.knows_loss or reads_memory(self.procedure, self.marks)

    @property
    def knows_loss(self) -> bool:
        """Return whether the run itself knows that the internal memory was initialised."""
        return knows_loss(self.procedure, self.marks, self.route.values)

    @property
    def unproved(self) -> tuple[str, ...]:
        """Return claims that nothing in the run proves, once the instrument was asked again."""
        if self.closing is None:
            return self.not_compared
        unread = () if self.reads_memory else (AS_BEFORE,)
        never = (claim for claim, at in self._set_unseen.items() if claim not in self._proved(at))
        return (*self.not_compared, *unread, *never)

    @property
    def not_again(self) -> Mapping[str, tuple[str, ...]]:
        """Return claims that were proved before a step had their keys pressed again, by its id."""
        if self.closing is None:
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for claim, at in self._set_unseen.items():
            if claim in self._proved(at):
                step_id = self.procedure.steps[at].id
                found[step_id] = (*found.get(step_id, ()), claim)
        return found

    def unchecked_at(self, index: int) -> tuple[str, ...]:
        """Return claims of what the step at `index` has set back and nothing has shown since."""
        if self.closing is None:
            return ()
        return tuple(claim for claim, at in self._set_unseen.items() if at == index)

    @property
    def _set_unseen(self) -> Mapping[str, int]:
        """Return settings that a proved step sets back as written down, and nothing shows then.

        Each as a claim, with the index of the last such step.
        """
        seen = {str(one.claim) for one in self.standing_claims}
        found: dict[str, int] = {}
        for at, step in enumerate(self.procedure.steps):
            if self.marks[at] is not Mark.SENSED or not step.recall:
                continue
            found |= {str(claim): at for claim in _turned(step, self.route.values[at])}
        return {claim: at for claim, at in found.items() if claim not in seen}

    def _proved(self, before: int) -> frozenset[str]:
        """Return all that the steps before the one at that index have proved, as claims.

        A check that passed has proved its own, whatever the others of its step have found.
        """
        values = self.route.values
        found: set[str] = set()
        for at, step in enumerate(self.procedure.steps[:before]):
            claims = set(map(str, claims_of(step, values[at])))
            if self.marks[at] in (Mark.OVERRIDDEN, Mark.BY_HAND, Mark.FOUND):
                passed = (one.name for one in self.states[at].deciding if one.passed)
                found |= claims & {claim for name in passed for claim in PROVES.get(name, ())}
            elif self.marks[at] is Mark.SENSED:
                found |= claims
        return frozenset(found)

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
        """Return whether the step was done before: again, it destroys what was written since.

        One whose keys are only observed destroys nothing unless a wrong one is pressed, and one
        that only the program does writes back what it has read.
        """
        if self.current.kind == "check" and not WRITES.keys().isdisjoint(self.current.checks):
            return False
        observed = self.current.kind == "keys" and self.current.observes
        if self.current.id not in self.destroyed or (observed and not self.current.endangers):
            return False
        again = self.returned or self.current_state.mark is Mark.OPEN
        return again and any(one.bank is not Bank.CARD for one in self.stakes)

    @property
    def is_to_be_off(self) -> bool:
        """Return whether the M1 is off while the current step is done, or looked at again.

        Who does an open step has the M1 as the steps before it leave it: one that is skipped, too,
        for who skips the proof that it is off goes on to open it, and behind a switching on that
        was skipped nobody knows. Who looks at a step that is done does nothing to the M1, and
        neither does who answers one again.
        """
        mark, on = self.current_state.mark, power_after(self.current)
        if on or (on is False and mark not in (Mark.OPEN, Mark.SENSED)):
            # It is switched on here, or nobody has seen that it is off.
            return False
        if mark is Mark.OPEN and self.current.kind in ANSWERING:
            return self._off_before and self.off
        return self._off_before if mark is Mark.OPEN else self.off

    @property
    def _off_before(self) -> bool:
        """Return whether the steps before the current one that are done or skipped leave it off."""

        def counts(at: int, on: bool) -> bool:
            mark = self.marks[at]
            done = mark in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN)
            return done or bool(self.states[at].doubt) or (on and mark is Mark.FOUND)

        return self.power_left(range(self.position), counts) is False

    def power_left(self, steps: Iterable[int], counts: Callable[[int, bool], bool]) -> bool | None:
        """Return whether the M1 is on after the last of `steps` that switches it and that counts.

        None where none does. `counts` is asked of each with whether it leaves the M1 on.
        """
        left = None
        for at in steps:
            on = power_after(self.procedure.steps[at])
            if on is not None and counts(at, on):
                left = on
        return left

    @property
    def dangers(self) -> tuple[str, ...]:
        """Return what is to be said before the current step of what nobody saw being written.

        After the run was left there is nothing to compare where the step was begun and may have
        destroyed, or where the M1 is off. Where nothing was saved, that is all there is
        to say.
        """
        told = []
        if self.is_cut:
            cut = cut_write(self.current)
            backup = cut.backup if self._saved(self.current.bank) else ""
            told.append(" ".join(filter(None, (f"In this step {cut.happened}", backup, cut.again))))
        elif self.left and not self.abandoned:
            memory = any(one.bank is not Bank.CARD for one in self.stakes)
            if self.current_state.mark is Mark.OPEN and memory and self.current.id in self.acted:
                told.append(LEFT_BEGUN if self._saved("internal") else LEFT_UNSAVED)
            elif self.is_to_be_off and self._endangered_memory:
                told.append(LEFT_OFF if self._saved("internal") else LEFT_UNSAVED)
        if self.destroys_again:
            told.append(DONE_BEFORE)
        return (*told, *self._failed_before)

    @property
    def _failed_before(self) -> tuple[str, ...]:
        """Return which failed checks were skipped that the current step needs.

        One that can destroy something needs each of them.
        """
        risky = bool(self.dependencies.endangered[self.position])
        told = []
        for at in self._counting():
            step, state = self.procedure.steps[at], self.states[at]
            skipped = state.mark is Mark.OVERRIDDEN and state.failed
            if at < self.position and skipped and (risky or step.id in self.current.needs):
                bad = (one.found or one.evidence for one in state.deciding if one.passed is False)
                place = self.place_of(step.id)
                told.append(
                    f"{place[0].upper()}{place[1:]}, was skipped after its check had failed: found "
                    f"{'; '.join(bad)}."
                )
        return tuple(told)

    @property
    def is_cut(self) -> bool:
        """Return whether a write of the current step was cut off, and is still to be done."""
        cut = self.current.id in self.cut & self.begun
        return cut and self.current_state.mark is Mark.OPEN and not self.abandoned

    @property
    def _endangered_memory(self) -> bool:
        """Return whether a step as far as the current one can destroy internal memory."""
        words = self.dependencies.endangered[: self.position + 1]
        return any(word != CARD for each in words for word in each)

    def _saved(self, bank: str) -> bool:
        """Return whether a step before the current one has kept a file of that bank."""
        steps = self.procedure.steps[: self.position]
        return any(
            step.kind in KEEPING and step.bank == bank and mark is Mark.SENSED and state.backup
            for step, mark, state in zip(steps, self.marks, self.states, strict=False)
        )

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
        silent = [index for index in counting if self.states[index].no_answer]
        if silent:
            refused = all(self._refused(index) for index in silent)
            return RunOutcome.REFUSED if refused else RunOutcome.UNKNOWN
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

    def settled_later(self, index: int) -> Mapping[Claim, int]:
        """Return what a step was to prove or to set, and a later one proved, with that one's index.

        That is how the instrument is set. What was to be played, heard or saved, and a step that
        can destroy something, was due at its time.
        """
        step = self.procedure.steps[index]
        if step.kind not in _SETTING or step.endangers or step.loses:
            return {}
        values = self.route.values[index]
        found: dict[Claim, int] = {}
        claims = claims_of(step, values) or _turned(step, values)
        for claim in (one for one in claims if one.subject.startswith(_SET_TO)):
            for later in range(index + 1, len(self.states)):
                proved = claims_of(self.procedure.steps[later], self.route.values[later])
                if self.marks[later] is Mark.SENSED and claim in proved:
                    found.setdefault(claim, later)
        return found

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
        unmet = (one for one in step.conditions if not one.met(known, self.said))
        return next((one.why for one in unmet), "")

    @property
    def left_out(self) -> tuple[tuple[int, str], ...]:
        """Return the steps, by index, that are left out for a reason, each with that reason."""
        pairs = enumerate(self.marks)
        found = ((at, self.why_left_out(at)) for at, mark in pairs if mark is Mark.LEFT_OUT)
        return tuple((at, why) for at, why in found if why)

    @property
    def has_worked(self) -> bool:
        """Return whether more was done than to answer: there is an end to show.

        Where answers lead past most steps, the run is a way to another procedure, and no work.
        """
        if self.procedure.leads_past_most:
            return False
        pairs = zip(self.procedure.steps, self.marks, strict=True)
        idle = (Mark.OPEN, Mark.LEFT_OUT)
        return any(step.kind not in ANSWERING and mark not in idle for step, mark in pairs)

    @property
    def untested(self) -> Mapping[str, str]:
        """Return the tests of the instrument that an answer led past, by step id, each with why."""
        answered = (
            (step, self._failed(step), f'"{asked.title}" was answered "{option.label}".')
            for step, asked, option in self._led_past()
        )
        return {
            step.id: f'"{step.title}" did not pass, and was not repeated: {why}'
            if failed
            else f'"{step.title}" was not tested: {why}'
            for step, failed, why in answered
        }

    def _failed(self, step: Step) -> bool:
        """Return whether the step was judged, and did not pass."""
        return any(one.passed is False for one in self.state(step.id).verdicts)

    @property
    def untested_because(self) -> Mapping[str, str]:
        """Return why that is so, by step id, each as a clause for an owner."""
        return {step.id: option.because for step, _, option in self._led_past()}

    def _led_past(self) -> Iterator[tuple[Step, Step, Option]]:
        """Yield the tests that an answer led past, each with the question and the answer.

        Where answers lead past most steps, they choose what is done, and nothing is left untested.
        """
        if self.procedure.leads_past_most:
            return
        steps = self.procedure.steps
        for at, asked in enumerate(steps):
            choice = self.states[at].choice
            chosen = [one for one in asked.options if one.label == choice and one.go]
            if self.marks[at] is not Mark.BY_HAND or not chosen:
                continue
            for index in range(at + 1, self._index(chosen[0].go)):
                if (
                    steps[index].finds
                    and not self.why_left_out(index)
                    and not self._tested_after(index)
                    and self.states[index].mark is not Mark.SENSED
                ):
                    yield steps[index], asked, chosen[0]

    def _tested_after(self, at: int) -> bool:
        """Return whether later steps have made all tests of the step at that index."""
        answered = {
            one.name
            for state, mark in zip(self.states[at + 1 :], self.marks[at + 1 :], strict=True)
            if mark is not Mark.LEFT_OUT
            for one in state.verdicts
            if one.passed is not None
        }
        names = self.procedure.steps[at].checks
        return bool(names) and answered.issuperset(names)

    def repaired_after(self, at: int) -> bool:
        """Return whether the repair was made once the step at that index was done.

        Where the procedure asks for the part, none was made without one.
        """
        if not self._parts_noted:
            return False
        done = (self.states[at].ended, at)
        return any(
            step.mends
            and mark in (Mark.BY_HAND, Mark.SENSED)
            and (self.states[index].ended, index) > done
            for index, (step, mark) in enumerate(zip(self.procedure.steps, self.marks, strict=True))
        )

    def repaired_before(self, at: int) -> str:
        """Return when the repair was made last after which the step at that index was done.

        It is "" where none was made, and for the step at which it is made.
        """
        if not self._parts_noted or self.procedure.steps[at].mends or self.repaired_after(at):
            return ""
        pairs = zip(self.procedure.steps, self.states, self.marks, strict=True)
        done = (Mark.BY_HAND, Mark.SENSED)
        repairs = [state.ended for step, state, mark in pairs if step.mends and mark in done]
        return max(filter(None, repairs), key=datetime.fromisoformat, default="")

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts and the work that were noted, as a person wrote them."""
        found = {
            value: None
            for step, state, mark in zip(self.procedure.steps, self.states, self.marks, strict=True)
            if mark is Mark.BY_HAND
            for field in step.fields
            if field.records == "parts"
            if (value := dict(state.values).get(field.name)) and is_part(value)
        }
        return tuple(found)

    @property
    def _parts_noted(self) -> bool:
        """Return whether a part was noted, or the procedure asks for none."""
        pairs = zip(self.procedure.steps, self.marks, strict=True)
        counting = (step for step, mark in pairs if mark is not Mark.LEFT_OUT)
        asked = any(field.records == "parts" for step in counting for field in step.fields)
        return bool(self.parts) or not asked

    def _mended(self, fault: Verdict, at: int) -> str:
        """Return in a sentence that a fault was no longer there at a later step, else ""."""
        later = (
            (self.repaired_after(index), self.states[index].verdicts)
            for index in self._counting()
            if index > at
        )
        return mended_after(fault, later, before_repair=self.repaired_after(at))

    @property
    def findings(self) -> tuple[str, ...]:
        """Return the faults of the instrument that were found or stay, in one line each."""
        found = []
        for index in self._counting():
            step, state = self.procedure.steps[index], self.states[index]
            if state.mark is Mark.FOUND:
                bad = (verdict for verdict in state.deciding if not verdict.passed)
                for one in bad:
                    text, mended = titled(step.title, fault_text(one)), self._mended(one, index)
                    found.append(f"{sentence(text)} {mended}" if mended else text)
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
        """Return the claims of the current step, with the values that are known there.

        Where there was nothing to save, nothing is claimed of a file.
        """
        state = self.current_state
        no_file = self.current.kind in KEEPING and state.mark is Mark.SENSED and not state.backup
        found = claims_of(self.current, self.values)
        return tuple(one for one in found if not (no_file and one.subject == "file"))

    @property
    def standing(self) -> tuple[AlarmRaised, ...]:
        """Return the alarms that the person has not read, and that still concern somebody.

        Which mode the keys of another step needed concerns nobody any more, and neither does that
        the instrument was on, once its silence is proved, or that it gave no answer, once it does.
        """
        return tuple(
            one
            for at, one in enumerate(self.alarms)
            if at >= self.read
            and (one.advice.code != MODE_LEFT or one.step == self.current.id)
            and (one.advice.code != ON_WHILE_OFF or at >= self.silenced)
            and (one.advice.code not in UNANSWERING or at >= self.answered_after)
        )

    @property
    def losses(self) -> tuple[AlarmRaised, ...]:
        """Return the alarms by which memory was lost that no backup of this run contains."""
        return tuple(
            one
            for one in self.alarms
            if one.lost and not one.backup and one.advice.code != SONGS_TOUCHED
        )

    @property
    def songs_touched(self) -> tuple[AlarmRaised, ...]:
        """Return the alarms of songs that may have been changed since they were last saved."""
        kept = [at for step, _, at in self.files if self.procedure.step(step).bank == "internal"]
        last = max(kept, default="")
        return tuple(
            one for one in self.alarms if one.advice.code == SONGS_TOUCHED and one.at >= last
        )

    @property
    def changed(self) -> tuple[tuple[str, Advice], ...]:
        """Return what was changed after it was saved, each with the step at which it showed.

        It shows when the backup is compared, or beside what a step was to change.
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
            if verdict.advice is not None
            and (verdict.advice.code in _CHANGED_BESIDE or CHANGED in dict(verdict.values))
        }
        return tuple(dict.fromkeys((*found, *self.resaved, *beside.values())))

    @property
    def mishaps(self) -> tuple[tuple[Advice, str], ...]:
        """Return what of `changed` has a clause for an owner, with that clause."""
        changed = {advice for _, advice in self.changed}
        return tuple(
            dict.fromkeys(
                (verdict.advice, clause)
                for state in self.states
                for verdict in state.verdicts
                if verdict.advice in changed and verdict.advice is not None
                for name, clause in verdict.values
                if name == MISHAP
            )
        )

    @property
    def outcome_word(self) -> str:
        """Return the outcome's word, `UNFINISHED` where there is none yet."""
        return UNFINISHED if self.outcome is None else self.outcome.value

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

    def _refused(self, index: int) -> bool:
        """Return whether nothing was written at a step: by no earlier attempt, either."""
        step = self.procedure.steps[index]
        wrote = step.id in self.written or step in self.half_written
        return self.states[index].refused and not wrote

    def _unproved(self, index: int) -> bool:
        mark = self.states[index].mark
        by_word = mark is Mark.BY_HAND and self.procedure.steps[index].senses
        unknown = self.procedure.steps[index].leaves_unproved(self.states[index].choice)
        return by_word or mark is Mark.OVERRIDDEN or unknown


def _turned(step: Step, values: Mapping[str, str]) -> tuple[Claim, ...]:
    """Return the settings that the step's keys set to values, and that no dump contains."""
    names = (name for name in turned_names(step.keys) if name in WRITTEN_SETTINGS)
    return tuple(Claim(WRITTEN_SETTINGS[name], values[name]) for name in names if values.get(name))
