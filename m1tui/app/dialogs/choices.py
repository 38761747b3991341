"""Dialogs that are answered by a line of a menu or by one key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from m1tui.advice import Advice
from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar
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
