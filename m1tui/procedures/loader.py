"""Reads a procedure from a TOML file and tells what is wrong with it, by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from m1tui.files import PROCEDURE, FileTrouble, read_bounded, without_mark
from m1tui.procedures.rules import Fault, faults
from m1tui.procedures.schema import Procedure
from m1tui.procedures.trouble import Problem, ProcedureError

MOST_TOLD = 100
"""Problems of one file that are told: more than anybody mends before checking again."""

_DEEPEST = 32
"""Parts that a key may have; a procedure needs two."""
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_TOO_DEEP = re.compile(rf"(?<![\w-]){_PART}(?:\.[ \t]*+{_PART}){{{_DEEPEST}}}")
"""For a key of many parts tomllib takes time with the square of their number."""
_HEAD = re.compile(
    r"""\s*+(?:["']?([\w-]+)["']?\s*=|\[\[?\s*steps\s*\.\s*["']?([\w-]+)["']?\s*\]\]?)"""
)
_STEP = re.compile(r"\s*+\[\[\s*steps\s*\]\]")


def load(path: Path) -> Procedure:
    """Return the procedure in the file at `path`. Raises ProcedureError with every problem."""
    return examine(path).usable(path)


def check(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the file at `path`, () when it can be used.

    Raises ProcedureError when it cannot be read at all.
    """
    return examine(path).problems


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file holds, and what is wrong with it by itself."""

    procedure: Procedure | None
    """None where the file has not the shape of one."""
    problems: tuple[Problem, ...]
    lines: Lines

    def usable(self, path: Path) -> Procedure:
        """Return the procedure, if nothing is wrong with it. Raises ProcedureError.

        `path` is the file's name.
        """
        if self.procedure is None or self.problems:
            raise ProcedureError(path, self.problems)
        return self.procedure


def examine(path: Path) -> Examined:
    """Return what the file at `path` holds. Raises ProcedureError when it cannot be read at all."""
    text = _text_of(path)
    lines = Lines(text)
    procedure, problems = _read(path, text, lines)
    return Examined(procedure, problems, lines)


def told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by line; of very many the first, and that there are more."""
    found = list(islice(problems, MOST_TOLD + 1))
    more = [Problem(f"and more: only the first {MOST_TOLD} are shown.")]
    by_line = sorted(found[:MOST_TOLD], key=lambda problem: problem.line or 0)
    return (*by_line, *(more if len(found) > MOST_TOLD else ()))


def _text_of(path: Path) -> str:
    try:
        data = read_bounded(path, PROCEDURE)
    except FileTrouble as trouble:
        raise ProcedureError(path, (Problem(f"cannot be read: {trouble.reason}."),)) from trouble
    text = without_mark(data)
    try:
        return text.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        problem = Problem(f"byte {error.start + len(data) - len(text)} is not UTF-8.")
        raise ProcedureError(path, (problem,)) from error


def _read(path: Path, text: str, lines: Lines) -> tuple[Procedure | None, tuple[Problem, ...]]:
    deep = _TOO_DEEP.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        return None, (Problem(f"more than {_DEEPEST} names joined by dots.", line=line),)
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
    return procedure, told(_problems(path, procedure, lines))


def _problems(path: Path, procedure: Procedure, lines: Lines) -> Iterator[Problem]:
    if path.stem != procedure.id:
        text = f'the id must be the file\'s name: expected "{path.stem}", found "{procedure.id}".'
        yield Problem(text, field="id", line=lines.of(None, "id"))
    for fault in faults(procedure):
        yield _problem(fault, procedure, lines)


def _problem(fault: Fault, procedure: Procedure, lines: Lines) -> Problem:
    line = lines.of(fault.step, fault.field, fault.near)
    step = f'step "{procedure.steps[fault.step].id}"' if fault.step is not None else ""
    return Problem(fault.text, step=step, field=fault.field, line=line)


def _syntax_problem(message: str) -> Problem:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return Problem(f"not TOML: {message}.")
    text = f"not TOML: {message[: place.start()]}, at column {place[2]}."
    return Problem(text, line=int(place[1]))


def _shape_problem(message: str, raw: dict[str, object], lines: Lines) -> Problem:
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


class Lines:
    """Finds the line of a field in a TOML text, which tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._begins: list[int] = [0]
        """Where what stands before all steps begins, and each step; the first line is 0."""
        self._fields: dict[tuple[int, str], int] = {}
        """The line of each field, by the place of its step in `_begins`."""
        for number, line in enumerate(self._lines):
            if _STEP.match(line):
                self._begins.append(number)
            elif head := _HEAD.match(line):
                self._fields.setdefault((len(self._begins) - 1, head[1] or head[2]), number)

    def of(self, step: int | None, field: str, near: str = "") -> int | None:
        """Return the line of `field` in the step of that index, or before all steps for None.

        The first line from there on that holds `near`, where that is given and found. Where the
        field is not there, the line at which the step begins; None for no step.
        """
        block = 0 if step is None else step + 1
        if block >= len(self._begins):
            return None
        number = self._fields.get((block, field))
        if number is None:
            return None if step is None else self._begins[block] + 1
        end = self._begins[block + 1] if block + 1 < len(self._begins) else len(self._lines)
        found = (place for place in range(number, end) if near in self._lines[place])
        return next(found, number) + 1
