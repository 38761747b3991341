"""A link that shows an exclusive message only when it is whole, as rtmidi does."""

from __future__ import annotations

import asyncio

import pytest

from m1tui import clock
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.errors import ReadError
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import ExclusiveFrame, Framer
from m1tui.virtual.machine import VirtualM1

from .bench import machine


class GatheringLink(VirtualLink):
    """Holds every message back until its F7 has come; realtime bytes are dropped."""

    whole_messages: bool = True

    def __init__(self, m1: VirtualM1, *, deaf_to_dumps: bool = False) -> None:
        super().__init__(m1)
        self._framer = Framer()
        self._longest = 100 if deaf_to_dumps else 1 << 20

    async def _read(self) -> bytes:
        while True:
            whole = b"".join(
                event.data
                for event in self._framer.feed(await super()._read())
                if isinstance(event, ExclusiveFrame) and len(event.data) < self._longest
            )
            if whole:
                return whole


def test_all_data_is_read_though_no_byte_shows_for_as_long_as_the_wire_needs() -> None:
    async def main() -> None:
        async with Instrument(GatheringLink(machine())) as instrument:
            await diagnose(instrument)
            backup = await back_up(instrument)
            assert (backup.contents, backup.reads) == (demo_contents(), 2)

    clock.run(main())


def test_a_dump_that_never_shows_is_given_up_soon_after_the_longest_would_have_come() -> None:
    async def main() -> float:
        async with Instrument(GatheringLink(machine(), deaf_to_dumps=True)) as instrument:
            await diagnose(instrument)
            begin = asyncio.get_running_loop().time()
            with pytest.raises(ReadError):
                await back_up(instrument)
            return asyncio.get_running_loop().time() - begin

    assert 40 < clock.run(main()) < 60
