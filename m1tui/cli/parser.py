"""Reads the command line: which command, its arguments, and the options common to all.

Only argparse is imported here, and the module of the command that is named, so that
`m1tui inspect FILE` waits for nothing that it does not use.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from m1tui.cli.commandparser import COMMON, OF_THE_M1, CommandParser, Misuse, add_common, sentence
from m1tui.options import Options

COMMANDS: dict[str, str] = {
    "ports": "list the ways to reach an M1",
    "identify": "find out what answers, or why nothing does",
    "backup": "back up the M1's memory: read it twice, compare, and save it",
    "restore": "send a file to the M1 and prove that it arrived",
    "verify": "read the M1 and compare it with a file; writes nothing",
    "inspect": "show what a file contains, and what is wrong with it",
    "diff": "compare two files object by object",
    "convert": "write dumps in another format, in part, or merged",
    "serial": "look up Korg serial numbers from 1977 to about 1983",
    "simulate": "act as a virtual M1 for other programs",
    "loopback": "test a MIDI interface with a cable from its OUT to its IN",
    "play": "play the M1's sounds, and leave it as it was",
    "monitor": "show every message that comes in; sends nothing",
    "manners": "list what is not certain about an M1, and what depends on it",
    "survey": "get to know an M1 by experiment and leave it as it was",
    "replay": "play a recorded session against this m1tui",
    "press": "press front-panel keys on a virtual M1, and show its display",
    "procedures": "list, show, check or run the guided procedures",
    "library": "list, search, import, export and delete backups",
    "serve": "show the app in browsers, to users who have its token",
    "log": "the service log: instruments, visits, reports, what is due",
    "doctor": "show what m1tui finds on this computer, what is wrong, and how to fix it",
    "completion": "print a script for shell completion of m1tui's commands",
    "man": "print the manual page",
}
"""Each command's word, and what it does."""

EXIT_CODES = (
    "0 done and verified, 1 failed and the instrument is unchanged, 2 usage error or cancelled, "
    "3 no instrument or no answer, 4 verified to differ, 5 instrument state unknown, "
    "6 refused by a safety check."
)

_BARE = ("ports", "identify", "doctor", "man")
"""Commands without arguments of their own."""


_OFFERED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ports", "inspect", "diff", "serial", "completion", "man"), ("json",)),
    **dict.fromkeys(("library", "log", "doctor", "manners", "procedures"), ("data-dir", "json")),
    **dict.fromkeys(("loopback", "monitor"), ("port", "data-dir", "transcript", "json")),
    "convert": ("channel", "json"),
    "simulate": ("channel", "transcript", "json"),
}
"""The common options that help shows for a command: those that it can use; all for the rest."""

_CHANNELS = {
    "convert": "rewrite the dumps for this global MIDI channel (default: the one that they have)",
    "simulate": "set the virtual M1's global MIDI channel (default: the one that it has)",
}
"""What --channel is for a command that reaches no M1."""


class Parsed(NamedTuple):
    """A command line that is well formed."""

    options: Options
    command: str | None
    """The command's word; None opens the app."""
    arguments: argparse.Namespace
    """The command's own arguments."""


def parse(argv: Sequence[str] | None = None, *, app: bool = True) -> Parsed:
    """Reads a command line (sys.argv's by default), which without `app` must name a command.

    Raises SystemExit: 2 for a usage error, explained on stderr; 0 after --help or --version.
    """
    words = sys.argv[1:] if argv is None else argv
    parser: argparse.ArgumentParser | None = None
    try:
        parser = build(words)
        arguments = parser.parse_args(words)
        if arguments.command is None and not app:
            parser.error("expected a COMMAND")
    except Misuse as misuse:
        _tell(_named(misuse, parser, words), as_json="--json" in words)
        raise SystemExit(2) from None
    except Exception as error:  # noqa: BLE001 - a module of the command cannot be imported
        raise SystemExit(_fail(error, as_json="--json" in words)) from None
    values = vars(arguments)
    command = values.pop("command")
    common = {name: values.pop(name) for name in Options._fields if name in values}
    return Parsed(Options(**common), command, arguments)


