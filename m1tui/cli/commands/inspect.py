"""`inspect FILE`: what a file holds, by content, and what is wrong with it, by offset.

Nothing here or below imports asyncio, mido or msgspec: this
command starts as fast as Python does.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from m1tui.cli.commandparser import PARTS, CommandParser, add_file, add_message, add_objects, song
from m1tui.cli.exits import Exit, usage
from m1tui.cli.files import chosen_messages, read_bytes
from m1tui.cli.output import Call
from m1tui.files import shown
from m1tui.sysex import Bank, BankDump, Contents, Part, Record, SysexError, Value
from m1tui.sysex.causes import cause_of, is_problem, said
from m1tui.sysex.examine import Examination, Finding, Grade, examine
from m1tui.sysex.files import memory, message_kind, message_text, piece_text
from m1tui.sysex.forms.found import DumpFile, FoundMessage, Note, Piece, Problem
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.leaning import leaning_text, leanings


class _Looked(NamedTuple):
    """A file, and what the examination of each message said."""

    file: DumpFile
    numbers: tuple[int, ...]
    """The number of each message in the whole file, from 1."""
    examined: tuple[Examination, ...]


def add_arguments(parser: CommandParser) -> None:
    """The file to look into, and how deeply."""
    add_file(parser)
    add_message(parser)
    parser.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="list every object of this part by name (may be repeated)",
    )
    add_objects(parser, "print every value of program N (00-99)")
    parser.add_argument("--song", type=song, metavar="N", help="print song N (0-9) and its values")


def run(call: Call) -> int:
    """Prints what the file holds; 0 if a dump is in it, nothing of it is lost and none damaged."""
    path = call.arguments.file
    data = read_bytes(path)
    whole = read_file(data)
    file = chosen_messages(path, whole, call.arguments.message)
    numbers = sorted(set(call.arguments.message)) or range(1, len(whole.messages) + 1)
    looked = _Looked(
        file, tuple(numbers), tuple(examine(found.contents) for found in file.messages)
    )
    grade = _grade(looked)
    notes = (*file.notes, *_content_notes(looked))
    facts = {
        "format": file.format,
        "containers": list(file.containers),
        "grade": None if grade is None else grade.word,
        "messages": [
            *map(_message_facts, looked.numbers, file.messages, looked.examined),
            *(_piece_facts(piece) for piece in file.pieces if piece.contents.parts),
        ],
        "problems": [
            *map(_problem_facts, file.problems),
            *(_finding_facts(one, found) for one, found in _damage(looked)),
        ],
        "notes": [{"code": note.code, "text": str(note)} for note in notes],
    }
    objects = _objects(call, file)
    if objects:
        facts["objects"] = [_object_facts(kind, number, one) for kind, number, one in objects]
    if call.output.json:
        facts["songs"] = list(_songs(looked))
    inside = "".join(f" in {form}" for form in reversed(file.containers))
    title = f"{shown(path)}: {file.format}{inside}, {len(data):,} bytes"
    lines = (title, *_lines(looked, notes), *_details(call, file, objects))
    call.output.facts(facts, lines)
    lossless = all(problem.harmless for problem in file.problems)
    sound = grade is not Grade.DAMAGED
    return Exit.DONE if lossless and sound and any(map(_is_dump, file.messages)) else Exit.FAILED


def _is_dump(found: FoundMessage) -> bool:
    return bool(found.contents.parts)


_NOT_AN_M1S = frozenset({"foreign-model", "foreign-maker"})
"""Problems that say nothing of the M1's messages beside them."""


def _grade(looked: _Looked) -> Grade | None:
    """Return the worst grade; None for a file without anything of an M1."""
    file = looked.file
    of_m1 = any(map(_is_dump, file.messages)) or any(one.contents.parts for one in file.pieces)
    broken = any(
        not problem.harmless and problem.code not in _NOT_AN_M1S for problem in file.problems
    )
    if not of_m1:
        return None
    return Grade.DAMAGED if broken else max(one.grade for one in looked.examined)


def _damage(looked: _Looked) -> Iterator[tuple[Finding, FoundMessage]]:
    """Yield what is wrong with the content of each message."""
    for found, examination in zip(looked.file.messages, looked.examined, strict=True):
        yield from ((one, found) for one in examination.findings if is_problem(one))


def _content_notes(looked: _Looked) -> Iterator[Note]:
    """Yield what is worth knowing of the content, and what it leans on."""
    for number, examination in zip(looked.numbers, looked.examined, strict=True):
        for finding in examination.findings:
            if not is_problem(finding):
                behind = " ".join(filter(None, cause_of(finding.code)))
                yield Note(finding.code, f"Message {number}: {said(finding)}. {behind}".rstrip())
    for contents in _internal(looked.file):
        yield from (Note(one.need.value, leaning_text(one)) for one in leanings(contents))


def _internal(file: DumpFile) -> tuple[Contents, ...]:
    """Return the memory that is not a card's: all of it, or each dump where they disagree."""
    dumps = tuple(dump for dump in file.dumps if dump.bank is Bank.INTERNAL)
    if not dumps:
        return ()
    try:
        return (file.contents(),)
    except SysexError:
        return tuple(dump.contents for dump in dumps)


