"""Reads the command line: which command, its arguments, and the options common to all.

Only argparse is imported here: a command's own module is imported when it runs, so that
`m1tui inspect FILE` waits for nothing that it does not use.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from m1tui import __version__
from m1tui.cli.values import (
    PLACE_FORMS,
    PORT_FORMS,
    channel,
    count,
    day,
    place,
    port_form,
    slot,
    volts,
)
from m1tui.options import Options

PARTS = ("all", "programs", "combinations", "global", "sequence")
BANKS = ("internal", "card")
CARDS = ("none", "ram", "rom")
BAUDS = ("31250", "0")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line that is well formed."""

    options: Options
    command: str | None
    """The command's word; None opens the app."""
    arguments: argparse.Namespace
    """The command's own arguments."""


class _Formatter(argparse.HelpFormatter):
    """Help for a terminal of 80 columns; asking for the real width takes a slow import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)


class CommandParser(argparse.ArgumentParser):
    """argparse, but a word is never taken for an option that it merely begins."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **settings)


Commands: TypeAlias = "argparse._SubParsersAction[CommandParser]"


def parse(argv: Sequence[str] | None = None) -> Parsed:
    """Reads a command line (sys.argv's by default).

    Raises SystemExit: 2 for a usage error, explained on stderr; 0 after --help or --version.
    """
    words = sys.argv[1:] if argv is None else argv
    arguments = build(words).parse_args(words)
    values = vars(arguments)
    command = values.pop("command")
    common = {name: values.pop(name) for name in Options.__slots__ if name in values}
    return Parsed(Options(**common), command, arguments)


