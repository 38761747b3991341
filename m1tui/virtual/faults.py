"""What can go wrong in a virtual M1 and on its wire: the kinds, their names, and what they did."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Self


class Side(StrEnum):
    """A direction of the wire, as the M1's sockets are called."""

    IN = "in"
    """From the computer to the M1."""
    OUT = "out"
    """From the M1 to the computer."""


class Per(Enum):
    """What the rate of a fault is of."""

    BYTE = "byte"
    MESSAGE = "exclusive message"
    DUMP = "message that carries memory or an edit buffer"
    ANSWER = "message that the M1 answers"


class Kind(StrEnum):
    """A kind of fault; the value is the word of the command line."""

    per: Per
    """What its rate is of."""
    seconds: float | None
    """How long it lasts where it is not said; None for a kind that does not last."""

    def __new__(cls, word: str, per: Per = Per.ANSWER, seconds: float | None = None) -> Self:
        """Make the kind of that word."""
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.per, kind.seconds = per, seconds
        return kind

    # On the wire, by the byte

    FLIP = "flip", Per.BYTE
    """One bit of a byte is inverted."""
    LOST_BYTE = "lost-byte", Per.BYTE
    DOUBLED_BYTE = "doubled-byte", Per.BYTE
    LOST_PACKET = "lost-packet", Per.BYTE
    """Three bytes in a row are lost, as many as a USB packet carries."""
    SWAPPED_PACKET = "swapped-packet", Per.BYTE
    """Three bytes in a row come behind the three that follow them."""
    REALTIME = "realtime", Per.BYTE
    """A realtime byte stands where none was sent."""
    GAP = "gap", Per.BYTE, 2.0
    """Nothing crosses in that direction for some seconds."""
    DISCONNECT = "disconnect", Per.BYTE, 2.0
    """The link is lost, and nothing crosses for some seconds; then it can be opened again."""
    BURST = "burst", Per.BYTE, 2.0
    """Nothing crosses in that direction for some seconds; then all that waited comes at once."""

    # On the wire, by the exclusive message

    CH345 = "ch345", Per.MESSAGE
    """Every second packet of three bytes of the message is lost, as by a cable of that kind."""
    TRUNCATION = "truncation", Per.MESSAGE
    """The message ends after 4,095 bytes, without its F7."""
    LOST_END = "lost-end", Per.MESSAGE
    """The message loses its F7."""
    STALL = "stall", Per.MESSAGE, 2.0
    """Some seconds pass inside the message."""
    GARBAGE = "garbage", Per.MESSAGE
    """Bytes that belong to nothing stand before the message."""
    ECHO = "echo", Per.MESSAGE, 0.0
    """The message also comes back to its sender, at once or some seconds later."""

    REPEAT = "repeat", Per.MESSAGE, 0.0
    """The message comes twice, at once or some seconds later, as where two cables meet."""

    OVERTAKEN = "overtaken", Per.MESSAGE
    """The message comes behind the one that follows it."""
    HELD_BACK = "held-back", Per.MESSAGE, 10.0
    """The message comes some seconds later, and others pass it."""

    DUMP_ECHO = "dump-echo", Per.DUMP, 0.0
    """A dump also comes back to its sender, as by a box that keeps long messages."""

    # Of the M1, in the middle of a dump either way

    POWER_CUT = "power-cut", Per.DUMP, 5.0
    """It is without power for some seconds."""
    MEMORY_LOSS = "memory-loss", Per.DUMP, 5.0
    """It is without power for some seconds, and its cell is gone: then it holds nothing."""
    PROTECT_ON = "protect-on", Per.DUMP
    """Somebody switches the memory protects on."""
    CHANNEL_CHANGE = "channel-change", Per.DUMP
    """Somebody chooses another global channel."""
    SLIDER = "slider", Per.DUMP
    """Somebody moves the VALUE slider: the edit buffer changes, and 41 goes out."""
    OTHER_PROGRAM = "other-program", Per.DUMP
    """Somebody picks another program or combination, and the M1 says which."""
    OTHER_MODE = "other-mode", Per.DUMP
    """Somebody presses the key of another mode, and 4E goes out."""
    ALLOCATION_CHANGE = "allocation-change", Per.DUMP
    """Somebody chooses the other memory allocation, which destroys a part of memory."""
    STORE = "store", Per.DUMP
    """Somebody edits what is played, stores it in another slot and so picks that; the M1 tells."""

    # Of the M1, by its answer

    REPLY_24 = "reply-24"
    """It answers 24 instead, whether it did what was asked or not."""
    REPLY_26 = "reply-26"
    """It answers 26 instead, whether it did what was asked or not."""
    NO_REPLY = "no-reply"
    """It answers nothing, whether it did what was asked or not."""
    NO_DUMP = "no-dump"
    """It answers nothing where a dump or an edit buffer would be the answer."""
    LATE_REPLY = "late-reply", Per.ANSWER, 4.0
    """It answers some seconds later, and whatever it answers next waits until then."""
    WROTE_NOTHING = "wrote-nothing"
    """It says 23 or 21 and wrote nothing."""
    WROTE_PART = "wrote-part"
    """It says 23 or 21 and wrote only the first part."""
    WROTE_BIT = "wrote-bit"
    """It says 23 or 21 and wrote one bit wrong."""
    WROTE_TWICE = "wrote-twice"
    """It says 21 and wrote another slot, too, as with a defective address line."""


