"""The watch on the screen: alarms at once on any page, the display after a check, resumed runs."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.advice import Advice
from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import ConfirmDialog
from m1tui.app.dialogs.form import AGAIN, FormDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.messages import RunChosen
from m1tui.app.run.panel import PanelScreen
from m1tui.app.run.procedure import hints_of
from m1tui.app.widgets.step import EvidenceList
from m1tui.link.base import not_open
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.library import load
from m1tui.procedures.run import LONGEST_TEXT
from m1tui.procedures.states import Mark
from m1tui.procedures.watch import CHECK_MOVED, LED_THERE
from m1tui.resources import screens_folder
from m1tui.sysex import Program
from tests.app.rehearsal import (
    begin,
    fill_in,
    guide_of,
    only,
    rehearse,
    settled,
    still,
    take_step,
    until,
    view,
    walk_to,
)
from tests.app.rendering import check_golden, text_of
from tests.procedures.examples import procedure, step
from tests.store.disks import FailingSync

SENDING = load(screens_folder() / "dump-from-computer.toml")
RECORD = load(screens_folder() / "record.toml")
CELL = load(screens_folder() / "warning-with-good-cell.toml")
LOOK = procedure(
    step("look", "check", checks=("exclusive-enabled",), rehearse=("press GLOBAL 6 + +",))
)
KEYBED = load(screens_folder() / "keybed-clean.toml")
LONG_ALARM = Advice(
    code="alarm",
    happened="The memory allocation was changed: expected 100/100, found 50/50. That destroyed "
    "programs and combinations 50 to 99.",
    safe="This run has no backup of them. Older backups are not affected.",
    next_step="Do not press any more keys on that page. Look for an older backup in the library: "
    "a backup made now does not contain what was destroyed.",
)
WRITE_DOWN = "Write down protects and allocation"


async def looked(pilot: Pilot[int], app: M1App) -> None:
    """Let the app look at the instrument once, as it does every few seconds."""
    app.instrument_watch.poll()
    await pilot.pause()
    await until(pilot, lambda: not [one for one in app.workers if one.group == "poll"])


def alarms(app: M1App) -> list[str]:
    assert app.guide is not None
    return [one.advice.code for one in app.guide.run.alarms]


def test_fifty_programs_lost_are_an_alarm_over_the_form_and_named_at_the_backup(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, WRITE_DOWN)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        await app.bench.press("GLOBAL 6 + + + UP G")
        await looked(pilot, app)
        await until(pilot, lambda: "ALARM" in text_of(app))
        check_golden(app, "alarm-over-form")
        assert isinstance(app.screen, FormDialog)
        await pilot.press("f2")
        await until(pilot, lambda: "ALARM" not in text_of(app))
        assert app.guide is not None
        assert app.guide.run.standing == ()
        await fill_in(pilot, app)
        await settled(pilot, app)
        await walk_to(pilot, app, "Back up the M1's memory")
        assert "MISSING: programs and combinations 50 to 99" in text_of(app)
        await take_step(pilot, app)
        assert "MISSING: programs and combinations 50 to 99" in text_of(app)
        assert alarms(app) == ["allocation-changed-by-hand"]

    rehearse(tmp_path, walk)


def test_a_form_does_not_open_over_what_was_changed_just_before_it(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, WRITE_DOWN)
        await app.bench.press("GLOBAL 6 + + + UP G")
        await pilot.press("enter")
        await until(pilot, lambda: "ALARM" in text_of(app))
        await settled(pilot, app)
        assert not isinstance(app.screen, FormDialog)
        assert alarms(app) == ["allocation-changed-by-hand"]
        await pilot.press("f2", "enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))

    rehearse(tmp_path, walk)


def test_an_alarm_that_cannot_be_noted_as_read_stays_and_the_disk_is_named(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, WRITE_DOWN)
        await app.bench.press("GLOBAL 6 + + + UP G")
        await looked(pilot, app)
        await until(pilot, lambda: "ALARM" in text_of(app))
        journal = guide_of(app).journal
        disk, journal._disk = journal._disk, FailingSync()
        await pilot.press("f2")
        await pilot.pause(1)
        assert guide_of(app).run.standing
        journal._disk = disk
        await pilot.press("f2")
        await until(pilot, lambda: "ALARM" not in text_of(app))
        assert not guide_of(app).run.standing

    rehearse(tmp_path, walk)


def test_a_change_is_noticed_even_by_somebody_faster_than_the_watch(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, WRITE_DOWN)
        await app.bench.press("GLOBAL 6 + + + UP G")
        await walk_to(pilot, app, "Back up the M1's memory")
        assert alarms(app) == ["allocation-changed-by-hand"]
        assert app.guide is not None
        assert app.guide.run.alarms[0].step == "write-down-memory"

    rehearse(tmp_path, walk)


def test_a_program_written_after_the_backup_leads_back_to_the_backup(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Unplug everything")
        await pilot.press("b")
        await settled(pilot, app)
        assert app.bench.instrument is not None
        link = app.bench.instrument.link
        assert isinstance(link, VirtualLink)
        machine = link.machine
        programs = list(machine.memory.programs)
        programs[5] = Program(b"MY SOUND  " + programs[5].raw[10:])
        machine.board.memory = replace(machine.memory, programs=tuple(programs))
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).title == "Back up the M1's memory"
        assert view(app).glyph == "[ ]"
        assert "was changed after it was saved" in view(app).doubt
        await walk_to(pilot, app, "Unplug everything")
        assert view(app).keys or view(app).text.startswith("Switch the M1 off")

    rehearse(tmp_path, walk)


def test_an_m1_that_is_on_while_it_is_in_pieces_is_an_alarm_and_opens_its_step_again(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Ground yourself")
        await looked(pilot, app)
        assert alarms(app) == []
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.perform("power-on")
        await looked(pilot, app)
        assert alarms(app) == ["on-while-off"]
        assert "Unplug the M1's power before you touch anything inside." in text_of(app)
        assert app.guide is not None
        assert app.guide.run.state("unplug").mark is Mark.OPEN
        await app.bench.rehearsal.perform("power-off")
        while view(app).title != "Unplug everything":
            await pilot.press("b")
            await settled(pilot, app)
        assert "The M1 is on" in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert "ALARM" not in text_of(app), "the silence is proved"
        assert alarms(app) == ["on-while-off"], "the journal keeps it"

    rehearse(tmp_path, walk)


def test_an_alarm_of_several_steps_stands_on_the_screen_once_and_the_status_line_agrees(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Turn the M1 upside down")
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.perform("power-on")
        await looked(pilot, app)
        assert view(app).title == "Turn the M1 upside down"
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).title == "Turn the M1 upside down", "nobody works inside an M1 that is on"
        assert any("must wait for" in one.text for one in view(app).evidence)
        await pilot.press("s")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press(*"stays on", "enter")
        await settled(pilot, app)
        assert view(app).title == "Remove the bottom plate"
        await looked(pilot, app)
        assert alarms(app) == ["on-while-off", "on-while-off"]
        assert text_of(app).count("ALARM") == 1
        await pilot.press("f2")
        await looked(pilot, app)
        assert "ALARM" not in text_of(app)
        assert "| it is on |" in text_of(app)
        assert "no answer" not in text_of(app)

    rehearse(tmp_path, walk)


def test_after_a_check_that_leaves_the_page_the_marked_keys_begin_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await app.bench.press("GLOBAL 5 + H DOWN")
        await pilot.press("space")
        await settled(pilot, app)
        assert view(app).pressed == 1
        # Here the M1 answers although Exclusive is disabled, so the check leaves the page.
        await app.bench.press("7")
        await pilot.press("enter")
        await settled(pilot, app)
        assert (view(app).glyph, view(app).pressed) == ("[ ]", 0)
        (told,) = (one.text for one in view(app).evidence if "first key" in one.text)
        assert told == CHECK_MOVED
        assert "changed the M1's mode" in told
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert "Start again with the first key." in " ".join(text_of(app).split())
        assert app.panel_task is not None
        app.panel_task = app.panel_task._replace(heard=("NO  Another answer. " * 10, told))
        await until(pilot, lambda: "+ more: PgDn" in text_of(app))
        while "+ more: PgDn" in text_of(app):
            assert "with the first key." not in text_of(app)
            await pilot.press("pagedown")
            await settled(pilot, app)
        assert "with the first key." in text_of(app)
        await pilot.press("escape")
        await take_step(pilot, app)
        await take_step(pilot, app)
        assert view(app).title == WRITE_DOWN

    rehearse(tmp_path, walk)


def displayed(app: M1App) -> list[str]:
    """Return what stands in the evidence of a virtual M1's display."""
    return [one.text for one in view(app).evidence if "its display" in one.text]


