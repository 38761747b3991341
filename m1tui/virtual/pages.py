"""The panel's page tree as data: pages in order, their fields, ranges, words and key letters.

Of the real display's words on these pages only the two allocations are known
(100PROG/100COMBI/4400SEQ and 50PROG/50COMBI/7700SEQ), and `CLK:INT` and `Local:on` as an owner
read them; every other label and word is this project's own sketch. So is the order of pages 1–4 of
GLOBAL: it is only known that exactly eleven sub-pages come before 5-1. Letters and values of
GLOBAL 5, 6 and 7 are those of the owner's guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from m1tui.sysex import Allocation, Mode, Part
from m1tui.sysex.combination import TYPES
from m1tui.sysex.global_data import KEYS, PEDALS, SCALES
from m1tui.sysex.program import OSCILLATOR_MODES


class Holder(Enum):
    """Where the value of a field lives."""

    SETTINGS = "settings"
    GLOBAL = "global"
    PROGRAM = "program edit buffer"
    COMBINATION = "combination edit buffer"
    SEQUENCER = "sequencer"
    CHOICE = "choice"
    """On the page alone, until a command uses it; every visit to the page starts anew."""


class Command(Enum):
    """What G executes on a command page."""

    ALLOCATE = "allocate"
    DUMP = "dump"


@dataclass(frozen=True, slots=True)
class PageField:
    """One value on a page: `letter` moves the cursor to it, UP and DOWN change it.

    `name` is a settings field, a record path or a choice; values run from `low` to `high`, and
    `words`, if there are any, are the values' names from `low` on.
    """

    letter: str
    label: str
    holder: Holder
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()
    shift: int = 0
    """What the display adds to the value: channels and tracks count from 1 there."""

    def shown(self, value: int) -> str:
        """Return the value's word, or its number with a sign where it can be negative."""
        if self.words and 0 <= value - self.low < len(self.words):
            return self.words[value - self.low]
        return f"{value + self.shift:+d}" if self.low < 0 else str(value + self.shift)


@dataclass(frozen=True, slots=True)
class Page:
    """One sub-page; `number` is the panel's, such as 5-2. The cursor starts on the first field."""

    number: str
    title: str
    fields: tuple[PageField, ...] = ()
    command: Command | None = None

    @property
    def digit(self) -> int:
        """The digit key that leads to this page or to a sub-page before it."""
        return int(self.number.split("-")[0])

    def field(self, letter: str) -> PageField | None:
        """Return the field over the key `letter`, None where there is none."""
        return next((field for field in self.fields if field.letter == letter), None)


_DIS_ENA = ("DIS", "ENA")
_OFF_ON = ("OFF", "ON")


def _numbers(letter: str, label: str, holder: Holder, name: str, low: int, high: int) -> PageField:
    return PageField(letter, label, holder, name, low, high)


def _words(letter: str, label: str, holder: Holder, name: str, words: tuple[str, ...]) -> PageField:
    return PageField(letter, label, holder, name, 0, len(words) - 1, words)


def _setting(letter: str, label: str, name: str, words: tuple[str, ...]) -> PageField:
    return _words(letter, label, Holder.SETTINGS, name, words)


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
        _numbers(letter, KEYS[note], Holder.GLOBAL, f"user_scale[{note}].cents", -50, 50)
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
            _numbers("A", "#", Holder.CHOICE, "instrument", 0, 29),
            _numbers("B", "SND", Holder.GLOBAL, f"{place}.sound", 0, 44),
            _numbers("C", "KEY", Holder.GLOBAL, f"{place}.key", 0, 127),
            _numbers("D", "PAN", Holder.GLOBAL, f"{place}.pan", 0, 13),
            _numbers("E", "TUN", Holder.GLOBAL, f"{place}.tune", -120, 120),
            _numbers("F", "LVL", Holder.GLOBAL, f"{place}.level", -99, 99),
            _numbers("G", "DCY", Holder.GLOBAL, f"{place}.decay", -99, 99),
        ),
    )


DUMP_PARTS = (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE, Part.ALL)
"""What the data dump page offers, DOWN end first."""
DATA_DUMP_PAGE = "7-1"
"""Where exclusive messages are received and sent whatever the filter says."""

