"""Reads a procedure from a TOML file and tells what is wrong with it, by line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from m1tui.procedures.rules import Fault, faults
from m1tui.procedures.schema import Procedure
from m1tui.procedures.trouble import Problem, ProcedureError


def load(path: Path) -> Procedure:
    """Return the procedure in the file at `path`. Raises ProcedureError with every problem."""
    procedure, problems = _read(path)
    if procedure is None or problems:
        raise ProcedureError(path, problems)
    return procedure


def check(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the file at `path`, () when it can be used.

    Raises ProcedureError when it cannot be read at all.
    """
    return _read(path)[1]


def line_of(path: Path, field: str, near: str = "") -> int | None:
    """Return the line of a field outside the steps, or of the first line that holds `near`."""
    lines = _Lines(text_of(path))
    return lines.anywhere(near) if near else lines.of(None, field)


def text_of(path: Path) -> str:
    """Return the text of a file. Raises ProcedureError."""
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise ProcedureError(path, (Problem(f"cannot be read: {error.strerror}."),)) from error
    except UnicodeDecodeError as error:
        problem = Problem(f"byte {error.start} is not UTF-8.")
        raise ProcedureError(path, (problem,)) from error


def _read(path: Path) -> tuple[Procedure | None, tuple[Problem, ...]]:
    text = text_of(path)
    lines = _Lines(text)
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        return None, (Problem("is nested too deeply to be read."),)
    except ValueError as error:  # TOML's own errors, and a number of thousands of digits
        return None, (_syntax_problem(str(error)),)
    try:
        procedure = msgspec.convert(raw, Procedure)
    except msgspec.ValidationError as error:
        return None, (_shape_problem(str(error), raw, lines),)
    found = [_problem(fault, procedure, lines) for fault in faults(procedure)]
    if path.stem != procedure.id:
        text = f'the id must be the file\'s name: expected "{path.stem}", found "{procedure.id}".'
        found.append(Problem(text, field="id", line=lines.of(None, "id")))
    return procedure, tuple(sorted(found, key=lambda problem: problem.line or 0))


def _problem(fault: Fault, procedure: Procedure, lines: _Lines) -> Problem:
    line = lines.of(fault.step, fault.field, fault.near)
    step = f'step "{procedure.steps[fault.step].id}"' if fault.step is not None else ""
    return Problem(fault.text, step=step, field=fault.field, line=line)


def _syntax_problem(message: str) -> Problem:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return Problem(f"not TOML: {message}.")
    text = f"not TOML: {message[: place.start()]}, at column {place[2]}."
    return Problem(text, line=int(place[1]))


def _shape_problem(message: str, raw: dict[str, object], lines: _Lines) -> Problem:
    """Return a Problem for msgspec's "Expected `int`, got `str` - at `$.steps[2].guide`"."""
    text, _, place = message.partition(" - at `$")
    numbers = re.match(r"\.steps\[(\d+)\]", place)
    index = int(numbers[1]) if numbers else None
    rest = place[numbers.end() :] if numbers else place
    named = re.search(r"(?:unknown|required) field `(.*?)`", text)
    inner = re.match(r"\.(\w+)", rest)
    field = inner[1] if inner else named[1] if named else ""
    # Of an option or a value: its own field that is unknown stands in the line.
    near = named[1] if inner and named and "unknown" in text else ""
    step = ""
    if index is not None:
        steps = raw["steps"]
        entry = steps[index] if isinstance(steps, list) else None
        name = entry.get("id") if isinstance(entry, dict) else None
        step = f'step "{name}"' if isinstance(name, str) and name.isprintable() else ""
        step = step or f"step {index + 1}"
    return Problem(f"{text}.", step=step, field=field, line=lines.of(index, field, near))


class _Lines:
    """Finds the line of a field in a TOML text, which tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self._blocks: list[tuple[int, list[str]]] = [(1, [])]
        for number, line in enumerate(text.split("\n"), 1):
            if re.match(r"\s*\[\[\s*steps\s*\]\]", line):
                self._blocks.append((number, []))
            self._blocks[-1][1].append(line)

    def of(self, step: int | None, field: str, near: str = "") -> int | None:
        """Return the line of `field` in the step of that index, or before all steps for None.

        The first line from there on that holds `near`, where that is given and found. Where the
        field is not there, the line at which the step begins; None for no step.
        """
        block = 0 if step is None else step + 1
        if block >= len(self._blocks):
            return None
        first, lines = self._blocks[block]
        name = rf"[\"']?{re.escape(field)}[\"']?"
        head = re.compile(rf"\s*(?:{name}\s*=|\[\[?\s*steps\s*\.\s*{name}\s*\]\]?)")
        for number, line in enumerate(lines):
            if field and head.match(line):
                found = (place for place in range(number, len(lines)) if near in lines[place])
                return first + next(found, number)
        return None if step is None else first

    def anywhere(self, near: str) -> int | None:
        """Return the first line that holds `near`, None where none does."""
        for first, lines in self._blocks:
            for number, line in enumerate(lines, first):
                if near in line:
                    return number
        return None
