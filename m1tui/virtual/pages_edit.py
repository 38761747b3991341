"""The pages of EDIT PROG and EDIT COMBI: a choice of fields, in an order of this project's own."""

from __future__ import annotations

from m1tui.sysex.combination import TYPES
from m1tui.sysex.program import OSCILLATOR_MODES
from m1tui.virtual.page import Holder, Page, numbers, words

_OFF_ON = ("OFF", "ON")

EDIT_PROGRAM_PAGES = (
    Page(
        "0-1",
        "OSCILLATOR",
        (
            words("B", "MODE", Holder.PROGRAM, "oscillator_mode", OSCILLATOR_MODES),
            words("D", "ASGN", Holder.PROGRAM, "mono", ("poly", "mono")),
            words("F", "HOLD", Holder.PROGRAM, "hold", _OFF_ON),
        ),
    ),
    Page(
        "1-1",
        "OSCILLATOR 1",
        (
            numbers("B", "MSND", Holder.PROGRAM, "multisound_1", 0, 99),
            numbers("D", "OCT", Holder.PROGRAM, "octave_1", -1, 1),
            numbers("F", "LEVL", Holder.PROGRAM, "oscillator_1.level", 0, 99),
            numbers("H", "CUTF", Holder.PROGRAM, "oscillator_1.cutoff", 0, 99),
        ),
    ),
    Page(
        "2-1",
        "OSCILLATOR 2",
        (
            numbers("B", "MSND", Holder.PROGRAM, "multisound_2", 0, 99),
            numbers("D", "OCT", Holder.PROGRAM, "octave_2", -1, 1),
            numbers("F", "LEVL", Holder.PROGRAM, "oscillator_2.level", 0, 99),
            numbers("H", "CUTF", Holder.PROGRAM, "oscillator_2.cutoff", 0, 99),
        ),
    ),
)
EDIT_COMBINATION_PAGES = (
    Page("0-1", "COMBINATION TYPE", (words("B", "TYPE", Holder.COMBINATION, "type", TYPES),)),
    Page(
        "1-1",
        "TIMBRE LEVEL",
        tuple(
            numbers(letter, "", Holder.COMBINATION, f"timbres[{timbre}].level", 0, 99)
            for timbre, letter in enumerate("ABCDEFGH")
        ),
    ),
)
