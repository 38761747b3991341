"""The virtual M1 at a device that is there already; a pseudo-terminal stands for it."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.clock import run
from m1tui.sysex import ExclusiveFrame, Framer, IdentityRequest
from m1tui.virtual.serve_raw import is_midi_device, readable, serve_device
from m1tui.virtual.wire import Wire
from tests.virtual.dialogue import open_m1


class Interface:
    """A device with its two ends: the path that is served, and the cable to the computer."""

    def __init__(self) -> None:
        self.cable, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave
        os.set_blocking(self.cable, False)

    async def ask(self, message: bytes) -> bytes:
        os.write(self.cable, message)
        framer = Framer()
        while True:
            await readable(self.cable)
            for event in framer.feed(os.read(self.cable, 4096)):
                if isinstance(event, ExclusiveFrame):
                    return event.data

    def unplug(self) -> None:
        if self.cable >= 0:
            os.close(self.cable)
            os.close(self._slave)
            self.cable = -1


@pytest.fixture
def interface() -> Iterator[Interface]:
    interface = Interface()
    yield interface
    interface.unplug()


def test_an_m1_answers_through_a_device_until_it_is_unplugged(interface: Interface) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[str] = loop.create_future()
        async with Wire(open_m1(), baud=0) as wire:
            serving = loop.create_task(serve_device(wire, interface.path, ready.set_result))
            assert await ready == f"raw:{interface.path}"
            for _ in range(2):
                identity = await interface.ask(IdentityRequest().encode())
                assert identity.hex().upper() == "F07E000602421900080007010100F7"
            interface.unplug()
            with pytest.raises(Trouble) as caught:
                await serving
        assert interface.path in caught.value.advice.happened
        assert "--state" in caught.value.advice.next_step

    run(main())


def test_a_device_that_cannot_be_opened_is_told_with_its_reason(tmp_path: Path) -> None:
    async def main() -> None:
        async with Wire(open_m1(), baud=0) as wire:
            await serve_device(wire, str(tmp_path / "midiC9D0"), lambda _: None)

    with pytest.raises(Trouble, match="No such file or directory"):
        run(main())


def test_only_a_device_of_alsas_is_served_as_one(interface: Interface, tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path, Path(interface.path), Path("/dev/null")):
        assert not is_midi_device(path)
