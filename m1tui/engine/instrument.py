"""An M1 at the other end of a link, with what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from m1tui.engine.counting import (
    SURE,
    answered_twice,
    crowded,
    is_identity_of_m1,
    scattered,
)
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.line.conversation import Conversation
from m1tui.engine.line.tally import Topic
from m1tui.engine.line.waiting import FIRST_BYTE, refused
from m1tui.errors import LinkError, NoReply, TwoInstruments
from m1tui.link import Link
from m1tui.sysex import Contents, IdentityRequest, ModeData, ModeRequest

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
        known = self.memory if self.memory is not None else contents
        allocations = {known.allocation, contents.allocation} - {None}
        self.memory = contents if len(allocations) > 1 else known.merged(contents)

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
