"""Eight-bit memory in seven-bit MIDI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import decode, pack, packed_size, unpack, unpacked_size
from m1tui.sysex.packing import spare_bits
from tests.sysex.strategies import bank_dumps, short_messages


def test_the_first_byte_of_a_group_holds_the_top_bits_of_the_following_seven():
    assert pack(b"\x81\x02\x83\x04\x85\x06\x87") == bytes([0b1010101, 1, 2, 3, 4, 5, 6, 7])


def test_a_short_last_group_is_not_padded():
    assert pack(b"\x80" * 9) == bytes([0x7F, 0, 0, 0, 0, 0, 0, 0, 0x03, 0, 0])


@pytest.mark.parametrize(
    ("memory", "wire"), [(143, 164), (124, 142), (14_300, 16_343), (12_400, 14_172), (861, 984)]
)
def test_records_and_banks_take_the_bytes_that_real_dumps_take(memory, wire):
    assert packed_size(memory) == wire
    assert unpacked_size(wire) == memory
    assert len(pack(bytes(memory))) == wire


@given(st.binary(max_size=300))
def test_unpacking_what_was_packed_gives_it_back(data):
    packed = pack(data)
    assert packed.isascii()
    assert len(packed) == packed_size(len(data))
    assert unpack(packed) == data


@given(st.binary(max_size=100))
def test_every_lane_agrees_with_the_definition_byte_by_byte(data):
    expected = bytearray()
    for start in range(0, len(data), 7):
        group = data[start : start + 7]
        expected.append(sum((byte >> 7) << bit for bit, byte in enumerate(group)))
        expected += bytes(byte & 0x7F for byte in group)
    assert pack(data) == expected


def test_a_group_of_top_bits_alone_is_refused():
    with pytest.raises(ValueError, match="9 packed bytes end in a group without data"):
        unpack(bytes(9))


def test_a_packed_byte_above_7f_is_refused():
    with pytest.raises(ValueError, match="above 7F"):
        unpack(b"\x00\x80")


@given(st.binary(max_size=60).map(lambda data: bytes(byte & 0x7F for byte in data)))
def test_every_seven_bit_byte_survives_the_way_there_and_back(packed):
    packed = packed[:-1] if len(packed) % 8 == 1 else packed
    assert pack(unpack(packed), spare_bits(packed)) == packed


@given(st.one_of(bank_dumps(), short_messages), st.data())
def test_a_message_with_bits_that_belong_to_nothing_is_written_as_it_came(message, data):
    wire = bytearray(message.encode())
    for _ in range(3):
        at = data.draw(st.integers(0, len(wire) - 1))
        if 5 < at < len(wire) - 1:
            wire[at] ^= 1 << data.draw(st.integers(0, 6))
    try:
        again = decode(bytes(wire))
    except ValueError:
        return
    assert again.encode() == bytes(wire)


def test_spare_bits_do_not_reach_into_bytes_of_another_size():
    assert pack(b"\x80\x01", spare=0x7F) == bytes([0x7D, 0, 1])
    assert pack(b"\x80" * 7, spare=0x7F) == bytes([0x7F, 0, 0, 0, 0, 0, 0, 0])
