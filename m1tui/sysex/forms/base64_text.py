"""Bare base64, as it is left when the head of a mail is cut off; and data addresses of pages."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

_ADDRESS = re.compile(rb"\A\s*data:[^,]{0,100};base64,")
_SHORTEST = 8


def letters(data: bytes) -> bytes | None:
    """Return the letters without what stands between them; None for what is no base64."""
    body = _ADDRESS.sub(b"", data, count=1).translate(None, b" \t\r\n").rstrip(b"\0\x1a")
    body = body.translate(bytes.maketrans(b"-_", b"+/"))
    stripped = body.rstrip(b"=")
    if len(stripped) < _SHORTEST or stripped.translate(None, _LETTERS) or len(stripped) % 4 == 1:
        return None
    return stripped + b"=" * (-len(stripped) % 4)


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield what the letters stand for. Raises Damaged, TooMuch."""
    body = letters(data)
    if body is None:
        raise Damaged("base64 text with other letters", "base64 letters only", "others")
    decoded = binascii.a2b_base64(body)
    bounds.take("the base64 text", len(body), len(decoded))
    yield Member("", decoded)
