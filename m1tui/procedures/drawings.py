"""Drawings in text that steps show: small, plain ASCII, and not to scale."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from m1tui.resources import assets_folder

COLUMNS = 60
LINES = 9
CARD_SETS = "card-sets"
"""A drawing that is made of a table: Korg's two-card sets."""

_SUFFIX = ".txt"
_RACK = "-m1r"
"""Behind the name of what is shown instead for an M1R."""
_COLUMN = 27


def drawings_folder() -> Path:
    """Return the folder of the drawings."""
    return assets_folder() / "drawings"


@cache
def drawing_names() -> tuple[str, ...]:
    """Return the names of all drawings, without what is shown instead for an M1R."""
    drawn = (path.stem for path in drawings_folder().glob(f"*{_SUFFIX}"))
    return tuple(sorted((*(one for one in drawn if not one.endswith(_RACK)), CARD_SETS)))


@cache
def drawing(name: str, *, rack: bool = False) -> tuple[str, ...]:
    """Return the lines of a drawing, for an M1R if `rack`; () where there is none of that name.

    A journal may name a drawing that this version of the program does not have.
    """
    if name == CARD_SETS:
        return _card_sets()
    if name not in drawing_names():
        return ()
    own = drawings_folder() / f"{name}{_RACK}{_SUFFIX}"
    path = own if rack and own.exists() else drawings_folder() / f"{name}{_SUFFIX}"
    text = path.read_text(encoding="ascii")
    return tuple(line.rstrip() for line in text.rstrip("\n").split("\n"))


def _card_sets() -> tuple[str, ...]:
    """Return Korg's two-card sets in two columns, as the guide lists them."""
    table = tomllib.loads((assets_folder() / f"{CARD_SETS}.toml").read_text(encoding="utf-8"))
    names = [f"{one['number']:02d} {one['title'] or '(no title)'}" for one in table["sets"]]
    half = (len(names) + 1) // 2
    rows = zip(names[:half], [*names[half:], ""], strict=False)
    lines = [f"{left:<{_COLUMN}}{right}".rstrip() for left, right in rows]
    return (*lines, "Set 03: MPC-03 in the top slot, MSC-03 in the rear")
