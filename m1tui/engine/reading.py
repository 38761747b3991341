"""Reads memory until it can be trusted: two readings agree, or one equals what is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from m1tui.advice import Advice, Trouble
from m1tui.engine import reading_advice as say
from m1tui.engine.compare import compare
from m1tui.engine.conversation import OnBytes
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Meter
from m1tui.engine.proof import OwnVoice, Repeated, Unproved, forms_to_ask, prove
from m1tui.engine.waiting import LONGEST_ANSWER, NoReply, Reply
from m1tui.link import LinkLost
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

MOST_READINGS = 3
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


class ReadError(Trouble):
    """Memory could not be read so that it can be trusted; what did come is kept."""

    def __init__(self, advice: Advice, partial: bytes = b"", *, silent: bool = False) -> None:
        super().__init__(advice)
        self.partial = partial
        """The longest capture, from F0, as far as it came."""
        self.silent = silent
        """Whether nothing answered at all."""


@dataclass(slots=True)
class _Attempts:
    dumps: list[tuple[Contents, bytes]] = field(default_factory=list)
    failures: list[NoReply] = field(default_factory=list)
    doubts: int = 0
    """Readings that may have been our own dump, sent back."""
    repeats: int = 0
    """Readings with more dumps than were asked for."""
    refused: bool = False
    """Whether a load error came beside a dump."""

    @property
    def count(self) -> int:
        return len(self.dumps) + len(self.failures) + self.doubts + self.repeats

    @property
    def hopeless(self) -> bool:
        """Whether no further reading could make two agree, or nobody answers at all."""
        answered = any(failure.partial for failure in self.failures)
        return self.count >= MOST_READINGS or (
            len(self.failures) > 1 and not (answered or self.dumps)
        )


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
    attempts = _Attempts()
    while not attempts.hopeless:
        meter.enter(phases[min(attempts.count, 1)], size or _size_hint(instrument, part, attempts))
        begun = asyncio.get_running_loop().time()
        try:
            # A late answer to an earlier request would be taken for the answer to this one.
            await instrument.flush()
            contents, data = await _read_once(instrument, part, bank, meter, attempts, phases[1])
        except Unproved as unproved:
            attempts.doubts += isinstance(unproved, OwnVoice)
            attempts.repeats += isinstance(unproved, Repeated)
            instrument.conversation.ear.doubts += 1
            await instrument.conversation.quiet()
            continue
        except NoReply as failure:
            attempts.failures.append(failure)
            # A retry while bytes still arrive would be answered by the tail of the old one.
            await instrument.conversation.quiet()
            continue
        agrees = any(data == earlier for _, earlier in attempts.dumps)
        attempts.dumps.append((contents, data))
        if agrees or (known(contents) and _can_be_believed(instrument, begun)):
            meter.drop(phases[1])
            reading = Reading(contents, data, attempts.count, _notes(instrument, attempts))
            if bank is Bank.INTERNAL:
                instrument.remember(contents)
            return reading
    raise _error(part, attempts)


async def _read_once(
    instrument: Instrument, part: Part, bank: Bank, meter: Meter, attempts: _Attempts, phase: str
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
    attempts: _Attempts,
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
    instrument: Instrument, part: Part, bank: Bank, attempts: _Attempts, on_bytes: OnBytes | None
) -> Reply:
    def is_answer(message: AnyMessage) -> bool:
        return isinstance(message, BankDump) and message.part is part and message.bank is bank

    request = BankRequest(instrument.channel, part, bank)
    ear = instrument.conversation.ear
    heard_before, suspicious = ear.dumps[instrument.channel], attempts.doubts > 0
    try:
        reply = await instrument.conversation.ask(request, is_answer, on_bytes=on_bytes)
    except NoReply as failure:
        if not failure.partial and failure.refusal is None:
            ear.astray_until = asyncio.get_running_loop().time() + LONGEST_ANSWER
        raise
    mode_data, refused = await prove(instrument, reply.data, heard_before, suspicious=suspicious)
    attempts.refused = attempts.refused or refused or reply.refusal is not None
    assert isinstance(reply.message, BankDump)
    if bank is Bank.INTERNAL and reply.message.allocation not in (None, mode_data.allocation):
        found = "an allocation that the M1 does not have"
        raise NoReply(0.0, reply.data, problem=f"its header tells {found}")
    return reply


def _size_hint(instrument: Instrument, part: Part, attempts: _Attempts) -> int:
    if attempts.dumps:
        return len(attempts.dumps[-1][1])
    mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
    return expected_bytes(part, mode_data)


def _notes(instrument: Instrument, attempts: _Attempts) -> tuple[str, ...]:
    notes = [
        f"One reading was not usable: expected a whole dump, found {failure.description}."
        for failure in attempts.failures
    ]
    if len(attempts.dumps) == MOST_READINGS:
        notes.append("The first two readings differed; the third agreed with one of them.")
    if attempts.refused:
        notes.append(
            "The M1 reported a load error and sent its dump all the same: a MIDI THRU loop feeds "
            "its own dump back to it."
        )
    if attempts.doubts:
        notes.append(
            "A dump came that may have been our own, sent back by something between the computer "
            "and the M1. It was not taken; memory was read in another form."
        )
    if attempts.repeats:
        notes.append(
            "More dumps came than were asked for: something between the computer and the M1 "
            "repeats them. None of those was taken."
        )
    if instrument.conversation.ear.echoes:
        notes.append("Our own messages come back on this link: there is a MIDI THRU loop.")
    notes += [
        f"An answer came on channel {channel + 1} though channel {instrument.channel + 1} was "
        "asked: another instrument is on this link. It was not taken."
        for channel in sorted(instrument.conversation.strangers)
    ]
    return tuple(notes)


def _error(part: Part, attempts: _Attempts) -> ReadError:
    if not attempts.failures and len(attempts.dumps) < 2:
        return ReadError(say.own_voice(part) if attempts.doubts else say.repeated(part))
    captures = [failure.partial for failure in attempts.failures]
    captures += [data for _, data in attempts.dumps]
    partial = max(captures, key=len, default=b"")
    if len(attempts.dumps) > 1:
        first, second = attempts.dumps[0][0], attempts.dumps[1][0]
        what = compare(first, second).summary()
        return ReadError(say.unsettled(part, attempts.count, what), partial)
    failure = attempts.failures[-1]
    if attempts.dumps and failure.is_silence:
        return ReadError(say.fell_silent(part, failure), partial, silent=True)
    longest = max(attempts.failures, key=lambda one: len(one.partial))
    if failure.refusal is not None and not partial:
        return ReadError(say.refused(part, failure.refusal.code), partial)
    if not partial:
        return ReadError(say.silent(part, failure), silent=True)
    return ReadError(say.damaged(part, longest if longest.partial else failure), partial)


def nobody_answered(trouble: Trouble) -> bool:
    """Tell whether a reading ended because nothing answered, or the link was lost."""
    return isinstance(trouble, LinkLost) or (isinstance(trouble, ReadError) and trouble.silent)
