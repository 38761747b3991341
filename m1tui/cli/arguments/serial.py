"""The number or model to look up."""

from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `serial`."""
    parser.add_argument(
        "query",
        nargs="+",
        metavar="NUMBER|MODEL",
        help="a serial number, with ? for a digit that cannot be read, or a model's name",
    )
