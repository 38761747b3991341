"""Who is there: the universal identity request and its reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from m1tui.sysex.codes import KORG, M1, UNIVERSAL
from m1tui.sysex.message import END, START
from m1tui.sysex.models import model_name

ANY_DEVICE = 0x7F


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """Asks an instrument on `channel` (0–15), or on any (None), who it is."""

    channel: int | None = None
    label: ClassVar[str] = "identity request"

    def on(self, channel: int) -> IdentityRequest:
        """Return the same message for another channel."""
        return replace(self, channel=channel)

    def encode(self) -> bytes:
        """Return the universal message."""
        device = ANY_DEVICE if self.channel is None else self.channel
        return bytes([START, UNIVERSAL, device, 0x06, 0x01, END])


@dataclass(frozen=True, slots=True)
class IdentityReply:
    """Who an instrument says it is; `body` is everything behind 06 02, whatever the maker.

    A Korg's body has 9 bytes: 42, family low and high, member low and high, ROM number low and
    high, software version low and high.  The member bytes of a real M1 are not the zeros of the
    manual, so the family alone decides.
    """

    channel: int
    body: bytes
    label: ClassVar[str] = "identity reply"

    def on(self, channel: int) -> IdentityReply:
        """Return the same message for another channel."""
        return replace(self, channel=channel)

    @classmethod
    def of_m1(
        cls, channel: int, rom: int = 7, software: int = 1, variant: bytes = b"\x08\x00"
    ) -> IdentityReply:
        """Return an M1's reply; the defaults are those captured from an instrument."""
        return cls(channel, bytes([KORG, M1, 0, *variant, rom, 1, software, 0]))

    def encode(self) -> bytes:
        """Return the universal message."""
        return bytes([START, UNIVERSAL, self.channel, 0x06, 0x02, *self.body, END])

    @property
    def is_m1(self) -> bool:
        """Whether it is an M1, M1R, M1EX or M1REX: they answer alike."""
        return self._is_korg and self.body[1:3] == bytes([M1, 0])

    @property
    def _is_korg(self) -> bool:
        return len(self.body) == 9 and self.body[0] == KORG

    @property
    def model(self) -> str:
        """The family's name, or its numbers where none is known."""
        if not self._is_korg:
            return f"another maker's instrument ({self.body[:4].hex(' ').upper()})"
        low, high = self.body[1:3]
        # The newer ones have a number of three bytes, of which the family code has the last two.
        name = model_name(bytes([0, high, low]) if high else bytes([low]))
        return f"Korg family {self.body[1]:02X}" if name is None else name

    @property
    def member(self) -> int | None:
        """The member code, 14 bits; None from another maker."""
        return self.body[3] | self.body[4] << 7 if self._is_korg else None

    @property
    def rom(self) -> int | None:
        """The ROM number; None from another maker."""
        return self.body[5] if self._is_korg else None

    @property
    def software(self) -> int | None:
        """The software version; None from another maker."""
        return self.body[7] if self._is_korg else None
