"""Writes and reads memory back, attempt after attempt: slower, or another way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from m1tui.advice import Advice, Trouble
from m1tui.engine import restore_advice
from m1tui.engine.attempts import ReadError
from m1tui.engine.compare import compare
from m1tui.engine.conversation import Stopped
from m1tui.engine.diagnose import diagnose
from m1tui.engine.job import READING_BACK, READING_ON, Ending, Job
from m1tui.engine.outcome import Outcome
from m1tui.engine.pacing import Pacing
from m1tui.engine.plan import Todo, Wire, choose
from m1tui.engine.preflight import SOUNDS
from m1tui.engine.preparation import probe_protection
from m1tui.engine.probe import Protection
from m1tui.engine.reading import read_settled
from m1tui.engine.repair import repair
from m1tui.engine.sending import Attempt, send_all
from m1tui.sysex import Bank, Contents, Part, StatusCode

_CONFIRMED = (StatusCode.LOAD_COMPLETED, StatusCode.WRITE_COMPLETED)
_SINGLE = {"program", "combination"}
"""What is sent object by object."""
_ALIKE = 3
"""Confirmed attempts with the same wrong result, after which pacing is not to blame."""


async def transfer(job: Job, cancel: asyncio.Event | None) -> Ending:
    """Write what `job` wants until memory reads back equal, or until nothing more helps.

    `job.todo` is sent object by object first, where there is one; `job.dumps` otherwise, and where
    that did not succeed. What one failed transfer of dumps left different is sent object by object
    if that is quicker. Raises Refused where a write probe forbids the dumps, and LinkLost from it.
    """
    return await _Transfer(job, cancel).run()


class _Transfer:
    """The attempts at one restore."""

    def __init__(self, job: Job, cancel: asyncio.Event | None) -> None:
        assert job.before is not None
        self._job = job
        self._cancel = cancel
        self._held = job.before
        """What memory was last read to hold."""
        self._todo = job.todo
        self._dumps = job.dumps
        self._repaired = False
        self._wrote = False
        """Whether any attempt may have changed memory."""
        self._unended: tuple[Pacing, Contents] | None = None
        """The newest pacing at which the end of a dump was lost, and what memory then held."""
        self._sent_whole = self._undid = False
        self._refusals = 0
        self._alike = 0
        """Attempts in a row that the M1 confirmed, and that left memory the same."""

    async def run(self) -> Ending:
        while True:
            try:
                attempt = await self._attempt()
                self._wrote = self._wrote or attempt.begun
                if attempt.lost is not None:
                    return self._lost(attempt, attempt.lost)
                if not self._may_differ and attempt.stopped:
                    advice = restore_advice.cancelled_before()
                    return Ending(Outcome.REFUSED, advice, cancelled=True)
                if not attempt.begun and not attempt.stopped:
                    await self._begin_as_a_whole(attempt)
                    continue
                found = await self._find(attempt)
                if attempt.undo is not None:
                    attempt = await self._undone(attempt, attempt.undo, found)
                    found = await self._find(attempt)
            except _Unread as unread:
                return unread.ending
            self._compare_with_last(found)
            ending = self._judge(attempt, found)
            if ending.outcome is not Outcome.MISMATCH or attempt.stopped or attempt.refused:
                return ending
            if not self._go_on(attempt, found, unchanged=bool(ending.unchanged)):
                return ending

    async def _attempt(self) -> Attempt:
        job = self._job
        if self._todo is None:
            self._sent_whole = True
            return await send_all(job, self._dumps, self._cancel)
        self._repaired = True
        try:
            return await repair(job, self._held, job.contents, self._todo, self._cancel)
        except Stopped:
            advice = restore_advice.stopped_reading("What differs was written.", job.backup)
            raise _Unread(Ending(Outcome.UNKNOWN, advice, cancelled=True)) from None

    async def _undone(self, refused: Attempt, undo: Todo, found: Contents) -> Attempt:
        """Write back what was taken before another part turned out to be protected.

        Raises _Unread where the link is lost.
        """
        job = self._job
        self._undid = True
        self._note(f"{refused.story} Memory protect refused the rest, so it is written back.")
        attempt = await repair(job, found, self._start, undo, None)
        if attempt.lost is not None:
            raise _Unread(self._lost(attempt, attempt.lost))
        return replace(attempt, stopped=refused.stopped, refused=True)

    @property
    def _may_differ(self) -> bool:
        """Whether memory may have changed: a probe's write need not arrive as it was sent."""
        return self._wrote or bool(self._job.report.wrote)

    def _lost(self, attempt: Attempt, why: Advice) -> Ending:
        if not self._may_differ:
            return Ending(Outcome.REFUSED, restore_advice.before_sending(why))
        return Ending(
            Outcome.UNKNOWN, restore_advice.unreadable(attempt.story, why, self._job.backup)
        )

    async def _begin_as_a_whole(self, attempt: Attempt) -> None:
        self._todo = None
        self._job.notes.append(f"{attempt.story} So the file is sent as a whole.")
        if not self._wrote:
            await probe_protection(self._job)

    async def _find(self, attempt: Attempt) -> Contents:
        """Return what memory holds now; raises _Unread where that cannot be known."""
        job = self._job
        if attempt.found is not None:
            if job.bank is Bank.INTERNAL:
                job.instrument.remember(attempt.found)
            return attempt.found
        try:
            # What was stopped while sending is read again to its end: it must be known.
            async with job.conversation.stoppable(None if attempt.stopped else self._cancel):
                return await _read_back(job)
        except Stopped:
            advice = restore_advice.stopped_reading(attempt.story, job.backup)
            raise _Unread(Ending(Outcome.UNKNOWN, advice, cancelled=True)) from None
        except Trouble as trouble:
            advice = restore_advice.unreadable(attempt.story, trouble.advice, job.backup)
            ending = Ending(Outcome.UNKNOWN, advice, cancelled=attempt.stopped)
            raise _Unread(ending) from trouble

    def _compare_with_last(self, found: Contents) -> None:
        """Count attempts with the same result, of which one was object by object.

        A single object's message is shorter than the block of 256 bytes with which pacing begins.
        So what is wrong in it, too, hardly comes from bytes that follow each other too fast.
        """
        alone = {one.kind for one in compare(self._job.contents, found).different} <= _SINGLE
        if self._job.reply not in _CONFIRMED or not alone:
            self._alike = 0
        elif self._alike and not compare(self._held, found).identical:
            self._alike = 1
        else:
            self._alike += 1

    @property
    def _stuck(self) -> bool:
        return self._repaired and self._alike >= _ALIKE

    def _judge(self, attempt: Attempt, found: Contents) -> Ending:
        job = self._job
        if attempt.refused and compare(self._start, found).identical:
            sent = self._sent_whole or self._undid
            advice = restore_advice.protected(job.report, job.bank, sent=sent)
            if not self._undid:
                return Ending(Outcome.REFUSED, advice, unchanged=True, protected=True)
            # Refused is what was never written; this was, and was written back.
            comparison = compare(job.contents, found)
            return Ending(Outcome.MISMATCH, advice, comparison, unchanged=True, protected=True)
        return _judge(job, attempt, found, stuck=self._stuck)

    @property
    def _start(self) -> Contents:
        assert self._job.before is not None
        return self._job.before

    def _go_on(self, attempt: Attempt, found: Contents, *, unchanged: bool) -> bool:
        """Prepare the next attempt; False where none would help."""
        job = self._job
        if self._stuck or (attempt.unended and self._is_cut(found)) or _reallocated(job, found):
            return False
        self._held = found
        self._dumps = tuple(dump for dump in job.dumps if not compare(dump.contents, found).equal)
        if self._todo is not None:
            self._todo = None
            self._note(f"{attempt.story} Memory was not equal, so the file is sent as a whole.")
            return True
        self._refusals += job.reply is StatusCode.LOAD_ERROR
        slower = _slower(job, refused=self._refusals, unchanged=unchanged)
        if slower is None:
            return False
        job.pacing = slower
        how = f"it is sent again with {slower.label}"
        if not self._repaired:
            wire = Wire(slower, job.instrument.link.bytes_per_second)
            looped = job.conversation.ear.looped
            plan, self._todo = choose(job.contents, found, self._dumps, wire, looped=looped)
            how = f"what differs is sent again. {plan.text}" if self._todo else how
        self._note(f"{attempt.story} Memory was not equal, so {how}")
        return True

    def _is_cut(self, found: Contents) -> bool:
        """Tell whether the end of a dump was lost at two pacings with the same result."""
        before, self._unended = self._unended, (self._job.pacing, found)
        if before is None or before[0] == self._job.pacing:
            return False
        if not compare(before[1], found).identical:
            return False
        self._job.notes.append(restore_advice.cut_alike(before[0].label, self._job.pacing.label))
        return True

    def _note(self, note: str) -> None:
        note = note if note.endswith(".") else f"{note}."
        self._job.notes.append(note)
        self._job.meter.note = note


