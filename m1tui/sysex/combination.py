"""A combination: 124 bytes, with eight timbres of 11 bytes each."""

from __future__ import annotations

from m1tui.sysex.effects import Effects
from m1tui.sysex.names import CHANNELS, NOTES, PANS, SLOTS
from m1tui.sysex.record import Flag, Inner, InnerTable, Name, Number, Record

TYPES = ("single", "layer", "split", "velocity switch", "multi")
MULTI = TYPES.index("multi")
SLOTS_OF_A_BANK = 100
"""The card's programs are numbered behind the internal ones: 100 is C00."""


class Timbre(Record, size=11):
    """One timbre of a combination: which program sounds where, and what it listens to."""

    # Without exception in two factory sets the number counts from I00 in a multi, too: one less,
    # as the manual's table has it, would make FilmScore of a saxophone and a sitar.
    program = Number(0, "program", 0, 199, names=SLOTS)
    level = Number(1, "level")
    # Real banks go to two octaves either way, and use every pan and velocity.
    transpose = Number(2, "transpose", -24, 24)
    detune = Number(3, "detune", -50, 50)
    pan = Number(4, "pan", 0, 13, width=4, names=PANS)
    instrument = Flag(4, 7, "play mode", ("TIM", "INS"))
    key_top = Number(5, "key window top", 0, 127, names=NOTES)
    key_bottom = Number(6, "key window bottom", 0, 127, names=NOTES)
    velocity_top = Number(7, "velocity window top", 0, 127)
    velocity_bottom = Number(8, "velocity window bottom", 0, 127)
    program_change = Flag(9, 0, "program change filter", ("DIS", "ENA"))
    damper = Flag(9, 1, "damper filter", ("DIS", "ENA"))
    aftertouch = Flag(9, 2, "aftertouch filter", ("DIS", "ENA"))
    control = Flag(9, 3, "control filter", ("DIS", "ENA"))
    channel = Number(10, "MIDI channel", 0, 15, width=4, names=CHANNELS)
    off = Flag(10, 4, "timbre", ("on", "off"))


class Combination(Record, size=124):
    """One combination.

    Source: M1 MIDI implementation, note 7; ranges checked on 300 real combinations.
    """

    name = Name(0)
    type = Number(10, "Type", 0, MULTI, names=TYPES)
    effects = Inner(11, Effects, "Effects")
    timbres = InnerTable(36, Timbre, 8, "Timbre")

    def playing_from(self, card: bool | None) -> Combination:
        """Return the same combination with the programs of the card, or the internal ones.

        None is for comparing: numbers 00–99 whichever bank they are of.
        """
        first = SLOTS_OF_A_BANK if card else 0
        raw = bytearray(self.raw)
        for at in PROGRAM_PLACES:
            raw[at] = raw[at] % SLOTS_OF_A_BANK + first
        return self if raw == self.raw else Combination(bytes(raw))


_TABLE = Combination.timbres
PROGRAM_PLACES = range(
    _TABLE.offset + Timbre.program.offset, _TABLE.offset + _TABLE.size, _TABLE.record.size
)
"""Where the programs of the timbres stand; each fills its byte."""
