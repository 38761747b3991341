"""The handiwork of a step, done by a virtual instrument, and what listens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from m1tui.advice import Advice, Trouble
from m1tui.link.rehearsal import Rehearsal, parse_action
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step

GREETING_SECONDS = 3.0
"""How long the display is left to greet after power-on before it is read (assumed)."""


def has_handiwork(step: Step) -> bool:
    """Return whether there is something in `step` that a virtual instrument can do."""
    return bool(step.keys or step.rehearse)


async def do_handiwork(rehearsal: Rehearsal, run: Run) -> tuple[str, ...]:
    """Do the current step's handiwork, keys first; return what was then seen.

    Raises Trouble when a value that decides the keys is not known.
    """
    step = run.current
    if not has_handiwork(step):
        return ()
    for press in run.presses:
        if not press.keys:
            raise Trouble(_undecided(press.label))
        await rehearsal.press(" ".join(press.keys))
    for action in step.rehearse:
        await rehearsal.perform(action)
        if parse_action(action).word == "power-on":
            await asyncio.sleep(GREETING_SECONDS)
    return shown_then(rehearsal)


def shown_then(rehearsal: Rehearsal) -> tuple[str, str]:
    """Return what a virtual M1 shows after its handiwork; the display may move on from there."""
    lines = [line.rstrip() for line in rehearsal.display() if line.strip()]
    shown = (
        f"its display then, a sketch: {' / '.join(lines)}" if lines else "its display was dark then"
    )
    return (f"virtual M1: {rehearsal.state()}", shown)


def _undecided(label: str) -> Advice:
    return Advice(
        code="value-not-chosen",
        happened=f"The keys depend on a choice that has not been made: {label}.",
        safe="The keys before that were pressed. The program sent nothing.",
        cause="The step that asks for the value was skipped.",
        next_step="Go back with b and choose the value there.",
    )


# What listens while somebody acts


T = TypeVar("T")

Listen = Callable[[Callable[[], None]], Coroutine[Any, Any, T]]
"""Listens and returns what it heard; calls its argument as soon as it really listens."""


async def while_acting(
    listeners: Sequence[Listen[T]], act: Callable[[], Awaitable[None]]
) -> list[T]:
    """Begin all `listeners` one after the other, then `act`; return what each has heard.

    One that ends without ever listening keeps nobody waiting. When one fails or the caller is
    cancelled, all are ended before that is raised.
    """
    tasks: list[asyncio.Task[T]] = []
    try:
        for listen in listeners:
            begun = asyncio.Event()
            task = asyncio.get_running_loop().create_task(listen(begun.set))
            tasks.append(task)
            await _either(begun, task)
        await act()
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _either(begun: asyncio.Event, task: asyncio.Task[T]) -> None:
    """Wait until `begun` is set or `task` has ended, whichever comes first."""
    waiting = asyncio.get_running_loop().create_task(begun.wait())
    try:
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
