"""How soon a command answers, against an interpreter that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from m1tui.sysex import BankDump, Contents, GlobalData, Part
from tests.benchmarks.figures import Figure, milliseconds, seconds

MOST = 4.0


def figures() -> Iterator[Figure]:
    """Measure `m1tui inspect FILE` as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "global.syx")
        file.write_bytes(BankDump.of(Contents(global_=GlobalData.blank()), Part.GLOBAL).encode())
        inspect = [sys.executable, "-m", "m1tui", "inspect", str(file)]
        nothing = [sys.executable, "-c", "pass"]
        # As installed: bytecode is there, whatever the shell says of writing it.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        ours, bare = _duration(inspect, environment), _duration(nothing, environment)
    ratio = ours / bare
    detail = f"{milliseconds(ours)} against {milliseconds(bare)}"
    name = "m1tui inspect FILE, over python -c pass"
    yield Figure(name, ratio, f"at most {MOST:g} ×", ratio <= MOST, detail)


def _duration(command: list[str], environment: dict[str, str]) -> float:
    return seconds(
        lambda: subprocess.run(command, check=True, capture_output=True, env=environment)
    )
