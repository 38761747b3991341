"""A program: 143 bytes, with two oscillators of 40 bytes each."""

from __future__ import annotations

from m1tui.sysex.effects import Effects
from m1tui.sysex.names import MULTISOUNDS, NOTES, OCTAVES
from m1tui.sysex.record import Flag, Inner, Name, Number, Record, Sound

OSCILLATOR_MODES = ("single", "double", "drums")
DOUBLE = OSCILLATOR_MODES.index("double")
DRUMS = OSCILLATOR_MODES.index("drums")
DRUM_KITS = 8
"""Drum kits that a program can name: the four in memory, then (inferred) the card's four."""
MG_WAVES = ("triangle", "saw up", "saw down", "rectangle")
INIT_NAME = "Init Prog"
"""What an initialised M1 calls each of its programs."""


class ModulationGenerator(Record, size=4):
    """A modulation generator: waveform and targets in one byte, then three amounts."""

    waveform = Number(0, "waveform", 0, 3, width=2, names=MG_WAVES)
    oscillator_1_on = Flag(0, 5, "oscillator 1")
    oscillator_2_on = Flag(0, 6, "oscillator 2")
    key_sync = Flag(0, 7, "key sync")
    frequency = Number(1, "frequency")
    delay = Number(2, "delay")
    intensity = Number(3, "intensity")


class Switches(Record, size=1):
    """Which segments of an envelope a source shortens or lengthens."""

    attack = Flag(0, 0, "attack")
    decay = Flag(0, 1, "decay")
    slope = Flag(0, 2, "slope")
    release = Flag(0, 3, "release")
    attack_polarity = Flag(0, 4, "attack polarity", ("+", "-"))
    decay_polarity = Flag(0, 5, "decay polarity", ("+", "-"))
    slope_polarity = Flag(0, 6, "slope polarity", ("+", "-"))
    release_polarity = Flag(0, 7, "release polarity", ("+", "-"))


class Oscillator(Record, size=40):
    """Pitch EG, VDF and VDA of one oscillator (program parameters 63–102, again 103–142)."""

    pitch_start = Number(0, "Pitch EG start level", -99)
    pitch_attack_time = Number(1, "Pitch EG attack time")
    pitch_attack_level = Number(2, "Pitch EG attack level", -99)
    pitch_decay_time = Number(3, "Pitch EG decay time")
    pitch_release_time = Number(4, "Pitch EG release time")
    pitch_release_level = Number(5, "Pitch EG release level", -99)
    pitch_time_velocity = Number(6, "Pitch EG time velocity", -99)
    pitch_level_velocity = Number(7, "Pitch EG level velocity", -99)
    cutoff = Number(8, "VDF cutoff")
    cutoff_key = Number(9, "VDF keyboard track centre key", 0, 127, names=NOTES)
    cutoff_track = Number(10, "VDF cutoff keyboard track", -99)
    vdf_intensity = Number(11, "VDF EG intensity")
    vdf_time_track = Number(12, "VDF EG time keyboard track")
    vdf_time_velocity = Number(13, "VDF EG time velocity")
    vdf_intensity_velocity = Number(14, "VDF EG intensity velocity", -99)
    vdf_attack_time = Number(15, "VDF EG attack time")
    vdf_attack_level = Number(16, "VDF EG attack level", -99)
    vdf_decay_time = Number(17, "VDF EG decay time")
    vdf_break_point = Number(18, "VDF EG break point", -99)
    vdf_slope_time = Number(19, "VDF EG slope time")
    vdf_sustain_level = Number(20, "VDF EG sustain level", -99)
    vdf_release_time = Number(21, "VDF EG release time")
    vdf_release_level = Number(22, "VDF EG release level", -99)
    level = Number(23, "Oscillator level")
    amplitude_key = Number(24, "VDA keyboard track centre key", 0, 127, names=NOTES)
    amplitude_track = Number(25, "VDA amplitude keyboard track", -99)
    amplitude_velocity = Number(26, "VDA amplitude velocity", -99)
    vda_time_track = Number(27, "VDA EG time keyboard track")
    vda_time_velocity = Number(28, "VDA EG time velocity")
    vda_attack_time = Number(29, "VDA EG attack time")
    vda_attack_level = Number(30, "VDA EG attack level")
    vda_decay_time = Number(31, "VDA EG decay time")
    vda_break_point = Number(32, "VDA EG break point")
    vda_slope_time = Number(33, "VDA EG slope time")
    vda_sustain_level = Number(34, "VDA EG sustain level")
    vda_release_time = Number(35, "VDA EG release time")
    # The four bytes' order (filter before amplifier, track before velocity) follows that of the
    # amounts above; no source spells it out.
    vdf_track_switches = Inner(36, Switches, "VDF EG time keyboard track")
    vdf_velocity_switches = Inner(37, Switches, "VDF EG time velocity")
    vda_track_switches = Inner(38, Switches, "VDA EG time keyboard track")
    vda_velocity_switches = Inner(39, Switches, "VDA EG time velocity")


