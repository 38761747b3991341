"""Sends a part in its dump, and hears what the M1 says to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase
from m1tui.engine.restore.history import DumpSent, End, SendDump
from m1tui.errors import NoReply, Stopped
from m1tui.link import LinkLost
from m1tui.sysex import AnyMessage, BankDump, Status, StatusCode

_REPLIES = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR, StatusCode.FORMAT_ERROR})


async def send_dump(
    instrument: Instrument,
    move: SendDump,
    dump: BankDump,
    meter: Meter,
    cancel: asyncio.Event | None,
) -> DumpSent:
    """Send `dump` at the move's pacing; what came of it, without its time.

    Setting `cancel` ends the message with F7.
    """
    conversation, size, sent = instrument.conversation, len(dump.encode()), 0

    def on_sent(count: int, _: int | None) -> None:
        nonlocal sent
        sent = count
        meter.count(move.before + count, move.total)

    def fact(
        reply: StatusCode | None = None, silence: str = "", end: End | None = None
    ) -> DumpSent:
        return DumpSent(0.0, 0, end or End(), move, sent, size, reply, silence)

    if not move.before:
        meter.enter(Phase.SENDING, move.total)
    try:
        async with conversation.stoppable(cancel):
            reply = await conversation.ask(dump, _is_reply, pacing=move.pacing, on_sent=on_sent)
        assert isinstance(reply.message, Status)
        return fact(reply.message.code)
    except Stopped:
        heard = None
        if sent:
            try:
                heard = _newest_reply(await conversation.quiet())
            except LinkLost as lost:
                return fact(end=End(stopped=True, lost=lost.advice))
        return fact(heard, end=End(stopped=True))
    except NoReply as failure:
        try:
            return fact(await _end(instrument, failure), failure.description)
        except LinkLost as lost:
            return fact(end=End(lost=lost.advice))
    except LinkLost as lost:
        return fact(end=End(lost=lost.advice))


async def _end(instrument: Instrument, failure: NoReply) -> StatusCode | None:
    """End a message that the M1 perhaps still waits for; return what it says then."""
    await instrument.conversation.end_message()
    late = _newest_reply(await instrument.conversation.quiet())
    early = failure.refusal.code if failure.refusal is not None else None
    return late if late is not None else early


def _is_reply(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in _REPLIES


def _newest_reply(messages: Sequence[AnyMessage]) -> StatusCode | None:
    codes = [message.code for message in messages if isinstance(message, Status)]
    return next((code for code in reversed(codes) if code in _REPLIES), None)
