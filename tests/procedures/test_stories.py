"""Mistakes that once ended in a false tick: each is played again, and is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.app.run.procedure import hints_of
from m1tui.app.run.views import StepNow, step_view
from m1tui.clock import run as run_clock
from m1tui.engine.instrument import Instrument
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import Origin, loss_lines
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.watching import Watching
from m1tui.store import Store
from m1tui.sysex import Allocation, BankDump, CardFormat, Contents, ModeData, Part, Sequence
from m1tui.virtual.card import Card
from m1tui.virtual.demo import demo_contents
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from tests.procedures.rehearsals import Memo, Rehearsal, built_in, go_on, stages_of

LISTENS_AFTER = 0.6
"""Seconds after Enter until the program listens."""


class Choosing(Rehearser):
    """Somebody who takes the sounds from a file."""

    def __init__(self, file: Path | None, answers: Mapping[str, str] | None = None) -> None:
        super().__init__(answers)
        self._file = file

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """Choose that file."""
        if self._file is None:
            return await super().choose_origin(offered)
        return Origin.of_file(self._file)


def stage(
    folder: Path, procedure: str, step: str, scenario: str = "", **answers: str
) -> tuple[Run, VirtualM1]:
    """A rehearsal that was done well up to a step, and the M1 as it then is."""
    rehearsal = Rehearsal(procedure, scenario, tuple(answers.items()))
    one = stages_of(rehearsal, folder)[step]
    return one.run, one.machine


def after(
    run: Run,
    machine: VirtualM1,
    folder: Path,
    *acts: str,
    person: Rehearser | None = None,
    faults: FaultPlan | None = None,
) -> Run:
    """The run after its step was performed by somebody who did `acts` for it."""

    async def performed() -> Run:
        await asyncio.sleep(machine.board.now)
        link = VirtualLink(machine, baud=0, faults=faults)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(folder), person or Rehearser())
            first = await performer.compare_first(run) if run.owes_comparison else None
            begun = run if first is None else run.after(first)
            if not performer.listens(begun.current):
                for act in acts:
                    await link.rehearsal.perform(act)
                event = (await performer.perform(begun)).event(begun)
                return begun.after(event) if event is not None else begun
            task = asyncio.create_task(performer.perform(begun))
            await asyncio.sleep(LISTENS_AFTER)
            for act in acts:
                await link.rehearsal.perform(act)
            event = (await task).event(begun)
            return begun.after(event) if event is not None else begun

    return run_clock(performed())


def back_to(run: Run, step: str) -> Run:
    """The run standing at an earlier step again."""
    while run.current.id != step:
        run = run.after(run.back())
    return run


def test_a_card_that_was_not_formatted_is_not_empty(tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "card-format", "protects-off")
    assert run.state("ask").verdicts[-1].passed, "the M1 has said that something is on the card"
    assert run.state("backup").backup, "so it was saved, whatever anybody answers"
    ticked = after(run, machine, tmp_path)
    refused = after(ticked.after(ticked.next()), machine, tmp_path, "press GLOBAL 9 + DOWN G G")
    assert refused.current.id == "format"
    assert refused.current_state.mark is Mark.OPEN
    assert refused.outcome is RunOutcome.MISMATCH


@pytest.mark.parametrize("choice", ["100PROG/100COMBI", "50PROG/50COMBI/4200SEQ", "7700STEP"])
def test_no_step_says_that_a_card_is_formatted_whose_formatting_was_skipped(choice: str) -> None:
    formatted = [step for step in built_in("card-format").steps if step.kind == "question"]
    told = [one for one in formatted if one.when and str(one.when.is_).startswith(choice)]
    assert told
    for step in told:
        assert "The card is formatted" not in step.text
        assert f"formatted {choice}" in step.text


def two_files(folder: Path) -> tuple[Path, Path]:
    """Two files of all data: what is in the M1, and the same with its programs turned round."""
    bank = demo_contents()
    turned = bank.replace(programs=(bank.programs or ())[::-1])
    files = (folder / "a.syx", folder / "b.syx")
    for file, contents in zip(files, (bank, turned), strict=True):
        file.write_bytes(BankDump.of(contents, Part.ALL).encode())
    return files


def test_another_file_is_not_sent_by_the_tick_of_the_first(tmp_path: Path) -> None:
    first, second = two_files(tmp_path)
    run, machine = stage(tmp_path, "dump-from-computer", "source")
    run = after(run, machine, tmp_path, person=Choosing(first))
    run = after(run.after(run.next()), machine, tmp_path)
    assert run.state("send").mark is Mark.SENSED
    again = back_to(run, "source")
    again = again.after(again.retry())
    other = after(again, machine, tmp_path, person=Choosing(second))
    assert other.state("send").mark is Mark.OPEN
    assert "has changed since" in other.state("send").doubt
    sent = after(other.after(other.next()), machine, tmp_path)
    assert sent.state("send").mark is Mark.SENSED
    assert machine.contents.programs == (demo_contents().programs or ())[::-1]


def test_what_was_refused_of_one_file_is_not_said_of_the_next(tmp_path: Path) -> None:
    first, second = two_files(tmp_path)
    run, machine = stage(tmp_path, "dump-from-computer", "source")
    run = after(run, machine, tmp_path, person=Choosing(first))
    machine.press("GLOBAL 6 + + + UP G")
    refused = after(run.after(run.next()), machine, tmp_path)
    assert refused.state("send").mark is Mark.OPEN
    again = back_to(refused, "source")
    again = again.after(again.retry())
    same = after(again, machine, tmp_path, person=Choosing(first))
    assert same.state("send").verdicts, "the same file has the same answer"
    again = same.after(same.retry())
    other = after(again, machine, tmp_path, person=Choosing(second))
    assert not other.state("send").verdicts
    assert "has changed since" in other.state("send").doubt


SENDING = ("dump-from-computer", "used-m1", "internal-battery")
"""Procedures whose step that sends says what happens after a failure."""


@pytest.mark.parametrize("procedure", SENDING)
def test_a_step_that_sends_says_that_the_program_has_sent_more_slowly_itself(
    procedure: str,
) -> None:
    (step,) = (one for one in built_in(procedure).steps if one.kind == "restore")
    text = " ".join(step.text.split())
    assert "the program sends it again automatically" in text
    assert "then send all of it again with r" in text


def test_a_transfer_that_failed_was_sent_more_slowly_before_anybody_retries(tmp_path: Path) -> None:
    _, file = two_files(tmp_path)
    run, machine = stage(tmp_path, "dump-from-computer", "source")
    run = after(run, machine, tmp_path, person=Choosing(file))
    losing = FaultPlan([Fault.parse("in:lost-byte=0.01")], seed=1)
    failed = after(run.after(run.next()), machine, tmp_path, faults=losing)
    assert failed.current_state.failed
    tried = " ".join(failed.current_state.evidence)
    assert "with pacing 256:60" in tried


def test_nobody_is_asked_what_the_m1_has_said_of_its_allocation(tmp_path: Path) -> None:
    run, _ = stage(tmp_path, "sequencer-free", "programs")
    steps = zip(run.procedure.steps, run.marks, strict=True)
    assert {mark for step, mark in steps if step.kind == "question"} == {Mark.LEFT_OUT}
    assert run.values["ask/allocation-100"] == "yes"
    assert run.current.from_ == "backup"


def test_up_and_g_on_the_page_of_the_allocation_raise_an_alarm(tmp_path: Path) -> None:
    procedure = built_in("internal-battery")
    run, machine = stage(tmp_path, "internal-battery", "write-down-memory")

    async def watched() -> Run:
        await asyncio.sleep(machine.board.now)
        link = VirtualLink(machine, baud=0)
        with Journal.begin(tmp_path / "journals", procedure, port="virtual:x") as journal:
            async with Instrument(link) as instrument:
                watching = Watching(journal)
                await watching.look(instrument)
                await link.rehearsal.press("GLOBAL 6 + + + UP G")
                await watching.look(instrument)
            return journal.run

    (alarm,) = run_clock(watched()).alarms
    assert alarm.advice.code == "allocation-changed-by-hand"
    assert alarm.lost == "programs and combinations 50 to 99"
    assert "This run has no backup of them" in alarm.advice.safe
    assert run.current.fields


def test_a_send_refused_for_its_allocation_leads_to_the_step_that_sets_it(tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "internal-battery", "restore", allocation="50/50")
    assert run.state("allocation").mark is Mark.SENSED
    refused = after(run, machine, tmp_path)
    (verdict,) = refused.current_state.verdicts
    assert verdict.advice is not None
    assert verdict.advice.next_step == (
        'Go back with b to step 5, "Write down protects and allocation", and change the allocation '
        'to 100/100 with r; then do step 24, "Put the allocation back as it was", again. Or choose '
        'a file for 50/50 at step 25, "Choose where the sounds come from".'
    )
    assert verdict.values == ()
    corrected = back_to(refused, "write-down-memory")
    settings = dict(corrected.current_state.values) | {"allocation": "100/100"}
    corrected = corrected.after(corrected.retry())
    corrected = corrected.after(corrected.write_down(settings))
    while corrected.current.id != "allocation":
        corrected = corrected.after(corrected.next())
    memo = Memo(corrected)
    look_around(memo, machine, "GLOBAL 6 + + + DOWN G")
    assert memo.run.alarms == ()
    again = after(memo.run, machine, tmp_path)
    sent = after(again.after(again.next()).at("restore"), machine, tmp_path)
    assert sent.current_state.mark is Mark.SENSED


def look_around(memo: Memo, machine: VirtualM1, keys: str) -> None:
    """Look at the M1 before and after somebody presses `keys`."""

    async def watched() -> None:
        await asyncio.sleep(machine.board.now)
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            watching = Watching(memo)  # type: ignore[arg-type]
            await watching.look(instrument)
            machine.press(keys)
            await watching.look(instrument)

    run_clock(watched())


def test_an_allocation_changed_by_hand_at_a_refused_send_is_proved_no_longer(
    tmp_path: Path,
) -> None:
    run, machine = stage(tmp_path, "internal-battery", "restore", allocation="50/50")
    memo = Memo(after(run, machine, tmp_path))
    look_around(memo, machine, "GLOBAL 6 + + + DOWN G")
    (alarm,) = memo.run.alarms
    assert "expected 50/50, found 100/100" in alarm.advice.happened
    assert 'b to step 5, "Write down protects and allocation"' in alarm.advice.next_step
    assert alarm.lost == ""
    assert [step.id for step in memo.run.unmet] == ["allocation"]


def test_songs_that_the_backup_contains_are_not_called_lost_when_the_allocation_is_set_back(
    tmp_path: Path,
) -> None:
    """The memory survived the change of the cell, and the run itself went to 50/50."""
    run, machine = stage(tmp_path, "internal-battery", "restore", allocation="50/50")
    machine.board.memory = Memory.of(demo_contents()).reallocated(Allocation.LARGE_SEQUENCE)
    memo = Memo(run)
    look_around(memo, machine, "GLOBAL 6 + + + DOWN G")
    (alarm,) = memo.run.alarms
    assert alarm.advice.code == "allocation-set-back"
    assert "This run's backup contains it" in alarm.advice.safe
    assert loss_lines(memo.run) == ()


class Careful(Choosing):
    """Somebody who takes that file, and says No to every question; they are kept."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.asked: list[str] = []

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Say No."""
        self.asked.append(" ".join((title, *lines)))
        return False


def small_file(folder: Path) -> Path:
    """A dump of an M1 at 50/50."""
    file = folder / "small.syx"
    small = Rehearsal("dump-from-computer", "used").machine(built_in("dump-from-computer"))
    file.write_bytes(BankDump.of(small.contents, Part.ALL).encode())
    return file


@pytest.mark.parametrize(
    "procedure", ["dump-from-computer", "initialise", "internal-battery", "used-m1"]
)
def test_a_file_that_does_not_fit_the_m1_is_asked_about_when_it_is_chosen(
    procedure: str, tmp_path: Path
) -> None:
    run, machine = stage(tmp_path, procedure, "source")
    person = Careful(small_file(tmp_path))
    left = after(run, machine, tmp_path, person=person)
    assert left.current_state.mark is Mark.OPEN
    (asked,) = person.asked
    assert asked.startswith("This file does not fit the M1 now. Choose it anyway?")
    assert "for memory allocation 50/50, but the M1 is set to 100/100" in asked
    fits = Careful(tmp_path / "large.syx")
    (tmp_path / "large.syx").write_bytes(BankDump.of(machine.contents, Part.ALL).encode())
    assert after(run, machine, tmp_path, person=fits).current_state.mark is Mark.SENSED
    assert fits.asked == []


def test_nobody_is_asked_whether_a_file_is_to_be_written_that_will_be_refused(
    tmp_path: Path,
) -> None:
    file = small_file(tmp_path)
    run, machine = stage(tmp_path, "used-m1", "source")
    chosen = after(run, machine, tmp_path, person=Choosing(file))
    assert chosen.current_state.mark is Mark.SENSED, "it was chosen all the same"
    before, person = machine.contents, Careful(file)
    refused = after(chosen.after(chosen.next()), machine, tmp_path, person=person)
    assert person.asked == []
    (verdict,) = refused.current_state.verdicts
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.advice is not None
    assert verdict.advice.code == "file-for-other-allocation"
    assert machine.contents == before
    hints = hints_of(step_view(refused, StepNow()))
    assert hints[:2] == (("b", "back"), ("Enter", "send again"))


def test_an_m1_that_is_set_right_just_before_it_is_sent_to_is_asked_about_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody at the panel is quicker than the program, which has found a file unfit."""
    run, machine = stage(tmp_path, "used-m1", "source")
    chosen = after(run, machine, tmp_path, person=Choosing(small_file(tmp_path)))
    told = Instrument.ask_mode

    async def then_changed(instrument: Instrument) -> ModeData:
        found = await told(instrument)
        if found.allocation is Allocation.LARGE_PROGRAM:
            machine.press("GLOBAL 6 + + + UP G")
        return found

    monkeypatch.setattr(Instrument, "ask_mode", then_changed)
    sent = after(chosen.after(chosen.next()), machine, tmp_path)
    (verdict,) = sent.current_state.verdicts
    assert verdict.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("lost", [False, True])