GLOBAL_PAGES = (
    Page("0-1", "TUNE", (_numbers("F", "TUNE", Holder.GLOBAL, "master_tune", -50, 50),)),
    Page("0-2", "KEY", (_numbers("F", "TRNS", Holder.GLOBAL, "key_transpose", -12, 12),)),
    Page(
        "1-1",
        "DAMPER",
        (_words("B", "POL", Holder.GLOBAL, "damper_polarity", ("normal", "reverse")),),
    ),
    Page(
        "1-2",
        "ASSIGNABLE PEDALS",
        (
            _words("B", "1", Holder.GLOBAL, "pedal_1", PEDALS),
            _words("F", "2", Holder.GLOBAL, "pedal_2", PEDALS),
        ),
    ),
    Page(
        "2-1",
        "SCALE",
        (
            _words("B", "TYPE", Holder.GLOBAL, "scale", SCALES),
            _words("F", "KEY", Holder.GLOBAL, "pure_key", KEYS),
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
            _words(
                "B",
                "",
                Holder.CHOICE,
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
        (
            _words(
                "B",
                "",
                Holder.CHOICE,
                "part",
                ("PROGRAM", "COMBINATION", "GLOBAL", "SEQUENCE", "ALL DATA"),
            ),
        ),
        Command.DUMP,
    ),
)

EDIT_PROGRAM_PAGES = (
    Page(
        "0-1",
        "OSCILLATOR",
        (
            _words("B", "MODE", Holder.PROGRAM, "oscillator_mode", OSCILLATOR_MODES),
            _words("D", "ASGN", Holder.PROGRAM, "mono", ("poly", "mono")),
            _words("F", "HOLD", Holder.PROGRAM, "hold", _OFF_ON),
        ),
    ),
    Page(
        "1-1",
        "OSCILLATOR 1",
        (
            _numbers("B", "MSND", Holder.PROGRAM, "multisound_1", 0, 99),
            _numbers("D", "OCT", Holder.PROGRAM, "octave_1", -1, 1),
            _numbers("F", "LEVL", Holder.PROGRAM, "oscillator_1.level", 0, 99),
            _numbers("H", "CUTF", Holder.PROGRAM, "oscillator_1.cutoff", 0, 99),
        ),
    ),
    Page(
        "2-1",
        "OSCILLATOR 2",
        (
            _numbers("B", "MSND", Holder.PROGRAM, "multisound_2", 0, 99),
            _numbers("D", "OCT", Holder.PROGRAM, "octave_2", -1, 1),
            _numbers("F", "LEVL", Holder.PROGRAM, "oscillator_2.level", 0, 99),
            _numbers("H", "CUTF", Holder.PROGRAM, "oscillator_2.cutoff", 0, 99),
        ),
    ),
)
EDIT_COMBINATION_PAGES = (
    Page("0-1", "COMBINATION TYPE", (_words("B", "TYPE", Holder.COMBINATION, "type", TYPES),)),
    Page(
        "1-1",
        "TIMBRE LEVEL",
        tuple(
            _numbers(letter, "", Holder.COMBINATION, f"timbres[{timbre}].level", 0, 99)
            for timbre, letter in enumerate("ABCDEFGH")
        ),
    ),
)
SEQUENCER_PAGES = (
    Page(
        "0-1",
        "SONG",
        (
            _numbers("B", "SONG", Holder.SEQUENCER, "song", 0, 9),
            PageField("C", "Tr", Holder.SEQUENCER, "track", 0, 7, shift=1),
        ),
    ),
)
PAGES: dict[Mode, tuple[Page, ...]] = {
    Mode.COMBI: (Page("0-1", "COMBI"),),
    Mode.EDIT_COMBI: EDIT_COMBINATION_PAGES,
    Mode.PROG: (Page("0-1", "PROG"),),
    Mode.EDIT_PROG: EDIT_PROGRAM_PAGES,
    Mode.GLOBAL: GLOBAL_PAGES,
    Mode.SEQUENCER: SEQUENCER_PAGES,
}
"""Every mode's sub-pages, in the order in which PAGE+ steps through them."""


def page_of_digit(mode: Mode, digit: int) -> int | None:
    """Return the index of a digit's first sub-page, None where there is no such page."""
    places = (index for index, page in enumerate(PAGES[mode]) if page.digit == digit)
    return next(places, None)
