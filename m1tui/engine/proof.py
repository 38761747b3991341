"""Proves that a dump comes from the M1 and answers the request: no repeated one, and not our own.

Something between the two may repeat a dump, and so deliver the first reading for the second. So
each is fenced off by a mode request, and more dumps than were asked for prove nothing.

What was sent comes back in the form in which it was sent. So memory that was sent in one dump is
read part by part, which takes as many bytes. A part that was sent by itself is read twice where
it comes as it was sent, since a dump that was sent once comes back once, and sent twice, three
times; and as all data where there is doubt.
"""

from __future__ import annotations

from m1tui.engine.instrument import Instrument
from m1tui.sysex import ModeData, Part

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


async def prove(
    instrument: Instrument, data: bytes, heard_before: int, *, suspicious: bool
) -> tuple[ModeData, bool]:
    """Return if the dump `data`, just read, is the M1's answer.

    Returned are the mode data then, and whether a load or format error came behind the dump.

    The M1 answers in order. So mode data asked now must come next: with any other dump in between
    it is not known which of the two was the answer. `heard_before` counts the dumps on its channel
    before the request; on `suspicious` grounds a dump equal to one that was sent proves nothing.
    Raises OwnVoice if it may be one that was sent, Repeated if it may be an earlier answer, NoReply
    if the M1 does not answer any more, and LinkLost.
    """
    ear = instrument.conversation.ear
    mode_data, refused = await instrument.fence()
    if data in ear.own and (suspicious or ear.echoes):
        raise OwnVoice
    if ear.dumps[instrument.channel] > heard_before + 1:
        raise OwnVoice if ear.own else Repeated
    return mode_data, refused
