"""Makes the service log's record of a run out of what its journal holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.store.backups import read_manifest
from m1tui.store.records import FileRecord, RunRecord, StepRecord, VerdictRecord


class Verdict(Protocol):
    """What is needed of an answer; the procedures' CheckVerdict has it."""

    @property
    def name(self) -> str:
        """Return the check's name."""

    @property
    def passed(self) -> bool | None:
        """Return the verdict; None: no answer was heard."""

    @property
    def evidence(self) -> str:
        """Return one line with numbers."""

    @property
    def expected(self) -> str:
        """Return what was expected."""

    @property
    def found(self) -> str:
        """Return what was found."""

    @property
    def advice(self) -> tuple[str, ...]:
        """Return what the person was told."""

    @property
    def decides(self) -> bool:
        """Return whether it decides the step."""


class Mark(Protocol):
    """What is needed of a mark."""

    @property
    def word(self) -> str:
        """Return it in one word."""

    @property
    def glyph(self) -> str:
        """Return it as the rail shows it."""


class State(Protocol):
    """What is needed of what is known of a step; the procedures' StepState has it."""

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """Return the last answers."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return what was seen."""

    @property
    def note(self) -> str:
        """Return the person's note."""

    @property
    def reason(self) -> str:
        """Return why it was overridden."""

    @property
    def started(self) -> str:
        """Return when it was first entered."""

    @property
    def ended(self) -> str:
        """Return when it was done."""

    @property
    def backup(self) -> str:
        """Return the path of the backup that it made."""

    @property
    def origin(self) -> str:
        """Return the path, or the word, that sounds came from."""

    @property
    def choice(self) -> str:
        """Return the answer to a question."""

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Return values by their names."""


class Value(Protocol):
    """What is needed of a value that a step asks for."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def label(self) -> str:
        """Return what people call it."""


class Step(Protocol):
    """What is needed of a procedure's step."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def title(self) -> str:
        """Return its title."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def fields(self) -> Sequence[Value]:
        """Return the values that it asks for."""

    @property
    def senses(self) -> bool:
        """Return whether the instrument can prove it."""


class Procedure(Protocol):
    """What is needed of a procedure."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def title(self) -> str:
        """Return its title."""

    @property
    def steps(self) -> Sequence[Step]:
        """Return its steps."""


class Run(Protocol):
    """What is needed of a run; the procedures' Run has it."""

    @property
    def procedure(self) -> Procedure:
        """Return the procedure."""

    @property
    def states(self) -> Sequence[State]:
        """Return what is known of each step."""

    @property
    def marks(self) -> Sequence[Mark]:
        """Return the mark of each step."""

    @property
    def outcome_word(self) -> str:
        """Return the outcome's word."""

    @property
    def abandoned(self) -> str:
        """Return why it was given up."""


class Happened(Protocol):
    """What is needed of an event; one that carries answers has `verdicts`, too."""

    @property
    def step(self) -> str:
        """Return the id of the step that it happened to."""

    @property
    def at(self) -> str:
        """Return when it happened."""


class Header(Protocol):
    """What is needed of a journal's header."""

    @property
    def program(self) -> str:
        """Return the version of m1tui."""

    @property
    def port(self) -> str:
        """Return the port."""

    @property
    def started(self) -> str:
        """Return when the run was begun."""


class JournalContent(Protocol):
    """What is needed of a journal; the procedures' JournalContent has it."""

    @property
    def header(self) -> Header:
        """Return the header."""

    @property
    def events(self) -> Sequence[Happened]:
        """Return all events in order."""

    @property
    def size(self) -> int:
        """Return the bytes of its whole lines."""

    def run(self) -> Run:
        """Return the run that the events make."""


def run_record(
    content: JournalContent, journal: Path, *, run_id: str, visit: str, created: str
) -> RunRecord:
    """Return the record of the run in `journal`. Backups are hashed as they are now."""
    run, header = content.run(), content.header
    earlier = _attempts(content.events)
    steps = zip(run.procedure.steps, run.states, run.marks, strict=True)
    return RunRecord(
        id=run_id,
        created=created,
        visit=visit,
        journal=journal.name,
        journal_bytes=content.size,
        procedure=run.procedure.id,
        title=run.procedure.title,
        port=header.port,
        program=header.program,
        started=header.started,
        ended=content.events[-1].at if content.events else header.started,
        outcome=run.outcome_word,
        abandoned=run.abandoned,
        steps=tuple(
            _step(step, state, mark, earlier.get(step.id, [])) for step, state, mark in steps
        ),
    )


def _attempts(events: Sequence[Happened]) -> dict[str, list[tuple[str, Sequence[Verdict]]]]:
    """Return for each step when it was judged, and the answers."""
    found: dict[str, list[tuple[str, Sequence[Verdict]]]] = {}
    for event in events:
        verdicts: Sequence[Verdict] = getattr(event, "verdicts", ())
        if verdicts:
            found.setdefault(event.step, []).append((event.at, verdicts))
    return found


def _step(
    step: Step, state: State, mark: Mark, attempts: list[tuple[str, Sequence[Verdict]]]
) -> StepRecord:
    # The last attempt is what the state holds, unless the step was opened again after it.
    last = attempts[-1] if attempts and state.verdicts else None
    before = attempts[:-1] if last else attempts
    return StepRecord(
        id=step.id,
        title=step.title,
        kind=step.kind,
        mark=mark.word,
        glyph=mark.glyph,
        senses=step.senses,
        verdicts=tuple(_verdict(one, last[0] if last else "") for one in state.verdicts),
        earlier=tuple(_verdict(one, at) for at, verdicts in before for one in verdicts),
        evidence=state.evidence,
        choice=state.choice,
        values=state.values,
        labels=tuple((field.name, field.label) for field in step.fields),
        note=state.note,
        reason=state.reason,
        started=state.started,
        ended=state.ended,
        backup=_file(state.backup),
        origin=_file(state.origin),
    )


def _verdict(verdict: Verdict, at: str) -> VerdictRecord:
    return VerdictRecord(
        name=verdict.name,
        passed=verdict.passed,
        evidence=verdict.evidence,
        expected=verdict.expected,
        found=verdict.found,
        advice=verdict.advice,
        decides=verdict.decides,
        time=at,
    )


def _file(text: str) -> FileRecord | None:
    """Return a file with the hash of its manifest, or of its bytes; None for no file."""
    if not text:
        return None
    path = Path(text)
    manifest = read_manifest(path)
    if manifest is not None:
        return FileRecord(file=path.name, sha256=manifest.sha256)
    try:
        data = read_bounded(path, DUMPS)
    except FileTrouble:
        return FileRecord(file=path.name)  # a word such as "demo", or a file that went meanwhile
    return FileRecord(file=path.name, sha256=hashlib.sha256(data).hexdigest())
