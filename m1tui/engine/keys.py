"""The front-panel keys that the engine's advice names; source: the owner guide."""

from __future__ import annotations

from collections.abc import Collection

from m1tui.sysex import Allocation, Bank, Part

EXCLUSIVE_ON = "GLOBAL 5 + UP D UP F UP H UP"
"""Program change, aftertouch, control and Exclusive to ENA, from any page."""
CLOCK_INT = "GLOBAL 5 D DOWN"
"""The clock to INT: only then does START/STOP start a song."""
PROTECT_OFF = "GLOBAL 6 DOWN + B DOWN + B DOWN"
"""Program, combination and sequence memory protect of the internal memory to off."""
CARD_PROTECT_OFF = "GLOBAL 6 D DOWN + D DOWN + D DOWN"
"""The same of the card, whose values stand over D."""
CARD_SOUNDS_PROTECT_OFF = "GLOBAL 6 D DOWN + D DOWN"
"""Only those of its programs and combinations."""
CARD_SONGS_PROTECT_OFF = "GLOBAL 6 + + D DOWN"
"""Only that of its songs."""
PROTECTS_OFF = {Bank.INTERNAL: PROTECT_OFF, Bank.CARD: CARD_PROTECT_OFF}
"""The same of either bank."""
PROTECT_ON = "GLOBAL 6 UP + B UP + B UP"
"""The same of the internal memory to on."""
_PROTECT_PAGE = {Part.PROGRAMS: "6-1", Part.COMBINATIONS: "6-2", Part.SEQUENCE: "6-3"}


def protect_pages(parts: Collection[Part]) -> str:
    """Return the pages of GLOBAL with the protects of `parts`, as in "6-1 and 6-2"."""
    *first, last = (page for part, page in _PROTECT_PAGE.items() if part in parts)
    return f"{', '.join(first)} and {last}" if first else last


ALLOCATE = {
    Allocation.LARGE_PROGRAM: "GLOBAL 6 + + + DOWN G",
    Allocation.LARGE_SEQUENCE: "GLOBAL 6 + + + UP G",
}
"""Memory allocation; either way it destroys a part of memory."""
DESTROYED = {
    Allocation.LARGE_PROGRAM: "at least the songs and patterns that do not fit in 4,400 steps, "
    "possibly all",
    Allocation.LARGE_SEQUENCE: "programs and combinations 50 to 99",
}
"""What a change to an allocation destroys. Of songs the sources say it in two ways: one that they
are all destroyed, one, by what it has people do, that those which fit are kept."""
FORMAT_CARD = "GLOBAL 9"
"""The page of card save, and with + of card format."""
