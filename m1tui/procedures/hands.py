"""The handiwork of a step, done by a virtual instrument: keys, plugs, cards, controls."""

from __future__ import annotations

import asyncio

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
    lines = [line.rstrip() for line in rehearsal.display() if line.strip()]
    shown = f"its display, a sketch: {' / '.join(lines)}" if lines else "its display is dark"
    return (f"virtual M1: {rehearsal.state()}", shown)


def _undecided(label: str) -> Advice:
    return Advice(
        code="value-not-chosen",
        happened=f"The keys depend on a choice that has not been made: {label}.",
        safe="The keys before that were pressed. The program sent nothing.",
        cause="The step that asks for the value was skipped.",
        next_step="Go back with b and choose the value there.",
    )
