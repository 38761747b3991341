"""Keeps a run on disk as it happens, so that a crash or a dropped line loses nothing.

A journal is a text file of JSON lines. The first holds the format's version and the procedure
itself, so a run goes on with the text that it began with; each further line is one event with its
number. A line is on the disk before its event counts. A last line that a crash tore counts as
never written; what else is damaged is refused with its line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

import m1tui
from m1tui.advice import Advice, Trouble
from m1tui.errors import JournalError, StoreError
from m1tui.files import JOURNAL, FileTrouble, open_ordinary, read_all, read_bounded, try_lock
from m1tui.procedures.events import EVENTS, Event, StepEntered
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.store import local_now, printable_path, write_named
from m1tui.store.atomic import DISK, Disk, clean, store_trouble, write_all
from m1tui.store.records import mend_header, mend_outcomes, mend_values, mend_verdicts

SUFFIX = ".journal"
_TRIES, _BETWEEN_TRIES = 5, 0.02
"""How often a journal is tried to be locked, and the seconds between."""


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
        first: Callable[[], None],
    ) -> None:
        self.path = path
        self.header = content.header
        self.run = content.run().resumed()
        self._count = len(content.events)
        self._size = content.size
        self._descriptor = descriptor
        self._now = now
        self._disk = disk
        self._first = first
        self._refused: StoreError | None = None
        """What the disk refused last, where the half-written line could not be taken away."""

    @classmethod
    def begin(
        cls,
        folder: Path,
        procedure: Procedure,
        *,
        port: str,
        now: Callable[[], datetime] = local_now,
        disk: Disk = DISK,
        first: Callable[[], None] = lambda: None,
    ) -> Journal:
        """Begin a run of `procedure` in a new file in `folder`, at its first step.

        `first` is called before each event is written: it puts on the disk what the event may
        speak of, and raises StoreError when it cannot. Raises StoreError.
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
        journal = cls.open(path, now=now, disk=disk, first=first)
        try:
            journal.record(StepEntered(step=procedure.steps[0].id))
        except BaseException:
            # Nobody else could go on with it.
            journal.close()
            raise
        return journal

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: Callable[[], datetime] = local_now,
        disk: Disk = DISK,
        first: Callable[[], None] = lambda: None,
    ) -> Journal:
        """Go on with the run in `path`; a torn last line is cut off. `first` is as for `begin`.

        Raises JournalError when another program works on it or when it cannot be read, StoreError
        for what the disk refuses.
        """
        try:
            descriptor = open_ordinary(path, os.O_RDWR | os.O_APPEND)
        except FileTrouble as trouble:
            raise StoreError(trouble.advice) from trouble
        try:
            with _told(path):
                if not _locked(descriptor):
                    raise busy()
                os.lseek(descriptor, 0, os.SEEK_SET)
            data = _told_reading(lambda: read_all(descriptor, path, JOURNAL))
            content = parse(path, data)
            if content.size < len(data):
                with _told(path):
                    os.ftruncate(descriptor, content.size)
                    disk.sync(descriptor)
            return cls(path, content, descriptor, now=now, disk=disk, first=first)
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def closed(self) -> bool:
        """Whether nothing more can be recorded."""
        return self._descriptor < 0

    def record(self, event: Event) -> Run:
        """Put `event` on the disk, then return the run after it, which `run` is from now on.

        An event without a time gets it here. Raises StoreError when the disk refuses; the run is
        then as before, and so is the file.
        """
        if self._refused is not None:
            raise self._refused
        if self.closed:
            raise ValueError("the journal is closed")
        if not event.at:
            event = replace(event, at=self._now().isoformat(timespec="seconds"))
        following = self.run.after(event)
        line = line_of(self._count + 1, event)
        self._first()
        try:
            write_all(self._descriptor, line, self._disk)
            self._disk.sync(self._descriptor)
        except OSError as error:
            refused = store_trouble(error, self.path)
            if not self._cut_back():
                self._refused = refused
            raise refused from error
        self._count += 1
        self._size += len(line)
        self.run = following
        return following

    def begin_write(self) -> None:
        """Put on the disk that the program is about to write in the current step."""
        self.record(self.run.begin_write())

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

    def _cut_back(self) -> bool:
        """Take the half-written line away, or close, so that nothing is written after it.

        Return whether it was taken away.
        """
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self.close()
        return not self.closed


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that can be resumed."""

    path: Path
    header: Header
    run: Run
    last: str
    """When its last event happened, ISO 8601."""
    elsewhere: bool
    """Whether a program has it open: only there it goes on."""


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
            found.append(UnfinishedRun(path, content.header, run, last, _is_open(path)))
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


def _locked(descriptor: int) -> bool:
    """Lock the journal; `unfinished` in another program may have it locked for a moment."""
    for _ in range(_TRIES):
        if try_lock(descriptor):
            return True
        time.sleep(_BETWEEN_TRIES)
    return False


def _is_open(path: Path) -> bool:
    """Return whether a program works on the run; another that only looks has it for a moment."""
    try:
        descriptor = open_ordinary(path, os.O_RDWR)
    except FileTrouble:
        return False
    try:
        return not _locked(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def busy() -> JournalError:
    """Return the error of a run that another program has open."""
    return JournalError(
        Advice(
            code="run-open-elsewhere",
            happened="This run is still open in another program.",
            safe="Nothing was changed. The other program is not affected.",
            cause="m1tui is open in another window or over another connection, or has not ended "
            "yet.",
            next_step="Continue there. If it has just been closed, wait a few seconds, then try "
            "again.",
        )
    )


VERSION = 7
CLOSES = 5
"""The first version whose runs end only after the instrument was asked again."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a journal."""

    version: int
    program: str
    """The m1tui that began the run."""
    port: str
    started: str
    """Local time with its offset, ISO 8601."""
    procedure: Procedure


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds: its header, its whole events, and the bytes they take."""

    header: Header
    events: tuple[Event, ...]
    size: int
    """Bytes up to the end of the last whole line; what follows is torn."""

    def run(self) -> Run:
        """Return the run that the events make."""
        closes = self.header.version >= CLOSES
        return Run.replay(self.header.procedure, self.events, closes=closes)


def parse(path: Path, data: bytes) -> JournalContent:
    """Return what a journal's bytes hold. Raises JournalError naming the line."""
    *lines, torn = data.split(b"\n")
    if not lines:
        raise _unreadable(path, 1, "expected a header line, found none")
    header = _header(path, lines[0])
    events: list[Event] = []
    size = len(lines[0]) + 1
    known = {step.id for step in header.procedure.steps}
    for number, line in enumerate(lines[1:], 1):
        try:
            events.append(_event(line, number, known, header.version))
        except ValueError as error:
            if number == len(lines) - 1 and not torn:
                break  # the block of a last line that never reached the disk
            raise _unreadable(path, number + 1, str(error)) from error
        size += len(line) + 1
    return JournalContent(header, tuple(events), size)


