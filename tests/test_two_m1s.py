"""The bench on which two M1s share one interface does what such boxes do."""

from __future__ import annotations

import asyncio

from m1tui import clock
from m1tui.sysex import (
    BankRequest,
    ExclusiveFrame,
    Framer,
    IdentityRequest,
    ModeRequest,
    Part,
)
from tests.engine.bench import open_m1
from tests.two_m1s import MergeBox, TwoM1s

FIRST, SECOND = 0, 1


def test_a_message_under_way_stays_whole_and_the_others_follows_it() -> None:
    box = MergeBox()
    assert box.feed(FIRST, b"\xf0\x42\x30") == b"\xf0\x42\x30"
    assert box.feed(SECOND, b"\xf0\x42\x31\x19") == b""
    assert box.feed(FIRST, b"\x19\xf7") == b"\x19\xf7\xf0\x42\x31\x19"
    assert box.feed(FIRST, b"\x90\x40\x7f") == b""
    assert box.feed(SECOND, b"\xf7") == b"\xf7\x90\x40\x7f"
    assert box.lost == 0


def test_realtime_bytes_pass_at_once_from_either_side() -> None:
    box = MergeBox()
    assert box.feed(FIRST, b"\xf0\x42\xfe\x30") == b"\xf0\x42\xfe\x30"
    assert box.feed(SECOND, b"\x90\xf8\x40\x7f") == b"\xf8"
    assert box.feed(FIRST, b"\xf7") == b"\xf7\x90\x40\x7f"


def test_running_status_is_written_out_where_two_streams_meet() -> None:
    box = MergeBox()
    assert box.feed(FIRST, b"\x90\x40\x7f\x40") == b"\x90\x40\x7f\x90\x40"
    assert box.feed(SECOND, b"\xc0\x01") == b""
    assert box.feed(FIRST, b"\x00") == b"\x00\xc0\x01"


def test_what_finds_no_room_is_lost_and_ends_its_message() -> None:
    box = MergeBox(buffer=4)
    box.feed(FIRST, b"\xf0\x01")
    assert box.feed(SECOND, b"\xf0\x02\x03\x04\x05\x06\xf7\xf0\x07\xf7") == b""
    assert box.feed(FIRST, b"\xf7") == b"\xf7\xf0\x02\x03\x04"
    assert box.lost > 0
    assert box.feed(SECOND, b"\xf0\x08\xf7") == b"\xf0\x08\xf7"


def heard(link: TwoM1s, *requests: bytes, seconds: float = 40.0) -> list[tuple[float, bytes]]:
    """Return the exclusive messages that come in within `seconds`, with their times."""

    async def main() -> list[tuple[float, bytes]]:
        came: list[tuple[float, bytes]] = []
        loop = asyncio.get_running_loop()
        async with link:
            for request in requests:
                await link.write(request)
            framer = Framer()
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        events = framer.feed(await link.read())
                        frames = [one for one in events if isinstance(one, ExclusiveFrame)]
                        came += [(loop.time(), frame.data) for frame in frames]
            except TimeoutError:
                return came

    return clock.run(main())


def test_both_hear_and_both_answer() -> None:
    link = TwoM1s(open_m1(), open_m1(channel=4))
    came = heard(link, IdentityRequest(None).encode(), ModeRequest(4).encode(), seconds=2)
    assert [data[2] for _, data in came] == [0, 4, 0x34]
    assert came[-1][0] < 0.05


def test_a_slow_one_answers_later() -> None:
    link = TwoM1s(open_m1(), open_m1(), late=0.4)
    (first, _), (second, _) = heard(link, ModeRequest(0).encode(), seconds=2)
    assert 0.39 < second - first < 0.41


def test_two_dumps_come_one_behind_the_other_at_the_speed_of_one_wire() -> None:
    link = TwoM1s(open_m1(), open_m1())
    (first, data), (second, again) = heard(link, BankRequest(0, Part.ALL).encode())
    assert data == again
    wire = len(data) / link.bytes_per_second
    assert abs(first - wire) < 0.1
    assert abs(second - 2 * wire) < 0.2


def test_a_small_box_loses_the_second_dump() -> None:
    link = TwoM1s(open_m1(), open_m1(), buffer=512)
    came = heard(link, BankRequest(0, Part.PROGRAMS).encode(), ModeRequest(0).encode())
    dumps = [data for _, data in came if len(data) > 1000]
    assert len(dumps) == 1
    assert link.box.lost > 0
