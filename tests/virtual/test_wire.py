"""The wire's speed, its buffer, and what stands between the bytes; on the jumping clock."""

from __future__ import annotations

import asyncio

import pytest

from m1tui.clock import run
from m1tui.sysex import BankRequest, ExclusiveFrame, Framer, IdentityRequest, Part, RealtimeByte
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.wire import RECEIVE_BUFFER, Wire
from tests.virtual.dialogue import dump_of, open_m1

BYTES_PER_SECOND = 3125


async def frame_from(wire: Wire) -> tuple[bytes, list[RealtimeByte], int]:
    """The next exclusive message, the realtime bytes before its end, and all bytes read."""
    framer, realtime, count = Framer(), [], 0
    while True:
        data = await wire.read()
        count += len(data)
        for event in framer.feed(data):
            if isinstance(event, RealtimeByte):
                realtime.append(event)
            elif isinstance(event, ExclusiveFrame):
                return event.data, realtime, count


def test_a_dump_takes_the_time_of_its_bytes_each_way() -> None:
    async def there_and_back(machine: VirtualM1) -> tuple[float, float, int, int]:
        loop = asyncio.get_running_loop()
        async with Wire(machine) as wire:
            await wire.write(BankRequest(0, Part.ALL).encode())
            await wire.drain()
            start = loop.time()
            dump, _, read = await frame_from(wire)
            out = loop.time() - start
            start = loop.time()
            await wire.write(dump)
            await wire.drain()
            return out, loop.time() - start, read, len(dump)

    out, back, read, written = run(there_and_back(open_m1()))
    assert written > 30_000
    assert out == pytest.approx(read / BYTES_PER_SECOND, rel=0.001)
    assert back == pytest.approx(written / BYTES_PER_SECOND, rel=0.001)


def test_a_request_and_its_answer_take_the_time_of_their_bytes() -> None:
    async def ask(machine: VirtualM1) -> float:
        async with Wire(machine) as wire:
            await wire.write(IdentityRequest().encode())
            await frame_from(wire)
            return asyncio.get_running_loop().time()

    assert run(ask(open_m1())) == pytest.approx((6 + 15) / BYTES_PER_SECOND)


def test_without_a_speed_nothing_waits() -> None:
    async def ask(machine: VirtualM1) -> float:
        async with Wire(machine, baud=0) as wire:
            await wire.write(BankRequest(0, Part.ALL).encode())
            await frame_from(wire)
            return asyncio.get_running_loop().time()

    assert run(ask(open_m1())) == 0.0


def test_active_sensing_stands_inside_a_dump() -> None:
    async def ask(machine: VirtualM1) -> tuple[bytes, list[RealtimeByte], int]:
        async with Wire(machine) as wire:
            await wire.write(BankRequest(0, Part.PROGRAMS).encode())
            return await frame_from(wire)

    machine = open_m1()
    dump, realtime, count = run(ask(machine))
    assert dump == dump_of(machine, Part.PROGRAMS).encode()
    assert len(realtime) == int(count / BYTES_PER_SECOND / 0.3)
    assert count == len(dump) + len(realtime)


def test_a_polite_writer_waits_while_the_buffer_is_full() -> None:
    async def write(machine: VirtualM1) -> float:
        async with Wire(machine) as wire:
            await wire.write(bytes(10_000))
            return asyncio.get_running_loop().time()

    seconds = run(write(open_m1()))
    assert seconds == pytest.approx((10_000 - RECEIVE_BUFFER) / BYTES_PER_SECOND, abs=0.11)


def test_what_took_its_time_elsewhere_reaches_the_m1_whole_and_at_once() -> None:
    source, machine = open_m1(), open_m1("dead-battery")
    dump = dump_of(source, Part.ALL).encode()

    async def hand_over() -> float:
        async with Wire(machine) as wire:
            wire.put_crossed(dump)
            await wire.drain()
            return asyncio.get_running_loop().time()

    assert run(hand_over()) < 0.1
    assert machine.memory == source.memory


