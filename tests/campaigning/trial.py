"""One run of the campaign: the operation, and what the instrument held while it went on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from m1tui import clock
from m1tui.advice import Trouble
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.verify import verify
from m1tui.engine.restore import restore as restoring
from m1tui.engine.restore.judge import Restoration, Verification
from m1tui.errors import LinkLost, ReadError, TwoInstruments
from m1tui.facts import Backup
from m1tui.link.base import BYTES_PER_SECOND
from m1tui.store import backups
from m1tui.store.atomic import Disk
from m1tui.sysex import Contents
from m1tui.virtual.fault_wire import FaultPlan
from tests.campaigning.cases import SAVED, Case, wanted
from tests.campaigning.witness import TwoWitnessLink, Witness, WitnessLink, WitnessWire

MOST_CPU = 20.0
"""Processor seconds after which a run counts as caught in a busy loop; most take 0.1."""
_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_IN_MEMORY = Path("/dev/shm")


class Busy(BaseException):
    """A run that took more processor time than any can need."""


class FullDisk(Disk):
    """A disk that takes nothing more."""

    def write(self, descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Saving:
    """A backup that was given to be kept."""

    backup: Backup
    at: float
    path: Path | None
    """Where it lies; None where the disk refused it."""
    states: int
    """How much of the history there was then."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that has ended."""

    case: Case
    file: Contents
    plan: FaultPlan
    """What went wrong."""
    witness: Witness
    """What the M1 held."""
    neighbour: Witness | None
    """What the other M1 held, where there was one."""
    crowded: bool
    """Whether the merge box had no room for all that the two said."""
    silence: float
    """The longest time in seconds for which the computer sent nothing."""
    savings: list[Saving]
    disk: Mapping[str, bytes]
    """All that lay in the folder for backups at the end, by name."""
    result: Restoration | Verification | Backup | None
    """None where it ended with a trouble or an error."""
    trouble: str
    """What ended it, in a word, where that was an exception for people."""
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

    @property
    def adversaries(self) -> tuple[str, ...]:
        """The kinds of the faults that struck, and what else was against it."""
        return (
            *dict.fromkeys(one.kind.value for one in self.plan.mishaps),
            *self.case.against,
        )


@dataclass(slots=True)
class _Disk:
    """The folder of one run, and what was given to be kept there."""

    folder: Path
    disk: Disk
    savings: list[Saving] = field(default_factory=list)

    def save(self, backup: Backup, witness: Witness) -> Path:
        """Write a backup as the program does; raises StoreError where the disk refuses."""
        path: Path | None = None
        try:
            path = backups.save(
                self.folder,
                backup,
                instrument="M1",
                instrument_id="",
                link="a virtual M1",
                now=_THEN,
                disk=self.disk,
            )
        finally:
            now = asyncio.get_running_loop().time()
            self.savings.append(Saving(backup, now, path, len(witness.history)))
        return path


def run(case: Case) -> Trial:
    """Do what the case has, on the jumping clock and on a real disk."""
    with _folder() as folder:
        return _run(case, folder)


def _run(case: Case, folder: Path) -> Trial:
    m1 = case.machine()
    witness = Witness(m1, folder)
    plan = FaultPlan(case.faults, case.seed)
    late = case.onset == SAVED and case.operation == "restore"
    neighbour, link = _link(case, witness, FaultPlan((), case.seed) if late else plan)
    file = wanted(case, m1)
    disk = _Disk(folder, FullDisk() if case.full_disk else Disk())
    begun = time.process_time()
    trouble, error, result, seconds = "", "", None, 0.0

    async def main() -> Restoration | Verification | Backup:
        nonlocal seconds
        loop = asyncio.get_running_loop()
        if case.visit is not None:
            loop.call_later(case.visit[0], link.wire.visit, case.visit[1], plan)
        try:
            async with Instrument(link, channel=case.asked_channel) as instrument:
                return await _operate(case, instrument, file, disk, link.wire, plan)
        finally:
            link.silence.ends()
            seconds = loop.time()

    try:
        with _bounded():
            result = clock.run(main())
    except (ReadError, TwoInstruments):
        trouble = "not read"
    except LinkLost:
        trouble = "link lost"
    except Trouble as other:
        trouble = f"trouble: {other.advice.happened}"
    except (Exception, Busy):  # noqa: BLE001 - whatever it is, it is to be told with its seed
        error = traceback.format_exc()
    return Trial(
        case,
        file,
        plan,
        witness,
        neighbour,
        isinstance(link, TwoWitnessLink) and link.box.lost > 0,
        link.silence.longest,
        disk.savings,
        {path.name: path.read_bytes() for path in folder.iterdir()},
        result,
        trouble,
        error,
        seconds,
        time.process_time() - begun,
    )


def _link(
    case: Case, witness: Witness, plan: FaultPlan
) -> tuple[Witness | None, WitnessLink | TwoWitnessLink]:
    """Return what sees the other M1, where there is one, and the link to both."""
    neighbour: Witness | None = None
    link: WitnessLink | TwoWitnessLink
    if case.second is None:
        link = WitnessLink(witness, plan, case.baud)
    else:
        neighbour = Witness(case.second.machine(), witness.folder)
        link = TwoWitnessLink(witness, neighbour, plan, case.second, case.baud)
    if not case.honest:
        link.bytes_per_second = BYTES_PER_SECOND
    return neighbour, link


async def _operate(
    case: Case,
    instrument: Instrument,
    file: Contents,
    disk: _Disk,
    wire: WitnessWire,
    plan: FaultPlan,
) -> Restoration | Verification | Backup:
    if case.operation == "backup":
        await diagnose(instrument)
        backup = await back_up(instrument, part=case.part, bank=case.bank)
        disk.save(backup, wire.witness)
        return backup
    if case.operation == "verify":
        return await verify(instrument, file, bank=case.bank)

    def save(backup: Backup) -> Path:
        try:
            return disk.save(backup, wire.witness)
        finally:
            wire.go_wrong_by(plan)

    cancel = asyncio.Event()
    if case.cancel_at is not None:
        asyncio.get_running_loop().call_later(case.cancel_at, cancel.set)
    return await restoring.restore(
        instrument,
        file,
        part=case.part,
        bank=case.bank,
        pacing=case.pacing,
        save=save,
        dry_run=case.dry_run,
        # The files are made up: their values may be any, and only what the wire does is judged.
        accept_damage=True,
        cancel=cancel,
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder for one run's files, in memory where the system has such a disk."""
    home = _IN_MEMORY if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="m1tui-campaign-", dir=home)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder)


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
