"""One restore as values: what is wanted, what can be done next, and what was seen so far.

A history is a tuple of facts, the oldest first. All that a restore knows follows from it; the
functions at the end say what, and nothing else is remembered anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from m1tui.advice import Advice
from m1tui.engine.compare import Comparison, compare, equal, identical
from m1tui.engine.diagnosis import Diagnosis
from m1tui.engine.line.conversation import TURN, Pacing
from m1tui.engine.read.reading import Reading
from m1tui.facts import Backup
from m1tui.sysex import Allocation, AllocationError, Bank, Contents, ModeData, Part, StatusCode
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.examine import Finding
from m1tui.sysex.slots import NO_SLOTS, Slots

Save = Callable[[Backup], Path | None]
"""Keeps a backup and returns where; raises Trouble if it cannot."""

SOUNDS = frozenset({Part.PROGRAMS, Part.COMBINATIONS})
"""The parts that can be sent object by object."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a restore is to do."""

    contents: Contents
    """What is to be in memory."""
    part: Part
    """What of the file was chosen."""
    bank: Bank
    bytes_per_second: float
    """What the wire carries."""
    pacing: Pacing | None = None
    """The only pacing to be used; None goes by what is seen."""
    begin_with: Pacing = Pacing.FULL
    """The first pacing where none was named."""
    pauses: bool = True
    """Whether the link lets a message pause; without, every message is sent at full speed."""
    dry_run: bool = False
    file_channel: int | None = None
    """The channel (0–15) that the file was made on."""
    damage: tuple[Finding, ...] = ()
    """What proves that the contents are not what an M1 sent."""
    accept_damage: bool = False
    """Whether a person decided to send them all the same."""
    slots: Slots = NO_SLOTS
    """Sounds for single slots; the rest of their banks is to stay as it is."""
    missing: tuple[str, ...] = ()
    """What is not there because the file breaks off: "programs 59-99"."""
    beside: Contents = NOTHING
    """What else the file has, and is not sent."""
    known: Contents = NOTHING
    """What the M1's memory held when it was last read before."""
    turn: float = TURN
    """Seconds that this M1 takes for a question beside its bytes."""
    over_jack: bool = False
    """Whether a JACK server carries the bytes."""

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of memory that it is about."""
        return self.contents.parts | self.slots.parts

    @property
    def refuses_damage(self) -> bool:
        """Whether the file is damaged or breaks off, and nobody accepted that."""
        return bool(self.damage or self.missing) and not self.accept_damage

    @property
    def describes(self) -> str:
        """What the file has, in words: single slots by their numbers, whole parts as such."""
        return ", ".join((*self.whole.describe(), *self.slots.describe()))

    def aimed(self, held: Contents) -> Job:
        """Return the job with what is to be in memory as a whole, where memory contains `held`.

        As it is where the two cannot be put together: then something else objects.
        """
        fits = self.contents.allocation in (None, held.allocation) and self.slots.fit(held)
        if not self.slots.parts or not fits:
            return self
        return replace(self, contents=self.slots.into(held).merged(self.whole))

    @property
    def whole(self) -> Contents:
        """The parts that the file has as a whole, without those of the slots."""
        beside = Contents()
        for part in self.contents.parts - self.slots.parts:
            beside = beside.merged(self.contents.only(part))
        return beside


# Moves: what can be done next


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Ask what the M1 is set to."""


@dataclass(frozen=True, slots=True)
class ReadMemory:
    """Read the dumps `forms` until the reading can be trusted."""

    forms: tuple[Part, ...]
    before: bool = False
    """Whether it is the reading of what will be overwritten."""
    expected: tuple[Contents, ...] = ()
    """What one reading settles if it equals."""
    initialised: bool = False
    """Whether one reading of an initialised memory settles it."""
    anything: bool = False
    """Whether one reading settles it whatever it is."""
    stoppable: bool = True


