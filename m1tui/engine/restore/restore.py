"""Puts a file into an M1: diagnosis, backup, write probe, sending, reading back, comparing."""

from __future__ import annotations

import asyncio

from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.progress import Meter, ProgressHandler
from m1tui.engine.restore.do import Bench, back_in_mode, do
from m1tui.engine.restore.fits import damage_in
from m1tui.engine.restore.history import History, Job, Save
from m1tui.engine.restore.judge import Restoration, judge
from m1tui.engine.restore.next_move import next_move
from m1tui.sysex import Bank, Contents, Part
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
