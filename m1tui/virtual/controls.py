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
from m1tui.sysex.steps import Form
from m1tui.virtual.card import Card
from m1tui.virtual.chassis import Chassis
from m1tui.virtual.editing import slide
from m1tui.virtual.keys import Key
from m1tui.virtual.mainboard import VOLUME, Mainboard
from m1tui.virtual.memory import Supply
from m1tui.virtual.panel import EDIT_MODES, PLAY_MODES
from m1tui.virtual.performance import BENDER, CONTROL, NOTE_OFF, NOTE_ON, OFF_VELOCITY, PRESSURE
from m1tui.virtual.settings import Model
from m1tui.virtual.sound import Source

FIRST_KEY, LAST_KEY = 36, 96
"""Note numbers of the lowest and the highest key, C2 and C7, without transposition."""


class KeyTrouble(StrEnum):
    """How a key on the keybed fails."""

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
DATA_ENTRY_MSB, DATA_ENTRY_LSB, DAMPER = 6, 38, 64
HIGHEST = 127
"""The most that seven bits can say."""
BENDER_CENTRE = 1 << 13
WORN_CENTRE = BENDER_CENTRE + 700
"""Where a worn joystick rests."""
WORN_LEFT = BENDER_CENTRE - BENDER_CENTRE // 3
"""How far a worn joystick goes to the left."""
_ONE_VELOCITY = 64
_DAMPER_DOWN, _HALF = 127, 64
_PROGRAM_UP, _PROGRAM_DOWN, _START_STOP = 0, 1, 2
_VOLUME_PEDAL, _SLIDER_PEDAL = PEDALS.index("volume"), PEDALS.index("edit slider")


