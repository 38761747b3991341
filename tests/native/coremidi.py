"""Apple's CoreMIDI and RtMidi's code for it, each from its own source; no other stand-in was read.

`CoreMIDI` is Apple's documentation of packet lists: what is sent is queued and leaves later, a list
contains at most 65,536 bytes, a System Exclusive message comes in any number of packets that
contain nothing else, other messages come whole and without running status. `MidiIn` and `MidiOut`
do what RtMidi.cpp does with them, under the names of python-rtmidi.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.native.ports import InPort, Port, checked

LIST_LIMIT = 65_536
"""Bytes of the largest packet list, its own and its packets' heads included."""
_HEADS = 4 + 8 + 2


@dataclass(frozen=True)
class MIDIPacket:
    """Some bytes that came or leave together."""

    stamp: int
    data: bytes


Reader = Callable[[list[MIDIPacket]], None]


def _length(status: int) -> int:
    if status < 0xF0:
        return 2 if 0xC0 <= status < 0xE0 else 3
    return {0xF1: 2, 0xF2: 3, 0xF3: 2}.get(status, 1)


class CoreMIDI:
    """Sources and destinations, and the server that brings packets from one to the other.

    `wire(device, data)` takes what leaves a destination: after `seconds_per_byte` for each byte, in
    the server's own thread, or at once without a pace. `arrive` brings what comes from a device, in
    packets of `packet` bytes; a Real Time byte has a packet of its own.
    """

    def __init__(
        self,
        sources: list[str],
        destinations: list[str],
        wire: Callable[[int, bytes], None],
        *,
        packet: int = 256,
        seconds_per_byte: float = 0.0,
    ) -> None:
        self.sources, self.destinations = sources, destinations
        self._wire = wire
        self._packet = packet
        self._pace = seconds_per_byte
        self._readers: dict[int, list[Reader]] = {}
        self._open: dict[int, bytearray] = {}
        self._short: dict[int, bytearray] = {}
        self._exclusive: dict[int, bool] = {}
        self._sending: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._within: set[int] = set()
        self.bad_packets: list[bytes] = []
        """What a driver cannot send: data that belongs to no message."""
        self.lists_over_the_limit = 0
        self._server = threading.Thread(target=self._serve, name="MIDIServer", daemon=True)
        if seconds_per_byte:
            self._server.start()

    def stop(self) -> None:
        """End the server; what is queued still leaves."""
        if self._server.is_alive():
            self._sending.put(None)
            self._server.join(timeout=60)

    def send(self, destination: int, packets: list[MIDIPacket]) -> None:
        """Queue packets (MIDISend): it returns at once."""
        if sum(_HEADS + len(packet.data) for packet in packets) > LIST_LIMIT + _HEADS:
            self.lists_over_the_limit += 1
        for packet in packets:
            if self._pace:
                self._sending.put((destination, packet.data))
            else:
                self._leave(destination, packet.data)

    def connect(self, source: int, reader: Reader) -> None:
        self._readers.setdefault(source, []).append(reader)

    def disconnect(self, source: int, reader: Reader) -> None:
        self._readers[source].remove(reader)

    def arrive(self, source: int, data: bytes) -> None:
        """Let the interface hear these bytes."""
        for packet in self._packets(source, data):
            for reader in list(self._readers.get(source, ())):
                reader([MIDIPacket(time.monotonic_ns(), packet)])

    def _serve(self) -> None:
        while (work := self._sending.get()) is not None:
            time.sleep(len(work[1]) * self._pace)
            self._leave(*work)

    def _leave(self, destination: int, data: bytes) -> None:
        if data[0] == 0xF0:
            self._within.add(destination)
        elif not data[0] & 0x80 and destination not in self._within:
            self.bad_packets.append(data)
            return
        if data[-1] == 0xF7 or 0x80 <= data[0] < 0xF0:
            self._within.discard(destination)
        self._wire(destination, data)

    def _packets(self, source: int, data: bytes) -> Iterator[bytes]:
        part = self._open.setdefault(source, bytearray())
        short = self._short.setdefault(source, bytearray())
        for byte in data:
            if byte >= 0xF8:
                # What came before it goes first: packets keep the order of time.
                if part:
                    yield bytes(part)
                    part.clear()
                yield bytes((byte,))
            elif byte == 0xF0 or (self._exclusive.get(source) and (byte < 0x80 or byte == 0xF7)):
                if byte == 0xF0 and part:
                    yield bytes(part)
                    part.clear()
                part.append(byte)
                self._exclusive[source] = byte != 0xF7
                if byte == 0xF7 or len(part) == self._packet:
                    yield bytes(part)
                    part.clear()
            else:
                if part:
                    yield bytes(part)
                    part.clear()
                self._exclusive[source] = False
                if byte & 0x80:
                    short[:] = bytes((byte,))
                elif short:
                    short.append(byte)
                if short and len(short) == _length(short[0]):
                    yield bytes(short)
                    del short[1:]


