"""Waits until a file descriptor can be read, or takes more."""

from __future__ import annotations

import asyncio


async def readable(fd: int) -> None:
    """Wait until `fd` has something to read, or its other end has gone."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fd, _wake, waiting)
    try:
        await waiting
    finally:
        loop.remove_reader(fd)


async def writable(fd: int, patience: float) -> bool:
    """Wait until `fd` takes more; False when it has not within `patience` seconds."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    loop.add_writer(fd, _wake, waiting)
    try:
        async with asyncio.timeout(patience):
            await waiting
    except TimeoutError:
        return False
    finally:
        loop.remove_writer(fd)
    return True


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
