"""What the stages of one restore share: the wish, what is known so far, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from m1tui.advice import Advice
from m1tui.engine.compare import Comparison
from m1tui.engine.conversation import Conversation
from m1tui.engine.instrument import Instrument
from m1tui.engine.outcome import Backup, Outcome
from m1tui.engine.pacing import Pacing
from m1tui.engine.plan import Plan, Todo
from m1tui.engine.preflight import extent
from m1tui.engine.probe import ProbeReport
from m1tui.engine.progress import Meter
from m1tui.sysex import Bank, BankDump, Contents, Part, StatusCode

Save = Callable[[Backup], Path | None]
"""Keeps a backup and returns where; raises Trouble if it cannot."""

DIAGNOSING = "Asking the M1 what it is set to"
PROBING = "Asking whether memory is protected"
SENDING = "Sending"
PREPARING = "Keeping the edit buffer"
ONE_BY_ONE = "Sending one by one"
READING_ONE = "Reading back one by one"
PUTTING_BACK = "Putting mode and edit buffer back"
READING_BACK = "Reading back"
READING_ON = "Reading back once more"
"""Only when the first reading back settles nothing."""


@dataclass(slots=True)
class Job:
    """One restore under way."""

    instrument: Instrument
    contents: Contents
    """What is to be in memory."""
    part: Part
    bank: Bank
    save: Save
    meter: Meter
    pacing: Pacing
    """Of the attempt under way, or of the last one."""
    dumps: tuple[BankDump, ...] = ()
    """The messages to send."""
    before: Contents | None = None
    """What memory held, as far as it will be overwritten."""
    backup: Path | None = None
    plan: Plan | None = None
    """How the file is to get into memory; None before what memory holds is known."""
    todo: Todo | None = None
    """What is to be sent one by one, where that was chosen."""
    report: ProbeReport = field(default_factory=ProbeReport)
    reply: StatusCode | None = None
    """The M1's reply to the newest dump."""
    notes: list[str] = field(default_factory=list)

    @property
    def conversation(self) -> Conversation:
        """The conversation with the instrument."""
        return self.instrument.conversation

    @property
    def extent(self) -> Part:
        """The part whose dump covers all that is sent."""
        return extent(tuple(dump.part for dump in self.dumps))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a restore ended; the rest of the result is counted."""

    outcome: Outcome
    advice: Advice
    comparison: Comparison | None = None
    unchanged: bool | None = None
    protected: bool = False
    cancelled: bool = False
    dry_run: bool = False
    silent: bool = False


class Refused(Exception):
    """Nothing is to be sent; the ending says why."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


def refusal(advice: Advice, *, protected: bool = False) -> Refused:
    """Return the exception that ends a restore before anything is sent."""
    return Refused(Ending(Outcome.REFUSED, advice, protected=protected))
