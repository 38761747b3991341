"""A program as a process of its own on a pseudo-terminal, read and typed to by a test."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.screen_model import ScreenModel

PATIENCE = 60.0
"""Seconds in which a busy machine has answered, or never will."""


class Terminal:
    """The master's end of a pseudo-terminal on which the app runs."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master = master
        self.process = process
        self.shown = b""
        self.screen = ScreenModel()

    def wait_for(self, text: str) -> None:
        """Read what the app draws until a row was drawn in since the last call that has `text`."""
        self.read_until(text)
        self.shown = b""
        self.screen.touched.clear()

    def read_until(self, text: str) -> None:
        """Read what the app draws until `text` was drawn, and keep it all in `shown`."""
        end = time.monotonic() + PATIENCE
        while not (text.encode() in self.shown or self.screen.shows(text)):
            left = end - time.monotonic()
            assert left > 0, f"{text!r} was never drawn: {self.shown[-2000:]!r}"
            self.read(left)

    def read(self, seconds: float) -> None:
        """Read what is drawn within that time, once."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if ready:
            # Linux reports the end of a pseudo-terminal as an error.
            with suppress(OSError):
                data = os.read(self._master, 65_536)
                self.shown += data
                self.screen.feed(data)

    def bytes_within(self, seconds: float) -> int:
        """Return how many bytes the app draws in that time."""
        begin = len(self.shown)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
        return len(self.shown) - begin

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, width: int, height: int) -> None:
        """Make the terminal another size; what it showed is anywhere now, so nothing is known."""
        self.screen = ScreenModel(width, height)
        size = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped SSH connection does."""
        os.close(self._master)
        self._master = -1

    def end(self) -> int:
        """Return the exit code; what is drawn meanwhile is read, so that nothing blocks."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            if self._master >= 0:
                self.read(0.05)
            else:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
        assert self.process.returncode is not None, "the app did not end"
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)


@contextmanager
def opened(
    data_dir: Path, *options: str, term: str = "xterm-256color", controlling: bool = True
) -> Iterator[Terminal]:
    """Run `m1tui` in a terminal."""
    words = ("-m", "m1tui", "--data-dir", str(data_dir), *options)
    with on_terminal(sys.executable, *words, term=term, controlling=controlling) as terminal:
        yield terminal


@contextmanager
def running(*words: str, term: str = "xterm-256color") -> Iterator[Terminal]:
    """Run Python in a terminal."""
    with on_terminal(sys.executable, *words, term=term) as terminal:
        yield terminal


@contextmanager
def on_terminal(
    *command: str, term: str = "xterm-256color", controlling: bool = True
) -> Iterator[Terminal]:
    """Run a program with its own session and terminal of 80 × 24.

    Without `controlling` nobody sends it a signal when the terminal is gone.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def take_terminal() -> None:
        os.setsid()
        if controlling:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": term, "COLUMNS": "", "LINES": ""},
        preexec_fn=take_terminal,
    )
    os.close(slave)
    terminal = Terminal(master, process)
    try:
        yield terminal
    finally:
        terminal.close()
