"""`serial NUMBER|MODEL`: what a Korg's serial number says, and which numbers a model has."""

from typing import Any

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit
from m1tui.cli.output import Call
from m1tui.store.serials import Candidate, finding_lines, serial_table
from m1tui.sysex import printable


def add_arguments(parser: CommandParser) -> None:
    """The number or model to look up."""
    parser.add_argument(
        "query",
        nargs="+",
        metavar="NUMBER|MODEL",
        help="a serial number, with ? for a digit that cannot be read, or a model's name",
    )


def run(call: Call) -> int:
    """Prints every candidate; 1 if there is none, but 0 for an M1, of which that is the answer."""
    finding = serial_table().look_up(" ".join(call.arguments.query))
    query = printable(finding.query)
    facts = {
        "query": query,
        "number": finding.number,
        "candidates": [_facts(candidate) for candidate in finding.candidates],
        "notes": list(finding.notes),
    }
    call.output.facts(facts, finding_lines(finding))
    return Exit.DONE if finding.candidates or finding.concerns_m1 else Exit.FAILED


def _facts(candidate: Candidate) -> dict[str, Any]:
    return {
        "model": candidate.model,
        "description": candidate.description,
        "year": candidate.year,
        "year_doubtful": candidate.year_doubtful,
        "type": candidate.type,
        "unit": candidate.unit or None,
        "certainty": candidate.certainty.value,
        "note": " ".join(filter(None, (candidate.note, candidate.model_note))),
    }
