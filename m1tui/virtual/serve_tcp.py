"""A TCP port as a virtual M1's MIDI port: raw MIDI bytes each way, one client at a time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from m1tui.advice import Advice, Trouble
from m1tui.virtual.fault_wire import FaultyWire
from m1tui.virtual.wire import Wire

READ_SIZE = 512
SOCKET_BUFFER = 1_024
"""Bytes that the system keeps for us, so that a fast client soon feels the wire's speed."""


async def serve_tcp(wire: Wire, place: str, ready: Callable[[str], None]) -> None:
    """Serve at HOST:PORT until cancelled; a second client is told no by closing.

    Raises Trouble when the address cannot be had.
    """
    host, port = _address(place)
    clients = _Clients(wire)
    if isinstance(wire, FaultyWire):
        wire.on_unplug = clients.hang_up
    try:
        server = await asyncio.start_server(
            clients.serve, host or None, port, limit=READ_SIZE, start_serving=False
        )
        for listener in server.sockets:
            # A connection inherits it from the listener; on its own it can no longer shrink.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
        await server.start_serving()
    except OSError as error:
        raise _refusal(place, error.strerror or str(error)) from error
    number = server.sockets[0].getsockname()[1]
    try:
        ready(f"tcp:{host}:{number}")
        await clients.carry_out()
    finally:
        server.close()
        clients.hang_up()


class _Clients:
    """The one client that is connected, if any."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one client's bytes to the M1 until it leaves."""
        if self._writer is not None:
            writer.close()
            return
        self._writer = writer
        try:
            while data := await reader.read(READ_SIZE):
                await self._wire.write(data)
        except ConnectionError:
            # The client is gone without a farewell; the next one is welcome all the same.
            pass
        finally:
            self.hang_up()

    async def carry_out(self) -> None:
        """Carry the M1's bytes to whoever is connected; without a client they are lost."""
        while True:
            data = await self._wire.read()
            writer = self._writer
            if writer is None or writer.is_closing():
                continue
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                # The reading half notices the loss and hangs up.
                await writer.drain()

    def hang_up(self) -> None:
        """Close the connection, if there is one."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _address(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise _refusal(place, f"expected a port number up to 65535, found {port!r}")
    return host.strip("[]"), int(port)


def _refusal(place: str, why: str) -> Trouble:
    return Trouble(
        Advice(
            code="served-port-unusable",
            happened=f"The virtual M1 cannot listen at {place!r}: {why}.",
            safe="Nothing was started.",
            next_step="Give a free port on this computer, for example tcp:127.0.0.1:0.",
        )
    )
