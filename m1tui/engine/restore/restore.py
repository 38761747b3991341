"""Puts a file into an M1: diagnosis, backup, write probe, sending, reading back, comparing.

The loop, and `do`, which makes one move: all that speaks with the instrument, and decides nothing.

Programs and combinations that differ are written each through its edit buffer: 40 and 11, or 49 and
1A. What became of them is read back in their bank's dump, which shows also what was written to
another slot than was meant. What is known of it: that 11 and 1A store, from several sources; that
the M1 answers 21 or 22, from one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from m1tui.advice import Trouble
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.backup import backup_of
from m1tui.engine.read.reading import nobody_answered, read_settled
from m1tui.engine.restore import planning, probe
from m1tui.engine.restore.edit_buffers import EditBuffers, Record, kind_of
from m1tui.engine.restore.history import (
    GOOD,
    BackupSaved,
    Diagnose,
    Diagnosed,
    DumpSent,
    End,
    Fact,
    History,
    Job,
    MemoryRead,
    Move,
    ObjectsSent,
    Probe,
    Probed,
    ReadMemory,
    Save,
    SaveBackup,
    SendDump,
    SendObjects,
    aimed,
    before_of,
    diagnosis_of,
    equal_common,
    held_before,
    mode_data_of,
)
from m1tui.engine.restore.judge import Restoration, judge
from m1tui.engine.restore.next_move import next_move
from m1tui.engine.restore.planning import damage_in, dump_of, record_size
from m1tui.errors import LinkLost, NoReply, Stopped, Unable
from m1tui.sysex import AnyMessage, Bank, Contents, ModeChange, Part, Status, StatusCode
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.slots import NO_SLOTS, Slots


async def restore(
    instrument: Instrument,
    contents: Contents,
    *,
    part: Part = Part.ALL,
    bank: Bank = Bank.INTERNAL,
    pacing: Pacing | None = None,
    begin_with: Pacing = Pacing.FULL,
    save: Save,
    dry_run: bool = False,
    file_channel: int | None = None,
    accept_damage: bool = False,
    slots: Slots = NO_SLOTS,
    missing: tuple[str, ...] = (),
    beside: Contents = NOTHING,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
) -> Restoration:
    """Put `part` of `contents` into `bank`, and prove by reading back that it is there.

    Nothing is sent to a memory that holds it already; otherwise only what differs is sent, object
    by object or in whole dumps, whichever is quicker. What is overwritten is read first until two
    readings agree and given to `save`, unless it is what an initialisation leaves. `pacing` is the
    only one used; without it sending begins with `begin_with`, and what is seen decides the rest.
    `file_channel` (0–15) is the channel that the file was made on: it makes a note where it
    differs from the M1's own, which is used. A dry run reads once and says what would change.
    Contents that are damaged are refused before anything is sent, unless `accept_damage`; what was
    accepted is then said in the outcome.
    `slots` are sounds for single slots: they are put into what memory holds there, which is read
    first like all that is overwritten. `missing` is what the file lacks because it breaks off,
    which is damage, too. `beside` is what else the file has: programs by which combinations were
    made can be named beside the M1's.
    Setting `cancel` ends it soon: before sending with nothing sent, while sending with F7 and a
    reading of what memory holds. Never raises for what the wire does. A task that is cancelled
    ends the message under way with F7 and raises CancelledError.
    """
    loop = asyncio.get_running_loop()
    speed = instrument.link.bytes_per_second
    wanted, pauses = contents.only(part), not instrument.link.sends_whole
    job = Job(
        wanted,
        part,
        bank,
        speed,
        pacing,
        begin_with if pauses else Pacing.FULL,
        pauses,
        dry_run,
        file_channel,
        damage=damage_in(wanted, slots),
        accept_damage=accept_damage,
        slots=slots.only(part),
        missing=missing,
        beside=beside,
        known=instrument.memory or NOTHING,
        over_jack=instrument.link.over_jack,
    )
    sent, received = instrument.sent, instrument.received
    bench = Bench(instrument, save, Meter(progress, speed), loop.time(), cancel)
    history: History = ()
    edits = instrument.conversation.ear.edits
    with instrument.operation():
        while (move := next_move(job, history)) is not None:
            history += (await do(bench, job, move, history),)
        moved = await back_in_mode(instrument, history)
    line = instrument.conversation.notes() + moved
    if instrument.conversation.ear.edits > edits:
        line += ("Somebody used the M1's panel in the meantime.",)
    return judge(
        job,
        history,
        line=line,
        sent=instrument.sent - sent,
        received=instrument.received - received,
        seconds=loop.time() - bench.began,
    )


# One move


@dataclass(frozen=True, slots=True)
class Bench:
    """What a restore works with."""

    instrument: Instrument
    save: Save
    meter: Meter
    began: float
    """Loop time."""
    cancel: asyncio.Event | None


async def do(bench: Bench, job: Job, move: Move, history: History) -> Fact:
    """Do `move`, and return what came of it; never raises for what the wire does."""
    fact = await _do(bench, aimed(job, history), move, history)
    panel = bench.instrument.conversation.ear.panel
    at = asyncio.get_running_loop().time() - bench.began
    diagnosis = bench.instrument.diagnosis
    crowd = diagnosis.advice if diagnosis is not None and diagnosis.crowded else None
    return replace(fact, at=at, panel=panel, end=replace(fact.end, crowd=crowd))


async def _do(bench: Bench, job: Job, move: Move, history: History) -> Fact:
    match move:
        case Diagnose():
            return await _diagnose(bench, job, history)
        case ReadMemory():
            return await _read(bench, job, move)
        case SaveBackup():
            return _save(bench, job, history)
        case Probe():
            return await _probe(bench, job, move, history)
        case SendDump():
            return await _send(bench, job, move, history)
        case SendObjects():
            return await _Sending(bench, move, job).run()


async def _diagnose(bench: Bench, job: Job, history: History) -> Diagnosed:
    if not history:
        bench.meter.enter(Phase.DIAGNOSING)
    cancel = None if history else bench.cancel
    try:
        async with bench.instrument.conversation.stoppable(cancel):
            asked = bench.instrument.channel if history else None
            found = await diagnose(bench.instrument, channel=asked)
    except Stopped:
        return Diagnosed(0.0, 0, End(stopped=True))
    except LinkLost as lost:
        return Diagnosed(0.0, 0, End(lost=lost.advice))
    if not history and found.mode_data is not None:
        _plan(bench, job)
    return Diagnosed(0.0, 0, diagnosis=found)


def _plan(bench: Bench, job: Job) -> None:
    """Tell the meter what is to come, so that the time left is of the whole."""
    wire = planning.Wire.of(job)
    sizes = [planning.size_of(job.contents, part) for part in job.parts]
    bench.meter.plan(Phase.READING.of(job.bank), sum(sizes))
    if job.dry_run:
        return
    bench.meter.plan(Phase.READING_TO_COMPARE, sum(sizes))
    bench.meter.plan(Phase.SENDING, sum(sizes), sum(map(wire.out, sizes)))
    bench.meter.plan(Phase.READING_BACK, sum(sizes))


async def _read(bench: Bench, job: Job, move: ReadMemory) -> MemoryRead:
    def known(contents: Contents) -> bool:
        if move.anything or (move.initialised and contents.is_initialised):
            return True
        found = contents.comparable(job.bank)
        return any(one.parts & contents.parts and equal_common(one, found) for one in move.expected)

    phases = (
        (Phase.READING.of(job.bank), Phase.READING_TO_COMPARE)
        if move.before
        else (Phase.READING_BACK, Phase.READING_BACK_AGAIN)
    )
    try:
        async with bench.instrument.conversation.stoppable(
            bench.cancel if move.stoppable else None
        ):
            reading = await read_settled(
                bench.instrument,
                move.forms,
                job.bank,
                meter=bench.meter,
                phases=phases,
                known=known,
            )
            if move.before:
                await bench.instrument.hear_out()
    except Stopped:
        return MemoryRead(0.0, 0, End(stopped=True), move)
    except LinkLost as lost:
        return MemoryRead(0.0, 0, End(lost=lost.advice), move)
    except Trouble as trouble:
        return MemoryRead(
            0.0, 0, move=move, failure=trouble.advice, silent=nobody_answered(trouble)
        )
    if move.before:
        turn = bench.instrument.conversation.turn
        _expect(bench, replace(job, turn=turn), reading.contents)
        return MemoryRead(0.0, 0, move=move, reading=reading, turn=turn)
    return MemoryRead(0.0, 0, move=move, reading=reading)


def _expect(bench: Bench, job: Job, held: Contents) -> None:
    """Tell the meter what is still to come, now that it is known what differs."""
    job = job.aimed(held)
    plan = planning.choose(job, held)
    for phase in (Phase.READING_TO_COMPARE, Phase.SENDING, Phase.READING_BACK):
        bench.meter.drop(phase)
    parts = planning.todo_of(job, held).parts
    if plan.way is planning.Way.ONE_BY_ONE:
        bench.meter.plan(Phase.SENDING_ONE_BY_ONE, 0, plan.one_by_one)
    elif plan.way is planning.Way.WHOLE:
        wire = planning.Wire.of(job)
        sending = sum(planning.dump_seconds(job.contents, part, wire) for part in parts)
        bench.meter.plan(Phase.SENDING, 0, sending)
        bench.meter.plan(Phase.READING_BACK, 0, planning.reading_seconds(job, held, parts, parts))


def _save(bench: Bench, job: Job, history: History) -> BackupSaved:
    before = before_of(history)
    assert before is not None
    assert before.reading is not None
    try:
        (form,) = before.move.forms
        backup = backup_of(bench.instrument, before.reading, form, job.bank)
        return BackupSaved(0.0, 0, path=bench.save(backup))
    except Trouble as trouble:
        return BackupSaved(0.0, 0, failure=trouble.advice)


async def _probe(bench: Bench, job: Job, move: Probe, history: History) -> Probed:
    report, end = probe.ProbeReport(), End()
    if bench.cancel is not None and bench.cancel.is_set():
        return Probed(0.0, 0, End(stopped=True))
    bench.meter.enter(Phase.PROBING)
    try:
        await probe.probe(bench.instrument, held_before(history), move.parts, report, job.bank)
    except LinkLost as lost:
        end = End(lost=lost.advice)
    if bench.cancel is not None and bench.cancel.is_set():
        end = End(stopped=True, lost=end.lost)
    return Probed(
        0.0,
        0,
        end,
        dict(report.found),
        tuple(report.evidence),
        frozenset(report.wrote),
        report.fell_silent,
    )


async def _send(bench: Bench, job: Job, move: SendDump, history: History) -> DumpSent:
    diagnosis = diagnosis_of(history)
    assert diagnosis is not None
    assert diagnosis.mode_data is not None
    channel = bench.instrument.channel
    dump = dump_of(job.contents, move.part, diagnosis.mode_data, job.bank, channel)
    conversation, size, sent = bench.instrument.conversation, len(dump.encode()), 0

    def on_sent(count: int, _: int | None) -> None:
        nonlocal sent
        sent = count
        bench.meter.count(move.before + count, move.total)

    def fact(
        reply: StatusCode | None = None, silence: str = "", end: End | None = None
    ) -> DumpSent:
        return DumpSent(0.0, 0, end or End(), move, sent, size, reply, silence)

    if not move.before:
        bench.meter.enter(Phase.SENDING, move.total)
    try:
        async with conversation.stoppable(bench.cancel):
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
            return fact(await _end(bench.instrument, failure), failure.description)
        except LinkLost as lost:
            return fact(end=End(lost=lost.advice))
    except LinkLost as lost:
        return fact(end=End(lost=lost.advice))


async def back_in_mode(instrument: Instrument, history: History) -> tuple[str, ...]:
    """Put the M1 back into its mode where a dump that it took left it in another; say so.

    Nothing is sent where hands were at the panel, or the link was lost.
    """
    sent = any(isinstance(fact, DumpSent) and fact.sent for fact in history)
    first = mode_data_of(history[:1])
    if not sent or first is None or first.mode is None or history[-1].end.lost is not None:
        return ()
    last = history[-1]
    if instrument.conversation.ear.panel > history[0].panel:
        return ()
    now = last.reading.behind if isinstance(last, MemoryRead) and last.reading else None
    said = "The M1 was left in another mode by the dump"
    try:
        now = now if now is not None else await instrument.ask_mode()
        if now.mode is first.mode:
            return ()
        await instrument.conversation.tell(ModeChange(instrument.channel, first.mode))
        back = await instrument.ask_mode()
    except (NoReply, LinkLost):
        return (f"{said}, and did not answer the message to go back to {first.mode.label}.",)
    if back.mode is first.mode:
        return (f"{said}; it was put back into {first.mode.label}.",)
    return (f"{said}, and did not go back to {first.mode.label}.",)


async def _end(instrument: Instrument, failure: NoReply) -> StatusCode | None:
    """End a message that the M1 perhaps still waits for; return what it says then."""
    await instrument.conversation.end_message()
    late = _newest_reply(await instrument.conversation.quiet())
    early = failure.refusal.code if failure.refusal is not None else None
    return late if late is not None else early


_REPLIES = frozenset({StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR, StatusCode.FORMAT_ERROR})


def _is_reply(message: AnyMessage) -> bool:
    return isinstance(message, Status) and message.code in _REPLIES


def _newest_reply(messages: Sequence[AnyMessage]) -> StatusCode | None:
    codes = [message.code for message in messages if isinstance(message, Status)]
    return next((code for code in reversed(codes) if code in _REPLIES), None)


class _Sending:
    """Writes the slots of a move as the job has them, one by one.

    Setting the bench's `cancel` ends it between two objects. Mode and edit buffers that were in use
    are in use again afterwards, or a note says that they are not.
    """

    def __init__(self, bench: Bench, move: SendObjects, job: Job) -> None:
        self._move = move
        self._kind = kind_of(move.part)
        self._records = self._kind.slots(job.contents)
        self._size = record_size(self._kind, job.contents)
        self._bank = job.bank
        self._meter = bench.meter
        self._cancel = bench.cancel
        self._evidence: list[str] = []
        self._notes: list[str] = []
        self._buffers = EditBuffers(bench.instrument, self._evidence)
        self._written: list[int] = []
        self._trying: int | None = None
        self._reply: StatusCode | None = None
        self._stopped = False

    async def run(self) -> ObjectsSent:
        unable, end = "", GOOD
        try:
            await self._in_mode()
        except Unable as why:
            unable = str(why)
        except LinkLost as lost:
            end = End(lost=lost.advice)
        if self._stopped and end.lost is None:
            end = End(stopped=True)
        notes = [f"Edit buffer: {line}." for line in self._evidence] + self._notes
        return ObjectsSent(
            0.0,
            0,
            end,
            self._move,
            tuple(self._written),
            self._trying,
            self._reply,
            unable,
            tuple(notes),
        )

    async def _in_mode(self) -> None:
        self._meter.enter(Phase.PREPARING)
        await self._buffers.begin()
        try:
            await self._buffers.enter(self._kind)
            kept = await self._buffers.keep(self._kind)
            try:
                await self._write()
            finally:
                await self._put_back(kept)
        finally:
            await self._buffers.end()

    async def _write(self) -> None:
        kind, size = self._kind, self._size
        self._meter.enter(Phase.SENDING_ONE_BY_ONE, len(self._move.numbers) * size)
        for number in self._move.numbers:
            if self._cancel is not None and self._cancel.is_set():
                self._stopped = True
                return
            record = self._records[number]
            taken = await self._buffers.load(kind, record, self._move.pacing)
            if taken is not StatusCode.LOAD_COMPLETED:
                raise Unable(f"the edit buffer did not accept {kind.word} {number:02d}")
            self._trying = number
            self._reply = await self._buffers.write(kind, self._bank, number)
            if self._reply is not StatusCode.WRITE_COMPLETED:
                if await self._buffers.ask_mode() not in kind.modes:
                    raise Unable("the M1 was put into another mode in the meantime")
                return
            self._trying = None
            self._written.append(number)
            self._meter.count(len(self._written) * size, None)

    async def _put_back(self, kept: Record) -> None:
        self._meter.enter(Phase.PUTTING_BACK)
        if await self._buffers.load(self._kind, kept) is not StatusCode.LOAD_COMPLETED:
            self._notes.append(
                f"The edit buffer of {self._kind.part.value} may not be as it was: the M1 did "
                "not confirm that it was restored."
            )
