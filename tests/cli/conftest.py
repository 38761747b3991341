"""Runs command lines inside the test's process, and made-up dumps to run them on."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from m1tui.cli.launch import main
from m1tui.sysex import (
    Allocation,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    Sequence,
)
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import save_state
from m1tui.virtual.scenarios import scenario


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        """The one JSON object that stdout holds."""
        facts: dict[str, Any] = json.loads(self.out)
        return facts


Command = Callable[..., Ended]


@pytest.fixture
def m1tui(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Run a command line with a data folder of the test's own."""

    def run(*words: str | Path) -> Ended:
        argv = ["--data-dir", str(tmp_path / "data"), *map(str, words)]
        code = main(argv)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def some_contents() -> Contents:
    """A whole memory in which every program and combination has a name of its own."""
    return Contents(
        tuple(Program.blank().replace(name=f"Prog {number}") for number in range(100)),
        tuple(Combination.blank().replace(name=f"Combi {number}") for number in range(100)),
        GlobalData.blank(),
        Sequence.empty(),
        Allocation.LARGE_PROGRAM,
    )


def with_program(contents: Contents, number: int, program: Program) -> Contents:
    """The same memory with one other program."""
    programs = list(contents.programs or ())
    programs[number] = program
    return contents.merged(Contents(programs=tuple(programs), allocation=contents.allocation))


def dump_of(contents: Contents, part: Part = Part.ALL, channel: int = 0) -> bytes:
    """A dump of `contents`, F0 to F7."""
    return BankDump.of(contents, part, channel=channel).encode()


@pytest.fixture
def all_data(tmp_path: Path) -> Path:
    """A file with an all-data dump."""
    path = tmp_path / "all.syx"
    path.write_bytes(dump_of(some_contents()))
    return path


MIDI_READY = "GLOBAL 5 + UP D UP F UP H UP"
PROTECTS_OFF = "GLOBAL 6 DOWN + B DOWN + B DOWN"


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[VirtualM1], Path]:
    """Put a virtual M1 where `--port virtual` goes on with it; returns where its dump lies."""

    def write(machine: VirtualM1) -> Path:
        path = tmp_path / "data" / "virtual" / "m1.syx"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_state(machine, path)
        return path

    return write


@pytest.fixture
def writable(keep: Callable[[VirtualM1], Path]) -> Path:
    """A kept virtual M1 whose battery died, with MIDI enabled and its protects off again."""
    machine = scenario("dead-battery")
    machine.press(f"{MIDI_READY} {PROTECTS_OFF}")
    return keep(machine)


LONGEST = 60
"""Seconds after which a process counts as hung."""


class Simulated:
    """A `m1tui simulate` in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: str) -> None:
        self.process = process
        self.port = port

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what stood on stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=LONGEST)
        return self.process.returncode, errors.decode()


Simulate = Callable[..., Simulated]


@pytest.fixture
def simulate() -> Iterator[Simulate]:
    running: list[subprocess.Popen[bytes]] = []

    def start(at: str, *words: str | Path) -> Simulated:
        process = subprocess.Popen(
            [sys.executable, "-m", "m1tui", "simulate", "--at", at, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], LONGEST)[0], "it never was ready"
        line = process.stdout.readline().decode()
        assert line.startswith("ready "), process.communicate(timeout=LONGEST)[1].decode()
        return Simulated(process, line.removeprefix("ready ").strip())

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=LONGEST)
