"""A memory as tables that a person reads: programs, combinations, drum kits, songs, by name.

Pure functions from contents to rows, and from rows to words.  Every text is harmless on a screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from m1tui.sysex.combination import MULTI, TYPES, Combination, Timbre
from m1tui.sysex.contents import Contents
from m1tui.sysex.effects import Effects, effect_notes
from m1tui.sysex.global_data import DrumInstrument, DrumKit
from m1tui.sysex.names import NOTES, SLOTS
from m1tui.sysex.program import DOUBLE, DRUMS, Program
from m1tui.sysex.record import Record, Value
from m1tui.sysex.sequence import TRACKS, Sequence, Song, TrackSound
from m1tui.sysex.steps import Change, Form, PatternCall, PlayedSong, PlayedTrack, play

_SINGLE = TYPES.index("single")


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A program: how its oscillators sound and which effects follow."""

    number: int
    name: str
    mode: str
    sounds: tuple[str, ...]
    """Each sounding oscillator's multisound and octave; in drums mode the drum kit alone."""
    effects: tuple[str, str]


@dataclass(frozen=True, slots=True)
class TimbreRow:
    """A timbre that sounds, and what it plays."""

    number: int
    slot: str
    """I00–I99 or C00–C99; the bare number where there is no such slot."""
    program: str
    """The program's name; empty where the memory at hand does not hold it."""
    missing: bool
    """Whether the slot is none that the memory's bank has."""
    level: int
    keys: str
    """The key window, such as C-1–G9."""


@dataclass(frozen=True, slots=True)
class CombinationRow:
    """A combination: its type, and the timbres that sound."""

    number: int
    name: str
    type: str
    timbres: tuple[TimbreRow, ...]
    effects: tuple[str, str]


@dataclass(frozen=True, slots=True)
class KitRow:
    """A drum kit: the instruments that have a sound, as (number, key, sound)."""

    number: int
    """1–4, as programs name it."""
    instruments: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track with steps: what it plays with, and what it holds."""

    number: int
    channel: int
    """1–16."""
    slot: str
    program: str
    missing: bool
    level: int
    notes: int
    """How many sound, those of its patterns included."""
    changes: tuple[tuple[str, int], ...]
    """Kinds of change, and how many of each."""
    keys: str
    """The lowest and the highest note, such as C2–A3 or C2; empty without a note."""
    programs: tuple[str, ...]
    """What its program changes choose, each once: "I17 Organ 2"."""
    patterns: tuple[PatternCall, ...]
    measures: int
    unknown: int
    """Steps of no known form."""


@dataclass(frozen=True, slots=True)
class SongRow:
    """A song in use."""

    number: int
    name: str
    tempo: int
    tracks: tuple[TrackRow, ...]
    measures: int
    seconds: float
    """Playing time at its tempo, 0 where that is not known."""
    effects: tuple[str, str]
    next_song: str
    """The song that follows: I00-I09, C00-C09, "none"."""
    played: PlayedSong
    """What sounds when."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value outside the manual's range, and the object that has it."""

    kind: str
    number: int | None
    name: str
    value: Value


def program_row(number: int, program: Program) -> ProgramRow:
    """Return the row of a program; the second oscillator only where it sounds."""
    mode = program.shown(Program.oscillator_mode)
    first = program.shown(Program.multisound_1)
    if program.oscillator_mode == DRUMS:
        sounds: tuple[str, ...] = (first,)
    else:
        sounds = (f"{first} {program.shown(Program.octave_1)}",)
        if program.oscillator_mode == DOUBLE:
            second = program.shown(Program.multisound_2)
            sounds += (f"{second} {program.shown(Program.octave_2)}",)
    return ProgramRow(number, program.name.rstrip(), mode, sounds, _effects(program.effects))


def program_rows(contents: Contents) -> tuple[ProgramRow, ...]:
    """Return a row for each program, none where the contents have no programs."""
    return tuple(program_row(at, one) for at, one in enumerate(contents.programs or ()))


def combination_row(number: int, combination: Combination, contents: Contents) -> CombinationRow:
    """Return the row of a combination; `contents` give its programs their names."""
    timbres = tuple(_timbre_row(at, one, contents) for at, one in _sounding(combination))
    kind = combination.shown(Combination.type)
    name = combination.name.rstrip()
    return CombinationRow(number, name, kind, timbres, _effects(combination.effects))


