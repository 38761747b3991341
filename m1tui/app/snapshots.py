"""Frozen pictures of the work: what a worker hands over and a screen draws."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The engine takes as long to import as Textual; home is drawn before it is needed.
    from m1tui.engine.keybed import KeybedReport

BLANK_DISPLAY = ("", "")


@dataclass(frozen=True, slots=True)
class Live:
    """The instrument as the header and the live line show it."""

    display: tuple[str, str] = BLANK_DISPLAY
    """Two lines of at most 40 characters."""
    display_label: str = "a sketch"
    """What the drawn display is, so that nobody takes it for the instrument's own."""
    model: str = ""
    channel: int | None = None
    """The global MIDI channel as a person says it, 1–16."""
    mode: str = ""
    allocation: str = ""
    card: str = ""
    link: str = ""
    summary: str = ""
    """The diagnosis in a few words where the instrument is not ready, else empty."""
    rehearsal: bool = False
    """Whether this is a virtual M1, on which nothing can be lost."""
    power: str = ""
    """Power and battery of a virtual M1, else empty."""


@dataclass(frozen=True, slots=True)
class ProcedureCard:
    """One procedure as home lists it."""

    id: str
    title: str
    group: str
    purpose: str
    minutes: int
    tools: tuple[str, ...]
    risk: str
    steps: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that was left or cut off, which can be resumed."""

    journal: Path
    procedure: str
    """The procedure's id."""
    title: str
    step: int
    """The step it stands at, counted from 1."""
    steps: int
    step_title: str
    started: str
    """Date and time as a person reads them, local."""
    rehearsal: bool
    """Whether it was begun on a virtual M1: only there it goes on."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What home shows beside the instrument: procedures, unfinished runs, the backups' place."""

    procedures: tuple[ProcedureCard, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    backups_folder: str = ""
    backups: int = 0
    refused: tuple[str, ...] = ()
    """Which files of procedures cannot be used, a sentence for each."""


@dataclass(frozen=True, slots=True)
class RailStep:
    """One line of the rail: the mark's glyph and the step's title."""

    glyph: str
    title: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer to a check, or one thing that a step found out."""

    passed: bool | None
    """None where nothing was judged."""
    text: str
    advice: tuple[str, ...] = ()
    """What to do about it, empty where it is as it should be."""
    unheard: bool = False
    """Whether it was asked and not answered."""


@dataclass(frozen=True, slots=True)
class StepView:
    """The step on screen and the whole rail beside it."""

    procedure: str
    number: int
    """The current step, counted from 1."""
    rail: tuple[RailStep, ...]
    title: str
    kind: str
    text: str
    warning: str = ""
    drawing: tuple[str, ...] = ()
    """Lines of a drawing in text."""
    answers: tuple[str, ...] = ()
    """The answers to a question."""
    keys: tuple[str, ...] = ()
    display: tuple[str, str] | None = None
    checks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    reason: str = ""
    glyph: str = "[ ]"
    guide: str = ""
    rehearsal: bool = False
    can_rehearse: bool = False
    """Whether the virtual M1 can do this step by itself."""
    pressed: bool = False
    """Whether all keys of the step have been pressed."""
    can_tick: bool = False
    """Whether a person may vouch for it, since the instrument was asked in vain."""
    finished: bool = False


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer under way, or just ended."""

    title: str
    phase: str = ""
    done: int = 0
    total: int = 0
    """Bytes of this phase; 0 while it is not known."""
    seconds_left: float = 0.0
    reply: str = ""
    """What the M1 said last, in words."""
    finished_phases: tuple[str, ...] = ()
    keybed: KeybedReport | None = None
    """What was heard of the keys, while they are tested."""
    cancelling: bool = False
    over: bool = False

    @property
    def percent(self) -> int:
        """How much of this phase is done, 0–100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class ResultView:
    """How a step or a whole procedure ended."""

    title: str
    outcome: str
    """VERIFIED, MISMATCH, UNKNOWN or REFUSED."""
    meaning: str
    """The outcome in a few words."""
    advice: tuple[tuple[str, str], ...] = ()
    """Labelled sentences: what happened, what is safe, the likely cause, what now."""
    differences: tuple[str, ...] = ()
    cosmetic: int = 0
    """Harmless differences, which the outcome does not count."""
    backup: str = ""
    notes: tuple[str, ...] = ()
    keybed: KeybedReport | None = None
    """What was heard of the keys, where they were tested."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One place the sounds can come from."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One line of a folder: another folder, or a file that may hold sounds."""

    name: str
    path: Path
    folder: bool


@dataclass(frozen=True, slots=True)
class FolderView:
    """What a folder holds, folders first."""

    path: Path
    entries: tuple[FolderEntry, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FileView:
    """What a file of sounds holds, by its content."""

    path: Path
    contents: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    usable: bool = False
