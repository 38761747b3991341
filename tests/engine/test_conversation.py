"""Asking over a link: time-outs by silence, exact to the byte; odd wires tolerated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from m1tui import clock
from m1tui.engine.line.conversation import Conversation, Pacing
from m1tui.engine.line.ear import Arriving
from m1tui.errors import LinkLost, NoReply, Stopped
from m1tui.link.virtual import demo_contents
from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    ModeData,
    ModeRequest,
    ParameterChange,
    Part,
    Status,
    StatusCode,
)

from .scripted import BYTE, Answer, Script, ScriptedLink

DUMP = BankDump.of(demo_contents(), Part.GLOBAL).encode()
REQUEST = BankRequest(0, Part.GLOBAL)
REQUEST_TIME = 7 * BYTE


@asynccontextmanager
async def talking(script: Script) -> AsyncIterator[tuple[Conversation, ScriptedLink]]:
    async with ScriptedLink(script) as link:
        conversation = Conversation(link)
        conversation.start()
        yield conversation, link
        await conversation.end()


def saying(*answers: Answer) -> Script:
    """Return a script that says the same to every message."""
    return lambda message: answers


def sensing_for(seconds: float) -> list[Answer]:
    """Return active sensing, a byte each 0.3 s."""
    return [piece for _ in range(int(seconds / 0.3)) for piece in (0.3, b"\xfe")]


def is_dump(message: AnyMessage) -> bool:
    return isinstance(message, BankDump) and message.part is Part.GLOBAL


def is_mode(message: AnyMessage) -> bool:
    return isinstance(message, ModeData)


def is_status(message: AnyMessage) -> bool:
    return isinstance(message, Status)


def now() -> float:
    return asyncio.get_running_loop().time()


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return clock.run(main)


def test_an_answer_takes_the_time_of_its_bytes_and_no_more() -> None:
    async def main() -> None:
        async with talking(saying(DUMP)) as (conversation, _):
            reply = await conversation.ask(REQUEST, is_dump)
            assert reply.data == DUMP
            assert now() == pytest.approx((7 + len(DUMP)) * BYTE)
            assert (conversation.sent, conversation.ear.received) == (7, len(DUMP))

    run(main())


def test_silence_is_given_up_3_s_after_the_question_has_left_the_wire() -> None:
    async def main() -> None:
        async with talking(saying()) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + 3)
            assert caught.value.description == "nothing within 3 s"

    run(main())


def test_a_link_that_hands_over_ahead_of_the_wire_does_not_shorten_the_wait() -> None:
    class Ahead(ScriptedLink):
        async def _write(self, data: bytes) -> None:
            self.heard.append(data)

        async def _drain(self) -> None:
            return

    async def main() -> None:
        async with Ahead(saying()) as link:
            conversation = Conversation(link)
            conversation.start()
            with pytest.raises(NoReply):
                await conversation.ask(BankDump.of(demo_contents(), Part.GLOBAL), is_status)
            assert now() == pytest.approx(len(DUMP) * BYTE + 3)
            await conversation.end()

    run(main())


def test_a_first_byte_just_before_the_time_out_is_waited_for() -> None:
    async def main() -> None:
        async with talking(saying(2.95, DUMP)) as (conversation, _):
            reply = await conversation.ask(REQUEST, is_dump)
            assert reply.data == DUMP

    run(main())


def test_a_dump_that_stalls_for_less_than_a_second_is_whole() -> None:
    async def main() -> None:
        async with talking(saying(DUMP[:500], 0.9, DUMP[500:])) as (conversation, _):
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP

    run(main())


def test_a_dump_that_ends_early_is_given_up_after_1_s_and_counts_the_missing_bytes() -> None:
    async def main() -> None:
        async with talking(saying(DUMP[:500])) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + 500 * BYTE + 1)
            assert caught.value.partial == DUMP[:500]
            assert caught.value.description == "500 of 991 bytes, short by 491"

    run(main())


def test_a_long_answer_may_take_much_longer_than_any_time_out() -> None:
    whole = BankDump.of(demo_contents(), Part.ALL).encode()

    async def main() -> None:
        async with talking(saying(whole)) as (conversation, _):
            await conversation.ask(
                BankRequest(0, Part.ALL), lambda message: isinstance(message, BankDump)
            )
            assert now() == pytest.approx((7 + len(whole)) * BYTE)

    run(main())


def test_realtime_bytes_inside_a_dump_are_lifted_out_and_do_not_prolong_a_wait() -> None:
    sensing = [piece for at in range(0, len(DUMP), 90) for piece in (DUMP[at : at + 90], b"\xfe")]

    async def main() -> None:
        async with talking(saying(*sensing)) as (conversation, link):
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP
            link.script = saying(*sensing_for(12))
            begin = now()
            with pytest.raises(NoReply):
                await conversation.ask(REQUEST, is_dump)
            assert now() - begin == pytest.approx(REQUEST_TIME + 3)

    run(main())


def test_an_answer_on_another_channel_is_noted_and_not_taken() -> None:
    async def main() -> None:
        stranger = ModeData(4, 2, 0, 0, 0).encode()
        error = Status(4, StatusCode.LOAD_ERROR).encode()
        async with talking(saying(stranger, error)) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(ModeRequest(0), is_mode)
            assert caught.value.refusal is None
            assert caught.value.description == "an answer on channel 5, which was not addressed"
            assert conversation.strangers == {4}

    run(main())


def test_messages_that_nobody_asked_for_are_passed_over() -> None:
    turned = ParameterChange(0, 1, 2, 3).encode()

    async def main() -> None:
        async with talking(saying(turned, b"\x90\x40\x40", turned, DUMP)) as (conversation, _):
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP
            assert conversation.ear.heard[0, ParameterChange] == 2

    run(main())


def test_a_long_message_that_nobody_asked_for_delays_the_time_out() -> None:
    other = BankDump.of(demo_contents(), Part.PROGRAMS).encode()

    async def main() -> None:
        async with talking(saying(other, 2.5, DUMP)) as (conversation, _):
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP

    run(main())


def test_a_damaged_dump_is_told_as_soon_as_it_ends() -> None:
    short = DUMP[:300] + DUMP[303:]

    async def main() -> None:
        async with talking(saying(short)) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + len(short) * BYTE)
            assert "expected 991 bytes, found 988" in caught.value.description
            assert caught.value.partial == short

    run(main())


def test_a_status_byte_inside_a_dump_ends_the_wait_when_the_rest_has_passed() -> None:
    broken = DUMP[:300] + b"\x90" + DUMP[301:]

    async def main() -> None:
        async with talking(saying(broken)) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + len(DUMP) * BYTE + 1)
            assert caught.value.partial == DUMP[:300]

    run(main())


def test_a_refusal_is_believed_after_1_s_without_a_dump() -> None:
    refusal = Status(0, StatusCode.LOAD_ERROR).encode()

    async def main() -> None:
        async with talking(saying(refusal)) as (conversation, _):
            with pytest.raises(NoReply) as caught:
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + 6 * BYTE + 1)
            assert caught.value.description == "the status 24 (load error)"

    run(main())


def test_a_spurious_load_error_before_the_dump_does_not_hide_it() -> None:
    refusal = Status(0, StatusCode.LOAD_ERROR).encode()

    async def main() -> None:
        async with talking(saying(refusal, 0.2, DUMP)) as (conversation, _):
            reply = await conversation.ask(REQUEST, is_dump)
            assert reply.refusal == Status(0, StatusCode.LOAD_ERROR)

    run(main())


def test_our_own_messages_that_come_back_are_no_answers() -> None:
    def echo(message: AnyMessage | bytes) -> Iterable[Answer]:
        assert not isinstance(message, bytes)
        return [message.encode()]

    async def main() -> None:
        async with talking(echo) as (conversation, _):
            with pytest.raises(NoReply):
                await conversation.ask(BankDump.of(demo_contents(), Part.GLOBAL), is_dump)
            assert conversation.ear.echoes == 1
            with pytest.raises(NoReply):
                await conversation.ask(ModeRequest(3), is_mode)
            assert conversation.ear.echoes == 2

    run(main())


def test_what_began_before_the_question_was_asked_is_no_answer() -> None:
    async def main() -> None:
        async with talking(saying()) as (conversation, link):
            link.say(DUMP)
            await asyncio.sleep(0.1)
            with pytest.raises(NoReply):
                await conversation.ask(REQUEST, is_dump)

    run(main())


def test_quiet_waits_until_nothing_has_come_for_a_second() -> None:
    async def main() -> None:
        async with talking(saying()) as (conversation, link):
            late = Status(0, StatusCode.FORMAT_ERROR)
            link.say(b"\x00" * 100, 0.8, b"\x01" * 100, 0.5, late.encode())
            assert await conversation.quiet() == [late]
            assert now() == pytest.approx(206 * BYTE + 1.3 + 1)

    run(main())


NOTE = b"\x90\x40\x40\x80\x40\x40"


def test_notes_and_clocks_do_not_prolong_a_wait() -> None:
    async def main() -> None:
        playing = [piece for _ in range(200) for piece in (NOTE + b"\xf8", 0.05)]
        async with talking(saying(*playing)) as (conversation, _):
            with pytest.raises(NoReply):
                await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(REQUEST_TIME + 3)

    run(main())


def test_notes_do_not_prolong_a_survey_or_the_quiet() -> None:
    async def main() -> None:
        playing = [piece for _ in range(300) for piece in (NOTE, 0.05)]
        async with talking(saying(*playing)) as (conversation, _):
            assert await conversation.survey([ModeRequest(0)]) == []
            assert now() == pytest.approx(6 * BYTE + 3)
            assert await conversation.quiet() == []
            assert now() == pytest.approx(6 * BYTE + 4)

    run(main())


def test_an_answer_that_breaks_off_into_notes_is_given_up_after_1_s() -> None:
    async def main() -> None:
        playing = [piece for _ in range(200) for piece in (NOTE, 0.05)]
        async with talking(saying(DUMP[:500], *playing)) as (conversation, _):
            with pytest.raises(NoReply):
                await conversation.ask(REQUEST, is_dump)
            assert now() < 500 * BYTE + 1.1

    run(main())


def test_an_answer_is_found_among_more_notes_than_a_listener_keeps() -> None:
    async def main() -> None:
        async with talking(saying(NOTE * 5_000, DUMP)) as (conversation, link):
            # All in one block, as after a long stall of this program.
            link.say = lambda *answers: link._inbox.put_nowait(  # type: ignore[method-assign]
                b"".join(one for one in answers if isinstance(one, bytes))
            )
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP

    run(main())


def test_short_messages_without_end_do_not_hold_a_wait_for_longer_than_30_s() -> None:
    async def main() -> None:
        turned = ParameterChange(0, 1, 2, 3).encode() * 40 + DUMP[:-1] + b"\xf7"
        flood = [piece for _ in range(400) for piece in (turned, 0.2)]
        async with talking(saying(*flood)) as (conversation, _):
            with pytest.raises(NoReply):
                await conversation.ask(ModeRequest(0), is_mode)
            assert now() < 35

    run(main())


def test_quiet_ends_on_a_wire_that_never_is() -> None:
    async def main() -> None:
        async with talking(saying()) as (conversation, link):
            link.say(*[piece for _ in range(400) for piece in (b"\x00" * 10, 0.5)])
            await conversation.quiet()
            assert 29 < now() < 32

    run(main())


def test_a_lost_link_is_told_to_whoever_waits_after_what_came_before_it() -> None:
    async def main() -> None:
        async with talking(saying(DUMP)) as (conversation, link):
            link.unplug(after=REQUEST_TIME + len(DUMP) * BYTE + 0.001)
            assert (await conversation.ask(REQUEST, is_dump)).data == DUMP
            with pytest.raises(LinkLost):
                await conversation.ask(REQUEST, is_dump)
            with pytest.raises(LinkLost):
                await conversation.ask(REQUEST, is_dump)

    run(main())


def test_pauses_of_a_pacing_are_gaps_on_the_wire() -> None:
    message = BankDump.of(demo_contents(), Part.GLOBAL)
    answer = Status(0, StatusCode.LOAD_COMPLETED).encode()

    async def main() -> None:
        async with talking(saying(answer)) as (conversation, _):
            await conversation.ask(message, is_status, pacing=Pacing(256, 0.06))
            assert now() == pytest.approx((991 + 6) * BYTE + 3 * 0.06)

    run(main())


def test_stopping_in_mid_message_ends_it_with_f7() -> None:
    message = BankDump.of(demo_contents(), Part.PROGRAMS)

    async def main() -> None:
        stop = asyncio.Event()
        async with talking(saying()) as (conversation, link):
            asyncio.get_running_loop().call_later(1.0, stop.set)
            with pytest.raises(Stopped):
                async with conversation.stoppable(stop):
                    await conversation.ask(message, is_status)
            assert now() < 1.3
            await asyncio.sleep(1)
            (heard,) = link.heard
            assert heard[:-1] == message.encode()[: len(heard) - 1]
            assert heard[-1:] == b"\xf7"

    run(main())


def test_stopping_while_waiting_takes_effect_at_once() -> None:
    async def main() -> None:
        stop = asyncio.Event()
        async with talking(saying()) as (conversation, _):
            asyncio.get_running_loop().call_later(1.0, stop.set)
            with pytest.raises(Stopped):
                async with conversation.stoppable(stop):
                    await conversation.ask(REQUEST, is_dump)
            assert now() == pytest.approx(1.0)

    run(main())


def test_a_cancelled_task_ends_its_message_with_f7() -> None:
    message = BankDump.of(demo_contents(), Part.PROGRAMS)

    async def main() -> None:
        async with talking(saying()) as (conversation, link):
            task = asyncio.create_task(conversation.ask(message, is_status))
            await asyncio.sleep(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(1)
            assert [heard[-1:] for heard in link.heard] == [b"\xf7"]
            assert len(link.heard[0]) < 6000

    run(main())


def test_a_task_that_is_cancelled_in_the_last_block_ends_its_message_too() -> None:
    class Stuck(ScriptedLink):
        async def _write(self, data: bytes) -> None:
            if data[-1:] == b"\xf7" and len(data) > 1:
                await asyncio.sleep(60)
            await super()._write(data)

    async def main() -> None:
        async with Stuck(saying()) as link:
            conversation = Conversation(link)
            conversation.start()
            message = BankDump.of(demo_contents(), Part.GLOBAL)
            task = asyncio.create_task(conversation.ask(message, is_status))
            await asyncio.sleep(5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(1)
            (heard,) = link.heard
            assert heard == DUMP[:768] + b"\xf7"
            await conversation.end()

    run(main())


def test_two_questions_at_once_are_asked_one_after_the_other() -> None:
    answers = iter([DUMP, ModeData(0, 2, 0, 1, 1).encode()])

    async def main() -> None:
        async with talking(lambda message: [next(answers)]) as (conversation, _):
            dump, mode = await asyncio.gather(
                conversation.ask(REQUEST, is_dump), conversation.ask(ModeRequest(0), is_mode)
            )
            assert isinstance(dump.message, BankDump)
            assert isinstance(mode.message, ModeData)
            assert now() == pytest.approx((7 + 991 + 6 + 10) * BYTE)

    run(main())


def test_a_listener_hears_everything_that_comes_by_itself() -> None:
    async def main() -> list[str]:
        async with talking(saying()) as (conversation, link):
            link.say(b"\xfe", b"\xc0\x05", DUMP)
            with conversation.ear.listening() as listener:
                heard: list[str] = []
                while len(heard) < 3:
                    item = await conversation.next_heard(listener, None)
                    if item is not None and not isinstance(item, Arriving):
                        heard.append(type(item).__name__)
            return heard

    assert run(main()) == ["RealtimeByte", "ShortMessage", "Heard"]


class Gathering(ScriptedLink):
    """Hands over all that has come in since the last read, as a device does; counts the reads."""

    reads = 0

    async def _read(self) -> bytes:
        self.reads += 1
        data = await super()._read()
        while not self._inbox.empty():
            data += await super()._read()
        return data


def test_clocks_that_nobody_waits_for_are_gathered_and_all_counted() -> None:
    async def main() -> None:
        async with Gathering(saying(DUMP)) as link:
            conversation = Conversation(link)
            conversation.start()
            link.say(*[piece for _ in range(480) for piece in (1 / 48, b"\xf8")])
            await asyncio.sleep(10.5)
            assert conversation.ear.clocks == 480
            assert link.reads <= 10.5 / 0.2 + 1
            await conversation.end()

    run(main())


def test_an_answer_between_clocks_is_heard_as_soon_as_it_is_there() -> None:
    async def main() -> None:
        async with Gathering(saying(DUMP)) as link:
            conversation = Conversation(link)
            conversation.start()
            link.say(b"\xf8")
            await asyncio.sleep(0.05)
            begun = now()
            await conversation.ask(REQUEST, is_dump)
            assert now() - begun == pytest.approx(REQUEST_TIME + len(DUMP) * BYTE)
            await conversation.end()

    run(main())


def pauses(*answers: Answer, then: float) -> int:
    """How many pauses are counted behind a question with these answers, after `then` seconds."""

    async def main() -> int:
        async with talking(saying(*answers)) as (conversation, _):
            await conversation.tell(ModeRequest(0))
            await asyncio.sleep(then)
            return conversation.ear.pauses

    return run(main())


def test_active_sensing_that_stops_and_comes_again_is_a_pause() -> None:
    away = [*sensing_for(3), 3.0, b"\xfe", *sensing_for(3)]
    assert pauses(*away, then=12.0) == 1
    assert pauses(*away, *away, then=24.0) == 2


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(sensing_for(6), id="it never stops"),
        pytest.param([*sensing_for(3), 1.0, *sensing_for(3)], id="one of them is lost"),
        pytest.param([*sensing_for(3), 3.0], id="it does not come again"),
        pytest.param([b"\xf8", 3.0, b"\xf8"], id="an M1 that sends none"),
    ],
)
def test_what_is_no_pause(answers: list[Answer]) -> None:
    assert pauses(*answers, then=12.0) == 0


def test_an_m1_that_loads_a_dump_may_be_silent() -> None:
    async def main() -> None:
        async with talking(saying(b"\xfe", 8.0, b"\xfe")) as (conversation, _):
            await conversation.tell(BankDump.of(demo_contents(), Part.GLOBAL))
            await asyncio.sleep(15)
            assert conversation.ear.pauses == 0

    run(main())