def _message_facts(number: int, found: FoundMessage, examined: Examination) -> dict[str, Any]:
    message, contents = found.message, found.contents
    allocation = getattr(message, "allocation", None)
    function = getattr(message, "function", None)
    return {
        "number": number,
        "kind": message_kind(found),
        "function": None if function is None else f"{function:02X}",
        "bytes": found.size,
        "offset": found.offset,
        "member": found.member,
        "channel": None if message.channel is None else message.channel + 1,
        "bank": message.bank.name.lower() if isinstance(message, BankDump) else None,
        "allocation": None if allocation is None else allocation.label,
        **_counts(contents),
        "whole": True,
        "grade": examined.grade.word if contents.parts else None,
        "out_of_range": examined.out_of_range if contents.parts else None,
    }


def _piece_facts(piece: Piece) -> dict[str, Any]:
    """What is known of a dump that breaks off: it has no number, for it cannot be chosen."""
    allocation = piece.contents.allocation
    return {
        "number": None,
        "kind": piece.part.label,
        "function": f"{piece.part.dump_function:02X}",
        "bytes": piece.size,
        "offset": piece.offset,
        "member": piece.member,
        "channel": piece.channel + 1,
        "bank": piece.bank.name.lower(),
        "allocation": None if allocation is None else allocation.label,
        **_counts(piece.contents),
        "whole": False,
        "grade": Grade.DAMAGED.word,
        "out_of_range": examine(piece.contents).out_of_range,
    }


def _counts(contents: Contents) -> dict[str, int | None]:
    sequence = contents.sequence
    return {
        "programs": None if contents.programs is None else len(contents.programs),
        "combinations": None if contents.combinations is None else len(contents.combinations),
        "songs": None if sequence is None else len(sequence.songs_in_use),
        "steps": None if sequence is None else sequence.step_count,
        "free_percent": contents.free_percent,
    }


def _problem_facts(problem: Problem) -> dict[str, Any]:
    cause = cause_of(problem.code)
    return {
        "code": problem.code,
        "offset": problem.offset,
        "member": problem.member,
        "expected": problem.expected,
        "found": problem.found,
        "problem": problem.sentence,
        "cause": cause.cause,
        "next": cause.next_step,
        "harmless": problem.harmless,
    }


def _finding_facts(finding: Finding, found: FoundMessage) -> dict[str, Any]:
    words, cause = said(finding), cause_of(finding.code)
    return {
        "code": finding.code,
        "offset": found.offset,
        "member": found.member,
        "expected": words.expected,
        "found": words.found,
        "problem": str(words),
        "cause": cause.cause,
        "next": cause.next_step,
        "harmless": False,
    }


def _lines(looked: _Looked, notes: tuple[Note, ...]) -> Iterator[str]:
    file = looked.file
    for number, found in zip(looked.numbers, file.messages, strict=True):
        yield f"{number}: {message_text(found)}"
    yield from (piece_text(piece) for piece in file.pieces if piece.contents.parts)
    for problem in file.problems:
        yield f"{'note' if problem.harmless else 'PROBLEM'} {problem}"
        if not problem.harmless:
            yield from _behind(problem.code)
    for finding, found in _damage(looked):
        yield f"PROBLEM at byte {found.offset}: {said(finding)}"
        yield from _behind(finding.code)
    yield from (f"note {note}" for note in notes)
    if not file.messages:
        yield "no complete M1 message" if file.pieces else "no M1 message"


def _behind(code: str) -> Iterator[str]:
    """Yield likely cause and next step, where there are any."""
    cause = cause_of(code)
    if cause.cause:
        yield f"  Likely cause: {cause.cause}"
    if cause.next_step:
        yield f"  Next: {cause.next_step}"


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


def _songs(looked: _Looked) -> Iterator[dict[str, Any]]:
    """Yield the songs in use of each message that carries a sequence."""
    file = looked.file
    for place, found in zip(looked.numbers, file.messages, strict=True):
        contents = found.contents
        if contents.sequence is None:
            continue
        # Imported only now: most dumps that are looked into hold no song.
        from m1tui.cli.songs import song_facts

        yield from song_facts(place, _with_programs(file, contents))


def _with_programs(file: DumpFile, contents: Contents) -> Contents:
    """Return a sequence with the programs that name its tracks, where the file has one bank."""
    if contents.programs is not None:
        return contents
    banks = (found.contents.programs for found in file.messages)
    large = [bank for bank in banks if bank is not None and len(bank) > 1]
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
    if not arguments.what and not objects:
        if any(map(_is_dump, file.messages)):
            yield (
                "To list every object by name, add --what all. To print all values of one, add "
                "--program N"
            )
        return
    # Imported only now: a summary starts as fast as it can.
    from m1tui.cli.tables import every_value, song_table, table

    if arguments.what:
        contents = _memory(call, file)
        for part in dict.fromkeys(map(Part, arguments.what)):
            yield from table(contents, part)
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
            f"See what each of them contains: m1tui inspect {shown(call.arguments.file)}",
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
