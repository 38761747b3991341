"""What happens in a run of a procedure, as facts in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from m1tui.advice import Advice
from m1tui.facts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happened:
    step: str
    """The id of the step that it happened to."""
    at: str = ""
    """Local time with its offset, ISO 8601; the journal stamps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntered(_Happened):
    """The person went to this step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTicked(_Happened):
    """The person said that the step is done."""

    evidence: tuple[str, ...] = ()
    """What was seen meanwhile, for example the rehearsal's display."""
    verdicts: tuple[Verdict, ...] = ()
    """What was only observed: none of them decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepJudged(_Happened):
    """The instrument was asked about the step."""

    verdicts: tuple[Verdict, ...]
    evidence: tuple[str, ...] = ()
    backup: str = ""
    """The file of the backup that was made, empty if none."""
    origin: str = ""
    """Where sounds are to come from: a file, or `DEMO`; empty if that was not the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(_Happened):
    """The person answered the step's question."""

    choice: str
    """The option's label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesWritten(_Happened):
    """The person chose or wrote down the step's values."""

    values: tuple[tuple[str, str], ...]
    """(name, value) of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOverridden(_Happened):
    """The person skipped the step and gave a reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried(_Happened):
    """The step was opened again; what was found before no longer counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingAccepted(_Happened):
    """The person took the bad answers as what is so: a fault of the instrument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNamed(_Happened):
    """It was said which model the instrument is."""

    model: str
    """"M1R", for example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDoubted(_Happened):
    """Something happened to the instrument that may have undone the step; it is open again."""

    why: str
    """In one line."""


MODE_LEFT = "mode-left"
"""The code of the alarm of a mode in which the marked keys do something else."""
ON_WHILE_OFF = "on-while-off"
"""The code of the alarm of an M1 that is heard while it is to be off."""


UNANSWERING = ("exclusive-lost", "went-silent")
"""The codes of the alarms of an M1 that answers no more."""
ASKED_AT_THE_END = "Asked again at the end of the run:"
"""Before what the last look found, where it opens a step again."""
BETWEEN_BACKUPS = "changed-between-backups"
"""The code of what was changed between two backups of one step."""
SONGS_TOUCHED = "songs-touched"
"""The code of an alarm of songs that may have been changed, which nobody has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised(_Happened):
    """Something was seen at the instrument that the step did not ask for."""

    advice: Advice
    """What it is, what is safe, and what to do now; its code says which kind of alarm."""
    lost: str = ""
    """What it cost the memory, as a phrase; empty for nothing."""
    backup: str = ""
    """The file of this run that contains what was lost, empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsRead(_Happened):
    """The person has read all alarms so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSeen(_Happened):
    """A look at the instrument showed something else than the look before."""

    channel: int = 0
    """0–15."""
    codes: tuple[int, ...] = ()
    """Mode, allocation, card and PCM card, as mode data has them; () once nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCompared(_Happened):
    """Before the step, which can destroy it, what was saved was compared with what is there now."""

    saved: tuple[str, ...]
    """The steps to do again where it is not the same, by id."""
    verdicts: tuple[Verdict, ...]
    """What came of it, one for each of `saved`; None where the person went on without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain(_Happened):
    """Before the run ended, the instrument was asked again for what the run rests on."""

    claims: tuple[str, ...]
    """What was asked for: claims of steps that were proved."""
    verdicts: tuple[Verdict, ...]
    """The answers, one for each of `claims`."""
    not_asked: tuple[str, ...] = ()
    """What cannot be asked: claims that were so when they were proved."""
    initialised: bool = False
    """Whether the memory was found initialised, though nothing in the run says that it was."""
    gone: tuple[tuple[str, Advice], ...] = ()
    """Files of backups that were no longer there, or not as they were saved, each with why."""
    mode: int | None = None
    """The code of the mode in which it then answered; None where it did not, or was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBegun(_Happened):
    """The program is about to write to the instrument in this step; what comes of it is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(_Happened):
    """The person wrote a note to the step, in place of an earlier one."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAbandoned(_Happened):
    """The person gave the run up at this step; it is not offered again."""

    reason: str


Event: TypeAlias = (
    StepEntered
    | StepTicked
    | StepJudged
    | QuestionAnswered
    | ValuesWritten
    | StepOverridden
    | StepRetried
    | FindingAccepted
    | ModelNamed
    | StepDoubted
    | AlarmRaised
    | AlarmsRead
    | InstrumentSeen
    | AskedAgain
    | BackupCompared
    | WriteBegun
    | NoteWritten
    | RunAbandoned
)

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            StepEntered,
            StepTicked,
            StepJudged,
            QuestionAnswered,
            ValuesWritten,
            StepOverridden,
            StepRetried,
            FindingAccepted,
            ModelNamed,
            StepDoubted,
            AlarmRaised,
            AlarmsRead,
            InstrumentSeen,
            AskedAgain,
            BackupCompared,
            WriteBegun,
            NoteWritten,
            RunAbandoned,
        )
    }
)
"""The events by the name that a journal writes."""
