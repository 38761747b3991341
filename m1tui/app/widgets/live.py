"""The instrument as it is known now: the top of a screen, and one line."""

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


class LiveLine(Widget):
    """The instrument's state in one line; drawn anew only when it changed."""

    live: reactive[Live] = reactive(Live())
    """What is known of the instrument."""

    def render(self) -> Content:
        """Return the line, what is unknown left out."""
        live = self.live
        parts = [Content.styled("REHEARSAL", ACCENT)] if live.rehearsal else []
        model = "M1R" if live.rack and live.model == "M1" else live.model
        parts += [Content(harmless(model))] if model else []
        parts += [Content(f"ch {live.channel}")] if live.channel is not None else []
        parts += [Content(harmless(p)) for p in (live.mode, live.allocation, live.card) if p]
        parts += [Content.styled(harmless(live.summary), LAMP)] if live.summary else []
        last = live.power or live.link
        parts += [Content.styled(harmless(last), FAINT)] if last else []
        return Content(" | ").join(parts)
