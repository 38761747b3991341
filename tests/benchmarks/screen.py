"""What the app asks of the computer and of the line, against the smallest Textual app.

Both run as processes on a pseudo-terminal of 80 × 24, by turns, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from m1tui.procedures.journal import Journal
from m1tui.procedures.library import load_library
from m1tui.store import Store
from tests.benchmarks.figures import Figure, bytecode_kept, milliseconds
from tests.terminals import Terminal, running

SMALLEST = """
from textual.app import App
from textual.widgets import Static


class Smallest(App):
    def compose(self):
        yield Static("Enter")


Smallest().run()
"""
FIRST = "Enter"
"""What both have drawn when their first screen stands."""
TURNS = 9
MEMORY_TURNS = 3
SETTLED = 2.0
"""Seconds without a byte to the terminal after which nothing is going on any more."""
IDLE_SECONDS = 20.0
LATER = 1.25
MORE_MIB = 12.0
LINE = 2_000
"""Bytes per second that a slow line carries."""
WINDOW = 0.5
"""Seconds in which what is drawn is counted together."""
FIRST_SCREEN, KEY = 7_500, 2_800
"""Bytes of the first screen and of a key's effect, which a poor SSH line of 960 bytes a second
carries in 8 and in 3 seconds."""
KEYS = (("\x1b[B", "down"), ("?", "help"), ("\x1b", "back"), ("b", "library"), ("\x1b", "back"))
"""What is pressed on home, and what it is called."""
IDLE_CPU = 1.0
"""Percent of a core."""


def figures() -> Iterator[Figure]:
    """Measure the first screen, memory, the processor while idle, and what goes over the line."""
    with tempfile.TemporaryDirectory() as name, bytecode_kept():
        folder = Path(name)
        yield first_paint(folder)
        yield memory(folder)
        yield from idle(folder)
        yield transfer(folder)
        yield from drawing(folder)


def app_words(folder: Path, port: str) -> tuple[str, ...]:
    """Return the words that open the app with its data in `folder`."""
    return ("-m", "m1tui", "--data-dir", str(folder / "data"), "--port", port)


@contextmanager
def settled(words: tuple[str, ...]) -> Iterator[Terminal]:
    """Run an app until it draws nothing more."""
    with running(*words) as terminal:
        terminal.wait_for(FIRST)
        while terminal.bytes_within(SETTLED):
            terminal.shown = b""
        yield terminal


def first_paint(folder: Path) -> Figure:
    """Measure from the start of the process to the first screen."""
    ours, bare = [], []
    for _ in range(TURNS + 1):
        ours.append(_until_first(app_words(folder, "virtual:healthy")))
        bare.append(_until_first(("-c", SMALLEST)))
    del ours[0], bare[0]  # the first compiles
    own, other = statistics.median(ours), statistics.median(bare)
    detail = f"{milliseconds(own)} against {milliseconds(other)}, medians of {TURNS}"
    ratio = own / other
    name = "first paint, over the smallest Textual app"
    return Figure(name, ratio, f"at most {LATER:g} ×", ratio <= LATER, detail)


def _until_first(words: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    with running(*words) as terminal:
        terminal.wait_for(FIRST)
        return time.perf_counter() - begun


def memory(folder: Path) -> Figure:
    """Measure the resident memory of both when nothing goes on."""
    ours, bare = [], []
    for _ in range(MEMORY_TURNS):
        with settled(app_words(folder, "virtual:healthy")) as terminal:
            ours.append(_resident(terminal))
        with settled(("-c", SMALLEST)) as terminal:
            bare.append(_resident(terminal))
    own, other = statistics.median(ours), statistics.median(bare)
    more = own - other
    name = "resident memory, MiB over the smallest Textual app"
    detail = f"{own:.1f} MiB against {other:.1f} MiB"
    return Figure(name, more, f"at most {MORE_MIB:g} MiB more", more <= MORE_MIB, detail)


def _resident(terminal: Terminal) -> float:
    status = Path(f"/proc/{terminal.process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def idle(folder: Path) -> Iterator[Figure]:
    """Measure an app that nobody touches, at an M1 that sends active sensing and its clock."""
    port = f"raw:{folder / 'm1'}"
    # In SEQ mode an M1 sends its clock: 48 bytes a second at 120 beats a minute.
    words = [sys.executable, "-m", "m1tui", "simulate", "--at", port, "--press", "SEQ"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as m1:
        try:
            assert m1.stdout is not None
            assert b"ready" in m1.stdout.readline()
            yield from _left_alone(app_words(folder, port))
        finally:
            m1.terminate()


def _left_alone(words: tuple[str, ...]) -> Iterator[Figure]:
    with settled(words) as terminal:
        terminal.shown = b""
        before = _processor(terminal)
        drawn = terminal.bytes_within(IDLE_SECONDS)
        percent = (_processor(terminal) - before) / IDLE_SECONDS * 100
    name = "processor while idle, percent of a core"
    detail = f"over {IDLE_SECONDS:g} s, with active sensing and clock from another process"
    yield Figure(name, percent, f"at most {IDLE_CPU:g} %", percent <= IDLE_CPU, detail)
    name = "bytes to the terminal while idle"
    yield Figure(name, drawn, "0", drawn == 0, f"in {IDLE_SECONDS:g} s")


def _processor(terminal: Terminal) -> float:
    """Return the seconds that the process has computed."""
    stat = Path(f"/proc/{terminal.process.pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def transfer(folder: Path) -> Figure:
    """Measure what is drawn while the whole memory is read twice."""
    data = folder / "transfer"
    stand_before_the_backup(data)
    with settled(("-m", "m1tui", "--data-dir", str(data), "--port", "virtual")) as terminal:
        terminal.press("\r")
        terminal.wait_for("leave")
        terminal.press("\r")
        terminal.bytes_within(1.0)  # the page of the transfer itself, once
        windows = []
        while not terminal.screen.shows("VERIFIED"):
            terminal.shown = b""
            windows.append(terminal.bytes_within(WINDOW))
    going_on = windows[:-1]  # the last one drew the page of the result
    rate = statistics.mean(going_on) / WINDOW
    detail = f"{sum(going_on):,} bytes in {len(going_on) * WINDOW:.1f} s of reading twice"
    name = "bytes to the terminal a second, during a transfer"
    return Figure(name, rate, f"at most {LINE:,}", rate <= LINE, detail)


def drawing(folder: Path) -> Iterator[Figure]:
    """Measure what the first screen and the effect of a key send to the terminal."""
    with running(*app_words(folder, "virtual:healthy")) as terminal:
        terminal.read_until("100/100")
        terminal.bytes_within(SETTLED)
        first = len(terminal.shown)
        counts: dict[str, int] = {}
        for key, name in KEYS:
            terminal.press(key)
            counts[name] = max(counts.get(name, 0), terminal.bytes_within(SETTLED))
    name = "bytes to the terminal for the first screen"
    detail = "until the instrument is shown, too"
    yield Figure(name, first, f"at most {FIRST_SCREEN:,}", first <= FIRST_SCREEN, detail)
    most = max(counts.values())
    detail = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    name = "bytes to the terminal for a key's effect"
    yield Figure(name, most, f"at most {KEY:,}", most <= KEY, detail)


def stand_before_the_backup(data: Path, port: str = "virtual:healthy") -> None:
    """Leave a run behind that goes on with reading the whole memory, over `port`."""
    procedure = load_library().procedures["internal-battery"]
    store = Store(data)
    with Journal.begin(store.journal_folder, procedure, port=port, now=store.now) as journal:
        while journal.run.current.kind != "backup":
            journal.record(journal.run.override("not measured"))
            journal.record(journal.run.next())
