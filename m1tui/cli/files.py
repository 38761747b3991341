"""Reads the files that a person names, and says plainly what is wrong with one that cannot be."""

from typing import TYPE_CHECKING

from m1tui.advice import Advice
from m1tui.cli.exits import Exit, Stop, misused, usage
from m1tui.files import DUMPS, FileTrouble, Name, read_bounded, shown, typed_name
from m1tui.sysex import Contents, Part, SysexError
from m1tui.sysex.forms.found import DumpFile
from m1tui.sysex.forms.reader import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from m1tui.sysex.examine import Finding
    from m1tui.sysex.slots import Taken


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
    taken = read_taken(path, parts, messages)
    if not taken.contents.parts:
        raise usage(
            f"{shown(path)} contains no dump of a bank; it contains {', '.join(taken.describe())}.",
            "Name a file that contains a whole bank.",
            code="part-missing",
        )
    return taken.contents


def read_sounds(path: Name, messages: "Sequence[int]" = ()) -> Contents:
    """The memory that a file's dumps hold, or its single sounds in their order; Stop (usage)."""
    taken = read_taken(path, messages=messages)
    return taken.contents if taken.contents.parts else taken.single_contents()


def read_taken(
    path: Name,
    parts: "Sequence[Part]" = (),
    messages: "Sequence[int]" = (),
    *,
    accept_damage: bool | None = None,
) -> "Taken":
    """What of a file goes into a memory: its dumps, or those parts of them; or its single sounds.

    With `accept_damage` what is whole of broken dumps is taken, too; False refuses a file with
    such (Stop, refused), None where the command cannot accept them (Stop, usage). Stop (usage)
    when the file holds none, lacks a part, or has several of one kind.
    """
    from m1tui.sysex.slots import taken_from  # late: `inspect` does without

    file = chosen_messages(path, read_file(read_bytes(path)), messages)
    wanted = () if Part.ALL in parts else tuple(dict.fromkeys(parts))
    try:
        whole = taken_from(file, wanted, pieces=True)
        taken = whole if accept_damage else taken_from(file, wanted)
        if accept_damage is False and not wanted:
            _refuse_broken(path, file, whole)
        if not accept_damage:
            _check_whole(path, file, everything=not wanted)
        for part in wanted:
            if part not in taken.parts and all(one.part is not part for one in taken.loose):
                raise _lacks(path, part, file)
        if not (taken.parts or taken.loose):
            raise _nothing(path, file)
    except SysexError as error:
        raise usage(
            f"The dumps in {shown(path)} do not belong together: {error}.",
            "Choose among them with --message N, as numbered by m1tui inspect, or with --what.",
            code="dumps-do-not-belong-together",
        ) from error
    if not accept_damage:
        return taken
    lost = (f"Left out: {one}." for one in file.problems if not one.harmless)
    return taken._replace(notes=(*taken.notes, *lost))


def placed(path: Name, taken: "Taken", slot: int | None) -> "Taken":
    """What of a file goes into a memory, its single sound in `slot`; Stop (usage) if it has none.

    A bank has slots of its own, and several single sounds need one each.
    """
    if taken.loose and (slot is None or len(taken.loose) > 1):
        raise _without_slot(path, taken)
    if not taken.loose and slot is not None:
        raise usage(
            f"--to names the slot of a single sound; {shown(path)} contains "
            f"{', '.join(taken.describe())}.",
            "Leave --to out, or choose a single sound with --message N. To take one out of a "
            "bank: m1tui convert --program N.",
            code="slot-not-needed",
        )
    return taken if slot is None else taken.placed(slot)


def _without_slot(path: Name, taken: "Taken") -> Stop:
    from m1tui.sysex.slots import single_text

    if len(taken.loose) > 1:
        return usage(
            f"{shown(path)} contains {len(taken.loose)} single sounds, and not all have slots "
            "of their own.",
            "Choose one with --message N, as numbered by m1tui inspect, and name its slot with "
            "--to SLOT.",
            code="single-sound-not-chosen",
        )
    (single,) = taken.loose
    own = single.number
    return usage(
        f"{shown(path)} contains {single_text(single)}, and no slot was named for it.",
        "Name the slot (00 to 99): --to SLOT."
        + ("" if own is None else f" In the M1 that sent it, it was in slot {own:02d}."),
        code="slot-missing",
    )


def _refuse_broken(path: Name, file: DumpFile, whole: "Taken") -> None:
    """Stop (refused) for a file of which something is lost, unless that is accepted."""
    problems = [problem for problem in file.problems if not problem.harmless]
    if not problems or not (whole.parts or whole.loose):
        return
    missing = f" Missing: {', '.join(whole.missing)}." if whole.missing else ""
    raise Stop(
        Exit.REFUSED,
        Advice(
            "file-damaged",
            f"{shown(path)} is damaged: {problems[0]}. Intact: {', '.join(whole.describe())}."
            f"{missing}",
            "Nothing was sent; the instrument is unchanged.",
            "",
            "Find a better copy of the file. To send only what is intact: "
            "--accept-damage. To save that as a new file: m1tui convert --salvage "
            f"{shown(path)} OUT.syx",
        ),
    )


def _lacks(path: Name, part: Part, file: DumpFile) -> Stop:
    held = [one for found in file.banks for one in found.contents.describe()]
    held = held or [one for found in file.messages for one in found.contents.describe()]
    return usage(
        f"{shown(path)} contains no {part.value}; it contains {', '.join(held)}.",
        "Choose another part.",
        code="part-missing",
    )


def problem_facts(findings: "Iterable[Finding]") -> list[dict[str, str]]:
    """What is wrong with a memory, for a script: a code and a sentence each."""
    from m1tui.sysex.causes import said

    return [{"code": one.code, "problem": str(said(one))} for one in findings]


def damage_lines(path: Name, damage: "Iterable[Finding]") -> "Iterator[str]":
    """What is wrong with a file's memory, for a person, with cause and next step."""
    # Imported only now: few files are damaged, but all are examined once they are to be used.
    from m1tui.sysex.causes import cause_of, said

    for finding in damage:
        yield f"{shown(path)} is damaged: {said(finding)}."
        yield from (f"  {text}" for text in cause_of(finding.code) if text)


def _check_whole(path: Name, file: DumpFile, *, everything: bool) -> None:
    problems = [problem for problem in file.problems if not problem.harmless]
    if not any(one.contents.parts for one in file.messages):
        raise _nothing(path, file)
    if problems and everything:
        raise usage(
            f"{shown(path)} is damaged: {problems[0]}.",
            "Extract one intact part with --what, or find a better copy of the file.",
            code="file-damaged",
        )


def _nothing(path: Name, file: DumpFile) -> Stop:
    problems = [problem for problem in file.problems if not problem.harmless]
    why = f": {problems[0]}" if problems else ""
    return usage(
        f"{shown(path)} contains no dump of an M1's memory{why}.",
        f"Save what is intact in it: m1tui convert --salvage {shown(path)} OUT.syx"
        if any(piece.contents.parts for piece in file.pieces)
        else f"See what it contains: m1tui inspect {shown(path)}",
        code="no-dump-in-file",
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
