"""The parser of one command, the options that all take, and the arguments that several take."""

import argparse
from collections.abc import Collection
from typing import Any, NoReturn, TypeAlias

from m1tui.cli.values import PORT_FORMS, channel, folder, path, port_form, slot, slot_of_bank

PARTS = ("all", "programs", "combinations", "global", "sequence")
BANKS = ("internal", "card")

Actions: TypeAlias = "argparse._SubParsersAction[CommandParser]"


class _Formatter(argparse.HelpFormatter):
    """Help for a terminal of 80 columns; asking for the real width takes a slow import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)


class Misuse(Exception):
    """A command line that is not well formed; the text says why, and may quote it."""

    def __init__(self, parser: argparse.ArgumentParser, why: str) -> None:
        super().__init__(why)
        self.usage = parser.format_usage()
        self.command = parser.prog
        """As a person types it: "m1tui restore"."""


class CommandParser(argparse.ArgumentParser):
    """argparse, but a word is never taken for an option that it merely begins.

    What is wrong is raised as Misuse, not printed: it may quote anything.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **settings)

    def error(self, message: str) -> NoReturn:
        """Raise Misuse."""
        raise Misuse(self, message)


COMMON = ("port", "channel", "data-dir", "transcript", "json")
"""The common options, without their dashes."""


def add_common(parser: argparse.ArgumentParser, offered: Collection[str] = COMMON) -> None:
    """The options that stand before or after the command's word.

    All are taken, but help and completion show only those that are `offered`: those that the
    command can use. They have no defaults here: a default after the word would undo a choice
    before it.
    """
    group = parser.add_argument_group("common options", argument_default=argparse.SUPPRESS)

    def about(name: str, text: str) -> str:
        return text if name in offered else argparse.SUPPRESS

    group.add_argument("--port", type=port_form, metavar="PORT", help=about("port", PORT_FORMS))
    group.add_argument(
        "--channel",
        type=channel,
        metavar="1-16",
        help=about("channel", "the M1's global MIDI channel (default: the program asks for it)"),
    )
    group.add_argument(
        "--data-dir",
        type=folder,
        metavar="FOLDER",
        help=about("data-dir", "the folder for backups, journals and virtual M1s"),
    )
    group.add_argument(
        "--transcript",
        type=path,
        metavar="FILE",
        help=about("transcript", "save every byte in both directions, with times"),
    )
    group.add_argument(
        "--json",
        action="store_true",
        help=about("json", "print the facts as one JSON object on stdout"),
    )


def sentence(about: str) -> str:
    """What a command does, as a sentence."""
    return f"{about[0].upper()}{about[1:]}."


def add_file(parser: CommandParser) -> None:
    """The file that a command reads."""
    parser.add_argument("file", metavar="FILE", help="a file of dumps, in any form")


def add_objects(parser: "argparse._ActionsContainer", about: str) -> None:
    """The options that name one program or one combination."""
    for kind in ("program", "combination"):
        parser.add_argument(
            f"--{kind}", type=slot, metavar="N", help=about.replace("program", kind)
        )


def add_slot(parser: argparse.ArgumentParser, about: str) -> None:
    """The slot of a single sound."""
    parser.add_argument("--to", type=slot_of_bank, metavar="SLOT", help=about)


def add_message(
    parser: argparse.ArgumentParser,
    about: str = "only message N of the file, as inspect numbers them (may be repeated)",
) -> None:
    """The messages of a file that a command is about."""
    parser.add_argument(
        "--message",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help=about,
    )


def add_part(parser: argparse.ArgumentParser) -> None:
    """The part of memory that a command is about."""
    parser.add_argument("--what", choices=PARTS, default="all", help="which part (default: all)")


def add_parts(parser: argparse.ArgumentParser) -> None:
    """The parts of memory that a command is about, one or several."""
    parser.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="which part (may be repeated; default: all)",
    )


def add_bank(parser: argparse.ArgumentParser, default: str | None = "internal") -> None:
    """The memory that a command is about: the M1's own or a card's."""
    parser.add_argument(
        "--bank", choices=BANKS, default=default, help="which memory (default: internal)"
    )


def add_actions(parser: CommandParser) -> Actions:
    """The actions of a command that has several; one must be named."""
    return parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )


def add_action(
    actions: Actions, name: str, about: str, offered: Collection[str] = ("data-dir", "json")
) -> CommandParser:
    """One action, with the common options, of which those `offered` are shown."""
    parser = actions.add_parser(name, help=about, description=sentence(about))
    add_common(parser, offered)
    return parser
