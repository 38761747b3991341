"""Comparing memories: what differs is named exactly, what is harmless is called cosmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.engine.compare import Comparison, Grade, compare, compare_both_ways, equal, identical
from m1tui.link.virtual import demo_contents
from m1tui.sysex import Combination, Contents, Part, Record, Sequence
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.sequence import STEP_SIZE, TRACKS

DEMO = demo_contents()


def with_record(contents: Contents, field: str, number: int, record: Record) -> Contents:
    records = list(getattr(contents, field))
    records[number] = record
    changes: dict[str, Any] = {field: tuple(records)}
    return contents.replace(**changes)


def flipped(record: Any, bit: int) -> Any:
    raw = bytearray(record.raw)
    raw[bit // 8] ^= 1 << bit % 8
    return type(record)(bytes(raw))


def is_known(record: Record, bit: int) -> bool:
    return bool(record.significant[bit // 8] >> bit % 8 & 1)


def is_space(byte: int, bit: int) -> bool:
    """Tell whether flipping `bit` turns 00 into 20 or back."""
    return byte in {0x00, 0x20} and bit % 8 == 5


def grade_of(record: Record, bit: int, name: range = range(10)) -> Grade:
    """Return how a flip of `bit` is to be graded; `name` are the bytes of the record's name."""
    harmless = bit // 8 in name and is_space(record.raw[bit // 8], bit)
    return Grade.DIFFERENT if is_known(record, bit) and not harmless else Grade.COSMETIC


def named(comparison: Comparison) -> list[tuple[str, int | None]]:
    return [(one.kind, one.number) for one in comparison.different]


def test_the_same_memory_is_identical() -> None:
    comparison = compare(DEMO, demo_contents())
    assert comparison.identical
    assert identical(DEMO, demo_contents())
    assert comparison.equal
    assert comparison.summary() == "no differences"


@pytest.mark.parametrize(
    ("field", "kind"), [("programs", "program"), ("combinations", "combination")]
)
@given(data=st.data())
def test_one_flipped_bit_of_a_sound_names_that_sound_alone(
    field: str, kind: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, 99))
    record = getattr(DEMO, field)[number]
    bit = data.draw(st.integers(0, record.size * 8 - 1))
    changed = with_record(DEMO, field, number, flipped(record, bit))
    comparison = compare(DEMO, changed)
    (difference,) = comparison.differences
    assert (difference.kind, difference.number) == (kind, number)
    assert difference.name.strip() == record.name.strip()
    grade = grade_of(record, bit)
    assert difference.grade is grade
    assert comparison.equal is equal(DEMO, changed) is (grade is Grade.COSMETIC)
    assert not identical(DEMO, changed)
    assert "expected" in difference.first
    assert "found" in difference.first


