"""How fast memory is packed, unpacked and compared, against mido's parser on the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import mido

from m1tui.engine.compare import compare
from m1tui.sysex import (
    Allocation,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    Part,
    Program,
    Sequence,
    SequenceControl,
    decode,
    pack,
    unpack,
)
from tests.benchmarks.figures import Figure, times_faster

STEPS = 3_619
"""As many as the factory's sequence has: the dump is then 49,791 bytes long."""


def random_memory(seed: int) -> Contents:
    """Return a full 100/100 memory of arbitrary bytes."""
    noise = random.Random(seed).randbytes
    return Contents(
        tuple(Program(noise(Program.size)) for _ in range(100)),
        tuple(Combination(noise(Combination.size)) for _ in range(100)),
        GlobalData(noise(GlobalData.size)),
        Sequence(SequenceControl(noise(SequenceControl.size)), noise(4 * STEPS)),
        Allocation.LARGE_PROGRAM,
    )


def parse_with_mido(data: bytes) -> None:
    """Do what other programs do: feed the dump byte by byte and take the message."""
    parser = mido.Parser()
    parser.feed(data)
    assert parser.get_message() is not None


def figures() -> Iterator[Figure]:
    """Measure packing and unpacking of a whole all-data dump."""
    dump = BankDump.of(random_memory(seed=1), Part.ALL).encode()
    packed = dump[8:-1]
    memory = unpack(packed)

    def mido_parses() -> None:
        parse_with_mido(dump)

    def decode_and_compare() -> None:
        first, second = decode(dump), decode(dump)
        assert isinstance(first, BankDump)
        assert isinstance(second, BankDump)
        assert compare(first.contents, second.contents).identical

    size = f"{len(dump):,} bytes"
    yield times_faster(f"unpack {size}, against mido", lambda: unpack(packed), mido_parses, 50)
    yield times_faster(f"pack {size}, against mido", lambda: pack(memory), mido_parses, 50)
    yield times_faster("decode and compare two dumps", decode_and_compare, mido_parses, 20)
