"""Serial: which Korg a serial number can belong to, and which numbers a model has."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from m1tui.app.text import plain
from m1tui.app.theme import FAINT
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.line import Line
from m1tui.app.widgets.scrolling import ScrollingScreen
from m1tui.store.serials import CREDIT, M1_NOTE, finding_lines, serial_table

EMPTY = (
    "Type a serial number as shown on the plate, or a model's name.\n\n"
    "? stands for a digit that cannot be read: 20?384. Spaces, dots and apostrophes do no harm. "
    "The table covers Korg's instruments from 1977 to about 1983.\n\n" + M1_NOTE + "\n\n" + CREDIT
)
"""What stands there before anything is typed."""

WIDEST = 76
"""Columns that notes are wrapped at."""


class SerialScreen(ScrollingScreen[None]):
    """Answers while somebody types."""

    HELP_SECTION = "SERIAL NUMBERS"

    BINDINGS = [
        # The line in which one types would take these keys for itself.
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", "scroll", priority=True, key_display="Down"),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", "more", priority=True, key_display="PgDn"),
        Binding("ctrl+u", "empty", "clear", priority=True, key_display="^U"),
        Binding("f1", "app.help", "help", key_display="F1"),
        Binding("escape", "dismiss", "back", key_display="Esc"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("Korg's serial numbers", classes="title", markup=False)
        field = Line(id="query", placeholder="a number or a model")
        yield field
        with VerticalScroll(id="body", can_focus=False):
            yield Static(plain(EMPTY, FAINT), id="found", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        asked = event.value.strip()
        width = min(WIDEST, max(20, self.size.width - 4))
        found = self.query_one("#found", Static)
        if asked:
            lines = finding_lines(serial_table().look_up(asked), width)
            found.update(plain("\n".join(lines)))
        else:
            found.update(plain(EMPTY, FAINT))
        self.body.scroll_home(animate=False)

    def action_empty(self) -> None:
        """Begin with another number."""
        self.query_one(Input).value = ""
