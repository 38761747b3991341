"""`convert IN… OUT`: dumps in another form, on another channel, parts taken out, merged, saved.

Nothing is lost silently: what the new file could not hold is refused, and what was written is
read again and compared.
"""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from m1tui.advice import Advice
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import PARTS, CommandParser, add_message, add_objects
from m1tui.cli.exits import Exit, Stop
from m1tui.cli.files import chosen_messages, problem_facts, read_bytes, require_folder, write_chosen
from m1tui.cli.output import Call
from m1tui.files import shown
from m1tui.sysex import (
    AnyMessage,
    BankDump,
    CombinationDump,
    Contents,
    Part,
    ProgramDump,
    SysexError,
)
from m1tui.sysex.building import Built, Pick, build
from m1tui.sysex.causes import is_problem, said
from m1tui.sysex.dumps import parts_in_order
from m1tui.sysex.examine import Finding, examine
from m1tui.sysex.files import FORMATS, write_file
from m1tui.sysex.forms.found import DumpFile, FoundMessage
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.forms.salvage import messages_of
from m1tui.sysex.slots import Single, banks_of_singles, singles_of, taken_from

NOTHING_WRITTEN = "Nothing was written; the files are as they were."
Source = tuple[Path, DumpFile]


def add_arguments(parser: CommandParser) -> None:
    """What to read, what to take of it, and the file to write."""
    parser.add_argument(
        "inputs",
        nargs="+",
        type=values.path,
        metavar="IN",
        help="a dump file, in any supported format",
    )
    out = parser.add_argument(
        "out",
        type=values.path,
        metavar="OUT",
        help="a new file; its ending (.syx, .mid, .hex or .txt) sets the format; not used with "
        "--songs",
    )
    # With nargs="?" no option could stand between the files.
    out.required = False
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="extract this part (may be repeated); all merges what is there into one all-data "
        "dump (default: every message of one IN as it is, several IN merged)",
    )
    choice.add_argument(
        "--songs",
        type=values.folder,
        metavar="DIR",
        help="write every song to the folder DIR, each as a Standard MIDI File",
    )
    add_objects(choice, "extract program N as a message that loads the edit buffer")
    for kind in ("", "combination-"):
        word = "combination" if kind else "program"
        parser.add_argument(
            f"--{kind}slot",
            type=values.placed_sound,
            action="append",
            default=[],
            metavar="N=FILE:M",
            help=f"put {word} M of FILE into slot N of the bank (may be repeated); combinations "
            "call moved programs in their new slots",
        )
    choice.add_argument(
        "--salvage",
        action="store_true",
        help="save what is intact in incomplete dumps, object by object",
    )
    add_message(parser)


def run(call: Call) -> int:
    """Writes OUT; 0 if reading it again gives the messages that were meant."""
    arguments = call.arguments
    if arguments.songs is not None:
        return _songs(call)
    out = _out(call)
    form = _format(out)
    require_folder(out)
    if out.exists() or out.is_symlink():
        raise _taken(out)
    sources = _sources(call, arguments.inputs)
    messages = _wanted(call, sources)
    channel = call.options.channel
    if channel is not None:
        messages = [_on_channel(message, channel) for message in messages]
    data = write_file(messages, form)
    try:
        write_chosen(out, data)
    except FileExistsError:
        raise _taken(out) from None
    _check_written(out, form, messages)
    kinds = [_kind(message) for message in messages]
    missing = _missing(call, sources)
    damage = _damage(sources)
    facts = {
        "outcome": "VERIFIED",
        "file": str(out),
        "format": form,
        "bytes": len(data),
        "messages": kinds,
        "kinds": list(dict.fromkeys(kinds)),
        "missing": missing,
        "problems": problem_facts(damage),
    }
    lines = [*_lines(out, form, len(data), messages, sources)]
    lines += [f"missing: {', '.join(missing)}"] if missing else []
    lines += [f"PROBLEM {said(one)}" for one in damage]
    call.output.facts(facts, lines)
    return Exit.DONE


def _out(call: Call) -> Path:
    out: Path | None = call.arguments.out
    if out is not None:
        return out
    inputs: list[Path] = call.arguments.inputs
    _sources(call, inputs)
    raise _unusable(
        f"No output was named for the contents of {shown(inputs[0])}.",
        "Name a new file last, or a folder for its songs with --songs DIR.",
        code="out-missing",
    )


