"""The front panel's keys, and the parser of key sequences in the owner's guide's notation."""

from __future__ import annotations

import re
from enum import Enum

HELD_BACK = 40
"""Characters of an unknown word that an error message repeats."""


class Key(Enum):
    """One of the 34 keys; the value is the word of the guide and of this project's files."""

    INT = "INT"
    CARD = "CARD"
    COMBI = "COMBI"
    EDIT_COMBI = "EDIT-COMBI"
    PROG = "PROG"
    EDIT_PROG = "EDIT-PROG"
    SEQ = "SEQ"
    GLOBAL = "GLOBAL"
    UP = "UP"
    DOWN = "DOWN"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    DIGIT_0 = "0"
    DIGIT_1 = "1"
    DIGIT_2 = "2"
    DIGIT_3 = "3"
    DIGIT_4 = "4"
    DIGIT_5 = "5"
    DIGIT_6 = "6"
    DIGIT_7 = "7"
    DIGIT_8 = "8"
    DIGIT_9 = "9"
    PAGE_UP = "+"
    PAGE_DOWN = "-"
    BANK_HOLD = "BANK-HOLD"
    COMPARE = "COMPARE"
    START_STOP = "START/STOP"
    REC = "REC"

    @property
    def digit(self) -> int | None:
        """The digit on the key, None for all other keys."""
        return int(self.value) if self.value.isdigit() else None

    @property
    def letter(self) -> str:
        """The letter of a key under the display, empty for all other keys."""
        return self.value if len(self.value) == 1 and self.value.isalpha() else ""


_OTHER_SPELLINGS = {
    "PAGE+": Key.PAGE_UP,
    "PAGE-": Key.PAGE_DOWN,
    "PAGE−": Key.PAGE_DOWN,
    "−": Key.PAGE_DOWN,
    "EDITCOMBI": Key.EDIT_COMBI,
    "EDITPROG": Key.EDIT_PROG,
    "BANKHOLD": Key.BANK_HOLD,
}
_WORDS = {key.value: key for key in Key} | _OTHER_SPELLINGS
_TWO_WORDS = (("EDIT", "COMBI"), ("EDIT", "PROG"), ("BANK", "HOLD"), ("PAGE", "+"), ("PAGE", "-"))


def parse_keys(text: str) -> tuple[Key, ...]:
    """Return the keys of a sequence such as "GLOBAL 5 + UP D UP" or "Global, 5, +, up".

    Words are separated by spaces or commas, in any case; digits that stand together are pressed
    one after another ("PROG 00"). Raises ValueError naming the first word that is no key.
    """
    words = re.split(r"[\s,]+", text.strip().upper())
    keys: list[Key] = []
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        if tuple(words[place - 1 : place + 1]) in _TWO_WORDS:
            word = f"{word}-{words[place]}" if word != "PAGE" else words[place]
            place += 1
        keys += _keys_of(word)
    return tuple(keys)


def _keys_of(word: str) -> list[Key]:
    if not word:
        return []
    if word in _WORDS:
        return [_WORDS[word]]
    if word.isascii() and word.isdigit():
        return [_WORDS[digit] for digit in word]
    shown = "".join(c if c.isprintable() else "·" for c in word[:HELD_BACK])
    raise ValueError(
        f'"{shown}" is not a key on the front panel; keys are {", ".join(key.value for key in Key)}'
    )