def test_under_a_check_stands_no_display_from_before_an_earlier_check(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, LOOK.id)
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        (shown,) = displayed(app)
        assert "GLOBAL 6-3" in shown
        await press_all(app, "GLOBAL", "5", "+", "H", "DOWN")
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        (said,) = (one.text for one in view(app).evidence if one.passed is False)
        assert said == "Exclusive disabled"
        await press_all(app, "GLOBAL", "5", "+", "H", "DOWN")
        await pilot.press("enter")
        await settled(pilot, app)
        assert displayed(app) == [], "no hands of the step have acted since"
        assert view(app).pressed == len(view(app).keys)
        await press_all(app, "UP")
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert displayed(app) == []
        assert guide_of(app).run.current_state.evidence == ()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={LOOK.id: LOOK})


def test_a_display_after_handiwork_is_not_shown_once_other_keys_were_pressed(
    tmp_path: Path,
) -> None:
    asked = procedure(step("there", "keys", keys="GLOBAL 5"))

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await pilot.press("v")
        await settled(pilot, app)
        (shown,) = displayed(app)
        assert "GLOBAL 5-1" in shown
        await press_all(app, "PROG")
        assert displayed(app) == []
        assert view(app).pressed == len(view(app).keys)
        await pilot.press("enter")
        await settled(pilot, app)
        (state,) = guide_of(app).run.states
        assert state.evidence == ()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={asked.id: asked})


