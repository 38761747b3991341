"""A song that plays, what is recorded meanwhile, and how fast both run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from m1tui.sysex import Sequence
from m1tui.sysex.sequence import Song
from m1tui.sysex.steps import (
    LONGEST_BEAT,
    TICKS_PER_BEAT,
    Change,
    Event,
    Form,
    Note,
    play,
)
from m1tui.virtual.steps import MOST_MEASURES, encoded, note_steps, steps_of

SLOWEST, FASTEST = 40, 208
"""Beats a minute that a song's tempo can have."""
_USUAL_BEAT = 4


def tempo_of(song: Song) -> int:
    """Return beats a minute. A dump may hold anything; the M1's own range keeps the clock going."""
    return min(max(song.tempo, SLOWEST), FASTEST)


def ticks_per_second(song: Song) -> float:
    """Return how many ticks of a song pass in a second."""
    return tempo_of(song) * TICKS_PER_BEAT / 60


def measure_ticks(song: Song) -> int:
    """Return the ticks of a measure: the beat is taken for beats a measure (inferred), else 4."""
    beats = song.beat if 1 <= song.beat <= LONGEST_BEAT else _USUAL_BEAT
    return beats * TICKS_PER_BEAT


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
        return Note(note.start, self._length(note), note.key, note.velocity)

    def _length(self, note: Note) -> int:
        return max(self.ticks - note.start, _SHORTEST)

    def _steps_of(self, note: Note) -> int:
        return note_steps(note.start, self._length(note), self.measure_ticks)

    def _with(self, event: Event) -> Take:
        cost = steps_of(event, self.measure_ticks)
        return replace(self, events=(*self.events, event), event_steps=self.event_steps + cost)


NOTE_OFF, NOTE_ON, CONTROL, PROGRAM_CHANGE = 0x80, 0x90, 0xB0, 0xC0
PRESSURE, BENDER = 0xD0, 0xE0
_NEARLY = 1e-3
"""Part of a tick that does not count: some microseconds."""
OFF_VELOCITY = 0x40
"""What every note off carries (MIDI implementation 1-1)."""


class Sent(NamedTuple):
    """What a track plays at a tick: a channel message."""

    tick: int
    track: int
    """0–7."""
    message: bytes


@dataclass(frozen=True, slots=True)
class Performance:
    """The sequencer while it runs; `ticks` count from the song's start and grow."""

    events: tuple[Sent, ...]
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
        settings = sequence.songs[song]
        length = measure_ticks(settings)
        start = (measure - 1) * length
        channels = [one.channel for one in settings.channels]
        playing = [one for one in play(sequence, song, length).tracks if one.number != recorded]
        events = [
            Sent(tick, track.number, message)
            for track in playing
            for event in track.events
            for tick, message in _messages(event, channels[track.number])
            if tick >= start
        ]
        # At the same tick a key comes up before the program changes, and before one goes down.
        events.sort(key=lambda event: (event.tick, _RANK.get(event.message[0] & 0xF0, 1)))
        return cls(
            tuple(events),
            max((track.ticks for track in playing), default=0),
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
        ticks = [float(self.events[self.sent].tick)] if self.sent < len(self.events) else []
        if self.take is not None:
            ticks.append(float(self.measure * self.measure_ticks))
        elif self.end > self.ticks:
            ticks.append(float(self.end))
        return min(ticks, default=None)

    def moved(self, ticks: float, now: float) -> tuple[Performance, tuple[Sent, ...]]:
        """Return the performance at a later tick, and what is played on the way."""
        # Seconds and ticks are not exact in each other: what is due now must not stay just ahead.
        if abs(ticks - round(ticks)) < _NEARLY:
            ticks = float(round(ticks))
        sent = self.sent
        while sent < len(self.events) and self.events[sent].tick <= ticks:
            sent += 1
        take = self.take and self.take.at(int(ticks))
        after = replace(self, ticks=ticks, at=now, sent=sent, take=take)
        return after, self.events[self.sent : sent]

    def silenced(self) -> tuple[Sent, ...]:
        """Return the note offs of all that sounds now."""
        sounding: dict[tuple[int, int, int], None] = {}
        for _, track, message in self.events[: self.sent]:
            kind, channel = message[0] & 0xF0, message[0] & 0x0F
            if kind == NOTE_ON:
                sounding[track, channel, message[1]] = None
            elif kind == NOTE_OFF:
                sounding.pop((track, channel, message[1]), None)
        return tuple(
            Sent(int(self.ticks), track, bytes([NOTE_OFF | channel, key, OFF_VELOCITY]))
            for track, channel, key in sounding
        )


_RANK = {NOTE_OFF: 0, NOTE_ON: 2}


def _messages(event: Event, channel: int) -> tuple[tuple[int, bytes], ...]:
    start = event.start
    if isinstance(event, Note):
        on = bytes([NOTE_ON | channel, event.key, event.velocity])
        off = bytes([NOTE_OFF | channel, event.key, OFF_VELOCITY])
        return (start, on), (start + event.length, off)
    status = _STATUSES[event.form] | channel
    if event.form in (Form.AFTERTOUCH, Form.PROGRAM):
        return ((start, bytes([status, event.first])),)
    return ((start, bytes([status, event.first, event.second])),)


_STATUSES = {
    Form.BENDER: BENDER,
    Form.AFTERTOUCH: PRESSURE,
    Form.PROGRAM: PROGRAM_CHANGE,
    Form.CONTROL: CONTROL,
}
