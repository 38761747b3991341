"""Lets connections in, so many at a time: those that never ask anything make way for others.

They are closed after a while, too, however slowly they go on with a request.

Without a bound, somebody without the token could take every file descriptor of the server by
connections that stay half open, and nobody else would be let in.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

MOST = 128
"""Connections at a time: a browser keeps half a dozen beside its session's."""
PATIENCE = 30.0
"""Seconds in which a connection must have shown that it belongs to somebody who is let in."""
_PAUSE = 0.5
"""Seconds to wait where the system has no room for one more."""


class Connections:
    """The connections that are open, and which of them belong to somebody who was let in."""

    def __init__(self, most: int = MOST, patience: float = PATIENCE) -> None:
        self._most, self._patience = most, patience
        self._unknown: dict[asyncio.BaseTransport, float] = {}
        """With the loop's time at which each came, the first of them first."""
        self._let_in: set[asyncio.BaseTransport] = set()

    def let_in(self, connection: asyncio.BaseTransport) -> None:
        """Note that the other end was let in: it need not make way."""
        self._unknown.pop(connection, None)
        self._let_in.add(connection)

    async def accept(
        self, listener: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        """Give each connection that comes a protocol, until this is cancelled; never returns."""
        giving_up = asyncio.create_task(self._give_up())
        try:
            while True:
                await self._accept_one(listener, protocol)
        finally:
            giving_up.cancel()

    async def _accept_one(
        self, listener: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            came, _ = await loop.sock_accept(listener)
        except ConnectionAbortedError:
            return  # gone already
        except OSError:
            await asyncio.sleep(_PAUSE)
            return
        if not self._make_room():
            came.close()
            return
        try:
            connection, _ = await loop.connect_accepted_socket(protocol, came)
        except OSError:  # some systems refuse to work on a socket whose other end is gone
            came.close()
            return
        if connection not in self._let_in:
            self._unknown[connection] = loop.time()

    async def _give_up(self) -> None:
        """Close the connections of those who were not let in for so long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._patience / 4)
            last = loop.time() - self._patience
            for connection in [one for one, came in self._unknown.items() if came <= last]:
                del self._unknown[connection]
                connection.close()

    def _make_room(self) -> bool:
        """Tell whether one more has room; for it, the first unknown one may have to go."""
        self._let_in = {one for one in self._let_in if not one.is_closing()}
        for gone in [one for one in self._unknown if one.is_closing()]:
            del self._unknown[gone]
        if len(self._let_in) + len(self._unknown) < self._most:
            return True
        if not self._unknown:
            return False
        first = next(iter(self._unknown))
        del self._unknown[first]
        first.close()
        return True
