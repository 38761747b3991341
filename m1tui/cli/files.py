"""Reads the files that a person names, and says plainly what is wrong with one that cannot be."""

from typing import TYPE_CHECKING

from m1tui.cli.exits import Exit, Stop, misused, usage
from m1tui.files import DUMPS, FileTrouble, Name, read_bounded, shown, typed_name
from m1tui.sysex import Contents, DumpFile, Part, SysexError, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from m1tui.sysex.examine import Finding


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


def read_contents(
    path: Name, parts: "Sequence[Part]" = (), messages: "Sequence[int]" = ()
) -> Contents:
    """The memory that a file's dumps hold, or those parts of it, in those of its messages.

    Stop (usage) when the file holds none, lacks a part, or when a message of it is damaged
    and everything was asked for.
    """
    return read_dumps(path, parts, messages)[0]


def read_dumps(
    path: Name, parts: "Sequence[Part]" = (), messages: "Sequence[int]" = ()
) -> tuple[Contents, int]:
    """What `read_contents` returns, and the channel (0–15) that the file was made on."""
    file = chosen_messages(path, read_file(read_bytes(path)), messages)
    wanted = (Part.ALL,) if not parts or Part.ALL in parts else tuple(dict.fromkeys(parts))
    _check_whole(path, file, everything=Part.ALL in wanted)
    contents = Contents()
    try:
        for part in wanted:
            held = file.contents(part)
            if not held.parts:
                raise _lacks(path, part, file)
            contents = contents.merged(held)
    except SysexError as error:
        raise usage(
            f"The dumps in {shown(path)} do not belong together: {error}.",
            "Choose among them with --message N, as m1tui inspect numbers them, or with --what.",
            code="dumps-do-not-belong-together",
        ) from error
    return contents, file.dumps[0].channel


def _lacks(path: Name, part: Part, file: DumpFile) -> Stop:
    holds = ", ".join(phrase for dump in file.dumps for phrase in dump.contents.describe())
    return usage(
        f"{shown(path)} contains no {part.value}; it contains {holds}.",
        "Choose another part.",
        code="part-missing",
    )


def problem_facts(findings: "Iterable[Finding]") -> list[dict[str, str]]:
    """What is wrong with a memory, for a script: a code and a sentence each."""
    from m1tui.sysex.causes import said

    return [{"code": one.code, "problem": str(said(one))} for one in findings]


def damage_lines(path: Name, contents: Contents) -> "Iterator[str]":
    """What is wrong with a file's memory, for a person, with cause and next step."""
    # Imported only now: few files are damaged, but all are examined once they are to be used.
    from m1tui.sysex.causes import cause_of, is_problem, said
    from m1tui.sysex.examine import examine

    for finding in examine(contents).findings:
        if is_problem(finding):
            cause = cause_of(finding.code)
            yield f"{shown(path)} is damaged: {said(finding)}."
            yield from (f"  {text}" for text in cause if text)


def _check_whole(path: Name, file: DumpFile, *, everything: bool) -> None:
    problems = [problem for problem in file.problems if not problem.harmless]
    if not file.dumps:
        why = f": {problems[0]}" if problems else ""
        raise usage(
            f"{shown(path)} contains no dump of an M1's memory{why}.",
            f"Save what is whole of it: m1tui convert --salvage {shown(path)} OUT.syx"
            if any(piece.contents.parts for piece in file.pieces)
            else f"See what it contains: m1tui inspect {shown(path)}",
            code="no-dump-in-file",
        )
    if problems and everything:
        raise usage(
            f"{shown(path)} is damaged: {problems[0]}.",
            "Extract one intact part with --what, or find a better copy of the file.",
            code="file-damaged",
        )


def chosen_messages(path: Name, file: DumpFile, numbers: "Sequence[int]") -> DumpFile:
    """The file with just the messages of these numbers, counted from 1; all without any.

    Stop (usage) for a number that it does not have.
    """
    if not numbers:
        return file
    try:
        return file.only(tuple(numbers))
    except IndexError as error:
        (number,) = error.args
        raise usage(
            f"{shown(path)} has no message {number}; it has {len(file.messages)}.",
            f"See their numbers: m1tui inspect {shown(path)}",
            code="message-missing",
        ) from error


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
