"""AppleSingle: a Macintosh file's forks in one file, found by a table of entries."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_HEAD = 26
_ENTRY = 12
_DATA_FORK, _NAME = 1, 3


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork. Raises Damaged."""
    count = int.from_bytes(data[24:26], "big")
    forks: dict[int, tuple[int, int]] = {}
    for at in range(_HEAD, min(_HEAD + count * _ENTRY, len(data) - _ENTRY + 1), _ENTRY):
        kind, start, size = (
            int.from_bytes(data[place : place + 4], "big") for place in (at, at + 4, at + 8)
        )
        forks.setdefault(kind, (start, size))
    if _DATA_FORK not in forks:
        raise Damaged("an AppleSingle file without a data fork", "entry 1", f"{count} others")
    start, size = forks[_DATA_FORK]
    name_start, name_size = forks.get(_NAME, (0, 0))
    name = data[name_start : name_start + name_size].decode("latin-1")
    body = data[start : start + size]
    bounds.take("the AppleSingle file", len(data), len(body))
    yield Member(name, body, start)
    if len(body) < size:
        yield Damaged("the AppleSingle file breaks off", f"{size:,} bytes", f"{len(body):,}")
