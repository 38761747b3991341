"""Procedures with questions, values, listening and the panel, walked by keyboard at 80 × 24."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import GoOnDialog
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.dialogs.write import WriteDialog
from m1tui.app.help import HelpScreen
from m1tui.app.home import RESUME
from m1tui.app.run.folder import SourceScreen
from m1tui.app.run.guide import SOON
from m1tui.app.run.panel import PanelScreen
from m1tui.app.run.procedure import READ_SECONDS, ProcedureScreen, hints_of
from m1tui.app.run.results import ResultScreen
from m1tui.app.run.transfer import TransferScreen
from m1tui.app.run.views import EARLIER, LISTENED, NOT_YET
from m1tui.app.widgets.menu import Menu
from m1tui.procedures.states import Mark
from m1tui.resources import screens_folder
from tests.app.rehearsal import (
    begin,
    guide_of,
    only,
    rehearse,
    settled,
    still,
    take_step,
    until,
    view,
    walk_home,
    walk_to,
)
from tests.app.rendering import check_golden, text_of
from tests.procedures.rehearsals import built_in


def key_bar(app: M1App) -> str:
    return text_of(app).splitlines()[-1]


@pytest.mark.parametrize(
    ("procedure", "scenario"), [("used-m1", "used"), ("sequencer-free", "healthy")]
)
def test_a_procedure_is_walked_by_keyboard_to_its_end_and_verified(
    tmp_path: Path, procedure: str, scenario: str
) -> None:
    words: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, procedure)
        words.extend(await walk_home(pilot, app))

    rehearse(tmp_path, walk, port=f"virtual:{scenario}", procedures=only(procedure))
    assert words
    assert set(words) == {"VERIFIED"}


def test_the_bench_test_names_and_draws_three_faulty_keys(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "bench-test")
        await walk_to(pilot, app, "All 61 keys")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        check_golden(app, "keybed-begun")
        await pilot.press("space")
        await still(pilot, app)
        text = text_of(app)
        assert "S silent or not played: G2" in text
        assert "K stuck: F#4" in text
        assert "V one velocity: F6" in text
        assert view(app).glyph == "[ ]"
        check_golden(app, "keybed-faulty")

    rehearse(tmp_path, walk, port="virtual:faulty-keys", procedures=only("bench-test"))


def test_the_keys_are_judged_once_the_person_says_that_was_all(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "bench-test")
        await walk_to(pilot, app, "All 61 keys")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("enter")  # nothing was played yet, so it says nothing
        await pilot.press("space")
        await until(pilot, lambda: "Enter that was all" in text_of(app))
        await until(pilot, lambda: "58 of 61 keys done" in text_of(app))
        await pilot.press("enter")
        await settled(pilot, app)
        assert "58 of 61 keys good" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:faulty-keys", procedures=only("bench-test"))


@pytest.mark.parametrize("begun", ["v", "enter"])
def test_enter_ends_no_listening_while_the_virtual_m1_still_plays(
    tmp_path: Path, begun: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "bench-test")
        await walk_to(pilot, app, "All 61 keys")
        await pilot.press(begun)
        await until(pilot, lambda: view(app).listening)
        if begun == "enter":
            await pilot.press("v")
        await until(pilot, lambda: view(app).acting and "keys done" in text_of(app))
        assert "wait for the virtual M1" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "The virtual M1 is still doing this step." in text_of(app))
        assert view(app).listening
        await until(pilot, lambda: "58 of 61 keys done" in text_of(app))
        await until(pilot, lambda: "Enter that was all" in text_of(app))
        assert view(app).listening
        assert "wait for" not in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert "58 of 61 keys good" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:faulty-keys", procedures=only("bench-test"))


def test_the_panel_keys_are_judged_once_the_person_says_that_was_all(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "panel-keys")
        await walk_to(pilot, app, "Press the keys that can be heard")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("enter")  # nothing was pressed yet, so it says nothing
        await pilot.press("space")
        await until(pilot, lambda: "Enter that was all" in text_of(app))
        await pilot.press("enter")
        await settled(pilot, app)
        assert "1 of 19 keys heard" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("panel-keys"))


def test_a_wait_for_the_power_offers_no_word_that_ends_it(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "no-cell")
        await walk_to(pilot, app, "Prove that it needs no cell")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        said = " ".join(text_of(app).split())
        assert "The check waits up to 10 minutes for you to switch the M1 off, and as long" in said
        assert "nothing new" not in said
        await pilot.press("space")
        await until(pilot, lambda: "leave it off" in text_of(app))
        assert "that was all" not in text_of(app)

    rehearse(tmp_path, walk, port="virtual:no-cell", procedures=only("no-cell"))


@pytest.mark.parametrize(
    ("procedure", "title", "move", "to", "said"),
    [
        ("joystick", "Measure the joystick", "bend", 8191, "right"),
        ("bench-test", "The VALUE slider", "move_slider", 127, "bottom"),
    ],
)
def test_a_control_is_judged_once_the_person_says_that_was_all(
    tmp_path: Path, procedure: str, title: str, move: str, to: int, said: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, procedure)
        await walk_to(pilot, app, title)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        assert "It ends when nothing new has been heard for 30 s." in " ".join(text_of(app).split())
        await pilot.press("enter")  # nothing was moved yet, so it says nothing
        assert app.bench.instrument is not None
        machine = app.bench.instrument.link.machine  # type: ignore[attr-defined]
        getattr(machine, move)(to)
        await until(pilot, lambda: "Enter that was all" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: not view(app).listening)
        await settled(pilot, app)
        assert said in " ".join(text_of(app).split())
        assert view(app).glyph == ("[x]" if procedure == "joystick" else "[ ]")

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only(procedure))


def test_what_is_missing_is_shown_while_the_person_acts(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Check the M1: pressure and joystick")
        await pilot.press("space")  # it listens first, so that the key is heard
        await until(pilot, lambda: view(app).listening)
        await until(pilot, lambda: len(view(app).heard) == 2)
        await until(pilot, lambda: view(app).pressed == 1)
        check_golden(app, "listening")
        await pilot.press("space")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_listening_is_stopped_by_esc_and_leaves_the_step_open(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Check the M1: program 00")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("escape")
        await settled(pilot, app)
        assert not view(app).listening
        assert view(app).glyph == "[ ]"

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_after_another_dump_the_keys_of_the_awaited_one_are_there_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Data dump from the M1 to the computer")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p", "f8", "7", "up", "up", "g", "escape")
        await until(pilot, lambda: "global arrived; waiting for a dump of all data" in text_of(app))
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert "global arrived; waiting for a dump of all data" in text_of(app)
        assert view(app).listening
        await pilot.press("p", "f8", "7", "up", "up", "up", "up", "g")
        await until(pilot, lambda: isinstance(app.screen, ResultScreen))
        assert "VERIFIED" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_a_dump_from_the_panel_is_awaited_and_received(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Data dump from the M1 to the computer")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        assert "Waiting for the dump" in text_of(app)
        await pilot.press("p", "f8", "7", "up", "up", "up", "up", "g")
        await until(pilot, lambda: isinstance(app.screen, ResultScreen))
        assert "VERIFIED" in text_of(app)
        assert "received; a second reading agrees" in text_of(app)
        assert "no second reading" not in text_of(app)

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_the_panel_stays_while_the_wrong_dump_arrives_and_the_page_until_it_can_be_read(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Data dump from the M1 to the computer")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p", "f8", "7", "up", "up", "up", "g")
        await until(pilot, lambda: "sequence arrived" in text_of(app))
        assert isinstance(app.screen, PanelScreen)
        await pilot.press("up", "g")
        await until(pilot, lambda: isinstance(app.screen, ResultScreen))
        assert "VERIFIED" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "Enter came just as this page did" in text_of(app))
        assert isinstance(app.screen, ResultScreen)
        await asyncio.sleep(READ_SECONDS)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_a_mistake_at_the_panel_is_caught_by_the_check(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press("p")
        assert isinstance(app.screen, PanelScreen)
        await pilot.press("f8", "5", "+", "up", "d", "up", "f", "up", "h", "down")
        await pilot.pause()
        check_golden(app, "panel")
        await pilot.press("escape", "enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert "EXCL" in app.live.display[1]
        await pilot.press("p", "up", "escape", "enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_keys_that_no_check_follows_are_ticked_only_where_the_virtual_m1_shows_their_page(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "restore-from-card")
        await walk_to(pilot, app, "Turn memory protect off")
        await pilot.press("enter")
        await settled(pilot, app)
        assert (view(app).title, view(app).glyph) == ("Turn memory protect off", "[ ]")
        assert "does not show what these keys lead to" in text_of(app)
        await pilot.press("p", "f8", "6", "down", "+", "b", "down", "+", "b", "up")
        await pilot.press("escape", "enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        said = view(app).evidence[0].advice
        assert "INT:>ON" in said[0]
        assert "INT:>OFF" in said[1]
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("v")
        await settled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).title == "Load from the card")

    rehearse(tmp_path, walk, port="virtual:card-after-loss", procedures=only("restore-from-card"))


def test_what_hands_do_next_has_its_key_on_the_panel(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "no-cell")
        await walk_to(pilot, app, "Prove that it needs no cell")
        await until(pilot, lambda: not guide_of(app).run.owes_comparison)
        await pilot.press("p")
        await until(pilot, lambda: "Space do: switch it off" in key_bar(app))
        await pilot.press("space")
        await until(pilot, lambda: "Space do: wait 300 s, shortened" in key_bar(app))
        assert not app.live.power.startswith("powered")
        await pilot.press("space")
        await until(pilot, lambda: "Space do: switch it on" in key_bar(app))
        await pilot.press("space")
        await until(pilot, lambda: view(app).glyph == "[A]")

    rehearse(tmp_path, walk, port="virtual:no-cell", procedures=only("no-cell"))


def test_where_hands_have_nothing_to_do_the_panel_names_no_key_for_it(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await walk_to(pilot, app, "Unplug everything")
        skipped = guide_of(app).run.override("not needed in this test", consent="LOSE IT")
        guide_of(app).journal.record(skipped)
        guide_of(app).attach()
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert "Space" not in key_bar(app)
        await pilot.press("space")
        await settled(pilot, app)
        assert app.live.power.startswith("powered")

    rehearse(tmp_path, walk)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("used-m1", "Check the M1: program 00"),
        ("sticky-keys", "Find the keys that stick"),
        ("joystick", "Measure the joystick"),
    ],
)
def test_the_panel_says_when_the_program_does_not_listen_and_which_keys_begin_it(
    tmp_path: Path, name: str, title: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        def said() -> str:
            return " ".join(text_of(app).split())

        await begin(pilot, app, name)
        await walk_to(pilot, app, title)
        await pilot.press("p")
        await until(pilot, lambda: NOT_YET in said())
        await pilot.press("escape", "enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert NOT_YET not in said()
        await until(pilot, lambda: not view(app).listening)
        await until(pilot, lambda: LISTENED in said())
        assert isinstance(app.screen, PanelScreen)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert LISTENED not in said()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only(name))


def test_one_key_at_the_panel_is_not_every_key(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "sticky-keys")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p", "i")
        await asyncio.sleep(5)  # long enough for every key
        assert "not heard: C2–B3, C#4–C7" in text_of(app)
        assert view(app).pressed == 0
        await pilot.press("u")
        await until(pilot, lambda: "61 of 61 keys good" in text_of(app))

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("sticky-keys"))


def test_keys_of_the_panel_are_pressed_by_mouse(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        rows = text_of(app).splitlines()
        for label, key in (("GLOBAL", "GLOBAL"), ("4   5   6", "5")):
            row = next(index for index, line in enumerate(rows) if label in line)
            await pilot.click(offset=(rows[row].index(label) + label.index(key), row))
        await pilot.pause()
        assert app.live.display[0].startswith("GLOBAL 5-1")
        assert "*GLOBAL*" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy")


def test_the_key_behind_keys_that_are_pressed_until_counts_once_the_value_is_shown(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "play")
        await walk_to(pilot, app, "Play it")
        await pilot.press("p", "f4", "b", "down")
        await pilot.pause()
        assert view(app).pressed == 2
        await pilot.press("s")
        await pilot.pause()
        assert view(app).pressed == 2, "another song is playing"
        await pilot.press("s", "up")
        await pilot.pause()
        assert view(app).pressed == 3
        await pilot.press("s")
        await pilot.pause()
        assert view(app).pressed == 4

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("play"))


def test_the_panel_of_a_rack_has_overflow_and_a_layout_of_its_own(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("p", "f8", "5")
        await pilot.pause()
        assert "OVERFLOW" in app.live.display[1]
        check_golden(app, "panel-rack")

    rehearse(tmp_path, walk, port="virtual:rack")


def test_an_answer_by_number_leads_to_another_procedure_which_is_begun(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "symptoms")
        await walk_to(pilot, app, "What is wrong?")
        check_golden(app, "question")
        for _ in range(view(app).steps):
            if isinstance(app.screen, GoOnDialog):
                break
            await take_step(pilot, app)
        check_golden(app, "go-on")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert view(app).procedure != "Find out what is wrong"
        assert app.home.lists.unfinished == ()

    names = [path.stem for path in screens_folder().glob("*.toml")]
    rehearse(tmp_path, walk, port="virtual:used", procedures=only(*names))


def test_an_answer_that_leads_elsewhere_can_still_be_changed(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await pilot.press("b")
        await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("2")
        await settled(pilot, app)
        if not isinstance(app.screen, GoOnDialog):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, GoOnDialog))
        assert "Back to the question (Esc)" in text_of(app)
        await pilot.press("escape")
        await settled(pilot, app)
        assert isinstance(app.screen, ProcedureScreen)
        assert "r change answer" in text_of(app)
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("1")
        await until(pilot, lambda: view(app).title == "Find the M1")

    rehearse(tmp_path, walk, procedures=only("internal-battery", "restore-from-card"))


@pytest.mark.parametrize("presses", [1, 3])
def test_an_enter_right_after_an_answer_by_digit_does_nothing_at_the_step_that_follows(
    tmp_path: Path, presses: int
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await pilot.press("b")
        await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("1")
        await until(pilot, lambda: view(app).title == "Find the M1")
        await pilot.press(*["enter"] * presses)
        await settled(pilot, app)
        assert "Enter came just after the answer" in text_of(app)
        assert view(app).title == "Find the M1"
        assert view(app).evidence == ()
        await asyncio.sleep(READ_SECONDS)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert "Enter came" not in text_of(app)

    rehearse(tmp_path, walk, procedures=only("internal-battery", "restore-from-card"))


def test_the_first_enter_a_second_after_an_answer_by_digit_is_for_the_answer(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await pilot.press("b")
        await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("1")
        await until(pilot, lambda: view(app).title == "Find the M1")
        await asyncio.sleep(2 * READ_SECONDS)
        await pilot.press("enter")
        await settled(pilot, app)
        assert "Enter came just after the answer" in text_of(app)
        assert (view(app).title, view(app).evidence) == ("Find the M1", ())
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, procedures=only("internal-battery", "restore-from-card"))


def test_an_enter_right_after_an_answer_by_digit_begins_no_other_procedure(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await pilot.press("b")
        await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, GoOnDialog))
        await pilot.press("enter")
        await settled(pilot, app)
        assert isinstance(app.screen, GoOnDialog)
        await until(pilot, lambda: "Enter came just after" in text_of(app))
        await asyncio.sleep(READ_SECONDS)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).procedure != "Replace the internal battery")

    rehearse(tmp_path, walk, procedures=only("internal-battery", "restore-from-card"))


def test_an_enter_that_is_held_down_ticks_no_step_that_it_brings(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "m1r")
        first, second, *_ = guide_of(app).run.procedure.steps
        assert view(app).title == first.title
        for _ in range(60):
            await pilot.press("enter")
            await asyncio.sleep(0.033)
        assert view(app).title == second.title
        assert "Enter was held down" in text_of(app)
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert guide_of(app).run.marks[:2] == (Mark.BY_HAND, Mark.OPEN)
        await asyncio.sleep(0.2)
        await pilot.press("enter")
        await settled(pilot, app)
        assert isinstance(app.screen, ResultScreen)

    rehearse(tmp_path, walk, port="virtual:rack", procedures=only("m1r"))


def test_an_enter_at_a_step_that_no_digit_brought_is_taken_at_once(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "memory-does-not-hold")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).glyph == "[A]")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).title == "Back up the M1's memory")
        await pilot.press("enter")
        await settled(pilot, app)
        assert isinstance(app.screen, ResultScreen)

    only_it = only("memory-does-not-hold")
    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only_it)


def test_the_screen_says_that_the_m1_is_looked_at_before_the_next_step(tmp_path: Path) -> None:
    seen: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await until(pilot, lambda: view(app).title == "Find the M1")
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        await pilot.press("enter")
        while view(app).title == "Find the M1":
            seen.append(text_of(app))
            await asyncio.sleep(0.2)

    # Its Exclusive is disabled: a look takes seconds.
    rehearse(tmp_path, walk, port="virtual:dead-battery")
    assert any("Looking at the M1's state." in text for text in seen)


def test_keys_that_went_wrong_begin_again_without_being_asked_about(tmp_path: Path) -> None:
    async def used(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        while not (view(app).keys and view(app).kind == "keys"):
            await take_step(pilot, app)
        await pilot.press("space", "space", "enter")
        await settled(pilot, app)
        found = view(app).evidence
        assert any(piece.passed is False for piece in found)
        assert "r keys again" in text_of(app)
        assert view(app).pressed > 0
        await pilot.press("r")
        await settled(pilot, app)
        assert (view(app).pressed, view(app).evidence) == (0, found)

    rehearse(tmp_path, used, port="virtual:used", procedures=only("midi-ready"))


def test_an_earlier_answer_is_not_shown_while_the_program_asks_again(tmp_path: Path) -> None:
    async def used(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        while not (view(app).keys and view(app).kind == "keys"):
            await take_step(pilot, app)
        for _ in range(2):
            await pilot.press("enter")
            await until(pilot, lambda: any(one.under_way for one in view(app).evidence))
            assert not any(one.passed is False for one in view(app).evidence)
            await settled(pilot, app)
            assert any(one.passed is False for one in view(app).evidence)

    rehearse(tmp_path, used, port="virtual:used", procedures=only("midi-ready"))


def test_who_comes_back_to_a_step_that_failed_reads_that_its_answer_is_an_earlier_one(
    tmp_path: Path,
) -> None:
    def earlier(app: M1App) -> bool:
        said = EARLIER in text_of(app)
        assert said == any(one.text.startswith(EARLIER) for one in view(app).evidence)
        return said

    async def fail(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        while not (view(app).keys and view(app).kind == "keys"):
            await take_step(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        title = view(app).title
        assert any(one.passed is False for one in view(app).evidence)
        assert not earlier(app)
        await pilot.press("b")
        await settled(pilot, app)
        assert view(app).title != title
        assert not earlier(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).title == title
        assert earlier(app)
        assert f"{EARLIER}, from 2026-11-20 12:00" in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert any(one.passed is False for one in view(app).evidence)
        assert not earlier(app)

    async def resume(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        await settled(pilot, app)
        assert any(one.passed is False for one in view(app).evidence)
        assert earlier(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert any(one.passed is False for one in view(app).evidence)
        assert not earlier(app)

    ready = only("midi-ready")
    rehearse(tmp_path, fail, port="virtual:used", size=(80, 40), procedures=ready)
    rehearse(tmp_path, resume, port="virtual:used", size=(80, 40), procedures=ready)


def test_after_a_no_without_keys_of_its_own_a_step_names_the_panel(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        assert "p panel" not in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert any(piece.passed is False for piece in view(app).evidence)
        assert "p panel" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("dump-from-computer"))


def test_a_skipped_step_names_the_key_that_does_it_after_all(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, WriteDialog))
        await pilot.press(*"nocables", "enter")
        await settled(pilot, app)
        await pilot.press("b")
        await settled(pilot, app)
        assert view(app).glyph == "[!]"
        assert "r do it after all" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("midi-ready"))


def test_a_form_of_one_field_speaks_of_no_next_one(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        await walk_to(pilot, app, "Choose how far")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        assert "Enter saves it. Esc goes back." in text_of(app)
        assert "next field" not in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_r_at_values_opens_the_form_at_once_with_what_was_written_before(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        await walk_to(pilot, app, "Choose how far")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        await pilot.press("7", "enter")
        await until(pilot, lambda: view(app).title == "Set the transposition")
        await settled(pilot, app)
        await pilot.press("b")
        await until(pilot, lambda: view(app).glyph == "[x]")
        assert "r change values" in text_of(app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        assert app.screen.query_one("#value-semitones", Input).value == "7"
        await pilot.press("5", "enter")
        await until(pilot, lambda: view(app).title == "Set the transposition")
        assert guide_of(app).run.values["semitones"] == "5"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_r_at_the_source_opens_the_choice_at_once(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "dump-from-computer")
        await walk_to(pilot, app, "Choose where the sounds come from")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))
        await pilot.press("end", "enter")
        await until(pilot, lambda: view(app).glyph == "[A]")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, SourceScreen))

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("dump-from-computer"))


def test_what_was_typed_in_a_form_that_is_left_is_there_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await walk_to(pilot, app, "Write down the MIDI settings")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        await pilot.press("enter", "e", "x", "t", "escape")
        await settled(pilot, app)
        assert isinstance(app.screen, ProcedureScreen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        assert app.screen.query_one("#value-clock", Input).value == "ext"

    rehearse(tmp_path, walk)


def test_a_virtual_m1_that_was_left_off_can_be_switched_on_before_it_is_compared(
    tmp_path: Path,
) -> None:
    seen: list[str] = []

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "memory-does-not-hold")
        await walk_to(pilot, app, "Leave it off for five minutes")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("space")
        await until(pilot, lambda: view(app).pressed == 1)

    async def come_back(pilot: Pilot[int], app: M1App) -> None:
        menu = app.home.query_one(Menu)
        assert menu.current.startswith(RESUME)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        while isinstance(app.screen, ProcedureScreen):
            seen.append(text_of(app))
            await asyncio.sleep(0.2)
        assert any("Bringing the virtual M1 back as it was left." in text for text in seen)
        await pilot.press("n")
        await settled(pilot, app)
        assert "Space switch it on" in text_of(app)
        await pilot.press("space")
        await settled(pilot, app)
        assert "powered" in app.live.power
        assert view(app).keys == ()

    only_it = only("memory-does-not-hold")
    rehearse(tmp_path, leave, port="virtual:healthy", procedures=only_it)
    rehearse(tmp_path, come_back, port="virtual:healthy", procedures=only_it)


def test_home_and_the_panel_say_that_an_unfinished_run_stands_at_another_virtual_m1(
    tmp_path: Path,
) -> None:
    def words(app: M1App) -> str:
        return " ".join(text_of(app).split())

    another = 'The unfinished run "Find out why the memory is lost" uses another virtual M1.'
    brings = "Resume the run to bring that one back as it was left."

    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "memory-does-not-hold")
        await take_step(pilot, app)
        await pilot.press("q", "enter")
        await until(pilot, lambda: app.guide is None)
        assert another not in words(app)  # it stands at the one that is there

    async def come_back(pilot: Pilot[int], app: M1App) -> None:
        assert another in words(app)
        assert brings in words(app)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert another in words(app)
        assert brings in words(app)
        await pilot.press("escape")
        await begin(pilot, app, "memory-does-not-hold")
        await settled(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PanelScreen))
        assert another not in words(app)
        await pilot.press("escape", "q", "enter")
        await until(pilot, lambda: app.guide is None)
        assert another not in words(app)

    only_it = only("memory-does-not-hold")
    rehearse(tmp_path, leave, port="virtual:healthy", procedures=only_it)
    rehearse(tmp_path, come_back, port="virtual:healthy", procedures=only_it)


async def mutely_busy(app: M1App, found: dict[str, float]) -> None:
    """Note, by steps, the longest time that a step ignored its keys and the screen did not say so.

    Runs until it is cancelled.
    """
    loop = asyncio.get_running_loop()
    since = loop.time()
    while True:
        await asyncio.sleep(0.1)
        guide = app.guide
        shown = guide.screen.view if guide is not None else None
        if guide is None or shown is None or app.screen is not guide.screen:
            since = loop.time()
            continue
        keys = {key for key, _ in hints_of(shown)}
        says = not keys & {"Enter", "Space", "r", "v", "s", "b", "q"}
        if says or guide.listening or not guide.busy:
            since = loop.time()
        else:
            found[shown.title] = max(found.get(shown.title, 0.0), loop.time() - since)


@pytest.mark.parametrize(
    ("procedure", "scenario"),
    [("memory-does-not-hold", "does-not-hold"), ("internal-battery", "low-battery")],
)
def test_while_a_step_ignores_its_keys_the_screen_says_what_is_done(
    tmp_path: Path, procedure: str, scenario: str
) -> None:
    found: dict[str, float] = {}

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        looks = asyncio.create_task(mutely_busy(app, found))
        await begin(pilot, app, procedure)
        if procedure == "memory-does-not-hold":
            await walk_to(pilot, app, "Leave it off for five minutes")
            await pilot.press("enter")
            await until(pilot, lambda: view(app).listening)
            await pilot.press("v")
            await settled(pilot, app)
        await walk_home(pilot, app)
        looks.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looks

    rehearse(tmp_path, walk, port=f"virtual:{scenario}", procedures=only(procedure))
    assert found, "it was never busy"
    assert {title: time for title, time in found.items() if time > SOON + 0.2} == {}


def test_a_text_that_begins_above_what_is_seen_says_so(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        await walk_to(pilot, app, "Write down the MIDI settings")
        assert "- more: PgUp" not in text_of(app)
        await pilot.press("pagedown")
        await still(pilot, app)
        assert "3  Write down the MIDI settings" in text_of(app)
        assert "- more: PgUp" in text_of(app)
        await pilot.press("pageup")
        await still(pilot, app)
        assert "- more: PgUp" not in text_of(app)

    rehearse(tmp_path, walk)


def test_a_step_that_an_answer_leads_past_leaves_the_rail(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "bench-test")
        await walk_to(pilot, app, "Do you have pedals?")
        await pilot.press("down", "enter")
        await settled(pilot, app)
        assert view(app).title == "Start, stop and clock"
        assert all(step.title != "The pedals" for step in view(app).rail)
        assert [step.number for step in view(app).rail][7:10] == [8, 10, 11]
        assert app.guide is not None
        assert "[-]" in [mark.value for mark in app.guide.run.marks]

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("bench-test"))


def test_values_out_of_range_are_not_taken(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        while not view(app).fields:
            await take_step(pilot, app)
        check_golden(app, "values")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        await pilot.press("ctrl+a", "ctrl+k", *"13", "enter")
        assert "expected -12 to 12" in text_of(app)
        check_golden(app, "form")
        form = app.screen
        await pilot.press("ctrl+a", "ctrl+k", *"3", "enter")
        await until(pilot, lambda: app.screen is not form)
        await settled(pilot, app)
        assert "UP/DOWN until semitones +3" in " ".join(view(app).keys)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_the_format_is_not_begun_before_its_word_is_typed(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "card-format")
        while not isinstance(app.screen, WriteDialog):
            await take_step(pilot, app)
        await pilot.press(*"format", "enter")
        assert "Type FORMAT" in text_of(app)
        await pilot.press("escape")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"

    rehearse(tmp_path, walk, port="virtual:other-card", procedures=only("card-format"))


def test_home_remembers_the_place_and_scrolls_to_it(tmp_path: Path) -> None:
    names = [path.stem for path in screens_folder().glob("*.toml")]

    async def give_up(pilot: Pilot[int], app: M1App) -> None:
        app.home.lists = app.home.lists._replace(backups_folder="~/.local/share/m1tui/backups")
        await pilot.pause()
        check_golden(app, "home-all")
        await begin(pilot, app, "transpose")
        await pilot.press("q", "end", "enter", *"not today", "enter")
        await until(pilot, lambda: app.screen is app.home)

    async def look(pilot: Pilot[int], app: M1App) -> None:
        assert "> Transpose the M1" in text_of(app)

    rehearse(tmp_path, give_up, port="virtual:healthy", procedures=only(*names))
    rehearse(tmp_path, look, port="virtual:healthy", procedures=only(*names))


def test_a_procedure_of_questions_alone_ends_done_by_hand(tmp_path: Path) -> None:
    words: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "symptoms")
        while not isinstance(app.screen, ResultScreen):
            await take_step(pilot, app)
        words.append(app.screen.view.outcome)
        words.append(text_of(app))

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("symptoms"))
    word, shown = words
    assert word == "DONE BY HAND"
    assert "DONE BY HAND" in shown
    assert "no step of it was proved" in shown
    assert "VERIFIED" not in shown


@pytest.mark.parametrize(
    ("port", "found"),
    [
        ("virtual:healthy", "the M1 reports memory allocation 100/100, 4,400 steps"),
        ("virtual:used", "Exclusive disabled: the M1 on channel 1 sends its identity"),
    ],
)
def test_a_question_shows_what_the_m1_answered_to_it_at_first(
    tmp_path: Path, port: str, found: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "symptoms")
        await walk_to(pilot, app, "What is wrong?")
        await pilot.press("2")
        await settled(pilot, app)
        await pilot.press("4")
        await settled(pilot, app)
        said = " ".join(text_of(app).split())
        assert "They stop there when the memory allocation is 50/50." in said
        assert said.count(found) == 1
        assert "> 1 Change the memory allocation" in said
        assert "3 None of these" in said

    rehearse(tmp_path, walk, port=port, procedures=only("symptoms"))


def test_the_next_question_begins_at_its_first_option(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "symptoms")
        await walk_to(pilot, app, "What is wrong?")
        await pilot.press("down", "down", "down", "down", "enter")
        await until(pilot, lambda: view(app).title == "Which keys or controls?")
        await settled(pilot, app)
        assert "> 1  Keyboard keys stick" in text_of(app)
        await pilot.press("down", "down")
        app.refresh_home()
        await settled(pilot, app)
        assert "> 3  A key sounds by itself" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("symptoms"))


def test_the_rail_of_symptoms_shows_the_branch_that_was_taken(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        def rail() -> list[tuple[int, str]]:
            return [(step.number, step.title) for step in view(app).rail]

        await begin(pilot, app, "symptoms")
        first = [(1, "Ask the M1, if it can answer"), (2, "What is wrong?")]
        assert rail() == first
        await walk_to(pilot, app, "What is wrong?")
        await pilot.press("4")  # its display
        await settled(pilot, app)
        await walk_to(pilot, app, "What does the display show?")
        assert rail() == [*first, (3, "What does the display show?")]
        assert text_of(app).splitlines()[0].endswith(" step 3")
        assert " 3  What does the display show?" in text_of(app)
        await pilot.press("q")
        await settled(pilot, app)
        assert "continue at step 3," in " ".join(text_of(app).split())
        await pilot.press("escape")
        await settled(pilot, app)
        await pilot.press("b")
        await pilot.pause()
        # An answer stands until another one is given, and so does what follows it.
        assert (3, "What does the display show?") in rail()

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("symptoms"))


def test_the_rail_of_a_procedure_without_branches_shows_all_its_steps(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        assert [step.number for step in view(app).rail] == [*range(1, view(app).steps + 1)]

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("midi-ready"))


def test_a_step_that_is_open_again_has_its_keys_to_press_again(tmp_path: Path) -> None:
    async def transposed(pilot: Pilot[int], app: M1App, semitones: str) -> None:
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press(*["backspace"] * 4, *semitones, "enter")
        await settled(pilot, app)

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        await take_step(pilot, app)
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        if not app.screen.is_modal:
            await pilot.press("enter")
        await transposed(pilot, app, "5")
        await until(pilot, lambda: view(app).number in (2, 3))
        if view(app).number == 2:
            await pilot.press("enter")
            await settled(pilot, app)
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        await pilot.press("b")
        await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        if not app.screen.is_modal:
            await pilot.press("enter")
        await transposed(pilot, app, "7")
        assert view(app).number == 3
        assert (view(app).glyph, view(app).pressed) == ("[ ]", 0)
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_the_first_step_names_all_that_is_needed(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "internal-battery")
        while view(app).number > 1:
            await pilot.press("b")
            await settled(pilot, app)
        tools = built_in("internal-battery").tools
        assert view(app).text.startswith(f"You need: {'; '.join(tools)}.")
        assert "You need: Phillips screwdriver" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:low-battery", procedures=only("internal-battery"))


def test_a_step_that_destroys_warns_when_it_is_done_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "initialise")
        await walk_to(pilot, app, "Write down the ROM number")
        await pilot.press("b")
        await settled(pilot, app)
        await still(pilot, app)
        shown = text_of(app)
        for words in ("You have done this step before.", "no file contains it."):
            assert words in shown, shown

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("initialise"))


async def saved_while_protected(pilot: Pilot[int], app: M1App) -> None:
    """Walk to the step that saves to the card, and let it fail: the card's protects are on."""
    await begin(pilot, app, "card-save")
    await walk_to(pilot, app, "Turn the card's protects off")
    # The first of its two pages is left as it is: the display at the end does not show that.
    await pilot.press("p", "f8", "6", "plus", "d", "down", "escape", "enter")
    await settled(pilot, app)
    await pilot.press("v")
    await settled(pilot, app)
    assert view(app).title == "Save to the card"
    assert view(app).pressed == len(view(app).keys)


