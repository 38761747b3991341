"""Reads slots back by selecting them, and proves that what comes is what memory holds.

What 10 and 19 return is the edit buffer, and proves nothing of memory. So each slot is selected,
which loads it, and the reading counts only where the edit buffer was just read to hold something
else: that the content came by the selection, and not from what was sent. For that a witness is read
first, a slot that holds something else than any that is read back. It costs one more reading of 184
bytes (59 ms), each slot the same.

A load that something sends back could pass for an answer that got lost. What comes as it was
loaded, but not when the M1 answers, is asked for again (`EditBuffers.buffer`); and where only few
slots are read, each is (`EditBuffers.slot`).

What is known of it: that 10 and 19 return the edit buffer, and that 50 ms may be needed after a
selection, from hardware or several sources; that the M1 answers a program change with 23, from one.
That a selection loads memory also into an edit buffer that was edited is inferred; an M1 that does
otherwise shows no change at the witness, and its dump is to be read.
"""

from __future__ import annotations

from collections.abc import Mapping

from m1tui.engine import repair_advice as say
from m1tui.engine.edit_buffers import FEW, SETTLE, EditBuffers, Kind, Record, Unable
from m1tui.engine.job import READING_ONE, Job
from m1tui.engine.plan import Wire, dump_seconds, record_size, selecting_seconds
from m1tui.sysex import Bank, Contents


async def read_slots(
    job: Job, buffers: EditBuffers, kind: Kind, held: Contents, expected: Mapping[int, Record]
) -> dict[int, Record] | None:
    """Return what the slots of `expected` hold; None where the bank's dump is to be read.

    `held` is what memory held before they were written. Raises Unable for a slot that does not
    hold what is expected, and for a reading that proves nothing; and LinkLost.
    """
    ear = job.conversation.ear
    witness = _witness(kind.slots(held), expected)
    if job.bank is Bank.CARD or witness is None:
        return None
    asked, heard = buffers.asked, ear.records
    number, last = witness
    size = record_size(kind, held)
    job.meter.enter(READING_ONE, (len(expected) + 1) * size)
    if not await _holds(buffers, kind, number, last):
        return None
    if _dump_is_faster(job, buffers, kind, held, len(expected)):
        return None
    found: dict[int, Record] = {}
    again = len(expected) <= FEW
    # Not in the order of writing: loads that come back would come at the same distances.
    for slot, record in reversed(list(expected.items())):
        if last.normal() == record.normal() and not await _holds(buffers, kind, *witness):
            raise Unable("the selection did not change the edit buffer")
        last = found[slot] = await buffers.slot(kind, slot, record, again=again)
        if last.normal() != record.normal():
            raise Unable(f"{say.slot(kind, slot)} did not read back as it was to be")
        job.meter.count((len(found) + 1) * size, None)
    if await buffers.ask_mode() is not kind.mode:
        raise Unable("the M1 was put into another mode meanwhile")
    if ear.records - heard != buffers.asked - asked:
        # One of them may be ours, sent back, in the place of an answer.
        raise Unable("more edit buffers came than were asked for")
    return found


def _dump_is_faster(job: Job, buffers: EditBuffers, kind: Kind, held: Contents, count: int) -> bool:
    wire = Wire(job.pacing, job.instrument.link.bytes_per_second)
    settle = 0.0 if buffers.prompt else SETTLE
    singly = selecting_seconds(kind, held, count, wire, settle=settle)
    return dump_seconds(kind, held, wire) < singly


async def _holds(buffers: EditBuffers, kind: Kind, number: int, record: Record) -> bool:
    """Select a slot and tell whether it holds `record`."""
    return (await buffers.slot(kind, number, record)).normal() == record.normal()


def _witness(
    slots: tuple[Record, ...], expected: Mapping[int, Record]
) -> tuple[int, Record] | None:
    """Return a slot that holds something else than any that is read back; None without one."""
    taken = {record.normal() for record in expected.values()}
    return next(
        (
            (number, record)
            for number, record in enumerate(slots)
            if number not in expected and record.normal() not in taken
        ),
        None,
    )
