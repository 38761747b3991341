"""The virtual M1 as other programs reach it; on the real clock, on a wire without a speed."""

from __future__ import annotations

import asyncio
import os
import sys
import tty
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from m1tui.advice import Trouble
from m1tui.clock import run
from m1tui.sysex import (
    BankRequest,
    ExclusiveFrame,
    Framer,
    IdentityRequest,
    Part,
)
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.saved_state import StateSaver, load_state
from m1tui.virtual.serve import serve
from m1tui.virtual.serve_rtmidi import Voice
from tests.virtual.dialogue import dump_of, open_m1

PATIENCE = 20.0
"""Seconds after which a test on the real clock gives up."""


@asynccontextmanager
async def served(
    machine: VirtualM1,
    at: str,
    *,
    baud: int = 0,
    saver: StateSaver | None = None,
    faults: FaultPlan | None = None,
) -> AsyncIterator[str]:
    """Serve for the time of a block; gives the port that was told."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = serve(machine, at, baud=baud, saver=saver, faults=faults, ready=ready.set_result)
    task = asyncio.create_task(serving)
    both: set[asyncio.Future[Any]] = {ready, task}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield ready.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def really(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await work()

    run(bounded(), jumping=False)


class Client:
    """A program that has a terminal open, in the way of any other."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)

    async def ask(self, message: bytes) -> bytes:
        """The first exclusive message after `message`."""
        await asyncio.to_thread(os.write, self.fd, message)
        framer = Framer()
        while True:
            for event in framer.feed(await asyncio.to_thread(os.read, self.fd, 4096)):
                if isinstance(event, ExclusiveFrame):
                    return event.data

    def close(self) -> None:
        os.close(self.fd)


IDENTITY = bytes.fromhex("F07E000602421900080007010100F7")


def test_a_terminal_answers_client_after_client(tmp_path: Path) -> None:
    path = tmp_path / "m1.port"
    machine = open_m1()

    async def work() -> None:
        async with served(machine, f"raw:{path}") as port:
            assert port == f"raw:{path}"
            for _ in range(3):
                client = Client(path)
                assert await client.ask(IdentityRequest().encode()) == IDENTITY
                client.close()

    really(work)
    assert not path.is_symlink()


def test_a_client_that_leaves_in_the_middle_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "m1.port"

    async def work() -> None:
        async with served(open_m1(), f"raw:{path}", baud=31_250):
            client = Client(path)
            os.write(client.fd, BankRequest(0, Part.ALL).encode())
            await asyncio.to_thread(os.read, client.fd, 4096)
            await asyncio.sleep(0.3)
            client.close()
            await asyncio.sleep(0.3)
            client = Client(path)
            os.set_blocking(client.fd, False)
            try:
                begun = os.read(client.fd, 4096)
            except BlockingIOError:
                begun = b""
            client.close()
            assert begun == b""

    really(work)


def test_a_whole_dump_goes_through_a_terminal_and_back(tmp_path: Path) -> None:
    path = tmp_path / "m1.port"
    source, machine = open_m1(), open_m1("dead-battery")
    dump = dump_of(source, Part.ALL)

    async def work() -> None:
        async with served(machine, f"raw:{path}"):
            client = Client(path)
            assert await client.ask(dump.encode()) == bytes.fromhex("F042301923F7")
            assert await client.ask(BankRequest(0, Part.ALL).encode()) == dump.encode()
            client.close()

    really(work)
    assert machine.memory == source.memory


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m1.port"
    path.symlink_to("/dev/pts/none")

    async def work() -> None:
        async with served(open_m1(), f"raw:{path}"):
            assert path.exists()

    really(work)


def test_a_file_in_the_way_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "m1.port"
    path.write_text("mine")

    async def work() -> None:
        with pytest.raises(Trouble, match="something is already there"):
            async with served(open_m1(), f"raw:{path}"):
                pass

    really(work)
    assert path.read_text() == "mine"


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(Trouble, match="File name too long"):
            async with served(open_m1(), f"raw:{tmp_path / ('m' * 5000)}"):
                pass

    really(work)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(Trouble, match="No such file or directory"):
            async with served(open_m1(), f"raw:{tmp_path / 'none' / 'port'}"):
                pass

    really(work)


