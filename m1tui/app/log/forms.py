"""The forms of the service log: their lines, what they warn of, and what they do not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from m1tui.app.dialogs.choices import ChooseDialog
from m1tui.app.log.page import LogPage, Typed
from m1tui.app.log.visit import VisitScreen
from m1tui.app.widgets.menu import Item
from m1tui.procedures.values import Field
from m1tui.store.records import Battery, InstrumentRecord, VisitRecord
from m1tui.store.serials import M1_MODELS, m1_model, serial_table

Values = Mapping[str, str]

M1_NUMBER = (
    "M1 serial numbers are not in Korg's table, which ends in about 1983, so this number cannot be "
    "checked."
)
"""What is said of an M1's number instead of a warning."""


def instrument_fields(instrument: InstrumentRecord | None, model: str = "") -> tuple[Field, ...]:
    """Return the lines that name an instrument, filled with what is known, or with its `model`."""
    known = instrument
    return (
        Field(
            name="model", label="Model, such as M1 or M1R", default=known.model if known else model
        ),
        Field(name="serial", label="Serial number", default=known.serial if known else ""),
        Field(name="tag", label="Owner's tag or name", default=known.tag if known else ""),
        Field(name="rom", label="ROM number", default=known.rom if known else ""),
    )


def notes_field(instrument: InstrumentRecord | None) -> Field:
    """Return the line for anything else about an instrument."""
    return Field(name="notes", label="Notes", default=instrument.notes if instrument else "")


def visit_fields(visit: VisitRecord | None, technician: str = "") -> tuple[Field, ...]:
    """Return the lines of a visit, filled with what is known; `technician` is who worked last."""
    known = visit or VisitRecord(id="", created="", technician=technician)
    return (
        Field(name="reported", label="Complaint: what the owner reports", default=known.reported),
        Field(name="reference", label="Customer's reference", default=known.reference),
        Field(name="technician", label="Technician", default=known.technician),
        Field(name="price", label="Price, such as 120 EUR", default=known.price),
    )


MODELS = (*M1_MODELS, "T1", "T2", "T2EX", "T3", "T3EX")
"""What the list of models offers: the M1s, and the T series with the same memory of sounds."""
ANOTHER = "another"


def battery_fields(battery: Battery | None) -> tuple[Field, ...]:
    """Return the lines of a cell's measurement; what is measured is never filled in."""
    cell = battery.cell if battery is not None else Battery().cell
    return (
        Field(name="volts", label="Volts today", low=0, high=5, decimals=2, optional=True),
        Field(name="fitted", label="New cell fitted on (a date such as 2026-11-20)"),
        Field(name="cell", label="Cell type", default=cell),
    )


def battery_complaint(before: Battery | None) -> Callable[[Values], str]:
    """Return what says why a cell's form is not taken."""

    def complaint(values: Values) -> str:
        fitted = values.get("fitted", "").strip()
        if fitted and day_of(fitted) is None:
            return f'Expected a date such as 2026-11-20, found "{fitted}".'
        same = before is not None and values.get("cell", "").strip() == before.cell
        if not fitted and not values.get("volts", "").strip() and same:
            return "Nothing new was entered: type the voltage or the date, or press Esc."
        return ""

    return complaint


