"""Dumps of whole banks: their header, their layout before packing and their sizes."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

from m1tui.sysex.codes import BODY_OFFSET, FRAME_SIZE, Allocation, Bank, Message, Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import Contents
from m1tui.sysex.errors import AllocationError, LengthError
from m1tui.sysex.global_data import GlobalData
from m1tui.sysex.packing import pack, packed_size, spare_bits, unpack
from m1tui.sysex.program import Program
from m1tui.sysex.sequence import STEP_SIZE, Sequence, SequenceControl

_BANK_BIT = 0x01
_ALLOCATION_BIT = 0x02
_WITH_STEPS = (Part.ALL, Part.SEQUENCE)


class _Fields(NamedTuple):
    channel: int
    part: Part
    header: int
    contents: Contents
    spare: int = 0


class BankDump(_Fields, Message):
    """A part of a bank, or all of it.

    `header` is the byte behind the function code as it came: bit 0 the bank, bit 1 the memory
    allocation; other bits are kept.  A global dump's header has no allocation.
    `spare` are the bits of the packing that belong to no byte, as they came.
    """

    __slots__ = ()
    label: ClassVar[str] = "dump"

    @classmethod
    def of(
        cls, contents: Contents, part: Part, bank: Bank = Bank.INTERNAL, channel: int = 0
    ) -> BankDump:
        """Make the dump of `part` out of `contents`; ValueError if the part is not there."""
        wanted = contents.only(part)
        missing = _layout(part) - wanted.parts
        if missing:
            raise ValueError(
                f"no {', '.join(sorted(one.value for one in missing))} to make a dump of"
            )
        allocation = wanted.allocation or Allocation.LARGE_PROGRAM
        header = bank * _BANK_BIT | allocation * _ALLOCATION_BIT
        return cls(channel, part, header, wanted)

    def on(self, channel: int) -> Self:
        """Return the same dump for another channel."""
        return self._replace(channel=channel)

    @property
    def function(self) -> int:
        """48, 4C, 4D, 50 or 51 by part."""
        return self.part.dump_function

    @property
    def bank(self) -> Bank:
        """The bank that the memory came from or goes to."""
        return Bank(self.header & _BANK_BIT)

    @property
    def allocation(self) -> Allocation | None:
        """The memory allocation; None in a global dump."""
        return None if self.part is Part.GLOBAL else allocation_of(self.header)

    def body(self) -> bytes:
        """Return header, step count where there are steps, and the packed memory."""
        contents = self.contents
        memory = b""
        if contents.global_ is not None:
            memory += contents.global_.raw
        memory += b"".join(record.raw for record in contents.combinations or ())
        memory += b"".join(record.raw for record in contents.programs or ())
        lead = bytes([self.header])
        if contents.sequence is not None:
            memory += contents.sequence.raw
            count = contents.sequence.step_count
            lead += bytes([count & 0x7F, count >> 7])
        return lead + pack(memory, self.spare)


def message_size(part: Part, allocation: Allocation, steps: int = 0) -> int:
    """Return the bytes on the wire of a dump of `part`, F0 and F7 included."""
    return FRAME_SIZE + lead_size(part) + packed_size(memory_size(part, allocation, steps))


def expected_size(start: bytes) -> int | None:
    """Return how long the bank dump beginning with `start` will be; None if that can't be told.

    Eight bytes are enough; fewer may not be, and other messages never are.
    """
    if len(start) <= BODY_OFFSET:
        return None
    part = next((part for part in Part if part.dump_function == start[4]), None)
    if part is None or (part in _WITH_STEPS and len(start) < BODY_OFFSET + 3):
        return None
    steps = start[6] | start[7] << 7 if part in _WITH_STEPS else 0
    return message_size(part, allocation_of(start[5]), steps)


def decode_bank_dump(data: bytes, part: Part, offset: int) -> BankDump:
    """Return the dump in a whole message; `offset` is where its F0 stands.

    Raises LengthError or AllocationError.
    """
    if len(data) < FRAME_SIZE + lead_size(part):
        raise _length_error(data, part, offset, "a header")
    header = data[BODY_OFFSET]
    allocation = allocation_of(header)
    steps = data[6] | data[7] << 7 if part in _WITH_STEPS else 0
    if len(data) != message_size(part, allocation, steps):
        _refuse_length(data, part, allocation, steps, offset)
    if steps > allocation.steps:
        raise AllocationError(
            offset + BODY_OFFSET,
            f"more steps than {allocation.label} holds",
            f"at most {allocation.steps:,} steps",
            f"{steps:,}",
        )
    packed = data[BODY_OFFSET + lead_size(part) : -1]
    contents = contents_of(unpack(packed), part, allocation)
    return BankDump(data[2] & 0x0F, part, header, contents, spare_bits(packed))


def allocation_of(header: int) -> Allocation:
    """Return the memory allocation that a dump's header byte says."""
    return Allocation.LARGE_SEQUENCE if header & _ALLOCATION_BIT else Allocation.LARGE_PROGRAM


