"""Whether a memory is sound: what in it no M1 would have written, counted and named.

A dump carries no checksum. So damage shows only in what the bytes say: values out of range, names
that are no text, steps that go back in time, bytes that a text-mode transfer replaced. Everything
here is a value; `said` puts a finding into words. What a sound memory has at most was measured on
real dumps: two factory banks, an M1EX's set and three sequences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import IntEnum, StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from m1tui.sysex.codes import Part
from m1tui.sysex.combination import Combination
from m1tui.sysex.contents import INIT_COMBINATION_NAME, Contents
from m1tui.sysex.global_data import GlobalData
from m1tui.sysex.program import INIT_NAME, Program
from m1tui.sysex.record import Field, Inner, InnerTable, Number, Record
from m1tui.sysex.sequence import STEP_SIZE
from m1tui.sysex.sequence import Sequence as StepSequence


class Grade(IntEnum):
    """How far a memory can be trusted; the higher, the worse."""

    SOUND = 0
    DOUBTFUL = 1
    """It can be restored; a person should know what is odd about it."""
    DAMAGED = 2
    """It is not what an M1 sent. To restore it needs a person's own decision."""

    @property
    def word(self) -> str:
        """The grade as scripts and people read it."""
        return self.name.lower()


class Sign(StrEnum):
    """What was found; the value is the message's code."""

    OUT_OF_RANGE = "values-out-of-range"
    CR_TO_LF = "text-mode-0d-became-0a"
    LF_TO_CR = "text-mode-0a-became-0d"
    NO_HIGH_BITS = "high-bits-missing"
    NAMES = "names-not-text"
    ZEROED = "block-of-zeros"
    FILLED = "block-of-one-value"
    REPEATED = "block-repeated"
    TRACK_PLACES = "track-places-out-of-order"
    MEASURES = "measures-out-of-order"
    STEPS_BACK = "steps-out-of-order"
    STEPS_BEYOND = "steps-beyond-measure"
    NO_TRACK_END = "track-end-missing"
    NAMELESS = "sounds-nameless-and-equal"
    INITIALISED = "memory-initialised"


class Finding(NamedTuple):
    """One sign, with its evidence."""

    sign: Sign
    grade: Grade
    part: Part
    """Never ALL."""
    amount: int
    """How many values, bytes, steps or objects show it."""
    most: int
    """How many of them a sound memory has at most."""
    objects: tuple[int, ...] = ()
    """Numbers of the programs, combinations, tracks (song × 8 + track) or patterns (80 + number)
    that show it; empty for global."""
    evidence: tuple[int, ...] = ()
    """What else was counted: see the sign's own function."""

    @property
    def code(self) -> str:
        """The stable slug of the sign."""
        return self.sign.value


class Examination(NamedTuple):
    """The worst grade of all findings, and the findings, the worst first."""

    grade: Grade
    findings: tuple[Finding, ...]

    @property
    def out_of_range(self) -> int:
        """Values out of range in all parts."""
        return sum(one.amount for one in self.findings if one.sign is Sign.OUT_OF_RANGE)


_MOST_VALUES = 3
"""Values out of range in a sound bank: none in the factory's, two in one user's."""
_DAMAGED_VALUES = 10
_ENOUGH = 2_000
"""Bytes of different objects in which a byte value that never occurs says something."""
_PLENTY = 10_000
"""Bytes of different objects in which it cannot be chance: a bank of 100 has 10 to 33 times 0D.

A bank of 50 may have none by chance, so there it is doubtful and no proof.
"""
_OFTEN = 10
"""How often the byte must stand there that the missing one would have become."""
_LONGEST_RUN = 128
"""Equal bytes in a row: real banks have 44 zeros, and 8 of another value."""
_WINDOW = 32
_LONGEST_REPEAT = 128
"""Bytes that stand twice, but not at the same place of two objects: an oscillator has 40."""
_MOST_STEPS = 2
"""Steps out of order that leave a sequence doubtful; in real ones there are none."""


@lru_cache(maxsize=4)
def examine(contents: Contents) -> Examination:
    """Return what speaks against a memory, part by part; takes some milliseconds the first time."""
    findings = sorted(_findings(contents), key=lambda one: -one.grade)
    return Examination(findings[0].grade if findings else Grade.SOUND, tuple(findings))


def _findings(contents: Contents) -> Iterator[Finding]:
    for part, bank in (
        (Part.PROGRAMS, contents.programs),
        (Part.COMBINATIONS, contents.combinations),
    ):
        if bank:
            yield from _bank(part, bank)
    if contents.global_ is not None:
        yield from _global(contents.global_)
    if contents.sequence is not None:
        yield from _sequence(contents.sequence)


