"""uuencoded files, with text around them, and inside a shell archive."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

BEGIN = re.compile(rb"^(X?)begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r?$", re.MULTILINE)
"""The line before a file; shell archives put an X before every line."""


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the files, each as far as its lines can be read. Raises TooMuch."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    at = 0
    while match := BEGIN.search(data, at):
        mark, is_base64, name = match[1], bool(match[2]), match[3].decode("latin-1")
        body = bytearray()
        at = match.end() + 1
        whole = False
        for line in _lines(data, at, mark):
            at += len(line) + len(mark) + 1
            if line.rstrip() in (b"end", b"===="):
                whole = True
                break
            if BEGIN.match(mark + line):
                at -= len(line) + len(mark) + 1
                break
            decoded = _base64(line) if is_base64 else _decoded(line)
            if decoded is None:
                break
            body += decoded
        bounds.take(f'"{name}"', len(body), len(body))
        yield Member(name, bytes(body))
        if not whole:
            yield Damaged(f'"{name}" breaks off', 'the line "end"', "another", offset=match.start())


def _lines(data: bytes, start: int, mark: bytes) -> Iterator[bytes]:
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        line = data[start:end]
        yield line.removeprefix(mark)
        start = end + 1


def _decoded(line: bytes) -> bytes | None:
    if not line.strip():
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    # Some encoders end a line with more than its length says.
    count = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:count])
    except binascii.Error:
        return None


def _base64(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(line)
    except binascii.Error:
        return None
