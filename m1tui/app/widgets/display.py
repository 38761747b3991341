"""The instrument's two-line display, green-lit, with a word on what it is a drawing of."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.snapshots import BLANK_DISPLAY
from m1tui.app.text import fit, harmless, plain
from m1tui.app.theme import GLASS

COLUMNS = 40
"""Characters in a line of the M1's display."""


class Display(Widget):
    """Two lines of 40 characters in a frame that says what they are."""

    lines: reactive[tuple[str, str]] = reactive(BLANK_DISPLAY, repaint=False)
    """What stands in the display; longer lines are cut."""
    cursor: reactive[tuple[int, int] | None] = reactive(None)
    """Line and column of the cursor, None where it is not known or not there."""
    label: reactive[str] = reactive("a sketch")
    """What the drawing is, in the frame's top edge."""

    def __init__(
        self,
        lines: tuple[str, str] = BLANK_DISPLAY,
        label: str = "a sketch",
        *,
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes, markup=False)
        self.set_reactive(Display.lines, lines)
        self.set_reactive(Display.label, label)

    def on_mount(self) -> None:
        self.watch_label(self.label)

    def watch_lines(self, old: tuple[str, str], new: tuple[str, str]) -> None:
        # A line that stands as it stood, and the frame, need not travel over a slow line again.
        pairs = enumerate(zip(old, new, strict=True))
        changed = [row for row, (before, after) in pairs if before != after]
        if changed:
            self.refresh(*(Region(0, row, COLUMNS, 1) for row in changed))

    def watch_label(self, label: str) -> None:
        # A border's title reads markup in a string; content is taken as it is.
        self.border_title = plain(harmless(label))

    def render(self) -> Content:
        """Return the two lines, each filled to its 40 columns and lit."""
        glass = Content.styled("\n".join(fit(line, COLUMNS) for line in self.lines), GLASS)
        if self.cursor is None:
            return glass
        line, column = self.cursor
        place = line * (COLUMNS + 1) + column
        return glass.stylize("reverse", place, place + 1)