def rtmidi_module(core: CoreMIDI) -> dict[str, object]:
    """Return the names of a module `rtmidi` that was built for macOS."""

    class _Port(Port):
        def get_current_api(self) -> int:
            return 1

    class MidiIn(InPort, _Port):
        """RtMidi's MidiInCore: one message when the last packet of it has come."""

        names = core.sources

        def __init__(
            self, rtapi: int = 0, name: str | None = None, queue_size_limit: int = 1024
        ) -> None:
            super().__init__(rtapi, name, queue_size_limit)
            self._continues = False

        def open_port(self, port: int = 0, name: str | None = None) -> MidiIn:
            core.connect(port, self._read)
            self.device = port
            return self

        def close_port(self) -> None:
            if self.device is not None:
                core.disconnect(self.device, self._read)
                self.device = None

        def _read(self, packets: list[MIDIPacket]) -> None:
            for packet in packets:
                if self._continues:
                    # RtMidi takes the packet as it is, a Real Time byte too.
                    self._bytes += b"" if self._ignored[0] else packet.data
                    self._continues = packet.data[-1] != 0xF7
                    if not self._continues and not self._ignored[0]:
                        self._deliver(packet.stamp)
                    continue
                at = 0
                while at < len(packet.data):
                    status = packet.data[at]
                    if not status & 0x80:
                        break
                    size = _length(status)
                    ignored = (status in {0xF1, 0xF8} and self._ignored[1]) or (
                        status == 0xFE and self._ignored[2]
                    )
                    if status == 0xF0:
                        ignored, size = self._ignored[0], len(packet.data) - at
                        self._continues = packet.data[-1] != 0xF7
                    if not ignored:
                        self._bytes[:] = packet.data[at : at + size]
                        if not self._continues:
                            self._deliver(packet.stamp)
                    at += size

        def _deliver(self, stamp: int) -> None:
            delta = (stamp - self._last) / 1e9 if self._last else 0.0
            self._last = stamp
            self._hand_over(delta)

    class MidiOut(_Port):
        """RtMidi's MidiOutCore: lists of one packet of at most 65,535 bytes."""

        names = core.destinations

        def open_port(self, port: int = 0, name: str | None = None) -> MidiOut:
            self.device = port
            return self

        def send_message(self, message: list[int] | bytes) -> None:
            data = checked(message)
            if self.device is None:
                return
            for start in range(0, len(data), 65_535):
                part = data[start : start + 65_535]
                core.send(self.device, [MIDIPacket(time.monotonic_ns(), part)])

    return {
        "MidiIn": MidiIn,
        "MidiOut": MidiOut,
        "API_MACOSX_CORE": 1,
        "API_UNSPECIFIED": 0,
        "get_compiled_api": lambda: [1],
        "get_api_name": lambda api: "core",
        "get_api_display_name": lambda api: "CoreMIDI",
        "get_rtmidi_version": lambda: "5.0.0",
        "RtMidiError": Exception,
        "SystemError": OSError,
        "InvalidPortError": IndexError,
    }
