"""How long `m1tui inspect` takes for 100 kB in each form, against 100 kB of plain messages."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from m1tui.link.virtual import demo_contents
from m1tui.sysex import BankDump, Part
from m1tui.sysex.files import write_file
from m1tui.sysex.forms.reader import read_file
from tests.benchmarks.figures import Figure, bytecode_kept, milliseconds
from tests.sysex.test_forms import WRAPPED, WRITTEN

MOST = 1.5
TURNS = 5
AGAIN = 12
"""How many of the slowest are measured once more."""
SIZE = 100_000
"""Bytes of each file, as near as whole dumps come to it from below."""


def figures() -> Iterator[Figure]:
    """Measure every form as a whole process, and give the slowest."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {}
        for number, (form, data) in enumerate(files()):
            file = Path(folder, f"{number}.bin")
            file.write_bytes(data)
            commands[form] = [sys.executable, "-m", "m1tui", "inspect", str(file)]
        with bytecode_kept():
            taken = {form: cpu_seconds(command) for form, command in commands.items()}
            # One measured while the machine was busy seems slow: the slowest are measured again,
            # and .syx beside them.
            for form in (*sorted(taken, key=lambda form: taken[form])[-AGAIN:], "syx"):
                taken[form] = min(taken[form], cpu_seconds(commands[form]))
    plain = taken.pop("syx")
    slowest = max(taken, key=lambda form: taken[form])
    ratio = taken[slowest] / plain
    name = f"100 kB in the slowest of {len(taken)} forms, over .syx"
    detail = f"{slowest}: {milliseconds(taken[slowest])} against {milliseconds(plain)}"
    yield Figure(name, ratio, f"at most {MOST:g} ×", ratio <= MOST, detail)


def cpu_seconds(command: list[str]) -> float:
    """Return the CPU time of a process, the least of TURNS: what else runs does not count."""
    durations = []
    for turn in range(TURNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if turn:  # the first compiles
            user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
            durations.append(user + system)
    return min(durations)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the name and a file of each form, with dumps that are all different."""
    messages = [
        BankDump.of(demo_contents(), part, channel=channel)
        for channel in range(4)
        for part in (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
    ]
    while sum(len(one.encode()) for one in messages) > SIZE:
        messages.pop()
    data = write_file(messages, "syx")
    yield "syx", data
    yield "MIDI file", write_file(messages, "mid")
    for form, wrap in WRAPPED.items():
        if form not in ("MIDI file", "RIFF"):
            yield form, wrap(data)
    for form, write in WRITTEN.items():
        yield form, _text([one.encode() for one in messages], write)


def _text(messages: list[bytes], write: Callable[[bytes], str]) -> bytes:
    """Return a text of about SIZE bytes: of several messages in a row, or else of one."""
    lengths = [len(write(one)) for one in messages]
    most = max(1, sum(sum(lengths[: count + 1]) <= SIZE for count in range(len(messages))))
    text = "\n".join(map(write, messages[:most])).encode()
    whole = [found.raw for found in read_file(text).messages]
    return text if whole == messages[:most] else write(messages[0]).encode()
