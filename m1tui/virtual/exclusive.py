"""How the M1 answers an exclusive message: which are ignored, and what the others do."""

from __future__ import annotations

from m1tui.manners import (
    BUFFER_MODES,
    CARD_ABSENT,
    DISABLED_DUMP,
    DUMP_MODES,
    IDENTITY_DISABLED,
    LOAD_ORDER,
    LOAD_TIME,
    MALFORMED,
    MODE_CHANGE_REPLY,
    PROTECTED_DUMP,
    WHILE_PLAYING,
    WRONG_MODE,
    Manner,
)
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
PLAY_MODES = (Mode.PROG, Mode.COMBI)
_HEADER = 5
_RECEIVED = frozenset(
    b"\x12\x10\x19\x1f\x16\x1c\x1d\x18\x0e\x0f\x11\x1a\x40\x49\x4c\x4d\x51\x48\x50\x4e\x41"
)
"""Functions that the M1 receives; all others, its own replies among them, it ignores."""
_DUMPS = frozenset(b"\x40\x49\x4c\x4d\x51\x48\x50")
_MODE_REQUEST = 0x12
_REPLIES = {"24": StatusCode.LOAD_ERROR, "26": StatusCode.FORMAT_ERROR}
LOAD_SECONDS = {"at-once": 0.0, "0.5s": 0.5, "2s": 2.0, "5s": 5.0}
"""How long it is busy with a dump that it took, by the manner; a refusal takes no time."""
LAG = 0.5
"""Seconds after the reply at which memory changes, where the reply comes first."""


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
    if data[4] not in _RECEIVED:
        return None
    if board.transport.running and not _heard_while_playing(board, data[4]):
        return None
    if not (board.settings.exclusive or board.ignores_filter):
        return _said(board, DISABLED_DUMP) if data[4] in _DUMPS else None
    try:
        message = decode(data)
    except SysexError:
        if expected_size(data) == len(data):
            # The length is right, so what is wrong is the allocation: more steps than it holds.
            return Status(channel, StatusCode.LOAD_ERROR)
        return _said(board, MALFORMED)
    assert isinstance(message, Message)
    return _act(board, message)


def _heard_while_playing(board: Mainboard, function: int) -> bool:
    manner = board.manners[WHILE_PLAYING]
    return manner == "answered" or (manner == "mode-data" and function == _MODE_REQUEST)


def _said(board: Mainboard, manner: Manner) -> Status | None:
    """Return the reply that a manner names, None for silence."""
    code = _REPLIES.get(board.manners[manner])
    return Status(board.settings.channel, code) if code is not None else None


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
    disabled = not (board.settings.exclusive or board.ignores_filter)
    if disabled and board.manners[IDENTITY_DISABLED] == "silence":
        return None
    return IdentityReply(channel, identity.body)


def _act(board: Mainboard, message: Message) -> Message | None:
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
            if dump is None and message.bank is Bank.CARD and board.card is None:
                return _said(board, CARD_ABSENT)
            return dump or Status(channel, StatusCode.LOAD_ERROR)
        case BankDump():
            return _load(board, message)
        case ModeChange():
            done = _change_mode(board, message)
            silent = board.manners[MODE_CHANGE_REPLY] == "silence"
            return None if silent else _completed(channel, done)
        case ParameterChange():
            done = change_parameter(board, message.page, message.position, message.value)
            return _completed(channel, done)
    return _act_on_edit_buffer(board, message)


def _load(board: Mainboard, dump: BankDump) -> Status | None:
    channel, modes = board.settings.channel, board.manners[DUMP_MODES]
    if (modes == "play-modes" and board.mode not in PLAY_MODES) or (
        modes == "global-mode" and board.mode is not Mode.GLOBAL
    ):
        return Status(channel, StatusCode.LOAD_ERROR)
    if board.protected(dump.part, dump.bank):
        return _said(board, PROTECTED_DUMP)
    if not board.fits(dump):
        return Status(channel, StatusCode.LOAD_ERROR)
    if board.manners[LOAD_ORDER] == "before":
        replies = LOAD_SECONDS[board.manners[LOAD_TIME]]
        board.later(replies + LAG, lambda: _take_late(board, dump))
    else:
        board.take_dump(dump)
    board.leave_behind_dump()
    return Status(channel, StatusCode.LOAD_COMPLETED)


def _take_late(board: Mainboard, dump: BankDump) -> None:
    # Meanwhile the card may have been taken out, or the memory shared out otherwise.
    if board.fits(dump):
        board.take_dump(dump)


def _act_on_edit_buffer(board: Mainboard, message: Message) -> Message | None:
    channel = board.settings.channel
    combination = isinstance(message, CombinationRequest | CombinationDump | CombinationWrite)
    modes = COMBINATION_MODES if combination else PROGRAM_MODES
    play_only = board.manners[BUFFER_MODES] == "play-only"
    allowed = board.mode in modes and (board.mode in PLAY_MODES or not play_only)
    if not allowed and board.manners[WRONG_MODE] == "silence":
        return None
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
            board.edit_program = board.as_kept(message.program)
        case CombinationDump():
            board.edit_combination = board.as_kept(message.combination)
    return _completed(channel, done=True)


def _completed(channel: int, done: bool) -> Status:
    return Status(channel, StatusCode.LOAD_COMPLETED if done else StatusCode.LOAD_ERROR)


def _change_mode(board: Mainboard, message: ModeChange) -> bool:
    mode = message.mode
    if mode is None:
        return False
    board.change_mode(mode)
    leaves_the_bank = message.bank_code & 0x10
    if leaves_the_bank or mode in (Mode.GLOBAL, Mode.SEQUENCER):
        return True
    return board.change_bank(Bank(message.bank_code & 1))
