"""What an earlier m1tui wrote of runs, brought into today's form as it is read.

Before version 3 of journals and of the log's runs advice had no code. In version 1 it stood there
in lines, none as no lines, and what a run tells of the cell was known by the names that the
battery's procedure gave its steps and values. All here is what JSON holds; what has another shape
is left to those who refuse it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from m1tui.advice import Advice

_STEPS = {"insert-cell": "cell-in", "hold": "cell-holds"}
"""What the battery's steps tell the log, by the ids that they had."""
_VALUES = ("old-cell-volts", "new-cell-volts", "cell-type")
"""The names of the values that tell the log of cells, and what they tell."""


def mend_header(header: dict[str, Any]) -> None:
    """Say in the first line of a journal what the procedure's steps and values record."""
    for step in _each(header.get("procedure"), "steps"):
        step["records"] = _recorded_by(step)
        for field in _each(step, "fields"):
            name = field.get("name")
            field["records"] = name if name in _VALUES else None


def mend_verdicts(holder: dict[str, Any], key: str = "verdicts") -> None:
    """Give advice its parts: an event's, or those of a step in the log.

    The code is not known, and empty. Which part a third of three lines was is not known either; it
    becomes the cause. Advice that has all parts is left: today's lines are added to old journals.
    """
    for verdict in _each(holder, key):
        lines = verdict.get("advice")
        if isinstance(lines, list) and len(lines) < len(Advice._fields):
            verdict["advice"] = ["", *lines, *([""] if len(lines) == 1 else [])] if lines else None


def mend_run(run: dict[str, Any], version: int) -> None:
    """Bring a run of the log, of that version, into today's form."""
    for step in _each(run, "steps"):
        mend_verdicts(step)
        mend_verdicts(step, "earlier")
        if version > 1:
            continue
        step["records"] = _recorded_by(step)
        values = step.get("values")
        if isinstance(values, list):
            step["cell"] = [one for one in values if isinstance(one, list) and _of_cells(one)]


def _recorded_by(step: dict[str, Any]) -> str | None:
    name = step.get("id")
    return _STEPS.get(name) if isinstance(name, str) else None


def _of_cells(value: list[Any]) -> bool:
    return bool(value) and value[0] in _VALUES


def _each(holder: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in a list that an object holds."""
    found = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))
