"""Every MIDI message in words, harmless on a screen whatever its bytes are."""

from __future__ import annotations

from typing import Any

from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    CardNames,
    CombinationDump,
    CombinationWrite,
    ForeignModelError,
    IdentityReply,
    ModeChange,
    ModeData,
    NamesRequest,
    ParameterChange,
    ProgramDump,
    ProgramWrite,
    Status,
    SysexError,
    decode,
    printable,
)
from m1tui.sysex.names import NOTES

CONTROLLERS = {
    0: "bank select",
    1: "joystick up",
    2: "joystick down",
    6: "data entry",
    7: "volume",
    10: "pan",
    64: "damper pedal",
    96: "data increment",
    97: "data decrement",
    100: "RPN low",
    101: "RPN high",
    121: "reset all controllers",
    122: "local control",
    123: "all notes off",
    124: "omni off",
    125: "omni on",
    126: "mono",
    127: "poly",
}
"""Controllers by number, the joystick as the M1 has it."""

REALTIME = {
    0xF8: "timing clock",
    0xFA: "start",
    0xFB: "continue",
    0xFC: "stop",
    0xFE: "active sensing",
    0xFF: "system reset",
}
"""Realtime messages by status byte; F9 and FD are undefined."""

_NAMES_SHOWN = 4
_BEND_CENTRE = 8_192


def of_exclusive(data: bytes) -> str:
    """Return what a whole exclusive message says and holds."""
    try:
        message = decode(data)
    except ForeignModelError as error:
        return f"SysEx from another instrument: {printable(str(error))}"
    except SysexError as error:
        return f"SysEx that is not from an M1: {printable(str(error))}"
    channel = "" if message.channel is None else f", channel {message.channel + 1}"
    return f"{_said(message)}{channel}"


def _said(message: AnyMessage) -> str:
    match message:
        case BankDump():
            held = ", ".join(message.contents.describe())
            allocation = message.allocation
            kind = "" if allocation is None else f", {allocation.label}"
            return f"{message.part.label} dump, {_bank(message.bank)}{kind}: {held}"
        case ProgramDump():
            return f'program "{message.program.name.rstrip()}"'
        case CombinationDump():
            return f'combination "{message.combination.name.rstrip()}"'
        case ProgramWrite() | CombinationWrite():
            return f"{message.label} for {_bank(message.bank)} {message.number:02d}"
        case BankRequest():
            return f"{message.label} for {message.part.label}, {_bank(message.bank)}"
        case NamesRequest():
            return f"{message.label} for {message.kind.label}"
        case CardNames():
            names = ", ".join(f'"{name.rstrip()}"' for name in message.shown[:_NAMES_SHOWN])
            more = ", ..." if len(message.names) > _NAMES_SHOWN else ""
            return f"{len(message.names)} {message.kind.label} on a card: {names}{more}"
        case ModeData():
            return f"mode data: {_mode(message)}, {_settings(message)}"
        case ModeChange():
            return f"mode change to {_mode(message)}"
        case ParameterChange():
            place = f"page {message.page}, position {message.position}"
            return f"parameter change: {place}, value {message.value}"
        case Status():
            return f"{message.code.value:02X} {message.code.label}"
        case IdentityReply():
            return f"identity reply: {printable(message.model)}"
        case _:
            return message.label


def _bank(bank: Any) -> str:
    return str(bank.name).lower()


def _mode(message: ModeData | ModeChange) -> str:
    mode = message.mode
    return mode.label if mode is not None else f"an unknown mode ({message.mode_code})"


def _settings(message: ModeData) -> str:
    allocation = message.allocation
    label = allocation.label if allocation is not None else "an unknown allocation"
    pcm = {True: "in", False: "none", None: "unknown"}[message.pcm_card]
    return f"{label}, card {message.card.value}, PCM card {pcm}"


def of_short(data: bytes) -> str:
    """Return what a whole channel or system common message says."""
    # mido takes longer to load than most commands run.
    from mido import Message

    message = Message.from_bytes(data)
    said = _short(message)
    return f"{said}, channel {message.channel + 1}" if hasattr(message, "channel") else said


def _short(message: Any) -> str:
    match message.type:
        case "note_on" | "note_off":
            kind = message.type.replace("_", " ")
            return f"{kind} {NOTES[message.note]}, velocity {message.velocity}"
        case "polytouch":
            return f"key pressure {NOTES[message.note]}, {message.value}"
        case "aftertouch":
            return f"aftertouch {message.value}"
        case "program_change":
            return f"program change {message.program}"
        case "control_change":
            name = CONTROLLERS.get(message.control)
            named = f" ({name})" if name else ""
            return f"control change {message.control}{named}, {message.value}"
        case "pitchwheel":
            return f"pitch bend {message.pitch:+d} of {_BEND_CENTRE}"
        case "songpos":
            return f"song position {message.pos}"
        case "song_select":
            return f"song select {message.song}"
        case "quarter_frame":
            return f"time code quarter frame {message.frame_type}, {message.frame_value}"
        case _:
            return str(message.type).replace("_", " ")


def of_realtime(status: int) -> str:
    """Return the name of a realtime message, F8 to FF."""
    return REALTIME.get(status, f"undefined realtime message {status:02X}")
