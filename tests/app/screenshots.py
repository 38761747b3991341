"""Draws the pictures of README and docs: screens of a rehearsal on a virtual M1, always the same.

`python -m tests.app.screenshots [FOLDER]` writes home, procedure, panel, transfer, result, library,
inspect and the steps of the battery job, each as .svg, into FOLDER, by default assets/screenshots.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

# Before Textual is imported: pictures show the full colours, wherever they are made.
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
os.environ.pop("NO_COLOR", None)

from textual.pilot import Pilot

from m1tui.app.app import M1App
from m1tui.app.run.results import ResultScreen
from m1tui.app.run.transfer import TransferScreen
from m1tui.link.virtual import demo_contents
from m1tui.procedures.library import load
from m1tui.procedures.schema import Procedure
from m1tui.resources import assets_folder, screens_folder
from m1tui.store import Store
from m1tui.sysex import BankDump, Part
from m1tui.virtual.demo import used_contents
from tests.app.rehearsal import NOON, begin, rehearse, settled, take_step, until, walk_to

USUAL, WIDE = (80, 24), (132, 34)
"""Columns and rows of the pictures; the step is shown with all that a wide screen has beside it."""

SHOWN_FOLDER = "~/.local/share/m1tui"
"""What stands in the pictures for the temporary folder of the run."""


STORY = (
    ("Back up the M1's memory", "battery-backup"),
    ("Push the old cell out", "battery-cell"),
    ("Measure both cells", "battery-volts"),
    ("Make the M1 MIDI ready again", "battery-keys"),
)
"""Steps of the battery job that docs/battery-story.md shows beside the README's pictures."""


def draw(folder: Path) -> list[Path]:
    """Walk the battery procedure and the library and draw their screens into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []

    def keep(app: M1App, name: str) -> None:
        path = folder / f"{name}.svg"
        path.write_text(steady(app.export_screenshot(title="m1tui", simplify=True), name), "utf-8")
        drawn.append(path)

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        app.home.lists = app.home.lists._replace(backups_folder=f"{SHOWN_FOLDER}/backups")
        await pilot.pause()
        keep(app, "home")
        await begin(pilot, app)
        await settled(pilot, app)
        await walk_to(pilot, app, "Make the M1 MIDI ready")
        for _ in range(5):
            await pilot.press("space")
            await settled(pilot, app)
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        keep(app, "procedure")
        await pilot.resize_terminal(*USUAL)
        await pilot.press("p")
        await settled(pilot, app)
        keep(app, "panel")
        await pilot.press("escape")
        for title, name in STORY:
            await walk_to(pilot, app, title)
            keep(app, name)
        await walk_to(pilot, app, "Send the sounds to the M1")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("y")
        await until(pilot, lambda: sending_half(app))
        keep(app, "transfer")
        await settled(pilot, app)
        assert isinstance(app.screen, ResultScreen)
        keep(app, "result")
        await take_step(pilot, app)
        await walk_to(pilot, app, "Prove that the new cell works")
        keep(app, "battery-proof")

    async def look_around(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("b")
        await settled(pilot, app)
        keep(app, "library")
        await pilot.press("i")
        await settled(pilot, app)
        await pilot.press("right")
        await settled(pilot, app)
        keep(app, "inspect")

    with tempfile.TemporaryDirectory() as data_dir:
        rehearse(Path(data_dir), walk, procedures=every_procedure())
    with tempfile.TemporaryDirectory() as data_dir:
        fill_library(Path(data_dir))
        rehearse(Path(data_dir), look_around)
    return drawn


def every_procedure() -> dict[str, Procedure]:
    """Return the built-in procedures by their ids, as home lists them."""
    found = (load(path) for path in sorted(screens_folder().glob("*.toml")))
    return {procedure.id: procedure for procedure in found}


def fill_library(data_dir: Path) -> None:
    """Take in the project's own banks, as dumps of two instruments."""
    store = Store(data_dir, now=lambda: NOON)
    for name, contents in (("demo", demo_contents()), ("used", used_contents())):
        file = data_dir / f"{name}.syx"
        file.write_bytes(BankDump.of(contents, Part.ALL).encode())
        store.import_dumps([file], instrument=f"M1 {name}")


def sending_half(app: M1App) -> bool:
    """Tell whether half of the dump is sent."""
    screen = app.screen
    return isinstance(screen, TransferScreen) and (
        screen.view.phase == "Sending" and screen.view.percent >= 50
    )


def steady(svg: str, name: str) -> str:
    """Return the picture with names of its own: Textual numbers them by the process."""
    return re.sub(r"terminal-\d+", f"m1tui-{name}", svg)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else assets_folder() / "screenshots"
    for path in draw(chosen):
        print(path)
