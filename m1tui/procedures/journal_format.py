"""The lines of a journal: a header, then one event each; what is whole, torn or damaged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from m1tui.advice import Advice
from m1tui.errors import JournalError
from m1tui.procedures.events import EVENTS, Event
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure
from m1tui.store import printable_path
from m1tui.store.earlier_versions import mend_header, mend_verdicts

VERSION = 6
CLOSES = 5
"""The first version whose runs end only after the instrument was asked again."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a journal."""

    version: int
    program: str
    """The m1tui that began the run."""
    port: str
    started: str
    """Local time with its offset, ISO 8601."""
    procedure: Procedure


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds: its header, its whole events, and the bytes they take."""

    header: Header
    events: tuple[Event, ...]
    size: int
    """Bytes up to the end of the last whole line; what follows is torn."""

    def run(self) -> Run:
        """Return the run that the events make."""
        closes = self.header.version >= CLOSES
        return Run.replay(self.header.procedure, self.events, closes=closes)


def parse(path: Path, data: bytes) -> JournalContent:
    """Return what a journal's bytes hold. Raises JournalError naming the line."""
    *lines, torn = data.split(b"\n")
    if not lines:
        raise _unreadable(path, 1, "expected a header line, found none")
    header = _header(path, lines[0])
    events: list[Event] = []
    size = len(lines[0]) + 1
    known = {step.id for step in header.procedure.steps}
    for number, line in enumerate(lines[1:], 1):
        try:
            events.append(_event(line, number, known, header.version))
        except ValueError as error:
            if number == len(lines) - 1 and not torn:
                break  # the block of a last line that never reached the disk
            raise _unreadable(path, number + 1, str(error)) from error
        size += len(line) + 1
    return JournalContent(header, tuple(events), size)


def _header(path: Path, line: bytes) -> Header:
    try:
        fields: Any = msgspec.json.decode(line)
        version = fields.get("version")
        if version == 1:
            mend_header(fields)
        if version in range(1, VERSION + 1):
            return msgspec.convert(fields, Header)
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError) as error:
        raise _unreadable(path, 1, f"not the header of a journal: {error}") from error
    raise _unreadable(path, 1, f"expected version {VERSION} at most, found {version!r}")


def line_of(number: int, event: Event) -> bytes:
    """Return the line of the event that is the run's `number`th, counted from 1."""
    fields = {"n": number, "event": type(event).__name__, **asdict(event)}
    for verdict in fields.get("verdicts", ()):
        del verdict["time"]  # the event's own
    return msgspec.json.encode(fields) + b"\n"


def _event(line: bytes, number: int, known: set[str], version: int) -> Event:
    """Return the event of a line. Raises ValueError."""
    fields: Any = msgspec.json.decode(line)
    if not isinstance(fields, dict):
        raise ValueError("expected an object")
    if fields.get("n") != number:
        raise ValueError(f"expected event {number}, found {fields.get('n')!r}")
    kind = EVENTS.get(fields.get("event", ""))
    if kind is None:
        raise ValueError(f"unknown event {fields.get('event')!r}")
    if version < 3:
        mend_verdicts(fields)
    event = msgspec.convert(fields, kind)
    if event.step not in known:
        raise ValueError(f"unknown step {event.step!r}")
    return event


def _unreadable(path: Path, line: int, problem: str) -> JournalError:
    return JournalError(
        Advice(
            code="journal-unreadable",
            happened=f'"{printable_path(path)}" cannot be resumed: line {line}: {problem}.',
            safe="The file is left as it is; backups and other runs are not touched.",
            cause="It was damaged or changed by hand, or a newer m1tui wrote it.",
            next_step="Start the procedure again, or resume it with the newer m1tui.",
        )
    )
