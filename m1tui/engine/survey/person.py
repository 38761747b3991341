"""What a survey asks of the person beside the M1: to press keys, and to say what is seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


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
    UPPER = "the upper line as it is, or the file of a photograph"
    LOWER = "the lower line as it is"


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
