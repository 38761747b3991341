"""The sequencer's steps of four bytes, to events and back, and what a song plays in time.

The form of a step is read off real dumps and is in no public manual. 48 ticks make a beat.

| step        | bytes                                                                           |
|-------------|---------------------------------------------------------------------------------|
| measure     | number, 60, pattern, flag: C0 a pattern's first bar, 80 a later one, 0 none     |
| note        | time in the measure, 80 + velocity (even), ticks, key * 2                       |
| note tied   | the same with FE for the ticks and key * 2 + 1: it goes on in the next measure  |
| its rest    | FE, velocity + 1, ticks, key * 2; right behind the next measure step            |
| bender      | time, 10, low 7 bits, high 7 bits                                               |
| aftertouch  | time, 20, pressure, 00                                                          |
| program     | time, 30, program from 0, 00                                                    |
| control     | time, 40, controller, value                                                     |
| end         | ticks of the last measure, 70, 00, 00                                           |

That a key is MIDI's note number is assumed (keys 29 to 101 are seen). What has none of these
forms is carried as it is, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from m1tui.sysex.names import NOTES
from m1tui.sysex.sequence import STEP_SIZE, TRACKS, Sequence

TICKS_PER_BEAT = 48
TIED = 0xFE
"""In the place of a length: to the measure's end, and on. In the place of a time: the rest."""
LONGEST = 0xFD
"""Ticks that a note's length byte can say."""
LONGEST_BEAT = 5
"""Beats of the longest measure whose times a step's first byte can say."""
_USUAL_BEAT = 4
_MEASURE, _END, _NOTE = 0x60, 0x70, 0x80
_VELOCITY = 0x7E
_FIRST_BAR, _LATER_BAR = 0xC0, 0x80


class Form(IntEnum):
    """The second byte of a step that is a change and not a note."""

    BENDER = 0x10
    AFTERTOUCH = 0x20
    PROGRAM = 0x30
    CONTROL = 0x40

    @property
    def label(self) -> str:
        """The kind of change for a person."""
        return _LABELS[self]


_LABELS = {
    Form.BENDER: "bender change",
    Form.AFTERTOUCH: "aftertouch change",
    Form.PROGRAM: "program change",
    Form.CONTROL: "control change",
}
_FORMS = frozenset(form.value for form in Form)


@dataclass(frozen=True, slots=True)
class NoteStep:
    """A note with all its steps: it begins at `time` ticks of its measure."""

    time: int
    velocity: int
    """Even, 0-126."""
    key: int
    length: int
    """Ticks in the measure in which it ends; it ends where it begins if it crosses no bar line."""
    bar_lines: int = 0
    """How many it crosses."""


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """A change of the bender, aftertouch, program or a controller, in two bytes of seven bits."""

    time: int
    form: Form
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class CarriedStep:
    """Four bytes of no known form."""

    raw: bytes


Step = NoteStep | ChangeStep | CarriedStep


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its steps, or the pattern that plays in it."""

    number: int
    steps: tuple[Step, ...] = ()
    pattern: int = 0
    flag: int = 0
    """C0 for a pattern's first bar, 80 for a later one, 0 for no pattern; others are unknown."""
    rests: tuple[int, ...] = ()
    """Keys of the notes that go on into it, in the order in which their rests stand.

    No rule of that order is known; a note that is not named stands behind those that are.
    """


