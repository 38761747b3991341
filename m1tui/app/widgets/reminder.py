"""Whose cell is due, in few lines: on home the procedures need the room."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP
from m1tui.app.snapshots import DueCell
from m1tui.app.text import fit

TALL = 34
"""Rows of the screen from which more lines are shown."""

FEW, MANY = 2, 6
"""Lines on a low screen and on a tall one."""

LABEL = "Cell due "


class Reminder(Widget):
    """One line for each instrument, the most urgent first; the last line counts the rest."""

    due: reactive[tuple[DueCell, ...]] = reactive((), layout=True)
    """Whose cell is due, overdue, or will be due soon."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return no row where nothing is due."""
        return len(self._shown) + bool(self._left)

    @property
    def _shown(self) -> tuple[DueCell, ...]:
        room = MANY if self.app.size.height >= TALL else FEW
        return self.due if len(self.due) <= room else self.due[: room - 1]

    @property
    def _left(self) -> int:
        return len(self.due) - len(self._shown)

    def render(self) -> Content:
        """Return who it is, the day, and how far that is."""
        lines = [self._line(cell, first=cell is self.due[0]) for cell in self._shown]
        if self._left:
            lines.append(Content.styled(f"{'':{len(LABEL)}}and {self._left} more: s", FAINT))
        return Content("\n").join(lines)

    def _line(self, cell: DueCell, *, first: bool) -> Content:
        when = f"{cell.day}, {cell.when}"
        title = fit(cell.title, max(10, self.size.width - len(LABEL) - len(when) - 2))
        style = LAMP if cell.late else ACCENT
        label = LABEL if first else " " * len(LABEL)
        return Content.assemble((label, FAINT), title, "  ", (when, style))
