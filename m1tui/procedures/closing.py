"""What a run still rests on at its end, and which of it the instrument can be asked for again.

A mark says that something was so when it was proved. Before a run ends, the instrument is asked
again for the last claim of each subject; what cannot be asked is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from m1tui.engine.checks import ASKED_AT_ANY_TIME, PROVES
from m1tui.procedures.claims import Claim, claims_of, provable
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.states import Mark

READ_BACK = "read back"
"""Asks for what a restore wrote, in the place of a check's name."""
EXCLUSIVE = "filter exclusive"
"""The subject of the filter without which an M1 answers only on its data dump page."""
HOPS = ("protects", EXCLUSIVE)
"""Subjects that are asked for last, since the M1 must go to another mode for them."""
_SETTINGS = ("filter ", "clock")
"""Beginnings of subjects that stay as they are and that no message asks for."""


class Standing(NamedTuple):
    """A claim that a run rests on."""

    at: int
    """The step that proved it last."""
    claim: Claim
    check: str
    """The check that asks for it at any time, or `READ_BACK`; empty where there is none."""


def standing(
    procedure: Procedure, marks: Sequence[Mark], values: Sequence[Mapping[str, str]]
) -> tuple[Standing, ...]:
    """Return what a run rests on: the last claim of each subject, in the order of asking.

    `values` are those that are known at each step. What was only so for a moment is left out.
    """
    last: dict[str, Standing] = {}
    for index, (step, mark) in enumerate(zip(procedure.steps, marks, strict=True)):
        if mark not in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN):
            continue
        for subject in step.changes:
            last.pop(subject, None)
        if mark is not Mark.SENSED:
            # What it was to change may be changed, though the program could not prove it.
            for claim in claims_of(step, values[index]):
                last.pop(claim.subject, None)
            continue
        texts = step.claims or provable(step)
        for text, claim in zip(texts, claims_of(step, values[index]), strict=True):
            last[claim.subject] = Standing(index, claim, _asking(step, text))
    rests = (one for one in last.values() if one.check or one.claim.subject.startswith(_SETTINGS))
    return tuple(sorted(rests, key=lambda one: one.claim.subject in HOPS))


def gives_up_exclusive(procedure: Procedure, marks: Sequence[Mark]) -> bool:
    """Return whether a step was done that may set Exclusive to DIS, and none proves ENA later."""
    given_up = False
    for step, mark in zip(procedure.steps, marks, strict=True):
        if mark is Mark.SENSED and any(one.subject == EXCLUSIVE for one in claims_of(step)):
            given_up = False
        if mark in (Mark.SENSED, Mark.BY_HAND) and EXCLUSIVE in step.changes:
            given_up = True
    return given_up


def _asking(step: Step, text: str) -> str:
    """Return what asks for a claim of the step, as its file has it, at any time."""
    if step.kind == "restore" and text in provable(step)[:1]:
        return READ_BACK
    own = [name for name in step.checks if text in PROVES[name]]
    every = own + [name for name in PROVES if text in PROVES[name]]
    return next((name for name in every if name in ASKED_AT_ANY_TIME), "")
