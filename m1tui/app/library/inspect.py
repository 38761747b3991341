"""Inspect: a file of dumps opened as tables, by object, down to every value of one of them."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.library.opened import Opened, overview
from m1tui.app.library.sheets import (
    VALUE_COLUMNS,
    Sheet,
    ValueLine,
    line_detail,
    sheets,
    song_paragraphs,
    value_lines,
)
from m1tui.app.messages import SongsExportAsked, SoundsAsked
from m1tui.app.text import harmless
from m1tui.app.theme import ACCENT, FAINT, LAMP
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.scrolling import scroll_pages
from m1tui.app.widgets.table import Column, Table
from m1tui.store import printable_path
from m1tui.sysex import Record
from m1tui.sysex.listing import SongRow, counted, drawing

OVERVIEW = 0
"""The page before the four tables."""

PAGES = {"program": 1, "combination": 2, "global": 3, "drum instrument": 3, "song": 4}
"""On which page the objects of a kind stand."""


HEARD = {1: "program", 2: "combination", 3: "drum kit"}
"""What can be heard of each page."""


class InspectScreen(Screen[None]):
    """One page at a time; the digits and the arrows lead to the others."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        *(Binding(str(page + 1), f"page({page})", show=False) for page in range(5)),
        Binding("right", "turn(1)", "next page", key_display="Left/Right"),
        Binding("left", "turn(-1)", show=False),
        Binding("tab", "turn(1)", show=False, priority=True),
        Binding("shift+tab", "turn(-1)", show=False, priority=True),
        Binding("enter", "open", "every value", key_display="Enter"),
        Binding("a", "hear", "hear it"),
        Binding("e", "export_songs", "songs as MIDI files"),
        Binding("m", "next_memory", "next memory in this file"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "screenful(-1)", show=False),
        Binding("pagedown", "screenful(1)", show=False),
        Binding("home", "scroll(-100000)", show=False),
        Binding("end", "scroll(100000)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    page: reactive[int] = reactive(OVERVIEW, repaint=False, bindings=True, init=False)
    """Which page is shown: the overview, then the tables."""

    def __init__(
        self,
        opened: Opened,
        history: tuple[Paragraph, ...] = (),
        at: tuple[str, int] | None = None,
    ) -> None:
        """Show a file; `at` is the kind and the number of the object to begin with.

        `history` tells how it came into the library.
        """
        super().__init__()
        self._opened = opened
        self._history = history
        self._at = at
        self._memory = 0
        self._sheets: tuple[Sheet, ...] = ()
        self._places = [0] * len(PAGES)
        """The current row of each table, to come back to."""

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        yield Static(id="pages", markup=False)
        with VerticalScroll(id="overview", can_focus=False):
            yield Hanging(name="told")
        yield Table()
        yield Hanging(name="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self._open_memory()
        if self._at is not None and self._sheets:
            kind, number = self._at
            page = PAGES[kind]
            rows = self._sheets[page - 1].rows
            digits = f"{number:02d}"
            self._places[page] = next((i for i, r in enumerate(rows) if r.cells[0] == digits), 0)
            self.page = page

    def _open_memory(self) -> None:
        opened = self._opened
        memory = opened.memories[self._memory] if opened.memories else None
        self._sheets = sheets(memory.contents) if memory else ()
        self._places = [0] * (len(self._sheets) + 1)
        self.query_one("#told", Hanging).paragraphs = (*overview(opened, memory), *self._history)
        self.watch_page(self.page, self.page)

    def watch_page(self, before: int, page: int) -> None:
        table = self.query_one(Table)
        if before != page and before != OVERVIEW:
            self._places[before] = table.cursor
        at_table = page != OVERVIEW
        self.query_one("#overview").display = not at_table
        table.display = self.query_one("#detail").display = at_table
        if at_table:
            sheet = self._sheets[page - 1]
            table.fill(sheet.columns, sheet.rows, at=self._places[page], nothing=sheet.nothing)
            table.focus()
        self._draw_pages()

    def _draw_pages(self) -> None:
        titles = ("Overview", *(sheet.title for sheet in self._sheets))
        parts = []
        self.query_one("#title", Static).update(self._title())
        for number, title in enumerate(titles):
            if number == self.page:
                parts.append(Content.styled(f"[{number + 1} {title}]", "bold $accent"))
            else:
                parts.append(Content.styled(f" {number + 1} {title} ", FAINT))
        if not self._sheets:
            parts.append(Content.styled("   nothing in it that an M1 can use", LAMP))
        self.query_one("#pages", Static).update(Content("").join(parts))

    def _title(self) -> Content:
        opened = self._opened
        title = Content.assemble(
            ("Inspect ", "bold"), harmless(printable_path(Path(opened.path.name)))
        )
        if len(opened.memories) > 1:
            label = opened.memories[self._memory].label
            count = f"   memory {self._memory + 1} of {len(opened.memories)}: {label}"
            title += Content.styled(harmless(count), ACCENT)
        if self.page != OVERVIEW:
            title += Content.styled(f"   {self._sheets[self.page - 1].count}", FAINT)
        return title

    def on_table_moved(self, event: Table.Moved) -> None:
        sheet = self._sheets[self.page - 1] if self.page else None
        known = sheet is not None and 0 <= event.index < len(sheet.details)
        paragraphs = sheet.details[event.index] if sheet is not None and known else ()
        self.query_one("#detail", Hanging).paragraphs = paragraphs

    def on_table_chosen(self) -> None:
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what the page on screen has."""
        if action == "open":
            return self.page != OVERVIEW and bool(self._sheets[self.page - 1].rows)
        if action == "hear":
            return self.page in HEARD and bool(self._sheets[self.page - 1].rows)
        if action == "export_songs":
            return self.page != OVERVIEW and bool(self._sheets[self.page - 1].songs)
        if action == "next_memory":
            return len(self._opened.memories) > 1
        if action in ("turn", "page"):
            return bool(self._sheets)
        if action in ("scroll", "screenful"):
            return self.page == OVERVIEW
        return True

    def action_page(self, page: int) -> None:
        """Show a page."""
        self.page = page

    def action_turn(self, direction: int) -> None:
        """Show the next page, or the one before."""
        self.page = (self.page + direction) % (len(self._sheets) + 1)

    def action_hear(self) -> None:
        """Hear the current program, combination or drum kit on the M1."""
        number = self.query_one(Table).current
        if self.page == PAGES["global"]:
            number = max(1, number)  # the first row is the global settings
        self.post_message(
            SoundsAsked(
                self._opened.memories[self._memory].contents,
                printable_path(Path(self._opened.path.name)),
                HEARD[self.page],
                number,
            )
        )

    def action_export_songs(self) -> None:
        """Write the songs of this memory as MIDI files, into a folder that is asked for."""
        self.post_message(SongsExportAsked(self._opened.memories[self._memory].contents))

    def action_next_memory(self) -> None:
        """Show the next memory of a file that holds several."""
        self._memory = (self._memory + 1) % len(self._opened.memories)
        self._open_memory()

    def action_scroll(self, lines: int) -> None:
        """Move the overview by `lines`."""
        self.query_one("#overview").scroll_relative(y=lines, animate=False)

    def action_screenful(self, pages: int) -> None:
        """Move the overview by what is in view of it, but for a line."""
        scroll_pages(self.query_one("#overview", VerticalScroll), pages)

    def action_open(self) -> None:
        """Show every value of the current object, or what the current song plays."""
        place = self.query_one(Table).current
        if not self.page or place < 0:
            return
        sheet = self._sheets[self.page - 1]
        name, record = sheet.objects[place]
        if sheet.songs:
            self.app.push_screen(SongScreen(name, sheet.songs[place], record))
        else:
            self.app.push_screen(ValuesScreen(name, value_lines(record)))


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
        known = event.index >= 0
        self.query_one(Hanging).paragraphs = line_detail(self._lines[event.index]) if known else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way to wrong values where there are any."""
        return action != "next_wrong" or bool(self._wrong)

    def action_next_wrong(self) -> None:
        """Go to the next value out of range, from the last to the first."""
        table = self.query_one(Table)
        wrong = self._wrong
        table.cursor = next((at for at in wrong if at > table.cursor), wrong[0])


_MARGINS = 4
"""Columns beside the drawing: the padding, and the scroll bar."""


class SongScreen(Screen[None]):
    """One song, as far as its steps say what it plays."""

    HELP_SECTION = "THE LIBRARY"
    BINDINGS = [
        Binding("enter", "values", "every value", key_display="Enter"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "screenful(-1)", show=False),
        Binding("pagedown", "screenful(1)", show=False),
        Binding("home", "scroll(-100000)", show=False),
        Binding("end", "scroll(100000)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(self, title: str, row: SongRow, record: Record) -> None:
        super().__init__()
        self._title, self._row, self._record = title, row, record

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(harmless(self._title), "bold"), classes="title", markup=False)
        with VerticalScroll(id="song", can_focus=False):
            yield Static(id="drawing", markup=False)
            yield Hanging(song_paragraphs(self._row), name="told")
        yield KeyBar()

    def on_resize(self, event: Resize) -> None:
        lines = drawing(self._row.played, event.size.width - _MARGINS)
        text = "\n".join((*lines, "")) if lines else "No track has steps.\n"
        self.query_one("#drawing", Static).update(Content(text))

    def action_values(self) -> None:
        """Show every value of the song's settings."""
        self.app.push_screen(ValuesScreen(self._title, value_lines(self._record)))

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.query_one("#song").scroll_relative(y=lines, animate=False)

    def action_screenful(self, pages: int) -> None:
        """Move the page by what is in view of it, but for a line."""
        scroll_pages(self.query_one("#song", VerticalScroll), pages)
