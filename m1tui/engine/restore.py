"""Puts a file into an M1: pre-flight, backup, write probe, send, reply, read back, compare."""

from __future__ import annotations

import asyncio

from m1tui.advice import Trouble
from m1tui.engine import restore_advice
from m1tui.engine.attempts import nobody_answered
from m1tui.engine.conversation import Stopped
from m1tui.engine.instrument import Instrument
from m1tui.engine.job import Ending, Job, Refused, Save
from m1tui.engine.outcome import Outcome, Restoration
from m1tui.engine.pacing import Pacing
from m1tui.engine.plan import Way
from m1tui.engine.preparation import examine, probe_protection, rehearse, save_what_is_there
from m1tui.engine.progress import Meter, ProgressHandler
from m1tui.engine.transfer import already_there, transfer
from m1tui.link import LinkLost
from m1tui.sysex import Bank, Contents, Part


async def restore(
    instrument: Instrument,
    contents: Contents,
    *,
    part: Part = Part.ALL,
    bank: Bank = Bank.INTERNAL,
    pacing: Pacing | None = None,
    save: Save,
    dry_run: bool = False,
    file_channel: int | None = None,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
) -> Restoration:
    """Put `part` of `contents` into `bank`, and prove by reading back that it is there.

    Nothing is sent to a memory that holds it already; where little differs just that is sent,
    object by object, and otherwise whole dumps: whichever takes less time on the wire.
    What is overwritten is read first until two readings agree and given to `save`, unless it is a
    freshly initialised memory. `pacing` is where to begin (None: at full speed); after an attempt
    that the wire spoilt, the next slower pacing of the ladder is tried. `file_channel` (0–15) is
    the channel that the file was made on: it makes a note where it differs from the M1's own,
    which is used. A dry run reads once and says what would change. Setting `cancel` ends it soon:
    before sending with nothing sent, while sending with F7 and a reading of what memory holds.
    Never raises for what the wire does. A task that is cancelled ends the message under way with
    F7 and raises CancelledError.
    """
    meter = Meter(progress, instrument.link.bytes_per_second)
    begin_with = pacing or Pacing.FULL
    wanted = contents.only(part)
    job = Job(instrument, wanted, part, bank, save, meter, begin_with)
    start = asyncio.get_running_loop().time()
    sent, received = instrument.sent, instrument.received
    with instrument.operation(), instrument.conversation.ear.knowing_own():
        ending = await _run(job, cancel, dry_run=dry_run, file_channel=file_channel)
    return Restoration(
        outcome=ending.outcome,
        advice=ending.advice,
        reply=job.reply,
        comparison=ending.comparison,
        backup=job.backup,
        seconds=asyncio.get_running_loop().time() - start,
        pacing=job.pacing,
        sent=instrument.sent - sent,
        received=instrument.received - received,
        unchanged=ending.unchanged,
        memory_protected=ending.protected,
        plan=job.plan,
        notes=tuple(dict.fromkeys(job.notes)),
        dry_run=ending.dry_run,
        cancelled=ending.cancelled,
        silent=ending.silent,
    )


async def _run(
    job: Job, cancel: asyncio.Event | None, *, dry_run: bool, file_channel: int | None
) -> Ending:
    """Do the stages one after the other; return how they ended."""
    try:
        async with job.conversation.stoppable(cancel):
            await examine(job, file_channel)
            if dry_run:
                return await rehearse(job)
            await save_what_is_there(job)
    except Refused as refused:
        return refused.ending
    except Stopped:
        return Ending(Outcome.REFUSED, restore_advice.cancelled_before(), cancelled=True)
    except Trouble as trouble:
        advice = restore_advice.before_sending(trouble.advice)
        return Ending(Outcome.REFUSED, advice, silent=nobody_answered(trouble))
    if job.plan is not None and job.plan.way is Way.NOTHING:
        return already_there(job)
    edits = job.conversation.ear.panel_edits
    try:
        if job.todo is None:
            # Single objects are no less a probe; and where its slot number is damaged on the way,
            # the probe changes another slot, which only the whole of the dumps makes good.
            await probe_protection(job)
        ending = await transfer(job, cancel)
    except Refused as refused:
        return refused.ending
    except LinkLost as lost:
        # Only a probe lets it through.
        story = restore_advice.lost_while_probing(job.report)
        return Ending(Outcome.UNKNOWN, restore_advice.unreadable(story, lost.advice, job.backup))
    if job.conversation.ear.panel_edits > edits:
        job.notes.append("Somebody edited on the M1's panel during the transfer.")
    return ending