def test_a_step_that_is_opened_again_is_shown_from_its_beginning_and_warns_of_no_loss(
    tmp_path: Path,
) -> None:
    """Its keys are only listened to: they write nothing."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "panel-keys")
        await walk_to(pilot, app, "Press the keys that can be heard")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("space")
        await until(pilot, lambda: not view(app).listening)
        await until(pilot, lambda: "- more: PgUp" in text_of(app))
        await pilot.press("r")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert view(app).warning == ""
        said = " ".join(text_of(app).split())
        assert "If the M1 is in COMBI mode, press PROG first." in said
        assert "You have done this step before" not in said

    rehearse(tmp_path, walk, port="virtual:dead-key", procedures=only("panel-keys"))


def test_keys_are_to_be_pressed_again_after_a_step_before_was_done_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await saved_while_protected(pilot, app)
        for key in ("b", "r", "v", "enter"):
            await pilot.press(key)
            await settled(pilot, app)
        assert view(app).title == "Save to the card"
        assert view(app).pressed == 0
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:card", procedures=only("card-save"))


def test_why_a_step_cannot_be_done_now_is_in_view_above_an_older_answer(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await saved_while_protected(pilot, app)
        rehearsal = app.bench.rehearsal
        assert rehearsal is not None
        await rehearsal.perform("remove-card")
        await pilot.press("enter")
        await settled(pilot, app)
        await pilot.press("f2", "enter")
        await still(pilot, app)
        told = " ".join(text_of(app).split())
        assert '"Save to the card" must wait for "Put the card in and' in told
        assert "Go back with b and do them first." in told

    rehearse(tmp_path, walk, port="virtual:card", procedures=only("card-save"))


def test_a_procedure_about_what_a_rack_does_not_have_is_not_begun_on_one(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("home", "enter")
        await settled(pilot, app)
        assert app.guide is None
        assert 'record a song" is not for an m1r: it has no keyboard' in text_of(app).lower()

    rehearse(tmp_path, walk, port="virtual:rack", procedures=only("record"))


def test_keys_are_to_be_pressed_again_where_the_last_check_opens_their_step(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        await walk_to(pilot, app, "Set the transposition")
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        rehearsal = app.bench.rehearsal
        assert rehearsal is not None
        await rehearsal.perform("press GLOBAL 0 + F DOWN DOWN")
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).doubt
        assert (view(app).glyph, view(app).pressed) == ("[ ]", 0)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_a_value_that_is_named_among_those_it_may_be_is_no_example_of_them(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "panel-keys")
        await walk_to(pilot, app, "Check the other keys by eye")
        label = "Dead or flaky keys"
        assert view(app).fields == ((label, "none, or your own words"),)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("panel-keys"))


def test_what_a_value_may_be_is_shown_with_what_was_found_before(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "sticky-keys")
        await walk_to(pilot, app, "Note the keys")
        assert view(app).fields == (("Sticky keys", "none, or your own words"),)
        assert "61 of 61 keys good" in " ".join(text_of(app).split())

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("sticky-keys"))


@pytest.mark.parametrize(
    ("procedure", "scenario", "title", "needed"),
    [
        ("card-sets", "healthy", "Do the names match the set?", "4 multisounds: Anvil, Loom"),
        ("panel-keys", "dead-key", "Are there dead keys?", "not heard: 4"),
    ],
)
def test_what_a_question_is_about_is_on_its_page(
    tmp_path: Path, procedure: str, scenario: str, title: str, needed: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, procedure)
        await walk_to(pilot, app, title)
        await still(pilot, app)
        assert needed in " ".join(text_of(app).split())

    rehearse(tmp_path, walk, port=f"virtual:{scenario}", procedures=only(procedure))


def test_who_lets_the_virtual_m1_do_it_all_twice_has_it_done_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Check the M1: program 00")
        rehearsal = guide_of(app).bench.rehearsal
        assert rehearsal is not None
        press = type(rehearsal).press

        async def counted(at: Any, keys: str) -> None:
            pressed.append(keys)
            await press(at, keys)

        monkeypatch.setattr(type(rehearsal), "press", counted)
        await pilot.press("v")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("v", "space")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert pressed == ["PROG", "0", "0"]

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_help_that_is_open_when_a_transfer_ends_is_left_by_esc_and_not_the_run(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "erase-song")
        await walk_to(pilot, app, "Save all songs")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.pause(600)
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await settled(pilot, app)
        assert isinstance(app.screen, ResultScreen)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("erase-song"))


def test_at_the_last_step_enter_leads_to_a_step_that_is_open_again(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "transpose")
        guide = guide_of(app)
        await walk_to(pilot, app, "Set the transposition")
        await take_step(pilot, app)
        await until(pilot, lambda: guide.run.current_state.mark is Mark.SENSED)
        first = guide.run.procedure.steps[0]
        guide.journal.record(guide.run.doubt(first.id, "The M1 is on."))
        await pilot.press("enter")
        await settled(pilot, app)
        assert isinstance(app.screen, ProcedureScreen)
        assert guide.run.current is first
        assert "This step is open again." in text_of(app)
        assert "Reopened: The M1 is on." in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("transpose"))


def test_after_a_no_of_what_is_listened_for_space_names_the_key_that_it_presses(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Check the first sound")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("space")
        await until(pilot, lambda: view(app).pressed == 1)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert f"Space press {view(app).keys[0]}" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sticky-keys", "Find the keys that stick"),
        ("used-m1", "Check the M1: pressure and joystick"),
        ("used-m1", "Check the M1: program 00"),
    ],
)
def test_a_step_that_was_stopped_while_it_listened_names_the_keys_that_begin_it_again(
    tmp_path: Path, name: str, title: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, name)
        await walk_to(pilot, app, title)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        for _ in view(app).keys[:-1] or view(app).keys:
            await pilot.press("space")
            await asyncio.sleep(2.0)
        assert view(app).listening
        await pilot.press("escape")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        await until(pilot, lambda: not view(app).acting)
        bar = " ".join(text_of(app).splitlines()[-1].split())
        assert bar.startswith("Enter check")
        assert "Space" in bar
        assert "v do it all" in bar
        await pilot.press("v")
        await until(pilot, lambda: view(app).glyph != "[ ]")

    rehearse(tmp_path, walk, port="virtual:used", procedures=only(name))


@pytest.mark.parametrize(
    ("name", "title", "wrong"),
    [
        ("initialise", "Put the allocation back as it was", "GLOBAL 6 + + + UP G"),
        ("midi-ready", "", "GLOBAL 5 + UP D UP F UP H UP DOWN"),
    ],
)
def test_after_a_no_v_does_it_all_although_every_key_may_have_been_pressed(
    tmp_path: Path, name: str, title: str, wrong: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, name)
        if title:
            await walk_to(pilot, app, title)
        while view(app).kind != "keys":
            await take_step(pilot, app)
        for key in wrong.split():
            await guide_of(app).press_key(key)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert "v do it all" in " ".join(text_of(app).splitlines()[-1].split())
        await pilot.press("v")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only(name))


def test_after_another_program_the_advice_names_all_keys_of_the_step(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "used-m1")
        await walk_to(pilot, app, "Check the first sound")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        for key in ("PROG", "0", "5", "UP", "DOWN"):
            await guide_of(app).press_key(key)
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        said = " ".join(line for piece in view(app).evidence for line in piece.advice)
        assert "press PROG 0 0 UP DOWN on the M1" in said
        assert "INT 0 0" not in said

    rehearse(tmp_path, walk, port="virtual:used", procedures=only("used-m1"))


def test_the_hands_of_a_proved_step_begin_again_with_r_and_it_is_asked_after_them(
    tmp_path: Path,
) -> None:
    async def used(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "rom-check")
        await walk_to(pilot, app, "Switch on while you hold INT")
        await pilot.press("v")
        await settled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).title == "Write down the ROM number")
        await pilot.press("b", "r")
        await settled(pilot, app)
        assert (view(app).glyph, view(app).pressed) == ("[ ]", 0)
        await pilot.press("space")
        await settled(pilot, app)
        assert "switched off" in text_of(app)
        await pilot.press("space")
        await settled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: view(app).glyph == "[A]")

    rehearse(tmp_path, used, procedures=only("rom-check"))


def test_keys_that_memory_protect_stopped_lead_back_to_the_step_that_turns_it_off(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "restore-from-card")
        await walk_to(pilot, app, "Load from the card")
        await pilot.press("p", "f8", "6", "up", "escape", "v")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        said = " ".join(view(app).evidence[0].advice)
        assert "MEMORY PROTECTED" in said
        assert "A memory protect is still ON: go back with b to the step that turns it off" in said

    rehearse(tmp_path, walk, port="virtual:card-after-loss", procedures=only("restore-from-card"))


def test_a_step_that_turns_protects_off_does_not_lead_back_to_itself(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "restore-from-card")
        await walk_to(pilot, app, "Turn memory protect off")
        await pilot.press("p", "f8", "6", "up", "f8", "8", "down", "g", "g", "escape")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        said = " ".join(view(app).evidence[0].advice)
        assert "MEMORY PROTECTED" in said
        assert "go back with b" not in said

    rehearse(tmp_path, walk, port="virtual:card-after-loss", procedures=only("restore-from-card"))


def test_a_key_at_the_panel_before_the_memory_was_compared_is_no_key_of_the_step(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "card-save")
        await walk_to(pilot, app, "Save to the card")
        assert isinstance(app.screen, ProcedureScreen)
        guide = app.screen.leader
        guide.journal.record(guide.run.back())
        guide.journal.record(guide.run.next())
        guide.journal.run = replace(guide.run, compared=frozenset())
        assert guide.run.owes_comparison
        await pilot.press("p", "f8")
        await pilot.pause()
        assert isinstance(app.screen, PanelScreen)
        assert guide.pictures_now.pressed_now(guide.run) == 0

    rehearse(tmp_path, walk, port="virtual:card", procedures=only("card-save"))


def test_who_left_while_the_virtual_m1_recorded_is_told_that_it_was_stopped(
    tmp_path: Path,
) -> None:
    async def leave(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "play")
        await walk_to(pilot, app, "Play it")
        await pilot.press("p", "f4", "r", "s")
        await pilot.pause()
        assert "RUN" in app.live.display[0] + app.live.display[1]
        await pilot.press("escape")
        await pilot.pause()

    async def come_back(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        await settled(pilot, app)
        said = " ".join(text_of(app).replace("│", " ").split())
        assert "was stopped. What had been recorded is kept." in said

    rehearse(tmp_path, leave, port="virtual:healthy", procedures=only("play"))
    rehearse(tmp_path, come_back, port="virtual:healthy", procedures=only("play"))


def test_g_pressed_at_another_track_does_not_count_the_track_as_chosen(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "erase-track")
        await walk_to(pilot, app, "Erase the track")
        turn = next(at for at, key in enumerate(view(app).keys) if "until track" in key)
        await pilot.press("p", "f4", "b", "up", "down", "4", "+", "+")
        await pilot.pause()
        assert view(app).pressed == turn
        await pilot.press("up", "up", "up", "g", "g")
        await pilot.pause()
        assert view(app).pressed <= turn, view(app).keys[view(app).pressed]

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("erase-track"))


@pytest.mark.parametrize("key", ["space", "v"])
def test_a_virtual_m1_is_switched_on_at_a_step_that_is_opened_again_while_it_is_off(
    tmp_path: Path, key: str
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "sticky-keys")
        await walk_to(pilot, app, "Jiggle the sticky key")
        while view(app).number > 1:
            await pilot.press("b")
            await settled(pilot, app)
        await pilot.press("r")
        await settled(pilot, app)
        assert "switched off" in text_of(app)
        assert "Space switch it on" in text_of(app)
        await pilot.press(key)
        await settled(pilot, app)
        if key == "space":
            assert "Space play every key" in text_of(app)
            await pilot.press("v")
        await until(pilot, lambda: "61 of 61 keys good" in text_of(app))

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("sticky-keys"))


def test_enter_switches_a_virtual_m1_on_where_it_says_that_it_does_the_step(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        assert app.bench.rehearsal is not None
        await app.bench.rehearsal.perform("power-off")
        await begin(pilot, app, "panel-keys")
        await settled(pilot, app)
        assert "[switch it on]" in text_of(app)
        assert "Enter do it and check" in text_of(app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[A]"
        assert "powered" in app.live.power

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("panel-keys"))


def test_how_it_ended_is_shown_before_an_answer_leads_on(tmp_path: Path) -> None:
    async def used(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "card-format")
        await walk_to(pilot, app, "What now?")
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, GoOnDialog))
        await asyncio.sleep(READ_SECONDS)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ResultScreen))
        assert "VERIFIED" in text_of(app)
        await asyncio.sleep(READ_SECONDS)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProcedureScreen))
        assert view(app).procedure == built_in("card-save").title

    rehearse(tmp_path, used, port="virtual:card", procedures=only("card-format", "card-save"))


def test_a_channel_that_a_wrong_key_changed_is_named_with_the_keys_that_set_it_back(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "external-sequencer")
        await walk_to(pilot, app, "Set the clock to External")
        await pilot.press("p", "f8", "5", "b", "up", "d", "up", "escape", "enter")
        await settled(pilot, app)
        said = " ".join(view(app).evidence[0].advice)
        assert "Ch is 2, but was 1. To set it back, press B, then UP or DOWN" in said
        assert "until the display shows Ch:1." in said
        assert "v for all" not in said
        await pilot.press("p", "b", "down", "escape")
        await settled(pilot, app)
        await pilot.press("r", "v")
        await settled(pilot, app)
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).title != "Set the clock to External"

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("external-sequencer"))


def test_a_protect_that_swapped_keys_may_have_turned_off_is_named(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "songs-to-card")
        await walk_to(pilot, app, "Turn the card's protect for songs off")
        await pilot.press("p", "f8", "6", "+", "+", "down", "d", "escape", "enter")
        await settled(pilot, app)
        said = " ".join(view(app).evidence[0].advice)
        assert "INT is OFF. If a wrong key has set it so, press B, then UP." in said

    rehearse(tmp_path, walk, port="virtual:song-card", procedures=only("songs-to-card"))


def test_a_wrong_key_that_changed_another_setting_is_said_not_to_be_set_back_by_the_steps_keys(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "aftertouch-off")
        await walk_to(pilot, app, "Set aftertouch to DIS")
        await pilot.press("p", "f8", "5", "+", "f", "down", "escape", "enter")
        await settled(pilot, app)
        said = " ".join(view(app).evidence[0].advice)
        assert "CTRL:>DIS" in said
        assert "set that one back first: these keys do not." in said
        await pilot.press("p", "up", "d", "up", "escape", "enter")
        await settled(pilot, app)
        said = " ".join(view(app).evidence[0].advice)
        assert "AFTT:>ENA" in said
        assert "set that back" not in said

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("aftertouch-off"))


def test_who_stops_a_check_that_writes_back_what_it_reads_is_told_that_it_writes(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "memory-protect-off")
        await walk_to(pilot, app, "Set all three protects to OFF")
        await pilot.press("v")
        await settled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        await pilot.press("c")
        await until(pilot, lambda: "Stop this check?" in text_of(app))
        said = " ".join(text_of(app).replace("║", " ").split())
        assert "it writes back what it has read, and nothing else" in said
        assert "Nothing is written" not in said
        await pilot.press("y")
        await settled(pilot, app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("memory-protect-off"))


def test_after_a_key_that_was_left_out_the_mark_stands_on_the_key_that_space_presses(
    tmp_path: Path,
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "bench-test")
        await walk_to(pilot, app, "UP and DOWN")
        await pilot.press("enter")
        await until(pilot, lambda: view(app).listening)
        await pilot.press("p", "up", "escape")
        await until(pilot, lambda: bool(view(app).heard))
        await pilot.press("enter")
        await settled(pilot, app)
        assert view(app).glyph == "[ ]"
        assert "DOWN not heard" in text_of(app)
        assert view(app).pressed == 0
        assert "[UP]" in text_of(app)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("bench-test"))


def test_the_display_keeps_up_while_what_listens_goes_on_after_the_hands(tmp_path: Path) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "midi-ready")
        await walk_to(pilot, app, "Prove program change and Exclusive")
        rehearsal = app.bench.rehearsal
        shown: list[bool] = []
        assert rehearsal is not None
        await rehearsal.perform("press COMBI")
        await pilot.press("v")

        def acted() -> bool:
            if view(app).pressed == len(view(app).keys):
                shown.append(app.live.display == rehearsal.display())
            return view(app).glyph == "[A]"

        await until(pilot, acted)
        assert shown
        assert all(shown)

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("midi-ready"))
