"""Reaches a virtual M1 in another process over TCP."""

from __future__ import annotations

import asyncio
import socket

from m1tui.advice import NOTHING_SENT, Advice
from m1tui.errors import LinkError, LinkLost
from m1tui.link.base import UNKNOWN, Link, not_open, stalled

CONNECT_SECONDS = 5.0
STALL = 5.0
"""Seconds after which a connection that accepts no byte is given up."""
READ_SIZE = 4096
SEND_BUFFER = 1024
"""Bytes of the socket's send buffer: small, so that the peer's wire sets the pace."""


class TcpLink(Link):
    """A TCP connection that carries MIDI bytes both ways; the peer paces it."""

    block_bytes = 128

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"tcp:{host}:{port}", f"{host}, port {port}")
        self._host = host
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError as error:
            # A time-out of the system's own is an OSError too, and means the same.
            found = f"expected an answer within {CONNECT_SECONDS:g} seconds, found none"
            raise LinkError(self._cannot_connect(found)) from error
        except OSError as error:
            raise LinkError(self._cannot_connect(str(error))) from error
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.transport.set_write_buffer_limits(high=0)
        self._streams = (reader, writer)

    async def _close(self) -> None:
        if self._streams is None:
            return
        (reader, writer), self._streams = self._streams, None
        reader.feed_eof()
        writer.close()
        try:
            async with asyncio.timeout(STALL):
                await writer.wait_closed()
        except OSError:  # the peer went first, or does not read: closed all the same
            writer.transport.abort()

    async def _read(self) -> bytes:
        reader, _ = self._ends()
        try:
            data = await reader.read(READ_SIZE)
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error
        if data:
            return data
        raise (
            not_open(self.title) if self._streams is None else self._lost("the other end closed it")
        )

    async def _write(self, data: bytes) -> None:
        _, writer = self._ends()
        writer.write(data)
        await self._drain()

    async def _drain(self) -> None:
        _, writer = self._ends()
        try:
            async with asyncio.timeout(STALL):
                await writer.drain()
        except TimeoutError:
            raise stalled(self.title, STALL) from None
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error

    def _ends(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            raise not_open(self.title)
        return self._streams

    def _lost(self, reason: str) -> LinkLost:
        return LinkLost(
            Advice(
                code="link-lost",
                happened=f"The connection to {self.title} broke: {reason}.",
                safe=UNKNOWN,
                cause="The virtual M1 at the other end has ended, or the network failed.",
                next_step=f"Start it again with `m1tui simulate --at {self.port}`, then let m1tui "
                "read it again.",
            )
        )

    def _cannot_connect(self, found: str) -> Advice:
        return Advice(
            code="not-connected",
            happened=f"No connection to {self._host!r}, port {self._port}: {found}.",
            safe=NOTHING_SENT,
            cause="No virtual M1 is listening there.",
            next_step=f"Start one with `m1tui simulate --at {self.port}`, or correct the address.",
        )
