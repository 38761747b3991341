"""Reads memory until it can be trusted: two readings agree, or one equals what is known.

Each reading is a fact (`Tried`); what follows from all of them is decided by pure functions. A
dump counts only if the mode data asked for behind it come next, tell the memory allocation that
the dump has, and nothing stands between that may mean another memory.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from m1tui.advice import Advice, Trouble
from m1tui.engine.compare import compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import EXCLUSIVE_ON
from m1tui.engine.line.conversation import OnBytes
from m1tui.engine.line.ear import LONGEST_ANSWER, Label, label_of, refused
from m1tui.engine.progress import Meter, Phase
from m1tui.errors import LinkLost, NoReply, ReadError
from m1tui.link.base import JACK_LOSES, JACK_NEXT
from m1tui.sysex import (
    Allocation,
    AllocationError,
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardFormat,
    CardState,
    CombinationDump,
    Contents,
    ModeData,
    Part,
    ProgramDump,
    StatusCode,
    message_size,
)

MOST_READINGS = 3
"""After so many no further one would be believed."""
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
_WRITTEN = (StatusCode.LOAD_COMPLETED, StatusCode.WRITE_COMPLETED)

Known = Callable[[Contents], bool]
"""Tells whether a reading equals something known, so that no second one is needed."""


def nobody_answered(trouble: Trouble) -> bool:
    """Tell whether a reading ended because nothing answered, or the link was lost."""
    return isinstance(trouble, LinkLost) or (isinstance(trouble, ReadError) and trouble.silent)


class Doubt(Enum):
    """Why a dump that came whole is not taken."""

    REPEATED = "more dumps arrived than were asked for"
    REALLOCATED = "the memory allocation was changed in the meantime"


class Disturbance(Enum):
    """What was heard beside a dump, and means that memory may be another by now."""

    NONE = ""
    LOADED = "the M1 reported that it had loaded or written something"
    PANEL = "somebody used the panel"


@dataclass(frozen=True, slots=True)
class Came:
    """A reading that came whole."""

    contents: Contents
    data: bytes
    behind: ModeData | None
    """The mode data behind its last dump; None where the M1 sends none."""
    disturbance: Disturbance
    prompt: bool
    """Whether it cannot be the answer to an earlier request, nor one of our own messages."""
    refused: bool
    """Whether a load error came beside it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A reading that did not come, or not whole."""

    failure: NoReply


@dataclass(frozen=True, slots=True)
class Doubted:
    """A reading that came and is not taken."""

    doubt: Doubt


Tried = Came | Failed | Doubted


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read and can be trusted."""

    contents: Contents
    dump: bytes
    """The message as it came, F0 to F7; of several forms, their messages in a row."""
    reads: int
    notes: tuple[str, ...]
    behind: ModeData | None
    """What the M1 was set to when the reading ended; None where it tells nothing."""


def never(_: Contents) -> bool:
    """Nothing is known: two readings must agree."""
    return False


def expected_bytes(part: Part, mode_data: ModeData | None, steps: int = 0) -> int:
    """Return the likely size of a dump on the wire, before its header tells it."""
    allocation = mode_data.allocation if mode_data is not None else None
    return message_size(part, allocation or Allocation.LARGE_PROGRAM, steps)


# What follows from the readings so far

_NOTES = {
    Doubt.REPEATED: "More dumps arrived than were asked for: something between the computer and "
    "the M1 repeats them, or two instruments answer. None of those readings was used.",
    Doubt.REALLOCATED: "The memory allocation was changed while memory was being read, so it was "
    "read again.",
}


def settled(tries: tuple[Tried, ...], known: Known, *, still: bool) -> bool:
    """Tell whether the newest of `tries` is what memory holds.

    With `still` nothing may have happened at the M1 while it was read.
    """
    newest = tries[-1]
    if not isinstance(newest, Came) or (still and newest.disturbance is not Disturbance.NONE):
        return False
    if any(isinstance(one, Came) and one.data == newest.data for one in tries[:-1]):
        return True
    # Noise does not make a memory equal by chance.
    return newest.behind is not None and newest.prompt and known(newest.contents)


