"""The signs by which a control is seen on the wire: some messages that reach far enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from m1tui.advice import listed
from m1tui.engine.checks.listening import Notice, Watch, exclusive_of, message_of
from m1tui.engine.line.ear import Item
from m1tui.sysex import (
    CombinationDump,
    ModeChange,
    ModeData,
    ParameterChange,
    ProgramDump,
    ShortMessage,
)

REACH = 32
"""How far a control of 0–127 must move to be seen, beyond what an old one trembles."""
END = 111
"""From where on, of 0–127, a control is at its end."""
BEND = 2048
"""The same of the bender, which reaches 8,192 either way."""


class Filter(Enum):
    """A filter of page GLOBAL 5-2, by its name and the key below it."""

    PROGRAM_CHANGE = "program change", "B"
    AFTERTOUCH = "aftertouch", "D"
    CONTROL = "control", "F"
    EXCLUSIVE = "Exclusive", "H"


def filters_at_dis(filters: Iterable[Filter]) -> str:
    """Return that one of `filters` is at DIS, as part of a sentence; empty for none of them."""
    named = [one.value for one in filters]
    if not named:
        return ""
    keys = listed([key for _, key in named])
    if named == [Filter.EXCLUSIVE.value]:
        return f"Exclusive is DIS (GLOBAL 5-2, {keys})"
    names = " or the ".join(name for name, _ in named)
    return f"the {names} filter is DIS (GLOBAL 5-2, {keys})"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a control shows."""

    name: str
    """What a person does: "down"."""
    shown_by: Callable[[Item], bool]


def controller(name: str, number: int, low: int, high: int = 127) -> Sign:
    """Return the sign of a controller that sends a value from `low` to `high`.

    Of the M1's are 1 pitch modulation, 2 VDF modulation, 6 data entry, 7 volume, 64 the damper, 96
    and 97 UP and DOWN.
    """

    def shown(item: Item) -> bool:
        message = message_of(item)
        return (
            message is not None
            and message.type == "control_change"
            and message.control == number
            and low <= message.value <= high
        )

    return Sign(name, shown)


def bender(name: str, low: int, high: int) -> Sign:
    """Return the sign of the bender between `low` and `high`, -8,192 to 8,191."""

    def shown(item: Item) -> bool:
        message = message_of(item)
        return message is not None and message.type == "pitchwheel" and low <= message.pitch <= high

    return Sign(name, shown)


def of_type(name: str, *types: str) -> Sign:
    """Return the sign of a message of one of mido's types."""

    def shown(item: Item) -> bool:
        message = message_of(item)
        return message is not None and message.type in types

    return Sign(name, shown)


def is_pressure(item: Item) -> bool:
    """Tell whether somebody presses harder on a key that is down."""
    message = message_of(item)
    return message is not None and message.type == "aftertouch" and message.value > 0


def is_note(item: Item) -> bool:
    """Tell whether a key goes down."""
    message = message_of(item)
    return message is not None and message.type == "note_on" and message.velocity > 0


def is_start(item: Item) -> bool:
    """Tell whether the sequencer starts or goes on."""
    message = message_of(item)
    return message is not None and message.type in ("start", "continue")


_PASSES = {
    "program_change": (Filter.PROGRAM_CHANGE,),
    # The chart gates aftertouch by Control; the panel has a filter of its own for it.
    "aftertouch": (Filter.AFTERTOUCH, Filter.CONTROL),
    "pitchwheel": (Filter.CONTROL,),
}
"""Which filters are at ENA where a message of that type is heard."""
_CONTROLLERS = {
    **dict.fromkeys((1, 2, 7, 64), Filter.CONTROL),
    **dict.fromkeys((6, 96, 97), Filter.EXCLUSIVE),
}
"""The same of controllers, by number."""


def _passed_by(item: Item) -> tuple[Filter, ...]:
    """Return the filters that are at ENA since this message was heard."""
    if _is_panel(item):
        return (Filter.EXCLUSIVE,)
    message = message_of(item)
    if message is None:
        return ()
    if message.type == "control_change":
        found = _CONTROLLERS.get(message.control)
        return (found,) if found is not None else ()
    return _PASSES.get(message.type, ())


def _is_panel(item: Item) -> bool:
    panel = (ProgramDump, CombinationDump, ParameterChange, ModeChange)
    return isinstance(exclusive_of(item), panel)


def _is_told(item: Item) -> bool:
    """Tell whether an exclusive message comes that is no answer to another check's question."""
    message = exclusive_of(item)
    return message is not None and not isinstance(message, ModeData)


PRESSURE = Sign("channel pressure", is_pressure)
PANEL = Sign("a panel message", _is_panel)
PROGRAM_CHANGE = of_type("program change", "program_change")
START = Sign("start", is_start)
STOP = of_type("stop", "stop")
DAMPER = (
    controller("damper down", 64, 64),
    controller("damper up", 64, 0, 63),
)


class SignWatch(Watch):
    """Looks for some signs, in any order or each after the one before it."""

    def __init__(self, name: str, signs: tuple[Sign, ...], *, ordered: bool = False) -> None:
        self.name = name
        self._ordered = ordered
        self.signs = signs
        self.notes = 0
        """Note ons heard."""
        self.others = 0
        """Channel, common and exclusive messages heard, realtime and mode data not counted."""
        self.passed: frozenset[Filter] = frozenset()
        """The filters that let something through, so they are at ENA."""
        self.early = 0
        """Signs that came before the one that they must follow."""
        self._counts = [0] * len(signs)

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes."""
        del at
        self.notes += is_note(item)
        self.others += isinstance(item, ShortMessage) or _is_told(item)
        self.passed = self.passed.union(_passed_by(item))
        fresh = False
        for index, sign in enumerate(self.signs):
            if not sign.shown_by(item):
                continue
            if self._ordered and not all(self._counts[:index]):
                self.early += 1
            else:
                fresh = fresh or not self._counts[index]
                self._counts[index] += 1
        return Notice.of(fresh)

    @property
    def complete(self) -> bool:
        """Whether all signs were seen."""
        return all(self._counts)

    @property
    def messages(self) -> int:
        """How many messages showed a sign."""
        return sum(self._counts)

    @property
    def seen(self) -> tuple[Sign, ...]:
        """The signs that were seen."""
        pairs = zip(self.signs, self._counts, strict=True)
        return tuple(sign for sign, count in pairs if count)

    @property
    def missing(self) -> tuple[Sign, ...]:
        """The signs that were not."""
        pairs = zip(self.signs, self._counts, strict=True)
        return tuple(sign for sign, count in pairs if not count)

    @property
    def note(self) -> str:
        """Name what was heard and what was not: nobody knows whether it was moved."""
        if listed([sign.name for sign in self.signs]) == self.name and not (
            self.seen and self.missing
        ):
            # Its signs have its name, which would be said twice.
            return f"{self.name}{'' if self.seen else ' not'} heard"
        seen = listed([sign.name for sign in self.seen])
        if not self.missing:
            return f"{self.name}: {seen} heard"
        missing = listed([sign.name for sign in self.missing])
        already = f"{seen} heard; " if seen else ""
        return f"{self.name}: {already}{missing} not heard"
