"""An M1 at the other end of a link, with what is known of it, and how many answer one question."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from m1tui.engine import diagnosis as say
from m1tui.engine.diagnosis import Cause, Diagnosis, Present
from m1tui.engine.line.conversation import Conversation, Sendable
from m1tui.engine.line.ear import FIRST_BYTE, Accept, refused
from m1tui.engine.line.tally import ENOUGH, QUESTIONS, Tally, Topic
from m1tui.errors import LinkError, NoReply, TwoInstruments
from m1tui.link import Link
from m1tui.sysex import (
    AnyMessage,
    Contents,
    IdentityReply,
    IdentityRequest,
    ModeData,
    ModeRequest,
    decode,
)

_MOST_LATE = 3


class Instrument:
    """An M1 at the other end of a link."""

    def __init__(self, link: Link, *, channel: int | None = None) -> None:
        """`channel` (0–15) is the global channel to try first; None finds it out."""
        self.link = link
        self.conversation = Conversation(link)
        self.wanted_channel = channel
        self.diagnosis: Diagnosis | None = None
        """The newest diagnosis."""
        self.memory: Contents | None = None
        """What the internal memory held when it was last read and settled.

        Good to tell that one more reading agrees; never a substitute for that reading.
        """
        self._mode_data: ModeData | None = None
        self._operations = 0

    async def open(self) -> None:
        """Open the link and begin to listen; raises LinkError."""
        await self.link.open()
        self.conversation.start()

    async def close(self) -> None:
        """Stop listening and close the link."""
        await self.conversation.end()
        await self.link.close()

    def forget(self) -> None:
        """Know nothing of who is at the other end: it may be another instrument."""
        self.diagnosis = self.memory = self._mode_data = None

    async def reopen(self) -> bool:
        """Open a lost link again; return whether that worked.

        Whoever is there may be another instrument, so nothing is known of it then.
        """
        await self.conversation.end()
        self.forget()
        try:
            await self.link.reopen()
        except LinkError:
            return False
        self.conversation.start()
        return True

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def channel(self) -> int:
        """The global channel, 0–15: as diagnosed, as given, or 0."""
        if self.diagnosis is not None and self.diagnosis.channel is not None:
            return self.diagnosis.channel
        return self.wanted_channel or 0

    @property
    def model(self) -> str:
        """A virtual one's model, or how a real one answers: an M1R as an M1."""
        if self.link.rehearsal is not None:
            return self.link.rehearsal.model()
        identity = self.diagnosis.identity if self.diagnosis is not None else None
        return identity.model if identity is not None else "M1"

    @property
    def sent(self) -> int:
        """Bytes sent since the instrument was opened."""
        return self.conversation.sent

    @property
    def received(self) -> int:
        """Bytes received since the instrument was opened, realtime included."""
        return self.conversation.ear.received

    @property
    def busy(self) -> bool:
        """Whether an operation of several messages is under way."""
        return self._operations > 0

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Mark an operation of several messages, so that the live line keeps out of it."""
        self._operations += 1
        try:
            yield
        finally:
            self._operations -= 1

    def remember(self, contents: Contents) -> None:
        """Keep what was just read of the internal memory, in place of what was known of it."""
        self.memory = contents if self.memory is None else self.memory.renewed(contents)

    async def mode_data(self) -> ModeData | None:
        """Ask for the mode data; None without an answer; the last known during an operation.

        Raises LinkLost.
        """
        if self.busy:
            return self._mode_data
        try:
            return await self.ask_mode()
        except NoReply:
            self._mode_data = None
            return None

    async def flush(self) -> None:
        """Let answers pass by that are late; does nothing if none is due.

        The M1 answers in order, so the answer to a new question comes behind them. As many mode
        requests are asked as answers may be late, since one of those may be mode data itself,
        and one more. Raises NoReply and LinkLost, and TwoInstruments once that is the diagnosis.
        """
        self._require_one()
        late = min(self.conversation.unanswered, _MOST_LATE)
        for _ in range(late + 1 if late else 0):
            try:
                await self.ask_mode()
            except NoReply:
                self._require_one()
                raise
        self.conversation.unanswered = 0

    async def hear_out(self) -> None:
        """Wait until a first answer to the diagnosis would be overdue, since a second one may come.

        Takes nothing where what was done since took as long. Raises TwoInstruments where more
        answered, and LinkLost.
        """
        tally, loop = self.conversation.ear.tally, asyncio.get_running_loop()
        if tally.begun is not None:
            due = tally.begun + FIRST_BYTE
            await self.conversation.linger(due - loop.time(), self._is_suspicious)
        await self._see_who_answers()
        self._require_one()

    def _require_one(self) -> None:
        """Raise TwoInstruments if that is the diagnosis."""
        if self.diagnosis is not None and self.diagnosis.crowded:
            raise TwoInstruments(self.diagnosis.advice)

    async def ask_mode(self) -> ModeData:
        """Ask for the mode data in the course of an operation; raises NoReply and LinkLost."""
        return (await self.fence())[0]

    async def fence(self) -> tuple[ModeData, bool]:
        """Ask for the mode data: what the M1 said before comes before it.

        Return it, and whether a load or format error was among that. Raises NoReply and LinkLost.
        NoReply, too, where more answers came than were asked for and counting shows that two
        instruments answer, which is the diagnosis then; a writing that has begun is not broken off
        for it.
        """
        reply = await self.conversation.ask(
            ModeRequest(self.channel), lambda message: isinstance(message, ModeData)
        )
        assert isinstance(reply.message, ModeData)
        if await self._see_who_answers():
            assert self.diagnosis is not None
            self.conversation.unanswered += 1
            raise NoReply(0.0, crowd=self.diagnosis.advice)
        self._mode_data = reply.message
        return reply.message, refused(reply)

    def _is_suspicious(self) -> bool:
        tally, channel = self.conversation.ear.tally, self.channel
        return tally.suspicious(channel) or bool(self._elsewhere())

    def _elsewhere(self) -> tuple[int, ...]:
        """Return other channels on which M1s answered meanwhile, unless this one was chosen."""
        if self.wanted_channel == self.channel:
            return ()
        return self.conversation.ear.tally.elsewhere(self.channel)

    async def _see_who_answers(self) -> bool:
        """Count on suspicion, and tell whether two instruments answer: that is the diagnosis then.

        A writing that has begun is not broken off for it.
        """
        ear, channel = self.conversation.ear, self.channel
        tally = ear.tally
        if tally.has_loaded or not self._is_suspicious():
            return False
        if elsewhere := self._elsewhere():
            # Twice, for a damaged byte may have feigned it.
            with suppress(NoReply):
                await self.conversation.ask(IdentityRequest(None), is_identity_of_m1)
            await self.conversation.linger(
                FIRST_BYTE, lambda: any(tally.sightings(one) >= SURE for one in elsewhere)
            )
            sure = [one for one in elsewhere if tally.sightings(one) >= SURE]
            if sure:
                self.diagnosis = scattered(tally, sorted([channel, *sure]), self.wanted_channel)
                return True
        # What was evident once may be over: then only counting again tells.
        evident = tally.evident(channel) and not (self.diagnosis and self.diagnosis.crowded)
        if tally.suspicious(channel) and (
            evident or await answered_twice(self.conversation, Topic.MODE, channel)
        ):
            self.diagnosis = crowded(tally, channel, looped=bool(ear.echoes))
            return True
        tally.acquit(channel)
        return False


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
