"""Ways to reach an M1: bytes in, bytes out, and a transcript."""

from m1tui.link.base import BYTES_PER_SECOND, Link
from m1tui.link.rehearsal import Rehearsal
from m1tui.link.transcript import Direction, Entry, Transcript

__all__ = [
    "BYTES_PER_SECOND",
    "Direction",
    "Entry",
    "Link",
    "Rehearsal",
    "Transcript",
]
