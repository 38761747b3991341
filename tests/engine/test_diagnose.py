"""The pattern of answers gives the cause, the summary and the next step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from m1tui import clock
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Cause, Diagnosis
from m1tui.engine.instrument import SECOND_ANSWER, Instrument
from m1tui.errors import LinkLost
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import AnyMessage, IdentityReply, IdentityRequest, Mode, ModeRequest
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Kind, Side

from .bench import EXCLUSIVE_ON, machine
from .scripted import BYTE, Answer, ScriptedLink
from .small_m1 import SmallM1


def diagnosed(link: Link, channel: int | None = None) -> tuple[Diagnosis, float]:
    async def main() -> tuple[Diagnosis, float]:
        async with Instrument(link, channel=channel) as instrument:
            diagnosis = await diagnose(instrument)
            assert instrument.diagnosis is diagnosis
            if diagnosis.channel is not None:
                assert instrument.channel == diagnosis.channel
            return diagnosis, asyncio.get_running_loop().time()

    return clock.run(main())


def test_a_healthy_m1_is_ready_after_two_short_questions_and_a_moment_for_a_second_one() -> None:
    diagnosis, seconds = diagnosed(VirtualLink(machine()))
    assert diagnosis.cause is Cause.READY
    assert diagnosis.ready
    assert diagnosis.answers
    assert diagnosis.exclusive is True
    assert diagnosis.channel == 0
    assert diagnosis.identity is not None
    assert diagnosis.identity.model == "M1"
    assert diagnosis.mode_data is not None
    assert diagnosis.summary == "Ready"
    assert "channel 1" in diagnosis.advice.happened
    assert seconds == pytest.approx((6 + 15 + 6 + 10) * BYTE + SECOND_ANSWER, abs=0.003)


@pytest.mark.parametrize("channel", [1, 9, 15])
def test_the_channel_is_found_out(channel: int) -> None:
    diagnosis, _ = diagnosed(ScriptedLink(SmallM1(channel=channel)))
    assert diagnosis.cause is Cause.READY
    assert diagnosis.channel == channel
    assert f"channel {channel + 1}," in diagnosis.advice.happened


def test_an_m1_on_another_channel_than_the_wanted_one_is_named_and_left_alone() -> None:
    diagnosis, _ = diagnosed(ScriptedLink(SmallM1(channel=4)), channel=2)
    assert diagnosis.cause is Cause.OTHER_CHANNEL
    assert not diagnosis.ready
    assert "expected an answer there, found an M1 on channel 5" in diagnosis.advice.happened
    assert "--channel 5" in diagnosis.advice.next_step


def test_of_two_m1s_the_wanted_channel_chooses() -> None:
    first, second = SmallM1(channel=0), SmallM1(channel=5)

    def both(message: AnyMessage | bytes) -> Iterable[Answer]:
        return [*first(message), *second(message)]

    diagnosis, _ = diagnosed(ScriptedLink(both), channel=5)
    assert diagnosis.channel == 5


def test_identity_without_mode_data_means_exclusive_disabled() -> None:
    diagnosis, seconds = diagnosed(VirtualLink(machine("dead-battery")))
    assert diagnosis.cause is Cause.EXCLUSIVE_DISABLED
    assert diagnosis.answers
    assert not diagnosis.ready
    assert diagnosis.exclusive is False
    assert diagnosis.summary == "Exclusive disabled"
    assert diagnosis.advice.code == "exclusive-disabled"
    assert EXCLUSIVE_ON in diagnosis.advice.next_step
    assert "sequencer" in diagnosis.advice.cause
    assert seconds == pytest.approx(6.0, abs=0.1)


def test_a_playing_sequencer_is_suspected_when_its_clock_is_heard() -> None:
    m1 = machine()
    m1.press("SEQ START/STOP")
    diagnosis, _ = diagnosed(VirtualLink(m1))
    assert diagnosis.summary == "Sequencer may be running"
    assert diagnosis.exclusive is None
    advice = diagnosis.advice
    assert "sends its clock and its identity" in advice.happened
    assert "sequencer may be running" in advice.happened
    assert "disabled" not in advice.happened
    assert advice.next_step.startswith("Press START/STOP on the M1")
    assert EXCLUSIVE_ON in advice.next_step


def test_in_global_mode_an_answer_does_not_prove_that_exclusive_is_enabled() -> None:
    diagnosis, _ = diagnosed(VirtualLink(machine("dead-battery", "GLOBAL 7")))
    assert diagnosis.ready
    assert diagnosis.exclusive is None
    assert "DATA DUMP page" in diagnosis.advice.cause


def test_mode_data_without_identity_will_do() -> None:
    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        return [] if isinstance(message, IdentityRequest) else usual

    diagnosis, seconds = diagnosed(ScriptedLink(SmallM1(channel=7, mode=Mode.COMBI, twist=twist)))
    assert diagnosis.cause is Cause.NO_IDENTITY
    assert diagnosis.ready
    assert diagnosis.channel == 7
    assert seconds < 7


def test_not_one_byte_is_told_as_silence() -> None:
    diagnosis, seconds = diagnosed(ScriptedLink(lambda message: []))
    assert diagnosis.cause is Cause.SILENT
    assert not diagnosis.answers
    assert "no bytes at all" in diagnosis.advice.happened
    assert seconds == pytest.approx(6 * BYTE + 3 + (6 + 16 * 6) * BYTE + 3)


def test_active_sensing_without_an_answer_blames_the_way_to_the_m1() -> None:
    async def main() -> Diagnosis:
        link = ScriptedLink(lambda message: [])
        async with Instrument(link) as instrument:
            link.say(*[piece for _ in range(30) for piece in (0.3, b"\xfe")])
            return await diagnose(instrument)

    diagnosis = clock.run(main())
    assert diagnosis.cause is Cause.SENSING_ONLY
    assert "computer to M1 does not" in diagnosis.advice.cause


def test_an_interface_that_hears_itself_is_told() -> None:
    def echo(message: AnyMessage | bytes) -> Iterable[Answer]:
        assert not isinstance(message, bytes)
        return [message.encode()]

    diagnosis, _ = diagnosed(ScriptedLink(echo))
    assert diagnosis.cause is Cause.SENSING_ONLY
    assert "came back" in diagnosis.advice.happened


def test_another_korg_is_named() -> None:
    m3r = IdentityReply(0, bytes([0x42, 0x24, 0, 0, 0, 1, 0, 1, 0]))

    def script(message: AnyMessage | bytes) -> Iterable[Answer]:
        return [m3r.encode()] if isinstance(message, IdentityRequest) else []

    diagnosis, _ = diagnosed(ScriptedLink(script))
    assert diagnosis.cause is Cause.OTHER_MODEL
    assert not diagnosis.answers
    assert "M3R" in diagnosis.advice.happened


def test_another_makers_instrument_before_the_m1_is_passed_over() -> None:
    m1 = SmallM1()
    stranger = IdentityReply(0, bytes([0x41, 1, 2, 3, 4, 5, 6, 7, 8]))

    def script(message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, IdentityRequest):
            yield stranger.encode()
        yield from m1(message)

    diagnosis, _ = diagnosed(ScriptedLink(script))
    assert diagnosis.cause is Cause.READY


def test_every_cause_says_what_is_safe_and_what_next() -> None:
    links = [
        VirtualLink(machine()),
        VirtualLink(machine("dead-battery")),
        ScriptedLink(lambda message: []),
    ]
    for link in links:
        diagnosis, _ = diagnosed(link)
        assert "memory was not touched" in diagnosis.advice.safe
        assert diagnosis.advice.next_step


def test_a_lost_link_is_raised() -> None:
    link = ScriptedLink(lambda message: [])

    async def main() -> None:
        async with Instrument(link) as instrument:
            link.unplug(after=1.0)
            with pytest.raises(LinkLost):
                await diagnose(instrument)

    clock.run(main())


def test_mode_data_for_the_live_line_is_cheap_and_none_without_an_answer() -> None:
    m1 = machine()

    async def main() -> None:
        async with Instrument(VirtualLink(m1)) as instrument:
            await diagnose(instrument)
            sent = instrument.sent
            mode = await instrument.mode_data()
            assert mode is not None
            assert mode.mode is m1.board.mode
            assert instrument.sent - sent == 6
            m1.power_off()
            assert await instrument.mode_data() is None

    clock.run(main())


def test_the_live_line_keeps_out_of_an_operation() -> None:
    async def main() -> None:
        async with Instrument(VirtualLink(machine())) as instrument:
            await instrument.mode_data()
            sent = instrument.sent
            with instrument.operation():
                assert await instrument.mode_data() is not None
            assert instrument.sent == sent

    clock.run(main())


@pytest.mark.parametrize("keys", ["SEQ START/STOP", "SEQ REC START/STOP"])
def test_an_m1_that_plays_or_records_is_told_in_seconds_however_long_its_song(keys: str) -> None:
    m1 = machine()
    m1.press(keys)
    diagnosis, seconds = diagnosed(VirtualLink(m1))
    assert diagnosis.cause is Cause.EXCLUSIVE_DISABLED
    assert "START/STOP" in diagnosis.advice.next_step
    assert seconds < 10


# Damaged answers


def ch345(data: bytes) -> bytes:
    """Lose every second packet of three bytes, as such a cable does."""
    return b"".join(data[start : start + 3] for start in range(0, len(data), 6))


def without(index: int) -> Callable[[bytes], bytes]:
    """Lose one byte of each message."""
    return lambda data: data[:index] + data[index:][1:]


def only_frame(data: bytes) -> bytes:
    return data[:1] + data[-1:]


def damaging(damage: Callable[[bytes], bytes], only: type = object) -> ScriptedLink:
    """Return an M1 whose answers to questions of the type `only` arrive damaged."""

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        for answer in usual:
            assert isinstance(answer, bytes)
            yield damage(answer) if isinstance(message, only) else answer

    return ScriptedLink(SmallM1(twist=twist))


LOSSES = {
    "every second packet": ch345,
    "all but F0 and F7": only_frame,
    **{f"byte {index}": without(index) for index in (*range(10), -1)},
}


@pytest.mark.parametrize("damage", LOSSES.values(), ids=LOSSES)
def test_answers_that_come_damaged_are_told_as_such(damage: Callable[[bytes], bytes]) -> None:
    diagnosis, _ = diagnosed(damaging(damage))
    assert diagnosis.cause is Cause.DAMAGED_ANSWERS
    assert diagnosis.cause.code == "damaged-answers"
    assert not diagnosis.ready
    assert not diagnosis.answers
    assert diagnosis.advice.happened.startswith("Answers arrive, but damaged")
    assert "expected an identity reply of 15 bytes" in diagnosis.advice.happened
    assert "computer to M1 does not" not in str(diagnosis.advice)
    assert "another maker" not in str(diagnosis.advice)
    assert "m1tui loopback" in diagnosis.advice.next_step
    assert "press t" in diagnosis.advice.next_step


def test_a_damaged_answer_is_told_by_its_bytes() -> None:
    diagnosis, _ = diagnosed(damaging(only_frame))
    assert "2 bytes (F0 F7)" in diagnosis.advice.happened


@pytest.mark.parametrize("damage", [ch345, without(4), only_frame], ids=["ch345", "lost", "frame"])
def test_damaged_mode_data_do_not_mean_that_exclusive_is_disabled(
    damage: Callable[[bytes], bytes],
) -> None:
    diagnosis, _ = diagnosed(damaging(damage, only=ModeRequest))
    assert diagnosis.cause is Cause.DAMAGED_ANSWERS
    assert diagnosis.channel == 0
    assert diagnosis.identity is not None


def test_a_damaged_identity_does_no_harm_where_mode_data_come_whole() -> None:
    diagnosis, _ = diagnosed(damaging(without(7), only=IdentityRequest))
    assert diagnosis.cause is Cause.NO_IDENTITY
    assert "found a damaged one" in diagnosis.advice.cause
    assert "m1tui loopback" in diagnosis.advice.next_step


def test_one_damaged_piece_beside_exclusive_disabled_blames_nothing_else() -> None:
    asked: list[AnyMessage | bytes] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked.append(message)
        return [b"\xf0\x42\xf7", *usual] if len(asked) == 2 else usual

    diagnosis, _ = diagnosed(ScriptedLink(SmallM1(exclusive=False, twist=twist)))
    assert diagnosis.cause is Cause.EXCLUSIVE_DISABLED


def test_another_instrument_is_named_only_by_a_whole_reply_that_came_the_same_twice() -> None:
    bodies = iter([bytes([0x41, 1, 2, 3, 4, 5, 6, 7, 8]), bytes([0x41, 1, 2, 3, 4, 5, 6, 7, 9])])

    def changing(message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, IdentityRequest):
            yield IdentityReply(0, next(bodies)).encode()

    assert diagnosed(ScriptedLink(changing))[0].cause is Cause.DAMAGED_ANSWERS

    def short(message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, IdentityRequest):
            yield IdentityReply(0, bytes([0x42, 0x19, 8, 0, 7, 1, 1, 0])).encode()

    assert diagnosed(ScriptedLink(short))[0].cause is Cause.DAMAGED_ANSWERS


def test_another_maker_with_a_number_of_three_bytes_is_named() -> None:
    other = IdentityReply(3, bytes([0, 0x20, 0x29, 1, 2, 3, 4, 5, 6, 7, 8]))

    def script(message: AnyMessage | bytes) -> Iterable[Answer]:
        return [other.encode()] if isinstance(message, IdentityRequest) else []

    diagnosis, _ = diagnosed(ScriptedLink(script))
    assert diagnosis.cause is Cause.OTHER_MODEL
    assert "00 20 29 01" in diagnosis.advice.happened


def test_a_cable_that_loses_packets_is_told_on_a_whole_virtual_m1() -> None:
    plan = FaultPlan((Fault(Kind.CH345, 1.0, Side.OUT),))
    diagnosis, _ = diagnosed(VirtualLink(machine(), faults=plan))
    assert diagnosis.cause is Cause.DAMAGED_ANSWERS
