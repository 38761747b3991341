"""The numbers of the M1's exclusive format that have names: banks, modes, functions, cards."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import TypeVar

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
