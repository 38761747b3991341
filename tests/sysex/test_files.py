"""Dump files by content: names say nothing, and junk stands everywhere."""

from io import BytesIO

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import (
    Allocation,
    AllocationError,
    Bank,
    BankDump,
    Combination,
    Contents,
    GlobalData,
    ModeChange,
    Part,
    Program,
    RivalError,
    Sequence,
)
from m1tui.sysex.forms.reader import read_file

MEMORY = Contents(
    tuple(Program.blank().replace(name=f"P{number}") for number in range(100)),
    tuple(Combination.blank().replace(name=f"C{number}") for number in range(100)),
    GlobalData.blank(),
    Sequence.empty(),
    Allocation.LARGE_PROGRAM,
)
GLOBAL = BankDump.of(MEMORY, Part.GLOBAL).encode()
PROGRAMS = BankDump.of(MEMORY, Part.PROGRAMS, channel=3).encode()


def midi_file(*payloads):
    """Make a Standard MIDI File with one SysEx event for each payload."""
    track = mido.MidiTrack(mido.Message("sysex", data=payload, time=9) for payload in payloads)
    output = BytesIO()
    mido.MidiFile(tracks=[track]).save(file=output)
    return output.getvalue()


def test_a_plain_dump_is_read_without_a_word():
    found = read_file(GLOBAL)
    assert (found.format, found.problems) == ("syx", ())
    assert found.contents() == MEMORY.only(Part.GLOBAL)


def test_junk_before_between_and_after_is_reported_and_harmless():
    found = read_file(b"junk" + GLOBAL + b"\0\0" + PROGRAMS + b"\x1a")
    assert [(one.offset, one.size) for one in found.messages] == [(4, 991), (997, 16_350)]
    assert [(one.offset, one.harmless) for one in found.problems] == [
        (0, True),
        (995, True),
        (17_347, True),
    ]
    assert found.contents().parts == {Part.GLOBAL, Part.PROGRAMS}


def test_a_macbinary_header_is_named_and_skipped():
    header = bytearray(128)
    header[1] = 8
    header[2:10] = b"Bank\x1bXYZ"
    found = read_file(bytes(header) + GLOBAL + bytes(33))
    assert found.messages[0].offset == 128
    assert str(found.problems[0]) == 'at byte 0: a MacBinary header of 128 bytes ("Bank·XYZ")'
    assert "padding (33 bytes" in str(found.problems[1])


def test_leading_mode_changes_do_not_hide_the_dump():
    found = read_file(ModeChange(0, 4).encode() + GLOBAL)
    assert [one.message.label for one in found.messages] == ["mode change", "dump"]
    assert found.contents().parts == {Part.GLOBAL}


def test_realtime_bytes_that_a_recorder_left_inside_are_lifted_out():
    found = read_file(GLOBAL[:300] + b"\xfe\xf8" + GLOBAL[300:])
    assert found.contents() == MEMORY.only(Part.GLOBAL)
    assert str(found.problems[0]) == "at byte 300: 2 realtime bytes inside a message"
    assert found.messages[0].size == 993


@pytest.mark.parametrize("size", [1, 2, 5, 6, 128, 988, 989])
def test_a_dump_cut_anywhere_is_a_named_problem_at_its_end(size):
    found = read_file(GLOBAL[:size])
    assert found.messages == ()
    assert [(one.offset, one.harmless) for one in found.problems] == [(size, False)]
    assert "is incomplete" in str(found.problems[0])


def test_a_dump_cut_by_the_next_one_leaves_the_next_one_whole():
    found = read_file(PROGRAMS[:5_000] + GLOBAL)
    assert [dump.part for dump in found.dumps] == [Part.GLOBAL]
    assert found.problems[0].offset == 5_000


def test_another_models_dump_is_named():
    found = read_file(b"\xf0\x42\x30\x2b\x4c\x00\xf7")
    assert str(found.problems[0]) == (
        "at byte 3: another Korg's message: expected 19 (M1), found 2B (01/W)"
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"", "the file is empty"), (b"# A letter\n\x00", "no exclusive message in the file")],
)
def test_a_file_without_messages_says_so(data, problem):
    found = read_file(data)
    assert found.format == "unknown"
    assert problem in str(found.problems[-1])
    assert found.contents() == Contents()


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL.hex().encode(),
        GLOBAL.hex(" ").upper().encode() + b"\r\n",
        b", ".join(b"0x%02X" % byte for byte in GLOBAL),
        b" ".join(b"%02Xh" % byte for byte in GLOBAL),
        b" ".join(b"$%02x" % byte for byte in GLOBAL),
    ],
)
def test_hex_text_is_read_however_it_is_written(text):
    found = read_file(text)
    assert (found.format, found.problems) == ("hex", ())
    assert found.contents() == MEMORY.only(Part.GLOBAL)


