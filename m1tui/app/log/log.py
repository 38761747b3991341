"""Log: the instruments that come to the workshop, what is known of each, and their visits."""

from __future__ import annotations

from textual.binding import Binding

from m1tui.app.dialogs.choices import ChooseDialog
from m1tui.app.log.forms import InstrumentPage
from m1tui.app.log.logbook import Logbook, LogView
from m1tui.app.log.page import Typed
from m1tui.app.log.views import instrument_paragraphs, overview_items, visit_items, visit_paragraphs
from m1tui.app.log.visit import VisitScreen
from m1tui.app.text import harmless
from m1tui.app.widgets.hanging import Paragraph
from m1tui.app.widgets.menu import Item, Menu
from m1tui.procedures.values import Field
from m1tui.store import printable_path
from m1tui.store.records import InstrumentRecord

ITSELF = "the instrument itself"
"""The key of the first line; no id has a space in it."""


class InstrumentScreen(InstrumentPage):
    """Enter opens a visit."""

    BINDINGS = [
        Binding("i", "begin_visit", "begin visit"),
        Binding("e", "change_instrument", "change"),
        Binding("v", "battery", "cell"),
        Binding("space", "more", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def __init__(self, book: Logbook, instrument_id: str) -> None:
        super().__init__(book)
        self._instrument_id = instrument_id

    def look(self) -> LogView:
        """Read the instrument and its visits with their runs."""
        return self.book.view(instrument=self._instrument_id)

    def draw(self, view: LogView) -> None:
        """List the visits under the instrument."""
        instrument = self.instrument
        if instrument is None:
            return
        virtual = "REHEARSAL " if instrument.virtual else ""
        self.entitle(f"Service log   {virtual}{harmless(instrument.title)}")
        visits = visit_items(view.visits_of(self._instrument_id), view)
        heading = [Item("", "Visits", usable=False)] if visits else []
        menu = self.query_one(Menu)
        first = not menu.items
        menu.items = (Item(ITSELF, "The instrument: change its details"), *heading, *visits)
        if first and visits:
            menu.go_to(visits[0].key)  # it is what one comes for
        self._tell_line(self.query_one(Menu).current)

    @property
    def instrument(self) -> InstrumentRecord | None:
        """The instrument of this screen."""
        return self.shown.instrument(self._instrument_id) if self.shown is not None else None

    def on_menu_moved(self, event: Menu.Moved) -> None:
        self._tell_line(event.key)

    def _tell_line(self, key: str) -> None:
        view, instrument = self.shown, self.instrument
        if view is None or instrument is None:
            return
        visit = next((one for one in view.visits if one.id == key), None)
        if visit is not None:
            self.describe(visit_paragraphs(visit, view))
        else:
            self.describe(instrument_paragraphs(instrument, view))

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        if event.key == ITSELF:
            self.action_change_instrument()
        else:
            self.app.push_screen(VisitScreen(self.book, event.key))

    def action_begin_visit(self) -> None:
        """Fill in the form of a new visit."""
        self.open_intake(self.instrument)


_EMPTY = """\
The log has no instruments yet.
Press i to begin a visit: note who brought what, and what is wrong with it. From then on every run \
is recorded in the visit, step by step, and its report can be saved or printed.
Press a to add an instrument without a visit."""
EMPTY = (Paragraph("", "", tuple(_EMPTY.split("\n"))),)
"""What an empty log says."""


class LogScreen(InstrumentPage):
    """All instruments; Enter opens the visits of one."""

    BINDINGS = [
        Binding("i", "begin_visit", "begin visit"),
        Binding("a", "add", "add"),
        Binding("e", "change_instrument", "change"),
        Binding("v", "battery", "cell"),
        Binding("c", "csv", "CSV of all"),
        Binding("space", "more", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", "back", key_display="Esc"),
    ]

    def look(self) -> LogView:
        """Read all instruments and visits."""
        return self.book.view(instrument="")

    def draw(self, view: LogView) -> None:
        """List the instruments."""
        self.entitle("Service log")
        self.query_one(Menu).items = overview_items(view)
        if self.last_added:
            self.query_one(Menu).go_to(self.last_added)
            self.last_added = ""
        if not view.instruments and not view.visits:
            self.describe(EMPTY)
        self.refresh_bindings()

    @property
    def instrument(self) -> InstrumentRecord | None:
        """The instrument at the current line."""
        key = self.query_one(Menu).current
        return self.shown.instrument(key) if self.shown is not None else None

    def on_menu_moved(self, event: Menu.Moved) -> None:
        view = self.shown
        if view is None or not event.key:
            return
        instrument = view.instrument(event.key)
        if instrument is not None:
            self.describe(instrument_paragraphs(instrument, view))
        else:
            visits = (one for one in view.visits if one.id == event.key)
            self.describe(tuple(part for one in visits for part in visit_paragraphs(one, view)))
        self.refresh_bindings()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        instrument = self.instrument
        if instrument is None:
            self.app.push_screen(VisitScreen(self.book, event.key))
        else:
            self.app.push_screen(InstrumentScreen(self.book, instrument.id))

    def action_begin_visit(self) -> None:
        """Choose whose visit begins, then fill in the form."""
        view, current = self.shown, self.instrument
        if view is None:
            return
        known = [one for one in view.instruments if not one.virtual]
        if not known:
            self.choose_model(lambda model: self.open_intake(None, model))
            return
        offered = (Item(NEW, "A new instrument"), *(Item(one.id, one.title) for one in known))
        dialog = ChooseDialog(
            "Begin a visit",
            "Which instrument is it?",
            offered,
            at=current.id if current is not None else NEW,
        )

        def chosen(key: str) -> None:
            if key == NEW:
                self.choose_model(lambda model: self.open_intake(None, model))
            elif key:
                self.open_intake(view.instrument(key))

        self.app.push_screen(dialog, lambda key: chosen(key or ""))

    def action_csv(self) -> None:
        """Ask for a folder, and write all instruments there for a spreadsheet."""
        fields = (Field(name="folder", label="Folder", default=str(self.book.reports_folder)),)

        def taken(typed: Typed) -> None:
            self.work(
                lambda: self.book.keep_csv(typed.values["folder"]),
                lambda path: self.tell(f"Saved as {printable_path(path)}"),
                typed=typed,
            )

        self.ask("All instruments as CSV", fields, taken)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what needs an instrument only where one is the current line."""
        if action in ("change_instrument", "battery"):
            return self.is_mounted and self.instrument is not None
        return True


NEW = "new instrument"
"""The key of an instrument that is not in the log yet; no id has a space in it."""
