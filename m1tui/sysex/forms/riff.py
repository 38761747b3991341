"""RIFF around a Standard MIDI File (.rmi)."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_HEAD = 12


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the chunk "data". Raises Damaged."""
    at = _HEAD
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"data":
            body = data[at + 8 : at + 8 + size]
            bounds.take("the RIFF file", len(data), len(body))
            yield Member("", body, at + 8)
            return
        at += 8 + size + size % 2
    raise Damaged("a RIFF file without its MIDI file", 'a chunk "data"', "none")
