"""Where a virtual M1 listens, and in what state it is."""

from pathlib import Path

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import PLACE_FORMS, place

CARDS = ("none", "ram", "rom")
BAUDS = ("31250", "0")


def add(parser: CommandParser) -> None:
    """Add the arguments of `simulate`."""
    parser.add_argument("--at", required=True, type=place, metavar="PLACE", help=PLACE_FORMS)
    parser.add_argument(
        "--scenario", metavar="S", help="the state it is found in, for a first start"
    )
    parser.add_argument(
        "--load", type=Path, metavar="FILE", help="a dump that its memory holds from the start"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep its memory in FILE between runs"
    )
    parser.add_argument("--card", choices=CARDS, help="what is in its card slot")
    parser.add_argument(
        "--baud", choices=BAUDS, default="31250", help="the wire's speed; 0 is without limit"
    )
    parser.add_argument(
        "--press",
        action="append",
        default=[],
        metavar="KEYS",
        help='panel keys to press before it listens, such as "GLOBAL 5 + UP"; may be repeated',
    )
