"""What the screens of the service log have in common: a list, its current line told, a message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.advice import Trouble
from m1tui.app.dialogs.form import FormDialog, Says
from m1tui.app.dialogs.write import WriteDialog
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
TEXT = "text"
"""The name of the one value of a form that asks for a line."""


class Typed(NamedTuple):
    """What was typed in a form."""

    form: tuple[str, str]
    """Its title, and what it is about."""
    values: dict[str, str]
    """By the names of its fields."""


class LogPage(Screen[None]):
    """Read anew whenever it comes on top; what waits for the disk is done in a thread."""

    HELP_SECTION = "THE SERVICE LOG"

    def __init__(self, book: Logbook) -> None:
        super().__init__()
        self.book = book
        self.shown: LogView | None = None
        """The log as it was read last."""
        self._readings = 0
        self._refused: dict[tuple[str, str], dict[str, str]] = {}
        """What was typed and could not be used, by its form: it stands there again."""

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
        self, job: Callable[[], T], told: Callable[[T], str], *, typed: Typed | None = None
    ) -> None:
        """Do `job`, which writes into the log, then say what was done and read the log anew."""

        def done(result: T) -> None:
            self.tell(told(result))
            self.reload()

        self.work(job, done, typed=typed)

    def work(
        self, job: Callable[[], T], then: Callable[[T], None], *, typed: Typed | None = None
    ) -> None:
        """Do `job` in a thread, `then` go on with what it gave, or tell why it could not be.

        What was `typed` for it then stands in its form again.
        """
        work = self._work(job, then, typed)
        self.run_worker(work, group="log", description="Use the service log")

    def ask(
        self,
        title: str,
        fields: tuple[Field, ...],
        taken: Callable[[Typed], None],
        *,
        about: str = "",
        warn: Says | None = None,
        refuse: Says = lambda _: "",
        begin_at: str = "",
    ) -> None:
        """Show a form, filled with what could not be used; go on with what is typed, if at all.

        `about` is the id of what it is about, where forms of several have one title.
        """
        form = (title, about)

        def close(values: dict[str, str] | None) -> None:
            if values is not None:
                taken(Typed(form, values))

        known = self.unused(form)
        dialog = FormDialog(title, fields, known=known, warn=warn, refuse=refuse, begin_at=begin_at)
        self.app.push_screen(dialog, close)

    def unused(self, form: tuple[str, str]) -> dict[str, str]:
        """Return what was typed in a form and could not be kept, once."""
        return self._refused.pop(form, {})

    def ask_text(
        self, title: str, text: str, taken: Callable[[Typed], None], *, hint: str, written: str
    ) -> None:
        """Ask for a line under `text` in the same way; it is the value `TEXT`."""
        form = (title, "")

        def close(line: str | None) -> None:
            if line is not None:
                taken(Typed(form, {TEXT: line}))

        before = self._refused.pop(form, {TEXT: written})
        self.app.push_screen(WriteDialog(title, text, hint=hint, written=before[TEXT]), close)

    async def _work(
        self, job: Callable[[], T], then: Callable[[T], None], typed: Typed | None
    ) -> None:
        try:
            result = await asyncio.to_thread(job)
        except Trouble as trouble:
            if typed is not None:
                self._refused[typed.form] = typed.values
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
