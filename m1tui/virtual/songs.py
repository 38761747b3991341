"""Songs written as notes, turned into the sequencer's steps.

A note that outlasts its measure would need a second step; the notation has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Sequence as Items
from typing import Any

from m1tui.sysex import Effects, Sequence
from m1tui.sysex.sequence import TRACKS
from m1tui.virtual.steps import (
    LONGEST,
    MOST_MEASURES,
    TICKS,
    end_step,
    measure_step,
    note_step,
)

BEATS = 4
_TRACK_FLAGS = b"\x03" * TRACKS
_VELOCITY = 96
_NOTES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NOTE = re.compile(r"([A-G])(#?)(\d)")

Table = Mapping[str, Any]


def sequence_of(songs: Items[Table], slots: Mapping[str, int], effects: Effects) -> Sequence:
    """Return the sequencer's memory with `songs` in slots 0 and up.

    A song has name, tempo and tracks; a track names its program, which `slots` turns into a
    number, and its bars, played `times` times over. ValueError for a note that cannot be read.
    """
    empty = Sequence.empty()
    new = list(empty.songs)
    steps = b""
    offsets: list[int] = []
    for number in range(len(new)):
        song = songs[number] if number < len(songs) else None
        tracks = song["tracks"] if song else []
        if song:
            sounds = list(new[number].sounds)
            for place, track in enumerate(tracks):
                sounds[place] = sounds[place].replace(
                    program=slots[track["program"]], level=track.get("level", 99)
                )
            new[number] = new[number].replace(
                name=song["name"], tempo=song["tempo"], effects=effects, sounds=tuple(sounds)
            )
        for place in range(TRACKS):
            offsets.append(len(steps))
            if place < len(tracks):
                steps += _track_steps(tracks[place])
    offsets += [len(steps)] * (len(empty.control.offsets) - len(offsets))
    songs_with_flags = tuple(song.replace(flags=_TRACK_FLAGS) for song in new)
    control = empty.control.replace(songs=songs_with_flags, offsets=tuple(offsets))
    return Sequence(control, steps)


def _track_steps(track: Table) -> bytes:
    bars = list(track["bars"]) * track.get("times", 1)
    if len(bars) > MOST_MEASURES:
        raise ValueError(f"expected at most {MOST_MEASURES} measures, found {len(bars)}")
    measures = (measure_step(number) + _bar_steps(bar) for number, bar in enumerate(bars))
    return b"".join(measures) + end_step(BEATS * TICKS)


def _bar_steps(bar: str) -> bytes:
    steps = b""
    time = 0
    for word in bar.split():
        chord, _, beats = word.partition(":")
        ticks = round(float(beats) * TICKS)
        if chord != "r":
            for note in chord.split("+"):
                steps += _note_step(time, note, min(ticks - 2, LONGEST))
        time += ticks
    if time > BEATS * TICKS:
        raise ValueError(f"expected {BEATS} beats in a bar, found {time / TICKS:g} in {bar!r}")
    return steps


def _note_step(time: int, note: str, length: int) -> bytes:
    match = _NOTE.fullmatch(note)
    if match is None:
        raise ValueError(f"expected a note such as F#3, found {note!r}")
    letter, sharp, octave = match.groups()
    # Middle C, key 60, is written C4 here.
    key = 12 * (int(octave) + 1) + _NOTES[letter] + bool(sharp)
    return note_step(time, _VELOCITY, length, key)
