"""One line on the instrument: model, channel, mode, allocation, card, link."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP
from m1tui.app.snapshots import Live
from m1tui.app.text import harmless


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
