"""Sends dumps and reads memory back, slower after each attempt that the wire spoilt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from m1tui.advice import Advice, Trouble
from m1tui.engine import restore_advice
from m1tui.engine.compare import compare
from m1tui.engine.conversation import Stopped
from m1tui.engine.diagnose import diagnose
from m1tui.engine.job import READING_BACK, READING_ON, SENDING, Ending, Job
from m1tui.engine.outcome import Outcome
from m1tui.engine.pacing import Pacing
from m1tui.engine.probe import Protection
from m1tui.engine.reading import ReadError, read_settled
from m1tui.engine.waiting import NoReply
from m1tui.link import LinkLost
from m1tui.sysex import AnyMessage, Bank, BankDump, Contents, Part, Status, StatusCode

_REPLIES = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR, StatusCode.FORMAT_ERROR})


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of sending."""

    story: str
    """What was sent and what came back, as a sentence."""
    stopped: bool = False
    lost: Advice | None = None
    begun: bool = True
    """Whether any byte of a dump was sent."""


async def transfer(job: Job, cancel: asyncio.Event | None) -> Ending:
    """Send `job.dumps` until memory reads back equal, or until nothing more helps."""
    dumps: Sequence[BankDump] = job.dumps
    refused = 0
    while True:
        attempt = await _send_all(job, dumps, cancel)
        if not attempt.begun and attempt.stopped:
            return Ending(Outcome.REFUSED, restore_advice.cancelled_before(), cancelled=True)
        if attempt.lost is not None:
            advice = restore_advice.unreadable(attempt.story, attempt.lost, job.backup)
            return Ending(Outcome.UNKNOWN, advice)
        try:
            # What was stopped while sending is read again to its end: it must be known.
            async with job.conversation.stoppable(None if attempt.stopped else cancel):
                found = await _read_back(job)
        except Stopped:
            advice = restore_advice.stopped_reading(attempt.story, job.backup)
            return Ending(Outcome.UNKNOWN, advice, cancelled=True)
        except Trouble as trouble:
            advice = restore_advice.unreadable(attempt.story, trouble.advice, job.backup)
            return Ending(Outcome.UNKNOWN, advice, cancelled=attempt.stopped)
        ending = _judge(job, attempt, found)
        if ending.outcome is Outcome.VERIFIED or attempt.stopped:
            return ending
        refused += job.reply is StatusCode.LOAD_ERROR
        slower = _slower(job, refused=refused, unchanged=bool(ending.unchanged))
        if slower is None:
            return ending
        note = f"{attempt.story} Memory was not equal, so it is sent again with {slower.label}."
        job.notes.append(note)
        job.meter.note = note
        job.pacing = slower
        dumps = [dump for dump in dumps if not compare(dump.contents, found).equal]


def _slower(job: Job, *, refused: int, unchanged: bool) -> Pacing | None:
    """Return the pacing for one more attempt, None if the wire is not what went wrong."""
    if unchanged and job.reply is StatusCode.LOAD_COMPLETED:
        return None
    if unchanged and job.reply is StatusCode.LOAD_ERROR and (refused > 1 or unprobed(job)):
        return None
    return job.pacing.slower()


def unprobed(job: Job) -> tuple[Part, ...]:
    """Return the parts that may still be protected for all that is known."""
    if job.bank is Bank.CARD:
        return ()
    return tuple(
        part
        for part in restore_advice.MEMORY
        if part in job.contents.parts and job.report.found.get(part) is not Protection.FREE
    )


async def _send_all(job: Job, dumps: Sequence[BankDump], cancel: asyncio.Event | None) -> _Attempt:
    """Send one dump after the other, as long as the M1 completes each."""
    total = sum(len(dump.encode()) for dump in dumps)
    begun, done = 0, 0

    def on_sent(count: int, _: int | None) -> None:
        nonlocal done
        done = begun + count
        job.meter.count(done, total)

    job.reply = None
    job.meter.enter(SENDING, total)
    silence = ""
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
                    break
                assert isinstance(reply.message, Status)
                job.reply = reply.message.code
                if job.reply is not StatusCode.LOAD_COMPLETED:
                    break
    except Stopped:
        story = restore_advice.stopped_while_sending(done, total)
        if done:
            job.reply = _newest_reply(await job.conversation.quiet())
        return _Attempt(story, stopped=True, begun=done > 0)
    except LinkLost as lost:
        story = restore_advice.lost_while_sending(done, total)
        return _Attempt(story, lost=lost.advice)
    label = job.pacing.label
    return _Attempt(restore_advice.sent_and_heard(done, job.reply, silence, label))


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


async def _read_back(job: Job) -> Contents:
    """Read what memory holds now; where that fails, diagnose again and read once more.

    Raises ReadError, or a Trouble with the diagnosis if the M1 does not answer any more.
    """
    try:
        return await _read_settled(job)
    except ReadError:
        channel = job.instrument.channel
        diagnosis = await diagnose(job.instrument)
        if not diagnosis.ready:
            raise Trouble(diagnosis.advice) from None
        if job.instrument.channel != channel:
            now = job.instrument.channel + 1
            job.notes.append(f"The M1's channel changed from {channel + 1} to {now} meanwhile.")
        return await _read_settled(job)


async def _read_settled(job: Job) -> Contents:
    before = job.before
    assert before is not None

    def settled(contents: Contents) -> bool:
        """Tell whether one reading is enough: noise does not make a memory equal by chance."""
        return compare(job.contents, contents).equal or compare(before, contents).identical

    reading = await read_settled(
        job.instrument,
        job.extent,
        job.bank,
        meter=job.meter,
        phases=(READING_BACK, READING_ON),
        known=settled,
        size=sum(len(dump.encode()) for dump in job.dumps),
    )
    job.notes += reading.notes
    return reading.contents


def _judge(job: Job, attempt: _Attempt, found: Contents) -> Ending:
    assert job.before is not None
    comparison = compare(job.contents, found)
    unchanged = compare(job.before, found).identical
    if comparison.equal:
        advice = restore_advice.verified(job.contents, comparison, job.backup)
        if job.reply is not StatusCode.LOAD_COMPLETED:
            job.notes.append(f"{attempt.story} The read-back decides: memory is equal.")
        cancelled = attempt.stopped
        return Ending(Outcome.VERIFIED, advice, comparison, unchanged, cancelled=cancelled)
    missing = unprobed(job)
    refused = job.reply is StatusCode.LOAD_ERROR
    advice = restore_advice.differs(
        attempt.story,
        comparison,
        unchanged=unchanged,
        stopped=attempt.stopped,
        reply=job.reply,
        unprobed=missing,
        backup=job.backup,
    )
    return Ending(
        Outcome.MISMATCH,
        advice,
        comparison,
        unchanged,
        protected=refused and unchanged and bool(missing),
        cancelled=attempt.stopped,
    )
