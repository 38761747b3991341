from hypothesis import given
from hypothesis import strategies as st

from m1tui.virtual.realtime import ACTIVE_SENSING, SENSING_PERIOD, TIMING_CLOCK, Realtime
from m1tui.virtual.scenarios import scenario
from tests.virtual.dialogue import open_m1

BYTE = 320e-6


def heard(machine_seconds: float, tempo: int | None = None) -> bytes:
    """What goes out in so many seconds without any message, asked whenever something is due."""
    realtime = Realtime()
    realtime.set_tempo(tempo)
    now, data = realtime.next_due(0.0), b""
    while now is not None and now <= machine_seconds:
        data += realtime.woven_into(b"", now, BYTE)
        now = realtime.next_due(now)
    return data


def test_active_sensing_comes_about_every_300_ms() -> None:
    assert heard(30.01) == bytes([ACTIVE_SENSING]) * 100


def test_the_clock_ticks_24_times_a_beat() -> None:
    assert heard(60.0005, tempo=120).count(TIMING_CLOCK) == 24 * 120


def test_time_that_nobody_asked_about_is_not_made_up_for() -> None:
    realtime = Realtime()
    realtime.next_due(0.0)
    assert realtime.woven_into(b"", 1000.0, 0.0) in (b"\xfe", b"\xfe\xfe")
    assert realtime.woven_into(b"", 1000.0, 0.0) == b""


@given(st.binary(max_size=3000).map(lambda data: data.translate(bytes(range(128)) * 2)))
def test_woven_bytes_leave_the_message_as_it_was(message: bytes) -> None:
    realtime = Realtime()
    realtime.set_tempo(240)
    realtime.next_due(0.0)
    woven = realtime.woven_into(message, 0.0, BYTE)
    assert bytes(byte for byte in woven if byte < 0x80) == message
    expected = int(len(message) * BYTE / SENSING_PERIOD)
    assert abs(woven.count(ACTIVE_SENSING) - expected) <= 1


def test_realtime_bytes_stand_where_they_fall_due() -> None:
    realtime = Realtime()
    realtime.next_due(0.0)
    woven = realtime.woven_into(bytes(2000), 0.0, BYTE)
    first = woven.index(ACTIVE_SENSING)
    assert abs(first * BYTE - SENSING_PERIOD) <= BYTE


def test_the_clock_goes_out_in_seq_mode_with_internal_clock_alone() -> None:
    machine = open_m1()
    tempo = machine.memory.sequence.songs[0].tempo

    def clocks() -> int:
        times = (start + step / 1000 for step in range(10_000))
        return sum(machine.transmit(time).count(TIMING_CLOCK) for time in times)

    start = 0
    machine.press("PROG")
    assert clocks() == 0
    start = 10
    machine.press("SEQ")
    assert abs(clocks() - tempo * 24 / 6) <= 1
    start = 20
    machine.press("GLOBAL 5 D UP SEQ")
    assert clocks() == 0


def test_start_and_stop_are_told_with_the_internal_clock() -> None:
    machine = scenario("used")
    machine.press("SEQ START/STOP START/STOP")
    told = machine.transmit(0.0)
    assert bytes(byte for byte in told if byte >= 0xF8) == b"\xfa\xfc"
    machine.press("GLOBAL 5 D UP SEQ START/STOP")
    assert machine.transmit(0.1) == b""