def hopeless(tries: tuple[Tried, ...]) -> bool:
    """Tell whether no further reading could settle it."""
    answered = any(not isinstance(one, Failed) or one.failure.partial for one in tries)
    return len(tries) >= MOST_READINGS or (len(tries) > 1 and not answered)


def error(tries: tuple[Tried, ...], part: Part, *, over_jack: bool) -> ReadError:
    """Return the error for readings that were never settled."""
    came = [one for one in tries if isinstance(one, Came)]
    failures = [one.failure for one in tries if isinstance(one, Failed)]
    doubts = {one.doubt for one in tries if isinstance(one, Doubted)}
    captures = [failure.partial for failure in failures] + [one.data for one in came]
    partial = max(captures, key=len, default=b"")
    disturbed = {one.disturbance for one in came} - {Disturbance.NONE}
    if came and disturbed and all(one.data == came[0].data for one in came):
        return ReadError(_say_disturbed(part, disturbed.pop().value), partial)
    if len(came) > 1:
        what = compare(came[0].contents, came[1].contents).summary()
        return ReadError(_say_unsettled(part, len(tries), what, over_jack=over_jack), partial)
    if doubts and not failures:
        if Doubt.REPEATED in doubts:
            return ReadError(_say_repeated(part), partial)
        return ReadError(_say_disturbed(part, Doubt.REALLOCATED.value), partial)
    if not failures:
        return ReadError(
            _say_unsettled(part, len(tries), "what else arrived", over_jack=over_jack), partial
        )
    failure = failures[-1]
    silent = isinstance(tries[-1], Failed) and failure.is_silence
    if came and silent:
        return ReadError(_say_fell_silent(part, failure), partial, silent=True)
    if failure.refusal is not None and not partial:
        return ReadError(_say_refused(part, failure.refusal.code), partial)
    if not partial:
        return ReadError(_say_silent(part, failure), silent=True)
    longest = max(failures, key=lambda one: len(one.partial))
    return ReadError(
        _say_damaged(part, longest if longest.partial else failure, over_jack=over_jack), partial
    )


def notes_of(tries: tuple[Tried, ...]) -> tuple[str, ...]:
    """Return what a person should know of readings that were settled in the end."""
    came = [one for one in tries if isinstance(one, Came)]
    notes = [
        f"One reading was not usable: expected a complete dump, found {one.failure.description}."
        for one in tries
        if isinstance(one, Failed)
    ]
    notes += [_NOTES[one.doubt] for one in tries if isinstance(one, Doubted)]
    notes += [
        f"Memory was read again, because {one.disturbance.value} in the meantime."
        for one in came
        if one.disturbance is not Disturbance.NONE
    ]
    if len({one.data for one in came}) > 1:
        notes.append("The first readings differed; the last one agreed with one of them.")
    if any(one.refused for one in came):
        notes.append(
            "The M1 reported a load error but sent its dump anyway: a MIDI THRU loop feeds "
            "the M1's own dump back to it."
        )
    return tuple(dict.fromkeys(notes))


# Reading


