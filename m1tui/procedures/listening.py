"""Lets several things listen while somebody acts: they begin first, and all are awaited after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

Listen = Callable[[Callable[[], None]], Coroutine[Any, Any, T]]
"""Listens and returns what it heard; calls its argument as soon as it really listens."""


async def while_acting(
    listeners: Sequence[Listen[T]], act: Callable[[], Awaitable[None]]
) -> list[T]:
    """Begin all `listeners` one after the other, then `act`; return what each has heard.

    One that ends without ever listening keeps nobody waiting. When one fails or the caller is
    cancelled, all are ended before that is raised.
    """
    tasks: list[asyncio.Task[T]] = []
    try:
        for listen in listeners:
            begun = asyncio.Event()
            task = asyncio.get_running_loop().create_task(listen(begun.set))
            tasks.append(task)
            await _either(begun, task)
        await act()
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _either(begun: asyncio.Event, task: asyncio.Task[T]) -> None:
    """Wait until `begun` is set or `task` has ended, whichever comes first."""
    waiting = asyncio.get_running_loop().create_task(begun.wait())
    try:
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