def test_an_idle_wire_wakes_for_active_sensing_alone() -> None:
    async def listen(machine: VirtualM1) -> tuple[bytes, int]:
        loop = asyncio.get_running_loop()
        wakes = 0
        original = loop.call_at

        def counted(when: float, *args: object, **kwargs: object) -> asyncio.TimerHandle:
            nonlocal wakes
            wakes += 1
            return original(when, *args, **kwargs)  # type: ignore[arg-type]

        loop.call_at = counted  # type: ignore[method-assign]
        async with Wire(machine) as wire:
            await asyncio.sleep(30.01)
            return await wire.read(), wakes

    data, wakes = run(listen(open_m1()))
    assert data == b"\xfe" * 100
    assert wakes < 250


def test_an_m1_that_is_switched_off_is_silent_and_swallows() -> None:
    async def ask(machine: VirtualM1) -> bytes:
        async with Wire(machine) as wire:
            await wire.write(BankRequest(0, Part.ALL).encode())
            await wire.drain()
            await asyncio.sleep(1.0)
            machine.power_off()
            wire.nudge()
            begun = await wire.read()
            await wire.write(IdentityRequest().encode())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(60):
                    begun += await wire.read()
            machine.power_on()
            wire.nudge()
            await wire.write(IdentityRequest().encode())
            answer, _, _ = await frame_from(wire)
            assert answer[:5] == b"\xf0\x7e\x00\x06\x02"
            return begun

    begun = run(ask(open_m1()))
    assert begun.startswith(b"\xf0\x42\x30\x19\x50")
    assert abs(len(begun) - BYTES_PER_SECOND) < 400


def test_bytes_that_nobody_reads_are_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("m1tui.virtual.wire.UNREAD_LIMIT", 1000)

    async def ask(machine: VirtualM1) -> tuple[int, int]:
        async with Wire(machine) as wire:
            await wire.write(BankRequest(0, Part.GLOBAL).encode() * 2)
            await asyncio.sleep(10)
            return len(await wire.read()), wire.unread

    kept, unread = run(ask(open_m1()))
    assert kept == 1000
    assert unread > 900


def test_a_fault_of_the_machine_is_raised_to_who_waits() -> None:
    class Broken(VirtualM1):
        def receive(self, data: bytes, now: float) -> None:
            raise RuntimeError("a fault")

    async def ask() -> None:
        async with Wire(Broken(open_m1().memory)) as wire:
            await wire.write(b"\xf0\xf7")
            await wire.drain()

    with pytest.raises(RuntimeError, match="a fault"):
        run(ask())


def test_a_real_clock_makes_up_for_timers_that_fire_late() -> None:
    async def write(machine: VirtualM1) -> float:
        loop = asyncio.get_running_loop()
        async with Wire(machine) as wire:
            await wire.write(bytes(1))
            await wire.drain()
            start = loop.time()
            await wire.write(bytes(1250))
            await wire.drain()
            return loop.time() - start

    # A busy machine may be late, but only once, not once for each piece.
    assert 0.399 <= run(write(open_m1()), jumping=False) < 0.65


@pytest.mark.parametrize(("baud", "buffer"), [(-1, 10), (31_250, 0)])
def test_an_impossible_wire_is_refused(baud: int, buffer: int) -> None:
    with pytest.raises(ValueError, match="expected baud"):
        Wire(open_m1(), baud=baud, buffer=buffer)


def test_what_falls_due_while_the_process_is_late_does_not_keep_it_spinning() -> None:
    m1 = scenario("healthy")
    m1.press("SEQ")
    looks = 0
    next_event, transmit = m1.next_event, m1.transmit

    def counted(now: float) -> float | None:
        nonlocal looks
        looks += 1
        assert looks < 1_000, "the wire looks again and again at the same moment"
        return next_event(now)

    def slow(now: float, limit: int | None = None, byte_time: float = 0.0) -> bytes:
        data = transmit(now, limit, byte_time)
        if data:
            # Late by more than a tick, so that the next one is due since the wire was free.
            asyncio.get_running_loop()._jump(0.03)  # type: ignore[attr-defined]
        return data

    m1.next_event, m1.transmit = counted, slow  # type: ignore[method-assign]

    async def main() -> None:
        heard = b""
        async with Wire(m1) as wire:
            while heard.count(0xF8) < 12:
                heard += await wire.read()

    run(main())
    assert looks < 100
