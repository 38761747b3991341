"""Questions lead through a run, values reach its keys, and what is left out counts nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.errors import NotAllowed
from m1tui.procedures.journal import Journal, unfinished
from m1tui.procedures.rules import faults
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Step, When, Without
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.values import Field
from tests.advised import raises
from tests.procedures.examples import BAD, GOOD, closed, procedure, step
from tests.procedures.rehearsals import built_in

NOT_KNOWN = (
    ("internal-battery", "power-on", "unanswered", "the M1 is on"),
    ("memory-does-not-hold", "kept", "backup-now", "is different from the backup."),
    ("ram-card-battery", "backup", "slide-in-empty", "card is empty"),
    ("display", "midi", "save", "it answers, so"),
)
"""A step that was skipped, one behind it that counts then, and what nobody knows there."""


@pytest.mark.parametrize(("id_", "skipped", "then", "unknown"), NOT_KNOWN)
def test_a_step_behind_a_skipped_question_says_nothing_that_was_not_asked(
    id_: str, skipped: str, then: str, unknown: str
) -> None:
    run = Run.begin(built_in(id_)).at(skipped)
    run = run.after(run.override("there is no time", consent="LOSE IT"))
    at = [step.id for step in run.procedure.steps].index(then)
    assert run.marks[at] is Mark.OPEN, "it counts"
    told = run.procedure.steps[at]
    said = f"{told.title}. {told.short}. {told.text}".lower()
    assert unknown.lower() not in said


def test_a_backup_that_was_skipped_leaves_out_what_compares_with_it() -> None:
    run = Run.begin(built_in("ram-card-battery")).at("backup")
    run = run.after(run.override("there is no time", consent="LOSE IT"))
    marks = {step.id: mark for step, mark in zip(run.procedure.steps, run.marks, strict=True)}
    assert marks["slide-in"] is Mark.LEFT_OUT
    assert marks["slide-in-empty"] is Mark.OPEN
    assert marks["out-and-in"] is Mark.LEFT_OUT


@pytest.mark.parametrize(
    ("id_", "saves"),
    [
        ("joystick", "backup"),
        ("keybed-clean", "backup"),
        ("m1r", "save"),
        ("power-supply", "backup"),
        ("rom-check", "backup"),
        ("silent-or-noisy", "backup"),
        ("warning-with-good-cell", "backup"),
    ],
)
def test_memory_that_was_not_saved_before_is_not_asked_whether_it_is_as_it_was(
    id_: str, saves: str
) -> None:
    """A backup made afterwards would be compared with what is there then, and prove nothing."""
    run = Run.begin(built_in(id_)).at(saves)
    run = run.after(run.override("there is no time", consent="LOSE IT"))
    marks = {step.id: mark for step, mark in zip(run.procedure.steps, run.marks, strict=True)}
    assert marks["memory"] is Mark.LEFT_OUT


SONG = Field(name="song", label="Song", low=0, high=9, default=1)
ASK = step(
    "ask",
    "question",
    options=(
        Option(label="on"),
        Option(label="over", go="last"),
        Option(label="away", procedure="midi-ready"),
    ),
)


def asking() -> Run:
    """A run at a question, with two steps behind it and a last one."""
    check = step("check", "check", checks=("answers",))
    return Run.begin(procedure(ASK, step("hands"), check, step("last")))


@pytest.mark.parametrize(
    ("id_", "steps", "longest"),
    [("symptoms", 54, 7), ("display", 17, 15), ("internal-battery", 31, 31)],
)
def test_a_procedure_whose_answers_lead_past_steps_says_how_long_its_longest_way_is(
    id_: str, steps: int, longest: int
) -> None:
    assert (len(built_in(id_).steps), built_in(id_).longest) == (steps, longest)


def answered(run: Run, label: str) -> Run:
    return run.after(run.choose(label))


def at_next(run: Run) -> Run:
    return run.after(run.next())


def test_an_answer_without_a_target_goes_on_with_the_next_step() -> None:
    run = at_next(answered(asking(), "on"))
    assert run.current.id == "hands"
    assert run.state("ask").mark is Mark.BY_HAND
    assert run.state("ask").choice == "on"


def test_an_answer_leads_past_the_steps_between() -> None:
    run = answered(asking(), "over")
    assert run.marks == (Mark.BY_HAND, Mark.LEFT_OUT, Mark.LEFT_OUT, Mark.OPEN)
    run = at_next(run)
    assert run.current.id == "last"
    assert run.at_end
    run = run.after(run.tick())
    assert run.done
    assert run.outcome is RunOutcome.BY_HAND
    assert run.after(run.back()).current.id == "ask"


def test_an_answer_that_leads_to_another_procedure_ends_the_run() -> None:
    run = answered(asking(), "away")
    assert run.at_end
    assert run.done
    assert run.route.leads_to == "midi-ready"
    with raises(NotAllowed, "last-step"):
        run.next()


def test_behind_a_step_that_ends_the_procedure_no_step_counts() -> None:
    over = step("over", "hands", ends=True)
    run = at_next(answered(Run.begin(procedure(ASK, over, step("last"))), "on"))
    run = run.after(run.tick())
    assert run.at_end
    assert run.done
    assert run.marks[-1] is Mark.LEFT_OUT


def faults_of_ends(*steps: Step) -> list[tuple[int | None, str]]:
    found = faults(procedure(*steps))
    return [(one.step, one.text) for one in found if one.field == "ends"]


TWO_WAYS = step(
    "ask", "question", options=(Option(label="Yes"), Option(label="No", go="other-way"))
)


def test_behind_a_step_that_ends_the_procedure_there_are_only_steps_to_which_an_answer_leads() -> (
    None
):
    end, other = step("end", ends=True), step("other-way")
    assert faults_of_ends(TWO_WAYS, end, other) == []
    assert faults_of_ends(end) == []
    never = 'no answer leads past this step to "between", so nobody gets there.'
    assert faults_of_ends(TWO_WAYS, end, step("between"), other) == [(1, never)]
    never = 'no answer leads past this step to "other-way", so nobody gets there.'
    assert faults_of_ends(end, other) == [(0, never)]


def test_a_step_that_ends_the_procedure_may_be_left_out_and_so_lead_to_the_next() -> None:
    values = step(
        "which", "values", fields=(Field(name="which", label="Which", choices=("a", "b")),)
    )
    for_one = When(value="which", is_="a", why="It is b.")
    assert faults_of_ends(values, step("end", ends=True, when=for_one), step("other")) == []
    without = Without(model="M1R", why="It has no keyboard.")
    assert faults_of_ends(step("end", ends=True, not_on=(without,)), step("other")) == []


def test_a_question_that_ends_the_procedure_leads_to_no_other_step() -> None:
    asking = step(
        "ask",
        "question",
        ends=True,
        options=(Option(label="Yes", procedure="tune"), Option(label="No", go="other-way")),
    )
    told = 'the procedure ends here: the answer "No" cannot lead to "other-way".'
    assert (0, told) in faults_of_ends(asking, step("other-way"))


def test_a_fault_that_an_answer_named_counts_only_while_its_question_does() -> None:
    gone = step("gone", "question", options=(Option(label="no", fault=True),))
    found = step("found", "check", checks=("answers",), finds=True)
    run = at_next(answered(Run.begin(procedure(ASK, gone, found, step("last"))), "on"))
    run = at_next(answered(run, "no"))
    run = run.after(run.judge((BAD,)))
    run = run.after(run.accept())
    assert run.findings == ("Step gone no", "Step found: 24")
    run = run.at("ask")
    run = answered(run.after(run.retry()), "over")
    assert run.findings == ()


def test_an_answer_that_a_fault_is_still_there_decides_the_outcome() -> None:
    options = (Option(label="gone"), Option(label="still there", fault=True))
    asked = step("asked", "question", options=options)
    run = Run.begin(procedure(step("check", "check", checks=("answers",)), asked))
    run = at_next(run.after(run.judge((GOOD,))))
    assert closed(answered(run, "gone")).outcome is RunOutcome.VERIFIED
    run = closed(answered(run, "still there"))
    assert run.outcome is RunOutcome.MISMATCH
    again = run.after(run.retry())
    assert closed(answered(again, "gone")).outcome is RunOutcome.VERIFIED


@pytest.mark.parametrize(
    ("id_", "asked", "answer"),
    [
        ("warning-with-good-cell", "warning-gone", "It still warns"),
        ("silent-or-noisy", "after", "Still not clean: the M1 goes to a workshop"),
        ("display", "readable", "Not all of it: the M1 goes to a workshop"),
        ("power-supply", "combinations", "Something is silent or noisy"),
        ("restore-from-card", "look", "No"),
        ("restore-from-card", "kept", "No"),
        ("card-sets", "fits", "No, they do not match"),
    ],
)
def test_the_answer_that_it_is_not_mended_contradicts_the_run(
    id_: str, asked: str, answer: str
) -> None:
    run = Run.begin(built_in(id_)).at(asked)
    assert run.after(run.choose(answer)).outcome is RunOutcome.MISMATCH


def test_another_answer_opens_the_way_again() -> None:
    run = answered(asking(), "away")
    run = run.after(run.retry())
    assert run.route.leads_to == ""
    assert run.marks == (Mark.OPEN,) * 4
    assert at_next(answered(run, "over")).current.id == "last"


def test_what_failed_on_a_way_that_is_left_counts_no_longer() -> None:
    run = at_next(answered(asking(), "on"))
    run = at_next(run.after(run.tick()))
    run = run.after(run.judge((BAD,)))
    assert run.outcome is RunOutcome.MISMATCH
    run = run.after(run.back())
    run = run.after(run.back())
    run = at_next(answered(run, "over"))
    assert run.after(run.tick()).outcome is RunOutcome.BY_HAND


def test_what_was_proved_on_a_way_that_is_left_proves_nothing_more() -> None:
    run = at_next(answered(asking(), "on"))
    run = at_next(run.after(run.tick()))
    run = at_next(run.after(run.judge((GOOD,))))
    assert closed(run.after(run.tick())).outcome is RunOutcome.VERIFIED
    run = run.after(run.back())
    run = run.after(run.back())
    run = run.after(run.back())
    run = at_next(answered(run, "over"))
    assert run.after(run.tick()).outcome is RunOutcome.BY_HAND


def test_a_question_is_answered_not_ticked() -> None:
    with raises(NotAllowed, "question-open"):
        asking().tick()
    with pytest.raises(ValueError, match="offers no 'maybe'"):
        asking().choose("maybe")


def test_a_question_that_is_skipped_goes_on_with_the_next_step_and_proves_nothing() -> None:
    run = asking()
    run = run.after(run.override("nobody knows"))
    assert at_next(run).current.id == "hands"
    assert run.values == {}


def test_a_step_that_needs_one_left_out_need_not_wait() -> None:
    needing = step("last", needs=("save",))
    asks = step("ask", "question", options=(Option(label="skip", go="last"),))
    run = Run.begin(procedure(asks, step("save", "backup"), needing))
    run = at_next(answered(run, "skip"))
    assert run.unmet == ()


# Steps that count only for a value


def choosing() -> Run:
    chosen = Field(name="clock", label="Clock", choices=("INT", "EXT"))
    return Run.begin(
        procedure(
            step("which", "values", fields=(chosen, SONG)),
            step("inside", when=When(value="clock", is_="INT")),
            step("outside", "keys", keys="GLOBAL", when=When(value="clock", is_="EXT")),
            step("play", "keys", keys="SEQ B UP/DOWN:song"),
        )
    )


def test_a_choice_between_steps_cannot_be_skipped() -> None:
    run = choosing()
    with raises(NotAllowed, "choice-not-skipped"):
        run.override("nobody knows")
    wanted = built_in("memory-allocation")
    at_choice = replace(Run.begin(wanted), position=1)
    assert at_choice.current.title == "Choose the allocation"
    with raises(NotAllowed, "choice-not-skipped"):
        at_choice.override("no time for it")


def test_a_step_counts_only_for_its_value() -> None:
    run = choosing()
    assert run.marks == (Mark.OPEN,) * 4
    run = at_next(run.after(run.write_down({"clock": "ext", "song": "4"})))
    assert run.current.id == "outside"
    assert run.marks[1] is Mark.LEFT_OUT
    assert run.values == {"clock": "EXT", "song": "4"}


def test_an_answer_is_a_value_by_its_questions_id() -> None:
    asks = step("ask", "question", options=(Option(label="A"), Option(label="B")))
    run = Run.begin(
        procedure(
            asks,
            step("only-a", when=When(value="ask", is_="A")),
            step("only-b", when=When(value="ask", is_="B")),
        )
    )
    assert at_next(answered(run, "B")).current.id == "only-b"


def test_keys_have_the_value_that_was_chosen() -> None:
    run = choosing()
    run = at_next(run.after(run.write_down({"clock": "INT", "song": "2"})))
    run = at_next(run.after(run.tick()))
    *_, turned = run.presses
    assert turned.label == "UP/DOWN until song 2"
    assert turned.keys == ("DOWN",) * 9 + ("UP",) * 2


def test_a_value_out_of_range_is_refused_and_nothing_is_marked() -> None:
    with pytest.raises(NotAllowed, match='Song: expected 0 to 9, found "12"') as caught:
        choosing().write_down({"clock": "INT", "song": "12"})
    assert caught.value.advice.safe == "No mark was changed."


def test_a_form_that_is_skipped_leaves_unknown_what_an_earlier_form_has_by_the_same_name() -> None:
    run = Run.begin(built_in("record")).at("first")
    run = run.after(run.write_down({"song": "2", "track": "1", "program": "7"})).at("second")
    run = run.after(run.override("one track is enough")).at("track-2")
    assert run.values.get("song") == "2"
    assert "track" not in run.values, "the first track is not to be recorded over"
    assert all("1" not in press.label for press in run.presses)


def test_a_value_that_is_asked_again_is_known_from_there_on() -> None:
    run = Run.begin(
        procedure(
            step("first", "values", fields=(SONG,)),
            step("one", "keys", keys="UP/DOWN:song"),
            step("second", "values", fields=(SONG,)),
            step("two", "keys", keys="UP/DOWN:song"),
        )
    )
    run = at_next(run.after(run.write_down({"song": "3"})))
    run = at_next(run.after(run.tick()))
    run = at_next(run.after(run.write_down({"song": "5"})))
    assert run.values["song"] == "5"
    run = run.after(run.back())
    run = run.after(run.back())
    assert run.values["song"] == "3"


def test_answers_and_values_are_in_the_journal(tmp_path: Path) -> None:
    begun = choosing().procedure
    with Journal.begin(tmp_path, begun, port="virtual:healthy") as journal:
        journal.record(journal.run.write_down({"clock": "EXT", "song": "7"}))
        left = journal.run
    with Journal.open(journal.path) as again:
        assert again.run == left
        assert again.run.values["song"] == "7"


def test_a_run_that_an_answer_has_ended_is_not_offered_again(tmp_path: Path) -> None:
    with Journal.begin(tmp_path, asking().procedure, port="virtual:healthy") as journal:
        assert len(unfinished(tmp_path)) == 1
        journal.record(journal.run.choose("away"))
    assert unfinished(tmp_path) == ()


def test_good_answers_on_the_way_are_needed_for_the_outcome() -> None:
    run = at_next(answered(asking(), "on"))
    run = at_next(run.after(run.tick()))
    assert run.outcome is None
    run = at_next(run.after(run.judge((GOOD,))))
    assert closed(run.after(run.tick())).outcome is RunOutcome.VERIFIED


def test_a_test_that_was_passed_before_an_answer_led_past_it_is_not_called_untested() -> None:
    run = answered(Run.begin(built_in("bench-test")).at("have-pedals"), "Yes, they are plugged in")
    run = at_next(run)
    assert run.current.id == "pedals"
    for passed, said in (
        (GOOD, {}),
        (
            BAD,
            {
                "pedals": '"The pedals" did not pass, and was not repeated: '
                '"Do you have pedals?" was answered "No pedals".'
            },
        ),
    ):
        judged = run.after(run.judge((passed,)))
        if passed is BAD:
            judged = judged.after(judged.override("no second pedal here"))
        judged = judged.after(judged.back())
        judged = judged.after(judged.retry())
        assert answered(judged, "No pedals").untested == said


def test_a_test_that_an_answer_led_past_is_named_as_not_tested() -> None:
    run = Run.begin(built_in("bench-test")).at("have-pedals")
    without = answered(run, "No pedals")
    said = '"The pedals" was not tested: "Do you have pedals?" was answered "No pedals".'
    assert without.untested == {"pedals": said}
    assert answered(run, "Yes, they are plugged in").untested == {}
    symptoms = Run.begin(built_in("symptoms")).at("where")
    assert answered(symptoms, symptoms.current.options[-1].label).untested == {}
