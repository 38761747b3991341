"""The parser of one command, the arguments that several take, and the values of all options."""

import argparse
import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from m1tui.sysex import Bank


PARTS = ("all", "programs", "combinations", "global", "sequence")
BANKS = ("internal", "card")

Actions: TypeAlias = "argparse._SubParsersAction[CommandParser]"


class _Formatter(argparse.HelpFormatter):
    """Help for a terminal of 80 columns; asking for the real width takes a slow import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)


class Misuse(Exception):
    """A command line that is not well formed; the text says why, and may quote it."""

    def __init__(self, parser: argparse.ArgumentParser, why: str) -> None:
        super().__init__(why)
        self.usage = parser.format_usage()
        self.command = parser.prog
        """As a person types it: "m1tui restore"."""


class CommandParser(argparse.ArgumentParser):
    """argparse, but a word is never taken for an option that it merely begins.

    What is wrong is raised as Misuse, not printed: it may quote anything.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **settings)

    def error(self, message: str) -> NoReturn:
        """Raise Misuse."""
        raise Misuse(self, message)


COMMON = ("port", "channel", "data-dir", "transcript", "json")
"""The common options, without their dashes."""


OF_THE_M1 = "the M1's global MIDI channel (default: the one on which it answers)"
"""What --channel is for a command that reaches an M1."""


def add_common(
    parser: argparse.ArgumentParser,
    offered: Collection[str] = COMMON,
    of_channel: str = OF_THE_M1,
) -> None:
    """The options that stand before or after the command's word.

    All are taken, but help and completion show only those that are `offered`: those that the
    command can use, --channel as `of_channel`. They have no defaults here: a default after the
    word would undo a choice before it.
    """
    group = parser.add_argument_group("common options", argument_default=argparse.SUPPRESS)

    def about(name: str, text: str) -> str:
        return text if name in offered else argparse.SUPPRESS

    group.add_argument("--port", type=port_form, metavar="PORT", help=about("port", PORT_FORMS))
    group.add_argument(
        "--channel",
        type=channel,
        metavar="1-16",
        help=about("channel", of_channel),
    )
    group.add_argument(
        "--data-dir",
        type=folder,
        metavar="FOLDER",
        help=about("data-dir", "the folder for backups, journals and virtual M1s"),
    )
    group.add_argument(
        "--transcript",
        type=path,
        metavar="FILE",
        help=about("transcript", "save every byte in both directions, with times"),
    )
    group.add_argument(
        "--json",
        action="store_true",
        help=about("json", "print the facts as one JSON object on stdout"),
    )


def sentence(about: str) -> str:
    """What a command does, as a sentence."""
    return f"{about[0].upper()}{about[1:]}."


def add_file(parser: CommandParser) -> None:
    """The file that a command reads."""
    parser.add_argument("file", metavar="FILE", help="a dump file, in any supported format")


def add_objects(parser: "argparse._ActionsContainer", about: str) -> None:
    """The options that name one program or one combination."""
    for kind in ("program", "combination"):
        parser.add_argument(
            f"--{kind}", type=slot, metavar="N", help=about.replace("program", kind)
        )


def add_slot(parser: argparse.ArgumentParser, about: str) -> None:
    """The slot of a single sound."""
    parser.add_argument("--to", type=slot_of_bank, metavar="SLOT", help=about)


def add_message(
    parser: argparse.ArgumentParser,
    about: str = "only message N of the file, as numbered by inspect (may be repeated)",
) -> None:
    """The messages of a file that a command is about."""
    parser.add_argument(
        "--message",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help=about,
    )


def add_part(parser: argparse.ArgumentParser) -> None:
    """The part of memory that a command is about."""
    parser.add_argument("--what", choices=PARTS, default="all", help="which part (default: all)")


def add_parts(parser: argparse.ArgumentParser) -> None:
    """The parts of memory that a command is about, one or several."""
    parser.add_argument(
        "--what",
        choices=PARTS,
        action="append",
        default=[],
        help="which part (may be repeated; default: all)",
    )


def add_bank(parser: argparse.ArgumentParser, default: str | None = "internal") -> None:
    """The memory that a command is about: the M1's own or a card's."""
    parser.add_argument(
        "--bank", choices=BANKS, default=default, help="which memory (default: internal)"
    )


def add_actions(parser: CommandParser) -> Actions:
    """The actions of a command that has several; one must be named."""
    return parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=CommandParser
    )


def add_action(
    actions: Actions, name: str, about: str, offered: Collection[str] = ("data-dir", "json")
) -> CommandParser:
    """One action, with the common options, of which those `offered` are shown."""
    parser = actions.add_parser(name, help=about, description=sentence(about))
    add_common(parser, offered)
    return parser


PORT_FORMS = (
    "auto, virtual[:SCENARIO], raw:PATH, rtmidi:NAME, rtmidi:OUT=NAME,IN=NAME or tcp:HOST:PORT"
)


