"""The sequencer's memory: ten songs, a hundred patterns, and their steps, 1522 + 4n bytes."""

from __future__ import annotations

from typing import NamedTuple, Self

from m1tui.sysex.effects import Effects
from m1tui.sysex.names import CHANNELS, PANS, SLOTS
from m1tui.sysex.record import Flag, Inner, InnerTable, Name, Number, Octets, Record, Words

STEP_SIZE = 4
TRACKS = 8
SONGS = 10
PATTERNS = 100
EMPTY_NAME = "New Song"
NEXT_SONGS = (*SLOTS[:10], *SLOTS[100:110], "none")
"""Internal and card songs as Song Select numbers them; real dumps end a chain with 20."""


class TrackChannel(Record, size=1):
    """A track's MIDI channel and whether it plays."""

    channel = Number(0, "MIDI channel", 0, 15, width=4, names=CHANNELS)
    status = Flag(0, 4, "track", ("on", "off"))


class TrackSound(Record, size=5):
    """What a track plays with."""

    program = Number(0, "program", 0, 199, names=SLOTS)
    level = Number(1, "level")
    transpose = Number(2, "transpose", -24, 24)
    detune = Number(3, "detune", -50, 50)
    pan = Number(4, "pan", 0, 13, width=4, names=PANS)
    instrument = Flag(4, 7, "play mode", ("TIM", "INS"))


class Song(Record, size=96):
    """A song's settings; its notes are steps.  Bytes 18 and 30 are of unknown meaning."""

    channels = InnerTable(0, TrackChannel, TRACKS, "Track")
    flags = Octets(8, TRACKS, "Track flags")
    beat = Number(16, "Beat", 0, 255)
    tempo = Number(17, "Tempo", 40, 208)
    next_song = Number(19, "Next song", 0, 20, names=NEXT_SONGS)
    name = Name(20)
    effects = Inner(31, Effects, "Effects")
    sounds = InnerTable(56, TrackSound, TRACKS, "Track")


class Pattern(Record, size=2):
    """A pattern's settings."""

    beat = Number(0, "beat", 0, 255)
    measures = Number(1, "measures", 0, 255)


class SequenceControl(Record, size=1522):
    """Everything of the sequencer but the steps.

    `offsets` are byte offsets into the steps: one for each track of each song (song 0 track 1
    first), one for each pattern, and the end.  Source: real dumps.
    """

    songs = InnerTable(0, Song, SONGS, "Song", base=0)
    patterns = InnerTable(960, Pattern, PATTERNS, "Pattern", base=0)
    offsets = Words(1160, "Step offset", SONGS * TRACKS + PATTERNS + 1)


class _Fields(NamedTuple):
    control: SequenceControl
    steps: bytes


class Sequence(_Fields):
    """The sequencer's whole memory; steps are carried as they are."""

    __slots__ = ()

    def __new__(cls, control: SequenceControl, steps: bytes) -> Self:
        """Refuse steps that are not whole: ValueError."""
        if len(steps) % STEP_SIZE:
            raise ValueError(f"steps: expected a multiple of {STEP_SIZE} bytes, found {len(steps)}")
        return super().__new__(cls, control, steps)

    @classmethod
    def from_raw(cls, raw: bytes) -> Sequence:
        """Take 1522 + 4n bytes; ValueError otherwise."""
        size = SequenceControl.size
        return cls(SequenceControl(raw[:size]), raw[size:])

    @classmethod
    def empty(cls) -> Sequence:
        """Return a sequencer without songs: ten times "New Song", tempo 120, no steps."""
        tracks = tuple(TrackChannel.blank().replace(channel=number) for number in range(TRACKS))
        sounds = (TrackSound.blank().replace(level=99, pan=5),) * TRACKS
        effects = Effects.blank().replace(effect_1=33, effect_2=33)
        song = Song.blank().replace(
            channels=tracks,
            beat=4,
            tempo=120,
            next_song=20,
            name=EMPTY_NAME,
            effects=effects,
            sounds=sounds,
        )
        pattern = Pattern.blank().replace(beat=4, measures=1)
        control = SequenceControl.blank().replace(
            songs=(song,) * SONGS, patterns=(pattern,) * PATTERNS
        )
        return cls(control, b"")

    @property
    def raw(self) -> bytes:
        """The bytes as a dump carries them, before packing."""
        return self.control.raw + self.steps

    @property
    def songs(self) -> tuple[Song, ...]:
        """The ten songs."""
        return self.control.songs

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The hundred patterns."""
        return self.control.patterns

    @property
    def step_count(self) -> int:
        """Steps in all songs and patterns."""
        return len(self.steps) // STEP_SIZE

    def track_steps(self, song: int, track: int) -> bytes:
        """Return the steps of a track: `song` 0–9, `track` 0–7."""
        return self._between(song * TRACKS + track)

    def pattern_steps(self, pattern: int) -> bytes:
        """Return the steps of a pattern, 0–99."""
        return self._between(SONGS * TRACKS + pattern)

    def _between(self, index: int) -> bytes:
        # Offsets of a damaged dump may point anywhere; a slice stays inside the steps.
        start, end = self.control.offsets[index : index + 2]
        return self.steps[start:end]

    @property
    def songs_in_use(self) -> tuple[int, ...]:
        """Numbers of the songs that have a name of their own or steps on a track."""
        # Read once: to decode all the offsets anew for each track took half of an import.
        offsets, steps = self.control.offsets, self.steps
        filled = (
            any(steps[offsets[at] : offsets[at + 1]] for at in range(first, first + TRACKS))
            for first in range(0, SONGS * TRACKS, TRACKS)
        )
        return tuple(
            number
            for number, (song, has_steps) in enumerate(zip(self.songs, filled, strict=True))
            if song.name.rstrip() != EMPTY_NAME or has_steps
        )

    @property
    def offsets_are_sound(self) -> bool:
        """Whether the offsets never go back and end at the last step."""
        offsets = self.control.offsets
        return list(offsets) == sorted(offsets) and offsets[-1] == len(self.steps)

    def free_percent(self, capacity: int) -> int:
        """Return what is free of `capacity` steps, 0–100."""
        return max(0, round(100 * (1 - self.step_count / capacity)))
