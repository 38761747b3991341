"""How much is unpacked of a file at most: size, ratio, depth and count, for hostile archives."""

from __future__ import annotations

from typing import NamedTuple

MOST_UNPACKED = 16 << 20
"""Bytes in all that archives and encodings of one file may unpack to."""
UNSUSPICIOUS = 1 << 20
"""Bytes that any member may unpack to, whatever its ratio: equal programs pack very small."""
HIGHEST_RATIO = 100
"""Times its packed size that a larger member may unpack to; an M1's bank has 2 to 30."""
DEEPEST = 4
"""Wrappings inside each other."""
MOST_MEMBERS = 1_000
"""Files in all archives of one file."""
LONGEST_NAME = 100
"""Characters that are shown of a member's name."""


class TooMuch(Exception):
    """A file unpacks to more than is sensible; what was expected at most, and what was found."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(what, expected, found)
        self.what = what
        self.expected = expected
        self.found = found


class Damaged(Exception):
    """What wraps the dumps is damaged or cannot be read; says what was expected and found."""

    def __init__(
        self, what: str, expected: str, found: str, *, offset: int = 0, code: str = ""
    ) -> None:
        super().__init__(what, expected, found)
        self.what = what
        self.expected = expected
        self.found = found
        self.offset = offset
        self.code = code or "container-damaged"


class Member(NamedTuple):
    """A file that was unpacked."""

    name: str
    """As the archive has it, empty where it has none; not yet harmless on a screen."""
    data: bytes
    offset: int | None = None
    """Where its bytes stand in what wraps it, None if they stand there in another form."""


class Bounds:
    """What may still be unpacked of one file."""

    def __init__(self) -> None:
        self.left = MOST_UNPACKED
        self.members = MOST_MEMBERS

    def room(self, packed: int) -> int:
        """Return how many bytes a member of `packed` bytes may have."""
        return min(self.left, max(UNSUSPICIOUS, packed * HIGHEST_RATIO))

    def check(self, what: str, packed: int, unpacked: int) -> None:
        """Raise TooMuch if `unpacked` bytes, or as many as were unpacked so far, are too many."""
        room = self.room(packed)
        if unpacked > room:
            raise TooMuch(
                f"{what} unpacks to more than is read",
                f"at most {room:,} bytes from {packed:,}",
                f"{unpacked:,} or more",
            )

    def take(self, what: str, packed: int, unpacked: int) -> None:
        """Count a member that was unpacked; TooMuch beyond the bounds."""
        self.check(what, packed, unpacked)
        self.left -= unpacked
        self.members -= 1
        if self.members < 0:
            raise TooMuch("too many files", f"at most {MOST_MEMBERS:,} files", "more")