async def connect(port: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    _, host, number = port.split(":")
    return await asyncio.open_connection(host, int(number))


def test_tcp_tells_its_real_port_and_serves_one_client_at_a_time() -> None:
    async def work() -> None:
        async with served(open_m1(), "tcp:127.0.0.1:0") as port:
            assert not port.endswith(":0")
            for _ in range(2):
                reader, writer = await connect(port)
                writer.write(IdentityRequest().encode())
                assert await reader.readexactly(len(IDENTITY)) == IDENTITY
                second, other = await connect(port)
                assert await second.read() == b""
                other.close()
                writer.close()
                await writer.wait_closed()
                await asyncio.sleep(0.05)

    really(work)


def test_a_lost_link_hangs_up_a_tcp_client_and_the_next_one_is_served() -> None:
    request = IdentityRequest().encode()
    plan = FaultPlan([Fault.parse("in:disconnect=0.02:10ms")], seed=_seed_that_strikes_early())

    async def main() -> None:
        async with served(open_m1(), "tcp:127.0.0.1:0", faults=plan) as port:
            number = int(port.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(request)
            assert await reader.read() == b""
            writer.close()
            await asyncio.sleep(0.05)
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(request)
            answer = await reader.readuntil(b"\xf7")
            assert answer.startswith(b"\xf0\x7e")
            writer.close()

    really(main)


def _seed_that_strikes_early() -> int:
    """A seed by which the link is lost in the first request and not in the second."""
    request = IdentityRequest().encode()
    for seed in range(1_000):
        plan = FaultPlan([Fault.parse("in:disconnect=0.02:10ms")], seed)
        plan.lines[Side.IN].through(request + request, 0.0)
        at = [mishap.message for mishap in plan.mishaps]
        if at == [1]:
            return seed
    raise AssertionError("no such seed")


def test_a_tcp_client_feels_the_wires_speed() -> None:
    async def work() -> None:
        async with served(open_m1(), "tcp:127.0.0.1:0", baud=31_250) as port:
            reader, writer = await connect(port)
            loop = asyncio.get_running_loop()
            start = loop.time()
            writer.write(bytes(1000) + IdentityRequest().encode())
            assert (await reader.readuntil(b"\xf7")).strip(b"\xfe") == IDENTITY
            assert loop.time() - start >= (1006 + len(IDENTITY)) / 3125
            writer.close()

    really(work)


@pytest.mark.parametrize(
    "at", ["", "raw", "raw:", "tcp:", "tcp:h", "tcp:h:x", "tcp:h:70000", "usb:1", "rtmidi:"]
)
def test_a_place_that_cannot_be_served_is_told(at: str) -> None:
    async def work() -> None:
        with pytest.raises(Trouble, match=r"expected|cannot"):
            async with served(open_m1(), at):
                pass

    really(work)


def test_the_state_is_kept_from_the_beginning_to_the_end(tmp_path: Path) -> None:
    machine = open_m1()
    saver = StateSaver(machine, tmp_path / "s")

    async def work() -> None:
        async with served(machine, "tcp:127.0.0.1:0", saver=saver) as port:
            assert load_state(tmp_path / "s").persistent() == machine.persistent()
            reader, writer = await connect(port)
            writer.write(b"\xc0\x2a" + IdentityRequest().encode())
            await reader.readuntil(IDENTITY)
            writer.close()

    really(work)
    assert load_state(tmp_path / "s").board.program_number == 42


# rtmidi


def test_long_messages_go_out_in_fragments_that_rtmidi_does_not_cut() -> None:
    data = b"\xf0" + bytes(999) + b"\xf7"
    pieces = list(Voice().feed(data))
    assert b"".join(pieces) == data
    assert len(pieces[0]) == 256
    assert {len(piece) for piece in pieces[1:-1]} == {3}
    assert list(Voice().feed(b"\xfe\xc0\x01")) == [b"\xfe", b"\xc0\x01"]


def test_a_long_message_is_heard_while_it_comes_and_a_short_one_whole() -> None:
    voice = Voice()
    assert b"".join(voice.feed(b"\xf0" + bytes(319))) == b"\xf0" + bytes(319)
    assert b"".join(voice.feed(bytes(2) + b"\xf7\x90\x3c")) == bytes(2) + b"\xf7"
    assert list(voice.feed(b"\x40")) == [b"\x90\x3c\x40"]


def test_a_message_that_another_breaks_off_does_not_eat_the_others_beginning() -> None:
    voice = Voice()
    list(voice.feed(b"\xf0" + bytes(99)))
    assert b"".join(voice.feed(b"\xf0\x42\xf7")) == b"\xf0\x42\xf7"
    list(voice.feed(b"\xf0" + bytes(99)))
    assert b"".join(voice.feed(b"\xf0\x42")) == b"\xf0\x42"


class FakePort:
    """One of rtmidi's ports, as far as serving uses it."""

    made: ClassVar[list[FakePort]] = []

    def __init__(self, system: int, name: str) -> None:
        self.open = ""
        self.sent: list[bytes] = []
        self.sent_one = asyncio.Event()
        self.callback: Callable[[tuple[list[int], float], None], None] | None = None
        FakePort.made.append(self)

    def open_virtual_port(self, name: str) -> None:
        self.open = name

    def close_port(self) -> None:
        self.open = ""

    def delete(self) -> None:
        assert not self.open

    def set_callback(self, callback: Callable[[tuple[list[int], float], None], None]) -> None:
        self.callback = callback

    def cancel_callback(self) -> None:
        self.callback = None

    def ignore_types(self, **types: bool) -> None:
        assert not any(types.values())

    def send_message(self, message: bytes) -> None:
        if message != b"\xfe":
            self.sent.append(message)
            self.sent_one.set()


def test_rtmidi_ports_carry_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePort.made = []
    module = SimpleNamespace(MidiIn=FakePort, MidiOut=FakePort, get_compiled_api=lambda: [2])
    monkeypatch.setitem(sys.modules, "rtmidi", module)

    async def work() -> None:
        async with served(open_m1(), "rtmidi:Virtual M1") as port:
            assert port == "rtmidi:Virtual M1"
            source, sink = FakePort.made
            assert source.callback is not None
            source.callback((list(IdentityRequest().encode()), 0.0), None)
            await sink.sent_one.wait()
            assert sink.sent == [IDENTITY]

    really(work)
    assert [port.open for port in FakePort.made] == ["", ""]


def test_without_rtmidi_the_other_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)

    async def work() -> None:
        with pytest.raises(Trouble, match="raw:PATH or tcp:HOST:PORT"):
            async with served(open_m1(), "rtmidi:Virtual M1"):
                pass

    really(work)
