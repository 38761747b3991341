"""`inspect FILE`: what a file holds, by content, and what is wrong with it, by offset.

Nothing here or below imports asyncio, mido (but for a Standard MIDI File) or msgspec: this
command starts as fast as Python does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from m1tui.cli.commandparser import PARTS, CommandParser, add_file, add_objects
from m1tui.cli.exits import Exit, usage
from m1tui.cli.files import read_bytes
from m1tui.cli.output import Call
from m1tui.cli.values import song
from m1tui.files import shown
from m1tui.sysex import (
    Contents,
    DumpFile,
    FoundMessage,
    Part,
    Record,
    SysexError,
    Value,
    read_file,
)
from m1tui.sysex.files import carried, memory, message_kind, message_text


def add_arguments(parser: CommandParser) -> None:
    """The file to look into, and how deeply."""
    add_file(parser)
    parser.add_argument("--what", choices=PARTS, help="list every object of this part")
    add_objects(parser, "print all values of program N (00-99)")
    parser.add_argument("--song", type=song, metavar="N", help="print song N (0-9) and its values")


def run(call: Call) -> int:
    """Prints what the file holds; 0 if a dump is in it and nothing of a message is lost."""
    path = call.arguments.file
    data = read_bytes(path)
    file = read_file(data)
    facts = {
        "format": file.format,
        "messages": [_message_facts(found) for found in file.messages],
        "problems": [
            {"offset": problem.offset, "problem": problem.finding} for problem in file.problems
        ],
    }
    objects = _objects(call, file)
    if objects:
        facts["objects"] = [_object_facts(kind, number, one) for kind, number, one in objects]
    if call.output.json:
        facts["songs"] = list(_songs(file))
    title = f"{shown(path)}: {file.format}, {len(data):,} bytes"
    lines = (title, *_lines(file), *_details(call, file, objects))
    call.output.facts(facts, lines)
    lossless = all(problem.harmless for problem in file.problems)
    return Exit.DONE if lossless and any(map(_is_dump, file.messages)) else Exit.FAILED


def _is_dump(found: FoundMessage) -> bool:
    return bool(carried(found).parts)


def _message_facts(found: FoundMessage) -> dict[str, Any]:
    message, contents = found.message, carried(found)
    allocation = getattr(message, "allocation", None)
    function = getattr(message, "function", None)
    sequence = contents.sequence
    return {
        "kind": message_kind(found),
        "function": None if function is None else f"{function:02X}",
        "bytes": found.size,
        "offset": found.offset,
        "channel": None if message.channel is None else message.channel + 1,
        "allocation": None if allocation is None else allocation.label,
        "programs": None if contents.programs is None else len(contents.programs),
        "combinations": None if contents.combinations is None else len(contents.combinations),
        "songs": None if sequence is None else len(sequence.songs_in_use),
        "steps": None if sequence is None else sequence.step_count,
        "free_percent": contents.free_percent,
    }


def _lines(file: DumpFile) -> Iterator[str]:
    yield from map(message_text, file.messages)
    for problem in file.problems:
        yield f"{'note' if problem.harmless else 'PROBLEM'} {problem}"
    if not file.messages:
        yield "no M1 message"


def _objects(call: Call, file: DumpFile) -> list[tuple[str, int, Record]]:
    """Return the objects that the person asked for by number."""
    arguments = call.arguments
    singles = (
        ("program", arguments.program),
        ("combination", arguments.combination),
        ("song", arguments.song),
    )
    wanted = [(kind, number) for kind, number in singles if number is not None]
    if not wanted:
        return []
    contents = _memory(call, file)
    return [(kind, number, _object(call, contents, kind, number)) for kind, number in wanted]


def _object_facts(kind: str, number: int, record: Record) -> dict[str, Any]:
    from m1tui.sysex.listing import notes_of

    name: str = getattr(record, "name", "")
    return {
        "kind": kind,
        "number": number,
        "name": name.rstrip(),
        "values": [_value_facts(value) for value in record.values()],
        "notes": list(notes_of(record)),
    }


def _songs(file: DumpFile) -> Iterator[dict[str, Any]]:
    """Yield the songs in use of each message that carries a sequence."""
    for place, found in enumerate(file.messages, 1):
        contents = carried(found)
        if contents.sequence is None:
            continue
        # Imported only now: most dumps that are looked into hold no song.
        from m1tui.cli.songs import song_facts

        yield from song_facts(place, _with_programs(file, contents))


def _with_programs(file: DumpFile, contents: Contents) -> Contents:
    """Return a sequence with the programs that name its tracks, where the file has one bank."""
    if contents.programs is not None:
        return contents
    banks = [one.programs for one in map(carried, file.messages) if one.programs is not None]
    large = [bank for bank in banks if len(bank) > 1]
    return contents.replace(programs=large[0]) if len(large) == 1 else contents


def _value_facts(value: Value) -> dict[str, Any]:
    plain = value.value.hex(" ").upper() if isinstance(value.value, bytes) else value.value
    return {
        "path": value.path,
        "label": value.label,
        "value": plain,
        "shown": value.shown.rstrip(),
        "allowed": value.allowed or None,
        "default": value.default or None,
        "out_of_range": not value.valid,
    }


def _details(call: Call, file: DumpFile, objects: list[tuple[str, int, Record]]) -> Iterator[str]:
    """Yield the tables or the objects that the person asked for, or else how to ask."""
    arguments = call.arguments
    if arguments.what is None and not objects:
        if any(map(_is_dump, file.messages)):
            yield (
                "To list every object by name, add --what all. To print all values of one, add "
                "--program N"
            )
        return
    # Imported only now: a summary starts as fast as it can.
    from m1tui.cli.tables import every_value, song_table, table

    if arguments.what is not None:
        yield from table(_memory(call, file), Part(arguments.what))
    for kind, number, record in objects:
        yield ""
        if kind == "song":
            yield from song_table(_memory(call, file), number)
            yield ""
        yield from every_value(record)


def _memory(call: Call, file: DumpFile) -> Contents:
    """Return what all bank dumps hold together, or else the single programs and combinations."""
    try:
        return memory(file)
    except SysexError as error:
        raise usage(
            f"The dumps in {shown(call.arguments.file)} do not belong together: {error}.",
            "Leave the option out to see what each of them contains.",
            code="dumps-do-not-belong-together",
        ) from error


def _object(call: Call, contents: Contents, kind: str, number: int) -> Record:
    sequence = contents.sequence
    songs = None if sequence is None else sequence.songs
    banks = {"program": contents.programs, "combination": contents.combinations, "song": songs}
    bank: Sequence[Record] | None = banks[kind]
    if bank is None or number >= len(bank):
        held = f"{len(bank)} {kind}s, from 00" if bank else f"no {kind}s"
        raise usage(
            f"{shown(call.arguments.file)} has no {kind} {number:02d}; it contains {held}.",
            "Choose another number.",
            code="object-missing",
        )
    return bank[number]
