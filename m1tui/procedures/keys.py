"""The names of the M1's keys, and the owner's guide's notation of key sequences."""

from __future__ import annotations

_MODES = ("INT", "COMBI", "PROG", "SEQ", "CARD", "EDIT-COMBI", "EDIT-PROG", "GLOBAL")
_OTHERS = ("UP", "DOWN", "+", "-", "BANK-HOLD", "COMPARE", "START/STOP", "REC")
KEYS = frozenset((*_MODES, *_OTHERS, *"ABCDEFGH", *"0123456789"))
"""Every key of the front panel: "+" and "-" are PAGE+ and PAGE−."""


class KeyNotationError(ValueError):
    """A sequence names something that is no key."""

    def __init__(self, word: str) -> None:
        super().__init__(f'"{word}" is no key of the M1\'s front panel')
        self.word = word


def parse_keys(sequence: str) -> tuple[str, ...]:
    """Return the keys of a sequence such as "GLOBAL 5 + UP D UP", one name each.

    Spaces separate; digits that stand together are keys of their own ("PROG 00").
    Raises KeyNotationError for the first word that is no key.
    """
    keys: list[str] = []
    for word in sequence.split():
        if word in KEYS:
            keys.append(word)
        elif word.isascii() and word.isdigit():
            keys.extend(word)
        else:
            raise KeyNotationError(word)
    return tuple(keys)
