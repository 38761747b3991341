"""The keys of the front panel that can be seen on the wire, heard in one go."""

from __future__ import annotations

from m1tui.advice import Advice, listed
from m1tui.engine.checks.listening import exclusive_of, hear, message_of, unheard
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check
from m1tui.engine.checks.signs import START, STOP, Sign, SignWatch, controller
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.line.ear import Item
from m1tui.facts import Verdict
from m1tui.sysex import Mode, ModeChange

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

    return Sign(name, "mode change, 4E", shown)


def _twice(digit: int) -> Sign:
    """Return the sign of a digit that is pressed twice: the number of its program."""

    def shown(item: Item) -> bool:
        message = message_of(item)
        return (
            message is not None
            and message.type == "program_change"
            and message.program == 11 * digit
        )

    return Sign(str(digit), f"program {digit}{digit}", shown)


KEYS: dict[str, tuple[Sign, ...]] = {
    **{name: (_mode(name, mode),) for name, mode in _MODES.items()},
    "START/STOP": (START, STOP),
    **{str(digit): (_twice(digit),) for digit in range(10)},
    "UP": (controller("UP", "data increment", 96, 0),),
    "DOWN": (controller("DOWN", "data decrement", 97, 0),),
}
"""The 19 keys that send, and what they show: START/STOP is pressed twice, and shows two signs."""


class _Panel(SignWatch):
    """Names keys only, since there are many."""

    def __init__(self) -> None:
        super().__init__("panel", tuple(sign for signs in KEYS.values() for sign in signs))

    @property
    def silent(self) -> tuple[str, ...]:
        """The keys of which a sign is missing."""
        missing = self.missing
        return tuple(key for key, signs in KEYS.items() if any(sign in missing for sign in signs))

    @property
    def count(self) -> str:
        """How many keys were heard."""
        return f"{len(KEYS) - len(self.silent)} of {len(KEYS)} keys heard"

    @property
    def note(self) -> str:
        """How many were heard, and the keys that were not."""
        silent = self.silent
        return f"{self.count}; not yet: {listed(silent)}" if silent else self.count


@check("panel-keys-seen", proves=("panel keys = 19 of 34 heard",), listens=True)
async def panel_keys_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once each key of the panel was heard that sends a message of its own.

    Digits are heard as two of a kind: 44 is program 44, which there is only at 100/100.
    """
    watch = _Panel()
    hearing = await hear(instrument, context, watch)
    expected = "the six mode keys, START/STOP twice, each digit twice, UP and DOWN"
    if not hearing.received:
        return unheard(hearing, expected)
    found = watch.count
    if not watch.silent:
        return Verdict(True, found, expected, found)
    if len(watch.silent) == len(KEYS):
        return Verdict(False, "no panel key was heard", expected, "none", _none_heard(expected))
    found += f"; not heard: {listed(watch.silent)}"
    advice = Advice(
        code="panel-keys-not-heard",
        happened=f"Not every panel key was heard: expected {expected}; found {found}.",
        safe=NOTHING_WRITTEN,
        cause="A key's switch is dead, a key was not pressed, or a mode key was pressed while the "
        "M1 was already in that mode. Digits 5 to 9 need memory allocation 100/100, and all "
        "keys need their MIDI filters at ENA.",
        next_step="Press the step's keys again, the listed ones firmly. A key that is still "
        "not heard is dead.",
    )
    return Verdict(False, found, expected, found, advice)


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
