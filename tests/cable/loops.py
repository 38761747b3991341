"""A link whose OUT is joined to its IN by a cable that does what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from m1tui.link import Link
from tests.engine.scripted import BYTE, gone

Carry = Callable[[bytes, int], Iterable[tuple[float, bytes]]]
"""Given a block and how many bytes came before it, what comes back: (seconds later, bytes)."""


def whole(block: bytes, _: int) -> Iterable[tuple[float, bytes]]:
    """Carry everything at once: a good cable."""
    return ((0.0, block),)


class LoopLink(Link):
    """Carries bytes out at the wire's speed; a `carry` says what comes back of each block."""

    def __init__(self, carry: Carry = whole, *, port: str = "raw:/dev/looped") -> None:
        super().__init__(port, "a loop")
        self.wire = bytearray()
        """Every byte that left."""
        self.unplug_after: int | None = None
        self._carry = carry
        self._free = 0.0
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, data: bytes, seconds: float = 0.0) -> None:
        """Let something come in by itself."""
        loop = asyncio.get_running_loop()
        loop.call_at(loop.time() + seconds, self._inbox.put_nowait, data)

    async def _open(self) -> None:
        self._inbox = asyncio.Queue()

    async def _close(self) -> None:
        pass

    async def _read(self) -> bytes:
        data = await self._inbox.get()
        if data is None:
            raise gone()
        return data

    async def _write(self, data: bytes) -> None:
        if self.unplug_after is not None and len(self.wire) + len(data) > self.unplug_after:
            self._inbox.put_nowait(None)
            raise gone()
        loop = asyncio.get_running_loop()
        before = len(self.wire)
        self.wire += data
        self._free = max(self._free, loop.time()) + len(data) * BYTE
        for later, piece in self._carry(data, before):
            if piece:
                loop.call_at(self._free + later, self._inbox.put_nowait, piece)
        await asyncio.sleep(max(0.0, self._free - loop.time() - 0.1))

    async def _drain(self) -> None:
        await asyncio.sleep(max(0.0, self._free - asyncio.get_running_loop().time()))
