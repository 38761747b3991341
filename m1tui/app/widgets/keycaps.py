"""The front-panel keys of a step, drawn as keycaps, with the next one marked."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT
from m1tui.app.text import harmless


class KeyCaps(Widget):
    """Keys in the order of pressing: ` GLOBAL ` done, `>[5]<` next, `[UP]` to come."""

    keys: reactive[tuple[str, ...]] = reactive((), layout=True)
    """The keys as the panel names them."""
    pressed: reactive[int] = reactive(0)
    """How many of them have been pressed."""

    def render(self) -> Content:
        """Return the keycaps, broken between keys to the widget's width."""
        return Content("\n").join(self._rows(max(20, self.size.width)))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Return the number of rows that the keys need at `width` columns."""
        return max(1, len(self._rows(max(20, width))))

    def _rows(self, width: int) -> list[Content]:
        rows: list[list[Content]] = [[]]
        used = 0
        for index, key in enumerate(self.keys):
            cap = self._cap(index, harmless(key))
            if used and used + cap.cell_length > width:
                rows.append([])
                used = 0
            rows[-1].append(cap)
            used += cap.cell_length
        return [Content("").join(row) for row in rows]

    def _cap(self, index: int, key: str) -> Content:
        if index < self.pressed:
            return Content.styled(f"  {key}  ", FAINT)
        if index == self.pressed:
            return Content.assemble((">", ACCENT), (f"[{key}]", f"reverse {ACCENT}"), ("<", ACCENT))
        return Content(f" [{key}] ")
