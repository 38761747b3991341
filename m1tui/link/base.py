"""What every way to reach an M1 offers: bytes out, bytes in, and a transcript of both."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from m1tui.advice import Advice
from m1tui.errors import LinkLost
from m1tui.link.rehearsal import Rehearsal
from m1tui.link.transcript import Direction, Transcript
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
    shared: str = ""
    """What links have in common that may share an output or an input, and so must not be open at
    the same time; empty for none."""
    reply_seconds: float = 0.0
    """How long the instrument was measured to take for its slowest answer; 0 if nobody did."""
    gap_seconds: float = 0.0
    """How long it was measured to be silent inside a dump; 0 if nobody did."""
    survey: Survey | None = None
    """What a survey found of this instrument, None without one."""
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


def lost(title: str, reason: str) -> LinkLost:
    """Return the error of a device that vanished while it was open."""
    return LinkLost(
        Advice(
            code="link-lost",
            happened=f"The connection to {title} broke: {reason}.",
            safe=UNKNOWN,
            cause="The cable was pulled, the interface lost its power, or the program at the other "
            "end has ended.",
            next_step="Plug it in again, then let m1tui read the instrument again.",
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
            cause="The interface hangs, or the program at the other end is not reading.",
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
            cause="The interface hangs again and again, or the program at the other end reads too "
            "slowly.",
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
