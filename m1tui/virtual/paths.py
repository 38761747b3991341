"""Values inside nested records by their path: "oscillator_1.cutoff", "user_scale[3].cents"."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from m1tui.sysex import Record

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
