"""The one asynchronous shell of the virtual M1: a MIDI wire each way, at its own speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from m1tui.virtual.machine import VirtualM1

BAUD = 31_250
BITS_PER_BYTE = 10
RECEIVE_BUFFER = 1_024
"""Bytes that wait before the wire to the M1, as in an interface: a third of a second."""
UNREAD_LIMIT = 1 << 18
"""Bytes from the M1 that are kept for a reader who does not come."""
PIECE = 320
"""Bytes that cross in one go: about 0.1 s. A message's end is never held back by it."""
MOST_LATE = 0.25
"""Seconds of lateness that are made up for; a process that slept longer starts anew."""
UNLIMITED_PIECE = 4_096
"""Bytes that cross in one go on a wire without a speed."""


class Wire:
    """Moves bytes between a computer and a virtual M1.

    At 31,250 baud a byte takes 320 µs each way; baud 0 is as fast as it goes. `write` waits
    while the receive buffer is full; `put_crossed` is for what came at that speed already. Use
    it as an asynchronous context manager, or `start` and `close` it.
    """

    def __init__(
        self,
        machine: VirtualM1,
        *,
        baud: int = BAUD,
        buffer: int = RECEIVE_BUFFER,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        if baud < 0 or buffer < 1:
            raise ValueError(f"expected baud ≥ 0 and a buffer ≥ 1, found {baud} and {buffer}")
        self.machine = machine
        self.byte_time = BITS_PER_BYTE / baud if baud else 0.0
        """Seconds that a byte takes."""
        self.unread = 0
        """Bytes from the M1 that nobody read in time."""
        self.on_traffic: Callable[[bool, bytes], None] | None = None
        """Is told what reaches the M1 (True) and what leaves it (False)."""
        self._buffer_size = buffer
        self._on_change = on_change
        self._incoming = bytearray()
        self._crossed = 0
        """Bytes of those that have taken their time elsewhere."""
        self._outgoing = bytearray()
        self._room = asyncio.Event()
        self._arrived = asyncio.Event()
        self._spoken = asyncio.Event()
        self._to_send = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._fault: BaseException | None = None
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def bytes_per_second(self) -> float:
        """Bytes that the wire carries each way; infinite without a speed."""
        return 1 / self.byte_time if self.byte_time else float("inf")

    def start(self) -> None:
        """Begin to carry bytes."""
        if self._tasks:
            return
        self._tasks = [
            asyncio.create_task(self._carry_in(), name="wire to the virtual M1"),
            asyncio.create_task(self._carry_out(), name="wire from the virtual M1"),
        ]
        self._over = False
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Wake whoever waits, so that a fault of the M1 is raised to them and not swallowed.

        A program that ends cancels the wire and those who wait for it in one go: they may still
        want to put something back, and would wait for ever.
        """
        if task.cancelled():
            self._over = True
        elif task.exception() is not None:
            self._fault = task.exception()
            self._spoken.set()
        self._room.set()
        self._quiet.set()

    def _check(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _check_carries(self) -> None:
        self._check()
        if self._over:
            raise ConnectionAbortedError

    async def close(self) -> None:
        """Stop; bytes on the way are lost."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # The computer's side

    async def write(self, data: bytes) -> None:
        """Hand over all of `data`, waiting for room in the receive buffer; as `drain`."""
        view = memoryview(data)
        while view:
            self._check_carries()
            taken = self._take(view)
            view = view[taken:]
            if view:
                self._room.clear()
                await self._room.wait()

    def put_crossed(self, data: bytes) -> None:
        """Hand over what has taken its time on the way already: the M1 hears it at once."""
        self._incoming += data
        self._crossed += len(data)
        self._quiet.clear()
        self._arrived.set()

    def _take(self, view: memoryview) -> int:
        room = max(0, self._buffer_size - len(self._incoming))
        taken = view[:room]
        if taken:
            self._incoming += taken
            self._quiet.clear()
            self._arrived.set()
        return len(taken)

    async def drain(self) -> None:
        """Wait until everything handed over has reached the M1.

        Raises ConnectionAbortedError once the wire carries nothing any more.
        """
        await self._quiet.wait()
        self._check_carries()

    async def read(self) -> bytes:
        """Return what has come from the M1, one byte or more, waiting for the first."""
        while not self._outgoing:
            self._check()
            self._spoken.clear()
            await self._spoken.wait()
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def nudge(self) -> None:
        """Look again at what the M1 has to say, after keys or events changed it."""
        self._to_send.set()
        if self._on_change is not None:
            self._on_change()

    # The wire itself

    async def _carry_in(self) -> None:
        loop = asyncio.get_running_loop()
        free_at = loop.time()
        while True:
            if not self._incoming:
                self._quiet.set()
                self._arrived.clear()
                await self._arrived.wait()
                free_at = loop.time()
            data = bytes(self._incoming[: self._piece(len(self._incoming))])
            crossed = min(self._crossed, len(data))
            self._crossed -= crossed
            free_at = await self._cross(self._start(free_at), len(data) - crossed)
            # The bytes leave the buffer only now, so that `drain` and room are the wire's own.
            del self._incoming[: len(data)]
            self._room.set()
            free_at = await self._pass_in(data, free_at)

    async def _carry_out(self) -> None:
        loop = asyncio.get_running_loop()
        free_at = loop.time()
        while True:
            if not await self._something_to_send():
                free_at = loop.time()
                continue
            start = self._start(free_at)
            piece = self._piece(self.machine.outgoing)
            data = self.machine.transmit(start, piece, self.byte_time)
            if not data:
                # A timer may fire a hair early: what falls due was not yet when the wire was free.
                free_at = loop.time()
                continue
            free_at = await self._cross(start, len(data))
            if self.machine.powered:
                free_at = await self._pass_out(data, free_at)

    async def _pass_in(self, data: bytes, free_at: float) -> float:
        """Let the M1 have what has crossed; return when the wire is free again."""
        self._hear(data)
        return free_at

    async def _pass_out(self, data: bytes, free_at: float) -> float:
        """Let the computer have what has crossed; return when the wire is free again."""
        self._deliver(data)
        return free_at

    def _hear(self, data: bytes) -> None:
        if self.on_traffic is not None:
            self.on_traffic(True, data)
        self.machine.receive(data, asyncio.get_running_loop().time())
        self.nudge()

    async def _something_to_send(self) -> bool:
        """Return True when the M1 has bytes now; wait, at most until it may have, otherwise."""
        loop = asyncio.get_running_loop()
        due = self.machine.next_event(loop.time())
        if due is not None and due <= loop.time():
            return True
        self._to_send.clear()
        alarm = None if due is None else loop.call_at(due, self._to_send.set)
        try:
            await self._to_send.wait()
        finally:
            if alarm is not None:
                alarm.cancel()
        return False

    def _piece(self, waiting: int) -> int:
        return min(waiting, PIECE if self.byte_time else UNLIMITED_PIECE)

    def _start(self, free_at: float) -> float:
        """Return when the next piece began to cross: as soon as the wire was free.

        A timer that fires late is made up for, so that the rate holds over a long transfer.
        """
        return max(free_at, asyncio.get_running_loop().time() - MOST_LATE)

    async def _cross(self, start: float, count: int) -> float:
        """Wait until `count` bytes have crossed, and return when that was to be."""
        arrives = start + count * self.byte_time
        await asyncio.sleep(max(0.0, arrives - asyncio.get_running_loop().time()))
        return arrives

    def _deliver(self, data: bytes) -> None:
        if self.on_traffic is not None:
            self.on_traffic(False, data)
        room = UNREAD_LIMIT - len(self._outgoing)
        self._outgoing += data[:room]
        self.unread += max(0, len(data) - room)
        self._spoken.set()
