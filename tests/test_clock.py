from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.clock import JumpingLoop, run


def test_an_hour_of_waiting_takes_no_time_and_is_told_exactly() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()
    assert run(main()) == pytest.approx(3600, abs=1e-6)
    assert time.perf_counter() - began < 10


def test_timers_end_in_their_order_at_their_times() -> None:
    ended: list[tuple[float, str]] = []

    async def wait(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        ended.append((round(asyncio.get_running_loop().time(), 6), name))

    async def main() -> None:
        await asyncio.gather(wait(16, "late"), wait(0.25, "first"), wait(3, "second"))

    run(main())
    assert ended == [(0.25, "first"), (3, "second"), (16, "late")]


def test_a_time_out_ends_what_never_ends() -> None:
    async def main() -> None:
        async with asyncio.timeout(100_000):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(main())


def test_the_clock_stands_still_while_a_descriptor_has_something_to_say() -> None:
    async def main() -> tuple[bytes, float]:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.sendall(b"x" * 1000)
            got = b""
            async with asyncio.timeout(5):
                while len(got) < 1000:
                    got += await loop.sock_recv(ours, 10)
            return got, loop.time()

    got, now = run(main())
    assert len(got) == 1000
    assert now == 0


def test_a_silent_descriptor_does_not_keep_time_outs_from_ending() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await loop.sock_recv(ours, 1)
        return loop.time()

    assert run(main()) == pytest.approx(3)


def test_another_thread_gets_a_grace_through_a_descriptor() -> None:
    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            asked = threading.Thread(target=lambda: theirs.sendall(theirs.recv(1) + b"!"))
            asked.start()
            await loop.sock_sendall(ours, b"?")
            async with asyncio.timeout(1):
                answer = await loop.sock_recv(ours, 2)
            asked.join()
            return answer

    loop = JumpingLoop(grace=10.0)
    try:
        assert loop.run_until_complete(main()) == b"?!"
        assert loop.time() == 0
    finally:
        loop.close()


def test_a_job_in_a_thread_takes_no_time_of_the_clock() -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        release = threading.Event()
        timer = loop.create_task(asyncio.sleep(1, "timer"))
        job = asyncio.to_thread(release.wait, 30)
        loop.call_soon(threading.Timer(0.02, release.set).start)
        assert await job
        after_job = loop.time()
        await timer
        return after_job, loop.time()

    after_job, after_timer = run(main())
    assert after_job == 0
    assert after_timer == pytest.approx(1)


def test_the_real_clock_is_used_when_it_is_asked_for() -> None:
    async def main() -> bool:
        return isinstance(asyncio.get_running_loop(), JumpingLoop)

    assert run(main()) is True
    assert run(main(), jumping=False) is False


@pytest.mark.parametrize("jumping", [True, False])
def test_what_is_left_running_is_cancelled_and_cleaned_up(jumping: bool) -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("task")

    async def main() -> str:
        task = asyncio.create_task(endless())
        await asyncio.sleep(0)
        assert not task.done()
        return "result"

    assert run(main(), jumping=jumping) == "result"
    assert ended == ["task"]


def test_an_error_comes_out_of_run_and_the_loop_is_closed() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        run(main())
    assert loops[0].is_closed()


def test_two_runs_of_the_same_program_tell_the_same_times() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        times = []
        for size in range(200):
            await asyncio.sleep(size / 3125)
            times.append(loop.time())
        return times

    assert run(main()) == run(main())


def test_a_pipe_between_two_tasks_carries_bytes_in_no_time() -> None:
    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        came: asyncio.Queue[bytes] = asyncio.Queue()
        loop.add_reader(read_end, lambda: came.put_nowait(os.read(read_end, 10)))
        loop.call_later(5, os.write, write_end, b"later")
        try:
            return await came.get()
        finally:
            loop.remove_reader(read_end)
            os.close(read_end)
            os.close(write_end)

    assert run(main()) == b"later"


def test_waiters_out_of_step_for_one_moment_all_see_it() -> None:
    rounds = 0

    async def until(moment: float, ticks: int) -> None:
        """Wait for a moment as careful code does; after the first time-out go out of step."""
        nonlocal rounds
        loop = asyncio.get_running_loop()
        while loop.time() < moment:
            rounds += 1
            assert rounds < 100, f"the clock stands still at {loop.time()!r}"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(moment):
                    await asyncio.Event().wait()
            for _ in range(ticks):
                await asyncio.sleep(0)
            ticks = 0

    async def whole() -> float:
        loop = asyncio.get_running_loop()
        # So little before the moment that asyncio would fire all their timers here, too.
        loop.call_at(0.3 - 9e-13, lambda: None)
        await asyncio.gather(*(until(0.3, ticks) for ticks in range(3)))
        return loop.time()

    assert run(whole()) >= 0.3


@settings(deadline=None, max_examples=60)
@given(now=st.floats(0, 1e7), hairs=st.integers(1, 5))
def test_no_timer_fires_before_its_time_not_by_a_hair(now: float, hairs: int) -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(now)
        when = loop.time()
        for _ in range(hairs):
            when = math.nextafter(when, math.inf)
        fired: asyncio.Future[float] = loop.create_future()
        loop.call_at(when, lambda: fired.set_result(loop.time()))
        # Something that can run at once: the clock may not move for it.
        loop.call_soon(lambda: None)
        return when, await fired

    when, fired = run(main())
    assert fired == when


def test_a_timer_fires_however_long_the_clock_has_run() -> None:
    async def late() -> int:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(1e7)
        for _ in range(1000):
            await asyncio.sleep(1 / 3)
        return round(loop.time())

    assert run(late()) == 10_000_333
