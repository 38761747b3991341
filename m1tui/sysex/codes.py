"""The numbers of the M1's exclusive format that have names: banks, modes, functions, cards.

And what every message has: a channel, a function code, a frame; and who else makes such messages.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import ClassVar, NamedTuple, Self, TypeVar

E = TypeVar("E", bound=Enum)

KORG = 0x42
M1 = 0x19
UNIVERSAL = 0x7E
"""The maker of messages that every instrument understands."""


def member(kind: type[E], code: int) -> E | None:
    """Return the member of `kind` with that code; None where no source names the code."""
    try:
        return kind(code)
    except ValueError:
        return None


class Bank(IntEnum):
    """Where memory lies."""

    INTERNAL = 0
    CARD = 1

    @property
    def label(self) -> str:
        """Internal or card."""
        return self.name.lower()


class Allocation(IntEnum):
    """How the internal memory is shared out between sounds and sequencer."""

    LARGE_PROGRAM = 0
    LARGE_SEQUENCE = 1

    @property
    def programs(self) -> int:
        """Programs in a bank: 100 or 50."""
        return 50 if self else 100

    @property
    def combinations(self) -> int:
        """Combinations in a bank: 100 or 50."""
        return 50 if self else 100

    @property
    def steps(self) -> int:
        """Sequencer capacity in steps: 4,400 or 7,700."""
        return 7700 if self else 4400

    @property
    def label(self) -> str:
        """Programs and combinations, as the panel's page names them."""
        return f"{self.programs}/{self.combinations}"


class Mode(IntEnum):
    """The instrument's operating mode, as mode data and mode change carry it."""

    COMBI = 0
    EDIT_COMBI = 1
    PROG = 2
    EDIT_PROG = 3
    GLOBAL = 4
    SEQUENCER = 6

    @property
    def label(self) -> str:
        """The mode's name on the panel."""
        return self.name.replace("_", " ")


class Part(Enum):
    """A part of memory that travels in one dump; the value is the command line's word."""

    ALL = "all"
    PROGRAMS = "programs"
    COMBINATIONS = "combinations"
    GLOBAL = "global"
    SEQUENCE = "sequence"

    @property
    def request_function(self) -> int:
        """Function code of the dump request."""
        return _FUNCTIONS[self][0]

    @property
    def dump_function(self) -> int:
        """Function code of the dump itself."""
        return _FUNCTIONS[self][1]

    @property
    def label(self) -> str:
        """The part's name for a person."""
        return "all data" if self is Part.ALL else self.value


_FUNCTIONS = {
    Part.ALL: (0x0F, 0x50),
    Part.PROGRAMS: (0x1C, 0x4C),
    Part.COMBINATIONS: (0x1D, 0x4D),
    Part.GLOBAL: (0x0E, 0x51),
    Part.SEQUENCE: (0x18, 0x48),
}

PARTS_BY_REQUEST = {part.request_function: part for part in Part}
PARTS_BY_DUMP = {part.dump_function: part for part in Part}


class StatusCode(IntEnum):
    """What the M1 says after a dump or a write request."""

    WRITE_COMPLETED = 0x21
    WRITE_ERROR = 0x22
    LOAD_COMPLETED = 0x23
    LOAD_ERROR = 0x24
    FORMAT_ERROR = 0x26

    @property
    def label(self) -> str:
        """The status in the manual's words."""
        return self.name.replace("_", " ").lower()


class NameKind(IntEnum):
    """Which names of a PCM card are asked for; the value is the request's function code."""

    MULTISOUNDS = 0x16
    DRUM_SOUNDS = 0x1F

    @property
    def answer_function(self) -> int:
        """Function code of the message that carries the names."""
        return 0x45 if self is NameKind.MULTISOUNDS else 0x47

    @property
    def label(self) -> str:
        """The kind of names for a person."""
        return self.name.replace("_", " ").lower()