async def read_settled(
    instrument: Instrument,
    forms: tuple[Part, ...],
    bank: Bank,
    *,
    meter: Meter,
    phases: tuple[Phase, Phase],
    known: Known = never,
    still: bool = True,
    size: int | None = None,
) -> Reading:
    """Read `forms` up to three times, until `known` takes a reading or two readings agree.

    `forms` are the dumps to ask for, one after the other; their parts together are what is read.
    Of a card, all data are those parts that its format has. `phases` name the first and, once
    something came, the further readings in the progress; `size` is what is expected, in bytes, for
    the same. With `still` the newest reading must have been undisturbed. Raises ReadError, Stopped
    and LinkLost.
    """
    tries: tuple[Tried, ...] = ()
    while not hopeless(tries):
        again = any(isinstance(one, Came) for one in tries)
        meter.enter(phases[again], size or _size(instrument, forms, tries), least=True)
        tries += (await _try(instrument, forms, bank, meter),)
        newest = tries[-1]
        if not isinstance(newest, Came):
            continue
        meter.finish(len(newest.data))
        if settled(tries, known, still=still):
            meter.drop(phases[1])
            if bank is Bank.INTERNAL:
                instrument.remember(newest.contents)
            notes = notes_of(tries) + instrument.conversation.notes()
            return Reading(newest.contents, newest.data, len(tries), notes, newest.behind)
    part = forms[0] if len(forms) == 1 else Part.ALL
    raise error(tries, part, over_jack=instrument.link.over_jack)


async def _try(instrument: Instrument, forms: tuple[Part, ...], bank: Bank, meter: Meter) -> Tried:
    """Read once; raises ReadError for a card that cannot be read, Stopped and LinkLost."""
    try:
        # A late answer to an earlier request would be taken for the answer to this one.
        await instrument.flush()
        tried: Tried = await _read(instrument, forms, bank, meter)
    except NoReply as failure:
        tried = Failed(failure)
    if not isinstance(tried, Came):
        # A retry while bytes still arrive would be answered by the tail of the old one.
        await instrument.conversation.quiet()
    return tried


async def _read(
    instrument: Instrument, forms: tuple[Part, ...], bank: Bank, meter: Meter
) -> Came | Doubted:
    """Read each of `forms` once; raises NoReply, ReadError, Stopped and LinkLost."""
    if bank is Bank.CARD and forms == (Part.ALL,):
        layout = await _card_format(instrument)
        forms = CARD_PARTS[layout]
        sizes = {one: message_size(one, layout.dump_allocation) for one in forms}
    else:
        mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
        sizes = {one: expected_bytes(one, mode_data) for one in forms}
    whole: Came | None = None
    for form in forms:
        done = len(whole.data) if whole is not None else 0
        own = sizes.pop(form)
        on_bytes = meter.count if len(forms) == 1 else _counter(meter, done, own, sizes)
        came = await _dump(instrument, form, bank, on_bytes)
        if isinstance(came, Doubted):
            return came
        whole = came if whole is None else _joined(whole, came)
    assert whole is not None
    return whole


def _joined(first: Came, second: Came) -> Came:
    """Return two readings of different parts as one; raises NoReply where they do not fit."""
    try:
        contents = first.contents.merged(second.contents)
    except AllocationError as problem:
        raise NoReply(0.0, first.data + second.data, problem=str(problem)) from problem
    undisturbed = first.disturbance is Disturbance.NONE
    return Came(
        contents,
        first.data + second.data,
        second.behind if first.behind is not None else None,
        second.disturbance if undisturbed else first.disturbance,
        first.prompt and second.prompt,
        first.refused or second.refused,
    )


_SIZED_BY_HEADER = (Part.SEQUENCE, Part.ALL)
"""The dumps that are as long as the songs in them."""


def _counter(meter: Meter, done: int, size: int, ahead: dict[Part, int]) -> OnBytes:
    """Return what counts one dump of several: bytes done before it, its own, those after it."""
    behind = sum(ahead.values())
    guessed = any(one in _SIZED_BY_HEADER for one in ahead)

    def count(arrived: int, known: int | None) -> None:
        least = known is None or guessed
        meter.count(done + arrived, done + (known or size) + behind, least=least)

    return count


async def _card_format(instrument: Instrument) -> CardFormat:
    """Ask what is on the card; raises ReadError for one that cannot be read."""
    mode_data = await instrument.ask_mode()
    if mode_data.card_format is None:
        raise ReadError(_say_no_card(mode_data.card))
    return mode_data.card_format


