"""What the service log holds: instruments, visits, and runs of procedures, each a JSON file.

What an earlier m1tui wrote of runs is brought into today's form as it is read. Before version 4 of
the log's runs a backup that was gone stood there only in a sentence. Before version 3 of journals
and of the log's runs advice had no code. In version 1 it stood there in lines, none as no
lines, and what a run tells of the cell was known by the names that the battery's procedure gave its
steps and values. What has another shape is left to those who refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date
from typing import Any, ClassVar, Literal, Self, TypeAlias

import msgspec

from m1tui.advice import Advice
from m1tui.facts import Harm, Outcome, Verdict
from m1tui.options import is_virtual

CellStep: TypeAlias = Literal[
    "cell-out", "cell-in", "cell-holds", "no-cell", "card-cell-out", "card-cell-in"
]
"""What a step that is done tells of the cell: the old one is out, a new one is in, it holds the
memory, or the memory was converted and needs none; or that of a card the old one is out, a new one
is in."""
CellValue: TypeAlias = Literal["old-cell-volts", "new-cell-volts", "cell-type", "rom", "parts"]
"""What a value that is written down tells: what each cell measured, what the new one is, the number
that the ROM shows, and a part that was used."""
Answers: TypeAlias = tuple[bool, tuple[Verdict, ...]]
"""What a step was answered; before that, whether the repair was made once the step was done."""
CELL_YEARS = 5
"""A CR2032 is advised to be changed every 5 to 7 years."""
DEMO = "demo"
"""The origin of sounds that is the program's own demo bank."""
DEMO_SOUNDS = "the demo bank that comes with m1tui"
LOW_VOLTS = 2.5
"""The M1 warns at about this; a new cell reads about 3.2 V."""
NEW_VOLTS = 3.0
"""A cell that reads less when it is put in is not good."""


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument's internal cell."""

    cell: str = "CR2032"
    volts: float | None = None
    """What was measured, None if nothing was."""
    measured: date | None = None
    """The day of the measurement."""
    fitted: date | None = None
    """The day on which the cell was put in, None if that is not known."""
    old_volts: float | None = None
    """What the cell before it measured when it was changed, None if nothing was."""
    none: bool = False
    """Whether the memory was converted and needs no cell."""
    removed: date | None = None
    """The day on which the cell was taken out, where no other is known to be in."""
    lost: date | None = None
    """The day on which the memory was not kept with this cell in, None where it was, or since."""

    @property
    def due(self) -> date | None:
        """Return when the cell is next due: five years after it was fitted, None if unknown.

        One that was measured low is due on that day, one that was taken out on that, and one that
        did not keep the memory on that.
        """
        if self.none:
            return None
        if self.removed is not None:
            return self.removed
        if self.lost is not None:
            return self.lost
        if self.is_low:
            return self.measured
        return years_after(self.fitted, CELL_YEARS) if self.fitted else None

    @property
    def is_low(self) -> bool:
        """Return whether so little was measured that the M1 would warn, or too little for new."""
        if self.volts is None:
            return False
        is_new = self.fitted is not None and self.fitted == self.measured
        return self.volts <= LOW_VOLTS or (is_new and self.volts < NEW_VOLTS)

    @property
    def text(self) -> str:
        """Return it in one line: "CR2032 fitted 2026-11-20, 3.21 V on 2026-11-20"."""
        if self.none:
            since = f" since {self.fitted}" if self.fitted else ""
            return f"no cell{since}: the memory was converted, and nothing is due"
        old = "" if self.old_volts is None else f"one measured {self.old_volts:g} V"
        if self.removed is not None:
            had = old and f"; the old {old}"
            return (
                f"taken out {self.removed}, and no new one has been proved to keep the memory{had}"
            )
        fitted = f"fitted {self.fitted}" if self.fitted else "fitted on an unknown date"
        measured = "not measured" if self.volts is None else f"{self.volts:g} V"
        on = f" on {self.measured}" if self.measured else ""
        before = old and f"; the previous {old}"
        lost = "" if self.lost is None else f"; the memory was lost on {self.lost}"
        return f"{self.cell} {fitted}, {measured}{on}{before}{lost}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What all files of the log have in common."""

    NEWEST: ClassVar[int] = 1
    """The version of such a file that is written; earlier ones are read, too."""

    version: int = 1
    id: str
    created: str
    """Local time with its offset, ISO 8601."""

    @classmethod
    def decoded(cls, data: bytes, version: int) -> Self:
        """Return what the bytes of a file of that version hold. Raises msgspec.DecodeError."""
        del version
        return msgspec.json.decode(data, type=cls)


