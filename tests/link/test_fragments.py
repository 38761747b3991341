from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from m1tui.link.rtmidi import Fragmenter

MIDI = st.lists(
    st.one_of(
        st.binary(max_size=600).map(lambda d: b"\xf0" + bytes(b & 0x7F for b in d) + b"\xf7"),
        st.sampled_from([b"\xfe", b"\xf8", b"\xc0\x05", b"\x90\x3c\x40", b"\xf7", b"\xf6"]),
        st.binary(max_size=5),
    ),
    max_size=8,
).map(b"".join)


def pieces(*writes: bytes) -> list[bytes]:
    fragmenter = Fragmenter()
    return [piece for data in writes for piece in fragmenter.feed(data)]


def test_a_bank_goes_as_f0_with_255_bytes_and_then_by_threes() -> None:
    message = b"\xf0" + bytes(49_789) + b"\xf7"
    sizes = [len(piece) for piece in pieces(message)]
    assert sizes[0] == 256
    assert set(sizes[1:-1]) == {3}
    assert sum(sizes) == 49_791


def test_a_short_exclusive_message_is_one_piece() -> None:
    request = bytes.fromhex("F0 42 30 19 12 F7")
    assert pieces(request) == [request]


@given(data=MIDI, cuts=st.lists(st.integers(0, 2000), max_size=5))
def test_nothing_is_lost_held_back_or_too_long_however_the_writes_are_cut(
    data: bytes, cuts: list[int]
) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    fragmenter = Fragmenter()
    for start, end in pairwise(edges):
        got = list(fragmenter.feed(data[start:end]))
        assert b"".join(got) == data[start:end]
        for piece in got:
            assert 1 <= len(piece) <= (256 if piece[0] == 0xF0 else 3)


@given(data=MIDI)
def test_a_status_byte_always_begins_a_piece_except_f7(data: bytes) -> None:
    for piece in pieces(data):
        assert all(byte < 0x80 or byte == 0xF7 for byte in piece[1:])


def test_a_message_in_two_writes_goes_on_by_threes() -> None:
    assert [len(piece) for piece in pieces(b"\xf0" + bytes(9), bytes(7) + b"\xf7")] == [10, 3, 3, 2]


def test_realtime_inside_a_message_does_not_end_it() -> None:
    assert pieces(b"\xf0\x01\xfe\x02\x03\x04\x05\xf7") == [
        b"\xf0\x01",
        b"\xfe",
        b"\x02\x03\x04",
        b"\x05\xf7",
    ]


def test_short_messages_go_one_by_one() -> None:
    assert pieces(b"\x90\x3c\x40\xc0\x05\xf6\xf2\x01\x02") == [
        b"\x90\x3c\x40",
        b"\xc0\x05",
        b"\xf6",
        b"\xf2\x01\x02",
    ]


def test_the_end_of_an_aborted_message_goes_alone() -> None:
    assert pieces(b"\xf0\x01\x02", b"\xf7") == [b"\xf0\x01\x02", b"\xf7"]
