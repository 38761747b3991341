"""Stands in a run's place for a link where there is none: nothing comes in, nothing goes out."""

from __future__ import annotations

import asyncio

from m1tui.advice import Advice
from m1tui.errors import LinkLost
from m1tui.link.base import Link, not_open


class AbsentLink(Link):
    """No interface: a read waits until it is closed, and a write raises LinkLost with the reason.

    It is for what a person does without MIDI.
    """

    absent = True

    def __init__(self, reason: Advice) -> None:
        """`reason` is why there is none."""
        super().__init__("no interface", "no interface")
        self._reason = reason
        self._closed = asyncio.Event()

    async def _open(self) -> None:
        self._closed.clear()

    async def _close(self) -> None:
        self._closed.set()

    async def _read(self) -> bytes:
        await self._closed.wait()
        raise not_open(self.title)

    async def _write(self, data: bytes) -> None:  # noqa: ARG002
        raise LinkLost(self._reason)

    async def _drain(self) -> None:
        raise LinkLost(self._reason)
