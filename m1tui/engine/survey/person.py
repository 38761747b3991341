"""What a survey asks of the person beside the M1, and a virtual M1's own hands and eyes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from m1tui.link.rehearsal import Rehearsal


class Asked(Enum):
    """What is to be looked at; the value is how the answer is typed."""

    NOTHING = ""
    PAGE = "the number of the page, such as 5-2"
    CURSOR = "the letter of the key under the cursor, A to H"
    SETTING = "ON, OFF, ENA, DIS, INT or EXT"
    CHANNEL = "the channel, 1 to 16"
    MODE = "the mode key that is lit: PROG, COMBI, EDIT-PROG, EDIT-COMBI, SEQ or GLOBAL"
    YES_NO = "yes or no"
    VOLTS = "volts, such as 2.9"
    UPPER = "the upper line as it is shown, or the file name of a photograph"
    LOWER = "the lower line as it is shown"


_FORMS = {
    Asked.PAGE: re.compile(r"\d-\d{1,2}"),
    Asked.CURSOR: re.compile(r"[A-H]"),
    Asked.SETTING: re.compile(r"ON|OFF|ENA|DIS|INT|EXT"),
    Asked.CHANNEL: re.compile(r"[1-9]|1[0-6]"),
    Asked.MODE: re.compile(r"PROG|COMBI|EDIT-PROG|EDIT-COMBI|SEQ|GLOBAL"),
    Asked.YES_NO: re.compile(r"YES|NO"),
    Asked.VOLTS: re.compile(r"\d(?:\.\d{1,2})?"),
}


DONE = "Enter when done; s skips"
"""How a look is answered at which nothing is typed."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to do at the panel, and what to look at then."""

    page: str
    """Where it is: "GLOBAL 5"; looks of one page follow each other."""
    keys: str
    """The panel keys to press, in the guide's notation; empty where none are."""
    text: str
    """What to do and what to look at, as sentences."""
    asked: Asked = Asked.NOTHING
    letter: str = ""
    """The key under the value that is asked for."""
    actions: tuple[str, ...] = ()
    """What hands do beside the keys, in the words of a rehearsal: "power-off"."""
    then: tuple[str, ...] = ()
    """What hands do at the moment of the answer."""

    def is_skipped_by(self, answer: str) -> bool:
        """Return whether a person who typed this leaves the look out."""
        return answer.strip() == ("s" if self.asked is Asked.NOTHING else "")

    def taken(self, answer: str) -> str | None:
        """Return an answer in its one form; None for what is no answer to this."""
        if self.asked is Asked.NOTHING:
            return ""
        if self.asked in (Asked.UPPER, Asked.LOWER):
            # What stands where on a display counts.
            return answer.rstrip()
        word = answer.strip().upper().rstrip("V").strip().replace(",", ".")
        return word if _FORMS[self.asked].fullmatch(word) else None


class Surveyor(Protocol):
    """The person beside the M1."""

    async def look(self, look: Look) -> str | None:
        """Have keys pressed and return what was seen, as `Look.taken`; None to skip it."""


# A virtual M1's own hands and eyes


_PAGE = re.compile(r"\b(\d-\d)\b")
_VOLTS = re.compile(r"cell (\d\.\d+) V")
_SECONDS = 0.05
"""Between two keys."""
_CELL = 10
_CELLS = "BDFH"
BATTERY = "Battery Low (Internal)"
_RUNS = " RUN"
_TRY = "try-cell "


class Hands:
    """What hands do on a virtual M1 for a look, before it and at the moment of its answer."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self._under_way: asyncio.Task[None] | None = None

    async def act(self, look: Look, seconds: float = 0.0) -> None:
        """Do what comes before the answer, with so many seconds behind each key."""
        await self.rest()
        await self._perform(look.actions)
        for key in look.keys.split():
            await self._rehearsal.press(key)
            await asyncio.sleep(seconds)

    def answered(self, look: Look) -> None:
        """Begin what comes with the answer: whoever asked takes the time from now on."""
        if look.then:
            self._under_way = asyncio.create_task(self._perform(look.then))

    async def rest(self) -> None:
        """Wait until all is done."""
        if self._under_way is not None:
            task, self._under_way = self._under_way, None
            await task

    async def _perform(self, actions: Iterable[str]) -> None:
        for action in actions:
            await self._rehearsal.perform(action)


class RehearsedSurveyor:
    """Answers by what a virtual M1's display shows."""

    def __init__(self, rehearsal: Rehearsal, *, initialised: bool = False) -> None:
        """`initialised` says that this M1 was just initialised and nothing set since."""
        self._rehearsal = rehearsal
        self._hands = Hands(rehearsal)
        self._initialised = initialised
        self._seen = ""
        """The display as it was when the M1 was switched on last."""
        self._is_on = False
        """Whether it was switched on by the look before."""

    async def look(self, look: Look) -> str | None:
        """Press and look."""
        await self._hands.act(look, _SECONDS)
        if self._is_on or any(one.startswith(_TRY) for one in look.actions):
            self._seen = " ".join(self._rehearsal.display())
        self._is_on = bool(look.then)
        self._hands.answered(look)
        return look.taken(self._answer(look))

    def _answer(self, look: Look) -> str:
        first, second = self._rehearsal.display()
        match look.asked:
            case Asked.PAGE:
                found = _PAGE.search(first)
                # A mode with a single page shows no number; it stands for 0-1.
                return found[1] if found else "0-1"
            case Asked.CURSOR:
                cursor = self._rehearsal.cursor()
                return _CELLS[cursor[1] // _CELL] if cursor else ""
            case Asked.SETTING | Asked.CHANNEL:
                at = _CELLS.index(look.letter) * _CELL
                return second[at : at + _CELL].replace(">", "").rpartition(":")[2].strip()
            case Asked.MODE:
                return self._rehearsal.lamps()[-1]
            case Asked.VOLTS if look.actions:
                return look.actions[-1].removeprefix(_TRY)
            case Asked.VOLTS:
                volts = _VOLTS.search(self._rehearsal.state())
                return volts[1] if volts else ""
            case Asked.YES_NO if look.page == "SEQ":
                return "yes" if _RUNS in first else "no"
            case Asked.YES_NO if look.page == "INITIALISED":
                return "yes" if self._initialised else "no"
            case Asked.YES_NO:
                return "yes" if BATTERY in self._seen else "no"
            case Asked.UPPER:
                return first
            case Asked.LOWER:
                return second
        return ""
