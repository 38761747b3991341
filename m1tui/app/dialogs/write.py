"""A line of text to write: the reason for an override, or a note."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from m1tui.app.look import LAMP
from m1tui.app.text import plain


class WriteDialog(ModalScreen[str | None]):
    """Dismissed with what was written, without spaces around it, or None when left by Esc."""

    BINDINGS = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str, text: str, *, hint: str, empty: str, written: str = "") -> None:
        """Ask for a line. `empty` is the complaint about an empty one; "" lets it pass."""
        super().__init__()
        self._title, self._text, self._hint = title, text, hint
        self._empty, self._written = empty, written

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = plain(self._title)
            yield Static(plain(self._text), markup=False)
            field = Input(self._written, max_length=400)
            field.cursor_blink = False
            yield field
            yield Static(plain(self._hint), classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        written = event.value.strip()
        if written or not self._empty:
            self.dismiss(written)
        else:
            self.query_one(".hint", Static).update(plain(self._empty, LAMP))


def reason_dialog(step: str, why: str) -> WriteDialog:
    """Return the dialog that skips a step: it takes no empty reason."""
    return WriteDialog(
        "Skip this step",
        f"{step}\n\n{why}Why is it skipped? The reason goes into the log and the report.",
        hint="Enter skips it, marked [!]. Esc goes back.",
        empty="A reason is needed: type a few words, or press Esc to go back.",
    )


def note_dialog(step: str, written: str) -> WriteDialog:
    """Return the dialog for a note beside a step."""
    return WriteDialog(
        "Note",
        f"{step}\n\nWhat should be remembered about this step?",
        hint="Enter keeps it. Esc goes back.",
        empty="",
        written=written,
    )


def give_up_dialog(procedure: str) -> WriteDialog:
    """Return the dialog that gives a run up: it takes no empty reason."""
    return WriteDialog(
        "Give this run up",
        f"{procedure}\n\nIt is not offered again; its journal and backups stay. Why?",
        hint="Enter gives it up. Esc goes back.",
        empty="A reason is needed: type a few words, or press Esc to go back.",
    )
