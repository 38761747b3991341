"""The interface's own test: every way in which a cable can lie, and the false alarms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from m1tui import clock
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.cable.one_pass import SIZES, TOTAL, messages
from m1tui.cable.symptoms import Symptom
from m1tui.engine.progress import Progress
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink
from tests.cable.loops import Carry, LoopLink, whole
from tests.engine.bench import machine
from tests.engine.scripted import BYTE


def tried(carry: Carry = whole, **settings: int) -> LoopTest:
    """Test an interface whose loop is `carry`, on the jumping clock."""
    link = LoopLink(carry)
    link.unplug_after = settings.get("unplug_after")
    return judged(link)


def judged(link: LoopLink, before: Callable[[], None] | None = None) -> LoopTest:
    async def main() -> LoopTest:
        async with link:
            if before is not None:
                before()
            return await loopback(link)

    return clock.run(main())


def per_message(change: Callable[[bytes], bytes]) -> Carry:
    """Return a cable that hands each message on at its end, after `change`."""
    held = bytearray()

    def carry(block: bytes, _: int) -> Iterable[tuple[float, bytes]]:
        held.extend(block)
        while (end := held.find(0xF7)) >= 0:
            message = bytes(held[: end + 1])
            del held[: end + 1]
            yield 0.0, change(message)

    return carry


def every(step: int, change: Callable[[int], bytes]) -> Carry:
    """Return a cable that changes one byte in `step`, F0 and F7 never."""

    def carry(block: bytes, before: int) -> Iterable[tuple[float, bytes]]:
        made = (
            change(byte) if (before + at + 1) % step == 0 and byte < 0x80 else bytes([byte])
            for at, byte in enumerate(block)
        )
        return ((0.0, b"".join(made)),)

    return carry


# What is sent.


def test_what_is_sent_makes_fifty_thousand_bytes_of_the_announced_sizes():
    sent = messages()
    assert sum(SIZES) == TOTAL == 50_000
    assert tuple(map(len, sent)) == SIZES
    assert max(SIZES) > 16_384


@pytest.mark.parametrize("seed", range(5))
def test_no_six_bytes_in_a_row_are_sent_twice(seed):
    stream = b"".join(messages(seed))
    assert len({stream[at : at + 6] for at in range(len(stream) - 5)}) == len(stream) - 5


def test_no_loss_of_bytes_can_make_a_message_that_an_instrument_acts_on():
    for message in messages():
        assert message[:2] == b"\xf0\x7d"
        assert message[-1] == 0xF7
        inside = message[1:-1]
        assert inside.isascii()
        assert not {0x42, 0x7E, 0x7F} & set(inside)


# The false alarms.


def test_a_good_interface_is_trusted():
    result = tried()
    assert (result.outcome, result.symptom) == (Outcome.VERIFIED, Symptom.NONE)
    assert (result.sent, result.received, result.difference) == (TOTAL, TOTAL, None)
    assert result.pacing is not None
    assert result.pacing.label == "full"
    assert 16 < result.seconds < 18
    assert "can be trusted" in result.advice.safe


def test_an_interface_that_is_faster_than_the_wire_is_trusted():
    class Fast(LoopLink):
        bytes_per_second = float("inf")

        async def _write(self, data):
            self._inbox.put_nowait(data)

    assert judged(Fast()).symptom is Symptom.NONE


def test_active_sensing_in_between_is_no_fault():
    def carry(block, before):
        half = len(block) // 2
        return ((0.0, block[:half] + b"\xfe" + block[half:]),)

    result = tried(carry)
    assert (result.outcome, result.symptom) == (Outcome.VERIFIED, Symptom.NONE)
    assert result.received == TOTAL
    assert result.realtime > 100
    assert "Active sensing" in result.advice.happened


def test_blocks_that_are_cut_otherwise_than_they_were_sent_are_no_fault():
    def carry(block, before):
        size = len(block)
        return (((at - size) * BYTE, block[at : at + 3]) for at in range(0, size, 3))

    assert tried(carry).symptom is Symptom.NONE


def test_a_slow_interface_that_makes_its_writer_wait_is_trusted():
    class Slow(LoopLink):
        async def _write(self, data):
            await super()._write(data)
            await asyncio.sleep(0.2)

    assert judged(Slow()).symptom is Symptom.NONE


# The symptoms.


def test_realtime_bytes_that_nobody_sent_are_told_and_lifted_out():
    result = tried(lambda block, before: ((0.0, block[:1] + b"\xf8" + block[1:]),))
    assert (result.outcome, result.symptom) == (Outcome.VERIFIED, Symptom.REALTIME)
    assert "F8" in result.advice.happened


def test_without_a_cable_nothing_comes_back_and_little_is_sent():
    link = LoopLink(lambda block, before: ())
    result = judged(link)
    assert (result.outcome, result.symptom) == (Outcome.UNKNOWN, Symptom.SILENCE)
    assert (result.sent, result.received) == (16, 0)
    assert len(link.wire) == 16
    assert result.seconds < 4
    assert "OUT and IN are swapped" in result.advice.cause


def test_an_m1_in_the_place_of_the_loop_is_recognised_and_is_sent_nothing_but_a_greeting():
    m1 = machine()
    before = m1.memory.contents

    async def main() -> tuple[LoopTest, int]:
        async with VirtualLink(m1) as link:
            return await loopback(link), link.sent

    result, sent = clock.run(main())
    assert (result.outcome, result.symptom) == (Outcome.UNKNOWN, Symptom.INSTRUMENT)
    assert "active sensing" in result.advice.happened
    assert sent == 16
    assert m1.memory.contents == before


def test_a_korgs_message_in_the_place_of_the_loop_is_recognised():
    link = LoopLink(lambda block, before: ())
    result = judged(link, lambda: link.say(b"\xf0\x42\x30\x19\x4e\x02\x10\xf7", 0.5))
    assert result.symptom is Symptom.INSTRUMENT
    assert "Korg" in result.advice.happened


def test_somebody_who_plays_all_the_time_does_not_keep_the_test_from_ending():
    link = LoopLink(lambda block, before: ())

    def play() -> None:
        for at in range(100):
            link.say(b"\x90\x3c\x40", at * 0.5)

    result = judged(link, play)
    assert result.symptom is Symptom.INSTRUMENT
    assert result.seconds < 10


def test_messages_cut_at_the_sequencers_limit_are_recognised():
    result = tried(per_message(lambda message: message[:4_095]))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.CUT)
    assert len(result.attempts) == 1
    assert result.difference is not None
    assert result.difference.place == 4_095
    assert "raw:PATH" in result.advice.next_step


def test_messages_cut_and_ended_by_the_receiver_are_recognised_too():
    cut = per_message(lambda m: m if len(m) <= 4_096 else m[:4_095] + b"\xf7")
    assert tried(cut).symptom is Symptom.CUT


def test_the_longest_message_may_be_refused_altogether_by_the_sequencer():
    def change(message: bytes) -> bytes:
        return b"" if len(message) > 16_384 else message[:4_096]

    assert tried(per_message(change)).symptom is Symptom.CUT


@pytest.mark.parametrize("kept", [0, 1])
def test_every_second_packet_lost_is_the_known_bad_chip(kept):
    def change(message: bytes) -> bytes:
        packets = [message[at : at + 3] for at in range(0, len(message), 3)]
        return b"".join(
            packet for at, packet in enumerate(packets) if at % 2 == kept or len(message) < 10
        )

    result = tried(per_message(change))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.PACKETS)
    assert "CH345" in result.advice.cause
    assert len(result.attempts) == 1


class Overflowing(LoopLink):
    """Its buffer loses what comes after so many bytes without a pause of so many seconds."""

    def __init__(self, room: int, pause: float) -> None:
        super().__init__(self._lossy)
        self._room, self._pause = room, pause
        self._fill, self._last = 0, 0.0

    def _lossy(self, block, before):
        now = asyncio.get_running_loop().time()
        self._fill = 0 if now - self._last >= self._pause else self._fill
        self._last = max(now, self._free)
        self._fill += len(block)
        return ((0.0, block if self._fill <= self._room else block[:-5]),)


@pytest.mark.parametrize(
    ("pause", "label", "words"),
    [
        (0.05, "256:60", "256 bytes at a time, with pauses of 60 ms"),
        (0.09, "256:100", "256 bytes at a time, with pauses of 100 ms"),
        (0.2, "256:250", "256 bytes at a time, with pauses of 250 ms"),
        (0.4, "64:500", "64 bytes at a time, with pauses of 500 ms"),
    ],
)
def test_a_buffer_that_overflows_at_full_speed_gets_the_first_pacing_that_works(
    pause, label, words
):
    result = judged(Overflowing(300, pause))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.OVERRUN)
    assert result.pacing is not None
    assert result.pacing.label == label
    assert result.attempts[-1].received == TOTAL
    assert words in result.advice.safe


def test_bytes_that_no_pause_saves_are_lost():
    result = tried(every(5_000, lambda byte: b""))
    assert (result.outcome, result.symptom, result.pacing) == (
        Outcome.MISMATCH,
        Symptom.LOST,
        None,
    )
    assert len(result.attempts) == 5
    assert "Pauses did not help" in result.advice.cause


def test_an_attempt_with_pauses_ends_at_the_first_difference():
    result = tried(every(5_000, lambda byte: b""))
    assert all(one.sent < 8_000 for one in result.attempts[1:])


def test_doubled_bytes_are_recognised():
    result = tried(every(701, lambda byte: bytes([byte, byte])))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.DOUBLED)
    assert result.received > TOTAL


def test_doubled_packets_are_recognised():
    def carry(block, before):
        return ((0.0, block[:6] + block[3:]),)

    assert tried(carry).symptom is Symptom.DOUBLED


@pytest.mark.parametrize("bit", range(8))
def test_flipped_bits_are_recognised_whichever_they_are(bit):
    result = tried(every(997, lambda byte: bytes([byte ^ 1 << bit])))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.CHANGED)
    assert result.difference is not None
    assert result.difference.expected[0] ^ result.difference.found[0] == 1 << bit


def test_flipped_bits_are_recognised_with_active_sensing_in_between():
    flips = every(997, lambda byte: bytes([byte ^ 4]))

    def carry(block, before):
        return ((later, b"\xfe" + piece) for later, piece in flips(block, before))

    assert tried(carry).symptom is Symptom.CHANGED


def test_a_thru_loop_in_software_is_recognised_before_it_fills_the_wire():
    link = LoopLink()

    def again(block, before):
        return tuple((turn * 0.02, block) for turn in range(200))

    link._carry = again
    result = judged(link)
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.ECHO)
    assert len(link.wire) == 16
    assert "THRU" in result.advice.cause


def test_messages_that_come_twice_are_an_echo_even_if_the_first_one_does_not():
    def change(message: bytes) -> bytes:
        return message if len(message) < 100 else message * 2

    assert tried(per_message(change)).symptom is Symptom.ECHO


def test_a_feedback_that_never_ends_ends_the_test():
    link = LoopLink()
    begun: list[bool] = []

    def feed(block, before):
        if before > 1_000 and not begun:
            begun.append(True)
            return [(0.0, block), *((at * 0.01, block[:200]) for at in range(3_000))]
        return [(0.0, block)]

    link._carry = feed
    result = judged(link)
    assert result.outcome is Outcome.MISMATCH
    assert result.received < 3 * TOTAL


def test_long_messages_that_come_late_are_told_with_the_time():
    def carry(block, before):
        return ((2.5 if before > 10_000 else 0.0, block),)

    result = tried(carry)
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.DELAYED)
    assert "2.5 s" in result.advice.happened


def test_a_driver_that_keeps_long_messages_until_their_end_delays_them():
    result = tried(per_message(lambda message: message))
    assert result.symptom is Symptom.DELAYED
    assert result.received == TOTAL
    assert 10 < result.delay < 11


def test_packets_in_another_order_are_recognised():
    def carry(block, before):
        return ((0.0, block[:9] + block[12:15] + block[9:12] + block[15:]),)

    result = tried(carry)
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.REORDERED)
    assert result.received == TOTAL


def test_notes_of_somebody_else_in_between_are_told():
    def carry(block, before):
        return ((0.0, block + b"\x90\x3c\x40" if block[-1] == 0xF7 else block),)

    assert tried(carry).symptom is Symptom.EXTRA


def test_damage_of_several_kinds_has_a_name_too():
    def change(byte: int) -> bytes:
        return b"" if byte < 40 else bytes([byte, byte]) if byte < 80 else bytes([byte ^ 3])

    result = tried(every(911, change))
    assert (result.outcome, result.symptom) == (Outcome.MISMATCH, Symptom.DAMAGED)
    assert "missing" in result.advice.happened


@pytest.mark.parametrize("after", [0, 10, 20_000, 49_999])
def test_an_interface_that_is_unplugged_is_told_with_how_far_it_came(after):
    result = tried(unplug_after=after)
    assert (result.outcome, result.symptom) == (Outcome.UNKNOWN, Symptom.DISCONNECTED)
    assert "unplugged" in result.advice.happened
    assert result.pacing is None


def test_a_cable_that_is_pulled_in_the_middle_ends_by_silence():
    result = tried(lambda block, before: ((0.0, block if before < 20_000 else b""),))
    assert result.outcome is Outcome.MISMATCH
    assert result.difference is not None
    assert result.difference.found == b""


# The test itself.


def test_each_verdict_tells_the_cause_and_the_next_step():
    for carry in (
        lambda block, before: (),
        per_message(lambda message: message[:4_095]),
        every(997, lambda byte: bytes([byte ^ 4])),
        every(701, lambda byte: bytes([byte, byte])),
    ):
        advice = tried(carry).advice
        assert advice.happened
        assert advice.safe
        assert advice.cause
        assert advice.next_step


def test_a_cancelled_test_ends_the_message_under_way():
    link = LoopLink()

    async def main() -> None:
        async with link:
            test = asyncio.create_task(loopback(link))
            await asyncio.sleep(8.0)
            test.cancel()
            with pytest.raises(asyncio.CancelledError):
                await test

    clock.run(main())
    assert len(link.wire) < TOTAL
    assert link.wire[-1] == 0xF7
    assert link.wire.count(0xF0) == link.wire.count(0xF7)


def test_progress_counts_bytes_and_the_seconds_that_are_left():
    told: list[Progress] = []

    async def main() -> None:
        async with LoopLink() as link:
            await loopback(link, progress=told.append)

    clock.run(main())
    assert told[0].seconds_left == pytest.approx(16, abs=0.1)
    assert [one.seconds_left for one in told] == sorted(
        (one.seconds_left for one in told), reverse=True
    )
    assert (told[-1].done, told[-1].total) == (TOTAL, TOTAL)
