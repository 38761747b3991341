"""The battery procedure on a virtual M1, used by keyboard alone at 80 × 24."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import LeaveDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.messages import SketchNeeded
from m1tui.app.run.folder import SourceScreen
from m1tui.app.run.procedure import CONFIRM_SECONDS, ProcedureScreen
from m1tui.app.run.results import ResultScreen
from m1tui.app.run.transfer import TransferScreen
from m1tui.link.virtual import VirtualRehearsal
from m1tui.procedures.journal import Journal, unfinished
from m1tui.procedures.library import load
from m1tui.procedures.perform import NONE_ASKED
from m1tui.resources import screens_folder
from m1tui.store import Store
from tests.app.rehearsal import (
    BATTERY,
    begin,
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


def test_home_shows_the_virtual_m1_and_says_that_this_is_a_rehearsal(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert (
            "M1 | ch 1 | PROG | 100/100 | card none | next: replace the internal battery"
            in text_of(app)
        )
        assert text_of(app).count("REHEARSAL") == text_of(app).count("cell 2.4 V") == 1
        assert "the virtual M1's display" in text_of(app)
        assert "Battery Low (Internal)" in text_of(app)

    rehearse(tmp_path, look)


def test_hands_that_are_still_at_work_do_nothing_for_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The M1 is heard, and the step proved, before it has greeted: Enter may come sooner."""
    memory = load(screens_folder() / "memory-does-not-hold.toml")
    perform, done = VirtualRehearsal.perform, list[str]()

    async def greet_long(rehearsal: VirtualRehearsal, action: str) -> None:
        done.append(action)
        await perform(rehearsal, action)
        await asyncio.sleep(20.0 if action == "power-on" else 0.0)

    monkeypatch.setattr(VirtualRehearsal, "perform", greet_long)

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, memory.id)
        await walk_to(pilot, app, "Leave it off for five minutes")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("v")
        await until(pilot, lambda: view(app).glyph == "[A]")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).title == "Make the M1 MIDI ready again")
        await asyncio.sleep(60.0)
        assert done == ["power-off", "wait 300", "power-on"]
        assert view(app).pressed == 0

    rehearse(tmp_path, walk, procedures={memory.id: memory})


def test_what_was_done_before_the_program_listens_again_is_done_again(tmp_path: Path) -> None:
    joystick = load(screens_folder() / "joystick.toml")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, joystick.id)
        await walk_to(pilot, app, "Measure the joystick")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("space")
        await until(pilot, lambda: view(app).pressed == 1)
        await pilot.press("escape")
        await until(pilot, lambda: not view(app).listening)
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        assert view(app).pressed == 0
        await pilot.press("v")
        await until(pilot, lambda: view(app).pressed == 1)

    rehearse(tmp_path, walk, procedures={joystick.id: joystick}, port="virtual:worn-joystick")


def test_what_is_read_first_gives_way_to_the_keys_that_the_program_then_listens_for(
    tmp_path: Path,
) -> None:
    sequencer = load(screens_folder() / "external-sequencer.toml")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, sequencer.id)
        await walk_to(pilot, app, "Go to the track")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen) and view(app).listening)
        assert "The program is listening" in text_of(app)
        while view(app).listening and (before := view(app).pressed) < 4:
            await pilot.press("space")
            await until(pilot, partial(lambda count: view(app).pressed > count, before))
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, procedures={sequencer.id: sequencer}, port="virtual:healthy")


@pytest.mark.parametrize("key", ["v", "enter"])
def test_a_task_that_is_still_being_done_is_not_done_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    perform, done = VirtualRehearsal.perform, list[str]()

    async def slowly(rehearsal: VirtualRehearsal, action: str) -> None:
        done.append(action)
        await asyncio.sleep(20.0)
        await perform(rehearsal, action)

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Unplug everything")
        monkeypatch.setattr(VirtualRehearsal, "perform", slowly)
        await pilot.press("space")
        await until(pilot, lambda: bool(done))
        await pilot.press(key)
        await until(pilot, lambda: view(app).pressed > 0)
        await settled(pilot, app)
        await asyncio.sleep(60.0)
        assert done == ["power-off"]
        assert view(app).pressed == 1

    rehearse(tmp_path, walk)


