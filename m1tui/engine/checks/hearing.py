"""What listening checks have in common: they listen, and tell what they did not see."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN
from m1tui.engine.checks.registry import CheckContext, Verdict
from m1tui.engine.instrument import Instrument
from m1tui.engine.listening import Hearing, Watch, listen_for
from m1tui.engine.waiting import NoReply
from m1tui.sysex import AnyMessage, Bank, BankDump, BankRequest, GlobalData, Part


async def hear(instrument: Instrument, context: CheckContext, watch: Watch) -> Hearing:
    """Listen for as long as the context says; raises LinkLost."""
    return await listen_for(
        instrument,
        watch,
        seconds=context.seconds,
        ready=context.ready,
        progress=context.progress,
    )


def unheard(hearing: Hearing, expected: str) -> Verdict:
    """Return the verdict where not one byte came in: the question could not be asked."""
    found = f"not one byte within {hearing.seconds:.0f} s"
    advice = Advice(
        happened=f"Nothing is heard of the M1: expected {expected}, found {found}, not even "
        "active sensing.",
        safe=NOTHING_WRITTEN,
        cause="The cable from the M1's MIDI OUT to the interface's IN is missing, broken, or "
        "exchanged with the other one; or the M1 is off.",
        next_step="Connect the M1's MIDI OUT to the plug marked IN, then try again.",
    )
    return Verdict(None, found, expected, found, advice)


async def ask_global(instrument: Instrument) -> GlobalData | None:
    """Return the global data if the M1 gives it; None where it does not answer.

    Controls are heard also of an M1 that answers nothing, so what its settings change is then
    assumed. Asked once: a wrong value would show at once. Raises LinkLost.
    """

    def is_answer(message: AnyMessage) -> bool:
        return (
            isinstance(message, BankDump)
            and message.part is Part.GLOBAL
            and message.bank is Bank.INTERNAL
        )

    request = BankRequest(instrument.channel, Part.GLOBAL)
    try:
        await instrument.flush()
        reply = await instrument.conversation.ask(request, is_answer)
    except NoReply:
        return None
    assert isinstance(reply.message, BankDump)
    return reply.message.contents.global_
