"""Reads the files that a person names, and says plainly what is wrong with one that cannot be."""

from typing import TYPE_CHECKING

from m1tui.cli.exits import Exit, Stop, misused, usage
from m1tui.files import DUMPS, FileTrouble, Name, read_bounded, shown, typed_name
from m1tui.sysex import Contents, DumpFile, Part, SysexError, read_file

if TYPE_CHECKING:
    from pathlib import Path


def read_bytes(path: Name) -> bytes:
    """The bytes of a file of dumps; Stop (usage) for one that cannot be read or is empty."""
    try:
        data = read_bounded(path, DUMPS)
    except FileTrouble as trouble:
        raise misused(trouble) from trouble
    if not data:
        raise usage(
            f"{shown(path)} is empty: 0 bytes.",
            "Name a file that contains a dump.",
            code="file-empty",
        )
    return data


def read_contents(path: Name, part: Part = Part.ALL) -> Contents:
    """The memory that a file's dumps hold, or that part of it.

    Stop (usage) when the file holds none, lacks the part, or when a message of it is damaged
    and everything was asked for.
    """
    return read_dumps(path, part)[0]


def read_dumps(path: Name, part: Part = Part.ALL) -> tuple[Contents, int]:
    """What `read_contents` returns, and the channel (0–15) that the file was made on."""
    file = read_file(read_bytes(path))
    _check_whole(path, file, part)
    try:
        contents = file.contents(part)
    except SysexError as error:
        raise usage(
            f"The dumps in {shown(path)} do not belong together: {error}.",
            "Choose one of them with --what, or cut the file at the places that m1tui inspect "
            "shows.",
            code="dumps-do-not-belong-together",
        ) from error
    if not contents.parts:
        holds = ", ".join(phrase for dump in file.dumps for phrase in dump.contents.describe())
        raise usage(
            f"{shown(path)} contains no {part.value}; it contains {holds}.",
            "Choose another part.",
            code="part-missing",
        )
    return contents, file.dumps[0].channel


def _check_whole(path: Name, file: DumpFile, part: Part) -> None:
    problems = [problem for problem in file.problems if not problem.harmless]
    if not file.dumps:
        why = f": {problems[0]}" if problems else ""
        raise usage(
            f"{shown(path)} contains no dump of an M1's memory{why}.",
            f"See what it contains: m1tui inspect {shown(path)}",
            code="no-dump-in-file",
        )
    if problems and part is Part.ALL:
        raise usage(
            f"{shown(path)} is damaged: {problems[0]}.",
            "Extract one intact part with --what, or find a better copy of the file.",
            code="file-damaged",
        )


def require_folder(path: "Path") -> None:
    """Raises Stop (usage) where a file is to lie in a folder that is not there.

    It is not made: the name may be mistyped.
    """
    try:
        is_there = path.parent.is_dir()
    except OSError:  # a name that no disk takes
        is_there = False
    if not is_there:
        raise usage(
            f"There is no folder {shown(path.parent)}.",
            "Create it, or correct the name.",
            code="folder-missing",
        )


def write_chosen(path: "Path", data: bytes) -> "Path":
    """Writes a new file at a place that a person named.

    Raises FileExistsError, and Stop (failed) for what the disk refuses.
    """
    from m1tui.errors import StoreError
    from m1tui.store import write_new  # late: `inspect` writes nothing

    try:
        return write_new(path, data)
    except StoreError as trouble:
        elsewhere = "Name a file in a folder that you may write to, on a disk with room for it."
        raise Stop(Exit.FAILED, trouble.advice._replace(next_step=elsewhere)) from trouble


def typed_path(text: str) -> "Path":
    """A path as a person types it or drops it on the terminal, ~ for the home folder."""
    from pathlib import Path  # late: few commands need it

    return Path(typed_name(text))
