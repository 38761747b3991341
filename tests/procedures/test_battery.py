"""The whole battery procedure, rehearsed on the virtual M1."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.link.ports import open_port
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal
from m1tui.procedures.library import load
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.store.records import DEMO


@pytest.fixture(scope="module")
def battery() -> Procedure:
    return load(screens_folder() / "internal-battery.toml")


IN_VIEW = "Yes, it is in view"
BOARD = ("unscrew-board", "connectors", "tilt-board", "board-back")
"""The steps about a board that need not come away where the cell is in view."""


def rehearsed(
    procedure: Procedure, folder: Path, scenario: str, **answers: str
) -> tuple[Run, dict[str, StepResult]]:
    """The run of `procedure` in auto on a fresh virtual M1, and each step's result."""
    results: dict[str, StepResult] = {}

    def on_step(_: Run, result: StepResult) -> None:
        results[result.step] = result

    async def whole() -> Run:
        store = Store(folder)
        port = f"virtual:{scenario}"
        with Journal.begin(store.journal_folder, procedure, port=port) as journal:
            async with Instrument(open_port(port, data_dir=folder)) as instrument:
                performer = Performer(instrument, store, Rehearser(answers))
                return await run_auto(journal, performer, on_step=on_step)

    return run(whole()), results


@pytest.mark.parametrize("scenario", ["low-battery", "dead-battery", "healthy"])
def test_the_rehearsal_ends_verified(battery: Procedure, tmp_path: Path, scenario: str) -> None:
    finished, results = rehearsed(battery, tmp_path, scenario)
    assert finished.done, {r.step: r.advice for r in results.values() if r.advice}
    assert finished.outcome is RunOutcome.VERIFIED
    assert [battery.steps[at].id for at, _ in finished.left_out] == ["unanswered"]
    for step in battery.steps:
        if step.id != "unanswered":
            mark = Mark.SENSED if step.senses else Mark.BY_HAND
            assert finished.state(step.id).mark is mark, step.id


def test_a_cell_in_view_leaves_the_board_in_place_and_says_why(
    battery: Procedure, tmp_path: Path
) -> None:
    finished, _ = rehearsed(battery, tmp_path, "low-battery", **{"cell-in-view": IN_VIEW})
    assert finished.outcome is RunOutcome.VERIFIED
    left_out = {battery.steps[at].id: why for at, why in finished.left_out}
    assert [one for one in left_out if one != "unanswered"] == list(BOARD)
    assert {left_out[one] for one in BOARD} == {"The cell was in view with the board in place."}
    assert finished.state("remove-cell").mark is Mark.BY_HAND


def test_nobody_is_told_to_tick_what_is_not_done(battery: Procedure) -> None:
    assert not [step.id for step in battery.steps if "press Enter at the steps" in step.text]


def test_a_living_memory_is_saved_and_comes_back(battery: Procedure, tmp_path: Path) -> None:
    finished, results = rehearsed(battery, tmp_path, "low-battery")
    (stored, *others) = Store(tmp_path).backups()
    assert others == []
    assert stored.intact()
    assert finished.state("backup").backup == str(stored.path)
    assert finished.state("source").origin == str(stored.path)
    assert results["midi-again"].verdicts[-1].name == "memory-initialised"
    assert results["midi-again"].verdicts[-1].passed
    assert "both readings match" in finished.state("backup").verdicts[0].evidence


def test_an_initialised_memory_is_not_saved_and_the_demo_bank_makes_it_play(
    battery: Procedure, tmp_path: Path
) -> None:
    finished, _ = rehearsed(battery, tmp_path, "dead-battery")
    assert Store(tmp_path).backups() == ()
    assert finished.state("backup").backup == ""
    assert "nothing to save" in finished.state("backup").verdicts[0].evidence
    assert finished.state("source").origin == DEMO


def test_the_display_shows_what_the_step_promises(battery: Procedure, tmp_path: Path) -> None:
    finished, _ = rehearsed(battery, tmp_path, "low-battery")
    for step in battery.steps:
        if step.display:
            assert any(step.display[0] in line for line in finished.state(step.id).evidence)


def test_the_run_on_disk_is_the_run_that_was_seen(battery: Procedure, tmp_path: Path) -> None:
    finished, _ = rehearsed(battery, tmp_path, "low-battery")
    (path,) = Store(tmp_path).journal_folder.iterdir()
    with Journal.open(path) as journal:
        assert journal.run == finished


def test_a_memory_that_survived_the_change_is_noted_and_stops_nothing(
    battery: Procedure, tmp_path: Path
) -> None:
    surviving = changed(battery, "remove-cell", rehearse=())
    finished, results = rehearsed(surviving, tmp_path, "healthy")
    observed = results["midi-again"].verdicts[-1]
    assert observed.name == "memory-initialised"
    assert observed.passed is False
    assert finished.state("midi-again").mark is Mark.SENSED
    assert finished.outcome is RunOutcome.VERIFIED


def test_a_cell_that_was_not_put_in_fails_the_proof(battery: Procedure, tmp_path: Path) -> None:
    finished, results = rehearsed(
        changed(battery, "insert-cell", rehearse=()), tmp_path, "low-battery"
    )
    assert finished.current.id == "hold"
    assert finished.current_state.mark is Mark.OPEN
    assert finished.outcome is not RunOutcome.VERIFIED
    assert results["hold"].advice is not None


def changed(procedure: Procedure, step_id: str, **fields: object) -> Procedure:
    steps = tuple(
        msgspec.structs.replace(step, **fields) if step.id == step_id else step
        for step in procedure.steps
    )
    return msgspec.structs.replace(procedure, steps=steps)
