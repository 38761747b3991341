"""The app over a real SSH connection that drops while the sounds are being sent."""

from __future__ import annotations

import os
import select
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.link.virtual import demo_contents
from m1tui.procedures.journal import unfinished
from m1tui.store import Store
from m1tui.sysex.forms.reader import read_file
from tests.app.restoring import at_the_restore, stands_at
from tests.conftest import CHECKOUT
from tests.ssh.server import Server, missing, serving
from tests.terminals import PATIENCE, Terminal, on_terminal

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("ssh") / "server") as server:
        yield server


class Remote:
    """The app at the far end of the line."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._pid = folder / "app.pid"
        words = [sys.executable, "-m", "m1tui", "--data-dir", str(folder), "--port", "virtual"]
        # The shell gives its own number to the app that takes its place.
        command = f"echo $$ > {shlex.quote(str(self._pid))}; exec {shlex.join(words)}"
        self.login = server.login(f"cd {shlex.quote(str(CHECKOUT))} && {command}")

    def watch(self) -> int:
        """Return a descriptor that becomes readable when the app has ended."""
        return os.pidfd_open(int(self._pid.read_text()))


def ends(app: int) -> bool:
    """Tell whether the watched app ends in time."""
    try:
        return bool(select.select([app], [], [], PATIENCE)[0])
    finally:
        os.close(app)


def go_on(terminal: Terminal) -> None:
    """Take up the run that home offers first."""
    terminal.wait_for("100/100")
    terminal.press("\r")
    terminal.wait_for("leave")


def test_a_line_that_drops_in_mid_restore_ends_cleanly_and_is_resumed_at_its_step(
    server: Server, tmp_path: Path
) -> None:
    at_the_restore(tmp_path)
    remote = Remote(server, tmp_path)
    with on_terminal(*remote.login) as terminal:
        go_on(terminal)
        terminal.press("\r")
        terminal.wait_for("internal memory?")
        terminal.press("y")
        terminal.wait_for("Sending")
        app = remote.watch()
        terminal.process.kill()
        assert ends(app), "the app outlived its line"
    assert stands_at(tmp_path) == "Send the sounds to the M1"
    (run,) = unfinished(Store(tmp_path).journal_folder)
    assert run.run.current_state.no_answer
    # The message went out whole, so the virtual M1 holds what it was sent.
    found = read_file((tmp_path / "virtual" / "m1.syx").read_bytes()).contents()
    assert found.combinations == demo_contents().combinations
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()

    with on_terminal(*remote.login) as terminal:
        go_on(terminal)
        assert stands_at(tmp_path) == "Send the sounds to the M1"
        app = remote.watch()
        terminal.process.kill()
        assert ends(app), "the app outlived its line"
    assert stands_at(tmp_path) == "Send the sounds to the M1"
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()
