"""Values: every parameter of one object by its name, or those in which two objects differ."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.library.sheets import VALUE_COLUMNS, ValueLine, value_detail
from m1tui.app.look import LAMP
from m1tui.app.text import harmless
from m1tui.app.widgets.hanging import Hanging
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.table import Column, Table
from m1tui.sysex.listing import counted


class ValuesScreen(Screen[None]):
    """A table of values under the headings of the object's parts."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        Binding("o", "next_wrong", "next out of range"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(
        self,
        title: str,
        lines: tuple[ValueLine, ...],
        columns: tuple[Column, ...] = VALUE_COLUMNS,
        note: str = "",
    ) -> None:
        """Show `lines` under `columns`; `note` says what else there is to know."""
        super().__init__()
        self._title, self._lines, self._columns, self._note = title, lines, columns, note

    def compose(self) -> ComposeResult:
        wrong = len(self._wrong)
        title = Content.assemble(
            (harmless(self._title), "bold"),
            f"   {counted(sum(line.value is not None for line in self._lines), 'value')}",
            (f"   {wrong} OUT OF RANGE" if wrong else "", LAMP),
        )
        yield Static(title, classes="title", markup=False)
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        table = self.query_one(Table)
        rows = tuple(line.row for line in self._lines)
        table.fill(self._columns, rows, nothing=self._note or "There is no value to show.")
        table.focus()

    @property
    def _wrong(self) -> list[int]:
        return [at for at, line in enumerate(self._lines) if line.row.sign == "!"]

    def on_table_moved(self, event: Table.Moved) -> None:
        value = self._lines[event.index].value if event.index >= 0 else None
        self.query_one(Hanging).paragraphs = value_detail(value) if value else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way to wrong values where there are any."""
        return action != "next_wrong" or bool(self._wrong)

    def action_next_wrong(self) -> None:
        """Go to the next value out of range, from the last to the first."""
        table = self.query_one(Table)
        wrong = self._wrong
        table.cursor = next((at for at in wrong if at > table.cursor), wrong[0])
