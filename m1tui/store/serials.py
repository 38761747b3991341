"""Korg's serial numbers of 1977 to about 1983: what a number can belong to, and a model's types.

The table is assets/serial-numbers.toml.  An M1 is younger, and its numbers are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import groupby
from textwrap import wrap
from types import MappingProxyType
from typing import Literal

import msgspec

from m1tui.resources import assets_folder

M1_MODELS = ("M1", "M1R", "M1EX", "M1REX")
M1_NOTE = (
    "An M1's own number is not in this table: M1s have consecutive six-digit numbers (about "
    "100,000 by November 1990). Such a number shows the order of the units but not their date, "
    "and it can look like a number from an older model's block."
)
CREDIT = (
    'The facts come from the page "Korg Serial Numbers (model number types)" by Electropict, '
    "published under a Creative Commons Licence; the wording is m1tui's own."
)
_LENGTHS = (4, 6, 8)
_UNREADABLE = "?"
_DECORATION = re.compile(r"[\s.,:'’‘ʼ`´\-‐‑‒–—/()\[\]]+")
_LABEL = re.compile(r"^(?:serial|number|no|nr|s/n|sn|№|#|[\s.:])+", re.IGNORECASE)
_ANY_DIGIT = re.compile(r"[*_]")


class NumberType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form of numbers that a model has: digits, and n for any digit."""

    digits: str
    kind: Literal["stated", "doubtful", "seen", "importer"] = "stated"
    note: str = ""


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of the units from `first` to `last`, both included."""

    first: int
    last: int
    note: str


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model and its number types."""

    name: str
    description: str
    types: tuple[NumberType, ...]
    aliases: tuple[str, ...] = ()
    year: int | None = None
    """The year of introduction; None where none is known."""
    year_doubtful: bool = False
    note: str = ""
    examples: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leading part of numbers of which something is known that concerns no one model."""

    digits: str
    note: str


class Certainty(StrEnum):
    """How sure it is that a number belongs to a model, the surest first."""

    LISTED = "listed"
    """This very number is printed for the model."""
    CERTAIN = "certain"
    """The block is given to this model alone."""
    SHARED = "shared"
    """The block is given to other models as well."""
    IMPORTER = "importer"
    """The form of an importer's plate, not Korg's own."""
    DOUBTFUL = "doubtful"
    """The block is given to the model with a question mark."""
    SEEN = "seen"
    """Single numbers of the block were seen on this model, outside its types."""


class Candidate(msgspec.Struct, frozen=True):
    """A model that a number can belong to, or one of a model's number types."""

    model: str
    description: str
    year: int | None
    year_doubtful: bool
    type: str
    unit: str
    """The number within its block, with ? for digits that are not known; "" for a type."""
    certainty: Certainty
    note: str
    """What the page says of the type, and of the units around the number."""
    model_note: str
    """What it says of all the model's numbers."""

    @property
    def year_text(self) -> str:
        """The year as a person reads it: "1981", "1979?" or "year unknown"."""
        if self.year is None:
            return "year unknown"
        return f"{self.year}{'?' if self.year_doubtful else ''}"


class Finding(msgspec.Struct, frozen=True):
    """The answer to a question: the candidates, likeliest first, and what else is to be said."""

    query: str
    number: str | None
    """The digits that were looked up, ? for one that is not known; None for a model's name."""
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...]

    @property
    def concerns_m1(self) -> bool:
        """Whether an M1 was asked for, of which the table knows nothing."""
        return self.number is None and bool(m1_model(self.query))


class SerialTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All models and blocks."""

    models: tuple[Model, ...]
    blocks: tuple[Block, ...]

    def look_up(self, query: str) -> Finding:
        """Answer a serial number or a model's name, however it is written."""
        number = digits_of(query)
        return self._of_model(query) if number is None else self._of_number(query, number)

    def model(self, name: str) -> Model | None:
        """Return the model of that name or alias, None where the table has none."""
        return next((model for model in self.models if _key(name) in _keys(model)), None)

    def disagreement(self, model: str, number: str) -> str | None:
        """Return why a model cannot have that number; None if it can or nothing is known of it."""
        known = self.model(model)
        if known is None or digits_of(number) is None:
            return None
        found = self.look_up(number).candidates
        if any(candidate.model == known.name for candidate in found):
            return None
        types = _either([one.digits for one in known.types])
        others = _either(list(dict.fromkeys(candidate.model for candidate in found)))
        likely = f", which fits the {others}" if others else ""
        return f"{known.name} numbers are {types}; found {digits_of(number)}{likely}."

    def _of_number(self, query: str, number: str) -> Finding:
        notes = []
        if len(number) == 5:
            # Five digits are never a whole number; plates lose their last digit most often.
            number += _UNREADABLE
            notes.append(f"Five digits: read as six with the last one missing, {number}.")
        elif len(number) not in _LENGTHS:
            notes.append(f"The numbers in this table have 4, 6 or 8 digits, found {len(number)}.")
        matches = [
            (model, one)
            for model in self.models
            for one in model.types
            if _matches(one.digits, number)
        ]
        candidates = sorted(
            (self._candidate(model, one, number) for model, one in matches), key=_place
        )
        notes += [block.note for block in self.blocks if _matches(block.digits, number)]
        if not candidates:
            notes.append(f"No model in this table has a number like {number}.")
        if len(number) == 6:
            notes.append(M1_NOTE)
        return Finding(query, number, tuple(candidates), tuple(notes))

    def _of_model(self, query: str) -> Finding:
        key = _key(query)
        found = [model for model in self.models if key and key in _keys(model)]
        found += [
            model
            for model in self.models
            if key and model not in found and any(one.startswith(key) for one in _keys(model))
        ]
        candidates = tuple(
            self._candidate(model, one, None) for model in found for one in model.types
        )
        finding = Finding(query, None, candidates, ())
        if finding.concerns_m1:
            return msgspec.structs.replace(finding, candidates=(), notes=(M1_NOTE,))
        if not candidates:
            note = "No model with that name is in this table, which covers 1977 to about 1983."
            return msgspec.structs.replace(finding, notes=(note,))
        return finding

    def _candidate(self, model: Model, one: NumberType, number: str | None) -> Candidate:
        notes = [one.note]
        if number is not None and number.isdigit():
            inside = (span for span in model.spans if span.first <= int(number) <= span.last)
            notes += [span.note for span in inside]
        return Candidate(
            model=model.name,
            description=model.description,
            year=model.year,
            year_doubtful=model.year_doubtful,
            type=one.digits,
            unit="" if number is None else _unit(one, number),
            certainty=self._certainty(model, one, number),
            note=" ".join(note for note in notes if note),
            model_note=model.note,
        )

    def _certainty(self, model: Model, one: NumberType, number: str | None) -> Certainty:
        if number in model.examples:
            return Certainty.LISTED
        if one.kind != "stated":
            return Certainty(one.kind)
        shared = any(
            _matches(other.digits, one.digits)
            for another in self.models
            if another is not model
            for other in another.types
        )
        return Certainty.SHARED if shared else Certainty.CERTAIN


