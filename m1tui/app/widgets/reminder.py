"""What the service log says on home, in few lines: the procedures need the room."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP
from m1tui.app.snapshots import DueCell, Reminders
from m1tui.app.text import fit

TALL = 34
"""Rows of the screen from which more lines are shown."""

FEW, MANY = 2, 7
"""Lines on a low screen and on a tall one."""

BENCH, DUE = "On the bench  ", "Cell due"


class Reminder(Widget):
    """Whose visit is on the bench, and whose cell is due, the most urgent first."""

    reminders: reactive[Reminders] = reactive(Reminders(), layout=True)
    """What the service log has to say."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return no row where there is nothing to say."""
        return bool(self.reminders.bench) + len(self._shown)

    @property
    def _shown(self) -> tuple[DueCell, ...]:
        room = MANY if self.app.size.height >= TALL else FEW
        return self.reminders.due[: room - bool(self.reminders.bench)]

    def render(self) -> Content:
        """Return the bench, then who is due, the day, and how far that is."""
        bench, shown = self.reminders.bench, self._shown
        lines = [Content.assemble((BENCH, FAINT), self._cut(bench, len(BENCH)))] if bench else []
        count = len(self.reminders.due)
        # What has no room here is in the log.
        label = DUE if count == len(shown) else f"{count} cells due"
        for place, cell in enumerate(shown):
            lines.append(self._line(cell, "" if place else label))
        return Content("\n").join(lines)

    def _line(self, cell: DueCell, label: str) -> Content:
        when = f"{cell.day}, {cell.when}"
        title = self._cut(cell.title, len(BENCH) + len(when) + 2)
        style = LAMP if cell.late else ACCENT
        return Content.assemble((label.ljust(len(BENCH)), FAINT), title, "  ", (when, style))

    def _cut(self, text: str, taken: int) -> str:
        return fit(text, max(10, self.size.width - taken))