def test_hex_text_with_half_a_byte_names_its_place():
    found = read_file(b"F0 42 30 1 12 F7")
    assert str(found.problems[0]) == (
        "at byte 9: an odd number of hex digits: expected pairs of digits, found 1"
    )


def test_a_midi_file_is_read_event_by_event():
    found = read_file(midi_file(PROGRAMS[1:-1], GLOBAL[1:-1]))
    assert (found.format, found.problems) == ("mid", ())
    assert found.contents().parts == {Part.PROGRAMS, Part.GLOBAL}
    assert [one.message.encode() for one in found.messages] == [PROGRAMS, GLOBAL]


def test_a_message_split_over_midi_file_events_is_joined():
    found = read_file(midi_file(PROGRAMS[1:6_000], PROGRAMS[6_000:-1], GLOBAL[1:-1]))
    assert found.problems == ()
    assert [one.message.encode() for one in found.messages] == [PROGRAMS, GLOBAL]


def test_a_midi_file_without_exclusive_messages_says_so():
    found = read_file(midi_file())
    assert "without exclusive messages" in str(found.problems[0])


@pytest.mark.parametrize("size", [4, 10, 14, 22, 30, 500])
def test_a_damaged_midi_file_is_a_named_problem(size):
    found = read_file(midi_file(GLOBAL[1:-1])[:size])
    assert found.messages == ()
    assert found.problems
    assert not found.problems[0].harmless


def test_internal_dumps_win_over_a_cards():
    card = BankDump.of(MEMORY, Part.GLOBAL, bank=Bank.CARD).encode()
    assert [dump.bank for dump in read_file(card).dumps] == [Bank.CARD]
    assert [dump.bank for dump in read_file(card + PROGRAMS).dumps] == [Bank.INTERNAL]


def test_dumps_of_two_allocations_in_one_file_do_not_merge():
    half = Contents(combinations=(Combination.blank(),) * 50, allocation=Allocation.LARGE_SEQUENCE)
    found = read_file(PROGRAMS + BankDump.of(half, Part.COMBINATIONS).encode())
    with pytest.raises(AllocationError):
        found.contents()


def test_a_file_of_endless_beginnings_is_not_listed_whole():
    found = read_file(b"\xf0" * 200_000)
    assert len(found.problems) <= 1_001
    assert "reading stopped here" in str(found.problems[-1])


@settings(max_examples=150)
@given(st.binary(max_size=200), st.integers(0, 991), st.sampled_from([b"", b"MThd", b"F0 "]))
def test_hostile_bytes_give_findings_and_never_an_exception(noise, cut, lead):
    data = lead + noise + GLOBAL[:cut] + noise
    found = read_file(data)
    assert found.messages or found.problems
    for problem in found.problems:
        assert 0 <= problem.offset <= len(data)
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("name", "format_", "parts", "described"),
    [
        (
            "factory-all.syx",
            "syx",
            {Part.PROGRAMS, Part.COMBINATIONS, Part.GLOBAL, Part.SEQUENCE},
            (
                "100 programs",
                "100 combinations",
                "global with 4 drum kits",
                "6 songs",
                "18 % sequencer free",
            ),
        ),
        ("factory-programs-macbinary.syx", "syx", {Part.PROGRAMS}, ("100 programs",)),
        ("factory-sequence.syx", "syx", {Part.SEQUENCE}, ("6 songs", "18 % sequencer free")),
        ("factory-global.syx", "syx", {Part.GLOBAL}, ("global with 4 drum kits",)),
        ("misnamed-combis-is-global.syx", "syx", {Part.GLOBAL}, ("global with 4 drum kits",)),
        (
            "m1ex-programs-and-combis.mid",
            "mid",
            {Part.PROGRAMS, Part.COMBINATIONS},
            ("100 programs", "100 combinations"),
        ),
    ],
)
def test_real_dumps_are_read_by_content_and_come_back_byte_for_byte(
    real_dump, name, format_, parts, described
):
    data = real_dump(name)
    found = read_file(data)
    assert found.format == format_
    assert found.contents().parts == parts
    assert found.contents().describe() == described
    assert all(problem.harmless for problem in found.problems)
    for one in found.messages:
        encoded = one.message.encode()
        assert one.size == len(encoded)
        in_file = encoded[1:] if format_ == "mid" else encoded
        assert data[one.offset : one.offset + len(in_file)] == in_file


