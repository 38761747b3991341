"""Reads and changes the value of a page's field, wherever it is kept, and sends it to MIDI OUT."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from m1tui.manners import UP_DOWN
from m1tui.sysex import Mode, ParameterChange, Record
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.pages import Holder, Page, PageField

_EDIT_MODES = (Mode.EDIT_PROG, Mode.EDIT_COMBI)
_VALUE_RANGE = 1 << 14
"""A parameter change carries 14 bits; negative values travel in two's complement."""


def value_of(board: Mainboard, field: PageField) -> int:
    """Return the field's value as it is now."""
    path = _path(board, field)
    match field.holder:
        case Holder.SETTINGS:
            return int(getattr(board.settings, path))
        case Holder.GLOBAL:
            return read_value(board.memory.global_data, path)
        case Holder.PROGRAM:
            return read_value(board.edit_program, path)
        case Holder.COMBINATION:
            return read_value(board.edit_combination, path)
        case Holder.SONG:
            return read_value(board.song, path)
        case Holder.SEQUENCER:
            return board.measure if path == "measure" else int(getattr(board.transport, path))
        case Holder.CHOICE:
            return board.choices[path]


def _path(board: Mainboard, field: PageField) -> str:
    return field.name.format_map(board.choices | {"track": board.transport.track})


def highest(board: Mainboard, field: PageField) -> int:
    """Return the end of the field's range as it is now: programs end with the allocation."""
    if field.holder is Holder.SONG and field.name.endswith("}].program"):
        return min(field.high, board.memory.allocation.programs - 1)
    return field.high


def set_value(board: Mainboard, field: PageField, value: int) -> None:
    """Store a value of the field's range in the page shown, and announce it if it is new."""
    if value == value_of(board, field):
        return
    _store(board, field, value)
    if field.holder is not Holder.CHOICE:
        page, position = _place(board, board.page, field)
        channel = board.settings.channel
        board.announce(ParameterChange(channel, page, position, value % _VALUE_RANGE))


def _store(board: Mainboard, field: PageField, value: int) -> None:
    path = _path(board, field)
    match field.holder:
        case Holder.SETTINGS:
            number = value if path == "channel" else bool(value)
            board.settings = board.settings.changed(**{path: number})
        case Holder.GLOBAL:
            board.change_global(with_value(board.memory.global_data, path, value))
        case Holder.PROGRAM:
            board.edit_program = with_value(board.edit_program, path, value)
        case Holder.COMBINATION:
            board.edit_combination = with_value(board.edit_combination, path, value)
        case Holder.SONG:
            board.change_song(with_value(board.song, path, value))
        case Holder.SEQUENCER:
            _store_place(board, path, value)
        case Holder.CHOICE:
            board.choices = board.choices | {path: value}
            if path in board.kept_choices:
                board.kept_choices = board.kept_choices | {path: value}


def _store_place(board: Mainboard, path: str, value: int) -> None:
    match path:
        case "song":
            board.choose(value, board.transport.track)
            board.tell_song()
        case "track":
            board.choose(board.transport.song, value)
        case "measure":
            board.go_to(value)


def step(board: Mainboard, by: int) -> None:
    """Change the value at the cursor by one step, within its range."""
    field = board.page.field(board.cursor)
    if field is not None:
        value, high = value_of(board, field) + by, highest(board, field)
        if board.manners[UP_DOWN] == "wrap":
            value = field.low + (value - field.low) % (high - field.low + 1)
        set_value(board, field, min(max(value, field.low), high))


def slide(board: Mainboard, position: float) -> None:
    """Set the value at the cursor by the VALUE slider: 0.0 is the low end, 1.0 the high one."""
    field = board.page.field(board.cursor)
    if field is not None:
        high = highest(board, field)
        set_value(board, field, field.low + round(position * (high - field.low)))


def change_parameter(board: Mainboard, page: int, position: int, value: int) -> bool:
    """Act on a received parameter change; False where it cannot be.

    Page and position are counted as `_place` says (assumed; no source gives the M1's table).
    Edit buffers alone are changed so: that protects and filters cannot be switched from outside
    is assumed, since everything known about them needs the panel.
    """
    if board.mode not in _EDIT_MODES:
        return False
    fields = _fields_of_digit(board, page)
    if not 0 <= position < len(fields):
        return False
    field = fields[position]
    number = value - _VALUE_RANGE if value >= _VALUE_RANGE // 2 else value
    if not field.low <= number <= field.high:
        return False
    # What came in is not told again.
    _store(board, field, number)
    return True


def _place(board: Mainboard, page: Page, field: PageField) -> tuple[int, int]:
    """Return the page's digit, and the field's place among all fields of that digit's pages."""
    before = 0
    for one in board.pages:
        if one is page:
            break
        before += len(one.fields) if one.digit == page.digit else 0
    return page.digit, before + page.fields.index(field)


def _fields_of_digit(board: Mainboard, digit: int) -> tuple[PageField, ...]:
    return tuple(field for page in board.pages if page.digit == digit for field in page.fields)


R = TypeVar("R", bound=Record)
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?\.?")


def read_value(record: Record, path: str) -> int:
    """Return the number or flag at `path`; AttributeError or IndexError if there is none."""
    value: Any = record
    for name, index in _STEP.findall(path):
        value = getattr(value, name)
        if index:
            value = value[int(index)]
    return int(value)


def with_value(record: R, path: str, number: int) -> R:
    """Return the record with the number or flag at `path` replaced; ValueError out of range."""
    match = _STEP.match(path)
    assert match is not None, path
    name, index = match.groups()
    rest = path[match.end() :]
    if not rest:
        return record.replace(**{name: number})
    inner: Any = getattr(record, name)
    if not index:
        return record.replace(**{name: with_value(inner, rest, number)})
    place = int(index)
    changed = (*inner[:place], with_value(inner[place], rest, number), *inner[place + 1 :])
    return record.replace(**{name: changed})
