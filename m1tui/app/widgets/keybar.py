"""The bottom line: the keys that do something now, and what they do."""

from __future__ import annotations

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT


class KeyBar(Widget):
    """Reads the bindings that the screen offers, in their order."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """Return `Enter next  b back ...`, closer together where the line is short."""
        hints = self._hints()
        length = sum(len(key) + 1 + len(what) for key, what in hints)
        gap = " " * max(1, min(3, (self.size.width - length) // max(1, len(hints))))
        return Content(gap).join(
            Content.assemble((key, ACCENT), " ", (what, FAINT)) for key, what in hints
        )

    def _hints(self) -> list[tuple[str, str]]:
        active = self.screen.active_bindings.values()
        shown = [each.binding for each in active if each.binding.show and each.enabled]
        # A binding of two keys is two bindings with one display.
        return list(dict.fromkeys((b.key_display or b.key, b.description) for b in shown))
