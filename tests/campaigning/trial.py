"""One run of the campaign: the operation, and what the instrument held while it went on."""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from m1tui import clock
from m1tui.engine import (
    Backup,
    Instrument,
    ReadError,
    Restoration,
    Verification,
    back_up,
    diagnose,
    restore,
    verify,
)
from m1tui.link import LinkLost
from m1tui.sysex import Contents
from m1tui.virtual.fault_plan import FaultPlan
from tests.campaigning.cases import SAVED, Case, wanted
from tests.campaigning.witness import WitnessLink

MOST_CPU = 20.0
"""Processor seconds after which a run counts as caught in a busy loop; most take 0.1."""


class Busy(BaseException):
    """A run that took more processor time than any can need."""


@dataclass(slots=True)
class Saved:
    """Backups, and how much of the history there was when each was made."""

    backups: list[tuple[Backup, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that has ended."""

    case: Case
    file: Contents
    link: WitnessLink
    saved: Saved
    result: Restoration | Verification | Backup | None
    """None where it ended with a trouble or an error."""
    trouble: str
    """The trouble that it may end with, in a word: what could not be read, or a lost link."""
    error: str
    """The traceback of any other end."""
    seconds: float
    """By the clock that jumps."""
    processor: float

    @property
    def outcome(self) -> str:
        """The word in which it ended."""
        if self.error:
            return "error"
        if isinstance(self.result, Restoration | Verification):
            return self.result.outcome.value
        return self.trouble or "saved"


def run(case: Case) -> Trial:
    """Do what the case has, on the jumping clock."""
    m1 = case.machine()
    plan = FaultPlan(case.faults, case.seed)
    late = case.onset == SAVED and case.operation == "restore"
    link = WitnessLink(m1, FaultPlan(()) if late else plan, case.baud)
    file = wanted(case, m1)
    saved = Saved()
    begun = time.process_time()
    trouble, error, result, seconds = "", "", None, 0.0

    async def main() -> Restoration | Verification | Backup:
        nonlocal seconds
        loop = asyncio.get_running_loop()
        try:
            async with Instrument(link, channel=case.asked_channel) as instrument:
                return await _operate(case, instrument, file, saved, link, plan)
        finally:
            link.note_silence()
            seconds = loop.time()

    try:
        with _bounded():
            result = clock.run(main())
    except ReadError:
        trouble = "not read"
    except LinkLost:
        trouble = "link lost"
    except (Exception, Busy):  # noqa: BLE001 - whatever it is, it is to be told with its seed
        error = traceback.format_exc()
    if isinstance(result, Backup):
        saved.backups.append((result, len(link.history)))
    processor = time.process_time() - begun
    return Trial(case, file, link, saved, result, trouble, error, seconds, processor)


async def _operate(
    case: Case,
    instrument: Instrument,
    file: Contents,
    saved: Saved,
    link: WitnessLink,
    plan: FaultPlan,
) -> Restoration | Verification | Backup:
    if case.operation == "backup":
        await diagnose(instrument)
        return await back_up(instrument, part=case.part, bank=case.bank)
    if case.operation == "verify":
        return await verify(instrument, file, bank=case.bank)

    def save(backup: Backup) -> Path:
        saved.backups.append((backup, len(link.history)))
        link.go_wrong_by(plan)
        return Path("kept.syx")

    cancel = asyncio.Event()
    if case.cancel_at is not None:
        asyncio.get_running_loop().call_later(case.cancel_at, cancel.set)
    return await restore(
        instrument,
        file,
        part=case.part,
        bank=case.bank,
        pacing=case.pacing,
        save=save,
        dry_run=case.dry_run,
        cancel=cancel,
    )


@contextmanager
def _bounded() -> Iterator[None]:
    """Raise Busy within when it takes more processor time than MOST_CPU."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise Busy(f"more than {MOST_CPU:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_CPU)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