async def _dump(
    instrument: Instrument, form: Part, bank: Bank, on_bytes: OnBytes
) -> Came | Doubted:
    """Ask for one dump, and for mode data behind it; raises NoReply, Stopped and LinkLost."""

    def is_answer(message: AnyMessage) -> bool:
        return isinstance(message, BankDump) and message.part is form and message.bank is bank

    ear, channel = instrument.conversation.ear, instrument.channel
    before, panel, begun = ear.heard.copy(), ear.panel, asyncio.get_running_loop().time()
    request = BankRequest(channel, form, bank)
    try:
        reply = await instrument.conversation.ask(request, is_answer, on_bytes=on_bytes)
    except NoReply as failure:
        if not failure.partial and failure.refusal is None:
            ear.astray_until = asyncio.get_running_loop().time() + LONGEST_ANSWER
        raise
    if reply.broken:
        # What broke off was perhaps the answer, and this an earlier one.
        return Doubted(Doubt.REPEATED)
    assert isinstance(reply.message, BankDump)
    behind, error_behind = await _fence(instrument)
    heard = ear.heard - before
    if heard[label_of(reply.message)] > 1:
        return Doubted(Doubt.REPEATED)
    if _reallocated(reply.message, behind):
        return Doubted(Doubt.REALLOCATED)
    return Came(
        reply.message.contents,
        reply.data,
        behind,
        _disturbance(heard, channel, panel=ear.panel > panel),
        begun >= ear.astray_until and not ear.echoes,
        error_behind or refused(reply),
    )


async def _fence(instrument: Instrument) -> tuple[ModeData | None, bool]:
    """Ask for mode data, which come behind all that the M1 said; None where it sends none.

    Also return whether a load error came before them. Raises Stopped and LinkLost.
    """
    try:
        return await instrument.fence()
    except NoReply:
        await instrument.conversation.quiet()
        # Should they come late, nobody takes them for a dump.
        instrument.conversation.unanswered -= 1
        return None, False


def _reallocated(dump: BankDump, behind: ModeData | None) -> bool:
    """Tell whether memory is divided otherwise by now than the dump was."""
    if behind is None or dump.contents.allocation is None or behind.allocation is None:
        return False
    if dump.bank is Bank.CARD:
        layout = behind.card_format
        return layout is None or dump.contents.allocation is not layout.dump_allocation
    return dump.contents.allocation is not behind.allocation


def _disturbance(heard: Counter[Label], channel: int, *, panel: bool) -> Disturbance:
    """Return what else the M1 said between the request and the mode data behind the dump."""
    if any(heard[channel, code] for code in _WRITTEN):
        return Disturbance.LOADED
    if panel or any(heard[channel, one] for one in (ProgramDump, CombinationDump)):
        return Disturbance.PANEL
    return Disturbance.NONE


def _size(instrument: Instrument, forms: tuple[Part, ...], tries: tuple[Tried, ...]) -> int:
    came = [len(one.data) for one in tries if isinstance(one, Came)]
    if came:
        return came[-1]
    mode_data = instrument.diagnosis.mode_data if instrument.diagnosis is not None else None
    return sum(expected_bytes(one, mode_data) for one in forms)


# What a reading that cannot be trusted means to a person


def _say_unsettled(part: Part, reads: int, what: str, *, over_jack: bool) -> Advice:
    """Return the advice for readings that never agree."""
    return Advice(
        code="readings-disagree",
        happened=f"No two of {reads} readings of {part.label} agree: expected two that do, found "
        f"differences in {what}.",
        safe="Reading changes nothing in the instrument.",
        cause="The cable or the interface changes bytes, or somebody was editing on the panel."
        if not over_jack
        else f"{JACK_LOSES}, or somebody was editing on the panel.",
        next_step="Take your hands off the panel and try again; if that does not help, try another "
        "cable or interface."
        if not over_jack
        else f"Take your hands off the panel. {JACK_NEXT}.",
    )


