"""The record of every byte on a link, with times: kept in memory, streamed to a file, loaded again.

The file is text: a line `# m1tui transcript 1`, then one line per piece of traffic, its seconds,
`>` (computer to M1) or `<` (M1 to computer), and its bytes in hexadecimal. Other lines that begin
with `#` are remarks.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.files import JOURNAL, FileTrouble, Unfit, read_bounded, read_start, without_mark

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
                happened=f"The transcript cannot be written to {str(path)!r}: a file is there "
                "that is not a transcript.",
                safe=f"The file is as it was. {NOTHING_SENT}",
                next_step="Give another file name.",
            )
        )


def _cannot_write(path: Path, error: OSError) -> Advice:
    return Advice(
        code="transcript-not-writable",
        happened=f"The transcript {str(path)!r} cannot be written: {error.strerror or error}.",
        safe="What was written before is kept. The transfer does not depend on the transcript.",
        next_step="Free some space, or name a file in a folder that you may write to.",
    )


def _cannot_read(path: Path, why: str) -> Advice:
    return Advice(
        code="transcript-unreadable",
        happened=f"The transcript {str(path)!r} cannot be read: {why}.",
        safe=NOTHING_SENT,
        next_step="Give a file that was written with --transcript.",
    )
