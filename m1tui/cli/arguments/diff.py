"""The two files to compare."""

from m1tui.cli.arguments.shared import add_message
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import path


def add(parser: CommandParser) -> None:
    """Add the arguments of `diff`."""
    parser.add_argument("first", type=path, metavar="A")
    parser.add_argument("second", type=path, metavar="B")
    add_message(
        parser, "only message N, as inspect numbers them; given twice, the second is that of B"
    )
