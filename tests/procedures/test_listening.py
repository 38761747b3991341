"""Listening begins before somebody acts, and nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from m1tui.clock import run
from m1tui.procedures.hands import while_acting


def test_all_listen_before_anybody_acts_and_all_are_awaited() -> None:
    told: list[str] = []

    async def listen(name: str, seconds: float, ready: Callable[[], None]) -> str:
        await asyncio.sleep(seconds)
        told.append(f"{name} listens")
        ready()
        await asyncio.sleep(5)
        return name

    async def act() -> None:
        told.append("act")

    async def whole() -> list[str]:
        return await while_acting(
            [lambda ready: listen("first", 2, ready), lambda ready: listen("second", 1, ready)],
            act,
        )

    assert run(whole()) == ["first", "second"]
    assert told == ["first listens", "second listens", "act"]


def test_one_that_never_listens_keeps_nobody_waiting() -> None:
    async def refuse(_: Callable[[], None]) -> str:
        return "refused"

    async def act() -> None:
        return None

    assert run(while_acting([refuse], act)) == ["refused"]


def test_a_failing_hand_ends_those_who_listen() -> None:
    ended: list[str] = []

    async def listen(ready: Callable[[], None]) -> None:
        ready()
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append("listener")

    async def act() -> None:
        raise ValueError("a hand slipped")

    with pytest.raises(ValueError, match="slipped"):
        run(while_acting([listen], act))
    assert ended == ["listener"]


def test_without_listeners_somebody_acts_all_the_same() -> None:
    done: list[bool] = []

    async def act() -> None:
        done.append(True)

    assert run(while_acting([], act)) == []
    assert done
