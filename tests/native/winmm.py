"""winmm.dll and RtMidi's code for it, each from its own source; no other stand-in was read.

`WinMM` is Microsoft's documentation of the multimedia functions: handles, prepared headers, result
codes, input messages. `MidiIn` and `MidiOut` do what RtMidi.cpp does with those functions, under
the names of python-rtmidi. The instrument is whatever takes the bytes of the wire.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.native.ports import InPort, Port, checked

MMSYSERR_NOERROR = 0
MMSYSERR_BADDEVICEID = 2
MMSYSERR_ALLOCATED = 4
MMSYSERR_INVALHANDLE = 5
MIDIERR_UNPREPARED = 64
MIDIERR_STILLPLAYING = 65
MIDIERR_NOTREADY = 67

MHDR_DONE, MHDR_PREPARED, MHDR_INQUEUE = 1, 2, 4

MIM_DATA = 0x3C3
MIM_LONGDATA = 0x3C4
MIM_ERROR = 0x3C5
MIM_LONGERROR = 0x3C6


@dataclass
class MIDIHDR:
    """One buffer that the program and the driver share."""

    data: bytearray
    recorded: int = 0
    flags: int = 0
    user: int = 0


Callback = Callable[[int, "int | MIDIHDR", int], None]
"""An input callback: message, its parameter, milliseconds since midiInStart."""


@dataclass
class _Input:
    callback: Callback
    queue: deque[MIDIHDR] = field(default_factory=deque)
    started: float | None = None
    short: bytearray = field(default_factory=bytearray)
    in_exclusive: bool = False


def _length(status: int) -> int:
    """Return how many bytes a message of this status has, 1 to 3."""
    if status < 0xF0:
        return 2 if 0xC0 <= status < 0xE0 else 3
    return {0xF1: 2, 0xF2: 3, 0xF3: 2}.get(status, 1)


class WinMM:
    """The MIDI functions of winmm.dll, over interfaces whose other ends are functions.

    `wire(device, data)` takes what leaves the output `device`; `arrive` brings what comes in. A
    message takes `seconds_per_byte` on its way out; 0.00032 is MIDI's own rate.
    """

    def __init__(
        self,
        names: list[str],
        wire: Callable[[int, bytes], None],
        *,
        seconds_per_byte: float = 0.0,
    ) -> None:
        self.names = names
        self._wire = wire
        self._pace = seconds_per_byte
        self._inputs: dict[int, _Input] = {}
        self._outputs: set[int] = set()
        self._playing: dict[int, float] = {}
        self.bad_buffers: list[bytes] = []
        """Long buffers that are no whole message: a class driver sends none of their bytes."""
        self.lost = 0
        """Bytes that came while no buffer was queued."""
        self.open_in_another_program: set[int] = set()

    # Output ----------------------------------------------------------------------------------

    def out_open(self, device: int) -> int:
        if device >= len(self.names):
            return MMSYSERR_BADDEVICEID
        if device in self._outputs or device in self.open_in_another_program:
            return MMSYSERR_ALLOCATED
        self._outputs.add(device)
        return MMSYSERR_NOERROR

    def out_close(self, device: int) -> int:
        if device not in self._outputs:
            return MMSYSERR_INVALHANDLE
        if self._playing:
            return MIDIERR_STILLPLAYING
        self._outputs.discard(device)
        return MMSYSERR_NOERROR

    def out_prepare(self, device: int, header: MIDIHDR) -> int:
        if device not in self._outputs:
            return MMSYSERR_INVALHANDLE
        header.flags |= MHDR_PREPARED
        return MMSYSERR_NOERROR

    def out_unprepare(self, device: int, header: MIDIHDR) -> int:
        if device not in self._outputs:
            return MMSYSERR_INVALHANDLE
        if self._playing.get(id(header), 0.0) > time.monotonic():
            return MIDIERR_STILLPLAYING
        self._playing.pop(id(header), None)
        header.flags = MHDR_DONE
        return MMSYSERR_NOERROR

    def out_long(self, device: int, header: MIDIHDR) -> int:
        """Start to send the buffer. The far end gets it when its last byte has left."""
        if device not in self._outputs:
            return MMSYSERR_INVALHANDLE
        if not header.flags & MHDR_PREPARED:
            return MIDIERR_UNPREPARED
        if self._playing:
            return MIDIERR_NOTREADY
        data = bytes(header.data)
        header.flags |= MHDR_INQUEUE
        duration = len(data) * self._pace
        self._playing[id(header)] = time.monotonic() + duration
        if data[0] != 0xF0 or data[-1] != 0xF7 or any(b & 0x80 for b in data[1:-1]):
            self.bad_buffers.append(data)
        elif duration:
            threading.Timer(duration, self._wire, (device, data)).start()
        else:
            self._wire(device, data)
        return MMSYSERR_NOERROR

    def out_short(self, device: int, packed: int) -> int:
        """Send one message of up to three bytes: the status is the low byte."""
        if device not in self._outputs:
            return MMSYSERR_INVALHANDLE
        status = packed & 0xFF
        if not status & 0x80:
            return MMSYSERR_NOERROR  # data with a running status: no driver promises it
        self._wire(device, packed.to_bytes(4, "little")[: _length(status)])
        return MMSYSERR_NOERROR

    # Input -----------------------------------------------------------------------------------

    def in_open(self, device: int, callback: Callback) -> int:
        if device >= len(self.names):
            return MMSYSERR_BADDEVICEID
        if device in self._inputs or device in self.open_in_another_program:
            return MMSYSERR_ALLOCATED
        self._inputs[device] = _Input(callback)
        return MMSYSERR_NOERROR

    def in_prepare(self, device: int, header: MIDIHDR) -> int:
        if device not in self._inputs:
            return MMSYSERR_INVALHANDLE
        header.flags = MHDR_PREPARED
        return MMSYSERR_NOERROR

    def in_add_buffer(self, device: int, header: MIDIHDR) -> int:
        if device not in self._inputs:
            return MMSYSERR_INVALHANDLE
        if not header.flags & MHDR_PREPARED:
            return MIDIERR_UNPREPARED
        if header.flags & MHDR_INQUEUE:
            return MIDIERR_STILLPLAYING
        header.recorded = 0
        header.flags = MHDR_PREPARED | MHDR_INQUEUE
        self._inputs[device].queue.append(header)
        return MMSYSERR_NOERROR

    def in_start(self, device: int) -> int:
        if device not in self._inputs:
            return MMSYSERR_INVALHANDLE
        self._inputs[device].started = time.monotonic()
        return MMSYSERR_NOERROR

    def in_reset(self, device: int) -> int:
        """Stop, and give every queued buffer back as done."""
        if device not in self._inputs:
            return MMSYSERR_INVALHANDLE
        place = self._inputs[device]
        waiting, place.queue = list(place.queue), deque()
        for header in waiting:
            self._give(place, header, MIM_LONGDATA)
        place.started = None
        return MMSYSERR_NOERROR

    def in_close(self, device: int) -> int:
        if device not in self._inputs:
            return MMSYSERR_INVALHANDLE
        if self._inputs[device].queue:
            return MIDIERR_STILLPLAYING
        del self._inputs[device]
        return MMSYSERR_NOERROR

    def arrive(self, device: int, data: bytes) -> None:
        """Let the interface hear these bytes."""
        place = self._inputs.get(device)
        if place is None or place.started is None:
            return
        for byte in data:
            self._heard(place, byte)

    def _heard(self, place: _Input, byte: int) -> None:
        if byte >= 0xF8:
            self._tell(place, MIM_DATA, byte)
        elif byte == 0xF0:
            if place.in_exclusive:
                self._end(place, MIM_LONGERROR)
            place.short.clear()
            place.in_exclusive = True
            self._fill(place, byte)
        elif place.in_exclusive and (byte < 0x80 or byte == 0xF7):
            self._fill(place, byte)
            if byte == 0xF7:
                self._end(place, MIM_LONGDATA)
        else:
            if place.in_exclusive:
                self._end(place, MIM_LONGERROR)
            self._collect(place, byte)

    def _collect(self, place: _Input, byte: int) -> None:
        """Put short messages together; running status is expanded."""
        if byte & 0x80:
            place.short[:] = bytes((byte,))
        elif not place.short:
            self._tell(place, MIM_ERROR, byte)
            return
        else:
            place.short.append(byte)
        if len(place.short) == _length(place.short[0]):
            self._tell(place, MIM_DATA, int.from_bytes(place.short, "little"))
            del place.short[1:]
            if place.short[0] >= 0xF0:
                place.short.clear()

    def _fill(self, place: _Input, byte: int) -> None:
        if not place.queue:
            self.lost += 1
            return
        header = place.queue[0]
        header.data[header.recorded] = byte
        header.recorded += 1
        if header.recorded == len(header.data) and byte != 0xF7:
            self._give(place, place.queue.popleft(), MIM_LONGDATA)

    def _end(self, place: _Input, message: int) -> None:
        place.in_exclusive = False
        if place.queue and place.queue[0].recorded:
            self._give(place, place.queue.popleft(), message)

    def _give(self, place: _Input, header: MIDIHDR, message: int) -> None:
        header.flags = MHDR_PREPARED | MHDR_DONE
        self._tell(place, message, header)

    @staticmethod
    def _tell(place: _Input, message: int, value: int | MIDIHDR) -> None:
        began = place.started or time.monotonic()
        place.callback(message, value, round((time.monotonic() - began) * 1000))


class DriverError(OSError):
    """What python-rtmidi raises for RtMidi's DRIVER_ERROR; its own name is SystemError."""


