"""Asks checks of instruments, and lets hands act while one listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Progress
from m1tui.facts import Verdict
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink
from tests.engine.scripted import ScriptedLink

Act = Callable[[], Awaitable[None]]
SENSING = b"\xfe"


def checked(name: str, link: Link, context: CheckContext | None = None) -> Verdict:
    """Return the verdict of a check that needs no hands."""

    async def main() -> Verdict:
        async with Instrument(link) as instrument:
            return await run_check(name, instrument, context or CheckContext())

    return clock.run(main())


class Heard:
    """What a listening check said, how long it took, and what it told meanwhile."""

    def __init__(self) -> None:
        self.progress: list[Progress] = []
        self.seconds = 0.0
        """From when it listened."""
        self.verdict = Verdict(None, "", "", "")

    @property
    def notes(self) -> list[str]:
        return [progress.note for progress in self.progress]


def listened(name: str, link: Link, act: Act, **context: Any) -> Heard:
    """Begin a check, `act` once it listens, and return what it said."""
    heard = Heard()

    async def main() -> None:
        async with Instrument(link) as instrument:
            ready = asyncio.Event()
            asking = CheckContext(progress=heard.progress.append, ready=ready.set, **context)
            task = asyncio.create_task(run_check(name, instrument, asking))
            task.add_done_callback(lambda _: ready.set())
            await ready.wait()
            begun = asyncio.get_running_loop().time()
            await act()
            heard.verdict = await task
            heard.seconds = asyncio.get_running_loop().time() - begun

    clock.run(main())
    return heard


def rehearsed(name: str, link: VirtualLink, *actions: str, **context: Any) -> Heard:
    """The same with what a rehearsal can do: "joystick", "press PROG 0 5"."""

    async def act() -> None:
        for action in actions:
            await link.rehearsal.perform(action)

    return listened(name, link, act, **context)


def said(name: str, *answers: bytes | float, **context: Any) -> Heard:
    """The same with an M1 that answers nothing and says `answers`, with pauses in seconds."""
    link = ScriptedLink(lambda message: [])

    async def act() -> None:
        link.say(*answers)

    return listened(name, link, act, **context)