def test_a_song_that_has_been_stopped_since_is_not_shown_running(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Record the track")
        # Nothing is recorded, and the song plays on when it is to be stopped.
        for following in ("Play the track", "Stop, and prove the recording"):
            if view(app).title == "Play the track":
                await press_all(app, "H", "START/STOP")
            await pilot.press("s")
            await until(pilot, lambda: app.screen.is_modal)
            await pilot.press(*"no time today", "enter")
            await settled(pilot, app)
            await walk_to(pilot, app, following)
        await pilot.press("enter")
        await settled(pilot, app)
        (shown,) = displayed(app)
        assert "RUN" in shown
        await press_all(app, "START/STOP")
        await pilot.press("enter")
        await settled(pilot, app)
        assert any(one.passed is False for one in view(app).evidence)
        assert displayed(app) == []

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={RECORD.id: RECORD})


async def go_on_elsewhere(pilot: Pilot[int], app: M1App, *keys: str) -> None:
    """Do the step, and go on from it once more when `keys` have led the M1 somewhere else."""
    for key in ("v", "enter", "b"):
        await pilot.press(key)
        await settled(pilot, app)
    await press_all(app, *keys)
    await pilot.press("enter")
    await settled(pilot, app)


async def press_all(app: M1App, *keys: str) -> None:
    """Press keys at the panel of the virtual M1, whichever the step asks for."""
    for key in keys:
        await guide_of(app).press_key(key)