class CardState(StrEnum):
    """What is in the data card slot; the value is the word for a person."""

    OFF = "off"
    NONE = "none"
    UNKNOWN = "unknown"
    ROM = "rom"
    RAM = "ram"
    RAM_PROTECTED = "ram protected"


class CardFormat(StrEnum):
    """How a data card is partitioned."""

    PROGRAMS = "global + 100/100"
    PROGRAMS_AND_SEQUENCE = "global + 50/50 + sequencer"
    SEQUENCE = "sequencer"

    @property
    def words(self) -> str:
        """The format as the M1's page for it has it."""
        return {
            CardFormat.PROGRAMS: "100PROG/100COMBI",
            CardFormat.PROGRAMS_AND_SEQUENCE: "50PROG/50COMBI/4200SEQ",
            CardFormat.SEQUENCE: "7700STEP SEQUENCE",
        }[self]

    @property
    def allocation(self) -> Allocation | None:
        """The allocation that the format's sound banks have; none on a sequencer card."""
        return {
            CardFormat.PROGRAMS: Allocation.LARGE_PROGRAM,
            CardFormat.PROGRAMS_AND_SEQUENCE: Allocation.LARGE_SEQUENCE,
        }.get(self)

    @property
    def dump_allocation(self) -> Allocation:
        """The allocation in the header of its dumps: 7,700 steps need the larger sequencer."""
        return Allocation.LARGE_SEQUENCE if self.allocation is None else self.allocation

    @property
    def steps(self) -> int:
        """Sequencer capacity of the format in steps."""
        return {CardFormat.PROGRAMS_AND_SEQUENCE: 4200, CardFormat.SEQUENCE: 7700}.get(self, 0)


# Models and makers

# `F0 42 3n id` begins a message of most Korgs, `F0 42 3n 00 id id` one of the newer. The identity
# reply repeats the same number as its family code. Each name has its source: without one a number
# stays a number.


class Model(NamedTuple):
    """A Korg, and where its number is written down."""

    name: str
    source: str


_PCG_TOOLS = "PCG Tools, KorgFileReader"
_LIBRARIAN = "KnobKraft Orm, its adaptations"
_M1_REPLY = "protocol.md: identity replies"

MODELS: dict[bytes, Model] = {
    b"\x03": Model("DW-8000 or EX-8000", "com.informatimago midi, korg.lisp"),
    b"\x13": Model("DS-8", "dxconvert"),
    b"\x15": Model("DSS-1 or DSM-1", "com.informatimago midi, korg.lisp"),
    b"\x19": Model("M1", "M1 MIDI implementation"),
    b"\x1a": Model("707", "dxconvert"),
    b"\x1c": Model("P3", "Computer Music Archaeology, libkorg.h"),
    b"\x24": Model("M3R", _M1_REPLY),
    b"\x26": Model("T-series (T1, T2, T3)", _M1_REPLY),
    b"\x28": Model("Wavestation", "Wavestation dumps in public repositories"),
    b"\x2b": Model("01/W", _M1_REPLY),
    b"\x30": Model("03R/W", _M1_REPLY),
    b"\x35": Model("X-series", _M1_REPLY),
    b"\x36": Model("X- or N-series", _M1_REPLY),
    b"\x3b": Model("Trinity", _PCG_TOOLS),
    b"\x41": Model("Prophecy", "Prophecy parameter changes in public repositories"),
    b"\x46": Model("Z1", _PCG_TOOLS),
    b"\x50": Model("Triton", _PCG_TOOLS),
    b"\x58": Model("MS2000 or microKORG", _LIBRARIAN),
    b"\x5d": Model("Karma", _PCG_TOOLS),
    b"\x63": Model("Triton Le", _PCG_TOOLS),
    b"\x68": Model("Kronos", _PCG_TOOLS),
    b"\x70": Model("OASYS", _PCG_TOOLS),
    b"\x75": Model("M3", _PCG_TOOLS),
    b"\x7a": Model("X50 or microX", _PCG_TOOLS),
    b"\x00\x01\x04": Model("nanoKONTROL", "its own native mode message"),
    b"\x00\x01\x23": Model("electribe 2", "electribe 2 pattern dumps"),
    b"\x00\x01\x24": Model("electribe sampler", "electribe 2 pattern dumps"),
    b"\x00\x01\x2c": Model("minilogue", "minilogue MIDI implementation"),
    b"\x00\x01\x2d": Model("volca sample", "volca sample 2 MIDI implementation"),
    b"\x00\x01\x51": Model("minilogue xd", "minilogue xd MIDI implementation"),
    b"\x00\x01\x57": Model("NTS-1", "NTS-1 research"),
    b"\x00\x01\x5d": Model("Nautilus", "Nautilus exclusive header"),
    b"\x00\x01\x72": Model("NTS-3 kaoss pad", "logue SDK headers"),
    b"\x00\x01\x73": Model("NTS-1 mkII", "logue SDK headers"),
}
"""Korg's models by what stands behind `3n` in a message."""

