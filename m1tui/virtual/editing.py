"""Reads and changes the value of a page's field, wherever it lives, and tells it on MIDI OUT."""

from __future__ import annotations

from dataclasses import replace

from m1tui.sysex import Mode, ParameterChange
from m1tui.virtual.pages import PAGES, Holder, Page, PageField
from m1tui.virtual.paths import read_value, with_value
from m1tui.virtual.works import Works

_EDIT_MODES = (Mode.EDIT_PROG, Mode.EDIT_COMBI)
_VALUE_RANGE = 1 << 14
"""A parameter change carries 14 bits; negative values travel in two's complement."""


def value_of(works: Works, field: PageField) -> int:
    """Return the field's value as it is now."""
    path = field.name.format_map(works.choices)
    match field.holder:
        case Holder.SETTINGS:
            return int(getattr(works.settings, path))
        case Holder.GLOBAL:
            return read_value(works.memory.global_data, path)
        case Holder.PROGRAM:
            return read_value(works.edit_program, path)
        case Holder.COMBINATION:
            return read_value(works.edit_combination, path)
        case Holder.SEQUENCER:
            return int(getattr(works.transport, path))
        case Holder.CHOICE:
            return works.choices[path]


def set_value(works: Works, field: PageField, value: int) -> None:
    """Store a value of the field's range in the page shown, and announce it if it is new."""
    if value == value_of(works, field):
        return
    _store(works, field, value)
    if field.holder is not Holder.CHOICE:
        page, position = _place(works.mode, works.page, field)
        channel = works.settings.channel
        works.announce(ParameterChange(channel, page, position, value % _VALUE_RANGE))


def _store(works: Works, field: PageField, value: int) -> None:
    path = field.name.format_map(works.choices)
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
        case Holder.SEQUENCER:
            song = value if path == "song" else works.transport.song
            track = value if path == "track" else works.transport.track
            works.transport = replace(works.transport, song=song, track=track)
        case Holder.CHOICE:
            works.choices = works.choices | {path: value}


def step(works: Works, by: int) -> None:
    """Change the value at the cursor by one step, within its range."""
    field = works.page.field(works.cursor)
    if field is not None:
        value = value_of(works, field) + by
        set_value(works, field, min(max(value, field.low), field.high))


def change_parameter(works: Works, page: int, position: int, value: int) -> bool:
    """Act on a received parameter change; False where it cannot be.

    Page and position are counted as `_place` says (assumed; no source gives the M1's table).
    Edit buffers alone are changed so: that protects and filters cannot be switched from outside
    is assumed, since everything known about them needs the panel.
    """
    if works.mode not in _EDIT_MODES:
        return False
    fields = _fields_of_digit(works.mode, page)
    if not 0 <= position < len(fields):
        return False
    field = fields[position]
    number = value - _VALUE_RANGE if value >= _VALUE_RANGE // 2 else value
    if not field.low <= number <= field.high:
        return False
    # What came in is not told again.
    _store(works, field, number)
    return True


def _place(mode: Mode, page: Page, field: PageField) -> tuple[int, int]:
    """Return the page's digit, and the field's place among all fields of that digit's pages."""
    before = 0
    for one in PAGES[mode]:
        if one is page:
            break
        before += len(one.fields) if one.digit == page.digit else 0
    return page.digit, before + page.fields.index(field)


def _fields_of_digit(mode: Mode, digit: int) -> tuple[PageField, ...]:
    return tuple(field for page in PAGES[mode] if page.digit == digit for field in page.fields)
