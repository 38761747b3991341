"""Compares two memories object by object: equal, cosmetic or different, and where first.

Two files are also compared without the bank of the programs that combinations play.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise, zip_longest

from m1tui.sysex import Combination, Contents, GlobalData, Part, Record, Sequence, Value, printable
from m1tui.sysex.combination import SLOTS_OF_A_BANK
from m1tui.sysex.listing import differing_values, record_of
from m1tui.sysex.sequence import PATTERNS, SONGS, STEP_SIZE, TRACKS
from m1tui.sysex.slots import Slots, Taken
from m1tui.sysex.steps import step_text

SONG_TRACKS = SONGS * TRACKS
"""Tracks of all songs; the patterns' steps come behind theirs."""
ENDS = SONG_TRACKS + PATTERNS
"""Tracks and patterns together."""
KIT_SIZE = 30


WITHOUT_BANKS = (
    "The programs that combinations play were compared by number only (I17 counts as C17): "
    "combinations on a card play the card's programs."
)
"""Said where banks, or a file and a card, are compared."""


AS_ON_A_CARD = (
    "the same except for card numbers: on a card, the programs that a combination plays are "
    "numbered 100 higher (I17 as C17)"
)
"""Said of combinations of two files. Of files nobody knows which bank they came from."""


class Grade(StrEnum):
    """How much a difference matters."""

    COSMETIC = "cosmetic"
    """Nothing that sounds: 00 or 20 in names, bits that belong to no value."""
    CARD_NUMBERS = "card-numbers"
    """A combination plays the programs of the same numbers, but of the card's bank: 100 higher."""
    DIFFERENT = "different"
    ONLY_IN_FIRST = "only-in-first"
    """A part of memory that the second of two files does not contain."""
    ONLY_IN_SECOND = "only-in-second"


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not the same in both memories."""

    kind: str
    """program, combination, global, drum instrument, song, pattern, sequence."""
    number: int | None
    """As the instrument counts, from 0; a drum instrument counts through all four kits."""
    name: str
    """The object's name in the expected memory, safe on a screen; empty if it has none."""
    grade: Grade
    count: int
    """How many values differ; 0 where only unused bits or padding do."""
    first: str
    """The first of them: its label, its byte, what was expected, what was found."""

    @property
    def text(self) -> str:
        """The object as a person calls it: 'program 17 "Organ 2"'."""
        if self.kind == "drum instrument" and self.number is not None:
            kit, instrument = divmod(self.number, KIT_SIZE)
            return f"drum kit {kit + 1} instrument {instrument:02d}"
        words = ["global settings" if self.kind == "global" else self.kind]
        if self.number is not None:
            two_digits = self.kind in {"program", "combination"}
            words.append(f"{self.number:02d}" if two_digits else str(self.number))
        if name := self.name.strip():
            words.append(f'"{name}"')
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences between an expected and a found memory, in the order of memory."""

    differences: tuple[Difference, ...]

    @property
    def different(self) -> tuple[Difference, ...]:
        """The differences that matter."""
        return tuple(one for one in self.differences if one.grade is Grade.DIFFERENT)

    @property
    def cosmetic(self) -> tuple[Difference, ...]:
        """The differences that are harmless."""
        return tuple(one for one in self.differences if one.grade is Grade.COSMETIC)

    @property
    def card_numbers(self) -> tuple[Difference, ...]:
        """The combinations that are the same but for the bank whose programs they play."""
        return tuple(one for one in self.differences if one.grade is Grade.CARD_NUMBERS)

    @property
    def only_in_one(self) -> tuple[Difference, ...]:
        """The parts that one of two files does not contain."""
        return tuple(one for one in self.differences if one.grade in _ONLY_IN)

    @property
    def equal(self) -> bool:
        """Whether nothing that matters differs, and no part is missing on either side."""
        return not (self.different or self.only_in_one)

    @property
    def identical(self) -> bool:
        """Whether every byte is the same."""
        return not self.differences

    @property
    def counted(self) -> str:
        """How many objects differ, and the first of them by name."""
        return f"{len(self.different)} different: {self.summary()}"

    @property
    def detailed(self) -> str:
        """The same with the first value that differs, as expected and as found."""
        if not self.different:
            return self.counted
        first = self.different[0]
        if len(self.different) == 1:
            return f"{self.counted} ({first.first})"
        return f"{self.counted}; first, {first.text}: {first.first}"

    def summary(self, limit: int = 4) -> str:
        """Return what differs in one line: the first `limit` objects by name, and how many more."""
        named = [one.text for one in self.different]
        if not named:
            return "no differences"
        rest = len(named) - limit
        shown = ", ".join(named[:limit])
        return f"{shown} and {rest} more" if rest > 0 else shown


NO_DIFFERENCE = "no difference"
"""What a comparison expects."""
_ONLY_IN = {
    Grade.ONLY_IN_FIRST: "only in the first file",
    Grade.ONLY_IN_SECOND: "only in the second",
}


def compare(expected: Contents, found: Contents) -> Comparison:
    """Compare the parts that `expected` holds with the same parts of `found`.

    A part that `found` lacks, or holds in another number, is a difference of its own.
    """
    return Comparison(tuple(_differences(expected, found)))


def identical(expected: Contents, found: Contents) -> bool:
    """Tell whether `compare` finds no difference at all, however small; quicker than it."""
    return next(_differences(expected, found), None) is None


def equal(expected: Contents, found: Contents) -> bool:
    """Tell whether `compare` finds no difference that matters; quicker than it."""
    return all(one.grade is not Grade.DIFFERENT for one in _differences(expected, found))


def _differences(expected: Contents, found: Contents) -> Iterator[Difference]:
    if expected.programs is not None:
        yield from _bank("program", expected.programs, found.programs)
    if expected.combinations is not None:
        yield from _bank("combination", expected.combinations, found.combinations)
    if expected.global_ is not None:
        if found.global_ is None:
            yield _missing("global", "global data", "none")
        elif expected.global_ != found.global_:
            yield from _global(expected.global_, found.global_)
    if expected.sequence is not None:
        if found.sequence is None:
            yield _missing("sequence", "sequencer data", "none")
        elif expected.sequence.raw != found.sequence.raw:
            yield from _sequence(expected.sequence, found.sequence)


def _bank(
    kind: str, expected: tuple[Record, ...], found: tuple[Record, ...] | None
) -> Iterator[Difference]:
    have = found or ()
    if len(have) != len(expected):
        yield _missing(f"{kind}s", f"{len(expected)} {kind}s", str(len(have)))
    for number, (one, other) in enumerate(zip(expected, have, strict=False)):
        if one.raw != other.raw:
            yield record_difference(kind, number, one, other)


def _missing(kind: str, expected: str, found: str) -> Difference:
    first = f"expected {expected}, found {found}"
    return Difference(kind, None, "", Grade.DIFFERENT, 1, first)


def record_difference(kind: str, number: int | None, one: Record, other: Record) -> Difference:
    """Return the difference of two records of one kind whose bytes differ."""
    name = str(getattr(one, "name", "")).rstrip()
    if one.normal() == other.normal():
        return Difference(kind, number, name, Grade.COSMETIC, 0, _first_byte(one, other))
    differing = [(a, b) for a, b in one.pairs(other) if a.value != b.value]
    if not differing:
        # Two different control characters of a name are shown alike, and are not the same.
        return Difference(kind, number, name, Grade.DIFFERENT, 1, _first_byte(one, other))
    a, b = differing[0]
    first = f"{a.label}: expected {_shown_value(a)}, found {_shown_value(b)}"
    return Difference(kind, number, name, Grade.DIFFERENT, len(differing), first)


def _shown_value(parameter: Value) -> str:
    """Return a value as it is read: a name in quotation marks, without what pads it."""
    text = printable(parameter.shown)
    return f'"{text.rstrip()}"' if isinstance(parameter.value, str) else text


def _first_byte(one: Record, other: Record) -> str:
    at = next(i for i, (a, b) in enumerate(zip(one.raw, other.raw, strict=True)) if a != b)
    return f"byte {at}: expected {one.raw[at]:02X}, found {other.raw[at]:02X}"


def _global(one: GlobalData, other: GlobalData) -> Iterator[Difference]:
    settings = other.replace(kits=one.kits)
    if settings != one:
        yield record_difference("global", None, one, settings)
    for kit, (mine, theirs) in enumerate(zip(one.kits, other.kits, strict=True)):
        if mine == theirs:
            continue
        pairs = zip(mine.instruments, theirs.instruments, strict=True)
        for index, (a, b) in enumerate(pairs):
            if a != b:
                yield record_difference("drum instrument", kit * KIT_SIZE + index, a, b)


def _sequence(one: Sequence, other: Sequence) -> Iterator[Difference]:
    """Yield songs, then patterns; the sequence as a whole where steps belong to nobody."""
    sound = one.offsets_are_sound and other.offsets_are_sound
    # Without sound offsets nobody owns a step: all tracks are then empty here.
    mine, theirs = (_tracks(one), _tracks(other)) if sound else ([b""] * ENDS, [b""] * ENDS)
    attributed = False
    for kind, first, width, ours, others in (
        ("song", 0, TRACKS, one.songs, other.songs),
        ("pattern", SONG_TRACKS, 1, one.patterns, other.patterns),
    ):
        for number, (a, b) in enumerate(zip(ours, others, strict=True)):
            owned = slice(first + number * width, first + (number + 1) * width)
            settings = record_difference(kind, number, a, b) if a.raw != b.raw else None
            if mine[owned] != theirs[owned]:
                attributed = True
                count, where = _track_steps(kind, mine[owned], theirs[owned])
                # That nothing is left says more than a setting of its empty tracks.
                told = settings if any(theirs[owned]) else None
                yield _with_steps(kind, number, str(getattr(a, "name", "")), told, count, where)
            elif settings is not None:
                yield settings
    steps_differ = one.steps != other.steps or one.control.offsets != other.control.offsets
    if steps_differ and not attributed:
        count, where = _steps(one.steps, other.steps)
        where = where or "the track starts are different"
        yield Difference("sequence", None, "", Grade.DIFFERENT, max(count, 1), where)


def _tracks(sequence: Sequence) -> list[bytes]:
    """Return the steps of each song's tracks, then of each pattern."""
    return [sequence.steps[start:end] for start, end in pairwise(sequence.control.offsets)]


