"""A dump's memory as lines for a person: tables of its objects, every value of one, differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from m1tui.sysex import Contents, GlobalData, Part, Record, Value
from m1tui.sysex.listing import (
    CombinationRow,
    KitRow,
    Mark,
    ProgramRow,
    SongRow,
    combination_rows,
    counted,
    drawing,
    drums,
    kit_rows,
    length,
    mark_text,
    marks,
    notes_of,
    plays,
    program_rows,
    song_rows,
    track_words,
)
from m1tui.sysex.names import KEYS

if TYPE_CHECKING:
    # The engine brings the event loop: tables of one file do without.
    from m1tui.engine.compare import Sides

WIDTH = 80
OUT_OF_RANGE = "OUT OF RANGE"
_MARKS = 20
"""Values out of range that are named; noise read as a dump has thousands."""


def table(contents: Contents, part: Part) -> Iterator[str]:
    """Yield the objects of a part, or of every part, and at last the values out of range."""
    shown = contents.only(part)
    if shown.programs is not None:
        yield from ("", f"{len(shown.programs)} programs: oscillators, effects 1 and 2")
        yield from map(_program, program_rows(contents))
    if shown.combinations is not None:
        yield from ("", f"{len(shown.combinations)} combinations: type, programs")
        for row in combination_rows(contents):
            yield from _combination(row)
    if shown.global_ is not None:
        yield from ("", "Global")
        yield from _settings(shown.global_)
        for kit in kit_rows(contents):
            yield from _kit(kit)
    if shown.sequence is not None:
        used = counted(len(shown.sequence.songs_in_use), "song")
        yield from ("", f"{used}, {contents.free_percent} % free")
        if not shown.sequence.offsets_are_sound:
            yield "DAMAGED: the track starts are not in ascending order; counts may be wrong"
        for song in song_rows(contents):
            yield from _song(song)
    yield from _marks(marks(shown))


def song_table(contents: Contents, number: int) -> Iterator[str]:
    """Yield one song: its tracks, and a drawing of them."""
    for row in song_rows(contents):
        if row.number == number:
            yield from _song(row)


def every_value(record: Record) -> Iterator[str]:
    """Yield every parameter of one object with its range."""
    values = list(record.values())
    widest = max(len(value.label) for value in values)
    for value in values:
        ranges = [value.allowed] if value.allowed else []
        ranges += [f"default {value.default}"] if value.default else []
        allowed = f"  ({'; '.join(ranges)})" if ranges else ""
        wrong = "" if value.valid else f"  {OUT_OF_RANGE}"
        yield f"  {value.label:<{widest}}  {value.shown}{allowed}{wrong}"
    for note in notes_of(record):
        yield f"  note: {note}"


def side_by_side(sides: Sides, limit: int) -> Iterator[str]:
    """Yield the first `limit` values that differ, each from both sides, and how many more.

    Nothing is yielded where no value differs.
    """
    if not sides.values:
        return
    for mine, theirs in sides.values[:limit]:
        yield f"    {mine.label}: {_side(mine)} | {_side(theirs)}"
    if len(sides.values) > limit:
        yield f"    and {counted(len(sides.values) - limit, 'more value')}"
    if sides.steps:
        yield f"    and {counted(sides.steps, 'step')} of its tracks"


def _side(value: Value) -> str:
    shown = value.shown.rstrip()
    return shown if value.valid else f"{shown} ({OUT_OF_RANGE})"


def _program(row: ProgramRow) -> str:
    sounds = " + ".join(row.sounds)
    effects = " + ".join(row.effects)
    return f"{row.number:02d} {row.name:<10} {row.mode:<6} {sounds:<30} {effects}"


def _combination(row: CombinationRow) -> Iterator[str]:
    start = f"{row.number:02d} {row.name:<10} {row.type:<8} "
    yield from _wrapped(start, map(plays, row.timbres), "all timbres are off")


def _settings(data: GlobalData) -> Iterator[str]:
    """Yield what stands in global beside the drum kits."""
    for value in data.values():
        if "[" not in value.path:
            yield f"{value.label}: {value.shown}"
    scale = (f"{key} {note.cents:+d}" for key, note in zip(KEYS, data.user_scale, strict=True))
    yield from _wrapped("User scale: ", scale, "")


def _kit(row: KitRow) -> Iterator[str]:
    yield from _wrapped(f"drum kit {row.number}: ", drums(row), "no sounds")


def _song(row: SongRow) -> Iterator[str]:
    lasts = f", {length(row.seconds)}" if row.seconds else ""
    measures, effects = counted(row.measures, "measure"), " + ".join(row.effects)
    follows = "" if row.next_song == "none" else f", then {row.next_song}"
    yield f"{row.number} {row.name:<10} tempo {row.tempo}, {measures}{lasts}, {effects}{follows}"
    for track in row.tracks:
        start = f"  track {track.number}, channel {track.channel:>2}: "
        yield from _wrapped(start, track_words(track), "")
    for line in drawing(row.played, WIDTH - 2):
        yield f"  {line}"


def _marks(found: tuple[Mark, ...]) -> Iterator[str]:
    if found:
        yield ""
    for mark in found[:_MARKS]:
        yield f"{OUT_OF_RANGE} {mark_text(mark)}"
    if len(found) > _MARKS:
        yield f"{OUT_OF_RANGE} and {len(found) - _MARKS} more"


def _wrapped(start: str, words: Iterable[str], nothing: str) -> Iterator[str]:
    """Yield words with commas between, in lines of WIDTH that begin under the first word."""
    line, indent = start, " " * len(start)
    first = True
    for word in words:
        if not first and len(line) + len(word) > WIDTH - 2:
            yield f"{line},"
            line, first = indent, True
        line += word if first else f", {word}"
        first = False
    yield line + nothing if line == start else line
