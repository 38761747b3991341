"""Bytes that came in from elsewhere and wait to be read."""

from __future__ import annotations

import asyncio

from m1tui.link.base import LinkLost


class Inbox:
    """Hands what `put` was given to one reader; after `fail` to nobody any more.

    All methods belong to the event loop's thread.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._error: LinkLost | None = None
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._bytes)

    def put(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._bytes += data
        self._changed.set()

    def fail(self, error: LinkLost) -> None:
        """Let every `get` raise `error` once what came before it has been read."""
        self._error = self._error or error
        self._changed.set()

    def check(self) -> None:
        """Raise the error that `fail` was given, if any."""
        if self._error is not None:
            raise self._error

    async def get(self) -> bytes:
        """Return all waiting bytes, one or more; raises LinkLost after `fail`."""
        while not self._bytes:
            self.check()
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._bytes)
        self._bytes.clear()
        return data
