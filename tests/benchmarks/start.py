"""How soon a command answers, against an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from m1tui.sysex import BankDump, Contents, GlobalData, Part
from tests.benchmarks.figures import Figure, bytecode_kept, milliseconds, seconds

MOST = 4.0


def figures() -> Iterator[Figure]:
    """Measure `m1tui inspect FILE` as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "global.syx")
        file.write_bytes(BankDump.of(Contents(global_=GlobalData.blank()), Part.GLOBAL).encode())
        inspect = [sys.executable, "-m", "m1tui", "inspect", str(file)]
        nothing = [sys.executable, "-c", "pass"]
        with bytecode_kept():
            ours, bare = _duration(inspect), _duration(nothing)
    ratio = ours / bare
    detail = f"{milliseconds(ours)} against {milliseconds(bare)}"
    name = "m1tui inspect FILE, over python -c pass"
    yield Figure(name, ratio, f"at most {MOST:g} ×", ratio <= MOST, detail)


def _duration(command: list[str]) -> float:
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True))
