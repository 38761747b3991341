"""The demo bank: 100 programs, 100 combinations, four drum kits and two songs of our own.

Made from `assets/demo-bank.toml`, whose head explains how it is read. Every value lies in the
M1's range; a source that breaks this, or names what does not exist, is a ValueError.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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
    Timbre,
)
from m1tui.sysex.combination import TYPES
from m1tui.sysex.global_data import PEDALS
from m1tui.sysex.initial import dry_effects, init_global, init_timbre
from m1tui.virtual.paths import with_value
from m1tui.virtual.songs import sequence_of

SOURCE = "demo-bank.toml"
_PRESETS = ("amplifier", "filter", "effects")
_OSCILLATOR_FIELDS = frozenset(field.name for field in Oscillator.fields)
_KIT_INSTRUMENTS = 30
_SWITCH_VELOCITY = 90
_TOP = 127

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
            changed[name] = bytes(value) if isinstance(value, list) else value
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
