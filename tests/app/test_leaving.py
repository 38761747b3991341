"""No key leaves a run without a question; set to nothing, NO_COLOR means nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from m1tui.app.app import M1App
from m1tui.app.dialogs.choices import LeaveDialog
from m1tui.app.help import HelpScreen
from m1tui.app.run.procedure import ProcedureScreen
from m1tui.app.run.transfer import TransferScreen
from m1tui.app.theme import Look, look_for
from m1tui.link.virtual import VirtualLink
from m1tui.procedures.states import Mark
from tests.app.rehearsal import begin, only, rehearse, settled, until, walk_to


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q", "q"])
@pytest.mark.parametrize("first", [(), ("p",)], ids=["step", "panel"])
def test_leaving_a_run_is_asked_about_and_esc_stays(
    tmp_path: Path, key: str, first: tuple[str, ...]
) -> None:
    if (key, first) == ("q", ("p",)):
        pytest.skip("q is a key of the panel there")

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        await pilot.press(*first, key)
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("escape")
        await settled(pilot, app)
        assert app.guide is not None
        if not first:
            assert isinstance(app.screen, ProcedureScreen)

    rehearse(tmp_path, walk)


@pytest.mark.parametrize("looks", [0.3, 1.0, 1.8])
@pytest.mark.parametrize("quits", [False, True], ids=["home", "quit"])
def test_a_run_is_left_while_a_look_at_an_m1_that_is_silent_is_under_way(
    tmp_path: Path, looks: float, quits: bool
) -> None:
    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "tune")
        assert app.guide is not None
        instrument, guide = app.bench.instrument, app.guide
        assert instrument is not None
        assert isinstance(instrument.link, VirtualLink)
        instrument.link.touch(instrument.link.machine.power_off)
        app.instrument_watch.poll()
        await pilot.pause(looks)
        assert app.bench.busy
        if quits:
            await guide.stop()
        else:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
            assert app.bench.busy
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is app.home)
        assert guide.journal.closed
        # What is pressed, and looked at, while the program is left comes too late.
        guide.retry()
        guide.read_alarms()
        app.instrument_watch.poll()
        await pilot.pause(20)
        assert not [one for one in app.workers if one.group in ("poll", "step")]

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("tune"))


@pytest.mark.parametrize("waits", [0, 600], ids=["under way", "done"])
def test_the_program_ends_while_help_is_open_above_a_transfer(tmp_path: Path, waits: int) -> None:
    """As when the terminal is closed: nobody is there to leave the help."""

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await begin(pilot, app, "erase-song")
        await walk_to(pilot, app, "Save all songs")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferScreen))
        await pilot.press("question_mark")
        if waits:
            await pilot.pause(600)
            await until(pilot, lambda: any(tmp_path.rglob("*.syx")))
            await pilot.pause(600)
        assert isinstance(app.screen, HelpScreen)
        assert app.guide is not None
        guide, step = app.guide, app.guide.run.current.id
        clock = asyncio.get_running_loop()
        began = clock.time()
        await asyncio.wait_for(guide.stop(), 30)
        assert clock.time() - began < 10
        assert guide.journal.closed
        marked = Mark.SENSED if waits else Mark.OPEN
        assert guide.run.state(step).mark is marked

    rehearse(tmp_path, walk, port="virtual:healthy", procedures=only("erase-song"))


@pytest.mark.parametrize(
    ("environ", "look"),
    [({"NO_COLOR": ""}, Look.FULL), ({"NO_COLOR": "1"}, Look.NONE), ({"NO_COLOR": "0"}, Look.NONE)],
)
def test_no_color_counts_only_when_it_is_not_empty(environ: dict[str, str], look: Look) -> None:
    full = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    assert look_for(full | environ) is look
