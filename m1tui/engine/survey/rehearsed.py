"""A virtual M1's own hands and eyes, in the place of the person beside a real one."""

from __future__ import annotations

import asyncio
import re

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
_SHOW_AT_POWER_ON = ("power-on", _TRY)


class RehearsedSurveyor:
    """Answers by what a virtual M1's display shows."""

    def __init__(self, rehearsal: Rehearsal, *, initialised: bool = False) -> None:
        """`initialised` says that this M1 was just initialised and nothing set since."""
        self._rehearsal = rehearsal
        self._initialised = initialised
        self._seen = ""
        """The display as it was when the M1 was switched on last."""

    async def look(self, look: Look) -> str | None:
        """Press and look."""
        for action in look.actions:
            await self._rehearsal.perform(action)
            if action.startswith(_SHOW_AT_POWER_ON):
                self._seen = " ".join(self._rehearsal.display())
        for key in look.keys.split():
            await self._rehearsal.press(key)
            await asyncio.sleep(_SECONDS)
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
            case Asked.SETTING:
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