@dataclass(frozen=True, slots=True)
class Track:
    """What a track or a pattern consists of; `encode` gives back the bytes that it came from."""

    measures: tuple[Measure, ...] = ()
    before: tuple[bytes, ...] = ()
    """Steps before the first measure; none in real dumps."""
    end: bytes = b""
    """The last step, from the end's on with whatever stands behind; empty where there is no end."""

    @property
    def measure_ticks(self) -> int:
        """Ticks of the last measure; 0 where the track has no end."""
        return self.end[0] if self.end else 0

    @property
    def carried(self) -> int:
        """How many steps have no known form or place."""
        behind = max(0, len(self.end) // STEP_SIZE - 1)
        steps = (isinstance(step, CarriedStep) for one in self.measures for step in one.steps)
        return len(self.before) + sum(steps) + behind + self._strange_measures

    @property
    def _strange_measures(self) -> int:
        known = ((one.flag, one.pattern) for one in self.measures)
        return sum(
            flag not in (0, _FIRST_BAR, _LATER_BAR) or (pattern > 0 and not flag)
            for flag, pattern in known
        )

    def encode(self) -> bytes:
        """Return the steps as the sequencer keeps them."""
        data = bytearray(b"".join(self.before))
        sounding: list[NoteStep] = []
        for measure in self.measures:
            data += bytes([measure.number, _MEASURE, measure.pattern, measure.flag])
            sounding = [replace(note, bar_lines=note.bar_lines - 1) for note in sounding]
            for note in _in_order(sounding, measure.rests):
                data += _note_bytes(note, TIED, rest=True)
            sounding = [note for note in sounding if note.bar_lines]
            for step in measure.steps:
                if isinstance(step, NoteStep):
                    data += _note_bytes(step, step.time, rest=False)
                    if step.bar_lines:
                        sounding.append(step)
                elif isinstance(step, ChangeStep):
                    data += bytes([step.time, step.form, step.first, step.second])
                else:
                    data += step.raw
        return bytes(data + self.end)


def _in_order(notes: list[NoteStep], keys: tuple[int, ...]) -> list[NoteStep]:
    left = list(notes)
    named = []
    for key in keys:
        place = next((at for at, note in enumerate(left) if note.key == key), None)
        if place is not None:
            named.append(left.pop(place))
    return named + left


def _note_bytes(note: NoteStep, time: int, *, rest: bool) -> bytes:
    goes_on = note.bar_lines > 0
    length = TIED if goes_on else note.length
    return bytes([time, _NOTE | note.velocity | rest, length, note.key << 1 | goes_on])


def decode_track(steps: bytes) -> Track:
    """Return the steps of a track or a pattern as events, whatever the bytes.

    A tied note becomes one event. Where a tie has no end, or a rest no beginning, its steps are
    carried.
    """
    first, broken = _decoded(steps, frozenset())
    track = _decoded(steps, broken)[0] if broken else first
    return track if track.encode() == steps else _decoded(steps, _ties(steps))[0]


def _ties(steps: bytes) -> frozenset[int]:
    """Return where the steps of tied notes stand: those that go on, and the rests."""
    places = range(0, len(steps) - STEP_SIZE + 1, STEP_SIZE)
    return frozenset(at for at in places if TIED in (steps[at], steps[at + 2]))


@dataclass(slots=True)
class _Open:
    """A note that goes on, while its track is decoded."""

    steps: list[Step]
    place: int
    """The note in the steps of its measure."""
    measure: int
    """The measure that its last step stands in."""
    offsets: list[int]


def _decoded(steps: bytes, carried: frozenset[int]) -> tuple[Track, frozenset[int]]:
    """Return the track, and the offsets of ties without an end; `carried` are left as they are."""
    before: list[bytes] = []
    heads: list[bytes] = []
    bodies: list[tuple[list[Step], list[int]]] = []
    opened: list[_Open] = []
    end = b""
    for at in range(0, len(steps), STEP_SIZE):
        raw = steps[at : at + STEP_SIZE]
        if raw[1:] == bytes([_END, 0, 0]):
            end = steps[at:]
            break
        if len(raw) == STEP_SIZE and raw[1] == _MEASURE:
            heads.append(raw)
            bodies.append(([], []))
        elif not heads:
            before.append(raw)
        elif at in carried:
            bodies[-1][0].append(CarriedStep(raw))
        elif not _joined(raw, at, len(heads), bodies[-1], opened):
            bodies[-1][0].append(_step(raw))
    measures = (
        Measure(head[0], tuple(events), head[2], head[3], tuple(rests))
        for head, (events, rests) in zip(heads, bodies, strict=True)
    )
    unended = frozenset(offset for note in opened for offset in note.offsets)
    return Track(tuple(measures), tuple(before), end), unended


def _step(raw: bytes) -> Step:
    """Return a step that stands for itself."""
    if len(raw) == STEP_SIZE and raw[0] < TIED:
        time, form, third, fourth = raw
        if form in _FORMS:
            single = form in (Form.AFTERTOUCH, Form.PROGRAM)
            if not (third | fourth) & 0x80 and not (single and fourth):
                return ChangeStep(time, Form(form), third, fourth)
        elif form & _NOTE and not (form | fourth) & 1 and third < TIED:
            return NoteStep(time, form & _VELOCITY, fourth >> 1, third)
    return CarriedStep(raw)


def _joined(
    raw: bytes, at: int, measure: int, body: tuple[list[Step], list[int]], opened: list[_Open]
) -> bool:
    """Join a rest to its note, or open a note that goes on; False if the step is neither."""
    if len(raw) < STEP_SIZE or not raw[1] & _NOTE:
        return False
    steps, rests = body
    time, form, length, fourth = raw
    goes_on, key = length == TIED, fourth >> 1
    if goes_on != bool(fourth & 1):
        return False
    if time < TIED:
        if not goes_on or form & 1:
            return False
        opened.append(_Open(steps, len(steps), measure, [at]))
        steps.append(NoteStep(time, form & _VELOCITY, key, 0))
        return True
    if time > TIED or steps or not form & 1:
        return False
    for one in opened:
        note = one.steps[one.place]
        assert isinstance(note, NoteStep), "only notes are kept open"
        if (note.key, note.velocity, one.measure) == (key, form & _VELOCITY, measure - 1):
            ticks = 0 if goes_on else length
            one.steps[one.place] = replace(note, length=ticks, bar_lines=note.bar_lines + 1)
            one.measure = measure
            one.offsets.append(at)
            rests.append(key)
            if not goes_on:
                opened.remove(one)
            return True
    return False


def step_text(raw: bytes) -> str:
    """Return a step in words, "note C4 at 96, velocity 68, 48 ticks"; "" if its form is unknown."""
    if len(raw) != STEP_SIZE:
        return ""
    time, form, third, fourth = raw
    if form == _MEASURE:
        return f"measure {time + 1}" + (f", pattern {third:02d}" if fourth else "")
    if form == _END:
        return f"end, the last measure has {time} ticks"
    if form & _NOTE:
        length = "tied over" if third == TIED else f"{third} ticks"
        what = "continued note" if time == TIED else "note"
        place = "" if time == TIED else f" at {time}"
        return f"{what} {NOTES[fourth >> 1]}{place}, velocity {form & _VELOCITY}, {length}"
    if form not in _FORMS:
        return ""
    values = {
        Form.BENDER: f"{(third & 0x7F) | (fourth & 0x7F) << 7}",
        Form.CONTROL: f"{third}, {fourth}",
    }
    return f"{Form(form).label} at {time}: {values.get(Form(form), str(third))}"


# What a song plays in time


@dataclass(frozen=True, slots=True)
class Note:
    """A note from tick `start` on, for `length` ticks of at least 1; velocity 1-127."""

    start: int
    length: int
    key: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the bender, aftertouch, program or a controller at tick `start`."""

    start: int
    form: Form
    first: int
    second: int


Event = Note | Change


@dataclass(frozen=True, slots=True)
class PatternCall:
    """A pattern that plays: from which measure of the track on, counted from 0, and how many."""

    pattern: int
    measure: int
    measures: int


def timed(track: Track, measure_ticks: int) -> tuple[Event, ...]:
    """Return a track's own events in order of time; `measure_ticks` is a measure's length."""
    events: list[Event] = []
    for number, measure in enumerate(track.measures):
        for step in measure.steps:
            if isinstance(step, CarriedStep):
                continue
            start = number * measure_ticks + step.time
            if isinstance(step, ChangeStep):
                events.append(Change(start, step.form, step.first, step.second))
                continue
            over = number + step.bar_lines
            end = over * measure_ticks + step.length if step.bar_lines else start + step.length
            velocity = max(step.velocity, 1)
            events.append(Note(start, max(end - start, 1), step.key, velocity))
    return tuple(sorted(events, key=lambda event: event.start))


def pattern_calls(track: Track) -> tuple[PatternCall, ...]:
    """Return the patterns that play on a track, in order."""
    calls: list[PatternCall] = []
    for number, measure in enumerate(track.measures):
        if measure.flag == _FIRST_BAR:
            calls.append(PatternCall(measure.pattern, number, 1))
        elif measure.flag == _LATER_BAR and calls:
            last = calls[-1]
            if (last.pattern, last.measure + last.measures) == (measure.pattern, number):
                calls[-1] = replace(last, measures=last.measures + 1)
    return tuple(calls)


@dataclass(frozen=True, slots=True)
class PlayedTrack:
    """A track of a song in time, its patterns played out."""

    number: int
    """0-7."""
    track: Track
    calls: tuple[PatternCall, ...]
    events: tuple[Event, ...]
    ticks: int
    """Where it ends."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What sounds, in order of time."""
        return tuple(event for event in self.events if isinstance(event, Note))

    @property
    def changes(self) -> dict[str, int]:
        """How many changes of each kind, by its label."""
        found = Counter(event.form for event in self.events if isinstance(event, Change))
        return {form.label: found[form] for form in Form if form in found}

    @property
    def key_range(self) -> tuple[int, int] | None:
        """The lowest and the highest key; None without a note."""
        keys = [note.key for note in self.notes]
        return (min(keys), max(keys)) if keys else None


@dataclass(frozen=True, slots=True)
class PlayedSong:
    """A song in time: its tracks that have steps."""

    measure_ticks: int
    tracks: tuple[PlayedTrack, ...]

    @property
    def ticks(self) -> int:
        """Length of the longest track."""
        return max((track.ticks for track in self.tracks), default=0)

    @property
    def measures(self) -> int:
        """Measures of the longest track."""
        return max((len(one.track.measures) for one in self.tracks), default=0)

    def seconds(self, tempo: int) -> float:
        """Return how long it plays at `tempo` beats a minute; 0 without a tempo."""
        return self.ticks / TICKS_PER_BEAT * 60 / tempo if tempo else 0.0


def play(sequence: Sequence, song: int, ticks: int = 0) -> PlayedSong:
    """Return what a song, 0-9, plays in measures of `ticks`.

    With 0 every measure is taken to be as long as the last, the only one whose length is said;
    without an end the song's beat counts.
    """
    tracks = [
        (number, decode_track(steps))
        for number in range(TRACKS)
        if (steps := sequence.track_steps(song, number))
    ]
    ticks = ticks or measure_ticks(sequence.songs[song].beat, [track for _, track in tracks])
    return PlayedSong(
        ticks, tuple(_played(number, track, sequence, ticks) for number, track in tracks)
    )


def measure_ticks(beat: int, tracks: Iterable[Track] = ()) -> int:
    """Return the ticks of a measure: as the tracks' ends say, or else by the beat, or else 4/4."""
    said = next((track.measure_ticks for track in tracks if track.measure_ticks), 0)
    beats = beat if 1 <= beat <= LONGEST_BEAT else _USUAL_BEAT
    return said or beats * TICKS_PER_BEAT


def _played(number: int, track: Track, sequence: Sequence, ticks: int) -> PlayedTrack:
    calls = pattern_calls(track)
    events = [*timed(track, ticks), *(one for call in calls for one in _called(call, sequence))]
    events.sort(key=lambda event: event.start)
    return PlayedTrack(number, track, calls, tuple(events), len(track.measures) * ticks)


def _called(call: PatternCall, sequence: Sequence) -> Iterator[Event]:
    """Yield what a pattern plays where it is called, no longer than it is called."""
    if call.pattern >= len(sequence.patterns):
        return
    pattern = decode_track(sequence.pattern_steps(call.pattern))
    ticks = measure_ticks(sequence.patterns[call.pattern].beat, [pattern])
    start, over = call.measure * ticks, call.measures * ticks
    for event in timed(pattern, ticks):
        if event.start >= over:
            continue
        if isinstance(event, Note):
            event = replace(event, length=min(event.length, over - event.start))
        yield replace(event, start=start + event.start)