def test_a_change_that_a_refused_send_asks_for_raises_no_alarm_against_it(
    lost: bool, tmp_path: Path
) -> None:
    """No step of this procedure sets the allocation."""
    file = small_file(tmp_path)
    run, machine = stage(tmp_path, "dump-from-computer", "source")
    chosen = after(run, machine, tmp_path, person=Choosing(file))
    refused = after(chosen.after(chosen.next()), machine, tmp_path)
    (verdict,) = refused.current_state.verdicts
    assert verdict.advice is not None
    assert "Choose a file for 100/100 at step 4" in verdict.advice.next_step
    assert "press GLOBAL 6 + + + UP G, then send again" in verdict.advice.next_step
    assert "This run's backup contains them" in verdict.advice.next_step
    assert verdict.values == (("advised-allocation", "50/50"),)
    # Which words say it does not count.
    other = replace(verdict, advice=verdict.advice._replace(next_step="In other words."))
    refused = refused.after(refused.judge((other,)))
    if lost:
        machine.board.memory = Memory.initialised()
    memo = Memo(refused)
    look_around(memo, machine, "GLOBAL 6 + + + UP G")
    (alarm,) = memo.run.alarms
    assert "send the file again" in alarm.advice.next_step
    assert "press GLOBAL" not in alarm.advice.next_step
    sent = after(memo.run, machine, tmp_path)
    assert sent.current_state.mark is Mark.SENSED


