"""How fast a song runs, and how long its measures are."""

from __future__ import annotations

from m1tui.sysex.sequence import Song
from m1tui.virtual.steps import TICKS

SLOWEST, FASTEST = 40, 208
"""Beats a minute that a song's tempo can have."""
LONGEST_BEAT = 5
"""Beats of the longest measure whose times a step's first byte can say."""
_USUAL_BEAT = 4


def tempo_of(song: Song) -> int:
    """Return beats a minute. A dump may hold anything; the M1's own range keeps the clock going."""
    return min(max(song.tempo, SLOWEST), FASTEST)


def ticks_per_second(song: Song) -> float:
    """Return how many ticks of a song pass in a second."""
    return tempo_of(song) * TICKS / 60


def measure_ticks(song: Song) -> int:
    """Return the ticks of a measure: the beat is taken for beats a measure (inferred), else 4."""
    beats = song.beat if 1 <= song.beat <= LONGEST_BEAT else _USUAL_BEAT
    return beats * TICKS