@given(bit=st.integers(0, 861 * 8 - 1))
def test_one_flipped_bit_of_the_global_data_names_the_settings_or_one_drum_instrument(
    bit: int,
) -> None:
    assert DEMO.global_ is not None
    changed = flipped(DEMO.global_, bit)
    (difference,) = compare(DEMO, DEMO.replace(global_=changed)).differences
    at = bit // 8 - 21
    if at < 0:
        assert (difference.kind, difference.number) == ("global", None)
    else:
        assert (difference.kind, difference.number) == ("drum instrument", at // 7)
    assert difference.grade is grade_of(DEMO.global_, bit, range(0))


@given(bit=st.integers(0, 960 * 8 - 1))
def test_one_flipped_bit_of_a_songs_settings_names_that_song(bit: int) -> None:
    assert DEMO.sequence is not None
    control = flipped(DEMO.sequence.control, bit)
    changed = DEMO.replace(sequence=Sequence(control, DEMO.sequence.steps))
    (difference,) = compare(DEMO, changed).differences
    assert (difference.kind, difference.number) == ("song", bit // 8 // 96)
    start = bit // 8 // 96 * 96
    name = range(start + 20, start + 30)
    assert difference.grade is grade_of(DEMO.sequence.control, bit, name)


@given(data=st.data())
def test_one_changed_step_names_the_song_that_it_belongs_to(data: st.DataObject) -> None:
    assert DEMO.sequence is not None
    steps = bytearray(DEMO.sequence.steps)
    at = data.draw(st.integers(0, len(steps) - 1))
    steps[at] ^= 1 << data.draw(st.integers(0, 7))
    changed = DEMO.replace(sequence=Sequence(DEMO.sequence.control, bytes(steps)))
    (difference,) = compare(DEMO, changed).differences
    offsets = DEMO.sequence.control.offsets
    index = max(i for i in range(180) if offsets[i] <= at < offsets[i + 1])
    assert difference.grade is Grade.DIFFERENT
    expected = ("song", index // 8) if index < 80 else ("pattern", index - 80)
    assert (difference.kind, difference.number) == expected
    assert "step" in difference.first


def test_a_song_without_its_steps_is_said_to_have_none() -> None:
    full = demo_contents().sequence
    assert full is not None
    steps = sum(len(full.track_steps(0, track)) for track in range(TRACKS)) // STEP_SIZE
    found = compare(Contents(sequence=full), Contents(sequence=Sequence.empty()))
    assert found.different[0].kind == "song"
    assert found.different[0].first == f"expected {steps} steps, found none"


def test_offsets_that_differ_alone_are_a_difference_of_the_sequence() -> None:
    assert DEMO.sequence is not None
    control = DEMO.sequence.control
    offsets = (*control.offsets[:-1], control.offsets[-1] + 4)
    broken = Sequence(control.replace(offsets=offsets), DEMO.sequence.steps)
    assert named(compare(DEMO, DEMO.replace(sequence=broken))) == [("sequence", None)]


def test_names_with_zeros_and_with_spaces_for_their_gaps_are_cosmetic() -> None:
    assert DEMO.programs is not None
    program = DEMO.programs[17]
    name = b"Organ\x002\0\0\0"
    padded = type(program)(name + program.raw[10:])
    spaced = type(program)(b"Organ 2   " + program.raw[10:])
    expected = with_record(DEMO, "programs", 17, padded)
    found = with_record(DEMO, "programs", 17, spaced)
    (difference,) = compare(expected, found).differences
    assert difference.grade is Grade.COSMETIC
    assert difference.count == 0
    assert difference.first == "byte 5: expected 00, found 20"


def test_a_difference_is_called_by_number_and_name_with_the_first_value() -> None:
    assert DEMO.programs is not None
    before = DEMO.programs[17].replace(name="Organ 2", detune=3, delay=9)
    after = before.replace(detune=-4, delay=10)
    expected = with_record(DEMO, "programs", 17, before)
    (difference,) = compare(expected, with_record(DEMO, "programs", 17, after)).differences
    assert difference.text == 'program 17 "Organ 2"'
    assert difference.count == 2
    assert difference.first == "Oscillator 2 detune: expected +3, found -4"


def test_a_name_is_shown_in_quotation_marks_and_without_what_pads_it() -> None:
    assert DEMO.programs is not None
    other = with_record(DEMO, "programs", 0, DEMO.programs[0].replace(name="Organ 2"))
    (difference,) = compare(DEMO, other).differences
    assert difference.first == 'Name: expected "Oak Grand", found "Organ 2"'


def test_two_control_characters_that_are_shown_alike_are_still_different() -> None:
    assert DEMO.programs is not None
    program = DEMO.programs[3]
    one = type(program)(b"\x01" + program.raw[1:])
    other = type(program)(b"\x02" + program.raw[1:])
    expected = with_record(DEMO, "programs", 3, one)
    (difference,) = compare(expected, with_record(DEMO, "programs", 3, other)).differences
    assert difference.grade is Grade.DIFFERENT
    assert difference.first == "byte 0: expected 01, found 02"
    assert difference.name.startswith("·")


def test_only_what_is_expected_is_compared() -> None:
    assert compare(DEMO.only(Part.GLOBAL), DEMO).identical
    without = DEMO.replace(programs=None, sequence=None)
    assert named(compare(DEMO, without)) == [("programs", None), ("sequence", None)]


def test_a_bank_of_another_size_is_a_difference_of_its_own() -> None:
    assert DEMO.programs is not None
    half = DEMO.replace(programs=DEMO.programs[:50])
    (difference,) = compare(DEMO.only(Part.PROGRAMS), half).differences
    assert difference.first == "expected 100 programs, found 50"


def test_a_summary_names_the_first_few_and_counts_the_rest() -> None:
    assert DEMO.programs is not None
    other = DEMO.replace(programs=DEMO.programs[::-1])
    comparison = compare(DEMO, other)
    assert comparison.summary(2).startswith('program 00 "')
    assert comparison.summary(2).endswith(f"and {len(comparison.different) - 2} more")


def test_two_real_dumps_of_the_same_bank_differ_cosmetically_in_names_alone(
    real_dumps: Path,
) -> None:
    whole = read_file((real_dumps / "factory-all.syx").read_bytes()).contents()
    bank = read_file((real_dumps / "factory-programs-macbinary.syx").read_bytes()).contents()
    comparison = compare(bank, whole)
    assert comparison.equal
    assert all(one.kind == "program" for one in comparison.cosmetic)


@given(bit=st.integers(0, 100 * 143 * 8 - 1))
def test_one_flipped_known_bit_of_a_real_bank_names_its_program(real_dumps: Path, bit: int) -> None:
    real = read_file((real_dumps / "factory-all.syx").read_bytes()).contents()
    assert real.programs is not None
    number, inner = divmod(bit, 143 * 8)
    record = real.programs[number]
    comparison = compare(real, with_record(real, "programs", number, flipped(record, inner)))
    if grade_of(record, inner) is Grade.DIFFERENT:
        assert named(comparison) == [("program", number)]
    else:
        assert comparison.equal


# Files of a card


def with_programs(number: int, *programs: int) -> Contents:
    """The demo memory with one combination whose first timbres play other programs."""
    assert DEMO.combinations is not None
    combination = DEMO.combinations[number]
    timbres = [
        one.replace(program=program)
        for one, program in zip(combination.timbres, programs, strict=False)
    ]
    rest = combination.timbres[len(timbres) :]
    return with_record(DEMO, "combinations", number, combination.replace(timbres=(*timbres, *rest)))


def grades(one: Contents, other: Contents) -> list[tuple[int | None, Grade]]:
    return [(each.number, each.grade) for each in compare_both_ways(one, other).differences]


def test_two_files_of_which_one_has_the_numbers_of_a_card_are_not_different() -> None:
    on_card = DEMO.playing_from(card=True)
    comparison = compare_both_ways(DEMO, on_card)
    assert comparison.equal
    assert not comparison.identical
    assert len(comparison.card_numbers) == 100
    assert comparison.cosmetic == ()
    assert comparison.card_numbers[0].first == "Timbre 1: program: expected I00, found C00"


def test_a_bank_is_never_compared_so_with_what_it_is_to_contain() -> None:
    assert len(compare(DEMO, DEMO.playing_from(card=True)).different) == 100


def test_some_numbers_higher_and_some_lower_are_no_cards() -> None:
    one, other = with_programs(4, 101, 2), with_programs(4, 1, 102)
    assert grades(one, other) == [(4, Grade.DIFFERENT)]


def test_another_program_of_the_card_is_a_difference_beside_card_numbers() -> None:
    one, other = with_programs(4, 1), with_programs(4, 102).playing_from(card=True)
    found = dict(grades(one, other))
    assert found.pop(4) is Grade.DIFFERENT
    assert len(found) == 99
    assert set(found.values()) == {Grade.CARD_NUMBERS}


def test_numbers_that_no_bank_has_are_different() -> None:
    one = with_programs(4, 1)
    assert one.combinations is not None
    raw = bytearray(one.combinations[4].raw)
    raw[36] = 201
    beyond = with_record(one, "combinations", 4, Combination(bytes(raw)))
    assert grades(one, beyond) == [(4, Grade.DIFFERENT)]
