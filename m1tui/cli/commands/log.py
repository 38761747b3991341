"""`log`: the service log for scripts: instruments, visits, runs, reports, and what is due."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from m1tui.advice import Trouble
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_action, add_actions
from m1tui.cli.exits import Exit, misused, usage
from m1tui.cli.files import typed_path
from m1tui.cli.output import Call
from m1tui.cli.session import store_of
from m1tui.errors import StoreError
from m1tui.files import FileTrouble, require_file
from m1tui.procedures.recording import read_run
from m1tui.store import Store, printable_path
from m1tui.store.battery import Due
from m1tui.store.log import ServiceLog
from m1tui.store.records import InstrumentRecord, RunRecord, VisitRecord
from m1tui.store.report import keep, render, report
from m1tui.store.report.document import when
from m1tui.store.report.facts import summary_lines
from m1tui.store.report.formats import as_facts
from m1tui.store.serials import serial_table
from m1tui.store.spreadsheet import as_csv, rows_of
from m1tui.sysex import printable


def add_arguments(parser: CommandParser) -> None:
    """What to ask of the service log, or to note in it."""
    actions = add_actions(parser)

    def about(kind: str, name: str, what: str) -> CommandParser:
        """An action on what has an id."""
        action = add_action(actions, name, what)
        action.add_argument("id", metavar="ID", help=f"the id of {kind}")
        return action

    add_action(actions, "list", "list instruments, visits with their runs, and what is due")
    show = add_action(actions, "show", "print an instrument, a visit or a run")
    show.add_argument("id", metavar="ID")
    report = about(
        "a visit or a run", "report", "print a visit's report: found, done, proved, not proved"
    )
    report.add_argument("--format", choices=("text", "md", "html", "json"), help="default: text")
    report.add_argument(
        "--customer", action="store_true", help="the page for the customer, in plain words"
    )
    report.add_argument(
        "--save", metavar="FOLDER", help="write it as a new file there, and print the path"
    )
    instrument = add_action(actions, "add", "add an instrument to the log")
    instrument.add_argument("model", type=values.words, metavar="MODEL")
    change = about("an instrument", "change", "change the details of an instrument")
    change.add_argument("--model", type=values.words, metavar="MODEL")
    for name, what in (
        ("serial", "its serial number"),
        ("tag", "the owner's tag or name"),
        ("rom", "the number of its ROM"),
        ("notes", "anything else"),
    ):
        _add_text(instrument, f"--{name}", what, default="")
        _add_text(change, f"--{name}", what)
    battery = about(
        "an instrument",
        "battery",
        "record an instrument's cell; it is due five years after it was fitted",
    )
    battery.add_argument("--volts", type=values.volts, metavar="V", help="its voltage today")
    battery.add_argument(
        "--fitted", type=values.day, metavar="YYYY-MM-DD", help="when it was fitted"
    )
    _add_text(battery, "--cell", "its type (default: CR2032)", "TYPE", default="")
    begin = about("an instrument", "begin", "begin a visit; what is run from now on belongs to it")
    _add_text(begin, "--reported", "the complaint: what the owner says", default="")
    for name, what in (
        ("reference", "the customer's reference"),
        ("technician", "who is working on it"),
        ("price", "what was agreed or is charged"),
    ):
        _add_text(begin, f"--{name}", what, default="")
    about("a visit", "bench", "continue an open visit: what is run from now on belongs to it")
    note = about("a visit", "note", "write the technician's notes for a visit")
    _add_text(note, "notes", "replaces earlier notes")
    photo = about("a visit", "photo", "note where a visit's photograph is, or remove the note")
    photo.add_argument("file", metavar="FILE", help="it stays where it is")
    part = about("a visit", "part", "note a part that was used during a visit, or remove the note")
    _add_text(part, "part", "its name and how many")
    for noted in (photo, part):
        noted.add_argument(
            "--remove",
            action="store_true",
            help="it was noted by mistake: no report will contain it, and the log will show that "
            "it was removed",
        )
    add_action(actions, "csv", "print all instruments as CSV, for a spreadsheet")
    end = about("a visit", "end", "end a visit")
    _add_text(end, "--notes", "what else was found and done, behind earlier notes", default="")
    _add_text(end, "--price", "what is charged", default="")
    about("a visit", "reopen", "reopen a visit that was ended by mistake")
    assign = about("a visit", "assign", "say which instrument a visit is for")
    assign.add_argument("instrument", metavar="INSTRUMENT", help="an instrument's id")


def _add_text(
    parser: CommandParser, name: str, what: str, form: str = "TEXT", default: str | None = None
) -> None:
    parser.add_argument(name, type=values.words, metavar=form, help=what, default=default)


def run(call: Call) -> int:
    """Does what the action says."""
    store = store_of(call.options)
    actions = {
        "list": _list,
        "show": _show,
        "report": _report,
        "add": _add,
        "change": _change,
        "battery": _battery,
        "assign": _assign,
        "csv": _csv,
    }
    _catch_up(call, store)
    actions.get(call.arguments.action, _visit)(call, store.log)
    return Exit.DONE


def _catch_up(call: Call, store: Store) -> None:
    """Records what was run since; a log that cannot be written can be read all the same."""
    try:
        caught_up = store.log.catch_up(store.journal_folder, read_run)
    except StoreError as trouble:
        call.output.advise(trouble.advice)
        return
    for _, advice in caught_up.refused:
        call.output.advise(advice)


def _list(call: Call, log: ServiceLog) -> None:
    instruments, visits, due = log.instruments(), log.visits(), log.due()
    bench = log.on_the_bench()
    runs = {visit.id: log.runs(visit.id) for visit in visits}
    facts = {
        "bench": bench.id if bench is not None else None,
        "instruments": [instrument_facts(one) for one in instruments],
        "visits": [{**_facts(one), "runs": _briefly(runs[one.id])} for one in visits],
        "due": [
            {
                "instrument": one.instrument.id,
                "what": one.what,
                "day": one.day.isoformat() if one.day else None,
                "days": one.days,
            }
            for one in due
        ],
    }
    titles = {one.id: one.title for one in instruments}
    shown = _list_lines(instruments, visits, runs, due, titles, bench)
    call.output.facts(facts, map(printable, shown))


def _list_lines(
    instruments: tuple[InstrumentRecord, ...],
    visits: tuple[VisitRecord, ...],
    runs: dict[str, tuple[RunRecord, ...]],
    due: tuple[Due, ...],
    titles: dict[str, str],
    bench: VisitRecord | None,
) -> Iterator[str]:
    yield "Instruments:" if instruments else "No instruments yet: m1tui log add MODEL"
    yield from (f"  {one.id}  {one.title}" for one in instruments)
    yield "Visits, each with its id, and its runs below it:" if visits else "No visits yet."
    for visit in visits:
        state = ", on the bench" if visit == bench else ", open" if visit.is_open else ""
        yield f"  {visit.id}  {titles.get(visit.instrument, 'instrument not noted')}{state}"
        yield from (f"    {run.id}  {run.outcome}" for run in runs[visit.id])
    if due:
        yield "Due:"
        yield from (f"  {one.instrument.id}  {_due(one)}: {one.what}" for one in due)


def _due(due: Due) -> str:
    return due.when if due.day is None else f"{due.day}, {due.when}"


def _show(call: Call, log: ServiceLog) -> None:
    """Shows an instrument, a visit or a run: the first that has the id."""
    wanted = call.arguments.id
    kind, record = _find(log, wanted)
    facts: dict[str, Any]
    match record:
        case InstrumentRecord():
            visits = [one for one in log.visits() if one.instrument == record.id]
            facts = {"instrument": instrument_facts(record), "visits": list(map(_facts, visits))}
            pairs = (*_of_instrument(record), *(("visit", one.id) for one in visits))
        case VisitRecord():
            runs = log.runs(record.id)
            facts = {"visit": _facts(record), "runs": _briefly(runs)}
            shown = (("run", f"{one.id}  {one.outcome}") for one in runs)
            pairs = (*_of_visit(record), *shown)
        case _:
            facts = {"run": _facts(record)}
            steps = (("", f"{step.glyph} {step.title}") for step in record.steps)
            pairs = (*_of_run(record, log.runs(record.visit)), *steps)
    lines = (f"{label}  {text}".strip() for label, text in pairs if text)
    call.output.facts(facts, map(printable, [f"{kind} {record.id}", *lines]))


def _find(log: ServiceLog, wanted: str) -> tuple[str, InstrumentRecord | VisitRecord | RunRecord]:
    for one in log.instruments():
        if one.id == wanted:
            return "instrument", one
    for visit in log.visits():
        if visit.id == wanted:
            return "visit", visit
        for run_record in log.runs(visit.id):
            if run_record.id == wanted:
                return "run", run_record
    raise usage(
        f"The log has nothing with the id {printable(wanted)!r}.",
        "See what it contains: m1tui log list",
        code="not-in-log",
    )


def _report(call: Call, log: ServiceLog) -> None:
    form = call.arguments.format or ("json" if call.options.json else "text")
    if call.options.json and form != "json":
        raise usage(
            "--json and another --format cannot be used together.",
            "Leave one of them out.",
            code="usage",
        )
    try:
        told = report(log, _visit_of(call, log))
    except Trouble as trouble:
        raise misused(trouble) from trouble
    if call.arguments.save is not None:
        folder = typed_path(call.arguments.save)
        path = keep(told, form, folder, customer=call.arguments.customer)
        call.output.facts({"file": str(path)}, [f"Saved as {printable_path(path)}"])
    elif call.arguments.customer:
        page = render(told, form, customer=True)
        facts = json.loads(page) if form == "json" else {}
        call.output.facts(facts, page.splitlines())
    elif call.options.json:
        call.output.facts(as_facts(told))
    else:
        call.output.facts({}, render(told, form).splitlines())


def _visit_of(call: Call, log: ServiceLog) -> str:
    """The visit's id that was given, or the visit of the run whose id was given."""
    wanted: str = call.arguments.id
    visits = [one.id for one in log.visits()]
    if wanted in visits:
        return wanted
    for visit in visits:
        if any(run.id == wanted for run in log.runs(visit)):
            call.output.say(
                printable(f"{wanted} is a run of visit {visit}: this is the visit's report.")
            )
            return visit
    return wanted


