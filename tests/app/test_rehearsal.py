"""The whole battery procedure on a virtual M1, walked at 80 × 24 by keyboard alone."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from m1tui.app.app import M1App
from tests.app.rehearsal import rehearse, settled, take_step, until, view, walk_home, walk_to
from tests.app.rendering import check_golden, text_of


def test_the_battery_procedure_is_walked_to_its_end_and_verified(tmp_path: Path) -> None:
    words: list[str] = []
    marks: list[str] = []

    async def walk(pilot: Pilot[int], app: M1App) -> None:
        await pilot.press("enter")
        await settled(pilot, app)
        await walk_to(pilot, app, "Play")
        words.extend(await walk_home(pilot, app))
        marks.extend(step.glyph for step in ())

    app = rehearse(tmp_path, walk)
    assert words == ["VERIFIED"]
    assert app.home.shelf.unfinished == ()
    assert app.home.shelf.backups == 1
