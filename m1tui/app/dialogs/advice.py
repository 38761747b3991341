"""What went wrong and what to do now, above the screen on which it happened."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.advice import Advice
from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar


class AdviceDialog(ModalScreen[None]):
    """Read, then dismissed by any of the usual keys."""

    BINDINGS = [Binding("enter,escape,q", "dismiss", "back", key_display="Enter")]

    def __init__(self, title: str, advice: Advice) -> None:
        super().__init__()
        self._title, self._advice = title, advice

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = plain(self._title)
            yield Static(plain("\n\n".join(self._advice.lines())), markup=False)
        yield KeyBar()
