"""`verify FILE`: reads the instrument and compares it with a file; writes nothing."""

from collections.abc import Iterator
from typing import Any

from m1tui.cli.commandparser import CommandParser, add_file, add_message, add_parts, add_slot
from m1tui.cli.exits import Exit, Stop
from m1tui.cli.files import damage_lines, placed, problem_facts, read_taken
from m1tui.cli.output import Call, described, difference_facts, difference_lines
from m1tui.cli.session import Session, diagnosis_facts, on_instrument, others_there, unready_code
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Verification
from m1tui.engine.restore.planning import damage_in
from m1tui.facts import Outcome
from m1tui.files import shown
from m1tui.sysex import Bank, Part

_CODES = {
    Outcome.VERIFIED: Exit.DONE,
    Outcome.MISMATCH: Exit.DIFFERENT,
    Outcome.REFUSED: Exit.REFUSED,
}


def add_arguments(parser: CommandParser) -> None:
    """The file that memory is compared with."""
    add_file(parser)
    add_parts(parser)
    add_message(parser)
    add_slot(parser, "the slot that a file's single program or combination is compared with")


def run(call: Call) -> int:
    """Prints what differs; 0 if nothing that matters does, 4 otherwise."""
    try:
        return _run(call)
    except Stop as stop:
        # A script finds the same keys whether the M1 could be asked or not.
        known = {
            "outcome": Outcome.UNKNOWN.value,
            "differences": [],
            "problems": [],
            "advice": described(stop.advice),
        }
        stop.facts = {**known, **stop.facts}
        raise


def _run(call: Call) -> int:
    path, output = call.arguments.file, call.output
    bank, slot = call.arguments.to or (None, None)
    parts = tuple(map(Part, call.arguments.what))
    taken = placed(path, read_taken(path, parts, call.arguments.message), slot)
    damage = damage_in(taken.contents, taken.slots)
    output.say(*damage_lines(path, damage))

    async def work(session: Session) -> int:
        result = await verify(
            session.instrument,
            taken.contents,
            bank=bank or Bank.INTERNAL,
            slots=taken.slots,
            progress=output.progress,
        )
        comparison = result.comparison
        facts: dict[str, Any] = {
            "outcome": result.outcome.value,
            "differences": difference_facts(comparison.differences if comparison else ()),
            "problems": problem_facts(damage),
            "advice": described(result.advice),
        }
        diagnosis = session.instrument.diagnosis
        if diagnosis is None or not diagnosis.ready:
            facts |= diagnosis_facts(diagnosis)
            raise Stop(unready_code(diagnosis), result.advice, facts)
        output.facts(facts, (*_lines(shown(path), result), *others_there(session)))
        if result.outcome is not Outcome.VERIFIED:
            output.advise(result.advice)
        if result.silent:
            return Exit.NO_ANSWER
        return _CODES.get(result.outcome, Exit.UNKNOWN)

    return on_instrument(call, work)


def _lines(name: str, result: Verification) -> Iterator[str]:
    comparison = result.comparison
    if comparison is None:
        yield f"{result.outcome.value}: the M1 could not be compared with {name}"
        return
    counts = f"{len(comparison.different)} different, {len(comparison.cosmetic)} cosmetic"
    yield f"{result.outcome.value}: the M1 and {name}: {counts}"
    yield from difference_lines(comparison.differences)
