"""Stand-ins for Windows' and macOS' MIDI systems, as documented, with an M1 behind them.

They were written from the documentation and RtMidi's source: neither system was tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from m1tui.sysex import ExclusiveFrame, Framer, RealtimeByte, ShortMessage
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.wire import Wire

CORE, WINDOWS = 1, 4
BUFFER = 8_196
BYTES_PER_SECOND = 3125.0

Callback = Callable[[tuple[list[int], float], object], None]


class FakeSystem:
    """A computer with one interface whose cable leads to a virtual M1, or from OUT back to IN."""

    def __init__(self, number: int, machine: VirtualM1 | None = None) -> None:
        self.number = number
        self.outputs, self.inputs = {
            CORE: (["UM-ONE"], ["UM-ONE"]),
            WINDOWS: (["Microsoft GS Wavetable Synth 0", "UM-ONE 1"], ["UM-ONE 0"]),
        }[number]
        self.calls: list[bytes] = []
        """What was handed over, call by call."""
        self.delivered: list[int] = []
        """Sizes of what came in, call by call."""
        self.buffers: tuple[int, int] | None = None
        """The size and number of the input's buffers, if they were chosen."""
        self.broken: list[str] = []
        """What was done that the system does not allow."""
        self.listeners: list[Callback] = []
        self._machine = machine
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wire: Wire | None = None
        self._reader: asyncio.Task[None] | None = None
        self._free_at = 0.0
        self._loops: list[asyncio.Task[None]] = []

    def get_compiled_api(self) -> list[int]:
        return [self.number]

    def is_live(self, port: int) -> bool:
        """Tell whether something is at the other end of the port at that place of the list."""
        return True

    def MidiIn(self, system: int = 0, **_: str) -> FakeEnd:  # noqa: N802 # rtmidi's name
        return FakeEnd(self, self.inputs)

    def MidiOut(self, system: int = 0, **_: str) -> FakeEnd:  # noqa: N802 # rtmidi's name
        return FakeEnd(self, self.outputs)

    def opened(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            if self._machine is not None:
                self._wire = Wire(self._machine)
                self._wire.start()
                self._reader = self._loop.create_task(self._listen(self._wire))

    def send(self, data: bytes) -> None:
        """Take one call; it comes from a thread, and the wire carries it at its pace."""
        self.calls.append(data)
        if len(data) > 3 and data[0] != 0xF0:
            self.broken.append(f"{len(data)} bytes without F0")
        elif data[0] < 0x80:
            self.broken.append(f"{data.hex()} without a status byte")
        elif self.number == WINDOWS and data[0] == 0xF0 and data[-1] != 0xF7:
            self.broken.append("a piece of a long message")
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._carry, data)

    def _carry(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time()) + len(data) / BYTES_PER_SECOND
        if self._wire is not None:
            loop.call_at(self._free_at, self._wire.put_crossed, data)
        else:
            self._loops.append(loop.create_task(self._loop_back(data, self._free_at)))

    async def _loop_back(self, data: bytes, end: float) -> None:
        """Bring what went out in again, as the system's input hands it over."""
        loop = asyncio.get_running_loop()
        begin = end - len(data) / BYTES_PER_SECOND
        size = BUFFER if self.number == WINDOWS else len(data)
        for start in range(0, len(data), size):
            part = data[start : start + size]
            await asyncio.sleep(begin + (start + len(part)) / BYTES_PER_SECOND - loop.time())
            self._deliver(part)

    async def _listen(self, wire: Wire) -> None:
        framer, shown = Framer(), 0
        while True:
            for event in framer.feed(await wire.read()):
                if isinstance(event, ExclusiveFrame):
                    self._deliver(event.data[shown:])
                    shown = 0
                elif isinstance(event, ShortMessage):
                    self._deliver(event.data)
                elif isinstance(event, RealtimeByte):
                    self._deliver(bytes([event.status]))
            while self.number == WINDOWS and framer.pending - shown >= BUFFER:
                self._deliver(framer.partial[shown : shown + BUFFER])
                shown += BUFFER

    def _deliver(self, data: bytes) -> None:
        if self.listeners and data:
            self.delivered.append(len(data))
        for callback in self.listeners if data else ():
            callback((list(data), 0.0), None)

    async def end(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        if self._wire is not None:
            await self._wire.close()


class TwoCables(FakeSystem):
    """A Mac with two equal interfaces, one of which leads to the M1."""

    def __init__(self, machine: VirtualM1, behind: str) -> None:
        super().__init__(CORE, machine)
        self.outputs, self.inputs = ["USB", "USB"], ["USB", "USB"]
        self._behind = ["USB", "USB #2"].index(behind)

    def is_live(self, port: int) -> bool:
        return port == self._behind


class FakeEnd:
    def __init__(self, system: FakeSystem, ports: list[str]) -> None:
        self._system = system
        self._ports = ports
        self._callback: Callback | None = None
        self._live = True

    def get_current_api(self) -> int:
        return self._system.number

    def get_ports(self) -> list[str]:
        return list(self._ports)

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback: Callback) -> None:
        self._callback = callback

    def set_buffer_size(self, size: int, count: int) -> None:
        assert not self._system.listeners, "it must be called before the port is opened"
        self._system.buffers = (size, count)

    def cancel_callback(self) -> None:
        if self._callback in self._system.listeners:
            self._system.listeners.remove(self._callback)

    def open_port(self, port: int) -> None:
        assert self._ports[port].startswith(("UM-ONE", "USB"))
        self._live = self._system.is_live(port)
        self._system.opened()
        if self._callback is not None and self._live:
            self._system.listeners.append(self._callback)

    def close_port(self) -> None: ...

    def delete(self) -> None: ...

    def send_message(self, message: bytes) -> None:
        if self._live:
            self._system.send(bytes(message))