@dataclass(frozen=True, slots=True)
class SaveBackup:
    """Have what was read kept."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask by a write of what is there whether these parts are protected."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class SendDump:
    """Send a part in its dump."""

    part: Part
    pacing: Pacing
    before: int = 0
    """Bytes of the dumps that the same attempt sends before."""
    total: int = 0
    """Bytes of all dumps of the attempt."""


@dataclass(frozen=True, slots=True)
class SendObjects:
    """Send programs or combinations one by one."""

    part: Part
    numbers: tuple[int, ...]
    pacing: Pacing


Move = Diagnose | ReadMemory | SaveBackup | Probe | SendDump | SendObjects


# Facts: what came of a move


class Protection(StrEnum):
    """What a write probe found."""

    FREE = "unprotected"
    PROTECTED = "protected"
    NOT_ASKED = "not known"


@dataclass(frozen=True, slots=True)
class End:
    """How a move ended that did not come to its own end."""

    stopped: bool = False
    """Whether a person stopped it."""
    lost: Advice | None = None
    """Why the link was lost."""
    crowd: Advice | None = None
    """Why nothing may be sent: more than one instrument answers."""


GOOD = End()


@dataclass(frozen=True, slots=True)
class _Fact:
    at: float
    """Seconds since the restore began."""
    panel: int
    """How often hands were heard to do what may concern memory, since the link was opened."""
    end: End = GOOD


@dataclass(frozen=True, slots=True)
class Diagnosed(_Fact):
    """What the M1 is set to."""

    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class MemoryRead(_Fact):
    """A reading that is settled, or why there is none."""

    move: ReadMemory = field(default_factory=lambda: ReadMemory(()))
    reading: Reading | None = None
    failure: Advice | None = None
    silent: bool = False
    """Whether nothing answered."""
    turn: float = TURN
    """Seconds that the M1 was seen to take for a short question beside its bytes."""


@dataclass(frozen=True, slots=True)
class BackupSaved(_Fact):
    """Where what the M1 held is kept, or why it is not."""

    path: Path | None = None
    failure: Advice | None = None


@dataclass(frozen=True, slots=True)
class Probed(_Fact):
    """What the write probe found."""

    found: Mapping[Part, Protection] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    wrote: frozenset[Part] = frozenset()
    """The parts that a write request was sent for, whatever the M1 replied."""
    fell_silent: bool = False
    """Whether the M1 stopped answering when it was put into another mode."""


@dataclass(frozen=True, slots=True)
class DumpSent(_Fact):
    """A part that was sent in its dump."""

    move: SendDump = field(default_factory=lambda: SendDump(Part.ALL, Pacing.FULL))
    sent: int = 0
    """Bytes that were handed over."""
    size: int = 0
    """Bytes of the whole message."""
    reply: StatusCode | None = None
    silence: str = ""
    """What came in the place of a reply."""


@dataclass(frozen=True, slots=True)
class ObjectsSent(_Fact):
    """Programs or combinations that were sent one by one."""

    move: SendObjects = field(default_factory=lambda: SendObjects(Part.ALL, (), Pacing.FULL))
    written: tuple[int, ...] = ()
    """Slots whose writing the M1 confirmed."""
    trying: int | None = None
    """The slot whose writing it did not confirm."""
    reply: StatusCode | None = None
    """Its reply to the last write request."""
    unable: str = ""
    """Why it could not go on."""
    notes: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether any write request was sent."""
        return bool(self.written) or self.trying is not None


Fact = Diagnosed | MemoryRead | BackupSaved | Probed | DumpSent | ObjectsSent
Written = DumpSent | ObjectsSent | Probed
History = tuple[Fact, ...]


# What a history says


def diagnosis_of(history: History) -> Diagnosis | None:
    """Return the newest diagnosis."""
    found = (one.diagnosis for one in reversed(history) if isinstance(one, Diagnosed))
    return next(found, None)


def still_there(history: History) -> bool:
    """Tell whether the newest diagnosis found an M1, where the first one asked for it."""
    newest = diagnosis_of(history)
    return newest is not None and newest.ready


def mode_data_of(history: History) -> ModeData | None:
    """Return what the M1 was last set to, before anything was written; None if none answers."""
    for fact in reversed(history):
        if isinstance(fact, Diagnosed):
            ready = fact.diagnosis is not None and fact.diagnosis.ready
            return fact.diagnosis.mode_data if fact.diagnosis is not None and ready else None
        if isinstance(fact, MemoryRead) and fact.move.before and fact.reading is not None:
            behind = fact.reading.behind
            if behind is not None:
                return behind
    return None


def before_of(history: History) -> MemoryRead | None:
    """Return the newest settled reading of what will be overwritten."""
    return next(
        (
            one
            for one in reversed(history)
            if isinstance(one, MemoryRead) and one.move.before and one.reading is not None
        ),
        None,
    )


def held_before(history: History) -> Contents:
    """Return what memory held before anything was written; it must have been read."""
    before = before_of(history)
    assert before is not None
    assert before.reading is not None
    return before.reading.contents


