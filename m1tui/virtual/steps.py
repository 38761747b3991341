"""The sequencer's steps as a recording writes them; `m1tui.sysex.steps` has their forms."""

from __future__ import annotations

from collections.abc import Iterable

from m1tui.sysex.steps import LONGEST, TIED, Change, Event, Note

MOST_MEASURES = 250
_MEASURE, _END, _NOTE = 0x60, 0x70, 0x80
_VELOCITY = 0x7E


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
    return note_steps(event.start, event.length, measure_ticks)


def note_steps(start: int, length: int, measure_ticks: int) -> int:
    """Return how many steps a note takes."""
    return (start + length - 1) // measure_ticks - start // measure_ticks + 1


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
