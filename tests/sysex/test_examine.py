"""Whether a memory is sound: damage is seen, and what an M1 sent is never called damaged."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from m1tui.sysex import Allocation, BankDump, Contents, Part, Program, Sequence, decode
from m1tui.sysex.contents import init_combination, init_global, init_program
from m1tui.sysex.examine import Examination, Grade, Sign, examine
from m1tui.sysex.forms.reader import read_file
from m1tui.virtual.demo import demo_contents

DEMO = demo_contents()


def after(
    change: Callable[[bytes], bytes], part: Part = Part.PROGRAMS, contents: Contents = DEMO
) -> Examination:
    """Examine a part of memory whose packed bytes were changed on their way."""
    message = BankDump.of(contents, part).encode()
    lead = 8 if part in (Part.ALL, Part.SEQUENCE) else 6
    changed = message[:lead] + change(message[lead:-1]) + message[-1:]
    dump = decode(changed)
    assert isinstance(dump, BankDump)
    return examine(dump.contents)


def signs(examination: Examination) -> set[Sign]:
    return {finding.sign for finding in examination.findings}


def test_the_demo_bank_is_sound() -> None:
    assert examine(DEMO) == (Grade.SOUND, ())


def test_nothing_is_sound() -> None:
    assert examine(Contents()) == (Grade.SOUND, ())


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("factory-all.syx", Grade.SOUND),
        ("factory-global.syx", Grade.SOUND),
        ("factory-programs-macbinary.syx", Grade.SOUND),
        ("misnamed-combis-is-global.syx", Grade.SOUND),
        ("m1ex-programs-and-combis.mid", Grade.SOUND),
        # It went through a text-mode transfer: its measure 13 is numbered 10.
        ("factory-sequence.syx", Grade.DAMAGED),
    ],
)
def test_real_dumps_are_sound_but_for_the_one_that_is_not(
    real_dump: Callable[[str], bytes], name: str, grade: Grade
) -> None:
    assert examine(read_file(real_dump(name)).contents()).grade is grade


def test_a_text_mode_transfer_of_real_dumps_is_seen_both_ways(
    real_dump: Callable[[str], bytes],
) -> None:
    real = read_file(real_dump("factory-all.syx")).contents()
    for part in (Part.PROGRAMS, Part.COMBINATIONS, Part.SEQUENCE):
        there = after(lambda packed: packed.replace(b"\r", b"\n"), part, real.only(part))
        back = after(lambda packed: packed.replace(b"\n", b"\r"), part, real.only(part))
        assert (there.grade, back.grade) == (Grade.DAMAGED, Grade.DAMAGED)
        assert Sign.CR_TO_LF in signs(there)
        assert Sign.LF_TO_CR in signs(back)


def test_a_bank_in_which_every_0d_became_0a_is_damaged_with_both_counts() -> None:
    found = after(lambda packed: packed.replace(b"\r", b"\n"))
    (finding,) = found.findings
    assert (found.grade, finding.sign) == (Grade.DAMAGED, Sign.CR_TO_LF)
    size, returns, feeds = finding.evidence
    assert (size, returns, feeds) == (14_300, 0, finding.amount)
    assert feeds > 200


def test_equal_programs_without_0d_are_no_text_mode_transfer() -> None:
    found = examine(Contents(programs=(init_program(),) * 100))
    assert signs(found) == {Sign.INITIALISED}
    assert found.grade is Grade.DOUBTFUL


def test_an_initialised_memory_is_named_and_not_called_damaged() -> None:
    memory = Contents(
        (init_program(),) * 100,
        (init_combination(),) * 100,
        init_global(),
        Sequence.empty(),
        Allocation.LARGE_PROGRAM,
    )
    found = examine(memory)
    assert found.grade is Grade.DOUBTFUL
    assert signs(found) == {Sign.INITIALISED}
    assert [finding.part for finding in found.findings] == [Part.PROGRAMS, Part.COMBINATIONS]


def test_programs_of_zeros_are_nameless_and_equal() -> None:
    found = examine(Contents(programs=(Program.blank(),) * 100))
    assert (found.grade, signs(found)) == (Grade.DOUBTFUL, {Sign.NAMELESS})


def test_a_byte_lost_and_one_gained_leaves_values_out_of_range_in_the_objects_between() -> None:
    def shifted(packed: bytes) -> bytes:
        return packed[:5_000] + packed[5_001:9_000] + b"\x00" + packed[9_000:]

    found = after(shifted)
    finding = next(one for one in found.findings if one.sign is Sign.OUT_OF_RANGE)
    assert found.grade is Grade.DAMAGED
    assert finding.amount > 100
    assert min(finding.objects) >= 30
    assert max(finding.objects) <= 55
    assert found.out_of_range == finding.amount


@pytest.mark.parametrize(
    ("count", "grade"), [(1, Grade.SOUND), (3, Grade.SOUND), (4, Grade.DOUBTFUL), (40, 2)]
)
def test_few_values_out_of_range_are_what_sound_banks_have(count: int, grade: Grade) -> None:
    assert DEMO.programs is not None
    bank = list(DEMO.programs)
    for number in range(count):
        raw = bytearray(bank[number].raw)
        raw[71] = 120
        bank[number] = Program(bytes(raw))
    found = examine(Contents(programs=tuple(bank)))
    assert (found.grade, found.out_of_range) == (grade, count)
    assert found.findings[0].objects == tuple(range(count))


def test_half_a_bank_without_0d_is_doubtful_and_no_proof() -> None:
    assert DEMO.programs is not None
    half = tuple(
        Program(one.raw[:10] + one.raw[10:].replace(b"\r", b"\n")) for one in DEMO.programs[:50]
    )
    found = examine(Contents(programs=half))
    assert found.grade is Grade.DOUBTFUL
    assert found.findings[0].sign is Sign.CR_TO_LF


def test_the_fast_count_agrees_with_that_value_by_value() -> None:
    noise = random.Random(3)
    bank = tuple(Program(noise.randbytes(Program.size)) for _ in range(20))
    counted = (value for one in bank for value in one.problems())
    exact = sum("_parameters." not in one.path for one in counted)
    assert examine(Contents(programs=bank)).out_of_range == exact


@pytest.mark.parametrize("size", [256, 1_024, 4_096])
def test_a_block_that_a_driver_sent_twice_is_seen(size: int) -> None:
    def twice(packed: bytes) -> bytes:
        at = 3_000
        return packed[: at + size] + packed[at : at + size] + packed[at + 2 * size :]

    found = after(twice)
    assert found.grade is Grade.DAMAGED
    assert Sign.REPEATED in signs(found)


@pytest.mark.parametrize(("value", "sign"), [(0, Sign.ZEROED), (0x55, Sign.FILLED)])
def test_a_block_of_one_value_is_seen_with_the_objects_that_it_covers(
    value: int, sign: Sign
) -> None:
    assert DEMO.programs is not None
    memory = bytearray(b"".join(one.raw for one in DEMO.programs))
    memory[1_430:1_930] = bytes([value]) * 500
    bank = tuple(Program(bytes(memory[at : at + 143])) for at in range(0, 14_300, 143))
    found = examine(Contents(programs=bank))
    finding = next(one for one in found.findings if one.sign is sign)
    assert finding.grade is Grade.DAMAGED
    assert finding.amount >= 500
    assert finding.objects[-4:] == (10, 11, 12, 13)
    assert finding.evidence[0] == value
    assert 1_400 < finding.evidence[1] <= 1_430


def test_sounds_that_are_empty_raise_doubt_only() -> None:
    blank = Program.blank()
    bank = (*(DEMO.programs or ())[:50], *(blank.replace(name="Empty"),) * 20, *(blank,) * 30)
    found = examine(Contents(programs=bank))
    assert (found.grade, signs(found)) == (Grade.DOUBTFUL, {Sign.ZEROED})


def test_bit_7_cut_off_makes_negative_values_too_large() -> None:
    found = examine(
        Contents(
            programs=tuple(
                Program(bytes(byte & 0x7F for byte in one.raw)) for one in DEMO.programs or ()
            )
        )
    )
    assert found.grade is Grade.DAMAGED
    assert Sign.NO_HIGH_BITS in signs(found)


def test_names_that_are_no_text_are_counted() -> None:
    bank = [*(DEMO.programs or ())]
    for number in (3, 4, 5, 6):
        bank[number] = Program(b"\x01\x02" + bank[number].raw[2:])
    found = examine(Contents(programs=tuple(bank)))
    assert found.findings[0].sign is Sign.NAMES
    assert found.findings[0].objects == (3, 4, 5, 6)
    assert found.grade is Grade.DAMAGED


STEPS = (
    b"\x00\x60\x00\x00\x10\xb0\x40\x30\x20\xb0\x40\x30\x01\x60\x00\x00"
    b"\x02\x60\x00\x00\x03\x60\x00\x00\xc0\x70\x00\x00"
)


def sequence_of(steps: bytes, end: int | None = None) -> Contents:
    empty = Sequence.empty()
    there = len(steps) if end is None else end
    control = empty.control.replace(offsets=(0, *(there,) * 180))
    return Contents(sequence=Sequence(control, steps), allocation=Allocation.LARGE_PROGRAM)


def test_a_track_in_order_is_sound() -> None:
    assert examine(sequence_of(STEPS)) == (Grade.SOUND, ())


def test_places_of_tracks_that_do_not_rise_are_damage() -> None:
    found = examine(sequence_of(STEPS, end=8))
    assert (found.grade, signs(found)) == (Grade.DAMAGED, {Sign.TRACK_PLACES})
    assert found.findings[0].evidence == (8, len(STEPS))


@pytest.mark.parametrize(
    ("old", "new", "sign"),
    [
        (b"\x20\xb0", b"\x08\xb0", Sign.STEPS_BACK),
        (b"\x20\xb0", b"\xd0\xb0", Sign.STEPS_BEYOND),
        (b"\xc0\x70", b"\x04\x60", Sign.NO_TRACK_END),
        (b"\x02\x60", b"\x09\x60", Sign.MEASURES),
    ],
)
def test_steps_that_no_sequencer_writes_raise_doubt(old: bytes, new: bytes, sign: Sign) -> None:
    found = examine(sequence_of(STEPS.replace(old, new)))
    assert (found.grade, signs(found)) == (Grade.DOUBTFUL, {sign})
    assert found.findings[0].objects == (0,)


def test_a_measure_13_that_is_numbered_10_is_proof() -> None:
    steps = b"".join(bytes([10 if at == 13 else at, 0x60, 0, 0]) for at in range(16))
    found = examine(sequence_of(steps + b"\xc0\x70\0\0"))
    assert (found.grade, signs(found)) == (Grade.DAMAGED, {Sign.CR_TO_LF})
    assert found.findings[0].evidence == (13, 10)
