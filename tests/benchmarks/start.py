"""How soon a command answers, against an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from m1tui.sysex import BankDump, Contents, GlobalData, Part
from tests.benchmarks.figures import Figure, bytecode_kept, milliseconds

MOST = 5.0
TURNS = 25


def figures() -> Iterator[Figure]:
    """Measure `m1tui inspect FILE` as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "global.syx")
        file.write_bytes(BankDump.of(Contents(global_=GlobalData.blank()), Part.GLOBAL).encode())
        inspect = [sys.executable, "-m", "m1tui", "inspect", str(file)]
        nothing = [sys.executable, "-c", "pass"]
        with bytecode_kept():
            ours, bare = _by_turns(inspect, nothing)
    ratio = ours / bare
    detail = f"{milliseconds(ours)} against {milliseconds(bare)}"
    name = "m1tui inspect FILE, over python -c pass"
    yield Figure(name, ratio, f"at most {MOST:g} ×", ratio <= MOST, detail)


def _by_turns(*commands: list[str]) -> tuple[float, ...]:
    """Return the median duration of each; by turns, so that a busy machine slows all the same."""
    durations: list[list[float]] = [[] for _ in commands]
    for turn in range(TURNS + 1):
        for command, taken in zip(commands, durations, strict=True):
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if turn:  # the first compiles
                taken.append(time.perf_counter() - begun)
    return tuple(map(statistics.median, durations))
