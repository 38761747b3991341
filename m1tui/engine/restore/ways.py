"""Chooses how a file gets into memory: not at all, object by object, or as a whole.

The times are those of the bytes on the wire, replies and read-back included, and of the pauses
that the pacing wants. One by one they are what it takes at most, with the turns of many short
questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore.edit_buffers import KINDS, Kind, load_message
from m1tui.engine.restore.history import SOUNDS, Job
from m1tui.sysex import Allocation, Bank, Contents, Part, Record, message_size

TURN = 0.01
"""Seconds that interface and M1 may take for each question beside its bytes (assumed)."""
CLEARLY = 0.8
"""The share of the other way's time at which one by one is chosen: it has many more turns."""
_STATUS, _REQUEST, _BANK_REQUEST, _WRITE, _MODE = 6, 6, 7, 8, 8 + 6 + 6 + 10
"""Bytes of the short messages; of a mode change with its status, mode request and mode data."""


class Way(StrEnum):
    """How a file gets into memory; the value is the word for a person."""

    NOTHING = "nothing to write"
    """Memory holds it already."""
    ONE_BY_ONE = "one by one"
    WHOLE = "as a whole"


@dataclass(frozen=True, slots=True)
class Plan:
    """The way chosen, and what it was chosen by."""

    way: Way
    objects: int
    """Programs and combinations that differ, global data and sequence counting as one each."""
    differing: str
    """The same in words: "12 programs and the sequence"."""
    one_by_one: float | None
    """Seconds at most; None where it cannot be done so."""
    whole: float
    """Seconds."""

    @property
    def text(self) -> str:
        """The choice as a sentence, with both times."""
        if self.way is Way.NOTHING:
            return "Nothing differs, so nothing needs to be written."
        verb = "differs" if self.objects == 1 else "differ"
        head = f"{self.differing} {verb}: "
        if self.one_by_one is None:
            return f"{head}{self.whole:.1f} s as a whole; not one by one: memory has other parts."
        return (
            f"{head}at most {self.one_by_one:.1f} s one by one, {self.whole:.1f} s as a whole; "
            f"{self.way.value} chosen."
        )


@dataclass(frozen=True, slots=True)
class Todo:
    """What differs."""

    numbers: Mapping[Part, tuple[int, ...]] = field(default_factory=dict)
    """The slots of programs and combinations."""
    others: frozenset[Part] = frozenset()
    """Sequence and global data, which have no smaller messages, and banks of another size."""

    @property
    def parts(self) -> frozenset[Part]:
        """All parts in which something differs."""
        return frozenset(self.numbers) | self.others


@dataclass(frozen=True, slots=True)
class Wire:
    """How fast bytes travel."""

    pacing: Pacing
    bytes_per_second: float

    def out(self, count: int) -> float:
        """Return the seconds for a message of `count` bytes to the M1."""
        return self.pacing.seconds(count, self.bytes_per_second)

    def back(self, count: int) -> float:
        """Return the seconds for `count` bytes from the M1."""
        return count / self.bytes_per_second


def todo_of(job: Job, held: Contents) -> Todo:
    """Return what differs between the file and a memory; on a card, see `compared`."""
    wanted, held = job.contents.comparable(job.bank), held.comparable(job.bank)
    numbers: dict[Part, tuple[int, ...]] = {}
    others = set()
    for kind in KINDS:
        records, there = kind.slots(wanted), kind.slots(held)
        if len(records) != len(there):
            if records:
                others.add(kind.part)
            continue
        pairs = enumerate(zip(records, there, strict=True))
        differing = tuple(number for number, (a, b) in pairs if not _alike(a, b))
        if differing:
            numbers[kind.part] = differing
    if wanted.global_ is not None and not _alike(wanted.global_, held.global_):
        others.add(Part.GLOBAL)
    mine, theirs = wanted.sequence, held.sequence
    if mine is not None and (
        theirs is None or mine.steps != theirs.steps or not _alike(mine.control, theirs.control)
    ):
        others.add(Part.SEQUENCE)
    return Todo(numbers, frozenset(others))


def _alike(one: Record, other: Record | None) -> bool:
    """Tell whether two records are the same but for what differs harmlessly."""
    return other is not None and (one == other or one.normal() == other.normal())


