"""BinHex 4.0: a Macintosh file as text, six bits to a character, runs packed.

Python has no decoder of it since 3.11.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_AS_BASE64 = bytes.maketrans(_ALPHABET, _BASE64)
_TEXT = re.compile(rb"^[ \t]*:([^:]*)(:?)", re.MULTILINE)
_RUN = b"\x90"


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
    """Return the bytes behind the letters: base64 with another alphabet, and without its end."""
    letters = text.translate(None, b" \t\r\n")
    if letters.translate(None, _ALPHABET):
        raise Damaged("a BinHex file with a damaged line", "BinHex letters", "another")
    # One letter by itself is no byte yet.
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return a2b_base64(whole.translate(_AS_BASE64) + b"=" * (-len(whole) % 4))


def _without_runs(packed: bytes, room: int) -> bytes:
    plain = bytearray()
    at = 0
    while at < len(packed) and len(plain) <= room:
        run = packed.find(_RUN, at)
        plain += packed[at : run if run >= 0 else len(packed)]
        if run < 0:
            break
        count = packed[run + 1] if run + 1 < len(packed) else 0
        if count == 0:
            plain += _RUN
        elif plain:
            plain += plain[-1:] * (count - 1)
        at = run + 2
    return bytes(plain)