@pytest.mark.parametrize(
    ("keys", "mark"), [("", Mark.OPEN), ("press GLOBAL 5 + H UP", Mark.SENSED)]
)
def test_enter_proves_no_filter_and_exclusive_proves_only_itself(
    keys: str, mark: Mark, tmp_path: Path
) -> None:
    run, machine = stage(tmp_path, "internal-battery", "midi-ready", "used")
    ready = after(run, machine, tmp_path, *filter(None, [keys]))
    assert ready.current_state.mark is mark
    assert [str(claim) for claim in run.claims] == ["filter exclusive = ENA"]
    assert not machine.settings.aftertouch


@pytest.mark.parametrize("keys", ["PROG 5 7", "PROG 5 7 UP DOWN", "PROG 0 0", "PROG UP DOWN"])
def test_another_sound_is_not_the_first_one(keys: str, tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "used-m1", "look")
    machine.press("PROG 2 0")
    looked = after(run, machine, tmp_path, f"press {keys}")
    assert looked.current_state.mark is Mark.OPEN


def test_a_cell_is_not_proved_by_enter(tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "internal-battery", "hold")
    assert after(run, machine, tmp_path).current_state.mark is Mark.OPEN
    short = after(run, machine, tmp_path, "power-off", "wait 10", "power-on")
    assert short.current_state.mark is Mark.OPEN
    assert short.current_state.failed


