"""Changes of the sequencer's memory: a track's steps replaced, songs and tracks erased."""

from __future__ import annotations

from itertools import accumulate

from m1tui.sysex import Sequence
from m1tui.sysex.sequence import SONGS, TRACKS, Song


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
