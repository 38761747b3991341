"""How close transfers come to the time that their bytes need on a wire of 31,250 baud.

On the virtual M1 and its wire, with a clock that jumps: the figures are exact and repeatable, and
tell how much the engine waits beside the wire.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.restore.restore import restore
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink
from m1tui.virtual.scenarios import scenario
from tests.benchmarks.codec import random_memory
from tests.benchmarks.figures import Figure

SECONDS_PER_BYTE = 320e-6
MOST = 1.02
PROTECTS_OFF = "GLOBAL 6 DOWN + B DOWN + B DOWN"

Job = Callable[[Instrument], Coroutine[Any, Any, object]]


def over_the_wire(name: str, job: Job) -> Figure:
    """Run `job` on an unprotected virtual M1; return its duration over that of its bytes."""

    async def measured() -> tuple[float, int]:
        machine = scenario("healthy")
        machine.press(PROTECTS_OFF)
        async with Instrument(VirtualLink(machine)) as instrument:
            loop = asyncio.get_running_loop()
            start, before = loop.time(), instrument.sent + instrument.received
            await job(instrument)
            return loop.time() - start, instrument.sent + instrument.received - before

    seconds, count = clock.run(measured())
    ratio = seconds / (count * SECONDS_PER_BYTE)
    detail = f"{seconds:.2f} s for {count:,} bytes both ways"
    return Figure(name, ratio, f"at most {MOST} ×", ratio <= MOST, detail)


async def _restore_everything(instrument: Instrument) -> None:
    ending = await restore(
        instrument, random_memory(seed=1), save=lambda backup: Path("kept.syx"), accept_damage=True
    )
    if ending.outcome is not Outcome.VERIFIED:
        raise AssertionError(str(ending.advice))


def figures() -> Iterator[Figure]:
    """Measure a whole restore of a 49,791-byte dump, and a whole backup."""
    yield over_the_wire("diagnose, back up, restore, verify", _restore_everything)
    yield over_the_wire("diagnose, read twice", back_up)