def test_every_value_of_the_real_banks_lies_in_the_declared_ranges(real_dump):
    for name in ("factory-all.syx", "m1ex-programs-and-combis.mid"):
        memory = read_file(real_dump(name)).contents()
        records = [*(memory.programs or ()), *(memory.combinations or ())]
        assert len(records) == 200
        for record in [*records, memory.global_] if memory.global_ else records:
            assert record.problems() == ()


def test_the_factory_banks_first_and_last_names_are_read(real_dump):
    memory = read_file(real_dump("factory-all.syx")).contents()
    assert memory.programs
    assert memory.combinations
    assert memory.sequence
    assert (memory.programs[0].name, memory.programs[99].name) == ("Universe  ", "Surprise!!")
    assert memory.combinations[0].name == "FilmScore "
    assert memory.sequence.songs_in_use == (0, 1, 2, 3, 4, 5)
    assert memory.sequence.offsets_are_sound


def test_a_real_dump_cut_at_any_of_many_places_is_a_named_problem(real_dump):
    data = real_dump("factory-all.syx")
    for size in range(1, len(data), 997):
        found = read_file(data[:size])
        assert found.messages == ()
        assert found.problems[-1].offset == size


MODE_CHANGE = bytes.fromhex("42 30 19 4E 02 00")


def test_a_midi_file_of_too_many_messages_is_read_no_further():
    found = read_file(midi_file(*[MODE_CHANGE] * 1_200))
    assert len(found.messages) == 1_000
    assert [one.problem for one in found.problems] == ["reading stopped here"]
    assert found.problems[0].found.startswith("more by byte")


def test_hex_text_of_too_many_messages_is_read_no_further():
    found = read_file(b"F0 42 30 19 4E 02 00 F7\n" * 1_200)
    assert len(found.messages) == 1_000
    assert [one.problem for one in found.problems] == ["reading stopped here"]


def test_a_midi_file_of_countless_splinters_is_joined_no_further():
    found = read_file(midi_file(*[b"\1"] * 20_000))
    assert found.messages == ()
    assert "exclusive events" in found.problems[0].expected
    assert len(found.problems) < 10


@pytest.mark.parametrize(
    ("data", "form"),
    [(b"MThd" + bytes(1 << 20), "mid"), (b"F0 " * (2 << 20), "hex")],
)
def test_a_file_far_larger_than_any_m1s_is_not_parsed(data, form):
    found = read_file(data)
    assert (found.format, found.messages) == (form, ())
    (problem,) = found.problems
    assert "too large" in problem.problem
    assert problem.found == f"{len(data):,}"
    assert not problem.harmless


def test_a_midi_file_whose_exclusive_events_are_empty_is_reported():
    empty = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\7\0\xf0\0\0\xff\x2f\0"
    (problem,) = read_file(empty).problems
    assert problem.problem == "a Standard MIDI File without exclusive messages"


def test_dumps_that_hold_the_same_part_otherwise_are_not_guessed_about() -> None:
    blank = Program.blank()
    banks = ((blank,) * 100, (blank.replace(name="Other"), *(blank,) * 99))
    first, second = (BankDump.of(Contents(bank), Part.PROGRAMS).encode() for bank in banks)
    kits = BankDump.of(Contents(global_=GlobalData.blank()), Part.GLOBAL).encode()
    file = read_file(kits + first + second)
    with pytest.raises(RivalError, match="a second, different dump of programs is here") as error:
        file.contents()
    assert error.value.offset == len(kits) + len(first)
    with pytest.raises(RivalError):
        file.contents(Part.PROGRAMS)
    assert file.contents(Part.GLOBAL).global_ == GlobalData.blank()
    assert read_file(first + first).contents().programs == banks[0]


def test_dumps_that_differ_in_padding_alone_are_no_rivals() -> None:
    spaces = Program.blank().replace(name="Organ")
    zeros = Program(spaces.raw[:5] + bytes(5) + spaces.raw[10:])
    assert spaces.raw != zeros.raw
    first, second = (
        BankDump.of(Contents((one,) * 100), Part.PROGRAMS).encode() for one in (spaces, zeros)
    )
    assert read_file(first + second).contents().programs == (zeros,) * 100
