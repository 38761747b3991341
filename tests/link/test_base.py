from __future__ import annotations

import asyncio

import pytest

from m1tui.advice import Advice, Trouble
from m1tui.clock import run
from m1tui.errors import LinkError, LinkLost
from m1tui.link import Direction, Link


class Wire(Link):
    """A link to nowhere that remembers what it was given, and breaks after some bytes."""

    block_bytes: int | None = 100

    def __init__(self, breaks_after: int = 1_000_000) -> None:
        super().__init__("wire", "a wire")
        self.blocks: list[bytes] = []
        self.answers = [b"\xf0\x42", b"\xf7"]
        self.calls: list[str] = []
        self._breaks_after = breaks_after

    async def _open(self) -> None:
        self.calls.append("open")

    async def _close(self) -> None:
        self.calls.append("close")

    async def _read(self) -> bytes:
        await asyncio.sleep(1)
        return self.answers.pop(0)

    async def _write(self, data: bytes) -> None:
        if sum(map(len, self.blocks)) + len(data) > self._breaks_after:
            raise LinkLost(Advice("for-a-test", "The wire broke.", "No more bytes go out."))
        self.blocks.append(data)
        await asyncio.sleep(0.01)

    async def _drain(self) -> None:
        self.calls.append("drain")


def test_a_long_message_goes_in_blocks_that_join_to_it() -> None:
    async def main() -> Wire:
        async with Wire() as wire:
            await wire.write(bytes(range(128)) * 3)
            await wire.drain()
            return wire

    wire = run(main())
    assert b"".join(wire.blocks) == bytes(range(128)) * 3
    assert [len(block) for block in wire.blocks] == [100, 100, 100, 84]
    assert wire.calls == ["open", "drain", "close"]
    assert wire.sent == 384


def test_every_byte_each_way_stands_in_the_transcript_with_its_time() -> None:
    async def main() -> Wire:
        async with Wire() as wire:
            await wire.write(b"\x01")
            await wire.read()
            await wire.write(b"\x02" * 150)
            await wire.read()
            return wire

    wire = run(main())
    assert [(round(e.time, 2), e.direction.name, len(e.data)) for e in wire.transcript] == [
        (0.0, "OUT", 1),
        (1.01, "IN", 2),
        (1.01, "OUT", 100),
        (1.02, "OUT", 50),
        (2.03, "IN", 1),
    ]
    assert wire.received == 3


def test_nothing_written_is_nothing_sent() -> None:
    async def main() -> Wire:
        wire = Wire()
        await wire.write(b"")
        return wire

    wire = run(main())
    assert wire.blocks == []
    assert len(wire.transcript) == 0


def test_a_wire_that_breaks_stops_the_message_there() -> None:
    async def main() -> Wire:
        wire = Wire(breaks_after=250)
        with pytest.raises(LinkLost, match="The wire broke"):
            await wire.write(bytes(400))
        return wire

    wire = run(main())
    assert len(b"".join(wire.blocks)) == 200
    # The block that failed is in the transcript: it may have gone out in part.
    assert len(wire.transcript.bytes(Direction.OUT)) == 300


def test_a_lost_link_is_an_error_of_the_link_and_trouble_for_a_person() -> None:
    assert issubclass(LinkLost, LinkError)
    assert issubclass(LinkError, Trouble)
