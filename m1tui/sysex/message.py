"""What every message of the M1's exclusive format has: a channel, a function code, a frame."""

from __future__ import annotations

from typing import ClassVar, Self

from m1tui.sysex.codes import KORG, M1

START = 0xF0
END = 0xF7
FRAME_SIZE = 6
"""F0, 42, 3n, 19, function, F7."""
BODY_OFFSET = 5
"""Where the bytes behind the function code begin."""


class Message:
    """A message of the M1's exclusive format."""

    __slots__ = ()
    label: ClassVar[str] = "message"

    @property
    def channel(self) -> int:
        """The global channel, 0–15."""
        raise NotImplementedError

    def on(self, channel: int) -> Self:
        """Return the same message for another channel."""
        raise NotImplementedError

    @property
    def function(self) -> int:
        """The function code behind the header."""
        raise NotImplementedError

    def body(self) -> bytes:
        """Return the bytes between the function code and F7."""
        return b""

    def encode(self) -> bytes:
        """Return the whole message, F0 to F7."""
        header = bytes([START, KORG, 0x30 | self.channel, M1, self.function])
        return header + self.body() + bytes([END])
