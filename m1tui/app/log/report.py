"""Report: the report of a visit as it is printed, and its way into a file."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from m1tui.advice import Trouble
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.log.logbook import Logbook
from m1tui.app.text import plain
from m1tui.app.theme import LAMP, LIT
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.scrolling import MoreBelow, ScrollingScreen
from m1tui.procedures.values import Field

FORMS = {"text": "text", "Markdown": "md", "HTML": "html", "JSON": "json"}
"""The forms of a report by the words that people have for them."""


class ReportScreen(ScrollingScreen[None]):
    """The text of 80 columns, scrolled by the arrow keys."""

    HELP_SECTION = "THE SERVICE LOG"

    BINDINGS = [
        Binding("w", "save", "save as a file"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", "scroll", key_display="Down"),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", "page", key_display="Space"),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(1)", "end", key_display="End"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(self, book: Logbook, visit_id: str, text: str, *, customer: bool = False) -> None:
        """Show `text`, the report of that visit, or the page for its `customer`."""
        super().__init__()
        self._customer = customer
        self._book, self._visit, self._text = book, visit_id, text
        self._folder, self._form = str(book.reports_folder), "text"

    def compose(self) -> ComposeResult:
        what = "Page for the customer" if self._customer else "Report"
        title = f"{what} of visit {self._visit}"
        yield Static(plain(title), classes="title", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield Static(plain(self._text), markup=False)
        yield MoreBelow()
        yield Static(id="told", markup=False)
        yield KeyBar()

    def action_edge(self, end: int) -> None:
        """Go to the beginning, or to the end."""
        if end:
            self.body.scroll_end(animate=False)
        else:
            self.body.scroll_home(animate=False)

    def action_save(self) -> None:
        """Ask for the form and the folder, and write a new file there."""
        fields = (
            Field(name="form", label="Form", choices=tuple(FORMS), default=self._form),
            Field(name="folder", label="Folder", default=self._folder),
        )
        self.app.push_screen(FormDialog("Save the report", fields), self._save)

    def _save(self, values: dict[str, str] | None) -> None:
        if values is not None:
            form = next(word for word in FORMS if word.lower() == values["form"].lower())
            self._folder, self._form = values["folder"], form
            self.run_worker(
                self._write(FORMS[form], self._folder), group="log", description="Save the report"
            )

    async def _write(self, form: str, folder: str) -> None:
        told = self.query_one("#told", Static)
        told.add_class("told")
        try:
            path = await asyncio.to_thread(
                self._book.keep_report, self._visit, form, folder, customer=self._customer
            )
        except Trouble as trouble:
            told.update(plain(_why(trouble), LAMP))
        else:
            told.update(plain(f"Saved as {path}", LIT))


def _why(trouble: Trouble) -> str:
    """Return why a report is not saved, and what to do."""
    told = (trouble.advice.happened, trouble.advice.cause, "Press w and name another folder.")
    return " ".join(part for part in told if part)
