"""What a page of the panel is: fields with ranges, words and key letters, and what G does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