def _with_steps(
    kind: str, number: int, name: str, settings: Difference | None, count: int, first: str
) -> Difference:
    if settings is not None and settings.grade is Grade.DIFFERENT:
        count, first = count + settings.count, settings.first
    return Difference(kind, number, name.rstrip(), Grade.DIFFERENT, count, first)


def _track_steps(kind: str, one: list[bytes], other: list[bytes]) -> tuple[int, str]:
    """Return how many steps of a song or a pattern differ, and where the first of them is."""
    total, first = 0, ""
    for track, (mine, theirs) in enumerate(zip(one, other, strict=True)):
        count, where = _steps(mine, theirs)
        total += count
        if count and not first:
            first = f"track {track + 1}, {where}" if kind == "song" else where
    if not any(other):
        first = f"expected {'1 step' if total == 1 else f'{total} steps'}, found none"
    return total, first


def _steps(one: bytes, other: bytes) -> tuple[int, str]:
    """Return how many steps differ, and the first of them; (0, "") if none does."""
    if one == other:
        return 0, ""
    mine = [one[at : at + STEP_SIZE] for at in range(0, len(one), STEP_SIZE)]
    theirs = [other[at : at + STEP_SIZE] for at in range(0, len(other), STEP_SIZE)]
    differing = [
        (index, a, b)
        for index, (a, b) in enumerate(zip_longest(mine, theirs, fillvalue=b""))
        if a != b
    ]
    index, a, b = differing[0]
    return len(differing), f"step {index}: expected {_shown(a)}, found {_shown(b)}"


