"""A line of text to write: the reason for an override, or a note."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from m1tui.app.text import harmless, plain
from m1tui.app.theme import LAMP
from m1tui.app.widgets.line import Line
from m1tui.procedures.run import CONSENT, LEAST_REASON, LONGEST_TEXT, REASON_NEEDS


class WriteDialog(ModalScreen[str | None]):
    """Dismissed with what was written, without spaces around it, or None when left by Esc."""

    BINDINGS = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(
        self,
        title: str,
        text: str,
        *,
        hint: str,
        written: str = "",
        complaint: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Ask for a line. `complaint` says what is wrong with one, or "" when it is taken."""
        super().__init__()
        self._title, self._text, self._hint = title, text, hint
        self._written, self._complaint = written, complaint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = plain(self._title)
            yield Static(plain(self._text), markup=False)
            # A line draws what stands in it as it is.
            yield Line(harmless(self._written), select_on_focus=False)
            yield Static(plain(self._hint), classes="hint", markup=False)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Line))

    def on_key(self, event: Key) -> None:
        """Lose nothing that was typed while the dialog opened."""
        self.query_one(Line).take_early(event)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        written = event.value.strip()
        wrong = too_long(written) or self._complaint(written)
        if wrong:
            self.query_one(".hint", Static).update(plain(wrong, LAMP))
        else:
            self.dismiss(written)


def too_long(written: str) -> str:
    """Complain about a text that is longer than what is kept."""
    if len(written) <= LONGEST_TEXT:
        return ""
    return f"Too long: {LONGEST_TEXT:,} characters at most; this has {len(written):,}."


def no_empty_reason(written: str) -> str:
    """Complain about a reason that says nothing."""
    enough = sum(character.isalpha() for character in written) >= LEAST_REASON
    return "" if enough else f"A reason needs {REASON_NEEDS}. Or press Esc to go back."


def reason_dialog(step: str, why: str) -> WriteDialog:
    """Return the dialog that skips a step: it takes no empty reason."""
    return WriteDialog(
        "Skip this step",
        f"{step}\n\n{why}Why are you skipping it? The reason is shown in the log and the report.",
        hint="Enter skips it and marks it [!]. Esc goes back.",
        complaint=no_empty_reason,
    )


def loss_dialog(step: str, lost: str) -> WriteDialog:
    """Return the dialog that agrees to a loss: it takes one word only."""

    def complaint(written: str) -> str:
        return "" if written == CONSENT else f"Type {CONSENT}, in capitals, or press Esc."

    return WriteDialog(
        "Without this step",
        f"{step}\n\nWithout this step, {lost}. Type {CONSENT} to continue without it.",
        hint="Enter skips the step. Esc goes back; nothing is skipped.",
        complaint=complaint,
    )


def note_dialog(step: str, written: str) -> WriteDialog:
    """Return the dialog for a note beside a step."""
    return WriteDialog(
        "Note",
        f"{step}\n\nWhat should be remembered about this step?",
        hint="Enter saves it. Esc goes back.",
        written=written,
    )


def give_up_dialog(procedure: str) -> WriteDialog:
    """Return the dialog that gives a run up: it takes no empty reason."""
    return WriteDialog(
        "Abandon this run",
        f"{procedure}\n\nThis run will not be offered again. Its journal and backups are kept. "
        "Why are you abandoning it?",
        hint="Enter abandons it. Esc goes back.",
        complaint=no_empty_reason,
    )


def word_dialog(title: str, word: str) -> WriteDialog:
    """Return the dialog before something that cannot be undone: it takes only one word."""

    def complaint(written: str) -> str:
        return "" if written == word else f"Type {word}, in capitals, or press Esc to go back."

    return WriteDialog(
        title,
        f"This cannot be undone. Type {word} to continue.",
        hint="Enter continues. Esc goes back; nothing is done.",
        complaint=complaint,
    )
