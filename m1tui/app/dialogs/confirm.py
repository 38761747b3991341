"""A question with two answers, of which the harmless one is the default."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.menu import Item, Menu


class ConfirmDialog(ModalScreen[bool]):
    """Dismissed with True for yes alone; Esc and n say no, and Enter at once unless harmless."""

    BINDINGS = [
        Binding("y", "dismiss(True)", show=False),
        Binding("n,escape,q", "dismiss(False)", show=False),
    ]

    def __init__(
        self,
        title: str,
        question: str,
        yes: str = "Yes",
        no: str = "No",
        *,
        harmless: bool = False,
    ) -> None:
        """Ask `question` under `title`; `yes` and `no` word the answers, yes first if harmless."""
        super().__init__()
        self._harmless = harmless
        self._texts = title, question
        self._answers = yes, no

    def compose(self) -> ComposeResult:
        title, question = self._texts
        yes, no = self._answers
        with Vertical(classes="dialog") as box:
            box.border_title = plain(title)
            yield Static(plain(question), markup=False)
            menu = Menu()
            items = (Item("no", f"{no} (n)"), Item("yes", f"{yes} (y)"))
            menu.items = items[::-1] if self._harmless else items
            yield menu

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.dismiss(event.key == "yes")
