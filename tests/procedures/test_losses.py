"""What was lost in a run and is in one of its backups: that backup is offered, and it is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from m1tui.app.run.asking import described
from m1tui.app.run.results import summary_view
from m1tui.clock import run
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.alarms import allocation_changed, returned
from m1tui.procedures.journal import Journal
from m1tui.procedures.origins import (
    harm_of,
    load_origin,
    loss_lines,
    missing_song_lines,
    missing_songs,
    origins,
    reallocation_lines,
    saved_loss_lines,
    saved_losses,
)
from m1tui.procedures.perform import Performer
from m1tui.procedures.person import Rehearser
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark, RunOutcome
from m1tui.procedures.values import Field
from m1tui.procedures.watching import Watching
from m1tui.store import Store
from m1tui.sysex import Allocation, Program
from m1tui.sysex.contents import init_combination
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.procedures.examples import procedure, step
from tests.procedures.rehearsals import Memo, Rehearsal, built_in, rehearsed

STEPS = (
    step("save", "backup"),
    step("look", "check", checks=("answers",)),
    step("again", "backup"),
    step("from", "source"),
    step("send", "restore", needs=("from",)),
)
LOSES = "GLOBAL 6 + + + UP G"
GAINS = "GLOBAL 6 + + + DOWN G"


def ran(folder: Path, loses: str, *, restores: bool = False, of: str = "healthy") -> Run:
    """The run at its choice of sounds, after `loses` was pressed at its second step."""

    async def all_of_it() -> Run:
        link = VirtualLink(scenario(of), baud=0)
        store = Store(folder)
        link.machine.press(f"{EXCLUSIVE_ON} GLOBAL 6 DOWN + B DOWN + B DOWN")
        async with Instrument(link) as instrument:
            performer = Performer(instrument, store, Rehearser())
            with Journal.begin(folder / "journals", procedure(*STEPS), port="virtual") as journal:
                watching = Watching(journal)

                async def done(*, go_on: bool = True) -> None:
                    event = (await performer.perform(journal.run)).event(journal.run)
                    assert event is not None
                    journal.record(event)
                    if go_on:
                        journal.record(journal.run.next())

                await watching.look(instrument)
                await done()
                await watching.look(instrument)
                if loses:
                    link.machine.press(loses)
                await watching.look(instrument)
                await done()
                await done()
                if restores:
                    link.machine.press(GAINS)
                    await done()
                    await done(go_on=False)
                return journal.run

    return run(all_of_it())


def test_the_backup_from_before_a_loss_is_offered_first_and_the_later_one_is_named_so(
    tmp_path: Path,
) -> None:
    after = ran(tmp_path, LOSES)
    (loss,) = saved_losses(after)
    first, second, *_ = origins(after, Store(tmp_path))
    assert first.title == f"the backup from before the loss: {Path(loss.backup).stem}"
    assert second.title.startswith("the backup just made, after the loss: ")
    programs = load_origin(first.place).contents.programs
    assert programs is not None
    assert len(programs) == 100
    lost = "programs and combinations 50 to 99"
    told = described(first).splitlines()[0]
    assert told == f"It contains what was lost later in this run: {lost}."
    told = described(second).splitlines()[0]
    assert told == f"It was made after the loss and does not contain {lost}."


async def perform(performer: Performer, journal: Journal) -> None:
    """Do the current step, and keep what came of it."""
    event = (await performer.perform(journal.run)).event(journal.run)
    assert event is not None
    journal.record(event)


def test_what_is_sent_again_after_a_loss_is_not_called_missing(tmp_path: Path) -> None:
    steps = (step("from", "source"), step("send", "restore", needs=("from",)), step("end"))

    async def all_of_it() -> tuple[tuple[str, ...], Run]:
        link = VirtualLink(scenario("healthy"), baud=0)
        link.machine.press("GLOBAL 6 DOWN + B DOWN + B DOWN")
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            with Journal.begin(tmp_path, procedure(*steps), port="virtual") as journal:
                watching = Watching(journal)

                for _ in range(2):
                    await watching.look(instrument)
                    await perform(performer, journal)
                    journal.record(journal.run.next())
                for keys in ("", LOSES, GAINS):
                    if keys:
                        link.machine.press(keys)
                    await watching.look(instrument)
                missing = loss_lines(journal.run)
                journal.record(journal.run.back())
                await perform(performer, journal)
                return missing, journal.run

    missing, after = run(all_of_it())
    assert [line.partition(".")[0] for line in missing] == [
        "MISSING: programs and combinations 50 to 99",
        "MISSING: at least the songs and patterns that do not fit in 4,400 steps, possibly all",
    ]
    assert after.state("send").mark is Mark.SENSED
    assert loss_lines(after) == ()
    assert harm_of(after, ()) is None


def test_what_matches_its_backup_again_is_not_called_lost_whoever_restored_it(
    tmp_path: Path,
) -> None:
    same = ("memory-as-backup",)
    steps = (step("save", "backup", loses="it is lost"), step("same", "check", checks=same))

    async def all_of_it() -> tuple[tuple[str, ...], Run]:
        link = VirtualLink(scenario("healthy"), baud=0)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            with Journal.begin(tmp_path, procedure(*steps), port="virtual") as journal:
                watching = Watching(journal)

                await watching.look(instrument)
                await perform(performer, journal)
                before = link.machine.board.memory
                for keys in (LOSES, GAINS):
                    link.machine.press(keys)
                    await watching.look(instrument)
                lost = (*saved_loss_lines(journal.run), *reallocation_lines(journal.run))
                link.machine.board.memory = before
                journal.record(journal.run.to_open())
                await perform(performer, journal)
                if journal.run.current.id == "save":
                    journal.record(journal.run.next())
                    await perform(performer, journal)
                return lost, journal.run

    lost, after = run(all_of_it())
    assert len(lost) == 2
    assert after.state("same").mark is Mark.SENSED
    assert (*saved_loss_lines(after), *reallocation_lines(after)) == ()
    assert harm_of(after, ()) is None


def test_a_memory_that_is_found_initialised_twice_is_said_once_and_not_to_be_lost_there() -> None:
    run_now = Run.begin(procedure(step("ask", "check", checks=("answers",))))
    for _ in range(2):
        alarm = returned(initialised=True)
        run_now = run_now.after(run_now.alarm(alarm.advice, lost=alarm.lost))
    assert loss_lines(run_now) == (
        "MISSING: all of the internal memory, if there was anything in it. Noticed at "
        f"{run_now.place_of('ask')}; not backed up in this run.",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (Allocation.LARGE_SEQUENCE, Allocation.LARGE_PROGRAM, " from 50/50 to 100/100"),
        (None, Allocation.LARGE_SEQUENCE, " to 50/50"),
        (Allocation.LARGE_PROGRAM, None, " from 100/100"),
    ],
)
def test_what_another_allocation_destroyed_and_no_backup_contains_is_said_to_be_lost_by_that(
    old: Allocation | None, new: Allocation | None, said: str
) -> None:
    run_now = Run.begin(procedure(step("ask", "check", checks=("answers",))))
    alarm = allocation_changed(old, new, "")
    run_now = run_now.after(run_now.alarm(alarm.advice, lost=alarm.lost))
    assert loss_lines(run_now) == (
        f"MISSING: {alarm.lost}. Lost at {run_now.place_of('ask')}, when the memory allocation was "
        f"changed{said}; not backed up in this run.",
    )


def test_a_backup_of_half_the_sounds_says_so_beside_its_name(tmp_path: Path) -> None:
    whole, half, demo = origins(ran(tmp_path, LOSES), Store(tmp_path))
    without = "50/50: no programs or combinations 50 to 99"
    assert [one.lacks for one in (whole, half, demo)] == ["", without, ""]
    assert without in described(half).splitlines()
    assert without not in described(whole)
    assert without in load_origin(half.place).notes


def test_songs_that_another_allocation_destroyed_are_counted_once_they_were_read_again(
    tmp_path: Path,
) -> None:
    after = ran(tmp_path, GAINS, of="used")
    (loss,) = saved_losses(after)
    assert loss.lost.startswith("at least the songs and patterns")
    before, now = (load_origin(one).contents.sequence for _, one in after.readings)
    assert before is not None
    assert now is not None
    assert (len(before.songs_in_use), now.songs_in_use) == (10, ())
    (said,) = saved_loss_lines(after)
    assert said == (
        f"LOST: all 10 songs. Lost at {after.place_of(loss.step)}, when the memory allocation was "
        "changed from 50/50 to 100/100; the backup "
        f'"{Path(loss.backup).name}" contains what was lost.'
    )
    # They are named once.
    assert missing_song_lines(after) == ()


def test_each_backup_is_offered_once(tmp_path: Path) -> None:
    after = ran(tmp_path, LOSES)
    places = [one.place for one in origins(after, Store(tmp_path))]
    assert len(places) == len(set(places))
    assert len(places) == 3


def test_the_end_of_the_run_names_the_loss_and_the_backup_that_contains_it(tmp_path: Path) -> None:
    after = ran(tmp_path, LOSES)
    (loss,) = saved_losses(after)
    view = summary_view(after)
    assert view.advice[0] == (
        "Attention",
        "LOST: programs and combinations 50 to 99. Lost at step 2, "
        f'"{STEPS[1].title}", when the memory allocation was changed from 100/100 to 50/50; '
        f'the backup "{loss.backup}" contains what was lost.',
    )
    assert view.meaning == "and memory was lost: see Attention"


def test_the_end_of_the_run_says_of_each_file_what_it_contains_and_when_it_was_saved(
    tmp_path: Path,
) -> None:
    first, second = summary_view(ran(tmp_path, LOSES)).backups
    assert ".syx (what was in the M1: 100 programs, 100 combinations, global" in first
    assert ".syx (what was in the M1: 50 programs, 50 combinations, global" in second
    for one in (first, second):
        assert re.search(r", \d{4}-\d\d-\d\d \d\d:\d\d\)$", one)


def test_what_was_restored_from_that_backup_is_lost_no_more(tmp_path: Path) -> None:
    after = ran(tmp_path, LOSES, restores=True)
    assert after.state("send").mark is Mark.SENSED
    assert not saved_losses(after)
    assert "Attention" not in dict(summary_view(after).advice)


def test_where_nothing_was_lost_the_newest_backup_is_the_one_just_made(tmp_path: Path) -> None:
    after = ran(tmp_path, "")
    first, *others = origins(after, Store(tmp_path))
    assert first.title.startswith("the backup just made: ")
    assert first.note == ""
    assert all("loss" not in one.title for one in others)
    assert "Attention" not in dict(summary_view(after).advice)


def test_the_end_names_the_songs_that_another_allocation_has_destroyed_as_the_run_asked(
    tmp_path: Path,
) -> None:
    after, _ = rehearsed(Rehearsal("used-m1"), tmp_path)
    first = after.state("backup").backup
    view = summary_view(after)
    assert after.outcome is RunOutcome.VERIFIED
    assert view.meaning == "but memory was lost: see Attention"
    label, said = view.advice[0]
    assert label == "Attention"
    assert said.startswith('MISSING SONGS: 0 "')
    assert ', 9 "' in said
    assert said.endswith(
        '". They were in the M1 at step 3, "Back up the M1\'s memory", and no longer at step 9, '
        '"Data dump from the M1 to the computer". Between these, at step 5, "Set the memory to '
        '100/100", the memory was set from 50/50 to 100/100. '
        f'The backup "{Path(first).name}" contains them.'
    )
    gone = missing_songs(after)
    assert gone is not None
    assert gone.plainly.startswith('No longer in the M1: the songs 0 "')
    assert gone.plainly.endswith(
        f'They are in the file "{Path(first).name}". They were there before the memory was set '
        "to 100/100 (100 programs, 100 combinations), and not after. The file can be loaded again "
        "only while the memory is set to 50/50 (50 programs, 50 combinations)."
    )


def test_no_songs_are_missing_where_the_allocation_stayed_as_it_was(tmp_path: Path) -> None:
    after, _ = rehearsed(Rehearsal("used-m1", "healthy"), tmp_path)
    assert not any("SONGS" in text for _, text in summary_view(after).advice)


def test_the_end_names_the_songs_that_nothing_has_read_since_another_allocation_was_set(
    tmp_path: Path,
) -> None:
    whole = built_in("used-m1")
    upto = [one.id for one in whole.steps].index("allocation") + 1
    short = structs.replace(whole, steps=whole.steps[:upto])
    after, _ = rehearsed(Rehearsal("used-m1"), tmp_path, short)
    name = Path(after.state("backup").backup).name
    label, said = summary_view(after).advice[0]
    assert label == "Attention"
    assert said.startswith(
        "NOT READ AGAIN: songs and patterns. The allocation was set to 100/100 after the backup "
        f'"{name}" was made. That destroys at least the songs and patterns that do not fit'
    )
    assert 'That backup contains 0 "' in said
    # At 100/100 from the start nothing was destroyed.
    after, _ = rehearsed(Rehearsal("used-m1", "healthy"), tmp_path, short)
    assert "Attention" not in dict(summary_view(after).advice)


def test_the_end_names_the_sounds_that_nothing_has_brought_back_after_another_allocation(
    tmp_path: Path,
) -> None:
    answers = (("wanted", "50PROG/50COMBI/7700SEQ"),)
    after, _ = rehearsed(Rehearsal("memory-allocation", "healthy", answers), tmp_path)
    name = Path(after.state("backup").backup).name
    assert summary_view(after).advice[0] == (
        "Attention",
        "NOT BROUGHT BACK: programs and combinations 50 to 99. The allocation was set to 50/50 "
        f'after the backup "{name}" was made. That backup contains them.',
    )
    # What the run itself brings back again is not named.
    after, _ = rehearsed(Rehearsal("sequencer-free", "healthy"), tmp_path)
    assert not any("NOT BROUGHT BACK" in text for _, text in summary_view(after).advice)


@pytest.mark.parametrize("saved_again", [False, True])
def test_sounds_that_a_step_destroyed_are_named_though_another_answer_led_past_it(
    tmp_path: Path, saved_again: bool
) -> None:
    async def all_of_it() -> Run:
        link = VirtualLink(scenario("healthy"), baud=0)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            whole = built_in("memory-allocation")
            with Journal.begin(tmp_path / "journals", whole, port="virtual") as journal:
                watching = Watching(journal)

                async def done(keys: str = "") -> None:
                    while journal.run.owes_comparison:
                        compared = await performer.compare_first(journal.run)
                        assert compared is not None
                        journal.record(compared)
                    if keys:
                        link.machine.press(keys)
                    event = (await performer.perform(journal.run)).event(journal.run)
                    assert event is not None
                    journal.record(event)
                    await watching.look(instrument)
                    journal.record(journal.run.next())

                await watching.look(instrument)
                await done(EXCLUSIVE_ON)
                journal.record(journal.run.choose("50PROG/50COMBI/7700SEQ"))
                journal.record(journal.run.next())
                await done()
                await done(LOSES)
                while journal.run.current.id != ("backup" if saved_again else "wanted"):
                    journal.record(journal.run.back())
                if saved_again:
                    journal.record(journal.run.retry())
                    await done()
                    journal.record(journal.run.back())
                while journal.run.current.id != "wanted":
                    journal.record(journal.run.back())
                journal.record(journal.run.retry())
                journal.record(journal.run.choose("100PROG/100COMBI/4400SEQ"))
                while journal.run.current.id != "to-100":
                    journal.record(journal.run.next())
                await done(GAINS)
                return journal.run

    after = run(all_of_it())
    assert after.state("to-100").mark is Mark.SENSED
    first = after.readings[0][1]
    assert (
        "Attention",
        "NOT BROUGHT BACK: programs and combinations 50 to 99. The allocation was set to 50/50 "
        f'after the backup "{Path(first).name}" was made. That backup contains them.',
    ) in summary_view(after).advice
    assert "1 done before an answer was changed" in dict(summary_view(after).advice)["Steps"]


def skipped(folder: Path, keys: str, claimed: str, before: str) -> Run:
    """A run that saved the memory and skipped a step, the keys of which were pressed."""
    check = f"allocation-{claimed.split('/')[0]}"
    asked = step(
        "set",
        "keys",
        keys=keys,
        checks=(check,),
        claims=(f"allocation = {claimed}",),
        endangers=("allocation",),
    )

    async def all_of_it() -> Run:
        link = VirtualLink(scenario("healthy"), baud=0)
        if before:
            link.machine.press(before)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(folder), Rehearser())
            steps = procedure(step("save", "backup"), asked)
            with Journal.begin(folder / "journals", steps, port="virtual") as journal:
                watching = Watching(journal)
                await watching.look(instrument)
                event = (await performer.perform(journal.run)).event(journal.run)
                assert event is not None
                journal.record(event)
                journal.record(journal.run.next())
                await watching.look(instrument)
                link.machine.press(keys)
                journal.record(journal.run.override("no time to do it now"))
                await watching.look(instrument)
                return journal.run

    return run(all_of_it())


@pytest.mark.parametrize(
    ("keys", "claimed", "before", "said"),
    [
        (GAINS, "100/100", LOSES, "NOT READ AGAIN: songs and patterns. The allocation was set to"),
        (LOSES, "50/50", "", "NOT BROUGHT BACK: programs and combinations 50 to 99. The"),
    ],
)
def test_what_an_allocation_destroys_is_named_where_its_step_was_skipped(
    tmp_path: Path, keys: str, claimed: str, before: str, said: str
) -> None:
    (told,) = reallocation_lines(skipped(tmp_path, keys, claimed, before))
    assert told.startswith(said)
    assert f"set to {claimed} after" in told


def test_the_end_of_a_run_with_a_part_that_was_chosen_is_shown(tmp_path: Path) -> None:
    field = Field(name="part", label="Part", choices=("all", "sequence"), rehearsed="all")
    steps = (
        step("protects", "keys", keys="GLOBAL 6 DOWN + B DOWN + B DOWN"),
        step("save", "backup"),
        step("which", "values", fields=(field,)),
        step("send", "restore", from_="save", part="{part}", needs=("save", "which")),
    )
    after, _ = rehearsed(Rehearsal("used-m1", "healthy"), tmp_path, procedure(*steps))
    assert after.state("send").mark is Mark.SENSED
    assert summary_view(after).outcome == "VERIFIED"
    assert "Attention" not in dict(summary_view(after).advice)


@pytest.mark.parametrize(
    ("keys", "lost"),
    [
        ("SEQ 3 + UP DOWN G G", '0 "Workbench"'),
        ("SEQ 4 + + C UP G G", '0 "Workbench" (track 2)'),
    ],
)
def test_what_was_erased_before_the_memory_was_saved_again_is_in_the_first_file(
    tmp_path: Path, keys: str, lost: str
) -> None:
    async def twice() -> Run:
        link = VirtualLink(scenario("healthy"), baud=0)
        async with Instrument(link) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            memo = Memo(Run.begin(procedure(step("save", "backup"), step("then"))))

            async def save() -> None:
                event = (await performer.perform(memo.run)).event(memo.run)
                assert event is not None
                memo.record(event)

            await save()
            link.machine.press(keys)
            memo.record(memo.run.retry())
            await save()
            return memo.run

    after = run(twice())
    (_, first), (_, second) = after.readings
    (said,) = missing_song_lines(after)
    assert said == (
        f'MISSING SONGS: {lost}. It was in the M1 at step 1, "{after.current.title}", and no '
        f'longer when that was done again. The backup "{Path(first).name}" contains it.'
    )
    files = summary_view(after).backups
    assert len(files) == 2
    assert all(Path(one).name in text for one, text in zip((first, second), files, strict=True))


def recorded_over(machine: VirtualM1) -> None:
    """Somebody records over track 1 of song 0."""
    machine.press("SEQ 0 B" + " DOWN" * 9 + " REC START/STOP")
    machine.advance(machine.board.now + 5)
    machine.key_down(60, 100)
    machine.advance(machine.board.now + 1)
    machine.key_up(60)
    machine.press("START/STOP")


def written_over(machine: VirtualM1) -> None:
    """Somebody writes another name into program 3."""
    programs = list(machine.memory.programs)
    programs[3] = Program(b"MY SOUND  " + programs[3].raw[10:])
    machine.board.memory = replace(machine.memory, programs=tuple(programs))


@pytest.mark.parametrize(
    ("change", "part", "what"),
    [
        (recorded_over, "all", 'song 0 "Workbench"'),
        (recorded_over, "sequence", 'song 0 "Workbench"'),
        (written_over, "all", "program 03 "),
    ],
)
def test_what_was_changed_between_two_backups_is_said_at_once_and_at_the_end(
    tmp_path: Path, change: Callable[[VirtualM1], None], part: str, what: str
) -> None:
    machine = scenario("unprotected")

    async def twice() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            memo = Memo(Run.begin(procedure(step("save", "backup", part=part))))

            async def save() -> Run:
                event = (await performer.perform(memo.run)).event(memo.run)
                assert event is not None
                return memo.record(event)

            await save()
            memo.record(memo.run.retry())
            assert (await save()).changed == ()
            change(machine)
            memo.record(memo.run.retry())
            return await save()

    after = run(twice())
    second, third = after.readings[1:]
    assert after.current_state.mark is Mark.SENSED
    (said,) = [text for label, text in summary_view(after).advice if label == "Attention"]
    assert f"Changed in the M1 after it had been saved: {what}" in said
    assert f'Expected what is in "{Path(second[1]).name}", found other contents.' in said
    assert "Both files are kept" in said
    assert summary_view(after).meaning.startswith("but something else was changed")
    assert all(Path(one[1]).name in str(summary_view(after).backups) for one in (second, third))


def test_each_file_of_several_backups_is_said_to_contain_what_was_there_before(
    tmp_path: Path,
) -> None:
    machine = scenario("unprotected")

    async def thrice() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            begun = Run.begin(procedure(step("save", "backup", loses="it"), step("off", "hands")))
            memo = Memo(begun)
            for _ in range(3):
                event = (await performer.perform(memo.run)).event(memo.run)
                assert event is not None
                memo.record(event)
                machine.press("GLOBAL B UP")
                memo.record(memo.run.next())
                memo.record(memo.run.tick())
                asked = await performer.ask_again(memo.run)
                memo.record(asked)
                memo.record(memo.run.to_open())
            return memo.run

    after = run(thrice())
    files = [Path(file).name for _, file in after.readings]
    said = [text for label, text in summary_view(after).advice if label in ("Attention", "")]
    for before in files[:2]:
        line = f'Expected what is in "{before}", found other contents. Both files are kept: '
        assert any(f'{line}"{before}" contains what was in the M1 before' in one for one in said)


def saving(folder: Path, machine: VirtualM1) -> Run:
    """A run that has saved the memory of that M1, and nothing else."""

    async def all_of_it() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(folder), Rehearser())
            memo = Memo(Run.begin(procedure(step("save", "backup"))))
            event = (await performer.perform(memo.run)).event(memo.run)
            assert event is not None
            return memo.record(event)

    return run(all_of_it())


def test_the_end_says_that_what_was_saved_had_been_initialised(tmp_path: Path) -> None:
    machine = scenario("healthy")
    machine.board.memory = replace(machine.memory, combinations=(init_combination(),) * 100)
    after = saving(tmp_path, machine)
    name = Path(after.state("save").backup).name
    assert summary_view(after).advice[0] == (
        "Attention",
        f'The backup "{name}": every one of 100 combinations is "Init Combi". The M1 had lost its '
        "memory when this was made. Do not keep it as a backup of sounds.",
    )


def test_the_end_says_that_nothing_was_saved_of_an_initialised_memory(tmp_path: Path) -> None:
    machine = scenario("dead-battery")
    machine.press(EXCLUSIVE_ON)
    assert summary_view(saving(tmp_path, machine)).advice[0] == (
        "Attention",
        '"Step save": The memory was initialised: there was nothing to save, and no file was made.',
    )


def test_a_song_that_the_run_was_to_erase_is_not_missing(tmp_path: Path) -> None:
    rehearsal = Rehearsal("erase-song", "unprotected", (("song", "1"),))
    finished, _ = rehearsed(rehearsal, tmp_path / "run")
    assert finished.outcome is RunOutcome.VERIFIED
    without = scenario("unprotected")
    without.press("SEQ 3 + DOWN DOWN DOWN DOWN DOWN DOWN DOWN DOWN DOWN G G")
    without.press("SEQ 3 + UP G G")
    ((_, later),) = saving(tmp_path / "later", without).readings
    kept = load_origin(later).contents.sequence
    assert kept is not None
    assert not {0, 1} & set(kept.songs_in_use)
    both = replace(finished, files=(*finished.files, ("backup", later, finished.files[-1][2])))
    gone = missing_songs(both)
    assert gone is not None
    assert gone.songs == ('0 "Workbench"',)


def test_the_end_names_the_file_of_each_attempt_of_a_restore(tmp_path: Path) -> None:
    machine = scenario("unprotected")

    async def twice() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            steps = (step("from", "source"), step("send", "restore", needs=("from",)))
            memo = Memo(Run.begin(procedure(*steps)))

            async def done() -> None:
                event = (await performer.perform(memo.run)).event(memo.run)
                assert event is not None
                memo.record(event)

            await done()
            memo.record(memo.run.next())
            written_over(machine)
            await done()
            memo.record(memo.run.retry())
            written_over(machine)
            await done()
            return memo.run

    after = run(twice())
    saved = sorted(one.name for one in (tmp_path / "backups").glob("*.syx"))
    assert len(saved) == 2
    named = [Path(one.split(" (what")[0]).name for one in summary_view(after).backups]
    assert sorted(named) == saved


def test_what_is_found_initialised_after_it_was_saved_is_in_that_file(tmp_path: Path) -> None:
    saved = saving(tmp_path, scenario("healthy"))
    alarm = returned(initialised=True)
    after = saved.after(saved.alarm(alarm.advice, lost=alarm.lost))
    assert loss_lines(after) == ()
    assert saved_loss_lines(after) == (
        'LOST: all of the internal memory. Noticed at step 1, "Step save"; the backup '
        f'"{Path(saved.state("save").backup).name}" contains what was lost.',
    )
    again = after.after(replace(after.alarm(alarm.advice, lost=alarm.lost), at="9999"))
    assert len(saved_loss_lines(again)) == 1


def test_what_an_allocation_destroyed_is_in_the_backup_before_the_newest(tmp_path: Path) -> None:
    machine = scenario("healthy")

    async def twice() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            memo = Memo(Run.begin(procedure(step("save", "backup"))))
            for keys in (LOSES, ""):
                event = (await performer.perform(memo.run)).event(memo.run)
                assert event is not None
                memo.record(event)
                if keys:
                    machine.press(keys)
                    memo.record(memo.run.retry())
            return memo.run

    saved = run(twice())
    old, now = Allocation.LARGE_PROGRAM, Allocation.LARGE_SEQUENCE
    alarm = allocation_changed(old, now, "")
    after = saved.after(saved.alarm(alarm.advice, lost=alarm.lost))
    assert loss_lines(after) == ()
    (said,) = saved_loss_lines(after)
    assert f'the backup "{Path(saved.readings[0][1]).name}" contains what was lost.' in said


def test_a_memory_that_was_first_read_after_it_was_found_initialised_may_have_held_nothing(
    tmp_path: Path,
) -> None:
    begun = Run.begin(procedure(step("save", "backup")))
    alarm = returned(initialised=True)
    begun = begun.after(replace(begun.alarm(alarm.advice, lost=alarm.lost), at="2020-01-01T00:00"))
    machine = scenario("dead-battery")
    machine.press(EXCLUSIVE_ON)

    async def save() -> Run:
        async with Instrument(VirtualLink(machine, baud=0)) as instrument:
            memo = Memo(begun)
            performer = Performer(instrument, Store(tmp_path), Rehearser())
            event = (await performer.perform(memo.run)).event(memo.run)
            assert event is not None
            return memo.record(event)

    (said,) = loss_lines(run(save()))
    assert said.startswith("MISSING: all of the internal memory, if there was anything in it. ")
