"""A JACK server of the test's own, with a dummy driver: no sound card, no realtime rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.midi.binding import load
from m1tui.midi.system import JACK, JACK_SOCKETS

PATIENCE = 30.0
"""Seconds in which the server listens, or never will."""


def missing() -> str | None:
    """Return why there can be no JACK here; None where there can."""
    if shutil.which("jackd") is None:
        return "jackd is not installed (Debian: jackd2)"
    try:
        compiled = load().get_compiled_api()
    except Trouble as trouble:
        return trouble.advice.happened
    return None if JACK in compiled else "this rtmidi was built without JACK"


FULL = "Too many servers already active"

_COUNT = count()
"""Keeps a server that ends apart from the next."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    """What leads programs to it."""


@contextmanager
def serving(log: Path) -> Iterator[Server]:
    """Serve for the time of a block."""
    name = f"m1tui{os.getpid()}{next(_COUNT)}"
    sign = f"jack_{name}_{os.getuid()}_0"
    command = ["jackd", "--no-realtime", "--name", name, "-d", "dummy"]
    with log.open("wb") as taken:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=taken, stderr=subprocess.STDOUT
        )
    try:
        end = time.monotonic() + PATIENCE
        while not (JACK_SOCKETS / sign).exists():
            if process.poll() is not None and FULL in log.read_text():
                pytest.skip(f"JACK, which counts servers that were killed, says: {FULL}")
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)  # no event tells that it listens
        chosen = {"JACK_DEFAULT_SERVER": name, "RTMIDI_API": "UNIX_JACK"}
        yield Server(process, os.environ | chosen)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        for left in JACK_SOCKETS.glob(f"jack_sem.{os.getuid()}_{name}_*"):
            left.unlink()
