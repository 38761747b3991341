"""The M1's exclusive format: bytes to typed values and back; no input, no output, no clock.

A module is imported when something of it is first asked for: whoever opens a file of dumps waits
for neither the short messages nor the framer, and the app's first screen waits for neither.
"""

from typing import TYPE_CHECKING

from m1tui.late import offer

if TYPE_CHECKING:
    from m1tui.sysex.codes import (
        Allocation,
        Bank,
        CardFormat,
        CardState,
        Message,
        Mode,
        NameKind,
        Part,
        StatusCode,
    )
    from m1tui.sysex.combination import Combination, Timbre
    from m1tui.sysex.contents import Contents
    from m1tui.sysex.decoder import decode
    from m1tui.sysex.dumps import BankDump, expected_size, message_size
    from m1tui.sysex.effects import Effects
    from m1tui.sysex.errors import (
        AllocationError,
        ForeignModelError,
        LengthError,
        RivalError,
        StatusByteError,
        SysexError,
        UnknownMessageError,
        UnterminatedError,
    )
    from m1tui.sysex.framer import (
        Event,
        ExclusiveFrame,
        Framer,
        Garbage,
        RealtimeByte,
        ShortMessage,
    )
    from m1tui.sysex.global_data import DrumInstrument, DrumKit, GlobalData
    from m1tui.sysex.messages import (
        AnyMessage,
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
        card_code,
    )
    from m1tui.sysex.packing import pack, packed_size, unpack, unpacked_size
    from m1tui.sysex.program import INIT_NAME, Oscillator, Program
    from m1tui.sysex.record import Field, Record, Value
    from m1tui.sysex.sequence import Pattern, Sequence, SequenceControl, Song
    from m1tui.sysex.text import printable

_MODULES = (
    "text",
    "codes",
    "errors",
    "packing",
    "decoder",
    "dumps",
    "contents",
    "program",
    "combination",
    "global_data",
    "sequence",
    "effects",
    "record",
    "messages",
    "framer",
)
"""Where the names stand: those that bring little first, those that few need last."""

if not TYPE_CHECKING:  # a type checker knows the names, and finds those that are not there
    __getattr__ = offer(__name__, _MODULES)