def _sources(call: Call, paths: Sequence[Path]) -> list[Source]:
    """Read the files; only the messages that were chosen. Refuse music: no song is made of it."""
    numbers: list[int] = call.arguments.message
    if numbers and len(paths) > 1:
        raise _unusable(
            f"--message names a message in one file; there are {len(paths)}.",
            "Take the messages out of each file separately, then merge the results.",
            code="message-of-several-files",
        )
    sources = []
    for path in paths:
        data = read_bytes(path)
        file = read_file(data)
        if file.format == "mid" and not file.messages and not file.containers:
            _refuse_music(path, data)
        sources.append((path, chosen_messages(path, file, numbers)))
    return sources


def _refuse_music(path: Path, data: bytes) -> None:
    from m1tui.sysex.song_file import notes_in  # mido takes a while to import

    notes = notes_in(data)
    if notes:
        raise _refusal(
            f"{shown(path)} is a MIDI file with music ({notes:,} notes) but no M1 dump. m1tui "
            "does not edit music: it cannot make an M1 song from a MIDI file.",
            "Play the file into the M1 and record it there, or name a file that contains a dump.",
            code="music-not-converted",
        )


def _songs(call: Call) -> int:
    """Write the songs of the files that are named, each as a Standard MIDI File."""
    from m1tui.cli.songs import write_songs

    arguments = call.arguments
    if call.options.channel is not None:
        raise _unusable(
            "--channel changes dumps; a song's tracks have their own channels.",
            "Leave --channel out.",
            code="channel-of-songs",
        )
    paths = [*arguments.inputs, *([arguments.out] if arguments.out is not None else [])]
    sources = _sources(call, paths)
    contents, _ = _together(sources, frozenset({Part.SEQUENCE, Part.PROGRAMS}))
    return write_songs(call, contents, _names(sources), tuple(_left_behind(sources)))


def _missing(call: Call, sources: Sequence[Source]) -> list[str]:
    """Return what a salvage could not save."""
    if not call.arguments.salvage:
        return []
    return [one for _, file in sources for piece in file.pieces for one in piece.missing]


def _damage(sources: Sequence[Source]) -> list[Finding]:
    """Return what is wrong with the content of the files: it is wrong in the new one, too."""
    return [
        finding
        for _, file in sources
        for found in file.messages
        for finding in examine(found.contents).findings
        if is_problem(finding)
    ]


def _format(out: Path) -> str:
    form = FORMATS.get(out.suffix.lower())
    if form is None:
        raise _unusable(
            f"The name {shown(out)} does not show which format to write.",
            f"Give it one of these endings: {', '.join(FORMATS)}.",
            code="format-unknown",
        )
    return form


def _taken(out: Path) -> Stop:
    return _unusable(
        f"{shown(out)} already exists.",
        "Name a new file: m1tui does not overwrite files.",
        code="file-exists",
    )


def _unusable(happened: str, next_step: str, *, code: str) -> Stop:
    return Stop(Exit.USAGE, Advice(code, happened, NOTHING_WRITTEN, next_step=next_step))


def _refusal(happened: str, next_step: str, *, code: str) -> Stop:
    return Stop(Exit.REFUSED, Advice(code, happened, NOTHING_WRITTEN, next_step=next_step))


def _wanted(call: Call, sources: Sequence[Source]) -> list[AnyMessage]:
    """Return the messages that OUT is to hold, on the channel that they came on."""
    arguments = call.arguments
    if arguments.slot or arguments.combination_slot:
        return _built(call, sources)
    if arguments.salvage:
        return _saved(sources)
    if arguments.program is not None:
        return [_program(sources, arguments.program)]
    if arguments.combination is not None:
        return [_combination(sources, arguments.combination)]
    parts = {Part(word) for word in arguments.what}
    if parts and Part.ALL not in parts:
        return _parts(sources, [part for part in parts_in_order(Part.ALL) if part in parts])
    for source in sources:
        _check_whole(source)
    if not parts and len(sources) == 1:
        return [found.message for found in sources[0][1].messages]
    return _merged(sources, all_data=bool(parts))


