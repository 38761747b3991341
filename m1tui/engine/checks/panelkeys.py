"""The keys of the front panel that can be seen on the wire, heard in one go."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from m1tui.advice import Advice, listed
from m1tui.engine.checks.listening import Notice, exclusive_of, hear, message_of, unheard
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check, mode_data_now
from m1tui.engine.checks.signs import START, STOP, Sign, SignWatch, controller
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.line.ear import Item
from m1tui.facts import Verdict
from m1tui.sysex import Allocation, Mode, ModeChange

_MODES = {
    "COMBI": Mode.COMBI,
    "EDIT COMBI": Mode.EDIT_COMBI,
    "PROG": Mode.PROG,
    "EDIT PROG": Mode.EDIT_PROG,
    "SEQ": Mode.SEQUENCER,
    "GLOBAL": Mode.GLOBAL,
}


def _mode(name: str, mode: Mode) -> Sign:
    def shown(item: Item) -> bool:
        message = exclusive_of(item)
        return isinstance(message, ModeChange) and message.mode is mode

    return Sign(name, shown)


_UP = controller("UP", 96, 0)
_DOWN = controller("DOWN", 97, 0)
_SIGNS: dict[str, tuple[Sign, ...]] = {
    **{name: (_mode(name, mode),) for name, mode in _MODES.items()},
    "START/STOP": (START, STOP),
    "UP": (_UP,),
    "DOWN": (_DOWN,),
}
"""The keys that show signs of their own: START/STOP is pressed twice, and shows two."""
KEYS = (*_MODES, "START/STOP", *"0123456789", "UP", "DOWN")
"""The 19 keys that send."""
_PLAY_MODES = (Mode.COMBI, Mode.PROG)
"""Modes in which digits, UP and DOWN choose a number, which is sent."""
_LOWEST, _HIGHEST = (0,), (49, 99)
"""Where DOWN and UP stop or go on from the other end, by the memory allocation."""
_LONGEST = 200
"""Digits that are kept: a person types far fewer."""


class _Typed(ABC):
    """The digits, as the numbers of programs show them: two in a row make a number.

    A press that is left out, or one too many, shifts what follows: 3, 44, 55 are heard as 34, 45.
    So what counts is that a digit was heard twice in a row, in whichever numbers. The number to
    which UP or DOWN leads is not typed.
    """

    def __init__(self) -> None:
        self.refuted = False
        """Whether something was heard that an M1 with this order does not send."""
        self._typed = ""
        """What was heard since the last key that is no digit."""
        self._before: frozenset[str] = frozenset()
        """The digits that were heard before that."""
        self._twice_before: frozenset[str] = frozenset()
        """Those of them that were heard twice in a row."""
        self._last: int | None = None
        """The last number, None where it is not known."""

    @property
    def heard(self) -> frozenset[str]:
        """Those heard at all."""
        return self._before | frozenset(self._typed)

    @property
    def twice(self) -> frozenset[str]:
        """Those heard twice in a row."""
        return self._twice_before | _twice(self._typed)

    @abstractmethod
    def hear(self, number: int) -> None:
        """Take a number."""

    @abstractmethod
    def turn(self, by: int) -> None:
        """Take UP or DOWN, as 1 or -1."""

    def leave(self) -> None:
        """Take a key that leads to another mode: its number is not known."""
        self._close()
        self._last = None

    def _type(self, number: int) -> None:
        if len(self._typed) >= _LONGEST:
            self._close()
        self._typed += f"{number:02d}"

    def _close(self) -> None:
        """Let another number begin: a digit that was typed of one is forgotten."""
        self._before, self._twice_before, self._typed = self.heard, self.twice, ""


class _NumberFirst(_Typed):
    """The same of an M1 that sends the number to which UP or DOWN leads, then UP or DOWN."""

    _former: int | None = None
    """The number before the last one, None where it is not known."""
    _fresh = False
    """Whether the last number came after UP and DOWN."""

    def hear(self, number: int) -> None:
        """Take a number: whether it was typed shows by what comes next."""
        self._former, self._last, self._fresh = self._last, number, True
        self._type(number)

    def turn(self, by: int) -> None:
        """Take UP or DOWN: the last number is the one to which it has led."""
        if self._fresh and self._former is None and self._last in _ends(by):
            # UP at 99 sends no number: this one was typed, unless UP has just led to it.
            heard, self._typed = self.heard, self._typed[:-2]
            self._before, self._twice_before, self._typed = heard, self.twice, ""
        elif self._fresh and (self._former is None or self._last in _led_to(self._former, by)):
            self._typed = self._typed[:-2]
        elif self._last is not None and not _is_end(self._last, by):
            self.refuted = True
        self._fresh = False
        self._close()

    def leave(self) -> None:
        """Take a key that leads to another mode."""
        super().leave()
        self._fresh = False


class _NumberLast(_Typed):
    """The same of an M1 that sends UP or DOWN, then the number to which it leads."""

    _by = 0
    """UP or DOWN whose number is still to come, 0 for neither."""

    def hear(self, number: int) -> None:
        """Take a number: after UP and DOWN it is the one to which they lead."""
        by, last, self._by, self._last = self._by, self._last, 0, number
        if by and (last is None or number in _led_to(last, by)):
            return
        self._miss(last, by)
        self._type(number)

    def turn(self, by: int) -> None:
        """Take UP or DOWN."""
        self._miss(self._last, self._by)
        self._by = by
        self._close()

    def leave(self) -> None:
        """Take a key that leads to another mode."""
        super().leave()
        self._by = 0

    def _miss(self, last: int | None, by: int) -> None:
        """Note that no number came for UP or DOWN; at the end of the range there may be none."""
        if by and last is not None and not _is_end(last, by):
            self.refuted = True


def _ends(by: int) -> tuple[int, ...]:
    """Return the numbers behind which UP or DOWN may stop."""
    return _HIGHEST if by > 0 else _LOWEST


def _is_end(number: int, by: int) -> bool:
    return number in _ends(by)


def _led_to(number: int, by: int) -> tuple[int, ...]:
    """Return the numbers to which UP or DOWN may lead."""
    other_end = _LOWEST if by > 0 else _HIGHEST
    return (number + by, *(other_end if _is_end(number, by) else ()))


class _Digits:
    """The digits that were typed, whether an M1 sends UP and DOWN after their number or before it.

    No source says which. What counts is heard in either order, until only one can be so.
    """

    def __init__(self) -> None:
        self._orders: tuple[_Typed, ...] = (_NumberFirst(), _NumberLast())
        self._chooses = True
        """Whether the M1 is in a mode in which UP and DOWN choose a number, as far as is known."""

    @property
    def heard(self) -> frozenset[str]:
        """Those heard at all."""
        return frozenset.intersection(*(order.heard for order in self._possible))

    @property
    def twice(self) -> frozenset[str]:
        """Those heard twice in a row."""
        return frozenset.intersection(*(order.twice for order in self._possible))

    @property
    def _possible(self) -> tuple[_Typed, ...]:
        """Return what can be so; both where bytes were lost, so that neither can."""
        return tuple(one for one in self._orders if not one.refuted) or self._orders

    def take(self, item: Item) -> None:
        """Take what came in."""
        message, exclusive = message_of(item), exclusive_of(item)
        by = 1 if _UP.shown_by(item) else -1 if _DOWN.shown_by(item) else 0
        if isinstance(exclusive, ModeChange):
            self._chooses = exclusive.mode in _PLAY_MODES
        for order in self._orders:
            if message is not None and message.type == "program_change":
                order.hear(message.program)
            elif by and self._chooses:
                order.turn(by)
            elif isinstance(exclusive, ModeChange):
                order.leave()


def _twice(typed: str) -> frozenset[str]:
    """Return the digits that were pressed twice in a row among the digits of whole numbers."""
    found = set()
    for run in re.finditer(r"(\d)\1*", typed):
        odd = len(run[0]) % 2 == 1
        one_too_many = odd and run.start() % 2 == 0
        if len(run[0]) > 1 and not one_too_many:
            found.add(run[1])
    return frozenset(found)


class _Panel(SignWatch):
    """Names keys only, since there are many."""

    def __init__(self) -> None:
        super().__init__("panel", tuple(sign for signs in _SIGNS.values() for sign in signs))
        self._digits = _Digits()

    def take(self, item: Item, at: float) -> Notice:
        """Take what came in; a key that was not heard before is news."""
        before = self.silent, self.again
        super().take(item, at)
        self._digits.take(item)
        return Notice.of((self.silent, self.again) != before)

    @property
    def complete(self) -> bool:
        """Whether all keys were heard."""
        return not (self.silent or self.again)

    @property
    def silent(self) -> tuple[str, ...]:
        """The keys that were not heard, or START/STOP where one of its two signs is missing."""
        missing, heard = self.missing, self._digits.heard
        return tuple(
            key
            for key in KEYS
            if (any(sign in missing for sign in _SIGNS[key]) if key in _SIGNS else key not in heard)
        )

    @property
    def again(self) -> tuple[str, ...]:
        """The digits of which nobody can say whether a press was left out, or not heard."""
        return tuple(sorted(self._digits.heard - self._digits.twice))

    @property
    def count(self) -> str:
        """How many keys were heard."""
        return f"{len(KEYS) - len(self.silent) - len(self.again)} of {len(KEYS)} keys heard"

    @property
    def note(self) -> str:
        """How many were heard, the keys that were not, and those to press once more."""
        silent = f"; not yet: {listed(self.silent)}" if self.silent else ""
        again = f"; press PROG, then again twice: {listed(self.again)}" if self.again else ""
        return f"{self.count}{silent}{again}"


@check("panel-keys-seen", proves=("panel keys = 19 of 34 heard",), listens=True)
async def panel_keys_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once each key of the panel was heard that sends a message of its own.

    Digits are heard as two of a kind: 44 is program 44, which there is only at 100/100. One press
    too few or too many shifts them: then those that are not sure are asked for again.
    """
    watch = _Panel()
    hearing = await hear(instrument, context, watch)
    expected = "the six mode keys, START/STOP twice, each digit twice, UP and DOWN"
    if not hearing.received:
        return unheard(hearing, expected)
    found = watch.count
    if watch.complete:
        return Verdict(True, found, expected, found)
    if len(watch.silent) == len(KEYS):
        return Verdict(False, "no panel key was heard", expected, "none", _none_heard(expected))
    if watch.silent:
        found += f"; not heard: {listed(watch.silent)}"
    if watch.again:
        found += f"; not certain: {listed(watch.again)}"
    mode_data = await mode_data_now(instrument)
    allocation = mode_data.allocation if mode_data is not None else None
    advice = _not_all_heard(expected, found, watch, allocation)
    return Verdict(False, found, expected, found, advice)


