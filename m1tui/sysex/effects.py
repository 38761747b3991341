"""The effects block that programs, combinations and songs share: 25 bytes."""

from __future__ import annotations

from m1tui.sysex.fields import Flag, Number, Octets
from m1tui.sysex.names import EFFECTS, OUT_PANS
from m1tui.sysex.record import Record

THROUGH = 33
"""The effect type that lets the signal through."""
EFFECT_NAMES = (*EFFECTS, "through")


class Effects(Record, size=25):
    """Two effects with their balance, routing and parameters.

    Source: M1 MIDI implementation, program parameters 38–62; routing bits by two sources.
    """

    effect_1 = Number(0, "Effect 1 type", 0, THROUGH, names=EFFECT_NAMES)
    effect_2 = Number(1, "Effect 2 type", 0, THROUGH, names=EFFECT_NAMES)
    effect_1_left = Number(2, "Effect 1 balance left", 0, 100)
    effect_1_right = Number(3, "Effect 1 balance right", 0, 100)
    effect_2_left = Number(4, "Effect 2 balance left", 0, 100)
    effect_2_right = Number(5, "Effect 2 balance right", 0, 100)
    out_3_pan = Number(6, "Output 3 pan", 0, 101, names=OUT_PANS)
    out_4_pan = Number(7, "Output 4 pan", 0, 101, names=OUT_PANS)
    effect_1_left_on = Flag(8, 0, "Effect 1 left")
    effect_1_right_on = Flag(8, 1, "Effect 1 right")
    effect_2_left_on = Flag(8, 2, "Effect 2 left")
    effect_2_right_on = Flag(8, 3, "Effect 2 right")
    serial = Flag(8, 4, "Placement", ("parallel", "serial"))
    # What these bytes mean depends on the effect type; they are carried whole.
    effect_1_parameters = Octets(9, 8, "Effect 1 parameters")
    effect_2_parameters = Octets(17, 8, "Effect 2 parameters")
