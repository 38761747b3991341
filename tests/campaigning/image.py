"""The M1's memory as plain bytes, compared by a table of its own: no code of the engine is used.

The table is written from the protocol: which bits mean nothing, and what stands for a space in a
name. A whole byte of unknown meaning is memory like any other. Nothing else may differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from m1tui.sysex import Allocation, Contents, Part
from m1tui.virtual.memory import Memory

PROGRAM, COMBINATION, GLOBAL, CONTROL = 143, 124, 861, 1522
"""Bytes of a program, a combination, global data, and the sequence without its steps."""
NAME = 10
SLOTS = 100
"""Programs of a bank: the card's are numbered behind the internal ones."""
EFFECTS_ROUTING = 8
"""Byte of the effects block of which bits 5 to 7 mean nothing."""
SONGS, SONG, SONG_NAME, SONG_EFFECTS, SONG_SOUNDS = 10, 96, 20, 31, 56
PATTERNS, PATTERN, FIRST_PATTERN = 100, 2, 960
OFFSETS, TRACKS = 1160, 8
INSTRUMENTS, INSTRUMENT, FIRST_INSTRUMENT = 120, 7, 21

Name = tuple[str, int | None]
"""An object as a person hears of it: kind, and number from 0."""


def _mask(size: int, *meaningless: tuple[int, int]) -> bytes:
    """Return `size` bytes of ones but for the bits that mean nothing: (byte, those bits)."""
    mask = bytearray(b"\xff" * size)
    for byte, bits in meaningless:
        mask[byte] &= ~bits & 0xFF
    return bytes(mask)


_TIMBRES = [36 + 11 * timbre for timbre in range(8)]
_ROUTING = 0xE0
MASKS = {
    Part.PROGRAMS: _mask(
        PROGRAM, (11, 0xFC), (19, 0x1C), (23, 0x1C), (38 + EFFECTS_ROUTING, _ROUTING)
    ),
    Part.COMBINATIONS: _mask(
        COMBINATION,
        (11 + EFFECTS_ROUTING, _ROUTING),
        *((timbre + 4, 0x70) for timbre in _TIMBRES),
        *((timbre + 9, 0xF0) for timbre in _TIMBRES),
        *((timbre + 10, 0xE0) for timbre in _TIMBRES),
    ),
    Part.GLOBAL: _mask(GLOBAL, (19, 0xFF), (20, 0xFF)),
}
SONG_MASK = _mask(
    SONG,
    *((track, 0xE0) for track in range(TRACKS)),
    (SONG_EFFECTS + EFFECTS_ROUTING, _ROUTING),
    *((SONG_SOUNDS + 5 * track + 4, 0x70) for track in range(TRACKS)),
)
RECORDS = {Part.PROGRAMS: PROGRAM, Part.COMBINATIONS: COMBINATION}
"""The parts that are made of equal records, with the size of one in bytes."""
KINDS = {Part.PROGRAMS: "program", Part.COMBINATIONS: "combination"}


@dataclass(frozen=True, slots=True)
class Image:
    """What a bank holds; a part that is not there is missing from `parts`."""

    parts: dict[Part, bytes]
    allocation: Allocation | None

    @classmethod
    def of(cls, contents: Contents) -> Image:
        """Return the bytes of typed memory."""
        parts: dict[Part, bytes] = {}
        if contents.programs is not None:
            parts[Part.PROGRAMS] = b"".join([one.raw for one in contents.programs])
        if contents.combinations is not None:
            parts[Part.COMBINATIONS] = b"".join([one.raw for one in contents.combinations])
        if contents.global_ is not None:
            parts[Part.GLOBAL] = contents.global_.raw
        if contents.sequence is not None:
            parts[Part.SEQUENCE] = contents.sequence.control.raw + contents.sequence.steps
        return cls(parts, contents.allocation)

    def only(self, part: Part) -> Image:
        """Return just that part, everything for ALL."""
        if part is Part.ALL:
            return self
        return Image({one: self.parts[one] for one in self.parts if one is part}, self.allocation)

    def without_banks(self) -> Image:
        """Return the image with the programs that combinations play numbered 0–99.

        On a card they are the card's own, whichever way their numbers are stored.
        """
        combinations = self.parts.get(Part.COMBINATIONS)
        if combinations is None:
            return self
        plain = bytearray(combinations)
        for first in range(0, len(plain), COMBINATION):
            for timbre in _TIMBRES:
                plain[first + timbre] %= SLOTS
        return Image(self.parts | {Part.COMBINATIONS: bytes(plain)}, self.allocation)

    def with_records(self, other: Image, part: Part, places: tuple[int, ...]) -> Image:
        """Return the image with some records of a part, or all of a part of one, of another."""
        size = RECORDS.get(part)
        mine, theirs = self.parts.get(part, b""), other.parts.get(part, b"")
        if size is None or len(mine) != len(theirs):
            return Image(self.parts | {part: theirs}, other.allocation)
        mixed = bytearray(mine)
        for place in places:
            span = slice(place * size, (place + 1) * size)
            mixed[span] = theirs[span]
        return Image(self.parts | {part: bytes(mixed)}, self.allocation)


