"""What a conversation hears, and the queue in which one listener finds it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from m1tui.sysex import AnyMessage, Garbage, RealtimeByte, ShortMessage

KEPT = 4_096
"""Items that wait for a listener at most; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """Bytes of exclusive messages came in, whole ones or damaged; what they completed follows."""

    at: float
    """Loop time in seconds."""
    pending: int
    """Bytes of the exclusive message that is then under way; 0 if none is."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole exclusive message came in."""

    data: bytes
    offset: int
    """Where its F0 stands in all bytes received."""
    message: AnyMessage | None
    """None if it could not be decoded."""
    problem: str
    """Why not."""
    echo: bool
    """Whether it is a message of ours that came back."""


Item = Arriving | Heard | Garbage | ShortMessage | RealtimeByte


class Listener:
    """One listener's queue."""

    def __init__(self, *, exclusive: bool = False) -> None:
        """With `exclusive` channel, common and realtime messages are left out, and wake nobody."""
        self._exclusive = exclusive
        self._items: deque[Item] = deque(maxlen=KEPT)
        self._woken = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item; of several `Arriving` in a row only the newest is kept."""
        if self._exclusive and isinstance(item, ShortMessage | RealtimeByte):
            return
        if isinstance(item, Arriving) and self._items and isinstance(self._items[-1], Arriving):
            self._items[-1] = item
        else:
            self._items.append(item)
        self.wake()

    def wake(self) -> None:
        """Let the listener look around, with or without an item."""
        self._woken.set()

    def take(self) -> Item | None:
        """Return the oldest item, None if there is none."""
        return self._items.popleft() if self._items else None

    def clear(self) -> None:
        """Forget what waits."""
        self._items.clear()

    async def woken(self, due: float | None) -> None:
        """Wait for `wake`, until the loop time `due` at the latest."""
        try:
            async with asyncio.timeout_at(due):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()
