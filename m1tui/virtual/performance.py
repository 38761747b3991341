"""A song that plays: its events in the order in which MIDI OUT sends them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from m1tui.sysex import Sequence
from m1tui.sysex.sequence import TRACKS
from m1tui.virtual.steps import Form, Note, Track, decoded
from m1tui.virtual.take import Take
from m1tui.virtual.tempo import measure_ticks

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
