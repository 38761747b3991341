"""Dialogs that are answered by a line of a menu or by one key."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from m1tui.advice import Advice
from m1tui.app.own_way import in_the_app
from m1tui.app.text import plain
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.scrolling import MoreBelow, turn_page

Answer = TypeVar("Answer")

HOME, QUIT, GIVE_UP, STAY, START = "home", "quit", "give-up", "stay", "start"


class MenuDialog(ModalScreen[Answer]):
    """A question above a menu; dismissed with what `answer` makes of the chosen line's key."""

    BINDINGS = [Binding("pagedown", "page", show=False, priority=True)]

    HINT = ""
    """A line under the menu."""

    def __init__(self, title: str, question: str, items: tuple[Item, ...], *, at: str = "") -> None:
        """Ask `question` under `title`; the line of the key `at` is the current one."""
        super().__init__()
        self._title, self._question, self._items, self._at = title, question, items, at

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as box:
            box.border_title = plain(self._title)
            yield Static(plain(self._question), markup=False)
            # The answers stay in view where an alarm leaves too few rows for the question.
            with Vertical(classes="answers"):
                yield MoreBelow()
                menu = Menu()
                menu.items = self._items
                yield menu
                yield from self.below()
                if self.HINT:
                    box.add_class("choice")
                    yield Static(plain(self.HINT), classes="hint", markup=False)

    def below(self) -> ComposeResult:
        """Yield what stands under the menu."""
        return iter(())

    def on_mount(self) -> None:
        menu = self.query_one(Menu)
        menu.go_to(self._at)
        menu.focus()
        self.query_one(MoreBelow).look_at(self.query_one(".dialog", VerticalScroll))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave PgDn to the menu while the whole question is in view."""
        if action == "page":
            return bool(self.query_one(".dialog", VerticalScroll).max_scroll_y)
        return super().check_action(action, parameters)

    def action_page(self) -> None:
        """Show what follows of the question."""
        answers = self.query_one(".answers")
        turn_page(self.query_one(".dialog", VerticalScroll), covered=answers.size.height)

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.dismiss(self.answer(event.key))

    def answer(self, key: str) -> Answer:
        """Return the answer that a line stands for."""
        raise NotImplementedError


class ChooseDialog(MenuDialog[str]):
    """Dismissed with the chosen line's key, or an empty one when left by Esc."""

    BINDINGS = [Binding("escape,q", "dismiss('')", show=False)]

    HINT = "Enter chooses it. Esc goes back."

    def answer(self, key: str) -> str:
        return key


class ChooseOrTypeDialog(ChooseDialog, inherit_bindings=False):
    """The same, where what is typed counts instead of a line; every letter is text.

    The line `typing` opens the field, too.
    """

    BINDINGS = [
        Binding("escape", "back", show=False),
        Binding("pagedown", "page", show=False, priority=True),
    ]

    HINT = "Enter chooses it, or type another one. Esc goes back."

    def __init__(
        self,
        title: str,
        question: str,
        items: tuple[Item, ...],
        *,
        typing: str,
        written: str = "",
    ) -> None:
        """Ask `question` under `title`; `written` is what was typed before and not used."""
        super().__init__(title, question, items)
        self._typing, self._written = typing, written

    def on_mount(self) -> None:
        if self._written:
            self.call_after_refresh(self._type, self._written)

    def below(self) -> ComposeResult:
        field = Input(select_on_focus=False)
        field.cursor_blink = False
        field.display = False
        yield field

    def on_key(self, event: events.Key) -> None:
        field = self.query_one(Input)
        if not field.has_focus and event.is_printable and event.character and event.key != "space":
            event.stop()
            event.prevent_default()
            self._type(event.character)

    def on_paste(self, event: events.Paste) -> None:
        if not self.query_one(Input).has_focus:
            event.stop()
            self._type(" ".join(event.text.split()))

    def _type(self, text: str) -> None:
        field = self.query_one(Input)
        field.display = True
        field.value += text
        field.cursor_position = len(field.value)
        self.set_focus(field)

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        event.prevent_default()
        if event.key == self._typing:
            self._type("")
        else:
            self.dismiss(event.key)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.action_back()

    def action_back(self) -> None:
        """Leave the field for the list, or the list without a choice."""
        field = self.query_one(Input)
        if not field.display:
            self.dismiss("")
            return
        field.value = ""
        field.display = False
        self.query_one(Menu).focus()


class ConfirmDialog(MenuDialog[bool]):
    """Dismissed with True for yes only; Esc and n say no, and Enter at once unless harmless."""

    BINDINGS = [
        Binding("y", "dismiss(True)", show=False),
        Binding("n,escape,q", "dismiss(False)", show=False),
    ]

    def __init__(
        self, title: str, question: str, yes: str = "Yes", no: str = "No", *, harmless: bool = False
    ) -> None:
        """Ask `question` under `title`; `yes` and `no` word the answers, yes first if harmless."""
        items = (Item("no", f"{no} (n)"), Item("yes", f"{yes} (y)"))
        super().__init__(title, question, items[::-1] if harmless else items)

    def answer(self, key: str) -> bool:
        return key == "yes"


class GoOnDialog(MenuDialog[str]):
    """Dismissed with one of START, HOME and STAY; Esc stays."""

    BINDINGS = [
        Binding("y", f"dismiss('{START}')", show=False),
        Binding("n", f"dismiss('{HOME}')", show=False),
        Binding("b,escape,q", f"dismiss('{STAY}')", show=False),
    ]

    def __init__(self, title: str, question: str) -> None:
        """Ask `question` under `title`: whether an answer was meant, and what follows it now."""
        items = (
            Item(START, "Start it now (y)"),
            Item(HOME, "Go home (n)"),
            Item(STAY, "Back to the question (Esc)"),
        )
        super().__init__(title, question, items)

    def answer(self, key: str) -> str:
        return key


class LeaveDialog(MenuDialog[str]):
    """Dismissed with one of HOME, QUIT, GIVE_UP and STAY; Esc stays."""

    BINDINGS = [Binding("escape", "dismiss('stay')", show=False)]

    def __init__(self, where: str) -> None:
        """Ask what leaving means at `where`, the step in words; all is saved in any case."""
        super().__init__(
            "Leave",
            f"Everything is saved. Home offers to continue at {where}.",
            (
                Item(HOME, "Go home, continue later"),
                Item(QUIT, "Leave and quit m1tui, continue later"),
                Item(STAY, "Stay here (Esc)"),
                Item(GIVE_UP, "Abandon this run for good"),
            ),
        )

    def answer(self, key: str) -> str:
        return key


class AdviceDialog(ModalScreen[None]):
    """Read, then dismissed by any of the usual keys."""

    BINDINGS = [Binding("enter,escape,q", "dismiss", "back", key_display="Enter")]

    def __init__(self, title: str, advice: Advice) -> None:
        super().__init__()
        self._title, self._advice = title, in_the_app(advice)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = plain(self._title)
            yield Static(plain("\n\n".join(self._advice.lines())), markup=False)
        yield KeyBar()
