"""What a step claims, what opens again when an answer changes, and whom a step is not for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from m1tui.errors import NotAllowed
from m1tui.facts import Outcome, Verdict
from m1tui.procedures.claims import Claim, claims_of, said_of
from m1tui.procedures.dependencies import Dependencies
from m1tui.procedures.loader import procedure_files
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure, Step, Without
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.values import Field
from m1tui.resources import screens_folder
from tests.advised import raises
from tests.procedures.examples import BAD, GOOD, all_done, closed, compared, procedure, step
from tests.procedures.rehearsals import built_in

FILES = [path.stem for path in procedure_files([screens_folder()])]
SONG = Field(name="song", label="Song", low=0, high=9)
ERASED = step("erase", "keys", keys="SEQ 3 + UP/DOWN:song G G", checks=("song-empty",))
NO_KEYS = (Without(model="M1R", why="It has no keyboard."),)


# Claims


def test_a_claim_is_a_subject_and_a_value() -> None:
    claim = Claim.parse("song 3 track 2 = erased")
    assert claim == Claim("song 3 track 2", "erased")
    assert str(claim) == "song 3 track 2 = erased"


@pytest.mark.parametrize("text", ["", "song 3", " = erased", "song = ", "song=3"])
def test_what_has_no_subject_or_no_value_is_no_claim(text: str) -> None:
    with pytest.raises(ValueError, match="is not a claim"):
        Claim.parse(text)


def test_a_claim_names_the_value_that_was_chosen() -> None:
    assert claims_of(ERASED, {"song": "3"}) == (Claim("song 3", "erased"),)
    assert claims_of(ERASED) == (Claim("song {song}", "erased"),)


def test_a_claim_about_a_track_is_said_as_a_person_says_it() -> None:
    channel = Claim.parse("song 0 track 2 channel = 3")
    assert said_of(channel) == "song 0 track 2 is on channel 3"
    assert said_of(Claim.parse("song 0 track 2 program = 12")) == "song 0 track 2 plays program 12"


def test_a_step_claims_all_that_its_kind_and_checks_prove_unless_it_says_less() -> None:
    asked = step("ask", "check", checks=("exclusive-enabled", "card-present"))
    assert [str(one) for one in claims_of(asked)] == ["filter exclusive = ENA", "card = in"]
    less = step("ask", "check", checks=("exclusive-enabled",), claims=("filter exclusive = ENA",))
    assert [str(one) for one in claims_of(less)] == ["filter exclusive = ENA"]
    assert [str(one) for one in claims_of(step("card", "restore", bank="card"))] == [
        "card memory = as sent"
    ]
    assert claims_of(step("hand")) == ()


@pytest.mark.parametrize("file", FILES)
def test_each_step_that_can_be_proved_says_what_is_then_true(file: str) -> None:
    for one in built_in(file).steps:
        assert bool(one.claims) == one.senses, one.id


# Dependencies


def done(run: Run, changed: str = "") -> Run:
    """The run after its current step was done, each time with `changed` in what it gives."""
    current = run.current
    if current.kind == "question":
        label = current.options[-1 if changed and len(current.options) > 1 else 0].label
        return run.after(run.choose(label))
    if current.kind == "values":
        typed = {field.name: value_of(field, changed) for field in current.fields}
        again = [f for f in current.fields if f.another and run.values[f.name] == typed[f.name]]
        typed |= {field.name: value_of(field, "" if changed else "other") for field in again}
        return run.after(run.write_down(typed))
    if current.senses:
        verdict = Verdict(True, "seen", name=(current.checks or (current.kind,))[0])
        place = f"/files/{current.id}{changed}"
        return run.after(run.judge((verdict,), backup=place, origin=place))
    return run.after(run.tick())


def value_of(field: Field, changed: str) -> str:
    if field.offers:
        return field.offers[-1 if changed else 0]
    if field.choices:
        return field.choices[-1 if changed else 0]
    if field.low is not None and field.high is not None:
        return str(field.high if changed else field.low)
    return f"typed {changed}"


def stages(chosen: Procedure) -> Iterator[Run]:
    """The run at each of its steps, and at its end."""
    run = Run.begin(chosen)
    while True:
        yield run
        run = done(compared(run))
        if run.at_end:
            yield run
            return
        run = run.after(run.next())


@pytest.mark.parametrize("file", FILES)
def test_every_step_that_used_a_value_is_open_again_when_the_value_changes(file: str) -> None:
    chosen = built_in(file)
    dependencies = Dependencies.of(chosen)
    *_, whole = stages(chosen)
    counts = whole.route.counts
    for giver, one in enumerate(chosen.steps):
        if not counts[giver]:
            continue
        again = whole
        while again.position > giver:
            again = again.after(again.back())
        again = done(compared(again.after(again.retry())), changed=" other")
        for user in dependencies.users_of(giver):
            if again.route.counts[user] and counts[user]:
                state = again.states[user]
                assert state.mark is Mark.OPEN, (one.id, chosen.steps[user].id)
                assert one.title in state.doubt
        for other in range(giver):
            if counts[other]:
                assert again.states[other].mark is not Mark.OPEN, (one.id, other)


@pytest.mark.parametrize("file", FILES)
def test_what_the_steps_of_a_file_use_is_what_earlier_steps_give(file: str) -> None:
    chosen = built_in(file)
    dependencies = Dependencies.of(chosen)
    given = {name for one in chosen.steps for name in (one.id, *(f.name for f in one.fields))}
    assert set(dependencies.by_value) <= given
    for name, users in dependencies.by_value.items():
        giver = min(
            index
            for index, one in enumerate(chosen.steps)
            if (one.kind == "question" and name == one.id)
            or any(field.name == name for field in one.fields)
        )
        assert all(user > giver for user in users), name
        assert set(users) <= set(dependencies.users_of(giver)) | {
            user
            for index, one in enumerate(chosen.steps)
            if index != giver and any(field.name == name for field in one.fields)
            for user in dependencies.users_of(index)
        }


def test_another_file_opens_what_was_sent_of_the_first() -> None:
    chosen = procedure(
        step("from", "source"),
        step("send", "restore", needs=("from",)),
        step("same", "check", checks=("memory-equals",)),
        step("other", "check", checks=("answers",)),
    )
    *_, run = stages(chosen)
    assert closed(run).outcome is RunOutcome.VERIFIED
    while run.current.id != "from":
        run = run.after(run.back())
    same = done(run.after(run.retry()))
    assert [one.mark for one in same.states] == [Mark.SENSED] * 4
    other = done(run.after(run.retry()), changed=" other")
    assert [one.mark for one in other.states] == [
        Mark.SENSED,
        Mark.OPEN,
        Mark.OPEN,
        Mark.SENSED,
    ]
    assert other.outcome is None


def test_a_run_at_its_end_names_what_is_open_again() -> None:
    *_, run = stages(procedure(step("which", "values", fields=(SONG,)), ERASED, step("last")))
    doubted = run.after(run.doubt("erase", "somebody changed it"))
    assert [one.id for one in doubted.open_steps] == ["erase"]
    with raises(NotAllowed, "steps-open"):
        doubted.next()
    with raises(NotAllowed, "last-step"):
        run.next()


def test_switching_it_off_again_opens_the_step_that_switched_it_on() -> None:
    run = all_done(Run.begin(built_in("display")), "unplug")
    run = compared(run.after(run.retry()))
    run = run.after(run.judge((Verdict(True, "silent", name="silent"),)))
    assert run.state("power-on").mark is Mark.OPEN
    assert run.state("end").mark is Mark.OPEN
    assert run.state("unplug").mark is Mark.SENSED


@pytest.mark.parametrize(
    ("file", "work", "proof"),
    [
        ("internal-battery", "insert-cell", "hold"),
        ("internal-battery", "insert-cell", "controls"),
        ("joystick", "replace", "after"),
        ("keybed-clean", "out", "after"),
        ("keybed-clean", "together", "after"),
        ("memory-does-not-hold", "repair", "hold"),
        ("panel-keys", "replace", "again"),
        ("silent-or-noisy", "joints", "play-after"),
        ("sticky-keys", "jiggle", "test"),
        ("warning-with-good-cell", "reseat", "controls-after"),
        ("warning-with-good-cell", "repair", "controls-after"),
    ],
)
def test_work_that_is_done_again_is_to_be_proved_again(file: str, work: str, proof: str) -> None:
    run = Run.begin(built_in(file))
    at = {step.id: index for index, step in enumerate(run.procedure.steps)}
    state = replace(run.state(proof), mark=Mark.SENSED, verdicts=(GOOD,))
    run = replace(run, states=(*run.states[: at[proof]], state, *run.states[at[proof] + 1 :]))
    run = run.at(work)
    first = run.after(run.tick())
    again = first.after(first.retry())
    again = again.after(again.tick())
    assert again.state(proof).mark is Mark.OPEN
    assert run.procedure.step(work).title in again.state(proof).doubt


@pytest.mark.parametrize(
    ("file", "out", "opened"),
    [
        ("ram-card-battery", "slide-out", ["slide-in", "out-and-in"]),
        ("internal-battery", "remove-cell", ["insert-cell", "hold"]),
        ("restore-from-card", "cell", ["cell-in"]),
    ],
)
def test_a_cell_that_is_taken_out_again_has_to_be_put_back_and_proved_again(
    file: str, out: str, opened: list[str]
) -> None:
    run = all_done(Run.begin(built_in(file)), out)
    again = compared(run.after(run.retry()))
    again = again.after(again.tick())
    marks = {one: again.state(one).mark for one in opened}
    assert marks == dict.fromkeys(opened, Mark.OPEN)
    assert run.procedure.step(out).title in again.state(opened[0]).doubt


@pytest.mark.parametrize("wrote", [True, False])
def test_what_was_written_shows_that_protects_proved_before_are_off(wrote: bool) -> None:
    run = all_done(Run.begin(built_in("dump-from-computer")), "send")
    verdict = Verdict(True, "read back", name="restore", outcome=Outcome.VERIFIED, wrote=wrote)
    again = run.after(run.retry())
    again = again.after(again.judge((verdict,)))
    protected = again.state("protects-on")
    assert protected.mark is (Mark.OPEN if wrote else Mark.SENSED)
    assert ("memory protect was OFF" in protected.doubt) is wrote


def test_a_backup_that_is_made_after_the_power_was_off_shows_nothing_of_before() -> None:
    run = all_done(Run.begin(built_in("memory-does-not-hold")), "backup")
    saved = Verdict(True, "read twice", name="backup")
    run = run.after(run.retry())
    run = run.after(run.judge((saved,), backup="later.syx"))
    assert run.state("off").mark is Mark.OPEN
    assert run.state("kept").mark is Mark.OPEN
    assert run.procedure.step("backup").title in run.state("off").doubt


def test_asking_at_the_end_whether_it_is_on_opens_nothing_that_was_done_while_it_was_off() -> None:
    run = all_done(Run.begin(built_in("internal-battery")), "find-m1")
    run = run.after(run.retry())
    run = run.after(run.judge((Verdict(True, "it answers", name="answers"),)))
    assert [step.id for step in run.open_steps] == []
    off = run.at("unplug")
    off = compared(off.after(off.retry()))
    off = off.after(off.judge((Verdict(True, "silent", name="silent"),)))
    assert "power-on" in [step.id for step in off.open_steps], "it is off now"


def test_doing_the_opposite_again_opens_what_came_after() -> None:
    off = step("off", "check", checks=("memory-unprotected",))
    between = step("between", "check", checks=("answers",))
    on = step("on", "check", checks=("memory-protected",))
    *_, run = stages(procedure(off, between, on))
    run = run.after(run.back())
    run = run.after(run.back())
    run = run.after(run.retry())
    assert [one.mark for one in run.states] == [Mark.OPEN, Mark.SENSED, Mark.OPEN]
    assert run.state("on").doubt == '"Step off" has been opened again since then.'


def test_a_value_that_is_given_again_unchanged_opens_nothing() -> None:
    *_, run = stages(procedure(step("which", "values", fields=(SONG,)), ERASED))
    run = run.after(run.back())
    same = done(run.after(run.retry()))
    assert same.state("erase").mark is Mark.SENSED
    other = done(run.after(run.retry()), changed="x")
    assert other.state("erase").mark is Mark.OPEN
    assert other.state("erase").doubt == '"Step which" has changed since then.'


# Models and findings


def test_a_step_that_a_model_cannot_do_is_left_out_and_the_run_can_be_verified() -> None:
    run = Run.begin(procedure(step("ask", "check", checks=("answers",)), played()))
    run = run.after(run.judge((GOOD,)))
    assert run.outcome is None
    rack = run.after(run.name_model("M1R"))
    assert rack.marks == (Mark.SENSED, Mark.LEFT_OUT)
    assert closed(rack).outcome is RunOutcome.VERIFIED
    assert rack.at_end


def test_a_run_that_stands_at_what_a_model_cannot_do_goes_to_what_it_can() -> None:
    run = Run.begin(procedure(played(), step("ask", "check", checks=("answers",))))
    rack = run.after(run.name_model("M1R"))
    assert rack.current.id == "ask"
    assert closed(rack.after(rack.judge((GOOD,)))).outcome is RunOutcome.VERIFIED
    assert run.after(run.name_model("M1")).current.id == "play"


def played() -> Step:
    return step("play", "check", checks=("keybed",), not_on=NO_KEYS)


def test_a_fault_that_was_found_does_not_stop_the_run_and_is_named_in_the_end() -> None:
    keys = step("keys", "check", checks=("keybed",), finds=True)
    run = Run.begin(procedure(keys, step("more")))
    with raises(NotAllowed, "no-finding"):
        run.accept()
    run = run.after(run.judge((BAD,)))
    run = run.after(run.accept())
    assert run.current_state.mark is Mark.FOUND
    run = run.after(run.next())
    run = run.after(run.tick())
    assert run.outcome is RunOutcome.MISMATCH
    assert run.findings == ("Step keys: 24",)
    assert run.missing == ()


def test_a_bad_answer_is_no_finding_where_the_step_looks_for_none() -> None:
    run = Run.begin(procedure(step("ask", "check", checks=("answers",))))
    run = run.after(run.judge((BAD,)))
    with raises(NotAllowed, "no-finding"):
        run.accept()


# Reasons and consent


@pytest.mark.parametrize("reason", ["x", "n/a", "12345678", "known"])
def test_a_word_that_says_nothing_is_no_reason(reason: str) -> None:
    run = Run.begin(procedure())
    with raises(NotAllowed, "reason-too-short"):
        run.override(reason)


def test_what_is_lost_for_ever_is_agreed_to_by_its_word() -> None:
    run = Run.begin(procedure(step("save", "backup", loses="everything is lost")))
    for consent in ("", "yes", "LOSE"):
        with raises(NotAllowed, "loss-not-agreed"):
            run.override("no time for this", consent=consent)
    agreed = run.after(run.override("no time for this", consent=" lose it "))
    assert agreed.current_state.mark is Mark.OVERRIDDEN
    assert agreed.outcome is RunOutcome.UNKNOWN


@pytest.mark.parametrize("file", FILES)
def test_each_backup_of_what_can_be_destroyed_says_what_is_lost_without_it(file: str) -> None:
    for one in built_in(file).steps:
        if one.kind == "backup" and file != "dump-to-computer":
            assert one.loses, one.id