def changed_records(part: Part, before: bytes, after: bytes) -> tuple[int, ...]:
    """Return the numbers of the records whose bytes differ; (0,) for a part that is one."""
    if before == after:
        return ()
    size = RECORDS.get(part)
    if size is None or len(before) != len(after):
        return (0,)
    return tuple(
        at // size
        for at in range(0, len(before), size)
        if before[at : at + size] != after[at : at + size]
    )


def same(wanted: Image, held: Image) -> bool:
    """Tell whether `held` has all that `wanted` has, but for what means nothing."""
    return not different(wanted, held) and _same_allocation(wanted, held)


def _same_allocation(wanted: Image, held: Image) -> bool:
    """Tell whether the memory is shared out alike; global data alone is in every allocation."""
    return wanted.parts.keys() <= {Part.GLOBAL} or wanted.allocation is held.allocation


def different(wanted: Image, held: Image) -> frozenset[Name]:
    """Return the objects of `wanted` that `held` has otherwise, as a person hears of them."""
    return frozenset(_different(wanted, held))


def _different(wanted: Image, held: Image) -> Iterator[Name]:
    for part, kind in KINDS.items():
        mine, theirs = wanted.parts.get(part), held.parts.get(part, b"")
        if mine is None or mine == theirs:
            continue
        if len(mine) != len(theirs):
            yield f"{kind}s", None
        size = RECORDS[part]
        for at in range(0, min(len(mine), len(theirs)), size):
            a, b = mine[at : at + size], theirs[at : at + size]
            if a != b and not _alike(a, b, MASKS[part], 0):
                yield kind, at // size
    for part, differing in ((Part.GLOBAL, _different_global), (Part.SEQUENCE, _different_sequence)):
        one, other = wanted.parts.get(part), held.parts.get(part)
        if one is not None and one != other:
            yield from differing(one, other)


def _alike(one: bytes, other: bytes, mask: bytes, name: int | None) -> bool:
    return _canonical(one, mask, name) == _canonical(other, mask, name)


def _canonical(record: bytes, mask: bytes, name: int | None) -> bytes:
    """Return a record without what means nothing; `name` is where its name begins."""
    bits = int.from_bytes(record, "big") & int.from_bytes(mask, "big")
    plain = bits.to_bytes(len(record), "big")
    if name is None:
        return plain
    letters = plain[name : name + NAME].replace(b"\0", b" ")
    return plain[:name] + letters + plain[name + NAME :]


def _different_global(mine: bytes, theirs: bytes | None) -> Iterator[Name]:
    if theirs is None:
        yield "global", None
        return
    head = slice(0, FIRST_INSTRUMENT)
    if not _alike(mine[head], theirs[head], MASKS[Part.GLOBAL][head], None):
        yield "global", None
    for number in range(INSTRUMENTS):
        at = FIRST_INSTRUMENT + number * INSTRUMENT
        if mine[at : at + INSTRUMENT] != theirs[at : at + INSTRUMENT]:
            yield "drum instrument", number


def _different_sequence(mine: bytes, theirs: bytes | None) -> Iterator[Name]:
    """Yield songs and patterns; the sequence as a whole where steps belong to none of them."""
    if theirs is None:
        yield "sequence", None
        return
    owners = _owners(mine), _owners(theirs)
    sound = owners[0] is not None and owners[1] is not None
    ours, others = (owners[0] or {}, owners[1] or {}) if sound else ({}, {})
    attributed = False
    for number in range(SONGS):
        span = slice(number * SONG, (number + 1) * SONG)
        moved = ours.get(("song", number)) != others.get(("song", number))
        attributed = attributed or moved
        if moved or not _alike(mine[span], theirs[span], SONG_MASK, SONG_NAME):
            yield "song", number
    for number in range(PATTERNS):
        span = slice(FIRST_PATTERN + number * PATTERN, FIRST_PATTERN + (number + 1) * PATTERN)
        moved = ours.get(("pattern", number)) != others.get(("pattern", number))
        attributed = attributed or moved
        if moved or mine[span] != theirs[span]:
            yield "pattern", number
    if mine[OFFSETS:] != theirs[OFFSETS:] and not attributed:
        yield "sequence", None


