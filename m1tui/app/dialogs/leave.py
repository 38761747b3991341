"""What leaving a procedure means: all is saved, whichever way is taken."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.menu import Item, Menu

HOME, QUIT, GIVE_UP, STAY = "home", "quit", "give-up", "stay"


class LeaveDialog(ModalScreen[str]):
    """Dismissed with one of HOME, QUIT, GIVE_UP and STAY; Esc stays."""

    BINDINGS = [Binding("escape", "dismiss('stay')", show=False)]

    def __init__(self, where: str) -> None:
        """Ask what leaving means at `where`, the step in words."""
        super().__init__()
        self._where = where

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = plain("Leave")
            yield Static(
                plain(f"All is saved. Home offers to go on at {self._where}."), markup=False
            )
            menu = Menu()
            menu.items = (
                Item(HOME, "Leave to home, go on later"),
                Item(QUIT, "Leave and quit m1tui, go on later"),
                Item(STAY, "Stay here (Esc)"),
                Item(GIVE_UP, "Give this run up for good"),
            )
            yield menu

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)
