"""What RtMidi's ports have in common on every system, under the names of python-rtmidi."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence


class Port:
    """A port of either direction; `names` are those of the system's devices."""

    names: Sequence[str] = ()

    def __init__(self, rtapi: int = 0, name: str | None = None, **other: object) -> None:
        self.device: int | None = None

    def get_port_count(self) -> int:
        return len(self.names)

    def get_port_name(self, port: int, encoding: str = "auto") -> str | None:
        return self.get_ports()[port] if port < len(self.names) else None

    def get_ports(self, encoding: str = "auto") -> list[str]:
        return list(self.names)

    def is_port_open(self) -> bool:
        return self.device is not None

    def set_error_callback(self, func: object, data: object = None) -> None:
        """Errors are raised here."""

    def cancel_error_callback(self) -> None:
        """Errors are raised here."""

    def close_port(self) -> None:
        self.device = None

    def delete(self) -> None:
        self.close_port()

    @property
    def is_deleted(self) -> bool:
        return False


class InPort(Port):
    """A port that hears: a message goes to the callback, else into a queue of a limit."""

    def __init__(
        self, rtapi: int = 0, name: str | None = None, queue_size_limit: int = 1024
    ) -> None:
        super().__init__(rtapi, name)
        self._bytes = bytearray()
        self._last = 0
        self._ignored = (True, True, True)
        self._call: tuple[Callable[..., None], object] | None = None
        self._queue: deque[tuple[list[int], float]] = deque()
        self._limit = queue_size_limit

    def ignore_types(
        self, sysex: bool = True, timing: bool = True, active_sense: bool = True
    ) -> None:
        self._ignored = (sysex, timing, active_sense)

    def set_callback(self, func: Callable[..., None], data: object = None) -> None:
        self._call = (func, data)

    def cancel_callback(self) -> None:
        self._call = None

    def get_message(self) -> tuple[list[int], float] | None:
        return self._queue.popleft() if self._queue else None

    def _hand_over(self, delta: float) -> None:
        """Give what has come to who waits for it, `delta` seconds after the message before."""
        event = (list(self._bytes), delta)
        self._bytes.clear()
        if self._call is not None:
            self._call[0](event, self._call[1])
        elif len(self._queue) < self._limit:
            self._queue.append(event)


def checked(message: list[int] | bytes) -> bytes:
    """Return what is to be sent. Raises ValueError for what RtMidi refuses."""
    data = bytes(message)
    if not data:
        raise ValueError("'message' must not be empty.")
    if len(data) > 3 and data[0] != 0xF0:
        raise ValueError("'message' longer than 3 bytes but does not start with 0xF0.")
    return data