def test_what_an_earlier_check_did_is_not_said_of_keys_pressed_since(tmp_path: Path) -> None:
    """The check of the protects changes the mode; the page that is shown later is by hand."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Disable aftertouch")
        # No key of the step is next among these, so they are not counted.
        await press_all(app, "5", "+", "D", "DOWN")
        await pilot.press("enter")
        await settled(pilot, app)
        await walk_to(pilot, app, "Go to the song")
        for title in ("Go to the first track", "Give the track a program"):
            await go_on_elsewhere(pilot, app, "GLOBAL", "5", "+")
            assert view(app).title == title
            assert view(app).keys[:2] == ("SEQ", "0")
            (told,) = (one.text for one in view(app).evidence)
            assert told.startswith("The M1 was not in SEQUENCER mode when this step began")
        await pilot.press("enter")
        await settled(pilot, app)
        assert any(one.passed is False for one in view(app).evidence)
        assert "GLOBAL 5-2" in app.live.display[0]
        assert not any("check" in one.text for one in view(app).evidence)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={RECORD.id: RECORD})


def test_keys_that_begin_elsewhere_than_an_earlier_check_left_the_display_say_no_more(
    tmp_path: Path,
) -> None:
    """It has changed the mode and gone back: what the display shows since, nobody has looked."""
    moving = procedure(
        step("off", "keys", keys="GLOBAL 6 DOWN + B DOWN + B DOWN", checks=("memory-unprotected",)),
        step("on", "keys", keys="B UP"),
    )

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, moving.id)
        await walk_to(pilot, app, "Step on")
        assert view(app).keys == ("GLOBAL", "6", "+", "+", "B", "UP")
        assert [one.text for one in view(app).evidence] == [LED_THERE]
        await pilot.press("space")
        await until(pilot, lambda: view(app).pressed == 1)
        assert view(app).evidence == ()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={moving.id: moving})


def test_a_mode_that_was_left_marks_the_first_key_of_the_step_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press("space", "space", "space")
        await until(pilot, lambda: view(app).pressed == 3)
        await looked(pilot, app)
        assert view(app).pressed == 3
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.press("COMBI")
        await looked(pilot, app)
        assert alarms(app) == ["mode-left"]
        assert view(app).pressed == 0

    rehearse(tmp_path, walk)


def test_a_recording_is_begun_by_its_keys_in_their_order_wherever_the_cursor_is(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Record the track")
        await press_all(app, "START/STOP", "REC")
        await pilot.press("enter")
        await settled(pilot, app)
        assert (view(app).title, view(app).glyph) == ("Record the track", "[ ]")
        assert "Still to press: START/STOP" in text_of(app)
        await press_all(app, "REC", "H")
        await pilot.press("r")
        await settled(pilot, app)
        assert "MEAS:>" in app.live.display[1]
        await pilot.press("v")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        await until(pilot, lambda: view(app).title == "Play the track")

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={RECORD.id: RECORD})


def test_keys_that_need_a_mode_which_the_m1_is_not_in_begin_with_the_keys_that_lead_there(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Go to the song")
        assert app.bench.rehearsal is not None
        await go_on_elsewhere(pilot, app, "GLOBAL")
        assert view(app).title == "Go to the first track"
        assert view(app).keys[:3] == ("SEQ", "0", "C")
        (told,) = (one.text for one in view(app).evidence if "mode" in one.text)
        assert told == (
            "The M1 was not in SEQUENCER mode when this step began: the first keys shown lead "
            "there. If the display then does not show what you chose in earlier steps, go back and "
            "choose it again."
        )
        await pilot.press("space", "space")
        await until(pilot, lambda: view(app).pressed == 2)
        assert "SEQ" in app.bench.rehearsal.lamps()
        await pilot.press("v")
        await settled(pilot, app)
        await walk_to(pilot, app, "Give the track a program")
        assert view(app).keys[0] == "F", "it is in that mode now"
        assert not any("mode" in one.text for one in view(app).evidence)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={RECORD.id: RECORD})


def test_keys_that_need_combi_mode_begin_with_its_key_where_the_m1_is_in_another(
    tmp_path: Path,
) -> None:
    asked = procedure(step("there", "keys", keys="COMBI"), step("on", "keys", keys="UP"))

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await walk_to(pilot, app, "Step there")
        await go_on_elsewhere(pilot, app, "GLOBAL")
        assert view(app).title == "Step on"
        assert view(app).keys == ("COMBI", "UP")
        (told,) = (one.text for one in view(app).evidence if "mode" in one.text)
        assert told.startswith("The M1 was not in COMBI mode")

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={asked.id: asked})


def test_what_a_send_needs_is_looked_at_before_it_begins(tmp_path: Path) -> None:
    """Keys that were pressed since the last look may have changed it."""
    needing = procedure(
        step("look", "check", checks=("allocation-100",), claims=("allocation = 100/100",)),
        step("save", "backup"),
        step("from", "source"),
        step("send", "restore", needs=("look", "from")),
    )

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, needing.id)
        await walk_to(pilot, app, "Step send")
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.press("GLOBAL 6 + + + UP G")
        await pilot.press("enter")
        await settled(pilot, app)
        assert alarms(app) == ["allocation-changed-by-hand"]
        assert not isinstance(app.screen, ConfirmDialog), "nothing is to be written"
        assert guide_of(app).run.state("look").mark is Mark.OPEN
        assert "must wait for" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={needing.id: needing})


@pytest.mark.parametrize(
    ("name", "title", "told"),
    [
        ("keybed-clean", "Play all keys", "No key was heard"),
        ("joystick", "Measure the joystick", "No movement of the joystick was heard"),
    ],
)
def test_a_look_at_which_nothing_was_done_leaves_its_step_open_and_offers_to_do_it_again(
    tmp_path: Path, name: str, title: str, told: str
) -> None:
    tested = load(screens_folder() / f"{name}.toml")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, name)
        await walk_to(pilot, app, title)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await until(pilot, lambda: not view(app).listening)
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert ("Enter", "check again") in hints_of(view(app))
        text = " ".join(text_of(app).split())
        assert told in text
        assert "S silent or not played" not in text
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[x]"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={tested.id: tested})


def test_where_no_key_is_marked_another_mode_is_no_alarm(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press(*["space"] * len(view(app).keys))
        await until(pilot, lambda: view(app).pressed == len(view(app).keys))
        await looked(pilot, app)
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.press("COMBI")
        await looked(pilot, app)
        assert alarms(app) == []

    rehearse(tmp_path, walk)


def test_an_alarm_about_the_keys_of_a_step_goes_with_the_step(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press("space", "space", "space")
        await until(pilot, lambda: view(app).pressed == 3)
        await looked(pilot, app)
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.press("COMBI")
        await looked(pilot, app)
        assert "F2: I have read this." in text_of(app)
        await pilot.press("b")
        await settled(pilot, app)
        assert view(app).title != "Make the M1 MIDI ready"
        assert "F2: I have read this." not in text_of(app)
        assert alarms(app) == ["mode-left"], "the journal keeps it"

    rehearse(tmp_path, walk)


def test_a_rehearsal_is_resumed_at_the_virtual_m1_that_it_was_left_with(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Turn the M1 upside down")

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        assert app.bench.rehearsal is not None
        assert app.bench.rehearsal.state().startswith("powered")
        await begin(pilot, app)
        await settled(pilot, app)
        assert view(app).title == "Turn the M1 upside down"
        assert "The rehearsal continues with the virtual M1" in text_of(app)
        assert not app.bench.rehearsal.state().startswith("powered")
        await looked(pilot, app)
        assert alarms(app) == []

    rehearse(tmp_path, leave)
    rehearse(tmp_path, resume)


def test_of_a_resumed_rehearsal_only_its_own_virtual_m1_is_asked_for_the_mode(
    tmp_path: Path,
) -> None:
    """The one that stands there before it is brought back is in another mode."""
    seen: list[str] = []

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "record")
        await walk_to(pilot, app, "Choose the next track")
        await walk_to(pilot, app, "Record the track")
        assert view(app).number == 16
        assert app.live.mode == "SEQUENCER"

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        app.on_run_chosen(RunChosen(str(app.home.lists.unfinished[0].journal)))
        assert app.live.mode == "PROG"
        while not app.is_idle:
            seen.append(text_of(app))
            await asyncio.sleep(0.1)
        await still(pilot, app)
        seen.append(text_of(app))
        assert "The rehearsal continues with the virtual M1" in seen[-1]
        assert view(app).keys[:2] == ("REC", "START/STOP")
        assert not any("was not in SEQUENCER mode" in text for text in seen)

    rehearse(tmp_path, leave, port="virtual:healthy", procedures={RECORD.id: RECORD})
    rehearse(tmp_path, resume, port="virtual:healthy", procedures={RECORD.id: RECORD})


def test_of_a_resumed_rehearsal_only_its_own_virtual_m1_says_which_model_it_is(
    tmp_path: Path,
) -> None:
    asked = procedure(step("there", "keys", keys="GLOBAL"), step("on", "keys", keys="PROG"))

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await pilot.press("enter")
        await settled(pilot, app)
        assert guide_of(app).run.model == "M1R"

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        assert app.bench.model == "M1"
        await begin(pilot, app, asked.id)
        await settled(pilot, app)
        assert app.bench.model == guide_of(app).run.model == "M1R"

    rehearse(tmp_path, leave, port="virtual:rack", procedures={asked.id: asked})
    rehearse(tmp_path, resume, port="virtual:healthy", procedures={asked.id: asked})


def test_of_a_resumed_rehearsal_the_display_is_expected_as_on_its_own_virtual_m1(
    tmp_path: Path,
) -> None:
    asked = procedure(step("there", "keys", keys="GLOBAL"), step("on", "keys", keys="GLOBAL 5 B"))

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await walk_to(pilot, app, "Step on")
        await press_all(app, "GLOBAL", "5", "UP")
        await looked(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press(*"channel 2", "enter")
        await settled(pilot, app)
        assert "Ch:>2" in app.live.display[1]

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await settled(pilot, app)
        assert "Ch:>2" in view(app).expected[-1][1]

    rehearse(tmp_path, leave, port="virtual:healthy", procedures={asked.id: asked})
    rehearse(tmp_path, resume, port="virtual:healthy", procedures={asked.id: asked})


def test_a_resumed_rehearsal_continues_on_the_page_on_which_it_was_left(tmp_path: Path) -> None:
    """The next keys count on it: on another page they would change something else."""
    asked = procedure(step("there", "keys", keys="GLOBAL 6 + +"), step("on", "keys", keys="B UP"))

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await walk_to(pilot, app, "Step on")
        assert "GLOBAL 6-3" in app.live.display[0]

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, asked.id)
        await settled(pilot, app)
        assert view(app).keys == ("B", "UP")
        assert "GLOBAL 6-3" in app.live.display[0]

    rehearse(tmp_path, leave, port="virtual:healthy", procedures={asked.id: asked})
    rehearse(tmp_path, resume, port="virtual:healthy", procedures={asked.id: asked})


def test_a_look_before_a_resumed_rehearsal_has_its_virtual_m1_is_not_judged(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Turn the M1 upside down")

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        app.on_run_chosen(RunChosen(str(app.home.lists.unfinished[0].journal)))
        assert app.guide is not None
        await app.guide.look()
        assert alarms(app) == []
        await settled(pilot, app)
        await looked(pilot, app)
        assert alarms(app) == []
        assert app.guide.run.state("unplug").mark is Mark.SENSED

    rehearse(tmp_path, leave)
    rehearse(tmp_path, resume)


def test_a_long_note_is_taken_whole_and_a_longer_one_refused_with_the_limit(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await settled(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, WriteDialog))
        field = app.screen.query_one(Input)
        field.value = "x" * (LONGEST_TEXT + 1)
        await pilot.press("enter")
        await until(pilot, lambda: "2,000 characters at most; this has 2,001" in text_of(app))
        field.value = "y" * 1000
        await pilot.press("enter")
        await settled(pilot, app)
        assert app.guide is not None
        assert app.guide.run.current_state.note == "y" * 1000

    rehearse(tmp_path, walk)


def test_a_last_value_out_of_bounds_is_saved_only_by_a_second_enter(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "warning-with-good-cell")
        await walk_to(pilot, app, "Measure the cell and the sense input")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        form = app.screen
        sense = form.query(Input).last()
        sense.focus()
        for volts, than in (("0.10", "lower"), ("5.00", "higher")):
            sense.value = volts
            await pilot.press("enter")
            await until(pilot, lambda: AGAIN in text_of(app))
            assert f"{volts} V is {than} than expected" in text_of(app)
            assert app.screen is form
        sense.value = "3.00"
        await pilot.press("up", "enter")
        assert "Press Enter again" not in text_of(app)
        assert app.screen is form
        sense.value = "5.00"
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.screen is not form)
        await settled(pilot, app)
        assert app.guide is not None
        assert dict(app.guide.run.state("measure").values)["sense"] == "5.00"

    rehearse(tmp_path, walk, port="virtual:false-warning", procedures={CELL.id: CELL})


def test_a_new_cell_of_one_volt_or_of_four_is_called_out_while_it_is_typed_and_beside_the_step(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Measure both cells")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        _, new, kind = app.screen.query(Input)
        new.value = "1.1 V"
        await until(pilot, lambda: "1.1 V is too low" in text_of(app))
        new.value = "4.0 V"  # of a rechargeable one
        await until(pilot, lambda: "4.0 V is too high" in text_of(app))
        new.value = "1.1 V"
        kind.value = "200+ Z"
        kind.focus()
        await pilot.press("enter")
        await until(pilot, lambda: 'found "200+ Z"' in text_of(app))
        kind.value = "CR2032"
        await pilot.press("enter")
        await settled(pilot, app)
        await pilot.press("b")
        await settled(pilot, app)
        assert any("1.1 V is too low" in one.text for one in view(app).evidence)

    rehearse(tmp_path, walk)


def test_an_alarm_that_nobody_read_does_not_stay_at_home_after_its_run(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await app.bench.press("GLOBAL 6 + + + UP G")
        await looked(pilot, app)
        await until(pilot, lambda: "ALARM" in text_of(app))
        await pilot.press("q", "enter")
        await until(pilot, lambda: app.screen is app.home)
        await until(pilot, lambda: "ALARM" not in text_of(app))

    rehearse(tmp_path, walk)


def test_a_link_that_is_lost_is_opened_again_and_the_run_goes_on_at_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: bytes) -> None:
        raise not_open("the interface")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        assert app.bench.instrument is not None
        with monkeypatch.context() as plug:
            plug.setattr(app.bench.instrument.link, "_write", lost)
            await looked(pilot, app)
            await looked(pilot, app)
        assert alarms(app) == ["link-lost"]
        assert "After that nothing more was sent." in " ".join(text_of(app).split())
        await pilot.press("f2")
        await looked(pilot, app)
        await take_step(pilot, app)
        await take_step(pilot, app)
        assert view(app).title == WRITE_DOWN
        assert alarms(app) == ["link-lost"]
        assert app.guide is not None
        assert app.guide.run.state("midi-ready").mark is Mark.SENSED

    rehearse(tmp_path, walk)


def test_a_long_question_beside_an_alarm_is_turned_with_page_down(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await settled(pilot, app)
        guide = guide_of(app)
        guide.journal.record(guide.run.alarm(LONG_ALARM))
        await guide.look()
        lines = "\n".join(f"Line {number} of the question." for number in range(1, 18))
        app.push_screen(ConfirmDialog("Write it?", lines))
        await still(pilot, app)
        for page in ("Line 1 of", "Line 8 of", "Line 17 of"):
            assert page in text_of(app), text_of(app)
            assert ("more: PgDn" in text_of(app)) is (page != "Line 17 of")
            assert "Yes (y)" in text_of(app)
            await pilot.press("pagedown")
            await still(pilot, app)
        assert "Line 1 of" in text_of(app)

    rehearse(tmp_path, walk)


@pytest.mark.parametrize("alarms", [1, 2], ids=["one alarm", "two alarms"])
def test_a_question_and_its_keys_can_be_read_beside_an_alarm(alarms: int, tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Send the sounds to the M1")
        guide = guide_of(app)
        for number in range(alarms):
            guide.journal.record(guide.run.alarm(LONG_ALARM._replace(code=f"alarm-{number}")))
        await guide.look()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.pause()
        shown = text_of(app)
        assert "F2: I have read this." in shown
        for words in ("Write to the M1's internal memory?", "To be written:", "(n)", "Yes (y)"):
            assert words in shown, shown
        check_golden(app, f"alarms-beside-question-{alarms}")
        await pilot.press("n")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={SENDING.id: SENDING})


SECONDS = re.compile(r"If there is no answer, this takes (\d+) to (\d+) s\.")
ERASING = load(screens_folder() / "erase-song.toml")


async def is_silent_for_as_long_as_it_says(pilot: Pilot[int], app: M1App) -> None:
    """Switch the M1 off, press Enter, and compare the wait with what the page says of it."""
    assert app.bench.instrument is not None
    link = app.bench.instrument.link
    assert isinstance(link, VirtualLink)
    link.machine.power_off()
    loop = asyncio.get_running_loop()
    await pilot.press("enter")
    await until(pilot, lambda: SECONDS.search(text_of(app)) is not None)
    begun = loop.time()
    said = SECONDS.search(text_of(app))
    assert said is not None
    await until(pilot, lambda: app.screen.is_modal or not guide_of(app).busy)
    least, most = map(int, said.groups())
    assert least - 1 <= loop.time() - begun <= most


def test_a_question_without_an_answer_takes_as_long_as_the_page_says(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, SENDING.id)
        await walk_to(pilot, app, "Turn memory protect off")
        await is_silent_for_as_long_as_it_says(pilot, app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={SENDING.id: SENDING})


def test_a_comparison_without_an_answer_takes_as_long_as_the_page_says(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, ERASING.id)
        await walk_to(pilot, app, "Erase the song")
        await pilot.press("b")
        await settled(pilot, app)
        await is_silent_for_as_long_as_it_says(pilot, app)
        assert app.screen.is_modal
        waited = guide_of(app).screen.query_one(EvidenceList).waited
        await pilot.pause(60)
        assert guide_of(app).screen.query_one(EvidenceList).waited == waited

    rehearse(tmp_path, walk, port="virtual:healthy", procedures={ERASING.id: ERASING})


def test_where_enter_lets_the_virtual_m1_do_the_work_the_bar_says_so(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Unplug everything")
        # The key that does it all would do no more.
        assert "Enter do it and check   Space switch it off   b back   q leave" in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert "switched off" in app.live.power

    rehearse(tmp_path, walk)


def test_an_m1_that_answers_only_who_it_is_is_not_called_silent_beside_the_step_that_heard_it(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "memory-does-not-hold")
        await walk_to(pilot, app, "Leave it off for five minutes")
        await pilot.press("v")
        await until(pilot, lambda: view(app).glyph == "[A]")
        await settled(pilot, app)
        assert "then it answered" in text_of(app)
        assert "no answer" not in text_of(app)
        assert "Exclusive disabled" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:does-not-hold", procedures=only("memory-does-not-hold"))
