"""Every module and every command without what only Unix has, and the app without TERM."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from m1tui.app.terminal import refusal
from m1tui.cli.parser import COMMANDS

CHECKOUT = Path(__file__).resolve().parent.parent

UNIX_ALONE = {"m1tui.app.unix_driver", "m1tui.link.raw", "m1tui.virtual.serve_raw"}
"""Modules of raw devices and Unix' terminals, which nothing else may need."""

IMPORT_ALL = f"""
import pkgutil, importlib, m1tui
for module in pkgutil.walk_packages(m1tui.__path__, "m1tui."):
    if module.name not in {sorted(UNIX_ALONE)} and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
import sys
print(sorted(set(sys.modules) & set({sorted(UNIX_ALONE)})))
"""


def on_windows(
    program: str, *words: str | Path, app: bool = False
) -> subprocess.CompletedProcess[str]:
    start = f"from tests.windows import pretend; pretend(app={app})\n"
    return subprocess.run(
        [sys.executable, "-c", start + program, *map(str, words)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def command(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    run = "import sys; from m1tui.__main__ import main; sys.exit(main())"
    ran = on_windows(run, "--data-dir", folder / "data", *words)
    assert "internal error" not in ran.stderr, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def test_everything_but_unix_own_parts_can_be_imported() -> None:
    ran = on_windows(IMPORT_ALL, app=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


VIRTUAL = ("--port", "virtual:healthy")
RUNS: dict[str, tuple[tuple[str, ...], int]] = {
    "ports": ((), 0),
    "identify": (VIRTUAL, 0),
    "backup": (("{folder}/new.syx", *VIRTUAL), 0),
    "restore": (("{file}", "--dry-run", *VIRTUAL), 0),
    "verify": (("{file}", *VIRTUAL), 0),
    "inspect": (("{file}",), 0),
    "diff": (("{file}", "{file}"), 0),
    "convert": (("{file}", "{folder}/new.mid"), 0),
    "serial": (("131234",), 0),
    "simulate": (("--at", "raw:{folder}/m1"), 1),
    "loopback": (("--port", "virtual"), 2),
    "monitor": (("--seconds", "1", *VIRTUAL), 0),
    "press": (("GLOBAL", "--scenario", "healthy"), 0),
    "procedures": (("list",), 0),
    "library": (("list",), 0),
    "log": (("add", "M1", "--serial", "123456"), 0),
    "doctor": ((), 1),
    "completion": (("fish",), 0),
    "man": ((), 0),
    "manners": ((), 0),
}
"""What each command is run with, and its exit code."""
ELSEWHERE = {"serve", "play", "survey", "replay", "quarantine"}
"""Commands that need a browser, or whose own tests are elsewhere."""


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) <= RUNS.keys() | ELSEWHERE


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backup, and the data folder of the program that made it."""
    folder = tmp_path_factory.mktemp("backed-up")
    made = command(folder, "backup", folder / "all.syx", *VIRTUAL)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize("name", [name for name in RUNS if name in COMMANDS])
def test_each_command_does_its_work(tmp_path: Path, backed_up: Path, name: str) -> None:
    folder = tmp_path / "own"
    shutil.copytree(backed_up, folder)
    words, code = RUNS[name]
    file = folder / "all.syx"
    ran = command(folder, name, *(word.format(folder=folder, file=file) for word in words))
    assert ran.returncode == code, ran.stdout + ran.stderr


def test_a_raw_device_is_refused_with_what_to_choose_instead(tmp_path: Path) -> None:
    ran = command(tmp_path, "identify", "--port", "raw:/dev/snd/midiC1D0")
    assert ran.returncode == 2
    assert "Windows has no raw MIDI devices" in ran.stderr


def test_a_second_program_cannot_lock_what_the_first_has_locked(tmp_path: Path) -> None:
    ran = on_windows(
        "import os, sys\n"
        "from m1tui.files import try_lock\n"
        "first, second = (os.open(sys.argv[1], os.O_RDWR | os.O_CREAT) for _ in range(2))\n"
        "print(try_lock(first), try_lock(second)); os.close(first); print(try_lock(second))\n",
        tmp_path / "lock",
    )
    assert ran.stdout.split() == ["True", "False", "True"], ran.stderr


@pytest.mark.parametrize(
    ("term", "platform", "refused"),
    [("", "win32", False), ("", "linux", True), ("dumb", "win32", True), ("xterm", "linux", False)],
)
def test_windows_consoles_need_no_term(term: str, platform: str, refused: bool) -> None:
    environ = {"TERM": term} if term else {}
    assert bool(refusal(environ, is_tty=True, platform=platform)) is refused


APP = """
import asyncio, os, sys
from pathlib import Path
from textual.drivers.headless_driver import HeadlessDriver
from m1tui.app.app import M1App
from m1tui.app.theme import look_for
from m1tui.app.workbench import Workbench
from m1tui.options import Options
from m1tui.store import Store

async def main():
    store = Store(Path(sys.argv[1]))
    options = Options(port="virtual:healthy")
    look = look_for(os.environ)
    app = M1App(lambda: Workbench(options, store), look=look, driver_class=HeadlessDriver)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(1)
        print(type(app.screen).__name__)
        await pilot.press("n")
        print(type(app.screen).__name__)

asyncio.run(main())
"""


def test_the_app_draws_home_and_another_screen(tmp_path: Path) -> None:
    ran = on_windows(APP, tmp_path, app=True)
    assert ran.stdout.split() == ["HomeScreen", "SerialScreen"], ran.stderr