_NUMBERS = {
    None: " Digits 5 to 9 need memory allocation 100/100.",
    Allocation.LARGE_PROGRAM: "",
    Allocation.LARGE_SEQUENCE: " The memory allocation is 50/50: digits 5 to 9 need 100/100.",
}
"""What is said of the digits by the memory allocation; None where it is not known."""


def _not_all_heard(
    expected: str, found: str, watch: _Panel, allocation: Allocation | None
) -> Advice:
    uncertain = bool(watch.again)
    return Advice(
        code="panel-keys-not-heard",
        happened=f"Not every panel key was heard: expected {expected}; found {found}.",
        safe=NOTHING_WRITTEN,
        cause="A key's switch is dead, a key was not pressed, or a mode key was pressed while the "
        f"M1 was already in that mode.{_NUMBERS[allocation]} All keys need their MIDI filters at "
        "ENA."
        if not uncertain
        else "For a digit that is not certain, a press was left out, made once too often, or not "
        "heard. Each number after it then mixes two digits, and the last press is not heard.",
        next_step="Press the step's keys again, the listed ones firmly. A key that is still "
        "not heard is dead."
        if not uncertain
        else "Press the step's keys again, the listed ones firmly and each digit twice. A key that "
        "is still not heard is dead; a digit that is again not certain may have a bad switch.",
    )


def _none_heard(expected: str) -> Advice:
    return Advice(
        code="no-panel-key-heard",
        happened=f"No panel key was heard: expected {expected}, found none.",
        safe=NOTHING_WRITTEN,
        cause="No key was pressed while the program was listening; or the M1's MIDI filters "
        "are DIS.",
        next_step=f"Press {EXCLUSIVE_ON} on the M1. Then check again, and press the step's keys "
        "after Enter.",
    )
