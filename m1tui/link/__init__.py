"""Ways to reach an M1: bytes in, bytes out, and a transcript."""

from m1tui.link.base import BYTES_PER_SECOND, Direction, Entry, Link, Transcript
from m1tui.link.rehearsal import Rehearsal

__all__ = [
    "BYTES_PER_SECOND",
    "Direction",
    "Entry",
    "Link",
    "Rehearsal",
    "Transcript",
]
