"""The file to send, how, and how carefully."""

from m1tui.cli.arguments.shared import add_bank, add_file, add_message, add_parts
from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `restore`."""
    add_file(parser)
    add_parts(parser)
    add_message(parser)
    add_bank(parser)
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
