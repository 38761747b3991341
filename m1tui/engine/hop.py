"""Leaves GLOBAL mode for a moment, to learn whether Exclusive is really enabled."""

from __future__ import annotations

from m1tui.engine.instrument import Instrument
from m1tui.engine.waiting import NoReply
from m1tui.sysex import Mode, ModeChange


async def answers_outside_global(instrument: Instrument) -> bool:
    """Tell whether an M1 in GLOBAL mode still answers once it is in PROG mode; then go back.

    GLOBAL's DATA DUMP page answers also while Exclusive is disabled, so an answer there proves
    nothing. An M1 that does not take the mode change counts as answering, since it did answer.
    Raises LinkLost.
    """
    channel = instrument.channel
    await instrument.conversation.tell(ModeChange(channel, Mode.PROG))
    try:
        mode = (await instrument.ask_mode()).mode
        if mode is not Mode.GLOBAL:
            await instrument.conversation.tell(ModeChange(channel, Mode.GLOBAL))
            await instrument.ask_mode()
    except NoReply:
        return False
    return True
