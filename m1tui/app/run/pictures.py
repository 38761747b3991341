"""Frozen pictures of the pages beyond home: a run's steps, transfers, results, files to choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The engine takes as long to import as Textual; a page is drawn before it is needed.
    from m1tui.engine.keybed import KeybedReport


@dataclass(frozen=True, slots=True)
class RailStep:
    """One line of the rail: the mark's glyph and the step's title."""

    glyph: str
    title: str
    current: bool = False
    short: str = ""
    """The title in a few words, empty where there is no shorter one."""
    number: int = 0
    """Its number, counted from 1; 0 for its place in the rail."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A step that was done in this run: when, its mark and title, and what was found."""

    time: str
    """Hours and minutes."""
    glyph: str
    title: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer to a check, or one thing that a step found out."""

    passed: bool | None
    """None where nothing was judged."""
    text: str
    advice: tuple[str, ...] = ()
    """What to do about it, empty where it is as it should be."""
    under_way: bool = False
    """Whether it is being asked now."""
    unheard: bool = False
    """Whether it was asked and not answered."""


@dataclass(frozen=True, slots=True)
class StepView:
    """The step on screen and the whole rail beside it."""

    procedure: str
    number: int
    """The current step, counted from 1."""
    rail: tuple[RailStep, ...]
    """The steps on the way; not those on other branches."""
    title: str
    kind: str
    text: str
    warning: str = ""
    drawing: tuple[str, ...] = ()
    """Lines of a drawing in text."""
    answers: tuple[str, ...] = ()
    """The answers to a question."""
    choice: str = ""
    """The answer that was chosen, empty where none is."""
    earlier: str = ""
    """The answer to a question that is open again, as it was given before."""
    claims: tuple[str, ...] = ()
    """What is true of the instrument once the step is proved."""
    log: tuple[LogLine, ...] = ()
    """What was done in this run so far, the newest last."""
    steps: int = 0
    """How many steps the procedure has; 0 for as many as the rail."""
    last: bool = False
    """Whether no step that counts follows."""
    fields: tuple[tuple[str, str], ...] = ()
    """The values that are asked for: label, and what may be typed or was."""
    keys: tuple[str, ...] = ()
    """What hands have to do, in order: keys of the panel, and in a rehearsal also "(joystick)"."""
    marked: tuple[frozenset[str], ...] = ()
    """For each of `keys` the keys of the panel that belong to it."""
    actions: tuple[str, ...] = ()
    """For each of `keys` the action of a rehearsal, empty for a key of the panel."""
    pressed: int = 0
    """How many of `keys` are done, or need no longer be."""
    turning: bool = False
    """Whether UP or DOWN was pressed for the next of them, and its value is not shown yet."""
    unpressed: bool = False
    """Whether the step is done although not all of its `keys` were seen to be pressed."""
    expected: tuple[tuple[str, str], ...] = ()
    """What the display may show: before the first of the panel's keys, and after each."""
    wordings: tuple[str, ...] = ()
    """How certain the wording of each of `expected` is; none where all are sketches."""
    rack: bool = False
    """Whether the panel is an M1R's."""
    listening: bool = False
    """Whether the program listens now to what the person does."""
    heard: tuple[str, ...] = ()
    """What was seen so far and what is missing, while it listens."""
    can_end: bool = False
    """Whether some of it was heard, so that the person can say that that was all."""
    deaf: str = ""
    """What is said at the panel while the program is to listen and does not; else empty."""
    ends: str = ""
    """When it stops listening, as a sentence; empty where the step does not listen."""
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
    acting: bool = False
    """Whether a virtual M1's hands are at work, so that no key sets them to anything else."""
    rehearsal: bool = False
    can_rehearse: bool = False
    """Whether the virtual M1 can do this step by itself."""
    enter_acts: bool = False
    """Whether Enter lets a virtual M1 do what is left of the handiwork: nobody else's hands can."""
    can_tick: bool = False
    """Whether a person may vouch for it, since the instrument gave no answer."""
    can_accept: bool = False
    """Whether what was found may be taken as a fault of the instrument."""
    misled: bool = False
    """Whether the step's keys have changed another track, and would do so again."""
    unfit: bool = False
    """Whether it was refused because its file does not fit the M1: another is to be chosen."""
    doubt: str = ""
    """Why the step is open again."""
    finished: bool = False

    @property
    def key_is_next(self) -> bool:
        """Whether the next of `keys`, or the first of those done, is the panel's."""
        at = self.pressed if self.pressed < len(self.keys) else 0
        return not (at < len(self.actions) and self.actions[at])

    @property
    def not_passed(self) -> bool:
        """Whether the step is open, and what it shows says that it is not as it should be."""
        bad = any(piece.passed is False or piece.unheard for piece in self.evidence)
        return bad and self.glyph == "[ ]"

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return bool(self.answers) and self.glyph == "[ ]"


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer under way, or just ended."""

    title: str
    phase: str = ""
    done: int = 0
    total: int = 0
    """Bytes of this phase, 0 where it has none to count."""
    seconds_left: float = 0.0
    reply: str = ""
    """What the M1 said last, in words."""
    finished_phases: tuple[str, ...] = ()
    cancelling: bool = False
    over: bool = False
    least: bool = False
    """Whether `total` is only the least that comes, until the M1 has said how much it sends."""

    @property
    def percent(self) -> int:
        """How much of this phase is done, 0–100."""
        return min(100, self.done * 100 // self.total) if self.total and not self.least else 0

    @property
    def figures(self) -> str:
        """How far this phase is, in bytes and time; empty before anything of it is known."""
        if not self.total or (self.least and not self.done):
            return ""
        minutes, seconds = divmod(round(self.seconds_left), 60)
        left = f"{minutes}:{seconds:02d} left"
        if self.least:
            return f"{self.done:,} of at least {self.total:,} B  {left}"
        return f"{self.done:,} of {self.total:,} B {self.percent:3d} %  {left}"


@dataclass(frozen=True, slots=True)
class ResultView:
    """How a step or a whole procedure ended."""

    title: str
    outcome: str
    """VERIFIED, MISMATCH, UNKNOWN or REFUSED; at the end of a procedure a word of its own."""
    meaning: str
    """The outcome in a few words."""
    advice: tuple[tuple[str, str], ...] = ()
    """Labelled sentences: what happened, what is safe, the likely cause, what now."""
    differences: tuple[str, ...] = ()
    cosmetic: int = 0
    """Harmless differences, which the outcome does not count."""
    backups: tuple[str, ...] = ()
    """The files that were saved, each in a line."""
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
    top: bool = False
    """Whether there is no folder above that can be opened."""


@dataclass(frozen=True, slots=True)
class FileView:
    """What a file of sounds holds, by its content."""

    path: Path
    contents: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    usable: bool = False
