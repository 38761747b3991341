"""What every way to reach an M1 offers: bytes out, bytes in, and a transcript of both."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.errors import LinkLost
from m1tui.files import JOURNAL, FileTrouble, Unfit, read_bounded, read_start, without_mark
from m1tui.link.rehearsal import Rehearsal
from m1tui.surveys import Survey, gap_of, reply_of

BYTES_PER_SECOND = 3125.0
"""What a MIDI wire carries: 31,250 baud, ten bits a byte."""
UNKNOWN = (
    "No more bytes go out. If a transfer was in progress, what is in the instrument is unknown "
    "until it is read again."
)


class Link(ABC):
    """A way to reach an M1.

    One task may read while another writes. Subclasses implement the methods whose names begin
    with an underscore; the public ones keep the transcript.
    """

    bytes_per_second: float = BYTES_PER_SECOND
    """Bytes that the wire carries each way in a second."""
    block_bytes: int | None = None
    """The most bytes that `_write` takes at once, None for any number."""
    whole_messages: bool = False
    """Whether the bytes of an exclusive message come in only when it is whole."""
    buffer_seconds: float = 0.0
    """Seconds for which bytes of a long message may be on their way before they show: those that it
    takes to fill the buffer in which they come."""
    sends_whole: bool = False
    """Whether an exclusive message goes out only whole, F0 to F7: no pause is possible inside it,
    and it cannot be broken off."""
    over_jack: bool = False
    """Whether a JACK server carries the bytes: what is lost may be lost there, and no cable ends at
    this computer."""
    shared: str = ""
    """What links have in common that may share an output or an input, and so must not be open at
    the same time; empty for none."""
    reply_seconds: float = 0.0
    """How long the instrument was measured to take for its slowest answer; 0 if nobody did."""
    gap_seconds: float = 0.0
    """How long it was measured to be silent inside a dump; 0 if nobody did."""
    survey: Survey | None = None
    """What a survey found of this instrument, None without one."""
    absent: bool = False
    """Whether there is no way at all: nobody can be asked."""
    rehearsal: Rehearsal | None = None
    """The hands on the instrument, where it is virtual and in this process."""

    def __init__(self, port: str, title: str) -> None:
        self.port = port
        """The --port form that opens the same link again."""
        self.title = title
        """The link's name for people."""
        self.transcript = Transcript()
        self.sent = 0
        """Bytes handed over since the link was made."""
        self.received = 0
        """Bytes read since the link was made."""
        self._pacer: Pacer | None = None

    def follow(self, survey: Survey | None) -> None:
        """Let time-outs follow the times that a survey measured of this instrument."""
        self.survey = survey
        times = survey.times if survey is not None else {}
        self.reply_seconds, self.gap_seconds = reply_of(times), gap_of(times)

    def seconds(self) -> float:
        """Return the instrument's time: the loop's, and what a virtual one has skipped."""
        return asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Make the link ready; raises LinkError, and then holds nothing."""
        await self._open()

    async def close(self) -> None:
        """Let go of the device and of the transcript's file; a read under way raises LinkLost.

        Closing again does nothing.
        """
        await self._close()
        self.transcript.close()

    async def reopen(self) -> None:
        """Let go of a device that was lost, and open it again; the transcript goes on.

        Raises LinkError, and then holds nothing.
        """
        await self._close()
        await self._open()

    async def read(self) -> bytes:
        """Return the bytes that have come in, one or more, waiting for the first.

        Raises LinkLost when the other end is gone.
        """
        data = await self._read()
        self.received += len(data)
        self.transcript.record(asyncio.get_running_loop().time(), Direction.IN, data)
        return data

    async def write(self, data: bytes) -> None:
        """Hand all of `data` over, at the wire's pace.

        Where the wire's fill cannot be seen, bytes are handed over at most about 0.1 s ahead of
        it. Raises LinkLost. A block stands in the transcript before it goes out, so that its
        answer follows it there; after a failure or a cancellation its last bytes may not have
        been sent.
        """
        size = self.block_bytes or len(data) or 1
        loop = asyncio.get_running_loop()
        for start in range(0, len(data), size):
            block = bytes(data[start : start + size])
            if self._pacer is not None:
                await self._pacer.make_room(len(block))
            self.transcript.record(loop.time(), Direction.OUT, block)
            self.sent += len(block)
            await self._write(block)

    async def drain(self) -> None:
        """Wait until all that was written has left for the wire; raises LinkLost."""
        await self._drain()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    @abstractmethod
    async def _read(self) -> bytes: ...

    @abstractmethod
    async def _write(self, data: bytes) -> None: ...

    @abstractmethod
    async def _drain(self) -> None: ...


def not_open(title: str) -> LinkLost:
    """Return the error of a link that is used after it was closed, or before it was opened."""
    return LinkLost(
        Advice(
            code="link-closed",
            happened=f"The link to {title} is closed.",
            safe="Nothing more is sent.",
            next_step="Open the link again, then read the instrument again.",
        )
    )


JACK_LOSES = (
    "JACK, or a program that it connects, loses bytes from long messages, most of all while the "
    "computer is busy"
)
JACK_NEXT = (
    "Close other programs and try again; to reach an interface without JACK, use raw:PATH (see "
    "`m1tui ports`)"
)


def lost(title: str, reason: str, *, over_jack: bool = False) -> LinkLost:
    """Return the error of a device that vanished while it was open."""
    if over_jack:
        return LinkLost(
            Advice(
                code="link-lost",
                happened=f"The connection to {title} broke: {reason}.",
                safe=UNKNOWN,
                cause="The JACK server or the program at the other end has ended.",
                next_step="Start it again, then let m1tui read the instrument again.",
            )
        )
    return LinkLost(
        Advice(
            code="link-lost",
            happened=f"The connection to {title} broke: {reason}.",
            safe=UNKNOWN,
            cause="The cable was pulled, the interface lost power, or the program at the other "
            "end has ended.",
            next_step="Plug the interface back in, or restart the program at the other end; then "
            "let m1tui read the instrument again.",
        )
    )


def stalled(title: str, seconds: float) -> LinkLost:
    """Return the error of a device that has accepted no byte for `seconds`."""
    return LinkLost(
        Advice(
            code="link-stalled",
            happened=f"{title} accepted no bytes for {seconds:g} seconds; expected 3,125 bytes "
            "per second.",
            safe=UNKNOWN,
            cause="The interface has hung, or the program at the other end is not reading.",
            next_step="Unplug the interface and plug it in again, then let m1tui read the "
            "instrument again.",
        )
    )


def sluggish(title: str, messages: int, seconds: float) -> LinkLost:
    """Return the error of a device that held up so many short messages for `seconds` each."""
    return LinkLost(
        Advice(
            code="link-sluggish",
            happened=f"{title} needed more than {seconds:g} seconds for each of {messages} short "
            "messages, one after the other; expected less than 0.1 seconds.",
            safe=UNKNOWN,
            cause="The interface keeps hanging, or the program at the other end reads too slowly.",
            next_step="Unplug the interface and plug it in again, or use another one.",
        )
    )


AHEAD = 0.1
"""Seconds of wire time that may be handed over in advance."""


class Pacer:
    """Counts how far the bytes handed over are ahead of a wire whose fill cannot be seen."""

    def __init__(self, bytes_per_second: float, ahead: float = AHEAD) -> None:
        self._bytes_per_second = bytes_per_second
        self._ahead = ahead
        self._empty_at = 0.0

    async def make_room(self, count: int) -> None:
        """Wait until `count` bytes may be handed over, and count them as handed over.

        Afterwards the wire needs at most `ahead` seconds for what it was given, or the time of
        these bytes alone where that is longer.
        """
        loop = asyncio.get_running_loop()
        need = count / self._bytes_per_second
        wait = self._empty_at - loop.time() - max(0.0, self._ahead - need)
        if wait > 0:
            await asyncio.sleep(wait)
        self._empty_at = max(self._empty_at, loop.time()) + need

    async def drain(self) -> None:
        """Wait until the wire has carried all that was handed over."""
        wait = self._empty_at - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)


class Inbox:
    """Hands what `put` was given to one reader; after `fail` to nobody any more.

    All methods belong to the event loop's thread.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._error: LinkLost | None = None
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._bytes)

    def put(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._bytes += data
        self._changed.set()

    def fail(self, error: LinkLost) -> None:
        """Let every `get` raise `error` once what came before it has been read."""
        self._error = self._error or error
        self._changed.set()

    def check(self) -> None:
        """Raise the error that `fail` was given, if any."""
        if self._error is not None:
            raise self._error

    async def get(self) -> bytes:
        """Return all waiting bytes, one or more; raises LinkLost after `fail`."""
        while not self._bytes:
            self.check()
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._bytes)
        self._bytes.clear()
        return data


