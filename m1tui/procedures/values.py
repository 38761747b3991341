"""Values that a person chooses or writes down in a run: their fields, and what may be typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from m1tui.store.records import CellValue, quantity

VALUE_NAME = r"[a-z]+(?:-[a-z]+)*"
NAME_IN_BRACES = re.compile(rf"\{{({VALUE_NAME})\}}")
"""A value that a text names in braces: "song {song} = erased", "PROG {program}"."""
_TO_BE_FITTED = "new-cell-volts"
"""The volts of a cell that can still be exchanged; the old one is in its holder."""
_MOST_DECIMALS = 4

LONGEST = 200
"""Characters that a free text may have; a longer one is refused, never cut."""

_QUOTED = 30
"""Characters of a refused text that are quoted, so that its end does not push the rest away."""


def values_in(text: str) -> tuple[str, ...]:
    """Return the names of the values that a text names in braces."""
    return tuple(NAME_IN_BRACES.findall(text))


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return a sentence with the values that it names in braces: "song 3", or "the song"."""

    def named(found: re.Match[str]) -> str:
        word, value = found[1].replace("-", " "), values.get(found[1], "")
        return f"{word} {value}" if value else f"the {word}"

    return NAME_IN_BRACES.sub(named, text)


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value: a number from `low` to `high`, one of `choices`, or else a free text."""

    name: Annotated[str, Meta(pattern=r"^[a-z]+(-[a-z]+)*\Z", max_length=30)]
    label: Annotated[str, Meta(min_length=1, max_length=48)]
    low: int | None = None
    high: int | None = None
    decimals: Annotated[int, Meta(ge=0, le=3)] = 0
    """How many digits of a number may stand behind its point."""
    choices: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """Words in the order of the display, the DOWN end first."""
    default: int | str | None = None
    offers: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """Words that a free text may be, for choosing; any other that is `like` them is taken, too."""
    like: str = ""
    """A regular expression that a free text must contain, "" for any text."""
    unit: str = ""
    """The unit of a number, such as "V", which may be typed behind it."""
    least: Annotated[float, Meta(gt=0)] | None = None
    """A number below this is taken, and called out: the thing measured is not good."""
    most: Annotated[float, Meta(gt=0)] | None = None
    """A number above this is taken, and called out, too."""
    assumed: bool = False
    """Whether these two bounds are assumed: a guide, by which nothing is called too low or high."""
    optional: bool = False
    """Whether it may be left empty: what nobody measured is not made up."""
    another: bool = False
    """Whether it must differ from the value of the same name that an earlier step gave."""
    asks: Literal["channel", "allocation", "exclusive", "stuck-keys"] | None = None
    """What the M1 says of it where it answers, or which keys were heard stuck in the run: it is
    then filled in."""
    records: CellValue | None = None
    """What the log takes it for: "old-cell-volts", "new-cell-volts", "cell-type", "rom", or
    "parts", a part that was used."""
    rehearsed: str = ""
    """What a rehearsal writes where nothing can be measured; a person is never offered it."""

    @property
    def asks_m1(self) -> bool:
        """Whether an M1 that answers can say what it is."""
        return self.asks in ("channel", "allocation", "exclusive")

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return self.low is not None and self.high is not None

    @property
    def ranged(self) -> bool:
        """Whether UP and DOWN can reach each of its values from the end of its range."""
        exact = self.numeric and not self.decimals
        return not self.optional and (exact or bool(self.choices))

    @property
    def preset(self) -> str:
        """Return what is offered before anything is typed, "" where nothing is."""
        return "" if self.default is None else str(self.default)

    @property
    def rule(self) -> str:
        """Return what may be typed, for people: "0 to 9", "INT or EXT", "" for a free text."""
        allowed = " or ".join(self.choices)
        if self.offers:
            others = "another of that kind" if self.like else "your own words"
            allowed = f"{', '.join(self.offers)}, or {others}"
        if self.low is not None and self.high is not None:
            allowed = f"{self.low} to {self.high:.{self.decimals}f} {self.unit}".rstrip()
        return f"{allowed}, or empty" if allowed and self.optional else allowed

    def taken(self, text: str) -> str:
        """Return `text` as it is kept. Raises ValueError that says what was expected and found."""
        cleaned = clean(text)
        if len(cleaned) > LONGEST:
            raise ValueError(
                f"{self.label}: expected {LONGEST} characters at most, found {len(cleaned):,}."
            )
        if self.optional and not cleaned:
            return ""
        if self.rule and not cleaned:
            raise ValueError(f"{self.label}: nothing was typed. Expected {self.rule}.")
        if self.low is not None and self.high is not None:
            return self._number(cleaned, self.low, self.high)
        if self.choices:
            return self._choice(cleaned)
        if self.like and not re.search(self.like, cleaned, re.IGNORECASE):
            raise self._refused(self.rule, cleaned)
        if cleaned and not any(character.isalnum() for character in cleaned):
            raise self._refused(self.rule or "words or numbers", cleaned)
        return cleaned

    def means(self, text: str, value: str | None) -> bool:
        """Return whether `text` is another way to write `value`, or nothing is known against it."""
        try:
            return value is None or self.taken(text) == value
        except ValueError:
            return False

    def remark(self, value: str) -> str:
        """Return what must be said to who has written `value`, as `taken` gave it; "" for nothing.

        It is what is wrong with it and, of a new cell, what to do.
        """
        fault = self.fault(value)
        then = " Do not use it; measure another one." if self.records == _TO_BE_FITTED else ""
        return f"{fault}{then}" if fault else ""

    def fault(self, value: str) -> str:
        """Return what is wrong with a value that `taken` has given, "" for nothing."""
        if not value or not self.good:
            return ""
        word = ""
        if self.least is not None and Decimal(value) < Decimal(str(self.least)):
            word = "low"
        elif self.most is not None and Decimal(value) > Decimal(str(self.most)):
            word = "high"
        if not word:
            return ""
        shown = f"{value} {self.unit}".rstrip()
        name = quantity(self.label, self.unit)
        if self.assumed:
            return f"{name}: {shown} is {word}er than expected. Expected {self.good}."
        return f"{name}: {shown} is too {word}. Expected {self.good}."

    def written(self, value: str) -> str:
        """Return a line that says what `taken` has given, with its unit."""
        shown = f"{value} {self.unit}".rstrip() if value else "left empty"
        return f"{quantity(self.label, self.unit)}: {shown}"

    @property
    def good(self) -> str:
        """Return between what a measured number is good: "4.9 to 5.2 V"; "" where nobody knows."""
        unit = f" {self.unit}" if self.unit else ""
        about = "about " if self.assumed else ""
        if self.least is not None and self.most is not None:
            return f"{about}{self.least:g} to {self.most:g}{unit}"
        if self.least is not None:
            return f"{about}{self.least:g}{unit} or more"
        return "" if self.most is None else f"{about}{self.most:g}{unit} or less"

    def choice(self, value: str) -> Choice:
        """Return where `value`, which `taken` has given, stands in the range."""
        if self.low is not None and self.high is not None:
            number = int(value)
            shown = f"{number:+d}" if self.low < 0 and number else value
            return Choice(number - self.low, self.high - self.low, shown, number)
        place = self.choices.index(value)
        return Choice(place, len(self.choices) - 1, value, place)

    def _number(self, text: str, low: int, high: int) -> str:
        bare = text
        if self.unit:
            bare = re.sub(rf"\s*{re.escape(self.unit)}\Z", "", text, flags=re.IGNORECASE)
        # A meter may show more decimals than count.
        behind = rf"([.,][0-9]{{1,{_MOST_DECIMALS}}})?" if self.decimals else ""
        fits = re.fullmatch(rf"[+-]?[0-9]{{1,6}}{behind}", bare)
        number = Decimal(bare.replace(",", ".")) if fits else None
        if number is None and (behind_it := re.fullmatch(r"[+-]?[0-9]+[.,]([0-9]+)", bare)):
            if not self.decimals:
                raise self._refused(f"a whole number, {self.rule}", text)
            if len(behind_it[1]) > _MOST_DECIMALS:
                raise self._refused(f"at most {_MOST_DECIMALS} decimals", text)
        if number is None or not low <= number <= high:
            raise self._refused(self.rule, text)
        return str(number + 0)  # -0 is 0

    def _choice(self, text: str) -> str:
        typed = text.lower()
        same = [choice for choice in self.choices if choice.lower() == typed]
        begun = [choice for choice in self.choices if typed and choice.lower().startswith(typed)]
        if same or len(begun) == 1:
            return (same or begun)[0]
        raise self._refused(self.rule, text)

    def _refused(self, expected: str, text: str) -> ValueError:
        shown = text if len(text) <= _QUOTED else f"{text[:_QUOTED].rstrip()}.."
        return ValueError(f'{self.label}: expected {expected}, found "{shown}".')


@dataclass(frozen=True, slots=True)
class Choice:
    """A value's place in the range that UP and DOWN step through."""

    place: int
    """Steps from the DOWN end."""
    span: int
    """Steps from one end to the other."""
    shown: str
    """As the display may show it."""
    number: int
    """As it is typed in digits."""


def taken(fields: Iterable[Field], typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of all `fields`. Raises ValueError for one missing or out of range."""
    return tuple((field.name, field.taken(typed.get(field.name, ""))) for field in fields)


def written(fields: Iterable[Field], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines with what was written down, each with its unit and what is wrong with it."""
    known = ((field, values[field.name]) for field in fields if field.name in values)
    return tuple(field.fault(value) or field.written(value) for field, value in known)


def remarks(fields: Iterable[Field], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return what must be said of values that were taken, by their fields' names."""
    found = (field.remark(values.get(field.name, "")) for field in fields)
    return tuple(one for one in found if one)


def clean(text: str) -> str:
    """Return typed or pasted text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
