"""The file that memory is compared with."""

from m1tui.cli.arguments.shared import add_file, add_message
from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `verify`."""
    add_file(parser)
    add_message(parser)
