"""A question whose answers are the lines of a list."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.menu import Item, Menu


class ChooseDialog(ModalScreen[str]):
    """Dismissed with the chosen line's key, or an empty one when left by Esc."""

    BINDINGS = [Binding("escape,q", "dismiss('')", show=False)]

    def __init__(self, title: str, question: str, items: tuple[Item, ...], *, at: str = "") -> None:
        """Ask `question` under `title`; the line of the key `at` is the current one."""
        super().__init__()
        self._texts = title, question
        self._items, self._at = items, at

    def compose(self) -> ComposeResult:
        title, question = self._texts
        with Vertical(classes="dialog choice") as box:
            box.border_title = plain(title)
            yield Static(plain(question), markup=False)
            menu = Menu()
            menu.items = self._items
            yield menu
            yield Static(plain("Enter takes it. Esc goes back."), classes="hint", markup=False)

    def on_mount(self) -> None:
        menu = self.query_one(Menu)
        menu.go_to(self._at)
        menu.focus()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)
