"""The tables of the M1's memory: values, ranges, and bytes that nobody may lose."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.link.virtual import demo_contents
from m1tui.sysex import (
    Combination,
    DrumInstrument,
    Effects,
    GlobalData,
    Oscillator,
    Program,
    Record,
    Sequence,
    SequenceControl,
    Song,
    Timbre,
)
from tests.sysex.strategies import records

KINDS = [Program, Combination, Timbre, Effects, Oscillator, GlobalData, DrumInstrument, Song]


@pytest.mark.parametrize("kind", KINDS)
def test_fields_lie_inside_their_record_and_own_their_bits_alone(kind):
    owned = bytearray(kind.size)
    for field in kind.fields:
        assert field.offset + field.size <= kind.size
        for index, bits in enumerate(field.mask(), field.offset):
            assert owned[index] & bits == 0, f"{field.name} shares bits of byte {index}"
            owned[index] |= bits


def _of_each(starts, unused):
    """Return the unused bits of each of several inner records."""
    return {start + at: bits for start in starts for at, bits in unused.items()}


@pytest.mark.parametrize(
    ("kind", "unused"),
    [
        (Program, {11: 0xFC, 19: 0x1C, 23: 0x1C, 46: 0xE0}),
        (Combination, {19: 0xE0} | _of_each(range(36, 124, 11), {4: 0x70, 9: 0xF0, 10: 0xE0})),
        (GlobalData, {19: 0xFF, 20: 0xFF}),
        (
            Song,
            {39: 0xE0} | _of_each(range(8), {0: 0xE0}) | _of_each(range(56, 96, 5), {4: 0x70}),
        ),
    ],
)
def test_bits_that_may_differ_harmlessly_are_exactly_those_that_are_documented(kind, unused):
    gaps = {at: 0xFF ^ bits for at, bits in enumerate(kind.significant) if bits != 0xFF}
    assert gaps == unused


@pytest.mark.parametrize(
    ("kind", "at"), [(Song, 18), (Song, 30), (GlobalData, 21 + 6), (GlobalData, 21 + 119 * 7 + 6)]
)
def test_a_byte_of_unknown_meaning_is_memory(kind, at):
    raw = bytearray(kind.blank().raw)
    raw[at] = 0xFF
    assert kind(bytes(raw)).normal() != kind.blank().normal()


@pytest.mark.parametrize("kind", [Program, Combination])
def test_a_00_anywhere_in_a_name_compares_like_a_20(kind):
    def named(name):
        return kind(name + kind.blank().raw[10:]).normal()

    assert named(b"Organ 2\0\0\0") == named(b"Organ 2   ") == named(b"Organ 2\0 \0")
    assert named(b"Organ\x002   ") == named(b"Organ 2   ")
    assert named(b"Organ\x012   ") != named(b"Organ 2   ")
    assert named(b"Organ2    ") != named(b"Organ 2   ")


@given(records(Program), st.data())
def test_changing_one_field_changes_no_other_bit(program, data):
    changed = program.replace(
        detune=data.draw(st.integers(-50, 50)), mono=data.draw(st.booleans()), name="New"
    )
    assert changed.name == "New       "
    allowed = {*range(10), 11, 17}
    for at, (before, after) in enumerate(zip(program.raw, changed.raw, strict=True)):
        assert at in allowed or before == after
    assert (changed.raw[11] ^ program.raw[11]) & 0xFE == 0


@given(records(Program))
def test_every_value_can_be_read_whatever_the_bytes_and_is_harmless_on_a_screen(program):
    paths = [value.path for value in program.values()]
    assert len(paths) == len(set(paths))
    assert {"effects.serial", "oscillator_2.vda_track_switches.slope"} <= set(paths)
    assert all(value.shown.isprintable() for value in program.values())
    assert program.name.isascii() or "·" in program.name


def test_signed_values_are_read_in_twos_complement():
    raw = bytearray(143)
    raw[13], raw[16], raw[17] = 0xFF, 0xF4, 0xCE
    program = Program(bytes(raw))
    assert (program.octave_1, program.interval, program.detune) == (-1, -12, -50)
    assert not program.problems()


def test_values_outside_the_manuals_range_are_read_and_marked():
    raw = bytearray(143)
    raw[10], raw[71] = 7, 120
    program = Program(bytes(raw))
    assert [(p.path, p.value) for p in program.problems()] == [
        ("oscillator_mode", 7),
        ("oscillator_1.cutoff", 120),
    ]


def test_values_outside_the_range_cannot_be_stored():
    with pytest.raises(ValueError, match="detune: expected -50 to 50, found 51"):
        Program.blank().replace(detune=51)
    with pytest.raises(ValueError, match="Name: expected 10 ASCII characters"):
        Program.blank().replace(name="eleven char")


def test_names_are_shown_without_control_characters():
    program = Program(b"\x1b[2J\x00\x07\x80abc" + bytes(133))
    assert program.name == "·[2J ··abc"


def test_a_name_padded_with_zeros_compares_like_one_padded_with_spaces():
    zeros, spaces = (Program(name + bytes(133)) for name in (b"Pad\0\0\0\0\0\0\0", b"Pad       "))
    assert zeros != spaces
    assert zeros.normal() == spaces.normal()


@given(records(Combination), st.integers(0, 123), st.integers(0, 7))
def test_only_flipping_a_significant_bit_changes_what_comparison_sees(combination, at, bit):
    raw = bytearray(combination.raw)
    raw[at] ^= 1 << bit
    other = Combination(bytes(raw))
    significant = bool(Combination.significant[at] >> bit & 1)
    space = at < 10 and {raw[at], combination.raw[at]} == {0x00, 0x20}
    assert (other.normal() != combination.normal()) == (significant and not space)


def test_records_do_not_change():
    with pytest.raises(AttributeError, match=r"immutable; use replace\(detune=…\)"):
        Program.blank().detune = 3


def test_a_record_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="Program: expected 143 bytes, found 142"):
        Program(bytes(142))


def test_a_record_is_equal_only_to_its_own_kind():
    assert Effects.blank() == Effects.blank()
    assert Effects.blank() != Program.blank()
    assert len({Effects.blank(), Effects.blank(), Program.blank()}) == 2
    assert isinstance(eval(repr(Effects.blank()), {"Effects": Effects}), Record)


def test_an_empty_sequencer_has_ten_new_songs_and_everything_free():
    sequence = Sequence.empty()
    assert len(sequence.raw) == 1522
    assert {song.name for song in sequence.songs} == {"New Song  "}
    assert sequence.songs_in_use == ()
    assert sequence.free_percent(4400) == 100
    assert sequence.offsets_are_sound


def test_a_song_is_in_use_when_a_track_has_steps():
    empty = Sequence.empty()
    offsets = tuple(0 if index <= 17 else 8 for index in range(181))
    control = empty.control.replace(offsets=offsets)
    sequence = Sequence(control, bytes(8))
    assert sequence.songs_in_use == (2,)
    assert sequence.track_steps(2, 1) == bytes(8)
    assert sequence.pattern_steps(99) == b""
    assert sequence.offsets_are_sound


@given(records(SequenceControl))
def test_offsets_that_point_anywhere_never_reach_outside_the_steps(control):
    sequence = Sequence(control, bytes(range(40)))
    for song in range(10):
        assert sequence.track_steps(song, 7) in sequence.steps
    assert isinstance(sequence.songs_in_use, tuple)


def test_steps_must_be_whole():
    with pytest.raises(ValueError, match="multiple of 4 bytes, found 1523"):
        Sequence(SequenceControl.blank(), bytes(1523))


def test_a_copy_of_what_does_not_change_is_itself() -> None:
    programs = demo_contents().programs
    assert programs is not None
    assert deepcopy(programs[0]) is programs[0]
