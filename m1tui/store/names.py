"""The names that a dump holds, and the words by which they are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from m1tui.sysex import Contents


class Named(Enum):
    """What bears a name in an M1's memory; the value is the word for it."""

    PROGRAM = "program"
    COMBINATION = "combination"
    SONG = "song"
    LABEL = "label"
    """What a person calls the dump, number 0, or has written to it, number 1."""


NUMBER_BITS = 7
SLOT_BITS = 9
"""A slot is a kind's place in `Named` above seven bits of number: under 512 in all."""

_KINDS = tuple(Named)
_LONGEST_QUERY = 8
_LONGEST_WORD = 20
_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name and what bears it."""

    kind: Named
    number: int
    """0–99, for a song 0–9."""
    text: str

    @property
    def slot(self) -> int:
        """Return kind and number as one number, 0–511."""
        return _KINDS.index(self.kind) << NUMBER_BITS | self.number

    @classmethod
    def at(cls, slot: int, text: str) -> Name:
        """Return the name of a slot."""
        return cls(_KINDS[slot >> NUMBER_BITS], slot & (1 << NUMBER_BITS) - 1, text)


def names_of(contents: Contents) -> Iterator[Name]:
    """Yield the names in `contents`, by slot; blank ones and songs not in use are left out."""
    sequence = contents.sequence
    songs = (
        {number: sequence.songs[number].name for number in sequence.songs_in_use}
        if (sequence is not None)
        else {}
    )
    tables: tuple[tuple[Named, Iterable[tuple[int, str]]], ...] = (
        (Named.PROGRAM, enumerate(one.name for one in contents.programs or ())),
        (Named.COMBINATION, enumerate(one.name for one in contents.combinations or ())),
        (Named.SONG, songs.items()),
    )
    for kind, table in tables:
        for number, text in table:
            if text.strip():
                yield Name(kind, number, text.rstrip())


def as_text(names: Iterable[Name]) -> str:
    """Return names as one text, a line each, from which `from_text` makes them again."""
    return "\n".join(f"{name.slot:03d}{name.text}" for name in names)


def from_text(text: str) -> dict[int, Name]:
    """Return the names by their slots."""
    lines = ((int(line[:3]), line[3:]) for line in text.split("\n") if line)
    return {slot: Name.at(slot, name) for slot, name in lines}


def picked(text: str, slots: Iterable[int]) -> Iterator[Name]:
    """Yield the names of some slots, in their order, out of what `as_text` made.

    A search finds few names of each of many dumps, so the others are passed over.
    """
    lines = f"\n{text}\n"
    for slot in sorted(slots):
        begin = lines.find(f"\n{slot:03d}")
        if begin >= 0:
            yield Name.at(slot, lines[begin + 4 : lines.index("\n", begin + 1)])


def indexed(name: Name) -> str:
    """Return the words by which a name is found.

    Ten characters leave no room for spaces, so "M1Piano16'" is found by "piano", too.
    """
    pieces = _PIECE.findall(name.text)
    words = " ".join(pieces) if pieces != _WORD.findall(name.text) else ""
    return f"{name.text} {words} {_kind_word(name.kind)}"


def query(text: str, kinds: Iterable[Named] = ()) -> str:
    """Return what FTS5 is asked for names in which each word of `text` begins a word.

    Empty where `text` holds no letter and no digit. With `kinds`, only names of those.
    """
    words = [word[:_LONGEST_WORD] for word in _WORD.findall(text)[:_LONGEST_QUERY]]
    if not words:
        return ""
    wanted = " AND ".join(f'"{word}"*' for word in words)
    either = " OR ".join(_kind_word(kind) for kind in kinds)
    return f"{wanted} AND ({either})" if either else wanted


def _kind_word(kind: Named) -> str:
    """Return a word that is longer than any name, so that no name holds it."""
    return f"kindof{kind.value}"
