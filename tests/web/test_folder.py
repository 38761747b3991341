"""`m1tui serve --folder DIR`: a browser is kept to it, in the running program."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from m1tui.virtual.demo import demo_contents
from tests.store.memories import dump
from tests.web.serving import Tab, serving, tab

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at the processes in Linux's /proc"
)


async def go_to(page: Tab, path: str) -> None:
    """Type a path in place of what stood there, each key once the one before is drawn."""
    await page.type("\x15")  # Control-U
    await page.expect("path to a folder or a file")
    await page.type(path)
    await page.expect(path)
    await page.type("\r")


def test_a_browser_is_kept_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "shut").mkdir()
    (tmp_path / "alias").symlink_to("open")
    (tmp_path / "open" / "away").symlink_to(tmp_path / "shut")
    for folder in ("open", "shut"):
        (tmp_path / folder / "bank.syx").write_bytes(dump(demo_contents()))

    with serving(tmp_path / "data", f"--folder={tmp_path / 'alias'}") as served:
        assert f"&quot;{tmp_path / 'open'}&quot;" in served.visit("/")[1]

        async def visit() -> None:
            async with tab(served, "/session?width=400&height=30") as page:
                await page.expect("Replace the internal battery")
                await page.type("b")
                await page.expect("No dumps yet")
                await page.type("a")
                await page.expect("bank.syx")
                # What is pasted while the list has the keys opens the line of a path.
                await page.type("\x1b[200~..\x1b[201~")
                await page.expect("..")
                for path in ("../shut/bank.syx", str(tmp_path / "shut"), "away", "~root"):
                    await go_to(page, path)
                    await page.expect("is out of reach")
                await go_to(page, "bank.syx")
                await page.expect("1 new")

        asyncio.run(visit())
        assert served.end() == 0
        told = served.told()
    assert str(tmp_path / "open") in told
    assert [path.name for path in (tmp_path / "shut").iterdir()] == ["bank.syx"]


def test_what_can_be_reached_is_said_at_the_start(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert "every folder" in served.visit("/")[1]
        assert served.end() == 0
        told = served.told()
    assert "In every folder that this user may open" in told
    assert "--folder DIR" in told
