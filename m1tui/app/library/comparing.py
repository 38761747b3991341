"""Compares two files of dumps: reads both, and tells why one cannot be compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from m1tui.advice import Advice, Trouble
from m1tui.engine.compare import Comparison, compare_both_ways
from m1tui.files import DUMPS, read_bounded
from m1tui.store import printable_path
from m1tui.sysex import Contents, SysexError, read_file


@dataclass(frozen=True, slots=True)
class Compared:
    """Two files and what differs between them."""

    first: Path
    second: Path
    mine: Contents
    theirs: Contents
    comparison: Comparison


def compared_files(first: Path, second: Path) -> Compared:
    """Return what differs between two files. Raises Trouble."""
    mine, theirs = memory_of(first), memory_of(second)
    return Compared(first, second, mine, theirs, compare_both_ways(mine, theirs))


def memory_of(path: Path) -> Contents:
    """Return what the dumps in a file hold together. Raises Trouble."""
    file = read_file(read_bounded(path, DUMPS))
    try:
        contents = file.contents()
    except SysexError as error:
        raise incomparable(path, f"its dumps do not belong together: {error}") from error
    if not contents.parts:
        raise incomparable(path, "it holds no dump of an M1's memory")
    return contents


def incomparable(path: Path, why: str) -> Trouble:
    """Return why a file cannot be compared."""
    return Trouble(
        Advice(
            happened=f'"{printable_path(Path(path.name))}" cannot be compared: {why}.',
            safe="Nothing was changed.",
            next_step="i shows what the file holds.",
        )
    )
