"""The values of the command line's options: what each takes, and what is said of others."""

import argparse
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from m1tui.sysex import Bank

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
    return bank, _number(digits, 0, 99, "a slot from 00 to 99, as 17, I17 or C17")


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
