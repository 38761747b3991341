"""Before a run ends, the instrument is asked again for what its marks rest on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from m1tui.advice import Advice
from m1tui.app.run.results import summary_view
from m1tui.clock import run as run_clock
from m1tui.engine.instrument import Instrument
from m1tui.facts import Outcome, Verdict
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.closing import AS_BACKUP, standing
from m1tui.procedures.comparing import gone
from m1tui.procedures.events import AskedAgain
from m1tui.procedures.findings import StepResult, attention, not_proved_again
from m1tui.procedures.journal import Journal, read, unfinished
from m1tui.procedures.origins import harm_of, loss_lines, saved_loss_lines
from m1tui.procedures.perform import Performer, run_auto
from m1tui.procedures.person import Rehearser
from m1tui.procedures.recording import read_run
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Option, Procedure, When
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.watching import Watching
from m1tui.store import Store
from m1tui.store.records import RunRecord
from m1tui.store.report.facts import summary_lines
from m1tui.sysex import Sequence
from m1tui.sysex.contents import init_program
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import GOOD, closed, compared, procedure, step
from tests.procedures.rehearsals import Rehearsal, built_in, stages_of, twin


class OfNothing(Rehearsal):
    """A rehearsal on an M1 whose memory is initialised."""

    def machine(self, procedure: Procedure) -> VirtualM1:
        machine = super().machine(procedure)
        machine.board.memory = Memory.initialised()
        return machine


def at_the_end(
    folder: Path, name: str, *answers: tuple[str, str], kind: type[Rehearsal] = Rehearsal
) -> tuple[Run, VirtualM1]:
    """A whole rehearsal that was not asked again yet, and its M1."""
    rehearsal = kind(name, answers=answers)
    stage = list(stages_of(rehearsal, folder).values())[-1]

    async def last() -> Run:
        await asyncio.sleep(stage.machine.board.now)
        link = VirtualLink(stage.machine, baud=0)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(folder), Rehearser(dict(answers)))
            event = (await performer.perform(stage.run, hands=True)).event(stage.run)
            assert event is not None
            return stage.run.after(event)

    return run_clock(last()), stage.machine


def asked_again(run: Run, machine: VirtualM1, folder: Path) -> Run:
    async def asked() -> Run:
        await asyncio.sleep(machine.board.now)
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            return run.after(await Performer(instrument, Store(folder), Rehearser()).ask_again(run))

    return run_clock(asked())


def edited(machine: VirtualM1) -> None:
    """Somebody transposes the M1 on its panel."""
    machine.press("GLOBAL F UP UP")


def test_a_run_is_not_over_before_the_instrument_was_asked_again() -> None:
    run = Run.begin(procedure(step("ask", "check", checks=("answers",))))
    run = run.after(run.judge((GOOD,)))
    assert run.done
    assert run.owes_closing
    assert run.outcome is None
    assert closed(run).ended
    assert closed(run).outcome is RunOutcome.VERIFIED


def test_a_step_that_was_skipped_before_an_answer_led_past_it_is_not_called_done() -> None:
    ways = (Option(label="Yes"), Option(label="No", go="last"))
    steps = (step("which", "question", options=ways), step("mid"), step("last"))
    run = Run.begin(procedure(*steps))
    run = run.after(run.choose("Yes"))
    run = run.after(run.next())
    run = run.after(run.override("no time for it"))
    run = run.after(run.back())
    run = run.after(run.retry())
    run = run.after(run.choose("No"))
    run = run.after(run.next())
    run = run.after(run.tick())
    counts = dict(summary_view(run).advice)["Steps"]
    assert counts == "1 answered, 1 by hand, 1 on a branch not taken"


def test_what_a_person_gave_up_is_named_at_the_end() -> None:
    run = Run.begin(procedure(step("ask"), step("last", gives_up="the songs in the M1")))
    run = run.after(run.tick())
    assert attention(run) == ()
    run = run.after(run.next())
    run = run.after(run.tick())
    title = run.procedure.step("last").title
    assert attention(run) == (f'"{title}": given up: the songs in the M1.',)
    assert built_in("restore-from-card").step("no-songs").gives_up


def test_a_run_of_which_nothing_can_be_asked_ends_as_it_is() -> None:
    run = Run.begin(procedure(step("hand")))
    assert run.after(run.tick()).ended


def test_a_journal_that_was_killed_before_the_last_look_is_unfinished(tmp_path: Path) -> None:
    chosen = procedure(step("ask", "check", checks=("answers",)))
    with Journal.begin(tmp_path, chosen, port="x") as journal:
        journal.record(journal.run.judge((GOOD,)))
        (left,) = unfinished(tmp_path)
        assert left.run.owes_closing
        journal.record(closed(journal.run).closing)  # type: ignore[arg-type]
    assert unfinished(tmp_path) == ()
    assert read(journal.path).run().outcome is RunOutcome.VERIFIED


def test_a_panel_edit_after_a_proved_restore_opens_the_restore_again(tmp_path: Path) -> None:
    run, machine = at_the_end(tmp_path, "dump-from-computer")
    edited(machine)
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.MISMATCH
    assert after.state("send").mark is Mark.OPEN
    assert "Asked again at the end of the run" in after.state("send").doubt
    assert after.state("look").mark is Mark.OPEN, "it needs the restore"
    assert after.state("protects-on").mark is Mark.SENSED
    assert after.after(after.to_open()).current.id == "send"


def test_what_was_left_as_it_was_proved_ends_verified_and_says_what_was_asked(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "dump-from-computer")
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.VERIFIED
    assert after.closing is not None
    assert after.closing.claims == (
        "memory = as sent",
        "filter exclusive = ENA",
        "protects = ON",
    )
    assert all(one.passed for one in after.closing.verdicts)


@pytest.mark.parametrize(
    ("name", "mistake", "opened"),
    [
        ("transpose", lambda m1: m1.press("GLOBAL + F DOWN"), "set"),
        ("memory-protect-on", lambda m1: m1.press("GLOBAL 6 + DOWN"), "protects-on"),
        ("card-format", lambda m1: m1.remove_card(), "ask"),
        ("memory-allocation", lambda m1: m1.press("GLOBAL 6 + + + UP G"), "to-100"),
    ],
)
def test_each_kind_of_claim_is_asked_again(
    name: str, mistake: Callable[[VirtualM1], None], opened: str, tmp_path: Path
) -> None:
    run, machine = at_the_end(tmp_path, name)
    assert asked_again(run, machine, tmp_path).outcome is RunOutcome.VERIFIED
    mistake(machine)
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.MISMATCH
    assert opened in [one.id for one in after.open_steps]
    assert after.closing is not None
    found = next(one.found for one in after.closing.verdicts if one.passed is False)
    skipped = after.at(opened)
    skipped = skipped.after(skipped.override("no time"))
    assert skipped.state(opened).failed
    told = " ".join(text for label, text in summary_view(skipped).advice if label == "Unproved")
    assert f"Found instead: {found}" in told


def test_memory_that_was_read_back_is_asked_for_though_a_later_comparison_was_skipped(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "internal-battery")
    last = run.current.id
    run = run.at("hold")
    run = run.after(run.retry())
    run = run.after(run.override("no time to wait for it")).at(last)
    after = asked_again(run, machine, tmp_path)
    assert after.closing is not None
    assert "memory = as sent" in after.closing.claims
    assert all(one.passed for one in after.closing.verdicts)
    assert after.outcome is RunOutcome.IN_PART
    told = dict(summary_view(after).advice)
    assert (
        "Not proved: the M1 was silent for five minutes, then it answered. Reason"
        in (told["Unproved"])
    )
    name = Path(run.state("backup").backup).name
    assert f"the memory matches its source ({name});" in told["At end"]
    edited(machine)
    closing = asked_again(run, machine, tmp_path).closing
    assert closing is not None
    assert not all(one.passed for one in closing.verdicts)


def test_what_only_hands_can_show_is_named_and_not_asked(tmp_path: Path) -> None:
    run, machine = at_the_end(tmp_path, "midi-ready")
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.VERIFIED
    assert after.closing is not None
    assert set(after.closing.not_asked) == {
        "filter program change = ENA",
        "filter aftertouch = ENA",
        "filter control = ENA",
    }


def test_an_m1_that_gives_no_answer_at_the_end_leaves_the_run_proved_in_part(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "dump-from-computer")
    machine.power_off()
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.IN_PART
    assert after.unanswered == ("memory = as sent", "filter exclusive = ENA", "protects = ON")
    assert after.closing is not None
    words = [one.word for one in after.closing.verdicts]
    assert words == ["no answer", "not asked", "not asked"]
    parts = [text for label, text in summary_view(after).advice if label in ("No answer", "")]
    assert "gave no answer about this: the memory matches its source (" in parts[0]
    assert "could not be asked about this: " in parts[1]
    assert "protect" in parts[1]
    assert after.state("send").mark is Mark.SENSED


def test_the_settings_that_were_written_down_with_exclusive_off_can_still_be_verified(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "internal-battery", ("filter-exclusive", "DIS"))
    assert not machine.settings.exclusive
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.VERIFIED
    assert after.closing is not None
    assert "memory = as sent" in after.closing.claims
    assert after.closing.not_asked[-1] == "protects = ON"
    edited(machine)
    machine.press("GLOBAL 7")
    assert asked_again(run, machine, tmp_path).state("restore").mark is Mark.OPEN


def test_a_step_that_is_done_after_the_last_look_needs_another() -> None:
    run = Run.begin(procedure(step("ask", "check", checks=("answers",))))
    run = closed(run.after(run.judge((GOOD,))))
    again = run.after(run.retry())
    again = again.after(again.judge((GOOD,)))
    assert again.owes_closing


def test_a_question_without_a_verdict_cannot_be_recorded() -> None:
    run = Run.begin(procedure(step("hand")))
    with pytest.raises(ValueError, match="1 claims and 0 verdicts"):
        run.ask_again((Claim("M1", "answers"),), ())


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("filter aftertouch = ENA", "the aftertouch filter is at ENA"),
        ("memory = as sent", "the memory matches its source"),
        ("protects = ON", "the memory protects are ON"),
        ("song 3 track 2 = erased", "song 3 track 2 is empty"),
        ("song 3 = erased", "song 3 is empty"),
        ("UP and DOWN = heard", "UP and DOWN are heard over MIDI"),
        ("file = what was in the M1", "the file contains what was in the M1"),
        ("card songs = the M1's", "the songs on the card are those of the M1"),
        ("internal songs = the card's", "the internal songs are those on the card"),
        ("panel keys = 19 of 34 heard", "the 19 panel keys that send MIDI are heard"),
        (
            "joystick = full range, and rests at its centre",
            "the joystick reaches its four ends and rests at its centre",
        ),
        (
            "power = five minutes of silence, then an answer",
            "the M1 was silent for five minutes, then it answered",
        ),
    ],
)
def test_a_claim_is_said_in_words(claim: str, said: str) -> None:
    assert said_of(Claim.parse(claim)) == said


# Songs


def watched(tmp_path: Path, name: str, at: str, *keys: str) -> Run:
    """The run after somebody pressed keys at a step, and the program looked."""
    chosen = built_in(name)
    stage = stages_of(Rehearsal(name), tmp_path)[at]

    async def looked() -> Run:
        await asyncio.sleep(stage.machine.board.now)
        link = VirtualLink(stage.machine, baud=0)
        with Journal.begin(tmp_path / "journals", chosen, port="virtual:x") as journal:
            journal.run = compared(stage.run)
            async with Instrument(link) as instrument:
                watching = Watching(journal)
                await watching.look(instrument)
                for one in keys:
                    await link.rehearsal.press(one)
                await watching.look(instrument)
            return journal.run

    return run_clock(looked())


@pytest.mark.parametrize("keys", ["SEQ REC START/STOP START/STOP", "SEQ F UP"])
def test_keys_that_may_change_a_song_raise_an_alarm_where_no_step_asks_for_them(
    keys: str, tmp_path: Path
) -> None:
    run = watched(tmp_path, "sticky-keys", "midi", keys)
    (alarm,) = run.alarms
    assert alarm.advice.code == "songs-touched"
    assert alarm.lost
    told = [text for label, text in summary_view(run).advice if label == "Attention"]
    assert told == [
        f'"{run.procedure.step("midi").title}": a song may have been changed, since START/STOP was '
        "pressed, or a value was changed, in SEQ mode. The songs were not saved before."
    ]
    assert run.losses == ()
    assert harm_of(run, ()) is None, "nobody has seen that anything was lost"


def test_a_song_that_may_have_been_changed_after_it_was_saved_is_named_at_the_end(
    tmp_path: Path,
) -> None:
    run = watched(tmp_path, "memory-allocation", "to-100", "SEQ REC START/STOP START/STOP")
    assert [one.advice.code for one in run.alarms] == ["songs-touched"]
    (told,) = [text for text in attention(run) if "a song may have been changed" in text]
    assert told.endswith(
        "They were saved before that; what may have been recorded then is in no file."
    )


@pytest.mark.parametrize(
    ("name", "at", "keys"),
    [
        ("sticky-keys", "off", "PROG 1 2"),
        ("play", "stop", "START/STOP"),
        ("record", "record-1", "SEQ REC START/STOP START/STOP"),
    ],
)
def test_keys_that_change_no_song_or_that_a_step_asks_for_raise_none(
    name: str, at: str, keys: str, tmp_path: Path
) -> None:
    assert not watched(tmp_path, name, at, keys).alarms


def test_what_a_later_step_may_have_changed_is_not_asked_for_at_the_end() -> None:
    """Else the end would ask for protects OFF though a person has just set them ON by hand."""
    later = built_in("used-m1")
    off = [index for index, step in enumerate(later.steps) if "protects = OFF" in step.claims]
    on = [index for index, step in enumerate(later.steps) if "protects = ON" in step.claims]
    assert off[0] < on[-1]
    marks = [Mark.OPEN] * len(later.steps)
    marks[off[0]] = Mark.SENSED
    values: list[dict[str, str]] = [{}] * len(later.steps)
    assert "protects" in {one.claim.subject for one in standing(later, marks, values)}
    for mark in (Mark.BY_HAND, Mark.OVERRIDDEN):
        marks[on[-1]] = mark
        assert "protects" not in {one.claim.subject for one in standing(later, marks, values)}


def test_an_m1_that_is_on_again_where_its_silence_was_proved_is_alarming(tmp_path: Path) -> None:
    chosen = built_in("internal-battery")
    stage = stages_of(Rehearsal("internal-battery"), tmp_path)["unplug"]

    async def looked() -> Run:
        await asyncio.sleep(stage.machine.board.now)
        link = VirtualLink(stage.machine, baud=0)
        with Journal.begin(tmp_path / "journals", chosen, port="virtual:x") as journal:
            journal.run = compared(stage.run)
            async with Instrument(link) as instrument:
                watching = Watching(journal)
                await watching.look(instrument)
                performer = Performer(instrument, Store(tmp_path), Rehearser())
                event = (await performer.perform(journal.run, hands=True)).event(journal.run)
                assert event is not None
                assert journal.record(event).current_state.mark is Mark.SENSED
                await watching.look(instrument)
                assert not journal.run.alarms
                await link.rehearsal.perform("power-on")
                await watching.look(instrument)
            return journal.run

    run = run_clock(looked())
    (alarm,) = run.alarms
    assert alarm.advice.code == "on-while-off"
    assert run.current_state.mark is Mark.OPEN


def test_an_m1_on_another_channel_in_seq_mode_is_known_from_the_first_look(tmp_path: Path) -> None:
    machine = scenario("healthy", channel=4)
    machine.press("SEQ")

    async def looked() -> Run:
        link = VirtualLink(machine, baud=0)
        with Journal.begin(tmp_path, built_in("internal-battery"), port="virtual:x") as journal:
            async with Instrument(link) as instrument:
                await asyncio.sleep(1)
                watching = Watching(journal)
                await watching.look(instrument)
                await link.rehearsal.press("GLOBAL 6 + + + UP G")
                await watching.look(instrument)
            return journal.run

    (alarm,) = run_clock(looked()).alarms
    assert alarm.advice.code == "allocation-changed-by-hand"


# The memory itself


@pytest.mark.parametrize("name", ["bench-test", "play"])
def test_a_song_that_was_changed_after_its_backup_opens_the_backup_again(
    tmp_path: Path, name: str
) -> None:
    run, machine = at_the_end(tmp_path, name)
    same = asked_again(run, twin(machine), tmp_path)
    assert same.closing is not None
    assert "sequence = its backup" in same.closing.claims
    assert same.outcome is not None
    machine.board.memory = replace(machine.memory, sequence=Sequence.empty())
    after = asked_again(run, machine, tmp_path)
    assert after.state("backup").mark is Mark.OPEN
    assert after.outcome is None


@pytest.mark.parametrize("name", ["memory-protect-off", "transpose"])
def test_a_run_without_a_backup_says_that_nothing_proves_the_memory(
    tmp_path: Path, name: str
) -> None:
    run, machine = at_the_end(tmp_path, name)
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.VERIFIED
    assert after.unproved == ("memory = as it was before the run",)
    assert not after.alarms


@pytest.mark.parametrize("name", ["memory-protect-off", "bench-test"])
def test_a_memory_that_is_initialised_at_the_end_is_an_alarm_that_names_the_loss(
    tmp_path: Path, name: str
) -> None:
    run, machine = at_the_end(tmp_path, name)
    machine.board.memory = replace(
        machine.memory, programs=(init_program(),) * len(machine.memory.programs)
    )
    after = asked_again(run, machine, tmp_path)
    (alarm,) = after.alarms
    assert alarm.advice.code == "initialised-at-the-end"
    assert after.losses == (alarm,)
    assert after.ended, "it may have been so before"
    (line,) = loss_lines(after)
    assert line.startswith("MISSING: all of the internal memory, if there was anything in it.")
    assert f"Noticed at {after.place_of(after.current.id)}" in line, "not lost there"


@pytest.mark.parametrize("name", ["sticky-keys", "keybed-clean"])
def test_a_memory_that_was_lost_while_the_m1_was_off_is_named_though_the_comparison_was_skipped(
    tmp_path: Path, name: str
) -> None:
    run, machine = at_the_end(tmp_path, name)
    run = run.at("memory")
    run = run.after(run.retry())
    run = run.after(run.override("no time to compare it"))
    kept = asked_again(run, twin(machine), tmp_path)
    assert not kept.alarms
    machine.board.memory = Memory.initialised()
    after = asked_again(run, machine, tmp_path)
    assert [one.advice.code for one in after.alarms] == ["initialised-at-the-end"]
    (line,) = saved_loss_lines(after)
    assert line.startswith("LOST: all of the internal memory. Noticed at ")
    assert f'"{Path(after.state("backup").backup).name}" contains what was lost' in line


def test_a_backup_of_an_initialised_memory_is_named_at_the_end_as_a_loss(tmp_path: Path) -> None:
    run, machine = at_the_end(tmp_path, "dump-to-computer", kind=OfNothing)
    assert machine.memory.programs[0].name.strip() == "Init Prog"
    after = asked_again(run, twin(machine), tmp_path)
    (alarm,) = after.alarms
    assert alarm.advice.code == "initialised-at-the-end"
    assert "no backup of what was in the memory before" in alarm.advice.safe
    assert after.losses == (alarm,)
    machine.board.memory = scenario("healthy").memory
    restored = asked_again(run, machine, tmp_path)
    assert not [one for one in restored.alarms if one.lost], "there are sounds in it again"


def test_a_run_that_began_with_an_initialised_memory_and_knows_it_is_not_alarmed(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "initialise")
    after = asked_again(run, machine, tmp_path)
    assert not after.alarms
    # Of the memory nothing is unproved; what no M1 reports was set back by hand alone.
    card = [f"card's memory protect for {what} = ON" for what in ("programs", "combinations")]
    filters = [f"filter {name} = ENA" for name in ("program change", "aftertouch", "control")]
    assert after.unproved == (
        *card,
        "card's memory protect for sequences = ON",
        "clock = INT",
        "local = ON",
        *filters,
    )
    assert after.not_again == {"settings-back": ("filter exclusive = ENA",)}


def test_a_filter_that_was_proved_before_its_keys_were_pressed_again_is_not_called_unproved(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "internal-battery")
    after = asked_again(run, machine, tmp_path)
    assert after.outcome is RunOutcome.VERIFIED
    names = ("program change", "aftertouch", "control", "exclusive")
    proved = tuple(f"filter {name} = ENA" for name in names)
    assert after.not_again == {"settings-back": proved}
    assert not [claim for claim in after.unproved if claim.startswith("filter")]
    assert "clock = INT" in after.unproved
    said = (
        'Proved earlier, but not again since step 31, "Put the MIDI settings back as '
        'they were", which sets them: the program change filter is at ENA; the aftertouch '
        "filter is at ENA; the control filter is at ENA; the exclusive filter is at ENA."
    )
    page = dict(summary_view(after).advice)
    assert page["Earlier"] == said
    assert "filter" not in page["No proof"]
    assert said in not_proved_again(after)


def test_a_filter_that_a_check_proved_in_a_failed_step_is_not_called_unproved(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "internal-battery")
    aftertouch, joystick = run.state("controls").verdicts
    back = run.state("settings-back").verdicts
    run = run.at("controls")
    run = run.after(run.retry())
    run = run.after(run.judge((aftertouch, replace(joystick, passed=False, found="nothing"))))
    run = run.after(run.override("the cap is off")).at("settings-back")
    if run.current_state.mark is not Mark.SENSED:
        run = run.after(run.judge(back))
    after = asked_again(run, machine, tmp_path)
    (said,) = not_proved_again(after)
    assert "the aftertouch filter is at ENA" in said
    assert "control" not in said
    assert "filter control = ENA" in after.unproved
    assert "filter aftertouch = ENA" not in after.unproved


def test_a_setting_that_a_later_step_proved_is_not_called_unproved_where_its_keys_were_skipped(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "external-sequencer")
    whole = run
    run = run.at("clock-back")
    run = run.after(run.retry())
    run = run.after(run.override("it was at INT already")).at("own-clock")
    if run.current_state.mark is not Mark.SENSED:
        run = run.after(run.judge(whole.state("own-clock").verdicts))
    ended = asked_again(run, machine, tmp_path)
    assert ended.outcome is RunOutcome.IN_PART
    later = (
        'Proved later, at step 11, "Prove that the M1 uses its own clock": the M1 uses its own '
        "clock (INT)."
    )
    page = dict(summary_view(ended).advice)
    assert "Unproved" not in page
    assert page["Skipped"] == (
        f'Step 10, "Select the clock". {later} Reason: it was at INT already'
    )


def test_a_skipped_step_that_can_prove_nothing_is_called_skipped_and_not_unproved() -> None:
    run = Run.begin(procedure(step("first"), step("ask", "check", checks=("answers",))))
    run = run.after(run.override("no towel"))
    run = run.at("ask")
    run = closed(run.after(run.judge((GOOD,))))
    page = dict(summary_view(run).advice)
    assert page["Skipped"] == 'Step 1, "Step first". Reason: no towel'
    assert "Unproved" not in page


def test_a_claim_of_a_skipped_step_that_a_later_step_proved_is_said_to_be_proved_then() -> None:
    ask = step("ask", "keys", keys="PROG", checks=("answers", "allocation-100"))
    run = Run.begin(procedure(ask, step("again", "keys", keys="PROG", checks=("answers",))))
    run = run.after(run.override("in a hurry")).at("again")
    run = closed(run.after(run.judge((GOOD,))))
    page = dict(summary_view(run).advice)
    assert page["Unproved"] == (
        'Step 1, "Step ask". Not proved: the allocation is 100/100. Proved later, at step '
        '2, "Step again": the M1 answers. Reason: in a hurry'
    )


def test_what_was_to_be_played_is_not_proved_by_playing_something_else_later() -> None:
    play = step("left", "check", checks=("plays-output-1",))
    run = Run.begin(procedure(play, step("right", "check", checks=("plays-output-2",))))
    run = run.after(run.override("no cable")).at("right")
    run = closed(run.after(run.judge((replace(GOOD, name="plays-output-2"),))))
    page = dict(summary_view(run).advice)
    assert "Skipped" not in page
    assert page["Unproved"].startswith('Step 1, "Step left". Not proved: ')


def test_a_run_of_which_nothing_can_be_asked_still_asks_whether_the_memory_is_lost(
    tmp_path: Path,
) -> None:
    run, machine = at_the_end(tmp_path, "aftertouch-off")
    assert run.owes_closing
    after = asked_again(run, twin(machine), tmp_path)
    assert after.closing is not None
    assert after.closing.claims == ("memory = not initialised",)
    assert after.outcome is RunOutcome.VERIFIED
    machine.board.settings = machine.settings.changed(exclusive=False)
    assert asked_again(run, machine, tmp_path).outcome is RunOutcome.VERIFIED, "it never answered"
    answered = run.after(run.see(0, (2, 0, 1, 1)))
    deaf = asked_again(answered, machine, tmp_path)
    assert deaf.unanswered == ("memory = not initialised",)
    assert deaf.outcome is RunOutcome.IN_PART


# What a restore wrote that was skipped in the end

_KEPT = Verdict(True, "read twice", name="backup")
_DIFFERS = Verdict(
    False,
    "MISMATCH: 100 bytes in 1.0 s",
    found="1 different, 0 cosmetic",
    name="restore",
    outcome=Outcome.MISMATCH,
    wrote=True,
)
_REFUSED = Verdict(
    None, "nothing was written", name="restore", outcome=Outcome.REFUSED, wrote=False
)
_EQUAL = Verdict(True, "nothing was written", name="restore", outcome=Outcome.VERIFIED, wrote=False)


def skipped_after(*attempts: Verdict, again: bool = False, overwritten: str = "") -> Run:
    """A run of which the restore was skipped after these attempts; what it overwrote is kept."""
    run = Run.begin(built_in("dump-from-computer"))
    for current in run.procedure.steps:
        if current.id == "send":
            for attempt in attempts:
                run = run.after(run.judge((attempt,), backup=overwritten))
            run = run.after(run.retry()) if again else run
            run = run.after(run.override("the cable is broken"))
        elif current.id == "look":
            run = run.after(run.override("nothing was sent"))
        elif current.id == "backup":
            run = run.after(run.judge((_KEPT,), backup="first.syx"))
        else:
            run = run.after(run.judge((GOOD,), origin="a.syx" if current.id == "source" else ""))
        run = run if run.at_end else run.after(run.next())
    return run


@pytest.mark.parametrize(
    ("attempts", "again"),
    [((_DIFFERS,), False), ((_DIFFERS,), True), ((_DIFFERS, _REFUSED), False)],
)
def test_what_a_failed_restore_wrote_is_not_to_equal_the_backup_from_before_it(
    attempts: tuple[Verdict, ...], again: bool
) -> None:
    run = skipped_after(*attempts, again=again)
    assert AS_BACKUP not in [one.check for one in run.standing_claims]
    after = closed(run)
    assert after.state("backup").backup == "first.syx"
    assert after.outcome is RunOutcome.MISMATCH
    view = summary_view(after)
    assert view.backups == ("first.syx (what was in the M1)",)
    assert any("MISMATCH: 100 bytes" in text for _, text in view.advice)


def test_the_end_says_why_a_send_was_refused_before_its_step_was_skipped() -> None:
    advice = Advice("other", "The file is for memory allocation 50/50.", "Safe.")
    view = summary_view(skipped_after(replace(_REFUSED, advice=advice)))
    (told,) = [text for label, text in view.advice if label == "Unproved" and "Send" in text]
    assert told.endswith(
        "Attempt: refused; nothing was written. The file is for memory allocation 50/50. "
        "Reason: the cable is broken"
    )


def test_a_restore_that_found_the_file_there_already_leaves_the_memory_to_equal_the_backup() -> (
    None
):
    run = skipped_after(_EQUAL, again=True)
    assert AS_BACKUP in [one.check for one in run.standing_claims]


def test_what_a_failed_restore_wrote_is_mended_once_the_memory_is_found_to_be_as_sent() -> None:
    run = skipped_after(_DIFFERS, _EQUAL, again=True)
    assert AS_BACKUP not in [one.check for one in run.standing_claims]
    assert closed(run).outcome is RunOutcome.IN_PART


def test_what_a_failed_restore_wrote_speaks_against_nothing_while_it_is_done_again() -> None:
    run = skipped_after(_DIFFERS).at("send")
    assert run.outcome is RunOutcome.MISMATCH
    assert run.after(run.retry()).outcome is None


@pytest.mark.parametrize("attempts", [(), (_REFUSED,)])
def test_a_memory_into_which_nothing_was_sent_is_to_equal_its_backup(
    attempts: tuple[Verdict, ...],
) -> None:
    run = skipped_after(*attempts)
    assert AS_BACKUP in [one.check for one in run.standing_claims]


# Its backups


def with_its_backup(folder: Path, then: Callable[[Path], object]) -> tuple[Run, RunRecord]:
    """A run at the end of whose last step something happens to its backup, and its record."""
    rehearsal = Rehearsal("memory-allocation")
    machine = rehearsal.machine(rehearsal.procedure)

    async def whole(journal: Journal) -> Run:
        def on_step(run: Run, _: StepResult) -> None:
            if run.at_end and run.done:
                then(Path(run.state("backup").backup))

        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(folder), Rehearser(dict(rehearsal.answers)))
            return await run_auto(journal, performer, on_step=on_step)

    with Journal.begin(folder / "journals", rehearsal.procedure, port="virtual:x") as journal:
        finished = run_clock(whole(journal))
    return finished, read_run(journal.path)


@pytest.mark.parametrize(
    ("then", "code", "said"),
    [
        (Path.unlink, "backup-gone", "can no longer be read"),
        (lambda file: file.write_bytes(file.read_bytes()[:-9] + b"\x00" * 8 + b"\xf7"),
         "backup-changed", "is no longer as it was saved"),
    ],
    ids=["gone", "changed"],
)  # fmt: skip
def test_a_backup_that_is_gone_at_the_end_is_said_and_the_run_is_proved_in_part(
    tmp_path: Path, then: Callable[[Path], object], code: str, said: str
) -> None:
    run, record = with_its_backup(tmp_path, then)
    file = run.state("backup").backup
    assert run.ended
    assert run.outcome is RunOutcome.IN_PART
    assert [(place, one.code) for place, one in run.gone.items()] == [(file, code)]
    (line,) = (one for one in attention(run) if one.startswith("GONE"))
    assert said in line
    assert Path(file).name in line
    assert code in line
    page = summary_view(run)
    assert ("Attention", line) in page.advice
    assert page.backups == ()
    assert record.outcome == "PROVED IN PART"
    assert any(said in one for one in summary_lines(record))


def test_a_run_that_proved_nothing_is_not_proved_in_part_where_its_backup_is_gone() -> None:
    advice = Advice("backup-gone", 'The backup "a.syx" can no longer be read.', "")
    run = Run.begin(procedure(step("do")))
    run = run.after(run.tick())
    assert closed(run).outcome is RunOutcome.BY_HAND
    ended = run.after(run.ask_again((), (), gone=(("a.syx", advice),)))
    assert ended.outcome is RunOutcome.UNKNOWN


def test_what_a_restore_overwrote_is_looked_for_though_the_restore_was_skipped() -> None:
    run = skipped_after(_DIFFERS, overwritten="overwritten.syx")
    assert run.state("send").mark is Mark.OVERRIDDEN
    looked_at = [(file, one.code) for file, one in gone(run)]
    assert looked_at == [("first.syx", "backup-gone"), ("overwritten.syx", "backup-gone")]


def test_a_backup_of_a_step_that_was_left_out_in_the_end_is_not_looked_for(tmp_path: Path) -> None:
    asks = step("ask", "question", options=(Option(label="yes"), Option(label="no")))
    saves = step("save", "backup", when=When(value="ask", is_="yes"))
    run = Run.begin(procedure(asks, saves, step("last")))
    run = run.after(run.choose("yes"))
    run = run.after(run.next())
    run = run.after(run.judge((_KEPT,), backup=str(tmp_path / "gone.syx")))
    assert len(gone(run)) == 1
    again = run.at("ask")
    again = again.after(again.retry())
    assert gone(again.after(again.choose("no"))) == ()


def test_a_backup_that_got_a_label_is_still_there_at_the_end(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run, record = with_its_backup(tmp_path, lambda file: store.describe(file, label="Gig"))
    assert run.outcome is RunOutcome.VERIFIED
    assert record.gone == ()


@pytest.mark.parametrize("goes_on", [True, False])
def test_the_person_is_asked_whether_a_run_ends_without_its_backup(
    tmp_path: Path, goes_on: bool
) -> None:
    run, _ = with_its_backup(tmp_path, Path.unlink)
    assert run.closing is not None
    person = Deciding(goes_on)
    link = VirtualLink(scenario("healthy"), baud=0)
    performer = Performer(Instrument(link), Store(tmp_path), person)
    assert run_clock(performer.ends_unanswered(run.closing)) is goes_on
    assert "can no longer be read" in person.asked
    assert "PROVED IN PART" in person.asked


def test_nobody_is_asked_whether_a_run_ends_of_which_something_is_no_longer_so(
    tmp_path: Path,
) -> None:
    asked = AskedAgain(
        step="stop",
        claims=("sequencer = stopped", "memory = not initialised"),
        verdicts=(Verdict(False, "it runs", name="a"), Verdict(None, "no answer", name="b")),
    )
    person = Deciding(False)
    performer = Performer(Instrument(VirtualLink(scenario("healthy"))), Store(tmp_path), person)
    # It goes back to what is no longer so: there is no end to agree to.
    assert run_clock(performer.ends_unanswered(asked)) is True
    assert person.asked == ""


class Deciding(Rehearser):
    """Answers every question with the same word, and keeps it."""

    def __init__(self, answer: bool) -> None:
        super().__init__()
        self._answer = answer
        self.asked = ""

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        self.asked += "\n".join((title, *lines))
        return self._answer


def test_settings_that_only_a_person_has_set_back_are_not_called_proved() -> None:
    run = Run.begin(built_in("internal-battery"))
    run = run.at("write-down-midi")
    written = {
        field.name: field.choices[-1] if field.choices else "1" for field in run.current.fields
    }
    written |= {"clock": "EXT", "local": "OFF"}
    run = run.after(run.write_down(written)).at("settings-back")
    run = run.after(run.judge((Verdict(True, "it answers on channel 1", name="channel-is"),)))
    assert not {"clock = EXT", "local = OFF"} & set(run.unproved), "nobody was asked again yet"
    left = closed(run).unproved
    assert {"clock = EXT", "local = OFF"} <= set(left)
    assert not any(claim.startswith("channel") for claim in left)
    assert said_of(Claim.parse("local = OFF")) == "Local is OFF"
