"""Where the server listens, and whom it lets in: an address with a port, and its connections.

Without a bound, somebody without the token could take every file descriptor of the server by
connections that stay half open, and nobody else would be let in.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

from m1tui.advice import Advice
from m1tui.errors import CannotListen
from m1tui.sysex import printable

SAFE = "Nothing was sent; the instrument is unchanged."
_ELSEWHERE = ("203.0.113.1", 9)
"""An address that no computer has (RFC 5737), to ask the system for its way to others."""
MOST_CONNECTIONS = 128
"""At a time: a browser keeps half a dozen beside its session's."""
PATIENCE = 30.0
"""Seconds in which a connection must have shown that it belongs to somebody who is let in."""
_PAUSE = 0.5
"""Seconds to wait where the system has no room for one more."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens, and by which names a browser may reach it."""

    open_socket: socket.socket
    name: str
    """The name or address that the person chose."""

    @property
    def address(self) -> str:
        """The address, as numbers."""
        return str(self.open_socket.getsockname()[0])

    @property
    def port(self) -> int:
        """The port's number."""
        return int(self.open_socket.getsockname()[1])

    @property
    def is_loopback(self) -> bool:
        """Whether only this computer reaches it."""
        return ipaddress.ip_address(self.address).is_loopback

    def url(self, token: str = "") -> str:
        """Return the address to be opened, with the token if there is one."""
        host = self.address
        if ipaddress.ip_address(host).is_unspecified:
            host = _way_out()
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}/{f'?token={token}' if token else ''}"


def listen(host: str, port: int) -> Listener:
    """Return a socket that listens at `host`, a name or an address; port 0 takes any free one.

    One address alone, the first of IPv4: a name may have several. Raises CannotListen.
    """
    family, address = _resolved(host, port)
    try:
        open_socket = socket.create_server((address, port), family=family)
    except OSError as error:
        raise _port_unavailable(host, port, error) from error
    open_socket.setblocking(False)
    return Listener(open_socket, host)


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _host_unknown(host, str(getattr(error, "strerror", "") or error)) from error
    family, *_, address = min(found, key=lambda one: one[0] is not socket.AF_INET)
    return family, str(address[0]).partition("%")[0]


def _host_unknown(host: str, reason: str) -> CannotListen:
    return CannotListen(
        Advice(
            code="host-unknown",
            happened=f"--host: {printable(host)!r} is not an address: {printable(reason)}.",
            safe=SAFE,
            next_step="Leave --host out for this computer only, or name one of its addresses; "
            "0.0.0.0 means all of them.",
        )
    )


def _port_unavailable(host: str, port: int, error: OSError) -> CannotListen:
    shown = printable(host)
    reason = error.strerror or str(error)
    in_use = error.errno == errno.EADDRINUSE
    if in_use:
        cause = "Another program is listening there, perhaps another m1tui serve."
        next_step = "End it, or choose another port: --http-port 0 takes any free one."
    elif error.errno == errno.EACCES:
        cause = "Ports below 1024 are reserved for system services."
        next_step = "Choose port 1024 or higher with --http-port."
    else:
        cause = f"{shown!r} is not an address of this computer."
        next_step = "Leave --host out for this computer only; 0.0.0.0 means all of its addresses."
    return CannotListen(
        Advice(
            "port-in-use" if in_use else "port-unavailable",
            f"Port {port} of {shown!r} is not available: {reason}.",
            SAFE,
            cause,
            next_step,
        ),
        in_use=in_use,
    )


def _way_out() -> str:
    """Return the address by which other computers reach this one; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        return str(asking.getsockname()[0])


class Connections:
    """Lets connections in, so many at a time: those that never ask anything make way for others.

    They are closed after a while, too, however slowly they go on with a request.
    """

    def __init__(self, most: int = MOST_CONNECTIONS, patience: float = PATIENCE) -> None:
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
