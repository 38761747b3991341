"""What a step asks of hands, one thing after the other, and how a virtual M1 does it."""

from __future__ import annotations

from dataclasses import dataclass

from m1tui.advice import Advice, Trouble
from m1tui.link.rehearsal import Rehearsal
from m1tui.procedures import Run


@dataclass(frozen=True, slots=True)
class HandTask:
    """One keycap of a step, or one thing that hands do in a rehearsal."""

    label: str
    """What a person reads: "UP", "UP/DOWN until song 3", "(joystick)"."""
    keys: tuple[str, ...] = ()
    """The panel's keys to press; () while the value that decides them is not known."""
    action: str = ""
    """An action of a rehearsal, in the place of keys."""

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the panel that belong to it."""
        return frozenset(self.keys)


def deeds_of(run: Run, *, rehearsal: bool) -> tuple[HandTask, ...]:
    """Return what the current step asks of hands; in a rehearsal also what is not on the panel."""
    keys = tuple(HandTask(press.label, press.keys) for press in run.presses)
    if not rehearsal:
        return keys
    return keys + tuple(HandTask(f"({action})", action=action) for action in run.current.rehearse)


async def do(rehearsal: Rehearsal, hand_task: HandTask) -> None:
    """Do one task on a virtual M1. Raises Trouble where the keys depend on an open choice."""
    if hand_task.action:
        await rehearsal.perform(hand_task.action)
    elif hand_task.keys:
        await rehearsal.press(" ".join(hand_task.keys))
    else:
        raise Trouble(
            Advice(
                code="value-not-chosen",
                happened=f"Which keys to press is not decided: {hand_task.label}.",
                safe="Nothing was pressed.",
                cause="The step that asks for the value was skipped.",
                next_step="Go back with b and choose the value there.",
            )
        )
