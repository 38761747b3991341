"""Songs as facts for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from m1tui.sysex import Contents
from m1tui.sysex.listing import SongRow, TrackRow, song_rows


def song_facts(message: int, contents: Contents) -> Iterator[dict[str, Any]]:
    """Yield each song in use; `message` is the place of its dump in the file, from 1."""
    for row in song_rows(contents):
        yield {"message": message, **_song(row)}


def _song(row: SongRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "tempo": row.tempo,
        "measures": row.measures,
        "measure_ticks": row.played.measure_ticks,
        "seconds": round(row.seconds, 3),
        "next_song": None if row.next_song == "none" else row.next_song,
        "effects": list(row.effects),
        "tracks": [_track(track) for track in row.tracks],
    }


def _track(row: TrackRow) -> dict[str, Any]:
    lowest, _, highest = row.keys.partition("–")
    return {
        "number": row.number,
        "channel": row.channel,
        "slot": row.slot,
        "program": row.program or None,
        "missing": row.missing,
        "level": row.level,
        "measures": row.measures,
        "notes": row.notes,
        "lowest": lowest or None,
        "highest": highest or lowest or None,
        "changes": dict(row.changes),
        "program_changes": list(row.programs),
        "patterns": [
            {"pattern": one.pattern, "measure": one.measure + 1, "measures": one.measures}
            for one in row.patterns
        ],
        "unknown_steps": row.unknown,
    }
