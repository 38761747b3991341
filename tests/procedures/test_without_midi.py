"""The way of an owner without MIDI: asked before anything is lost, and again after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run as run_clock
from m1tui.engine.instrument import Instrument
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.link.ports import NO_INTERFACE, AbsentLink
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.findings import StepResult
from m1tui.procedures.perform import NONE_ASKED, Performer
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.store import Store
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.procedures.rehearsals import (
    Rehearsal,
    built_in,
    go_on,
    rehearsed,
    stages_of,
    twin,
    with_step,
)

NO_MIDI = "No interface, or the M1's MIDI does not work"
WAY = "restore-from-card"


def marks_of(run: Run) -> dict[str, Mark]:
    return dict(zip((one.id for one in run.procedure.steps), run.marks, strict=True))


def test_the_first_question_leads_to_a_card_and_nothing_is_marked_as_proved(tmp_path: Path) -> None:
    finished, results = rehearsed(
        Rehearsal("internal-battery", answers=(("connected", NO_MIDI),)), tmp_path
    )
    assert finished.route.leads_to == WAY
    assert finished.outcome is RunOutcome.BY_HAND
    assert list(results) == ["connected"]


def silent_after_the_change(folder: Path, answer: str) -> Run:
    """A run whose M1 does not answer once its cell is changed, and which was answered so."""
    stage = stages_of(Rehearsal("internal-battery"), folder)["power-on"]
    quiet = msgspec.structs.replace(stage.run.current, rehearse=())
    run = replace(stage.run, procedure=with_step(stage.run.procedure, quiet))
    asked = run_clock(go_on(run, stage.machine, folder, Rehearsal("internal-battery")))
    assert asked.current.id == "power-on"
    assert asked.current_state.mark is Mark.OPEN
    skipped = asked.after(asked.override("its MIDI is dead"))
    question = skipped.after(skipped.next())
    assert question.current.id == "unanswered"
    return question.after(question.choose(answer))


def test_an_m1_that_no_longer_answers_after_the_change_is_led_to_a_card(tmp_path: Path) -> None:
    run = silent_after_the_change(tmp_path, "No: bring the sounds back without MIDI")
    assert run.route.leads_to == WAY
    assert run.outcome is RunOutcome.MISMATCH, "its last answer was none"


def test_who_finds_the_cable_goes_on_to_the_next_step(tmp_path: Path) -> None:
    run = silent_after_the_change(tmp_path, "It may answer now: go on")
    assert run.after(run.next()).current.id == "midi-again"


def test_an_m1_that_answers_is_not_asked_about(tmp_path: Path) -> None:
    finished, results = rehearsed(Rehearsal("internal-battery"), tmp_path)
    assert marks_of(finished)["unanswered"] is Mark.LEFT_OUT
    assert "unanswered" not in results
    assert finished.outcome is RunOutcome.VERIFIED


def steps_done(folder: Path, **answers: str) -> list[str]:
    """The steps of the way by card that an owner with these answers is led through."""
    finished, results = rehearsed(
        Rehearsal(
            WAY, "healthy", tuple((name.replace("_", "-"), one) for name, one in answers.items())
        ),
        folder,
    )
    assert finished.outcome is RunOutcome.BY_HAND
    assert all(not step.claims for step in finished.procedure.steps), "nothing can be asked"
    return list(results)


GOOD = "It is good, and I have a RAM card"


def test_songs_go_to_a_second_card_before_the_cell_comes_out_and_come_back(tmp_path: Path) -> None:
    done = steps_done(tmp_path, memory=GOOD, songs="Yes, and I have a second RAM card")
    kept = ["save", "songs", "songs-save", "cell"]
    assert [one for one in done if one in kept] == kept
    assert done.index("cell") < done.index("load") < done.index("songs-load")


def test_who_has_no_second_card_hears_that_the_songs_would_be_lost(tmp_path: Path) -> None:
    done = steps_done(tmp_path, memory=GOOD, songs="Yes, but I have no second card")
    assert done.index("no-songs") < done.index("cell")
    assert "songs-load" not in done
    assert "the songs are lost" in built_in(WAY).step("no-songs").text
    without = steps_done(tmp_path, memory=GOOD, songs="No, or I do not need them")
    assert not {"songs-save", "no-songs", "songs-load"} & set(without)


LOST = "It is lost, or there is nothing to keep"
UNKNOWN_CELL = "No, or I do not know: change it"


def test_a_cell_of_which_nobody_knows_that_it_is_good_is_changed_before_the_load(
    tmp_path: Path,
) -> None:
    done = steps_done(tmp_path, memory=LOST, cell_good=UNKNOWN_CELL)
    assert done.index("cell") < done.index("cell-in") < done.index("card-in") < done.index("load")
    good = steps_done(tmp_path, memory=LOST)
    assert "cell-good" in good
    assert not {"cell", "cell-in"} & set(good)
    assert "cell-good" not in steps_done(tmp_path, memory=GOOD)


def after_five_minutes_off(machine: VirtualM1, folder: Path, cell: str) -> Run:
    """The run at the question that follows them."""
    rehearsal = Rehearsal(WAY, answers=(("memory", LOST), ("cell-good", cell)))
    procedure = rehearsal.procedure
    at = [one.id for one in procedure.steps].index("kept")
    cut = msgspec.structs.replace(procedure, steps=procedure.steps[:at])
    run_clock(go_on(Run.begin(cut), machine, folder, rehearsal))
    return Run.begin(procedure).at("kept")


@pytest.mark.parametrize("cell", ["It is new, or was measured at 3 V or more", UNKNOWN_CELL])
def test_sounds_that_an_empty_cell_loses_again_are_asked_for_and_never_ticked(
    tmp_path: Path, cell: str
) -> None:
    machine = scenario("card-after-loss")
    machine.power_off()
    machine.remove_cell()
    machine.power_on()
    run = after_five_minutes_off(machine, tmp_path, cell)
    assert machine.contents.is_initialised is (cell != UNKNOWN_CELL)
    assert run.current.kind == "question"
    lost = run.after(run.choose("No"))
    assert lost.outcome is RunOutcome.MISMATCH
    assert lost.after(lost.next()).current.id == "lost-again"
    kept = run.after(run.choose("Yes"))
    assert marks_of(kept)["lost-again"] is Mark.LEFT_OUT


def test_the_only_copy_of_the_sounds_is_write_protected_before_the_keys_of_the_load(
    tmp_path: Path,
) -> None:
    machine = twin(stages_of(Rehearsal(WAY), tmp_path)["load"].machine)
    card = machine.card
    assert card is not None
    machine.press("GLOBAL 6 D DOWN + D DOWN + D DOWN GLOBAL 9 DOWN G G")
    assert machine.card == card, "9 was pressed instead of 8, and nothing is lost"


@pytest.mark.parametrize(
    ("procedure", "needs"),
    [("symptoms", False), (WAY, False), ("midi-ready", True), ("dump-from-computer", True)],
)
def test_a_procedure_knows_whether_an_m1_must_answer_in_it(procedure: str, needs: bool) -> None:
    assert built_in(procedure).needs_answers is needs


def asked_first(link: Link, folder: Path, *, stands_in: bool = False) -> StepResult:
    """What comes of the first step of the symptoms, which asks the M1 if it can answer."""

    async def perform() -> StepResult:
        async with Instrument(link) as instrument:
            store = Store(folder)
            performer = Performer(instrument, store, Rehearser(), stands_in=stands_in)
            return await performer.perform(Run.begin(built_in("symptoms")))

    return run_clock(perform())


def test_nothing_is_said_of_an_m1_where_no_interface_is(tmp_path: Path) -> None:
    result = asked_first(AbsentLink(NO_INTERFACE), tmp_path)
    assert result.verdicts == ()
    assert result.lines == (NONE_ASKED,)


def test_a_virtual_m1_that_stands_in_for_none_found_is_not_asked(tmp_path: Path) -> None:
    link = VirtualLink.for_scenario("healthy", tmp_path)
    assert asked_first(link, tmp_path, stands_in=True).lines == (NONE_ASKED,)
    link = VirtualLink.for_scenario("healthy", tmp_path)
    assert asked_first(link, tmp_path).verdicts[0].name == "answers"


def test_where_no_interface_is_every_byte_to_send_is_refused_with_the_reason() -> None:
    async def send() -> None:
        async with AbsentLink(NO_INTERFACE) as link:
            with pytest.raises(LinkLost, match="No MIDI interface is plugged in"):
                await link.write(b"\xfe")

    run_clock(send())
