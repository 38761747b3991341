"""The keys of the front panel that can be seen on the wire, heard in one go."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.listening import exclusive_of, hear, listed, message_of, unheard
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check
from m1tui.engine.checks.signs import START, STOP, Sign, SignWatch, controller
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.ear import Item
from m1tui.facts import Verdict
from m1tui.sysex import Mode, ModeChange

_MODES = {
    Mode.COMBI: "COMBI",
    Mode.EDIT_COMBI: "EDIT COMBI",
    Mode.PROG: "PROG",
    Mode.EDIT_PROG: "EDIT PROG",
    Mode.SEQUENCER: "SEQ",
    Mode.GLOBAL: "GLOBAL",
}


def _mode(mode: Mode) -> Sign:
    def shown(item: Item) -> bool:
        message = exclusive_of(item)
        return isinstance(message, ModeChange) and message.mode is mode

    return Sign(_MODES[mode], "mode change, 4E", shown)


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


SIGNS = (
    *map(_mode, _MODES),
    START,
    STOP,
    *map(_twice, range(10)),
    controller("UP", "data increment", 96, 0),
    controller("DOWN", "data decrement", 97, 0),
)
"""What the 19 keys show: six modes, START/STOP twice, ten digits, UP and DOWN."""


class _Panel(SignWatch):
    """Names keys only, since there are many."""

    @property
    def note(self) -> str:
        """How many were heard, and the keys that were not."""
        missing = [sign.name for sign in self.missing]
        heard = f"{len(self.signs) - len(missing)} of {len(self.signs)} heard"
        return f"{heard}; not yet: {listed(missing)}" if missing else heard


@check("panel-keys-seen", proves=("panel keys = 19 of 34 heard",), listens=True)
async def panel_keys_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once each key of the panel was heard that sends a message of its own.

    Digits are heard as two of a kind: 44 is program 44, which there is only at 100/100.
    """
    watch = _Panel("panel", SIGNS)
    hearing = await hear(instrument, context, watch)
    expected = "the six mode keys, START/STOP twice, each digit twice, UP and DOWN"
    if not hearing.received:
        return unheard(hearing, expected)
    missing = [sign.name for sign in watch.missing]
    found = f"{len(SIGNS) - len(missing)} of {len(SIGNS)} messages heard"
    if not missing:
        return Verdict(True, found, expected, found)
    found += f"; not heard: {listed(missing)}"
    advice = Advice(
        code="panel-keys-not-heard",
        happened=f"Not every key of the panel was heard: expected {expected}; found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The key's switch is dead, the key was not pressed, or the M1 was already in that "
        "mode. Digits 5 to 9 need 100/100, and all need their MIDI filters at ENA.",
        next_step="Press the step's keys again, the named ones firmly. A key that is still "
        "missing is dead.",
    )
    return Verdict(False, found, expected, found, advice)
