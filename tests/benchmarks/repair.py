"""What it costs to repair a few programs of a factory bank, beyond the time of their bytes.

On the virtual M1 and its wire, with a clock that jumps. The bytes of k programs are k·178 to write
them, with 12 bytes of statuses each, and their read-back in the bank's dump: 16,350 bytes and the
request. What is over is waiting, mode data and putting the edit buffer back. The edit buffer is
read for keeping before the first byte is written: that is part of the whole time in the detail.
Whatever the number, it is to be proved in ALLOWED seconds beyond the first reading and k·192 bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Phase, Progress
from m1tui.engine.restore.restore import restore
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Contents
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import scenario
from tests.benchmarks.codec import random_memory
from tests.benchmarks.figures import Figure
from tests.benchmarks.wire import PROTECTS_OFF, SECONDS_PER_BYTE

MOST = 1.10
COUNTS = (1, 10, 50)
WRITE, STATUSES, BANK = 170 + 8, 6 + 6, 7 + 16_350
"""Bytes of one program: 40 and 11; their 23 and 21. Of the bank: 1C and 4C."""
ALLOWED = 6.0
"""Seconds beyond the first reading in which one program is to be proved."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How long one repair took, in seconds of the wire's time."""

    repairing: float
    """From the first byte that writes to the end."""
    whole: float
    """From the end of the reading for the backup to the end."""


def repaired(count: int) -> Repair:
    """Restore a memory in which `count` programs differ; AssertionError unless it is VERIFIED."""
    memory = random_memory(seed=1)
    machine = scenario("healthy")
    machine.press(PROTECTS_OFF)
    machine.board.memory = Memory.of(memory)
    machine.board.start()
    return clock.run(_repaired(machine, _changed(memory, count)))


def _changed(memory: Contents, count: int) -> Contents:
    assert memory.programs is not None
    changed = tuple(
        program.replace(detune=(program.detune + 1) % 50) if number < count else program
        for number, program in enumerate(reversed(memory.programs))
    )
    return memory.replace(programs=changed[::-1])


async def _repaired(machine: VirtualM1, wanted: Contents) -> Repair:
    marks: dict[str, float] = {}
    async with Instrument(VirtualLink(machine)) as instrument:
        time = asyncio.get_running_loop().time

        def saved(_: object) -> Path:
            marks["saved"] = time()
            return Path("kept.syx")

        def moved(progress: Progress) -> None:
            marks.setdefault(progress.phase, time())

        ending = await restore(instrument, wanted, save=saved, progress=moved, accept_damage=True)
        end = time()
    if ending.outcome is not Outcome.VERIFIED or machine.contents != wanted:
        raise AssertionError(str(ending.advice))
    return Repair(end - marks[Phase.SENDING_ONE_BY_ONE], end - marks["saved"])


def figures() -> Iterator[Figure]:
    """Measure the repair of 1, 10 and 50 programs."""
    for count in COUNTS:
        repair = repaired(count)
        size = count * (WRITE + STATUSES) + BANK
        ratio = repair.repairing / (size * SECONDS_PER_BYTE)
        detail = (
            f"{repair.repairing:.3f} s for {size:,} bytes both ways; {repair.whole:.3f} s from the "
            "end of the reading, edit buffer kept and put back"
        )
        name = f"repair {count} program{'' if count == 1 else 's'}"
        yield Figure(name, ratio, f"at most {MOST} ×", ratio <= MOST, detail)
        beyond = repair.whole - (count - 1) * (WRITE + STATUSES) * SECONDS_PER_BYTE
        name = f"proved, {count}, beyond the reading"
        yield Figure(name, beyond, f"at most {ALLOWED} s", beyond <= ALLOWED, detail)
