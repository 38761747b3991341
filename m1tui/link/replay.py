"""Plays a recorded transcript back, in the place of the instrument, in a test."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from m1tui.link.base import Direction, Link, Transcript, not_open


class ReplayMismatch(AssertionError):
    """The program wrote something else than it wrote when the transcript was made."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """Bytes that came in, `delay` seconds after what went before them was there."""

    written_before: int
    delay: float
    data: bytes


class ReplayLink(Link):
    """An instrument that says what it said before, when it is asked what it was asked before.

    Bytes come in when all has been written that was then written, and as long after that, or
    after the bytes before them, as they were recorded. However the writes are cut into pieces,
    their bytes must be the recorded ones; else `write` raises ReplayMismatch.
    """

    def __init__(self, transcript: Transcript) -> None:
        super().__init__("replay", "a recording")
        self._expected = transcript.bytes(Direction.OUT)
        self._answers = deque(_answers(transcript))
        self._written = 0
        self._happened = 0.0
        self._moved = asyncio.Event()
        self._is_open = False

    @property
    def unwritten(self) -> bytes:
        """The bytes that were written when the transcript was made, and not yet now."""
        return self._expected[self._written :]

    @property
    def unread(self) -> bytes:
        """The bytes that were read when the transcript was made, and not yet now."""
        return b"".join(answer.data for answer in self._answers)

    async def _open(self) -> None:
        self._is_open = True
        self._mark()

    async def _close(self) -> None:
        self._is_open = False
        self._moved.set()

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while self._is_open:
            if self._answers and self._answers[0].written_before <= self._written:
                due = self._happened + self._answers[0].delay
                if due <= loop.time():
                    self._mark()
                    return self._answers.popleft().data
                await asyncio.sleep(due - loop.time())
            else:
                self._moved.clear()
                await self._moved.wait()
        raise not_open(self.title)

    async def _write(self, data: bytes) -> None:
        await self._drain()
        for found in data:
            if self._written == len(self._expected):
                raise ReplayMismatch(
                    f"at byte {self._written}: expected no more bytes, found {found:02X}"
                )
            expected = self._expected[self._written]
            if expected != found:
                raise ReplayMismatch(
                    f"at byte {self._written}: expected {expected:02X}, found {found:02X}"
                )
            self._written += 1
        self._mark()

    async def _drain(self) -> None:
        if not self._is_open:
            raise not_open(self.title)

    def _mark(self) -> None:
        """Let the delay of the next answer count from now."""
        self._happened = asyncio.get_running_loop().time()
        self._moved.set()


def _answers(transcript: Transcript) -> list[_Answer]:
    answers = []
    written = 0
    before = None
    for entry in transcript:
        if entry.direction is Direction.OUT:
            written += len(entry.data)
        else:
            delay = 0.0 if before is None else max(0.0, entry.time - before)
            answers.append(_Answer(written, delay, entry.data))
        before = entry.time
    return answers
