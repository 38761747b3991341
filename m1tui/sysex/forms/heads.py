"""Heads that other programs put before the messages: Korg's own loader, and Sysex Manager.

Korg's loader of 1992 for the Atari begins its `.BNK` files with 46 52 02 19. Sysex Manager begins
with its name and the instrument's. Then come messages as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.forms.bounds import Bounds, Damaged, Member

BNK = b"\x46\x52\x02\x19"
SYSEX_MANAGER = b"Sysex Manager"


def unpack(data: bytes, bounds: Bounds) -> Iterator[Member | Damaged]:
    """Yield what stands from the first F0 on. Raises Damaged."""
    start = data.find(b"\xf0")
    if start < 0:
        raise Damaged("a librarian's file without a message", "F0", "none")
    bounds.take("the librarian's file", len(data), len(data) - start)
    yield Member("", data[start:], start)
