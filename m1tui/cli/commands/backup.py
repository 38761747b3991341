"""`backup`: reads the instrument twice, compares, and keeps what it holds."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_bank, add_part
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import require_folder, write_chosen
from m1tui.cli.lines import confirm, has_terminal
from m1tui.cli.output import Call
from m1tui.cli.session import (
    Session,
    crowd,
    on_instrument,
    others_there,
    require_ready,
    save_to_library,
    unread,
)
from m1tui.engine.read.backup import back_up, content_note
from m1tui.engine.read.slot_by_slot import NOT_HAD, OFFER, back_up_slots, is_cut
from m1tui.errors import ReadError, TwoInstruments, WithoutManifest
from m1tui.facts import Backup, Outcome
from m1tui.files import shown
from m1tui.sysex import Bank, Part, printable
from m1tui.sysex.examine import Grade, examine


def add_arguments(parser: CommandParser) -> None:
    """What to read, and the file to keep it in."""
    parser.add_argument(
        "file",
        nargs="?",
        type=values.path,
        metavar="FILE",
        help="a new file (default: the library)",
    )
    add_part(parser)
    add_bank(parser)
    parser.add_argument(
        "--slot-by-slot",
        action="store_true",
        help="read each program and combination separately, where an interface cuts long "
        "messages short; global, drum kits and sequence cannot be read that way",
    )


def run(call: Call) -> int:
    """Writes the backup to a new file, or into the library; 0 if two reads agreed."""
    try:
        return _run(call)
    except Stop as stop:
        if _OPTION not in stop.advice.next_step or call.output.json or not has_terminal():
            raise
        call.output.advise(stop.advice)
        if not confirm(f"{OFFER} Read slot by slot?"):
            raise usage(
                "Cancelled: the answer was not yes.", "Use another interface.", code="cancelled"
            ) from stop
        call.arguments.slot_by_slot = True
        return _run(call)


def _run(call: Call) -> int:
    part = Part(call.arguments.what)
    arguments, output = call.arguments, call.output
    output.promise(
        {
            "outcome": Outcome.REFUSED.value,
            "file": None,
            "sha256": None,
            "bytes": 0,
            "kind": part.label,
            "contents": [],
            "grade": None,
            "missing": [],
            "notes": [],
        }
    )
    if arguments.slot_by_slot and (part is not Part.ALL or arguments.bank != "internal"):
        raise usage(
            "--slot-by-slot reads all programs and combinations in internal memory.",
            "Leave --what and --bank out.",
            code="usage",
        )
    file: Path | None = arguments.file
    if file is not None:
        _check_free(file, call.options.transcript)
    bank = Bank[arguments.bank.upper()]

    async def work(session: Session) -> int:
        await require_ready(session)
        try:
            if arguments.slot_by_slot:
                backup = await back_up_slots(session.instrument, progress=output.progress)
            else:
                backup = await back_up(
                    session.instrument, part=part, bank=bank, progress=output.progress
                )
        except ReadError as error:
            raise _offered(unread(session, error), error, bank) from error
        except TwoInstruments as trouble:
            raise crowd(session, trouble) from trouble
        try:
            path = save_to_library(session, backup) if file is None else _write(file, backup.dump)
        except WithoutManifest as trouble:
            raise Stop(Exit.FAILED, trouble.advice, {"file": str(trouble.kept)}) from trouble
        output.facts(
            {
                "outcome": Outcome.VERIFIED.value,
                "file": str(path),
                "sha256": hashlib.sha256(backup.dump).hexdigest(),
                "bytes": len(backup.dump),
                "kind": backup.kind if backup.missing else backup.part.label,
                "contents": list(backup.contents.describe()),
                **_content_facts(backup),
            },
            (*_lines(path, backup), *others_there(session)),
        )
        return Exit.DONE if set(backup.missing) <= set(NOT_HAD) else Exit.FAILED

    return on_instrument(call, work)


_OPTION = "m1tui backup --slot-by-slot"


def _offered(stop: Stop, error: ReadError, bank: Bank) -> Stop:
    """The same, with the offer to read slot by slot where that can help."""
    if not is_cut(error) or bank is not Bank.INTERNAL:
        return stop
    stop.advice = stop.advice._replace(
        next_step=f"{stop.advice.next_step} Until then, programs and combinations can be read on "
        f"their own: {_OPTION}.",
    )
    return stop


def _content_facts(backup: Backup) -> dict[str, Any]:
    """How far what was read can be trusted, and why it is worth less than a backup."""
    examined = examine(backup.contents)
    notes = [
        {"code": one.code, "text": content_note(one)}
        for one in examined.findings
        if one.grade is not Grade.SOUND
    ]
    grade = "partial" if backup.missing else examined.grade.word
    return {"grade": grade, "missing": list(backup.missing), "notes": notes}


def _check_free(file: Path, transcript: Path | None) -> None:
    """Refuses before a minute is spent on reading."""
    require_folder(file)
    try:
        file.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise usage(
            f"{shown(file)} cannot be created: {error.strerror or error}.",
            "Name another file.",
            code="file-not-makable",
        ) from error
    else:
        raise usage(
            f"{shown(file)} already exists.",
            "Name a new file: m1tui does not overwrite files.",
            code="file-exists",
        )
    if transcript is not None and os.path.realpath(file) == os.path.realpath(transcript):
        raise usage(
            f"{shown(file)} was named for both the backup and the transcript.",
            "Name two different files.",
            code="same-file-twice",
        )


def _write(file: Path, data: bytes) -> Path:
    try:
        return write_chosen(file, data)
    except FileExistsError:
        raise usage(
            f"{shown(file)} has been created in the meantime.",
            "Name a new file: m1tui does not overwrite files.",
            code="file-exists",
        ) from None


def _lines(path: Path, backup: Backup) -> Iterator[str]:
    times = {1: "once (the memory is initialised)", 2: "twice"}.get(
        backup.reads, f"{backup.reads} times"
    )
    how = "PARTIAL, slot by slot" if backup.missing else "VERIFIED"
    yield f"{how}: read {times}, {len(backup.dump):,} bytes"
    yield f"It contains {', '.join(backup.contents.describe())}."
    yield from (printable(note) for note in backup.notes)
    yield f"Written to {shown(path)}"
    if backup.not_held:
        yield "No dump contains the following; write it down or back it up in another way:"
        yield from (f"  {item}" for item in backup.not_held)
