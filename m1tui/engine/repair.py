"""Writes just the programs, combinations and dumps that differ, and reads them back.

Each object goes through its edit buffer: 40 and 11, or 49 and 1A. Slots are read back by selecting
them (`selecting`); a bank's dump proves as much in 16,373 bytes (5.2 s), and is read where slots
cannot be selected: on a card, and where the MIDI filter keeps program changes out.

What is known of it: that 11 and 1A store, from several sources; that the M1 answers 21 or 22, from
one. Where anything is not as it should be the attempt proves nothing, and all is read in a dump.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from m1tui.engine import repair_advice as say
from m1tui.engine.attempts import ReadError
from m1tui.engine.compare import compare
from m1tui.engine.edit_buffers import KINDS, EditBuffers, Kind, Record, Unable
from m1tui.engine.job import ONE_BY_ONE, PREPARING, PUTTING_BACK, READING_BACK, Job
from m1tui.engine.plan import Todo, record_size
from m1tui.engine.probe import Protection
from m1tui.engine.reading import read_settled
from m1tui.engine.selecting import read_slots
from m1tui.engine.sending import Attempt, send_all
from m1tui.link import LinkLost
from m1tui.sysex import (
    AllocationError,
    Bank,
    BankDump,
    Combination,
    Contents,
    Part,
    Program,
    StatusCode,
)


async def repair(
    job: Job, held: Contents, wanted: Contents, todo: Todo, cancel: asyncio.Event | None
) -> Attempt:
    """Write `todo` of `wanted` into a memory that holds `held`, as just read, and read it back.

    Setting `cancel` ends it between two objects; what was written is then read back all the same.
    Mode, selection and edit buffers that were in use are in use again afterwards, or a note says
    that they are not. Raises Stopped if the reading of a whole dump was stopped.
    """
    return await _Repair(job, held, wanted, todo, cancel).run()


class _DumpFailed(Exception):
    """A dump, sent between the objects, was not completed."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt)
        self.attempt = attempt


