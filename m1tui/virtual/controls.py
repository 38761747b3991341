"""Keybed, joystick, VALUE slider and pedals: what they send, what is recorded, what can fail.

Source: M1 MIDI implementation 1-1, with its column of filters: notes always go out, joystick,
damper and volume while Control is ENA, data entry while Exclusive is. The chart gates aftertouch
by Control; the panel has a filter of its own for it, so both are asked for (assumed). In SEQ mode
all goes out on the chosen track's channel, elsewhere on the global one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m1tui.sysex import Mode
from m1tui.sysex.global_data import PEDALS
from m1tui.virtual.editing import slide
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.panel import EDIT_MODES, PLAY_MODES
from m1tui.virtual.performance import BENDER, CONTROL, NOTE_OFF, NOTE_ON, OFF_VELOCITY, PRESSURE
from m1tui.virtual.steps import Form

FIRST_KEY, LAST_KEY = 36, 96
"""Note numbers of the lowest and the highest key, C2 and C7, without transposition."""


class KeyTrouble(StrEnum):
    """How a key of the keybed fails."""

    SILENT = "silent"
    """No contact: nothing is sent."""
    STUCK = "stuck"
    """It never comes up: a note on and no note off."""
    ONE_VELOCITY = "one-velocity"
    """One of its two contacts is bad: every stroke is sent alike."""


@dataclass(frozen=True, slots=True)
class KeyFault:
    """A faulty key; `note` is its note number without transposition, 36–96."""

    note: int
    kind: KeyTrouble

    def __post_init__(self) -> None:
        if not FIRST_KEY <= self.note <= LAST_KEY:
            raise ValueError(f"note: expected {FIRST_KEY} to {LAST_KEY}, found {self.note}")


PITCH_MODULATION, CUTOFF_MODULATION = 1, 2
DATA_ENTRY_MSB, VOLUME, DATA_ENTRY_LSB, DAMPER = 6, 7, 38, 64
HIGHEST = 127
"""The most that seven bits can say."""
BENDER_CENTRE = 1 << 13
_ONE_VELOCITY = 64
_DAMPER_DOWN, _HALF = 127, 64
_PROGRAM_UP, _PROGRAM_DOWN, _START_STOP = 0, 1, 2
_VOLUME_PEDAL, _SLIDER_PEDAL = PEDALS.index("volume"), PEDALS.index("edit slider")


def key_down(board: Mainboard, key: int, velocity: int, faults: tuple[KeyFault, ...] = ()) -> None:
    """Press a key of the keybed, 36–96, with velocity 1–127; ValueError outside these ranges."""
    _check("key", key, FIRST_KEY, LAST_KEY)
    _check("velocity", velocity, 1, HIGHEST)
    trouble = _trouble(key, faults)
    if trouble is KeyTrouble.SILENT:
        return
    sent = _ONE_VELOCITY if trouble is KeyTrouble.ONE_VELOCITY else velocity
    note = _transposed(board, key)
    board.outbox += bytes([NOTE_ON | _channel(board), note, sent])
    board.record_key(note, sent)


def key_up(board: Mainboard, key: int, faults: tuple[KeyFault, ...] = ()) -> None:
    """Let go of a key of the keybed, 36–96; ValueError outside."""
    _check("key", key, FIRST_KEY, LAST_KEY)
    if _trouble(key, faults) in (KeyTrouble.SILENT, KeyTrouble.STUCK):
        return
    note = _transposed(board, key)
    board.outbox += bytes([NOTE_OFF | _channel(board), note, OFF_VELOCITY])
    board.record_key(note, 0)


def press_keybed(board: Mainboard, pressure: int) -> None:
    """Press harder on keys that are down: aftertouch 0–127; ValueError outside."""
    _check("pressure", pressure, 0, HIGHEST)
    if board.settings.aftertouch and board.settings.control:
        board.outbox += bytes([PRESSURE | _channel(board), pressure])
    if board.settings.aftertouch:
        # The guide disables aftertouch so that a track has room for more notes.
        board.record_change(Form.PRESSURE, pressure, 0)


def bend(board: Mainboard, value: int) -> None:
    """Move the joystick to the left or right: 0–16383, the middle is 8192; ValueError outside."""
    _check("bender", value, 0, 2 * BENDER_CENTRE - 1)
    low, high = value & 0x7F, value >> 7
    if board.settings.control:
        board.outbox += bytes([BENDER | _channel(board), low, high])
    board.record_change(Form.BENDER, low, high)


def modulate(board: Mainboard, controller: int, value: int) -> None:
    """Move the joystick up (controller 1) or down (2), 0–127 from the middle; ValueError else."""
    _check("controller", controller, PITCH_MODULATION, CUTOFF_MODULATION)
    _send_control(board, controller, value)


def press_damper(board: Mainboard, down: bool) -> None:
    """Press the damper pedal, or let go; global's polarity says which contact means down."""
    on = down is not bool(board.memory.global_data.damper_polarity)
    _send_control(board, DAMPER, _DAMPER_DOWN if on else 0)


def move_slider(board: Mainboard, position: int) -> None:
    """Move the VALUE slider to 0–127: data entry, and the value at the cursor; ValueError else.

    Both bytes of the data entry carry the position, so that both ends are reached (assumed).
    """
    _check("slider", position, 0, HIGHEST)
    slide(board, position / HIGHEST)
    if board.settings.exclusive and board.mode in PLAY_MODES + EDIT_MODES:
        status = CONTROL | board.settings.channel
        board.outbox += bytes([status, DATA_ENTRY_MSB, position, status, DATA_ENTRY_LSB, position])


def move_pedal(board: Mainboard, pedal: int, position: int) -> None:
    """Move assignable pedal 1 or 2 to 0–127; it does what global says. ValueError outside.

    Switches act when the pedal passes the middle on its way down. What only changes the sound
    leaves no trace on MIDI OUT.
    """
    _check("pedal", pedal, 1, 2)
    _check("position", position, 0, HIGHEST)
    data = board.memory.global_data
    function = data.pedal_1 if pedal == 1 else data.pedal_2
    before, board.pedals = board.pedals[pedal - 1], _moved(board.pedals, pedal, position)
    pressed = before < _HALF <= position
    if function == _VOLUME_PEDAL:
        _send_control(board, VOLUME, position)
    elif function == _SLIDER_PEDAL:
        move_slider(board, position)
    elif pressed and function in (_PROGRAM_UP, _PROGRAM_DOWN) and board.mode in PLAY_MODES:
        board.select_by_panel(board.number + (1 if function == _PROGRAM_UP else -1))
    elif pressed and function == _START_STOP and board.mode is Mode.SEQUENCER:
        board.press_start_stop()


def _moved(pedals: tuple[int, int], pedal: int, position: int) -> tuple[int, int]:
    return (position, pedals[1]) if pedal == 1 else (pedals[0], position)


def _send_control(board: Mainboard, number: int, value: int) -> None:
    _check("value", value, 0, HIGHEST)
    if board.settings.control:
        board.outbox += bytes([CONTROL | _channel(board), number, value])
    board.record_change(Form.CONTROL, number, value)


def _channel(board: Mainboard) -> int:
    if board.mode is Mode.SEQUENCER:
        return board.song.channels[board.transport.track].channel
    return board.settings.channel


def _transposed(board: Mainboard, key: int) -> int:
    return min(max(key + board.memory.global_data.key_transpose, 0), HIGHEST)


def _trouble(key: int, faults: tuple[KeyFault, ...]) -> KeyTrouble | None:
    return next((fault.kind for fault in faults if fault.note == key), None)


def _check(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what}: expected {low} to {high}, found {value}")
