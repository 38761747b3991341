"""BinHex 4.0: a Macintosh file as text, six bits to a character, runs packed.

Python has no decoder of it since 3.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_VALUES = {byte: value for value, byte in enumerate(_ALPHABET)}
_TEXT = re.compile(rb"^[ \t]*:([^:]*)(:?)", re.MULTILINE)
_RUN = 0x90


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork. Raises Damaged, TooMuch."""
    match = _TEXT.search(data, max(0, data.find(b"BinHex")))
    if match is None:
        raise Damaged("a BinHex file without its text", "a line beginning with a colon", "none")
    packed = _six_to_eight(match[1])
    plain = _without_runs(packed, bounds.room(len(packed)))
    head = plain[0] + 1 if plain else 0
    # The name, a zero, type, creator, flags; then both sizes and a checksum.
    name = plain[1:head].decode("latin-1")
    size = int.from_bytes(plain[head + 11 : head + 15], "big")
    start = head + 21
    body = plain[start : start + size]
    bounds.take("the BinHex file", len(packed), len(plain))
    yield Member(name, body)
    if len(body) < size or not match[2]:
        yield Damaged("the BinHex file breaks off", f"{size:,} bytes", f"{len(body):,}")


def _six_to_eight(text: bytes) -> bytes:
    letters = text.translate(None, b" \t\r\n")
    bits = bytearray()
    for at in range(0, len(letters), 4):
        group = letters[at : at + 4]
        values = [_VALUES.get(byte, -1) for byte in group]
        if min(values) < 0:
            raise Damaged("a BinHex file with a damaged line", "BinHex letters", "another")
        number = 0
        for value in values:
            number = number << 6 | value
        number <<= 6 * (4 - len(group))
        bits += number.to_bytes(3, "big")[: len(group) * 6 // 8]
    return bytes(bits)


def _without_runs(packed: bytes, room: int) -> bytes:
    plain = bytearray()
    at = 0
    while at < len(packed) and len(plain) <= room:
        byte = packed[at]
        at += 1
        if byte != _RUN:
            plain.append(byte)
            continue
        count = packed[at] if at < len(packed) else 0
        at += 1
        if count == 0:
            plain.append(_RUN)
        elif plain:
            plain += bytes([plain[-1]]) * (count - 1)
    return bytes(plain)