def test_an_m1_that_answers_is_not_unplugged(tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "internal-battery", "unplug")
    plugged = after(run, machine, tmp_path)
    assert plugged.current_state.mark is Mark.OPEN
    assert plugged.current_state.failed
    retried = after(plugged, machine, tmp_path, "power-off")
    assert retried.current_state.mark is Mark.SENSED


def test_another_transposition_is_not_proved_by_the_first(tmp_path: Path) -> None:
    run, machine = stage(tmp_path, "transpose", "set", semitones="-5")
    keys = " ".join(key for press in run.presses for key in press.keys)
    run = after(run, machine, tmp_path, f"press {keys}")
    assert run.current_state.mark is Mark.SENSED
    again = back_to(run, "how-far")
    other = again.after(again.write_down({"semitones": "12"}))
    assert other.state("set").mark is Mark.OPEN
    assert machine.memory.global_data.key_transpose == -5
    stale = after(other.after(other.next()), machine, tmp_path)
    assert stale.current_state.mark is Mark.OPEN


@pytest.mark.parametrize("pulled", [False, True], ids=["left in its slot", "pulled"])
def test_while_a_cards_cell_is_out_the_m1_is_asked_if_the_card_is_in(
    pulled: bool, tmp_path: Path
) -> None:
    run, machine = stage(tmp_path, "ram-card-battery", "new-cell")
    assert run.values["slide-out/card-present"] == "yes"
    assert run.state("slide-out").mark is Mark.BY_HAND, "nobody sees the cell"
    if pulled:
        machine.remove_card()
    run = after(run, machine, tmp_path)
    assert run.current_state.mark is Mark.BY_HAND
    assert run.current_state.said == {"card-present": "no" if pulled else "yes"}


