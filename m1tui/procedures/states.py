"""What is known of one step in a run: its mark, how it came about, and why a run refuses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from m1tui.advice import Advice
from m1tui.errors import NotAllowed
from m1tui.facts import Outcome, Verdict
from m1tui.procedures.events import (
    AlarmRaised,
    AlarmsRead,
    AskedAgain,
    BackupCompared,
    Event,
    FindingAccepted,
    InstrumentSeen,
    ModelNamed,
    NoteWritten,
    QuestionAnswered,
    RunAbandoned,
    StepDoubted,
    StepEntered,
    StepJudged,
    StepOverridden,
    StepRetried,
    StepTicked,
    ValuesWritten,
    WriteBegun,
)


class Mark(Enum):
    """How a step came to be done; the value is shown in the rail, the log and the report."""

    OPEN = "[ ]"
    SENSED = "[A]"
    BY_HAND = "[x]"
    OVERRIDDEN = "[!]"
    FOUND = "[F]"
    """The instrument was asked, and what it showed is a fault."""
    LEFT_OUT = "[-]"
    """An answer leads past it, or the instrument's model does not have what it needs; never the
    mark of a step's state, only of its place in a run."""

    @property
    def glyph(self) -> str:
        """Return the mark as the rail shows it: "[A]"."""
        return self.value

    @property
    def word(self) -> str:
        """Return the mark in one word: "open", "sensed", "by hand" and so on."""
        return self.name.lower().replace("_", " ")


class RunOutcome(Enum):
    """What a run has shown; the value is the word of the screen, the log, the report and JSON."""

    VERIFIED = "VERIFIED"
    """Every step is done, what can be proved is proved, and that is something."""
    BY_HAND = "DONE BY HAND"
    """Every step is done on the person's word; neither an instrument nor the disk proved any."""
    MISMATCH = "MISMATCH"
    """The last answer to a question is bad, or a person says that a fault is still there."""
    IN_PART = "PROVED IN PART"
    """Something is proved and nothing speaks against it, but not all is as it should be.

    A step is not proved, see `Run.missing`; the question at the end settled not all, see
    `Run.unanswered`; what a step could destroy was not compared, see `Run.not_compared`; or a
    backup is no longer there as it was saved, see `Run.gone`.
    """
    REFUSED = "REFUSED"
    """What was to be sent was not taken: nothing was written, and no other question is open."""
    UNKNOWN = "UNKNOWN"
    """There was no answer; or nothing is proved, and a step was skipped or a backup is gone."""


class Product(NamedTuple):
    """What a step gives to later ones."""

    choice: str
    values: tuple[tuple[str, str], ...]
    origin: str
    backup: str


