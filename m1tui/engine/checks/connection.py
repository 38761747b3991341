"""Whether an M1 answers, and whether its MIDI Exclusive is enabled."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext, check
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import Mode, ModeChange


@check("answers")
async def answers(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if an M1 answers anything."""
    diagnosis = await diagnose(instrument)
    expected = "an M1's identity or mode data"
    if diagnosis.crowded or not diagnosis.answers:
        return Verdict(False, diagnosis.summary, expected, diagnosis.summary, diagnosis.advice)
    return Verdict(True, _who(diagnosis), expected, _who(diagnosis))


def _who(diagnosis: Diagnosis) -> str:
    channel = f"channel {diagnosis.channel + 1}" if diagnosis.channel is not None else "no channel"
    if diagnosis.identity is None:
        return f"mode data on {channel}, no identity"
    return f"{diagnosis.identity.model} on {channel}, ROM {diagnosis.identity.rom}"


@check("exclusive-enabled")
async def exclusive_enabled(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass if exclusive messages are answered outside GLOBAL's DATA DUMP page, too."""
    diagnosis = await diagnose(instrument)
    expected = "mode data in any mode"
    if diagnosis.mode_data is None:
        passed = False if diagnosis.answers else None
        return Verdict(passed, diagnosis.summary, expected, diagnosis.summary, diagnosis.advice)
    if diagnosis.exclusive is None and not await answers_outside_global(instrument):
        advice = _answered_in_data_dump_page()
        found = "answered in GLOBAL mode, silent outside it"
        return Verdict(False, f"Exclusive disabled: {found}", expected, found, advice)
    where = f"mode data answered on channel {instrument.channel + 1}"
    return Verdict(True, where, expected, where)


def _answered_in_data_dump_page() -> Advice:
    return Advice(
        code="exclusive-disabled",
        happened="Exclusive disabled: the M1 answered in GLOBAL mode and not outside it (expected "
        "10 bytes of mode data, found none within 3 s).",
        safe=NOTHING_WRITTEN,
        cause="The DATA DUMP page answers whatever the MIDI filter says; it was open.",
        next_step=f"Press {EXCLUSIVE_ON} on the M1, then check again.",
    )


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
