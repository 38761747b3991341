"""Chooses how a file gets into memory: not at all, object by object, or as a whole.

The times are those of the bytes on the wire, replies and read-back included, and of the pauses
that the pacing wants. One by one they are told as what they are at most: with the time that the M1
may need after each selection, and the turns of many short questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from m1tui.engine.compare import compare
from m1tui.engine.edit_buffers import FEW, KINDS, SETTLE, Kind, load_message
from m1tui.engine.pacing import Pacing
from m1tui.sysex import Allocation, Bank, BankDump, Contents, Part, message_size

TURN = 0.01
"""Seconds that interface and M1 may take for each question beside its bytes (assumed)."""
_STATUS, _REQUEST, _BANK_REQUEST, _WRITE, _CHANGE, _MODE = 6, 6, 7, 8, 2, 8 + 6 + 6 + 10
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
    obstacle: str = ""
    """Why it cannot be done one by one."""

    @property
    def text(self) -> str:
        """The choice as a sentence, with both times."""
        if self.way is Way.NOTHING:
            return "Nothing differs, so nothing needs to be written."
        verb = "differs" if self.objects == 1 else "differ"
        head = f"{self.differing} {verb}: "
        if self.one_by_one is None:
            return f"{head}{self.whole:.1f} s as a whole; not one by one, since {self.obstacle}."
        return (
            f"{head}at most {self.one_by_one:.1f} s one by one, {self.whole:.1f} s as a whole; "
            f"{self.way.value} chosen."
        )


@dataclass(frozen=True, slots=True)
class Todo:
    """What differs, as it would be sent one by one."""

    numbers: Mapping[Part, tuple[int, ...]] = field(default_factory=dict)
    """The slots of programs and combinations."""
    dumps: tuple[BankDump, ...] = ()
    """Sequence and global data, which have no smaller messages."""


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


def choose(
    wanted: Contents, held: Contents, dumps: tuple[BankDump, ...], wire: Wire, *, looped: bool
) -> tuple[Plan, Todo | None]:
    """Choose how memory that holds `held` comes to hold `wanted`, which `dumps` are the whole of.

    `looped` tells whether messages come back or come twice on the link: then no edit buffer proves
    anything. Return the plan, and what to send one by one if that was chosen.
    """
    todo = _todo(wanted, held, dumps[0].bank, dumps[0].channel)
    whole = sum(
        wire.out(size) + wire.back(_STATUS + _BANK_REQUEST + size)
        for size in (len(dump.encode()) for dump in dumps)
    )
    if todo is None or looped:
        obstacle = (
            "messages come back or come twice on this link" if looped else "memory has other parts"
        )
        if compare(wanted, held).equal:
            return Plan(Way.NOTHING, 0, "", 0.0, whole), None
        count, words = _counted(todo) if todo is not None else (1, "The memory")
        return Plan(Way.WHOLE, count, words, None, whole, obstacle), None
    count, words = _counted(todo)
    if not count:
        return Plan(Way.NOTHING, 0, "", 0.0, whole), None
    singly = _seconds(todo, held, dumps[0].bank, wire)
    if singly < whole:
        return Plan(Way.ONE_BY_ONE, count, words, singly, whole), todo
    return Plan(Way.WHOLE, count, words, singly, whole), None


def _todo(wanted: Contents, held: Contents, bank: Bank, channel: int) -> Todo | None:
    """Return what differs; None where memory is made otherwise than what is wanted."""
    numbers = {}
    for kind in KINDS:
        mine, theirs = kind.slots(wanted), kind.slots(held)
        if not mine:
            continue
        if len(mine) != len(theirs):
            return None
        pairs = enumerate(zip(mine, theirs, strict=True))
        differing = tuple(number for number, (a, b) in pairs if a.normal() != b.normal())
        if differing:
            numbers[kind.part] = differing
    parts = [
        part
        for part in (Part.SEQUENCE, Part.GLOBAL)
        if part in wanted.parts and not compare(wanted.only(part), held).equal
    ]
    if not {*parts} <= held.parts:
        return None
    return Todo(numbers, tuple(BankDump.of(wanted, part, bank, channel) for part in parts))


def _counted(todo: Todo) -> tuple[int, str]:
    words = []
    for kind in KINDS:
        count = len(todo.numbers.get(kind.part, ()))
        if count:
            words.append(f"{count} {kind.word}{'' if count == 1 else 's'}")
    parts = {dump.part for dump in todo.dumps}
    words += [f"the {word}" for part, word in _WHOLES.items() if part in parts]
    total = sum(len(numbers) for numbers in todo.numbers.values()) + len(todo.dumps)
    text = " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    return total, text[:1].upper() + text[1:]


_WHOLES = {Part.GLOBAL: "global data", Part.SEQUENCE: "sequence"}


def _seconds(todo: Todo, held: Contents, bank: Bank, wire: Wire) -> float:
    total = 0.0
    for kind in KINDS:
        numbers = todo.numbers.get(kind.part, ())
        if numbers:
            total += writing_seconds(kind, held, len(numbers), wire)
            total += reading_seconds(kind, held, len(numbers), bank, wire, settle=SETTLE + 2 * TURN)
            size = record_size(kind, held)
            # The edit buffer and the mode that were in use are kept, and put back.
            total += wire.back(_REQUEST + size + 2 * _MODE) + wire.out(size + _STATUS)
    for dump in todo.dumps:
        size = len(dump.encode())
        total += wire.out(size) + wire.back(_STATUS + _BANK_REQUEST + size)
    return total


def record_size(kind: Kind, held: Contents) -> int:
    """Return the bytes of the message that carries one record."""
    return len(load_message(0, kind.slots(held)[0]).encode())


def writing_seconds(kind: Kind, held: Contents, count: int, wire: Wire) -> float:
    """Return how long it takes to load and store `count` records."""
    one = wire.out(record_size(kind, held)) + wire.out(_WRITE) + wire.back(2 * _STATUS)
    return count * (one + 2 * TURN)


def reading_seconds(
    kind: Kind, held: Contents, count: int, bank: Bank, wire: Wire, *, settle: float
) -> float:
    """Return how long it takes to read back `count` slots: selected, or in the bank's dump."""
    by_dump = dump_seconds(kind, held, wire)
    return (
        by_dump
        if bank is Bank.CARD
        else min(by_dump, selecting_seconds(kind, held, count, wire, settle=settle, witnesses=1))
    )


def dump_seconds(kind: Kind, held: Contents, wire: Wire) -> float:
    """Return how long a dump of the whole bank takes."""
    allocation = held.allocation or Allocation.LARGE_PROGRAM
    return wire.back(_BANK_REQUEST + message_size(kind.part, allocation))


def selecting_seconds(
    kind: Kind, held: Contents, count: int, wire: Wire, *, settle: float, witnesses: int = 0
) -> float:
    """Return how long it takes to select and read `count` slots, and witnesses before them."""
    select = wire.back(_CHANGE + _STATUS) + settle
    read = wire.back(_REQUEST + record_size(kind, held))
    times = 2 if count <= FEW else 1
    return (count + witnesses) * select + (times * count + witnesses) * read