def _bank(part: Part, bank: Sequence[Program] | Sequence[Combination]) -> Iterator[Finding]:
    memory = b"".join(one.raw for one in bank)
    size = type(bank[0]).size
    distinct = b"".join(dict.fromkeys(one.raw for one in bank))
    values = _out_of_range(bank)
    yield from _values_finding(part, values)
    yield from _text_mode(part, distinct)
    yield from _high_bits(part, distinct, sum(values.values()))
    yield from _names(part, bank)
    yield from _runs(part, memory, size)
    yield from _repeat(part, distinct, size)
    yield from _lost_memory(part, bank)


def _global(memory: GlobalData) -> Iterator[Finding]:
    yield from _values_finding(Part.GLOBAL, _out_of_range((memory,)))
    yield from _runs(Part.GLOBAL, memory.raw, 0)


def _sequence(sequence: StepSequence) -> Iterator[Finding]:
    used = [number for number, song in enumerate(sequence.songs) if song.raw.strip(b"\0")]
    found = _out_of_range([sequence.songs[number] for number in used])
    yield from _values_finding(
        Part.SEQUENCE, Counter({used[at] * 8: count for at, count in found.items()})
    )
    if not sequence.offsets_are_sound:
        offsets = sequence.control.offsets
        back = tuple(at for at in range(len(offsets) - 1) if offsets[at] > offsets[at + 1])
        evidence = (offsets[-1], len(sequence.steps))
        yield Finding(
            Sign.TRACK_PLACES, Grade.DAMAGED, Part.SEQUENCE, max(1, len(back)), 0, back, evidence
        )
        # Where a track begins is not known, so nothing can be said of its measures.
        steps = sequence.steps
        distinct = dict.fromkeys(
            steps[at : at + STEP_SIZE] for at in range(0, len(steps), STEP_SIZE)
        )
        yield from _text_mode(Part.SEQUENCE, b"".join(distinct))
        return
    yield from _steps(sequence)


def _values_finding(part: Part, values: Counter[int]) -> Iterator[Finding]:
    count = sum(values.values())
    if not count:
        return
    grade = Grade.SOUND
    if count > _MOST_VALUES:
        grade = Grade.DAMAGED if count >= _DAMAGED_VALUES else Grade.DOUBTFUL
    objects = () if part is Part.GLOBAL else tuple(sorted(values))
    yield Finding(Sign.OUT_OF_RANGE, grade, part, count, _MOST_VALUES, objects)


def _out_of_range(records: Sequence[Record]) -> Counter[int]:
    """Return how many values of each record lie outside the manual's ranges, by its index.

    A bank is looked at column by column, a hundred times faster than value by value.
    The parameters of effects are left out: their ranges depend on the effect, and editors have
    written values there that no panel sets. They are no sign of damage.
    """
    found: Counter[int] = Counter()
    if not records:
        return found
    kind = type(records[0])
    memory = b"".join(record.raw for record in records)
    ranges, dependent = _table(kind)
    for offset, allowed in ranges:
        column = memory[offset :: kind.size]
        if column.translate(None, allowed):
            found.update(at for at, byte in enumerate(column) if byte not in allowed)
    for field in dependent:
        for at, record in enumerate(records):
            if not field.is_valid_in(record.raw):
                found[at] += 1
    return found


_Table = tuple[tuple[tuple[int, bytes], ...], tuple[Field[object], ...]]
_TABLES: dict[type[Record], _Table] = {}


def _table(kind: type[Record]) -> _Table:
    """Return where values with a range stand in a record, each with the bytes in its range.

    Then the fields whose range depends on another value: they are asked one by one.
    """
    if kind not in _TABLES:
        dependent = (
            field for field in kind.fields if type(field).is_valid_in is not Field.is_valid_in
        )
        _TABLES[kind] = tuple(_ranges_in(kind, 0)), tuple(dependent)
    return _TABLES[kind]


def _ranges_in(kind: type[Record], offset: int) -> Iterator[tuple[int, bytes]]:
    for field in kind.fields:
        place = offset + field.offset
        if isinstance(field, InnerTable):
            for at in range(place, place + field.size, field.record.size):
                yield from _ranges_in(field.record, at)
        elif isinstance(field, Inner):
            yield from _ranges_in(field.record, place)
        elif isinstance(field, Number):
            allowed = _allowed(field.low, field.high, field.first, field.width)
            if len(allowed) < 256:
                yield place, allowed


