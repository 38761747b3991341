"""The M1's exclusive format: bytes to typed values and back; no input, no output, no clock."""

from m1tui.sysex.codes import (
    Allocation,
    Bank,
    CardFormat,
    CardState,
    Mode,
    NameKind,
    Part,
    StatusCode,
)
from m1tui.sysex.combination import Combination, Timbre
from m1tui.sysex.contents import Contents
from m1tui.sysex.decoder import AnyMessage, decode
from m1tui.sysex.dumps import BankDump, expected_size, message_size
from m1tui.sysex.effects import Effects
from m1tui.sysex.errors import (
    AllocationError,
    ForeignModelError,
    LengthError,
    StatusByteError,
    SysexError,
    UnknownMessageError,
    UnterminatedError,
)
from m1tui.sysex.files import DumpFile, FoundMessage, Problem, read_file
from m1tui.sysex.framer import (
    Event,
    ExclusiveFrame,
    Framer,
    Garbage,
    RealtimeByte,
    ShortMessage,
)
from m1tui.sysex.global_data import DrumInstrument, DrumKit, GlobalData
from m1tui.sysex.identity import IdentityReply, IdentityRequest
from m1tui.sysex.messages import (
    BankRequest,
    CardNames,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Message,
    ModeChange,
    ModeData,
    ModeRequest,
    NamesRequest,
    ParameterChange,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    Status,
    card_code,
)
from m1tui.sysex.packing import pack, packed_size, unpack, unpacked_size
from m1tui.sysex.program import INIT_NAME, Oscillator, Program
from m1tui.sysex.record import Field, Record, Value
from m1tui.sysex.sequence import Pattern, Sequence, SequenceControl, Song
from m1tui.sysex.text import printable

__all__ = [
    "INIT_NAME",
    "Allocation",
    "AllocationError",
    "AnyMessage",
    "Bank",
    "BankDump",
    "BankRequest",
    "CardFormat",
    "CardNames",
    "CardState",
    "Combination",
    "CombinationDump",
    "CombinationRequest",
    "CombinationWrite",
    "Contents",
    "DrumInstrument",
    "DrumKit",
    "DumpFile",
    "Effects",
    "Event",
    "ExclusiveFrame",
    "Field",
    "ForeignModelError",
    "FoundMessage",
    "Framer",
    "Garbage",
    "GlobalData",
    "IdentityReply",
    "IdentityRequest",
    "LengthError",
    "Message",
    "Mode",
    "ModeChange",
    "ModeData",
    "ModeRequest",
    "NameKind",
    "NamesRequest",
    "Oscillator",
    "ParameterChange",
    "Part",
    "Pattern",
    "Problem",
    "Program",
    "ProgramDump",
    "ProgramRequest",
    "ProgramWrite",
    "RealtimeByte",
    "Record",
    "Sequence",
    "SequenceControl",
    "ShortMessage",
    "Song",
    "Status",
    "StatusByteError",
    "StatusCode",
    "SysexError",
    "Timbre",
    "UnknownMessageError",
    "UnterminatedError",
    "Value",
    "card_code",
    "decode",
    "expected_size",
    "message_size",
    "pack",
    "packed_size",
    "printable",
    "read_file",
    "unpack",
    "unpacked_size",
]
