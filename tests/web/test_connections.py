"""Which connections are let in, and which make way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from m1tui.web.listener import Connections, listen


class Greeter(asyncio.Protocol):
    """Greets whoever comes, and lets in whoever then says anything."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"hello\n")

    def data_received(self, data: bytes) -> None:
        self._connections.let_in(self._transport)
        self._transport.write(b"welcome\n")


class Visitor:
    """The other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def hear(self) -> bytes:
        """Return the next line, or nothing once it was closed."""
        try:
            return await asyncio.wait_for(self._reader.readline(), 30.0)
        except ConnectionError:
            return b""

    async def say(self) -> bytes:
        """Say something and return the answer."""
        self._writer.write(b"x")
        return await self.hear()

    async def go(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class Street:
    """Room for so many connections, and everybody who came."""

    def __init__(self, most: int, patience: float = 60.0) -> None:
        self._connections = Connections(most, patience)
        self._listener = listen("127.0.0.1", 0)
        self._visitors: list[Visitor] = []

    async def __aenter__(self) -> Street:
        admitting = self._connections.accept(
            self._listener.open_socket, lambda: Greeter(self._connections)
        )
        self._admitting = asyncio.create_task(admitting)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._admitting.cancel()
        with suppress(asyncio.CancelledError):
            await self._admitting
        self._listener.open_socket.close()
        for visitor in self._visitors:
            await visitor.go()

    async def come(self) -> tuple[Visitor, bytes]:
        """Return one more visitor and how that one is greeted."""
        listener = self._listener
        visitor = Visitor(*await asyncio.open_connection(listener.address, listener.port))
        self._visitors.append(visitor)
        return visitor, await visitor.hear()


def test_who_came_first_and_said_nothing_makes_way() -> None:
    async def visit() -> None:
        async with Street(3) as street:
            guest, _ = await street.come()
            assert await guest.say() == b"welcome\n"
            first, _ = await street.come()
            second, _ = await street.come()
            _, greeting = await street.come()
            assert greeting == b"hello\n"
            assert await first.hear() == b""
            assert await second.say() == b"welcome\n"
            assert await guest.say() == b"welcome\n"

    asyncio.run(visit())


def test_who_was_let_in_never_makes_way_and_leaves_room_by_going() -> None:
    async def visit() -> None:
        async with Street(2) as street:
            guests = [(await street.come())[0] for _ in range(2)]
            assert [await guest.say() for guest in guests] == [b"welcome\n"] * 2
            assert (await street.come())[1] == b""
            await guests[0].go()
            async with asyncio.timeout(30.0):
                while (await street.come())[1] != b"hello\n":
                    pass

    asyncio.run(visit())


def test_who_is_not_let_in_is_closed_after_a_while_and_nobody_else() -> None:
    async def visit() -> None:
        async with Street(9, patience=0.3) as street:
            guest, _ = await street.come()
            assert await guest.say() == b"welcome\n"
            strangers = [(await street.come())[0] for _ in range(3)]
            assert [await one.hear() for one in strangers] == [b""] * 3
            assert await guest.say() == b"welcome\n"

    asyncio.run(visit())
