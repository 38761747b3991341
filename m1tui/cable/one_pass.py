"""One pass of the interface's test: what goes out, while what comes in is kept and timed.

The messages are exclusive ones that no instrument acts on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from m1tui.cable.symptoms import lifted, realtime
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.line.ear import BETWEEN_BYTES, FIRST_BYTE, LONGEST_ANSWER
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.sysex.codes import END, START

NON_COMMERCIAL = 0x7D
"""The maker's number of messages that belong to nobody (MIDI 1.0): an M1 passes them by."""

SIZES = (16, 6, 7, 8, 10, 64, 148, 170, 255, 256, 257, 991, 4_095, 2_291, 8_179, 33_247)
"""Bytes of the messages, F0 and F7 included; together 50,000.

The first asks whether anything comes back. 6 to 10 are an M1's requests, 148 and 170 its edit
buffers, 991 its global data, 4,095 the most that ALSA's sequencer carries, 8,179 a bank of 50
programs, and 33,247 all data without songs.
"""

TOTAL = sum(SIZES)

_KEPT_OUT = bytes([0x42, 0x7E, 0x7F])
"""Korg's number and those of the universal messages: without them no loss of bytes can make a
message that an M1 would act on."""
_ALPHABET = bytes(value for value in range(0x80) if value not in _KEPT_OUT)

ECHO_WINDOW = 0.5
"""Seconds for which what comes a second time is waited for when all came once."""
_FLOOD = 8_192
"""Bytes that may come beyond twice what was sent; then something feeds the wire."""


def messages(seed: int = 0) -> tuple[bytes, ...]:
    """Return the messages, in the order in which they are sent; another `seed`, other bytes.

    Behind F0 7D stands the message's number. The rest never repeats: any six bytes in a row
    stand in one place alone, so that what came back tells where it belongs.
    """
    noise = hashlib.shake_128(b"m1tui loopback %d" % seed).digest(TOTAL)
    noise = bytes(_ALPHABET[value % len(_ALPHABET)] for value in noise)
    made, at = [], 0
    for number, size in enumerate(SIZES):
        body = noise[at : at + size - 4]
        made.append(bytes([START, NON_COMMERCIAL, number]) + body + bytes([END]))
        at += size
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Came:
    """What came in."""

    data: bytes = b""
    """All bytes in their order, realtime bytes among them."""
    count: int = 0
    """Bytes without the realtime ones."""
    realtime: Counter[int] = field(default_factory=Counter)
    delay: float = 0.0
    """The longest time in seconds from a byte's leaving to its coming, 0 where none can be told."""


