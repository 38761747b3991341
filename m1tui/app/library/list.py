"""Library: the dumps by instrument and date, names found as they are typed; and its bin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Input, Static

from m1tui.app.library.views import (
    DUMP_COLUMNS,
    MATCH_COLUMNS,
    DumpRows,
    LibraryView,
    MatchRows,
    entry_detail,
)
from m1tui.app.messages import LibraryWorked, Notice
from m1tui.app.text import plain
from m1tui.app.theme import ACCENT, FAINT, LAMP
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.line import Line
from m1tui.app.widgets.table import Column, Row, Table
from m1tui.store import StoredBackup
from m1tui.store.catalogue import Found
from m1tui.store.dumpfacts import Entry
from m1tui.store.names import Name, Named
from m1tui.sysex.listing import counted

if TYPE_CHECKING:
    from m1tui.app.library.actions import LibraryActions

OF_ENTRY = ("inspect", "compare", "mark", "restore", "export", "delete", "name", "since")
"""What can be done with a dump alone."""

HEARD = ("program", "combination")
"""Kinds of names that can be heard."""

EMPTY = "No dumps yet. Backups are added automatically; press a to import others."
LOOKING = "Reading the library ..."


class SearchLine(Line):
    """The line in which a name is typed."""

    BINDINGS = [Binding("enter", "submit", "go to the names", key_display="Enter")]

    def __init__(self) -> None:
        super().__init__(
            id="search", placeholder="/ finds programs, combinations and songs by name"
        )


class LibraryScreen(Screen[None]):
    """A table of dumps, or of names that were found in them; a line to search; what is known."""

    HELP_SECTION = "THE LIBRARY"
    MOMENT = ("/", "r")
    BINDINGS = [
        Binding("enter", "inspect", "inspect", key_display="Enter"),
        Binding("i", "inspect", show=False),
        Binding("slash", "search", "find a name", key_display="/"),
        Binding("space", "mark", "mark", key_display="Space"),
        Binding("c", "compare", "compare"),
        Binding("r", "restore", "restore"),
        Binding("a", "hear", "hear it"),
        Binding("a", "take_in", "import"),
        Binding("e", "export", "export"),
        Binding("d", "delete", "delete"),
        Binding("u", "bin", "bin"),
        Binding("n", "name", "name"),
        Binding("s", "since", "what changed"),
        Binding("z", "put_back", "put back"),
        Binding("w", "make_anew", "rebuild the catalogue"),
        Binding("left", "group(-1)", show=False),
        Binding("right", "group(1)", show=False),
        Binding("up", "table('move', -1)", show=False),
        Binding("down", "table('move', 1)", show=False),
        Binding("pageup", "table('page', -1)", show=False),
        Binding("pagedown", "table('page', 1)", show=False),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("f1", "app.help", show=False),
        Binding("escape,q", "back", "back", key_display="Esc"),
    ]

    view: reactive[LibraryView] = reactive(LibraryView(), repaint=False)
    """All dumps."""
    found: reactive[Found | None] = reactive(None, repaint=False)
    """The names that were found, None where nothing is searched."""
    notice: reactive[Notice] = reactive(Notice(), repaint=False)
    """What a person has to know about the last thing that was asked for."""
    unusable: reactive[bool] = reactive(False, repaint=False, bindings=True)
    """Whether the catalogue has to be made anew."""

    def __init__(self, keeper: LibraryActions) -> None:
        super().__init__()
        self.keeper = keeper
        self.marked: Entry | None = None
        """The dump that waits to be compared."""
        self._before: Entry | None = None
        """The current dump before a name was searched, to come back to."""
        self._rows: DumpRows | MatchRows = DumpRows(LibraryView())
        self._listed: DumpRows = DumpRows(LibraryView())

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        yield SearchLine()
        yield Table()
        yield Static(id="notice", markup=False)
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self._draw_rows()
        self.query_one(Table).focus()
        self.keeper.attach()

    # What is told

    def watch_view(self) -> None:
        entry = self.current
        self._listed = DumpRows(self.view, self.marked.path if self.marked else None)
        if self.found is None:
            self._draw_rows(entry)
        else:
            self._title()

    def watch_found(self) -> None:
        self._draw_rows(self._before)

    def watch_notice(self, notice: Notice) -> None:
        told = self.query_one("#notice", Static)
        told.update(plain(notice.text, LAMP if notice.wrong else ACCENT))
        told.set_class(bool(notice.text), "told")

    def on_library_worked(self, event: LibraryWorked) -> None:
        made = event.progress
        self._title(f"{made.phase}: {made.done:,} of {made.total:,}")

    def _draw_rows(self, entry: Entry | None = None) -> None:
        table = self.query_one(Table)
        marked = self.marked.path if self.marked else None
        if self.found is None:
            self._rows = rows = self._listed
            at = rows.place_of(entry.path if entry else None, table.cursor)
            nothing = EMPTY if self.view.known else LOOKING
            table.fill(DUMP_COLUMNS, rows, at=at, headings=rows.headings, nothing=nothing)
        else:
            self._rows = MatchRows(self.found.matches, marked)
            nothing = "No program, combination or song has that name."
            table.fill(MATCH_COLUMNS, self._rows, nothing=nothing)
        self._title()

    def _title(self, doing: str = "") -> None:
        parts = [("Library", "bold"), (f"   {counted(len(self.view.entries), 'dump')}", FAINT)]
        if doing:
            parts.append((f"   {doing}", ACCENT))
        if self.found is not None:
            more = "the first " if self.found.more else ""
            parts.append((f"   {more}{counted(len(self.found.matches), 'name')} found", FAINT))
        self.query_one("#title", Static).update(Content.assemble(*parts))

    # What is asked for

    @property
    def current(self) -> Entry | None:
        """The dump of the current row."""
        return self._rows.entry(self.query_one(Table).current)

    @property
    def _object(self) -> Name | None:
        place = self.query_one(Table).current
        match = self._rows.at(place) if isinstance(self._rows, MatchRows) else None
        # A label is the dump's own name, and stands for no object in it.
        return match.name if match is not None and match.name.kind is not Named.LABEL else None

    def show(self, entry: Entry) -> None:
        """Make the row of a dump the current one."""
        self._draw_rows(entry)

    def on_table_moved(self) -> None:
        entry = self.current
        self.query_one(Hanging).paragraphs = entry_detail(entry) if entry else ()
        self.refresh_bindings()

    def on_table_chosen(self) -> None:
        self.action_inspect()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.keeper.search(event.value)

    def on_input_submitted(self) -> None:
        if len(self._rows):
            self.query_one(Table).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what a dump is needed for where there is one; letters are text in the search."""
        if not self.is_mounted:
            return True
        typing = self.query_one(Input).has_focus
        if action == "make_anew":
            return self.unusable and not typing
        if action == "hear":
            return self._heard and not typing
        if action == "take_in":
            return not (typing or self._heard)
        if action in OF_ENTRY:
            return self.current is not None and not typing
        if action == "table":
            return typing
        if action in ("bin", "search", "group", "help", "put_back"):
            return not typing
        return True

    async def action_help(self) -> None:
        """Show the page of help."""
        await self.run_action("app.help")

    def action_search(self) -> None:
        """Go to the line in which a name can be typed."""
        self.notice = Notice()
        if self.found is None:
            self._before = self.current
        self.query_one(Input).focus()

    def action_table(self, what: str, direction: int) -> None:
        """Move in the table while a name is typed."""
        table = self.query_one(Table)
        (table.action_move if what == "move" else table.action_page)(direction)

    def action_group(self, direction: int) -> None:
        """Go to the next instrument, or to the one before."""
        self.query_one(Table).go_to_group(direction)

    def action_inspect(self) -> None:
        """Look into the dump."""
        if (entry := self._asked()) is not None:
            self.keeper.inspect(entry, self._object)

    def action_mark(self) -> None:
        """Mark the dump to compare it with another, or take the mark away."""
        if (entry := self._asked()) is not None:
            same = self.marked is not None and self.marked.path == entry.path
            self.marked = None if same else entry
            if not same:
                self.notice = Notice(
                    "Marked *. Go to another dump, and press c to compare the two."
                )
            self._sign()

    def action_compare(self) -> None:
        """Compare the dump with the marked one, or mark it."""
        if self.marked is None or self.current is None or self.marked.path == self.current.path:
            self.marked = None
            self.action_mark()
        elif (entry := self._asked()) is not None:
            self.keeper.compare(self.marked, entry)

    def _sign(self) -> None:
        path = self.marked.path if self.marked else None
        self._rows.marked = self._listed.marked = path
        self.query_one(Table).refresh()

    def action_restore(self) -> None:
        """Send the dump into an M1, by the procedure for it."""
        if (entry := self._asked()) is not None:
            self.keeper.restore(entry)

    def action_export(self) -> None:
        """Copy the dump to a folder."""
        if (entry := self._asked()) is not None:
            self.keeper.export(entry)

    def action_name(self) -> None:
        """Give the dump a label and a note."""
        if (entry := self._asked()) is not None:
            self.keeper.name(entry)

    def action_since(self) -> None:
        """Compare the instrument's newest backup of all data with the one before it."""
        if (entry := self._asked()) is not None:
            self.keeper.since(entry)

    def action_put_back(self) -> None:
        """Send what the last restore overwrote back into the M1."""
        self.notice = Notice()
        self.keeper.put_back()

    def action_delete(self) -> None:
        """Move the dump to the bin, when asked and answered."""
        if (entry := self._asked()) is not None:
            self.keeper.delete(entry)

    def _asked(self) -> Entry | None:
        """Forget what was told before; return the current dump."""
        self.notice = Notice()
        return self.current

    @property
    def _heard(self) -> bool:
        """Whether the current row is a sound."""
        return self._object is not None and self._object.kind.value in HEARD

    def action_hear(self) -> None:
        """Hear the program or combination of the current name on the M1."""
        if (entry := self._asked()) is not None and self._object is not None:
            self.keeper.hear(entry, self._object)

    def action_take_in(self) -> None:
        """Import files or folders."""
        self.notice = Notice()
        self.keeper.take_in()

    def action_bin(self) -> None:
        """Show what was deleted."""
        self.notice = Notice()
        self.keeper.bin()

    def action_make_anew(self) -> None:
        """Make a catalogue that cannot be used anew from the files."""
        self.notice = Notice()
        self.keeper.make_anew()

    def action_back(self) -> None:
        """Leave the search, then the screen."""
        field = self.query_one(Input)
        if field.value or field.has_focus:
            field.value = ""
            self.query_one(Table).focus()
        else:
            self.keeper.leave()


BIN_COLUMNS = (
    Column("File", 36, grows=True),
    Column("Bytes", 7, right=True),
    Column("Contents", 26),
)


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
        table.fill(BIN_COLUMNS, tuple(map(_binned_row, self._binned)), nothing="The bin is empty.")
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


def _binned_row(stored: StoredBackup) -> Row:
    """Return the row of a dump in the bin."""
    manifest = stored.manifest
    if manifest is None:
        return Row((stored.title, "", ""))
    return Row((stored.title, f"{manifest.bytes:,}", ", ".join(manifest.contents)))
