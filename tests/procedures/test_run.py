"""What a person and the instrument can make of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.errors import NotAllowed
from m1tui.facts import Outcome, Verdict
from m1tui.procedures.events import QuestionAnswered, StepDoubted, StepJudged
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome, StepState
from tests.advised import raises
from tests.procedures.examples import BAD, GOOD, SILENT, closed, go_to, procedure, step


@pytest.fixture
def run() -> Run:
    return Run.begin(procedure())


def single(kind: str = "hands", **fields: object) -> Run:
    return Run.begin(procedure(step("only", kind, **fields)))


def test_a_run_begins_at_its_first_step_with_every_step_open(run: Run) -> None:
    assert run.current.id == "one"
    assert {state.mark for state in run.states} == {Mark.OPEN}
    assert run.outcome is None
    assert run.outcome_word == "UNFINISHED"


def test_the_three_ways_to_be_done_have_three_marks(run: Run) -> None:
    run = run.after(run.tick())
    assert run.state("one").mark.glyph == "[x]"
    run = run.after(run.next())
    run = run.after(run.judge((GOOD,)))
    assert run.state("keys").mark.glyph == "[A]"
    run = run.after(run.next())
    run = run.after(run.override("the M1 is dead"))
    assert run.state("save").mark.glyph == "[!]"
    assert run.state("save").reason == "the M1 is dead"


def test_an_open_step_cannot_be_passed_by(run: Run) -> None:
    with raises(NotAllowed, "step-open"):
        run.next()


def test_going_back_keeps_all_marks(run: Run) -> None:
    run = go_to(run, "open")
    marks = [state.mark for state in run.states]
    run = run.after(run.back())
    assert run.current.id == "save"
    assert [state.mark for state in run.states] == marks


def test_before_the_first_and_after_the_last_step_there_is_nothing(run: Run) -> None:
    with raises(NotAllowed, "first-step"):
        run.back()
    run = go_to(run, "send")
    run = run.after(run.override("no sounds wanted"))
    assert run.at_end
    with raises(NotAllowed, "last-step"):
        run.next()


def test_a_step_whose_check_failed_cannot_be_ticked_by_hand(run: Run) -> None:
    run = go_to(run, "keys")
    run = run.after(run.judge((BAD,)))
    assert run.current_state.mark is Mark.OPEN
    with pytest.raises(NotAllowed, match="failed") as caught:
        run.tick()
    assert "retry with r" in caught.value.advice.next_step
    run = run.after(run.override("the cable is known to be bad"))
    assert run.current_state.mark is Mark.OVERRIDDEN


def test_a_step_that_can_be_asked_is_not_ticked_without_asking(run: Run) -> None:
    with raises(NotAllowed, "step-needs-proof"):
        go_to(run, "keys").tick()


def test_where_no_answer_is_heard_the_persons_word_counts_but_proves_nothing() -> None:
    run = single("keys", keys="GLOBAL", checks=("answers",))
    run = run.after(run.judge((SILENT,)))
    run = run.after(run.tick())
    assert run.current_state.mark is Mark.BY_HAND
    assert run.outcome is RunOutcome.UNKNOWN


@pytest.mark.parametrize("kind", ["backup", "source", "restore"])
def test_a_backup_a_source_and_a_restore_are_never_ticked_by_hand(kind: str) -> None:
    run = single(kind)
    run = run.after(run.judge((replace(SILENT, name=kind),)))
    with raises(NotAllowed, "step-needs-proof"):
        run.tick()


def test_a_step_waits_for_what_it_needs(run: Run) -> None:
    run = go_to(run, "save")
    run = replace(run, position=run.position + 1)
    assert [needed.id for needed in run.unmet] == ["save"]
    for act in (run.tick, lambda: run.judge((GOOD,)), run.require_needs):
        with pytest.raises(NotAllowed, match='must wait for "Step save"'):
            act()


def test_a_step_that_waits_for_what_was_ticked_by_hand_says_how_it_is_proved() -> None:
    ticked = step("ticked", checks=("answers",))
    run = Run.begin(procedure(ticked, step("last", needs=("ticked",))))
    run = run.after(run.judge((SILENT,)))
    run = run.after(run.tick())
    run = run.after(run.next())
    with pytest.raises(NotAllowed, match="must wait for") as refused:
        run.require_needs()
    assert "b and press r there: it was ticked by hand" in refused.value.advice.next_step
    run = run.after(run.back())
    run = run.after(run.retry())
    run = run.after(run.judge((GOOD,)))
    run = run.after(run.next())
    run.require_needs()


def test_a_typed_reason_stands_in_for_a_backup(run: Run) -> None:
    run = go_to(run, "save")
    run = run.after(run.override("memory is already lost"))
    run = run.after(run.next())
    assert run.after(run.tick()).state("open").mark is Mark.BY_HAND


def test_a_step_of_hands_that_was_ticked_counts_as_met() -> None:
    run = Run.begin(procedure(step("first"), step("second", needs=("first",))))
    run = run.after(run.tick())
    run = run.after(run.next())
    assert run.unmet == ()


def test_a_check_that_was_only_ticked_by_hand_does_not_count_as_met() -> None:
    asked = step("first", "check", checks=("answers",))
    run = Run.begin(procedure(asked, step("second", needs=("first",))))
    run = run.after(run.judge((SILENT,)))
    run = run.after(run.tick())
    run = run.after(run.next())
    assert [needed.id for needed in run.unmet] == ["first"]


@pytest.mark.parametrize("reason", ["", "   ", "\n\t\x1b"])
def test_a_reason_must_be_typed(run: Run, reason: str) -> None:
    with raises(NotAllowed, "text-missing"):
        run.override(reason)


@pytest.mark.parametrize("reason", ["later", "x", "12 34 56"])
def test_a_reason_that_is_too_short_is_refused_with_what_is_needed(run: Run, reason: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        run.override(reason)
    assert caught.value.advice.code == "reason-too-short"
    said = str(caught.value)
    assert "at least 6 letters" in said
    assert "for example" in said
    assert f'"{reason}"' in said


def test_typed_text_is_kept_in_one_line_without_control_characters(run: Run) -> None:
    run = run.after(run.note(" channel 1,\n clock\x1b[2J INT "))
    assert run.current_state.note == "channel 1, clock [2J INT"


def test_a_retry_opens_the_step_and_keeps_the_note(run: Run) -> None:
    run = go_to(run, "keys")
    run = run.after(run.note("loose cable"))
    run = run.after(run.judge((GOOD,)))
    run = run.after(run.retry())
    assert run.current_state.mark is Mark.OPEN
    assert run.current_state.verdicts == ()
    assert run.current_state.note == "loose cable"


def test_a_finding_stands_while_the_step_is_done_again_until_it_is_settled(run: Run) -> None:
    run = go_to(run, "keys")
    run = run.after(run.judge((BAD,)))
    run = run.after(run.retry())
    assert run.current_state.mark is Mark.OPEN
    assert run.current_state.verdicts == (BAD,)
    run = run.after(run.judge((GOOD,)))
    assert run.current_state.mark is Mark.SENSED
    assert run.current_state.verdicts == (GOOD,)


def test_a_later_bad_answer_takes_the_mark_away(run: Run) -> None:
    run = go_to(run, "keys")
    run = run.after(run.judge((GOOD,)))
    run = run.after(run.judge((BAD,)))
    assert run.current_state.mark is Mark.OPEN
    assert run.outcome is RunOutcome.MISMATCH


def test_a_proved_step_is_neither_ticked_nor_skipped(run: Run) -> None:
    run = go_to(run, "keys")
    run = run.after(run.judge((GOOD,)))
    with raises(NotAllowed, "step-proved"):
        run.tick()
    with raises(NotAllowed, "step-proved"):
        run.override("to be sure")


def test_what_is_only_observed_never_fails_a_step() -> None:
    run = single("keys", keys="GLOBAL", checks=("answers",), observes=("memory-initialised",))
    observed = Verdict(False, "100 names", decides=False, name="memory-initialised")
    run = run.after(run.judge((GOOD, observed)))
    assert run.current_state.mark is Mark.SENSED
    assert run.current_state.verdicts == (GOOD, observed)
    assert closed(run).outcome is RunOutcome.VERIFIED


def test_observations_alone_cannot_judge_a_step() -> None:
    with pytest.raises(ValueError, match="no verdict decides"):
        single().judge((Verdict(True, "", decides=False, name="answers"),))


def test_everything_sensed_or_done_by_hand_is_verified() -> None:
    run = Run.begin(procedure(step("hand"), step("ask", "check", checks=("answers",))))
    run = run.after(run.tick())
    run = run.after(run.next())
    assert run.outcome is None
    run = run.after(run.judge((GOOD,)))
    assert run.done
    assert closed(run).outcome is RunOutcome.VERIFIED


def test_hand_steps_by_themselves_are_done_by_hand_and_no_more() -> None:
    run = Run.begin(procedure(step("one"), step("two")))
    run = run.after(run.tick())
    run = run.after(run.next())
    assert run.outcome is None
    run = run.after(run.tick())
    assert run.done
    assert run.outcome is RunOutcome.BY_HAND
    assert run.outcome_word == "DONE BY HAND"


def test_a_step_that_could_have_been_proved_is_not_done_by_hand_but_unknown() -> None:
    run = single("check", checks=("answers",))
    run = run.after(run.judge((Verdict(None, "no answer", name="answers"),)))
    assert run.after(run.tick()).outcome is RunOutcome.UNKNOWN


def test_one_skipped_step_makes_the_outcome_unknown() -> None:
    run = single()
    assert run.after(run.override("no time")).outcome is RunOutcome.UNKNOWN


def test_a_bad_answer_that_was_overridden_is_a_mismatch() -> None:
    run = single("check", checks=("answers",))
    run = run.after(run.judge((BAD,)))
    run = run.after(run.override("it is known"))
    assert run.outcome is RunOutcome.MISMATCH


def test_a_run_that_was_given_up_does_not_go_on(run: Run) -> None:
    run = run.after(run.abandon("wrong instrument"))
    assert run.abandoned == "wrong instrument"
    for act in (run.tick, run.next, run.back, run.retry):
        with raises(NotAllowed, "run-given-up"):
            act()


def test_times_of_a_step_are_those_of_its_events(run: Run) -> None:
    run = run.after(replace(run.tick(), at="2026-11-20T09:41:00+01:00"))
    run = run.after(replace(run.next(), at="2026-11-20T09:42:00+01:00"))
    assert run.state("one").ended == "2026-11-20T09:41:00+01:00"
    assert run.state("keys").started == "2026-11-20T09:42:00+01:00"


def test_an_answer_puts_what_was_heard_before_aside() -> None:
    state = StepState().after(StepJudged(step="one", verdicts=(BAD,)))
    assert state.failed
    answered = state.after(QuestionAnswered(step="one", choice="yes"))
    assert answered.mark is Mark.BY_HAND
    assert not answered.failed


def test_a_step_that_can_destroy_what_is_to_be_saved_again_is_not_shown() -> None:
    run = Run.begin(
        procedure(
            step("save", "backup"),
            step("between"),
            step("erase", "keys", keys="SEQ G", endangers=("sequence",), needs=("save",)),
        )
    )
    run = run.after(run.judge((replace(GOOD, name="backup"),), backup="songs.syx"))
    run = run.after(run.next())
    run = run.after(run.tick())
    doubted = run.after(StepDoubted(step="save", why="A song may have been changed."))
    assert not doubted.must_go_back, "nothing can be destroyed here"
    doubted = doubted.after(doubted.next())
    assert doubted.must_go_back
    assert doubted.after(doubted.to_open()).current.id == "save"
    assert not run.after(run.next()).must_go_back


@pytest.mark.parametrize(
    ("earlier", "outcome"), [(None, RunOutcome.REFUSED), (Outcome.UNKNOWN, RunOutcome.UNKNOWN)]
)
@pytest.mark.parametrize("skips", [True, False])
def test_a_run_in_which_only_a_transfer_was_refused_is_not_called_unknown(
    earlier: Outcome | None, outcome: RunOutcome, skips: bool
) -> None:
    refused = Verdict(None, "REFUSED", name="restore", outcome=Outcome.REFUSED, wrote=False)
    run = single("restore")
    if earlier is not None:
        cut = Verdict(None, "UNKNOWN", name="restore", outcome=earlier, wrote=True)
        run = run.after(run.judge((cut,)))
    run = run.after(run.judge((refused,)))
    if skips:
        run = run.after(run.override("the M1 is at 50/50"))
    assert run.outcome is outcome


def test_a_run_that_was_refused_and_has_another_question_open_stays_unknown() -> None:
    refused = Verdict(None, "REFUSED", name="restore", outcome=Outcome.REFUSED, wrote=False)
    run = Run.begin(procedure(step("ask", "check", checks=("answers",)), step("send", "restore")))
    run = run.after(run.judge((SILENT,)))
    run = run.after(run.override("no cable"))
    run = run.after(run.next())
    assert run.after(run.judge((refused,))).outcome is RunOutcome.UNKNOWN
