"""A link whose other end says what a test wants it to say, on a wire of exact speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from m1tui.advice import Advice
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.sysex import AnyMessage, ExclusiveFrame, Framer, SysexError, decode

BYTE = 0.00032
"""Seconds that a byte takes at 31,250 baud."""
PIECE = 64

Answer = bytes | float
"""Bytes to say, or seconds of silence before the next."""
Script = Callable[[AnyMessage | bytes], Iterable[Answer]]
"""Given each message that came in (bytes if it cannot be decoded), says what to answer."""


def gone() -> LinkLost:
    """Return what a link raises when it was unplugged."""
    return LinkLost(Advice("for-a-test", "The interface was unplugged.", "Nothing more is sent."))


class ScriptedLink(Link):
    """Carries bytes both ways at 320 µs each; a script answers whole exclusive messages."""

    def __init__(self, script: Script, port: str = "scripted") -> None:
        super().__init__(port, "a scripted end")
        self.script = script
        self.heard: list[bytes] = []
        """The exclusive messages that arrived at the other end, whole ones and broken ones."""
        self.opened = False
        self._framer = Framer()
        self._out_free = 0.0
        self._in_free = 0.0
        self._inbox: asyncio.Queue[bytes | LinkLost] = asyncio.Queue()

    def say(self, *answers: Answer) -> None:
        """Let the other end say something now, by itself."""
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._in_free)
        for answer in answers:
            if isinstance(answer, float):
                at += answer
                continue
            for start in range(0, len(answer), PIECE):
                piece = answer[start : start + PIECE]
                at += len(piece) * BYTE
                loop.call_at(at, self._inbox.put_nowait, piece)
        self._in_free = at

    def unplug(self, after: float = 0.0) -> None:
        """Lose the link."""
        loop = asyncio.get_running_loop()
        loop.call_at(loop.time() + after, self._inbox.put_nowait, gone())

    async def _open(self) -> None:
        self.opened = True

    async def _close(self) -> None:
        self.opened = False

    async def _read(self) -> bytes:
        item = await self._inbox.get()
        if isinstance(item, LinkLost):
            self._inbox.put_nowait(item)
            raise item
        return item

    async def _write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._out_free = max(self._out_free, loop.time()) + len(data) * BYTE
        loop.call_at(self._out_free, self._arrive, data)
        await asyncio.sleep(max(0.0, self._out_free - loop.time() - 0.1))

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._out_free - loop.time()))

    def _arrive(self, data: bytes) -> None:
        for event in self._framer.feed(data):
            if isinstance(event, ExclusiveFrame):
                self.heard.append(event.data)
                try:
                    message: AnyMessage | bytes = decode(event.data)
                except SysexError:
                    message = event.data
                self.say(*self.script(message))
