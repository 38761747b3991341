"""What is gathered to whole messages is the same stream, and each begins with a status byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.link.rtmidi import Gatherer


def gathered(*pieces: bytes) -> list[bytes]:
    gatherer = Gatherer()
    return [message for piece in pieces for message in gatherer.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        ("f0 42 30 f7", ["f0 42 30 f7"]),
        ("90 3c 40 3e 40", ["90 3c 40", "90 3e 40"]),
        ("f0 42 f8 30 f7", ["f8", "f0 42 30 f7"]),
        ("f0 42 c0 05", ["f0 42 f7", "c0 05"]),
        ("f7", ["f0 f7"]),
        ("f6", ["f6"]),
        ("f3 05 f2 01 02", ["f3 05", "f2 01 02"]),
        ("01 02", []),
        ("f0 42 30", []),
    ],
)
def test_each_message_is_one_call(stream: str, messages: list[str]) -> None:
    wanted = [bytes.fromhex(one) for one in messages]
    data = bytes.fromhex(stream)
    assert gathered(data) == wanted
    assert gathered(*(bytes([byte]) for byte in data)) == wanted


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_no_call_begins_without_a_status_byte_or_has_a_piece_of_a_message(
    pieces: list[bytes],
) -> None:
    for message in gathered(*pieces):
        assert message[0] >= 0x80
        assert len(message) <= 3 or (message[0] == 0xF0 and message[-1] == 0xF7)
        assert all(byte < 0x80 for byte in message[1:-1])


@given(st.lists(st.binary(max_size=30).map(lambda data: bytes(b & 0x7F for b in data)), max_size=5))
def test_exclusive_messages_come_out_as_they_went_in(bodies: list[bytes]) -> None:
    messages = [b"\xf0" + body + b"\xf7" for body in bodies]
    assert gathered(b"".join(messages)) == messages
