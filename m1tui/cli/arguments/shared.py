"""Arguments that several commands have."""

import argparse
from typing import TypeAlias

from m1tui.cli.commandparser import CommandParser, add_common, sentence
from m1tui.cli.values import slot

PARTS = ("all", "programs", "combinations", "global", "sequence")
BANKS = ("internal", "card")

Actions: TypeAlias = "argparse._SubParsersAction[CommandParser]"


def add_file(parser: CommandParser) -> None:
    """The file that a command reads."""
    parser.add_argument("file", metavar="FILE", help="a file of dumps, whatever its form")


def add_objects(parser: "argparse._ActionsContainer", about: str) -> None:
    """The options that name one program or one combination."""
    for kind in ("program", "combination"):
        parser.add_argument(
            f"--{kind}", type=slot, metavar="N", help=about.replace("program", kind)
        )


def add_message(
    parser: argparse.ArgumentParser,
    about: str = "only message N of the file, as inspect numbers them (may be given again)",
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
        help="which part (may be given again; default: all)",
    )


def add_bank(parser: argparse.ArgumentParser) -> None:
    """The memory that a command is about: the M1's own or a card's."""
    parser.add_argument(
        "--bank", choices=BANKS, default="internal", help="which memory (default: internal)"
    )


def add_actions(parser: CommandParser) -> Actions:
    """The actions of a command that has several; one must be named."""
    return parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )


def add_action(actions: Actions, name: str, about: str) -> CommandParser:
    """One action, with the common options."""
    parser = actions.add_parser(name, help=about, description=sentence(about))
    add_common(parser)
    return parser