def _owners(sequence: bytes) -> dict[tuple[str, int], tuple[bytes, ...]] | None:
    """Return the steps of each song's tracks and each pattern; None where nobody can tell."""
    steps = sequence[CONTROL:]
    ends = [sequence[at] | sequence[at + 1] << 8 for at in range(OFFSETS, CONTROL, 2)]
    if ends != sorted(ends) or ends[-1] != len(steps):
        return None
    tracks = [steps[ends[one] : ends[one + 1]] for one in range(len(ends) - 1)]
    songs = {
        ("song", number): tuple(tracks[number * TRACKS : (number + 1) * TRACKS])
        for number in range(SONGS)
    }
    patterns = {
        ("pattern", number): (tracks[SONGS * TRACKS + number],) for number in range(PATTERNS)
    }
    return {**songs, **patterns}


@lru_cache(maxsize=4)
def initial(allocation: Allocation) -> Image:
    """Return what a memory holds that nobody has put anything into."""
    return Image.of(Memory.initialised().reallocated(allocation).contents)


def is_initial(part: Part, data: bytes) -> bool:
    """Tell whether a part is as an initialisation leaves it, byte for byte."""
    return any(data == initial(one).parts[part] for one in Allocation)


# Files

_FUNCTIONS = {
    0x4C: Part.PROGRAMS,
    0x4D: Part.COMBINATIONS,
    0x51: Part.GLOBAL,
    0x48: Part.SEQUENCE,
    0x50: Part.ALL,
}
_HEAD = 5
_GROUP = 8


class NoDump(ValueError):
    """What is in a file is no dump of an M1's memory."""


@lru_cache(maxsize=64)
def image_of_file(data: bytes) -> Image:
    """Return what the messages of a file hold; raises NoDump."""
    parts: dict[Part, bytes] = {}
    allocation = None
    at = 0
    while at < len(data):
        end = data.find(b"\xf7", at)
        if end < 0:
            raise NoDump("a message without its end")
        message, at = data[at : end + 1], end + 1
        part, header, memory = _memory_of(message)
        if part is not Part.GLOBAL:
            allocation = Allocation(header >> 1 & 1)
        parts |= _cut(part, memory, allocation)
    if not parts:
        raise NoDump("nothing")
    return Image(parts, allocation)


def function_of(head: bytes) -> Part | None:
    """Return which part of memory a message carries by its first bytes; None for any other."""
    known = len(head) > _HEAD and head[:2] == b"\xf0\x42" and head[3] == 0x19
    return _FUNCTIONS.get(head[4]) if known else None


def _memory_of(message: bytes) -> tuple[Part, int, bytes]:
    part = function_of(message)
    if part is None:
        raise NoDump(f"a message that begins with {message[:6].hex(' ')}")
    lead = 3 if part in (Part.ALL, Part.SEQUENCE) else 1
    memory = _unpacked(message[_HEAD + lead : -1])
    if lead == 3:
        steps = message[6] | message[7] << 7
        known = memory[-4 * steps - CONTROL :]
        if len(known) != 4 * steps + CONTROL:
            raise NoDump(f"expected {steps} steps, found {len(memory)} bytes")
    return part, message[_HEAD], memory


def _unpacked(packed: bytes) -> bytes:
    """Return the memory in seven-bit bytes: top bits first, then up to seven low parts."""
    groups, rest = divmod(len(packed), _GROUP)
    memory = bytearray(groups * (_GROUP - 1) + max(rest - 1, 0))
    tops = packed[::_GROUP]
    for lane in range(_GROUP - 1):
        low = packed[lane + 1 :: _GROUP]
        memory[lane :: _GROUP - 1] = bytes(
            [part | (top >> lane & 1) << 7 for part, top in zip(low, tops, strict=False)]
        )
    return bytes(memory)


def _cut(part: Part, memory: bytes, allocation: Allocation | None) -> dict[Part, bytes]:
    if part is not Part.ALL:
        return {part: memory}
    assert allocation is not None
    count = 100 if allocation is Allocation.LARGE_PROGRAM else 50
    combinations = GLOBAL + count * COMBINATION
    programs = combinations + count * PROGRAM
    return {
        Part.GLOBAL: memory[:GLOBAL],
        Part.COMBINATIONS: memory[GLOBAL:combinations],
        Part.PROGRAMS: memory[combinations:programs],
        Part.SEQUENCE: memory[programs:],
    }
