"""The demo bank: 100 programs, 100 combinations, four drum kits and two songs of our own.

`used_contents` is the same bank as a previous owner might have left it.

Made from `assets/demo-bank.toml`, whose head explains how it is read. Every value lies in the
M1's range; a source that breaks this, or names what does not exist, is a ValueError.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from collections.abc import Sequence as Items
from functools import cache
from typing import Any

from m1tui.resources import assets_folder
from m1tui.sysex import (
    Allocation,
    Combination,
    Contents,
    DrumKit,
    Effects,
    GlobalData,
    Oscillator,
    Program,
    Sequence,
    Timbre,
)
from m1tui.sysex.combination import TYPES
from m1tui.sysex.contents import dry_effects, init_global, init_timbre
from m1tui.sysex.effects import algorithm_of
from m1tui.sysex.global_data import PEDALS
from m1tui.sysex.sequence import TRACKS
from m1tui.sysex.steps import LONGEST, TICKS_PER_BEAT
from m1tui.virtual.editing import with_value
from m1tui.virtual.steps import MOST_MEASURES, end_step, measure_step, note_step

SOURCE = "demo-bank.toml"
_PRESETS = ("amplifier", "filter", "effects")
_OSCILLATOR_FIELDS = frozenset(field.name for field in Oscillator.fields)
_KIT_INSTRUMENTS = 30
_SWITCH_VELOCITY = 90

Table = Mapping[str, Any]


@cache
def demo_source() -> Table:
    """Return the source as TOML has it."""
    return tomllib.loads((assets_folder() / SOURCE).read_text(encoding="utf-8"))


@cache
def demo_contents() -> Contents:
    """Return the demo bank as all data in the 100/100 allocation."""
    source = demo_source()
    programs = tuple(
        _program(source, family, item) for family in source["family"] for item in family["programs"]
    )
    slots = {program.name.rstrip(): number for number, program in enumerate(programs)}
    combinations = tuple(
        _combination(source, family, item, slots)
        for family in source["combination_family"]
        for item in family["combinations"]
    )
    return Contents(
        programs=programs,
        combinations=combinations,
        global_=_global(source["kit"]),
        sequence=sequence_of(source["song"], slots, effects_of(source["effects"]["hall"])),
        allocation=Allocation.LARGE_PROGRAM,
    )


def _program(source: Table, family: Table, item: Table) -> Program:
    values: dict[str, Any] = dict(source["program"])
    presets = {kind: item.get(kind, family[kind]) for kind in _PRESETS}
    values |= source["amplifier"][presets["amplifier"]] | source["filter"][presets["filter"]]
    apart = (*_PRESETS, "title", "programs", "name")
    values |= {key: value for key, value in family.items() if key not in apart}
    values |= {key: value for key, value in item.items() if key not in apart}
    if "multisound_2" in values:
        values = {"oscillator_mode": 1} | values
    oscillator = Oscillator.blank()
    program = Program.blank().replace(
        name=item["name"], effects=effects_of(source["effects"][presets["effects"]])
    )
    for path, value in values.items():
        if path.split(".")[0] in _OSCILLATOR_FIELDS:
            oscillator = with_value(oscillator, path, value)
        else:
            program = with_value(program, path, value)
    return program.replace(oscillator_1=oscillator, oscillator_2=oscillator)


def effects_of(values: Table) -> Effects:
    """Return the effects block that a preset describes."""
    changed: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("effect_1", "effect_2"):
            # The instrument counts effects from 1; 33, through, is the byte 33 too.
            changed[name] = value if value == dry_effects().effect_1 else value - 1
        else:
            changed[name] = value
    # The parameters follow the type: the panel's defaults, and what the preset has of its own.
    for slot in ("effect_1", "effect_2"):
        algorithm = algorithm_of(changed[slot])
        own = changed.pop(f"{slot}_parameters", {})
        changed[f"{slot}_parameters"] = algorithm.set_to(own)
    return dry_effects().replace(**changed)


def _combination(
    source: Table, family: Table, item: Table, slots: Mapping[str, int]
) -> Combination:
    kind = TYPES.index(family["type"])
    sounds = [slots[name] for name in item["sounds"]]
    timbres = [_timbre(family, kind, place, slot) for place, slot in enumerate(sounds)]
    silent = init_timbre().replace(off=True)
    return Combination.blank().replace(
        name=item["name"],
        type=kind,
        effects=effects_of(source["effects"][family["effects"]]),
        timbres=tuple(timbres) + (silent,) * (8 - len(timbres)),
    )


def _timbre(family: Table, kind: int, place: int, slot: int) -> Timbre:
    timbre = init_timbre().replace(program=slot, level=99 if place == 0 else 82)
    match TYPES[kind]:
        case "split" if place == 0:
            return timbre.replace(key_top=family["split"] - 1)
        case "split":
            return timbre.replace(key_bottom=family["split"])
        case "velocity switch" if place == 0:
            return timbre.replace(velocity_top=_SWITCH_VELOCITY - 1)
        case "velocity switch":
            return timbre.replace(velocity_bottom=_SWITCH_VELOCITY)
        case "multi":
            return timbre.replace(channel=place)
    return timbre


def _global(kits: list[Table]) -> GlobalData:
    plain = kits[0]["instruments"]
    # Pedals that MIDI OUT tells of, so that a rehearsal can prove them.
    return init_global().replace(
        pedal_1=PEDALS.index("volume"),
        pedal_2=PEDALS.index("edit slider"),
        kits=tuple(_kit(plain, kit) for kit in kits),
    )


def _kit(plain: list[list[int]], kit: Table) -> DrumKit:
    instead = dict(kit.get("instead", []))
    blank = DrumKit.blank()
    instruments = tuple(
        blank.instruments[0].replace(
            sound=instead.get(sound, sound),
            key=key,
            pan=pan,
            tune=kit.get("tune", 0),
            level=kit.get("level", 0),
            decay=kit.get("decay", 0),
        )
        for sound, key, pan in plain
    )
    if len(instruments) != _KIT_INSTRUMENTS:
        raise ValueError(f"expected {_KIT_INSTRUMENTS} instruments, found {len(instruments)}")
    return blank.replace(instruments=instruments)


BEATS = 4
_TRACK_FLAGS = b"\x03" * TRACKS
_VELOCITY = 96
_NOTES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NOTE = re.compile(r"([A-G])(#?)(\d)")


def sequence_of(songs: Items[Table], slots: Mapping[str, int], effects: Effects) -> Sequence:
    """Return the sequencer's memory with `songs` in slots 0 and up.

    A song has name, tempo and tracks; a track names its program, which `slots` turns into a
    number, and its bars, played `times` times over. ValueError for a note that cannot be read.
    """
    empty = Sequence.empty()
    new = list(empty.songs)
    steps = b""
    offsets: list[int] = []
    for number in range(len(new)):
        song = songs[number] if number < len(songs) else None
        tracks = song["tracks"] if song else []
        if song:
            sounds = list(new[number].sounds)
            for place, track in enumerate(tracks):
                sounds[place] = sounds[place].replace(
                    program=slots[track["program"]], level=track.get("level", 99)
                )
            new[number] = new[number].replace(
                name=song["name"], tempo=song["tempo"], effects=effects, sounds=tuple(sounds)
            )
        for place in range(TRACKS):
            offsets.append(len(steps))
            if place < len(tracks):
                steps += _track_steps(tracks[place])
    offsets += [len(steps)] * (len(empty.control.offsets) - len(offsets))
    songs_with_flags = tuple(song.replace(flags=_TRACK_FLAGS) for song in new)
    control = empty.control.replace(songs=songs_with_flags, offsets=tuple(offsets))
    return Sequence(control, steps)


def _track_steps(track: Table) -> bytes:
    bars = list(track["bars"]) * track.get("times", 1)
    if len(bars) > MOST_MEASURES:
        raise ValueError(f"expected at most {MOST_MEASURES} measures, found {len(bars)}")
    measures = (measure_step(number) + _bar_steps(bar) for number, bar in enumerate(bars))
    return b"".join(measures) + end_step(BEATS * TICKS_PER_BEAT)


def _bar_steps(bar: str) -> bytes:
    steps = b""
    time = 0
    for word in bar.split():
        chord, _, beats = word.partition(":")
        ticks = round(float(beats) * TICKS_PER_BEAT)
        if chord != "r":
            for note in chord.split("+"):
                steps += _note_step(time, note, min(ticks - 2, LONGEST))
        time += ticks
    if time > BEATS * TICKS_PER_BEAT:
        raise ValueError(
            f"expected {BEATS} beats in a bar, found {time / TICKS_PER_BEAT:g} in {bar!r}"
        )
    return steps


def _note_step(time: int, note: str, length: int) -> bytes:
    match = _NOTE.fullmatch(note)
    if match is None:
        raise ValueError(f"expected a note such as F#3, found {note!r}")
    letter, sharp, octave = match.groups()
    # Middle C, key 60, is written C4 here.
    key = 12 * (int(octave) + 1) + _NOTES[letter] + bool(sharp)
    return note_step(time, _VELOCITY, length, key)


_SONGS = (
    "JAM TUES",
    "BALLAD?",
    "JAM WED",
    "FOR ANNA",
    "LOUD ONE",
    "INTRO B",
    "DEMO 4",
    "SLOW DEMO",
    "LAST JAM",
    "GOODBYE",
)
_BRIGHTER = 12
_BRIGHTEST = 99


@cache
def used_contents() -> Contents:
    """Return every second sound of the demo bank, last first, brighter, named in capitals.

    Ten songs leave less than 35 % of the sequencer free, so that the guide's trick works at once.
    """
    bank = demo_contents()
    source = demo_source()
    programs, combinations = bank.programs or (), bank.combinations or ()
    slots = {program.name.rstrip(): _moved(slot) for slot, program in enumerate(programs)}
    written = source["song"]
    songs = [written[place % 2] | {"name": name} for place, name in enumerate(_SONGS)]
    return bank.replace(
        programs=tuple(_reworked(program) for program in programs[::-2]),
        combinations=tuple(_rewired(combination) for combination in combinations[::-2]),
        sequence=sequence_of(songs, slots, effects_of(source["effects"]["room"])),
        allocation=Allocation.LARGE_SEQUENCE,
    )


def _moved(slot: int) -> int:
    """Return where the program of a slot of the demo bank is now, or else its neighbour."""
    return (99 - slot) // 2


def _rewired(combination: Combination) -> Combination:
    timbres = tuple(
        timbre if timbre.off else timbre.replace(program=_moved(timbre.program))
        for timbre in combination.timbres
    )
    return combination.replace(name=combination.name.upper(), timbres=timbres)


def _reworked(program: Program) -> Program:
    oscillator = program.oscillator_1
    cutoff = min(oscillator.cutoff + _BRIGHTER, _BRIGHTEST)
    return program.replace(
        name=program.name.upper(), oscillator_1=oscillator.replace(cutoff=cutoff)
    )
