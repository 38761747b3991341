"""tar archives.

Read here and not by `tarfile`: in Pythons up to 3.13.5 a negative size in an archive makes that
go round for ever, and only names, sizes and kinds are needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_BLOCK = 512
_FILES = b"0\x007"
_LONG_NAME = b"L"


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the ordinary files; links, devices and folders are passed over. Raises TooMuch."""
    at, long_name = 0, ""
    while at + _BLOCK <= len(data) and data[at]:
        head = data[at : at + _BLOCK]
        try:
            size = int(head[124:136].strip(b"\0 ") or b"0", 8)
        except ValueError:
            size = -1
        if size < 0:
            raise Damaged("a tar archive with a damaged head", "a size", "none", offset=at)
        start = at + _BLOCK
        body = data[start : start + size]
        kind = head[156:157]
        if kind == _LONG_NAME:
            long_name = _text(body)
        else:
            name = long_name or _text(head[:100])
            long_name = ""
            if kind in _FILES:
                bounds.take(f'"{name}"', size, len(body))
                yield Member(name, body, start)
            if len(body) < size:
                yield Damaged("the tar archive breaks off", f"{size:,} bytes", f"{len(body):,}")
        at = start + -(-size // _BLOCK) * _BLOCK


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
