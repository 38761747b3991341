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
    lamps: tuple[str, ...] = ()
    """The keys of a virtual M1's panel whose lamps are lit."""
    cursor: tuple[int, int] | None = None
    """Line and column of the cursor on a virtual M1's display."""
    rack: bool = False
    """Whether it is an M1R, the rack: by itself, or as its owner says."""


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
    place: str = ""
    """The key of the line at which home was left."""
    refused: tuple[str, ...] = ()
    """Which files of procedures cannot be used, a sentence for each."""


@dataclass(frozen=True, slots=True)
class DueCell:
    """An instrument whose cell is to be changed, or soon."""

    title: str
    """Model, serial number and the owner's tag."""
    day: str
    when: str
    """How far that is: "overdue by 3 months"."""
    late: bool


@dataclass(frozen=True, slots=True)
class Reminders:
    """What the service log has to say on home."""

    due: tuple[DueCell, ...] = ()
    """The most urgent first."""
    bench: str = ""
    """The instrument and the visit that real work belongs to now, empty for none."""
    trouble: str = ""
    """What the log could not take in, and the next step; empty where all is well."""


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
    fields: tuple[tuple[str, str], ...] = ()
    """The values that are asked for: label, and what may be typed or was."""
    keys: tuple[str, ...] = ()
    """What hands have to do, in order: keys of the panel, and in a rehearsal also "(joystick)"."""
    marked: tuple[frozenset[str], ...] = ()
    """For each of `keys` the keys of the panel that belong to it."""
    pressed: int = 0
    """How many of `keys` are done."""
    expected: tuple[tuple[str, str], ...] = ()
    """What the display may show: before the first of the panel's keys, and after each."""
    rack: bool = False
    """Whether the panel is an M1R's."""
    listening: bool = False
    """Whether the program listens now to what the person does."""
    heard: tuple[str, ...] = ()
    """What was seen so far and what is missing, while it listens."""
    tests_keys: bool = False
    """Whether the keys of the keyboard are drawn."""
    keybed: KeybedReport | None = None
    """What was heard of them."""
    checks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    reason: str = ""
    glyph: str = "[ ]"
    guide: str = ""
    rehearsal: bool = False
    can_rehearse: bool = False
    """Whether the virtual M1 can do this step by itself."""
    can_tick: bool = False
    """Whether a person may vouch for it, since the instrument was asked in vain."""
    finished: bool = False

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return bool(self.answers) and self.glyph == "[ ]"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a person at the virtual M1's panel is to do there."""

    title: str
    keys: tuple[str, ...] = ()
    pressed: int = 0
    marked: frozenset[str] = frozenset()
    """The keys of the panel that come next."""
    heard: tuple[str, ...] = ()
    """What the program hears meanwhile, or has found."""


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
