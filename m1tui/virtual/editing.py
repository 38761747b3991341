"""Reads and changes the value of a page's field, wherever it lives, and tells it on MIDI OUT."""

from __future__ import annotations

from m1tui.sysex import Mode, ParameterChange
from m1tui.virtual.page import Holder, Page, PageField
from m1tui.virtual.paths import read_value, with_value
from m1tui.virtual.works import Works

_EDIT_MODES = (Mode.EDIT_PROG, Mode.EDIT_COMBI)
_VALUE_RANGE = 1 << 14
"""A parameter change carries 14 bits; negative values travel in two's complement."""


def value_of(works: Works, field: PageField) -> int:
    """Return the field's value as it is now."""
    path = _path(works, field)
    match field.holder:
        case Holder.SETTINGS:
            return int(getattr(works.settings, path))
        case Holder.GLOBAL:
            return read_value(works.memory.global_data, path)
        case Holder.PROGRAM:
            return read_value(works.edit_program, path)
        case Holder.COMBINATION:
            return read_value(works.edit_combination, path)
        case Holder.SONG:
            return read_value(works.song, path)
        case Holder.SEQUENCER:
            return works.measure if path == "measure" else int(getattr(works.transport, path))
        case Holder.CHOICE:
            return works.choices[path]


def _path(works: Works, field: PageField) -> str:
    return field.name.format_map(works.choices | {"track": works.transport.track})


def highest(works: Works, field: PageField) -> int:
    """Return the end of the field's range as it is now: programs end with the allocation."""
    if field.holder is Holder.SONG and field.name.endswith("}].program"):
        return min(field.high, works.memory.allocation.programs - 1)
    return field.high


def set_value(works: Works, field: PageField, value: int) -> None:
    """Store a value of the field's range in the page shown, and announce it if it is new."""
    if value == value_of(works, field):
        return
    _store(works, field, value)
    if field.holder is not Holder.CHOICE:
        page, position = _place(works, works.page, field)
        channel = works.settings.channel
        works.announce(ParameterChange(channel, page, position, value % _VALUE_RANGE))


def _store(works: Works, field: PageField, value: int) -> None:
    path = _path(works, field)
    match field.holder:
        case Holder.SETTINGS:
            number = value if path == "channel" else bool(value)
            works.settings = works.settings.changed(**{path: number})
        case Holder.GLOBAL:
            works.change_global(with_value(works.memory.global_data, path, value))
        case Holder.PROGRAM:
            works.edit_program = with_value(works.edit_program, path, value)
        case Holder.COMBINATION:
            works.edit_combination = with_value(works.edit_combination, path, value)
        case Holder.SONG:
            works.change_song(with_value(works.song, path, value))
        case Holder.SEQUENCER:
            _store_place(works, path, value)
        case Holder.CHOICE:
            works.choices = works.choices | {path: value}
            if path in works.kept_choices:
                works.kept_choices = works.kept_choices | {path: value}


def _store_place(works: Works, path: str, value: int) -> None:
    match path:
        case "song":
            works.choose(value, works.transport.track)
            works.tell_song()
        case "track":
            works.choose(works.transport.song, value)
        case "measure":
            works.go_to(value)


def step(works: Works, by: int) -> None:
    """Change the value at the cursor by one step, within its range."""
    field = works.page.field(works.cursor)
    if field is not None:
        value = value_of(works, field) + by
        set_value(works, field, min(max(value, field.low), highest(works, field)))


def slide(works: Works, position: float) -> None:
    """Set the value at the cursor by the VALUE slider: 0.0 is the low end, 1.0 the high one."""
    field = works.page.field(works.cursor)
    if field is not None:
        high = highest(works, field)
        set_value(works, field, field.low + round(position * (high - field.low)))


def change_parameter(works: Works, page: int, position: int, value: int) -> bool:
    """Act on a received parameter change; False where it cannot be.

    Page and position are counted as `_place` says (assumed; no source gives the M1's table).
    Edit buffers alone are changed so: that protects and filters cannot be switched from outside
    is assumed, since everything known about them needs the panel.
    """
    if works.mode not in _EDIT_MODES:
        return False
    fields = _fields_of_digit(works, page)
    if not 0 <= position < len(fields):
        return False
    field = fields[position]
    number = value - _VALUE_RANGE if value >= _VALUE_RANGE // 2 else value
    if not field.low <= number <= field.high:
        return False
    # What came in is not told again.
    _store(works, field, number)
    return True


def _place(works: Works, page: Page, field: PageField) -> tuple[int, int]:
    """Return the page's digit, and the field's place among all fields of that digit's pages."""
    before = 0
    for one in works.pages:
        if one is page:
            break
        before += len(one.fields) if one.digit == page.digit else 0
    return page.digit, before + page.fields.index(field)


def _fields_of_digit(works: Works, digit: int) -> tuple[PageField, ...]:
    return tuple(field for page in works.pages if page.digit == digit for field in page.fields)