def test_a_run_opened_while_the_m1_is_still_looked_for_says_why_no_key_works(
    tmp_path: Path,
) -> None:
    memory = load(screens_folder() / "memory-does-not-hold.toml")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        async with app.bench.wire:
            await begin(pilot, app, memory.id)
            await until(pilot, lambda: "still looking for the M1" in text_of(app))
            await pilot.press("enter")
            assert view(app).glyph == "[ ]"
        await until(pilot, lambda: "still looking" not in text_of(app))
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, procedures={memory.id: memory})


@dataclass
class Walk:
    """The battery's procedure from its beginning to its end."""

    app: M1App
    outcomes: list[str]
    """The word on each result page, in order."""
    pages: dict[str, str]
    """Each result page as it was drawn, by its step."""
    rail: list[str]
    """The marks of all steps before the last was taken."""


@pytest.fixture(scope="module")
def whole_walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    outcomes: list[str] = []
    pages: dict[str, str] = {}
    rail: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        while app.guide is not None:
            if isinstance(app.screen, ResultScreen):
                outcomes.append(app.screen.view.outcome)
                pages[app.screen.view.title] = text_of(app)
            elif isinstance(app.screen, ProcedureScreen):
                rail[:] = [step.glyph for step in view(app).rail]
            before = (app.screen, view(app))
            await take_step(pilot, app)
            assert (app.screen, view(app) if app.guide else None) != before, f"stuck at {before}"

    return Walk(rehearse(tmp_path_factory.mktemp("walk"), walk), outcomes, pages, rail)


def test_the_battery_procedure_is_walked_to_its_end_and_verified(whole_walk: Walk) -> None:
    assert set(whole_walk.outcomes) == {"VERIFIED"}
    assert set(whole_walk.rail[:-1]) == {"[A]", "[x]", "[-]"}
    assert whole_walk.app.home.lists.unfinished == ()
    assert whole_walk.app.home.lists.backups == 1


