"""Every message that is no dump of a bank, from the bytes of its frame to its typed value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from m1tui.sysex.codes import (
    BODY_OFFSET,
    FRAME_SIZE,
    PARTS_BY_REQUEST,
    Bank,
    Message,
    NameKind,
    Part,
    StatusCode,
    member,
)
from m1tui.sysex.combination import Combination
from m1tui.sysex.errors import LengthError, UnknownMessageError
from m1tui.sysex.messages import (
    ANY_DEVICE,
    NAME_SIZE,
    BankRequest,
    CardNames,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    IdentityReply,
    IdentityRequest,
    ModeChange,
    ModeData,
    ModeRequest,
    NamesRequest,
    ParameterChange,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
)
from m1tui.sysex.packing import packed_size, spare_bits, unpack
from m1tui.sysex.program import Program


def decode_short(data: bytes, offset: int) -> Message:
    """Return the M1's message in a frame whose header has been checked.

    Raises UnknownMessageError or LengthError.
    """
    function = data[4]
    if function in (NameKind.MULTISOUNDS.answer_function, NameKind.DRUM_SOUNDS.answer_function):
        return _decode_names(data, offset)
    if function not in _FIXED:
        raise UnknownMessageError(
            offset + 4, "an unknown function", "a known function code", f"{function:02X}"
        )
    size, build = _FIXED[function]
    _check_size(data, size, offset, f"function {function:02X}")
    return build(_Frame(data, offset))


def decode_universal(data: bytes, offset: int) -> IdentityRequest | IdentityReply:
    """Return the universal message in a checked frame; raises UnknownMessageError, LengthError."""
    kind = data[3:5]
    if kind == b"\x06\x01":
        _check_size(data, FRAME_SIZE, offset, "the identity request")
        return IdentityRequest(None if data[2] == ANY_DEVICE else _channel(data, offset))
    if kind == b"\x06\x02":
        return IdentityReply(_channel(data, offset), data[5:-1])
    raise UnknownMessageError(
        offset + 3, "a universal message that the M1 does not use", "06 01 or 06 02", kind.hex(" ")
    )


def _check_size(data: bytes, size: int, offset: int, what: str) -> None:
    if len(data) != size:
        raise LengthError(
            offset + min(len(data), size) - 1,
            f"{what} has the wrong length",
            f"{size:,} bytes",
            f"{len(data):,}",
        )


def _channel(data: bytes, offset: int) -> int:
    if data[2] > 0x0F:
        raise UnknownMessageError(offset + 2, "no MIDI channel", "00 to 0F", f"{data[2]:02X}")
    return data[2]


def _decode_names(data: bytes, offset: int) -> CardNames:
    kind = next(kind for kind in NameKind if kind.answer_function == data[4])
    count = data[5] if len(data) > FRAME_SIZE else 0
    _check_size(data, FRAME_SIZE + 1 + NAME_SIZE * count, offset, f"a list of {count} names")
    names = data[BODY_OFFSET + 1 : -1]
    split = tuple(names[at : at + NAME_SIZE] for at in range(0, len(names), NAME_SIZE))
    return CardNames(data[2] & 0x0F, kind, split)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A message whose frame, header and length have been checked."""

    data: bytes
    offset: int

    @property
    def channel(self) -> int:
        return self.data[2] & 0x0F

    @property
    def body(self) -> bytes:
        return self.data[BODY_OFFSET:-1]

    @property
    def bank(self) -> Bank:
        code = self.body[0]
        bank = member(Bank, code)
        if bank is None:
            raise UnknownMessageError(
                self.offset + BODY_OFFSET, "no bank", "00 or 01", f"{code:02X}"
            )
        return bank


_Builder = Callable[[_Frame], Message]


def _bank_request(part: Part) -> _Builder:
    return lambda frame: BankRequest(frame.channel, part, frame.bank)


def _names_request(kind: NameKind) -> _Builder:
    return lambda frame: NamesRequest(frame.channel, kind)


def _status(code: StatusCode) -> _Builder:
    return lambda frame: Status(frame.channel, code)


def _parameter_change(frame: _Frame) -> ParameterChange:
    page, position, low, high = frame.body
    return ParameterChange(frame.channel, page, position, low | high << 7)


_FIXED: dict[int, tuple[int, _Builder]] = {
    0x12: (FRAME_SIZE, lambda frame: ModeRequest(frame.channel)),
    0x10: (FRAME_SIZE, lambda frame: ProgramRequest(frame.channel)),
    0x19: (FRAME_SIZE, lambda frame: CombinationRequest(frame.channel)),
    0x11: (8, lambda frame: ProgramWrite(frame.channel, frame.bank, frame.body[1])),
    0x1A: (8, lambda frame: CombinationWrite(frame.channel, frame.bank, frame.body[1])),
    0x40: (
        FRAME_SIZE + packed_size(Program.size),
        lambda frame: ProgramDump(
            frame.channel, Program(unpack(frame.body)), spare_bits(frame.body)
        ),
    ),
    0x49: (
        FRAME_SIZE + packed_size(Combination.size),
        lambda frame: CombinationDump(
            frame.channel, Combination(unpack(frame.body)), spare_bits(frame.body)
        ),
    ),
    0x42: (10, lambda frame: ModeData(frame.channel, *frame.body)),
    0x4E: (8, lambda frame: ModeChange(frame.channel, *frame.body)),
    0x41: (10, _parameter_change),
    **{kind.value: (FRAME_SIZE, _names_request(kind)) for kind in NameKind},
    **{function: (7, _bank_request(part)) for function, part in PARTS_BY_REQUEST.items()},
    **{code.value: (FRAME_SIZE, _status(code)) for code in StatusCode},
}
"""Function code → size on the wire and how to build the value."""
