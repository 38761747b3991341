"""Run: every step of one run, with its mark, values, evidence, note, times and files."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.log.views import REHEARSAL, moment, step_items, step_paragraphs
from m1tui.app.text import plain
from m1tui.app.widgets.hanging import Hanging
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Menu
from m1tui.app.widgets.paging import turn_page
from m1tui.store.records import RunRecord


class RunScreen(Screen[None]):
    """The steps above, all that is recorded of the current one below."""

    BINDINGS = [
        Binding("space", "more", "more of the step", key_display="Space"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(self, run: RunRecord) -> None:
        super().__init__()
        self._record = run

    def compose(self) -> ComposeResult:
        run = self._record
        virtual = REHEARSAL if run.is_rehearsal else ""
        title = f"{virtual}{run.title}   {moment(run.started)}   {run.outcome}"
        yield Static(plain(title), classes="title", markup=False)
        menu = Menu()
        menu.items = step_items(run)
        yield menu
        with VerticalScroll(id="detail", can_focus=False):
            yield Hanging()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_menu_moved(self, event: Menu.Moved) -> None:
        for step in self._record.steps:
            if step.id == event.key:
                self.query_one(Hanging).paragraphs = step_paragraphs(step)
        self.query_one("#detail", VerticalScroll).scroll_home(animate=False)

    def on_menu_chosen(self) -> None:
        self.action_more()

    def action_more(self) -> None:
        """Show what follows below, and after the end the beginning again."""
        turn_page(self.query_one("#detail", VerticalScroll))
