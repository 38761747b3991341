"""Where a virtual M1 listens, in what state it is, and what goes wrong with it."""

import argparse
from typing import TYPE_CHECKING

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import PLACE_FORMS, path, place

if TYPE_CHECKING:
    from m1tui.virtual.faults import Fault

CARDS = ("none", "ram", "rom")
BAUDS = ("31250", "0")


def add(parser: CommandParser) -> None:
    """Add the arguments of `simulate`."""
    parser.add_argument(
        "--at",
        required=True,
        type=place,
        metavar="PLACE",
        help=f"{PLACE_FORMS}; PATH is a MIDI device, or becomes a pseudo-terminal",
    )
    parser.add_argument(
        "--scenario", metavar="S", help="the state it is found in, for a first start"
    )
    parser.add_argument(
        "--load", type=path, metavar="FILE", help="a dump that its memory holds from the start"
    )
    parser.add_argument(
        "--state", type=path, metavar="FILE", help="keep its memory in FILE between runs"
    )
    parser.add_argument("--card", choices=CARDS, help="what is in its card slot")
    parser.add_argument(
        "--card-translates",
        choices=("yes", "no"),
        help="whether combinations on a card then play the card's programs; an M1 may do either",
    )
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
    _add_faults(parser)


def _add_faults(parser: CommandParser) -> None:
    # Imported only now: no other command needs it.
    from m1tui.virtual.faults import BY_ANSWER, BY_BYTE, BY_DUMP, BY_MESSAGE, GRAMMAR, SECONDS, Kind

    def words(kinds: frozenset[Kind]) -> str:
        return ", ".join(kind.value for kind in Kind if kind in kinds)

    group = parser.add_argument_group(
        "faults",
        f"What goes wrong, as {GRAMMAR}: how likely, from 0 to 1, and in which direction, to the "
        "M1 (in:) or from it (out:); both if it is not said. Every fault that strikes is told on "
        "stderr; the same seed and the same bytes give the same faults. "
        f"By the byte: {words(BY_BYTE)}. By the exclusive message: {words(BY_MESSAGE)}. By the "
        f"dump, in its middle: {words(BY_DUMP)}. By the M1's answer, without a direction: "
        f"{words(BY_ANSWER)}. SECONDS, such as 2s or 250ms, are for {words(frozenset(SECONDS))}.",
    )
    group.add_argument(
        "--fault",
        action="append",
        type=_fault,
        default=[],
        metavar="KIND=RATE",
        help="such as flip=1e-5, in:lost-byte=0.001 or stall=0.01:2s; may be repeated",
    )
    group.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="what chance begins with; 0 if not given"
    )


def _fault(text: str) -> "Fault":
    """A fault and its rate."""
    from m1tui.virtual.faults import Fault

    try:
        return Fault.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def _seed(text: str) -> int:
    """A whole number from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on, found {text!r}")
    return int(text)
