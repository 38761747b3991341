"""What a step has proved may not change any more while the run still stands at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.facts import Verdict
from m1tui.procedures.run import Run
from m1tui.procedures.values import Field
from m1tui.procedures.watch import Allowed, Seen, Watch, allowed_at
from m1tui.sysex import CardState, ModeData, card_code
from tests.procedures.examples import procedure, step

PROGRAMS, SONGS = 0, 1
"""The codes of mode data of the allocations 100/100 and 50/50."""
HELD = ModeData(0, 2, PROGRAMS, card_code(CardState.NONE), 1)


def standing(*checks: str, done: bool, **fields: object) -> Run:
    """A run that stands at a step with these checks, proved or open."""
    which = step(
        "which",
        "values",
        fields=(
            Field(name="channel", label="Channel", low=1, high=16),
            Field(name="allocation", label="Allocation", choices=("100/100", "50/50")),
        ),
    )
    at = step("at", "keys", keys="GLOBAL", checks=checks, **fields)
    run = Run.begin(procedure(which, at, step("then")))
    run = run.after(run.write_down({"channel": "5", "allocation": "50/50"}))
    run = run.after(run.next())
    verdicts = tuple(Verdict(True, "seen", name=name) for name in checks)
    return run.after(run.judge(verdicts)) if done else run


def alarms(run: Run, before: ModeData, now: ModeData, channel: int = 0) -> list[str]:
    """The codes of the alarms when `now` is seen after `before`."""
    known = Watch(before, before.channel, answers=True)
    _, raised = known.after(Seen(True, now, channel), allowed_at(run))
    return [one.advice.code for one in raised]


@pytest.mark.parametrize("check", ["allocation-50", "allocation-is"])
def test_an_allocation_that_a_step_sets_is_no_alarm_until_it_is_another_again(check: str) -> None:
    set_now = replace(HELD, allocation_code=SONGS)
    assert alarms(standing(check, done=False), HELD, set_now) == []
    assert alarms(standing(check, done=True), HELD, set_now) == []
    assert alarms(standing(check, done=True), set_now, HELD) == ["allocation-changed-by-hand"]


@pytest.mark.parametrize("done", [False, True])
def test_an_initialised_memory_that_is_divided_otherwise_disproves_its_allocation(
    done: bool,
) -> None:
    settled = standing("allocation-is", done=True)
    run = settled if done else settled.after(settled.next())
    set_now = replace(HELD, allocation_code=SONGS)
    known = Watch(set_now, 0, answers=True)
    _, (alarm,) = known.after(Seen(True, HELD, 0, initialised=True), allowed_at(run))
    assert alarm.advice.code == "allocation-changed-while-initialised"
    assert "expected 50/50, found 100/100" in alarm.advice.happened
    assert alarm.lost == ""
    assert alarm.reopens(run) == ("at",)


def test_a_memory_lost_with_its_power_is_one_alarm_though_it_is_divided_otherwise() -> None:
    run = standing("allocation-is", done=True)
    known = Watch(replace(HELD, allocation_code=SONGS), 0, answers=True, power_lost=True)
    _, (alarm,) = known.after(Seen(True, HELD, 0, initialised=True), allowed_at(run))
    assert alarm.advice.code == "memory-lost"
    assert alarm.reopens(run) == ("at",)


def test_the_alarm_expects_what_was_proved_and_not_what_was_seen_last() -> None:
    run = standing("allocation-is", done=True)
    _, (alarm,) = Watch(HELD, 0, answers=True).after(Seen(True, HELD, 0), allowed_at(run))
    assert "expected 50/50, found 100/100" in alarm.advice.happened


def test_an_m1_that_has_gone_silent_no_longer_answers() -> None:
    on, off = (step(name, "check", checks=(check,)) for name, check in POWERED)
    run = Run.begin(procedure(on, off, step("more")))
    for name, check in POWERED:
        assert run.current.id == name
        run = run.after(run.judge((Verdict(True, "seen", name=check),)))
        run = run.after(run.next())
    _, (alarm,) = Watch(HELD, 0, answers=True).after(Seen(False), Allowed())
    doubted = [
        one.id
        for one, state in zip(run.procedure.steps, run.states, strict=True)
        if alarm.falsifies(one, state)
    ]
    assert alarm.advice.code == "went-silent"
    assert doubted == ["on"]


POWERED = (("on", "answers"), ("off", "silent"))


def test_what_was_proved_and_is_not_so_at_the_next_look_raises_the_alarm() -> None:
    assert alarms(standing("card-present", done=True), HELD, HELD) == ["card-pulled"]
    assert alarms(standing("allocation-50", done=True), HELD, HELD) == [
        "allocation-changed-by-hand"
    ]


def test_off_and_on_again_changes_the_allocation_only_of_a_memory_that_is_lost() -> None:
    off = step("off", rehearse=("power-off",))
    on = step("on", rehearse=("power-on",))
    run = Run.begin(procedure(off, on))
    run = run.after(run.tick())
    silent, _ = Watch(HELD, 0, answers=True).after(Seen(False), Allowed(off=True))
    run = run.after(run.next())
    other = replace(HELD, allocation_code=SONGS)
    assert silent.asks_memory(other, Allowed())
    assert not silent.asks_memory(HELD, Allowed())
    for initialised, expected in ((False, ["allocation-changed-by-hand"]), (True, [])):
        _, raised = silent.after(Seen(True, other, 0, initialised=initialised), allowed_at(run))
        assert [one.advice.code for one in raised] == expected


def test_a_channel_that_a_step_has_set_may_not_be_another_again() -> None:
    set_now = replace(HELD, channel=4)
    assert alarms(standing("channel-is", done=True), HELD, set_now, channel=4) == []
    assert alarms(standing("channel-is", done=True), set_now, HELD) == ["channel-changed"]


def test_a_card_that_was_seen_in_its_slot_may_not_be_pulled_at_that_step() -> None:
    card = replace(HELD, card_code=card_code(CardState.ROM, None))
    assert alarms(standing("card-present", done=True), HELD, card) == []
    assert alarms(standing("card-present", done=True), card, HELD) == ["card-pulled"]