def build(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser for a command line of these words."""
    parser = CommandParser(
        prog="m1tui",
        description="Maintains Korg M1 synthesizers over MIDI. Without a command it opens the app.",
        epilog=f"Exit codes: {EXIT_CODES}",
    )
    parser.add_argument(
        "--version",
        action=_Version,
        help="show the versions of m1tui, Python, Textual, MIDI and the system, and exit",
    )
    add_common(parser)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", prog="m1tui", parser_class=_maker(words)
    )
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=sentence(about))
        if name in words:
            add_common(command, _OFFERED.get(name, COMMON), _CHANNELS.get(name, OF_THE_M1))
            if name not in _BARE:
                importlib.import_module(f"m1tui.cli.commands.{name}").add_arguments(command)
    return parser


class _Version(argparse.Action):
    """Prints the versions; they take time to find out, which no other command line spends."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(nargs=0, default=argparse.SUPPRESS, **settings)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from m1tui.cli.output import Output, write_leniently
        from m1tui.cli.versions import lines

        write_leniently()
        Output(json=False).tell(*lines())
        parser.exit()


def _maker(words: Sequence[str]) -> Any:
    """What makes the parser of each command that these words name, and one for all others.

    A command that is not named cannot be meant: all that is needed of it is its line in the help.
    """
    stand_in = CommandParser(prog="m1tui", add_help=False)

    def make(prog: str, **settings: Any) -> CommandParser:
        named = prog.rpartition(" ")[2] in words
        return CommandParser(prog=prog, **settings) if named else stand_in

    return make


def _named(misuse: Misuse, parser: argparse.ArgumentParser | None, words: Sequence[str]) -> Misuse:
    """The misuse that names an unknown option, if there is one: argparse names what follows."""
    if parser is None:
        return misuse
    given = [word.partition("=")[0] for word in words if word.startswith("--") and word != "--"]
    at, known = parser, set(parser._option_string_actions)
    for word in words:
        for action in at._subparsers._group_actions if at._subparsers else ():
            below = (action.choices or {}).get(word) if isinstance(action.choices, dict) else None
            if below is not None:
                at, known = below, known | set(below._option_string_actions)
                break
    unknown = next((word for word in given if word not in known), None)
    if unknown is None:
        return misuse
    # Imported only now: few people mistype an option.
    from difflib import get_close_matches

    near = get_close_matches(unknown, sorted(known), n=1)
    return Misuse(at, f"unknown option: {unknown}" + (f" (is it {near[0]}?)" if near else ""))


def _tell(misuse: Misuse, *, as_json: bool) -> None:
    """Prints how the command is used, what was wrong, and where more is said."""
    # Imported only now: a command line that is well formed needs none of it here.
    from m1tui.advice import NOTHING_SENT, Advice
    from m1tui.cli.output import Output, write_leniently
    from m1tui.sysex import printable

    write_leniently()
    output = Output(as_json)
    output.say(*misuse.usage.splitlines())
    why = printable(str(misuse))
    help_line = f"{misuse.command} --help lists its arguments."
    output.trouble(
        Advice("usage", f"{misuse.command}: error: {why}", NOTHING_SENT, next_step=help_line)
    )


def _fail(error: Exception, *, as_json: bool) -> int:
    """Prints that m1tui met an error of its own, which a log keeps; returns the exit code."""
    from m1tui.cli.exits import fault
    from m1tui.cli.output import Output, write_leniently

    write_leniently()
    stop = fault(error, Options())
    Output(as_json).trouble(stop.advice, stop.facts)
    return stop.code


# The same as data, for completion and the man page


class Option(NamedTuple):
    """An option or argument of a command."""

    words: tuple[str, ...]
    """As it is typed: ("--port",); empty for an argument that has no word."""
    value: str
    """What stands for its value in a text, empty where it takes none."""
    choices: tuple[str, ...]
    """The values that it takes, where they are few."""
    about: str


class Command(NamedTuple):
    """A command, or one action of a command."""

    words: tuple[str, ...]
    """As they are typed behind `m1tui`: (), ("restore",), ("log", "show")."""
    about: str
    options: tuple[Option, ...]
    below: tuple[tuple[str, str], ...]
    """The words that may follow, and what each does."""


def commands() -> tuple[Command, ...]:
    """Return the program itself, every command, and every action of each."""
    return tuple(_walk(build(tuple(COMMANDS)), (), ""))


def _walk(parser: argparse.ArgumentParser, words: tuple[str, ...], about: str) -> Iterator[Command]:
    options, below, parsers = [], [], {}
    for action in parser._actions:  # argparse has no public list
        if isinstance(action, argparse._SubParsersAction):
            # One word may stand for two parsers, an alias; none here does.
            below = [(one.dest, one.help or "") for one in action._choices_actions]
            parsers = dict(action.choices)
        elif action.help is not argparse.SUPPRESS:
            options.append(_option(action))
    yield Command(words, parser.description or about, tuple(options), tuple(below))
    for word, help_line in below:
        yield from _walk(parsers[word], (*words, word), help_line)


def _option(action: argparse.Action) -> Option:
    value = action.metavar if isinstance(action.metavar, str) else ""
    if not value and action.nargs != 0:
        value = (action.dest if not action.option_strings else action.dest.upper()).strip()
    choices = tuple(str(one) for one in action.choices or ())
    return Option(tuple(action.option_strings), value, choices, action.help or "")