# The transcript

# The file is text: a line `# m1tui transcript 1`, then one line per piece of traffic, its seconds,
# `>` (computer to M1) or `<` (M1 to computer), and its bytes in hexadecimal. Other lines that begin
# with `#` are remarks.


HEADING = "# m1tui transcript 1"
KEPT_BYTES = 1 << 20
"""Memory that the newest entries may take, in bytes, before the oldest are dropped."""
ENTRY_COST = 200
"""Bytes of memory that an entry takes beside its data; most carry one byte of active sensing."""


class Direction(Enum):
    """Which way bytes went; the values are the marks of the file."""

    OUT = ">"
    IN = "<"


@dataclass(frozen=True, slots=True)
class Entry:
    """Bytes that went one way at one time."""

    time: float
    """Seconds by the event loop's clock."""
    direction: Direction
    data: bytes

    def line(self) -> str:
        """Return the entry as a line of a transcript file, without its end."""
        return f"{self.time:.6f} {self.direction.value} {self.data.hex(' ')}"


class Transcript:
    """The traffic of one link: its newest part in memory, all of it in a file if one is open."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._entries: deque[Entry] = deque()
        self._cost = 0
        self._stream: IO[str] | None = None
        self.dropped = 0
        """Entries that were dropped from memory, oldest first."""
        self.problem: Advice | None = None
        """Why the file stopped short, for example because the disk is full."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, time: float, direction: Direction, data: bytes) -> None:
        """Add bytes that went in `direction` at `time`, in seconds of the event loop."""
        entry = Entry(time, direction, bytes(data))
        self._entries.append(entry)
        self._cost += len(entry.data) + ENTRY_COST
        while self._cost > self._kept_bytes and len(self._entries) > 1:
            self._cost -= len(self._entries.popleft().data) + ENTRY_COST
            self.dropped += 1
        if self._stream is not None:
            self._write_out((entry,))

    def bytes(self, direction: Direction) -> bytes:
        """Return all kept bytes of one direction, joined."""
        return b"".join(entry.data for entry in self._entries if entry.direction is direction)

    def stream_to(self, path: Path) -> None:
        """Write what is kept, and from now on every entry at once, to the file `path`.

        An older transcript at `path` is replaced, any other file is not. Raises Trouble when the
        file cannot be made. A later failure to write does not disturb the traffic: it ends the
        file and stands in `problem`.
        """
        try:
            _refuse_other_files(path)
            # The line buffer puts each entry on disk before the process can be killed.
            self._stream = path.open("w", encoding="ascii", newline="\n", buffering=1)
        except OSError as error:
            raise Trouble(_cannot_write(path, error)) from error
        self.problem = None
        self._write_out(self._entries, heading=True)

    def close(self) -> None:
        """Close the file, if one is open."""
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                stream.close()
            except OSError as error:
                self.problem = _cannot_write(Path(stream.name), error)

    @classmethod
    def load(cls, path: Path) -> Transcript:
        """Return the transcript that the file `path` holds, whole.

        Raises Trouble when the file cannot be read or is not a transcript, naming the line.
        """
        try:
            data = read_bounded(path, JOURNAL)
        except FileTrouble as trouble:
            raise Trouble(_cannot_read(path, trouble.reason)) from trouble
        text = without_mark(data).decode("ascii", errors="replace")
        lines = text.splitlines()
        if not lines or lines[0] != HEADING:
            raise Trouble(_cannot_read(path, f"expected {HEADING!r} in line 1"))
        transcript = cls(kept_bytes=len(text) * (ENTRY_COST + 1))
        for number, line in enumerate(lines[1:], start=2):
            if line and not line.startswith("#"):
                try:
                    entry = _parse(line)
                except ValueError as error:
                    raise Trouble(_cannot_read(path, f"line {number}: {error}")) from error
                transcript.record(entry.time, entry.direction, entry.data)
        return transcript

    @staticmethod
    def remarks(path: Path) -> dict[str, str]:
        """Return what a file's remarks say, each a line "# name: text"; raises Trouble."""
        try:
            text = without_mark(read_bounded(path, JOURNAL)).decode("ascii", errors="replace")
        except FileTrouble as trouble:
            raise Trouble(_cannot_read(path, trouble.reason)) from trouble
        found = {}
        for line in text.splitlines()[1:]:
            name, colon, said = line.removeprefix("#").partition(":")
            if line.startswith("#") and colon:
                found[name.strip()] = said.strip()
        return found

    def _write_out(self, entries: Iterable[Entry], *, heading: bool = False) -> None:
        assert self._stream is not None
        try:
            if heading:
                remark = f"# {self.dropped} earlier entries were not kept\n" if self.dropped else ""
                self._stream.write(f"{HEADING}\n{remark}")
            self._stream.writelines(f"{entry.line()}\n" for entry in entries)
        except OSError as error:
            problem = _cannot_write(Path(self._stream.name), error)
            self.close()
            self.problem = problem