def _shown(step: bytes) -> str:
    text = step_text(step)
    data = step.hex(" ").upper() or "none"
    return f"{data} ({text})" if text else data


OBJECTS: Mapping[str, tuple[str, ...]] = {
    "programs": ("program",),
    "combinations": ("combination",),
    "global": ("global", "drum instrument"),
    "sequence": ("song", "pattern", "sequence"),
}
"""Each part and the kinds of object that it consists of."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One object that differs, as both memories have it."""

    values: tuple[tuple[Value, Value], ...] = ()
    """The values that differ: the first memory's, the second's."""
    steps: int = 0
    """How many steps of its tracks differ beside them."""
    second_name: str = ""
    """Its name in the second memory."""


def compare_both_ways(first: Contents, second: Contents) -> Comparison:
    """Compare what both of two files hold, and say which parts only one of them holds.

    Files do not say which bank they came from, so the data decide: where one file's combinations
    are the other's but for numbers that are 100 higher, as on a card, they are CARD_NUMBERS.
    """
    one_sided = tuple(
        Difference(part.value, None, "", grade, 0, _ONLY_IN[grade])
        for part in Part
        for grade, has, lacks in (
            (Grade.ONLY_IN_FIRST, first, second),
            (Grade.ONLY_IN_SECOND, second, first),
        )
        if part in has.parts - lacks.parts
    )
    missing = {one.kind for one in one_sided}
    shifted = _with_card_numbers(first.combinations or (), second.combinations or ())
    return Comparison(
        tuple(
            replace(one, grade=Grade.CARD_NUMBERS)
            if one.kind == "combination" and one.number in shifted
            else one
            for one in compare(first, second).differences
            if one.kind not in missing
        )
        + one_sided
    )


