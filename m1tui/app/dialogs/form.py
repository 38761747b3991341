"""A form: one line for each value, with what may be typed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from m1tui.app.text import harmless, plain
from m1tui.app.theme import ACCENT, FAINT, LAMP
from m1tui.app.widgets.line import Line
from m1tui.procedures.values import Field

HINT = "Enter goes to the next field; on the last one it saves them all. Esc goes back."
ONE_FIELD = "Enter saves it. Esc goes back."
AGAIN = "Press Enter again to save it, or correct it."
FIRST_LETTERS = "The first letters of a word are enough."

Says = Callable[[Mapping[str, str]], str]
"""What is to be said of the values as they are typed; "" for nothing."""


class FormDialog(ModalScreen[dict[str, str] | None]):
    """Dismissed with what was typed, by the fields' names, or None when left by Esc."""

    BINDINGS = [
        Binding("escape", "leave", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        title: str,
        fields: tuple[Field, ...],
        *,
        known: Mapping[str, str] = MappingProxyType({}),
        warn: Says | None = None,
        refuse: Says = lambda _: "",
        begin_at: str = "",
    ) -> None:
        """Ask for `fields` under `title`; what is `known` or preset stands there already.

        The cursor begins at the field named `begin_at`, by itself at the first. What `warn` says
        is shown while somebody types, and hinders nothing; while `refuse` says something the
        values are not taken.
        """
        super().__init__()
        self._title, self._fields = title, fields
        self._known, self._warn, self._refuse = known, warn, refuse
        self._begin_at = begin_at
        self._remarked = ""
        """The last line's text as it was called out when Enter was pressed there."""
        self.left: Mapping[str, str] = {}
        """What stood in the lines when it was left by Esc."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog form") as box:
            box.border_title = plain(self._title)
            for field in self._fields:
                rule = f" ({field.rule})" if field.rule else ""
                yield Static(plain(f"{field.label}{rule}"), classes="label", markup=False)
                # A line draws what stands in it as it is.
                line = Line(
                    harmless(self._known.get(field.name, field.preset)),
                    id=f"value-{field.name}",
                    # A number is typed anew; a text, and what the M1 has shown, is gone on with.
                    select_on_focus=bool(field.rule) and not (field.offers and field.asks),
                )
                yield line
            if self._warn is not None:
                yield Static(classes="warning", markup=False)
            yield Static(classes="wrong", markup=False)
            yield Static(plain(self._hint, FAINT), classes="hint", markup=False)

    def on_mount(self) -> None:
        # At once: keys that wait already go to the line, and not past the form.
        first = f"#value-{self._begin_at}" if self._begin_at else "Line"
        self.set_focus(self.query(first).first(Line))

    def on_key(self, event: Key) -> None:
        """Lose nothing that was typed while the form opened."""
        if isinstance(self.focused, Line):
            self.focused.take_early(event)

    @property
    def _hint(self) -> str:
        chosen = any(field.choices for field in self._fields)
        hint = HINT if len(self._fields) > 1 else ONE_FIELD
        return f"{hint} {FIRST_LETTERS}" if chosen else hint

    @property
    def values(self) -> dict[str, str]:
        """What stands in the lines now, by the fields' names."""
        return {field.name: self._line(field).value.strip() for field in self._fields}

    def action_leave(self) -> None:
        """Close it without taking the values."""
        self.left = self.values
        self.dismiss(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")
        if self._warn is not None:
            self.query_one(".warning", Static).update(plain(self._warn(self.values), ACCENT))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._complain(event.input):
            return
        if event.input is self.query(Input).last():
            if not self._calls_out(event.input):
                self._take()
        else:
            lines: list[Input] = list(self.query(Line))
            self.set_focus(lines[lines.index(event.input) + 1])

    def _take(self) -> None:
        """Give back all values, or go to the first that cannot be taken."""
        for line in self.query(Input):
            if self._complain(line):
                line.focus()
                return
        values = self.values
        refused = self._refuse(values)
        if refused:
            self._say(refused)
            self.query(Input).first().focus()
        else:
            self.dismiss(values)

    def _calls_out(self, line: Input) -> bool:
        """Let a first Enter show what is said of the last value; return whether it only did that.

        Of the values before it is seen on the way to the last one.
        """
        remark = self._fields[-1].remark(self._fields[-1].taken(line.value))
        if self._warn is None or not remark or line.value == self._remarked:
            return False
        self._remarked = line.value
        self.query_one(".warning", Static).update(plain(self._warn(self.values), ACCENT))
        self._say(AGAIN)
        return True

    def _complain(self, line: Input) -> bool:
        """Say what is wrong with a line; return whether anything is."""
        field = next(each for each in self._fields if self._line(each) is line)
        try:
            field.taken(line.value)
        except ValueError as error:
            self._say(str(error))
            return True
        self._say("")
        return False

    def _say(self, wrong: str) -> None:
        """Show why the values are not taken, or nothing any more."""
        line = self.query_one(".wrong", Static)
        line.update(plain(wrong, LAMP))
        if wrong:
            # On a low screen the lines cover it.
            self.call_after_refresh(line.scroll_visible, animate=False)

    def _line(self, field: Field) -> Input:
        return self.query_one(f"#value-{field.name}", Input)
