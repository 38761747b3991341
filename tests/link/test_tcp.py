from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from m1tui.clock import run
from m1tui.errors import LinkError, LinkLost
from m1tui.link.tcp import TcpLink
from tests.advised import raises

Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(talk: Streams) -> AsyncIterator[int]:
    writers = []

    async def remember(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await talk(reader, writer)

    listening = await asyncio.start_server(remember, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


def test_every_byte_passes_unchanged_both_ways() -> None:
    message = bytes(range(256)) * 40

    async def main() -> None:
        async with server(echo) as port, TcpLink("127.0.0.1", port) as link:
            writing = asyncio.get_running_loop().create_task(link.write(message))
            got = b""
            while len(got) < len(message):
                got += await link.read()
            await writing
            await link.drain()
            assert got == message
            assert link.port == f"tcp:127.0.0.1:{port}"

    run(main())


def test_a_peer_that_closes_is_a_lost_link() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def main() -> None:
        async with server(hang_up) as port, TcpLink("127.0.0.1", port) as link:
            await link.write(b"\x01")
            with pytest.raises(LinkLost) as caught:
                await link.read()
            assert "the other end closed it" in caught.value.advice.happened
            assert "unknown until it is read again" in caught.value.advice.safe

    run(main())


def test_a_peer_that_does_not_read_holds_the_writer_back_and_is_then_given_up() -> None:
    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(1000)

    async def main() -> TcpLink:
        async with server(ignore) as port, TcpLink("127.0.0.1", port) as link:
            with pytest.raises(LinkLost, match="accepted no bytes for 5 seconds"):
                await link.write(bytes(20_000_000))
            return link

    assert run(main()).sent < 20_000_000


def test_nobody_listening_is_told_with_the_command_that_starts_a_virtual_m1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(LinkError) as caught:
        run(TcpLink("127.0.0.1", port).open())
    assert f"m1tui simulate --at tcp:127.0.0.1:{port}" in caught.value.advice.next_step
    assert "Nothing was sent" in caught.value.advice.safe


def test_a_host_that_never_answers_is_given_up_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silence(*_: object) -> None:
        await asyncio.sleep(1000)

    monkeypatch.setattr(asyncio, "open_connection", silence)
    with pytest.raises(LinkError, match="within 5 seconds"):
        run(TcpLink("192.0.2.1", 9).open())


def test_closing_ends_a_read_under_way_and_closing_again_is_harmless() -> None:
    async def main() -> None:
        async with server(echo) as port:
            link = TcpLink("127.0.0.1", port)
            await link.open()
            reading = asyncio.get_running_loop().create_task(link.read())
            await asyncio.sleep(0.1)
            await link.close()
            with raises(LinkLost, "link-closed"):
                await reading
            await link.close()
            with raises(LinkLost, "link-closed"):
                await link.write(b"\xf7")

    run(main())