def _csv(call: Call, log: ServiceLog) -> None:
    """Prints the instruments as CSV; JSON has the same rows."""
    instruments = log.instruments()
    call.output.facts({"instruments": rows_of(instruments)}, as_csv(instruments).splitlines())


def _add(call: Call, log: ServiceLog) -> None:
    given = call.arguments
    added = log.add_instrument(
        given.model, serial=given.serial, tag=given.tag, rom=given.rom, notes=given.notes
    )
    _told_of(call, "instrument", instrument_facts(added), f"Added {added.id}: {added.title}")
    _warn(call, added)


def _change(call: Call, log: ServiceLog) -> None:
    given = vars(call.arguments)
    changes = {
        name: given[name]
        for name in ("model", "serial", "tag", "rom", "notes")
        if given[name] is not None
    }
    if not changes:
        raise usage(
            "No new details were given.",
            "Give --model, --serial, --tag, --rom or --notes.",
            code="usage",
        )
    changed = log.change_instrument(call.arguments.id, **changes)
    _told_of(
        call, "instrument", instrument_facts(changed), f"Changed {changed.id}: {changed.title}"
    )
    _warn(call, changed)


def _warn(call: Call, instrument: InstrumentRecord) -> None:
    """Says that model and number disagree, as far as Korg's table goes."""
    warning = serial_table().disagreement(instrument.model, instrument.serial)
    if warning is not None:
        call.output.tell(printable(warning))


