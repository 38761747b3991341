from __future__ import annotations

import asyncio
import errno
import os
import pty
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.clock import run
from m1tui.errors import LinkError, LinkLost
from m1tui.link.raw import RawLink
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.serve_raw import serve_pty
from m1tui.virtual.wire import Wire
from tests.advised import raises

ALL_BYTES = bytes(range(256))
"""Among them what a terminal would act upon: 03, 04, 0A, 0D, 11, 13, 1A, 7F."""


class Peer:
    """The other end of a pseudo-terminal."""

    def __init__(self) -> None:
        self.fd, slave = pty.openpty()
        self.path = Path(os.ttyname(slave))
        # Kept open, or the master would read errors until somebody opens it.
        self._slave = slave
        os.set_blocking(self.fd, False)
        self.times: list[tuple[float, int]] = []

    async def receive(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        got = bytearray()
        enough = asyncio.Event()

        def take() -> None:
            got.extend(os.read(self.fd, 65_536))
            self.times.append((loop.time(), len(got)))
            if len(got) >= count:
                enough.set()

        loop.add_reader(self.fd, take)
        try:
            async with asyncio.timeout(60):
                await enough.wait()
        finally:
            loop.remove_reader(self.fd)
        return bytes(got)

    def hang_up(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            os.close(self._slave)
            self.fd = -1


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.hang_up()


def test_every_byte_value_passes_unchanged_both_ways(peer: Peer) -> None:
    async def main() -> None:
        async with RawLink(peer.path) as link:
            await link.write(ALL_BYTES)
            assert await peer.receive(256) == ALL_BYTES
            os.write(peer.fd, ALL_BYTES)
            got = b""
            async with asyncio.timeout(5):
                while len(got) < 256:
                    got += await link.read()
            assert got == ALL_BYTES
            assert link.port == f"raw:{peer.path}"

    run(main())


def test_a_message_of_a_whole_bank_takes_its_time_on_the_wire_and_arrives_whole(
    peer: Peer,
) -> None:
    message = bytes(index % 128 for index in range(16_350))

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with RawLink(peer.path) as link:
            receiving = loop.create_task(peer.receive(len(message)))
            await link.write(message)
            await link.drain()
            assert await receiving == message
        return loop.time()

    assert run(main()) == pytest.approx(len(message) / 3125, rel=0.02)
    # The peer is another clock's: what it got is never far ahead of the wire.
    assert all(count / 3125 - time <= 0.11 for time, count in peer.times)


def test_drain_returns_when_the_wire_has_carried_all(peer: Peer) -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        async with RawLink(peer.path) as link:
            await link.write(bytes(312))
            written = loop.time()
            await link.drain()
            return written, loop.time()

    written, drained = run(main())
    assert written <= 0.05
    assert drained == pytest.approx(312 / 3125, abs=0.02)


def test_a_peer_that_hangs_up_is_a_lost_link_for_reader_and_writer(peer: Peer) -> None:
    async def main() -> None:
        async with RawLink(peer.path) as link:
            reading = asyncio.get_running_loop().create_task(link.read())
            await asyncio.sleep(1)
            assert not reading.done()
            peer.hang_up()
            with pytest.raises(LinkLost) as caught:
                await reading
            assert "unknown until it is read again" in caught.value.advice.safe
            assert "cable" in caught.value.advice.cause
            with pytest.raises(LinkLost):
                await link.write(b"\xf7")
            with pytest.raises(LinkLost):
                await link.drain()

    run(main())


def test_a_peer_that_stops_reading_is_noticed(peer: Peer) -> None:
    async def main() -> float:
        async with RawLink(peer.path) as link:
            with pytest.raises(LinkLost) as caught:
                await link.write(bytes(1_000_000))
            assert "accepted no bytes for 5 seconds" in caught.value.advice.happened
        return asyncio.get_running_loop().time()

    assert run(main()) < 60


def test_closing_ends_a_read_under_way_and_closing_again_is_harmless(peer: Peer) -> None:
    async def main() -> None:
        link = RawLink(peer.path)
        await link.open()
        reading = asyncio.get_running_loop().create_task(link.read())
        await asyncio.sleep(0.1)
        await link.close()
        with raises(LinkLost, "link-closed"):
            await reading
        await link.close()
        with raises(LinkLost, "link-closed"):
            await link.write(b"\xf7")
        await link.open()
        os.write(peer.fd, b"\xfe")
        assert await link.read() == b"\xfe"
        await link.close()

    run(main())


def test_a_cancelled_read_loses_no_bytes(peer: Peer) -> None:
    async def main() -> None:
        async with RawLink(peer.path) as link:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await link.read()
            os.write(peer.fd, b"\x01\x02")
            assert await link.read() == b"\x01\x02"

    run(main())


def test_bytes_from_before_the_opening_are_not_taken_for_answers(peer: Peer) -> None:
    async def main() -> None:
        tty.setraw(peer._slave)
        os.write(peer.fd, b"\xfe" * 100)
        async with RawLink(peer.path) as link:
            os.write(peer.fd, b"\xf0")
            assert await link.read() == b"\xf0"

    run(main())


def test_an_opened_terminal_neither_echoes_nor_edits(peer: Peer) -> None:
    async def main() -> None:
        async with RawLink(peer.path):
            iflag, oflag, _, lflag, *_ = termios.tcgetattr(peer._slave)
            assert iflag == 0
            assert not oflag & termios.OPOST
            assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG)

    run(main())


def test_a_second_program_on_the_same_device_is_told_who_holds_it(peer: Peer) -> None:
    async def main() -> None:
        async with RawLink(peer.path):
            with pytest.raises(LinkError) as caught:
                await RawLink(peer.path).open()
            advice = caught.value.advice
            assert "in use" in advice.happened
            assert advice.safe.startswith("Nothing was sent")
            if sys.platform == "linux":
                assert f"(process {os.getpid()})" in advice.cause
            assert "Close that program" in advice.next_step

    run(main())


def test_what_is_not_a_device_is_refused_untouched(tmp_path: Path) -> None:
    dump = tmp_path / "sounds.syx"
    dump.write_bytes(b"\xf0\xf7")
    with pytest.raises(LinkError, match="expected a raw MIDI device"):
        run(RawLink(dump).open())
    assert dump.read_bytes() == b"\xf0\xf7"
    with pytest.raises(LinkError, match="is a folder"):
        run(RawLink(tmp_path).open())


def test_a_device_that_is_absent_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    for name in ("midiC1D0", "midiC2D0", "seq"):
        (tmp_path / name).touch()
    with pytest.raises(LinkError) as caught:
        run(RawLink(tmp_path / "midiC3D0").open())
    assert "midiC1D0, midiC2D0." in caught.value.advice.cause
    (tmp_path / "m1.port").symlink_to(tmp_path / "gone")
    with pytest.raises(LinkError) as caught:
        run(RawLink(tmp_path / "m1.port").open())
    assert "virtual M1 that made this link has ended" in caught.value.advice.cause


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "sudo usermod -aG audio"),
        (errno.EBUSY, "in use by another program"),
        (errno.ENODEV, "unplugged"),
        (errno.ENXIO, "only a MIDI input or only an output"),
        (errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_each_refusal_of_the_system_is_told_with_its_remedy(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(LinkError) as caught:
        run(RawLink(peer.path).open())
    assert said in str(caught.value)
    assert "Nothing was sent" in caught.value.advice.safe
    assert caught.value.advice.next_step


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/random", "/dev/full"])
def test_a_device_that_can_be_no_instrument_is_not_opened(path: str) -> None:
    async def main() -> None:
        with pytest.raises(LinkError) as caught:
            await RawLink(Path(path)).open()
        assert "expected a raw MIDI device" in caught.value.advice.happened
        assert "m1tui ports" in caught.value.advice.next_step

    run(main())


def test_a_flood_of_bytes_lets_others_run(peer: Peer) -> None:
    async def main() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with RawLink(peer.path) as link:
            task = asyncio.create_task(other())
            await asyncio.sleep(0)
            before = turns
            for _ in range(10):
                os.write(peer.fd, ALL_BYTES)
                await link.read()
            assert turns - before >= 10
            task.cancel()

    run(main())


def abandoned(link: Path, terminal: Path) -> None:
    """Leave behind what a server leaves that is killed, its terminal since given to another."""
    link.symlink_to(terminal)
    link.with_name(f".{link.name}.m1tui").touch()


def test_bytes_that_nobody_reads_let_the_time_go_on_and_are_there_later(peer: Peer) -> None:
    async def main() -> tuple[bytes, float]:
        loop = asyncio.get_running_loop()
        async with RawLink(peer.path) as link:
            loop.call_later(1.0, os.write, peer.fd, b"\xfe")
            first = await link.read()
            os.write(peer.fd, b"\xf8")
            # The jumping clock stands still as long as a device that is watched has bytes.
            await asyncio.sleep(5.0)
            return first + await link.read(), loop.time()

    got, spent = run(main())
    assert got == b"\xfe\xf8"
    assert spent >= 6.0


def test_the_link_of_a_virtual_m1_that_was_killed_is_not_opened(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        place = tmp_path / "p"
        abandoned(place, peer.path)
        with pytest.raises(LinkError) as caught:
            await RawLink(place).open()
        assert "virtual M1 that has ended" in caught.value.advice.happened
        assert "m1tui simulate" in caught.value.advice.next_step

    run(main())


def test_a_link_of_somebody_elses_making_is_followed(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        place = tmp_path / "p"
        place.symlink_to(peer.path)
        async with RawLink(place) as link:
            os.write(peer.fd, b"\xfe")
            assert await link.read() == b"\xfe"

    run(main())


def test_a_virtual_m1_takes_the_place_of_one_that_was_killed(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        place = tmp_path / "p"
        abandoned(place, peer.path)
        ready = asyncio.Event()
        wire = Wire(scenario("healthy"))
        wire.start()
        server = asyncio.create_task(serve_pty(wire, str(place), lambda _: ready.set()))
        try:
            async with asyncio.timeout(5):
                await ready.wait()
            assert place.readlink() != peer.path
            async with RawLink(place):
                pass
            with pytest.raises(Trouble, match="another virtual M1 is being served there"):
                await serve_pty(wire, str(place), lambda _: None)
        finally:
            server.cancel()
            await asyncio.wait([server])
            await wire.close()

    run(main(), jumping=False)
    assert list(tmp_path.iterdir()) == []
