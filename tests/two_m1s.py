"""Two virtual M1s on one interface: a THRU box before their INs, a merge box behind their OUTs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from m1tui.advice import Advice
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.link.base import Inbox
from m1tui.virtual.fault_wire import FaultPlan, FaultyWire
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.wire import BAUD, BITS_PER_BYTE, PIECE, Wire

MERGE_BUFFER = 65_536
"""Bytes that the merge box keeps of each IN while the other's message is under way: an all-data
dump and more. Common boxes keep far less, and lose what is above it."""

_START, _END, _FIRST_REALTIME = 0xF0, 0xF7, 0xF8
_SIZES = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}
_COMMON_SIZES = {0xF1: 2, 0xF2: 3, 0xF3: 2, 0xF6: 1}


@dataclass(slots=True)
class _Message:
    data: bytearray
    ended: bool = False
    """Whether no more of it will come."""


@dataclass(slots=True)
class _In:
    """One IN of the merge box."""

    running: int = 0
    missing: int = 0
    """Data bytes that the short message under way still needs; -1 inside an exclusive one."""
    waiting: deque[_Message] = field(default_factory=deque)


class MergeBox:
    """Merges several streams of MIDI bytes: messages stay whole, realtime bytes pass at once.

    A message passes from its first byte on if the OUT is free. One that begins while another
    IN's is under way waits in the buffer of its own IN, `buffer` bytes at most: what finds no
    room is lost, as in a real box, and the message with it from there on, its F7 too.
    """

    def __init__(self, inputs: int = 2, *, buffer: int = MERGE_BUFFER) -> None:
        self.lost = 0
        """Bytes that found no room."""
        self._buffer = buffer
        self._ins = [_In() for _ in range(inputs)]
        self._owner: int | None = None
        """The IN whose message is under way on the OUT."""
        self._out = bytearray()

    def feed(self, source: int, data: bytes) -> bytes:
        """Take bytes that come into the IN `source`; return what goes out now."""
        for byte in data:
            if byte >= _FIRST_REALTIME:
                self._out.append(byte)
            elif byte == _END:
                self._append(source, byte)
                self._end(source)
            elif byte & 0x80:
                self._end(source)
                self._begin(source, byte)
            else:
                self._data(source, byte)
        out = bytes(self._out)
        self._out.clear()
        return out

    def _begin(self, source: int, status: int) -> None:
        one = self._ins[source]
        exclusive = status == _START
        size = _SIZES.get(status & 0xF0, _COMMON_SIZES.get(status, 1))
        one.running = status if status < _START else 0
        one.missing = -1 if exclusive else size - 1
        if self._owner is None:
            self._owner = source
        else:
            one.waiting.append(_Message(bytearray()))
        self._append(source, status)
        if not one.missing:
            self._end(source)

    def _data(self, source: int, byte: int) -> None:
        one = self._ins[source]
        if not one.missing:
            if not one.running:
                return  # It belongs to no message.
            self._begin(source, one.running)
        self._append(source, byte)
        if one.missing > 0:
            one.missing -= 1
            if not one.missing:
                self._end(source)

    def _append(self, source: int, byte: int) -> None:
        one = self._ins[source]
        if self._owner == source:
            self._out.append(byte)
            return
        if not one.waiting or one.waiting[-1].ended:
            return  # An end without a message, or more of one that found no room.
        if sum(len(message.data) for message in one.waiting) >= self._buffer:
            self.lost += 1
            one.waiting[-1].ended = True
            return
        one.waiting[-1].data.append(byte)

    def _end(self, source: int) -> None:
        one = self._ins[source]
        one.missing = 0
        if self._owner != source:
            if one.waiting:
                one.waiting[-1].ended = True
            return
        self._owner = None
        # The others first, so that nobody who talks all the time keeps them waiting.
        order = [(source + step) % len(self._ins) for step in range(1, len(self._ins) + 1)]
        while self._owner is None:
            following = next((at for at in order if self._ins[at].waiting), None)
            if following is None:
                return
            message = self._ins[following].waiting.popleft()
            self._out += message.data
            if not message.ended:
                self._owner = following


class TwoM1s(Link):
    """Virtual M1s that hear all that the computer sends, and whose answers are merged.

    Each M1 has its own wire, and the merged bytes take their time on the one to the computer.
    `late` holds back all that the second M1 says by so many seconds. `faults` are those of each
    M1 and of the wires between it and the boxes; one that loses the link loses it as a whole.
    """

    def __init__(
        self,
        first: VirtualM1,
        second: VirtualM1,
        *,
        late: float = 0.0,
        buffer: int = MERGE_BUFFER,
        baud: int = BAUD,
        faults: Sequence[FaultPlan | None] = (None, None),
        port: str = "two",
    ) -> None:
        super().__init__(port, "an interface with two M1s")
        self.first = first
        self.second = second
        self.machines = (first, second)
        self.bytes_per_second = baud / BITS_PER_BYTE if baud else float("inf")
        self.box = MergeBox(buffer=buffer)
        self.baud = baud
        self.plans = tuple(faults)
        self._late = (0.0, late)
        self._merge_buffer = buffer
        self._wires: list[Wire] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._inbox = Inbox()
        self._outgoing: deque[bytes] = deque()
        """What is on the wire to the computer."""
        self._lost: LinkLost | None = None
        self._free_at = 0.0

    def new_wire(self, number: int) -> Wire:
        """Make the wire of the first (0) or second (1) M1, when the link is opened."""
        plan = self.plans[number]
        if plan is None:
            return Wire(self.machines[number], baud=self.baud)
        wire = FaultyWire(self.machines[number], plan, baud=self.baud)
        wire.on_unplug = self._unplug
        return wire

    async def _open(self) -> None:
        if self._wires:
            return
        self._inbox, self._lost, self._free_at = Inbox(), None, 0.0
        self.box = MergeBox(buffer=self._merge_buffer)
        self._outgoing.clear()
        self._wires = [self.new_wire(number) for number in range(len(self.machines))]
        for number, wire in enumerate(self._wires):
            wire.start()
            self._tasks.append(asyncio.create_task(self._listen(number, wire)))

    async def _close(self) -> None:
        wires, self._wires = self._wires, []
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for wire in wires:
            await wire.close()
        self._inbox.fail(_gone("It was closed."))

    async def _listen(self, number: int, wire: Wire) -> None:
        late = self._late[number]
        held: deque[bytes] = deque()
        while True:
            data = await wire.read()
            if late:
                held.append(data)
                # Timers of one moment have no order, so each takes what is oldest.
                self._at(late, lambda: self._merge(number, held.popleft()))
            else:
                self._merge(number, data)

    def _merge(self, number: int, data: bytes) -> None:
        """Put what an M1 said through the box, and onto the wire to the computer."""
        out = self.box.feed(number, data)
        if not out:
            return
        now = asyncio.get_running_loop().time()
        byte = BITS_PER_BYTE / self.baud if self.baud else 0.0
        # What passes at once left the box while it came in; what waited takes its own time.
        self._free_at = max(self._free_at, now - len(data) * byte)
        for start in range(0, len(out), PIECE):
            piece = out[start : start + PIECE]
            self._free_at += len(piece) * byte
            self._outgoing.append(piece)
            self._at(max(0.0, self._free_at - now), self._deliver)

    def _deliver(self) -> None:
        self._inbox.put(self._outgoing.popleft())

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(timer)
            act()

        timer = loop.call_at(loop.time() + seconds, run)
        self._timers.add(timer)

    def _unplug(self) -> None:
        self._lost = self._lost or _gone("It was unplugged.")
        self._inbox.fail(self._lost)

    async def _read(self) -> bytes:
        return await self._inbox.get()

    async def _write(self, data: bytes) -> None:
        await asyncio.gather(*(wire.write(data) for wire in self._carriers()))

    async def _drain(self) -> None:
        await asyncio.gather(*(wire.drain() for wire in self._carriers()))

    def _carriers(self) -> list[Wire]:
        if self._lost is not None:
            raise self._lost
        if not self._wires:
            raise _gone("It is not open.")
        return self._wires


def _gone(why: str) -> LinkLost:
    return LinkLost(
        Advice(
            "for-a-test",
            f"The link to two M1s is lost. {why}",
            "Nothing more is sent.",
            "",
            "Open it again.",
        )
    )
