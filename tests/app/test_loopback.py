"""The page of the interface's test: its pictures, and its keys on an app with a looped cable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from m1tui.app.app import M1App
from m1tui.app.help import HelpScreen
from m1tui.app.instrument_watch import LOOKING
from m1tui.app.loop import views
from m1tui.app.loop.page import LoopbackScreen
from m1tui.app.loop.views import LoopView, Stage
from m1tui.app.theme import Look
from m1tui.app.workbench import Workbench
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.clock import run
from m1tui.engine.progress import Phase, Progress
from m1tui.link import Link
from m1tui.link.ports import PortInfo
from m1tui.link.virtual import VirtualLink
from m1tui.options import Options
from m1tui.store import Store
from tests.app.gallery import visit
from tests.app.rehearsal import BATTERY, until
from tests.app.rendering import check_golden, text_of
from tests.cable.loops import Carry, LoopLink, whole
from tests.engine.bench import machine

PORT = "raw:/dev/snd/midiC1D0"
INTERFACE = PortInfo(PORT, "UM-ONE", "0582:012a", None)
BAD = PortInfo(
    "raw:/dev/snd/midiC2D0", "USB MIDI Interface", "1a86:752d", "A cable with the CH345 chip."
)

Visitor = Callable[[Pilot[int], M1App], Awaitable[None]]


def result_of(carry: Carry = whole) -> LoopTest:
    async def main() -> LoopTest:
        async with LoopLink(carry) as link:
            return await loopback(link)

    return run(main())


class StandIn:
    """A tester that shows one picture and notes what is asked of it."""

    def __init__(self, view: LoopView) -> None:
        self.view = view
        self.asked: list[str] = []
        self.screen = LoopbackScreen(cast("Any", self))

    def look(self) -> None:
        self.screen.view = self.view

    def start(self, port: str) -> None:
        self.asked.append(port)

    def cancel(self) -> None:
        self.asked.append("cancel")

    def left(self) -> None:
        self.asked.append("left")


def drawn(view: LoopView, look: Look = Look.FULL) -> str:
    """Return the page with `view` as text."""
    shown: list[str] = []

    async def visitor(pilot: Pilot[int]) -> None:
        shown.append(text_of(pilot.app))

    visit(lambda: StandIn(view).screen, visitor, look=look)
    return shown[0]


HALF = Progress(Phase.TESTING, 25_000, 50_000, 8.2)
PICTURES = {
    "loopback-ready": lambda: views.ready([INTERFACE, BAD]),
    "loopback-none": lambda: views.ready([]),
    "loopback-running": lambda: views.running("UM-ONE", HALF),
    "loopback-trusted": lambda: views.over("UM-ONE", result_of()),
    "loopback-silence": lambda: views.over("UM-ONE", result_of(lambda block, before: ())),
    "loopback-lost": lambda: views.over(
        "UM-ONE",
        result_of(lambda block, before: ((0.0, block if before % 4_999 < 4_600 else block[1:]),)),
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_stage_is_drawn_as_it_was_looked_at(name: str) -> None:
    view = PICTURES[name]()

    async def visitor(pilot: Pilot[int]) -> None:
        check_golden(pilot.app, name)

    visit(lambda: StandIn(view).screen, visitor)


@pytest.mark.parametrize("look", [Look.SIXTEEN, Look.NONE])
def test_the_page_reads_the_same_in_every_look(look: Look) -> None:
    view = PICTURES["loopback-trusted"]()
    assert drawn(view, look) == drawn(view)


def test_the_name_of_an_interface_cannot_steer_the_screen() -> None:
    evil = PortInfo("raw:/dev/x", "\x1b[2J[bold]evil", None, None)
    assert "·[2J[bold]evil" in drawn(views.ready([evil]))


def test_an_unfinished_test_is_not_left_by_escape_but_cancelled() -> None:
    stand_in: list[StandIn] = []

    def made() -> LoopbackScreen:
        stand_in.append(StandIn(views.running("UM-ONE", HALF)))
        return stand_in[0].screen

    async def visitor(pilot: Pilot[int]) -> None:
        await pilot.press("escape", "c", "r")
        assert isinstance(pilot.app.screen, LoopbackScreen)

    visit(made, visitor)
    assert stand_in[0].asked == ["cancel", "cancel"]


class Desk:
    """An app whose interface is looped, or leads to a virtual M1, as a test has it plugged."""

    def __init__(self, carry: Carry = whole, *, looped: bool = True) -> None:
        self.carry = carry
        self.looped = looped
        self.m1 = machine()
        self.links: list[Link] = []
        self.open_at_once = 0

    def link(self, port: str) -> Link:
        desk = self

        class Counted(LoopLink):
            async def _open(self) -> None:
                desk.open_at_once += 1
                assert desk.open_at_once == 1, "two links to one port"
                await super()._open()

            async def _close(self) -> None:
                desk.open_at_once -= 1
                await super()._close()

        made: Link = Counted(self.carry) if self.looped else VirtualLink(self.m1, port=port)
        made.port = port
        self.links.append(made)
        return made

    def run(self, data_dir: Path, visitor: Visitor, port: str = PORT) -> M1App:
        async def show() -> M1App:
            bench = Workbench(
                Options(port=port, data_dir=data_dir),
                Store(data_dir),
                ports=lambda: [INTERFACE],
                procedures={BATTERY.id: BATTERY},
            )
            own = bench._link

            def link(port: str) -> Link:
                return own(port) if port.startswith("virtual") else self.link(port)

            bench._link = link  # type: ignore[method-assign]
            app = M1App(lambda: bench, poll_seconds=0)
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, lambda: app.live != LOOKING and app.is_idle)
                await visitor(pilot, app)
            await bench.close()
            return app

        return run(show())


def page(app: M1App) -> LoopbackScreen:
    assert isinstance(app.screen, LoopbackScreen)
    return app.screen


def stage(app: M1App) -> Stage | None:
    view = page(app).view
    return view.stage if view is not None else None


def test_t_on_home_tests_the_interface_and_the_link_comes_back(tmp_path: Path) -> None:
    desk = Desk()

    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert "VERIFIED" in text_of(app)
        assert "can be trusted" in text_of(app)
        desk.looped = False
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home and app.is_idle)
        assert app.live.mode == "COMBI" or app.live.mode == "PROG"
        assert app.bench.instrument is not None

    desk.run(tmp_path, visitor)
    assert Store(tmp_path).pacing_for(PORT) == "full"
    assert len(desk.links) == 3


def test_a_test_can_be_cancelled_and_repeated(tmp_path: Path) -> None:
    desk = Desk()

    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: "Testing at full speed" in text_of(app))
        await pilot.press("c")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert "stopped by you" in text_of(app)
        await pilot.press("r")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert "VERIFIED" in text_of(app)

    desk.run(tmp_path, visitor)


def test_the_instruments_own_link_is_left_alone_where_another_port_is_tested(
    tmp_path: Path,
) -> None:
    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        instrument = app.bench.instrument
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        await pilot.press("escape")
        await until(pilot, lambda: app.is_idle)
        assert app.bench.instrument is instrument

    Desk().run(tmp_path, visitor, port="virtual:healthy")


def test_an_interface_that_cannot_be_opened_is_told_with_what_to_do(tmp_path: Path) -> None:
    desk = Desk()

    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        app.bench._link = Workbench._link.__get__(app.bench)  # type: ignore[method-assign]
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: stage(app) is Stage.OVER)
        assert "could not be opened" in text_of(app)
        assert "midiC1D0" in text_of(app)

    desk.run(tmp_path, visitor, port="virtual:healthy")


def test_quitting_ends_the_test_at_once(tmp_path: Path) -> None:
    desk = Desk()

    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("enter")
        await until(pilot, lambda: "Testing at full speed" in text_of(app))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)

    assert desk.run(tmp_path, visitor).return_code == 0
    looped = desk.links[-1]
    assert isinstance(looped, LoopLink)
    assert looped.wire.rfind(0xF7) > looped.wire.rfind(0xF0)
    assert len(looped.wire) < 50_000


def test_help_stands_behind_the_page(tmp_path: Path) -> None:
    async def visitor(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("t")
        await until(pilot, lambda: stage(app) is Stage.READY)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert stage(app) is Stage.READY

    Desk().run(tmp_path, visitor, port="virtual:healthy")
