"""What is known of one step in a run: its mark, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from m1tui.facts import Verdict
from m1tui.procedures.events import (
    Event,
    NoteWritten,
    QuestionAnswered,
    RunAbandoned,
    StepEntered,
    StepJudged,
    StepOverridden,
    StepRetried,
    StepTicked,
    ValuesWritten,
)


class Mark(Enum):
    """How a step came to be done; the value is shown in the rail, the log and the report."""

    OPEN = "[ ]"
    SENSED = "[A]"
    BY_HAND = "[x]"
    OVERRIDDEN = "[!]"
    LEFT_OUT = "[-]"
    """An answer leads past it; never the mark of a step's state, only of its place in a run."""

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
    """The last answer to a question is bad."""
    UNKNOWN = "UNKNOWN"
    """A step was overridden, or there was no answer."""


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
    backup: str = ""
    origin: str = ""
    choice: str = ""
    """The answer to a question, by its label."""
    values: tuple[tuple[str, str], ...] = ()
    """Values by their names."""

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
    def passed(self) -> bool:
        """Return whether there are answers, and all are good."""
        return bool(self.deciding) and all(verdict.passed for verdict in self.deciding)

    def after(self, event: Event) -> StepState:
        """Return the state after something happened to the step."""
        match event:
            case StepEntered():
                return replace(self, started=self.started or event.at)
            case StepTicked():
                return replace(self._by_hand(event), evidence=event.evidence)
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
                )
            case StepRetried():
                return StepState(note=self.note, started=event.at)
            case NoteWritten():
                return replace(self, note=event.text)
            case RunAbandoned():
                return self

    def _answered(self, event: Event) -> StepState:
        """Return the state after the person answered; what was heard before no longer counts."""
        return replace(self._by_hand(event), verdicts=(), evidence=())

    def _by_hand(self, event: Event) -> StepState:
        return replace(self, mark=Mark.BY_HAND, reason="", ended=event.at)

    def _judged(self, event: StepJudged) -> StepState:
        """Return the state after the instrument was asked; good answers make it sensed."""
        after = replace(
            self,
            verdicts=event.verdicts,
            evidence=event.evidence,
            backup=event.backup,
            origin=event.origin,
            reason="",
        )
        if after.passed:
            return replace(after, mark=Mark.SENSED, ended=event.at)
        return replace(after, mark=Mark.OPEN, ended="")
