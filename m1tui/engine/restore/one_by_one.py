"""Writes just the programs or combinations that differ, each through its edit buffer.

40 and 11, or 49 and 1A. What became of them is read back in their bank's dump, which shows also
what was written to another slot than was meant.

What is known of it: that 11 and 1A store, from several sources; that the M1 answers 21 or 22, from
one.
"""

from __future__ import annotations

import asyncio

from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter, Phase
from m1tui.engine.restore.edit_buffers import KINDS, EditBuffers, Kind, Record
from m1tui.engine.restore.history import GOOD, End, ObjectsSent, SendObjects
from m1tui.engine.restore.ways import record_size
from m1tui.errors import LinkLost, Unable
from m1tui.sysex import Bank, Contents, Part, StatusCode


def kind_of(part: Part) -> Kind:
    """Return the kind of edit buffer through which `part` is written."""
    return next(kind for kind in KINDS if kind.part is part)


async def send_objects(
    instrument: Instrument,
    move: SendObjects,
    wanted: Contents,
    bank: Bank,
    meter: Meter,
    cancel: asyncio.Event | None,
) -> ObjectsSent:
    """Write the slots of `move` as `wanted` has them; what came of it, without its time.

    Setting `cancel` ends it between two objects. Mode and edit buffers that were in use are in use
    again afterwards, or a note says that they are not.
    """
    return await _Sending(instrument, move, wanted, bank, meter, cancel).run()


class _Sending:
    def __init__(
        self,
        instrument: Instrument,
        move: SendObjects,
        wanted: Contents,
        bank: Bank,
        meter: Meter,
        cancel: asyncio.Event | None,
    ) -> None:
        self._move = move
        self._kind = kind_of(move.part)
        self._records = self._kind.slots(wanted)
        self._size = record_size(self._kind, wanted)
        self._bank = bank
        self._meter = meter
        self._cancel = cancel
        self._evidence: list[str] = []
        self._notes: list[str] = []
        self._buffers = EditBuffers(instrument, self._evidence)
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