@cache
def _allowed(low: int, high: int, first: int, width: int) -> bytes:
    number = Number(0, "", low, high, first=first, width=width)
    return bytes(byte for byte in range(256) if number.is_valid(number.read(bytes([byte]))))


_LOW = bytes(value & 0x7F for value in range(256))


def _text_mode(part: Part, memory: bytes) -> Iterator[Finding]:
    """Look for a byte value that never occurs where another is frequent.

    Evidence: bytes looked at, how many are 0D, how many are 0A. The low seven bits are what
    travelled, whatever dump they came in.
    """
    travelled = memory.translate(_LOW)
    returns, feeds = travelled.count(b"\r"), travelled.count(b"\n")
    if len(memory) < _ENOUGH:
        return
    grade = Grade.DAMAGED if len(memory) >= _PLENTY else Grade.DOUBTFUL
    evidence = (len(memory), returns, feeds)
    if not returns and feeds >= _OFTEN:
        yield Finding(Sign.CR_TO_LF, grade, part, feeds, 0, (), evidence)
    elif not feeds and returns >= _OFTEN:
        yield Finding(Sign.LF_TO_CR, grade, part, returns, 0, (), evidence)


def _high_bits(part: Part, memory: bytes, out_of_range: int) -> Iterator[Finding]:
    """Evidence: bytes looked at. Bit 7 cut off makes negative values too large."""
    if len(memory) >= _ENOUGH and memory.isascii() and out_of_range >= _DAMAGED_VALUES:
        yield Finding(Sign.NO_HIGH_BITS, Grade.DAMAGED, part, out_of_range, 0, (), (len(memory),))


_NO_TEXT = re.compile(rb"[^\x00\x20-\x7f]")


def _names(part: Part, bank: Sequence[Program] | Sequence[Combination]) -> Iterator[Finding]:
    """Count the names with bytes that no M1 can show."""
    odd = tuple(number for number, one in enumerate(bank) if _NO_TEXT.search(one.raw, 0, 10))
    if odd:
        grade = Grade.DAMAGED if len(odd) > _MOST_VALUES else Grade.DOUBTFUL
        yield Finding(Sign.NAMES, grade, part, len(odd), 0, odd)


_RUN = re.compile(rb"(.)\1{127,}", re.DOTALL)


def _runs(part: Part, memory: bytes, size: int) -> Iterator[Finding]:
    """Look for long rows of one value; evidence: the value, then where the first begins.

    Zeros can be empty sounds, so they are proof only where they cover names and begin or end
    inside a sound.
    """
    if not memory.strip(b"\0"):
        return
    found: dict[bool, list[re.Match[bytes]]] = {True: [], False: []}
    for match in _RUN.finditer(memory):
        found[match[1] == b"\0"].append(match)
    for zeros, runs in found.items():
        if not runs:
            continue
        is_proof = not zeros or any(_cuts_a_sound(memory, run.span(), size) for run in runs)
        length = sum(len(run[0]) for run in runs)
        yield Finding(
            Sign.ZEROED if zeros else Sign.FILLED,
            Grade.DAMAGED if is_proof else Grade.DOUBTFUL,
            part,
            length,
            _LONGEST_RUN - 1,
            _objects_of(runs, size),
            (runs[0][1][0], runs[0].start()),
        )


_NAME = 10
"""Bytes of a name, with which an object begins."""


