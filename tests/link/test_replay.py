from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from m1tui.clock import run
from m1tui.errors import LinkLost
from m1tui.link import Direction, Transcript
from m1tui.link.replay import ReplayLink, ReplayMismatch
from tests.advised import raises

REQUEST = bytes.fromhex("F0 42 30 19 12 F7")
REPLY = bytes.fromhex("F0 42 30 19 42 02 00 01 00 F7")


@pytest.fixture
def recording() -> Transcript:
    transcript = Transcript()
    transcript.record(10.0, Direction.IN, b"\xfe")
    transcript.record(10.2, Direction.OUT, REQUEST[:4])
    transcript.record(10.3, Direction.OUT, REQUEST[4:])
    transcript.record(10.35, Direction.IN, REPLY[:6])
    transcript.record(10.45, Direction.IN, REPLY[6:])
    return transcript


def test_what_came_in_comes_again_when_it_is_asked_for_and_as_long_after(
    recording: Transcript,
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with ReplayLink(recording) as link:
            assert await link.read() == b"\xfe"
            await asyncio.sleep(5)
            await link.write(REQUEST)
            got = [(await link.read(), round(loop.time(), 6)) for _ in range(2)]
            assert got == [(REPLY[:6], 5.05), (REPLY[6:], 5.15)]
            assert link.unwritten == link.unread == b""

    run(main())


def test_nothing_comes_in_before_it_is_asked_for(recording: Transcript) -> None:
    async def main() -> None:
        async with ReplayLink(recording) as link:
            assert await link.read() == b"\xfe"
            await link.write(REQUEST[:5])
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(100):
                    await link.read()
            assert link.unwritten == b"\xf7"
            await link.write(REQUEST[5:])
            assert await link.read() == REPLY[:6]
            assert link.unread == REPLY[6:]

    run(main())


def test_writing_something_else_is_told_by_its_place(recording: Transcript) -> None:
    async def main() -> None:
        async with ReplayLink(recording) as link:
            await link.write(REQUEST[:3])
            with pytest.raises(ReplayMismatch, match="at byte 3: expected 19, found 28"):
                await link.write(b"\x28")

    run(main())


def test_writing_more_than_was_recorded_is_told(recording: Transcript) -> None:
    async def main() -> None:
        async with ReplayLink(recording) as link:
            with pytest.raises(ReplayMismatch, match="at byte 6: expected no more bytes"):
                await link.write(REQUEST + b"\xfe")

    run(main())


def test_after_the_end_there_is_silence_until_it_is_closed(recording: Transcript) -> None:
    async def main() -> None:
        link = ReplayLink(recording)
        async with link:
            await link.write(REQUEST)
            for _ in range(3):
                await link.read()
            reading = asyncio.get_running_loop().create_task(link.read())
            await asyncio.sleep(1000)
            assert not reading.done()
        with raises(LinkLost, "link-closed"):
            await reading

    run(main())


def test_the_transcript_of_one_link_saved_and_loaded_plays_as_that_link(
    recording: Transcript, tmp_path: Path
) -> None:
    async def talk(link: ReplayLink) -> bytes:
        async with link:
            got = await link.read()
            await link.write(REQUEST)
            while not got.endswith(b"\xf7"):
                got += await link.read()
            return got

    first = ReplayLink(recording)
    said = run(talk(first))
    first.transcript.stream_to(tmp_path / "t.txt")
    first.transcript.close()
    assert run(talk(ReplayLink(Transcript.load(tmp_path / "t.txt")))) == said
