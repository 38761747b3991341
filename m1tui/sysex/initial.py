"""What an initialised M1 holds: every program and combination alike, an empty sequencer.

Only the programs' name is known (photographs of M1s after a memory loss); all values are assumed.
So an M1 that initialises itself in another way holds nothing that counts as worthless.
"""

from __future__ import annotations

from functools import cache

from m1tui.sysex.combination import Combination, Timbre
from m1tui.sysex.effects import THROUGH, Effects
from m1tui.sysex.global_data import DrumInstrument, GlobalData
from m1tui.sysex.program import INIT_NAME, ModulationGenerator, Oscillator, Program

INIT_COMBINATION_NAME = "Init Combi"
_CENTRE = 5
_ON = {"key_top": 127, "key_bottom": 0, "velocity_top": 127, "velocity_bottom": 1}
_HEARS_ALL = {"program_change": True, "damper": True, "aftertouch": True, "control": True}


@cache
def dry_effects() -> Effects:
    """Return two effects that let the signal through, both routed, panned to nowhere else."""
    return Effects.blank().replace(
        effect_1=THROUGH,
        effect_2=THROUGH,
        effect_1_left_on=True,
        effect_1_right_on=True,
        effect_2_left_on=True,
        effect_2_right_on=True,
    )


@cache
def init_oscillator() -> Oscillator:
    """Return an open filter and an amplifier that follows the key: an organ's envelope."""
    return Oscillator.blank().replace(
        cutoff=99,
        cutoff_key=60,
        level=99,
        amplitude_key=60,
        vda_attack_level=99,
        vda_break_point=99,
        vda_sustain_level=99,
    )


@cache
def init_program() -> Program:
    """Return `Init Prog`: the first multisound, plain.

    Only the name is known (photographs of M1s after a memory loss); the values are assumed.
    """
    still = ModulationGenerator.blank().replace(oscillator_1_on=True, oscillator_2_on=True)
    return Program.blank().replace(
        name=INIT_NAME,
        pitch_mg=still,
        cutoff_mg=still,
        joystick_bend=2,
        joystick_pitch_mg=20,
        effects=dry_effects(),
        oscillator_1=init_oscillator(),
        oscillator_2=init_oscillator(),
    )


@cache
def init_timbre() -> Timbre:
    """Return a timbre that plays program I00 over the whole keyboard."""
    return Timbre.blank().replace(level=99, pan=_CENTRE, **_ON, **_HEARS_ALL)


@cache
def init_combination() -> Combination:
    """Return `Init Combi`: one timbre that sounds, seven that are off (name and values assumed)."""
    sounding, silent = init_timbre(), init_timbre().replace(off=True)
    return Combination.blank().replace(
        name=INIT_COMBINATION_NAME,
        effects=dry_effects(),
        timbres=(sounding, *(silent,) * 7),
    )


@cache
def init_global() -> GlobalData:
    """Return concert pitch, an equal scale and four drum kits without a sound."""
    off = DrumInstrument.blank().replace(key=60, pan=_CENTRE)
    blank = GlobalData.blank()
    return blank.replace(
        kits=tuple(kit.replace(instruments=(off,) * len(kit.instruments)) for kit in blank.kits)
    )
