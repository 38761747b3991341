"""What is whole of a dump that breaks off: programs, combinations and global, object by object."""

from __future__ import annotations

from m1tui.sysex.codes import BODY_OFFSET, PARTS_BY_DUMP, Bank, Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump, allocation_of, lead_size, parts_in_order
from m1tui.sysex.forms.found import Piece
from m1tui.sysex.global_data import GlobalData
from m1tui.sysex.messages import (
    AnyMessage,
    CombinationDump,
    CombinationWrite,
    ProgramDump,
    ProgramWrite,
)
from m1tui.sysex.packing import GROUP, unpack
from m1tui.sysex.program import Program


def piece_of(frame: bytes, offset: int, size: int) -> Piece | None:
    """Return what is whole of a broken dump whose frame begins with F0 and has no F7.

    `offset` and `size` say where it stands in its file. None for what is no dump of a bank.
    """
    part = PARTS_BY_DUMP.get(frame[4]) if len(frame) > BODY_OFFSET else None
    if part is None:
        return None
    header = frame[BODY_OFFSET]
    packed = frame[BODY_OFFSET + lead_size(part) :]
    if len(packed) % (GROUP + 1) == 1:
        packed = packed[:-1]  # top bits whose bytes are gone
    if not packed.isascii():
        return None
    contents, missing = whole_objects(unpack(packed), part, header)
    return Piece(part, frame[2] & 0x0F, Bank(header & 1), contents, missing, offset, size)


def whole_objects(memory: bytes, part: Part, header: int) -> tuple[Contents, tuple[str, ...]]:
    """Return the whole objects at the beginning of a part's memory, and what is not there."""
    allocation = allocation_of(header)
    contents = Contents()
    missing: list[str] = []
    at = 0
    for one in parts_in_order(part):
        if one is Part.GLOBAL:
            raw = memory[at : at + GlobalData.size]
            at += GlobalData.size
            if len(raw) == GlobalData.size:
                contents = contents.replace(global_=GlobalData(raw))
            else:
                missing.append("global")
        elif one is Part.COMBINATIONS:
            count = allocation.combinations
            combinations = _objects(memory[at:], Combination, count)
            at += Combination.size * count
            missing += _missing("combinations", len(combinations), count)
            if combinations:
                contents = contents.replace(combinations=combinations, allocation=allocation)
        elif one is Part.PROGRAMS:
            programs = _objects(memory[at:], Program, allocation.programs)
            at += Program.size * allocation.programs
            missing += _missing("programs", len(programs), allocation.programs)
            if programs:
                contents = contents.replace(programs=programs, allocation=allocation)
        else:
            missing.append("sequence")
    return contents, tuple(missing)


def _objects(
    memory: bytes, kind: type[Program] | type[Combination], count: int
) -> tuple[Program | Combination, ...]:
    there = min(count, len(memory) // kind.size)
    return tuple(kind(memory[at : at + kind.size]) for at in range(0, there * kind.size, kind.size))


def _missing(word: str, there: int, count: int) -> list[str]:
    if there == count:
        return []
    return [word if not there else f"{word} {there:02d}-{count - 1:02d}"]


def whole_words(piece: Piece) -> str:
    """Return what is whole, for a person: "59 of 100 programs"; empty for nothing."""
    contents, words = piece.contents, []
    if contents.global_ is not None:
        words.append("global")
    allocation = contents.allocation
    if contents.combinations is not None and allocation is not None:
        words.append(_of(len(contents.combinations), allocation.combinations, "combinations"))
    if contents.programs is not None and allocation is not None:
        words.append(_of(len(contents.programs), allocation.programs, "programs"))
    return ", ".join(words)


def _of(there: int, count: int, word: str) -> str:
    return f"{there} of {count} {word}" if there < count else f"all {count} {word}"


def messages_of(piece: Piece) -> list[AnyMessage]:
    """Return what is whole as messages: whole parts as dumps, other objects each with its slot."""
    contents = piece.contents
    made: list[AnyMessage] = []
    allocation = contents.allocation
    whole = {
        Part.GLOBAL: contents.global_ is not None,
        Part.COMBINATIONS: allocation is not None
        and len(contents.combinations or ()) == allocation.combinations,
        Part.PROGRAMS: allocation is not None
        and len(contents.programs or ()) == allocation.programs,
    }
    for part, is_whole in whole.items():
        if is_whole:
            made.append(BankDump.of(contents, part, piece.bank, piece.channel))
        elif part is Part.COMBINATIONS:
            for number, combination in enumerate(contents.combinations or ()):
                made.append(CombinationDump(piece.channel, combination))
                made.append(CombinationWrite(piece.channel, piece.bank, number))
        elif part is Part.PROGRAMS:
            for number, program in enumerate(contents.programs or ()):
                made.append(ProgramDump(piece.channel, program))
                made.append(ProgramWrite(piece.channel, piece.bank, number))
    return made