BY_BYTE, BY_MESSAGE, BY_DUMP, BY_ANSWER = (
    frozenset(kind for kind in Kind if kind.per is per) for per in Per
)
"""The kinds by what their rate is of."""
SECONDS = {kind: kind.seconds for kind in Kind if kind.seconds is not None}
"""The kinds that last, with how long where it is not said."""
LONGEST = 3_600.0
_FORM = re.compile(
    r"(?:(?P<side>[^:=]*):)?(?P<kind>[^:=]*)=(?P<rate>[^:=]*)(?::(?P<time>[^:=]*))?", re.ASCII
)
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?", re.ASCII)
_RATE = re.compile(r"\d*\.?\d+(?:e-?\d{1,3})?", re.ASCII | re.IGNORECASE)
GRAMMAR = "[in:|out:]KIND=RATE[:SECONDS]"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and how often it strikes.

    Raises ValueError for a rate outside 0–1, for seconds where the kind does not last or outside
    0–3,600, and for a side where the fault is the M1's own answer.
    """

    kind: Kind
    rate: float
    """How likely it strikes a byte, message, dump or answer: 0–1."""
    side: Side | None = None
    """The direction that it strikes; None is both."""
    seconds: float | None = None
    """How long it lasts; None is the usual time, where the kind lasts at all."""

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"{self.kind}: expected a rate from 0 to 1, found {self.rate}")
        if self.seconds is not None:
            if self.kind not in SECONDS:
                lasting = ", ".join(SECONDS)
                raise ValueError(f"{self.kind} cannot be given a time; only these can: {lasting}")
            if not 0 <= self.seconds <= LONGEST:
                raise ValueError(f"{self.kind}: expected up to 3600 s, found {self.seconds:g} s")
        if self.side is not None and self.kind in BY_ANSWER:
            raise ValueError(
                f"{self.kind} comes from the M1 itself and cannot be given a direction"
            )

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `GRAMMAR`: "flip=1e-5", "in:lost-byte=0.001", "stall=0.01:2s", "echo=1:250ms".

        Raises ValueError with what was expected.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            raise ValueError(
                f"expected {GRAMMAR} such as flip=1e-5 or in:stall=0.01:2s; {_known()}"
            )
        kind, rate = _kind(form["kind"]), _rate(form["rate"])
        side = None
        if form["side"] is not None:
            if form["side"] not in tuple(Side):
                raise ValueError(
                    "expected the direction as 'in:' (to the M1) or 'out:' (from the M1)"
                )
            side = Side(form["side"])
        seconds = None if form["time"] is None else _seconds(form["time"])
        return cls(kind, rate, side, seconds)

    @property
    def lasts(self) -> float:
        """Seconds that it lasts; 0 where the kind does not last."""
        return SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def __str__(self) -> str:
        side = "" if self.side is None else f"{self.side}:"
        time = "" if self.seconds is None else f":{self.seconds:g}s"
        return f"{side}{self.kind}={self.rate:g}{time}"


def _known() -> str:
    return f"the kinds are {', '.join(kind.value for kind in Kind)}"


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise ValueError(f"there is no such kind; {_known()}") from None


def _rate(text: str) -> float:
    rate = float(text) if _RATE.fullmatch(text) else math.nan
    if not 0 <= rate <= 1:
        raise ValueError(f"expected a rate from 0 to 1, such as 0.01 or 1e-5; {_known()}")
    return rate


def _seconds(text: str) -> float:
    form = _TIME.fullmatch(text)
    if form is None:
        raise ValueError("expected a time such as 2s, 0.5s or 250ms")
    return float(form[1]) / (1000 if form[2] == "ms" else 1)


@dataclass(frozen=True, slots=True)
class Mishap:
    """A fault that struck."""

    at: float
    """Seconds of the clock that the wire goes by."""
    kind: Kind
    side: Side | None
    """The direction of the wire; None for what the M1 did by itself."""
    message: int
    """The exclusive message of that direction, or the answer, counted from 1; 0 before any."""
    byte: int
    """The byte of that message, from 0; for an answer, the message's size in bytes."""
    detail: str = ""

    def __str__(self) -> str:
        place = "answer" if self.side is None else f"{self.side} message"
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.at:.4f} s, {place} {self.message}, byte {self.byte}: {self.kind}{detail}"


class FaultLog:
    """The mishaps of a run, in the order in which they happened."""

    def __init__(self, tell: Callable[[Mishap], None] | None = None) -> None:
        self.mishaps: list[Mishap] = []
        self._tell = tell

    def add(self, mishap: Mishap) -> None:
        """Keep a mishap, and tell it to whoever wants to know at once."""
        self.mishaps.append(mishap)
        if self._tell is not None:
            self._tell(mishap)


def dice(seed: int, *words: object) -> random.Random:
    """Return a source of chance of its own for `words`: other faults do not disturb it."""
    return random.Random(f"{seed} {' '.join(map(str, words))}")  # noqa: S311 - to be repeatable
