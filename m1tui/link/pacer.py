"""Keeps what is handed over close to what the wire has carried."""

from __future__ import annotations

import asyncio

AHEAD = 0.1
"""Seconds of wire time that may be handed over in advance."""


class Pacer:
    """Counts how far the bytes handed over are ahead of a wire whose fill cannot be seen."""

    def __init__(self, bytes_per_second: float, ahead: float = AHEAD) -> None:
        self._bytes_per_second = bytes_per_second
        self._ahead = ahead
        self._empty_at = 0.0

    async def make_room(self, count: int) -> None:
        """Wait until `count` bytes may be handed over, and count them as handed over.

        Afterwards the wire needs at most `ahead` seconds for what it was given, or the time of
        these bytes alone where that is longer.
        """
        loop = asyncio.get_running_loop()
        need = count / self._bytes_per_second
        wait = self._empty_at - loop.time() - max(0.0, self._ahead - need)
        if wait > 0:
            await asyncio.sleep(wait)
        self._empty_at = max(self._empty_at, loop.time()) + need

    async def drain(self) -> None:
        """Wait until the wire has carried all that was handed over."""
        wait = self._empty_at - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)
