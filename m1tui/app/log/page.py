"""What the screens of the service log have in common: a list, its current line told, a message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.advice import Trouble
from m1tui.app.dialogs.form import FormDialog
from m1tui.app.log.logbook import Logbook, LogView
from m1tui.app.own_way import in_the_app
from m1tui.app.text import plain
from m1tui.app.theme import LAMP, LIT
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Menu
from m1tui.app.widgets.scrolling import turn_page
from m1tui.procedures.values import Field

T = TypeVar("T")

Typed = tuple[str, dict[str, str]]
"""A form's title, and what was typed in it."""


class LogPage(Screen[None]):
    """Read anew whenever it comes on top; what waits for the disk is done in a thread."""

    HELP_SECTION = "THE SERVICE LOG"

    def __init__(self, book: Logbook) -> None:
        super().__init__()
        self.book = book
        self.shown: LogView | None = None
        """The log as it was read last."""
        self._readings = 0
        self._refused: dict[str, dict[str, str]] = {}
        """What was typed in forms and could not be used, by their titles: it stands there again."""

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        yield Menu()
        with VerticalScroll(id="detail", can_focus=False):
            yield Hanging()
        yield Static(id="told", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Menu).focus()

    def on_screen_resume(self) -> None:
        self.reload()

    def look(self) -> LogView:
        """Read what this screen shows. Raises StoreError."""
        raise NotImplementedError

    def draw(self, view: LogView) -> None:
        """Draw what was read."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read the log again; of readings at the same time only the one begun last is drawn."""
        self._readings += 1
        number = self._readings

        def take(view: LogView) -> None:
            if number == self._readings:
                self.shown = view
                self.draw(view)

        self.work(self.look, take)

    def change(
        self, job: Callable[[], T], told: Callable[[T], str], *, typed_at: Typed | None = None
    ) -> None:
        """Do `job`, which writes into the log, then say what was done and read the log anew."""

        def done(result: T) -> None:
            self.tell(told(result))
            self.reload()

        self.work(job, done, typed_at=typed_at)

    def work(
        self, job: Callable[[], T], then: Callable[[T], None], *, typed_at: Typed | None = None
    ) -> None:
        """Do `job` in a thread, `then` go on with what it gave, or tell why it could not be.

        What was `typed_at` a form for it then stands in that form again.
        """
        work = self._work(job, then, typed_at)
        self.run_worker(work, group="log", description="Use the service log")

    def ask(
        self, title: str, fields: tuple[Field, ...], taken: Callable[[dict[str, str]], None]
    ) -> None:
        """Show a form, filled with what could not be used; go on with what is typed, if at all."""

        def close(values: dict[str, str] | None) -> None:
            if values is not None:
                taken(values)

        dialog = FormDialog(title, fields, known=self._refused.pop(title, {}))
        self.app.push_screen(dialog, close)

    async def _work(
        self, job: Callable[[], T], then: Callable[[T], None], typed_at: Typed | None
    ) -> None:
        try:
            result = await asyncio.to_thread(job)
        except Trouble as trouble:
            if typed_at is not None:
                self._refused[typed_at[0]] = typed_at[1]
            self.tell(str(in_the_app(trouble.advice)), LAMP)
        else:
            then(result)

    def tell(self, text: str, style: str = LIT) -> None:
        """Say what was done, or why it was not, below the list."""
        told = self.query_one("#told", Static)
        told.update(plain(text, style))
        told.set_class(bool(text), "told")

    def entitle(self, title: Content | str) -> None:
        """Name the page at its top."""
        self.query_one("#title", Static).update(plain(title) if isinstance(title, str) else title)

    def describe(self, paragraphs: tuple[Paragraph, ...]) -> None:
        """Tell what the current line stands for, from its beginning."""
        self.query_one(Hanging).paragraphs = paragraphs
        self.query_one("#detail", VerticalScroll).scroll_home(animate=False)

    def action_more(self) -> None:
        """Show what follows below, and after the end the beginning again."""
        turn_page(self.query_one("#detail", VerticalScroll))
