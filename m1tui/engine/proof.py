"""Proves that a dump comes from the M1 and answers the request: no repeated one, and not our own.

Something between the two may repeat a dump, and so deliver the first reading for the second. So
each is fenced off by a mode request, and more dumps than were asked for prove nothing.

What was sent comes back in the form in which it was sent. So memory that was sent in one dump is
read part by part, which takes as many bytes. A part that was sent by itself is read twice where
it comes as it was sent, since a dump that was sent once comes back once, and sent twice, three
times; and as all data where there is doubt.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from m1tui.engine.ear import DumpKind
from m1tui.engine.instrument import Instrument
from m1tui.engine.waiting import NoReply
from m1tui.sysex import BankDump, Part

_FUNCTION = 4
"""Where a message tells what it is."""
_ALL_PARTS = (Part.GLOBAL, Part.COMBINATIONS, Part.PROGRAMS, Part.SEQUENCE)


class Unproved(Exception):
    """What was read may not be the answer to what was asked."""


class Repeated(Unproved):
    """More dumps came than were asked for."""


class OwnVoice(Unproved):
    """What was read may be our own dump."""


def forms_to_ask(instrument: Instrument, part: Part, *, suspicious: bool) -> tuple[Part, ...]:
    """Return the dumps in which to ask for `part` of the internal memory.

    All data that were sent are asked for by parts. A part that was sent is asked for within all
    data only where our own messages are known to come back, or on `suspicious` grounds.
    """
    ear = instrument.conversation.ear
    sent = {data[_FUNCTION] for data in ear.own}
    if part.dump_function not in sent:
        return (part,)
    if part is Part.ALL:
        return _ALL_PARTS
    return (Part.ALL,) if suspicious or ear.echoes else (part,)


class Proof(NamedTuple):
    """What was seen behind a dump."""

    fenced: bool
    """Whether mode data came behind it; without, a second reading must agree."""
    refused: bool
    """Whether a load or format error came between the two."""


async def prove(
    instrument: Instrument,
    dump: BankDump,
    data: bytes,
    before: Counter[DumpKind],
    *,
    suspicious: bool,
) -> Proof:
    """Return if `dump`, just read as `data`, is the M1's answer.

    The M1 answers in order. So mode data asked now must come next: with another such dump in
    between it is not known which of the two was the answer. Where it does not come, as in a mode in
    which an M1 sends none, it is waited until all is quiet; but not after something was sent.
    `before` counts the dumps that were heard before the request; another of the same kind puts the
    answer in doubt, and of any kind where something was sent. On `suspicious` grounds a dump equal
    to one that was sent proves nothing. Raises OwnVoice if it may be one that was sent, Repeated if
    it may be an earlier answer, NoReply if the M1 does not answer any more, and LinkLost.
    """
    ear, fenced, error = instrument.conversation.ear, True, False
    try:
        _, error = await instrument.fence()
    except NoReply as failure:
        if ear.own:
            why = f"mode data asked behind it: {failure.description}"
            raise NoReply(failure.waited, data, problem=why) from failure
        await instrument.conversation.quiet()
        # Should it come late, nobody takes it for a dump.
        instrument.conversation.unanswered -= 1
        fenced = False
    if data in ear.own and (suspicious or ear.echoes):
        raise OwnVoice
    heard = ear.dumps - before
    if ear.own and sum(count for kind, count in heard.items() if kind[0] == dump.channel) > 1:
        raise OwnVoice
    if heard[dump.channel, dump.part, dump.bank] > 1:
        raise Repeated
    return Proof(fenced, error)