def test_a_text_that_goes_on_below_says_so_until_its_end_is_seen(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Write down the MIDI settings")
        await pilot.pause()
        assert "+ more: PgDn" in text_of(app)
        for _ in range(4):
            await pilot.press("pagedown")
        await pilot.pause()
        assert "+ more: PgDn" not in text_of(app)
        await pilot.resize_terminal(132, 60)
        await pilot.pause()
        assert "+ more: PgDn" not in text_of(app)
        await pilot.resize_terminal(80, 20)
        await pilot.press(*["pageup"] * 6)
        await pilot.pause()
        assert "+ more: PgDn" in text_of(app)

    rehearse(tmp_path, walk)


def test_enter_at_home_goes_on_with_the_run_that_was_just_left(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        app.home.notice = "Something of before."
        await begin(pilot, app)
        assert app.home.notice == ""
        await walk_to(pilot, app, "Write down the MIDI settings")
        await pilot.press("q", "enter")
        await until(pilot, lambda: app.screen is app.home and app.is_idle)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert view(app).title == "Write down the MIDI settings"
        assert len(app.home.lists.unfinished) == 1

    rehearse(tmp_path, walk)


def test_the_end_of_a_backup_and_of_a_restore_has_a_page_of_its_own(whole_walk: Walk) -> None:
    pages = whole_walk.pages
    backup = pages["Back up the M1's memory"]
    assert "VERIFIED" in backup
    assert "100 programs, 100 combinations" in " ".join(backup.split())
    assert "2026-11-20 1200 M1 all data.syx" in " ".join(backup.split())
    assert "VERIFIED" in pages["Send the sounds to the M1"]
    assert "VERIFIED" in pages["Replace the internal battery"]


async def transferring(pilot: Pilot[int], app: M1App, phase: str) -> None:
    """Wait until a transfer is in that phase and has moved some bytes."""

    def under_way() -> bool:
        screen = app.screen
        return isinstance(screen, TransferScreen) and (
            screen.view.phase == phase and screen.view.percent > 10
        )

    await until(pilot, under_way)


def test_a_backup_shows_how_far_it_is_and_is_cancelled_only_after_yes(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Back up the M1's memory")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        screen = app.screen
        assert isinstance(screen, TransferScreen)
        await until(pilot, lambda: screen.view.percent > 40)
        shown = text_of(app)
        assert f"of {screen.view.total:,} B" in shown
        assert f"{screen.view.percent} %" in shown
        assert "left" in shown
        await pilot.press("c", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TransferScreen)
        await pilot.press("escape", "y")
        await settled(pilot, app)
        assert isinstance(app.screen, ProcedureScreen)
        assert view(app).glyph == "[ ]"
        said = " ".join(text_of(app).split())
        assert "You stopped the reading. No file was saved" in said

    assert rehearse(tmp_path, walk).home.lists.backups == 0


def test_who_does_a_step_again_and_stops_before_anything_is_done_leaves_its_mark(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        async def asked_again(kind: str) -> None:
            while view(app).kind != kind:
                await pilot.press("b")
                await settled(pilot, app)
            assert view(app).glyph == "[A]"
            await pilot.press("r")

        async def is_unchanged(kind: str) -> None:
            await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
            await settled(pilot, app)
            assert (view(app).kind, view(app).glyph) == (kind, "[A]")

        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Check the first sound")
        await asked_again("restore")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("enter")
        await is_unchanged("restore")
        await asked_again("source")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press("escape")
        await is_unchanged("source")
        await asked_again("backup")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        await pilot.press("c", "y")
        await is_unchanged("backup")
        assert "You stopped the reading" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("dump-from-computer"))


def is_at_an_open_step(app: M1App) -> bool:
    return isinstance(app.screen, ProcedureScreen) and view(app).glyph == "[ ]"


def test_a_restore_is_begun_only_after_yes_and_cancelled_behind_its_message(
    tmp_path: Path,
) -> None:
    phases: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Send the sounds to the M1")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.is_modal)
        check_golden(app, "restore-question")
        await pilot.press("enter")
        await settled(pilot, app)
        assert is_at_an_open_step(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("y")
        await transferring(pilot, app, "Sending")
        screen = app.screen
        await pilot.press("c", "y")
        assert "finished first" in text_of(app)
        await until(pilot, lambda: app.screen is not screen)
        phases.extend(screen.view.finished_phases)  # type: ignore[attr-defined]
        await settled(pilot, app)
        assert isinstance(app.screen, ResultScreen)
        assert app.screen.view.meaning == "stopped by you"
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"

    rehearse(tmp_path, walk)


def test_the_cell_may_not_come_out_before_the_backup_or_a_typed_reason(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Back up the M1's memory")
        assert app.guide is not None
        app.guide.journal.record(app.guide.run.retry())
        await pilot.press("s", "enter")
        assert isinstance(app.screen, WriteDialog)
        await pilot.press(*"it is dead", "enter")
        await until(pilot, lambda: "LOSE IT" in text_of(app))
        await pilot.press("enter")
        assert isinstance(app.screen, WriteDialog)
        await pilot.press(*"LOSE IT", "enter")
        await settled(pilot, app)
        assert view(app).rail[5].glyph == "[!]"
        assert view(app).title == "Unplug everything"

    rehearse(tmp_path, walk)


def test_a_check_that_fails_says_what_was_found_and_what_to_press(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        await still(pilot, app)
        check_golden(app, "check-failed")
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:used")


def test_keys_can_be_pressed_one_by_one_on_the_virtual_m1(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Write down the MIDI settings")
        for _ in view(app).keys:
            await pilot.press("space")
            await settled(pilot, app)
        assert app.live.display[0].startswith("GLOBAL 5-2")
        check_golden(app, "keys-pressed")

    rehearse(tmp_path, walk)


def test_work_on_an_m1_in_parts_never_waits_for_its_answer(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Turn the M1 upside down")
        loop = asyncio.get_running_loop()
        # Somebody asks the M1 how it is, which is off and will not answer.
        async with app.bench.wire:
            begun = loop.time()
            while view(app).title != "Measure both cells":
                await take_step(pilot, app)
            # One of the steps is a question, and what its answer brings is read.
            assert loop.time() - begun < MANY_KEYS + CONFIRM_SECONDS

    rehearse(tmp_path, walk)


MANY_KEYS = 3.0
"""Seconds in which seven steps are ticked; an M1 that does not answer takes as long for each."""


def test_a_step_is_shown_from_its_beginning_though_the_one_before_was_scrolled(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Write down the MIDI settings")
        await pilot.press("pagedown", "pagedown")
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await settled(pilot, app)
        first = view(app).text.split()[:5]
        assert " ".join(first) in " ".join(text_of(app).split())

    rehearse(tmp_path, walk)


def test_a_note_is_kept_and_recalled_where_it_is_needed(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Write down protects and allocation")
        await pilot.press("n", *"asked twice", "enter")
        await settled(pilot, app)
        assert view(app).note == "asked twice"
        await walk_to(pilot, app, "Put the allocation back as it was")
        assert "asked twice" in view(app).text

    rehearse(tmp_path, walk)


def test_what_was_left_is_resumed_at_the_same_step(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Unplug everything")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.home)
        assert "Resume: Replace the internal battery" in text_of(app)

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        assert view(app).title == "Unplug everything"
        assert [step.glyph for step in view(app).rail[1:6]] == ["[A]", "[x]", "[A]", "[x]", "[A]"]

    rehearse(tmp_path, leave)
    rehearse(tmp_path, resume, port="virtual")


def test_a_run_that_was_given_up_is_not_offered_again(tmp_path: Path) -> None:
    async def give_up(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(app.screen, WriteDialog))
        await pilot.press(*"only a look", "enter")
        await until(pilot, lambda: app.screen is app.home)
        assert "Resume" not in text_of(app)

    rehearse(tmp_path, give_up)


def test_a_rehearsal_is_not_resumed_on_a_real_instrument_nor_the_other_way(tmp_path: Path) -> None:
    store = Store(tmp_path)

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        Journal.begin(store.journal_folder, BATTERY, port="raw:/dev/snd/midiC1D0").close()
        app.refresh_home()
        await pilot.pause()
        await pilot.press("up", "enter")
        await pilot.pause()
        assert app.screen is app.home
        assert "start it again on that port: raw:/dev/snd/midiC1D0" in text_of(app)

    rehearse(tmp_path, resume)
    assert len(unfinished(store.journal_folder)) == 1


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("virtual:nonsense", "no virtual M1"),
        ("nonsense", "no link | next: connect the M1, then press l"),
    ],
)
def test_a_port_that_cannot_be_opened_is_told_on_home(tmp_path: Path, port: str, told: str) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert told in text_of(app)
        assert "Nothing was" in app.home.notice
        app.instrument_watch.poll()
        await until(pilot, lambda: app.is_idle)
        app.on_sketch_needed(SketchNeeded())
        await pilot.pause()
        assert told in text_of(app)

    rehearse(tmp_path, look, port=port)


def test_without_an_m1_the_app_says_so_and_goes_on_with_a_virtual_one(tmp_path: Path) -> None:
    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "No MIDI interface was found." in app.home.notice
        assert "This is a rehearsal on a virtual M1" in app.home.notice
        assert app.live.rehearsal
        assert "Battery Low" not in app.live.display[1]

    rehearse(tmp_path, look, port="auto")


def test_where_no_m1_was_found_the_symptoms_say_nothing_of_the_virtual_one(tmp_path: Path) -> None:
    symptoms = load(screens_folder() / "symptoms.toml")

    async def look(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, symptoms.id)
        await take_step(pilot, app)
        await pilot.press("b")
        await until(pilot, lambda: view(app).title == symptoms.steps[0].title)
        assert NONE_ASKED in text_of(app)
        assert "answered on channel" not in text_of(app)

    rehearse(tmp_path, look, port="auto", procedures={symptoms.id: symptoms})


def test_without_an_m1_an_unfinished_rehearsal_goes_on_with_its_virtual_m1(tmp_path: Path) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "Battery Low" in app.live.display[1]

    rehearse(tmp_path, leave)
    rehearse(tmp_path, look, port="auto")
