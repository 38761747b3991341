"""The top of a screen: the program's name, the display, the mode lamps."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from m1tui.app.look import ACCENT, FAINT, LAMP, STRONG
from m1tui.app.snapshots import Live
from m1tui.app.text import harmless
from m1tui.app.widgets.display import Display

LAMPS = ("COMBI", "PROG", "SEQ", "GLOBAL")
"""The mode keys with a lamp in each, as the panel writes them."""


class FrontPlate(Widget):
    """Four rows drawn from one snapshot: what it is, what it shows, which mode it is in."""

    live: reactive[Live] = reactive(Live(), repaint=False)
    """The instrument as it was heard last."""

    def compose(self) -> ComposeResult:
        yield Static(classes="plate", markup=False)
        yield Display()
        yield Static(classes="lamps", markup=False)

    def watch_live(self, live: Live) -> None:
        self.query_one(".plate", Static).update(self._nameplate(live))
        self.query_one(".lamps", Static).update(self._lamps(live))
        display = self.query_one(Display)
        display.lines, display.label = live.display, live.display_label
        display.cursor = live.cursor

    def _nameplate(self, live: Live) -> Content:
        second = ("REHEARSAL", ACCENT) if live.rehearsal else ("", "")
        return Content.assemble(
            ("m1tui", STRONG), "\n", second, "\n", (harmless(live.power).replace(", ", "\n"), FAINT)
        )

    def _lamps(self, live: Live) -> Content:
        mode = live.mode.upper().replace("SEQUENCER", "SEQ")
        lines = [
            Content.styled(f"(*) {lamp}", LAMP)
            if mode.endswith(lamp)
            else Content.styled(f"( ) {lamp}", FAINT)
            for lamp in LAMPS
        ]
        return Content("\n").join(lines)
