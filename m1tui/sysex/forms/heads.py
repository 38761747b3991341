"""Heads that other programs put before what counts: Korg's own loader, Sysex Manager, RIFF.

Korg's loader of 1992 for the Atari begins its `.BNK` files with 46 52 02 19. Sysex Manager begins
with its name and the instrument's. Then come messages as they are. RIFF (.rmi) is around a
Standard MIDI File.
"""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.found import Bounds, Damaged, Member

BNK = b"\x46\x52\x02\x19"
SYSEX_MANAGER = b"Sysex Manager"


def unpack_headed(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield what stands from the first F0 on. Raises Damaged."""
    start = data.find(b"\xf0")
    if start < 0:
        raise Damaged("a librarian's file without a message", "F0", "none")
    bounds.take("the librarian's file", len(data), len(data) - start)
    yield Member("", data[start:], start)


_RIFF_HEAD = 12


def unpack_riff(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the chunk "data". Raises Damaged."""
    at = _RIFF_HEAD
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"data":
            body = data[at + 8 : at + 8 + size]
            bounds.take("the RIFF file", len(data), len(body))
            yield Member("", body, at + 8)
            return
        at += 8 + size + size % 2
    raise Damaged("a RIFF file without its MIDI file", 'a chunk "data"', "none")
