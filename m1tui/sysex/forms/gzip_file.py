"""gzip: one file, packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_GZIP = zlib.MAX_WBITS | 16
_HAS_NAME, _HAS_EXTRA = 0x08, 0x04
_HEAD = 10


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the file as far as it can be unpacked. Raises TooMuch."""
    unpacker = zlib.decompressobj(_GZIP)
    room = bounds.room(len(data))
    try:
        unpacked = unpacker.decompress(data, room + 1)
    except zlib.error as error:
        raise Damaged("a gzip file that cannot be unpacked", "packed data", str(error)) from None
    bounds.take("the gzip file", len(data), len(unpacked))
    yield Member(_name(data), unpacked)
    if not unpacker.eof:
        yield Damaged("the gzip file breaks off", "its end", f"{len(data):,} bytes")


def _name(data: bytes) -> str:
    if len(data) < _HEAD or data[3] & (_HAS_NAME | _HAS_EXTRA) != _HAS_NAME:
        return ""
    return data[_HEAD : data.find(b"\0", _HEAD)].decode("latin-1")
