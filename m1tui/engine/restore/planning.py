"""What of a file fits into a memory, and how it gets there: object by object, or as a whole.

The times are those of the bytes on the wire, replies and read-back included, of the pauses that
the pacing wants, and of the turns: what this M1 was seen to take for each answer. One by one, with
many short questions, they are what it takes at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from m1tui.advice import Advice, listed
from m1tui.engine.keys import ALLOCATE, DESTROYED, FORMAT_CARD
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore.edit_buffers import KINDS, Kind, load_message
from m1tui.engine.restore.history import SOUNDS, Job
from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    CardState,
    Contents,
    ModeData,
    Part,
    Record,
    message_size,
)
from m1tui.sysex.causes import cause_of, is_problem, said
from m1tui.sysex.examine import Finding, examine
from m1tui.sysex.leaning import Need, leaning_in, leanings
from m1tui.sysex.slots import NO_SLOTS, Slots

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
        head = f"Before sending, {self.differing} differed. Way chosen: {self.way.value}, "
        if self.one_by_one is None:
            return (
                f"{head}{_ESTIMATED} {self.whole:.1f} s; one by one is not possible, because the "
                "bank sizes differ."
            )
        if self.way is Way.WHOLE:
            other = f"one by one would take at most {self.one_by_one:.1f} s"
            if self.one_by_one < self.whole:
                other += ", which is not clearly faster"
            return f"{head}{_ESTIMATED} {self.whole:.1f} s; {other}."
        other = f"as a whole would take {self.whole:.1f} s"
        return f"{head}{_ESTIMATED} {self.one_by_one:.1f} s at most; {other}."


_ESTIMATED = "estimated at"
"""Before a time of a plan: how long it took is said elsewhere, with the reading back."""


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
    turn: float
    """Seconds that a question takes beside its bytes."""

    @classmethod
    def of(cls, job: Job, pacing: Pacing | None = None) -> Wire:
        """Return the job's wire, with the pacing that it begins with or another."""
        return cls(pacing or job.pacing or job.begin_with, job.bytes_per_second, job.turn)

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
    wire = Wire.of(job)
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
    return wire.out(size_of(contents, part)) + wire.back(_STATUS) + wire.turn


def reading_seconds(
    job: Job, held: Contents, parts: Iterable[Part], sent: frozenset[Part]
) -> float:
    """Return how long it takes to read `parts` back once, where `sent` were sent as dumps."""
    forms = forms_to_read(parts, sent, job.bank)
    count = sum(
        _BANK_REQUEST + max(size_of(one, form) for one in (held, job.contents)) for form in forms
    )
    return count / job.bytes_per_second + len(forms) * job.turn


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
    one = wire.out(size) + wire.out(_WRITE) + wire.back(2 * _STATUS) + 2 * wire.turn
    # The edit buffers and the mode that were in use are kept, and put back.
    around = (
        2 * wire.back(_REQUEST + size + 2 * _MODE) + 2 * wire.out(size + _STATUS) + 8 * wire.turn
    )
    return count * one + around


# What fits, and what is refused


NOTHING_SENT = "None of it was sent; the instrument's memory is unchanged."
ORDER = (Part.SEQUENCE, Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL)
"""The order of sending: what may be refused as a whole first, what no protect covers last."""


def extent(parts: Collection[Part]) -> Part:
    """Return the part whose dump covers all of `parts`."""
    (first, *others) = parts
    return Part.ALL if others else first


def dump_of(
    contents: Contents, part: Part, mode_data: ModeData, bank: Bank, channel: int
) -> BankDump:
    """Return the message that carries `part`, on the instrument's channel, whatever the file's."""
    if not contents.parts & SOUNDS:
        # Steps do not depend on the allocation, only their room does, which is asked before.
        layout = mode_data.card_format
        on_card = layout.dump_allocation if layout is not None else None
        allocation = mode_data.allocation if bank is Bank.INTERNAL else on_card
        contents = contents.replace(allocation=allocation)
    return BankDump.of(contents, part, bank, channel)


