"""What the sequencer's steps say of a track, as far as their form is known.

A step's second byte tells its kind: 60 begins a measure (and says whether a pattern plays in it),
70 ends the track, 80 and above is a note, the rest are changes of bender, aftertouch, program and
controllers.  Inferred from real dumps; steps of no known kind are counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from m1tui.sysex.sequence import STEP_SIZE

TICKS_PER_BEAT = 48
_MEASURE, _END, _NOTE = 0x60, 0x70, 0x80
_CHANGES = frozenset({0x10, 0x20, 0x30, 0x40})
_GOES_ON = 0xFE
"""In the place of its time: the rest of a note that a measure before has begun."""
_PATTERN = 0x80


@dataclass(frozen=True, slots=True)
class TrackSteps:
    """What a track holds: counts, and the patterns that play on it."""

    notes: int
    changes: int
    measures: int
    measure_ticks: int
    """Length of the last measure, 48 to a beat; 0 where the track has no end."""
    patterns: tuple[int, ...]
    """Numbers of the patterns, each once, in order of number."""
    unknown: int
    """Steps of no known kind."""


def count_steps(steps: bytes) -> TrackSteps:
    """Count what stands in a track's or a pattern's steps, up to its end."""
    notes = changes = measures = ticks = unknown = 0
    patterns = set()
    for at in range(0, len(steps) - STEP_SIZE + 1, STEP_SIZE):
        time, kind, third, fourth = steps[at : at + STEP_SIZE]
        if kind == _END:
            ticks = time
            break
        if kind == _MEASURE:
            measures += 1
            if fourth & _PATTERN:
                patterns.add(third)
        elif kind & _NOTE:
            notes += time != _GOES_ON
        elif kind in _CHANGES:
            changes += 1
        else:
            unknown += 1
    return TrackSteps(notes, changes, measures, ticks, tuple(sorted(patterns)), unknown)


def seconds(tracks: Iterable[TrackSteps], tempo: int) -> float:
    """Return how long the longest track plays at `tempo` beats a minute; 0 if that is unknown.

    Every measure is taken to be as long as the last, which is the only one that tells.
    """
    ticks = max((track.measures * track.measure_ticks for track in tracks), default=0)
    return ticks / TICKS_PER_BEAT * 60 / tempo if tempo else 0.0