def build(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser for a command line of these words."""
    parser = CommandParser(
        prog="m1tui",
        description="Maintains Korg M1 synthesizers over MIDI. Without a command it opens the app.",
        epilog="Exit codes: 0 done and verified, 1 failed and the instrument is unchanged, "
        "2 usage error or cancelled, 3 no instrument or no answer, 4 verified to differ, "
        "5 instrument state unknown, 6 refused by a safety check.",
    )
    parser.add_argument("--version", action="version", version=f"m1tui {__version__}")
    _add_common(parser)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", prog="m1tui", parser_class=CommandParser
    )
    for name, (about, add_arguments) in _COMMANDS.items():
        command = commands.add_parser(name, help=about, description=_sentence(about))
        # A command that is not named cannot be meant; its arguments would only cost time.
        if name in words:
            _add_common(command)
            add_arguments(command)
    return parser


def _sentence(about: str) -> str:
    return f"{about[0].upper()}{about[1:]}."


def _add_common(parser: argparse.ArgumentParser) -> None:
    """The options that stand before or after the command's word.

    They have no defaults here: a default after the word would undo a choice before it.
    """
    group = parser.add_argument_group("common options")
    add = group.add_argument
    add("--port", type=port_form, metavar="PORT", help=PORT_FORMS, default=argparse.SUPPRESS)
    add(
        "--channel",
        type=channel,
        metavar="1-16",
        help="the M1's global MIDI channel; found by asking when not given",
        default=argparse.SUPPRESS,
    )
    add(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="where backups, journals and virtual M1s are kept",
        default=argparse.SUPPRESS,
    )
    add(
        "--transcript",
        type=Path,
        metavar="FILE",
        help="save every byte each way, with times",
        default=argparse.SUPPRESS,
    )
    add(
        "--json",
        action="store_true",
        help="facts as one JSON object on stdout",
        default=argparse.SUPPRESS,
    )


def _add_nothing(_: CommandParser) -> None:
    """For a command without arguments of its own."""


def _add_backup(parser: CommandParser) -> None:
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a new file; the library if not given"
    )
    _add_part(parser)
    _add_bank(parser)


def _add_restore(parser: CommandParser) -> None:
    _add_file(parser)
    _add_part(parser)
    _add_bank(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="check and read everything, write nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before memory is written")
    parser.add_argument(
        "--pacing",
        default="auto",
        metavar="auto|full|BYTES:MS",
        help="full speed, or blocks of BYTES with pauses of MS milliseconds",
    )


def _add_file(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=".syx, .mid or hex text")


def _add_inspect(parser: CommandParser) -> None:
    _add_file(parser)
    parser.add_argument("--what", choices=PARTS, help="name every object of this part")
    _add_objects(parser, "print every value of program N (00-99)")


def _add_objects(parser: "argparse._ActionsContainer", about: str) -> None:
    """The options that name one program or one combination."""
    for kind in ("program", "combination"):
        parser.add_argument(
            f"--{kind}", type=slot, metavar="N", help=about.replace("program", kind)
        )


def _add_convert(parser: CommandParser) -> None:
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help=".syx, .mid or hex text")
    parser.add_argument(
        "out", type=Path, metavar="OUT", help="a new file; .syx, .mid, .hex or .txt tells the form"
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--what",
        choices=PARTS,
        help="take this part out; all merges what is there into one all-data dump "
        "(default: every message of one IN as it is, several IN merged)",
    )
    _add_objects(choice, "take program N out, as a message that loads the edit buffer")


def _add_serial(parser: CommandParser) -> None:
    parser.add_argument(
        "query",
        nargs="+",
        metavar="NUMBER|MODEL",
        help="a serial number, with ? for a digit that cannot be read, or a model's name",
    )


def _add_diff(parser: CommandParser) -> None:
    parser.add_argument("first", type=Path, metavar="A")
    parser.add_argument("second", type=Path, metavar="B")


def _add_simulate(parser: CommandParser) -> None:
    add = parser.add_argument
    add("--at", required=True, type=place, metavar="PLACE", help=PLACE_FORMS)
    add("--scenario", metavar="S", help="the state it is found in, for a first start")
    add("--load", type=Path, metavar="FILE", help="a dump that its memory holds from the start")
    add("--state", type=Path, metavar="FILE", help="keep its memory in FILE between runs")
    add("--card", choices=CARDS, help="what is in its card slot")
    add("--baud", choices=BAUDS, default="31250", help="the wire's speed; 0 is without limit")
    add(
        "--press",
        action="append",
        default=[],
        metavar="KEYS",
        help='panel keys to press before it listens, such as "GLOBAL 5 + UP"; may be repeated',
    )


def _add_press(parser: CommandParser) -> None:
    parser.add_argument(
        "keys",
        nargs="+",
        metavar="KEYS",
        help='panel keys in the guide\'s notation, such as "GLOBAL 5 + UP D UP"',
    )
    parser.add_argument("--scenario", metavar="S", help="the state that the virtual M1 begins in")


def _add_procedures(parser: CommandParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )
    _action(actions, "list", "name every procedure")
    show = _action(actions, "show", "print one procedure's steps")
    show.add_argument("id", metavar="ID")
    check = _action(actions, "check", "say what is wrong with a procedure's file, or with any")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE")
    run = _action(actions, "run", "go through one procedure in plain lines")
    run.add_argument("id", metavar="ID")
    run.add_argument(
        "--auto", action="store_true", help="on a virtual M1: perform every step, judge every check"
    )


def _add_log(parser: CommandParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )
    _action(actions, "list", "list instruments, visits with their runs, and what is due")
    show = _action(actions, "show", "print an instrument, a visit or a run")
    show.add_argument("id", metavar="ID")
    report = _action(actions, "report", "print a visit's report: found, done, proved, not proved")
    report.add_argument("id", metavar="ID", help="a visit's id")
    report.add_argument("--format", choices=("text", "md", "html", "json"), help="default: text")
    add = _action(actions, "add", "take an instrument into the log")
    add.add_argument("model", metavar="MODEL")
    for name, about in (
        ("serial", "its serial number"),
        ("tag", "the owner's tag or name"),
        ("rom", "the number of its ROM"),
        ("notes", "anything else"),
    ):
        add.add_argument(f"--{name}", default="", metavar="TEXT", help=about)
    battery = _action(actions, "battery", "note an instrument's cell; it is due in five years")
    battery.add_argument("id", metavar="ID", help="an instrument's id")
    battery.add_argument("--volts", type=volts, metavar="V", help="what it measures today")
    battery.add_argument("--fitted", type=day, metavar="YYYY-MM-DD", help="when it was put in")
    battery.add_argument("--cell", default="", metavar="TYPE", help="its type (default: CR2032)")
    begin = _action(actions, "begin", "begin a visit; what is run from now on belongs to it")
    begin.add_argument("id", metavar="ID", help="an instrument's id")
    begin.add_argument("--reported", default="", metavar="TEXT", help="what the owner says")
    end = _action(actions, "end", "end a visit")
    end.add_argument("id", metavar="ID", help="a visit's id")
    end.add_argument("--notes", default="", metavar="TEXT", help="what was found and done besides")
    assign = _action(actions, "assign", "say which instrument a visit is of")
    assign.add_argument("id", metavar="ID", help="a visit's id")
    assign.add_argument("instrument", metavar="INSTRUMENT", help="an instrument's id")


def _add_library(parser: CommandParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )
    listing = _action(actions, "list", "list the dumps in the library, the newest first")
    listing.add_argument("--instrument", metavar="NAME", help="a model, or an id of the log")
    listing.add_argument("--since", type=day, metavar="YYYY-MM-DD", help="from this day on")
    search = _action(actions, "search", "find programs, combinations and songs by name")
    search.add_argument("words", nargs="+", metavar="WORD", help="the beginning of a word")
    search.add_argument("--kind", choices=("program", "combination", "song"), help="only these")
    search.add_argument("--limit", type=count, default=200, metavar="N", help="default: 200")
    taken = _action(actions, "import", "take in the dumps of files and folders, each content once")
    taken.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    taken.add_argument("--instrument", default="", metavar="NAME", help="what they come from")
    export = _action(actions, "export", "copy a dump out of the library")
    export.add_argument("file", metavar="FILE", help="its name in the library")
    export.add_argument("folder", type=Path, metavar="FOLDER")
    export.add_argument("--manifest", action="store_true", help="copy its manifest, too")
    delete = _action(actions, "delete", "move a dump to the bin")
    delete.add_argument("file", metavar="FILE", help="its name in the library")
    _action(actions, "bin", "list the dumps in the bin")
    back = _action(actions, "bring-back", "move a dump from the bin back into the library")
    back.add_argument("file", metavar="FILE", help="its name in the bin")
    _action(actions, "rebuild", "make the catalogue anew from the files")


def _action(actions: Commands, name: str, about: str) -> CommandParser:
    parser = actions.add_parser(name, help=about, description=_sentence(about))
    _add_common(parser)
    return parser


_COMMANDS: dict[str, tuple[str, Callable[[CommandParser], None]]] = {
    "ports": ("list the ways to reach an M1", _add_nothing),
    "identify": ("find out what answers, and why if nothing does", _add_nothing),
    "backup": ("read the M1's memory twice, compare, and keep it", _add_backup),
    "restore": ("send a file to the M1 and prove that it arrived", _add_restore),
    "verify": ("read the M1 and compare it with a file; writes nothing", _add_file),
    "inspect": ("say what a file holds, and what is wrong with it", _add_inspect),
    "diff": ("compare two files object by object", _add_diff),
    "convert": ("write dumps in another form, a part of them, or several merged", _add_convert),
    "serial": ("look up Korg's serial numbers of 1977 to about 1983", _add_serial),
    "simulate": ("be a virtual M1 for other programs", _add_simulate),
    "press": ("press front-panel keys on a virtual M1, and show its display", _add_press),
    "procedures": ("list, show, check or run the guided procedures", _add_procedures),
    "library": ("list, search, import, export and delete backups", _add_library),
    "log": ("the service log: instruments, visits, reports, what is due", _add_log),
}
"""Each command's word, what it does, and what adds its own arguments."""


def _add_part(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--what", choices=PARTS, default="all", help="which part (default: all)")


def _add_bank(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bank", choices=BANKS, default="internal", help="which memory (default: internal)"
    )
