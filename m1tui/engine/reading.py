"""Reads memory until it can be trusted: two readings agree, or one equals what is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from m1tui.engine import reading_advice as say
from m1tui.engine.attempts import Attempts, ReadError
from m1tui.engine.conversation import OnBytes
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter
from m1tui.engine.proof import OwnVoice, Repeated, Unproved, forms_to_ask, prove
from m1tui.engine.waiting import LONGEST_ANSWER, NoReply, Reply, refused
from m1tui.sysex import (
    Allocation,
    AllocationError,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardFormat,
    Contents,
    ModeData,
    Part,
    message_size,
)

CARD_PARTS = {
    CardFormat.PROGRAMS: (Part.GLOBAL, Part.COMBINATIONS, Part.PROGRAMS),
    CardFormat.PROGRAMS_AND_SEQUENCE: (
        Part.GLOBAL,
        Part.COMBINATIONS,
        Part.PROGRAMS,
        Part.SEQUENCE,
    ),
    CardFormat.SEQUENCE: (Part.SEQUENCE,),
}
"""What a card of each format holds, in the order of a dump; it is asked for part by part.

An all-data dump holds all four, and so is none of a card that lacks one.
"""

Known = Callable[[Contents], bool]
"""Tells whether a reading equals something known, so that no second one is needed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read and can be trusted."""

    contents: Contents
    dump: bytes
    """The message as it came, F0 to F7; of all that is on a card, its messages in a row."""
    reads: int
    notes: tuple[str, ...]


def never(_: Contents) -> bool:
    """Nothing is known: two readings must agree."""
    return False


def expected_bytes(part: Part, mode_data: ModeData | None, steps: int = 0) -> int:
    """Return the likely size of a dump on the wire, before its header tells it."""
    allocation = mode_data.allocation if mode_data is not None else None
    return message_size(part, allocation or Allocation.LARGE_PROGRAM, steps)


async def read_settled(
    instrument: Instrument,
    part: Part,
    bank: Bank,
    *,
    meter: Meter,
    phases: tuple[str, str],
    known: Known = never,
    size: int | None = None,
) -> Reading:
    """Read `part` up to three times, until `known` takes a reading or two readings agree.

    `phases` name the first and the further readings in the progress; `size` is the size of the
    dump that is expected, in bytes, for the same. While a dump that was asked for in vain may
    still come, two readings must agree whatever `known` says; likewise when our own messages come
    back on this link, but after a dump was sent each reading is proved to be the M1's instead, in
    a form that was not sent where that can be. Raises ReadError, Stopped and LinkLost.
    """
    attempts = Attempts()
    while not attempts.hopeless:
        meter.enter(phases[min(attempts.count, 1)], size or _size_hint(instrument, part, attempts))
        begun = asyncio.get_running_loop().time()
        try:
            # A late answer to an earlier request would be taken for the answer to this one.
            await instrument.flush()
            contents, data = await _read_once(instrument, part, bank, meter, attempts, phases[1])
        except Unproved as unproved:
            attempts.doubted(ours=isinstance(unproved, OwnVoice))
            instrument.conversation.ear.doubts += 1
            await instrument.conversation.quiet()
            continue
        except NoReply as failure:
            attempts.failed(failure)
            # A retry while bytes still arrive would be answered by the tail of the old one.
            await instrument.conversation.quiet()
            continue
        agrees = any(data == earlier for _, earlier in attempts.dumps)
        attempts.came(contents, data)
        if agrees or (known(contents) and attempts.fenced and _can_be_believed(instrument, begun)):
            meter.drop(phases[1])
            reading = Reading(contents, data, attempts.count, attempts.notes(instrument))
            if bank is Bank.INTERNAL:
                instrument.remember(contents)
            return reading
    raise attempts.error(part)


async def _read_once(
    instrument: Instrument, part: Part, bank: Bank, meter: Meter, attempts: Attempts, phase: str
) -> tuple[Contents, bytes]:
    """Read `part` once: in one dump, or in several, as on a card those that its format has.

    `phase` names the second time of a dump that comes just as it was sent.

    Raises Unproved, NoReply, ReadError for a card that cannot be read, and LinkLost.
    """
    if bank is Bank.INTERNAL:
        forms = forms_to_ask(instrument, part, suspicious=attempts.doubts > 0)
        mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
        sizes = {one: expected_bytes(one, mode_data) for one in forms}
    elif part is Part.ALL:
        layout = await _card_format(instrument)
        sizes = {one: message_size(one, layout.dump_allocation) for one in CARD_PARTS[layout]}
    else:
        sizes = {part: 0}
    if len(sizes) == 1:
        (only,) = sizes

        def again(size: int) -> OnBytes:
            meter.enter(phase, size)
            return meter.count

        dump, data = await _read_dump(instrument, only, bank, attempts, meter.count, again)
        return dump.contents, data
    contents, read = Contents(), b""
    for one in tuple(sizes):
        on_bytes = _counter(meter, len(read), sizes.pop(one), sum(sizes.values()))
        dump, data = await _read_dump(instrument, one, bank, attempts, on_bytes, lambda _: None)
        try:
            contents, read = contents.merged(dump.contents), read + data
        except AllocationError as error:
            raise NoReply(0.0, data, problem=str(error)) from error
    return contents, read


def _can_be_believed(instrument: Instrument, begun: float) -> bool:
    """Tell whether one reading that begun at that loop time is enough if it is as expected."""
    ear = instrument.conversation.ear
    if begun < ear.astray_until:
        # It may be the answer to an earlier request, which something held up.
        return False
    # After something was sent, each reading was proved to be the M1's.
    return bool(ear.own) or not ear.echoes


def _counter(meter: Meter, done: int, size: int, ahead: int) -> OnBytes:
    """Return what counts one dump of several: bytes done before it, its own, those after it."""

    def count(arrived: int, known: int | None) -> None:
        meter.count(done + arrived, done + (known or size) + ahead)

    return count


async def _card_format(instrument: Instrument) -> CardFormat:
    """Ask what is on the card; raises ReadError for one that cannot be read."""
    mode_data = await instrument.ask_mode()
    if mode_data.card_format is None:
        raise ReadError(say.no_card(mode_data.card))
    return mode_data.card_format


async def _read_dump(
    instrument: Instrument,
    part: Part,
    bank: Bank,
    attempts: Attempts,
    on_bytes: OnBytes,
    again: Callable[[int], OnBytes | None],
) -> tuple[BankDump, bytes]:
    """Read `part` in one dump, and if it comes just as it was sent, once more than it was sent.

    `again` is told the size before each further time, and returns what counts its bytes. Raises
    Unproved, NoReply and LinkLost.
    """
    reply = await _ask_for_dump(instrument, part, bank, attempts, on_bytes)
    # An M1 that answers no request, and echoes of ours in those moments, look just so.
    for _ in range(instrument.conversation.ear.times_sent(reply.data)):
        count = again(len(reply.data))
        further = await _ask_for_dump(instrument, part, bank, attempts, count)
        if further.data != reply.data:
            raise OwnVoice
    assert isinstance(reply.message, BankDump)
    return reply.message, reply.data


async def _ask_for_dump(
    instrument: Instrument, part: Part, bank: Bank, attempts: Attempts, on_bytes: OnBytes | None
) -> Reply:
    def is_answer(message: AnyMessage) -> bool:
        return isinstance(message, BankDump) and message.part is part and message.bank is bank

    request = BankRequest(instrument.channel, part, bank)
    ear = instrument.conversation.ear
    before = ear.dumps.copy()
    try:
        reply = await instrument.conversation.ask(request, is_answer, on_bytes=on_bytes)
    except NoReply as failure:
        if not failure.partial and failure.refusal is None:
            ear.astray_until = asyncio.get_running_loop().time() + LONGEST_ANSWER
        raise
    if reply.broken:
        raise Repeated
    assert isinstance(reply.message, BankDump)
    proof = await prove(
        instrument, reply.message, reply.data, before, suspicious=attempts.doubts > 0
    )
    attempts.fenced = attempts.fenced and proof.fenced
    attempts.refused = attempts.refused or proof.refused or refused(reply)
    return reply


def _size_hint(instrument: Instrument, part: Part, attempts: Attempts) -> int:
    if attempts.dumps:
        return len(attempts.dumps[-1][1])
    mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
    return expected_bytes(part, mode_data)
