"""Says in lines what the table knows of a serial number or of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from textwrap import wrap
from types import MappingProxyType

from m1tui.store.serials import Candidate, Certainty, Finding

WIDTH = 80

CERTAINTIES: Mapping[Certainty, str] = MappingProxyType(
    {
        Certainty.LISTED: "this very number is known",
        Certainty.CERTAIN: "its own block",
        Certainty.SHARED: "a block that it shares",
        Certainty.IMPORTER: "an importer's number",
        Certainty.DOUBTFUL: "doubtful",
        Certainty.SEEN: "single numbers of this block were seen on it",
    }
)
"""How sure it is, in words."""


def finding_lines(finding: Finding, width: int = WIDTH) -> Iterator[str]:
    """Yield every candidate with its types and the page's notes; notes are wrapped at `width`."""
    asked = f"{finding.number} → " if finding.number else ""
    for _, group in groupby(finding.candidates, lambda candidate: candidate.model):
        yield from _model(asked, list(group), width)
    for note in finding.notes:
        yield from wrap(note, width)


def _model(asked: str, candidates: list[Candidate], width: int) -> Iterator[str]:
    first = candidates[0]
    yield f"{asked}{first.model}, {first.year_text}, {first.description}"
    for candidate in candidates:
        unit = f", unit {candidate.unit}" if candidate.unit else ""
        yield f"  {candidate.type}{unit}: {CERTAINTIES[candidate.certainty]}"
        yield from wrap(candidate.note, width, initial_indent="    ", subsequent_indent="    ")
    yield from wrap(first.model_note, width, initial_indent="  ", subsequent_indent="  ")
