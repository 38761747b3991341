"""MacBinary: a Macintosh file with its name and its two forks, a head of 128 bytes first."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member
from m1tui.sysex.text import printable

HEAD = 128
_START_OF_MESSAGE = 0xF0


def looks_like(data: bytes) -> bool:
    """Tell whether a head of 128 bytes stands before a file."""
    name_size = data[1] if len(data) > HEAD else 0
    if not (0 < name_size < 64 and data[0] == data[74] == data[82] == 0):
        return False
    if data[HEAD] == _START_OF_MESSAGE:
        return True  # some programs left the sizes out
    data_fork, resources = _sizes(data)
    return data_fork > 0 and _padded(HEAD + data_fork) + resources <= _padded(len(data)) <= (
        _padded(HEAD + data_fork) + _padded(resources) + HEAD
    )


def name(data: bytes) -> str:
    """Return the file's name; harmless on a screen."""
    return printable(data[2 : 2 + data[1]])


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork, with what stands behind it where the head gives no size."""
    size, _ = _sizes(data)
    end = HEAD + size if 0 < size <= len(data) - HEAD else len(data)
    body = data[HEAD:end]
    bounds.take("the MacBinary file", len(data), len(body))
    yield Member("", body, HEAD)


def _sizes(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[83:87], "big"), int.from_bytes(data[87:91], "big")


def _padded(size: int) -> int:
    return -(-size // HEAD) * HEAD
