"""What was heard of the 61 keys, as a value that a screen can draw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m1tui.sysex.names import NOTES

FIRST_KEY, LAST_KEY = 36, 96
"""Note numbers of the lowest and the highest key, C2 and C7, without transposition."""
_OCTAVE = 12
KEYS = range(FIRST_KEY, LAST_KEY + 1)
CLEARLY = 15
"""Two velocities that are so far apart are a soft and a hard stroke."""


class KeyState(StrEnum):
    """What is known of one key; the value is the word for a person."""

    SILENT = "silent or not played"
    """Not heard so far."""
    STUCK = "stuck"
    """Down, and never heard to come up."""
    ONCE = "struck once"
    """On and off heard; one stroke tells nothing of its velocities."""
    ONE_VELOCITY = "one velocity"
    """Struck again and again, and always alike."""
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class KeyReading:
    """What was heard of one key."""

    note: int
    """Its note number without transposition, 36–96."""
    strokes: int = 0
    """Note ons."""
    releases: int = 0
    """Note offs that followed a note on."""
    softest: int = 0
    """The lowest velocity, 1–127; 0 before the first stroke."""
    hardest: int = 0

    @property
    def name(self) -> str:
        """The note's name, C2 to C7."""
        return NOTES[self.note]

    @property
    def black(self) -> bool:
        """Whether it is a black key."""
        return "#" in self.name

    @property
    def two_velocities(self) -> bool:
        """Whether it was struck both softly and hard."""
        return self.hardest - self.softest >= CLEARLY

    @property
    def state(self) -> KeyState:
        """What this means, the worst first."""
        if not self.strokes:
            return KeyState.SILENT
        if self.releases < self.strokes:
            return KeyState.STUCK
        if self.two_velocities:
            return KeyState.GOOD
        return KeyState.ONCE if self.strokes == 1 else KeyState.ONE_VELOCITY


@dataclass(frozen=True, slots=True)
class KeybedReport:
    """What was heard of all 61 keys, from C2 to C7."""

    keys: tuple[KeyReading, ...]
    transpose: int = 0
    """Semitones by which the note numbers were taken to be shifted, -12 to +12."""
    strays: tuple[int, ...] = ()
    """Note numbers that no key has with that transposition, as they came."""

    def of(self, state: KeyState) -> tuple[KeyReading, ...]:
        """Return the keys in `state`."""
        return tuple(key for key in self.keys if key.state is state)

    @property
    def begun(self) -> bool:
        """Whether any key was heard."""
        return any(key.strokes for key in self.keys)

    @property
    def good(self) -> bool:
        """Whether every key is."""
        return all(key.state is KeyState.GOOD for key in self.keys)

    @property
    def velocities(self) -> str:
        """The lowest and the highest velocity of each octave in which a key was struck, by its C.

        "C2 21–104, C3 30–98"; one key is above the last octave. Empty where none was struck.
        """
        told = []
        for first in range(FIRST_KEY, LAST_KEY + 1, _OCTAVE):
            keys = [key for key in self.keys if first <= key.note < first + _OCTAVE and key.strokes]
            if keys:
                softest, hardest = min(k.softest for k in keys), max(k.hardest for k in keys)
                told.append(f"{NOTES[first]} {softest}–{hardest}")
        return ", ".join(told)

    @property
    def summary(self) -> str:
        """The state of the keybed in one line, every key that is not good by its name."""
        parts = [f"{len(self.of(KeyState.GOOD))} of {len(self.keys)} keys good"]
        for state in KeyState:
            keys = self.of(state)
            if keys and state is not KeyState.GOOD:
                parts.append(f"{state.value}: {names_of(keys)}")
        return "; ".join(parts)


def names_of(keys: tuple[KeyReading, ...]) -> str:
    """Return the names of keys in a few words: runs of neighbours as "C2–B2"."""
    runs: list[list[KeyReading]] = []
    for key in keys:
        if runs and runs[-1][-1].note + 1 == key.note:
            runs[-1].append(key)
        else:
            runs.append([key])
    shown = []
    for run in runs:
        if len(run) < 3:
            shown += [key.name for key in run]
        else:
            shown.append(f"{run[0].name}–{run[-1].name}")
    return ", ".join(shown)
