"""All procedures: the built-in ones, and a person's own files beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.procedures.loader import (
    Examined,
    Lines,
    Problem,
    ProcedureError,
    folders,
    procedure_files,
    read,
)
from m1tui.procedures.rules import Fault, faults
from m1tui.procedures.schema import Procedure

MOST_TOLD = 100
"""Problems of one file that are told: more than anybody mends before checking again."""


def load(path: Path) -> Procedure:
    """Return the procedure in the file at `path`. Raises ProcedureError with every problem."""
    return examine(path).usable(path)


def check(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the file at `path`, () when it can be used.

    Raises ProcedureError when it cannot be read at all.
    """
    return examine(path).problems


@dataclass(frozen=True, slots=True)
class Library:
    """The procedures that can be used, by id, and the files that cannot."""

    procedures: Mapping[str, Procedure]
    refused: tuple[ProcedureError, ...] = ()


def examine(path: Path) -> Examined:
    """Return what the file at `path` holds. Raises ProcedureError when it cannot be read at all."""
    found = read(path)
    if found.procedure is None:
        return found
    return replace(found, problems=told(_problems(path, found.procedure, found.lines)))


def told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by line; of very many the first, and that there are more."""
    found = list(islice(problems, MOST_TOLD + 1))
    more = [Problem(f"and more: only the first {MOST_TOLD} are shown.")]
    by_line = sorted(found[:MOST_TOLD], key=lambda problem: problem.line or 0)
    return (*by_line, *(more if len(found) > MOST_TOLD else ()))


def load_library(places: Sequence[Path] | None = None, *, only: str | None = None) -> Library:
    """Return all procedures of `places` (None: of `folders()`); a missing folder holds none.

    With `only` the files of that name are read and no others: a file's name is its procedure's
    id. A file that cannot be used, or whose id an earlier one has, keeps no other from being used.
    """
    taken: dict[str, Path] = {}
    procedures: dict[str, Procedure] = {}
    refused: list[ProcedureError] = []
    for path in procedure_files(folders() if places is None else places):
        if only not in (None, path.stem):
            continue
        try:
            found = examine(path)
            procedure = found.usable(path)
            if procedure.id in taken:
                problem = _taken(procedure, found.lines, taken[procedure.id])
                raise ProcedureError(path, (problem,))
        except ProcedureError as error:
            refused.append(error)
        else:
            procedures[procedure.id] = procedure
            taken[procedure.id] = path
    return Library(procedures, tuple(refused))


def require_for(procedure: Procedure, model: str) -> None:
    """Raise Trouble where a procedure is not for an instrument of that model."""
    why = procedure.why_not_on(model)
    if why:
        raise Trouble(
            Advice(
                code="not-for-this-model",
                happened=f'"{procedure.title}" is not for an {model}: {why}',
                safe="Nothing was started and nothing was sent.",
                next_step='Choose another procedure: "Test every control" tests what the model '
                "has.",
            )
        )


def check_file(path: Path, places: Sequence[Path] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a file, alone and beside the procedures of `places`.

    Raises ProcedureError when it cannot be read at all.
    """
    found = examine(path)
    if found.procedure is None or found.problems:
        return found.problems
    files = procedure_files(folders() if places is None else places)
    others = {file.stem: file for file in reversed(files) if file.resolve() != path.resolve()}
    return told(_beside(found.procedure, found.lines, others))


def _beside(procedure: Procedure, lines: Lines, others: Mapping[str, Path]) -> Iterator[Problem]:
    if procedure.id in others:
        yield _taken(procedure, lines, others[procedure.id])
    yield from _dead_ends(procedure, lines, {procedure.id, *others})


def _taken(procedure: Procedure, lines: Lines, by: Path) -> Problem:
    text = f'the id "{procedure.id}" is already used by "{by}".'
    return Problem(text, field="id", line=lines.of(None, "id"))


def _dead_ends(procedure: Procedure, lines: Lines, known: Collection[str]) -> Iterator[Problem]:
    for index, step in enumerate(procedure.steps):
        for option in step.options:
            if option.procedure and option.procedure not in known:
                text = f'there is no procedure "{option.procedure}".'
                line = lines.of(index, "options", f'"{option.procedure}"')
                yield Problem(text, step=f'step "{step.id}"', field="options", line=line)


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