class InvalidPortError(ValueError):
    """What python-rtmidi raises for a number that no port has."""


def rtmidi_module(winmm: WinMM, *, buffer_size: int, buffers: int = 4) -> dict[str, object]:
    """Return the names of a module `rtmidi` that was built for Windows.

    RtMidi queues `buffers` buffers of `buffer_size` bytes: 1,024 unless the binding asks for other
    ones.
    """

    class _Port(Port):
        names = winmm.names

        def __enter__(self) -> _Port:
            return self

        def __exit__(self, *error: object) -> None:
            self.delete()

        def get_current_api(self) -> int:
            return 4

        def get_ports(self, encoding: str = "auto") -> list[str]:
            return [f"{name} {number}" for number, name in enumerate(self.names)]

        def open_virtual_port(self, name: str | None = None) -> None:
            raise NotImplementedError("Virtual ports are not supported by the Windows MM API.")

        def _numbered(self, port: int) -> None:
            if port >= len(winmm.names):
                raise InvalidPortError(f"the 'portNumber' argument ({port}) is invalid.")

    class MidiIn(InPort, _Port):
        """RtMidi's MidiInWinMM."""

        def __init__(
            self, rtapi: int = 0, name: str | None = None, queue_size_limit: int = 1024
        ) -> None:
            super().__init__(rtapi, name, queue_size_limit)
            self._first = True
            self._headers: list[MIDIHDR] = []

        def open_port(self, port: int = 0, name: str | None = None) -> MidiIn:
            self._numbered(port)
            if winmm.in_open(port, self._heard) != MMSYSERR_NOERROR:
                raise DriverError(
                    "MidiInWinMM::openPort: error creating Windows MM MIDI input port."
                )
            self.device = port
            self._headers = [MIDIHDR(bytearray(buffer_size), user=n) for n in range(buffers)]
            for header in self._headers:
                assert winmm.in_prepare(port, header) == MMSYSERR_NOERROR
                assert winmm.in_add_buffer(port, header) == MMSYSERR_NOERROR
            assert winmm.in_start(port) == MMSYSERR_NOERROR
            return self

        def close_port(self) -> None:
            if self.device is not None:
                winmm.in_reset(self.device)
                assert winmm.in_close(self.device) == MMSYSERR_NOERROR
                self.device = None

        def _heard(self, message: int, value: int | MIDIHDR, stamp: int) -> None:
            if message not in {MIM_DATA, MIM_LONGDATA, MIM_LONGERROR}:
                return
            delta = 0.0 if self._first else (stamp - self._last) / 1000
            self._first = False
            if isinstance(value, int):
                status = value & 0xFF
                timing = self._ignored[1] and status in {0xF1, 0xF8}
                if timing or (self._ignored[2] and status == 0xFE):
                    return
                self._bytes += value.to_bytes(4, "little")[: _length(status)]
            else:
                if not self._ignored[0] and message != MIM_LONGERROR:
                    self._bytes += value.data[: value.recorded]
                if not value.recorded:
                    return
                assert self.device is not None
                if winmm._inputs[self.device].started is not None:
                    assert winmm.in_add_buffer(self.device, value) == MMSYSERR_NOERROR
                if self._ignored[0]:
                    return
            self._last = stamp
            self._hand_over(delta)

    class MidiOut(_Port):
        """RtMidi's MidiOutWinMM: it waits until a long message has left."""

        def open_port(self, port: int = 0, name: str | None = None) -> MidiOut:
            self._numbered(port)
            if winmm.out_open(port) != MMSYSERR_NOERROR:
                raise DriverError(
                    "MidiOutWinMM::openPort: error creating Windows MM MIDI output port."
                )
            self.device = port
            return self

        def close_port(self) -> None:
            if self.device is not None:
                assert winmm.out_close(self.device) == MMSYSERR_NOERROR
                self.device = None

        def send_message(self, message: list[int] | bytes) -> None:
            data = checked(message)
            if self.device is None:
                return
            if len(data) <= 3:
                winmm.out_short(self.device, int.from_bytes(data, "little"))
                return
            header = MIDIHDR(bytearray(data))
            assert winmm.out_prepare(self.device, header) == MMSYSERR_NOERROR
            if winmm.out_long(self.device, header) != MMSYSERR_NOERROR:
                raise DriverError("MidiOutWinMM::sendMessage: error sending sysex message.")
            while winmm.out_unprepare(self.device, header) == MIDIERR_STILLPLAYING:
                time.sleep(0.001)

    return {
        "MidiIn": MidiIn,
        "MidiOut": MidiOut,
        "API_WINDOWS_MM": 4,
        "API_UNSPECIFIED": 0,
        "get_compiled_api": lambda: [4],
        "get_api_name": lambda api: "winmm",
        "get_api_display_name": lambda api: "Windows MultiMedia",
        "get_rtmidi_version": lambda: "5.0.0",
        "RtMidiError": Exception,
        "SystemError": DriverError,
        "InvalidPortError": InvalidPortError,
    }
