"""The forms about one instrument, on each of the log's screens that has one."""

from __future__ import annotations

from collections.abc import Callable

from m1tui.app.dialogs.form import FormDialog
from m1tui.app.log.forms import (
    REPORTED,
    battery_complaint,
    battery_fields,
    day_of,
    instrument_fields,
    model_complaint,
    notes_field,
    warning_of,
)
from m1tui.app.screens.log.page import LogPage
from m1tui.procedures import Field
from m1tui.store.records import InstrumentRecord, VisitRecord

Typed = dict[str, str] | None
"""What a form is dismissed with."""


class InstrumentPage(LogPage):
    """A screen on which an instrument can be described, its cell noted, and its visit begun."""

    @property
    def instrument(self) -> InstrumentRecord | None:
        """The instrument that the keys are about, None for none."""
        raise NotImplementedError

    def began(self, visit: VisitRecord) -> None:
        """Go on with a visit that has just begun."""
        raise NotImplementedError

    def open_intake(self, instrument: InstrumentRecord | None) -> None:
        """Ask for what is written down when an instrument comes, a new one without `instrument`."""
        fields = (*instrument_fields(instrument), REPORTED)

        def take(values: Typed) -> None:
            if values is not None:
                known = instrument.id if instrument is not None else ""
                self.work(lambda: self.book.begin_visit(known, values), self.began)

        self._describe("Begin a visit", fields, instrument, take)

    def action_add(self) -> None:
        """Take an instrument into the log."""

        def take(values: Typed) -> None:
            if values is not None:
                self.change(
                    lambda: self.book.take_in(values), lambda one: f"Taken in: {one.title}."
                )

        fields = (*instrument_fields(None), notes_field(None))
        self._describe("Add an instrument", fields, None, take)

    def action_change_instrument(self) -> None:
        """Change what is noted of the instrument."""
        instrument = self.instrument
        if instrument is None:
            return

        def take(values: Typed) -> None:
            if values is not None:
                self.change(
                    lambda: self.book.change(instrument.id, values),
                    lambda one: f"Changed: {one.title}.",
                )

        fields = (*instrument_fields(instrument), notes_field(instrument))
        self._describe(f"Change {instrument.title}", fields, instrument, take)

    def _describe(
        self,
        title: str,
        fields: tuple[Field, ...],
        instrument: InstrumentRecord | None,
        take: Callable[[Typed], None],
    ) -> None:
        others = self.shown.instruments if self.shown is not None else ()
        this = instrument.id if instrument is not None else ""
        warn = warning_of(others, this)
        self.app.push_screen(FormDialog(title, fields, warn=warn, refuse=model_complaint), take)

    def action_battery(self) -> None:
        """Note the instrument's cell: what it measures, or that a new one was put in."""
        instrument = self.instrument
        if instrument is None:
            return

        def take(values: Typed) -> None:
            if values is not None:
                self.change(lambda: self._note_cell(instrument.id, values), _cell_noted)

        self.app.push_screen(
            FormDialog(
                f"The cell of {instrument.title}",
                battery_fields(instrument.battery),
                refuse=battery_complaint(instrument.battery),
            ),
            take,
        )

    def _note_cell(self, instrument_id: str, values: dict[str, str]) -> InstrumentRecord:
        volts = values["volts"].replace(",", ".")
        return self.book.log.measure_battery(
            instrument_id,
            volts=float(volts) if volts else None,
            cell=values["cell"],
            fitted=day_of(values["fitted"]),
        )


def _cell_noted(instrument: InstrumentRecord) -> str:
    battery = instrument.battery
    due = battery.due if battery is not None else None
    text = battery.text if battery is not None else ""
    return f"Noted: {text}; next due {due or 'not known'}."
