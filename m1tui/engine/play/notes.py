"""Notes on one link: each that begins is ended, however the work ends.

A note ends by its note off, and at the end by All Notes Off on its channel besides. While notes
sound, Active Sensing goes out, after whose absence an instrument may silence itself (the M1
receives it; whether it does so is not known, and nothing here relies on it).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from m1tui.engine.instrument import Instrument
from m1tui.engine.play.phrases import KEYS, Phrase

T = TypeVar("T")

CHANNELS = 16
SENSING_SECONDS = 0.25
"""Between two bytes of Active Sensing; after 0.3 s of silence a receiver may act."""
_NOTE_OFF, _NOTE_ON, _CONTROL, _SENSING = 0x80, 0x90, 0xB0, 0xFE
_DAMPER, LOCAL, _ALL_NOTES_OFF = 64, 122, 123
_OFF_VELOCITY = 64


@dataclass(frozen=True, slots=True)
class Short:
    """A channel or realtime message; the M1 answers few of them."""

    data: bytes
    channel: int | None = None
    """The channel on which a status answers it; None: no answer is expected on any channel."""

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.data


def control(channel: int, number: int, value: int) -> Short:
    """Return a control change on `channel`, 0-15."""
    return Short(bytes([_CONTROL | channel, number, value]))


def parameter(channel: int, number: int, value: int) -> Short:
    """Return a control change that sets a registered parameter: the M1 answers 23 or 24."""
    return Short(control(channel, number, value).data, channel)


def local_control(channel: int, *, on: bool) -> Short:
    """Return Local Control, CC 122: whether the M1's keys play the M1 itself."""
    return control(channel, LOCAL, 127 if on else 0)


class Mark(Protocol):
    """What remembers outside this process that notes sound, in case it is killed."""

    def begin(self, channels: frozenset[int]) -> None:
        """Remember, before the first note begins; raises StoreError."""

    def end(self) -> None:
        """Forget: the notes have ended."""


class NoMark:
    """Remembers nothing: for notes that end with the process."""

    def begin(self, channels: frozenset[int]) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Notes:
    """Plays phrases on an instrument, one at a time."""

    def __init__(self, instrument: Instrument, mark: Mark) -> None:
        self._instrument = instrument
        self._mark = mark
        self._sounding: set[tuple[int, int]] = set()
        self.played = 0
        """Notes that were begun."""

    async def play(self, phrase: Phrase, channel: int, velocity: int) -> int:
        """Play `phrase` on `channel`, 0-15, to its end; return its notes.

        However it ends, all notes have ended when it returns or raises; only where the link is
        lost the mark stays, since nothing can reach the M1. Raises LinkLost, StoreError.
        """
        before = self.played
        self._mark.begin(frozenset({channel}))
        try:
            await self._strike(phrase, channel, velocity)
        finally:
            await surely(self._end(channel))
        return self.played - before

    async def _strike(self, phrase: Phrase, channel: int, velocity: int) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        downs = [(stroke.at, True, stroke.key) for stroke in phrase.strokes]
        ups = [(stroke.at + stroke.length, False, stroke.key) for stroke in phrase.strokes]
        # A key that is struck again must have come up before.
        for at, down, key in sorted(downs + ups, key=lambda one: (one[0], one[1])):
            await self._wait_until(begun + at)
            if down:
                await self._on(channel, key, velocity)
            else:
                await self._off(channel, key)

    async def _wait_until(self, moment: float) -> None:
        loop = asyncio.get_running_loop()
        while (left := moment - loop.time()) > 0:
            if self._sounding:
                await self._tell(bytes([_SENSING]))
            await asyncio.sleep(min(left, SENSING_SECONDS))

    async def _on(self, channel: int, key: int, velocity: int) -> None:
        # Counted before it is sent: one that was sent in part must be ended, too.
        self._sounding.add((channel, key))
        self.played += 1
        await self._tell(bytes([_NOTE_ON | channel, key, velocity]))

    async def _off(self, channel: int, key: int) -> None:
        await self._tell(bytes([_NOTE_OFF | channel, key, _OFF_VELOCITY]))
        self._sounding.discard((channel, key))

    async def _end(self, channel: int) -> None:
        for note in sorted(self._sounding):
            await self._off(*note)
        await self._instrument.conversation.tell(control(channel, _ALL_NOTES_OFF, 0))
        self._mark.end()

    async def _tell(self, data: bytes) -> None:
        await self._instrument.conversation.tell(Short(data))


async def panic(instrument: Instrument, channels: Iterable[int] = ()) -> int:
    """End every note: damper off and All Notes Off on all channels, then note offs.

    Each key is let go on `channels`, 0-15, and on the M1's own, since an instrument may not know
    All Notes Off. Return the messages that went out. Raises LinkLost. Never call it while an
    exclusive message goes out: `Conversation` sends one after the other.
    """
    tell = instrument.conversation.tell
    sent = 0
    for channel in range(CHANNELS):
        await tell(control(channel, _DAMPER, 0))
        await tell(control(channel, _ALL_NOTES_OFF, 0))
        sent += 2
    for channel in sorted({instrument.channel, *channels}):
        for key in range(KEYS):
            await tell(Short(bytes([_NOTE_OFF | channel, key, _OFF_VELOCITY])))
            sent += 1
    return sent


async def surely(work: Coroutine[Any, Any, T]) -> T:
    """Do `work` to its end, however often this is cancelled meanwhile; then be cancelled.

    Only for work of milliseconds that must not be left half done.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result