class Pass:
    """One sending of `messages`, and what comes back of it."""

    def __init__(self, link: Link, messages: Sequence[bytes]) -> None:
        self.messages = messages
        self.sent = 0
        """Bytes handed over."""
        self._link = link
        self._stream = b"".join(messages)
        self._number = 0
        self._inside = False
        self._data = bytearray()
        self._count = 0
        self._alike = True
        self._realtime: Counter[int] = Counter()
        self._delay = 0.0
        self._leaving: deque[tuple[int, float]] = deque()
        self._free_at = 0.0
        self._news = 0.0
        self._woken = asyncio.Event()
        self._failure: BaseException | None = None
        self._reader = asyncio.get_running_loop().create_task(self._read())
        self._reader.add_done_callback(self._ended)

    @property
    def came(self) -> Came:
        """What came in until now."""
        return Came(bytes(self._data), self._count, Counter(self._realtime), self._delay)

    @property
    def handed_over(self) -> tuple[bytes, ...]:
        """The messages that were sent, the last one perhaps in part and ended."""
        whole = tuple(self.messages[: self._number])
        rest = self.sent - sum(map(len, whole))
        return (*whole, self.messages[self._number][: rest - 1] + bytes([END])) if rest else whole

    async def send(
        self,
        pacing: Pacing,
        *,
        messages: int | None = None,
        strict: bool = False,
        on_sent: Callable[[int], None] | None = None,
    ) -> None:
        """Send the next `messages`, by default all; raises LinkLost.

        It ends early when more comes than was sent, and with `strict` when something else does.
        """
        last = len(self.messages) if messages is None else self._number + messages
        while self._number < last and not self._hopeless(strict=strict):
            await self._send_one(self.messages[self._number], pacing, strict, on_sent)
        await self._link.drain()
        self._news = max(self._news, asyncio.get_running_loop().time(), self._free_at)

    async def _send_one(
        self,
        message: bytes,
        pacing: Pacing,
        strict: bool,
        on_sent: Callable[[int], None] | None,
    ) -> None:
        size = len(message) if self._link.sends_whole else pacing.block
        for start in range(0, len(message), size):
            self._check()
            if pacing.pause and self.sent:
                # The pause is a gap on the wire, so what was handed over must leave first.
                await self._link.drain()
                await asyncio.sleep(pacing.pause)
            if start and self._hopeless(strict=strict):
                await self._end_message()
                return
            block = message[start : start + size]
            self._inside = not self._link.sends_whole
            await self._hand_over(block)
            self._inside = start + len(block) < len(message)
            if on_sent is not None:
                on_sent(self.sent)
        self._number += 1

    async def _hand_over(self, block: bytes) -> None:
        loop = asyncio.get_running_loop()
        leaves = max(self._free_at, loop.time()) + len(block) / self._link.bytes_per_second
        self.sent += len(block)
        self._leaving.append((self.sent, leaves))
        await self._link.write(block)
        # A link that takes its time carries no faster than it takes.
        self._free_at = max(leaves, loop.time())
        if self._leaving and self._leaving[-1][0] == self.sent:
            self._leaving[-1] = (self.sent, self._free_at)

    async def collect(self, longest: float = LONGEST_ANSWER) -> Came:
        """Wait until all is back, and a moment for more, or until nothing comes any more.

        After `longest` seconds it ends though something still comes.
        """
        loop = asyncio.get_running_loop()
        give_up = loop.time() + longest
        while not self._hopeless(strict=False):
            self._check()
            patience = ECHO_WINDOW if self._count >= self.sent else self._longest_silence
            due = min(self._news + patience, give_up)
            if loop.time() >= due:
                break
            await self._wake(due)
        return self.came

    @property
    def _longest_silence(self) -> float:
        """Seconds for which nothing may come though something is still on its way."""
        longest = max(map(len, self.messages)) / self._link.bytes_per_second
        return FIRST_BYTE + (longest if self._link.whole_messages else self._link.buffer_seconds)

    async def settle(self) -> None:
        """End what may be half sent, wait until nothing comes any more, and forget what came."""
        loop = asyncio.get_running_loop()
        await self._link.write(bytes([END]))
        await self._link.drain()
        self._news = loop.time()
        give_up = loop.time() + LONGEST_ANSWER
        while loop.time() < min(self._news + BETWEEN_BYTES, give_up):
            self._check()
            await self._wake(min(self._news + BETWEEN_BYTES, give_up))
        self._data.clear()
        self._realtime.clear()
        self._count, self._delay, self._alike = 0, 0.0, True

    async def end(self) -> None:
        """Stop reading; a message under way is ended with F7."""
        self._reader.cancel()
        await asyncio.wait([self._reader])
        if self._inside:
            with suppress(LinkLost):
                await self._end_message()

    async def _end_message(self) -> None:
        self._inside = False
        self.sent += 1
        await self._link.write(bytes([END]))
        await self._link.drain()

    def _hopeless(self, *, strict: bool) -> bool:
        flooded = self._count > 2 * self.sent + _FLOOD
        return flooded or (strict and not self._alike)

    async def _read(self) -> None:
        while True:
            self._take(await self._link.read())

    def _take(self, data: bytes) -> None:
        if self._hopeless(strict=False):
            # Kept is enough to tell what it is; a feedback would fill any memory.
            self._woken.set()
            return
        self._data += data
        self._realtime += realtime(data)
        new = lifted(data)
        if not new:
            return
        now = asyncio.get_running_loop().time()
        self._news = max(self._news, now)
        self._alike = self._alike and self._stream.startswith(new, self._count)
        self._count += len(new)
        while self._leaving and self._leaving[0][0] <= self._count:
            _, left = self._leaving.popleft()
            self._delay = max(self._delay, now - left)
        self._woken.set()

    async def _wake(self, due: float) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout_at(due):
                await self._woken.wait()
        except TimeoutError:
            return

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _ended(self, reader: asyncio.Task[None]) -> None:
        if not reader.cancelled():
            self._failure = reader.exception()
        self._woken.set()
