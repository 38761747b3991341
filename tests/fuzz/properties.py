"""What must hold for any bytes that a file, a wire or a message may have."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise

from m1tui.sysex import (
    AllocationError,
    Event,
    ExclusiveFrame,
    Framer,
    Garbage,
    RealtimeByte,
    RivalError,
    ShortMessage,
    SysexError,
    decode,
)
from m1tui.sysex.causes import CAUSES, said
from m1tui.sysex.examine import examine
from m1tui.sysex.files import write_file
from m1tui.sysex.forms.found import MOST_UNPACKED
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.forms.salvage import messages_of
from m1tui.sysex.forms.text import GRAMMARS

FORMATS = ("syx", "mid", "hex", "packed", "memory", "card", "unknown")
MOST_FINDINGS = 1_010
"""Messages and problems of one file, a few problems more than are looked for."""
SLOWEST = 5.0
"""Seconds of processor time that a file may take, on any machine and under any instrument."""
LIMIT = 600
"""Bytes that the framer may keep: fewer than a whole dump, so that giving up is tried, too."""

_REALTIME = bytes(range(0xF8, 0x100))
_ROOM = 2_000
"""Realtime bytes that may stand in a message of a stream that is tried."""


def check_file(data: bytes) -> None:
    """A file is read in bounded time, and what is found lies in it and can be written again."""
    begun = time.process_time()
    file = read_file(data)
    assert time.process_time() - begun < SLOWEST, "reading takes too long"
    assert file.format in FORMATS
    assert len(file.messages) + len(file.problems) <= MOST_FINDINGS
    assert file.messages or file.problems
    end = 0
    # In a container, offsets count the bytes of the member, in a text those that it stands for,
    # which a star in a listing repeats; both are bounded.
    size = MOST_UNPACKED if file.containers or file.format == "hex" else len(data)
    for found in file.messages:
        assert 0 <= found.offset <= size
        assert found.size > 0
        assert found.member.isprintable()
        if file.format == "syx" and not file.containers:
            assert found.offset >= end, "messages overlap"
            end = found.offset + found.size
            assert end <= len(data)
        assert decode(found.raw) == found.message
    for problem in file.problems:
        assert 0 <= problem.offset <= size, str(problem)
        assert str(problem).isprintable()
        assert problem.code in CAUSES
    assert all(note.text.isprintable() for note in file.notes)
    for piece in file.pieces:
        assert 0 <= piece.offset <= size
        for message in messages_of(piece):
            assert decode(message.encode()) == message
    with suppress(AllocationError, RivalError):
        findings = examine(file.contents()).findings
        assert all(str(said(finding)).isprintable() for finding in findings)
    written = b"".join(found.message.encode() for found in file.messages)
    if written:
        again = read_file(written)
        assert [one.message for one in again.messages] == [one.message for one in file.messages]
        text = write_file([one.message for one in file.messages], "hex")
        assert [one.message for one in read_file(text).messages] == [
            one.message for one in file.messages
        ]


def check_wrapped(data: bytes) -> None:
    """What wraps dumps, and text, is read like any file.

    The first byte tells which beginning the rest has: so the fuzzer need not guess it.
    """
    begin = BEGINNINGS[data[0] % len(BEGINNINGS)] if data else b""
    check_file(begin + data[1:])


def check_text(data: bytes) -> None:
    """Every grammar gives bytes or says that a number is none, whatever the text."""
    text = data.decode("latin-1")
    for grammar in GRAMMARS:
        begun = time.process_time()
        with suppress(ValueError):
            assert isinstance(grammar.parse(text), bytes)
        assert time.process_time() - begun < SLOWEST, grammar.name


BEGINNINGS = (
    b"",
    b"PK\3\4",
    b"\x1f\x8b\x08",
    b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0",
    b"\0\5\x16\0",
    b"begin 644 a\n",
    b"(This file must be converted with BinHex 4.0)\n:",
    b"Subject: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\n",
    b"RIFF\0\0\0\0RMID",
    b"00000000: f042 3019 4c00  .B0.L.\n",
    b"\xf0\x42\x30\x19\x50\0",
    b"\x70\x42\x30\x19",
)
"""How files of the forms begin."""


def check_message(data: bytes) -> None:
    """Bytes are a message that encodes to just these bytes, or the error lies within them."""
    try:
        message = decode(data)
    except SysexError as error:
        problem = error
    else:
        assert message.encode() == data
        return
    assert 0 <= problem.offset <= len(data), str(problem)
    assert str(problem).isprintable()


def check_framer(data: bytes) -> None:
    """A stream gives the same however it is cut; nothing is lost, and little is kept.

    The first four bytes tell how it is cut.
    """
    cuts, stream = data[:4], data[4:]
    whole = _events([stream])
    assert whole == _events(_pieces(stream, cuts)), "the chunks make a difference"
    assert whole == _events([bytes([byte]) for byte in stream]), "single bytes make a difference"
    for event in whole:
        _check_event(event, stream)
    offsets = [event.offset for event in whole if not isinstance(event, RealtimeByte)]
    assert all(one < other for one, other in pairwise(offsets))


def _pieces(stream: bytes, cuts: bytes) -> list[bytes]:
    places = [0, *sorted(cut * len(stream) // 255 for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(places)]


def _events(pieces: list[bytes]) -> list[Event]:
    """Feed pieces; garbage that only the cuts have parted is joined."""
    framer = Framer(limit=LIMIT)
    events: list[Event] = []
    last, realtime = -1, 0
    for piece in pieces:
        for event in framer.feed(piece):
            if isinstance(event, RealtimeByte):
                realtime += 1
                events.append(event)
                continue
            before = events[last] if last >= 0 else None
            if isinstance(event, Garbage) and _goes_on(before, event, realtime):
                assert isinstance(before, Garbage)
                events[last] = Garbage(before.data + event.data, before.offset, event.reason)
            else:
                last = len(events)
                events.append(event)
            realtime = 0
        assert framer.pending <= LIMIT
        assert framer.pending == len(framer.partial)
    # Realtime bytes are lifted out of what is under way, so their place among the rest may vary.
    return sorted(events, key=lambda event: (event.offset, isinstance(event, RealtimeByte)))


def _goes_on(last: Event | None, event: Garbage, realtime: int) -> bool:
    """Tell whether two pieces of garbage are one, but for the realtime bytes between them."""
    return (
        isinstance(last, Garbage)
        and realtime == 0
        and last.reason == event.reason == "data outside a message"
        and last.offset + len(last.data) == event.offset
    )


def _check_event(event: Event, stream: bytes) -> None:
    assert 0 <= event.offset < len(stream)
    if isinstance(event, RealtimeByte):
        assert stream[event.offset] == event.status >= 0xF8
    elif isinstance(event, ShortMessage):
        assert event.data[0] >= 0x80
        assert event.data[1:].isascii()
        assert len(event.data) <= 3
    else:
        there = stream[event.offset : event.offset + 2 * len(event.data) + _ROOM]
        assert there.translate(None, _REALTIME).startswith(event.data)
        if isinstance(event, ExclusiveFrame):
            assert event.data[0] == 0xF0
            assert event.data[-1] == 0xF7
            assert event.data[1:-1].isascii()
            assert len(event.data) <= LIMIT + 1


PROPERTIES = {
    "file": check_file,
    "wrapped": check_wrapped,
    "text": check_text,
    "framer": check_framer,
    "message": check_message,
}
"""Each property by the name of its target."""
