"""Import: how far it is, a way to stop it, and at its end what became of every file."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.messages import LibraryWorked
from m1tui.app.own_way import own_way
from m1tui.app.text import harmless, plain
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT
from m1tui.app.widgets.bars import Meter
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.table import Column, LazyRows, Row, Table, under
from m1tui.store.importing import Imported
from m1tui.sysex.examine import Grade
from m1tui.sysex.listing import counted

COLUMNS = (Column("File", 34, grows=True), Column("In the folder", 36, grows=True))

HEADINGS = {
    "imported": "New",
    "equal": "Duplicates: the same contents in other messages",
    "same": "Duplicates: exactly the same messages",
    "refused": "Not dumps, or not readable",
}
"""The fates of files, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class ImportView:
    """How an import ended."""

    done: tuple[Imported, ...] = ()
    cancelled: bool = False
    advice: tuple[str, ...] = ()
    """Why it stopped, empty where it did not."""


class FateRows(LazyRows["Imported"]):
    """The files under their fates."""

    def __init__(self, done: tuple[Imported, ...]) -> None:
        by_fate = {fate: [one for one in done if one.fate.value == fate] for fate in HEADINGS}
        super().__init__(
            under((f"{HEADINGS[fate]}: {len(files):,}", files) for fate, files in by_fate.items())
        )

    def row(self, item: Imported) -> Row:
        """Return the row of a file."""
        sign = "!" if item.fate.value == "refused" or _is_damaged(item) else " "
        return Row((item.name, str(item.source.parent)), sign)


class ImportScreen(Screen[None]):
    """A bar while files are read; then a table of what became of them."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        Binding("c,escape", "cancel", "cancel; what was imported stays", key_display="c"),
        Binding("enter,escape,q", "dismiss", "back to the library", key_display="Enter"),
        Binding("left", "group(-1)", show=False),
        Binding("right", "group(1)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
    ]

    view: reactive[ImportView | None] = reactive(None, repaint=False, bindings=True)
    """How it ended, None while it goes on."""

    def __init__(self, source: str) -> None:
        """Begin; `source` says what is taken in."""
        super().__init__()
        self.cancelled = Event()
        """Set when a person wants it to end."""
        self._source = source

    def compose(self) -> ComposeResult:
        yield Static(plain(f"Import {harmless(self._source)}"), classes="title", markup=False)
        yield Static(id="doing", markup=False)
        yield Meter()
        yield Static(id="counts", markup=False)
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#doing", Static).update(plain("Looking for files ..."))
        self.query_one(Table).fill(COLUMNS, ())
        if self.view is not None:
            self.watch_view(self.view)

    def on_library_worked(self, event: LibraryWorked) -> None:
        made = event.progress
        if self.view is None:
            share = made.done * 100 // made.total if made.total else 0
            self.query_one(Meter).percent = share
            text = f"{made.phase}: {made.done:,} of {made.total:,} files"
            self.query_one("#doing", Static).update(
                Content.assemble(text, (f"   {harmless(made.file)}", FAINT))
            )

    def watch_view(self, view: ImportView | None) -> None:
        if view is None or not self.is_mounted:
            return
        self.query_one(Meter).display = False
        self.query_one("#doing", Static).update(ending(view))
        self.query_one("#counts", Static).update(plain(counts(view.done)))
        table = self.query_one(Table)
        rows = FateRows(view.done)
        table.fill(COLUMNS, rows, headings=rows.headings, nothing="There were no files.")
        table.focus()

    def on_table_moved(self, event: Table.Moved) -> None:
        rows = self.query_one(Table).rows
        one = rows.at(event.index) if isinstance(rows, FateRows) else None
        if one is not None:
            grade = () if one.grade is None else (Paragraph("Grade ", FAINT, (one.grade.word,)),)
            self.query_one(Hanging).paragraphs = (
                Paragraph("File  ", FAINT, (_place(one),)),
                *grade,
                Paragraph("Fate  ", FAINT, (own_way(one.told),)),
            )

    def on_table_chosen(self) -> None:
        self.dismiss()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Cancel while it goes on, leave when it is over."""
        if action == "cancel":
            return self.view is None and not self.cancelled.is_set()
        if action == "dismiss":
            return self.view is not None
        return True

    def action_group(self, direction: int) -> None:
        """Go to the files of the next fate, or of the one before."""
        self.query_one(Table).go_to_group(direction)

    def action_cancel(self) -> None:
        """Stop at the next file; what was taken in stays."""
        self.cancelled.set()
        self.query_one("#counts", Static).update(
            plain("Stopping at the next file. What was imported stays.", ACCENT)
        )
        self.refresh_bindings()


def ending(view: ImportView) -> Content:
    """Return how an import ended."""
    if view.advice:
        return plain("\n".join(view.advice), LAMP)
    if view.cancelled:
        return plain(
            "Cancelled. Importing again adds what is missing. Nothing is imported twice.", ACCENT
        )
    return plain("Done. The files themselves were not changed.", LIT)


def counts(done: tuple[Imported, ...]) -> str:
    """Return how many dumps are new, how many the library held, how many files are no dumps."""
    fates = [one.fate.value for one in done]
    known = fates.count("same") + fates.count("equal")
    damaged = sum(map(_is_damaged, done))
    refused = fates.count("refused")
    return (
        f"{fates.count('imported'):,} new, {counted(known, 'duplicate')} by content, "
        f"{refused:,} not {'a dump' if refused == 1 else 'dumps'}"
        f"{f'; {damaged:,} DAMAGED' if damaged else ''}"
    )


def _place(one: Imported) -> str:
    return f"{one.member} in {one.source}" if one.member else str(one.source)


def _is_damaged(one: Imported) -> bool:
    return one.grade is Grade.DAMAGED
