"""Bin: the dumps that were deleted, each of which can be brought back."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.text import plain
from m1tui.app.theme import FAINT
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.table import Column, Row, Table
from m1tui.store import StoredBackup
from m1tui.sysex.listing import counted

COLUMNS = (Column("File", 36, grows=True), Column("Bytes", 7, right=True), Column("Contents", 26))


class BinScreen(Screen[Path | None]):
    """Dismissed with the dump to bring back, or None."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        Binding("enter,u", "choose", "bring back", key_display="Enter"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss(None)", "back", key_display="Esc"),
    ]

    def __init__(self, binned: tuple[StoredBackup, ...]) -> None:
        """Show what lies in the bin."""
        super().__init__()
        self._binned = binned

    def compose(self) -> ComposeResult:
        count = counted(len(self._binned), "dump")
        yield Static(plain(f"Bin   {count}"), classes="title", markup=False)
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        table = self.query_one(Table)
        table.fill(COLUMNS, tuple(map(row_of, self._binned)), nothing="The bin is empty.")
        table.focus()

    def on_table_moved(self, event: Table.Moved) -> None:
        if event.index >= 0:
            one = self._binned[event.index]
            told = ", ".join(one.manifest.contents) if one.manifest else "no manifest"
            self.query_one(Hanging).paragraphs = (
                Paragraph("File   ", FAINT, (one.path.name,)),
                Paragraph("Data   ", FAINT, (told,)),
            )

    def on_table_chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Bring the current dump back."""
        place = self.query_one(Table).current
        if place >= 0:
            self.dismiss(self._binned[place].path)


def row_of(stored: StoredBackup) -> Row:
    """Return the row of a dump in the bin."""
    manifest = stored.manifest
    if manifest is None:
        return Row((stored.title, "", ""))
    return Row((stored.title, f"{manifest.bytes:,}", ", ".join(manifest.contents)))
