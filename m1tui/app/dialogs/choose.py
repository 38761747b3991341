"""A question of a procedure: one of its answers is chosen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.widgets.menu import Item, Menu


class ChooseDialog(ModalScreen[int | None]):
    """Dismissed with the place of the answer, from 0, or None when left by Esc."""

    BINDINGS = [Binding("escape,q", "dismiss(None)", show=False)]

    def __init__(self, title: str, question: str, answers: tuple[str, ...]) -> None:
        """Ask `question` under `title`."""
        super().__init__()
        self._texts = title, question
        self._answers = answers

    def compose(self) -> ComposeResult:
        title, question = self._texts
        with Vertical(classes="dialog") as box:
            box.border_title = plain(title)
            yield Static(plain(question), markup=False)
            menu = Menu()
            menu.items = tuple(
                Item(str(place), answer) for place, answer in enumerate(self._answers)
            )
            yield menu
            yield Static(plain("Enter answers. Esc goes back."), classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.dismiss(int(event.key))
