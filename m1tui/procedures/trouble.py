"""Says what is wrong with a procedure's file, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.store import printable_path

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a procedure's file."""

    text: str
    """What is wrong, as a whole sentence, with expected and found values."""
    step: str = ""
    """The step's id, or "step 3" where it has none; empty outside the steps."""
    field: str = ""
    line: int | None = None
    """Counted from 1; None where it cannot be told."""

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(part for part in (line, self.step, self.field) if part)
        return f"{place}: {self.text}" if place else self.text


class ProcedureError(Trouble):
    """A procedure's file cannot be used."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        shown = printable_path(path)
        more = len(problems) - _SHOWN
        lines = [f"  {problem}" for problem in problems[:_SHOWN]]
        lines += [f"  and {more} more"] if more > 0 else []
        self.refusal = f'"{shown}" is not a usable procedure'
        """What happened, in one line and without the problems."""
        super().__init__(
            Advice(
                code="procedure-unusable",
                happened="\n".join([f"{self.refusal}:", *lines]),
                safe="Nothing was changed, and the other procedures can be used.",
                next_step=f'Correct the file, then run `m1tui procedures check "{shown}"`.',
            )
        )
        self.path = path
        self.problems = problems
