"""Keeps a run on disk as it happens, so that a crash or a dropped line loses nothing.

A journal is a text file of JSON lines. The first holds the format's version and the procedure
itself, so a run goes on with the text that it began with; each further line is one event with its
number. A line is on the disk before its event counts. A last line that a crash tore counts as
never written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

import m1tui
from m1tui.advice import Advice, Trouble
from m1tui.errors import JournalError, StoreError
from m1tui.files import JOURNAL, FileTrouble, open_ordinary, read_all, read_bounded
from m1tui.procedures.events import Event, StepEntered
from m1tui.procedures.journal_format import VERSION, Header, JournalContent, line_of, parse
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.store import local_now, printable_path, write_named
from m1tui.store.atomic import DISK, Disk, clean, write_all
from m1tui.store.lock import try_lock
from m1tui.store.trouble import store_trouble

SUFFIX = ".journal"


class Journal:
    """A run that is being worked on, and its file. Close it, or use it with `with`."""

    def __init__(
        self,
        path: Path,
        content: JournalContent,
        descriptor: int,
        *,
        now: Callable[[], datetime],
        disk: Disk,
    ) -> None:
        self.path = path
        self.header = content.header
        self.run = content.run().resumed()
        self._count = len(content.events)
        self._size = content.size
        self._descriptor = descriptor
        self._now = now
        self._disk = disk

    @classmethod
    def begin(
        cls,
        folder: Path,
        procedure: Procedure,
        *,
        port: str,
        now: Callable[[], datetime] = local_now,
        disk: Disk = DISK,
    ) -> Journal:
        """Begin a run of `procedure` in a new file in `folder`, at its first step.

        Raises StoreError.
        """
        clean(folder)
        started = now()
        header = Header(
            version=VERSION,
            program=m1tui.__version__,
            port=port,
            started=started.isoformat(timespec="seconds"),
            procedure=procedure,
        )
        stem = f"{started:%Y-%m-%d %H%M} {procedure.id}"
        line = msgspec.json.encode(header) + b"\n"
        path = write_named(folder, stem, SUFFIX, line, disk=disk)
        journal = cls.open(path, now=now, disk=disk)
        journal.record(StepEntered(step=procedure.steps[0].id))
        return journal

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime] = local_now,
        disk: Disk = DISK,
    ) -> Journal:
        """Go on with the run in `path`; a torn last line is cut off.

        Raises JournalError when another program works on it or when it cannot be read, StoreError
        for what the disk refuses.
        """
        try:
            descriptor = open_ordinary(path, os.O_RDWR | os.O_APPEND)
        except FileTrouble as trouble:
            raise StoreError(trouble.advice) from trouble
        try:
            with _told(path):
                if not try_lock(descriptor):
                    raise _busy(path)
                os.lseek(descriptor, 0, os.SEEK_SET)
            data = _told_reading(lambda: read_all(descriptor, path, JOURNAL))
            content = parse(path, data)
            if content.size < len(data):
                with _told(path):
                    os.ftruncate(descriptor, content.size)
                    disk.sync(descriptor)
            return cls(path, content, descriptor, now=now, disk=disk)
        except BaseException:
            os.close(descriptor)
            raise

    def record(self, event: Event) -> Run:
        """Put `event` on the disk, then return the run after it, which `run` is from now on.

        An event without a time gets it here. Raises StoreError when the disk refuses; the run is
        then as before, and so is the file.
        """
        if self._descriptor < 0:
            raise ValueError("the journal is closed")
        if not event.at:
            event = replace(event, at=self._now().isoformat(timespec="seconds"))
        following = self.run.after(event)
        line = line_of(self._count + 1, event)
        try:
            write_all(self._descriptor, line, self._disk)
            self._disk.sync(self._descriptor)
        except OSError as error:
            self._cut_back()
            raise store_trouble(error, self.path) from error
        self._count += 1
        self._size += len(line)
        self.run = following
        return following

    def close(self) -> None:
        """Let other programs work on the journal. Closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _cut_back(self) -> None:
        """Take the half-written line away, or close, so that nothing is written after it."""
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self.close()


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that can be resumed."""

    path: Path
    header: Header
    run: Run
    last: str
    """When its last event happened, ISO 8601."""


def read(path: Path) -> JournalContent:
    """Return what the journal at `path` holds, without working on it.

    Raises JournalError, or StoreError when the file cannot be read at all.
    """
    return parse(path, _told_reading(lambda: read_bounded(path, JOURNAL)))


def unfinished(folder: Path) -> tuple[UnfinishedRun, ...]:
    """Return the runs in `folder` that were neither finished nor given up, the newest first.

    Journals that cannot be read are not among them: `damaged` has those.
    """
    found = []
    for path in _journals(folder):
        try:
            content = read(path)
        except Trouble:
            continue
        run = content.run()
        if not run.ended and not run.abandoned:
            last = content.events[-1].at if content.events else content.header.started
            found.append(UnfinishedRun(path, content.header, run, last))
    return tuple(sorted(found, key=lambda item: item.last, reverse=True))


def damaged(folder: Path) -> tuple[tuple[Path, Advice], ...]:
    """Return the journals in `folder` that cannot be read, each with what is wrong."""
    found = []
    for path in _journals(folder):
        try:
            read(path)
        except Trouble as trouble:
            found.append((path, trouble.advice))
    return tuple(found)


def _journals(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob(f"*{SUFFIX}")))


def _told_reading(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except FileTrouble as trouble:
        raise StoreError(trouble.advice) from trouble


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise store_trouble(error, path) from error


def _busy(path: Path) -> JournalError:
    return JournalError(
        Advice(
            code="in-use-elsewhere",
            happened=f'Another program is using "{printable_path(path)}".',
            safe="Nothing was changed. The other program is not affected.",
            cause="m1tui is open in another window or over another connection.",
            next_step="Continue there, or close it and try again.",
        )
    )
