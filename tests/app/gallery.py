"""Shows one screen with frozen snapshots: no link, no disk, no clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path, PurePath
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.reactive import reactive
from textual.screen import Screen

from m1tui.app.run.pictures import Evidence, RailStep, ResultView, StepView, TransferView
from m1tui.app.snapshots import HomeLists, Live, PanelTask, ProcedureCard, Unfinished
from m1tui.app.theme import HEIGHTS, WIDTHS, Look, Scheme, dress, terminal_colours
from m1tui.clock import run
from m1tui.resources import assets_folder

SIZE = (80, 24)

LIVE = Live(
    display=("KORG Music Workstation M1 #07", "PROG  100/100"),
    model="M1",
    channel=1,
    mode="PROG",
    allocation="100/100",
    card="card none",
    link="UM-ONE (0582:012a)",
    display_label="what the M1 says about itself",
)
"""An M1 on a real interface, ready."""

SHELF = HomeLists(
    (
        ProcedureCard(
            "internal-battery",
            "Replace the internal battery",
            "Battery and memory",
            "Saves what is in the M1, guides you through changing its CR2032 cell, and "
            "restores the sounds.",
            60,
            "60 minutes",
            ("Phillips screwdriver", "new CR2032 lithium cell"),
            "Everything in the memory is lost when the cell comes out.",
            29,
            29,
        ),
        ProcedureCard(
            "card-load", "Load from a card", "Cards", "Loads.", 5, "5 minutes", (), "None.", 3, 3
        ),
    ),
    (
        Unfinished(
            Path("2026-11-20 0941 internal-battery.journal"),
            "internal-battery",
            "Replace the internal battery",
            6,
            29,
            "Unplug everything",
            "2026-11-20 09:41",
            rehearsal=False,
        ),
    ),
    "/home/you/.local/share/m1tui/backups",
    2,
)

KEYS = ("GLOBAL", "5", "+", "UP", "D", "UP", "F", "UP", "H", "UP")

STEP = StepView(
    "Replace the internal battery",
    4,
    (
        RailStep("[A]", "Find the M1"),
        RailStep("[x]", "Write down the MIDI settings"),
        RailStep("[!]", "Write down protects and allocation"),
        RailStep("[ ]", "Make the M1 MIDI ready", current=True),
        RailStep("[ ]", "Back up the M1's memory"),
        RailStep("[ ]", "Unplug everything"),
    ),
    "Make the M1 MIDI ready",
    "keys",
    "This sets all four filters to ENA.",
    warning="Do not switch the M1 off now.",
    keys=KEYS,
    marked=tuple(frozenset((key,)) for key in KEYS),
    expected=(("GLOBAL 0-1 TUNE", ""),) * 4
    + (("GLOBAL 5-2 MIDI FILTERING", "PROG:ENA  AFTT:???  CTRL:???  EXCL:???"),) * 7,
    checks=("exclusive-enabled",),
    evidence=(
        Evidence(
            False,
            "exclusive-enabled: no mode data within 3 s",
            ("The M1 answers its identity alone.", "Press GLOBAL 5 + D UP."),
        ),
    ),
    guide="9",
)

TRANSFER = TransferView(
    "Back up the M1's memory",
    "Reading the second time",
    12_345,
    33_247,
    6.7,
    finished_phases=("done  Reading: 33,247 bytes",),
)

RESULT = ResultView(
    "Send the sounds to the M1",
    "MISMATCH",
    "read back, and some objects differ",
    (
        ("Happened", "Read back: 2 objects differ."),
        ("Safe", "What was in the M1 before is saved."),
        ("Cause", "The cable lost bytes."),
        ("Now", "Use another cable, then restore the file again."),
    ),
    ('program 17 "Organ 2": cutoff: expected 52, found 12', "combination 03"),
    2,
    ("/home/you/.local/share/m1tui/backups/2026-11-20 0941 M1 all data.syx",),
)


class StandIn:
    """A guide that shows one step and notes which keys reached it."""

    def __init__(self, view: StepView) -> None:
        self.view = view
        self.asked: list[str] = []
        self.screen: Any = None

    def attach(self) -> None:
        self.screen.view = self.view

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.asked.append(" ".join((name, *map(str, arguments))))


class Gallery(App[int]):
    """Hangs one screen on the wall."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    live: reactive[Live] = reactive(LIVE)
    panel_task: reactive[PanelTask | None] = reactive(None)

    def __init__(
        self,
        look: Look = Look.FULL,
        *,
        scheme: Scheme = Scheme.INSTRUMENT,
        console: bool = False,
    ) -> None:
        styles: list[str | PurePath] = [
            assets_folder() / name for name in ("m1tui.tcss", "pages.tcss")
        ]
        super().__init__(css_path=styles, ansi_color=terminal_colours(look))
        dress(self, look, scheme, console=console)
        self.answers: list[Any] = []

    def action_help(self) -> None:
        self.answers.append("help")


Visit = Callable[[Pilot[int]], Awaitable[None]]


def visit(
    screen: Callable[[], Screen[Any]],
    visitor: Visit,
    *,
    size: tuple[int, int] = SIZE,
    look: Look = Look.FULL,
    scheme: Scheme = Scheme.INSTRUMENT,
    console: bool = False,
) -> Gallery:
    """Show a screen, let `visitor` press its keys, and return the app with the answers."""

    async def show() -> Gallery:
        app = Gallery(look, scheme=scheme, console=console)
        async with app.run_test(size=size) as pilot:
            await app.push_screen(screen(), app.answers.append)
            await pilot.pause()
            await visitor(pilot)
            await pilot.pause()
        return app

    return run(show())