class Multisound(Sound):
    """What an oscillator plays: 0–99 the ROM's multisounds, above a PCM card's.

    In a program of drums it is the drum kit instead.
    """

    def __init__(self, offset: int, label: str, mode: Number) -> None:
        super().__init__(offset, label, MULTISOUNDS, card=0)
        self.mode = mode

    def shown_in(self, raw: bytes) -> str:
        """Return the multisound's name, or which drum kit it is."""
        value = self.read(raw)
        return f"drum kit {value + 1}" if self.mode.read(raw) == DRUMS else self.show(value)

    def allowed_in(self, raw: bytes) -> str:
        """Return the first and the last multisound, or drum kit."""
        if self.mode.read(raw) == DRUMS:
            return f"drum kit 1 to drum kit {DRUM_KITS}"
        return super().allowed_in(raw)

    def is_valid_in(self, raw: bytes) -> bool:
        """Tell whether there can be such a multisound, or such a drum kit."""
        return self.mode.read(raw) != DRUMS or self.read(raw) < DRUM_KITS


class Program(Record, size=143):
    """One program.

    Source: M1 MIDI implementation, note 6; ranges checked on 400 real programs.
    """

    name = Name(0)
    oscillator_mode = Number(10, "Oscillator mode", 0, 2, names=OSCILLATOR_MODES)
    mono = Flag(11, 0, "Assign", ("poly", "mono"))
    hold = Flag(11, 1, "Hold")
    multisound_1 = Multisound(12, "Oscillator 1 multisound", oscillator_mode)
    octave_1 = Number(13, "Oscillator 1 octave", -1, 1, names=OCTAVES)
    multisound_2 = Multisound(14, "Oscillator 2 multisound", oscillator_mode)
    octave_2 = Number(15, "Oscillator 2 octave", -1, 1, names=OCTAVES)
    interval = Number(16, "Oscillator 2 interval", -12, 12)
    detune = Number(17, "Oscillator 2 detune", -50, 50)
    delay = Number(18, "Oscillator 2 delay start")
    pitch_mg = Inner(19, ModulationGenerator, "Pitch MG")
    cutoff_mg = Inner(23, ModulationGenerator, "VDF MG")
    aftertouch_pitch = Number(27, "Aftertouch pitch bend", -12, 12)
    aftertouch_pitch_mg = Number(28, "Aftertouch pitch MG")
    aftertouch_cutoff = Number(29, "Aftertouch VDF cutoff", -99)
    aftertouch_cutoff_mg = Number(30, "Aftertouch VDF MG")
    aftertouch_amplitude = Number(31, "Aftertouch VDA amplitude", -99)
    joystick_bend = Number(32, "Joystick pitch bend", -12, 12)
    joystick_sweep = Number(33, "Joystick VDF sweep", -99)
    joystick_pitch_mg = Number(34, "Joystick pitch MG")
    joystick_pitch_mg_frequency = Number(35, "Joystick pitch MG frequency", 0, 3)
    joystick_cutoff_mg = Number(36, "Joystick VDF MG")
    joystick_cutoff_mg_frequency = Number(37, "Joystick VDF MG frequency", 0, 3)
    effects = Inner(38, Effects, "Effects")
    oscillator_1 = Inner(63, Oscillator, "Oscillator 1")
    oscillator_2 = Inner(103, Oscillator, "Oscillator 2")
