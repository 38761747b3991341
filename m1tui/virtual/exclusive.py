"""How the M1 answers an exclusive message: which are ignored, and what the others do."""

from __future__ import annotations

from m1tui.sysex import (
    Bank,
    BankDump,
    BankRequest,
    CardNames,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    IdentityReply,
    IdentityRequest,
    Message,
    Mode,
    ModeChange,
    ModeRequest,
    NamesRequest,
    ParameterChange,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
    StatusCode,
    SysexError,
    decode,
    expected_size,
)
from m1tui.virtual.editing import change_parameter
from m1tui.virtual.mainboard import Mainboard

PROGRAM_MODES = (Mode.PROG, Mode.EDIT_PROG)
COMBINATION_MODES = (Mode.COMBI, Mode.EDIT_COMBI)
_HEADER = 5
_RECEIVED = frozenset(
    b"\x12\x10\x19\x1f\x16\x1c\x1d\x18\x0e\x0f\x11\x1a\x40\x49\x4c\x4d\x51\x48\x50\x4e\x41"
)
"""Functions that the M1 receives; all others, its own replies among them, it ignores."""


def answer(
    board: Mainboard, data: bytes, identity: IdentityReply
) -> Message | IdentityReply | None:
    """Act on one whole message, F0 to F7, and return the answer, None where it is ignored.

    Identity is answered on the global channel or 7F, whatever filters and sequencer do
    (assumed). Everything else is ignored while Exclusive is DIS outside the data dump page, on
    another channel, and while the sequencer plays or records. A wrong length is answered with
    26. A wrong mode for 10, 19, 40, 49 is answered with 24 and for 11, 1A with 22 (assumed: the
    protocol names 24 as the only other answer, and only a wrong mode can be its cause).
    """
    if data[1:2] == b"\x7e":
        return _identity(board, data, identity)
    channel = board.settings.channel
    if data[:4] != bytes([0xF0, 0x42, 0x30 | channel, 0x19]) or len(data) <= _HEADER:
        return None
    if not (board.settings.exclusive or board.in_data_dump_page) or board.transport.running:
        return None
    if data[4] not in _RECEIVED:
        return None
    try:
        message = decode(data)
    except SysexError:
        fits = expected_size(data) == len(data)
        # The length is right, so what is wrong is the allocation: more steps than it holds.
        code = StatusCode.LOAD_ERROR if fits else StatusCode.FORMAT_ERROR
        return Status(channel, code)
    assert isinstance(message, Message)
    return _act(board, message)


def _identity(board: Mainboard, data: bytes, identity: IdentityReply) -> IdentityReply | None:
    try:
        message = decode(data)
    except SysexError:
        return None
    if not isinstance(message, IdentityRequest):
        return None
    channel = board.settings.channel
    if message.channel not in (None, channel):
        return None
    return IdentityReply(channel, identity.body)


def _act(board: Mainboard, message: Message) -> Message:
    channel = board.settings.channel
    match message:
        case ModeRequest():
            return board.mode_data()
        case NamesRequest():
            if board.pcm_card is None:
                return Status(channel, StatusCode.LOAD_ERROR)
            return CardNames(channel, message.kind, board.pcm_card.names(message.kind))
        case BankRequest():
            dump = board.dump(message.part, message.bank)
            return dump or Status(channel, StatusCode.LOAD_ERROR)
        case BankDump():
            return Status(channel, board.load(message))
        case ModeChange():
            return _completed(channel, _change_mode(board, message))
        case ParameterChange():
            done = change_parameter(board, message.page, message.position, message.value)
            return _completed(channel, done)
    return _act_on_edit_buffer(board, message)


def _act_on_edit_buffer(board: Mainboard, message: Message) -> Message:
    channel = board.settings.channel
    combination = isinstance(message, CombinationRequest | CombinationDump | CombinationWrite)
    allowed = board.mode in (COMBINATION_MODES if combination else PROGRAM_MODES)
    match message:
        case ProgramWrite() | CombinationWrite():
            if not allowed:
                return Status(channel, StatusCode.WRITE_ERROR)
            record = board.edit_combination if combination else board.edit_program
            return Status(channel, board.store(record, message.bank, message.number))
        case _ if not allowed:
            return _completed(channel, done=False)
        case ProgramRequest():
            return ProgramDump(channel, board.edit_program)
        case CombinationRequest():
            return CombinationDump(channel, board.edit_combination)
        case ProgramDump():
            board.edit_program = message.program
        case CombinationDump():
            board.edit_combination = message.combination
    return _completed(channel, done=True)


def _completed(channel: int, done: bool) -> Status:
    return Status(channel, StatusCode.LOAD_COMPLETED if done else StatusCode.LOAD_ERROR)


def _change_mode(board: Mainboard, message: ModeChange) -> bool:
    mode = message.mode
    if mode is None:
        return False
    board.set_mode(mode)
    leaves_the_bank = message.bank_code & 0x10
    if leaves_the_bank or mode in (Mode.GLOBAL, Mode.SEQUENCER):
        return True
    return board.change_bank(Bank(message.bank_code & 1))
