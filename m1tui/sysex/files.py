"""What a file of dumps holds, message by message, and files made of messages.

Nothing here opens a file: `forms` reads bytes, and messages become bytes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.forms.found import DumpFile, FoundMessage, Piece

if TYPE_CHECKING:
    from m1tui.sysex.messages import AnyMessage


def memory(file: DumpFile) -> Contents:
    """Return what all bank dumps hold together, or else the single programs and combinations.

    Raises AllocationError if the dumps do not belong together.
    """
    return file.contents() if file.dumps else singles(file)


def singles(file: DumpFile) -> Contents:
    """Return the programs and combinations that messages carry one by one, in their order."""
    held = [found.contents for found in file.messages if not isinstance(found.message, BankDump)]
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
        single = found.contents
        parts += [f'"{one.name}"' for one in single.programs or ()]
        parts += [f'"{one.name}"' for one in single.combinations or ()]
    place = f"{found.member}, at byte" if found.member else "at byte"
    return f"{place} {found.offset}: " + ", ".join(parts)


def piece_text(piece: Piece) -> str:
    """Return what is whole of a dump that breaks off, and what is missing, in one line."""
    place = f"{piece.member}, at byte" if piece.member else "at byte"
    held = ", ".join(piece.contents.describe())
    return (
        f"{place} {piece.offset}: {piece.part.label}, incomplete: {held} intact; "
        f"missing: {', '.join(piece.missing)}"
    )


FORMATS = {
    ".syx": "syx",
    ".mid": "mid",
    ".midi": "mid",
    ".hex": "hex",
    ".txt": "hex",
}
"""File endings, and the format (as `DumpFile` calls it) that each of them stands for."""

_BYTES_PER_LINE = 16
_TICKS_PER_BEAT = 480
_TICKS_PER_SECOND = 2 * _TICKS_PER_BEAT  # 120 beats a minute, where a file says nothing else
_SECONDS_PER_BYTE = 320e-6


def write_file(messages: Sequence[AnyMessage], format: str) -> bytes:  # noqa: A002 - DumpFile's word
    """Return the bytes of a file of `format` ("syx", "mid" or "hex") with these messages."""
    if format == "syx":
        return b"".join(message.encode() for message in messages)
    if format == "hex":
        return "\n".join(_hex_lines(message.encode()) for message in messages).encode("ascii")
    if format == "mid":
        return _midi_file([message.encode() for message in messages])
    raise ValueError(f"expected syx, mid or hex, found {format!r}")


def _hex_lines(data: bytes) -> str:
    starts = range(0, len(data), _BYTES_PER_LINE)
    lines = (data[at : at + _BYTES_PER_LINE].hex(" ").upper() for at in starts)
    return "".join(f"{line}\n" for line in lines)


def _midi_file(frames: list[bytes]) -> bytes:
    # mido takes a while to import, and only a Standard MIDI File needs it.
    from io import BytesIO

    import mido

    track = mido.MidiTrack()
    wait = 0
    for frame in frames:
        track.append(mido.Message("sysex", data=frame[1:-1], time=wait))
        # A sequencer that plays the file must not send faster than the wire takes the bytes.
        wait = int(len(frame) * _SECONDS_PER_BYTE * _TICKS_PER_SECOND) + 1
    track.append(mido.MetaMessage("end_of_track", time=wait))
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, tracks=[track])
    data = BytesIO()
    file.save(file=data)
    return data.getvalue()
