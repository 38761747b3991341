"""The file to look into, and how deeply."""

from m1tui.cli.arguments.shared import PARTS, add_file, add_message, add_objects
from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `inspect`."""
    add_file(parser)
    add_message(parser)
    parser.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="name every object of this part (may be given again)",
    )
    add_objects(parser, "print every value of program N (00-99)")