def aimed(job: Job, history: History) -> Job:
    """Return the job with what was found out: what is to be in memory as a whole, and its turn."""
    before = before_of(history)
    if before is None:
        return job
    return replace(job.aimed(held_before(history)), turn=before.turn)


def saved_of(history: History) -> BackupSaved | None:
    """Return that the newest reading of what was there was kept, or why not; None if it was not."""
    for fact in reversed(history):
        if isinstance(fact, BackupSaved):
            return fact
        if isinstance(fact, MemoryRead) and fact.move.before:
            return None
    return None


def backup_path(history: History) -> Path | None:
    """Return where what the M1 held before is kept."""
    saved = saved_of(history)
    return saved.path if saved is not None else None


def probed_of(history: History) -> Probed | None:
    """Return what the write probe found."""
    return next((one for one in reversed(history) if isinstance(one, Probed)), None)


def parts_of(fact: Fact) -> frozenset[Part]:
    """Return the parts of memory that a fact may have changed."""
    match fact:
        case Probed():
            return fact.wrote
        case DumpSent():
            return frozenset({fact.move.part} if fact.sent else ())
        case ObjectsSent():
            return frozenset({fact.move.part} if fact.begun else ())
    return frozenset()


def written_parts(history: History) -> frozenset[Part]:
    """Return all parts that may have been changed so far."""
    return frozenset(part for fact in history for part in parts_of(fact))


def forms_sent(history: History) -> frozenset[Part]:
    """Return the dumps that were sent, whole or not."""
    return frozenset(one.move.part for one in history if isinstance(one, DumpSent) and one.sent)


def forms_asked(history: History) -> frozenset[Part]:
    """Return the dumps that were asked for."""
    return frozenset(
        form for one in history if isinstance(one, MemoryRead) for form in one.move.forms
    )


def since_reading(history: History) -> History:
    """Return the facts behind the newest settled reading."""
    for index in range(len(history), 0, -1):
        fact = history[index - 1]
        if isinstance(fact, MemoryRead) and fact.reading is not None:
            return history[index:]
    return history


def panel_used(history: History) -> bool:
    """Tell whether hands did what may concern memory since it was last settled what it holds."""
    read = [one for one in history if isinstance(one, MemoryRead) and one.reading is not None]
    return bool(read) and history[-1].panel > read[-1].panel


def allocations(history: History) -> tuple[Allocation | None, Allocation | None]:
    """Return the memory allocation of the newest reading, and that of the first one."""
    read = [one.reading for one in history if isinstance(one, MemoryRead) and one.reading]
    now, before = (
        one.behind.allocation if one.behind is not None else one.contents.allocation
        for one in (read[-1], read[0])
    )
    return now, before


def readings_back(history: History) -> tuple[Contents, ...]:
    """Return what memory was settled to hold after each attempt, the newest last.

    Each is the whole of what is known then: what was not read again is as it was before.
    """
    found: list[Contents] = []
    for fact in history:
        if isinstance(fact, MemoryRead) and fact.reading is not None:
            if fact.move.before:
                found = [fact.reading.contents]
            else:
                found.append(overlaid(found[-1], fact.reading.contents))
    return tuple(found[1:])


def overlaid(memory: Contents, newer: Contents) -> Contents:
    """Return `memory` with the parts that were read again; all of the newer where they clash."""
    try:
        return memory.merged(newer)
    except AllocationError:
        return newer


def compared(job: Job, held: Contents) -> Comparison:
    """Compare the file with what memory or card holds.

    On a card, a combination's program numbers count without their bank: it points at the card's
    own programs, and the M1 may translate the numbers or not.
    """
    return compare(job.contents.comparable(job.bank), held.comparable(job.bank))


def same_parts(memory: Contents, other: Contents) -> Contents:
    """Return the parts of `memory` that `other` holds, too."""
    common = Contents()
    for part in memory.parts & other.parts:
        common = common.merged(memory.only(part))
    return common


def compare_common(memory: Contents, other: Contents) -> Comparison:
    """Compare those parts that both hold."""
    return compare(same_parts(memory, other), other)


def identical_common(memory: Contents, other: Contents) -> bool:
    """Tell whether every byte is the same in those parts that both hold."""
    return identical(same_parts(memory, other), other)


def equal_common(memory: Contents, other: Contents) -> bool:
    """Tell whether nothing that matters differs in those parts that both hold."""
    return equal(same_parts(memory, other), other)
