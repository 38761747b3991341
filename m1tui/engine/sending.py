"""Sends dumps one after the other, and tells what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from m1tui.advice import Advice
from m1tui.engine import restore_advice
from m1tui.engine.conversation import Stopped
from m1tui.engine.job import SENDING, Job
from m1tui.engine.plan import Todo
from m1tui.engine.waiting import NoReply
from m1tui.link import LinkLost
from m1tui.sysex import AnyMessage, BankDump, Contents, Status, StatusCode

_REPLIES = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR, StatusCode.FORMAT_ERROR})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an attempt to write memory."""

    story: str
    """What was sent and what came back, as a sentence."""
    stopped: bool = False
    lost: Advice | None = None
    begun: bool = True
    """Whether any byte was sent that may change memory."""
    found: Contents | None = None
    """What memory holds now, where the attempt itself has proved it."""
    refused: bool = False
    """Whether the M1 said to a single object that memory is protected."""
    unended: bool = False
    """Whether the M1 said nothing, or said 26 only when F7 was sent once more: the end of a dump
    did not reach it."""
    undo: Todo | None = None
    """What to write back then, since other objects were taken before."""


async def send_all(job: Job, dumps: Sequence[BankDump], cancel: asyncio.Event | None) -> Attempt:
    """Send one dump after the other, as long as the M1 completes each."""
    total = sum(len(dump.encode()) for dump in dumps)
    begun, done = 0, 0

    def on_sent(count: int, _: int | None) -> None:
        nonlocal done
        done = begun + count
        job.meter.count(done, total)

    job.reply = None
    job.meter.enter(SENDING, total)
    silence, unended = "", False
    try:
        async with job.conversation.stoppable(cancel):
            for dump in dumps:
                begun = done
                try:
                    message = dump.on(job.instrument.channel)
                    reply = await job.conversation.ask(
                        message, _is_reply, pacing=job.pacing, on_sent=on_sent
                    )
                except NoReply as failure:
                    silence = failure.description
                    job.reply = await _end(job, failure)
                    unended = job.reply in (None, StatusCode.FORMAT_ERROR) and not failure.refusal
                    break
                assert isinstance(reply.message, Status)
                job.reply = reply.message.code
                if job.reply is not StatusCode.LOAD_COMPLETED:
                    break
    except Stopped:
        return await _stopped(job, done, total)
    except LinkLost as lost:
        story = restore_advice.lost_while_sending(done, total)
        return Attempt(story, lost=lost.advice)
    label = job.pacing.label
    story = restore_advice.sent_and_heard(done, job.reply, silence, label)
    return Attempt(story, unended=unended)


async def _stopped(job: Job, done: int, total: int) -> Attempt:
    """Hear what the M1 says to a message that was ended early."""
    story = restore_advice.stopped_while_sending(done, total)
    if not done:
        return Attempt(story, stopped=True, begun=False)
    try:
        job.reply = _newest_reply(await job.conversation.quiet())
    except LinkLost as lost:
        return Attempt(story, stopped=True, lost=lost.advice)
    return Attempt(story, stopped=True)


async def _end(job: Job, failure: NoReply) -> StatusCode | None:
    """End a message that the M1 perhaps still waits for; return what it says then."""
    await job.conversation.end_message()
    late = _newest_reply(await job.conversation.quiet())
    early = failure.refusal.code if failure.refusal is not None else None
    return late if late is not None else early


def _is_reply(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in _REPLIES


def _newest_reply(messages: Sequence[AnyMessage]) -> StatusCode | None:
    codes = [message.code for message in messages if isinstance(message, Status)]
    return next((code for code in reversed(codes) if code in _REPLIES), None)
