"""Instrument: one instrument of the log and its visits."""

from __future__ import annotations

from textual.binding import Binding

from m1tui.app.log.forms import InstrumentPage
from m1tui.app.log.logbook import Logbook, LogView
from m1tui.app.log.views import instrument_paragraphs, visit_items, visit_paragraphs
from m1tui.app.log.visit import VisitScreen
from m1tui.app.text import harmless
from m1tui.app.widgets.menu import Item, Menu
from m1tui.store.records import InstrumentRecord, VisitRecord

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
        menu.items = (Item(ITSELF, "The instrument: change what is noted"), *heading, *visits)
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

    def began(self, visit: VisitRecord) -> None:
        """Open the visit that has just begun."""
        self.app.push_screen(VisitScreen(self.book, visit.id))
