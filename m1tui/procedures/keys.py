"""The names of the M1's keys, and the owner's guide's notation of key sequences.

Two words stand for what a person chooses: "UP/DOWN:song" is UP or DOWN until the display shows
the chosen song, "{program}" is the chosen number in two digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from m1tui.errors import KeyNotationError
from m1tui.procedures.values import NAME_IN_BRACES, VALUE_NAME, Choice
from m1tui.sysex import Mode

_MODES = ("INT", "COMBI", "PROG", "SEQ", "CARD", "EDIT-COMBI", "EDIT-PROG", "GLOBAL")
_OTHERS = ("UP", "DOWN", "+", "-", "BANK-HOLD", "COMPARE", "START/STOP", "REC")
KEYS = frozenset((*_MODES, *_OTHERS, *"ABCDEFGH", *"0123456789"))
"""Every key of the front panel: "+" and "-" are PAGE+ and PAGE−."""
MODE_OF_KEY = {
    "COMBI": Mode.COMBI,
    "EDIT-COMBI": Mode.EDIT_COMBI,
    "PROG": Mode.PROG,
    "EDIT-PROG": Mode.EDIT_PROG,
    "SEQ": Mode.SEQUENCER,
    "GLOBAL": Mode.GLOBAL,
}
"""The modes by the keys that lead to them."""

_TURNED = re.compile(rf"UP/DOWN:({VALUE_NAME})")
_MODE_KEYS = ("COMBI", "PROG", "SEQ", "EDIT-COMBI", "EDIT-PROG", "GLOBAL")
_PAGE_KEYS = frozenset(("+", "-", *"0123456789"))
DIGITS = 2
"""Digits in which a number is typed on the panel."""


@dataclass(frozen=True, slots=True)
class Press:
    """One keycap of a sequence."""

    label: str
    """What a person reads: "UP", or "UP/DOWN until song 3"."""
    keys: tuple[str, ...]
    """The keys that it stands for; () while the value that decides it is not known."""


def parse_keys(sequence: str) -> tuple[str, ...]:
    """Return the words of a sequence such as "GLOBAL 5 + UP D UP", one key each.

    Spaces separate; digits that stand together are keys of their own ("PROG 00"). Words that
    stand for a value stay as they are. Raises KeyNotationError for the first word that is no key.
    """
    keys: list[str] = []
    for word in sequence.split():
        if word in KEYS or _TURNED.fullmatch(word) or NAME_IN_BRACES.fullmatch(word):
            keys.append(word)
        elif word.isascii() and word.isdigit():
            keys.extend(word)
        else:
            raise KeyNotationError(word)
    return tuple(keys)


def begins_anywhere(presses: Iterable[Press]) -> bool:
    """Return whether the first of the keys leads to its page from wherever the display stands."""
    first = next((key for press in presses for key in press.keys), "")
    return first in _MODE_KEYS


def to_page(keys: Iterable[str]) -> tuple[str, ...]:
    """Return those of `keys` that led to the page on which they ended.

    It is the last mode key, and what turned pages after it.
    """
    way: list[str] = []
    for key in keys:
        if key in _MODE_KEYS:
            way = [key]
        elif way and key in _PAGE_KEYS:
            way.append(key)
    return tuple(way)


def set_by(keys: Iterable[str], before: Iterable[str] = ()) -> tuple[tuple[str, str, str], ...]:
    """Return what `keys` set in GLOBAL mode: the page, as "5-2", the key below it, and the word.

    The word is UP, DOWN, or what stands for a chosen value. A page is entered at B. `before` are
    keys that were pressed earlier, of which only where they have led to counts.
    """
    found: list[tuple[str, str, str]] = []
    page, place, below, mode = "", 1, "B", ""
    earlier = tuple(before)
    for at, key in enumerate((*earlier, *keys)):
        if key in _MODE_KEYS:
            mode, page, place, below = key, "", 1, "B"
        elif key in ("+", "-"):
            place, below = max(1, place + (1 if key == "+" else -1)), "B"
        elif key.isdigit():
            page, place, below = key, 1, "B"
        elif key in "ABCDEFGH":
            below = key
        elif at < len(earlier):
            continue
        elif mode == "GLOBAL" and (key in ("UP", "DOWN") or _TURNED.fullmatch(key)):
            found.append((f"{page}-{place}", below, key))
    return tuple(found)


def leading_in(keys: Iterable[str]) -> int:
    """Return how many of the first of `keys` only lead to a page and a value there.

    In COMBI and PROG digits type a number, and G may be what executes a command.
    """
    mode, count = "", 0
    for key in keys:
        turns_pages = key in _PAGE_KEYS and mode not in ("COMBI", "PROG")
        if key in _MODE_KEYS:
            mode = key
        elif not (mode and (turns_pages or key in "ABCDEFH")):
            break
        count += 1
    return count


def turned_names(sequence: str) -> tuple[str, ...]:
    """Return the names of the values that UP and DOWN set."""
    matches = (_TURNED.fullmatch(word) for word in sequence.split())
    return tuple(match[1] for match in matches if match)


def typed_names(sequence: str) -> tuple[str, ...]:
    """Return the names of the values that are typed in digits."""
    matches = (NAME_IN_BRACES.fullmatch(word) for word in sequence.split())
    return tuple(match[1] for match in matches if match)


def presses(sequence: str, chosen: Mapping[str, Choice]) -> tuple[Press, ...]:
    """Return the keycaps of a sequence, with `chosen` in the place of values, by their names.

    A value is reached from wherever the field stands: DOWN to the end of its range, then UP as
    often as is needed. Raises KeyNotationError for a word that is no key.
    """
    return tuple(_press(word, chosen) for word in parse_keys(sequence))


def _press(word: str, chosen: Mapping[str, Choice]) -> Press:
    if turned := _TURNED.fullmatch(word):
        choice, value = chosen.get(turned[1]), turned[1].replace("-", " ")
        if choice is None:
            return Press(f"UP/DOWN to the {value}", ())
        keys = ("DOWN",) * choice.span + ("UP",) * choice.place
        return Press(f"UP/DOWN until {value} {choice.shown}", keys)
    if typed := NAME_IN_BRACES.fullmatch(word):
        choice = chosen.get(typed[1])
        if choice is None:
            return Press(f"the {typed[1]} in {DIGITS} digits", ())
        digits = f"{choice.number:0{DIGITS}d}"
        return Press(digits, tuple(digits))
    return Press(word, (word,))


def first_mode(keys: Iterable[str]) -> Mode | None:
    """Return the mode of the first of `keys` that leads to one, None where none does."""
    return next((MODE_OF_KEY[key] for key in keys if key in MODE_OF_KEY), None)