def _battery(call: Call, log: ServiceLog) -> None:
    given = call.arguments
    if given.volts is None and given.fitted is None and not given.cell:
        raise usage(
            "No details of the cell were given.", "Give --volts, --fitted or --cell.", code="usage"
        )
    changed = log.measure_battery(given.id, volts=given.volts, cell=given.cell, fitted=given.fitted)
    facts = instrument_facts(changed)
    battery = changed.battery
    assert battery is not None
    due = f"next due {battery.due}" if battery.due else "next due: not known"
    _told_of(call, "instrument", facts, f"{changed.id}: {battery.text}; {due}")


REMOVED = "Removed from visit"


def _visit(call: Call, log: ServiceLog) -> None:
    """Begins a visit, takes it up, notes in it or removes that, ends it, or opens it again."""
    given = call.arguments
    match given.action:
        case "begin":
            visit = log.begin_visit(
                given.id,
                reported=given.reported,
                reference=given.reference,
                technician=given.technician,
                price=given.price,
            )
            did = "Began visit"
        case "bench":
            visit, did = log.work_on(given.id), "On the bench: visit"
        case "note":
            visit, did = log.change_visit(given.id, notes=given.notes), "Noted in visit"
        case "photo" if given.remove:
            gone = str(typed_path(given.file).absolute())
            visit, did = log.remove_from_visit(given.id, photograph=gone), REMOVED
        case "part" if given.remove:
            visit, did = log.remove_from_visit(given.id, part=given.part), REMOVED
        case "photo":
            path = typed_path(given.file).absolute()
            try:
                require_file(path)
            except FileTrouble as trouble:
                raise misused(trouble) from trouble
            visit, did = log.add_to_visit(given.id, photograph=str(path)), "Photograph of visit"
        case "part":
            visit, did = log.add_to_visit(given.id, part=given.part), "Part used in visit"
        case "end":
            # What was noted before is not to be lost by who cannot see it here.
            notes = "\n".join(
                filter(None, (given.notes and log.visit(given.id).notes, given.notes))
            )
            visit, did = log.end_visit(given.id, notes=notes, price=given.price), "Ended visit"
        case _:
            visit, did = log.reopen_visit(given.id), "Reopened visit"
    line = f"{did} {visit.id}"
    if did == REMOVED:
        last = visit.removed[-1]
        line = f"{line}: {last.what} {last.text}"
    _told_of(call, "visit", _facts(visit), line)


