"""What a page of the panel is, and the tree of pages as data, in the order of PAGE+.

Of the real display's words only the two allocations (100PROG/100COMBI/4400SEQ and
50PROG/50COMBI/7700SEQ), the card formats, and `CLK:INT` and `Local:on` as an owner read them are
known; every other label and word is this project's own sketch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from m1tui.manners import GLOBAL_PAGES as GLOBAL_PAGES_NUMBERED
from m1tui.sysex import Allocation, CardFormat, Mode, Part
from m1tui.sysex.combination import TYPES
from m1tui.sysex.global_data import KEYS, PEDALS, SCALES
from m1tui.sysex.program import OSCILLATOR_MODES
from m1tui.sysex.sequence import SONGS, TRACKS
from m1tui.sysex.steps import LONGEST_BEAT
from m1tui.virtual.performance import FASTEST, SLOWEST
from m1tui.virtual.settings import Model
from m1tui.virtual.steps import MOST_MEASURES


class Holder(Enum):
    """Where the value of a field lives."""

    SETTINGS = "settings"
    GLOBAL = "global"
    PROGRAM = "program edit buffer"
    COMBINATION = "combination edit buffer"
    SONG = "song"
    """The chosen song's record; {track} stands for the chosen track."""
    SEQUENCER = "sequencer"
    CHOICE = "choice"
    """On the page alone, until a command uses it."""


class Command(Enum):
    """What G executes on a command page."""

    ALLOCATE = "allocate"
    DUMP = "dump"
    CARD_LOAD = "load from card"
    CARD_SAVE = "save to card"
    CARD_FORMAT = "format card"
    ERASE_SONG = "erase song"
    ERASE_TRACK = "erase track"

    @property
    def asks(self) -> bool:
        """Whether the first G only asks, and a second one executes."""
        return self not in (Command.ALLOCATE, Command.DUMP)


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
    form: str = ""
    """How the display writes the value, where it is not the plain number."""

    def shown(self, value: int) -> str:
        """Return the value's word, or its number with a sign where it can be negative."""
        if self.words and 0 <= value - self.low < len(self.words):
            return self.words[value - self.low]
        if self.form:
            return self.form.format(value)
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


def numbers(letter: str, label: str, holder: Holder, name: str, low: int, high: int) -> PageField:
    """Return a field of plain numbers."""
    return PageField(letter, label, holder, name, low, high)


def words(letter: str, label: str, holder: Holder, name: str, names: tuple[str, ...]) -> PageField:
    """Return a field whose values 0, 1 and so on have names."""
    return PageField(letter, label, holder, name, 0, len(names) - 1, names)


def choice(name: str, names: tuple[str, ...]) -> PageField:
    """Return the one field of a command page: what G will do it with, the DOWN end first."""
    return words("B", "", Holder.CHOICE, name, names)


# The tree

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


_LAST_SONG, _LAST_TRACK = SONGS - 1, TRACKS - 1
_NO_SONG = 20
"""What a song's next one is where there is none."""


def _tracks(number: str, title: str, name: str, low: int, high: int, shift: int = 0) -> Page:
    fields = (
        PageField(letter, "", Holder.SONG, name.format(track), low, high, shift=shift)
        for track, letter in enumerate("ABCDEFGH")
    )
    return Page(number, title, tuple(fields))


SEQUENCER_PAGES = (
    Page(
        "0-1",
        "SONG",
        (
            numbers("B", "SONG", Holder.SEQUENCER, "song", 0, _LAST_SONG),
            PageField("C", "Tr", Holder.SEQUENCER, "track", 0, _LAST_TRACK, shift=1),
            PageField("F", "PROG", Holder.SONG, "sounds[{track}].program", 0, 99, form="I{:02d}"),
            PageField("H", "MEAS", Holder.SEQUENCER, "measure", 1, MOST_MEASURES, form="M{:03d}"),
        ),
    ),
    _tracks("1-1", "TRACK LEVEL", "sounds[{}].level", 0, 99),
    _tracks("1-2", "TRACK PAN", "sounds[{}].pan", 0, 13),
    _tracks("2-1", "TRACK CHANNEL", "channels[{}].channel", 0, 15, shift=1),
    Page(
        "3-1",
        "SONG SETTINGS",
        (
            numbers("B", "TEMP", Holder.SONG, "tempo", SLOWEST, FASTEST),
            numbers("D", "BEAT", Holder.SONG, "beat", 1, LONGEST_BEAT),
            numbers("F", "NEXT", Holder.SONG, "next_song", 0, _NO_SONG),
        ),
    ),
    Page(
        "3-2",
        "ERASE SONG",
        (numbers("B", "SONG", Holder.CHOICE, "song_to_erase", 0, _LAST_SONG),),
        Command.ERASE_SONG,
    ),
    _tracks("4-1", "TRACK TRANSPOSE", "sounds[{}].transpose", -24, 24),
    _tracks("4-2", "TRACK DETUNE", "sounds[{}].detune", -50, 50),
    Page(
        "4-3",
        "ERASE TRACK",
        (PageField("B", "TRACK", Holder.CHOICE, "track_to_erase", 0, _LAST_TRACK, shift=1),),
        Command.ERASE_TRACK,
    ),
)
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


Tree = dict[Mode, tuple[Page, ...]]

PAGES: Tree = {
    Mode.COMBI: (Page("0-1", "COMBI"),),
    Mode.EDIT_COMBI: EDIT_COMBINATION_PAGES,
    Mode.PROG: (Page("0-1", "PROG"),),
    Mode.EDIT_PROG: EDIT_PROGRAM_PAGES,
    Mode.GLOBAL: GLOBAL_PAGES,
    Mode.SEQUENCER: SEQUENCER_PAGES,
}
"""The M1's pages. In COMBI and PROG two digits pick a number, and there is no field."""
RACK_PAGES: Tree = PAGES | {
    Mode.GLOBAL: tuple(
        RACK_MIDI_PAGE if page.number == RACK_MIDI_PAGE.number else page for page in GLOBAL_PAGES
    )
}
"""The M1R's pages."""


_FIRST_UNKNOWN = 2
"""Where the sub-pages of GLOBAL 1 begin, behind 0-1 and 0-2."""


@cache
def pages_of(model: Model, numbering: str = GLOBAL_PAGES_NUMBERED.default) -> Tree:
    """Return the page tree of an instrument; the numbering of GLOBAL 1 to 4 is not known.

    `numbering` is an alternative of the manner "global-pages", which counts their sub-pages.
    """
    tree = RACK_PAGES if model is Model.M1R else PAGES
    pages = list(tree[Mode.GLOBAL])
    index = _FIRST_UNKNOWN
    for digit, count in enumerate(map(int, numbering.split("-")), 1):
        for sub in range(1, count + 1):
            pages[index] = replace(pages[index], number=f"{digit}-{sub}")
            index += 1
    return tree | {Mode.GLOBAL: tuple(pages)}


def page_of_digit(pages: tuple[Page, ...], digit: int) -> int | None:
    """Return the index of a digit's first sub-page, None where there is no such page."""
    places = (index for index, page in enumerate(pages) if page.digit == digit)
    return next(places, None)
