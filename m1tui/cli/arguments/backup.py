"""What to read, and the file to keep it in."""

from m1tui.cli.arguments.shared import add_bank, add_part
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import path


def add(parser: CommandParser) -> None:
    """Add the arguments of `backup`."""
    parser.add_argument(
        "file", nargs="?", type=path, metavar="FILE", help="a new file; the library if not given"
    )
    add_part(parser)
    add_bank(parser)
