"""The sound check ends with the suspicion that belongs to what is wrong: a person answers what a
virtual M1 would truly be heard to play."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.clock import run as run_clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.suspicion import (
    ALL,
    CLEAN,
    HEARD,
    NO,
    NOISY,
    NONE_PLAYED,
    NOTHING,
    SOME_SILENT,
    YES,
    suspicion_of,
)
from m1tui.facts import Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Step
from m1tui.procedures.states import Mark
from m1tui.store import Store
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.engine.play.test_playing import hanging, state
from tests.procedures.rehearsals import Memo, built_in

WHERE = {"hear-1": {1}, "hear-2": {2}, "hear-3": {3}, "hear-4": {4}}


class Ears(Rehearser):
    """A person who answers what the virtual M1 was heard to play since the last answer."""

    def __init__(self, machine: VirtualM1) -> None:
        super().__init__()
        self.machine = machine
        self.since = -1.0

    async def answer(self, step: Step) -> Option | None:
        notes = [note for note in self.machine.played if note.at > self.since]
        self.since = self.machine.board.now
        wanted = WHERE.get(step.id, {1, 2, 3, 4})
        audible = [note for note in notes if note.audible and set(note.outputs) & wanted]
        if step.id in ("more-outputs", "has-song"):
            label = YES
        elif step.id in ("hear-key", "hear-key-again"):
            label = YES if audible else NO
        elif step.id == "hear-programs":
            label = ALL if len(audible) == len(notes) else SOME_SILENT
        else:
            hisses = any(note.hisses for note in notes)
            label = NOISY if hisses else CLEAN if audible else NOTHING
        return next(option for option in step.options if option.label == label)


def checked(machine: VirtualM1, folder: Path) -> tuple[Run, dict[str, tuple[Verdict, ...]]]:
    """Let the virtual M1 be checked by somebody with ears; return the run and its verdicts."""
    verdicts: dict[str, tuple[Verdict, ...]] = {}

    async def whole() -> Run:
        memo = Memo(Run.begin(built_in("sound-check")))
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(folder), Ears(machine))

            def keep(_: Run, result: object) -> None:
                verdicts[result.step] = result.verdicts  # type: ignore[attr-defined]

            while True:
                finished = await run_auto(memo, performer, on_step=keep)  # type: ignore[arg-type]
                if finished.at_end or finished.current_state.mark is not Mark.OPEN:
                    return finished
                memo.record(memo.run.accept())

    return run_clock(whole()), verdicts


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("healthy", None),
        ("rack", None),
        ("silent-left", "suspect-output-left"),
        ("effects-hiss", "suspect-effects"),
        ("local-off", "suspect-local-off"),
    ],
)
def test_each_scenario_ends_with_its_own_suspicion(
    name: str, code: str | None, tmp_path: Path
) -> None:
    machine = scenario(name)
    finished, verdicts = checked(machine, tmp_path)
    (verdict,) = verdicts["suspicion"]
    found = verdict.advice.code if verdict.advice is not None else None
    assert found == code, verdict
    assert verdict.passed is (code is None)
    assert finished.at_end
    assert not hanging(machine)


def test_a_rack_is_asked_nothing_about_keys(tmp_path: Path) -> None:
    _, verdicts = checked(scenario("rack"), tmp_path)
    assert not {"key", "hear-key", "local", "key-again"} & verdicts.keys()


def test_a_dead_keybed_is_no_local_off(tmp_path: Path) -> None:
    from m1tui.virtual.controls import KeyFault, KeyTrouble

    machine = scenario("healthy")
    machine.key_faults = (KeyFault(60, KeyTrouble.SILENT),)
    _, verdicts = checked(machine, tmp_path)
    assert verdicts["suspicion"][0].advice is not None
    assert verdicts["suspicion"][0].advice.code == "suspect-keybed"


def test_the_check_writes_no_memory_and_leaves_the_edit_buffers(tmp_path: Path) -> None:
    machine = scenario("healthy")
    before = state(machine)
    checked(machine, tmp_path)
    assert state(machine) == before


def test_the_labels_of_the_questions_are_those_that_the_suspicions_know() -> None:
    known = {CLEAN, NOISY, NOTHING, ALL, SOME_SILENT, "Some sound wrong", YES, NO}
    known.add(NONE_PLAYED)
    for step in built_in("sound-check").steps:
        assert {option.label for option in step.options} <= known, step.id


def test_without_answers_nothing_is_called_free_of_a_fault() -> None:
    async def ask(values: dict[str, str]) -> Verdict:
        async with Instrument(VirtualLink(scenario("healthy"))) as instrument:
            return await run_check("sound-suspicion", instrument, CheckContext(values=values))

    assert run_clock(ask({})).passed is None
    assert run_clock(ask({"hear-1": CLEAN, "hear-2": CLEAN})).passed is None
    assert run_clock(ask({"hear-1": CLEAN, "hear-2": CLEAN, "hear-sine": CLEAN})).passed is True


def test_what_nobody_listened_to_is_not_called_free_of_a_fault() -> None:
    async def check() -> Verdict:
        heard = dict.fromkeys(("hear-1", "hear-2", "hear-sine", "hear-programs"), CLEAN)
        async with Instrument(VirtualLink(scenario("healthy"), baud=0)) as instrument:
            return await run_check("sound-suspicion", instrument, CheckContext(values=heard))

    verdict = run_clock(check())
    assert verdict.passed
    assert "not listened to: output 3, output 4, " in verdict.evidence


def test_the_answers_are_said_in_words_and_only_the_bad_ones_with_a_suspicion() -> None:
    async def ask(values: dict[str, str]) -> Verdict:
        async with Instrument(VirtualLink(scenario("healthy"))) as instrument:
            return await run_check("sound-suspicion", instrument, CheckContext(values=values))

    verdict = run_clock(ask({"hear-1": NOTHING, "hear-2": CLEAN, "hear-sine": CLEAN}))
    assert verdict.found == "output 1/L is silent, 2/R is not"
    assert verdict.evidence.endswith("(output 1/L: nothing)")
    missing = run_clock(ask({"hear-1": CLEAN}))
    assert missing.evidence == "output 1/L: clean"
    assert missing.advice is not None
    assert "found none for output 2/R, the sine." in missing.advice.happened


def test_every_answer_of_the_sound_check_has_words_of_its_own() -> None:
    asked = {step.id for step in built_in("sound-check").steps if step.kind == "question"}
    assert asked - set(HEARD) == {"more-outputs", "has-song"}


def test_what_a_virtual_m1_is_heard_to_play_is_of_the_step_alone(tmp_path: Path) -> None:
    _, verdicts = checked(scenario("local-off"), tmp_path)
    assert "heard from output 2/R" in verdicts["play-2"][0].evidence
    assert "heard from outputs" in verdicts["song"][0].evidence
    assert verdicts["key"][0].evidence.endswith("The virtual M1: nothing is heard (local off)")
    assert "heard from outputs" in verdicts["key-again"][0].evidence


def test_local_was_off_only_if_the_key_was_not_heard_before_it_was_sent_on() -> None:
    heard = {"hear-1": CLEAN, "hear-2": CLEAN, "hear-sine": CLEAN, "hear-key-again": YES}
    assert suspicion_of(heard) is None
    found = suspicion_of({**heard, "hear-key": NO})
    assert found is not None
    assert found.code == "suspect-local-off"