def _header(path: Path, line: bytes) -> Header:
    try:
        fields: Any = msgspec.json.decode(line)
        version = fields.get("version")
        if version == 1:
            mend_header(fields)
        if version in range(1, VERSION + 1):
            return msgspec.convert(fields, Header)
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError) as error:
        raise _unreadable(path, 1, f"not the header of a journal: {error}") from error
    raise _unreadable(path, 1, f"expected version {VERSION} or lower, found {version!r}")


def line_of(number: int, event: Event) -> bytes:
    """Return the line of the event that is the run's `number`th, counted from 1."""
    fields = {"n": number, "event": type(event).__name__, **asdict(event)}
    for verdict in fields.get("verdicts", ()):
        del verdict["time"]  # the event's own
        for name in ("outcome", "wrote", "values"):
            if verdict[name] in (None, ()):
                del verdict[name]
    return msgspec.json.encode(fields) + b"\n"


def _event(line: bytes, number: int, known: set[str], version: int) -> Event:
    """Return the event of a line. Raises ValueError."""
    fields: Any = msgspec.json.decode(line)
    if not isinstance(fields, dict):
        raise ValueError("expected an object")
    if fields.get("n") != number:
        raise ValueError(f"expected event {number}, found {fields.get('n')!r}")
    kind = EVENTS.get(fields.get("event", ""))
    if kind is None:
        raise ValueError(f"unknown event {fields.get('event')!r}")
    if version < 3:
        mend_verdicts(fields)
    mend_outcomes(fields)
    mend_values(fields)
    event = msgspec.convert(fields, kind)
    if event.step not in known:
        raise ValueError(f"unknown step {event.step!r}")
    return event


def _unreadable(path: Path, line: int, problem: str) -> JournalError:
    return JournalError(
        Advice(
            code="journal-unreadable",
            happened=f'"{printable_path(path)}" cannot be resumed: line {line}: {problem}.',
            safe="The file is left as it is; backups and other runs are not touched.",
            cause="It was damaged or changed by hand, or a newer m1tui wrote it.",
            next_step="Start the procedure again, or resume it with the newer m1tui.",
        )
    )
