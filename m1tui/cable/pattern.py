"""What the interface's test sends: exclusive messages that no instrument acts on."""

from __future__ import annotations

import hashlib

from m1tui.sysex.message import END, START

NON_COMMERCIAL = 0x7D
"""The maker's number of messages that belong to nobody (MIDI 1.0): an M1 passes them by."""

SIZES = (16, 6, 7, 8, 10, 64, 148, 170, 255, 256, 257, 991, 4_095, 2_291, 8_179, 33_247)
"""Bytes of the messages, F0 and F7 included; together 50,000.

The first asks whether anything comes back. 6 to 10 are an M1's requests, 148 and 170 its edit
buffers, 991 its global data, 4,095 the most that ALSA's sequencer carries, 8,179 a bank of 50
programs, and 33,247 all data without songs.
"""

TOTAL = sum(SIZES)

_KEPT_OUT = bytes([0x42, 0x7E, 0x7F])
"""Korg's number and those of the universal messages: without them no loss of bytes can make a
message that an M1 would act on."""
_ALPHABET = bytes(value for value in range(0x80) if value not in _KEPT_OUT)


def messages(seed: int = 0) -> tuple[bytes, ...]:
    """Return the messages, in the order in which they are sent; another `seed`, other bytes.

    Behind F0 7D stands the message's number. The rest never repeats: any six bytes in a row
    stand in one place alone, so that what came back tells where it belongs.
    """
    noise = hashlib.shake_128(b"m1tui loopback %d" % seed).digest(TOTAL)
    noise = bytes(_ALPHABET[value % len(_ALPHABET)] for value in noise)
    made, at = [], 0
    for number, size in enumerate(SIZES):
        body = noise[at : at + size - 4]
        made.append(bytes([START, NON_COMMERCIAL, number]) + body + bytes([END]))
        at += size
    return tuple(made)
