"""Where the sounds of a restore come from: the backup just made, the library, a file, the demo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from m1tui.advice import Advice
from m1tui.errors import OriginError
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.events import DEMO
from m1tui.procedures.run import Run
from m1tui.store import Store, printable_path
from m1tui.sysex import Contents, Part, SysexError, read_file
from m1tui.sysex.causes import is_problem, said
from m1tui.sysex.examine import examine

MOST_OFFERED = 100
"""Dumps of the library; more are no list to choose from, and are found in its folder."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A place that sounds can come from."""

    kind: Literal["backup", "library", "file", "demo"]
    place: str
    """A file's path, or `DEMO`."""
    title: str
    """For people, in one line."""

    @classmethod
    def of_file(cls, path: Path) -> Origin:
        """Return the origin that is a file in any folder."""
        return cls("file", str(path.absolute()), printable_path(path))


DEMO_ORIGIN = Origin("demo", DEMO, "the demo bank of m1tui, which makes any M1 play")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an origin holds."""

    contents: Contents
    notes: tuple[str, ...] = ()
    """What the person should know of it: junk in the file, parts that are missing."""


def origins(run: Run, store: Store) -> tuple[Origin, ...]:
    """Return what can be offered without asking for a file, the best first.

    Of the library these are the newest `MOST_OFFERED`.
    """
    offered: list[Origin] = []
    made = backup_of(run)
    if made:
        title = f"the backup just made: {printable_path(Path(Path(made).stem))}"
        offered.append(Origin("backup", made, title))
    offered += (
        Origin("library", str(path), f"library: {printable_path(Path(path.stem))}")
        for path in store.newest_dumps(MOST_OFFERED)
        if str(path) != made
    )
    return (*offered, DEMO_ORIGIN)


def backups_of(run: Run, bank: str) -> dict[str, str]:
    """Return the files of the backups of `bank` that steps of the run have kept, by step id.

    What a restore saved before it wrote does not count: it is what was to be replaced.
    """
    return {
        step.id: state.backup
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if step.kind in ("backup", "receive") and step.bank == bank and state.backup
    }


def settings_notes(run: Run) -> tuple[str, ...]:
    """Return the settings that were written down in the run, which no dump contains, in lines."""
    notes = []
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        values = dict(state.values)
        if step.id in run.procedure.recalled and any(values.values()):
            written = (f"{one.label} {values[one.name]}" for one in step.fields if values[one.name])
            notes.append(f"written down with it: {', '.join(written)}")
    return tuple(notes)


def backup_of(run: Run) -> str:
    """Return the file of the newest backup of internal memory in the run, empty if none."""
    return next(reversed(backups_of(run, "internal").values()), "")


def origin_of(run: Run) -> str:
    """Return the place that was chosen last in the run, empty if none was."""
    found = ""
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        if step.kind == "source":
            found = state.origin or found
    return found


def load_origin(place: str) -> Loaded:
    """Return what the file at `place`, or the demo bank, holds. Raises OriginError."""
    if place == DEMO:
        from m1tui.link.virtual import demo_contents  # late: it builds a whole bank

        return Loaded(demo_contents())
    path = Path(place)
    data = _bytes_of(path)
    found = read_file(data)
    try:
        contents = found.contents()
    except SysexError as error:
        raise _useless(
            path, f"its dumps do not belong together: {error}", code="dumps-do-not-belong-together"
        ) from error
    if not contents.parts:
        first = f": {found.problems[0]}" if found.problems else ""
        raise _useless(
            path,
            f"no whole dump of an M1's memory was found in it{first}",
            code="no-dump-in-file",
            whole=any(piece.contents.parts for piece in found.pieces),
        )
    return Loaded(contents, _notes(contents, len(found.problems)))


def _bytes_of(path: Path) -> bytes:
    try:
        return read_bounded(path, DUMPS)
    except FileTrouble as trouble:
        raise _useless(path, trouble.reason, code=trouble.advice.code) from trouble


def _notes(contents: Contents, problems: int) -> tuple[str, ...]:
    notes = []
    if problems:
        plural = "place in the file is" if problems == 1 else "places in the file are"
        notes.append(f"{problems} {plural} no dump and left out")
    notes += [f"DAMAGED: {said(one)}" for one in examine(contents).findings if is_problem(one)]
    missing = [part for part in Part if part is not Part.ALL and part not in contents.parts]
    if missing:
        notes.append(f"not in it: {', '.join(part.value for part in missing)}")
    if Part.GLOBAL in missing and contents.parts - {Part.SEQUENCE}:
        notes.append("the drum kits are in global: without it, drum sounds may be wrong")
    return tuple(notes)


def _useless(path: Path, problem: str, *, code: str, whole: bool = False) -> OriginError:
    """Return why a file is no origin; `whole` if something of it can be saved all the same."""
    return OriginError(
        Advice(
            code=code,
            happened=f'"{printable_path(path)}" cannot be restored: {problem}.',
            safe="Nothing was sent; the instrument is unchanged.",
            cause="A file's name says nothing of what it contains.",
            next_step="Save what is whole of it: m1tui convert --salvage FILE OUT.syx"
            if whole
            else "Choose another file; `m1tui inspect FILE` shows what a file contains.",
        )
    )