def _cuts_a_sound(memory: bytes, span: tuple[int, int], size: int) -> bool:
    """Tell whether zeros cover a name, and begin behind values of a sound or end before some."""
    start, end = span
    if not size or -(-start // size) * size + _NAME > end:
        return False
    values = memory[start // size * size + _NAME : start]
    return bool(values.strip(b"\0")) or end % size > _NAME


def _objects_of(runs: list[re.Match[bytes]], size: int) -> tuple[int, ...]:
    if not size:
        return ()
    touched = {at for run in runs for at in range(run.start() // size, (run.end() - 1) // size + 1)}
    return tuple(sorted(touched))


def _repeat(part: Part, memory: bytes, size: int) -> Iterator[Finding]:
    """Look for a block that stands twice, but not at the same place of two objects.

    Evidence: where it stands first and again, counted over the different objects.
    """
    for at in range(0, len(memory) - _WINDOW, _WINDOW):
        window = memory[at : at + _WINDOW]
        if len(set(window)) < _WINDOW // 4:
            continue
        again = memory.find(window, at + 1)
        while again >= 0 and (again - at) % size == 0:
            again = memory.find(window, again + 1)
        if again < 0:
            continue
        length = _common(memory, at, again)
        if length >= _LONGEST_REPEAT:
            first, last = again // size, (again + length - 1) // size
            objects = tuple(range(first, last + 1))
            yield Finding(
                Sign.REPEATED, Grade.DAMAGED, part, length, _LONGEST_REPEAT, objects, (at, again)
            )
            return


def _common(memory: bytes, at: int, again: int) -> int:
    """Return how long the equal block around two places is."""
    start, end = 0, _WINDOW
    while at + start > 0 and memory[at + start - 1] == memory[again + start - 1]:
        start -= 1
    while again + end < len(memory) and memory[at + end] == memory[again + end]:
        end += 1
    return end - start


def _lost_memory(part: Part, bank: Sequence[Program] | Sequence[Combination]) -> Iterator[Finding]:
    """Look for what a memory holds that lost its sounds: every name the initial one, or none."""
    if len(bank) == 1:
        return
    names = {one.raw[:10].rstrip(b"\0 ") for one in bank}
    initial = {INIT_NAME.encode(), INIT_COMBINATION_NAME.encode()}
    everything = tuple(range(len(bank)))
    if len(names) == 1 and names <= initial:
        yield Finding(Sign.INITIALISED, Grade.DOUBTFUL, part, len(bank), 0, everything)
    elif names == {b""} and len({one.raw for one in bank}) == 1:
        yield Finding(Sign.NAMELESS, Grade.DOUBTFUL, part, len(bank), 0, everything)


_MEASURE, _END, _GOES_ON = 0x60, 0x70, 0xFE


class _Track(NamedTuple):
    """What is out of order in the steps of one track or pattern."""

    measures: tuple[tuple[int, int], ...]
    """Numbers of measures that do not follow each other: expected and found."""
    back: int
    beyond: int
    ends: bool


def _steps(sequence: StepSequence) -> Iterator[Finding]:
    offsets = sequence.control.offsets
    tracks = {
        at: _track(sequence.steps[start:end])
        for at, (start, end) in enumerate(pairwise(offsets))
        if end > start
    }
    yield from _measures(tracks)
    for sign, counts in (
        (Sign.STEPS_BACK, {at: one.back for at, one in tracks.items() if one.back}),
        (Sign.STEPS_BEYOND, {at: one.beyond for at, one in tracks.items() if one.beyond}),
        (Sign.NO_TRACK_END, {at: 1 for at, one in tracks.items() if not one.ends}),
    ):
        if counts:
            count = sum(counts.values())
            # A song can change its beat, so that a measure may be longer than the track's last.
            is_proof = count > _MOST_STEPS and sign is not Sign.STEPS_BEYOND
            grade = Grade.DAMAGED if is_proof else Grade.DOUBTFUL
            yield Finding(sign, grade, Part.SEQUENCE, count, 0, tuple(counts))


def _track(steps: bytes) -> _Track:
    measures: list[tuple[int, int]] = []
    back = beyond = 0
    expected = now = 0
    length = steps[-STEP_SIZE] if steps[1 - STEP_SIZE] == _END else 256
    for at in range(0, len(steps), STEP_SIZE):
        time, kind = steps[at], steps[at + 1]
        if kind == _END:
            return _Track(tuple(measures), back, beyond, True)
        if kind == _MEASURE:
            if time != expected:
                measures.append((expected, time))
            expected, now = (time + 1) % 256, 0
        elif time != _GOES_ON:
            back += time < now
            beyond += time >= length
            now = time
    return _Track(tuple(measures), back, beyond, False)


def _measures(tracks: dict[int, _Track]) -> Iterator[Finding]:
    """Judge the numbers of measures; evidence: the first that was expected, and what stood there.

    13 that reads 10 is proof of a text-mode transfer, as is 10 that reads 13.
    """
    wrong = {at: one.measures for at, one in tracks.items() if one.measures}
    if not wrong:
        return
    pairs = [pair for found in wrong.values() for pair in found]
    for sign, pair in ((Sign.CR_TO_LF, (13, 10)), (Sign.LF_TO_CR, (10, 13))):
        if pair in pairs:
            objects = tuple(at for at, found in wrong.items() if pair in found)
            count = pairs.count(pair)
            yield Finding(sign, Grade.DAMAGED, Part.SEQUENCE, count, 0, objects, pair)
            return
    grade = Grade.DAMAGED if len(pairs) > _MOST_STEPS else Grade.DOUBTFUL
    yield Finding(Sign.MEASURES, grade, Part.SEQUENCE, len(pairs), 0, tuple(wrong), pairs[0])
