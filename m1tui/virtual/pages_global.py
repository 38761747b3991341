"""The pages of GLOBAL.

Letters and values of GLOBAL 5 to 9 are those of the owner's guide. The order of pages 1–4 is a
sketch: it is only known that exactly eleven sub-pages come before 5-1.
"""

from __future__ import annotations

from m1tui.sysex import Allocation, CardFormat, Part
from m1tui.sysex.global_data import KEYS, PEDALS, SCALES
from m1tui.virtual.page import Command, Holder, Page, PageField, choice, numbers, words

_DIS_ENA = ("DIS", "ENA")
_OFF_ON = ("OFF", "ON")


def _setting(letter: str, label: str, name: str, names: tuple[str, ...]) -> PageField:
    return words(letter, label, Holder.SETTINGS, name, names)


def _protect(number: str, what: str, name: str) -> Page:
    return Page(
        number,
        f"MEMORY PROTECT {what}",
        (
            _setting("B", "INT", f"protect_{name}_internal", _OFF_ON),
            _setting("D", "CARD", f"protect_{name}_card", _OFF_ON),
        ),
    )


def _user_scale(number: str, first: int, letters: str) -> Page:
    fields = tuple(
        numbers(letter, KEYS[note], Holder.GLOBAL, f"user_scale[{note}].cents", -50, 50)
        for note, letter in enumerate(letters, first)
    )
    return Page(number, "USER SCALE", fields)


def _drum_kit(number: str, kit: int) -> Page:
    # {instrument} is filled in with the page's choice of instrument.
    place = f"kits[{kit}].instruments[{{instrument}}]"
    return Page(
        number,
        f"DRUM KIT {kit + 1}",
        (
            numbers("A", "#", Holder.CHOICE, "instrument", 0, 29),
            numbers("B", "SND", Holder.GLOBAL, f"{place}.sound", 0, 44),
            numbers("C", "KEY", Holder.GLOBAL, f"{place}.key", 0, 127),
            numbers("D", "PAN", Holder.GLOBAL, f"{place}.pan", 0, 13),
            numbers("E", "TUN", Holder.GLOBAL, f"{place}.tune", -120, 120),
            numbers("F", "LVL", Holder.GLOBAL, f"{place}.level", -99, 99),
            numbers("G", "DCY", Holder.GLOBAL, f"{place}.decay", -99, 99),
        ),
    )


CARD_PARTS = (
    frozenset({Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL}),
    frozenset({Part.SEQUENCE}),
)
"""What the card's load and save pages offer, DOWN end first. That there are these two is assumed:
the guide's one DOWN must reach programs and combinations; the drum kits must travel with them."""
_CARD_WORDS = ("PROG/COMBI", "SEQUENCE")
CARD_FORMATS = (CardFormat.PROGRAMS, CardFormat.PROGRAMS_AND_SEQUENCE, CardFormat.SEQUENCE)
"""What the format page offers, DOWN end first."""
DUMP_PARTS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE, Part.ALL)
"""What the data dump page offers, DOWN end first."""
DATA_DUMP_PAGE = "7-1"
"""Where exclusive messages are received and sent whatever the filter says."""

GLOBAL_PAGES = (
    Page("0-1", "TUNE", (numbers("F", "TUNE", Holder.GLOBAL, "master_tune", -50, 50),)),
    Page("0-2", "KEY", (numbers("F", "TRNS", Holder.GLOBAL, "key_transpose", -12, 12),)),
    Page(
        "1-1",
        "DAMPER",
        (words("B", "POL", Holder.GLOBAL, "damper_polarity", ("normal", "reverse")),),
    ),
    Page(
        "1-2",
        "ASSIGNABLE PEDALS",
        (
            words("B", "1", Holder.GLOBAL, "pedal_1", PEDALS),
            words("F", "2", Holder.GLOBAL, "pedal_2", PEDALS),
        ),
    ),
    Page(
        "2-1",
        "SCALE",
        (
            words("B", "TYPE", Holder.GLOBAL, "scale", SCALES),
            words("F", "KEY", Holder.GLOBAL, "pure_key", KEYS),
        ),
    ),
    _user_scale("3-1", 0, "ABCDEFGH"),
    _user_scale("3-2", 8, "ABCD"),
    *(_drum_kit(f"4-{kit + 1}", kit) for kit in range(4)),
    Page(
        "5-1",
        "MIDI GLOBAL",
        (
            PageField("B", "Ch", Holder.SETTINGS, "channel", 0, 15, shift=1),
            _setting("D", "CLK", "clock_external", ("INT", "EXT")),
            _setting("F", "Local", "local", ("off", "on")),
        ),
    ),
    Page(
        "5-2",
        "MIDI FILTERING",
        (
            _setting("B", "PROG", "program_change", _DIS_ENA),
            _setting("D", "AFTT", "aftertouch", _DIS_ENA),
            _setting("F", "CTRL", "control", _DIS_ENA),
            _setting("H", "EXCL", "exclusive", _DIS_ENA),
        ),
    ),
    _protect("6-1", "PROGRAM", "program"),
    _protect("6-2", "COMBINATION", "combination"),
    _protect("6-3", "SEQUENCE DATA", "sequence"),
    Page(
        "6-4",
        "MEMORY ALLOCATION",
        (
            choice(
                "allocation",
                tuple(
                    f"{one.programs}PROG/{one.combinations}COMBI/{one.steps}SEQ"
                    for one in Allocation
                ),
            ),
        ),
        Command.ALLOCATE,
    ),
    Page(
        DATA_DUMP_PAGE,
        "MIDI DATA DUMP",
        (choice("part", ("PROGRAM", "COMBINATION", "GLOBAL", "SEQUENCE", "ALL DATA")),),
        Command.DUMP,
    ),
    Page("8-1", "CARD LOAD", (choice("load", _CARD_WORDS),), Command.CARD_LOAD),
    Page("9-1", "CARD SAVE", (choice("save", _CARD_WORDS),), Command.CARD_SAVE),
    Page(
        "9-2",
        "CARD FORMAT",
        (choice("format", ("100PROG/100COMBI", "50PROG/50COMBI/4200SEQ", "7700STEP SEQUENCE")),),
        Command.CARD_FORMAT,
    ),
)

RACK_MIDI_PAGE = Page(
    "5-1",
    "MIDI GLOBAL",
    (
        PageField("B", "Ch", Holder.SETTINGS, "channel", 0, 15, shift=1),
        _setting("D", "CLK", "clock_external", ("INT", "EXT")),
        _setting("F", "OVERFLOW", "overflow", ("off", "on")),
    ),
)
"""What the M1R has in the place of 5-1: OVERFLOW where the keyboard has LOCAL."""
