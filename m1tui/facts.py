"""What is found out about an instrument and kept: each fact has this one type on its whole way.

The engine makes these; journal, log, report, screen and JSON have them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from m1tui.advice import Advice
from m1tui.sysex import Bank, Contents, Part

NO_ANSWER = "no answer"
"""The word for people where nothing was answered."""

NOT_ASKED = "not asked"
"""The word where what the question needs was not there, or the one before had no answer."""
UNDECIDED = "undecided"
"""The word where there was an answer, or something to hear, and it does not settle the question."""
UNSETTLED = (NO_ANSWER, UNDECIDED, NOT_ASKED)
"""The words where a verdict's `passed` is None."""
CHANGED = "changed"
"""The name of the value of a verdict that says what was changed beside what was to be changed."""
MISHAP = "mishap"
"""The name of each value of a verdict that says the same to an owner, as a clause."""
ERASED = "erased"
"""The name of the value of a verdict that says which song or track was erased: 'song 1 "A"'."""
WITH_FILE = "with-file"
"""The name of the value of an attempt to send that says which file it was, where more than one was
to be sent."""
SHOWN = "shown"
"""The name of the value of a bad answer that says what a virtual M1 showed then."""
DOUBT = "doubt"
"""The name of each value of a verdict that says why what was read is worth less than a backup."""
VELOCITIES = "velocities"
"""The name of the value that says how softly and how hard the keys of each octave were struck."""
FAULT = "fault"
"""The name of the value of a verdict that says what is wrong with the instrument, as a clause."""
TRANSFERS = ("backup", "receive", "restore")
"""The kinds of steps that read or write memory; their verdicts have the same names."""
_TESTS = frozenset(
    {
        "aftertouch-seen",
        "joystick-range",
        "joystick-seen",
        "keybed",
        "panel-keys-seen",
        "pedals-seen",
        "slider-seen",
        "start-stop-seen",
        "up-down-seen",
    }
)
"""The checks that test a part of the instrument, by name."""
ANSWERED = frozenset(
    {
        "aftertouch-not-tried",
        "allocation-unknown",
        "card-content-unknown",
        "card-not-compared",
        "card-protect-not-told",
        "card-without-songs",
        "card-without-sounds",
        "clock-never-heard",
        "clock-not-heard",
        "no-pcm-card",
        "too-little-heard",
    }
)
"""The codes of advice that say why an answer settles nothing."""
NOT_PUT = frozenset(
    {
        "no-answer-before",
        "no-card-backup",
        "no-memory-backup",
        "no-origin-chosen",
        "no-panel-dump",
        "value-not-chosen",
    }
)
"""The codes of advice that say why the instrument was not asked."""


class Outcome(StrEnum):
    """What is known of the instrument's memory at the end."""

    VERIFIED = "VERIFIED"
    """Read back, equal; or read, and so equal already that nothing was written."""
    MISMATCH = "MISMATCH"
    """Read back, and objects differ."""
    UNKNOWN = "UNKNOWN"
    """Could not be read back."""
    REFUSED = "REFUSED"
    """Nothing was written: what was sent, if anything, was not taken."""


class Harm(Enum):
    """What speaks louder than the word with which a run ended."""

    FAULT_STAYS = "a fault is still there"
    LOST = "memory was lost"
    CHANGED = "something else was changed"

    @classmethod
    def worst(cls, *, fault_stays: bool, lost: bool, changed: bool) -> Harm | None:
        """Return the one that is said, None for none.

        `lost` means memory, whether a file contains it or not; `changed` is what no step asked for.
        """
        if fault_stays:
            return cls.FAULT_STAYS
        if lost:
            return cls.LOST
        return cls.CHANGED if changed else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a question to the instrument, or to the disk, gave."""

    passed: bool | None
    """None: no answer, or the question could not be asked."""
    evidence: str
    """What was answered, in one line with numbers."""
    expected: str = ""
    found: str = ""
    advice: Advice | None = None
    """What to tell the person, unless it passed."""
    name: str = ""
    """The check's name, or the step's kind for a backup, a source or a restore."""
    decides: bool = True
    """False for what a step only observes: it never fails the step. With nothing `expected` it does
    not differ, either."""
    outcome: Outcome | None = None
    """How a restore ended; None for all else."""
    wrote: bool | None = None
    """Whether a restore wrote to the memory, or may have; None for all else."""
    values: tuple[tuple[str, str], ...] = ()
    """What other parts go by, by its name, such as ("rom", "7") and ("stuck-keys", "F#4, G4")."""
    time: str = ""
    """When it was given, ISO 8601, in the log; empty where it is the time of a journal's event."""

    @property
    def word(self) -> str:
        """Return it in a word or two, as "passed", "FAILED", "no answer", or "observed"."""
        if self.passed is None:
            code = self.advice.code if self.advice is not None else ""
            return NOT_ASKED if code in NOT_PUT else UNDECIDED if code in ANSWERED else NO_ANSWER
        if not self.decides:
            return "observed" if self.passed or not self.expected else "observed, not as expected"
        return "passed" if self.passed else "FAILED"

    @property
    def shows_fault(self) -> bool:
        """Return whether a bad answer means that the instrument itself is at fault."""
        code = self.advice.code if self.advice is not None else ""
        return self.name in _TESTS or code == "memory-not-kept"

    @property
    def suspects(self) -> bool:
        """Return whether a bad answer only says what a person's answers point to."""
        return self.name == "sound-suspicion" and self.passed is False

    @property
    def speaks_for_itself(self) -> bool:
        """Return whether its evidence says how it ended.

        A transfer that was refused or cut short is not "no answer".
        """
        return self.name == "restore" or (self.name in TRANSFERS and self.passed is None)

    @property
    def beside(self) -> tuple[str, ...]:
        """Return what was measured beside what the evidence says, each in a line."""
        told = [text for name, text in self.values if name == VELOCITIES]
        return tuple(f"velocities, softest to hardest in each octave: {one}" for one in told)

    @property
    def line(self) -> str:
        """Return it in one line: its word, unless the evidence says it, and the evidence."""
        return self.evidence if self.speaks_for_itself else f"{self.word}: {self.evidence}"


@dataclass(frozen=True, slots=True)
class Backup:
    """What an M1 held, as it was read."""

    contents: Contents
    dump: bytes
    """The message as the M1 sent it and as it goes to disk, F0 to F7."""
    part: Part
    bank: Bank
    reads: int
    """How often it was read: 1 (initialised), 2, or 3 where one reading was damaged."""
    notes: tuple[str, ...]
    not_held: tuple[str, ...]
    """What this dump does not hold, for a person to write down or to back up otherwise."""
    missing: tuple[str, ...] = ()
    """What was wanted and could not be had, where it was read slot by slot: then it is partial."""

    @property
    def kind(self) -> str:
        """The word for what was read: the part's, or of a partial one its parts' words."""
        if not self.missing:
            return self.part.value
        return "+".join(part.value for part in Part if part in self.contents.parts)

    @property
    def label(self) -> str:
        """The same as a file's name tells it: "all data", "slot by slot"."""
        return "slot by slot" if self.missing else self.part.label

    @property
    def worth_keeping(self) -> bool:
        """Whether it is more than a freshly initialised memory; a part of one may be."""
        return bool(self.missing) or not self.contents.is_initialised