def combination_rows(contents: Contents) -> tuple[CombinationRow, ...]:
    """Return a row for each combination, none where the contents have no combinations."""
    combinations = contents.combinations or ()
    return tuple(combination_row(at, one, contents) for at, one in enumerate(combinations))


def kit_rows(contents: Contents) -> tuple[KitRow, ...]:
    """Return a row for each drum kit, none where the contents have no global data."""
    kits = contents.global_.kits if contents.global_ is not None else ()
    return tuple(KitRow(number, _instruments(kit)) for number, kit in enumerate(kits, 1))


def song_rows(contents: Contents) -> tuple[SongRow, ...]:
    """Return a row for each song in use, none where the contents have no sequence."""
    sequence = contents.sequence
    if sequence is None:
        return ()
    return tuple(
        _song_row(number, sequence.songs[number], sequence, contents)
        for number in sequence.songs_in_use
    )


def marks(contents: Contents) -> tuple[Mark, ...]:
    """Return every value outside the manual's range, in the order of memory."""
    return tuple(
        Mark(kind, number, _name(record), value)
        for kind, number, record in _records(contents)
        for value in record.problems()
    )


def record_of(contents: Contents, kind: str, number: int | None) -> Record | None:
    """Return an object by the words of a comparison; None where the contents lack it.

    `kind` is program, combination, global, drum instrument (counted through all kits), song or
    pattern.
    """
    if kind == "drum instrument" and contents.global_ is not None and number is not None:
        instruments = [one for kit in contents.global_.kits for one in kit.instruments]
        return instruments[number] if number < len(instruments) else None
    if kind == "pattern" and contents.sequence is not None and number is not None:
        patterns = contents.sequence.patterns
        return patterns[number] if number < len(patterns) else None
    found = (one for a_kind, at, one in _records(contents) if (a_kind, at) == (kind, number))
    return next(found, None)


def differing_values(one: Record, other: Record) -> tuple[tuple[Value, Value], ...]:
    """Return the values that two records of one kind hold differently, side by side."""
    return tuple((a, b) for a, b in one.pairs(other) if a.value != b.value)


def notes_of(record: Record) -> tuple[str, ...]:
    """Return what there is to know of an object that no single value says."""
    effects = getattr(record, "effects", None)
    return effect_notes(effects) if isinstance(effects, Effects) else ()


def _records(contents: Contents) -> Iterator[tuple[str, int | None, Record]]:
    """Yield the objects whose values have ranges; the drum kits stand in global."""
    for number, program in enumerate(contents.programs or ()):
        yield "program", number, program
    for number, combination in enumerate(contents.combinations or ()):
        yield "combination", number, combination
    if contents.global_ is not None:
        yield "global", None, contents.global_
    if contents.sequence is not None:
        for number, song in enumerate(contents.sequence.songs):
            yield "song", number, song


def _name(record: Record) -> str:
    return str(getattr(record, "name", "")).rstrip()


def _effects(effects: Effects) -> tuple[str, str]:
    return effects.shown(Effects.effect_1), effects.shown(Effects.effect_2)


def _sounding(combination: Combination) -> Iterator[tuple[int, Timbre]]:
    """Yield the timbres that the type uses and that are on, numbered from 1."""
    kind = combination.type
    used = 1 if kind == _SINGLE else TRACKS if kind >= MULTI else 2
    for number, timbre in enumerate(combination.timbres[:used], 1):
        if not timbre.off:
            yield number, timbre


def _timbre_row(number: int, timbre: Timbre, contents: Contents) -> TimbreRow:
    slot, program, missing = _program_at(timbre.program, contents)
    keys = f"{timbre.shown(Timbre.key_bottom)}–{timbre.shown(Timbre.key_top)}"
    return TimbreRow(number, slot, program, missing, timbre.level, keys)


def _program_at(number: int, contents: Contents) -> tuple[str, str, bool]:
    """Return slot, program name and whether the slot is missing, for a number from I00 on."""
    if number >= len(SLOTS):
        return str(number), "", True
    slot = SLOTS[number]
    programs = contents.programs
    if slot[0] == "C" or programs is None:
        # A dump of internal memory does not tell what a card holds, nor how much.
        return slot, "", False
    if number >= len(programs):
        return slot, "", True
    return slot, programs[number].name.rstrip(), False


def _instruments(kit: DrumKit) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (at, one.shown(DrumInstrument.key), one.shown(DrumInstrument.sound))
        for at, one in enumerate(kit.instruments)
        if one.sound
    )