def _built(call: Call, sources: Sequence[Source]) -> list[AnyMessage]:
    """Return the bank of the files with other sounds in some slots, its references followed."""
    arguments = call.arguments
    _alone(arguments)
    for source in sources:
        _check_whole(source)
    contents, first = _together(sources, frozenset(Part) - {Part.ALL})
    files = [sources]
    banks = [contents]
    picks: dict[str, list[Pick]] = {"program": [], "combination": []}
    for kind, wanted in (
        ("program", arguments.slot),
        ("combination", arguments.combination_slot),
    ):
        for one in wanted:
            path = values.path(one.file)
            at = next((n for n, known in enumerate(files) if known[0][0] == path), None)
            if at is None or len(files[at]) > 1:
                at = len(files)
                files.append([(path, read_file(read_bytes(path)))])
                banks.append(_sounds_of(files[at][0]))
            picks[kind].append(_pick(one, kind, at, banks, files[at]))
    built = build(banks, picks["program"], picks["combination"])
    _refuse_lost(built, banks, files)
    call.output.say(*_followed(built))
    if len(sources) == 1:
        # Its messages stay in their order, with their heads.
        messages = [found.message for found in sources[0][1].messages]
        return [
            one._replace(contents=_same_parts(built.contents, one.contents))
            if isinstance(one, BankDump)
            else one
            for one in messages
        ]
    parts = parts_in_order(Part.ALL)
    if built.contents.is_complete:
        return [BankDump.of(built.contents, Part.ALL, first.bank, first.channel)]
    held = [part for part in parts if part in built.contents.parts]
    return [BankDump.of(built.contents, part, first.bank, first.channel) for part in held]


def _same_parts(contents: Contents, of: Contents) -> Contents:
    """Return those parts that the other has."""
    kept = Contents(allocation=of.allocation)
    for part in of.parts:
        kept = kept.merged(contents.only(part))
    return kept


def _alone(arguments: Namespace) -> None:
    """Refuse what would take a part of a bank that is being built."""
    others = (arguments.what, arguments.program, arguments.combination, arguments.salvage)
    if any(one not in ([], None, False) for one in others):
        raise _unusable(
            "--slot builds a bank; --what, --program, --combination and --salvage take something "
            "out.",
            "Do one, then the other with the file that was written.",
            code="usage",
        )


def _sounds_of(source: Source) -> Contents:
    """Return the sounds that a file has: of a bank, or single ones by their slots or in order."""
    path, file = source
    try:
        taken = taken_from(file)
    except SysexError as error:
        raise _refusal(
            f"The dumps in {shown(path)} do not belong together: {error}.",
            "Save one of them as a file of its own with --message N.",
            code="dumps-do-not-belong-together",
        ) from error
    return taken.contents if taken.contents.parts else taken.single_contents()


def _pick(
    one: values.Placed, kind: str, at: int, banks: Sequence[Contents], source: Sequence[Source]
) -> Pick:
    field = f"{kind}s"
    there, room = getattr(banks[at], field) or (), getattr(banks[0], field) or ()
    if one.number >= len(there):
        raise _no_such(source, kind, one.number)
    if one.slot >= len(room):
        raise _unusable(
            f"There is no slot {one.slot:02d} for a {kind}: the bank has {len(room)} {kind}s.",
            "Choose another slot, or begin with a file whose bank has that slot.",
            code="slot-not-there",
        )
    return Pick(one.slot, at, one.number)


def _refuse_lost(
    built: Built, banks: Sequence[Contents], files: Sequence[Sequence[Source]]
) -> None:
    """Refuse combinations that would play other programs than their own, where those are known."""
    for one in built.lost:
        if one.bank and banks[one.bank].programs is not None:
            (path, _), *_ = files[one.bank]
            wanted = ", ".join(f"{number:02d}" for number in one.programs)
            raise _refusal(
                f"Combination {one.combination:02d} from {shown(path)} plays programs of that file "
                f"that are not in the new bank: {wanted}.",
                f"Add them: --slot N={shown(path)}:{one.programs[0]:02d}.",
                code="combination-programs-missing",
            )


def _followed(built: Built) -> Iterator[str]:
    if built.renumbered:
        named = ", ".join(f"{one:02d}" for one in built.renumbered)
        yield f"Combinations that call a program in its new slot: {named}."
    for one in built.lost:
        wanted = ", ".join(f"{number:02d}" for number in one.programs)
        yield (
            f"Combination {one.combination:02d} now plays a different sound: its "
            f"{'program' if len(one.programs) == 1 else 'programs'} {wanted} "
            f"{'is' if len(one.programs) == 1 else 'are'} not in the new bank."
            if not one.bank
            else f"Combination {one.combination:02d} calls programs {wanted} by number; the file "
            "that it came from does not have them, so it is not clear which are meant."
        )


def _saved(sources: Sequence[Source]) -> list[AnyMessage]:
    """Return every whole message, and what is whole of those that break off."""
    saved: list[AnyMessage] = []
    for _, file in sources:
        saved += (found.message for found in file.messages)
        for piece in file.pieces:
            saved += messages_of(piece)
    if not saved:
        raise _unusable(
            f"Nothing in {_names(sources)} is intact.",
            f"See what is wrong with it: m1tui inspect {_names(sources)}",
            code="nothing-to-salvage",
        )
    return saved


