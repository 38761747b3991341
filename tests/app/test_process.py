"""The app as a process of its own on a pseudo-terminal, from its first byte to its exit code."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from m1tui.app.home import menu_items
from m1tui.app.instrument_watch import POLL_SECONDS
from m1tui.app.preferences import Preferences
from m1tui.app.run.procedure import CONFIRM_SECONDS, READ_SECONDS
from m1tui.app.workbench import Workbench
from m1tui.link.virtual import demo_contents
from m1tui.options import Options
from m1tui.procedures.journal import unfinished
from m1tui.store import Store
from m1tui.sysex.forms.reader import read_file
from tests.app.rehearsal import BATTERY
from tests.app.restoring import at_the_restore, stands_at
from tests.benchmarks.screen import stand_before_the_backup as before_the_backup
from tests.cli.conftest import Simulate
from tests.terminals import Terminal, opened

POINTER = b"\x1b]22;default\x07"
"""What Textual asks for when the page changes: the usual pointer of the mouse."""
LINE_BYTES_PER_SECOND = 2000
"""What a slow line over SSH carries without falling behind."""


def open_battery(terminal: Terminal, data_dir: Path) -> None:
    """Move from the first line of home to the battery procedure, and open it."""
    bench = Workbench(Options(), Store(data_dir))
    lines = [item.key for item in menu_items(bench.home_lists()) if item.usable]
    terminal.press("\x1b[B" * lines.index(BATTERY.id) + "\r")


def test_the_app_is_left_by_q_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:low-battery") as terminal:
        terminal.wait_for("100/100")
        terminal.press("q")
        assert terminal.end() == 0
        assert b"\x1b[?1049l" in terminal.shown
        assert b"\x1b[?25h" in terminal.shown


def test_a_dropped_line_loses_nothing_and_the_run_is_resumed_at_its_step(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:low-battery") as terminal:
        terminal.wait_for("100/100")
        open_battery(terminal, tmp_path)
        terminal.wait_for("step 1 of")
        terminal.press("1")
        terminal.wait_for("step 2 of")
        time.sleep(CONFIRM_SECONDS)
        terminal.press("\r")
        terminal.wait_for("Proved: ")
        terminal.press("\r")
        terminal.wait_for("step 3 of")
        terminal.hang_up()
        assert terminal.end() == 0
    assert stands_at(tmp_path) == "Write down the MIDI settings"
    with opened(tmp_path, "--port", "virtual") as terminal:
        terminal.wait_for("100/100")
        terminal.press("\r")
        terminal.wait_for("leave")
        assert "MIDI settings" in stands_at(tmp_path)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 0
        assert b"\x1b[?1049l" in terminal.shown
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()


def test_a_terminal_that_is_gone_without_a_signal_ends_the_app(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:healthy", controlling=False) as terminal:
        terminal.wait_for("100/100")
        terminal.hang_up()
        assert terminal.end() == 0
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()


def test_a_line_that_drops_in_mid_transfer_ends_at_the_message(tmp_path: Path) -> None:
    at_the_restore(tmp_path)
    with opened(tmp_path, "--port", "virtual") as terminal:
        terminal.wait_for("100/100")
        terminal.press("\r")
        terminal.wait_for("leave")
        terminal.press("\r")
        terminal.wait_for("internal memory?")
        terminal.press("y")
        terminal.wait_for("Reading")
        # The screen itself comes first.
        terminal.bytes_within(1.0)
        assert terminal.bytes_within(3.0) <= 3.0 * LINE_BYTES_PER_SECOND
        terminal.wait_for("Sending")
        terminal.hang_up()
        assert terminal.end() == 0
    assert stands_at(tmp_path) == "Send the sounds to the M1"
    # The message went out whole, so the virtual M1 holds what it was sent.
    found = read_file((tmp_path / "virtual" / "m1.syx").read_bytes()).contents()
    assert found.combinations == demo_contents().combinations
    (run,) = unfinished(Store(tmp_path).journal_folder)
    assert run.run.current_state.no_answer
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()


def test_a_run_that_another_program_is_still_ending_is_not_gone_on_with(tmp_path: Path) -> None:
    at_the_restore(tmp_path)
    with opened(tmp_path, "--port", "virtual") as first:
        first.wait_for("100/100")
        first.press("\r")
        first.wait_for("leave")
        first.press("\r")
        first.wait_for("internal memory?")
        first.press("y")
        first.wait_for("Sending")
        first.hang_up()
        with opened(tmp_path, "--port", "virtual:dead-battery") as second:
            second.read_until("This virtual M1 is still open in another program")
            second.press("\r")
            second.read_until("This run is still open in another program")
            assert first.process.poll() is None
            assert first.end() == 0
            second.shown = b""
            # The virtual M1 is looked for again by itself: nobody presses l.
            second.wait_for("powered")
            second.press("\r")
            second.wait_for("leave")
            second.read_until("The rehearsal continues with the virtual M1 as it was left.")
            second.press("q")
            second.wait_for("Leave")
            second.process.send_signal(signal.SIGTERM)
            assert second.end() == 0
    found = read_file((tmp_path / "virtual" / "m1.syx").read_bytes()).contents()
    assert found.combinations == demo_contents().combinations
    (run,) = unfinished(Store(tmp_path).journal_folder)
    assert run.run.current_state.no_answer
    assert "Traceback" not in (tmp_path / "m1tui.log").read_text()


def test_an_idle_app_writes_nothing_to_the_terminal(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:healthy") as terminal:
        terminal.wait_for("100/100")
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 1.0:
            before = len(terminal.shown)
            terminal.read(1.0)
            if len(terminal.shown) != before:
                quiet_since = time.monotonic()
        terminal.shown = b""
        assert terminal.bytes_within(POLL_SECONDS + 1.0) == 0
        terminal.press("q")
        assert terminal.end() == 0


@pytest.mark.parametrize("term", ["dumb", "vt100"])
def test_an_unfit_terminal_is_refused_with_exit_code_2(tmp_path: Path, term: str) -> None:
    with opened(tmp_path, term=term) as terminal:
        assert terminal.end() == 2
        assert b"m1tui procedures run" in terminal.shown
        assert b"\x1b" not in terminal.shown


def test_on_the_linux_console_only_sixteen_colours_are_used(tmp_path: Path) -> None:
    with opened(tmp_path, "--port", "virtual:healthy", term="linux") as terminal:
        terminal.wait_for("100/100")
        terminal.press("?")
        terminal.read_until("KEYS FOR HOME")
        assert b"38;2;" not in terminal.shown
        assert b"38;5;" not in terminal.shown
        terminal.press("\rq")
        assert terminal.end() == 0


def read_all(terminal: Terminal) -> None:
    """Go on with a run that stands before reading the memory, until that has ended."""
    terminal.wait_for("100/100")
    terminal.press("\r")
    terminal.wait_for("step ")
    terminal.press("\r")
    terminal.read_until("VERIFIED")
    terminal.bytes_within(0.5)


@pytest.mark.parametrize("rings", [True, False])
def test_bell_and_title_say_that_a_transfer_has_ended_unless_they_are_off(
    simulate: Simulate, tmp_path: Path, rings: bool
) -> None:
    # As fast as the computer: nothing here is a matter of the wire's speed.
    port = simulate("tcp:127.0.0.1:0", "--baud", "0").port
    before_the_backup(tmp_path, port)
    Preferences(tmp_path).keep(bell=rings)
    with opened(tmp_path, "--port", port) as terminal:
        read_all(terminal)
        title = b"\x1b]2;VERIFIED - Back up the M1's memory - m1tui\x07"
        assert (title in terminal.shown) is rings
        assert (b"\x07" in terminal.shown.replace(title, b"").replace(POINTER, b"")) is rings
        terminal.bytes_within(READ_SECONDS)
        terminal.shown = b""
        terminal.press("\r")
        terminal.bytes_within(1.0)
        assert (b"\x1b[23;2t" in terminal.shown) is rings