class _Unread(Exception):
    """What memory holds cannot be known; the ending says why."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


def already_there(job: Job) -> Ending:
    """End a restore of what memory was read to hold already."""
    assert job.before is not None
    comparison = compare(job.contents, job.before)
    advice = restore_advice.already_there(job.contents, comparison)
    return Ending(Outcome.VERIFIED, advice, comparison, unchanged=True)


def _reallocated(job: Job, found: Contents) -> bool:
    """Tell whether sounds for another memory allocation were sent than memory has now."""
    assert job.before is not None
    return bool(job.contents.parts & SOUNDS) and found.allocation is not job.before.allocation


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
    def settled(contents: Contents) -> bool:
        """Tell whether one reading is enough: noise does not make a memory equal by chance.

        What memory held before is read twice: something may have kept an earlier dump back.
        """
        return compare(job.contents, contents).equal

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


def _judge(job: Job, attempt: Attempt, found: Contents, *, stuck: bool) -> Ending:
    assert job.before is not None
    comparison = compare(job.contents, found)
    unchanged = compare(job.before, found).identical
    if comparison.equal:
        singly = attempt.found is not None
        advice = restore_advice.verified(job.contents, comparison, job.backup, singly=singly)
        if job.reply not in _CONFIRMED:
            job.notes.append(f"{attempt.story} The read-back decides: memory is equal.")
        cancelled = attempt.stopped
        return Ending(Outcome.VERIFIED, advice, comparison, unchanged, cancelled=cancelled)
    if _reallocated(job, found):
        advice = restore_advice.reallocated(attempt.story, job.before, found, job.backup)
        return Ending(Outcome.MISMATCH, advice, comparison, unchanged, cancelled=attempt.stopped)
    missing = unprobed(job)
    refused = job.reply is StatusCode.LOAD_ERROR
    advice = restore_advice.differs(
        attempt.story,
        comparison,
        unchanged=unchanged,
        stopped=attempt.stopped,
        stuck=stuck,
        reply=job.reply,
        unprobed=missing,
        bank=job.bank,
        backup=job.backup,
    )
    return Ending(
        Outcome.MISMATCH,
        advice,
        comparison,
        unchanged,
        protected=attempt.refused or (refused and unchanged and bool(missing)),
        cancelled=attempt.stopped,
    )