def choose(job: Job, held: Contents) -> Plan:
    """Choose how memory that holds `held` comes to hold the file."""
    wire = Wire(job.pacing or job.begin_with, job.bytes_per_second)
    todo = todo_of(job, held)
    if not todo.parts:
        return Plan(Way.NOTHING, 0, "", 0.0, 0.0)
    whole = sum(dump_seconds(job.contents, part, wire) for part in todo.parts)
    whole += reading_seconds(job, held, todo.parts, sent=todo.parts)
    count, words = counted(todo)
    if todo.others & SOUNDS:
        return Plan(Way.WHOLE, count, words, None, whole)
    singly = sending_seconds(job, todo, wire)
    singly += reading_seconds(job, held, todo.parts, sent=todo.others)
    only_dumps = not todo.numbers
    way = Way.ONE_BY_ONE if only_dumps or singly < CLEARLY * whole else Way.WHOLE
    return Plan(way, count, words, singly, whole)


def counted(todo: Todo) -> tuple[int, str]:
    """Return how many objects differ, and which in words."""
    words = []
    total = 0
    for kind in KINDS:
        numbers = todo.numbers.get(kind.part, ())
        if numbers:
            total += len(numbers)
            words.append(f"{len(numbers)} {kind.word}{'' if len(numbers) == 1 else 's'}")
    for part, name in _NAMES.items():
        if part in todo.others:
            total += 1
            words.append(f"the {name}")
    *first, last = words
    return total, f"{', '.join(first)} and {last}" if first else last


_NAMES = {
    Part.PROGRAMS: "programs",
    Part.COMBINATIONS: "combinations",
    Part.GLOBAL: "global data",
    Part.SEQUENCE: "sequence",
}


def forms_to_read(parts: Iterable[Part], sent: frozenset[Part], bank: Bank) -> tuple[Part, ...]:
    """Return the dumps in which to read `parts` back: none of them was `sent` as such a dump.

    So what something between the computer and the M1 sends back is never taken for an answer. All
    data are never sent, and can always be asked for; but not of a card, whose formats lack a part:
    there a part that was sent is read in its own form, and twice.
    """
    wanted = [part for part in _NAMES if part in parts]
    if bank is Bank.INTERNAL and (sent & set(wanted) or len(wanted) == len(_NAMES)):
        return (Part.ALL,)
    return tuple(wanted)


def size_of(contents: Contents, part: Part) -> int:
    """Return the bytes of the dump of `part` of a memory like `contents`."""
    steps = contents.sequence.step_count if contents.sequence is not None else 0
    return message_size(part, contents.allocation or Allocation.LARGE_PROGRAM, steps)


def dump_seconds(contents: Contents, part: Part, wire: Wire) -> float:
    """Return how long it takes to send the dump of `part`."""
    return wire.out(size_of(contents, part)) + wire.back(_STATUS)


def reading_seconds(
    job: Job, held: Contents, parts: Iterable[Part], sent: frozenset[Part]
) -> float:
    """Return how long it takes to read `parts` back once, where `sent` were sent as dumps."""
    forms = forms_to_read(parts, sent, job.bank)
    count = sum(
        _BANK_REQUEST + max(size_of(one, form) for one in (held, job.contents)) for form in forms
    )
    return count / job.bytes_per_second


def record_size(kind: Kind, held: Contents) -> int:
    """Return the bytes of the message that carries one record."""
    return len(load_message(0, kind.slots(held)[0]).encode())


def sending_seconds(job: Job, todo: Todo, wire: Wire) -> float:
    """Return how long it takes to send all of `todo`, object by object where that can be."""
    seconds = sum(dump_seconds(job.contents, part, wire) for part in todo.others)
    for kind in KINDS:
        numbers = todo.numbers.get(kind.part, ())
        if numbers:
            seconds += writing_seconds(kind, job.contents, len(numbers), wire)
    return seconds


def writing_seconds(kind: Kind, held: Contents, count: int, wire: Wire) -> float:
    """Return how long it takes to load and store `count` records, and to put all back."""
    size = record_size(kind, held)
    one = wire.out(size) + wire.out(_WRITE) + wire.back(2 * _STATUS) + 2 * TURN
    # The edit buffers and the mode that were in use are kept, and put back.
    around = 2 * wire.back(_REQUEST + size + 2 * _MODE) + 2 * wire.out(size + _STATUS) + 8 * TURN
    return count * one + around
