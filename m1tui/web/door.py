"""Lets connections in, so many at a time: those that never ask anything make way for others.

Without a bound, somebody without the token could take every file descriptor of the server by
connections that stay half open, and nobody else would be let in.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

MOST = 128
"""Connections at a time: a browser keeps half a dozen beside its session's."""
_BREATH = 0.5
"""Seconds to wait where the system has no room for one more."""


class Door:
    """The connections that are open, and which of them belong to somebody who was let in."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._strangers: dict[asyncio.BaseTransport, None] = {}
        self._guests: set[asyncio.BaseTransport] = set()

    def welcome(self, connection: asyncio.BaseTransport) -> None:
        """Note that the other end was let in: it need not make way."""
        self._strangers.pop(connection, None)
        self._guests.add(connection)

    async def admit(
        self, listener: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        """Give each connection that comes a protocol, until this is cancelled; never returns."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                came, _ = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(_BREATH)
                continue
            if not self._make_room():
                came.close()
                continue
            connection, _ = await loop.connect_accepted_socket(protocol, came)
            self._strangers[connection] = None

    def _make_room(self) -> bool:
        """Tell whether one more has room; for it, the stranger who came first may have to go."""
        self._guests = {one for one in self._guests if not one.is_closing()}
        for gone in [one for one in self._strangers if one.is_closing()]:
            del self._strangers[gone]
        if len(self._guests) + len(self._strangers) < self._most:
            return True
        if not self._strangers:
            return False
        first = next(iter(self._strangers))
        del self._strangers[first]
        first.close()
        return True