def lead_size(part: Part) -> int:
    """Return the bytes between function code and packed memory: header, and count of steps."""
    return 3 if part in _WITH_STEPS else 1


def parts_in_order(part: Part) -> tuple[Part, ...]:
    """Return the parts that a dump of `part` carries, as they follow each other in it."""
    order = (Part.GLOBAL, Part.COMBINATIONS, Part.PROGRAMS, Part.SEQUENCE)
    return order if part is Part.ALL else (part,)


def _layout(part: Part) -> frozenset[Part]:
    return frozenset(Part) - {Part.ALL} if part is Part.ALL else frozenset({part})


def memory_size(part: Part, allocation: Allocation, steps: int = 0) -> int:
    """Return the bytes of memory that a dump of `part` carries, before packing."""
    sizes = {
        Part.GLOBAL: GlobalData.size,
        Part.COMBINATIONS: Combination.size * allocation.combinations,
        Part.PROGRAMS: Program.size * allocation.programs,
        Part.SEQUENCE: SequenceControl.size + STEP_SIZE * steps,
    }
    return sum(sizes[one] for one in _layout(part))


def contents_of(memory: bytes, part: Part, allocation: Allocation) -> Contents:
    """Cut unpacked memory into records: global, combinations, programs, sequence, in that order.

    It must have the size of the part, but for steps, of which there may be any number.
    """
    layout = _layout(part)
    at = 0
    global_ = combinations = programs = sequence = None
    if Part.GLOBAL in layout:
        global_ = GlobalData(memory[: GlobalData.size])
        at = GlobalData.size
    if Part.COMBINATIONS in layout:
        end = at + Combination.size * allocation.combinations
        starts = range(at, end, Combination.size)
        combinations = tuple(Combination(memory[i : i + Combination.size]) for i in starts)
        at = end
    if Part.PROGRAMS in layout:
        end = at + Program.size * allocation.programs
        programs = tuple(
            Program(memory[i : i + Program.size]) for i in range(at, end, Program.size)
        )
        at = end
    if Part.SEQUENCE in layout:
        sequence = Sequence.from_raw(memory[at:])
    only_global = part is Part.GLOBAL
    return Contents(programs, combinations, global_, sequence, None if only_global else allocation)


def _refuse_length(
    data: bytes, part: Part, allocation: Allocation, steps: int, offset: int
) -> None:
    """Raise the error that tells most about a dump of the wrong length."""
    other = Allocation(1 - allocation)
    if part is not Part.GLOBAL and len(data) == message_size(part, other, steps):
        raise AllocationError(
            offset + BODY_OFFSET,
            f"the header says {allocation.label} but the length is that of {other.label}",
            f"{message_size(part, allocation, steps):,} bytes",
            f"{len(data):,}",
        )
    what = f"{message_size(part, allocation, steps):,} bytes"
    if part in _WITH_STEPS:
        what += f" for {steps:,} steps"
    raise _length_error(data, part, offset, what)


def _length_error(data: bytes, part: Part, offset: int, expected: str) -> LengthError:
    return LengthError(
        offset + len(data) - 1,
        f"a dump of {part.label} with the wrong length",
        expected,
        f"{len(data):,} bytes",
    )