@dataclass(frozen=True, slots=True)
class StepState:
    """What is known of a step in a run."""

    mark: Mark = Mark.OPEN
    verdicts: tuple[Verdict, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    """Why it was overridden."""
    started: str = ""
    ended: str = ""
    judged: str = ""
    """When `verdicts` were given."""
    past: bool = field(default=False, compare=False)
    """Whether the person has left the step since then, or the program."""
    backup: str = ""
    origin: str = ""
    choice: str = ""
    """The answer to a question, by its label."""
    values: tuple[tuple[str, str], ...] = ()
    """Values by their names."""
    doubt: str = ""
    """Why it is open again though it was done, empty if it is not."""
    before: Product | None = None
    """What it gave before it was opened again, for later steps that went by it."""

    @property
    def deciding(self) -> tuple[Verdict, ...]:
        """Return the verdicts that decide the step."""
        return tuple(verdict for verdict in self.verdicts if verdict.decides)

    @property
    def failed(self) -> bool:
        """Return whether the last answers contradict the step."""
        return any(verdict.passed is False for verdict in self.deciding)

    @property
    def no_answer(self) -> bool:
        """Return whether a question was put and there is no answer."""
        return any(verdict.passed is None for verdict in self.deciding)

    @property
    def refused(self) -> bool:
        """Return whether there is no answer only because nothing was written."""
        silent = [verdict for verdict in self.deciding if verdict.passed is None]
        return bool(silent) and all(one.outcome is Outcome.REFUSED for one in silent)

    @property
    def product(self) -> Product:
        """Return what the step gives to later ones."""
        return Product(self.choice, self.values, self.origin, self.backup)

    @property
    def said(self) -> dict[str, str]:
        """Return what each check said, "yes" or "no", by its name; no entry without an answer."""
        words = {True: "yes", False: "no"}
        return {one.name: words[one.passed] for one in self.verdicts if one.passed is not None}

    @property
    def passed(self) -> bool:
        """Return whether there are answers, and all are good."""
        return bool(self.deciding) and all(verdict.passed for verdict in self.deciding)

    @property
    def come_back_to(self) -> StepState:
        """Return the state once the person or the program comes back to the step."""
        return replace(self, past=True) if self.verdicts and not self.past else self

    def after(self, event: Event) -> StepState:
        """Return the state after something happened to the step."""
        match event:
            case StepEntered():
                return replace(self, started=self.started or event.at)
            case StepTicked():
                verdicts = event.verdicts or self.verdicts
                return replace(self._by_hand(event), evidence=event.evidence, verdicts=verdicts)
            case StepJudged():
                return self._judged(event)
            case QuestionAnswered():
                return replace(self._answered(event), choice=event.choice)
            case ValuesWritten():
                return replace(self._answered(event), values=event.values)
            case StepOverridden():
                return replace(
                    self,
                    mark=Mark.OVERRIDDEN,
                    reason=event.reason,
                    choice="",
                    values=(),
                    ended=event.at,
                    doubt="",
                )
            case StepRetried():
                return self._again(event)
            case StepDoubted():
                return StepState(note=self.note, doubt=event.why, before=self.product)
            case FindingAccepted():
                return replace(self, mark=Mark.FOUND, reason="", ended=event.at)
            case NoteWritten():
                return replace(self, note=event.text)
            case (
                AlarmRaised()
                | AlarmsRead()
                | AskedAgain()
                | BackupCompared()
                | InstrumentSeen()
                | ModelNamed()
                | RunAbandoned()
                | WriteBegun()
            ):
                return self

    def _again(self, event: StepRetried) -> StepState:
        """Return the state of the step that is done again: a finding stands until it is settled.

        What a transfer came to does not: it speaks of what is now sent or read again.
        """
        before = self.before if self.mark is Mark.OPEN else self.product
        again = StepState(note=self.note, started=event.at, before=before)
        transferred = any(one.outcome is not None for one in self.verdicts)
        if transferred or not (self.failed or self.no_answer):
            return again
        return replace(
            again,
            verdicts=self.verdicts,
            evidence=self.evidence,
            judged=self.judged,
            past=self.past,
        )

    def _answered(self, event: Event) -> StepState:
        """Return the state after the person answered; what was heard before no longer counts."""
        return replace(self._by_hand(event), verdicts=(), evidence=())

    def _by_hand(self, event: Event) -> StepState:
        return replace(self, mark=Mark.BY_HAND, reason="", doubt="", ended=event.at)

    def _judged(self, event: StepJudged) -> StepState:
        """Return the state after the instrument was asked; good answers make it sensed."""
        after = replace(
            self,
            verdicts=event.verdicts,
            evidence=event.evidence,
            judged=event.at,
            past=False,
            backup=event.backup,
            origin=event.origin,
            reason="",
            doubt="",
        )
        if after.passed:
            return replace(after, mark=Mark.SENSED, ended=event.at)
        return replace(after, mark=Mark.OPEN, ended="")


def refusal(happened: str, next_step: str, *, code: str) -> NotAllowed:
    """Return the error that tells a person what the run forbids and what helps."""
    return NotAllowed(
        Advice(code=code, happened=happened, safe="No mark was changed.", next_step=next_step)
    )
