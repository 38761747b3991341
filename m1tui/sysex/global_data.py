"""The global dump: tuning, pedals, scales and four drum kits, 861 bytes."""

from __future__ import annotations

from m1tui.sysex.names import DRUM_SOUNDS, NOTES, PANS
from m1tui.sysex.names import KEYS as KEYS
from m1tui.sysex.record import InnerTable, Number, Record, Sound

PEDALS = (
    "program/combi up",
    "program/combi down",
    "sequencer start/stop",
    "effect 1 switch",
    "effect 2 switch",
    "volume",
    "VDF cutoff",
    "effect 1 control",
    "effect 2 control",
    "edit slider",
)
SCALES = ("equal", "random", "pure major", "pure minor", "user")


class ScaleNote(Record, size=1):
    """One note of the user scale."""

    cents = Number(0, "deviation", -50, 50)


class DrumInstrument(Record, size=7):
    """One of the 30 instruments of a drum kit.  Byte 6 is of unknown meaning."""

    sound = Sound(0, "sound", ("off", *DRUM_SOUNDS), card=1)
    key = Number(1, "key", 0, 127, names=NOTES)
    pan = Number(2, "pan", 0, 13, names=PANS)
    tune = Number(3, "tune", -120, 120)
    level = Number(4, "level", -99)
    decay = Number(5, "decay", -99)


class DrumKit(Record, size=210):
    """One drum kit."""

    instruments = InnerTable(0, DrumInstrument, 30, "instrument", base=0)


class GlobalData(Record, size=861, unused=(19, 20)):
    """The global settings that a dump carries, and the drum kits.

    MIDI channel, clock source, local, MIDI filters, memory protects and memory allocation are
    in no dump.  Bytes 19 and 20 are unused and hold anything.  Source: real dumps.
    """

    master_tune = Number(0, "Master tune", -128, 127)
    key_transpose = Number(1, "Key transpose", -12, 12)
    damper_polarity = Number(2, "Damper polarity", 0, 1)
    pedal_1 = Number(3, "Assignable pedal 1", 0, 9, names=PEDALS)
    pedal_2 = Number(4, "Assignable pedal 2", 0, 9, names=PEDALS)
    scale = Number(5, "Scale", 0, 4, names=SCALES)
    pure_key = Number(6, "Pure scale key", 0, 11, names=KEYS)
    user_scale = InnerTable(7, ScaleNote, 12, "User scale note")
    kits = InnerTable(21, DrumKit, 4, "Drum kit")
