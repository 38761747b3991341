"""A song drawn in text: a line for each track, a character for each measure."""

from __future__ import annotations

from collections.abc import Iterator

from m1tui.sysex.steps import PlayedSong, PlayedTrack

SILENT, HELD, FEW, SOME, MANY = ".", "_", "-", "=", "#"
PATTERN_BEGINS, PATTERN_GOES_ON = "P", "p"
FEW_NOTES, SOME_NOTES = 4, 12
"""The most notes of a measure that are few, and some."""
LEGEND = (
    f"{FEW} up to {FEW_NOTES} notes, {SOME} up to {SOME_NOTES}, {MANY} more, {HELD} held on, "
    f"{SILENT} silent, {PATTERN_BEGINS}{PATTERN_GOES_ON} a pattern"
)
_LABEL = "track 1 "
_RULER_STEP = 10


def drawing(song: PlayedSong, width: int) -> tuple[str, ...]:
    """Return the song's drawing in lines of at most `width` characters, at least 20.

    A long song is drawn with several measures to a character, the busiest of which counts. Of
    no tracks or measures there is no drawing.
    """
    if not song.measures:
        return ()
    room = max(width, 20) - len(_LABEL)
    each = -(-song.measures // room)
    lines = [" " * len(_LABEL) + _ruler(song.measures, each)]
    lines += [f"track {track.number + 1} {_line(song, track, each)}" for track in song.tracks]
    lines.append(LEGEND)
    if each > 1:
        lines.append(f"one character for {each} measures")
    return tuple(lines)


def _ruler(measures: int, each: int) -> str:
    """Return measure numbers over their columns, counted from 1."""
    columns = -(-measures // each)
    ruler = ""
    for column in range(0, columns, _RULER_STEP):
        number = str(column * each + 1)
        if len(ruler) == column and column + len(number) <= columns:
            ruler += number.ljust(_RULER_STEP)
    return ruler.rstrip()


def _line(song: PlayedSong, track: PlayedTrack, each: int) -> str:
    signs = list(_signs(song, track))
    groups = (signs[at : at + each] for at in range(0, len(signs), each))
    return "".join(max(group, key=_ORDER.index) for group in groups)


_ORDER = SILENT + HELD + PATTERN_GOES_ON + PATTERN_BEGINS + FEW + SOME + MANY
"""From what counts least in a group of measures to what counts most."""


def _signs(song: PlayedSong, track: PlayedTrack) -> Iterator[str]:
    """Yield a sign for each measure of the track."""
    ticks, measures = song.measure_ticks, len(track.track.measures)
    begins, sounds = [0] * measures, [False] * measures
    for note in track.notes:
        first, last = note.start // ticks, (note.start + note.length - 1) // ticks
        if first < measures:
            begins[first] += 1
        for measure in range(first, min(last + 1, measures)):
            sounds[measure] = True
    called = {}
    for call in track.calls:
        for measure in range(call.measure, call.measure + call.measures):
            called[measure] = PATTERN_BEGINS if measure == call.measure else PATTERN_GOES_ON
    for measure in range(measures):
        if measure in called:
            yield called[measure]
        elif not begins[measure]:
            yield HELD if sounds[measure] else SILENT
        elif begins[measure] <= FEW_NOTES:
            yield FEW
        else:
            yield SOME if begins[measure] <= SOME_NOTES else MANY
