"""A bar that fills: one row, in signs that every font has."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.theme import FAINT, STRONG


class Meter(Widget):
    """`[#####-----]`, filled to `percent`."""

    percent: reactive[int] = reactive(0)
    """How full it is, 0–100."""

    def render(self) -> Content:
        """Return the bar at the widget's width."""
        inside = max(10, self.size.width - 2)
        full = inside * self.percent // 100
        return Content.assemble(
            ("[", FAINT), ("#" * full, STRONG), ("-" * (inside - full), FAINT), ("]", FAINT)
        )