def _with_card_numbers(
    first: tuple[Combination, ...], second: tuple[Combination, ...]
) -> frozenset[int]:
    """Return which combinations differ only by the card's numbers; all in one file, or none."""
    shifts = {
        number: {
            b.program - a.program
            for a, b in zip(one.timbres, other.timbres, strict=True)
            if a.program != b.program
        }
        for number, (one, other) in enumerate(zip(first, second, strict=False))
        if one.raw != other.raw
        and one.normal() != other.normal()
        and one.playing_from(None).normal() == other.playing_from(None).normal()
    }
    found = set[int]().union(*shifts.values())
    return frozenset(shifts if found in ({SLOTS_OF_A_BANK}, {-SLOTS_OF_A_BANK}) else ())


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two memories that can be compared object by object."""

    first: Contents
    second: Contents
    numbers: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    """Of single sounds, by their kind: the slot of each, None for one that has none."""

    def named(self, difference: Difference) -> Difference:
        """Return a difference of the two with the slot of the sound, not its place among few."""
        numbers = self.numbers.get(difference.kind)
        if numbers is None or difference.number is None:
            return difference
        return replace(difference, number=numbers[difference.number])


def paired(first: Taken, second: Taken, slot: int | None = None) -> Pairing | None:
    """Return what two files have, for a comparison: single sounds beside their slots of a bank.

    `slot` is that of a single sound that is compared with a bank; without it the slot that the
    file names counts. None where nobody knows what is to be compared with what.
    """
    if not (first.singles or second.singles):
        return Pairing(first.contents, second.contents)
    if first.singles and second.singles:
        return _two_of_singles(first, second)
    single, bank = (first, second) if first.singles else (second, first)
    slots = single.slots
    if single.loose:
        (sound, *others) = single.loose
        number = sound.number if slot is None else slot
        if others or number is None:
            return None
        slots = Slots.of(sound.record, number)
    if not slots.fit(bank.contents):
        return None
    mine, theirs = slots.contents(), slots.of_memory(bank.contents).contents()
    numbers: dict[str, tuple[int | None, ...]] = {
        "program": tuple(number for number, _ in slots.programs),
        "combination": tuple(number for number, _ in slots.combinations),
    }
    return Pairing(mine, theirs, numbers) if first.singles else Pairing(theirs, mine, numbers)


def _two_of_singles(first: Taken, second: Taken) -> Pairing | None:
    """Return two files of single sounds: one of each, or several that have the same slots."""
    mine, theirs = first.sounds(), second.sounds()
    numbers: dict[str, tuple[int | None, ...]] = {}
    for kind in ("program", "combination"):
        ours, others = ([n for a_kind, n in each if a_kind == kind] for each in (mine, theirs))
        if len(ours) != len(others) or (len(ours) > 1 and ours != others):
            return None
        numbers[kind] = tuple(a if a == b else None for a, b in zip(ours, others, strict=True))
    return Pairing(first.single_contents(), second.single_contents(), numbers)


@dataclass(frozen=True, slots=True)
class PartCompared:
    """One part of memory in two files."""

    part: str
    """programs, combinations, global or sequence."""
    first: bool
    """Whether the first file has it."""
    second: bool
    equal: int = 0
    """Objects that are the same in both: sounds, songs, patterns; of global its settings and each
    drum instrument."""
    unlike: int = 0
    """Objects that are not, whatever the grade."""

    def text(self, first: str, second: str) -> str:
        """Return it in words, with what the files are called: "only in A", "98 equal, 2 not"."""
        if not (self.first and self.second):
            where = f"only in {first if self.first else second}"
            return where if self.first or self.second else "in neither"
        if not self.unlike:
            return f"all {self.equal} equal" if self.equal > 1 else "equal"
        return f"{self.equal} equal, {self.unlike} not" if self.equal else "not equal"


def parts_compared(
    first: Contents, second: Contents, comparison: Comparison
) -> tuple[PartCompared, ...]:
    """Return for each part which file has it, and how much of it is equal."""
    found = []
    for part in OBJECTS:
        here, there = (Part(part) in one.parts for one in (first, second))
        unlike = total = 0
        if here and there:
            differing = [one for one in comparison.differences if part_of(one) == part]
            unlike = len(differing)
            # Where steps belong to nobody, no song can be said to be equal.
            if all(one.kind != "sequence" for one in differing):
                total = max(_objects_in(first, part), _objects_in(second, part))
        found.append(PartCompared(part, here, there, max(0, total - unlike), unlike))
    return tuple(found)


def _objects_in(contents: Contents, part: str) -> int:
    if part == "global":
        kits = contents.global_.kits if contents.global_ is not None else ()
        return 1 + sum(len(kit.instruments) for kit in kits)
    if part == "sequence":
        return SONGS + PATTERNS
    sounds = contents.programs if part == "programs" else contents.combinations
    return len(sounds or ())


def part_of(difference: Difference) -> str:
    """Return the part of memory that an object which differs belongs to."""
    return next(p for p, kinds in OBJECTS.items() if difference.kind in (p, *kinds))


def sides_of(first: Contents, second: Contents, difference: Difference) -> Sides:
    """Return an object of a comparison from both sides; empty where it is no single object."""
    mine = record_of(first, difference.kind, difference.number)
    theirs = record_of(second, difference.kind, difference.number)
    if mine is None or theirs is None:
        return Sides()
    if difference.kind == "global":
        # Its drum kits are objects of their own.
        theirs = theirs.replace(kits=getattr(mine, "kits", ()))
    values = differing_values(mine, theirs)
    tracks = difference.kind in ("song", "pattern")
    steps = max(0, difference.count - len(values)) if tracks else 0
    return Sides(values, steps, str(getattr(theirs, "name", "")).rstrip())
