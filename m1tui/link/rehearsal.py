"""The small interface beside the bytes, by which a rehearsal handles a virtual instrument."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

TITLE = "a virtual M1"
"""What the link to one is called; backups that were rehearsed are known by it."""

LONGEST_WAIT = 3600
"""Seconds that one action may let pass."""

SEEN_SECONDS = 5.0
"""What of a wait, or of playing, really passes: so whoever looks once a second sees it."""


@dataclass(frozen=True, slots=True)
class Action:
    """A physical action: its word, and what stands behind it."""

    word: str
    argument: str = ""


def _no_argument(argument: str) -> None:
    if argument:
        raise ValueError(f"expected nothing after it, found {argument!r}")


def _seconds(argument: str) -> None:
    _number(argument, "seconds", 0, LONGEST_WAIT)


# The virtual M1 is imported where it is asked: listing ports does without it.


def _key_of_the_keybed(argument: str) -> None:
    from m1tui.virtual.controls import FIRST_KEY, LAST_KEY

    if argument:
        _number(argument, "a key on the keybed", FIRST_KEY, LAST_KEY)


def _number(text: str, what: str, low: int, high: int) -> None:
    if not (text.isascii() and text.isdigit() and low <= int(text[:6]) <= high):
        raise ValueError(f"expected {what}, {low} to {high}, found {text!r}")


def _volts(argument: str) -> None:
    if not re.fullmatch(r"\d\.\d{1,2}", argument):
        raise ValueError(f"expected volts, such as 2.4, found {argument!r}")


def _panel_keys(argument: str) -> None:
    from m1tui.virtual.keys import parse_keys

    parse_keys(argument)


VOCABULARY: dict[str, Callable[[str], None]] = {
    "power-off": _no_argument,
    "power-on": _panel_keys,
    "remove-cell": _no_argument,
    "insert-cell": _no_argument,
    "try-cell": _volts,
    "insert-card": _no_argument,
    "insert-rom-card": _no_argument,
    "insert-song-card": _no_argument,
    "remove-card": _no_argument,
    "remove-card-cell": _no_argument,
    "insert-card-cell": _no_argument,
    "card-protect-on": _no_argument,
    "card-protect-off": _no_argument,
    "mend": _no_argument,
    "insert-pcm-card": _no_argument,
    "remove-pcm-card": _no_argument,
    "play": _key_of_the_keybed,
    "play-for": _seconds,
    "press-hard": _no_argument,
    "joystick": _no_argument,
    "slider": _no_argument,
    "pedals": _no_argument,
    "wait": _seconds,
    "press": _panel_keys,
}
"""Every action's word, and what checks the argument behind it.

| action            | does                                                                   |
|-------------------|------------------------------------------------------------------------|
| power-on KEYS     | switches on while panel keys are held: "power-on INT CARD COMBI"       |
| try-cell VOLTS    | with that cell in, switches off and on; then puts the former one back  |
| insert-card       | the card on the table, or a RAM card formatted 100PROG/100COMBI; a ROM |
|                   | card that is in the slot is laid on the table                          |
| insert-song-card  | the card on the table if it has room for songs, or a RAM card with songs; |
|                   | a card without such room that is in the slot is laid on the table      |
| insert-rom-card   | a ROM card, into the top slot; its mate is the PCM card                |
| play              | all 61 keys, C2 to C7, once soft and once hard, about 10 ms a step     |
| play 60           | one key, once, by its note number without transposition, 36 to 96;     |
|                   | softly, and hard if it is the same key again                           |
| play-for SECONDS  | 50 chords of 8 keys a second, as if to fill the sequencer; what is     |
|                   | longer than 5 s is skipped for who listens, and recorded all the same  |
| press-hard        | holds a key and presses it harder and softer: aftertouch               |
| joystick          | right, left, up, down, each from the middle and back                   |
| slider            | VALUE from the bottom to the top                                       |
| pedals            | damper down and up, then both assignable pedals                        |
| mend              | what is broken in the virtual M1, as a workshop repairs it             |
| wait SECONDS      | lets time pass for the M1; more than 5 s of it is skipped              |
| press KEYS        | presses panel keys                                                     |
"""


def parse_action(text: str) -> Action:
    """Return the action that a text such as "play 60" names; ValueError says what is wrong."""
    word, _, argument = text.strip().partition(" ")
    if word not in VOCABULARY:
        raise ValueError(f"expected one of {', '.join(sorted(VOCABULARY))}, found {word!r}")
    argument = argument.strip()
    try:
        VOCABULARY[word](argument)
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from error
    return Action(word, argument)


class Panel(Protocol):
    """A front panel that can be pressed and looked at."""

    def display(self) -> tuple[str, str]:
        """Return the two lines of 40 characters that the display shows, as a sketch."""

    def cursor(self) -> tuple[int, int] | None:
        """Return line (0 or 1) and column (0–39) of the cursor, None while there is none."""

    def place(self) -> tuple[str, str]:
        """Return where keys act: the page, and the cursor or what is typed; empty while off."""

    def certainty(self) -> str:
        """Return how certain the display's wording is: "sketch", "confirmed by 1 survey"."""

    @property
    def was_running(self) -> bool:
        """Whether the sequencer was stopped because the program ended."""

    def lamps(self) -> tuple[str, ...]:
        """Return the keys whose lamps are lit, such as ("INT", "PROG"); none while it is off."""

    def model(self) -> str:
        """Return "M1" or "M1R", which has another layout."""


SEQUENCER_STOPPED = (
    "Its sequencer was running when you left, and was stopped. What had been recorded is kept. "
    "If this step needs the song to run, go back with b and press the keys again."
)
"""What is said of a virtual M1 that is brought back and had been playing or recording."""


class Rehearsal(Panel, Protocol):
    """What hands can do with an instrument: press keys, pull plugs, play, read the display."""

    @property
    def actions(self) -> frozenset[str]:
        """The words of the physical actions on offer; `VOCABULARY` tells their arguments."""

    async def perform(self, action: str) -> None:
        """Perform an action, such as "power-off" or "play 60"; raises ValueError for any other."""

    async def press(self, keys: str) -> None:
        """Press front-panel keys, separated by spaces: "GLOBAL 5 + UP D UP"."""

    def heard(self) -> str:
        """Return in one line what would be heard of the notes that began since it was asked last.

        A virtual M1 makes no sound: "heard from outputs 1/L and 2/R". Empty where nothing played.
        """

    def state(self) -> str:
        """Return power and battery in one line: "powered, cell 2.4 V"."""
