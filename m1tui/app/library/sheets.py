"""A memory's objects as tables: programs, combinations, drum kits, songs, and one with all values.

Pure functions from contents to rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from m1tui.app.theme import FAINT, LAMP
from m1tui.app.widgets.hanging import Paragraph
from m1tui.app.widgets.table import Column, Row
from m1tui.sysex import Contents, Record, Value
from m1tui.sysex.listing import (
    CombinationRow,
    KitRow,
    ProgramRow,
    SongRow,
    combination_rows,
    counted,
    drums,
    kit_rows,
    lacking,
    length,
    notes_of,
    numbered,
    plays,
    program_rows,
    song_rows,
    track_words,
)

OUT_OF_RANGE = "OUT OF RANGE"

EFFECTS = Column("Effects 1 + 2", 22, grows=True)
NUMBER, NAME = Column("No", 3), Column("Name", 10)
PROGRAM_COLUMNS = (NUMBER, NAME, Column("Mode", 6), Column("Sounds", 24, grows=True), EFFECTS)
COMBINATION_COLUMNS = (
    *(NUMBER, NAME, Column("Type", 15), Column("Plays", 30, grows=True)),
    Column("Effects 1 + 2", 30, wide=True),
)
KIT_COLUMNS = (Column("Kit", 15), Column("Sounds", 30, grows=True))
SONG_COLUMNS = (
    *(NUMBER, NAME, Column("Tempo", 5, right=True), Column("Tracks", 6, right=True)),
    *(Column("Notes", 6, right=True), Column("Changes", 7, right=True)),
    *(Column("Measures", 8, right=True), Column("Length", 6, right=True)),
    Column("Effects 1 + 2", 10, grows=True),
)
VALUE_COLUMNS = (
    Column("Parameter", 30),
    Column("Value", 14, grows=True),
    Column("Range", 26, grows=True),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a memory, and behind each row its whole text and the object itself."""

    title: str
    count: str = ""
    """How many rows there are, in words."""
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    details: tuple[tuple[Paragraph, ...], ...] = ()
    objects: tuple[tuple[str, Record], ...] = ()
    """What each row is called, and its record."""
    nothing: str = ""
    """Why there are no rows."""
    songs: tuple[SongRow, ...] = ()
    """The songs of a table of songs."""


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A value in a table of values, or the heading of a group."""

    row: Row
    value: Value | None
    """None for a heading or a note."""
    note: str = ""
    """What is to know of the object beside its values."""


def sheets(contents: Contents) -> tuple[Sheet, ...]:
    """Return the four tables; one that has no rows says why."""
    return (_programs(contents), _combinations(contents), _kits(contents), _songs(contents))


def _programs(contents: Contents) -> Sheet:
    rows = program_rows(contents)
    records = contents.programs or ()
    return Sheet(
        "Programs",
        counted(len(rows), "program"),
        PROGRAM_COLUMNS,
        tuple(
            Row((f"{r.number:02d}", r.name, r.mode, _plus(r.sounds), _plus(r.effects)))
            for r in rows
        ),
        tuple(map(_program_detail, rows)),
        tuple(_named("program", row.number, row.name, records) for row in rows),
        "This file contains no programs.",
    )


def _program_detail(row: ProgramRow) -> tuple[Paragraph, ...]:
    return (
        Paragraph("Program  ", FAINT, (f"{numbered('', row.number, row.name)}, {row.mode}",)),
        Paragraph("Sounds   ", FAINT, (_plus(row.sounds),)),
        Paragraph("Effects  ", FAINT, (_plus(row.effects),)),
    )


def _combinations(contents: Contents) -> Sheet:
    rows = combination_rows(contents)
    records = contents.combinations or ()
    return Sheet(
        "Combinations",
        counted(len(rows), "combination"),
        COMBINATION_COLUMNS,
        tuple(map(_combination_row, rows)),
        tuple(map(_combination_detail, rows)),
        tuple(_named("combination", row.number, row.name, records) for row in rows),
        "This file contains no combinations.",
    )


def _combination_row(row: CombinationRow) -> Row:
    played = ", ".join(map(plays, row.timbres)) or "no timbre is on"
    cells = (f"{row.number:02d}", row.name, row.type, played, _plus(row.effects))
    return Row(cells, "!" if lacking(row) else " ")


def _combination_detail(row: CombinationRow) -> tuple[Paragraph, ...]:
    timbres = (f"{one.number}: {plays(one)} {one.keys} level {one.level}" for one in row.timbres)
    told = [
        Paragraph("Combi    ", FAINT, (f"{numbered('', row.number, row.name)}, {row.type}",)),
        Paragraph("Timbres  ", FAINT, ("; ".join(timbres) or "none is on",)),
        Paragraph("Effects  ", FAINT, (_plus(row.effects),)),
    ]
    if slots := lacking(row):
        told.insert(1, Paragraph("MISSING  ", LAMP, (_not_there(slots),)))
    return tuple(told)


def _kits(contents: Contents) -> Sheet:
    data = contents.global_
    if data is None:
        return Sheet("Global, kits", nothing="This file contains no global data, so no drum kits.")
    rows = kit_rows(contents)
    settings = "tune, pedals, scale: Enter shows every setting"
    return Sheet(
        "Global, kits",
        counted(len(rows), "drum kit"),
        KIT_COLUMNS,
        (
            Row(("global", settings)),
            *(
                Row((f"drum kit {row.number}", ", ".join(drums(row)) or "no sounds"))
                for row in rows
            ),
        ),
        ((Paragraph("Global   ", FAINT, (settings,)),), *map(_kit_detail, rows)),
        (
            ("global", data),
            *((f"drum kit {row.number}", data.kits[row.number - 1]) for row in rows),
        ),
    )


def _kit_detail(row: KitRow) -> tuple[Paragraph, ...]:
    sounds = counted(len(row.instruments), "instrument")
    return (
        Paragraph("Kit      ", FAINT, (f"{row.number}: {sounds} with a sound",)),
        Paragraph("Sounds   ", FAINT, (", ".join(drums(row)),)),
    )


def _songs(contents: Contents) -> Sheet:
    sequence = contents.sequence
    if sequence is None:
        return Sheet("Songs", nothing="This file contains no sequencer data, so no songs.")
    rows = song_rows(contents)
    return Sheet(
        "Songs",
        f"{counted(len(rows), 'song')}, {contents.free_percent} % free",
        SONG_COLUMNS,
        tuple(map(_song_row, rows)),
        tuple(map(_song_detail, rows)),
        tuple(_named("song", row.number, row.name, sequence.songs) for row in rows),
        f"No song is in use; {contents.free_percent} % of the sequencer is free.",
        rows,
    )


def _song_row(row: SongRow) -> Row:
    notes = sum(track.notes for track in row.tracks)
    changes = sum(count for track in row.tracks for _, count in track.changes)
    figures = (row.tempo, len(row.tracks), notes, changes, row.measures)
    cells = (f"{row.number:02d}", row.name, *map(str, figures), length(row.seconds))
    missing = any(track.missing for track in row.tracks)
    return Row((*cells, _plus(row.effects)), "!" if missing else " ")


def _song_detail(row: SongRow) -> tuple[Paragraph, ...]:
    head = f"{numbered('', row.number, row.name)}, tempo {row.tempo}, "
    lasts = f", {length(row.seconds)}" if row.seconds else ""
    tracks = (
        f"{track.number} (ch {track.channel}): {', '.join(track_words(track))}"
        for track in row.tracks
    )
    return (
        Paragraph("Song     ", FAINT, (f"{head}{counted(row.measures, 'measure')}{lasts}",)),
        Paragraph("Tracks   ", FAINT, tuple(tracks) or ("none",)),
    )


def song_paragraphs(row: SongRow) -> tuple[Paragraph, ...]:
    """Return a song in full: what follows it, its effects, and each track."""
    follows = "none" if row.next_song == "none" else f"song {row.next_song}"
    return (
        *_song_detail(row),
        Paragraph("Next     ", FAINT, (follows,)),
        Paragraph("Effects  ", FAINT, (_plus(row.effects),)),
    )


def value_lines(record: Record) -> tuple[ValueLine, ...]:
    """Return every parameter of an object under the headings of its parts.

    The drum kits are objects of their own, beside global.
    """
    values = (value for value in record.values() if not value.path.startswith("kits["))
    lines = list(_grouped((value, _value_row(value)) for value in values))
    notes = notes_of(record)
    if notes:
        lines.append(ValueLine(Row(("Notes",), heading=True), None))
        lines += [ValueLine(Row(("Effects", "", note)), None, note) for note in notes]
    return tuple(lines)


def pair_lines(pairs: tuple[tuple[Value, Value], ...]) -> tuple[ValueLine, ...]:
    """Return the parameters that differ, with both values, under the headings of their parts."""
    return tuple(_grouped((mine, _pair_row(mine, theirs)) for mine, theirs in pairs))


def _grouped(rows: Iterable[tuple[Value, Row]]) -> Iterator[ValueLine]:
    """Yield the rows, with a heading wherever another part of the object begins."""
    before = ""
    for value, row in rows:
        part, _ = _divided(value.label)
        if part != before:
            yield ValueLine(Row((part or "General",), heading=True), None)
        before = part
        yield ValueLine(row, value)


def _divided(label: str) -> tuple[str, str]:
    """Return the part of the object that a value belongs to, and its name there."""
    part, _, name = label.rpartition(": ")
    return part, name


def _value_row(value: Value) -> Row:
    shown, allowed = value.shown.rstrip(), value.allowed
    if not value.valid:
        return Row((_divided(value.label)[1], shown, f"{OUT_OF_RANGE}: {allowed}"), "!")
    return Row((_divided(value.label)[1], shown, allowed))


def _pair_row(mine: Value, theirs: Value) -> Row:
    sign = " " if mine.valid and theirs.valid else "!"
    return Row((_divided(mine.label)[1], side(mine), side(theirs)), sign)


def side(value: Value) -> str:
    """Return a value as one of two, marked where it is out of range."""
    shown = value.shown.rstrip()
    return shown if value.valid else f"{shown} ({OUT_OF_RANGE})"


def line_detail(line: ValueLine) -> tuple[Paragraph, ...]:
    """Return a line's whole text: a value with its name and its range, or a note."""
    if line.note:
        return (Paragraph("Note   ", FAINT, (line.note,)),)
    return _value_detail(line.value) if line.value is not None else ()


def _value_detail(value: Value) -> tuple[Paragraph, ...]:
    allowed = value.allowed or "the manual gives none"
    if value.default:
        allowed += f"; default {value.default}"
    style = FAINT if value.valid else LAMP
    label = "Range  " if value.valid else "OUT OF RANGE  "
    return (
        Paragraph("Value  ", FAINT, (f"{value.label}: {value.shown.rstrip()}",)),
        Paragraph(label, style, (allowed,)),
    )


def _named(kind: str, number: int, name: str, records: tuple[Record, ...]) -> tuple[str, Record]:
    return numbered(kind, number, name), records[number]


def _not_there(slots: tuple[str, ...]) -> str:
    return f"{', '.join(slots)}: this memory has no such program"


def _plus(parts: Iterable[str]) -> str:
    return " + ".join(parts)