def _assign(call: Call, log: ServiceLog) -> None:
    visit = log.change_visit(call.arguments.id, instrument=call.arguments.instrument)
    line = f"Visit {visit.id} is for {visit.instrument}"
    _told_of(call, "visit", _facts(visit), line)


def _told_of(call: Call, kind: str, facts: dict[str, Any], line: str) -> None:
    call.output.facts({kind: facts}, [printable(line)])


def instrument_facts(instrument: InstrumentRecord) -> dict[str, Any]:
    """An instrument as JSON holds it, with the day on which its cell is due."""
    due = instrument.battery.due if instrument.battery else None
    return {**_facts(instrument), "due": due.isoformat() if due else None}


def _facts(record: InstrumentRecord | VisitRecord | RunRecord) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(record)
    return facts


def _briefly(runs: tuple[RunRecord, ...]) -> list[dict[str, Any]]:
    return [
        {"id": run.id, "procedure": run.procedure, "outcome": run.outcome, "started": run.started}
        for run in runs
    ]


def _of_instrument(instrument: InstrumentRecord) -> Iterator[tuple[str, str]]:
    """What is noted of an instrument, each with its label; nothing for what is not."""
    battery = instrument.battery
    yield "added", when(instrument.created)
    yield "model", instrument.model
    yield "serial number", instrument.serial
    yield "owner's tag", instrument.tag
    yield "ROM", instrument.rom
    yield "cell", battery.text if battery else ""
    yield "next due", battery.due.isoformat() if battery and battery.due else ""
    yield "settings", "; ".join(f"{label}: {value}" for label, value in instrument.settings)
    yield "notes", instrument.notes
    yield "rehearsals", "a virtual M1; no real instrument" if instrument.virtual else ""


def _of_visit(visit: VisitRecord) -> Iterator[tuple[str, str]]:
    """What is noted of a visit, likewise."""
    yield "began", when(visit.created)
    yield "ended", when(visit.ended)
    yield "instrument", visit.instrument
    yield "complaint", visit.reported
    yield "reference", visit.reference
    yield "technician", visit.technician
    yield "price", visit.price
    yield "notes", visit.notes
    yield "parts used", "; ".join(visit.parts)
    yield "photographs", "; ".join(visit.photographs)
    yield from (("removed", one.line) for one in visit.removed)
    yield from (("heard", f"{one.sound}: {one.text}") for one in visit.heard)


def _of_run(run: RunRecord, visit: tuple[RunRecord, ...]) -> Iterator[tuple[str, str]]:
    """What is recorded of a run among those of its visit, likewise, without its steps."""
    yield "procedure", run.title
    yield "visit", run.visit
    yield "outcome", run.outcome
    yield "began", when(run.started)
    yield "ended", when(run.ended)
    yield "port", run.port
    yield "m1tui", run.program
    yield "journal", run.journal
    yield "abandoned", run.abandoned
    yield from (("", line) for line in summary_lines(run, visit))
