"""Rows for a table that are made when they are drawn: ten thousand cost a list of references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar, overload

from m1tui.app.widgets.table import Row

T = TypeVar("T")


class LazyRows(Sequence[Row], Generic[T]):
    """A row for each of many things; a string among them is a heading."""

    def __init__(self, lines: Sequence[str | T]) -> None:
        self._lines = lines
        self.headings = tuple(at for at, line in enumerate(lines) if isinstance(line, str))
        """The places of the headings."""

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        """Return a row, made now."""
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        line = self._lines[place]
        return Row((line,), heading=True) if isinstance(line, str) else self.row(line)

    def at(self, place: int) -> T | None:
        """Return what stands at a place, None for a heading and beyond the rows."""
        if not 0 <= place < len(self._lines):
            return None
        line = self._lines[place]
        return None if isinstance(line, str) else line

    def row(self, item: T) -> Row:
        """Return the row of one thing."""
        raise NotImplementedError


def under(groups: Iterable[tuple[str, Sequence[T]]]) -> list[str | T]:
    """Return the things of each group below its heading; groups without any are left out."""
    lines: list[str | T] = []
    for title, items in groups:
        if items:
            lines += [title, *items]
    return lines
