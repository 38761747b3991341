"""`library`: the backups for scripts: list, search, import, export, the bin."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_action, add_actions
from m1tui.cli.commands import diff
from m1tui.cli.exits import Exit, usage
from m1tui.cli.output import Call
from m1tui.cli.session import store_of
from m1tui.files import shown
from m1tui.store import Store
from m1tui.store.catalogue import Catalogue, Match
from m1tui.store.dumpfacts import Entry, since_last
from m1tui.store.importing import Fate, Imported
from m1tui.store.names import Named
from m1tui.sysex import printable
from m1tui.sysex.listing import counted


def add_arguments(parser: CommandParser) -> None:
    """What to do with the library of backups."""
    actions = add_actions(parser)
    listing = add_action(actions, "list", "list the dumps in the library, newest first")
    listing.add_argument(
        "--instrument", type=values.words, metavar="NAME", help="a model, or an id from the log"
    )
    listing.add_argument(
        "--since", type=values.day, metavar="YYYY-MM-DD", help="on or after this day"
    )
    search = add_action(actions, "search", "find programs, combinations and songs by name")
    search.add_argument("words", nargs="+", metavar="WORD", help="the first letters of a word")
    search.add_argument(
        "--kind",
        choices=("program", "combination", "song", "label"),
        help="only names of this kind",
    )
    search.add_argument("--limit", type=values.count, default=200, metavar="N", help="default: 200")
    taken = add_action(actions, "import", "import the dumps in files and folders, each only once")
    taken.add_argument("paths", nargs="+", type=values.path, metavar="PATH")
    taken.add_argument(
        "--instrument",
        default="",
        type=values.words,
        metavar="NAME",
        help="the instrument that they came from",
    )
    export = add_action(actions, "export", "copy a dump from the library")
    export.add_argument("file", metavar="FILE", help="its name in the library")
    export.add_argument("folder", type=values.path, metavar="FOLDER")
    export.add_argument("--manifest", action="store_true", help="also copy its manifest")
    delete = add_action(actions, "delete", "move a dump to the bin")
    delete.add_argument("file", metavar="FILE", help="its name in the library")
    label = add_action(actions, "label", "give a dump a label, a note, or both")
    label.add_argument("file", metavar="FILE", help="its name in the library")
    label.add_argument(
        "--label", type=values.words, metavar="TEXT", help="added to the end of its name"
    )
    label.add_argument("--note", type=values.words, metavar="TEXT", help="a note in your own words")
    since = add_action(actions, "changed", "compare an instrument's two newest all-data backups")
    since.add_argument(
        "--instrument", type=values.words, metavar="NAME", help="a model, or an id from the log"
    )
    add_action(actions, "bin", "list the dumps in the bin")
    back = add_action(actions, "bring-back", "move a dump from the bin back into the library")
    back.add_argument("file", metavar="FILE", help="its name in the bin")
    add_action(actions, "rebuild", "rebuild the catalogue from the files")


def run(call: Call) -> int:
    """Does what the action says."""
    actions = {
        "list": _list,
        "search": _search,
        "import": _import,
        "export": _export,
        "delete": _delete,
        "label": _label,
        "changed": _changed,
        "bin": _bin,
        "bring-back": _bring_back,
        "rebuild": _rebuild,
    }
    return actions[call.arguments.action](call, store_of(call.options))


def _list(call: Call, store: Store) -> int:
    day = call.arguments.since
    since = _beginning(day) if day else None
    with store.catalogue() as catalogue:
        _note(call, catalogue)
        entries = catalogue.entries(instrument=call.arguments.instrument, since=since)
    facts = {"dumps": [_entry_facts(one) for one in entries]}
    call.output.facts(facts, (line for one in entries for line in _entry_lines(one)))
    return Exit.DONE


def _beginning(day: date) -> datetime:
    """The first moment of a day here; at the ends of the calendar that of Greenwich."""
    try:
        return datetime.combine(day, time()).astimezone()
    except (ValueError, OverflowError):
        return datetime.combine(day, time(), UTC)


def _note(call: Call, catalogue: Catalogue) -> None:
    """Says where the library is only read."""
    if catalogue.note is not None:
        call.output.advise(catalogue.note)


def _entry_facts(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {
        "file": shown(entry.path.name),
        "time": facts.time,
        "instrument": facts.instrument or None,
        "kind": facts.kind,
        "bank": facts.bank,
        "contents": list(facts.contents),
        "bytes": facts.bytes,
        "sha256": facts.sha256,
        "origin": facts.origin or None,
        "label": facts.label or None,
        "note": facts.note or None,
        "intact": facts.intact,
        "problem": facts.problem or None,
    }


def _entry_lines(entry: Entry) -> Iterator[str]:
    facts = entry.facts
    yield shown(entry.path.name)
    yield f"    {', '.join(facts.contents) or printable(facts.problem)}"
    if facts.note:
        yield f"    note: {printable(facts.note)}"
    if facts.intact is False:
        yield "    CHANGED: its bytes do not match its manifest"


def _search(call: Call, store: Store) -> int:
    given = call.arguments
    kinds = (Named(given.kind),) if given.kind else ()
    with store.catalogue() as catalogue:
        _note(call, catalogue)
        found = catalogue.search(" ".join(given.words), kinds=kinds, limit=given.limit)
    facts = {
        "matches": [
            {
                "kind": one.name.kind.value,
                "number": one.name.number,
                "name": printable(one.name.text),
                "file": shown(one.entry.path.name),
            }
            for one in found.matches
        ],
        "more": found.more,
    }
    call.output.facts(facts, _match_lines(found.matches, found.more))
    return Exit.DONE


def _match_lines(matches: tuple[Match, ...], more: bool) -> Iterator[str]:
    for one in matches:
        number = f"{one.name.number:02d}"
        name = f"{one.name.kind.value:<11} {number} {printable(one.name.text):<10}"
        yield f"{name}  {shown(one.entry.path.name)}"
    if not matches:
        yield "Nothing with that name."
    if more:
        yield "There are more: --limit N prints more of them."


def _import(call: Call, store: Store) -> int:
    given = call.arguments
    for path in given.paths:
        if not path.exists():
            raise usage(
                f"There is no file or folder {shown(path)}.", "Check its name.", code="file-missing"
            )
    done = store.import_dumps(given.paths, instrument=given.instrument)
    counts = {fate.value: sum(one.fate is fate for one in done) for fate in Fate}
    facts = {**counts, "files": [_fate_facts(one) for one in done]}
    call.output.facts(facts, _fate_lines(done, counts))
    refused = all(one.fate is Fate.REFUSED for one in done)
    return Exit.FAILED if done and refused else Exit.DONE


def _fate_facts(one: Imported) -> dict[str, Any]:
    return {
        "source": shown(one.source),
        "member": one.member or None,
        "fate": one.fate.value,
        "file": shown(one.path.name) if one.path else None,
        "reason": one.reason or None,
        "grade": None if one.grade is None else one.grade.word,
    }


def _fate_lines(done: tuple[Imported, ...], counts: dict[str, int]) -> Iterator[str]:
    for one in done:
        inner = f": {one.member}" if one.member else ""
        yield f"{shown(one.source)}{inner}: {one.told}"
    yield ", ".join(f"{count} {word}" for word, count in counts.items())


def _export(call: Call, store: Store) -> int:
    path = _in(store.backups_folder, call.arguments.file)
    copy = store.export(path, call.arguments.folder, manifest=call.arguments.manifest)
    call.output.facts({"file": shown(copy)}, [f"Copied to {shown(copy)}"])
    return Exit.DONE


def _label(call: Call, store: Store) -> int:
    given = call.arguments
    if given.label is None and given.note is None:
        raise usage("No label or note was given.", "Give --label, --note or both.", code="usage")
    path = _in(store.backups_folder, given.file)
    named = store.describe(path, label=given.label, note=given.note)
    call.output.facts({"file": shown(named.name)}, [f"Its name is now {shown(named.name)}"])
    return Exit.DONE


def _changed(call: Call, store: Store) -> int:
    """Compares the newest backup of all data with the one before it, as `diff` does."""
    with store.catalogue() as catalogue:
        _note(call, catalogue)
        entries = catalogue.entries(instrument=call.arguments.instrument)
    same = since_last(entries)
    if len(same) < 2:
        raise usage(
            f"Expected two all-data backups of one instrument, found {len(same)}.",
            "Make another backup: m1tui backup",
            code="no-two-backups",
        )
    newest, before = same[0], same[1]
    names = (shown(before.path.name), shown(newest.path.name))
    call.output.say(f"From {names[0]} to {names[1]}:")
    pair = Namespace(first=before.path, second=newest.path, message=[], what=[], to=None)
    return diff.run(call._replace(arguments=pair))


def _delete(call: Call, store: Store) -> int:
    binned = store.delete(_in(store.backups_folder, call.arguments.file))
    line = f"Moved to the bin as {shown(binned.name)}"
    call.output.facts({"file": shown(binned.name)}, [line])
    return Exit.DONE


def _bin(call: Call, store: Store) -> int:
    names = [shown(one.path.name) for one in store.binned()]
    call.output.facts({"files": names}, names or ["The bin is empty."])
    return Exit.DONE


def _bring_back(call: Call, store: Store) -> int:
    path = store.bring_back(_in(store.folders.bin, call.arguments.file))
    call.output.facts({"file": shown(path.name)}, [f"Back in the library as {shown(path.name)}"])
    return Exit.DONE


def _rebuild(call: Call, store: Store) -> int:
    with store.rebuild_catalogue() as catalogue:
        count = len(catalogue)
    call.output.facts({"dumps": count}, [f"The catalogue was rebuilt: {counted(count, 'dump')}"])
    return Exit.DONE


def _in(folder: Path, name: str) -> Path:
    """The dump of that name in `folder`, with or without its ending; Stop (usage) for none."""
    for path in (folder / name, folder / f"{name}.syx"):
        if path.parent == folder and path.suffix.lower() == ".syx" and path.is_file():
            return path
    raise usage(
        f"There is no dump {shown(name)!r} in {shown(folder)}.",
        "See the names: m1tui library list, or m1tui library bin.",
        code="dump-not-in-library",
    )