def part_missing(contents: Contents, part: Part) -> Advice:
    """Return why a file without the wanted part is refused."""
    holds = ", ".join(contents.describe()) or "no M1 dump"
    return Advice(
        code="part-missing",
        happened=f"The file does not contain what you want to send: expected {part.label}, found "
        f"{holds}.",
        safe=NOTHING_SENT,
        cause="A file's name does not show what is in it.",
        next_step="Choose another file, or send one of the parts that it contains with --what.",
    )


def damage_in(contents: Contents, slots: Slots = NO_SLOTS) -> tuple[Finding, ...]:
    """Return what proves that `contents` and `slots` are not what an M1 sent, the worst first."""
    findings = (*examine(contents).findings, *examine(slots.contents()).findings)
    return tuple(one for one in findings if is_problem(one))


def broken_off(missing: Sequence[str]) -> str:
    """Return that a file breaks off, and what is not there, as one sentence without its end."""
    return f"the file is cut short and lacks {listed(missing)}"


def damage_words(damage: Sequence[Finding], missing: Sequence[str] = ()) -> str:
    """Return what is damaged or missing, the worst first, as one sentence without its end."""
    if missing:
        also = f"; {damage_words(damage)}" if damage else ""
        return f"{broken_off(missing)}{also}"
    first, *others = damage
    signs = "sign" if len(others) == 1 else "signs"
    more = f" (and {len(others)} more {signs} of damage)" if others else ""
    return f"{said(first)}{more}"


def damage_refused(
    damage: Sequence[Finding], missing: Sequence[str] = (), whole: Sequence[str] = ()
) -> Advice:
    """Return why damaged contents are refused, and how to send them all the same.

    `whole` describes what is whole of a file that breaks off.
    """
    if missing:
        return Advice(
            code="broken-file-not-accepted",
            happened=f"The file is damaged: {damage_words(damage, missing)}. "
            f"Intact: {', '.join(whole) or 'nothing'}.",
            safe=NOTHING_SENT,
            cause="The transfer or the download was cut short.",
            next_step="Find another copy of the file. "
            "To send only what is intact: --accept-damage.",
        )
    cause = cause_of(damage[0].code)
    return Advice(
        code="damage-not-accepted",
        happened=f"The file is damaged: {damage_words(damage)}.",
        safe=NOTHING_SENT,
        cause=cause.cause,
        next_step=f"{cause.next_step} To send it anyway: --accept-damage.".strip(),
    )


def needs(
    contents: Contents,
    slots: Slots,
    bank: Bank,
    told: ModeData | None,
    beside: Contents,
    there: Contents,
) -> tuple[str, ...]:
    """Return what the sounds need that is not sent with them, against the M1's own data.

    `beside` is what else the file has, `there` what the M1's memory is known to contain.
    """
    sent = contents.replace(
        programs=contents.programs or slots.contents().programs,
        combinations=contents.combinations or slots.contents().combinations,
    )
    said = (
        leaning_in(one, told, beside, there)
        for one in leanings(sent)
        if bank is Bank.INTERNAL or one.need is not Need.CARD_PROGRAMS
    )
    return tuple(filter(None, said))


def objection(
    contents: Contents, mode_data: ModeData, bank: Bank, slots: Slots = NO_SLOTS
) -> Advice | None:
    """Return why `contents` and `slots` cannot go into `bank` of this M1, or None."""
    if bank is Bank.CARD:
        return _card_objection(contents, mode_data, slots)
    allocation = mode_data.allocation
    if allocation is None:
        return allocation_unknown(mode_data, NOTHING_SENT)
    if contents.parts & SOUNDS and contents.allocation is not allocation:
        return _other_allocation(contents.allocation or Allocation.LARGE_PROGRAM, allocation)
    if slots.highest >= allocation.programs:
        return no_such_slot(slots, allocation, f"memory allocation {allocation.label}")
    return _too_long(contents, allocation.steps, f"memory allocation {allocation.label}")


def allocation_unknown(mode_data: ModeData, safe: str) -> Advice:
    """Return the advice for an allocation that no source names; `safe` is what is safe there."""
    return Advice(
        code="allocation-unknown",
        happened="The M1 reports an unknown memory allocation: expected 00 or 01, found "
        f"{mode_data.allocation_code:02X}.",
        safe=safe,
        cause="The answer was damaged on the way, or this is not an M1.",
        next_step="Try again; if that does not help, try another cable or interface.",
    )


