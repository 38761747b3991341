"""What hands do that play a virtual M1: one movement after another, at an even pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from m1tui.virtual.controls import (
    BENDER_CENTRE,
    CUTOFF_MODULATION,
    FIRST_KEY,
    HIGHEST,
    LAST_KEY,
    PITCH_MODULATION,
)
from m1tui.virtual.machine import VirtualM1

Movement = Callable[[], None]

MOVEMENT_SECONDS = 0.01
"""What passes between one movement and the next."""
SOFT, HARD = 20, 120
MIDDLE_KEY = 60
_TRAVEL = 8
"""Between two positions of a control that is moved slowly; each end is reached."""
_FILLING_VELOCITY = 80
_FILLING_KEYS = 8
"""Keys that both hands press at once; their messages go out before the next movement."""
_FILLING_INTERVAL = 7
"""Semitones between two of them."""


def play(machine: VirtualM1, key: int | None = None) -> Iterator[Movement]:
    """Play every key, first softly and then hard, or one key once: softly, and hard if again."""
    if key is not None:
        again = machine.struck_softly == key
        machine.struck_softly = None if again else key
        yield from _stroke(machine, key, HARD if again else SOFT)
        return
    for one in range(FIRST_KEY, LAST_KEY + 1):
        for velocity in (SOFT, HARD):
            yield from _stroke(machine, one, velocity)


def play_for(machine: VirtualM1, seconds: int) -> Iterator[Movement]:
    """Play chords of eight keys up the keybed, fifty chords a second."""
    spread = (_FILLING_KEYS - 1) * _FILLING_INTERVAL
    places = LAST_KEY - FIRST_KEY + 1 - spread
    for count in range(round(seconds / (2 * MOVEMENT_SECONDS))):
        lowest = FIRST_KEY + count % places
        yield from _chord(machine, range(lowest, lowest + spread + 1, _FILLING_INTERVAL))


def press_hard(machine: VirtualM1) -> Iterator[Movement]:
    """Hold a key and press it harder, then softer."""
    yield partial(machine.key_down, MIDDLE_KEY, HARD)
    for pressure in _there_and_back(0, HIGHEST):
        yield partial(machine.press_keybed, pressure)
    yield partial(machine.key_up, MIDDLE_KEY)


def joystick(machine: VirtualM1) -> Iterator[Movement]:
    """Move the joystick right, left, up and down, each from the middle and back."""
    step = BENDER_CENTRE // 16
    for end in (2 * BENDER_CENTRE - 1, 0):
        for value in _there_and_back(BENDER_CENTRE, end, step):
            yield partial(machine.bend, value)
    for controller in (PITCH_MODULATION, CUTOFF_MODULATION):
        for value in _there_and_back(0, HIGHEST):
            yield partial(machine.modulate, controller, value)


def slider(machine: VirtualM1) -> Iterator[Movement]:
    """Move the VALUE slider from the bottom to the top."""
    for position in _way(0, HIGHEST):
        yield partial(machine.move_slider, position)


def pedals(machine: VirtualM1) -> Iterator[Movement]:
    """Press the damper pedal and let go, then both assignable pedals down and up."""
    yield partial(machine.press_damper, True)
    yield partial(machine.press_damper, False)
    for pedal in (1, 2):
        for position in _there_and_back(0, HIGHEST):
            yield partial(machine.move_pedal, pedal, position)


def _stroke(machine: VirtualM1, key: int, velocity: int) -> Iterator[Movement]:
    yield partial(machine.key_down, key, velocity)
    yield partial(machine.key_up, key)


def _chord(machine: VirtualM1, keys: range) -> Iterator[Movement]:
    def down() -> None:
        for key in keys:
            machine.key_down(key, _FILLING_VELOCITY)

    def up() -> None:
        for key in keys:
            machine.key_up(key)

    yield down
    yield up


def _way(start: int, end: int, step: int = _TRAVEL) -> list[int]:
    return [*range(start, end, step if end > start else -step), end]


def _there_and_back(start: int, end: int, step: int = _TRAVEL) -> list[int]:
    return _way(start, end, step) + _way(end, start, step)[1:]
