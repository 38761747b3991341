"""A live stream, whatever the wire brings."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from m1tui.sysex import (
    ExclusiveFrame,
    Framer,
    Garbage,
    ModeRequest,
    RealtimeByte,
    ShortMessage,
    decode,
)
from tests.sysex.strategies import short_messages

REQUEST = ModeRequest(0).encode()


def split(data, cuts):
    """Cut `data` at the given places."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def test_realtime_bytes_are_lifted_out_of_an_exclusive_message():
    events = Framer().feed(b"\xf0\x42\xfe\x30\x19\xf8\x12\xfe\xf7")
    assert [type(event) for event in events] == [RealtimeByte] * 3 + [ExclusiveFrame]
    assert events[-1] == ExclusiveFrame(REQUEST, 0)
    assert events[:3] == [RealtimeByte(0xFE, 2), RealtimeByte(0xF8, 5), RealtimeByte(0xFE, 7)]


def test_channel_messages_are_cut_with_running_status_written_out():
    events = Framer().feed(b"\x90\x3c\x40\x3c\x00\xc0\x05\xf2\x01\x02")
    assert events == [
        ShortMessage(b"\x90\x3c\x40", 0),
        ShortMessage(b"\x90\x3c\x00", 3),
        ShortMessage(b"\xc0\x05", 5),
        ShortMessage(b"\xf2\x01\x02", 7),
    ]


def test_running_status_ends_with_a_system_common_message():
    events = Framer().feed(b"\x90\x3c\x40\xf6\x3c\x40")
    assert events[1] == ShortMessage(b"\xf6", 3)
    assert events[2] == Garbage(b"\x3c\x40", 4, "data outside a message")


def test_a_message_that_breaks_off_is_garbage_and_the_next_one_is_found():
    events = Framer().feed(b"\xf0\x42\x30" + REQUEST)
    assert events == [
        Garbage(b"\xf0\x42\x30", 0, "the message is incomplete"),
        ExclusiveFrame(REQUEST, 3),
    ]


def test_a_running_status_is_no_part_of_a_message_that_breaks_off():
    events = Framer().feed(b"\x90\x3c\x40\x3c" + REQUEST)
    assert events[1] == Garbage(b"\x3c", 3, "the message is incomplete")


def test_an_end_without_a_beginning_is_garbage():
    assert Framer().feed(b"\x12\xf7") == [
        Garbage(b"\x12", 0, "data outside a message"),
        Garbage(b"\xf7", 1, "an F7 outside a message"),
    ]


def test_the_bytes_under_way_can_be_counted_and_seen():
    framer = Framer()
    framer.feed(REQUEST[:4] + b"\xfe")
    assert (framer.pending, framer.partial) == (4, REQUEST[:4])
    framer.feed(REQUEST[4:])
    assert (framer.pending, framer.partial) == (0, b"")
    framer.feed(b"\x90\x3c")
    assert framer.pending == 0


def test_a_message_without_end_is_given_up_at_the_limit():
    framer = Framer(limit=100)
    events = framer.feed(b"\xf0" + bytes(250))
    assert events == [
        Garbage(b"\xf0" + bytes(99), 0, "no end within 100 bytes"),
        Garbage(bytes(151), 100, "data outside a message"),
    ]
    assert framer.pending == 0
    assert framer.feed(REQUEST) == [ExclusiveFrame(REQUEST, 251)]


@given(st.lists(st.binary(max_size=80)))
def test_nothing_is_lost_and_nothing_kept_beyond_the_limit(pieces):
    framer = Framer(limit=32)
    seen = 0
    for piece in pieces:
        for event in framer.feed(piece):
            data = bytes([event.status]) if isinstance(event, RealtimeByte) else event.data
            running = isinstance(event, ShortMessage)
            seen += 0 if running else len(data)
        assert framer.pending <= 32
    assert seen <= sum(map(len, pieces))


@given(st.lists(short_messages, max_size=4), st.lists(st.integers(0, 10_000)), st.data())
def test_messages_arrive_whole_however_the_bytes_are_cut_and_interrupted(messages, cuts, data):
    stream = b"".join(message.encode() for message in messages)
    for place in data.draw(st.lists(st.integers(0, max(len(stream), 1)), max_size=5)):
        stream = stream[:place] + b"\xfe" + stream[place:]
    framer = Framer()
    events = [event for piece in split(stream, cuts) for event in framer.feed(piece)]
    frames = [event for event in events if isinstance(event, ExclusiveFrame)]
    assert [decode(frame.data) for frame in frames] == messages
    assert not [event for event in events if isinstance(event, Garbage)]
