"""Everything before a dump is sent: diagnosis, pre-flight, backup, write probe."""

from __future__ import annotations

from m1tui.advice import Trouble
from m1tui.engine import preflight, restore_advice
from m1tui.engine.backup import FIRST, SECOND, read_backup
from m1tui.engine.compare import compare
from m1tui.engine.diagnose import diagnose
from m1tui.engine.job import (
    DIAGNOSING,
    ONE_BY_ONE,
    PROBING,
    READING_BACK,
    SENDING,
    Ending,
    Job,
    Refused,
    refusal,
)
from m1tui.engine.outcome import Outcome
from m1tui.engine.plan import Way, Wire, choose
from m1tui.engine.probe import probe
from m1tui.engine.reading import expected_bytes, read_settled
from m1tui.sysex import Bank, CardState, Contents, ModeData, Part


async def examine(job: Job, file_channel: int | None) -> None:
    """Ask the instrument what it is set to, and see whether the file fits it.

    Raises Refused and LinkLost.
    """
    parts = preflight.parts_to_send(job.contents, job.part)
    if not parts:
        raise refusal(preflight.part_missing(job.contents, job.part))
    job.meter.enter(DIAGNOSING)
    diagnosis = await diagnose(job.instrument)
    mode_data = diagnosis.mode_data
    if mode_data is None:
        raise refusal(diagnosis.advice)
    objection = preflight.objection(job.contents, mode_data, job.bank)
    if objection is not None:
        raise refusal(objection, protected=_card_protected(mode_data, job.bank))
    channel = job.instrument.channel
    if file_channel is not None and file_channel != channel:
        job.notes.append(
            f"Sent on the M1's channel {channel + 1}; the file was made on {file_channel + 1}."
        )
    job.dumps = preflight.dumps_to_send(job.contents, parts, mode_data, job.bank, channel)
    _plan(job, mode_data)


def _card_protected(mode_data: ModeData, bank: Bank) -> bool:
    return bank is Bank.CARD and mode_data.card is CardState.RAM_PROTECTED


def _plan(job: Job, mode_data: ModeData) -> None:
    """Tell the meter what is to come, so that the time left is of the whole."""
    speed = job.instrument.link.bytes_per_second
    size = sum(len(dump.encode()) for dump in job.dumps)
    for phase in (FIRST, SECOND):
        job.meter.plan(phase, expected_bytes(job.extent, mode_data))
    job.meter.plan(SENDING, size, job.pacing.seconds(size, speed))
    job.meter.plan(READING_BACK, size)


async def rehearse(job: Job) -> Ending:
    """End a dry run: read once what would be overwritten, and say what would change."""
    job.meter.drop(SECOND)
    job.meter.drop(SENDING)
    job.meter.drop(READING_BACK)
    backup = await read_backup(
        job.instrument, job.extent, job.bank, job.meter, known=lambda _: True
    )
    comparison = compare(job.contents, backup.contents)
    decide(job, backup.contents)
    size = sum(len(dump.encode()) for dump in job.dumps)
    seconds = job.pacing.seconds(size, job.instrument.link.bytes_per_second)
    advice = restore_advice.dry_run(comparison, size, seconds)
    return Ending(Outcome.REFUSED, advice, comparison, dry_run=True)


async def save_what_is_there(job: Job) -> None:
    """Read what will be overwritten, have it kept unless it is worthless, and choose the way.

    One reading is enough of a freshly initialised memory, and of one that is as it is to be: then
    nothing is overwritten, and nothing needs to be kept. Raises ReadError, LinkLost, and the
    Trouble of a disk that does not take the backup.
    """

    def settled(contents: Contents) -> bool:
        return contents.is_initialised or compare(job.contents, contents).equal

    backup = await read_backup(job.instrument, job.extent, job.bank, job.meter, known=settled)
    job.before = backup.contents
    job.notes += backup.notes
    if decide(job, backup.contents) is Way.NOTHING:
        return
    if backup.worth_keeping:
        job.backup = job.save(backup)
    else:
        job.notes.append("Memory was freshly initialised, so there was nothing to save.")


def decide(job: Job, held: Contents) -> Way:
    """Choose how a memory that holds `held` comes to hold the file, and note it."""
    wire = Wire(job.pacing, job.instrument.link.bytes_per_second)
    looped = job.conversation.ear.looped
    job.plan, job.todo = choose(job.contents, held, job.dumps, wire, looped=looped)
    job.notes.append(job.plan.text)
    if job.todo is not None:
        job.meter.drop(SENDING)
        job.meter.drop(READING_BACK)
        job.meter.plan(ONE_BY_ONE, 0, job.plan.one_by_one)
    return job.plan.way


async def probe_protection(job: Job) -> None:
    """Ask by a write probe whether memory takes the dumps; raises Refused and LinkLost.

    The sequencer's memory is probed only while it holds no steps: sending songs back would take
    as long as the transfer, and the M1's own reply tells the same.
    """
    assert job.before is not None
    if job.bank is Bank.CARD:
        return
    parts = set(job.contents.parts)
    if job.before.sequence is not None and job.before.sequence.steps:
        parts.discard(Part.SEQUENCE)
    job.meter.enter(PROBING)
    await probe(job.instrument, job.before, parts, job.report)
    job.notes += [f"Write probe: {line}." for line in job.report.evidence]
    if job.report.protected:
        raise await _protected(job)
    if job.report.fell_silent:
        diagnosis = await diagnose(job.instrument)
        if not diagnosis.ready:
            job.notes.append(
                "The M1 answered in GLOBAL mode and not in another: its DATA DUMP page answers "
                "also while Exclusive is disabled."
            )
            raise refusal(diagnosis.advice)


async def _protected(job: Job) -> Refused:
    """Return the refusal; where a probe wrote, only after reading that memory is as it was."""
    advice = restore_advice.protected(job.report, job.bank)
    if not job.report.wrote:
        return refusal(advice, protected=True)
    before = job.before
    assert before is not None
    try:
        reading = await read_settled(
            job.instrument,
            job.extent,
            job.bank,
            meter=job.meter,
            phases=(READING_BACK, READING_BACK),
        )
    except Trouble as trouble:
        unread = restore_advice.unreadable(advice.happened, trouble.advice, job.backup)
        return Refused(Ending(Outcome.UNKNOWN, unread, protected=True))
    comparison = compare(before, reading.contents)
    if comparison.equal:
        unchanged = comparison.identical
        return Refused(Ending(Outcome.REFUSED, advice, unchanged=unchanged, protected=True))
    damaged = restore_advice.damaged_by_probe(comparison, job.backup)
    return Refused(Ending(Outcome.MISMATCH, damaged, comparison, False, protected=True))
