"""A song that plays, what is recorded meanwhile, and how fast both run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from m1tui.sysex import Sequence
from m1tui.sysex.sequence import TRACKS, Song
from m1tui.virtual.steps import (
    MOST_MEASURES,
    TICKS,
    Change,
    Event,
    Form,
    Note,
    Track,
    decoded,
    encoded,
    steps_of,
)

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


_SHORTEST = 1


@dataclass(frozen=True, slots=True)
class Take:
    """A recording under way; each event makes the next value. Ticks count from the song's start.

    The first measure, M001, is the count-in and stays empty: recording begins at M002 (the
    owner's guide). What is played during the count-in counts as M002's first beat (assumed).
    A note takes one step, and one more for each bar line that it crosses; a change of pressure,
    bender or a controller takes one step; so does each measure, and the track's end.
    """

    measure_ticks: int
    ticks: int = 0
    """How far the recording is."""
    events: tuple[Event, ...] = ()
    held: tuple[Note, ...] = ()
    """Keys that are down; their length is not known yet."""
    event_steps: int = 0
    """Steps of `events`."""

    @property
    def measures(self) -> int:
        """Measures so far, the one under way and the count-in included."""
        return min(max(self.ticks // self.measure_ticks + 1, 2), MOST_MEASURES)

    @property
    def steps(self) -> int:
        """Steps that the track takes if the recording ends now; none as long as it is empty."""
        if not (self.events or self.held):
            return 0
        return self.measures + 1 + self.event_steps + sum(map(self._steps_of, self.held))

    @property
    def full(self) -> bool:
        """Whether the song is as long as a song can be."""
        return self.ticks >= MOST_MEASURES * self.measure_ticks

    def at(self, ticks: int) -> Take:
        """Return the take once so many ticks have passed."""
        return replace(self, ticks=ticks)

    def key_down(self, key: int, velocity: int) -> Take:
        """Return the take with a key down; pressing a key that is down ends its note first."""
        take = self.key_up(key)
        return replace(take, held=(*take.held, Note(self._start, _SHORTEST, key, velocity)))

    def key_up(self, key: int) -> Take:
        """Return the take with a key up again."""
        take = self
        for note in self.held:
            if note.key == key:
                others = tuple(one for one in take.held if one is not note)
                take = replace(take, held=others)._with(self._ended(note))
        return take

    def changed(self, form: Form, first: int, second: int) -> Take:
        """Return the take with a change of pressure, bender or a controller."""
        return self._with(Change(self._start, form, first, second))

    def encoded(self) -> bytes:
        """Return the track's steps; keys that are down end now. Nothing played is no steps."""
        if not (self.events or self.held):
            return b""
        events = (*self.events, *map(self._ended, self.held))
        return encoded(events, self.measures, self.measure_ticks)

    @property
    def _start(self) -> int:
        last = MOST_MEASURES * self.measure_ticks - 1
        return min(max(self.ticks, self.measure_ticks), last)

    def _ended(self, note: Note) -> Note:
        return replace(note, length=max(self.ticks - note.start, _SHORTEST))

    def _steps_of(self, note: Note) -> int:
        return steps_of(self._ended(note), self.measure_ticks)

    def _with(self, event: Event) -> Take:
        cost = steps_of(event, self.measure_ticks)
        return replace(self, events=(*self.events, event), event_steps=self.event_steps + cost)


NOTE_OFF, NOTE_ON, CONTROL, PRESSURE, BENDER = 0x80, 0x90, 0xB0, 0xD0, 0xE0
_NEARLY = 1e-3
"""Part of a tick that does not count: some microseconds."""
OFF_VELOCITY = 0x40
"""What every note off carries (MIDI implementation 1-1)."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The sequencer while it runs; `ticks` count from the song's start and grow."""

    events: tuple[tuple[int, bytes], ...]
    """When, and what goes out."""
    end: int
    """Where the song is over, 0 for a song that holds nothing: it runs on."""
    measure_ticks: int
    at: float
    """When `ticks` was true, in seconds of the machine's clock."""
    ticks: float = 0.0
    sent: int = 0
    """How many of the events have gone out."""
    take: Take | None = None

    @classmethod
    def of(
        cls, sequence: Sequence, song: int, measure: int, now: float, recorded: int | None
    ) -> Performance:
        """Return a song that starts at a measure, counted from 1.

        `recorded` is the track that is recorded anew and does not play, None while none is.
        """
        length = measure_ticks(sequence.songs[song])
        start = (measure - 1) * length
        playing = {
            number: decoded(sequence.track_steps(song, number), length)
            for number in range(TRACKS)
            if number != recorded
        }
        events = [
            event
            for number, track in playing.items()
            for event in _messages(track, sequence.songs[song].channels[number].channel)
            if event[0] >= start
        ]
        # At the same tick a key comes up before it goes down again.
        events.sort(key=lambda event: (event[0], event[1][0] & 0xF0 != NOTE_OFF))
        return cls(
            tuple(events),
            max((track.ticks for track in playing.values()), default=0),
            length,
            now,
            start,
            take=None if recorded is None else Take(length),
        )

    @property
    def measure(self) -> int:
        """The measure under way, counted from 1."""
        return int(self.ticks) // self.measure_ticks + 1

    @property
    def over(self) -> bool:
        """Whether the song has played to its end."""
        return self.take is None and 0 < self.end <= self.ticks

    @property
    def next_tick(self) -> float | None:
        """When something happens next: an event, a measure of a recording, or the end."""
        ticks = [float(self.events[self.sent][0])] if self.sent < len(self.events) else []
        if self.take is not None:
            ticks.append(float(self.measure * self.measure_ticks))
        elif self.end > self.ticks:
            ticks.append(float(self.end))
        return min(ticks, default=None)

    def moved(self, ticks: float, now: float) -> tuple[Performance, bytes]:
        """Return the performance at a later tick, and what goes out on the way."""
        # Seconds and ticks are not exact in each other: what is due now must not stay just ahead.
        if abs(ticks - round(ticks)) < _NEARLY:
            ticks = float(round(ticks))
        sent, data = self.sent, b""
        while sent < len(self.events) and self.events[sent][0] <= ticks:
            data += self.events[sent][1]
            sent += 1
        take = self.take and self.take.at(int(ticks))
        return replace(self, ticks=ticks, at=now, sent=sent, take=take), data

    def silenced(self) -> bytes:
        """Return the note offs of all that sounds now."""
        sounding: dict[tuple[int, int], None] = {}
        for _, message in self.events[: self.sent]:
            kind, channel = message[0] & 0xF0, message[0] & 0x0F
            if kind == NOTE_ON:
                sounding[channel, message[1]] = None
            elif kind == NOTE_OFF:
                sounding.pop((channel, message[1]), None)
        return b"".join(bytes([NOTE_OFF | channel, key, OFF_VELOCITY]) for channel, key in sounding)


def _messages(track: Track, channel: int) -> list[tuple[int, bytes]]:
    messages: list[tuple[int, bytes]] = []
    for event in track.events:
        if isinstance(event, Note):
            on = bytes([NOTE_ON | channel, event.key, event.velocity])
            off = bytes([NOTE_OFF | channel, event.key, OFF_VELOCITY])
            messages += [(event.start, on), (event.start + event.length, off)]
        elif event.form is Form.PRESSURE:
            messages.append((event.start, bytes([PRESSURE | channel, event.first])))
        else:
            status = BENDER if event.form is Form.BENDER else CONTROL
            messages.append((event.start, bytes([status | channel, event.first, event.second])))
    return messages