def _check_whole(source: Source) -> None:
    """Refuse a file of which something would be left behind."""
    path, file = source
    problems = [problem for problem in file.problems if not problem.harmless]
    if not file.messages and not file.pieces:
        why = f": {problems[0]}" if problems else ""
        raise _unusable(
            f"{shown(path)} contains no M1 message{why}.",
            f"See what it contains: m1tui inspect {shown(path)}",
            code="no-message-in-file",
        )
    if problems:
        raise _refusal(
            f"{shown(path)} contains something that would be lost: {problems[0]}.",
            "Take one intact part with --what, save what is intact with --salvage, or find "
            "a better copy of the file.",
            code="file-damaged",
        )


def _merged(sources: Sequence[Source], *, all_data: bool) -> list[AnyMessage]:
    """Return one all-data dump of every part in the files, or a dump for each part that is there.

    With `all_data`, parts that are missing are an error. Single messages that make no bank stay
    as they are where nothing else is there.
    """
    singles = _loose_singles(sources)
    if singles and not _dumps(sources):
        return [found.message for _, file in sources for found in file.messages]
    if singles:
        path, single = singles[0]
        raise _refusal(
            f"{shown(path)} contains a single {single.kind} without a "
            "number: it has no place in an all-data dump.",
            "Leave that file out, or convert only that one.",
            code="object-without-number",
        )
    contents, first = _together(sources, frozenset(Part) - {Part.ALL})
    missing = [part.value for part in Part if part not in (Part.ALL, *contents.parts)]
    if not missing:
        return [BankDump.of(contents, Part.ALL, first.bank, first.channel)]
    if all_data:
        raise _unusable(
            f"An all-data dump needs all four parts; the files contain no {', no '.join(missing)}.",
            "Name a file with each of them, or convert without --what.",
            code="all-data-incomplete",
        )
    held = [part for part in parts_in_order(Part.ALL) if part in contents.parts]
    return [BankDump.of(contents, part, first.bank, first.channel) for part in held]


def _parts(sources: Sequence[Source], parts: list[Part]) -> list[AnyMessage]:
    contents, first = _together(sources, frozenset(parts))
    missing = [part.value for part in parts if part not in contents.parts]
    if missing:
        raise _unusable(
            f"{_names(sources)} contains no {', no '.join(missing)}; it contains {_held(sources)}.",
            "Choose another part.",
            code="part-missing",
        )
    return [BankDump.of(contents, part, first.bank, first.channel) for part in parts]


def _program(sources: Sequence[Source], number: int) -> ProgramDump:
    single = _single(sources, "program", number)
    if single is not None:
        assert isinstance(single.found.message, ProgramDump)
        return single.found.message
    contents, first = _together(sources, frozenset({Part.PROGRAMS}))
    bank = contents.programs or ()
    if number >= len(bank):
        raise _no_such(sources, "program", number)
    return ProgramDump(first.channel, bank[number])


def _combination(sources: Sequence[Source], number: int) -> CombinationDump:
    single = _single(sources, "combination", number)
    if single is not None:
        assert isinstance(single.found.message, CombinationDump)
        return single.found.message
    contents, first = _together(sources, frozenset({Part.COMBINATIONS}))
    bank = contents.combinations or ()
    if number >= len(bank):
        raise _no_such(sources, "combination", number)
    return CombinationDump(first.channel, bank[number])


def _single(sources: Sequence[Source], kind: str, number: int) -> Single | None:
    """Return the single object with that slot, or without slots that one in order."""
    if _dumps(sources):
        return None
    found = [one for _, one in _loose_singles(sources) if one.kind == kind]
    placed = {at if one.number is None else one.number: one for at, one in enumerate(found)}
    if found and number not in placed:
        raise _no_such(sources, kind, number)
    return placed.get(number)


def _loose_singles(sources: Sequence[Source]) -> list[tuple[Path, Single]]:
    """Return the single programs and combinations that make no bank, with their files."""
    in_banks = {
        dump.part.value
        for found in banks_of_singles(_messages(sources))
        if isinstance(dump := found.message, BankDump)
    }
    return [
        (path, single)
        for path, file in sources
        for single in singles_of(file.messages)
        if f"{single.kind}s" not in in_banks
    ]


def _messages(sources: Sequence[Source]) -> list[FoundMessage]:
    return [found for _, file in sources for found in file.messages]