def path(text: str) -> "Path":
    """A file or a folder."""
    # It would be the folder that one happens to be in: a script's variable was not set.
    if not text:
        raise argparse.ArgumentTypeError("expected a file or a folder, found nothing")
    # Imported only now: `inspect FILE` does without, and starts sooner for it.
    from pathlib import Path

    return Path(text)


def folder(text: str) -> "Path":
    """A folder, whether it is there already or not."""
    place = path(text)
    # Not through the Path, which raises for a name that no disk takes; its user tells of that.
    if os.path.exists(text) and not os.path.isdir(text):  # noqa: PTH110, PTH112
        raise argparse.ArgumentTypeError(f"expected a folder, found a file: {text!r}")
    return place


def words(text: str) -> str:
    """What a person says, to be kept."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"expected text in UTF-8, found {text!r}") from None
    return text


def _number(text: str, low: int, high: int, what: str) -> int:
    """A number of at most 9 digits from `low` to `high`, where `what` is expected."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"expected {what}, found {text!r}")
    return int(text)


def channel(text: str) -> int:
    """A channel as people count (1–16) to one as MIDI counts (0–15)."""
    return _number(text, 1, 16, "a MIDI channel from 1 to 16") - 1


def slot(text: str) -> int:
    """The number of a program or combination, 0–99, as the panel shows it."""
    return _number(text, 0, 99, "a number from 0 to 99")


def kit(text: str) -> int:
    """The number of a drum kit as the panel shows it, 1-4."""
    return _number(text, 1, 4, "a drum kit from 1 to 4")


def velocity(text: str) -> int:
    """How hard a key is struck, 1-127."""
    return _number(text, 1, 127, "a velocity from 1 to 127")


def slot_of_bank(text: str) -> "tuple[Bank | None, int]":
    """A slot as the panel shows it: 17, I17 of the internal memory, C17 of a card."""
    from m1tui.sysex import Bank

    bank = {"I": Bank.INTERNAL, "C": Bank.CARD}.get(text[:1].upper())
    digits = text if bank is None else text[1:]
    return bank, _number(digits, 0, 99, "a slot from 00 to 99, such as 17, I17 or C17")


class Placed(NamedTuple):
    """What N=FILE:M says: a slot, a file, and the number of a sound in it."""

    slot: int
    file: str
    number: int


def placed_sound(text: str) -> Placed:
    """A slot and the sound of a file that goes there: N=FILE:M."""
    left, between, rest = text.partition("=")
    file, colon, right = rest.rpartition(":")
    if not (between and colon and file):
        raise argparse.ArgumentTypeError(f"expected N=FILE:M, as 17=other.syx:5, found {text!r}")
    return Placed(slot(left), file, slot(right))


def song(text: str) -> int:
    """The number of a song, 0-9, as the panel shows it."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 9):
        raise argparse.ArgumentTypeError(f"expected a song from 0 to 9, found {text!r}")
    return int(text)


def volts(text: str) -> float:
    """A cell's voltage as a meter shows it; a decimal comma is taken, too."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 5:
        raise argparse.ArgumentTypeError(f"expected volts from 0 to 5, found {text!r}")
    return value


def day(text: str) -> "date":
    """A day of the calendar, as ISO 8601 writes it."""
    # Imported only now: few commands know a calendar.
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a date such as 2026-11-20, found {text!r}"
        ) from None


def count(text: str) -> int:
    """A number of things to print."""
    # A longer one is cut: nobody waits for the end of either.
    return _number(text[:9], 1, 999_999_999, "a number, 1 or more")


def http_port(text: str) -> int:
    """A TCP port's number; 0 stands for any that is free."""
    return _number(text, 0, 65_535, "a port from 0 to 65535")


def port_form(text: str) -> str:
    """A `--port` value whose form is right; whether it can be opened is not asked here."""
    if text not in ("auto", "virtual") and not _is_place(text, ("virtual", "raw", "rtmidi", "tcp")):
        raise argparse.ArgumentTypeError(f"expected {PORT_FORMS}, found {text!r}")
    return text


PLACE_FORMS = "raw:PATH, tcp:HOST:PORT or rtmidi:NAME"


def place(text: str) -> str:
    """Where a virtual M1 can listen; it is printed in one line that other programs wait for."""
    if not (_is_place(text, ("raw", "rtmidi", "tcp")) and text.isprintable()):
        raise argparse.ArgumentTypeError(f"expected {PLACE_FORMS}, found {text!r}")
    return text


def _is_place(text: str, kinds: tuple[str, ...]) -> bool:
    kind, _, rest = text.partition(":")
    if kind not in kinds or not rest:
        return False
    if kind != "tcp":
        return True
    host, _, number = rest.rpartition(":")
    return bool(host) and number.isascii() and number.isdigit() and int(number[:6]) <= 65_535