@cache
def serial_table() -> SerialTable:
    """Return the table as it is shipped. Raises Trouble when the installation lacks it."""
    data = (assets_folder() / "serial-numbers.toml").read_bytes()
    return msgspec.toml.decode(data, type=SerialTable)


def digits_of(text: str) -> str | None:
    """Return the digits of a serial number, ? for one that cannot be read; None if it is none.

    Spaces, dots, apostrophes, dashes, brackets and a leading "s/n" are left out; * and _ stand for
    a digit like the question mark, which behind a whole number only says that it is doubtful.
    """
    bare = _DECORATION.sub("", _LABEL.sub("", text.strip()))
    bare = _ANY_DIGIT.sub(_UNREADABLE, bare)
    if not re.fullmatch(r"[0-9?]*[0-9][0-9?]*", bare):
        return None
    doubted = bare.endswith(_UNREADABLE) and len(bare) - 1 in _LENGTHS[1:]
    return bare[:-1] if doubted else bare


def _either(names: list[str]) -> str:
    """Return "A", "A or B" or "A, B or C"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _place(candidate: Candidate) -> tuple[bool, int]:
    """Return what candidates are sorted by: a listed number, then the smaller and surer block."""
    order = list(Certainty).index(candidate.certainty)
    return candidate.certainty is not Certainty.LISTED, 10 * order - _prefix_size(candidate.type)


def _prefix_size(digits: str) -> int:
    return len(digits.rstrip("n"))


def _matches(pattern: str, number: str) -> bool:
    """Tell whether two forms can be the same number; n and ? are any digit."""
    if len(pattern) != len(number):
        return False
    pairs = zip(pattern, number, strict=True)
    return all(a == b or a == "n" or b in ("n", _UNREADABLE) for a, b in pairs)


def _unit(one: NumberType, number: str) -> str:
    """Return the number within its block, without leading zeros."""
    return number[_prefix_size(one.digits) :].lstrip("0") or "0"


def m1_model(name: str) -> str:
    """Return which of M1_MODELS a person has written; empty for none of them."""
    return next((model for model in M1_MODELS if _key(model) == _key(name)), "")


def _keys(model: Model) -> tuple[str, ...]:
    return tuple(_key(name) for name in (model.name, *model.aliases))


def _key(name: str) -> str:
    """Return a name as it is compared: letters and digits alone, without case."""
    return "".join(char for char in name.casefold() if char.isalnum())


WIDTH = 80

CERTAINTIES: Mapping[Certainty, str] = MappingProxyType(
    {
        Certainty.LISTED: "this exact number is known",
        Certainty.CERTAIN: "its own block",
        Certainty.SHARED: "a block that it shares with another model",
        Certainty.IMPORTER: "an importer's number",
        Certainty.DOUBTFUL: "doubtful",
        Certainty.SEEN: "individual numbers from this block were seen on it",
    }
)
"""How sure it is, in words."""


def finding_lines(finding: Finding, width: int = WIDTH) -> Iterator[str]:
    """Yield every candidate with its types and the page's notes; notes are wrapped at `width`."""
    asked = f"{finding.number} → " if finding.number else ""
    for _, group in groupby(finding.candidates, lambda candidate: candidate.model):
        yield from _model(asked, list(group), width)
    for note in finding.notes:
        yield from wrap(note, width)


def _model(asked: str, candidates: list[Candidate], width: int) -> Iterator[str]:
    first = candidates[0]
    yield f"{asked}{first.model}, {first.year_text}, {first.description}"
    for candidate in candidates:
        unit = f", unit {candidate.unit}" if candidate.unit else ""
        yield f"  {candidate.type}{unit}: {CERTAINTIES[candidate.certainty]}"
        yield from wrap(candidate.note, width, initial_indent="    ", subsequent_indent="    ")
    yield from wrap(first.model_note, width, initial_indent="  ", subsequent_indent="  ")
