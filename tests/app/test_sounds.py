"""Sounds are heard and marked by keyboard; judged by the virtual M1's true state."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from m1tui.app.app import M1App
from m1tui.app.library.inspect import InspectScreen
from m1tui.app.library.opened import open_file
from m1tui.app.sound.screen import SoundScreen, Stage
from m1tui.link.base import Direction
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.procedures.states import Mark
from m1tui.store.report import render, report
from m1tui.sysex import BankDump, Part
from m1tui.virtual.machine import VirtualM1
from tests.app.rehearsal import begin, guide_of, only, rehearse, until, walk_to
from tests.app.rendering import check_golden, text_of
from tests.engine.play.test_playing import hanging, state

HEALTHY = "virtual:healthy"


def machine_of(app: M1App) -> VirtualM1:
    assert app.bench.instrument is not None
    link = app.bench.instrument.link
    assert isinstance(link, VirtualLink)
    return link.machine


def stage(app: M1App) -> Stage | None:
    assert isinstance(app.screen, SoundScreen), app.screen
    return app.screen.view.stage if app.screen.view is not None else None


def told(app: M1App) -> str:
    assert isinstance(app.screen, SoundScreen)
    return app.screen.view.told if app.screen.view is not None else ""


async def open_sounds(pilot: Pilot[int], app: M1App) -> None:
    await pilot.press("a")
    await until(pilot, lambda: isinstance(app.screen, SoundScreen) and stage(app) is Stage.READY)


async def play(pilot: Pilot[int], app: M1App) -> None:
    await pilot.press("space")
    await until(pilot, lambda: told(app).startswith("Played"))


async def leave(pilot: Pilot[int], app: M1App) -> None:
    await pilot.press("escape")
    await until(pilot, lambda: not isinstance(app.screen, SoundScreen) and app.is_idle)


def test_the_sounds_of_the_m1_are_walked_heard_and_left_without_a_trace(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        before = state(m1)
        await open_sounds(pilot, app)
        check_golden(app, "sounds")
        await pilot.press(*["down"] * 17)
        await play(pilot, app)
        check_golden(app, "sounds-played")
        assert {note.slot for note in m1.played} == {"I17"}
        await pilot.press("right", "down", "down")
        await play(pilot, app)
        assert "combination I02" in told(app)
        await pilot.press("right", "down")
        await play(pilot, app)
        assert "drum kit 2" in told(app)
        assert not hanging(m1)
        await leave(pilot, app)
        assert app.screen is app.home
        assert state(m1) == before

    rehearse(tmp_path, visit, port=HEALTHY)


def test_a_sound_is_marked_and_the_mark_is_reported(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        await open_sounds(pilot, app)
        await pilot.press("down", "enter", "down", "down", "enter")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        await pilot.press(*"no left", "enter")
        await until(pilot, lambda: told(app) == "Kept in the service log.")
        check_golden(app, "sounds-marked")
        await leave(pilot, app)
        log = app.bench.store.log
        (visited,) = log.visits()
        (heard,) = visited.heard
        assert (heard.sound, heard.verdict, heard.note) == (
            "program I01 Felt Room",
            "silent",
            "no left",
        )
        text = render(report(log, visited.id), "text")
        assert "0 right, 0 wrong, 1 silent" in text
        assert "no left" in text

    rehearse(tmp_path, visit, port=HEALTHY)


def test_the_newest_mark_of_a_sound_counts(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        await open_sounds(pilot, app)
        for choice in ([], ["down"]):
            await pilot.press("enter", *choice, "enter")
            await until(pilot, lambda: bool(app.screen.query(Input)))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, SoundScreen) and "Kept" in told(app))
        (visited,) = app.bench.store.log.visits()
        assert [one.verdict for one in visited.heard] == ["wrong"]
        await leave(pilot, app)

    rehearse(tmp_path, visit, port=HEALTHY)


def test_a_chord_that_sounds_ends_by_the_panic_key_by_leaving_and_by_quitting(
    tmp_path: Path,
) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        before = state(m1)
        await open_sounds(pilot, app)
        await pilot.press("space")
        await until(pilot, lambda: len(hanging(m1)) == 4)
        await pilot.press("f9")
        await until(pilot, lambda: not hanging(m1) and "All Notes Off" in told(app))
        await pilot.press("space")
        await until(pilot, lambda: len(hanging(m1)) == 4)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home and app.is_idle)
        assert not hanging(m1)
        assert state(m1) == before
        await open_sounds(pilot, app)
        await pilot.press("space")
        await until(pilot, lambda: len(hanging(m1)) == 4)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.bench.instrument is None)
        assert not hanging(m1)
        assert state(m1) == before

    rehearse(tmp_path, visit, port=HEALTHY)


def test_space_while_a_chord_sounds_begins_the_next_sound_and_nothing_hangs(
    tmp_path: Path,
) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        await open_sounds(pilot, app)
        await pilot.press("space")
        await until(pilot, lambda: len(hanging(m1)) == 4)
        await pilot.press("down", "space")
        await until(pilot, lambda: {note.slot for note in hanging(m1)} == {"I01"})
        await until(pilot, lambda: told(app).startswith("Played program I01"))
        assert not hanging(m1)
        await leave(pilot, app)

    rehearse(tmp_path, visit, port=HEALTHY)


def test_octave_velocity_channel_and_phrase_are_chosen_by_keys(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        await open_sounds(pilot, app)
        await pilot.press("o", "v", "f", "f")
        await play(pilot, app)
        assert {note.velocity for note in m1.played} == {64}
        assert m1.played[0].key == 36 + 12
        assert "a bass line" in text_of(app)
        await leave(pilot, app)

    rehearse(tmp_path, visit, port=HEALTHY)


def test_a_program_of_a_file_is_heard_from_inspect(tmp_path: Path) -> None:
    demo = demo_contents()
    assert demo.programs is not None
    wanted = demo.programs[96].name.rstrip()
    file = tmp_path / "other bank.syx"
    contents = demo.replace(programs=demo.programs[::-1])
    file.write_bytes(BankDump.of(contents, Part.ALL).encode())

    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        before = state(m1)
        app.push_screen(InspectScreen(open_file(file)))
        await pilot.pause()
        await pilot.press("2", "down", "down", "down")
        await open_sounds(pilot, app)
        check_golden(app, "sounds-file")
        await play(pilot, app)
        assert {note.program for note in m1.played} == {wanted}
        await leave(pilot, app)
        assert isinstance(app.screen, InspectScreen)
        assert state(m1) == before

    rehearse(tmp_path, visit, port=HEALTHY)


def test_a_name_that_was_found_in_the_library_is_heard(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        backups = app.bench.store.backups_folder
        backups.mkdir(parents=True)
        (backups / "demo.syx").write_bytes(BankDump.of(demo_contents(), Part.ALL).encode())
        await pilot.press("b")
        await until(pilot, lambda: app.is_idle)
        await pilot.press("slash", *"log row")
        await until(pilot, lambda: app.is_idle)
        await pilot.press("enter")
        await open_sounds(pilot, app)
        assert isinstance(app.screen, SoundScreen)
        assert app.screen.current is not None
        assert app.screen.current.title == "program 17 Log Row"
        await leave(pilot, app)

    rehearse(tmp_path, visit, port=HEALTHY)


@pytest.mark.parametrize(
    ("port", "code"),
    [("virtual:used", "Exclusive"), ("virtual:dead-battery", "Exclusive")],
)
def test_an_m1_whose_exclusive_is_off_is_told_and_nothing_sounds(
    tmp_path: Path, port: str, code: str
) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("a")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert code in told(app)
        await pilot.press("space")
        await until(pilot, lambda: app.is_idle)
        assert machine_of(app).played == ()
        await leave(pilot, app)

    rehearse(tmp_path, visit, port=port)


def test_the_panic_key_works_on_home_and_ends_what_a_killed_program_left(tmp_path: Path) -> None:
    killed = tmp_path / "sounding"
    killed.mkdir()
    (killed / "tcp.json").write_text(
        '{"port": "virtual", "channels": [0], "since": "2026-11-20T11:59:00+01:00"}'
    )

    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        offered = " ".join(text_of(app).split())
        assert "may still be sounding. F9 stops all notes." in offered, offered
        m1.receive(bytes([0x90, 60, 100, 0x90, 64, 100]), m1.board.now)
        assert len(hanging(m1)) == 2
        await pilot.press("f9")
        await until(pilot, lambda: not hanging(m1) and app.is_idle)
        assert app.bench.store.left_sounding() == ()
        assert "may still be sounding" not in text_of(app)

    rehearse(tmp_path, visit, port=HEALTHY)


@pytest.mark.parametrize(
    ("name", "title"),
    [("silent-or-noisy", "The same scale on both sides"), ("sound-check", "Ten programs")],
)
def test_the_panic_key_ends_a_step_that_plays_at_once(
    tmp_path: Path, name: str, title: str
) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, name)
        await walk_to(pilot, app, title)
        m1, guide = machine_of(app), guide_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: bool(hanging(m1)))
        assert app.bench.instrument is not None
        sent = app.bench.instrument.link.transcript
        await pilot.press("f9")
        await until(pilot, lambda: "was sent on all channels" in " ".join(text_of(app).split()))
        off = [bytes([0xB0 | channel, 123, 0]) for channel in range(16)]
        assert all(one in sent.bytes(Direction.OUT) for one in off)
        assert not guide.busy
        assert not hanging(m1)
        assert guide.run.current_state.mark is Mark.OPEN
        shown = " ".join(text_of(app).split())
        assert "F9 stopped the notes. This step is not done" in shown
        assert "Playing on the M1" not in shown
        played = m1.played
        await pilot.pause(60)
        assert m1.played == played
        await pilot.press("enter")
        await until(pilot, lambda: guide.run.current_state.mark is Mark.SENSED)

    rehearse(tmp_path, visit, port=HEALTHY, procedures=only(name))


def test_the_panic_key_sends_nothing_into_a_transfer(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        instrument = app.bench.instrument
        assert instrument is not None
        async with app.bench.wire:
            before = instrument.sent
            await pilot.press("f9")
            await until(pilot, lambda: "cable is in use" in text_of(app))
            assert instrument.sent == before

    rehearse(tmp_path, visit, port=HEALTHY)


def test_a_pulled_cable_is_told_and_the_notes_end_once_it_is_back(tmp_path: Path) -> None:
    async def visit(pilot: Pilot[int], app: M1App) -> None:
        m1 = machine_of(app)
        await open_sounds(pilot, app)
        await pilot.press("space")
        await until(pilot, lambda: len(hanging(m1)) == 4)
        assert app.bench.instrument is not None
        link = app.bench.instrument.link
        assert isinstance(link, VirtualLink)
        link._unplug()
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert len(hanging(m1)) == 4
        assert app.bench.notes_sound
        await leave(pilot, app)
        app.live = await app.bench.look()
        assert not hanging(m1)
        assert not app.bench.notes_sound

    rehearse(tmp_path, visit, port=HEALTHY)
