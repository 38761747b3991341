"""All procedures: the built-in ones, and a person's own files beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from m1tui.procedures.loader import Lines, examine, told
from m1tui.procedures.schema import Procedure
from m1tui.procedures.trouble import Problem, ProcedureError
from m1tui.resources import screens_folder

SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class Library:
    """The procedures that can be used, by id, and the files that cannot."""

    procedures: Mapping[str, Procedure]
    refused: tuple[ProcedureError, ...] = ()


def own_folder() -> Path:
    """Return the folder of a person's own procedures, whether it is there or not."""
    import platformdirs  # late: commands that need no procedure need no folder

    return platformdirs.user_config_path("m1tui", appauthor=False) / "screens"


def folders() -> tuple[Path, ...]:
    """Return the folders that hold procedures, the built-in ones first."""
    return (screens_folder(), own_folder())


def load_library(places: Sequence[Path] | None = None) -> Library:
    """Return all procedures of `places` (None: of `folders()`); a missing folder holds none.

    A file that cannot be used, or whose id an earlier one has, keeps no other from being used.
    """
    taken: dict[str, Path] = {}
    procedures: dict[str, Procedure] = {}
    refused: list[ProcedureError] = []
    for path in procedure_files(folders() if places is None else places):
        try:
            read = examine(path)
            procedure = read.usable(path)
            if procedure.id in taken:
                problem = _taken(procedure, read.lines, taken[procedure.id])
                raise ProcedureError(path, (problem,))
        except ProcedureError as error:
            refused.append(error)
        else:
            procedures[procedure.id] = procedure
            taken[procedure.id] = path
    return Library(procedures, tuple(refused))


def procedure_files(places: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files of `places` that hold procedures, in order of folder and name."""
    return tuple(path for place in places for path in sorted(place.glob(f"*{SUFFIX}")))


def check_file(path: Path, places: Sequence[Path] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a file, alone and beside the procedures of `places`.

    Raises ProcedureError when it cannot be read at all.
    """
    read = examine(path)
    if read.procedure is None or read.problems:
        return read.problems
    files = procedure_files(folders() if places is None else places)
    others = {file.stem: file for file in reversed(files) if file.resolve() != path.resolve()}
    return told(_beside(read.procedure, read.lines, others))


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
