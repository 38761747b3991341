"""The rail: every step of a procedure with its mark, the current one in sight."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.run.pictures import RailStep
from m1tui.app.text import fit, window_start

STYLES = {"[A]": LIT, "[x]": LIT, "[!]": LAMP, "[F]": LAMP, "[ ]": FAINT, "[-]": FAINT}
"""A mark's colour, beside the mark itself."""


class Rail(Widget):
    """One line per step: `>` at the current one, the mark, the title."""

    steps: reactive[tuple[RailStep, ...]] = reactive(())
    """All steps of the procedure, in order."""

    def render(self) -> Content:
        """Return the lines that fit, the current step among them."""
        height, width = max(1, self.size.height), max(12, self.size.width)
        current = next((i for i, step in enumerate(self.steps) if step.current), 0)
        first = window_start(len(self.steps), height, current)
        shown = self.steps[first : first + height]
        return Content("\n").join(self._line(step, width) for step in shown)

    def _line(self, step: RailStep, width: int) -> Content:
        title = fit(step.title, width - 6)
        mark = (step.glyph, STYLES.get(step.glyph, ""))
        if step.current:
            return Content.assemble((">", ACCENT), " ", mark, " ", (title, ACCENT))
        return Content.assemble(
            "  ", mark, " ", (title, FAINT if step.glyph in ("[ ]", "[-]") else "")
        )
