"""What a file of dumps holds, message by message, and the memory that they carry together."""

from __future__ import annotations

from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.forms.found import DumpFile, FoundMessage, Piece


def carried(found: FoundMessage) -> Contents:
    """Return the memory that a message carries: a bank's, one program, one combination, none."""
    message = found.message
    if isinstance(message, BankDump):
        return message.contents
    # Imported only now: most files hold dumps of banks alone.
    from m1tui.sysex.messages import CombinationDump, ProgramDump

    if isinstance(message, ProgramDump):
        return Contents(programs=(message.program,))
    if isinstance(message, CombinationDump):
        return Contents(combinations=(message.combination,))
    return Contents()


def memory(file: DumpFile) -> Contents:
    """Return what all bank dumps hold together, or else the single programs and combinations.

    Raises AllocationError if the dumps do not belong together.
    """
    return file.contents() if file.dumps else singles(file)


def singles(file: DumpFile) -> Contents:
    """Return the programs and combinations that messages carry one by one, in their order."""
    held = [carried(found) for found in file.messages if not isinstance(found.message, BankDump)]
    programs = tuple(one for single in held for one in single.programs or ())
    combinations = tuple(one for single in held for one in single.combinations or ())
    return Contents(programs=programs or None, combinations=combinations or None)


def message_kind(found: FoundMessage) -> str:
    """Return what a message is: "all data", "one program"."""
    message = found.message
    return message.part.label if isinstance(message, BankDump) else message.label


def message_text(found: FoundMessage) -> str:
    """Return where a message stands, its kind, size, channel, and what it holds, in one line."""
    message = found.message
    kind, function = message_kind(found), getattr(message, "function", None)
    parts = [kind if function is None else f"{kind} ({function:02X})"]
    parts.append(f"{found.size:,} bytes")
    if message.channel is not None:
        parts.append(f"channel {message.channel + 1}")
    if isinstance(message, BankDump):
        if message.allocation is not None:
            parts.append(message.allocation.label)
        held = ", ".join(message.contents.describe())
        parts.append(f"{message.bank.name.lower()} memory: {held}")
    else:
        single = carried(found)
        parts += [f'"{one.name}"' for one in single.programs or ()]
        parts += [f'"{one.name}"' for one in single.combinations or ()]
    place = f"{found.member}, at byte" if found.member else "at byte"
    return f"{place} {found.offset}: " + ", ".join(parts)


def piece_text(piece: Piece) -> str:
    """Return what is whole of a dump that breaks off, and what is missing, in one line."""
    place = f"{piece.member}, at byte" if piece.member else "at byte"
    held = ", ".join(piece.contents.describe())
    return (
        f"{place} {piece.offset}: {piece.part.label}, broken off: {held} whole; "
        f"missing: {', '.join(piece.missing)}"
    )