@pytest.mark.parametrize("blank", [True, False], ids=["formatted and empty", "not formatted"])
def test_a_card_on_which_nothing_is_needs_no_comparison(blank: bool, tmp_path: Path) -> None:
    rehearsal = Rehearsal("ram-card-battery")
    machine = rehearsal.machine(rehearsal.procedure)
    machine.remove_card()
    machine.spare_card = Card.formatted(CardFormat.PROGRAMS) if blank else Card.unformatted()
    begun = Run.begin(rehearsal.procedure)
    run = run_clock(go_on(begun, machine, tmp_path, rehearsal))
    marks = dict(zip((step.id for step in run.procedure.steps), run.marks, strict=True))
    assert marks["slide-in"] is marks["out-and-in"] is Mark.LEFT_OUT
    assert marks["slide-in-empty"] is Mark.BY_HAND
    # Of a card without a format mode data does not say how its switch stands.
    assert run.outcome is (RunOutcome.VERIFIED if blank else RunOutcome.UNKNOWN)
    reasons = {why for _, why in run.left_out}
    assert "There is no backup of the card to compare with." in reasons
    assert ("The card was not formatted: nothing was on it." in reasons) is not blank
    if blank:
        (found,) = run.state("backup").deciding
        assert found.evidence == "the card is empty: there is nothing to save, and no file was made"


def test_a_backup_of_songs_only_says_nothing_of_the_sounds_that_it_did_not_read(
    tmp_path: Path,
) -> None:
    rehearsal = Rehearsal("erase-song")
    machine = rehearsal.machine(rehearsal.procedure)
    board = machine.board
    board.memory = board.memory.loaded(Contents(sequence=Sequence.empty()))
    assert not machine.contents.is_initialised
    run = run_clock(go_on(Run.begin(rehearsal.procedure), machine, tmp_path, rehearsal))
    (found,) = run.state("backup").deciding
    assert found.passed
    assert found.evidence == (
        "only the sequencer was read, and it has no songs or patterns: there is nothing to save, "
        "and no file was made"
    )
