"""The keys to press, and on what M1."""

from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `press`."""
    parser.add_argument(
        "keys",
        nargs="+",
        metavar="KEYS",
        help='panel keys in the guide\'s notation, such as "GLOBAL 5 + UP D UP"',
    )
    parser.add_argument("--scenario", metavar="S", help="the state that the virtual M1 begins in")