class InstrumentRecord(Record, frozen=True, kw_only=True):
    """An instrument that comes to the workshop."""

    model: str
    serial: str = ""
    tag: str = ""
    """The owner's mark or name."""
    rom: str = ""
    """The number on its ROM, or the version that it told."""
    notes: str = ""
    battery: Battery | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """What no dump contains, as it was written down last: its words on the panel, and the value."""
    virtual: bool = False
    """Whether it is the virtual M1, on which procedures are rehearsed."""

    @property
    def title(self) -> str:
        """Return what it is called in one line: 'M1 112233 "Blue case"'."""
        tag = f'"{self.tag}"' if self.tag else ""
        return " ".join(part for part in (self.model, self.serial, tag) if part)


class HeardSound(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a sound that was played."""

    at: str
    """Local time with its offset, ISO 8601."""
    sound: str
    """What it is called: "program I17 Organ 2"."""
    source: str
    """Where it was from: "the M1's memory", or a file's name."""
    verdict: Literal["right", "wrong", "silent"]
    note: str = ""

    @property
    def text(self) -> str:
        """Return it in one line."""
        return f"{self.verdict_text} ({self.source}, {self.at[11:16]})"

    @property
    def verdict_text(self) -> str:
        """Return what was said of it, with the note: "sounds wrong: buzzes"."""
        note = f": {self.note}" if self.note else ""
        says = "silent" if self.verdict == "silent" else f"sounds {self.verdict}"
        return f"{says}{note}"


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """A photograph or a part that was taken out of a visit again."""

    at: str
    """Local time with its offset, ISO 8601."""
    what: Literal["photograph", "part"]
    text: str
    """As it was noted."""

    @property
    def line(self) -> str:
        """Return it in one line: "part 2 screws, removed 2026-11-20 09:41"."""
        return f"{self.what} {self.text}, removed {self.at[:16].replace('T', ' ')}"


class VisitRecord(Record, frozen=True, kw_only=True):
    """A stay of an instrument in the workshop."""

    instrument: str = ""
    """The instrument's id, empty while it is not known."""
    ended: str = ""
    reported: str = ""
    """The complaint: what the owner says is wrong."""
    reference: str = ""
    """The customer's own number or name for the job."""
    technician: str = ""
    """Who works on it."""
    price: str = ""
    """What was agreed or is charged, with its currency, as it was written."""
    notes: str = ""
    """What the technician found and did beside the procedures."""
    photographs: tuple[str, ...] = ()
    """Paths of photographs; the files stay where they are."""
    parts: tuple[str, ...] = ()
    """Parts that were used beside those that the procedures noted."""
    removed: tuple[Removed, ...] = ()
    """Photographs and parts that were noted by mistake; no report has them any more."""
    heard: tuple[HeardSound, ...] = ()
    """The sounds that were marked, in the order in which they were heard."""
    automatic: bool = False
    """Whether a run began it, and no person: it takes the runs of one day."""

    @property
    def is_open(self) -> bool:
        """Return whether it is going on."""
        return not self.ended and not self.automatic


class BenchRecord(Record, frozen=True, kw_only=True):
    """Which visit is worked on: what is run on a real instrument belongs to it."""

    visit: str


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a step wrote or read, as it was then."""

    file: str
    sha256: str = ""
    """Empty where the file could not be read any more."""
    contents: tuple[str, ...] = ()
    """What it contains, in short phrases; empty where nothing is known of it."""
    bank: str = ""
    """ "internal" or "card", empty where nothing is known of it."""

    @property
    def named(self) -> str:
        """Return it with what it contains: 'a.syx (100 programs, 2 songs)'."""
        there = f"{'card: ' if self.bank == 'card' else ''}{', '.join(self.contents)}"
        return f"{self.file} ({there})" if self.contents else self.file


class GoneRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was no longer there at the end of its run as it was saved."""

    file: str
    happened: str
    """What became of it, in a sentence."""


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a run, and how it came to be done."""

    id: str
    title: str
    kind: str
    mark: str
    """ "open", "sensed", "by hand", "overridden" or "left out"."""
    glyph: str
    work: str = ""
    """What it is called on a customer's page where it was skipped; empty where that leaves nothing
    important, and in records of an earlier program."""
    senses: bool
    """Whether the instrument can prove it, and not only the person's word."""
    checks: tuple[str, ...] = ()
    """The names of the checks that prove it; none in records of an earlier program."""
    bank: str = "internal"
    """Which memory it reads or writes: "internal" or "card"."""
    part: str = "all"
    """Which part of it, as in the step; "all" in records of an earlier program."""
    verdicts: tuple[Verdict, ...] = ()
    earlier: tuple[Verdict, ...] = ()
    """What earlier attempts gave."""
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    """What in the run speaks against what was written down or answered here."""
    not_redone: tuple[str, ...] = ()
    """Of a repair, or of a new cell, the titles of later steps of the hands that were done before
    it was done last."""
    choice: str = ""
    fault_stays: bool = False
    """Whether the choice says that the fault is still there."""
    unknown: bool = False
    """Whether the choice says that the technician does not know."""
    values: tuple[tuple[str, str], ...] = ()
    """What was written down, by the values' names."""
    earlier_values: tuple[tuple[str, str], ...] = ()
    """What was written down before and is not what was written down at last, by the names; empty
    where a value had none before."""
    written_at: tuple[tuple[str, str], ...] = ()
    """When a value was written down as it stands, by its name; none where all were at once."""
    earlier_choices: tuple[str, ...] = ()
    """What was answered before and is not what was answered at last, the oldest first."""
    labels: tuple[tuple[str, str], ...] = ()
    """What the values are called, by their names."""
    good: tuple[tuple[str, str], ...] = ()
    """Between what a measured value is good, by its name: ("rail-5", "4.9 to 5.2 V")."""
    units: tuple[tuple[str, str], ...] = ()
    """The units of values, by their names."""
    settings: bool = False
    """Whether the values are settings of the instrument, which a later step sets again."""
    sets_back: bool = False
    """Whether it sets again what a step of settings has written down."""
    unchecked: tuple[str, ...] = ()
    """Which of that nothing has shown to be so since then, each as a sentence: "Local is ON"."""
    records: CellStep | None = None
    """What it tells of the cell once it is done."""
    cell: tuple[tuple[CellValue, str], ...] = ()
    """What was written down of the cells."""
    before_repair: bool = False
    """Whether the repair was made in the run once it was done."""
    repaired: str = ""
    """When the repair was made, if the step was answered after it, and earlier attempts may have
    come before; empty for others, and in records of an earlier program."""
    mends: bool = False
    """Whether it is the step at which the repair is made."""
    note: str = ""
    reason: str = ""
    earlier_reasons: tuple[str, ...] = ()
    """Why it was skipped before something else was done of it, the oldest first."""
    later: str = ""
    """Where a later step proved all that this one was to prove or to set, in sentences."""
    untested: str = ""
    """Why a test of the instrument was left out by an answer, in a sentence."""
    because: str = ""
    """The same as a clause for an owner; empty in records of an earlier program."""
    faults_noted: tuple[str, ...] = ()
    """What was written down here, or was answered before, of a fault: a later answer may deny it.
    Each is in sentences."""
    loses: str = ""
    """What is lost for ever where the step is skipped, as a clause."""
    alarms: tuple[str, ...] = ()
    """What was seen at the instrument that the step did not ask for, each in a line."""
    alarm_times: tuple[str, ...] = ()
    """When each of the alarms was raised, ISO 8601; empty where that is the time of an answer. None
    in records of an earlier program."""
    started: str = ""
    ended: str = ""
    backup: FileRecord | None = None
    earlier_backups: tuple[FileRecord, ...] = ()
    """The files that earlier attempts have kept, the oldest first."""
    origin: FileRecord | None = None
    """Where sounds came from."""

    @property
    def proved(self) -> bool:
        """Return whether the instrument proved it."""
        return self.mark == "sensed"

    @property
    def done(self) -> bool:
        """Return whether it is done, proved or on the person's word."""
        return self.mark in ("sensed", "by hand")

    @property
    def answered(self) -> bool:
        """Return whether the instrument was ever asked at it."""
        return bool(self.verdicts or self.earlier)

    @property
    def observed(self) -> tuple[Verdict, ...]:
        """Return the answers of the instrument that decide nothing."""
        return tuple(one for one in self.verdicts if not one.decides and one.passed is not None)

    @property
    def by_word(self) -> bool:
        """Return whether the technician's word is all that there is of it."""
        known = not (self.senses or self.unknown)
        return self.mark == "by hand" and known and not self.observed

    @property
    def faults(self) -> tuple[Verdict, ...]:
        """Return the answers by which something is wrong with the instrument itself."""
        return tuple(
            one
            for one in self.verdicts
            if one.passed is False and (one.expected or one.decides) and one.shows_fault
        )

    @property
    def needs_no_cell(self) -> bool:
        """Return whether it is known by it that the memory was converted and needs no cell.

        A tick where the instrument could have proved it leaves that open.
        """
        return self.records == "no-cell" and (self.proved or self.by_word)

    @property
    def value_lines(self) -> Iterator[str]:
        """Yield what was written down: "Rail at pin 1: 5.06 V (expected 4.9 to 5.2 V)"."""
        labels, good, units = dict(self.labels), dict(self.good), dict(self.units)
        times = dict(self.written_at)
        for name, value in self.values:
            unit = units.get(name, "")
            shown = f"{value} {unit}".rstrip() if value else "not written down"
            expected = f" (expected {good[name]})" if value and name in good else ""
            at = f", written down at {times[name][11:19]}" if value and name in times else ""
            yield f"{quantity(labels.get(name, name), unit)}: {shown}{expected}{at}"
        for name, value in self.earlier_values:
            unit = units.get(name, "")
            shown = f"{value} {unit}".rstrip() if value else "nothing"
            expected = f" (expected {good[name]})" if value and name in good else ""
            label = quantity(labels.get(name, name), unit)
            yield f"written down before: {label}: {shown}{expected}"

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts that were used, as they were written down; "none" is no part."""
        written = (value for what, value in self.cell if what == "parts" and value)
        return tuple(value for value in written if is_part(value))

    @property
    def labelled(self) -> tuple[tuple[str, str], ...]:
        """Return what was written down, each with its words: ("Clock, CLK (5-1)", "INT")."""
        labels = dict(self.labels)
        return tuple((labels.get(name, name), value) for name, value in self.values if value)

    @property
    def deciding(self) -> Iterator[Verdict]:
        """Yield the verdicts that decide the step."""
        return (verdict for verdict in self.verdicts if verdict.decides)


_FEW = 6
"""As many open steps are named each."""
_NUMBERS = (
    "no",
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
)


class RunRecord(Record, frozen=True, kw_only=True):
    """A run of a procedure."""

    NEWEST: ClassVar[int] = 4

    version: int = 4
    visit: str
    """The visit that it belongs to, empty before the log knows it."""
    journal: str
    """The name of its journal."""
    journal_bytes: int
    """How much of its journal is recorded: whole lines, in bytes."""
    procedure: str
    title: str
    work: str = ""
    """What it is called on a customer's page; empty in records of an earlier program."""
    asks: bool = False
    """Whether answers lead past most of its steps: they choose what is done."""
    led_to: str = ""
    """The procedure to which the answers have led, by its id."""
    port: str
    model: str = ""
    """Which model the instrument was, empty where nobody said so."""
    program: str
    """The m1tui that ran it."""
    started: str
    ended: str
    outcome: str
    """VERIFIED, DONE BY HAND, PROVED IN PART, MISMATCH, REFUSED, UNKNOWN or UNFINISHED."""
    abandoned: str = ""
    """Why it was given up."""
    losses: tuple[str, ...] = ()
    """What of the memory was lost in the run that no backup of it contains, as phrases."""
    changed: tuple[str, ...] = ()
    """What was changed that no step asked for, after it was saved, in sentences."""
    mishaps: tuple[tuple[str, str], ...] = ()
    """Which of `changed` can be said to an owner in a clause, and the clause: 'song 0 "Workbench"
    (tracks 1 to 4) was erased'."""
    saved_losses: tuple[str, ...] = ()
    """What of the memory was lost in the run that a file contains, in sentences. A record of an
    earlier program has them among `changed`."""
    plainly: tuple[tuple[str, str], ...] = ()
    """Some of `saved_losses`, each with what is said of it to an owner, in sentences."""
    missing_songs: int = 0
    """How many songs are among `saved_losses`."""
    card_lost: bool = False
    """Whether what was on a card is among `saved_losses`."""
    beside: tuple[str, ...] = ()
    """What the answers by which steps are proved say besides, in sentences."""
    objection: str = ""
    """What of an answer or a measured value speaks against the outcome, in a clause."""
    left: tuple[str, ...] = ()
    """Settings that the run has changed or found so, and not set back, in sentences."""
    closing: tuple[Verdict, ...] = ()
    """What the instrument answered when it was asked again before the run ended; their names are
    sentences: "the memory matches its source"."""
    not_asked: tuple[str, ...] = ()
    """What no message asks for, and was so when it was proved, each in such a sentence."""
    unproved: tuple[str, ...] = ()
    """What nothing in the run proves, each in such a sentence. A record of an earlier program has
    there, too, what was proved before its keys were pressed again."""
    not_again: tuple[str, ...] = ()
    """What was proved, and not again after a step had its keys pressed once more, in whole
    sentences."""
    gone: tuple[GoneRecord, ...] = ()
    steps: tuple[StepRecord, ...]

    @property
    def called(self) -> str:
        """Return what the work is called for a customer."""
        return self.work or self.title

    @property
    def harm(self) -> Harm | None:
        """Return what speaks louder than the word with which it ended."""
        return Harm.worst(
            fault_stays=any(step.fault_stays for step in self.steps),
            lost=bool(self.losses or self.saved_losses),
            changed=bool(self.changed),
        )

    @property
    def harm_text(self) -> str:
        """Return that in words; "" where there is no harm."""
        songs = self.missing_songs
        if self.harm is Harm.LOST and songs and len(self.saved_losses) == 1 and not self.losses:
            count = _NUMBERS[songs] if songs < len(_NUMBERS) else str(songs)
            return f"{count} song{' was' if songs == 1 else 's were'} lost"
        if self.harm is Harm.LOST and self.card_lost and len(self.saved_losses) == 1:
            return "memory was lost" if self.losses else "what was on the card was lost"
        return self.harm.value if self.harm is not None else ""

    @property
    def only_suspected(self) -> bool:
        """Return whether all faults that were found are what a person's answers point to."""
        found = [one for step in self.steps if step.mark == "found" for one in step.deciding]
        bad = [one for one in found if one.passed is False]
        return bool(bad) and all(one.suspects for one in bad)

    @property
    def untested(self) -> tuple[str, ...]:
        """Return which tests of the instrument an answer has left out, in sentences."""
        return tuple(step.untested for step in self.steps if step.untested)

    def after(self, at: StepRecord) -> Iterator[Answers]:
        """Yield what the steps after that one that count were answered."""
        later = self.steps[self.steps.index(at) + 1 :]
        return ((one.before_repair, one.verdicts) for one in later if one.mark != "left out")

    def tried_last(self, fault: Verdict, at: StepRecord) -> Verdict | None:
        """Return the last answer to what showed a fault at a step, None if none came after it."""
        found = last_answer(fault, self.after(at))
        return found[1] if found is not None else None

    @property
    def is_rehearsal(self) -> bool:
        """Return whether it ran on a virtual M1 in the program itself."""
        return is_virtual(self.port)

    @property
    def open_steps(self) -> tuple[str, ...]:
        """Return the titles of the steps that were not done."""
        return tuple(step.title for step in self.steps if step.mark == "open")

    @property
    def not_begun(self) -> tuple[StepRecord, ...]:
        """Return the open steps behind all of which anything is recorded; () where they are few.

        Of a run that was left early they are too many to name each.
        """
        tail: list[StepRecord] = []
        for step in self.steps:
            if step.mark == "left out":
                continue
            told = step.verdicts or step.earlier or step.note or step.alarms or step.earlier_reasons
            if step.mark == "open" and not told:
                tail.append(step)
            else:
                tail.clear()
        return tuple(tail) if len(tail) > _FEW else ()

    @property
    def only_asked(self) -> bool:
        """Return whether an answer ended it before anything but questions was done."""
        done = {step.kind for step in self.steps if step.mark not in ("open", "left out")}
        more = any(step.mark == "left out" and step.kind != "question" for step in self.steps)
        return done == {"question"} and more and not self.open_steps

    @property
    def sounds(self) -> str:
        """Return whose sounds a restore has proved to be in the M1, "" where none has.

        They are what was chosen last before it.
        """
        if self._sent in ("", DEMO):
            return self._sent and DEMO_SOUNDS
        return f"what is in the file {self._sent.replace(' :: ', ', ')}"

    @property
    def _sent(self) -> str:
        found = chosen = ""
        for step in self.steps:
            if step.origin is not None and step.done:
                chosen = step.origin.file
            if step.kind == "restore" and step.proved and chosen:
                found = chosen
        return found

    def with_renamed(self, old: str, new: str) -> Self:
        """Return the record with the dump `old` called `new` wherever it stands.

        Answers of the instrument stay as they were given.
        """

        def said(lines: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(one.replace(f'"{old}"', f'"{new}"') for one in lines)

        def both(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
            return tuple((first, second) for first, second in map(said, pairs))

        steps = (
            msgspec.structs.replace(
                step,
                backup=_called(step.backup, old, new),
                earlier_backups=tuple(_renamed(one, old, new) for one in step.earlier_backups),
                origin=_called(step.origin, old, new),
                evidence=said(step.evidence),
                against=said(step.against),
                alarms=said(step.alarms),
            )
            for step in self.steps
        )
        gone = (
            GoneRecord(file=new if one.file == old else one.file, happened=said((one.happened,))[0])
            for one in self.gone
        )
        return msgspec.structs.replace(
            self,
            steps=tuple(steps),
            gone=tuple(gone),
            changed=said(self.changed),
            mishaps=both(self.mishaps),
            saved_losses=said(self.saved_losses),
            plainly=both(self.plainly),
            beside=said(self.beside),
        )

    def written(self, what: CellValue) -> str:
        """Return what was written down last of something, "" for nothing."""
        found = [value for step in self.steps for one, value in step.cell if one == what and value]
        return found[-1] if found else ""

    @classmethod
    def decoded(cls, data: bytes, version: int) -> Self:
        """Return what the bytes of a file of that version hold. Raises msgspec.DecodeError."""
        if version == cls.NEWEST:
            return super().decoded(data, version)
        run: Any = msgspec.json.decode(data)
        mend_run(run, version)
        run["version"] = cls.NEWEST
        return msgspec.convert(run, cls)


def last_answer(fault: Verdict, later: Iterable[Answers]) -> tuple[bool, Verdict] | None:
    """Return the last answer of later steps to what showed a fault, None if none came.

    Before it stands whether it came before the repair.
    """
    found = [
        (before_repair, one)
        for before_repair, verdicts in later
        for one in verdicts
        if one.name == fault.name and one.passed is not None
    ]
    return found[-1] if found else None


def _called(record: FileRecord | None, old: str, new: str) -> FileRecord | None:
    """Return a file's record with its new name; what was chosen of the file stands behind it."""
    return None if record is None else _renamed(record, old, new)


def _renamed(record: FileRecord, old: str, new: str) -> FileRecord:
    name, between, chosen = record.file.partition(" :: ")
    return (
        msgspec.structs.replace(record, file=f"{new}{between}{chosen}") if name == old else record
    )


def is_cell(part: str) -> bool:
    """Return whether a part that was noted is a cell; its holder is none."""
    return part.casefold().startswith("cell") and "holder" not in part.casefold()


def is_part(written: str) -> bool:
    """Return whether what was written as a part is one: "none" and "none: cleaned only" are not."""
    return not written.startswith("none")


def quantity(label: str, unit: str) -> str:
    """Return what was measured, "Old cell" of "Old cell, volts": the unit stands at the value."""
    return label.removesuffix(f", {_UNITS[unit]}") if unit in _UNITS else label


_UNITS = {"V": "volts", "MΩ": "megohms"}
"""Units, and the words for them that stand behind a label where a value is to be typed."""


def years_after(day: date, years: int) -> date:
    """Return the same day years later; 28 February for a 29th that does not exist.

    The calendar's last day, 9999-12-31, stands for all that come after it.
    """
    if day.year + years > MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


_STEPS = {"remove-cell": "cell-out", "insert-cell": "cell-in", "hold": "cell-holds"}
"""What the battery's steps tell the log, by the ids that they had."""
_VALUES = ("old-cell-volts", "new-cell-volts", "cell-type")
"""The names of the values that tell the log of cells, and what they tell."""


def mend_header(header: dict[str, Any]) -> None:
    """Say in the first line of a journal what the procedure's steps and values record."""
    for step in _each(header.get("procedure"), "steps"):
        step["records"] = _recorded_by(step)
        for field in _each(step, "fields"):
            name = field.get("name")
            field["records"] = name if name in _VALUES else None


def mend_verdicts(holder: dict[str, Any], key: str = "verdicts") -> None:
    """Give advice its parts: an event's, or those of a step in the log.

    The code is not known, and empty. Which part a third of three lines was is not known either; it
    becomes the cause. Advice that has all parts is left: today's lines are added to old journals.
    """
    for verdict in _each(holder, key):
        lines = verdict.get("advice")
        if isinstance(lines, list) and len(lines) < len(Advice._fields):
            verdict["advice"] = ["", *lines, *([""] if len(lines) == 1 else [])] if lines else None


def mend_outcomes(holder: dict[str, Any], key: str = "verdicts") -> None:
    """Give restores of the time before these were values the outcome, and whether they wrote."""
    for verdict in _each(holder, key):
        word, _, rest = str(verdict.get("evidence", "")).partition(": ")
        if verdict.get("name") == "restore" and word in Outcome.__members__:
            verdict.setdefault("outcome", word)
            verdict.setdefault("wrote", not rest.startswith("nothing was written"))


_SAID = {
    "answers": ("rom", "evidence", re.compile(r"\bROM ([0-9]+)\b")),
    "keybed": ("stuck-keys", "found", re.compile(r"(?:^|; )stuck: ([^;]+)")),
}
"""What verdicts of these names once said only in a sentence: the value's name, where, and how."""


def mend_values(holder: dict[str, Any], key: str = "verdicts") -> None:
    """Give verdicts of the time before these were values what they say in their sentences."""
    for verdict in _each(holder, key):
        value, where, form = _SAID.get(str(verdict.get("name")), ("", "", None))
        found = form.search(str(verdict.get(where, ""))) if form is not None else None
        if found is not None:
            verdict.setdefault("values", [[value, found[1]]])


def mend_gone(run: dict[str, Any]) -> None:
    """Give what was gone its file: the one that the sentence names of those that the run kept."""
    saved = (step.get("backup") for step in _each(run, "steps"))
    kept = [one.get("file") for one in saved if isinstance(one, dict)]
    gone = run.get("gone")
    if isinstance(gone, list):
        run["gone"] = [
            {"file": next((one for one in kept if f'"{one}"' in str(said)), ""), "happened": said}
            for said in gone
        ]


def mend_run(run: dict[str, Any], version: int) -> None:
    """Bring a run of the log, of that version, into today's form."""
    mend_gone(run)
    for step in _each(run, "steps"):
        mend_verdicts(step)
        mend_verdicts(step, "earlier")
        for key in ("verdicts", "earlier"):
            mend_outcomes(step, key)
            mend_values(step, key)
        if version > 1:
            continue
        step["records"] = _recorded_by(step)
        values = step.get("values")
        if isinstance(values, list):
            step["cell"] = [one for one in values if isinstance(one, list) and _of_cells(one)]


def _recorded_by(step: dict[str, Any]) -> str | None:
    name = step.get("id")
    return _STEPS.get(name) if isinstance(name, str) else None


def _of_cells(value: list[Any]) -> bool:
    return bool(value) and value[0] in _VALUES


def _each(holder: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in a list that an object holds."""
    found = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))
