"""What is played on a sound, as data: a chord, a bass line, a drum pattern, a scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from m1tui.sysex import Combination, DrumKit, Program
from m1tui.sysex.program import DRUMS

KEYS = 128
OCTAVES = 2
"""Octaves by which a phrase can be moved, either way."""
VELOCITY = 100
"""How hard the keys of a phrase are struck unless another velocity is asked for."""
_OCTAVE = 12
_DRUM_KEYS = (36, 38, 42, 46, 45, 48, 49, 51)
"""Where most drum kits have kick, snare, hi-hats, toms, crash and ride."""
_MOST_DRUMS = 30
_BASSES = frozenset({*range(13, 19), *range(66, 69), 83, 84})
"""Multisounds that are basses."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key that goes down and comes up again."""

    at: float
    """Seconds from the beginning of the phrase."""
    key: int
    """0-127; 60 is C4."""
    length: float
    """Seconds until it comes up."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Strokes in the order in which they begin."""

    name: str
    title: str
    strokes: tuple[Stroke, ...]

    @property
    def seconds(self) -> float:
        """Return how long it takes until the last key has come up."""
        return max(stroke.at + stroke.length for stroke in self.strokes)

    def moved(self, octaves: int) -> Phrase:
        """Return the phrase moved by octaves; keys that do not exist are left out."""
        moved = tuple(
            Stroke(stroke.at, key, stroke.length)
            for stroke in self.strokes
            if 0 <= (key := stroke.key + octaves * _OCTAVE) < KEYS
        )
        return Phrase(self.name, self.title, moved)


def _line(keys: Iterable[int], step: float, length: float) -> tuple[Stroke, ...]:
    return tuple(Stroke(place * step, key, length) for place, key in enumerate(keys))


CHORD, BASS, ROUND, SCALE, TONE = "chord", "bass", "drums", "scale", "tone"
PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {
        phrase.name: phrase
        for phrase in (
            Phrase(CHORD, "a chord", tuple(Stroke(0.0, key, 1.6) for key in (48, 60, 64, 67))),
            Phrase(BASS, "a bass line", _line((36, 36, 43, 41, 36, 48, 43, 36), 0.25, 0.2)),
            Phrase(ROUND, "a drum pattern", _line(_DRUM_KEYS, 0.25, 0.2)),
            Phrase(SCALE, "a scale", _line((60, 62, 64, 65, 67, 69, 71, 72), 0.25, 0.22)),
            Phrase(TONE, "one long note", _line((69,), 2.0, 2.0)),
        )
    }
)
"""All phrases by the word of the command line."""


def suiting(sound: Program | Combination) -> str:
    """Return the name of the phrase that suits a program, or a combination."""
    if isinstance(sound, Combination):
        return CHORD
    if sound.oscillator_mode == DRUMS:
        return ROUND
    if sound.multisound_1 in _BASSES:
        return BASS
    return SCALE if sound.mono else CHORD


def drum_round(kit: DrumKit) -> Phrase:
    """Return a round through the keys of a kit that have a sound; the usual ones if none has."""
    keys = sorted({one.key for one in kit.instruments if one.sound})[:_MOST_DRUMS]
    if not keys:
        return PHRASES[ROUND]
    return Phrase(ROUND, PHRASES[ROUND].title, _line(keys, 0.25, 0.2))
