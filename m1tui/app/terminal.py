"""The terminal that the app draws on: which ones will do, and what happens when it goes away."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What TEXTUAL_DRIVER says where a browser is the terminal, `m1tui serve` or textual-serve."""

UNFIT = frozenset({"", "dumb", "unknown", "vt52", "vt100", "vt102"})
"""Values of TERM on which full screens come out as rubbish."""


def refusal(environ: Mapping[str, str], *, is_tty: bool, platform: str = sys.platform) -> str:
    """Return the one line that refuses this terminal, or an empty text when it will do.

    Windows' consoles have no TERM, and all that Textual runs on draw full screens.
    """
    twin = "use `m1tui procedures list` and `m1tui procedures run ID` here, or another terminal"
    if not is_tty:
        return f"m1tui draws full screens and needs a terminal for input and output: {twin}."
    term = environ.get("TERM", "")
    if term in UNFIT and not (platform == "win32" and not term):
        return f"m1tui cannot draw on a terminal of type {term or 'unknown'!r}: {twin}."
    return ""


def is_served(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser is the terminal, which is spoken to through pipes."""
    return environ.get("TEXTUAL_DRIVER") == WEB_DRIVER


def both_ends_are_terminals() -> bool:
    """Tell whether keys can be read from standard input and screens drawn on standard output."""
    try:
        return os.isatty(0) and os.isatty(1)
    except OSError:
        return False


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Tell whether what the terminal erases gets the colour behind the characters.

    terminfo knows ("bce"), and is read once in a process; of a terminal that it does not know, the
    answer is no.
    """
    try:
        import curses  # late: Windows has none
    except ImportError:
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        curses.setupterm(environ.get("TERM", ""), nowhere)
    except curses.error:
        return False
    finally:
        os.close(nowhere)
    return curses.tigetflag("bce") > 0


class TerminalFile(io.TextIOWrapper):
    """Text output to the terminal that swallows what a vanished terminal no longer takes.

    Textual writes from a thread of its own, which an error would end, and the app would then wait
    for it for ever.
    """

    def write(self, text: str) -> int:
        """Write `text`, or drop it when the terminal is gone."""
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what was written when the terminal is gone."""
        try:
            super().flush()
        except OSError:
            return


@contextmanager
def borrowed_terminal(log: int) -> Iterator[None]:
    """Give Textual a terminal of its own and let the descriptor `log` take what libraries print.

    ALSA and JACK print straight to file descriptor 2, which Textual draws on by default.
    """
    kept, terminal = sys.__stderr__, _terminal_file(os.dup(1))
    # Textual's driver draws on the interpreter's first standard error.
    sys.__stderr__ = terminal  # type: ignore[misc]
    try:
        with logged_stderr(log):
            yield
    finally:
        sys.__stderr__ = kept  # type: ignore[misc]
        # What was never drawn on a terminal that is gone must not be an error now.
        with suppress(OSError):
            terminal.close()


@contextmanager
def logged_stderr(log: int) -> Iterator[None]:
    """Send what libraries print on fd 2 to the descriptor `log`."""
    kept = os.dup(2)
    os.dup2(log, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _terminal_file(fd: int) -> TerminalFile:
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    raw = os.fdopen(fd, "wb", buffering=0)
    return TerminalFile(io.BufferedWriter(raw), encoding=encoding, errors="replace")


def let_go() -> None:
    """Replace the terminal, which is gone, by descriptors that never fail and never speak.

    A hung-up terminal answers each read at once with its end, so the input thread would spin;
    a pipe that nobody writes to lets it wait.
    """
    reader, writer = os.pipe()
    # A thread that was told of the end, and reads only now, must not wait for ever.
    os.write(writer, b"\0")
    os.dup2(reader, 0)
    os.close(reader)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    terminal = sys.__stderr__
    if isinstance(terminal, TerminalFile):
        os.dup2(nowhere, terminal.fileno())
    os.close(nowhere)
