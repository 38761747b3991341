"""A live stream of bytes cut into messages, whatever the wire brings, in bounded memory.

Realtime bytes may stand anywhere, also inside an exclusive message, and are lifted out.  What
belongs to no message is reported as garbage in pieces, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from m1tui.sysex.codes import END, START

_STATUS = re.compile(rb"[\x80-\xff]")
_REALTIME = 0xF8
_SHORT_SIZES = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
_COMMON_SIZES = {0xF1: 2, 0xF2: 3, 0xF3: 2, 0xF6: 1}


@dataclass(frozen=True, slots=True)
class ExclusiveFrame:
    """A whole exclusive message, F0 to F7, realtime bytes lifted out."""

    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class RealtimeByte:
    """F8 to FF."""

    status: int
    offset: int


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A channel or system common message; running status is written out."""

    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that belong to no message, and why."""

    data: bytes
    offset: int
    reason: str


Event = ExclusiveFrame | RealtimeByte | ShortMessage | Garbage


class Framer:
    """Cuts bytes into messages; keeps at most `limit` bytes of one that is under way.

    `offset` in events counts bytes since the framer was made.  A message longer than `limit` is
    given up as garbage, and what follows up to the next status byte with it.
    """

    def __init__(self, limit: int = 65_536) -> None:
        self.limit = limit
        self.reset()
        self._at = 0

    def reset(self) -> None:
        """Forget the message under way."""
        self._buffer = bytearray()
        self._start = 0
        self._wanted = 0
        self._running = 0
        self._implied = False

    @property
    def pending(self) -> int:
        """Bytes of the exclusive message under way; 0 if there is none."""
        return len(self._buffer) if self._in_exclusive else 0

    @property
    def partial(self) -> bytes:
        """The exclusive message under way, as far as it came."""
        return bytes(self._buffer) if self._in_exclusive else b""

    @property
    def _in_exclusive(self) -> bool:
        return self._buffer[:1] == b"\xf0"

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; return what they complete, in order."""
        return list(self._events(data))

    def _events(self, data: bytes) -> Iterator[Event]:
        done = 0
        for match in _STATUS.finditer(data):
            yield from self._data(data[done : match.start()])
            yield from self._status(data[match.start()])
            done = match.end()
        yield from self._data(data[done:])

    def _status(self, status: int) -> Iterator[Event]:
        at = self._at
        self._at += 1
        if status >= _REALTIME:
            yield RealtimeByte(status, at)
        elif status == END:
            yield from self._end(at)
        else:
            yield from self._give_up("the message is incomplete")
            self._begin(status, at)
            if self._wanted == 1:
                yield self._short()

    def _begin(self, status: int, at: int, *, implied: bool = False) -> None:
        self._buffer = bytearray([status])
        self._implied = implied
        self._start = at
        self._running = status if status < START else 0
        self._wanted = _SHORT_SIZES.get(status & 0xF0, _COMMON_SIZES.get(status, 0))

    def _end(self, at: int) -> Iterator[Event]:
        if self._in_exclusive:
            frame = ExclusiveFrame(bytes(self._buffer) + bytes([END]), self._start)
            self.reset()
            yield frame
        else:
            yield from self._give_up("the message is incomplete")
            self.reset()
            yield Garbage(bytes([END]), at, "an F7 outside a message")

    def _data(self, data: bytes) -> Iterator[Event]:
        while data:
            if not self._buffer and self._running:
                self._begin(self._running, self._at, implied=True)
            if self._in_exclusive:
                yield from self._exclusive_data(data)
                return
            taken = data[: self._wanted - len(self._buffer)] if self._wanted else b""
            if not taken:
                yield from self._give_up("the message is of an unknown kind")
                yield Garbage(data, self._at, "data outside a message")
                self._at += len(data)
                return
            self._buffer += taken
            self._at += len(taken)
            data = data[len(taken) :]
            if len(self._buffer) == self._wanted:
                yield self._short()

    def _exclusive_data(self, data: bytes) -> Iterator[Event]:
        room = self.limit - len(self._buffer)
        self._buffer += data[:room]
        self._at += min(len(data), room)
        if len(data) > room:
            yield from self._give_up(f"no end within {self.limit:,} bytes")
            yield Garbage(data[room:], self._at, "data outside a message")
            self._at += len(data) - room

    def _short(self) -> ShortMessage:
        message = ShortMessage(bytes(self._buffer), self._start)
        self._buffer = bytearray()
        self._wanted = 0
        return message

    def _give_up(self, reason: str) -> Iterator[Event]:
        if self._buffer:
            # A running status did not come, so it is no part of what broke off.
            yield Garbage(bytes(self._buffer[self._implied :]), self._start, reason)
        self.reset()
