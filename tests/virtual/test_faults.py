"""Faults: how they are named, what each does to the bytes, and that a seed decides it all."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import BankRequest, ExclusiveFrame, Framer, Part
from m1tui.virtual.fault_line import Echo, Happening, Late, Line, Pause, Repeat, Step
from m1tui.virtual.faults import BY_ANSWER, SECONDS, Fault, FaultLog, Kind, Side
from tests.virtual.dialogue import dump_of, open_m1

DUMP = dump_of(open_m1(), Part.PROGRAMS).encode()
REQUEST = BankRequest(0, Part.ALL).encode()


def passed(
    *words: str, data: bytes = DUMP, seed: int = 1, cuts: tuple[int, ...] = ()
) -> list[Step]:
    """What becomes of `data`, cut at `cuts`, on its way to the M1."""
    line = Line(Side.IN, tuple(map(Fault.parse, words)), seed, FaultLog())
    steps: list[Step] = []
    places = [0, *sorted(cuts), len(data)]
    for begin, end in pairwise(places):
        steps += line.through(data[begin:end], 0.0)
    return steps


def bytes_of(steps: list[Step]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


def frames(data: bytes) -> list[bytes]:
    return [event.data for event in Framer().feed(data) if isinstance(event, ExclusiveFrame)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("flip=1e-5", Fault(Kind.FLIP, 1e-5)),
        ("in:lost-byte=0.001", Fault(Kind.LOST_BYTE, 0.001, Side.IN)),
        ("stall=0.01:2s", Fault(Kind.STALL, 0.01, None, 2.0)),
        ("out:echo=1:250ms", Fault(Kind.ECHO, 1.0, Side.OUT, 0.25)),
        ("power-cut=.5:7", Fault(Kind.POWER_CUT, 0.5, None, 7.0)),
    ],
)
def test_a_fault_is_named_by_kind_rate_direction_and_time(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("flop=0.1", "the kinds are flip, "),
        ("flip", "the kinds are flip, "),
        ("flip=2", "from 0 to 1"),
        ("flip=nan", "from 0 to 1"),
        ("flip=-1", "from 0 to 1"),
        ("flip=", "from 0 to 1"),
        ("flip=0.1:2s", "cannot be given a time"),
        ("stall=0.1:2h", "a time such as"),
        ("stall=0.1:9999", "3600 s"),
        ("up:flip=0.1", "'in:' \\(to the M1\\)"),
        ("in:reply-24=0.1", "cannot be given a direction"),
    ],
)
def test_what_is_no_fault_is_refused_with_what_was_expected(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Fault.parse(text)


@pytest.mark.parametrize("kind", Kind)
def test_a_fault_reads_back_from_its_own_words(kind: Kind) -> None:
    side = None if kind in BY_ANSWER else Side.OUT
    fault = Fault(kind, 0.25, side, 1.5 if kind in SECONDS else None)
    assert Fault.parse(str(fault)) == fault


def test_a_wire_without_luck_flips_one_bit_of_every_byte() -> None:
    worn = bytes_of(passed("flip=1", data=b"\x01\x02\x03"))
    assert [(a ^ b).bit_count() for a, b in zip(worn, b"\x01\x02\x03", strict=True)] == [1, 1, 1]


def test_bits_flip_as_often_as_the_rate_says() -> None:
    worn = bytes_of(passed("flip=0.01", data=bytes(100_000)))
    assert 800 < sum(byte != 0 for byte in worn) < 1_200


def test_a_rate_of_zero_never_strikes() -> None:
    every = [f"{kind}=0" for kind in Kind if kind not in BY_ANSWER]
    assert passed(*every) == [DUMP]


def test_single_bytes_are_lost_doubled_or_come_from_nowhere() -> None:
    assert bytes_of(passed("lost-byte=1", data=b"\x01\x02\x03")) == b""
    assert bytes_of(passed("doubled-byte=1", data=b"\x01\x02\x03")) == b"\x01\x01\x02\x02\x03\x03"
    strewn = bytes_of(passed("realtime=1", data=b"\x01\x02\x03"))
    assert [byte for byte in strewn if byte < 0xF8] == [1, 2, 3]
    assert len(strewn) == 6


def test_a_lost_packet_takes_three_bytes_in_a_row() -> None:
    data = bytes(range(100))
    worn = bytes_of(passed("lost-packet=0.05", data=data, seed=1))
    gone = sorted(set(data) - set(worn))
    assert gone
    assert len(gone) % 3 == 0
    assert all(gone[at] + 2 == gone[at + 2] for at in range(0, len(gone), 3))


def test_a_ch345_loses_every_second_packet_of_a_message() -> None:
    assert bytes_of(passed("ch345=1", data=REQUEST + REQUEST)) == 2 * (REQUEST[:3] + REQUEST[6:])


def test_a_message_is_cut_off_after_4095_bytes_and_short_ones_are_not() -> None:
    assert bytes_of(passed("truncation=1")) == DUMP[:4_095]
    assert bytes_of(passed("truncation=1", data=REQUEST)) == REQUEST


def test_a_message_may_lose_its_end() -> None:
    assert bytes_of(passed("lost-end=1", data=REQUEST + DUMP)) == REQUEST[:-1] + DUMP[:-1]


def test_packets_change_places_and_none_is_lost() -> None:
    data = bytes(range(12))
    assert bytes_of(passed("swapped-packet=1", data=data)) == (
        bytes([3, 4, 5, 0, 1, 2]) + bytes([9, 10, 11, 6, 7, 8])
    )
    # What nothing follows waits for what comes.
    assert bytes_of(passed("swapped-packet=1", data=data[:5])) == bytes([3, 4])
    worn = bytes_of(passed("swapped-packet=0.01"))
    assert worn != DUMP
    assert sorted(worn) == sorted(DUMP)


def test_a_message_is_overtaken_by_the_next() -> None:
    overtaken = passed("overtaken=0.5", data=REQUEST + DUMP + REQUEST, seed=1)
    assert bytes_of(overtaken) == DUMP + REQUEST + REQUEST
    assert passed("overtaken=1", data=REQUEST) == []


def test_a_message_that_is_held_back_comes_later_and_whole() -> None:
    assert passed("held-back=1:90s", data=DUMP) == [Late(DUMP, 90.0)]
    assert passed("held-back=1", data=DUMP[:100] + REQUEST) == [DUMP[:100], Late(REQUEST, 10.0)]


def test_a_stall_stands_inside_the_message() -> None:
    first, pause, rest = passed("stall=1:3s")
    assert pause == Pause(3.0)
    assert isinstance(first, bytes)
    assert isinstance(rest, bytes)
    assert first + rest == DUMP
    assert 8 <= len(first) < len(DUMP)
    assert Pause(2.0) in passed("stall=1", data=REQUEST)


def test_garbage_stands_between_messages() -> None:
    worn = bytes_of(passed("garbage=1", data=REQUEST, seed=2))
    assert worn.endswith(REQUEST)
    assert len(REQUEST) < len(worn) <= len(REQUEST) + 8


def test_an_echo_brings_the_whole_message_back() -> None:
    assert passed("echo=1:2s", data=REQUEST) == [REQUEST, Echo(REQUEST, 2.0)]


def test_a_message_comes_twice_where_two_cables_meet() -> None:
    assert passed("repeat=1:2s") == [DUMP, Repeat(DUMP, 2.0)]
    assert passed("repeat=1", data=REQUEST) == [REQUEST, Repeat(REQUEST, 0.0)]


def test_a_box_that_keeps_dumps_sends_no_request_back() -> None:
    assert passed("dump-echo=1:2s") == [DUMP, Echo(DUMP, 2.0)]
    assert passed("dump-echo=1:2s", data=REQUEST) == [REQUEST]


@pytest.mark.parametrize(
    "word",
    [
        "power-cut",
        "memory-loss",
        "protect-on",
        "channel-change",
        "slider",
        "other-program",
        "other-mode",
        "allocation-change",
        "store",
    ],
)
def test_hands_meddle_in_the_middle_of_a_dump_and_not_of_a_request(word: str) -> None:
    first, happening, rest = passed(f"{word}=1", seed=5)
    assert isinstance(happening, Happening)
    assert happening.fault.kind == word
    assert bytes_of([first, rest]) == DUMP
    assert passed(f"{word}=1", data=REQUEST) == [REQUEST]


@pytest.mark.parametrize(
    ("word", "size"), [("truncation", 4_095), ("ch345", 3), ("held-back", 0), ("overtaken", 0)]
)
def test_a_message_of_which_bytes_do_not_come_is_logged_before_its_end(
    word: str, size: int
) -> None:
    """Who waits for more gives up before the message has crossed."""
    log = FaultLog()
    line = Line(Side.OUT, (Fault.parse(f"{word}=1"),), 4, log)
    line.through(DUMP[:size], 0.0)
    assert not log.mishaps
    line.through(DUMP[size : size + 300], 0.0)
    line.through(DUMP[size + 300 :], 0.0)
    assert [mishap.kind for mishap in log.mishaps] == [word]


def test_what_strikes_is_logged_with_time_message_and_byte() -> None:
    log = FaultLog()
    line = Line(Side.OUT, (Fault.parse("truncation=1"), Fault.parse("lost-byte=0.001")), 4, log)
    line.through(REQUEST, 1.0)
    line.through(DUMP, 2.5)
    assert {mishap.kind for mishap in log.mishaps} == {Kind.TRUNCATION, Kind.LOST_BYTE}
    for mishap in log.mishaps:
        assert mishap.at == 2.5
        assert mishap.message == 2
        assert str(mishap).startswith("2.5000 s, out message 2, byte ")
    lost = next(one for one in log.mishaps if one.kind is Kind.LOST_BYTE)
    assert lost.detail == f"{DUMP[lost.byte]:02X}"


LINE_KINDS = [kind for kind in Kind if kind not in BY_ANSWER]
FAULTS = st.lists(
    st.builds(Fault, st.sampled_from(LINE_KINDS), st.floats(0, 0.05)),
    max_size=6,
    unique_by=lambda fault: fault.kind,
)


@settings(max_examples=60, deadline=None)
@given(FAULTS, st.integers(0, 99), st.lists(st.integers(0, 400), max_size=8))
def test_the_same_seed_does_the_same_however_the_bytes_are_cut(
    faults: list[Fault], seed: int, cuts: list[int]
) -> None:
    data = (REQUEST + b"\xfe" + DUMP[:300] + b"\xf7\x90\x40" + REQUEST)[:400]
    words = [str(fault) for fault in faults]
    whole = passed(*words, data=data, seed=seed)
    inside = tuple(cut for cut in cuts if cut <= len(data))
    pieces = passed(*words, data=data, seed=seed, cuts=inside)
    assert bytes_of(pieces) == bytes_of(whole)
    assert [one for one in pieces if not isinstance(one, bytes)] == [
        one for one in whole if not isinstance(one, bytes)
    ]


@settings(max_examples=40, deadline=None)
@given(FAULTS, st.integers(0, 99), st.sampled_from(LINE_KINDS))
def test_one_kind_strikes_the_same_bytes_whatever_else_goes_wrong(
    faults: list[Fault], seed: int, kind: Kind
) -> None:
    """So a failing run can be made simpler one fault at a time."""
    one = Fault(Kind.FLIP, 0.02)
    harmless = (Kind.STALL, Kind.ECHO, Kind.GAP, Kind.SLIDER, Kind.PROTECT_ON)
    others = [fault for fault in faults if fault.kind in harmless]
    alone, beside = FaultLog(), FaultLog()
    Line(Side.IN, (one,), seed, alone).through(DUMP, 0.0)
    Line(Side.IN, (one, *others), seed, beside).through(DUMP, 0.0)
    flips = [mishap for mishap in beside.mishaps if mishap.kind is Kind.FLIP]
    assert [(m.byte, m.detail) for m in flips] == [(m.byte, m.detail) for m in alone.mishaps]


def test_frames_survive_realtime_and_stalls() -> None:
    assert frames(bytes_of(passed("realtime=0.01", "stall=1"))) == [DUMP]
