"""`inspect FILE`: what a file holds, by content, and what is wrong with it, by offset.

Nothing here or below imports asyncio, mido (but for a Standard MIDI File) or msgspec: this
command starts as fast as Python does.
"""

from collections.abc import Iterator
from typing import Any

from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.cli.files import read_bytes, shown
from m1tui.sysex import (
    BankDump,
    CombinationDump,
    Contents,
    DumpFile,
    FoundMessage,
    ModeData,
    ProgramDump,
    read_file,
)


def run(call: Call) -> int:
    """Prints what the file holds; 0 if a dump is in it and nothing of a message is lost."""
    path = call.arguments.file
    data = read_bytes(path)
    file = read_file(data)
    facts = {
        "format": file.format,
        "messages": [_message_facts(found) for found in file.messages],
        "problems": [
            {"offset": problem.offset, "problem": _without_place(str(problem))}
            for problem in file.problems
        ],
    }
    title = f"{shown(path)}: {file.format}, {len(data):,} bytes"
    call.output.facts(facts, (title, *_lines(file)))
    lossless = all(problem.harmless for problem in file.problems)
    return Exit.DONE if lossless and any(map(_is_dump, file.messages)) else Exit.FAILED


def _is_dump(found: FoundMessage) -> bool:
    return isinstance(found.message, BankDump | ProgramDump | CombinationDump)


def _message_facts(found: FoundMessage) -> dict[str, Any]:
    message = found.message
    contents = message.contents if isinstance(message, BankDump) else Contents()
    allocation = message.allocation if isinstance(message, BankDump | ModeData) else None
    function = getattr(message, "function", None)
    sequence = contents.sequence
    return {
        "kind": _kind(found),
        "function": None if function is None else f"{function:02X}",
        "bytes": found.size,
        "offset": found.offset,
        "channel": None if message.channel is None else message.channel + 1,
        "allocation": None if allocation is None else allocation.label,
        "programs": _count(contents.programs, isinstance(message, ProgramDump)),
        "combinations": _count(contents.combinations, isinstance(message, CombinationDump)),
        "songs": None if sequence is None else len(sequence.songs_in_use),
        "steps": None if sequence is None else sequence.step_count,
        "free_percent": contents.free_percent,
    }


def _kind(found: FoundMessage) -> str:
    message = found.message
    return message.part.label if isinstance(message, BankDump) else message.label


def _count(records: tuple[object, ...] | None, single: bool) -> int | None:
    if records is not None:
        return len(records)
    return 1 if single else None


def _without_place(problem: str) -> str:
    """A problem's sentence without its offset, which the JSON gives as a number."""
    start, _, rest = problem.partition(": ")
    return rest if start.startswith("at byte ") else problem


def _lines(file: DumpFile) -> Iterator[str]:
    for found in file.messages:
        message = found.message
        function = getattr(message, "function", None)
        parts = [_kind(found) if function is None else f"{_kind(found)} ({function:02X})"]
        parts.append(f"{found.size:,} bytes")
        if message.channel is not None:
            parts.append(f"channel {message.channel + 1}")
        if isinstance(message, BankDump):
            if message.allocation is not None:
                parts.append(message.allocation.label)
            parts.append(f"{message.bank.name.lower()} memory: " + _held(message.contents))
        elif isinstance(message, ProgramDump):
            parts.append(f'"{message.program.name}"')
        elif isinstance(message, CombinationDump):
            parts.append(f'"{message.combination.name}"')
        yield f"at byte {found.offset}: " + ", ".join(parts)
    for problem in file.problems:
        yield f"{'note' if problem.harmless else 'PROBLEM'} {problem}"
    if not file.messages:
        yield "no message of an M1"


def _held(contents: Contents) -> str:
    return ", ".join(contents.describe())