def day_of(text: str) -> date | None:
    """Return the day that a person typed, None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def model_complaint(values: Values) -> str:
    """Say that an instrument needs a model."""
    return "" if values.get("model", "").strip() else "A model is needed, such as M1."


def warning_of(
    others: tuple[InstrumentRecord, ...] = (), this: str = ""
) -> Callable[[Values], str]:
    """Return what says, while somebody types, that model and number disagree; it blocks nothing.

    `others` are the instruments of the log, `this` the id of the one that is being described.
    """

    def warning(values: Values) -> str:
        model, number = values.get("model", "").strip(), values.get("serial", "").strip()
        told = (_twin(others, this, model, number), _of_number(model, number))
        return " ".join(part for part in told if part)

    return warning


def _twin(others: tuple[InstrumentRecord, ...], this: str, model: str, number: str) -> str:
    for one in others:
        same = (one.model.lower(), one.serial) == (model.lower(), number)
        if number and same and one.id != this:
            return f"The log already has {one.title}: press Esc, and choose it in the log."
    return ""


def _of_number(model: str, number: str) -> str:
    if not number:
        return ""
    if m1_model(model):
        return M1_NUMBER
    table = serial_table()
    if not model:
        names = dict.fromkeys(one.model for one in table.look_up(number).candidates)
        return f"This number fits the {' or '.join(names)}." if names else ""
    return table.disagreement(model, number) or ""


class InstrumentPage(LogPage):
    """A screen on which an instrument can be described, its cell noted, and its visit begun."""

    @property
    def instrument(self) -> InstrumentRecord | None:
        """The instrument that the keys are about, None for none."""
        raise NotImplementedError

    last_added = ""
    """The id of the instrument that came last: the cursor goes there."""

    def began(self, visit: VisitRecord) -> None:
        """Open the visit that has just begun."""
        self.last_added = visit.instrument
        self.app.push_screen(VisitScreen(self.book, visit.id))

    def choose_model(self, then: Callable[[str], None]) -> None:
        """Ask which model a new instrument is, and go on with it; "" for one that is not listed."""
        items = (*(Item(model, model) for model in MODELS), Item(ANOTHER, "Another model"))

        def chosen(key: str | None) -> None:
            if key:
                then("" if key == ANOTHER else key)

        dialog = ChooseDialog("A new instrument", "Which model is it?", items)
        self.app.push_screen(dialog, chosen)

    def open_intake(self, instrument: InstrumentRecord | None, model: str = "") -> None:
        """Ask for what is written down when an instrument comes, a new one without `instrument`."""
        visits = self.shown.visits if self.shown is not None else ()
        technician = next((one.technician for one in visits if one.technician), "")
        fields = (*instrument_fields(instrument, model), *visit_fields(None, technician))

        def take(typed: Typed) -> None:
            known = instrument.id if instrument is not None else ""
            self.work(lambda: self.book.begin_visit(known, typed.values), self.began, typed=typed)

        self._describe("Begin a visit", fields, instrument, take)

    def action_add(self) -> None:
        """Take an instrument into the log."""

        def told(one: InstrumentRecord) -> str:
            self.last_added = one.id
            return f"Added: {one.title}."

        def take(typed: Typed) -> None:
            self.change(lambda: self.book.take_in(typed.values), told, typed=typed)

        def describe(model: str) -> None:
            fields = (*instrument_fields(None, model), notes_field(None))
            self._describe("Add an instrument", fields, None, take)

        self.choose_model(describe)

    def action_change_instrument(self) -> None:
        """Change what is noted of the instrument."""
        instrument = self.instrument
        if instrument is None:
            return

        def take(typed: Typed) -> None:
            self.change(
                lambda: self.book.change(instrument.id, typed.values),
                lambda one: f"Changed: {one.title}.",
                typed=typed,
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
        # The model was just chosen from the list: a number is typed next.
        begin_at = "serial" if instrument is None and fields[0].preset else ""
        self.ask(
            title,
            fields,
            take,
            about=this or fields[0].preset,
            warn=warn,
            refuse=model_complaint,
            begin_at=begin_at,
        )

    def action_battery(self) -> None:
        """Note the instrument's cell: what it measures, or that a new one was put in."""
        instrument = self.instrument
        if instrument is None:
            return

        def take(typed: Typed) -> None:
            self.change(
                lambda: self._note_cell(instrument.id, typed.values), _cell_noted, typed=typed
            )

        self.ask(
            f"Cell in {instrument.title}",
            battery_fields(instrument.battery),
            take,
            about=instrument.id,
            refuse=battery_complaint(instrument.battery),
        )

    def _note_cell(self, instrument_id: str, values: Values) -> InstrumentRecord:
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
