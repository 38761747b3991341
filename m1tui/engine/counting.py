"""Counts on purpose how many instruments answer one question."""

from __future__ import annotations

from m1tui.engine import diagnosis as say
from m1tui.engine.diagnosis import Cause, Diagnosis, Present
from m1tui.engine.line.conversation import Conversation, Sendable
from m1tui.engine.line.tally import ENOUGH, QUESTIONS, Tally, Topic
from m1tui.engine.line.waiting import FIRST_BYTE, Accept
from m1tui.errors import NoReply
from m1tui.sysex import (
    AnyMessage,
    IdentityReply,
    IdentityRequest,
    ModeData,
    ModeRequest,
    decode,
)

SECOND_ANSWER = 0.2
"""Seconds for which one listens on behind an answer, for a second one.

Both instruments hear a question at the same moment and answer within milliseconds; a merge box
holds the second answer back for as long as the first one takes, 5 ms, and a USB interface and its
driver add some milliseconds each. Nothing bounds how slow an instrument may be: what comes later
is counted in the exchanges that follow (`Tally`), and then one counts with more patience.
"""
LATE_ANSWER = 2 * FIRST_BYTE
"""Seconds for which the last of several second answers is waited for. They are only counted where
one came too late to be one to its own question, so the next may be as late as that one was.
"""
SURE = 2
"""How often something must be heard that one damaged byte could feign."""


async def answered_twice(conversation: Conversation, topic: Topic, channel: int) -> bool:
    """Ask for the identity or the mode data on `channel` again, and tell if two or more answer.

    A status beside mode data is an answer, too, where no THRU loop can have provoked it. Takes less
    than half a second where they do; else second answers are waited for twice as long as first ones
    are. Raises LinkLost and Stopped.
    """
    tally = conversation.ear.tally
    request, accept = _question(topic, channel)

    def surplus() -> int:
        statuses = topic is Topic.MODE and not conversation.ear.echoes
        beside = tally.surplus(Topic.STATUS, channel) if statuses else 0
        return tally.surplus(topic, channel) + beside

    before = surplus()

    def enough() -> bool:
        return surplus() - before >= ENOUGH

    for _ in range(QUESTIONS):
        try:
            await conversation.ask(request, accept)
        except NoReply:
            return enough()
        await conversation.linger(SECOND_ANSWER, enough)
    await conversation.linger(LATE_ANSWER, enough)
    return enough()


def _question(topic: Topic, channel: int) -> tuple[Sendable, Accept]:
    if topic is Topic.IDENTITY:
        return IdentityRequest(channel), is_identity_of_m1
    return ModeRequest(channel), is_mode_data


def scattered(tally: Tally, channels: list[int], wanted: int | None) -> Diagnosis:
    """Return the diagnosis of instruments on several channels, of which none was chosen."""
    present = tuple(one for channel in channels for one in present_on(tally, channel))
    advice = say.several(channels, wanted)
    return Diagnosis(Cause.TWO_INSTRUMENTS, None, None, None, advice, present)


def crowded(tally: Tally, channel: int, *, looped: bool) -> Diagnosis:
    """Return the diagnosis of two instruments on `channel`, once it is certain."""
    identities = _sure(tally, Topic.IDENTITY, channel)
    differ = max(len(identities), len(_sure(tally, Topic.MODE, channel))) > 1
    advice = say.twins(channel, differ=differ, looped=looped)
    answers = 2 if len(identities) < 2 else 1
    present = present_on(tally, channel, answers)
    return Diagnosis(Cause.TWO_INSTRUMENTS, None, channel, None, advice, present)


def present_on(tally: Tally, channel: int, answers: int = 1) -> tuple[Present, ...]:
    """Return the M1s that answered on `channel`, each with `answers` to one question."""
    sure = _sure(tally, Topic.IDENTITY, channel)
    return tuple(Present(channel, one, answers) for one in sure or [identity_on(tally, channel)])


def identity_on(tally: Tally, channel: int) -> IdentityReply | None:
    """Return the identity that came most often on `channel`, None if none came."""
    newest = tally.answers(Topic.IDENTITY, channel).most_common(1)
    return next((_decoded(data) for data, _ in newest), None)


def _sure(tally: Tally, topic: Topic, channel: int) -> list[IdentityReply | None]:
    """Return the different answers that came more than once: no damaged byte does that."""
    answers = tally.answers(topic, channel).items()
    return [_decoded(data) for data, count in answers if count > 1]


def _decoded(data: bytes) -> IdentityReply | None:
    message = decode(data)
    return message if isinstance(message, IdentityReply) else None


def is_identity_of_m1(message: AnyMessage) -> bool:
    """Tell whether an M1 says who it is."""
    return isinstance(message, IdentityReply) and message.is_m1


def is_mode_data(message: AnyMessage) -> bool:
    """Tell whether it is mode data."""
    return isinstance(message, ModeData)
