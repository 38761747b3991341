"""Finds the TOML files of procedures, and reads what has the shape of one; each line is known.

What must hold of it beyond its shape is for `library` to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from m1tui.advice import Advice, Trouble
from m1tui.files import PROCEDURE, FileTrouble, read_bounded, without_mark
from m1tui.procedures.schema import Procedure
from m1tui.resources import screens_folder
from m1tui.store import printable_path

SUFFIX = ".toml"

_DEEPEST = 32
"""Parts that a key may have; a procedure needs two."""
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_TOO_DEEP = re.compile(rf"(?<![\w-]){_PART}(?:\.[ \t]*+{_PART}){{{_DEEPEST}}}")
"""For a key of many parts tomllib takes time with the square of their number."""
_HEAD = re.compile(
    r"""\s*+(?:["']?([\w-]+)["']?\s*=|\[\[?\s*steps\s*\.\s*["']?([\w-]+)["']?\s*\]\]?)"""
)
_STEP = re.compile(r"\s*+\[\[\s*steps\s*\]\]")


def own_folder() -> Path:
    """Return the folder of a person's own procedures, whether it is there or not."""
    import platformdirs  # late: commands that need no procedure need no folder

    return platformdirs.user_config_path("m1tui", appauthor=False) / "screens"


def folders() -> tuple[Path, ...]:
    """Return the folders that hold procedures, the built-in ones first."""
    return (screens_folder(), own_folder())


def procedure_files(places: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files of `places` that hold procedures, in order of folder and name."""
    return tuple(path for place in places for path in sorted(place.glob(f"*{SUFFIX}")))


def built_in() -> Iterator[Procedure]:
    """Yield the built-in procedures one by one; only their shape is looked at, tests did the rest.

    Raises ProcedureError.
    """
    for path in procedure_files((screens_folder(),)):
        yield read(path).usable(path)


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


def read(path: Path) -> Examined:
    """Return the procedure in the file at `path`, which nothing but its shape was asked of.

    Raises ProcedureError when it cannot be read at all.
    """
    text = _text_of(path)
    lines = Lines(text)
    return _shaped(text, lines)


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


def _shaped(text: str, lines: Lines) -> Examined:
    deep = _TOO_DEEP.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        return _unshaped(lines, Problem(f"more than {_DEEPEST} names joined by dots.", line=line))
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        return _unshaped(lines, Problem("is nested too deeply to be read."))
    except ValueError as error:  # TOML's own errors, and a number of thousands of digits
        return _unshaped(lines, _syntax_problem(str(error)))
    try:
        return Examined(msgspec.convert(raw, Procedure), (), lines)
    except msgspec.ValidationError as error:
        return _unshaped(lines, _shape_problem(str(error), raw, lines))


def _unshaped(lines: Lines, problem: Problem) -> Examined:
    return Examined(None, (problem,), lines)


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
        self._text = text

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    @cached_property
    def _places(self) -> tuple[list[int], dict[tuple[int, str], int]]:
        """Return where what stands before all steps begins, and each step; the first line is 0.

        And the line of each field, by the place of its step among these.
        """
        begins, fields = [0], dict[tuple[int, str], int]()
        for number, line in enumerate(self._lines):
            if _STEP.match(line):
                begins.append(number)
            elif head := _HEAD.match(line):
                fields.setdefault((len(begins) - 1, head[1] or head[2]), number)
        return begins, fields

    def of(self, step: int | None, field: str, near: str = "") -> int | None:
        """Return the line of `field` in the step of that index, or before all steps for None.

        The first line from there on that holds `near`, where that is given and found. Where the
        field is not there, the line at which the step begins; None for no step.
        """
        begins, fields = self._places
        block = 0 if step is None else step + 1
        if block >= len(begins):
            return None
        number = fields.get((block, field))
        if number is None:
            return None if step is None else begins[block] + 1
        end = begins[block + 1] if block + 1 < len(begins) else len(self._lines)
        found = (place for place in range(number, end) if near in self._lines[place])
        return next(found, number) + 1


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
