from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.clock import run
from m1tui.link.base import Pacer


@given(blocks=st.lists(st.integers(1, 600), min_size=1, max_size=40))
def test_bytes_are_never_handed_over_much_ahead_of_the_wire(blocks: list[int]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        pacer = Pacer(3125)
        handed = 0
        for block in blocks:
            await pacer.make_room(block)
            handed += block
            ahead = handed / 3125 - loop.time()
            assert ahead <= max(0.1, block / 3125) + 1e-6

    run(main())


def test_the_wire_never_waits_for_the_next_block() -> None:
    async def main() -> float:
        pacer = Pacer(3125)
        for _ in range(49_791 // 128):
            await pacer.make_room(128)
        await pacer.drain()
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(49_791 // 128 * 128 / 3125, rel=1e-6)


def test_after_a_pause_the_wire_is_empty_and_nothing_is_owed() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        pacer = Pacer(3125, ahead=0.1)
        await pacer.make_room(312)
        await asyncio.sleep(10)
        times = []
        for _ in range(3):
            await pacer.make_room(156)
            times.append(round(loop.time(), 3))
        await pacer.drain()
        times.append(round(loop.time(), 3))
        return times

    assert run(main()) == [10, 10, 10.05, 10.15]
