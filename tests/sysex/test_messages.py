"""Every message both ways, and what is said of those that are wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import (
    Allocation,
    AllocationError,
    BankDump,
    CardFormat,
    CardState,
    Contents,
    ForeignModelError,
    GlobalData,
    IdentityReply,
    IdentityRequest,
    LengthError,
    Mode,
    ModeData,
    ModeRequest,
    Part,
    Status,
    StatusByteError,
    StatusCode,
    SysexError,
    UnknownMessageError,
    UnterminatedError,
    card_code,
    decode,
    expected_size,
    message_size,
)
from tests.sysex.strategies import bank_dumps, contents, short_messages

GLOBAL_DUMP = BankDump.of(Contents(global_=GlobalData.blank()), Part.GLOBAL).encode()


@given(short_messages)
def test_a_short_message_comes_back_as_it_was_sent(message):
    assert decode(message.encode()) == message


@settings(max_examples=25)
@given(bank_dumps())
def test_a_dump_comes_back_as_it_was_sent(dump):
    data = dump.encode()
    assert decode(data) == dump
    assert expected_size(data[:8]) == len(data)


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        ("F0 42 30 19 12 F7", ModeRequest(0)),
        ("F0 42 35 19 42 02 00 01 02 F7", ModeData(5, 2, 0, 1, 2)),
        ("F0 42 3F 19 24 F7", Status(15, StatusCode.LOAD_ERROR)),
        ("F0 7E 7F 06 01 F7", IdentityRequest(None)),
        (
            "F0 7E 00 06 02 42 19 00 08 00 07 01 01 00 F7",
            IdentityReply.of_m1(channel=0, rom=7, software=1),
        ),
    ],
)
def test_messages_have_the_bytes_that_the_manual_and_captures_show(data, meaning):
    assert meaning.encode() == bytes.fromhex(data)
    assert decode(bytes.fromhex(data)) == meaning


@pytest.mark.parametrize(
    ("part", "allocation", "steps", "size"),
    [
        (Part.PROGRAMS, Allocation.LARGE_PROGRAM, 0, 16_350),
        (Part.PROGRAMS, Allocation.LARGE_SEQUENCE, 0, 8_179),
        (Part.COMBINATIONS, Allocation.LARGE_PROGRAM, 0, 14_179),
        (Part.COMBINATIONS, Allocation.LARGE_SEQUENCE, 0, 7_093),
        (Part.GLOBAL, Allocation.LARGE_PROGRAM, 0, 991),
        (Part.SEQUENCE, Allocation.LARGE_PROGRAM, 0, 1_749),
        (Part.SEQUENCE, Allocation.LARGE_PROGRAM, 3_619, 18_293),
        (Part.SEQUENCE, Allocation.LARGE_PROGRAM, 4_400, 21_863),
        (Part.SEQUENCE, Allocation.LARGE_SEQUENCE, 7_700, 36_949),
        (Part.ALL, Allocation.LARGE_PROGRAM, 0, 33_247),
        (Part.ALL, Allocation.LARGE_PROGRAM, 3_619, 49_791),
        (Part.ALL, Allocation.LARGE_PROGRAM, 4_400, 53_361),
        (Part.ALL, Allocation.LARGE_SEQUENCE, 0, 17_990),
        (Part.ALL, Allocation.LARGE_SEQUENCE, 7_700, 53_190),
    ],
)
def test_dumps_have_the_sizes_that_are_known(part, allocation, steps, size):
    assert message_size(part, allocation, steps) == size


def test_a_dump_that_breaks_off_names_where_its_end_was_expected():
    with pytest.raises(UnterminatedError) as caught:
        decode(GLOBAL_DUMP[:-1], offset=128)
    assert caught.value.offset == 128 + 990
    assert "the message at byte 128 is incomplete after 990 bytes" in str(caught.value)


def test_a_dump_one_byte_short_names_both_lengths():
    with pytest.raises(LengthError, match="expected 991 bytes, found 990 bytes"):
        decode(GLOBAL_DUMP[:-2] + b"\xf7")


def test_a_status_byte_inside_is_named_with_its_offset():
    damaged = bytearray(GLOBAL_DUMP)
    damaged[500] = 0x90
    with pytest.raises(StatusByteError, match="found 90") as caught:
        decode(bytes(damaged), offset=7)
    assert caught.value.offset == 507


@pytest.mark.parametrize(
    ("data", "error", "offset", "found"),
    [
        ("F0 42 30 2B 4C 00 F7", ForeignModelError, 3, r"2B \(01/W\)"),
        ("F0 42 30 30 4C 00 F7", ForeignModelError, 3, r"30 \(03R/W\)"),
        ("F0 42 30 26 4C 00 F7", ForeignModelError, 3, "T-series"),
        ("F0 41 10 16 12 00 F7", ForeignModelError, 1, "41"),
        ("F0 42 50 19 12 00 F7", UnknownMessageError, 2, "50"),
        ("F0 42 30 19 05 00 F7", UnknownMessageError, 4, "05"),
        ("F0 42 30 19 0F 02 F7", UnknownMessageError, 5, "02"),
        ("F0 42 30 19 12 00 F7", LengthError, 5, "7"),
        ("F0 42 19 F7", LengthError, 3, "4"),
        ("F0 7E 00 09 01 F7", UnknownMessageError, 3, "09 01"),
        ("90 3C 40", SysexError, 0, "90"),
        ("", SysexError, 0, "nothing"),
    ],
)
def test_what_is_no_m1_message_is_refused_with_offset_and_find(data, error, offset, found):
    with pytest.raises(error, match=f"found.*{found}") as caught:
        decode(bytes.fromhex(data))
    assert caught.value.offset == offset


def test_a_header_that_contradicts_the_length_is_an_allocation_error():
    memory = Contents(programs=(), combinations=(), allocation=Allocation.LARGE_PROGRAM)
    assert memory.parts == {Part.PROGRAMS, Part.COMBINATIONS}
    data = bytearray(message_size(Part.PROGRAMS, Allocation.LARGE_SEQUENCE))
    data[:6] = bytes.fromhex("F0 42 30 19 4C 00")
    data[-1] = 0xF7
    with pytest.raises(AllocationError, match="says 100/100 but the length is that of 50/50"):
        decode(bytes(data))


def test_more_steps_than_the_allocation_holds_are_an_allocation_error():
    data = bytearray(message_size(Part.SEQUENCE, Allocation.LARGE_PROGRAM, 4_401))
    data[:8] = bytes([0xF0, 0x42, 0x30, 0x19, 0x48, 0, 4_401 & 0x7F, 4_401 >> 7])
    data[-1] = 0xF7
    with pytest.raises(AllocationError, match="at most 4,400 steps, found 4,401"):
        decode(bytes(data))


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, 15), st.sampled_from([b"", b"\x00", b"\x01"]))
def test_hostile_bytes_are_decoded_or_refused_with_an_offset_inside_them(noise, channel, lead):
    data = bytes([0xF0, 0x42, 0x30 | channel, 0x19]) + lead + noise + b"\xf7"
    outcome = outcome_of(data)
    if isinstance(outcome, SysexError):
        assert 0 <= outcome.offset <= len(data)
        assert str(outcome).isprintable()
    else:
        assert outcome.encode() == data


def outcome_of(data):
    try:
        return decode(data)
    except SysexError as error:
        return error


@pytest.mark.parametrize(
    ("code", "state", "card_format"),
    [
        (0x00, CardState.OFF, None),
        (0x01, CardState.NONE, None),
        (0x02, CardState.UNKNOWN, None),
        (0x10, CardState.ROM, CardFormat.PROGRAMS),
        (0x21, CardState.RAM, CardFormat.PROGRAMS_AND_SEQUENCE),
        (0x32, CardState.RAM_PROTECTED, CardFormat.SEQUENCE),
    ],
)
def test_mode_data_tells_the_card_and_its_format(code, state, card_format):
    data = ModeData(0, 2, 0, code, 1)
    assert (data.card, data.card_format, data.pcm_card) == (state, card_format, False)
    assert card_code(state, card_format) == code


def test_codes_that_no_source_names_are_kept_and_read_as_unknown():
    data = decode(bytes.fromhex("F0 42 30 19 42 05 07 03 09 F7"))
    assert isinstance(data, ModeData)
    assert (data.mode, data.allocation, data.card, data.pcm_card) == (
        None,
        None,
        CardState.UNKNOWN,
        None,
    )
    assert ModeData(0, 6, 1, 1, 2).mode is Mode.SEQUENCER


@pytest.mark.parametrize(
    ("body", "model", "is_m1"),
    [
        ("42 19 00 08 00 07 01 01 00", "M1", True),
        ("42 24 00 00 00 01 00 01 00", "M3R", False),
        ("42 77 00 00 00 01 00 01 00", "Korg family 77", False),
        ("41 14 00 00 00 01 00 01 00", "another maker's instrument (41 14 00 00)", False),
        ("00 20 33 01 00 00 00 00", "another maker's instrument (00 20 33 01)", False),
    ],
)
def test_the_identity_reply_names_its_model(body, model, is_m1):
    reply = IdentityReply(0, bytes.fromhex(body))
    assert (reply.model, reply.is_m1) == (model, is_m1)


@settings(max_examples=10)
@given(contents())
def test_parts_taken_out_and_merged_again_are_the_whole(memory):
    merged = Contents()
    for part in Part:
        if part is not Part.ALL:
            merged = merged.merged(memory.only(part))
    assert merged == memory


def test_dumps_of_different_allocations_do_not_merge():
    first = Contents(programs=(), allocation=Allocation.LARGE_PROGRAM)
    with pytest.raises(AllocationError, match=r"expected one .* \(100/100\), found 50/50"):
        first.merged(first.replace(allocation=Allocation.LARGE_SEQUENCE))


def test_a_dump_cannot_be_made_of_what_is_not_there():
    with pytest.raises(ValueError, match="no combinations, programs, sequence"):
        BankDump.of(Contents(global_=GlobalData.blank()), Part.ALL)
