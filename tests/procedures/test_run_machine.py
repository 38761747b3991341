"""Whatever is done in whatever order, a run keeps its rules, and its events give it again."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from m1tui.errors import NotAllowed
from m1tui.procedures.events import Event
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome
from tests.procedures.examples import BAD, GOOD, SILENT, procedure, winding


class Runs(RuleBasedStateMachine):
    procedure = procedure()

    def __init__(self) -> None:
        super().__init__()
        self.run = Run.begin(self.procedure)
        self.events: list[Event] = []
        self.told: list[str] = []

    def attempt(self, transition: Callable[[], Event]) -> None:
        before = self.run
        try:
            event: Event | None = transition()
        except NotAllowed as refusal:
            self.told.append(refusal.advice.next_step)
            event = None
        assert self.run == before
        if event is None:
            return
        self.events.append(event)
        self.run = self.run.after(event)

    @rule()
    def go_on(self) -> None:
        self.attempt(self.run.next)

    @rule()
    def go_back(self) -> None:
        marks = [state.mark for state in self.run.states]
        self.attempt(self.run.back)
        assert [state.mark for state in self.run.states] == marks

    @rule()
    def tick(self) -> None:
        failed = self.run.current_state.failed
        self.attempt(self.run.tick)
        if failed:
            assert self.run.current_state.mark is not Mark.BY_HAND

    @rule(verdicts=st.lists(st.sampled_from([GOOD, BAD, SILENT]), min_size=1, max_size=3))
    def judge(self, verdicts: list[object]) -> None:
        self.attempt(lambda: self.run.judge(tuple(verdicts)))  # type: ignore[arg-type]

    @rule(place=st.integers(0, 2))
    def answer(self, place: int) -> None:
        options = self.run.current.options
        if options:
            self.attempt(lambda: self.run.choose(options[place].label))

    @rule(typed=st.sampled_from(["INT", "ext", "neither", ""]))
    def write_down(self, typed: str) -> None:
        if self.run.current.fields:
            self.attempt(lambda: self.run.write_down({"clock": typed}))

    @rule(reason=st.text(max_size=12))
    def override(self, reason: str) -> None:
        self.attempt(lambda: self.run.override(reason))

    @rule()
    def retry(self) -> None:
        self.attempt(self.run.retry)

    @rule(text=st.text(max_size=12))
    def note(self, text: str) -> None:
        self.attempt(lambda: self.run.note(text))

    @invariant()
    def the_events_give_the_same_run(self) -> None:
        assert Run.replay(self.procedure, self.events) == self.run

    @invariant()
    def every_refusal_tells_the_next_step(self) -> None:
        assert all(self.told)

    @invariant()
    def a_mark_says_how_its_step_came_to_be_done(self) -> None:
        for state in self.run.states:
            if state.mark is Mark.SENSED:
                assert state.passed
            if state.mark is Mark.OVERRIDDEN:
                assert state.reason
            else:
                assert not state.reason

    @invariant()
    def nothing_before_the_current_step_was_passed_by_open_and_unasked(self) -> None:
        reached = [event.step for event in self.events]
        for state, step in zip(self.run.states, self.procedure.steps, strict=True):
            if state.mark is not Mark.OPEN:
                assert step.id in reached

    @invariant()
    def a_run_stands_at_a_step_that_counts_or_that_an_earlier_answer_has_left(self) -> None:
        counts = self.run.route.counts
        assert counts[0]
        if self.run.at_end and self.run.done:
            assert not any(counts[self.run.position + 1 :])

    @invariant()
    def a_value_is_known_only_behind_its_step(self) -> None:
        for index, known in enumerate(self.run.route.values):
            for step in self.procedure.steps[index + 1 :]:
                assert step.id not in known
                assert not {field.name for field in step.fields} & set(known)

    @invariant()
    def only_a_run_that_proved_everything_is_verified(self) -> None:
        if self.run.outcome is RunOutcome.BY_HAND:
            assert set(self.run.marks) <= {Mark.BY_HAND, Mark.LEFT_OUT}
        if self.run.outcome is RunOutcome.VERIFIED:
            assert Mark.SENSED in self.run.marks
            for mark, step in zip(self.run.marks, self.procedure.steps, strict=True):
                proved = Mark.SENSED if step.senses else mark
                assert mark in (proved, Mark.LEFT_OUT)
                assert mark in (Mark.SENSED, Mark.BY_HAND, Mark.LEFT_OUT)


class WindingRuns(Runs):
    procedure = winding()


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestWindingRuns = WindingRuns.TestCase
TestWindingRuns.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
