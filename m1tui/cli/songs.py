"""Songs as facts for scripts, and as Standard MIDI Files in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from m1tui.advice import Advice
from m1tui.cli.exits import Exit, Stop
from m1tui.cli.files import read_bytes, require_folder, write_chosen
from m1tui.cli.output import Call
from m1tui.files import shown
from m1tui.sysex import Contents
from m1tui.sysex.listing import SongRow, TrackRow, counted, song_rows
from m1tui.sysex.song_file import SongFile, song_files

NOTHING_WRITTEN = "Nothing was written; the files are as they were."


def write_songs(call: Call, contents: Contents, source: str, left: tuple[str, ...]) -> int:
    """Write each song into the folder that --songs names; 0 if all read back as they were meant.

    The folder is made where only itself is missing. No file is overwritten: Stop (usage), and
    nothing is written. `source` names the files that the songs come from, `left` says
    what of them was not understood.
    """
    folder: Path = call.arguments.songs
    files = song_files(contents)
    if not files:
        raise Stop(
            Exit.USAGE,
            Advice(
                "no-songs-in-file",
                f"{source} contains no songs.",
                NOTHING_WRITTEN,
                next_step="See what a file contains: m1tui inspect FILE --what all",
            ),
        )
    require_folder(folder)
    places = [folder / file.file_name for file in files]
    for place in places:
        if place.exists() or place.is_symlink():
            raise _taken(place, NOTHING_WRITTEN)
    written: list[Path] = []
    for file, place in zip(files, places, strict=True):
        _write(file, place, written)
        written.append(place)
    facts = {
        "outcome": "VERIFIED",
        "songs": [
            {
                "number": file.number,
                "name": file.name,
                "file": str(place),
                "bytes": len(file.data),
                "notes": file.notes,
                "left_out": list(file.left_out),
            }
            for file, place in zip(files, places, strict=True)
        ],
    }
    call.output.facts(facts, (*_written_lines(files, places), *left))
    return Exit.DONE


def _write(file: SongFile, place: Path, written: list[Path]) -> None:
    were = "song before it was" if len(written) == 1 else "songs before it were"
    safe = f"{len(written)} {were} written completely." if written else ""
    try:
        write_chosen(place, file.data)
    except FileExistsError:
        raise _taken(place, safe or NOTHING_WRITTEN) from None
    if read_bytes(place) != file.data:
        raise Stop(
            Exit.FAILED,
            Advice(
                "written-file-differs",
                f"{shown(place)} was written but does not read back correctly.",
                safe or "The files that were read are unchanged.",
                "The disk may be failing.",
                f"Do not use {shown(place)}; write to another disk.",
            ),
        )


def _taken(place: Path, safe: str) -> Stop:
    return Stop(
        Exit.USAGE,
        Advice(
            "file-exists",
            f"{shown(place)} already exists.",
            safe,
            next_step="Name another folder: m1tui does not overwrite files.",
        ),
    )


def _written_lines(files: tuple[SongFile, ...], places: list[Path]) -> Iterator[str]:
    yield f"VERIFIED: {counted(len(files), 'song')} as Standard MIDI Files, read again"
    for file, place in zip(files, places, strict=True):
        yield f"  {shown(place)}: {counted(file.notes, 'note')}, {len(file.data):,} bytes"
    yield "The limits of these MIDI files (each file also lists them):"
    for text in dict.fromkeys(text for file in files for text in file.left_out):
        numbers = [str(file.number) for file in files if text in file.left_out]
        which = "" if len(numbers) == len(files) else f"song {', '.join(numbers)}: "
        yield f"  {which}{text}"


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
