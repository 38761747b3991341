"""Macintosh files as one stream: MacBinary, BinHex 4.0 and AppleSingle.

BinHex is text, six bits to a character, runs packed; Python has no decoder of it since 3.11.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator

from m1tui.sysex.forms.found import Bounds, Damaged, Member
from m1tui.sysex.text import printable

BINARY_HEAD = 128
_START_OF_MESSAGE = 0xF0


def is_mac_binary(data: bytes) -> bool:
    """Tell whether a head of 128 bytes stands before a file."""
    name_size = data[1] if len(data) > BINARY_HEAD else 0
    if not (0 < name_size < 64 and data[0] == data[74] == data[82] == 0):
        return False
    if data[BINARY_HEAD] == _START_OF_MESSAGE:
        return True  # some programs left the sizes out
    data_fork, resources = _sizes(data)
    return data_fork > 0 and _padded(BINARY_HEAD + data_fork) + resources <= _padded(len(data)) <= (
        _padded(BINARY_HEAD + data_fork) + _padded(resources) + BINARY_HEAD
    )


def name_inside(data: bytes) -> str:
    """Return the file's name; harmless on a screen."""
    return printable(data[2 : 2 + data[1]])


def unpack_mac_binary(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork, with what stands behind it where the head gives no size."""
    size, _ = _sizes(data)
    end = BINARY_HEAD + size if 0 < size <= len(data) - BINARY_HEAD else len(data)
    body = data[BINARY_HEAD:end]
    bounds.take("the MacBinary file", len(data), len(body))
    yield Member("", body, BINARY_HEAD)


def _sizes(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[83:87], "big"), int.from_bytes(data[87:91], "big")


def _padded(size: int) -> int:
    return -(-size // BINARY_HEAD) * BINARY_HEAD


_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_AS_BASE64 = bytes.maketrans(_ALPHABET, _BASE64)
_BIN_HEX = re.compile(rb"^[ \t]*:([^:]*)(:?)", re.MULTILINE)
_RUN = b"\x90"


def unpack_bin_hex(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork. Raises Damaged, TooMuch."""
    match = _BIN_HEX.search(data, max(0, data.find(b"BinHex")))
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
        yield Damaged("the BinHex file is incomplete", f"{size:,} bytes", f"{len(body):,}")


def _six_to_eight(text: bytes) -> bytes:
    """Return the bytes behind the letters: base64 with another alphabet, and without its end."""
    letters = text.translate(None, b" \t\r\n")
    if letters.translate(None, _ALPHABET):
        raise Damaged("a BinHex file with a damaged line", "BinHex characters", "another")
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


_SINGLE_HEAD = 26
_SINGLE_ENTRY = 12
_DATA_FORK, _NAME = 1, 3


def unpack_apple_single(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield the data fork. Raises Damaged."""
    count = int.from_bytes(data[24:26], "big")
    forks: dict[int, tuple[int, int]] = {}
    for at in range(
        _SINGLE_HEAD,
        min(_SINGLE_HEAD + count * _SINGLE_ENTRY, len(data) - _SINGLE_ENTRY + 1),
        _SINGLE_ENTRY,
    ):
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
        yield Damaged("the AppleSingle file is incomplete", f"{size:,} bytes", f"{len(body):,}")
