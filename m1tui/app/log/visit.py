"""Visit: what was run while an instrument was here, each run step by step, its end, its report."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.dialogs.choices import ChooseDialog, ChooseOrTypeDialog
from m1tui.app.log.logbook import Logbook, LogView
from m1tui.app.log.page import TEXT, LogPage, Typed
from m1tui.app.log.report import ReportScreen
from m1tui.app.log.views import (
    REHEARSAL,
    UNKNOWN,
    moment,
    run_items,
    run_paragraphs,
    step_items,
    step_paragraphs,
    visit_paragraphs,
)
from m1tui.app.text import harmless, plain
from m1tui.app.theme import LAMP
from m1tui.app.widgets.hanging import Hanging
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.scrolling import turn_page
from m1tui.procedures.values import Field
from m1tui.store.records import RunRecord, VisitRecord

ITSELF = "the visit itself"
"""The key of the first line; no id has a space in it."""


class VisitScreen(LogPage):
    """Enter opens a run, or the report on the first line."""

    BINDINGS = [
        Binding("r", "report", "report"),
        Binding("x", "end", "end"),
        Binding("o", "reopen", "reopen"),
        Binding("b", "bench", "bench"),
        Binding("n", "notes", "notes"),
        Binding("e", "change", "change"),
        Binding("a", "assign", "instrument"),
        Binding("p", "photograph", "photograph"),
        Binding("u", "part", "part used"),
        Binding("d", "remove", "remove"),
        Binding("c", "customer", "customer's page"),
        Binding("space", "more", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(self, book: Logbook, visit_id: str) -> None:
        super().__init__(book)
        self._visit_id = visit_id

    def look(self) -> LogView:
        """Read the visit and its runs."""
        return self.book.view(visit=self._visit_id)

    @property
    def visit(self) -> VisitRecord | None:
        """The visit of this screen."""
        visits = self.shown.visits if self.shown is not None else ()
        return next((one for one in visits if one.id == self._visit_id), None)

    @property
    def _runs(self) -> tuple[RunRecord, ...]:
        runs = self.shown.runs if self.shown is not None else None
        return (runs or {}).get(self._visit_id, ())

    def draw(self, view: LogView) -> None:
        """List the runs."""
        visit = self.visit
        if visit is None:
            return
        instrument = view.instrument(visit.instrument)
        whose = harmless(instrument.title) if instrument is not None else UNKNOWN
        self.entitle(f"Visit {self._visit_id}   {whose}")
        runs = run_items(self._runs)
        heading = [Item("", "Runs", usable=False)] if runs else []
        first = Item(ITSELF, "The visit and its report")
        self.query_one(Menu).items = (first, *heading, *runs)
        self._tell_line(self.query_one(Menu).current)
        self.refresh_bindings()

    def on_menu_moved(self, event: Menu.Moved) -> None:
        self._tell_line(event.key)

    def _tell_line(self, key: str) -> None:
        view, visit = self.shown, self.visit
        if view is None or visit is None:
            return
        run = next((one for one in self._runs if one.id == key), None)
        self.describe(run_paragraphs(run) if run is not None else visit_paragraphs(visit, view))

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        run = next((one for one in self._runs if one.id == event.key), None)
        if run is not None:
            self.app.push_screen(RunScreen(run))
        else:
            self.action_report()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the end of a visit only while it goes on, and afterwards to take that back."""
        visit = self.visit if self.is_mounted else None
        if action == "end":
            return visit is not None and visit.is_open
        if action == "reopen":
            return visit is not None and bool(visit.ended)
        if action == "bench":
            waits = self.shown is None or self.shown.bench != self._visit_id
            return visit is not None and visit.is_open and waits
        if action == "remove":
            return visit is not None and bool(visit.photographs or visit.parts)
        if action in ("notes", "assign", "report", "photograph", "part", "customer"):
            return visit is not None
        return True

    def action_report(self) -> None:
        """Show the report."""
        self._show_report(customer=False)

    def action_customer(self) -> None:
        """Show the page for the customer."""
        self._show_report(customer=True)

    def _show_report(self, *, customer: bool) -> None:
        def show(text: str) -> None:
            screen = ReportScreen(self.book, self._visit_id, text, customer=customer)
            self.app.push_screen(screen)

        self.work(lambda: self.book.report_text(self._visit_id, customer=customer), show)

    def action_photograph(self) -> None:
        """Note where a photograph is."""

        def taken(typed: Typed) -> None:
            path = typed.values["path"]
            if path:
                self.change(
                    lambda: self.book.add_photograph(self._visit_id, path),
                    lambda visit: f"Noted: {harmless(visit.photographs[-1])}",
                    typed=typed,
                )

        self.ask("Add a photograph to this visit", PHOTOGRAPH, taken)

    def action_part(self) -> None:
        """Note a part that was used: one of those that the procedures name, or another."""
        form = ("A part that was used", "")

        def chosen(part: str | None) -> None:
            if part:
                self._note_part(part, Typed(form, {PART: part}))

        def choose(offered: tuple[str, ...]) -> None:
            items = (*(Item(one, one) for one in offered), Item(ANOTHER_PART, "Another part"))
            dialog = ChooseOrTypeDialog(
                form[0],
                "Which part, and how many?",
                items,
                typing=ANOTHER_PART,
                written=self.unused(form).get(PART, ""),
            )
            self.app.push_screen(dialog, chosen)

        self.work(self.book.parts, choose)

    def _note_part(self, part: str, typed: Typed) -> None:
        self.change(
            lambda: self.book.log.add_to_visit(self._visit_id, part=part),
            lambda visit: f"Noted: {harmless(visit.parts[-1])}",
            typed=typed,
        )

    def action_remove(self) -> None:
        """Take out a photograph or a part that was noted by mistake."""
        visit = self.visit
        if visit is None:
            return
        offered = tuple(
            Item(f"{what} {text}", f"{what}: {text}")
            for what, texts in (("photograph", visit.photographs), ("part", visit.parts))
            for text in dict.fromkeys(texts)
        )

        def chosen(key: str | None) -> None:
            what, _, text = (key or "").partition(" ")
            if text:
                self.change(
                    lambda: self.book.log.remove_from_visit(self._visit_id, **{what: text}),
                    lambda visit: f"Removed: {harmless(visit.removed[-1].text)}",
                )

        dialog = ChooseDialog("Remove from the visit", NOTED_BY_MISTAKE, offered)
        self.app.push_screen(dialog, chosen)

    def action_end(self) -> None:
        """Ask what else was found and done, and end the visit."""

        def end(typed: Typed) -> None:
            self.change(
                lambda: self.book.log.end_visit(self._visit_id, notes=typed.values[TEXT]),
                lambda _: "The visit has ended. Press r to see its report, or o to reopen it.",
                typed=typed,
            )

        self._ask_notes("End the visit", "Enter ends the visit. Esc goes back.", end)

    def action_reopen(self) -> None:
        """Let the visit go on: it was ended by mistake."""
        self.change(
            lambda: self.book.log.reopen_visit(self._visit_id),
            lambda _: "The visit has been reopened.",
        )

    def action_bench(self) -> None:
        """Let what is run from now on belong to this visit."""
        self.change(
            lambda: self.book.log.work_on(self._visit_id),
            lambda _: "On the bench: runs on a real instrument belong to this visit.",
        )

    def action_notes(self) -> None:
        """Write the technician's notes."""

        def keep(typed: Typed) -> None:
            self.change(
                lambda: self.book.log.change_visit(self._visit_id, notes=typed.values[TEXT]),
                lambda _: "The notes are saved.",
                typed=typed,
            )

        self._ask_notes("Notes", "Enter saves them. Esc goes back.", keep)

    def action_change(self) -> None:
        """Change what was written down when the instrument came: complaint, price and the rest."""
        from m1tui.app.log.forms import visit_fields  # it leads here

        visit = self.visit
        if visit is None:
            return

        def taken(typed: Typed) -> None:
            self.change(
                lambda: self.book.log.change_visit(self._visit_id, **typed.values),
                lambda _: "The visit has been changed.",
                typed=typed,
            )

        self.ask("Change the visit", visit_fields(visit), taken)

    def _ask_notes(self, title: str, hint: str, take: Callable[[Typed], None]) -> None:
        visit = self.visit
        if visit is not None:
            self.ask_text(title, ASKED, take, hint=hint, written=visit.notes)

    def action_assign(self) -> None:
        """Say which instrument the visit is of."""
        view, visit = self.shown, self.visit
        if view is None or visit is None:
            return
        rehearsed = any(run.is_rehearsal for run in self._runs)
        known = [one for one in view.instruments if one.virtual == rehearsed or not self._runs]
        if not known:
            self.tell(NONE_YET, LAMP)
            return
        offered = tuple(Item(one.id, one.title) for one in known)

        def chosen(key: str | None) -> None:
            if key:
                self.change(
                    lambda: self.book.log.change_visit(self._visit_id, instrument=key),
                    lambda _: "The visit and its runs are now assigned to the instrument.",
                )

        dialog = ChooseDialog(
            "Which instrument is the visit for?", visit.id, offered, at=visit.instrument
        )
        self.app.push_screen(dialog, chosen)


NOTED_BY_MISTAKE = (
    "What was noted by mistake? No report will contain it, and the log will show that it was "
    "removed."
)
PHOTOGRAPH = (Field(name="path", label="Its path: type, paste or drop it here", optional=True),)
PART = "part"
ANOTHER_PART = "another part, not in the list"
ASKED = "What else was found and done? It is added to the report."
NONE_YET = "The log has no instruments to choose from: press a on the log's first page to add one."


class RunScreen(Screen[None]):
    """The steps above, all that is recorded of the current one below."""

    HELP_SECTION = "THE SERVICE LOG"

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
