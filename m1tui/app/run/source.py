"""Source: where the sounds come from - a backup, the library, a file, the demo bank."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.run.pictures import Offered
from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu


class SourceScreen(Screen[str]):
    """Dismissed with the key of an offer, or an empty one when left without a choice."""

    HELP_SECTION = "A CHOICE"

    BINDINGS = [
        Binding("escape,q,b", "dismiss('')", "back", key_display="Esc"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
    ]

    def __init__(self, offers: tuple[Offered, ...], describe: Callable[[str], str]) -> None:
        """Let a person choose among `offers`; `describe` tells what the offer of a key holds."""
        super().__init__()
        self._offers = offers
        self._describe = describe

    def compose(self) -> ComposeResult:
        yield Static(plain("Where do the sounds come from?"), classes="title", markup=False)
        menu = Menu()
        menu.items = tuple(Item(o.key, o.title) for o in self._offers)
        yield menu
        yield Static(id="detail", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_moved(self, event: Menu.Moved) -> None:
        told = self._describe(event.key) if event.key else ""
        self.query_one("#detail", Static).update(plain(told))

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        self.dismiss(event.key)
