"""Memory without its messages: packed bytes without head, and memory that is not packed at all.

Nothing in such a file says what it is: its size does, and what the bytes read as. So it is taken
only where they read as sounds: names that are text, values in their ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from m1tui.sysex.codes import KORG, M1, Allocation, Bank, Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump, contents_of, expected_size, lead_size, memory_size
from m1tui.sysex.examine import Grade, examine
from m1tui.sysex.forms.found import FoundMessage
from m1tui.sysex.forms.stream import Findings, scan
from m1tui.sysex.packing import GROUP, packed_size, unpack, unpackable
from m1tui.sysex.program import Program
from m1tui.sysex.sequence import STEP_SIZE, SequenceControl

_END = b"\xf7"
_SIZED = tuple(
    (part, allocation)
    for part in (Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
    for allocation in Allocation
    if part is not Part.GLOBAL or allocation is Allocation.LARGE_PROGRAM
)
"""The parts whose memory has a fixed size."""


_LARGEST = 1 << 20
"""Bytes of a file that is tried as memory; an M1's has 59,000 at most."""


def read_unframed(data: bytes, findings: Findings) -> str | None:
    """Take the memory in bytes without messages; returns their format, None if they hold none."""
    if len(data) > _LARGEST:
        return None
    if _without_bit_7(data, findings):
        return "syx"
    body = data.removesuffix(_END)
    if body.isascii() and _packed(body, data, findings):
        return "packed"
    if _plain(data, findings):
        return "memory"
    if _half(data, findings) or (body.isascii() and _without_its_start(body, data, findings)):
        return "packed"
    return None


_STRIPPED = re.compile(rb"\x70\x42[\x30-\x3f]\x19")
_STRIPPED_END = 0x77


def _without_bit_7(data: bytes, findings: Findings) -> bool:
    """Read messages whose F0 and F7 became 70 and 77: all else has no bit 7 to lose."""
    starts = [match.start() for match in _STRIPPED.finditer(data)] if data.isascii() else []
    if not starts:
        return False
    mended = bytearray(data)
    for at, following in zip(starts, [*starts[1:], len(data)], strict=True):
        mended[at] = 0xF0
        size = expected_size(bytes(mended[at : at + 8]))
        end = at + size if size else data.rfind(bytes([_STRIPPED_END]), at, following) + 1
        if at < end <= following and data[end - 1] == _STRIPPED_END:
            mended[end - 1] = 0xF7
    trial = Findings()
    scan(bytes(mended), trial)
    if not trial.messages:
        return False
    findings.absorb(trial, "", 0)
    findings.note(
        "bit-7-mended",
        "Bit 7 of every byte is gone, as after an e-mail transfer: F0 reads 70, F7 reads 77. The "
        "data bytes of an exclusive message have only seven bits, so nothing is lost; it was read "
        "in full.",
    )
    return True


def _packed(body: bytes, data: bytes, findings: Findings) -> bool:
    """Take packed memory by its size, with or without header and count of steps before it."""
    for lead in range(4):
        if unpackable(len(body) - lead):
            memory = unpack(body[lead:])
            for part, allocation in _layouts(memory):
                if lead in (0, lead_size(part)) and _sounds(
                    memory, part, allocation, data, findings
                ):
                    findings.note(
                        "head-missing",
                        f"The file has no header: {len(body):,} packed bytes are the size of "
                        f"{part.label}, and were read as such. Channel 1 and internal memory "
                        "were assumed.",
                    )
                    return True
    return False


def _plain(data: bytes, findings: Findings) -> bool:
    """Take memory that is not packed: a bank, global, a sequence, or all data."""
    for part, allocation in _layouts(data):
        if _sounds(data, part, allocation, data, findings):
            return _noted_as_plain(part, findings)
    return False


