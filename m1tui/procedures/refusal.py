"""Says why a run does not take a transition, and what to do instead."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.errors import NotAllowed


def refusal(happened: str, next_step: str, *, code: str) -> NotAllowed:
    """Return the error that tells a person what the run forbids and what helps."""
    return NotAllowed(
        Advice(code=code, happened=happened, safe="No mark was changed.", next_step=next_step)
    )
