"""The sequencer's steps of four bytes, to and from events in time.

The form of a step is read off real dumps and is in no public manual (inferred). A track is a row
of measures and an end; time and length count 48 to a beat.

| step       | bytes                                                                  |
| measure    | number, 60, 00, 00                                                     |
| note       | time in the measure, 80 + velocity (even), length, key · 2             |
| note tied  | the same with length FE and key · 2 + 1: it goes on in the next measure |
| its rest   | FE, velocity + 1, length, key · 2; right behind the measure            |
| pressure   | time, 20, pressure, 00                                                 |
| bender     | time, 10, low 7 bits, high 7 bits                                      |
| control    | time, 40, controller, value                                            |
| end        | length of the last measure, 70, 00, 00                                 |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from m1tui.sysex.sequence import STEP_SIZE

TICKS = 48
"""Ticks of a beat."""
MOST_MEASURES = 250
TIED = 0xFE
LONGEST = 0xFD
"""Ticks that a note's length byte can say."""
_MEASURE, _END, _NOTE = 0x60, 0x70, 0x80
_VELOCITY = 0x7E


class Form(IntEnum):
    """The second byte of a step that is neither note nor measure."""

    BENDER = 0x10
    PRESSURE = 0x20
    CONTROL = 0x40


_FORMS = frozenset(form.value for form in Form)


@dataclass(frozen=True, slots=True)
class Note:
    """A note from tick `start` on, for `length` ticks of at least 1; velocity 1–127."""

    start: int
    length: int
    key: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of pressure, bender or a controller at tick `start`: two bytes of seven bits."""

    start: int
    form: Form
    first: int
    second: int


Event = Note | Change


@dataclass(frozen=True, slots=True)
class Track:
    """What a track holds: its events, and its length in ticks."""

    events: tuple[Event, ...] = ()
    ticks: int = 0


def measure_step(number: int) -> bytes:
    """Return the step that begins a measure."""
    return bytes([number, _MEASURE, 0, 0])


def end_step(ticks: int) -> bytes:
    """Return the step that ends a track whose last measure has so many ticks."""
    return bytes([ticks, _END, 0, 0])


def note_step(time: int, velocity: int, length: int, key: int) -> bytes:
    """Return the step of a note that ends in its measure."""
    return bytes([time, _NOTE | velocity & _VELOCITY, length, key << 1])


def steps_of(event: Event, measure_ticks: int) -> int:
    """Return how many steps an event takes: one, and one more for each bar line it crosses."""
    if isinstance(event, Change):
        return 1
    return (event.start + event.length - 1) // measure_ticks - event.start // measure_ticks + 1


def encoded(events: Iterable[Event], measures: int, measure_ticks: int) -> bytes:
    """Return the steps of a track of `measures` measures; events beyond them are left out."""
    ties: list[bytes] = [b""] * measures
    own: list[list[tuple[int, bytes]]] = [[] for _ in range(measures)]
    for event in events:
        measure, time = divmod(event.start, measure_ticks)
        if measure >= measures:
            continue
        if isinstance(event, Change):
            own[measure].append((time, bytes([time, event.form, event.first, event.second])))
        else:
            _lay(event, ties, own, measure_ticks)
    steps = b""
    for number, changes in enumerate(own):
        changes.sort(key=lambda placed: placed[0])
        steps += measure_step(number) + ties[number] + b"".join(step for _, step in changes)
    return steps + end_step(measure_ticks)


def _lay(
    note: Note, ties: list[bytes], own: list[list[tuple[int, bytes]]], measure_ticks: int
) -> None:
    """Lay a note into its measure, and what is left of it into those that follow."""
    measure, time = divmod(note.start, measure_ticks)
    velocity, key, left = _NOTE | note.velocity & _VELOCITY, note.key << 1, note.length
    room, first = measure_ticks - time, True
    while True:
        goes_on = left > room and measure + 1 < len(own)
        length = TIED if goes_on else min(left, room, LONGEST)
        if first:
            own[measure].append((time, bytes([time, velocity, length, key | goes_on])))
        else:
            ties[measure] += bytes([TIED, velocity | 1, length, key | goes_on])
        if not goes_on:
            return
        measure, left, room, first = measure + 1, left - room, measure_ticks, False


def decoded(steps: bytes, measure_ticks: int) -> Track:
    """Return the events of a track's steps; whatever has no known form is left out."""
    events: list[Event] = []
    open_notes: dict[int, int] = {}
    measure, ticks = -1, 0
    for at in range(0, len(steps) - STEP_SIZE + 1, STEP_SIZE):
        time, form, third, fourth = steps[at : at + STEP_SIZE]
        start = max(measure, 0) * measure_ticks
        if form == _MEASURE:
            measure += 1
            ticks = (measure + 1) * measure_ticks
        elif form == _END:
            ticks = start + time if measure >= 0 else 0
            break
        elif form & _NOTE:
            _take_note(events, open_notes, steps[at : at + STEP_SIZE], start, measure_ticks)
        elif form in _FORMS and time < TIED:
            events.append(Change(start + time, Form(form), third & 0x7F, fourth & 0x7F))
    return Track(tuple(sorted(events, key=lambda event: event.start)), ticks)


def _take_note(
    events: list[Event], open_notes: dict[int, int], step: bytes, start: int, measure_ticks: int
) -> None:
    """Add a note's step to the events; the rest of a tied note lengthens the note itself."""
    time, form, length, fourth = step
    key = fourth >> 1
    begun = start if time == TIED else start + time
    ticks = start + measure_ticks - begun if length == TIED else length
    place = open_notes.pop(key, None) if time == TIED else None
    if place is None:
        place = len(events)
        events.append(Note(begun, max(ticks, 1), key, max(form & _VELOCITY, 1)))
    else:
        note = events[place]
        assert isinstance(note, Note), "only notes are kept open"
        events[place] = Note(note.start, note.length + ticks, key, note.velocity)
    if length == TIED:
        open_notes[key] = place
