"""The sequencer: start, stop, record and erase, and what happens as time or clocks pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from m1tui.sysex import Sequence
from m1tui.sysex.sequence import SONGS, STEP_SIZE, TRACKS, Song
from m1tui.sysex.steps import Form
from m1tui.virtual.banks import Banks
from m1tui.virtual.card import Card
from m1tui.virtual.memory import Memory
from m1tui.virtual.performance import PROGRAM_CHANGE, Performance, Sent, Take, ticks_per_second
from m1tui.virtual.settings import Settings

START, CONTINUE, STOP = 0xFA, 0xFB, 0xFC
CLOCK_TICKS = 2
"""Ticks of one of the 24 clocks of a beat."""
MEMORY_FULL = "MEMORY FULL"


# A recording asks these at every movement of a hand, and the sequence changes only at its end.


@lru_cache(maxsize=4)
def _song_of(sequence: Sequence, number: int) -> Song:
    return sequence.songs[number]


@lru_cache(maxsize=4)
def _channels_of(song: Song) -> tuple[int, ...]:
    return tuple(one.channel for one in song.channels)


@lru_cache(maxsize=4)
def _track_steps_of(sequence: Sequence, song: int, track: int) -> int:
    return len(sequence.track_steps(song, track)) // STEP_SIZE


@dataclass(frozen=True, slots=True)
class Transport:
    """The sequencer's place and what it does."""

    song: int = 0
    track: int = 0
    measure: int = 1
    """Where it starts, counted from 1."""
    running: bool = False
    recording: bool = False
    """Armed by REC; records once it runs."""