class _Repair:
    """One attempt."""

    def __init__(
        self,
        job: Job,
        held: Contents,
        wanted: Contents,
        todo: Todo,
        cancel: asyncio.Event | None,
    ) -> None:
        self._job = job
        self._held = held
        self._wanted = wanted
        self._todo = todo
        self._cancel = cancel
        self._kinds = [kind for kind in KINDS if kind.part in todo.numbers]
        self._written: dict[Part, list[int]] = {kind.part: [] for kind in self._kinds}
        self._trying: tuple[Kind, int] | None = None
        """What may be written without being confirmed; refused objects stay here."""
        self._sent: list[Part] = []
        self._unread: list[Part] = []
        """Parts that are to be read back in their dump."""
        self._found = held
        """What is proved of memory so far."""
        self._proved = False
        self._begun = self._stopped = self._refused = False
        ear = job.conversation.ear
        self._noise = ear.echoes + ear.panel_edits
        self._evidence: list[str] = []

    async def run(self) -> Attempt:
        try:
            await self._do_all()
        except _DumpFailed as failed:
            return replace(failed.attempt, begun=self._begun)
        except Unable as why:
            return Attempt(self._story(f"Then: {why}."), self._stopped, begun=self._begun)
        except ReadError as error:
            story = self._story(error.advice.happened)
            return Attempt(story, self._stopped, begun=self._begun)
        except LinkLost as lost:
            if not self._proved:
                story = self._story("The link was lost.")
                return Attempt(story, lost=lost.advice, begun=self._begun)
            self._job.notes.append(say.lost_behind(self._story()))
        finally:
            self._job.notes += [f"Edit buffer: {line}." for line in self._evidence]
        return Attempt(
            self._story(),
            stopped=self._stopped,
            begun=self._begun,
            found=self._found,
            refused=self._refused,
            undo=self._undo(),
        )

    async def _do_all(self) -> None:
        self._job.reply = None
        # What may be refused as a whole goes first, what no protect covers last.
        await self._send(Part.SEQUENCE)
        if self._kinds:
            await self._objects()
        await self._send(Part.GLOBAL)
        await self._read_dumps()
        self._see_quiet()
        self._proved = True

    # Dumps

    async def _send(self, part: Part) -> None:
        dumps = [dump for dump in self._todo.dumps if dump.part is part]
        if not dumps or self._over:
            return
        attempt = await send_all(self._job, dumps, self._cancel)
        self._begun = self._begun or attempt.begun
        if attempt.stopped or attempt.lost or self._job.reply is not StatusCode.LOAD_COMPLETED:
            raise _DumpFailed(attempt)
        self._sent.append(part)
        self._unread.append(part)

    async def _read_dumps(self) -> None:
        job = self._job
        for part in self._unread:
            expected = self._expected(part)

            def arrived(found: Contents, expected: Contents = expected) -> bool:
                return compare(expected, found).equal

            async with job.conversation.stoppable(None if self._stopped else self._cancel):
                reading = await read_settled(
                    job.instrument,
                    part,
                    job.bank,
                    meter=job.meter,
                    phases=(READING_BACK, READING_BACK),
                    known=arrived,
                )
            if not arrived(reading.contents):
                raise Unable(f"{part.label} did not read back as written")
            job.notes += reading.notes
            try:
                self._found = self._found.merged(reading.contents)
            except AllocationError:
                raise Unable("the memory allocation was changed meanwhile") from None

    def _expected(self, part: Part) -> Contents:
        """Return what a part must hold now."""
        if part in self._sent:
            return self._wanted.only(part)
        kind = next(kind for kind in KINDS if kind.part is part)
        wanted = kind.slots(self._wanted)
        records = {number: wanted[number] for number in self._written[part]}
        return _with(self._held, kind, records).only(part)

    # Programs and combinations

    @property
    def _over(self) -> bool:
        return self._stopped or self._refused

    async def _objects(self) -> None:
        job = self._job
        job.meter.enter(PREPARING)
        buffers = EditBuffers(job.instrument, self._evidence)
        await buffers.begin()
        try:
            for kind in buffers.in_order(self._kinds):
                if not self._over:
                    await self._kind(buffers, kind)
        except Unable:
            await buffers.end()
            raise
        await buffers.end()

    async def _kind(self, buffers: EditBuffers, kind: Kind) -> None:
        await buffers.enter(kind, to_select=self._job.bank is Bank.INTERNAL)
        kept = await buffers.keep(kind)
        try:
            await self._write(buffers, kind)
            await self._read(buffers, kind)
        except Unable:
            await self._put_back(buffers, kind, kept)
            raise
        await self._put_back(buffers, kind, kept)

    async def _write(self, buffers: EditBuffers, kind: Kind) -> None:
        job, records = self._job, kind.slots(self._wanted)
        total = sum(len(numbers) for numbers in self._todo.numbers.values())
        size = record_size(kind, self._held)
        job.meter.enter(ONE_BY_ONE, total * size)
        for number in self._todo.numbers[kind.part]:
            if self._cancel is not None and self._cancel.is_set():
                self._stopped = True
                return
            if await buffers.load(kind, records[number], job.pacing) is not _COMPLETED:
                raise Unable(f"the edit buffer did not take {say.slot(kind, number)}")
            self._begun, self._trying = True, (kind, number)
            job.reply = await buffers.write(kind, job.bank, number)
            if job.reply is not StatusCode.WRITE_COMPLETED:
                await self._refusal(buffers, kind, number, job.reply)
                return
            self._trying = None
            self._written[kind.part].append(number)
            job.report.found[kind.part] = Protection.FREE
            job.meter.count(len(self._written[kind.part]) * size, None)

    async def _refusal(
        self, buffers: EditBuffers, kind: Kind, number: int, code: StatusCode
    ) -> None:
        """Note that memory is protected, unless the mode explains the refusal."""
        if await buffers.ask_mode() not in kind.modes:
            raise Unable("the M1 was put into another mode meanwhile")
        function = kind.write(0, Bank.INTERNAL, 0).function
        said = f"{function:02X} sent for slot {number:02d}, {code:02X} {code.label} received"
        self._job.report.note(kind.part, Protection.PROTECTED, said)
        self._refused = True

    async def _read(self, buffers: EditBuffers, kind: Kind) -> None:
        """Read back what was written, and what was refused, from memory itself."""
        wanted, held = kind.slots(self._wanted), kind.slots(self._held)
        expected = {number: wanted[number] for number in self._written[kind.part]}
        if self._refused and self._trying is not None:
            expected[self._trying[1]] = held[self._trying[1]]
        if not expected:
            return
        found = await read_slots(self._job, buffers, kind, self._held, expected)
        if found is None:
            self._unread.append(kind.part)
        else:
            self._found = _with(self._found, kind, found)

    async def _put_back(self, buffers: EditBuffers, kind: Kind, kept: Record) -> None:
        """Select what was selected and load what the edit buffer held, or note that it cannot."""
        self._job.meter.enter(PUTTING_BACK)
        shown = buffers.selected.get(kind.part)
        if shown is not None:
            slots = kind.slots(self._held)
            same = [at for at, record in enumerate(slots) if record.normal() == kept.normal()]
            if len(same) == 1 and await buffers.select(kind, same[0]):
                if same[0] not in self._todo.numbers[kind.part]:
                    return
            else:
                self._job.notes.append(say.selection_lost(kind, shown))
        if await buffers.load(kind, kept) is not _COMPLETED:
            self._job.notes.append(say.buffer_lost(kind))

    def _undo(self) -> Todo | None:
        """Return what to write back where one part was written and then another refused."""
        if not self._refused or self._trying is None:
            return None
        protected = self._trying[0].part
        numbers = {
            part: tuple(numbers)
            for part, numbers in self._written.items()
            if numbers and part is not protected
        }
        dumps = tuple(
            BankDump.of(self._held, part, self._job.bank, self._job.instrument.channel)
            for part in self._sent
        )
        return Todo(numbers, dumps) if (numbers or dumps) else None

    # What is told

    def _see_quiet(self) -> None:
        """Raise Unable if something happened that makes the readings doubtful."""
        ear = self._job.conversation.ear
        if ear.echoes + ear.panel_edits != self._noise:
            raise Unable("somebody used the panel, or our own messages came back")

    def _story(self, more: str = "") -> str:
        written = [part.label for part in self._sent]
        waiting = [dump.part.label for dump in self._todo.dumps if dump.part not in self._sent]
        trying = ""
        for kind in self._kinds:
            for number in self._todo.numbers[kind.part]:
                name = say.slot(kind, number)
                if number in self._written[kind.part]:
                    written.append(name)
                elif (kind, number) == self._trying:
                    trying = name
                else:
                    waiting.append(name)
        return f"{say.story(written, trying, waiting)} {more}".strip()


_COMPLETED = StatusCode.LOAD_COMPLETED


def _with(memory: Contents, kind: Kind, records: Mapping[int, Record]) -> Contents:
    """Return `memory` with other records in some slots."""
    slots = [records.get(number, record) for number, record in enumerate(kind.slots(memory))]
    if kind.part is Part.PROGRAMS:
        return memory.replace(programs=tuple(one for one in slots if isinstance(one, Program)))
    return memory.replace(combinations=tuple(one for one in slots if isinstance(one, Combination)))
