"""A table of any length: one line a row, drawn when it is in sight, the current one marked `>`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Generic, TypeVar, overload

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import FAINT, LAMP, STRONG
from m1tui.app.text import fit, plain

WIDE = 110
"""Columns of the screen from which columns for wide ones are drawn."""

EDGE = 4
"""Columns of the cursor and of the row's sign, and of `+` where more lies beyond."""


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in a column, and how much room it gets."""

    title: str
    width: int
    """Columns of text at least."""
    grows: bool = False
    """Whether it shares what room is left."""
    right: bool = False
    """Whether its text ends at the right."""
    wide: bool = False
    """Whether only wide screens have it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    cells: tuple[str, ...]
    """Untrusted text of each column; of a heading one alone."""
    sign: str = " "
    """One sign in front: `!` where something is wrong, `*` where the row is marked."""
    heading: bool = False
    """Whether it names the rows below it and cannot be chosen."""


class Table(Widget, can_focus=True):
    """Rows of which one is current; the column titles stay in sight."""

    BINDINGS = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,ctrl+home", "edge(-1)", show=False),
        Binding("end,ctrl+end", "edge(1)", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    """The index of the current row."""

    @dataclass
    class Moved(Message):
        """Another row became the current one, or there are others."""

        table: Table
        index: int
        """-1 where there is none."""

        @property
        def control(self) -> Table:
            """The table that moved."""
            return self.table

    @dataclass
    class Chosen(Message):
        """The current row was clicked once more."""

        table: Table
        index: int

        @property
        def control(self) -> Table:
            """The table that was used."""
            return self.table

    def __init__(self, *, name: str | None = None) -> None:
        """Begin empty; `name` becomes the id that the stylesheet knows."""
        super().__init__(id=name, markup=False)
        self.columns: tuple[Column, ...] = ()
        self.rows: Sequence[Row] = ()
        self.nothing = ""
        self._headings: tuple[int, ...] = ()
        self._top = 0

    def fill(
        self,
        columns: tuple[Column, ...],
        rows: Sequence[Row],
        *,
        at: int = 0,
        headings: tuple[int, ...] = (),
        nothing: str = "",
    ) -> None:
        """Show other rows, the one at `at` as the current one.

        Rows are asked for when they are drawn, so a long sequence may make them then; `headings`
        tells at which of their places a group begins. `nothing` says why no rows are there.
        """
        self.columns, self.rows, self.nothing = columns, rows, nothing
        self._headings = headings
        self._top = 0
        self.cursor = max(0, min(at, len(rows) - 1))
        if self.current < 0:
            self._step(1)
        self._tell()
        self.refresh()

    @property
    def current(self) -> int:
        """The index of the current row, -1 where none can be chosen."""
        usable = self.cursor < len(self.rows) and not self.rows[self.cursor].heading
        return self.cursor if usable else -1

    def watch_cursor(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if self.is_attached:
            self.post_message(self.Moved(self, self.current))

    def _step(self, direction: int) -> None:
        """Go to the next row in a direction, over headings; stay where there is none."""
        place = self.cursor + direction
        while 0 <= place < len(self.rows) and self.rows[place].heading:
            place += direction
        if 0 <= place < len(self.rows):
            self.cursor = place

    def action_move(self, direction: int) -> None:
        """Go one row up or down."""
        before = self.cursor
        self._step(direction)
        if self.cursor == before and direction < 0:
            self._top = 0  # headings above the first row come into sight
            self.refresh()

    def action_page(self, direction: int) -> None:
        """Go a screenful up or down."""
        self._jump(self.cursor + direction * max(1, self._height - 1))

    def action_edge(self, direction: int) -> None:
        """Go to the first or to the last row."""
        self._jump(0 if direction < 0 else len(self.rows) - 1)

    def go_to_group(self, direction: int) -> None:
        """Go to the first row under the next heading, or under the one before."""
        firsts = [heading + 1 for heading in self._headings]
        if direction > 0:
            self.cursor = next((at for at in firsts if at > self.cursor), self.cursor)
        else:
            self.cursor = next((at for at in reversed(firsts) if at < self.cursor), self.cursor)

    def _jump(self, place: int) -> None:
        if self.rows:
            place = max(0, min(len(self.rows) - 1, place))
            direction = 1 if place <= 0 or place < self.cursor else -1
            self.cursor = place
            if self.current < 0:
                self._step(direction)
            if self.current < 0:
                self._step(-direction)

    def on_click(self, event: events.Click) -> None:
        place = self._top + event.y - 1
        if event.y >= 1 and place < len(self.rows) and not self.rows[place].heading:
            again = place == self.cursor
            self.cursor = place
            if again:
                self.post_message(self.Chosen(self, place))

    def on_mouse_scroll_down(self) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-1)

    @property
    def _height(self) -> int:
        """Rows of the screen below the column titles."""
        return max(1, self.size.height - 1)

    def _scroll(self) -> None:
        """Bring the current row into sight, with the heading above it."""
        first = self.cursor
        if first and self.rows[first - 1].heading:
            first -= 1
        last_top = max(0, len(self.rows) - self._height)
        self._top = min(first, last_top, max(self._top, self.cursor - self._height + 1))

    def render(self) -> Content:
        """Return the column titles and the rows in sight; `+` where more lie beyond."""
        if not self.rows:
            return plain("\n".join(wrap(self.nothing, max(20, self.size.width))), FAINT)
        self._scroll()
        widths = self._widths(max(20, self.size.width - EDGE))
        titles = Content.styled(
            "  " + self._line(tuple(c.title for c in self.columns), widths), FAINT
        )
        lines = [titles]
        shown = range(self._top, min(len(self.rows), self._top + self._height))
        for place in shown:
            more = (place == shown[0] and place > 0) or (
                place == shown[-1] and place + 1 < len(self.rows)
            )
            lines.append(self._drawn(place, widths) + Content(" +" if more else ""))
        return Content("\n").join(lines)

    def _drawn(self, place: int, widths: list[int]) -> Content:
        row = self.rows[place]
        if row.heading:
            return Content.styled(fit(row.cells[0], sum(widths) + len(widths) + 1), STRONG)
        line = self._line(row.cells, widths)
        if place == self.cursor:
            style = "reverse bold $accent" if self.has_focus else "bold $accent"
            return Content.styled(f">{row.sign}{line}", style)
        return Content.assemble(" ", (row.sign, LAMP), line)

    def _widths(self, room: int) -> list[int]:
        """Return each column's room, 0 for those that this screen has not."""
        wide = self.app.size.width >= WIDE
        widths = [0 if column.wide and not wide else column.width for column in self.columns]
        growing = [at for at, column in enumerate(self.columns) if column.grows and widths[at]]
        left = room - sum(widths) - sum(width > 0 for width in widths) + 1
        for number, at in enumerate(growing):
            widths[at] += max(0, left) // len(growing) + (number < max(0, left) % len(growing))
        return widths

    def _line(self, cells: tuple[str, ...], widths: list[int]) -> str:
        texts = (
            fit(cell, width) if not column.right else fit(cell, width).rstrip().rjust(width)
            for cell, width, column in zip(cells, widths, self.columns, strict=True)
            if width
        )
        return " ".join(texts)


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