MAKERS: dict[bytes, str] = {
    b"\x01": "Sequential",
    b"\x04": "Moog",
    b"\x06": "Lexicon",
    b"\x07": "Kurzweil",
    b"\x0f": "Ensoniq",
    b"\x10": "Oberheim",
    b"\x18": "E-mu",
    b"\x1a": "ART",
    b"\x33": "Clavia",
    b"\x3e": "Waldorf",
    b"\x40": "Kawai",
    b"\x41": "Roland",
    b"\x42": "Korg",
    b"\x43": "Yamaha",
    b"\x44": "Casio",
    b"\x47": "Akai",
    b"\x4c": "Sony",
    b"\x7d": "a maker without a number (7D)",
    b"\x7e": "the universal messages (7E)",
    b"\x7f": "the universal realtime messages (7F)",
    b"\x00\x00\x0e": "Alesis",
    b"\x00\x20\x29": "Novation",
    b"\x00\x20\x32": "Behringer",
    b"\x00\x20\x33": "Access",
    b"\x00\x20\x3c": "Elektron",
    b"\x00\x21\x09": "Native Instruments",
}
"""Makers by the number that the MIDI Association gave them: one byte, or three from 00 on."""


def model_id(header: bytes) -> bytes:
    """Return the model's number in what stands behind `3n`: one byte, or three from 00 on."""
    return header[:3] if header[:1] == b"\0" else header[:1]


def model_name(number: bytes) -> str | None:
    """Return a Korg's name by its number; None where no source names it."""
    model = MODELS.get(number)
    return None if model is None else model.name


def maker_name(start: bytes) -> str:
    """Return the maker of a message by the bytes behind its F0, or its number."""
    number = start[:3] if start[:1] == b"\0" else start[:1]
    return MAKERS.get(number) or f"maker {number.hex(' ').upper()}"


# What every message has


START = 0xF0
END = 0xF7
FRAME_SIZE = 6
"""F0, 42, 3n, 19, function, F7."""
BODY_OFFSET = 5
"""Where the bytes behind the function code begin."""


class Message:
    """A message of the M1's exclusive format."""

    __slots__ = ()
    label: ClassVar[str] = "message"

    @property
    def channel(self) -> int:
        """The global channel, 0–15."""
        raise NotImplementedError

    def on(self, channel: int) -> Self:
        """Return the same message for another channel."""
        raise NotImplementedError

    @property
    def function(self) -> int:
        """The function code behind the header."""
        raise NotImplementedError

    def body(self) -> bytes:
        """Return the bytes between the function code and F7."""
        return b""

    def encode(self) -> bytes:
        """Return the whole message, F0 to F7."""
        header = bytes([START, KORG, 0x30 | self.channel, M1, self.function])
        return header + self.body() + bytes([END])
