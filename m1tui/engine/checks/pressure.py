"""What must not come while keys are played: channel pressure."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN
from m1tui.engine.checks.hearing import hear, unheard
from m1tui.engine.checks.registry import CheckContext, Verdict, check
from m1tui.engine.instrument import Instrument
from m1tui.engine.listener import Item
from m1tui.engine.listening import Notice, Watch, counted, message_of
from m1tui.engine.signs import is_note, is_pressure

HELD = 0.3
"""Seconds that a key must be held, so that it could have been pressed harder."""
PAUSE = 2.0
"""Seconds without a key after which the person is taken to have finished."""
AFTERTOUCH_OFF = "GLOBAL 5 + D DOWN"


class _Pressure(Watch):
    """Counts keys that are held, and channel pressure."""

    def __init__(self) -> None:
        self.notes = 0
        self.pressures = 0
        self.longest = 0.0
        self._down: dict[int, float] = {}

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes; a key is news, whichever it is."""
        self.pressures += is_pressure(item)
        message = message_of(item)
        if message is None or message.type not in ("note_on", "note_off"):
            return Notice.NOTHING
        if is_note(item):
            self.notes += 1
            self._down[message.note] = at
        elif message.note in self._down:
            self.longest = max(self.longest, at - self._down.pop(message.note))
        return Notice.NEWS

    @property
    def complete(self) -> bool:
        return self.pressures > 0

    @property
    def played(self) -> bool:
        """Whether a key was held long enough and all are up again."""
        return self.longest >= HELD and not self._down

    @property
    def note(self) -> str:
        pressure = "channel pressure" if self.pressures else "no channel pressure"
        return f"{counted(self.notes, 'note')}, held for up to {self.longest:.1f} s, {pressure}"

    def patience(self, seconds: float) -> float:
        return PAUSE if self.played else seconds


@check("aftertouch-silent", listens=True)
async def aftertouch_silent(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if keys are played and held, and no channel pressure comes until they are up."""
    watch = _Pressure()
    hearing = await hear(instrument, context, watch)
    expected = f"a key held for {HELD} s or longer, and no channel pressure"
    found = watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.pressures:
        advice = Advice(
            happened=f"Aftertouch is not off: expected no channel pressure, found it after "
            f"{counted(watch.notes, 'note')}.",
            safe=NOTHING_WRITTEN,
            cause="The aftertouch filter is ENA (GLOBAL 5-2, D).",
            next_step=f"Press {AFTERTOUCH_OFF} on the M1, then try again.",
        )
        return Verdict(False, found, expected, found, advice)
    if watch.longest < HELD:
        advice = Advice(
            happened=f"Aftertouch could not be tried: expected {expected}, found {found}.",
            safe=NOTHING_WRITTEN,
            cause="Nobody played, or only short notes.",
            next_step="Hold a key, press it hard, and let go.",
        )
        return Verdict(None, found, expected, found, advice)
    return Verdict(True, found, expected, found)
