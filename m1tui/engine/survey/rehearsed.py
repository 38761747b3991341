"""A virtual M1's own hands and eyes, in the place of the person beside a real one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

from m1tui.engine.survey.person import Asked, Look
from m1tui.link.rehearsal import Rehearsal

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