def _say_refused(part: Part, code: StatusCode) -> Advice:
    """Return the advice for a dump that the M1 refuses to send."""
    return Advice(
        code="dump-refused",
        happened=f"The M1 refused to send {part.label}: expected a dump, found the status "
        f"{code:02X} ({code.label}).",
        safe="Reading changes nothing in the instrument.",
        cause="What was requested is not there. If it was meant to come from a card, either no "
        "card is inserted, or the card has another format.",
        next_step="Check the card, or choose another part or bank, then try again.",
    )


def _say_disturbed(part: Part, what: str) -> Advice:
    """Return the advice for readings during which something happened at the M1 each time."""
    return Advice(
        code="reading-disturbed",
        happened=f"The reading of {part.label} cannot be trusted: expected an M1 that is not in "
        f"use, found that {what}, each time.",
        safe="Reading changes nothing in the instrument.",
        cause="Somebody is using the M1's panel, or another program or a MIDI THRU loop is "
        "sending to it.",
        next_step="Take your hands off the panel, close other MIDI programs, then try again.",
    )


def _say_repeated(part: Part) -> Advice:
    """Return the advice for readings with more dumps than were asked for."""
    return Advice(
        code="dump-repeated",
        happened=f"The reading of {part.label} cannot be trusted: expected one dump for each "
        "request, found more.",
        safe="Reading changes nothing in the instrument.",
        cause="Something between the computer and the M1 repeats messages: a merge box, a second "
        "cable, or another program; or two instruments answer on one channel.",
        next_step="Connect only the M1, OUT to IN and IN to OUT, then try again.",
    )


def _say_no_card(state: CardState) -> Advice:
    """Return the advice for a card that cannot be read."""
    return Advice(
        code="card-unreadable",
        happened="The card could not be read: expected a card with a known format, found "
        f"{'none' if state in (CardState.NONE, CardState.OFF) else f'card {state.value}'}.",
        safe="Reading changes nothing on the card.",
        cause="No card is in the top slot, or the card is not formatted or has lost its data.",
        next_step="Push the card into the top slot, then try again.",
    )


def _say_silent(part: Part, failure: NoReply) -> Advice:
    """Return the advice for a dump that does not come."""
    return Advice(
        code="dump-not-sent",
        happened=f"The M1 did not send {part.label}: expected a dump, found {failure.description}.",
        safe="Reading changes nothing in the instrument.",
        cause="The M1 was switched off or unplugged, its sequencer is playing, or Exclusive was "
        "disabled.",
        next_step=f"Check power and cables, stop the sequencer, and press {EXCLUSIVE_ON} on the "
        "M1. Then try again.",
    )


def _say_fell_silent(part: Part, failure: NoReply) -> Advice:
    """Return the advice for an M1 that sent one dump and then answers no more."""
    return Advice(
        code="fell-silent",
        happened=f"The M1 sent {part.label} once and then stopped: expected a second dump, found "
        f"{failure.description}.",
        safe="Reading changes nothing in the instrument. What arrived is kept.",
        cause="The M1 was switched off or unplugged, or its channel or its Exclusive filter was "
        "changed on the panel.",
        next_step="Check power, plugs and GLOBAL 5, then try again.",
    )


def _say_damaged(part: Part, failure: NoReply, *, over_jack: bool) -> Advice:
    """Return the advice for a dump that does not come whole."""
    return Advice(
        code="dump-damaged",
        happened=f"The dump of {part.label} did not arrive complete: expected a complete message, "
        f"found {failure.description}.",
        safe="Reading changes nothing in the instrument. What arrived is kept.",
        cause="The cable or the interface loses bytes from long messages; cheap USB cables with a "
        "CH345 chip are known for this."
        if not over_jack
        else f"{JACK_LOSES}.",
        next_step="Try another interface; `m1tui loopback` shows whether it can be trusted."
        if not over_jack
        else f"{JACK_NEXT}.",
    )