def _layouts(memory: bytes) -> Iterator[tuple[Part, Allocation]]:
    """Yield what memory can be by its size, and with steps by where its last track ends."""
    for part, allocation in _SIZED:
        if len(memory) == memory_size(part, allocation):
            yield part, allocation
    for part in (Part.ALL, Part.SEQUENCE):
        for allocation in Allocation:
            steps = len(memory) - memory_size(part, allocation)
            if 0 <= steps <= allocation.steps * STEP_SIZE and steps % STEP_SIZE == 0:
                end = len(memory) - steps
                control = SequenceControl(memory[end - SequenceControl.size : end])
                if control.offsets[-1] == steps:
                    yield part, allocation


def _noted_as_plain(part: Part, findings: Findings) -> bool:
    findings.note(
        "memory-unpacked",
        f"The file contains memory data not packed for MIDI: {part.label}, judging by its size and "
        "contents. Channel 1 and internal memory were assumed.",
    )
    return True


def _sounds(
    memory: bytes, part: Part, allocation: Allocation, data: bytes, findings: Findings
) -> bool:
    """Take memory if it reads as what an M1 could hold."""
    if len(set(memory)) < _FEWEST_VALUES:
        return False
    try:
        contents = contents_of(memory, part, allocation)
    except ValueError:
        return False
    if examine(contents).grade is Grade.DAMAGED or not _has_names(contents):
        return False
    dump = BankDump.of(contents, part, Bank.INTERNAL, 0)
    findings.messages.append(FoundMessage(dump, 0, len(data), dump.encode()))
    return True


_FEWEST_VALUES = 8
"""Different bytes without which a file is filled with something, and no memory."""


def _has_names(contents: Contents) -> bool:
    banks: tuple[Program | Combination, ...] = (
        *(contents.programs or ()),
        *(contents.combinations or ()),
    )
    named = sum(any(one.raw[:10].strip(b"\0 ")) for one in banks)
    return named * 2 >= len(banks)


def _half(data: bytes, findings: Findings) -> bool:
    """Look whether every second USB packet is missing, the first among them, and say so."""
    size = expected_size(_FIRST_PACKET + data[:8]) if data[:1] == bytes([M1]) else None
    if size is None or abs(size - 2 * len(data)) > _NEAR:
        return False
    findings.problem(
        0,
        "about half of the bytes are missing",
        f"{size:,} bytes",
        f"{len(data):,}",
        code="every-second-packet-lost",
    )
    return True


_FIRST_PACKET = bytes([0xF0, KORG, 0x30])
_NEAR = 24
"""Bytes by which twice a half may differ from the whole."""


def _without_its_start(body: bytes, data: bytes, findings: Findings) -> bool:
    """Look whether a file is the end of a bank whose first block is missing, and say so."""
    if len(body) < 4 * Program.size or not data.endswith(_END):
        return False
    for part, allocation in _SIZED[:4]:
        whole = packed_size(memory_size(part, allocation))
        lost = whole - len(body)
        if lost <= 0 or not _is_the_end(body, lost, part):
            continue
        missing = lost + 6
        findings.problem(
            0,
            f"the end of a dump of {part.label}: its first {missing:,} bytes are missing",
            f"{whole + 7:,} bytes from F0 on",
            f"{len(data):,}",
            code="first-block-missing",
        )
        return True
    findings.problem(
        0,
        "the end of an exclusive message: its beginning is missing",
        "F0",
        f"{len(data):,} bytes up to F7",
        code="first-block-missing",
    )
    return True


def _is_the_end(body: bytes, lost: int, part: Part) -> bool:
    """Tell whether bytes read as a bank's last objects."""
    size = Program.size if part is Part.PROGRAMS else Combination.size
    skipped = -lost % (GROUP + 1)
    memory = unpack(body[skipped:])
    there = len(memory) // size
    last = memory[len(memory) - there * size :]
    kind = Program if part is Part.PROGRAMS else Combination
    bank = tuple(kind(last[at : at + size]) for at in range(0, len(last), size))
    contents = Contents(programs=bank) if part is Part.PROGRAMS else Contents(combinations=bank)  # type: ignore[arg-type]
    return examine(contents).grade is not Grade.DAMAGED and _has_names(contents)
