"""Reads procedures from TOML files and finds what is wrong with them."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from m1tui.engine import CHECKS
from m1tui.procedures.keys import KeyNotationError, parse_keys
from m1tui.procedures.schema import Procedure, Step
from m1tui.procedures.trouble import Problem, ProcedureError

ACTIONS = frozenset(
    ("power-off", "power-on", "remove-cell", "insert-cell", "insert-card", "remove-card")
)
"""What a virtual instrument can do for a step in a rehearsal."""

DISPLAY_COLUMNS = 40
TEXT_COLUMNS = 52
TEXT_LINES = 9
WARNING_LINES = 3
"""What can be read at once on a screen of 80 × 24."""


def load(path: Path) -> Procedure:
    """Return the procedure in the file at `path`. Raises ProcedureError with every problem."""
    procedure, problems = _read(path)
    if procedure is None or problems:
        raise ProcedureError(path, problems)
    return procedure


def check(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the file at `path`, () when it can be used."""
    return _read(path)[1]


def load_all(folders: Iterable[Path]) -> dict[str, Procedure]:
    """Return all procedures of all `folders` by id; a missing folder holds none.

    Raises ProcedureError for the first file that cannot be used, or whose id is taken already.
    """
    procedures: dict[str, Procedure] = {}
    files: dict[str, Path] = {}
    for path in procedure_files(folders):
        procedure = load(path)
        if procedure.id in procedures:
            text = f'the id "{procedure.id}" is taken already, by "{files[procedure.id]}".'
            line = _Lines(_text_of(path)).of(None, "id")
            raise ProcedureError(path, (Problem(text, field="id", line=line),))
        procedures[procedure.id] = procedure
        files[procedure.id] = path
    return procedures


def procedure_files(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files of `folders` that hold procedures, in order of folder and name."""
    return tuple(path for folder in folders for path in sorted(folder.glob("*.toml")))


def _read(path: Path) -> tuple[Procedure | None, tuple[Problem, ...]]:
    text = _text_of(path)
    lines = _Lines(text)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (_syntax_problem(str(error)),)
    try:
        procedure = msgspec.convert(raw, Procedure)
    except msgspec.ValidationError as error:
        return None, (_shape_problem(str(error), raw, lines),)
    found = [*_name_problems(path, procedure, lines), *_text_problems(procedure, lines)]
    for index in range(len(procedure.steps)):
        found += _step_problems(procedure, index, lines)
    return procedure, tuple(sorted(found, key=lambda problem: problem.line or 0))


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise ProcedureError(path, (Problem(f"cannot be read: {error.strerror}."),)) from error
    except UnicodeDecodeError as error:
        problem = Problem(f"byte {error.start} is not UTF-8.")
        raise ProcedureError(path, (problem,)) from error


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
    step = ""
    if index is not None:
        steps = raw["steps"]
        entry = steps[index] if isinstance(steps, list) else None
        name = entry.get("id") if isinstance(entry, dict) else None
        step = f'step "{name}"' if isinstance(name, str) and name.isprintable() else ""
        step = step or f"step {index + 1}"
    return Problem(f"{text}.", step=step, field=field, line=lines.of(index, field))


def _name_problems(path: Path, procedure: Procedure, lines: _Lines) -> Iterator[Problem]:
    if path.stem != procedure.id:
        text = f'the id must be the file\'s name: expected "{path.stem}", found "{procedure.id}".'
        yield Problem(text, field="id", line=lines.of(None, "id"))
    seen: set[str] = set()
    for index, step in enumerate(procedure.steps):
        if step.id in seen:
            yield _at(lines, index, step, "id", f'an earlier step is named "{step.id}", too.')
        seen.add(step.id)


def _text_problems(procedure: Procedure, lines: _Lines) -> Iterator[Problem]:
    for index, field, text in procedure.texts():
        control = next((c for c in text if not c.isprintable() and c != "\n"), None)
        if control is None:
            continue
        message = f"control characters are not shown: found U+{ord(control):04X}."
        if index is None:
            yield Problem(message, field=field, line=lines.of(None, field))
        else:
            yield _at(lines, index, procedure.steps[index], field, message)


def _step_problems(procedure: Procedure, index: int, lines: _Lines) -> Iterator[Problem]:
    step = procedure.steps[index]
    earlier = {other.id for other in procedure.steps[:index]}
    for field, text in _field_problems(step, earlier):
        yield _at(lines, index, step, field, text)


def _field_problems(step: Step, earlier: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for one step."""
    yield from _list_problems("checks", step.checks, CHECKS, "a check")
    yield from _list_problems("observes", step.observes, CHECKS, "a check")
    yield from _list_problems("rehearse", step.rehearse, ACTIONS, "an action of a rehearsal")
    yield from _list_problems("needs", step.needs, earlier, "an earlier step")
    if step.recall and step.recall not in earlier:
        yield "recall", f'"{step.recall}" is not an earlier step.'
    both = sorted(set(step.checks) & set(step.observes))
    if both:
        yield "observes", f'"{both[0]}" stands in checks already.'
    try:
        parse_keys(step.keys)
    except KeyNotationError as error:
        yield "keys", f"{error}."
    if step.kind == "keys" and not step.keys.split():
        yield "keys", 'a step of kind "keys" needs keys to press.'
    if step.kind == "check" and not step.checks:
        yield "checks", 'a step of kind "check" needs a check.'
    if step.display and len(step.display) != 2:
        yield "display", f"expected 2 lines, found {len(step.display)}."
    for line in step.display:
        if len(line) > DISPLAY_COLUMNS:
            yield "display", f"expected at most {DISPLAY_COLUMNS} columns, found {len(line)}."
    for field, text, most in (
        ("text", step.text, TEXT_LINES),
        ("warning", step.warning, WARNING_LINES),
    ):
        count = len(wrapped(text))
        if count > most:
            yield field, f"expected at most {most} lines of {TEXT_COLUMNS} columns, found {count}."


def _list_problems(
    field: str, names: tuple[str, ...], known: Iterable[str], noun: str
) -> Iterator[tuple[str, str]]:
    known = sorted(known)
    for name in names:
        if name not in known:
            choice = f"; known are {', '.join(known)}" if known else ""
            yield field, f'"{name}" is not {noun}{choice}.'


def wrapped(text: str, columns: int = TEXT_COLUMNS) -> tuple[str, ...]:
    """Return `text` in lines of at most `columns`; an empty line parts paragraphs."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += ["", *textwrap.wrap(" ".join(paragraph.split()), columns)]
    return tuple(lines[1:])


def _at(lines: _Lines, index: int, step: Step, field: str, text: str) -> Problem:
    return Problem(text, step=f'step "{step.id}"', field=field, line=lines.of(index, field))


class _Lines:
    """Finds the line of a field in a TOML text, which tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self._blocks: list[tuple[int, list[str]]] = [(1, [])]
        for number, line in enumerate(text.split("\n"), 1):
            if re.match(r"\s*\[\[\s*steps\s*\]\]", line):
                self._blocks.append((number, []))
            self._blocks[-1][1].append(line)

    def of(self, step: int | None, field: str) -> int | None:
        """Return the line of `field` in the step of that index, or before all steps for None.

        Where the field is not there, the line at which the step begins; None for no step.
        """
        block = 0 if step is None else step + 1
        if block >= len(self._blocks):
            return None
        first, lines = self._blocks[block]
        for number, line in enumerate(lines, first):
            if field and re.match(rf"\s*[\"']?{re.escape(field)}[\"']?\s*=", line):
                return number
        return None if step is None else first
