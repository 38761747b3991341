"""Drawings in text that steps show: small, plain ASCII, and not to scale."""

from __future__ import annotations

from pathlib import Path

from m1tui.resources import assets_folder

COLUMNS = 60
LINES = 9
CAPTION = "not to scale"
"""Every drawing says so in its last line."""

_SUFFIX = ".txt"


def drawings_folder() -> Path:
    """Return the folder of the drawings."""
    return assets_folder() / "drawings"


def drawing_names() -> tuple[str, ...]:
    """Return the names of all drawings."""
    return tuple(path.stem for path in sorted(drawings_folder().glob(f"*{_SUFFIX}")))


def drawing(name: str) -> tuple[str, ...]:
    """Return the lines of a drawing, () where there is none of that name.

    A journal may name a drawing that this version of the program no longer has.
    """
    if name not in drawing_names():
        return ()
    text = (drawings_folder() / f"{name}{_SUFFIX}").read_text(encoding="ascii")
    return tuple(line.rstrip() for line in text.rstrip("\n").split("\n"))