def _parse(line: str) -> Entry:
    parts = line.split(None, 2)
    if len(parts) != 3:
        raise ValueError("expected a time, > or <, and bytes")
    time = float(parts[0])
    if not math.isfinite(time):
        raise ValueError(f"expected a time in seconds, found {parts[0]}")
    return Entry(time, Direction(parts[1]), bytes.fromhex(parts[2]))


def _refuse_other_files(path: Path) -> None:
    try:
        start = read_start(path, len(HEADING))
    except FileTrouble as trouble:
        if trouble.why is Unfit.MISSING:
            return
        raise Trouble(
            Advice(
                code="transcript-not-writable",
                happened=f"The transcript cannot be written to {str(path)!r}: {trouble.reason}.",
                safe=NOTHING_SENT,
                next_step="Give another file name.",
            )
        ) from trouble
    if start and start != HEADING.encode():
        raise Trouble(
            Advice(
                code="transcript-name-taken",
                happened=f"The transcript cannot be written to {str(path)!r}: the file "
                "there is not a transcript.",
                safe=f"The file is as it was. {NOTHING_SENT}",
                next_step="Give another file name.",
            )
        )


def _cannot_write(path: Path, error: OSError) -> Advice:
    return Advice(
        code="transcript-not-writable",
        happened=f"The transcript {str(path)!r} cannot be written: {error.strerror or error}.",
        safe="What was written so far is kept. The transfer does not depend on the transcript.",
        next_step="Free some space, or name a file in a folder that you may write to.",
    )


def _cannot_read(path: Path, why: str) -> Advice:
    return Advice(
        code="transcript-unreadable",
        happened=f"The transcript {str(path)!r} cannot be read: {why}.",
        safe=NOTHING_SENT,
        next_step="Give a file that was written with --transcript.",
    )
