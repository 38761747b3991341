"""Runs m1tui's commands inside the machine: the virtual M1, and what a person does."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 240.0
"""Seconds after which a command counts as hung."""
READY = "GLOBAL 5 + UP D UP F UP H UP"
UNPROTECTED = "GLOBAL 6 DOWN + B DOWN + B DOWN"

M1TUI = (sys.executable, "-m", "m1tui")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def facts(self) -> dict[str, Any]:
        """The JSON object that it printed; empty when it printed none."""
        try:
            facts: dict[str, Any] = json.loads(self.out)
        except ValueError:
            return {}
        return facts

    def __str__(self) -> str:
        """Its outcome word with its exit code, or the end of what it said."""
        word = self.facts.get("outcome") or self.err.strip()[-300:]
        return f"{word}, exit {self.code}"


def m1tui(*words: str | Path) -> Ended:
    """Run a command to its end."""
    began = time.monotonic()
    done = subprocess.run(
        [*M1TUI, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def m1tui_until(phase: str, then: Callable[[], None], *words: str | Path) -> Ended:
    """Run a command on a terminal, do `then` once it shows `phase`, and wait for its end."""
    began = time.monotonic()
    master, terminal = os.openpty()
    process = subprocess.Popen(
        [*M1TUI, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    heard, done = "", False
    while time.monotonic() - began < LONGEST:
        if not select.select([master], [], [], 1.0)[0]:
            continue
        try:
            heard += os.read(master, 4096).decode(errors="replace")
        except OSError:  # the process ended, and its terminal with it
            break
        if not done and phase in heard:
            done = True
            then()
    os.close(master)
    if process.poll() is None and time.monotonic() - began >= LONGEST:
        process.kill()
    out, _ = process.communicate(timeout=LONGEST)
    said = heard.replace("\r", "\n")
    return Ended(process.returncode, out, said, time.monotonic() - began)


class VirtualM1:
    """`m1tui simulate` at a device, with its memory on disk."""

    def __init__(self, device: Path, state: Path, *words: str) -> None:
        self._process = subprocess.Popen(
            [*M1TUI, "simulate", "--at", f"raw:{device}", "--state", str(state), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        select.select([self._process.stdout], [], [], LONGEST)
        self.greeting = self._process.stdout.readline().strip()

    def wait(self) -> Ended:
        """Wait until it ends by itself."""
        out, err = self._process.communicate(timeout=LONGEST)
        return Ended(self._process.returncode, out, err, 0.0)

    def end(self) -> Ended:
        """End it in the way of a person."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()