def _other_allocation(wanted: Allocation, found: Allocation) -> Advice:
    return Advice(
        code="file-for-other-allocation",
        happened=f"The file is for memory allocation {wanted.label}, but the M1 is set to "
        f"{found.label}: expected {wanted.label}, found {found.label}.",
        safe=NOTHING_SENT,
        cause="The M1 refuses a dump made in a different allocation.",
        next_step=f"Choose a file for {found.label}, or back the M1 up and then press "
        f"{ALLOCATE[wanted]} on it: that changes its allocation and destroys {DESTROYED[wanted]}.",
    )


def _too_long(contents: Contents, capacity: int, where: str) -> Advice | None:
    steps = contents.sequence.step_count if contents.sequence is not None else 0
    if steps <= capacity:
        return None
    return Advice(
        code="sequence-too-long",
        happened=f"The file's sequence is too long for {where}: expected at most {capacity:,} "
        f"steps, found {steps:,}.",
        safe=NOTHING_SENT,
        cause="It was made with more sequencer memory: 50/50 has room for 7,700 steps, 100/100 for "
        "4,400.",
        next_step="Send only the other parts with --what, or make a backup and change the "
        "allocation.",
    )


def no_such_slot(slots: Slots, allocation: Allocation, where: str) -> Advice:
    """Return why sounds cannot go into slots that a memory of `allocation` does not have."""
    return Advice(
        code="slot-not-there",
        happened=f"There is no slot {slots.highest:02d}: expected 00 to {allocation.programs - 1} "
        f"({where}), found {slots.highest:02d}.",
        safe=NOTHING_SENT,
        next_step="Choose a lower slot.",
    )


def _card_objection(contents: Contents, mode_data: ModeData, slots: Slots) -> Advice | None:
    state, layout = mode_data.card, mode_data.card_format
    if state is CardState.RAM_PROTECTED:
        return _card(
            "a RAM card that can be written to",
            "one that is protected",
            "The card's write-protect switch is ON.",
            "Slide the card's write-protect switch to OFF, then try again.",
            code="card-write-protected",
        )
    if state is not CardState.RAM or layout is None:
        return _card(
            "a RAM card that can be written to",
            {CardState.ROM: "a ROM card"}.get(state, f"card {state.value}"),
            "The data card slot contains no card that can be written to, or the card is not "
            "formatted.",
            f"Put a RAM card into the top slot (page {FORMAT_CARD} formats it and erases it), "
            "then try again.",
            code="no-writable-card",
        )
    if contents.parts & SOUNDS and contents.allocation is not layout.allocation:
        found = contents.allocation.label if contents.allocation is not None else "?"
        return _card(
            f"contents that fit the card's format ({layout.words})",
            f"sounds for {found}",
            "A card is formatted for one kind of content.",
            "Choose a card with another format, or another part with --what.",
            code="card-format-unfit",
        )
    if slots.parts and layout.allocation is None:
        return _card(
            f"contents that fit the card's format ({layout.words})",
            "single sounds",
            "A card is formatted for one kind of content.",
            "Choose a card with another format.",
            code="card-format-unfit",
        )
    if layout.allocation is not None and slots.highest >= layout.allocation.programs:
        return no_such_slot(slots, layout.allocation, f"the card's format {layout.words}")
    if Part.GLOBAL in contents.parts and layout.allocation is None:
        return _card(
            f"contents that fit the card's format ({layout.words})",
            "global data",
            "A card is formatted for one kind of content.",
            "Send only the sequence with --what sequence, or choose another card.",
            code="card-format-unfit",
        )
    if Part.SEQUENCE in contents.parts and not layout.steps:
        return _card(
            f"contents that fit the card's format ({layout.words})",
            "sequencer data",
            "A card is formatted for one kind of content.",
            "Send only programs, combinations or global with --what, or choose another card.",
            code="card-format-unfit",
        )
    return _too_long(contents, layout.steps, f"a card with the format {layout.words}")


def _card(expected: str, found: str, cause: str, next_step: str, *, code: str) -> Advice:
    return Advice(
        code=code,
        happened=f"The file cannot be put on this card: expected {expected}, found {found}.",
        safe="None of it was sent; the card is unchanged.",
        cause=cause,
        next_step=next_step,
    )