class Controls(Chassis):
    """What hands move; nothing happens while the M1 is off, nor to keys that the rack lacks."""

    def __init__(
        self,
        board: Mainboard,
        supply: Supply,
        card: Card | None,
        key_faults: tuple[KeyFault, ...] = (),
    ) -> None:
        super().__init__(board, supply, card)
        self.key_faults = key_faults
        """What is wrong with the keybed."""
        self.dead_keys: frozenset[Key] = frozenset()
        """Keys of the panel whose switches do nothing."""
        self.worn_joystick = False
        """Whether the joystick rests beside its centre and does not reach its left end."""
        self.dead_converter = False
        """Whether IC29 reads neither joystick nor VALUE nor aftertouch."""
        self.struck_softly: int | None = None
        """The single key that hands have struck last, if softly: the next stroke is a hard one."""

    def mend(self) -> None:
        """Mend what is broken, as a workshop does: board, supply, keys, controls, outputs."""
        self.key_faults, self.dead_keys = (), frozenset()
        self.worn_joystick = self.dead_converter = False
        self.supply = self.supply.mended()
        self.board.dead_outputs, self.board.effects_hiss = frozenset(), False

    @property
    def _has_keys(self) -> bool:
        # The rack has no keybed and no joystick; nobody can move them.
        return self.powered and self.board.model is Model.M1

    def key_down(self, key: int, velocity: int) -> None:
        """Press a key on the keybed, 36–96, with velocity 1–127; ValueError outside."""
        if not self._has_keys:
            return
        _check("key", key, FIRST_KEY, LAST_KEY)
        _check("velocity", velocity, 1, HIGHEST)
        trouble = _trouble(key, self.key_faults)
        if trouble is KeyTrouble.SILENT:
            return
        sent = _ONE_VELOCITY if trouble is KeyTrouble.ONE_VELOCITY else velocity
        note = self._transposed(key)
        self.board.outbox += bytes([NOTE_ON | self._channel(), note, sent])
        in_song = self.board.mode is Mode.SEQUENCER
        track = self.board.transport.track if in_song else None
        self.board.play(Source.KEYS, self._channel(), note, sent, track)
        self.board.record_key(note, sent)

    def key_up(self, key: int) -> None:
        """Let go of a key on the keybed, 36–96; ValueError outside."""
        if not self._has_keys:
            return
        _check("key", key, FIRST_KEY, LAST_KEY)
        if _trouble(key, self.key_faults) in (KeyTrouble.SILENT, KeyTrouble.STUCK):
            return
        note = self._transposed(key)
        self.board.outbox += bytes([NOTE_OFF | self._channel(), note, OFF_VELOCITY])
        self.board.release(Source.KEYS, self._channel(), note)
        self.board.record_key(note, 0)

    def press_keybed(self, pressure: int) -> None:
        """Press harder on keys that are down: aftertouch 0–127; ValueError outside."""
        if not self._has_keys or self.dead_converter:
            return
        _check("pressure", pressure, 0, HIGHEST)
        if self.board.settings.aftertouch and self.board.settings.control:
            self.board.outbox += bytes([PRESSURE | self._channel(), pressure])
        if self.board.settings.aftertouch:
            # The guide disables aftertouch so that a track has room for more notes.
            self.board.record_change(Form.AFTERTOUCH, pressure, 0)

    def bend(self, value: int) -> None:
        """Move the joystick left or right: 0–16383, the middle is 8192; ValueError outside."""
        if not self._has_keys or self.dead_converter:
            return
        _check("bender", value, 0, 2 * BENDER_CENTRE - 1)
        if self.worn_joystick:
            value = WORN_CENTRE if value == BENDER_CENTRE else max(value, WORN_LEFT)
        low, high = value & 0x7F, value >> 7
        if self.board.settings.control:
            self.board.outbox += bytes([BENDER | self._channel(), low, high])
        self.board.record_change(Form.BENDER, low, high)

    def modulate(self, controller: int, value: int) -> None:
        """Move the joystick up (controller 1) or down (2) by 0–127; ValueError outside."""
        if not self._has_keys or self.dead_converter:
            return
        _check("controller", controller, PITCH_MODULATION, CUTOFF_MODULATION)
        self._send_control(controller, value)

    def press_damper(self, down: bool) -> None:
        """Press the damper pedal, or let go; global's polarity says which contact means down."""
        if not self.powered:
            return
        on = down is not bool(self.board.memory.global_data.damper_polarity)
        self._send_control(DAMPER, _DAMPER_DOWN if on else 0)

    def move_slider(self, position: int) -> None:
        """Move the VALUE slider to 0–127: data entry and the value at the cursor.

        Both bytes of the data entry carry the position, so that both ends are reached (assumed).
        ValueError outside.
        """
        if not self.powered or self.dead_converter:
            return
        _check("slider", position, 0, HIGHEST)
        slide(self.board, position / HIGHEST)
        if self.board.settings.exclusive and self.board.mode in PLAY_MODES + EDIT_MODES:
            status = CONTROL | self.board.settings.channel
            self.board.outbox += bytes(
                [status, DATA_ENTRY_MSB, position, status, DATA_ENTRY_LSB, position]
            )

    def move_pedal(self, pedal: int, position: int) -> None:
        """Move assignable pedal 1 or 2 to 0–127; it does what global says. ValueError outside.

        Switches act when the pedal passes the middle on its way down. What only changes the sound
        leaves no trace on MIDI OUT.
        """
        if not self.powered:
            return
        _check("pedal", pedal, 1, 2)
        _check("position", position, 0, HIGHEST)
        data = self.board.memory.global_data
        function = data.pedal_1 if pedal == 1 else data.pedal_2
        before, self.board.pedals = (
            self.board.pedals[pedal - 1],
            _moved(self.board.pedals, pedal, position),
        )
        pressed = before < _HALF <= position
        if function == _VOLUME_PEDAL:
            self._send_control(VOLUME, position)
        elif function == _SLIDER_PEDAL:
            self.move_slider(position)
        elif pressed and function in (_PROGRAM_UP, _PROGRAM_DOWN) and self.board.mode in PLAY_MODES:
            self.board.select_by_panel(self.board.number + (1 if function == _PROGRAM_UP else -1))
        elif pressed and function == _START_STOP and self.board.mode is Mode.SEQUENCER:
            self.board.press_start_stop()

    def _send_control(self, number: int, value: int) -> None:
        _check("value", value, 0, HIGHEST)
        if number == VOLUME:
            self.board.volumes = self.board.volumes | {self._channel(): value}
        if self.board.settings.control:
            self.board.outbox += bytes([CONTROL | self._channel(), number, value])
        self.board.record_change(Form.CONTROL, number, value)

    def _channel(self) -> int:
        if self.board.mode is Mode.SEQUENCER:
            return self.board.channels[self.board.transport.track]
        return self.board.settings.channel

    def _transposed(self, key: int) -> int:
        return min(max(key + self.board.memory.global_data.key_transpose, 0), HIGHEST)


def _moved(pedals: tuple[int, int], pedal: int, position: int) -> tuple[int, int]:
    return (position, pedals[1]) if pedal == 1 else (pedals[0], position)


def _trouble(key: int, faults: tuple[KeyFault, ...]) -> KeyTrouble | None:
    return next((fault.kind for fault in faults if fault.note == key), None)


def _check(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what}: expected {low} to {high}, found {value}")
