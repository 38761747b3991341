"""`serial NUMBER|MODEL`: what a Korg's serial number says, and which numbers a model has."""

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import Any

from m1tui.cli.call import Call
from m1tui.cli.exits import Exit
from m1tui.store.serials import Candidate, Certainty, Finding, serial_table
from m1tui.sysex import printable

WIDTH = 80
_WORDS = {
    Certainty.LISTED: "this very number is known",
    Certainty.CERTAIN: "its own block",
    Certainty.SHARED: "a block that it shares",
    Certainty.IMPORTER: "an importer's number",
    Certainty.DOUBTFUL: "doubtful",
    Certainty.SEEN: "single numbers of this block were seen on it",
}


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
    call.output.facts(facts, _lines(finding))
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


def _lines(finding: Finding) -> Iterator[str]:
    asked = f"{finding.number} → " if finding.number else ""
    for _, group in groupby(finding.candidates, lambda candidate: candidate.model):
        candidates = list(group)
        first = candidates[0]
        yield f"{asked}{first.model}, {first.year_text}, {first.description}"
        for candidate in candidates:
            unit = f", unit {candidate.unit}" if candidate.unit else ""
            yield f"  {candidate.type}{unit}: {_WORDS[candidate.certainty]}"
            yield from wrap(candidate.note, WIDTH, initial_indent="    ", subsequent_indent="    ")
        yield from wrap(first.model_note, WIDTH, initial_indent="  ", subsequent_indent="  ")
    for note in finding.notes:
        yield from wrap(note, WIDTH)