class Sequencer(Banks):
    """An M1's banks with a sequencer that plays from them and records into them.

    `now` is the machine's clock in seconds; whoever lets it pass calls `advance`. What goes to
    MIDI OUT is collected in `outbox`, what the display has to say in `message`.
    """

    def __init__(self, memory: Memory, settings: Settings, card: Card | None) -> None:
        super().__init__(memory, settings, card)
        self.now = 0.0
        self.outbox = bytearray()
        self.message = ""
        self.rewind()

    def rewind(self) -> None:
        """Be at rest, at the first song and track, as after power-on."""
        self.transport = Transport()
        self.performance: Performance | None = None

    # What can be asked

    @property
    def song(self) -> Song:
        """The chosen song's settings."""
        return _song_of(self.memory.sequence, self.transport.song)

    @property
    def channels(self) -> tuple[int, ...]:
        """The MIDI channels, 0-15, of the chosen song's tracks."""
        return _channels_of(self.song)

    @property
    def take(self) -> Take | None:
        """The recording under way."""
        return self.performance.take if self.performance else None

    @property
    def measure(self) -> int:
        """The measure that plays, or at which the song will start; counted from 1."""
        return self.performance.measure if self.performance else self.transport.measure

    @property
    def free_steps(self) -> int:
        """Steps that are free, as if the track that is recorded anew held none."""
        sequence = self.memory.sequence
        free = self.memory.allocation.steps - sequence.step_count
        if self.take is not None:
            free += _track_steps_of(sequence, self.transport.song, self.transport.track)
        return free

    @property
    def free_percent(self) -> int:
        """Sequencer memory that is free, 0–100; it shrinks as a recording grows."""
        if self.take is None or not self.take.steps:
            return self.memory.free_percent
        free = self.free_steps - self.take.steps
        return max(0, round(100 * free / self.memory.allocation.steps))

    @property
    def next_song_event(self) -> float | None:
        """When the song goes on by itself, None where it does not."""
        performance = self.performance
        if performance is None or self.settings.clock_external:
            return None
        tick = performance.next_tick
        if tick is None:
            return None
        return performance.at + (tick - performance.ticks) / ticks_per_second(self.song)

    @property
    def memory_if_stopped(self) -> Memory:
        """The memory as STOP would leave it now: with the recording under way, as far as it is."""
        steps = self.take.encoded() if self.take is not None else b""
        if not steps:
            return self.memory
        song, track = self.transport.song, self.transport.track
        return replace(self.memory, sequence=with_track(self.memory.sequence, song, track, steps))

    # Transport

    def press_start_stop(self) -> None:
        """START/STOP: with an external clock the outer Start counts instead (assumed)."""
        if self.transport.running:
            self.stop()
        elif not self.settings.clock_external:
            self.run()

    def press_record(self) -> None:
        """REC: make ready to record, or not any more; what runs is stopped first.

        A take begins at the song's start and replaces the whole track (assumed). Memory protects
        do not stop it (assumed, as for the allocation: the guide's sequences do not touch them).
        """
        recorded = self.transport.running and self.transport.recording
        if self.transport.running:
            self.stop()
        if not recorded:
            ready = not self.transport.recording
            self.transport = replace(self.transport, recording=ready, measure=1)

    def run(self) -> None:
        """Play the song from its measure, or record the chosen track."""
        transport = self.transport
        recorded = transport.track if transport.recording else None
        self.transport = replace(transport, running=True)
        self.performance = Performance.of(
            self.memory.sequence, transport.song, transport.measure, self.now, recorded
        )
        if not self.settings.clock_external:
            self.outbox.append(START if transport.measure == 1 else CONTINUE)
            # What stands at the very start is played at once.
            self._move(self.performance, self.performance.ticks)

    def stop(self) -> None:
        """Stop; a take goes into memory, and the song is back at its start.

        A take in which nothing was played leaves the track as it was (assumed).
        """
        performance, transport = self.performance, self.transport
        self.performance = None
        self.transport = replace(transport, running=False, recording=False)
        if performance is None:
            return
        self.send_played(performance.silenced())
        if not self.settings.clock_external:
            self.outbox.append(STOP)
        take = performance.take
        measure = 1 if take or performance.over else performance.measure
        self.transport = replace(self.transport, measure=measure)
        steps = take.encoded() if take else b""
        if steps:
            self._change_track(steps)

    def go_to(self, measure: int) -> None:
        """Choose the measure at which the song will start, counted from 1; not while it runs."""
        if not self.transport.running:
            self.transport = replace(self.transport, measure=measure)

    def choose(self, song: int, track: int) -> None:
        """Choose song (0–9) and track (0–7); another song, or a take's end, stops the sequencer."""
        if self.transport.running and (song != self.transport.song or self.take is not None):
            self.stop()
        measure = self.transport.measure if song == self.transport.song else 1
        self.transport = replace(self.transport, song=song, track=track, measure=measure)

    def advance(self, now: float) -> None:
        """Let time pass; the song goes on where the internal clock drives it."""
        self.now = max(self.now, now)
        performance = self.performance
        if performance is not None and not self.settings.clock_external:
            passed = self.now - performance.at
            if passed > 0:
                ticks = passed * ticks_per_second(self.song)
                self._move(performance, performance.ticks + ticks)

    def clock(self) -> None:
        """Let the song go on by one outer clock, where the external clock drives it."""
        performance = self.performance
        if performance is not None and self.settings.clock_external:
            self._move(performance, performance.ticks + CLOCK_TICKS)

    def _move(self, performance: Performance, ticks: float) -> None:
        self.performance, played = performance.moved(ticks, self.now)
        self.send_played(played)
        if self.performance.over or (self.take is not None and self.take.full):
            self.stop()
        else:
            self._stop_if_full(performance.take)

    def send_played(self, played: tuple[Sent, ...]) -> None:
        """Put what the song plays on MIDI OUT; program changes only where their filter is ENA."""
        for one in played:
            if one.message[0] & 0xF0 != PROGRAM_CHANGE or self.settings.program_change:
                self.outbox += one.message

    # Recording

    def record_key(self, key: int, velocity: int) -> None:
        """Record a key that goes down, or with velocity 0 comes up, if a take is under way."""
        if self.take is not None:
            take = self.take
            self._keep(take.key_down(key, velocity) if velocity else take.key_up(key))

    def record_change(self, form: Form, first: int, second: int) -> None:
        """Record a change of pressure, bender or a controller, if a take is under way."""
        if self.take is not None:
            self._keep(self.take.changed(form, first, second))

    def _keep(self, take: Take) -> None:
        assert self.performance is not None, "a take is in progress"
        before = self.performance.take
        self.performance = replace(self.performance, take=take)
        self._stop_if_full(before)

    def _stop_if_full(self, before: Take | None) -> None:
        """End a take that fills the memory; what does not fit any more is left out."""
        if self.performance is None or self.take is None or self.take.steps < self.free_steps:
            return
        if self.take.steps > self.free_steps:
            self.performance = replace(self.performance, take=before)
        self.stop()
        self.message = MEMORY_FULL

    # Memory

    def change_song(self, song: Song) -> None:
        """Put other settings of the chosen song in the place of the old."""
        self._change_sequence(with_song(self.memory.sequence, self.transport.song, song))

    def erase_song(self, number: int) -> None:
        """Erase a song, 0–9. Memory protects do not stop it (assumed, as for recording)."""
        self._change_sequence(without_song(self.memory.sequence, number))

    def erase_track(self, number: int) -> None:
        """Erase a track, 0–7, of the chosen song. Memory protects do not stop it, likewise."""
        self._change_track(b"", number)

    def _change_track(self, steps: bytes, number: int | None = None) -> None:
        track = self.transport.track if number is None else number
        sequence = self.memory.sequence
        self._change_sequence(with_track(sequence, self.transport.song, track, steps))

    def _change_sequence(self, sequence: Sequence) -> None:
        self.memory = replace(self.memory, sequence=sequence)


def with_track(sequence: Sequence, song: int, track: int, steps: bytes) -> Sequence:
    """Return the sequence with other steps on a track: song 0–9, track 0–7.

    Offsets that point nowhere, as those of a damaged dump may, are put right.
    """
    rows = _rows(sequence)
    rows[song * TRACKS + track] = steps
    return _of_rows(sequence, rows)


def without_song(sequence: Sequence, song: int) -> Sequence:
    """Return the sequence with a song as it is in an empty sequencer; patterns stay."""
    rows = _rows(sequence)
    rows[song * TRACKS : (song + 1) * TRACKS] = [b""] * TRACKS
    return with_song(_of_rows(sequence, rows), song, Sequence.empty().songs[song])


def with_song(sequence: Sequence, number: int, song: Song) -> Sequence:
    """Return the sequence with other settings of a song; its steps stay."""
    songs = (*sequence.songs[:number], song, *sequence.songs[number + 1 :])
    return Sequence(sequence.control.replace(songs=songs), sequence.steps)


def _rows(sequence: Sequence) -> list[bytes]:
    tracks = [sequence.track_steps(song, track) for song in range(SONGS) for track in range(TRACKS)]
    return tracks + [sequence.pattern_steps(number) for number in range(len(sequence.patterns))]


def _of_rows(sequence: Sequence, rows: list[bytes]) -> Sequence:
    offsets = tuple(accumulate(map(len, rows), initial=0))
    return Sequence(sequence.control.replace(offsets=offsets), b"".join(rows))
