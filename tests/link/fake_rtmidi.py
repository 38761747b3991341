"""Stands for the module rtmidi, with ports that a test plugs and unplugs."""

from __future__ import annotations

from collections.abc import Callable

Callback = Callable[[tuple[list[int], float], object], None]


class FakeRtmidi:
    """A computer with MIDI ports; what is sent to a port is kept, and answered if asked for."""

    def __init__(self, inputs: list[str], outputs: list[str]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.sent: list[bytes] = []
        self.callbacks: list[Callback] = []
        self.ignored: dict[str, bool] | None = None
        self.open_ends: list[object] = []
        self.service = True
        self.system = 0

    def get_compiled_api(self) -> list[int]:
        return [2, 3]

    def MidiIn(self, system: int = 0) -> FakeEnd:  # noqa: N802 # rtmidi's name
        self.system = system
        return self._end(self.inputs)

    def MidiOut(self, system: int = 0) -> FakeEnd:  # noqa: N802 # rtmidi's name
        self.system = system
        return self._end(self.outputs)

    def _end(self, ports: list[str]) -> FakeEnd:
        if not self.service:
            raise OSError("error creating ALSA sequencer client object")
        return FakeEnd(self, ports)

    def deliver(self, data: bytes) -> None:
        """Let a message come in, on whatever thread calls this."""
        for callback in self.callbacks:
            callback((list(data), 0.0), None)


class FakeEnd:
    def __init__(self, system: FakeRtmidi, ports: list[str]) -> None:
        self._system = system
        self._ports = ports
        self._callback: Callback | None = None
        self._name = ""

    def get_ports(self) -> list[str]:
        return list(self._ports)

    def ignore_types(self, *, sysex: bool, timing: bool, active_sense: bool) -> None:
        self._system.ignored = {"sysex": sysex, "timing": timing, "active_sense": active_sense}

    def set_callback(self, callback: Callback) -> None:
        self._callback = callback

    def cancel_callback(self) -> None:
        if self._callback in self._system.callbacks:
            self._system.callbacks.remove(self._callback)

    def open_port(self, port: int) -> None:
        self._name = self._ports[port]
        self._system.open_ends.append(self)
        if self._callback:
            self._system.callbacks.append(self._callback)

    def close_port(self) -> None:
        if self in self._system.open_ends:
            self._system.open_ends.remove(self)

    def delete(self) -> None:
        self.close_port()

    def send_message(self, message: bytes) -> None:
        assert self in self._system.open_ends
        if not message or (len(message) > 3 and message[0] != 0xF0):
            raise ValueError("rtmidi takes no such message")
        if self._name not in self._ports:
            raise OSError("port is gone")
        self._system.sent.append(bytes(message))
