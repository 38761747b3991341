"""A dump's memory as lines for a person: tables of its objects, every value of one, differences."""

from collections.abc import Iterable, Iterator

from m1tui.sysex import Contents, GlobalData, Part, Record, Value
from m1tui.sysex.listing import (
    CombinationRow,
    KitRow,
    Mark,
    ProgramRow,
    SongRow,
    TimbreRow,
    TrackRow,
    combination_rows,
    differing_values,
    kit_rows,
    marks,
    program_rows,
    song_rows,
)
from m1tui.sysex.names import KEYS

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
        used = _counted(len(shown.sequence.songs_in_use), "song")
        yield from ("", f"{used}, {contents.free_percent} % free")
        if not shown.sequence.offsets_are_sound:
            yield "DAMAGED: the places where tracks begin are not in order; counts may be wrong"
        for song in song_rows(contents):
            yield from _song(song)
    yield from _marks(marks(shown))


def every_value(record: Record) -> Iterator[str]:
    """Yield every parameter of one object with its range."""
    values = list(record.values())
    widest = max(len(value.label) for value in values)
    for value in values:
        allowed = f"  ({value.allowed})" if value.allowed else ""
        wrong = "" if value.valid else f"  {OUT_OF_RANGE}"
        yield f"  {value.label:<{widest}}  {value.shown}{allowed}{wrong}"


def side_by_side(one: Record, other: Record, count: int, limit: int) -> Iterator[str]:
    """Yield the first `limit` values that differ, each from both sides, and how many more.

    What `count` says above the values is steps of the object's tracks. Nothing is yielded where
    no value differs.
    """
    pairs = differing_values(one, other)
    if not pairs:
        return
    for mine, theirs in pairs[:limit]:
        yield f"    {mine.label}: {_side(mine)} | {_side(theirs)}"
    if len(pairs) > limit:
        yield f"    and {_counted(len(pairs) - limit, 'more value')}"
    if count > len(pairs):
        yield f"    and {_counted(count - len(pairs), 'step')} of its tracks"


def _side(value: Value) -> str:
    shown = value.shown.rstrip()
    return shown if value.valid else f"{shown} ({OUT_OF_RANGE})"


def _program(row: ProgramRow) -> str:
    sounds = " + ".join(row.sounds)
    effects = " + ".join(row.effects)
    return f"{row.number:02d} {row.name:<10} {row.mode:<6} {sounds:<30} {effects}"


def _combination(row: CombinationRow) -> Iterator[str]:
    start = f"{row.number:02d} {row.name:<10} {row.type:<8} "
    yield from _wrapped(start, map(_timbre, row.timbres), "no timbre is on")


def _timbre(row: TimbreRow) -> str:
    return _slot(row.slot, row.program, row.missing)


def _slot(slot: str, program: str, missing: bool) -> str:
    return f"{slot} MISSING" if missing else f"{slot} {program}".rstrip()


def _settings(data: GlobalData) -> Iterator[str]:
    """Yield what stands in global beside the drum kits."""
    for value in data.values():
        if "[" not in value.path:
            yield f"{value.label}: {value.shown}"
    scale = (f"{key} {note.cents:+d}" for key, note in zip(KEYS, data.user_scale, strict=True))
    yield from _wrapped("User scale: ", scale, "")


def _kit(row: KitRow) -> Iterator[str]:
    sounds = (f"{key} {sound}" for _, key, sound in row.instruments)
    yield from _wrapped(f"drum kit {row.number}: ", sounds, "no sounds")


def _song(row: SongRow) -> Iterator[str]:
    length = f", {row.seconds // 60:.0f}:{row.seconds % 60:02.0f}" if row.seconds else ""
    measures, effects = _counted(row.measures, "measure"), " + ".join(row.effects)
    yield f"{row.number} {row.name:<10} tempo {row.tempo}, {measures}{length}, {effects}"
    for track in row.tracks:
        start = f"  track {track.number}, channel {track.channel:>2}: "
        yield from _wrapped(start, _track(track), "")


def _track(row: TrackRow) -> Iterator[str]:
    steps = row.steps
    yield _slot(row.slot, row.program, row.missing)
    yield _counted(steps.notes, "note")
    yield _counted(steps.changes, "change")
    if steps.patterns:
        yield "patterns " + " ".join(f"{number:02d}" for number in steps.patterns)
    if steps.unknown:
        yield f"{_counted(steps.unknown, 'step')} of unknown kind"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _marks(found: tuple[Mark, ...]) -> Iterator[str]:
    if found:
        yield ""
    for mark in found[:_MARKS]:
        number = "" if mark.number is None else f" {mark.number:02d}"
        name = f' "{mark.name}"' if mark.name else ""
        value = mark.value
        yield (
            f"{OUT_OF_RANGE} {mark.kind}{number}{name}: {value.label}: "
            f"expected {value.allowed}, found {value.shown}"
        )
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