def _dumps(sources: Sequence[Source]) -> list[tuple[Path, BankDump]]:
    """Return the dumps of banks with their files; a hundred single programs are one, too."""
    found = [
        (path, found.message)
        for path, file in sources
        for found in file.messages
        if isinstance(found.message, BankDump)
    ]
    for one in banks_of_singles(_messages(sources)):
        assert isinstance(one.message, BankDump)
        found.append((sources[0][0], one.message))
    return found


def _no_such(sources: Sequence[Source], kind: str, number: int) -> Stop:
    return _unusable(
        f"{_names(sources)} contains no {kind} {number:02d}; it contains {_held(sources)}.",
        "Choose another number, or a file that contains a whole bank.",
        code="object-missing",
    )


def _together(sources: Sequence[Source], parts: frozenset[Part]) -> tuple[Contents, BankDump]:
    """Return these parts of all bank dumps in the files, and the first dump that has any.

    Refuses dumps of both banks, of two allocations, and two versions of one part.
    """
    dumps = [one for one in _dumps(sources) if one[1].contents.parts & parts]
    if not dumps:
        wanted = "memory" if len(parts) > 1 else next(iter(parts)).value
        raise _unusable(
            f"{_names(sources)} contains no dump of {wanted}; it contains {_held(sources)}.",
            "See what a file contains: m1tui inspect FILE",
            code="part-missing",
        )
    origins: dict[Part, Path] = {}
    together = Contents()
    for path, dump in dumps:
        if dump.bank is not dumps[0][1].bank:
            raise _refusal(
                f"{shown(path)} contains a dump of {dump.bank.name.lower()} memory, "
                f"{shown(dumps[0][0])} one of {dumps[0][1].bank.name.lower()} memory.",
                "Convert them one at a time.",
                code="banks-mixed",
            )
        for part in dump.contents.parts & parts:
            new = dump.contents.only(part)
            if part in origins and together.only(part) != new:
                raise _refusal(
                    f"{shown(origins[part])} and {shown(path)} contain different {part.value}; "
                    "one of them would be lost.",
                    "Name only the files of one version.",
                    code="parts-disagree",
                )
            origins[part] = path
            together = _merge(together, new, path)
    return together, dumps[0][1]


def _merge(together: Contents, new: Contents, path: Path) -> Contents:
    try:
        return together.merged(new)
    except SysexError as error:
        raise _refusal(
            f"{shown(path)} has a different memory allocation from the files before it: expected "
            f"{error.expected}, found {error.found}.",
            "Merge only dumps with the same allocation.",
            code="allocations-mixed",
        ) from error


def _on_channel(message: AnyMessage, channel: int) -> AnyMessage:
    # An identity request to any channel has none to be rewritten.
    return message if message.channel is None else message.on(channel)


def _check_written(out: Path, form: str, messages: list[AnyMessage]) -> None:
    """Read OUT again; Stop if it does not hold exactly what was meant."""
    file = read_file(read_bytes(out))
    found = [one.message for one in file.messages]
    if file.format == form and found == messages and not file.problems:
        return
    problem = f": {file.problems[0]}" if file.problems else ""
    raise Stop(
        Exit.FAILED,
        Advice(
            "written-file-differs",
            f"{shown(out)} was written but does not read back correctly: expected {len(messages)} "
            f"messages as {form}, found {len(found)} as {file.format}{problem}.",
            "The files that were read are unchanged.",
            "The disk may be failing.",
            f"Do not use {shown(out)}; write to another disk.",
        ),
    )


def _kind(message: AnyMessage) -> str:
    return message.part.label if isinstance(message, BankDump) else message.label


def _names(sources: Sequence[Source]) -> str:
    return " with ".join(shown(path) for path, _ in sources)


def _held(sources: Sequence[Source]) -> str:
    kinds = [_kind(found.message) for _, file in sources for found in file.messages]
    return ", ".join(dict.fromkeys(kinds)) or "nothing from an M1"


def _lines(
    out: Path, form: str, size: int, messages: list[AnyMessage], sources: Sequence[Source]
) -> Iterator[str]:
    yield f"VERIFIED: {shown(out)}, {form}, {size:,} bytes, read again"
    for message in messages:
        channel = "" if message.channel is None else f", channel {message.channel + 1}"
        held = ""
        if isinstance(message, BankDump):
            held = f": {', '.join(message.contents.describe())}"
        yield f"  {_kind(message)}{channel}{held}"
    yield from _left_behind(sources)


def _left_behind(sources: Sequence[Source]) -> Iterator[str]:
    for path, file in sources:
        for problem in file.problems:
            yield f"not copied from {shown(path)}: {problem}"
