"""The channel message that selects a program or a combination, to be asked like an exclusive one.

Source: M1 MIDI implementation 2-1: received in PROG and COMBI, on the global channel, unless the
MIDI filter keeps it out; numbers 0–99 are slots 00–99 of the bank in use.
"""

from __future__ import annotations

from dataclasses import dataclass

_STATUS = 0xC0


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """Selects slot `number`, 0–99, on `channel`, 0–15."""

    channel: int
    number: int

    def encode(self) -> bytes:
        """Return the two bytes."""
        return bytes([_STATUS | self.channel, self.number])
