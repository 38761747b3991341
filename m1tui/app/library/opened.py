"""Opens a file of dumps: reads it, tells what it holds, and makes the tables that are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from m1tui.app.own_way import own_way
from m1tui.app.theme import FAINT, LAMP, LIT
from m1tui.app.widgets.hanging import Paragraph
from m1tui.files import DUMPS, read_bounded
from m1tui.store.dumpfacts import DumpedMemory, memories_in
from m1tui.sysex import Contents
from m1tui.sysex.causes import cause_of, is_problem, said
from m1tui.sysex.examine import Examination, Grade, examine
from m1tui.sysex.files import message_text, piece_text
from m1tui.sysex.forms.found import DumpFile
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.leaning import leaning_text, leanings
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

SOUND = Examination(Grade.SOUND, ())
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
    examined: Examination = SOUND
    """How far it can be trusted."""

    @property
    def damage(self) -> tuple[str, ...]:
        """What proves that it is damaged, in words."""
        return tuple(str(said(one)) for one in self.examined.findings if is_problem(one))


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
    memories = tuple(_memory(held) for held in memories_in(file))
    return Opened(path, len(data), file, memories)


def _memory(held: DumpedMemory) -> Memory:
    label = held.label if held.is_single else f"{held.bank} {held.label}"
    label = f"{held.member}: {label}" if held.member else label
    return Memory(label, held.contents, marks(held.contents), examine(held.contents))


def overview(opened: Opened, memory: Memory | None) -> tuple[Paragraph, ...]:
    """Return what a file holds, in one of its memories, and what is wrong with either."""
    file = opened.file
    told = [_said("Format", (_format(opened),))]
    if memory is not None:
        told += _of_memory(memory)
    told.append(_said("Messages", _first(tuple(map(message_text, file.messages)), "message")))
    noted = tuple(str(one) for one in file.problems if one.harmless)
    wrong = tuple(
        text
        for one in file.problems
        if not one.harmless
        for text in (str(one), *map(own_way, filter(None, cause_of(one.code))))
    )
    broken = tuple(piece_text(piece) for piece in file.pieces if piece.contents.parts)
    noted += tuple(map(str, file.notes))
    if broken:
        told.append(_said("BROKEN OFF", _first(broken, "piece"), LAMP))
    if noted:
        told.append(_said("In the file", _first(noted, "note")))
    if wrong:
        told.append(_said("PROBLEMS", _first(wrong, "problem"), LAMP))
    return tuple(told)


def _format(opened: Opened) -> str:
    inside = "".join(f" in {form}" for form in reversed(opened.file.containers))
    return f"{opened.file.format}{inside}, {opened.size:,} bytes"


def _of_memory(memory: Memory) -> list[Paragraph]:
    contents = memory.contents
    told = [_said("Contents", (", ".join(contents.describe()) or "nothing",)), _grade(memory)]
    if contents.allocation is not None:
        told.append(_said("Allocation", (contents.allocation.label,)))
    sequence = contents.sequence
    if sequence is not None:
        used = f"{counted(sequence.step_count, 'step')}, {contents.free_percent} % free"
        told.append(_said("Sequencer", (used,)))
    missing = missing_programs(contents)
    if missing:
        told.append(_said("MISSING", _first(missing, "object"), LAMP))
    elif contents.programs is not None and contents.combinations is not None:
        told.append(_said("Programs", ("no program in use is missing",), LIT))
    needs = tuple(map(leaning_text, leanings(contents)))
    if needs:
        told.append(_said("Needs", _first(needs, "need")))
    values = tuple(map(mark_text, memory.marks))
    if values:
        told.append(_said("OUT OF RANGE", _first(values, "value"), LAMP))
    else:
        told.append(_said("Values", ("all within the manual's ranges",), LIT))
    return told


def _grade(memory: Memory) -> Paragraph:
    """Return how far a memory can be trusted: with what speaks against it, and what to do."""
    examined = memory.examined
    if examined.grade is Grade.SOUND:
        return _said("Grade", ("sound",), LIT)
    texts = tuple(
        own_way(" ".join(filter(None, (f"{said(one)}.", *cause_of(one.code)))))
        for one in examined.findings
        if one.grade is not Grade.SOUND
    )
    return _said(examined.grade.name, texts, LAMP)


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
