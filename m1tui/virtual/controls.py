"""Keybed, joystick, VALUE slider and pedals: what they send, and what a recording keeps of it.

Source: M1 MIDI implementation 1-1, with its column of filters: notes always go out, joystick,
damper and volume while Control is ENA, data entry while Exclusive is. The chart gates aftertouch
by Control; the panel has a filter of its own for it, so both are asked for (assumed). In SEQ mode
all goes out on the chosen track's channel, elsewhere on the global one.
"""

from __future__ import annotations

from m1tui.sysex import Mode
from m1tui.sysex.global_data import PEDALS
from m1tui.virtual.editing import slide
from m1tui.virtual.keybed import FIRST_KEY, LAST_KEY, KeyFault, KeyTrouble
from m1tui.virtual.panel import EDIT_MODES, PLAY_MODES
from m1tui.virtual.performance import BENDER, CONTROL, NOTE_OFF, NOTE_ON, OFF_VELOCITY, PRESSURE
from m1tui.virtual.steps import Form
from m1tui.virtual.works import Works

PITCH_MODULATION, CUTOFF_MODULATION = 1, 2
DATA_ENTRY_MSB, VOLUME, DATA_ENTRY_LSB, DAMPER = 6, 7, 38, 64
HIGHEST = 127
"""The most that seven bits can say."""
BENDER_CENTRE = 1 << 13
_ONE_VELOCITY = 64
_DAMPER_DOWN, _HALF = 127, 64
_PROGRAM_UP, _PROGRAM_DOWN, _START_STOP = 0, 1, 2
_VOLUME_PEDAL, _SLIDER_PEDAL = PEDALS.index("volume"), PEDALS.index("edit slider")


def key_down(works: Works, key: int, velocity: int, faults: tuple[KeyFault, ...] = ()) -> None:
    """Press a key of the keybed, 36–96, with velocity 1–127; ValueError outside these ranges."""
    _check("key", key, FIRST_KEY, LAST_KEY)
    _check("velocity", velocity, 1, HIGHEST)
    trouble = _trouble(key, faults)
    if trouble is KeyTrouble.SILENT:
        return
    sent = _ONE_VELOCITY if trouble is KeyTrouble.ONE_VELOCITY else velocity
    note = _transposed(works, key)
    works.outbox += bytes([NOTE_ON | _channel(works), note, sent])
    works.record_key(note, sent)


def key_up(works: Works, key: int, faults: tuple[KeyFault, ...] = ()) -> None:
    """Let go of a key of the keybed, 36–96; ValueError outside."""
    _check("key", key, FIRST_KEY, LAST_KEY)
    if _trouble(key, faults) in (KeyTrouble.SILENT, KeyTrouble.STUCK):
        return
    note = _transposed(works, key)
    works.outbox += bytes([NOTE_OFF | _channel(works), note, OFF_VELOCITY])
    works.record_key(note, 0)


def press_keybed(works: Works, pressure: int) -> None:
    """Press harder on keys that are down: aftertouch 0–127; ValueError outside."""
    _check("pressure", pressure, 0, HIGHEST)
    if works.settings.aftertouch and works.settings.control:
        works.outbox += bytes([PRESSURE | _channel(works), pressure])
    if works.settings.aftertouch:
        # The guide disables aftertouch so that a track has room for more notes.
        works.record_change(Form.PRESSURE, pressure, 0)


def bend(works: Works, value: int) -> None:
    """Move the joystick to the left or right: 0–16383, the middle is 8192; ValueError outside."""
    _check("bender", value, 0, 2 * BENDER_CENTRE - 1)
    low, high = value & 0x7F, value >> 7
    if works.settings.control:
        works.outbox += bytes([BENDER | _channel(works), low, high])
    works.record_change(Form.BENDER, low, high)


def modulate(works: Works, controller: int, value: int) -> None:
    """Move the joystick up (controller 1) or down (2), 0–127 from the middle; ValueError else."""
    _check("controller", controller, PITCH_MODULATION, CUTOFF_MODULATION)
    _send_control(works, controller, value)


def press_damper(works: Works, down: bool) -> None:
    """Press the damper pedal, or let go; global's polarity says which contact means down."""
    on = down is not bool(works.memory.global_data.damper_polarity)
    _send_control(works, DAMPER, _DAMPER_DOWN if on else 0)


def move_slider(works: Works, position: int) -> None:
    """Move the VALUE slider to 0–127: data entry, and the value at the cursor; ValueError else.

    Both bytes of the data entry carry the position, so that both ends are reached (assumed).
    """
    _check("slider", position, 0, HIGHEST)
    slide(works, position / HIGHEST)
    if works.settings.exclusive and works.mode in PLAY_MODES + EDIT_MODES:
        status = CONTROL | works.settings.channel
        works.outbox += bytes([status, DATA_ENTRY_MSB, position, status, DATA_ENTRY_LSB, position])


def move_pedal(works: Works, pedal: int, position: int) -> None:
    """Move assignable pedal 1 or 2 to 0–127; it does what global says. ValueError outside.

    Switches act when the pedal passes the middle on its way down. What only changes the sound
    leaves no trace on MIDI OUT.
    """
    _check("pedal", pedal, 1, 2)
    _check("position", position, 0, HIGHEST)
    data = works.memory.global_data
    function = data.pedal_1 if pedal == 1 else data.pedal_2
    before, works.pedals = works.pedals[pedal - 1], _moved(works.pedals, pedal, position)
    pressed = before < _HALF <= position
    if function == _VOLUME_PEDAL:
        _send_control(works, VOLUME, position)
    elif function == _SLIDER_PEDAL:
        move_slider(works, position)
    elif pressed and function in (_PROGRAM_UP, _PROGRAM_DOWN) and works.mode in PLAY_MODES:
        works.select_by_panel(works.number + (1 if function == _PROGRAM_UP else -1))
    elif pressed and function == _START_STOP and works.mode is Mode.SEQUENCER:
        works.press_start_stop()


def _moved(pedals: tuple[int, int], pedal: int, position: int) -> tuple[int, int]:
    return (position, pedals[1]) if pedal == 1 else (pedals[0], position)


def _send_control(works: Works, number: int, value: int) -> None:
    _check("value", value, 0, HIGHEST)
    if works.settings.control:
        works.outbox += bytes([CONTROL | _channel(works), number, value])
    works.record_change(Form.CONTROL, number, value)


def _channel(works: Works) -> int:
    if works.mode is Mode.SEQUENCER:
        return works.song.channels[works.transport.track].channel
    return works.settings.channel


def _transposed(works: Works, key: int) -> int:
    return min(max(key + works.memory.global_data.key_transpose, 0), HIGHEST)


def _trouble(key: int, faults: tuple[KeyFault, ...]) -> KeyTrouble | None:
    return next((fault.kind for fault in faults if fault.note == key), None)


def _check(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what}: expected {low} to {high}, found {value}")
