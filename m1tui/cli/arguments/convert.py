"""What to read, what to take of it, and the file to write."""

from m1tui.cli.arguments.shared import PARTS, add_message, add_objects
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import path


def add(parser: CommandParser) -> None:
    """Add the arguments of `convert`."""
    parser.add_argument(
        "inputs", nargs="+", type=path, metavar="IN", help="a file of dumps, whatever its form"
    )
    parser.add_argument(
        "out", type=path, metavar="OUT", help="a new file; .syx, .mid, .hex or .txt tells the form"
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="take this part out (may be given again); all merges what is there into one all-data "
        "dump (default: every message of one IN as it is, several IN merged)",
    )
    add_objects(choice, "take program N out, as a message that loads the edit buffer")
    choice.add_argument(
        "--salvage",
        action="store_true",
        help="save what is whole of dumps that break off, object by object",
    )
    add_message(parser)
