"""From the bytes of one message to its typed value, with an error that says where it is wrong.

The frame is checked here, and dumps of banks are decoded; `short_decoder` does all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from m1tui.sysex.codes import (
    END,
    FRAME_SIZE,
    KORG,
    M1,
    PARTS_BY_DUMP,
    START,
    UNIVERSAL,
    maker_name,
    model_id,
    model_name,
)
from m1tui.sysex.dumps import decode_bank_dump
from m1tui.sysex.errors import (
    ForeignModelError,
    LengthError,
    StatusByteError,
    SysexError,
    UnknownMessageError,
    UnterminatedError,
)

if TYPE_CHECKING:
    from m1tui.sysex.messages import AnyMessage


def decode(data: bytes, offset: int = 0) -> AnyMessage:
    """Return the message in `data`, which must hold exactly one, F0 to F7.

    `offset` is where `data` stands in its file or stream; errors count from there.  Raises
    UnterminatedError, StatusByteError, ForeignModelError, UnknownMessageError, LengthError or
    AllocationError.
    """
    _check_frame(data, offset)
    if data[1] != UNIVERSAL:
        _check_header(data, offset)
        if data[4] in PARTS_BY_DUMP:
            return decode_bank_dump(data, PARTS_BY_DUMP[data[4]], offset)
    # Imported only now: most files hold dumps of banks alone, and are to be opened at once.
    from m1tui.sysex.short_decoder import decode_short, decode_universal

    if data[1] == UNIVERSAL:
        return decode_universal(data, offset)
    return decode_short(data, offset)


def _check_frame(data: bytes, offset: int) -> None:
    if not data or data[0] != START:
        found = f"{data[0]:02X}" if data else "nothing"
        raise SysexError(offset, "no exclusive message starts here", "F0", found)
    if data[-1] != END:
        _check_inside(data[1:], offset + 1)
        raise UnterminatedError(
            offset + len(data),
            f"the message at byte {offset} is incomplete after {len(data):,} bytes",
            "F7",
            "its end",
        )
    _check_inside(data[1:-1], offset + 1)
    if len(data) < FRAME_SIZE:
        raise LengthError(
            offset + len(data) - 1, "too short for a message", f"{FRAME_SIZE} bytes", f"{len(data)}"
        )


def _check_inside(inside: bytes, offset: int) -> None:
    if inside.isascii():
        return
    at, status = next((at, byte) for at, byte in enumerate(inside) if byte > 0x7F)
    raise StatusByteError(
        offset + at, "a status byte inside the message", "00 to 7F", f"{status:02X}"
    )


_GENERAL, _CONTROLLER = 0x30, 0x40
"""The upper half of the byte with the channel; small controllers have one of their own."""


def _check_header(data: bytes, offset: int) -> None:
    if data[1] != KORG:
        raise ForeignModelError(
            offset + 1,
            "another maker's message",
            "42 (Korg)",
            f"{data[1]:02X} ({maker_name(data[1:4])})",
        )
    number = model_id(data[3:-1])
    form = data[2] & 0xF0
    if form != _GENERAL and not (form == _CONTROLLER and len(number) > 1):
        raise UnknownMessageError(
            offset + 2, "not a Korg exclusive format", "30 to 3F", f"{data[2]:02X}"
        )
    if number != bytes([M1]):
        name = model_name(number) or "an unknown model"
        raise ForeignModelError(
            offset + 3,
            "another Korg's message",
            "19 (M1)",
            f"{number.hex(' ').upper()} ({name})",
        )
