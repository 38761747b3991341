"""Reads the files that a person names, and says plainly what is wrong with one that cannot be."""

import os
import stat
from typing import TYPE_CHECKING, TypeAlias

from m1tui.cli.exits import Exit
from m1tui.cli.failure import Stop, usage
from m1tui.sysex import Contents, DumpFile, Part, SysexError, printable, read_file

if TYPE_CHECKING:
    from pathlib import Path

Name: TypeAlias = "str | os.PathLike[str]"
"""What names a file: a path as typed, which needs no pathlib, or a Path."""

LIMIT = 64 * 1024 * 1024
"""The largest file that is read, in bytes; an M1's whole memory is 53,361 at most."""


def shown(path: Name) -> str:
    """A path for a screen: control characters and undecodable bytes made harmless."""
    return printable(str(path).encode("utf-8", "backslashreplace").decode("utf-8"))


def read_bytes(path: Name) -> bytes:
    """The bytes of an ordinary file of 1 to LIMIT bytes; Stop (usage) for anything else."""
    name = shown(path)
    try:
        # Asked before it is opened: opening a pipe that nobody writes to would wait for ever.
        mode = os.stat(path).st_mode  # noqa: PTH116 - a Path would slow the start
        if stat.S_ISDIR(mode):
            raise usage(f"{name} is a folder; expected a file.", "Name a file in it.")
        if not stat.S_ISREG(mode):
            raise usage(f"{name} is a device or a pipe; expected a file.", "Copy it to a file.")
        with open(path, "rb") as file:  # noqa: PTH123 - likewise
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise _unreadable(name, error) from error
    if not data:
        raise usage(f"{name} is empty: 0 bytes.", "Name a file that holds a dump.")
    if len(data) > LIMIT:
        raise usage(
            f"{name} is larger than {LIMIT:,} bytes, the most that is read.",
            "Name a file that holds an M1's dump; the largest needs 53,361 bytes.",
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
            "Choose one of them with --what, or cut the file where m1tui inspect tells that they "
            "stand.",
        ) from error
    if not contents.parts:
        holds = ", ".join(phrase for dump in file.dumps for phrase in dump.contents.describe())
        raise usage(
            f"{shown(path)} holds no {part.value}; it holds {holds}.", "Choose another part."
        )
    return contents, file.dumps[0].channel


def _check_whole(path: Name, file: DumpFile, part: Part) -> None:
    problems = [problem for problem in file.problems if not problem.harmless]
    if not file.dumps:
        why = f": {problems[0]}" if problems else ""
        raise usage(
            f"{shown(path)} holds no dump of an M1's memory{why}.",
            f"See what it holds: m1tui inspect {shown(path)}",
        )
    if problems and part is Part.ALL:
        raise usage(
            f"{shown(path)} is damaged: {problems[0]}.",
            "Take one part that is whole with --what, or find a better copy of the file.",
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
        raise usage(f"There is no folder {shown(path.parent)}.", "Make it, or correct the name.")


def write_chosen(path: "Path", data: bytes) -> "Path":
    """Writes a new file at a place that a person named.

    Raises FileExistsError, and Stop (failed) for what the disk refuses.
    """
    from m1tui.store import StoreError, write_new  # late: `inspect` writes nothing

    try:
        return write_new(path, data)
    except StoreError as trouble:
        elsewhere = "Name a file in a folder that you may write to, on a disk with room for it."
        raise Stop(Exit.FAILED, trouble.advice._replace(next_step=elsewhere)) from trouble


def _unreadable(name: str, error: OSError) -> Stop:
    if isinstance(error, FileNotFoundError):
        return usage(f"There is no file {name}.", "Check its name and folder.")
    reason = error.strerror or type(error).__name__
    return usage(f"{name} cannot be read: {reason}.", "Check the file's permissions.")


def typed_path(text: str) -> "Path":
    """A path as a person types it, ~ for the home folder."""
    from pathlib import Path  # late: few commands need it

    try:
        return Path(text).expanduser()
    except RuntimeError:  # there is no such user, so the name is meant as it stands
        return Path(text)
