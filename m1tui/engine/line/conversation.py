"""Asks and tells over a link: answers matched, time-outs by silence, sends that can be stopped.

`Pacing` says how fast a long message is sent: block by block, with a pause after each.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from m1tui.engine.line.ear import (
    BETWEEN_BYTES,
    FIRST_BYTE,
    LONGEST_ANSWER,
    Accept,
    Arriving,
    Ear,
    Heard,
    Item,
    Listener,
    Reply,
    Wait,
)
from m1tui.errors import Stopped
from m1tui.link import Link
from m1tui.link.base import sluggish
from m1tui.sysex import Allocation, AnyMessage, BankRequest, ModeChange, message_size

SHORT = 16
"""Bytes at most of a message that is on the wire within 5 ms."""
SLUGGISH = 5.0
"""Seconds for a short message behind which something else than the wire holds it up."""
MOST_SLUGGISH = 4
"""So many short messages held up one after the other end it: no transfer would end in a bearable
time, and what was written could not be read back."""
TURN = 0.01
"""Seconds that interface and M1 take for a question beside its bytes, until it was measured."""
_TURNS = 8
"""The newest answers by which that is measured."""
_END = b"\xf7"
MARGIN = 2.0
"""How many times the time that an instrument was measured to take it is given."""
_LOOK = 0.25
"""Seconds between two looks at a message that leaves whole."""

OnBytes = Callable[[int, int | None], None]
"""Told how many bytes of a message are done, and of how many where that is known."""


_PROGRESS_BLOCK = 256
"""Bytes between two looks at the clock and at the cancel button, also at full speed."""
_FORM = re.compile(r"(\d{1,5}):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Pacing:
    """Blocks of `block` bytes, and `pause` seconds of silence on the wire after each."""

    block: int
    pause: float

    FULL: ClassVar[Pacing]
    """As fast as the wire carries it."""

    @classmethod
    def parse(cls, text: str) -> Pacing | None:
        """Read "auto" (None), "full" or "BYTES:MILLISECONDS"; ValueError for anything else.

        A block has 1 to 65,535 bytes, a pause 0 to 5,000 ms.
        """
        if text == "auto":
            return None
        if text == "full":
            return cls.FULL
        form = _FORM.fullmatch(text)
        block, pause = (int(form[1]), int(form[2])) if form else (0, 0)
        if not (1 <= block <= 65_535 and pause <= 5_000):
            raise ValueError(
                f'expected "auto", "full" or "BYTES:MS", for example "256:60": {text!r}'
            )
        return cls(block, pause / 1000)

    @property
    def label(self) -> str:
        """The pacing as the command line writes it: "full" or "256:60"."""
        return f"{self.block}:{round(self.pause * 1000)}" if self.pause else "full"

    @property
    def words(self) -> str:
        """The pacing for people."""
        if not self.pause:
            return "at full speed"
        return f"{self.block} bytes at a time, with pauses of {round(self.pause * 1000)} ms"

    def slower(self) -> Pacing | None:
        """Return the next step of the guide's ladder that is slower than this; None at its end."""
        return next((step for step in LADDER if step._delay > self._delay), None)

    @property
    def _delay(self) -> float:
        return self.pause / self.block

    def seconds(self, count: int, bytes_per_second: float) -> float:
        """Return how long `count` bytes take at this pacing."""
        pauses = max(0, -(-count // self.block) - 1)
        return count / bytes_per_second + pauses * self.pause


Pacing.FULL = Pacing(_PROGRESS_BLOCK, 0.0)

LADDER = (
    Pacing.FULL,
    Pacing(256, 0.060),
    Pacing(256, 0.100),
    Pacing(256, 0.250),
    Pacing(64, 0.500),
)
"""What is tried in turn when a transfer fails; the pauses are the owner guide's advice."""


class Sendable(Protocol):
    """What can be sent: an exclusive message, or a channel message that is answered by one."""

    @property
    def channel(self) -> int | None:
        """The channel on which the answer must come; None for any."""

    def encode(self) -> bytes:
        """Return the bytes for the wire."""


class Conversation:
    """The exclusive messages on one open link, in both directions."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.ear = Ear(link)
        self.sent = 0
        """Bytes sent since the conversation began."""
        self.unanswered = 0
        """Questions given up whose answers may still come; reset it when they cannot any more."""
        self.mode_changes = 0
        """How often the M1 was put into a mode: its display then shows another page."""
        self.strangers: set[int] = set()
        """Channels (0–15) on which answers came though another was asked; they were not taken."""
        self._held_up = 0
        """How many short messages one after the other took longer than SLUGGISH to leave."""
        self._turns: deque[float] = deque(maxlen=_TURNS)
        self._turn = asyncio.Lock()
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to read from the link."""
        self.ear.start()

    async def end(self) -> None:
        """Stop reading; call it before the link is closed."""
        await self.ear.end()

    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of the line: loops, and other instruments on it."""
        notes = [
            f"An answer that was not requested arrived on channel {stranger + 1}: another "
            "instrument is on this link. The answer was ignored."
            for stranger in sorted(self.strangers)
        ]
        if self.ear.echoes:
            notes.append(
                "The program's own messages come back on this link: there is a MIDI THRU loop."
            )
        return tuple(notes)

    @asynccontextmanager
    async def stoppable(self, stop: asyncio.Event | None) -> AsyncIterator[None]:
        """Within, every method raises Stopped soon after `stop` is set."""
        if stop is None:
            yield
            return
        waker = asyncio.get_running_loop().create_task(self._wake_when(stop))
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None
            waker.cancel()

    async def ask(
        self,
        request: Sendable,
        accept: Accept,
        *,
        pacing: Pacing = Pacing.FULL,
        patience: float = FIRST_BYTE,
        on_sent: OnBytes | None = None,
        on_bytes: OnBytes | None = None,
    ) -> Reply:
        """Send `request` and return the first message that `accept` takes.

        It is waited for in silence for `patience` seconds, and for the time of the longest dump
        on top where the link holds a message back until it is whole.
        An answer counts only if it begins after the request was handed over, and only on the
        request's channel: others are kept in `strangers`. A status that
        `accept` does not take shortens the wait but does not end it, since a THRU loop provokes
        one while the answer follows all the same. Raises NoReply, Stopped and LinkLost; a send
        that is broken off is ended with F7.
        """
        async with self._turn:
            with self.ear.listening(exclusive=True) as listener:
                begun_after, left_at = await self._send(request, pacing, on_sent)
                if patience == FIRST_BYTE:
                    patience = max(patience, MARGIN * self.link.reply_seconds)
                patience += self._unseen(request)
                between = self.between
                wait = Wait(accept, request.channel, begun_after, left_at, patience, between)
                try:
                    reply = await self._answer(listener, wait, on_bytes)
                    self._note_turn(request, reply)
                    return reply
                finally:
                    if wait.stranger is not None:
                        self.strangers.add(wait.stranger)

    @property
    def turn(self) -> float:
        """The most seconds that a short question took of late beside its bytes."""
        return max(self._turns, default=TURN)

    def _note_turn(self, request: Sendable, reply: Reply) -> None:
        """Keep how long a short answer to a short question took."""
        if max(len(request.encode()), len(reply.data)) <= SHORT:
            crossed = len(reply.data) / self.link.bytes_per_second
            self._turns.append(max(TURN, reply.seconds - crossed))

    def _unseen(self, request: Sendable) -> float:
        """Return the seconds for which the answer may be on its way before a byte of it shows."""
        if not isinstance(request, BankRequest):
            return 0.0
        if not self.link.whole_messages:
            return self.link.buffer_seconds
        most = max(message_size(request.part, one, one.steps) for one in Allocation)
        return most / self.link.bytes_per_second

    @property
    def between(self) -> float:
        """Seconds of silence inside a message after which it counts as broken off."""
        silence = max(BETWEEN_BYTES, MARGIN * self.link.gap_seconds)
        return silence + self.link.buffer_seconds

    async def tell(self, message: Sendable) -> None:
        """Send a short message without waiting for an answer."""
        async with self._turn:
            if isinstance(message, ModeChange):
                self.ear.told_mode = message.mode
                self.mode_changes += 1
            await self._send(message, Pacing.FULL, None)

    async def survey(self, requests: Sequence[AnyMessage]) -> list[AnyMessage]:
        """Send all `requests`; return all answers until nobody has answered for FIRST_BYTE."""
        async with self._turn:
            with self.ear.listening(exclusive=True) as listener:
                begin = asyncio.get_running_loop().time()
                for request in requests:
                    _, begin = await self._send(request, Pacing.FULL, None)
                return [
                    item.message
                    async for item in self._until_silence(listener, begin)
                    if item.message is not None and not item.echo
                ]

    async def end_message(self) -> None:
        """Send F7: an instrument that waits for the rest of a message then gives it up."""
        await self._hand_over(_END)
        await self.link.drain()

    async def quiet(self) -> list[AnyMessage]:
        """Wait until no exclusive message has come for a second; return what still came.

        A message that broke off is dropped. Gives up after LONGEST_ANSWER on a wire that is never
        quiet.
        """
        heard: list[AnyMessage] = []
        loop = asyncio.get_running_loop()
        begin = loop.time()
        with self.ear.listening(exclusive=True) as listener:
            while True:
                due = max(begin, self.ear.last_byte) + self.between
                if loop.time() >= min(due, begin + LONGEST_ANSWER):
                    break
                item = await self.next_heard(listener, due)
                if isinstance(item, Heard) and item.message is not None and not item.echo:
                    heard.append(item.message)
        self.ear.forget()
        return heard

    async def linger(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Listen for `seconds`, or until `enough`; what comes is counted in the ear's tally."""
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        with self.ear.listening(exclusive=True) as listener:
            while loop.time() < due and not enough():
                await self.next_heard(listener, due)

    async def next_heard(self, listener: Listener, due: float | None) -> Item | None:
        """Return the next item, None when the loop time `due` has passed or there is none yet.

        Raises Stopped and LinkLost.
        """
        self._check_stop()
        item = listener.take()
        if item is None:
            self._check()
            await listener.woken(due)
            item = listener.take()
        return item

    async def _send(
        self, message: Sendable, pacing: Pacing, on_sent: OnBytes | None
    ) -> tuple[int, float]:
        """Send `message`; return the bytes received before its end, and when that left the wire."""
        loop = asyncio.get_running_loop()
        begin, before, inside = loop.time(), self.ear.received, False
        data = message.encode()
        self.ear.said(data)
        self.ear.tally.asked(message, begin)
        try:
            if self.link.sends_whole:
                before = await self._send_whole(data, on_sent)
            for start in range(0, 0 if self.link.sends_whole else len(data), pacing.block):
                self._check()
                if start and pacing.pause:
                    # The pause is a gap on the wire, so what was handed over must leave first.
                    await self.link.drain()
                    await asyncio.sleep(pacing.pause)
                block = data[start : start + pacing.block]
                before, inside = self.ear.received, True
                await self._hand_over(block)
                inside = start + len(block) < len(data)
                if on_sent is not None:
                    on_sent(start + len(block), len(data))
            await self.link.drain()
        except (Stopped, asyncio.CancelledError):
            if inside:
                await self.end_message()
            raise
        self._note_delay(len(data), loop.time() - begin)
        return before, max(loop.time(), begin + len(data) / self.link.bytes_per_second)

    def _note_delay(self, size: int, seconds: float) -> None:
        """Count short messages that are held up; raises LinkLost behind MOST_SLUGGISH in a row."""
        if size > SHORT:
            return
        self._held_up = self._held_up + 1 if seconds > SLUGGISH else 0
        if self._held_up >= MOST_SLUGGISH:
            raise sluggish(self.link.title, MOST_SLUGGISH, SLUGGISH)

    async def _send_whole(self, data: bytes, on_sent: OnBytes | None) -> int:
        """Send a message that cannot be broken off; return the bytes received before its end.

        How far it is on the wire can only be estimated. Raises Stopped when it has left.
        """
        self._check()
        loop = asyncio.get_running_loop()
        begin, before = loop.time(), self.ear.received
        leaving = loop.create_task(self._leave(data))
        try:
            while not leaving.done():
                await asyncio.wait([leaving], timeout=_LOOK)
                gone = int((loop.time() - begin) * self.link.bytes_per_second)
                if on_sent is not None:
                    on_sent(len(data) if leaving.done() else min(gone, len(data) - 1), len(data))
            await leaving
        finally:
            leaving.cancel()
        self._check_stop()
        return before

    async def _leave(self, data: bytes) -> None:
        await self._hand_over(data)
        await self.link.drain()

    async def _hand_over(self, data: bytes) -> None:
        self.sent += len(data)
        await self.link.write(data)

    async def _answer(self, listener: Listener, wait: Wait, on_bytes: OnBytes | None) -> Reply:
        loop = asyncio.get_running_loop()
        expected: int | None = None
        while not wait.over:
            item = await self.next_heard(listener, wait.due)
            if item is None:
                # Only an empty queue tells that the time is up: a message may wait in it.
                if loop.time() >= wait.due:
                    break
                continue
            reply = wait.take(item)
            if reply is not None:
                return reply
            if isinstance(item, Arriving):
                expected = expected or self.ear.expected
                wait.allow(expected, self.link.bytes_per_second)
                if on_bytes is not None and item.pending:
                    on_bytes(item.pending, expected)
            elif isinstance(item, Heard):
                expected = None
            if loop.time() >= wait.given_up:
                break
        partial = self.ear.partial
        self.ear.forget()
        self.unanswered += 1
        raise wait.overdue(loop.time(), partial, expected)

    async def _until_silence(self, listener: Listener, begin: float) -> AsyncIterator[Heard]:
        """Yield exclusive messages until none comes any more; the notes of a song count nothing."""
        loop = asyncio.get_running_loop()
        end = begin + LONGEST_ANSWER
        due = begin + FIRST_BYTE
        while loop.time() < min(due, end):
            item = await self.next_heard(listener, min(due, end))
            if isinstance(item, Arriving) and item.pending:
                due = max(due, item.at + self.between)
            elif isinstance(item, Heard):
                due = max(due, loop.time() + BETWEEN_BYTES)
                yield item

    def _check(self) -> None:
        self._check_stop()
        self.ear.check()

    def _check_stop(self) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Stopped

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.ear.wake()
