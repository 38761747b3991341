"""Before a step that can destroy what was saved, it is compared with what was saved."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from m1tui.clock import run as run_clock
from m1tui.engine.instrument import Instrument
from m1tui.errors import NotAllowed
from m1tui.facts import Outcome, Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.events import StepDoubted, StepJudged
from m1tui.procedures.findings import attention
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import changed_lines
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.recording import read_run
from m1tui.procedures.rules import faults
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure, Step, When
from m1tui.procedures.stakes import DONE_BEFORE, LEFT_BEGUN, LEFT_OFF, LEFT_UNSAVED, endangered
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.resources import screens_folder
from m1tui.store import Store
from m1tui.store.records import RunRecord
from m1tui.store.report.facts import summary_lines
from m1tui.sysex import Program
from m1tui.virtual.card import Card
from m1tui.virtual.machine import VirtualM1
from tests.advised import raises
from tests.engine.bench import MeddledLink, open_m1
from tests.procedures.examples import GOOD, all_done, closed, compared, go_to, procedure, step
from tests.procedures.people import Decided
from tests.procedures.rehearsals import Rehearsal, built_in, stages_of, twin

LOSES = "what is in the memory is lost"
FILES = sorted(path.stem for path in screens_folder().glob("*.toml"))


def at_step(folder: Path, name: str, step_id: str) -> tuple[Run, VirtualM1]:
    """A rehearsal up to a step, and its M1, on which nothing of that step was done."""
    stage = stages_of(Rehearsal(name), folder)[step_id]
    return stage.run, twin(stage.machine)


def looked(run: Run, machine: VirtualM1, folder: Path, person: Rehearser | None = None) -> Run:
    """The run after the program compared what its step can destroy."""

    async def compare() -> Run:
        await asyncio.sleep(machine.board.now)
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(folder), person or Rehearser())
            event = await performer.compare_first(run)
            return run if event is None else run.after(event)

    return run_clock(compare())


def rewritten(machine: VirtualM1, number: int) -> None:
    """Somebody writes a program on the panel."""
    programs = list(machine.memory.programs)
    programs[number] = Program(b"MY SOUND  " + programs[number].raw[10:])
    board = machine.board
    board.memory = replace(board.memory, programs=tuple(programs))


def of_another(machine: VirtualM1) -> None:
    """Somebody puts another card of the same format into the slot."""
    assert machine.card is not None
    machine.remove_card()
    assert machine.spare_card is not None
    contents = machine.spare_card.contents
    first, *rest = contents.programs or ()
    other = contents.replace(programs=(*rest, first))
    machine.insert_card(replace(machine.spare_card, contents=other))


def song_recorded(machine: VirtualM1) -> None:
    """Somebody records on a track of the selected song."""
    machine.press("SEQ REC START/STOP")
    machine.advance(machine.board.now + 3)
    machine.key_down(60, 100)
    machine.advance(machine.board.now + 1)
    machine.key_up(60)
    machine.press("START/STOP")


# What is compared, and when


def test_nothing_is_done_at_a_step_before_what_it_can_destroy_was_compared() -> None:
    run = go_to(Run.begin(_saving("open", "hands")), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = run.after(run.next())
    assert run.owes_comparison
    with raises(NotAllowed, "compare-first"):
        run.tick()
    compared_run = compared(run)
    assert not compared_run.owes_comparison
    assert compared_run.after(compared_run.tick()).current_state.mark is Mark.BY_HAND


def test_what_was_agreed_to_be_lost_is_not_compared() -> None:
    run = go_to(Run.begin(_saving("open", "hands")), "save")
    run = run.after(run.override("not needed here", consent="LOSE IT"))
    run = run.after(run.next())
    assert not run.owes_comparison


def test_a_difference_opens_the_backup_again_and_the_step_waits_for_it() -> None:
    run = go_to(Run.begin(_saving("open", "hands")), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()), passed=False)
    assert run.state("save").mark is Mark.OPEN
    assert [one.id for one in run.unmet] == ["save"]
    again = run.after(run.to_open())
    assert again.current.id == "save"
    again = again.after(again.judge((GOOD,), backup="/files/b.syx"))
    again = again.after(again.next())
    assert again.owes_comparison, "it was saved again, and what came after that is not known"


def test_a_step_that_is_entered_again_is_compared_again_unless_it_was_begun() -> None:
    run = go_to(Run.begin(_saving("open", "check", checks=("answers",))), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    left = run.after(run.back())
    assert left.after(left.next()).owes_comparison
    tried = run.after(run.judge((Verdict(None, "silent", name="answers"),)))
    tried = tried.after(tried.back())
    assert not tried.after(tried.next()).owes_comparison


def _done_after_saving() -> Run:
    """A run in which the step after the backup was done by hand."""
    run = go_to(Run.begin(_saving("open", "hands", step("last", "hands"))), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    return run.after(run.tick())


def test_a_step_that_was_skipped_and_is_then_done_is_compared_first() -> None:
    run = go_to(Run.begin(_saving("open", "hands")), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    run = run.after(run.override("the bench is needed"))
    run = run.after(run.back())
    run = run.after(run.next())
    run = run.after(run.retry())
    assert run.owes_comparison, "it was never done: what was saved is still there to be lost"
    assert not run.destroys_again


def test_a_step_by_which_the_program_sets_what_it_has_read_destroys_nothing_again() -> None:
    run = all_done(Run.begin(built_in("tune")), "set")
    assert not run.after(run.retry()).destroys_again


def test_a_step_that_is_done_again_says_that_it_destroys_what_was_written_since() -> None:
    run = _done_after_saving()
    assert not run.destroys_again
    again = run.after(run.retry())
    assert not again.owes_comparison, "what was saved is gone by the first time"
    assert again.destroys_again
    left = run.after(run.next())
    assert left.after(left.back()).destroys_again, "hands may do it before the program is asked"


def test_a_step_that_is_done_again_after_another_backup_is_compared_with_that() -> None:
    run = _done_after_saving()
    run = run.after(run.back())
    run = run.after(run.retry())
    run = run.after(run.judge((GOOD,), backup="/files/b.syx"))
    run = run.after(run.next())
    run = run.after(run.retry())
    assert run.owes_comparison
    assert not run.destroys_again


def _left_after_failing(word: str, bank: str) -> Run:
    """A run that was left after a step that can destroy was tried once, and failed."""
    chosen = procedure(
        step("save", "backup", loses=LOSES, bank=bank),
        step("open", "check", needs=("save",), endangers=(word,), checks=("answers",)),
        step("last", "hands"),
    )
    run = go_to(Run.begin(chosen), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    run = run.after(run.judge((Verdict(False, "refused", name="answers"),)))
    assert not run.owes_comparison
    assert not run.dangers
    return run.resumed()


def test_a_card_is_compared_again_where_a_run_was_left_after_a_step_that_failed() -> None:
    run = _left_after_failing("card", "card")
    assert run.owes_comparison
    assert not run.dangers, "the program compares it, so nobody need save it again"


def test_where_a_begun_step_was_left_it_warns_of_what_was_written_since() -> None:
    run = _left_after_failing("all", "internal")
    assert not run.owes_comparison, "the step may have destroyed it"
    assert run.dangers == (LEFT_BEGUN,)
    elsewhere = run.after(run.back())
    assert not elsewhere.dangers


def _opening() -> Procedure:
    """A procedure that saves, switches off and works inside."""
    return procedure(
        step("save", "backup", loses=LOSES),
        step(
            "unplug",
            "hands",
            needs=("save",),
            endangers=("all",),
            checks=("silent",),
            claims=("M1 = silent",),
        ),
        step("inside", "hands"),
    )


def _opened(*, alarmed: bool = False) -> Run:
    """A run in which the M1 was found to be off, at the step after that."""
    run = go_to(Run.begin(_opening()), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    run = run.after(run.judge((Verdict(True, "silent", name="silent"),)))
    run = run.after(run.next())
    if alarmed:
        run = run.after(StepDoubted(step="unplug", why="The M1 is on."))
    return run


def test_a_run_that_was_left_while_the_m1_is_off_warns_of_what_was_written_since() -> None:
    run = _opened()
    assert not run.dangers
    resumed = run.resumed()
    assert resumed.dangers == (LEFT_OFF,)
    done = resumed.after(resumed.back())
    assert done.dangers == (DONE_BEFORE,)


def test_a_run_that_was_left_where_the_silence_was_skipped_warns_too() -> None:
    run = go_to(Run.begin(_opening()), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = compared(run.after(run.next()))
    run = run.after(run.override("it cannot be asked"))
    run = run.after(run.next()).resumed()
    assert run.current.id == "inside"
    assert run.dangers == (LEFT_OFF,)


def test_where_the_backup_was_skipped_a_left_run_speaks_of_no_backup_to_make_again() -> None:
    run = go_to(Run.begin(_opening()), "save")
    run = run.after(run.override("no time for it", consent="LOSE IT"))
    run = run.after(run.next())
    run = run.after(run.judge((Verdict(True, "silent", name="silent"),)))
    assert run.resumed().dangers == (LEFT_UNSAVED,)
    run = run.after(run.next()).resumed()
    assert run.current.id == "inside"
    assert run.dangers == (LEFT_UNSAVED,)


def test_where_a_silent_m1_gave_no_backup_a_left_run_says_so_and_no_more() -> None:
    run = Run.begin(built_in("display"))
    run = run.after(run.tick(observed=(Verdict(False, "", name="answers", decides=False),)))
    assert run.marks[2] is Mark.LEFT_OUT
    off = Verdict(True, "silent", name="silent")
    states = tuple(
        replace(state, mark=Mark.SENSED, verdicts=(off,)) if one.id == "unplug" else state
        for one, state in zip(run.procedure.steps, run.states, strict=True)
    )
    run = replace(run, states=states).at("inside").resumed()
    assert run.dangers == (LEFT_UNSAVED,)


def test_where_there_was_nothing_to_save_a_left_run_says_that_it_saved_nothing() -> None:
    run = Run.begin(
        procedure(
            step("factory", "check", checks=("answers",)),
            step("save", "backup", loses=LOSES, when=When(value="factory/answers", is_="no")),
            *_opening().steps[1:],
        )
    )
    run = run.after(run.judge((Verdict(True, "nothing to save", name="answers"),)))
    run = compared(run.after(run.to_open()))
    run = run.after(run.judge((Verdict(True, "silent", name="silent"),)))
    run = run.after(run.next()).resumed()
    assert run.dangers == (LEFT_UNSAVED,)


@pytest.mark.parametrize(
    ("name", "silent", "inside"),
    [
        ("power-supply", "off-again", "repair"),
        ("panel-keys", "unplug", "replace"),
        ("sticky-keys", "off", "jiggle"),
    ],
)
def test_nobody_works_inside_where_nothing_is_at_stake_either(
    name: str, silent: str, inside: str
) -> None:
    run = all_done(Run.begin(built_in(name)), inside)
    run = run.after(run.retry())
    run = run.after(StepDoubted(step=silent, why="The M1 is on."))
    assert silent in [one.id for one in run.unmet]


def test_nobody_works_inside_an_m1_that_was_found_to_be_on() -> None:
    assert not _opened().unmet
    run = _opened(alarmed=True)
    assert [one.id for one in run.unmet] == ["unplug"]
    with raises(NotAllowed, "step-must-wait"):
        run.tick()


def test_another_program_that_goes_on_with_the_run_compares_again(tmp_path: Path) -> None:
    with Journal.begin(tmp_path, _saving("open", "hands"), port="x") as journal:
        journal.record(journal.run.judge((GOOD,), backup="/files/a.syx"))
        journal.record(journal.run.next())
        journal.record(compared(journal.run).comparisons[-1])
        assert not journal.run.owes_comparison
    with Journal.open(journal.path) as resumed:
        assert resumed.run.owes_comparison


def test_a_step_that_was_not_compared_for_want_of_an_answer_ends_proved_in_part(
    tmp_path: Path,
) -> None:
    chosen = _saving("open", "check", checks=("answers",))
    with Journal.begin(tmp_path, chosen, port="x") as journal:
        journal.record(journal.run.judge((GOOD,), backup="/files/a.syx"))
        journal.record(journal.run.next())
        journal.record(compared(journal.run, passed=None).comparisons[-1])
        journal.record(journal.run.judge((GOOD,)))
        asked = closed(journal.run).closing
        assert asked is not None
        journal.record(asked)
        assert journal.run.outcome is RunOutcome.IN_PART
    record = read_run(journal.path)
    assert record.unproved == ('the memory before "Step open" matches its backup',)
    assert any(
        "Step open" in line and "matches its backup" in line for line in summary_lines(record)
    )


WROTE = Verdict(False, "MISMATCH: 100 bytes in 1.0 s", name="restore", wrote=True)
REFUSED = Verdict(None, "nothing was written", name="restore", outcome=Outcome.REFUSED, wrote=False)
EQUAL = Verdict(True, "nothing was written", name="restore", outcome=Outcome.VERIFIED, wrote=False)


def after_restore(verdict: Verdict, *, part: str = "all", again: bool = False) -> Run:
    """A run before a step that destroys, after a restore that ended so; skipped if not proved."""
    chosen = procedure(
        step("save", "backup", loses=LOSES),
        step("from", "source"),
        step("send", "restore", part=part, needs=("from",)),
        step("open", needs=("save",), endangers=("all",)),
    )
    run = Run.begin(chosen)
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = run.after(run.next())
    run = run.after(run.judge((GOOD,), origin="/files/b.syx"))
    run = run.after(run.next())
    run = run.after(run.judge((verdict,)))
    if not verdict.passed:
        run = run.after(run.override("the cable is broken"))
    if again:
        run = run.after(run.back())
        run = run.after(run.back())
        run = run.after(run.retry())
        run = run.after(run.judge((GOOD,), backup="/files/c.syx"))
        run = run.after(run.next())
        run = run.after(run.next())
    return run.after(run.next())


def test_what_a_failed_restore_wrote_over_is_not_compared_with_the_backup_from_before_it() -> None:
    run = after_restore(WROTE)
    assert run.current.id == "open"
    assert not run.owes_comparison
    assert run.after(run.tick()).current_state.mark is Mark.BY_HAND
    assert run.state("save").mark is Mark.SENSED


def test_a_restore_that_sent_nothing_leaves_the_comparison_with_the_backup() -> None:
    assert after_restore(REFUSED).owes_comparison


def test_a_restore_of_what_was_there_already_leaves_the_comparison_with_the_backup() -> None:
    assert after_restore(EQUAL).owes_comparison


def test_what_a_failed_restore_did_not_write_over_is_still_compared() -> None:
    run = after_restore(WROTE, part="programs")
    assert run.owes_comparison
    (stake,) = run.stakes
    assert {one.value for one in stake.parts} == {"combinations", "global", "sequence"}


def test_a_backup_that_was_made_after_the_failed_restore_is_compared() -> None:
    run = after_restore(WROTE, again=True)
    assert run.current.id == "open"
    assert run.owes_comparison


def _saving(step_id: str, kind: str, *more: Step, **fields: object) -> Procedure:
    return procedure(
        step("save", "backup", loses=LOSES),
        step(step_id, kind, needs=("save",), endangers=("all",), **fields),
        *more,
    )


# On the instrument


@pytest.mark.parametrize(
    ("name", "step_id", "change"),
    [
        ("internal-battery", "unplug", lambda m1: rewritten(m1, 5)),
        ("initialise", "hold-keys", lambda m1: rewritten(m1, 5)),
        ("memory-allocation", "to-50", lambda m1: rewritten(m1, 60)),
        ("sequencer-free", "to-50", lambda m1: rewritten(m1, 60)),
        ("card-load", "load", lambda m1: rewritten(m1, 5)),
        ("erase-song", "erase", song_recorded),
        ("erase-track", "erase", song_recorded),
        ("songs-from-card", "load", song_recorded),
        ("record", "program-1", song_recorded),
        ("ram-card-battery", "slide-out", of_another),
        ("card-format", "format", of_another),
        ("card-save", "save", of_another),
    ],
)
def test_what_was_changed_after_the_backup_is_seen_before_it_is_destroyed(
    tmp_path: Path, name: str, step_id: str, change: Callable[[VirtualM1], None]
) -> None:
    answers = (("wanted", "50PROG/50COMBI/7700SEQ"),) if name == "memory-allocation" else ()
    stage = stages_of(Rehearsal(name, answers=answers, scenario=_SCENARIO.get(name, "")), tmp_path)
    run, machine = stage[step_id].run, twin(stage[step_id].machine)
    assert run.owes_comparison
    same = looked(run, twin(machine), tmp_path)
    assert not same.owes_comparison
    assert same.comparisons[-1].verdicts[0].passed is True
    change(machine)
    differs = looked(run, machine, tmp_path)
    (verdict,) = differs.comparisons[-1].verdicts
    assert verdict.passed is False
    assert verdict.advice is not None
    assert verdict.advice.code == "changed-since-backup"
    assert differs.unmet
    saving = differs.after(differs.to_open())
    assert saving.current.kind == "backup"
    assert verdict.advice.happened in saving.current_state.doubt
    (line,) = changed_lines(saving)
    assert line == f"CHANGED: {verdict.advice.happened} {verdict.advice.safe}"
    assert "is unchanged: it still contains what was " in line
    assert changed_lines(same) == ()


_SCENARIO = {"memory-allocation": "healthy"}


def test_only_what_the_step_can_destroy_is_read(tmp_path: Path) -> None:
    run, machine = at_step(tmp_path, "sequencer-free", "to-50")
    song_recorded(machine)
    assert not looked(run, machine, tmp_path).unmet, "songs survive 50/50"
    rewritten(machine, 60)
    assert looked(run, machine, tmp_path).unmet


def test_songs_that_the_procedure_itself_has_filled_are_not_taken_for_lost(tmp_path: Path) -> None:
    run, _ = at_step(tmp_path, "sequencer-free", "to-100")
    assert run.state("fill").mark is Mark.SENSED
    assert not run.owes_comparison


def test_a_card_left_out_of_the_backup_is_asked_for_again(tmp_path: Path) -> None:
    rehearsal = Rehearsal("ram-card-battery")
    machine = rehearsal.machine(rehearsal.procedure)
    machine.remove_card()
    full = machine.spare_card
    assert full is not None
    machine.spare_card = Card.unformatted()

    async def up_to_the_cell() -> Run:
        run = Run.begin(rehearsal.procedure)
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            event = (await performer.perform(run, hands=True)).event(run)
            assert event is not None
            run = run.after(event)
        return run.after(run.next())

    run = run_clock(up_to_the_cell())
    assert run.current.id == "slide-out"
    assert run.owes_comparison
    assert not looked(run, twin(machine), tmp_path).owes_comparison
    machine.remove_card()
    machine.insert_card(full)
    swapped = looked(run, machine, tmp_path)
    assert swapped.state("insert").mark is Mark.OPEN


def test_an_m1_that_gives_no_answer_is_compared_only_if_the_person_does_not_insist(
    tmp_path: Path,
) -> None:
    run, machine = at_step(tmp_path, "internal-battery", "unplug")
    machine.power_off()
    waits = looked(run, machine, tmp_path, Decided(agrees=False))  # type: ignore[arg-type]
    assert waits.owes_comparison
    agreed = looked(run, machine, tmp_path, Decided(agrees=True))  # type: ignore[arg-type]
    assert not agreed.owes_comparison
    assert agreed.comparisons[-1].verdicts[0].passed is None


def test_a_backup_whose_file_is_gone_is_said_and_asked_about(tmp_path: Path) -> None:
    run, machine = at_step(tmp_path, "erase-song", "erase")
    Path(run.state("backup").backup).unlink()
    person = Decided(agrees=False)
    assert looked(run, machine, tmp_path, person).owes_comparison  # type: ignore[arg-type]
    ((title, *lines),) = person.asked
    assert title == "Continue without comparing with the backup?"
    assert any("cannot be restored" in line for line in lines)


# What a file says


@pytest.mark.parametrize("file", FILES)
def test_what_a_built_in_procedure_destroys_is_compared_before(file: str) -> None:
    chosen = built_in(file)
    words = endangered(chosen)
    for index, one in enumerate(chosen.steps):
        saved = [chosen.step(name) for name in one.needs if chosen.step(name).kind == "backup"]
        if saved and one.kind in ("hands", "keys") and saved[0].loses and not words[index]:
            before = [other for other in range(index) if words[other]]
            after = [other for other in range(index, len(words)) if words[other]]
            assert before or after, one.id


def test_in_a_procedure_that_says_nothing_the_first_step_that_needs_a_backup_counts() -> None:
    chosen = procedure(
        step("save", "backup", loses=LOSES),
        step("look"),
        step("open", needs=("save",)),
        step("close", needs=("save",)),
    )
    assert endangered(chosen) == ((), (), ("all",), ())
    run = go_to(Run.begin(chosen), "save")
    run = run.after(run.judge((GOOD,), backup="/files/a.syx"))
    run = run.after(run.next())
    run = run.after(run.tick())
    assert run.after(run.next()).owes_comparison


def test_a_word_that_nothing_saved_is_a_fault_of_the_file() -> None:
    chosen = procedure(
        step("save", "backup", part="sequence", loses=LOSES),
        step("open", endangers=("all", "cards")),
    )
    found = [one.text for one in faults(chosen) if one.field == "endangers"]
    assert any('"cards" is not a part of the memory' in text for text in found)
    assert any('no earlier step saves "programs"' in text for text in found)
    right = msgspec.structs.replace(chosen.steps[1], endangers=("sequence",))
    fine = msgspec.structs.replace(chosen, steps=(chosen.steps[0], right))
    assert not [one for one in faults(fine) if one.field == "endangers"]


# A program that is ended while it writes

RESTORE_CUT = (
    "In this step the program was cut off while it was writing to the M1, or was about to: part of "
    "it may have been written. The backup of this run contains what was in the M1 before. Do the "
    "step again: the program then checks what is in the M1."
)
TUNE_CUT = (
    "In this step the program was cut off while it was changing the M1's settings, or was about to "
    "change them: some of them may have been changed. The backup of this run contains what was "
    "in the M1 before. Do the step again: the program then checks these settings."
)
PROBE_CUT = (
    "In this step the program was cut off while it was checking the memory protects. It only "
    "writes back what is there, so nothing should have changed. Do the step again: the program "
    "then asks the M1 again."
)


GLOBAL_DUMP = b"\x42\x30\x19\x51"


def cut_off(folder: Path, after: str = "") -> tuple[Run, RunRecord]:
    """A run of "tune" that was killed while it wrote, and went on; its record.

    `after` says what another hand then did: "pedal" changes another setting, "skip" skips.
    """
    machine = open_m1()
    data = machine.memory.global_data.replace(master_tune=12, key_transpose=5)
    machine.board.change_global(data)
    killed: list[asyncio.Task[object]] = []

    def wire(data: bytes) -> bytes:
        if killed and GLOBAL_DUMP in data:
            killed.pop().cancel()
            return b""
        return data

    link = MeddledLink(machine, outgoing=wire)

    async def whole() -> tuple[Run, RunRecord]:
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(folder), Rehearser())
            begun = Journal.begin(folder / "journals", built_in("tune"), port="virtual:x")
            with begun as journal, contextlib.suppress(asyncio.CancelledError):
                task: asyncio.Task[object] = asyncio.create_task(run_auto(journal, performer))
                killed.append(task)
                await task
            assert machine.memory.global_data.master_tune == 0, "the first half is written"
            assert machine.memory.global_data.key_transpose == 5
            with Journal.open(begun.path) as journal:
                assert journal.run.current.id == "set"
                assert not journal.run.owes_comparison, "its own write is no change by others"
                assert journal.run.dangers == (TUNE_CUT,)
                if after == "pedal":
                    now = machine.memory.global_data
                    machine.board.change_global(
                        now.replace(damper_polarity=1 - now.damper_polarity)
                    )
                if after == "skip":
                    journal.record(journal.run.override("there is no time"))
                    journal.record(await performer.ask_again(journal.run))
                else:
                    await run_auto(journal, performer)
                return journal.run, read_run(begun.path)

    return run_clock(whole())


def test_a_write_that_was_cut_off_is_no_change_by_others_and_is_done_again(tmp_path: Path) -> None:
    run, _ = cut_off(tmp_path)
    assert run.state("set").mark is Mark.SENSED
    assert run.outcome is RunOutcome.VERIFIED
    assert run.changed == ()
    assert run.dangers == ()
    assert attention(run) == ()


def test_what_others_changed_while_a_write_was_cut_off_is_seen_all_the_same(tmp_path: Path) -> None:
    run, _ = cut_off(tmp_path, "pedal")
    (bad,) = run.state("set").deciding
    assert bad.passed is False
    assert bad.advice is not None
    assert bad.advice.code == "other-settings-changed"


def test_a_write_that_was_cut_off_and_skipped_is_said_at_the_end(tmp_path: Path) -> None:
    run, record = cut_off(tmp_path, "skip")
    assert run.outcome is RunOutcome.IN_PART
    (said,) = attention(run)
    assert said == (
        '"Set the M1 to 440 Hz": the program was cut off while it was changing the M1\'s settings, '
        "or was about to change them: some of them may have been changed. The step "
        "was not proved after that."
    )
    assert f"Attention: {said}" in tuple(summary_lines(record))


def test_a_check_of_the_protects_that_was_cut_off_reads_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(place: str) -> None:
        raise AssertionError(f"{place} was read")

    monkeypatch.setattr("m1tui.procedures.perform.load_origin", read)
    check = step("protects", "check", checks=("memory-unprotected",))
    run = Run.begin(procedure(step("save", "backup"), check))
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="first.syx"))
    run = run.at("protects")
    run = run.after(run.begin_write()).resumed()
    assert run.is_cut

    async def main() -> bool | None:
        async with Instrument(VirtualLink(open_m1(), baud=0)) as instrument:
            result = await Performer(instrument, Store(tmp_path), Rehearser()).perform(run)
            return result.verdicts[0].passed

    assert run_clock(main())


def test_a_restore_that_was_cut_off_says_so_where_the_run_goes_on(tmp_path: Path) -> None:
    run = Run.begin(built_in("dump-from-computer")).at("backup")
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="first.syx"))
    run = run.at("send")
    run = run.after(run.begin_write()).resumed()
    assert run.dangers == (RESTORE_CUT,)
    sent = Verdict(True, "VERIFIED", name="restore", outcome=Outcome.VERIFIED, wrote=True)
    judged = run.after(StepJudged(step="send", verdicts=(sent,)))
    assert judged.dangers == ()
    assert not judged.begun


def test_of_a_restore_to_a_card_that_was_cut_off_the_card_is_named() -> None:
    to_card = msgspec.structs.replace(step("send", "restore", source="x"), bank="card")
    saving = step("save", "backup")
    run = Run.begin(procedure(saving, to_card))
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="first.syx"))
    run = run.at("send")
    run = run.after(run.begin_write()).resumed()
    assert run.dangers == (
        "In this step the program was cut off while it was writing to the card, or was about to: "
        "part of it may have been written. Do the step again: the program then checks "
        "what is on the card.",
    )


@pytest.mark.parametrize("name", ["memory-unprotected", "memory-protected"])
def test_a_check_of_the_protects_that_was_cut_off_is_not_said_to_have_changed_anything(
    name: str,
) -> None:
    saving = step("save", "backup")
    run = Run.begin(procedure(saving, step("protects", "check", checks=(name,))))
    run = run.after(run.judge((Verdict(True, "read twice", name="backup"),), backup="first.syx"))
    run = run.at("protects")
    run = run.after(run.begin_write()).resumed()
    assert run.dangers == (PROBE_CUT,)
    (said,) = attention(run.after(run.override("there is no time")))
    assert said == (
        '"Step protects": the program was cut off while it was checking the memory protects. It '
        "only writes back what is there, so nothing should have changed. The step was not proved "
        "after that."
    )
