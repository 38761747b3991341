"""The monitor: every message in words, what repeats counted, nothing kept and nothing sent."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui import clock
from m1tui.cable.monitor import SHOWN, Line, Monitor, listen
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import (
    Bank,
    BankDump,
    BankRequest,
    IdentityRequest,
    ModeChange,
    ModeData,
    Part,
    Program,
    ProgramDump,
    ProgramWrite,
    Status,
    StatusCode,
)
from tests.cable.loops import LoopLink
from tests.engine.bench import machine
from tests.sysex.strategies import short_messages


def told(data: bytes) -> list[Line]:
    return Monitor(0.0).feed(data, 1.0)


def text(data: bytes) -> str:
    (line,) = told(data)
    return line.text


def test_a_dump_is_told_with_what_it_holds():
    dump = BankDump.of(machine().contents, Part.ALL, channel=2).encode()
    (line,) = told(dump)
    assert (line.kind, line.size, len(line.data)) == ("exclusive", len(dump), SHOWN)
    assert "all data dump, internal, 100/100: 100 programs, 100 combinations" in line.text
    assert line.text.endswith("channel 3")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (ProgramDump(0, Program.blank().replace(name="Organ 2")), 'program "Organ 2"'),
        (ProgramWrite(0, Bank.CARD, 7), "program write request for card 07"),
        (BankRequest(0, Part.GLOBAL), "dump request for global, internal"),
        (Status(0, StatusCode.LOAD_ERROR), "24 load error"),
        (ModeChange(0, 2), "mode change to PROG"),
        (ModeChange(0, 5), "mode change to an unknown mode (5)"),
        (ModeData(0, 2, 0, 1, 1), "mode data: PROG, 100/100, card none, PCM card none"),
        (IdentityRequest(0), "identity request"),
    ],
)
def test_the_m1s_messages_are_told_in_words(message, words):
    assert text(message.encode()) == f"{words}, channel 1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x90\x3c\x40", "note on C4, velocity 64, channel 1"),
        (b"\x81\x3c\x00", "note off C4, velocity 0, channel 2"),
        (b"\xb0\x07\x64", "control change 7 (volume), 100, channel 1"),
        (b"\xb0\x50\x01", "control change 80, 1, channel 1"),
        (b"\xcf\x05", "program change 5, channel 16"),
        (b"\xd0\x05", "aftertouch 5, channel 1"),
        (b"\xa0\x3c\x05", "key pressure C4, 5, channel 1"),
        (b"\xe0\x00\x40", "pitch bend +0 of 8192, channel 1"),
        (b"\xf2\x01\x02", "song position 257"),
        (b"\xf3\x01", "song select 1"),
        (b"\xf1\x12", "time code quarter frame 1, 2"),
        (b"\xf6", "tune request"),
        (b"\xfa", "start"),
        (b"\xfd", "undefined realtime message FD"),
    ],
)
def test_every_other_message_is_told_in_words(data, words):
    assert text(data) == words


def test_exclusive_of_others_is_told_as_such():
    assert "another maker" in text(b"\xf0\x41\x10\x42\x12\x01\xf7")
    assert "another Korg" in text(b"\xf0\x42\x30\x24\x12\xf7")


def test_bytes_of_no_message_are_shown_in_hex():
    (line,) = told(b"\x12\x34")
    assert (line.kind, line.hex) == ("garbage", "12 34")


@given(st.one_of(st.binary(max_size=300), short_messages.map(lambda message: message.encode())))
def test_no_byte_of_the_wire_reaches_a_screen_raw(data):
    monitor = Monitor(0.0)
    for line in [*monitor.feed(data, 0.0), *monitor.look(100.0), monitor.end(100.0)]:
        assert (line.text + line.hex).isprintable()


def test_a_names_control_characters_are_made_harmless():
    program = Program(b"\x1b[2J\x07name\x7f".ljust(Program.size, b"\0"))
    assert "\x1b" not in text(ProgramDump(0, program).encode())


def fed(data: bytes, times: list[float]) -> tuple[Monitor, list[Line]]:
    monitor, lines = Monitor(0.0), []
    for at in times:
        lines += monitor.feed(data, at)
    return monitor, lines


def test_active_sensing_is_told_when_it_begins_and_when_it_stops():
    monitor, lines = fed(b"\xfe", [at * 0.3 for at in range(10)])
    assert [line.text for line in lines] == ["active sensing begins"]
    assert monitor.due == pytest.approx(2.7 + 1.0)
    (stopped,) = monitor.look(3.7)
    assert stopped.text == "active sensing stopped after 10 in 2.7 s"
    assert monitor.due is None


def test_a_clock_is_told_with_its_tempo():
    monitor, _ = fed(b"\xf8", [at / 48 for at in range(49)])
    (stopped,) = monitor.look(10.0)
    assert stopped.text == "timing clock stopped after 49 in 1.0 s, 120 bpm"


def test_what_repeats_for_long_is_counted_once_a_minute():
    monitor, lines = fed(b"\xfe", [at * 0.25 for at in range(4 * 600)])
    assert len(lines) == 1 + 9
    assert all("continues" in line.text for line in lines[1:])
    assert monitor.counts["active sensing"] == 2_400


def test_a_message_that_stands_still_is_told_once_with_what_is_missing():
    dump = BankDump.of(machine().contents, Part.ALL).encode()
    monitor = Monitor(0.0)
    assert monitor.feed(dump[:1_000], 0.0) == []
    assert monitor.due == 1.0
    (line,) = monitor.look(1.0)
    assert line.text == f"a SysEx message has stopped after 1,000 of {len(dump):,} bytes"
    assert (monitor.due, monitor.look(2.0)) == (None, [])
    (whole,) = monitor.feed(dump[1_000:], 3.0)
    assert whole.size == len(dump)


def test_active_sensing_in_a_message_that_stands_still_does_not_hide_it():
    monitor, _ = fed(b"\xfe", [1.0, 1.9])
    lines = monitor.feed(b"\xf0\x42", 2.0)
    for at in range(8):
        lines += monitor.feed(b"\xfe", 2.0 + at * 0.3)
    assert [line.kind for line in lines] == ["garbage"]


def test_memory_stays_bounded_whatever_comes():
    monitor = Monitor(0.0)
    monitor.feed(b"\xf0" + bytes(60_000), 0.0)
    lines = monitor.feed(bytes(100_000), 1.0)
    assert all(len(line.data) <= SHOWN for line in lines)
    for at in range(5_000):
        monitor.feed(b"\xf8\x90\x3c\x40\xfe", at / 10)
    assert len(monitor.counts) < 10
    assert sum(sys.getsizeof(value) for value in vars(monitor).values()) < 4_000


def test_listening_yields_what_comes_and_what_silence_tells_and_sends_nothing():
    link = LoopLink()

    async def main() -> list[Line]:
        async with link:
            link.say(b"\xfe", 0.5)
            link.say(b"\x90\x3c\x40", 1.0)
            lines = []
            async for line in listen(link, Monitor(0.0)):
                lines.append(line)
                if len(lines) == 3:
                    return lines
        raise AssertionError

    lines = clock.run(main())
    assert [line.text for line in lines] == [
        "active sensing begins",
        "note on C4, velocity 64, channel 1",
        "active sensing stopped after 1 in 0.0 s",
    ]
    assert [line.seconds for line in lines] == [0.5, 1.0, 1.5]
    assert (link.sent, link.wire) == (0, b"")


def test_a_virtual_m1_is_sent_nothing():
    async def main() -> int:
        async with VirtualLink(machine()) as link:
            async for _ in listen(link, Monitor(0.0)):
                return link.sent
        raise AssertionError

    assert clock.run(main()) == 0
