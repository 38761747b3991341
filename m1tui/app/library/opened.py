"""Opens a file of dumps: reads it, tells what it holds, and makes the tables that are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from m1tui.app.theme import FAINT, LAMP, LIT
from m1tui.app.widgets.hanging import Paragraph
from m1tui.files import DUMPS, read_bounded
from m1tui.store.dumpfacts import DumpedMemory, memories_in
from m1tui.sysex import Contents, DumpFile, read_file
from m1tui.sysex.files import message_text, singles
from m1tui.sysex.listing import (
    Mark,
    combination_rows,
    counted,
    lacking,
    mark_text,
    marks,
    numbered,
    song_rows,
)

SHOWN = 100
"""Findings of a kind that the overview names; noise read as a dump has thousands."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory of a file, as the screen shows it."""

    label: str
    """Which one it is: "internal all data"."""
    contents: Contents
    marks: tuple[Mark, ...] = ()
    """Its values out of range."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was read."""

    path: Path
    size: int
    file: DumpFile
    memories: tuple[Memory, ...]
    """Without any, the file holds nothing to look into."""


def open_file(path: Path) -> Opened:
    """Return what the file at `path` holds, whatever it is. Raises FileTrouble."""
    data = read_bounded(path, DUMPS)
    file = read_file(data)
    memories = [_memory(held) for held in memories_in(data, file)]
    single = singles(file)
    if single.parts:
        memories.append(Memory("single objects", single, marks(single)))
    return Opened(path, len(data), file, tuple(memories))


def _memory(held: DumpedMemory) -> Memory:
    return Memory(f"{held.bank} {held.label}", held.contents, marks(held.contents))


def overview(opened: Opened, memory: Memory | None) -> tuple[Paragraph, ...]:
    """Return what a file holds, in one of its memories, and what is wrong with either."""
    file = opened.file
    told = [_said("Format", (_format(opened),))]
    if memory is not None:
        told += _of_memory(memory)
    told.append(_said("Messages", _first(tuple(map(message_text, file.messages)), "message")))
    noted = tuple(str(one) for one in file.problems if one.harmless)
    wrong = tuple(str(one) for one in file.problems if not one.harmless)
    if noted:
        told.append(_said("In the file", _first(noted, "note")))
    if wrong:
        told.append(_said("PROBLEMS", _first(wrong, "problem"), LAMP))
    return tuple(told)


def _format(opened: Opened) -> str:
    return f"{opened.file.format}, {opened.size:,} bytes"


def _of_memory(memory: Memory) -> list[Paragraph]:
    contents = memory.contents
    told = [_said("Holds", (", ".join(contents.describe()) or "nothing",))]
    if contents.allocation is not None:
        told.append(_said("Allocation", (contents.allocation.label,)))
    sequence = contents.sequence
    if sequence is not None:
        used = f"{counted(sequence.step_count, 'step')}, {contents.free_percent} % free"
        told.append(_said("Sequencer", (used,)))
        if not sequence.offsets_are_sound:
            damaged = "The places where tracks begin are not in order; counts may be wrong."
            told.append(_said("DAMAGED", (damaged,), LAMP))
    missing = missing_programs(contents)
    if missing:
        told.append(_said("MISSING", _first(missing, "object"), LAMP))
    elif contents.programs is not None and contents.combinations is not None:
        told.append(_said("Programs", ("all that are used are there",), LIT))
    values = tuple(map(mark_text, memory.marks))
    if values:
        told.append(_said("OUT OF RANGE", _first(values, "value"), LAMP))
    else:
        told.append(_said("Values", ("all within the manual's ranges",), LIT))
    return told


def missing_programs(contents: Contents) -> tuple[str, ...]:
    """Return the combinations and songs that ask for programs which are not there."""
    combinations = (
        f"{numbered('combination', row.number, row.name)}: {', '.join(slots)}"
        for row in combination_rows(contents)
        if (slots := lacking(row))
    )
    songs = (
        f"{numbered('song', song.number, song.name)} track {track.number}: {track.slot}"
        for song in song_rows(contents)
        for track in song.tracks
        if track.missing
    )
    return (*combinations, *songs)


def _first(lines: tuple[str, ...], word: str) -> tuple[str, ...]:
    if not lines:
        return (f"no M1 {word}",)
    rest = len(lines) - SHOWN
    return (*lines[:SHOWN], f"and {counted(rest, f'more {word}')}") if rest > 0 else lines


def _said(label: str, texts: tuple[str, ...], style: str = FAINT) -> Paragraph:
    return Paragraph(label.ljust(14), style, texts)
