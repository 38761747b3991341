"""A take: what is played into a track while the sequencer records."""

from __future__ import annotations

from dataclasses import dataclass, replace

from m1tui.virtual.steps import MOST_MEASURES, Change, Event, Form, Note, encoded, steps_of

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