def _song_row(number: int, song: Song, sequence: Sequence, contents: Contents) -> SongRow:
    played = play(sequence, number)
    return SongRow(
        number=number,
        name=song.name.rstrip(),
        tempo=song.tempo,
        tracks=tuple(_track_row(track, song, contents) for track in played.tracks),
        measures=played.measures,
        seconds=played.seconds(song.tempo),
        effects=_effects(song.effects),
        next_song=song.shown(Song.next_song),
        played=played,
    )


def _track_row(track: PlayedTrack, song: Song, contents: Contents) -> TrackRow:
    sound: TrackSound = song.sounds[track.number]
    slot, program, missing = _program_at(sound.program, contents)
    keys = track.key_range
    chosen = (
        program_name(event.first, contents)
        for event in track.events
        if isinstance(event, Change) and event.form is Form.PROGRAM
    )
    return TrackRow(
        number=track.number + 1,
        channel=song.channels[track.number].channel + 1,
        slot=slot,
        program=program,
        missing=missing,
        level=sound.level,
        notes=len(track.notes),
        changes=tuple(track.changes.items()),
        keys="" if keys is None else "–".join(dict.fromkeys(NOTES[key] for key in keys)),
        programs=tuple(dict.fromkeys(chosen)),
        patterns=track.calls,
        measures=len(track.track.measures),
        unknown=track.track.carried,
    )


def program_name(number: int, contents: Contents) -> str:
    """Return a program by its slot and, where the contents have it, its name: "I17 Organ 2"."""
    slot, name, _ = _program_at(number, contents)
    return f"{slot} {name}".rstrip()


def counted(count: int, word: str) -> str:
    """Return "1 note" or "2 notes"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def numbered(kind: str, number: int | None, name: str = "") -> str:
    """Return an object as a person calls it: 'program 17 "Organ 2"'."""
    digits = "" if number is None else f" {number:02d}"
    return (f'{kind}{digits} "{name}"' if name else f"{kind}{digits}").lstrip()


def plays(row: TimbreRow | TrackRow) -> str:
    """Return what a timbre or a track plays: "I00 Oak Grand", or "I73 MISSING"."""
    return f"{row.slot} MISSING" if row.missing else f"{row.slot} {row.program}".rstrip()


def lacking(row: CombinationRow) -> tuple[str, ...]:
    """Return the slots that a combination asks for and the memory does not have."""
    return tuple(timbre.slot for timbre in row.timbres if timbre.missing)


def drums(row: KitRow) -> tuple[str, ...]:
    """Return a drum kit's sounds with their keys: "C2 Kick1"."""
    return tuple(f"{key} {sound}" for _, key, sound in row.instruments)


def track_words(row: TrackRow) -> tuple[str, ...]:
    """Return what a track plays with and contains: its program, notes, changes, patterns."""
    notes = counted(row.notes, "note")
    words = [plays(row), f"{notes} {row.keys}".rstrip()]
    words += [counted(count, kind) for kind, count in row.changes]
    if row.programs:
        words.append(f"to {', '.join(row.programs)}")
    words += [
        f"pattern {number:02d} in {_measures(row, number)}"
        for number in dict.fromkeys(call.pattern for call in row.patterns)
    ]
    if row.unknown:
        words.append(f"{counted(row.unknown, 'step')} of unknown kind")
    return tuple(words)


def _measures(row: TrackRow, pattern: int) -> str:
    """Return the measures in which a pattern plays, counted from 1: "M3-4 M7-8"."""
    calls = (call for call in row.patterns if call.pattern == pattern)
    return " ".join(measure_range(call.measure, call.measures) for call in calls)


def measure_range(first: int, count: int) -> str:
    """Return measures as the M1 counts them, from 1: "M3" or "M3-4"; `first` is from 0."""
    return f"M{first + 1}" if count == 1 else f"M{first + 1}-{first + count}"


def length(seconds: float) -> str:
    """Return a playing time as minutes and seconds, "" where it is not known."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}" if seconds else ""


def mark_text(mark: Mark) -> str:
    """Return a value out of range, with what was expected and what was found."""
    value = mark.value
    return (
        f"{numbered(mark.kind, mark.number, mark.name)}: {value.label}: "
        f"expected {value.allowed}, found {value.shown}"
    )


# A song drawn in text


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
