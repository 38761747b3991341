"""Two M1s on one interface are counted and told, and the memory of neither is touched."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from m1tui import clock
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.diagnose import diagnose, find_instrument
from m1tui.engine.diagnosis import Cause, Diagnosis, also_there, several
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.verify import verify
from m1tui.engine.restore.judge import Restoration, Verification
from m1tui.engine.restore.restore import restore
from m1tui.errors import TwoInstruments
from m1tui.facts import Backup, Outcome
from m1tui.link import Link
from m1tui.link.base import Direction
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import (
    AnyMessage,
    Contents,
    ExclusiveFrame,
    Framer,
    IdentityReply,
    IdentityRequest,
    Mode,
    ModeRequest,
    Part,
    decode,
)
from m1tui.virtual.fault_wire import FaultPlan
from m1tui.virtual.faults import Fault, Kind, Side
from m1tui.virtual.machine import VirtualM1
from tests.engine.bench import Shelf, open_m1, other_sounds
from tests.engine.scripted import Answer, ScriptedLink
from tests.engine.small_m1 import SmallM1
from tests.two_m1s import TwoM1s

EITHER = "Either two instruments answer on channel 1, or something repeats messages"
TWO = "Two instruments answer on channel 1: disconnect one"
QUESTIONS = {"IdentityRequest", "ModeRequest", "BankRequest"}


def other_m1(**settings: Any) -> VirtualM1:
    """Return an M1 whose sounds are not the demo's."""
    m1 = open_m1(**settings)
    m1.board.memory = m1.board.memory.loaded(other_sounds())
    return m1


def two(second: VirtualM1 | None = None, **how: Any) -> TwoM1s:
    return TwoM1s(open_m1(), second or other_m1(), **how)


def diagnosed(link: Link, channel: int | None = None) -> tuple[Diagnosis, float]:
    async def main() -> tuple[Diagnosis, float]:
        async with Instrument(link, channel=channel) as instrument:
            diagnosis = await diagnose(instrument)
            return diagnosis, asyncio.get_running_loop().time()

    return clock.run(main())


def sent(link: Link) -> Counter[str]:
    """Return the names of the messages that the computer sent, with how often."""
    frames = Framer().feed(link.transcript.bytes(Direction.OUT))
    return Counter(
        type(decode(frame.data)).__name__ for frame in frames if isinstance(frame, ExclusiveFrame)
    )


# Counting at the identity request


def test_two_on_one_channel_that_answer_alike_may_also_be_one_that_is_repeated() -> None:
    diagnosis, seconds = diagnosed(two())
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert diagnosis.cause.code == "two-instruments"
    assert diagnosis.crowded
    assert diagnosis.answers
    assert not diagnosis.ready
    assert diagnosis.mode_data is None
    assert EITHER in diagnosis.advice.happened
    assert "expected 1 answer to each question, found 2" in diagnosis.advice.happened
    assert "disconnect one" in diagnosis.advice.next_step
    (present,) = diagnosis.present
    assert (present.channel, present.answers) == (0, 2)
    assert seconds < 1


def test_two_of_different_roms_are_two_without_a_doubt() -> None:
    second = other_m1()
    second.identity = IdentityReply.of_m1(0, rom=15)
    diagnosis, _ = diagnosed(two(second))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert TWO in diagnosis.advice.happened
    assert "repeats" not in str(diagnosis.advice)
    roms = sorted(one.identity.rom or 0 for one in diagnosis.present if one.identity is not None)
    assert roms == [7, 15]


def test_two_in_different_modes_are_two_without_a_doubt() -> None:
    second = other_m1()
    second.press("COMBI")
    diagnosis, _ = diagnosed(two(second))
    assert TWO in diagnosis.advice.happened


def test_two_with_exclusive_disabled_are_two_all_the_same() -> None:
    link = two(other_m1(exclusive=False))
    link.first.board.settings = link.first.settings.changed(exclusive=False)
    diagnosis, _ = diagnosed(link)
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS


def test_one_of_two_that_ignores_exclusive_messages_is_counted_by_its_identity() -> None:
    diagnosis, _ = diagnosed(two(other_m1(exclusive=False)))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS


def test_two_without_an_identity_are_counted_by_their_mode_data() -> None:
    first, second = (SmallM1(mode=mode) for mode in (Mode.PROG, Mode.COMBI))

    def both(message: AnyMessage | bytes) -> Iterable[Answer]:
        if not isinstance(message, IdentityRequest):
            yield from [*first(message), *second(message)]

    diagnosis, _ = diagnosed(ScriptedLink(both))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert TWO in diagnosis.advice.happened


@pytest.mark.parametrize("late", [0.0, 0.05, 0.18])
def test_a_second_one_that_is_a_little_slower_is_counted_at_once(late: float) -> None:
    diagnosis, _ = diagnosed(two(late=late))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS


# Something that repeats, and loops


def doubling(*numbers: int, kind: type = IdentityRequest) -> ScriptedLink:
    """Return an M1 whose answers to the questions of these numbers, from 1, come twice."""
    asked = Counter[type]()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked[type(message)] += 1
        return usual * 2 if isinstance(message, kind) and asked[kind] in numbers else usual

    return ScriptedLink(SmallM1(twist=twist))


@pytest.mark.parametrize("kind", [IdentityRequest, ModeRequest])
def test_one_repeated_message_is_an_accident(kind: type) -> None:
    diagnosis, _ = diagnosed(doubling(1, kind=kind))
    assert diagnosis.cause is Cause.READY
    (present,) = diagnosis.present
    assert present.answers == 1


def test_two_of_three_answers_that_come_twice_are_two_instruments() -> None:
    assert diagnosed(doubling(1, 3))[0].cause is Cause.READY
    assert diagnosed(doubling(1, 2, 4))[0].cause is Cause.TWO_INSTRUMENTS


@pytest.mark.parametrize("side", list(Side))
def test_what_repeats_every_message_is_told_as_such_or_two(side: Side) -> None:
    plan = FaultPlan((Fault(Kind.REPEAT, 1.0, side, 0.0),))
    diagnosis, _ = diagnosed(VirtualLink(open_m1(), faults=plan))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert EITHER in diagnosis.advice.happened
    assert "may" not in diagnosis.summary
    assert "connect only the M1" in diagnosis.advice.next_step


def test_a_thru_loop_is_no_second_instrument() -> None:
    plan = FaultPlan((Fault(Kind.ECHO, 1.0, Side.IN, 0.0),))
    diagnosis, _ = diagnosed(VirtualLink(open_m1(), faults=plan))
    assert diagnosis.cause is Cause.READY


def test_a_loop_that_also_doubles_the_answers_is_named_as_the_likely_cause() -> None:
    faults = (Fault(Kind.ECHO, 1.0, Side.IN, 0.0), Fault(Kind.REPEAT, 1.0, Side.OUT, 0.0))
    diagnosis, _ = diagnosed(VirtualLink(open_m1(), faults=FaultPlan(faults)))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert "THRU loop is likely" in diagnosis.advice.cause


# Two channels


def test_on_two_channels_the_choice_is_the_persons() -> None:
    diagnosis, _ = diagnosed(two(other_m1(channel=4)))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert "channels 1 and 5" in diagnosis.advice.happened
    assert "--channel" in diagnosis.advice.happened
    assert not diagnosis.ready
    assert [one.channel for one in diagnosis.present] == [0, 4]


@pytest.mark.parametrize(("chosen", "other"), [(0, 4), (4, 0)])
def test_a_chosen_channel_is_used_and_the_other_one_named(chosen: int, other: int) -> None:
    diagnosis, _ = diagnosed(two(other_m1(channel=4)), chosen)
    assert diagnosis.cause is Cause.READY
    assert diagnosis.channel == chosen
    assert [one.channel for one in diagnosis.others] == [other]
    assert f"Another M1 answers on channel {other + 1}" in diagnosis.advice.cause


def test_three_channels_are_named_as_a_person_lists_them() -> None:
    assert "channels 3, 4 and 5;" in also_there((2, 3, 4))
    assert "channels 1, 3 and 5:" in several((0, 2, 4), None).happened


def test_a_chosen_channel_on_which_neither_is_makes_no_choice() -> None:
    diagnosis, _ = diagnosed(two(other_m1(channel=4)), 9)
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert "channels 1 and 5" in diagnosis.advice.happened
    assert "Channel 10 was asked for" in diagnosis.advice.happened


def test_a_chosen_channel_on_which_two_are_is_no_choice_either() -> None:
    link = TwoM1s(open_m1(channel=4), other_m1(channel=4))
    diagnosis, _ = diagnosed(link, 4)
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS
    assert "channel 5" in diagnosis.advice.happened


@pytest.mark.parametrize("number", [1, 2])
def test_a_damaged_channel_byte_feigns_no_second_instrument(number: int) -> None:
    asked = Counter[type]()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked[type(message)] += 1
        if isinstance(message, IdentityRequest) and asked[IdentityRequest] == number:
            return [*usual, IdentityReply.of_m1(8).encode()]
        return usual

    m1 = SmallM1(twist=twist)
    diagnosis, _ = diagnosed(ScriptedLink(m1))
    assert diagnosis.cause is Cause.READY
    assert diagnosis.channel == 0
    assert diagnosis.others == ()


def test_a_damaged_channel_byte_in_the_first_reply_does_not_lead_astray() -> None:
    asked = Counter[type]()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked[type(message)] += 1
        first = isinstance(message, IdentityRequest) and asked[IdentityRequest] == 1
        return [IdentityReply.of_m1(8).encode()] if first else usual

    diagnosis, _ = diagnosed(ScriptedLink(SmallM1(twist=twist)))
    assert diagnosis.cause is Cause.READY
    assert diagnosis.channel == 0


# Every exchange


def wanted() -> Contents:
    """Return a memory that differs from the demo bank in its sounds and its global data."""
    sounds = other_sounds()
    assert sounds.global_ is not None
    return sounds.replace(global_=sounds.global_.replace(master_tune=9))


def restoring(
    link: TwoM1s, shelf: Shelf, channel: int | None = None, part: Part = Part.ALL
) -> Restoration:
    async def main() -> Restoration:
        async with Instrument(link, channel=channel) as instrument:
            return await restore(instrument, wanted(), save=shelf, part=part)

    return clock.run(main())


@pytest.mark.parametrize("late", [0.0, 0.1, 0.5, 2.0, 2.9])
@pytest.mark.parametrize("part", [Part.ALL, Part.PROGRAMS, Part.GLOBAL])
def test_a_restore_is_refused_before_anything_is_written(late: float, part: Part) -> None:
    link, shelf = two(open_m1(), late=late), Shelf()
    before = [m1.contents for m1 in link.machines]
    result = restoring(link, shelf, part=part)
    assert result.outcome is Outcome.REFUSED
    assert "two instruments" in str(result.advice).lower()
    assert [m1.contents for m1 in link.machines] == before
    assert set(sent(link)) <= QUESTIONS
    assert shelf.backups == []


def test_a_restore_to_the_chosen_one_of_two_leaves_the_other_as_it_is() -> None:
    link, shelf = two(open_m1(channel=4)), Shelf()
    before = link.second.contents
    result = restoring(link, shelf, channel=0)
    assert result.outcome is Outcome.VERIFIED
    assert link.first.contents == wanted()
    assert link.second.contents == before
    (backup,) = shelf.backups
    assert backup.contents == before


def reading(link: TwoM1s, part: Part = Part.ALL, *, first: bool = True) -> Backup:
    async def main() -> Backup:
        async with Instrument(link) as instrument:
            if first:
                await diagnose(instrument)
            return await back_up(instrument, part=part)

    return clock.run(main())


@pytest.mark.parametrize("late", [0.0, 0.3, 1.0, 2.9])
@pytest.mark.parametrize("second", ["alike", "other"])
@pytest.mark.parametrize("part", [Part.ALL, Part.GLOBAL])
def test_no_backup_comes_of_two(late: float, second: str, part: Part) -> None:
    link = two(open_m1() if second == "alike" else None, late=late)
    with pytest.raises(TwoInstruments) as caught:
        reading(link, part)
    assert "two instruments" in caught.value.advice.happened.lower()


def test_no_backup_comes_of_two_even_without_a_diagnosis() -> None:
    with pytest.raises(TwoInstruments):
        reading(two(), Part.PROGRAMS, first=False)


def test_a_merge_box_that_loses_the_second_dump_hides_no_second_instrument() -> None:
    with pytest.raises(TwoInstruments):
        reading(two(late=0.4, buffer=256), Part.PROGRAMS)


def test_a_slow_one_with_a_long_dump_of_its_own_is_counted_by_the_questions_before_it() -> None:
    second = open_m1("used")
    link = TwoM1s(open_m1("dead-battery"), second, late=2.7, buffer=1024)
    with pytest.raises(TwoInstruments):
        reading(link)


@pytest.mark.parametrize("late", [0.3, 1.0, 2.5])
def test_one_on_another_channel_that_answers_late_is_seen_before_anything_is_written(
    late: float,
) -> None:
    link, shelf = two(open_m1(channel=4), late=late), Shelf()
    before = [m1.contents for m1 in link.machines]
    result = restoring(link, shelf, part=Part.GLOBAL)
    assert result.outcome is Outcome.REFUSED
    assert "channels 1 and 5" in result.advice.happened
    assert [m1.contents for m1 in link.machines] == before
    assert set(sent(link)) <= QUESTIONS


def test_one_that_answers_everything_with_an_error_is_counted_by_its_statuses() -> None:
    plan = FaultPlan((Fault(Kind.REPLY_26, 1.0),))
    diagnosis, _ = diagnosed(two(faults=(plan, None)))
    assert diagnosis.cause is Cause.TWO_INSTRUMENTS


def test_a_thru_loop_that_provokes_errors_is_no_second_instrument() -> None:
    faults = (Fault(Kind.ECHO, 1.0, Side.IN, 0.0), Fault(Kind.ECHO, 1.0, Side.OUT, 0.0))

    async def main() -> Backup:
        async with Instrument(VirtualLink(open_m1(), faults=FaultPlan(faults))) as instrument:
            assert (await diagnose(instrument)).ready
            return await back_up(instrument, part=Part.PROGRAMS)

    assert clock.run(main()).contents == open_m1().contents.only(Part.PROGRAMS)


def test_the_chosen_one_is_asked_again_before_another_one_is_used() -> None:
    chosen, other = SmallM1(channel=2), SmallM1(channel=5)
    asked = Counter[type]()

    def both(message: AnyMessage | bytes) -> Iterable[Answer]:
        asked[type(message)] += 1
        lost = isinstance(message, IdentityRequest) and asked[IdentityRequest] == 1
        yield from [*([] if lost else chosen(message)), *other(message)]

    diagnosis, _ = diagnosed(ScriptedLink(both), 2)
    assert diagnosis.cause is Cause.READY
    assert diagnosis.channel == 2
    assert [one.channel for one in diagnosis.others] == [5]


def test_a_file_is_not_compared_with_two() -> None:
    async def main(link: TwoM1s) -> Verification:
        async with Instrument(link) as instrument:
            return await verify(instrument, other_sounds())

    for late in (0.0, 0.6):
        result = clock.run(main(two(late=late)))
        assert result.outcome is Outcome.REFUSED
        assert result.comparison is None
        assert "two instruments" in str(result.advice).lower()


def test_a_second_one_that_is_switched_on_later_is_counted_by_the_next_questions() -> None:
    async def main() -> list[Diagnosis | None]:
        link = two()
        link.second.power_off()
        async with Instrument(link) as instrument:
            found: list[Diagnosis | None] = [await diagnose(instrument)]
            link.second.power_on()
            for _ in range(3):
                await instrument.mode_data()
                await asyncio.sleep(5)
            found.append(instrument.diagnosis)
            with pytest.raises(TwoInstruments):
                await back_up(instrument, part=Part.GLOBAL)
            link.second.power_off()
            found.append(await diagnose(instrument))
            await back_up(instrument, part=Part.GLOBAL)
            return found

    first, second, third = clock.run(main())
    assert first is not None
    assert first.ready
    assert second is not None
    assert second.crowded
    assert third is not None
    assert third.ready


def test_the_checks_of_the_procedures_say_it() -> None:
    async def main(name: str) -> str:
        async with Instrument(two()) as instrument:
            verdict = await run_check(name, instrument, CheckContext())
            assert not verdict.passed
            assert verdict.advice is not None
            return verdict.advice.happened

    for name in ("answers", "exclusive-enabled", "allocation-100", "memory-initialised"):
        assert EITHER in clock.run(main(name))


def test_an_interface_with_two_is_found_and_told_where_no_other_is() -> None:
    async def main() -> Diagnosis | None:
        instrument = await find_instrument([two(), ScriptedLink(lambda _: [])])
        assert instrument is not None
        await instrument.close()
        return instrument.diagnosis

    diagnosis = clock.run(main())
    assert diagnosis is not None
    assert diagnosis.crowded


def test_mode_data_that_come_unasked_now_and_then_do_not_make_a_backup_impossible() -> None:
    asked = Counter[type]()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        asked[type(message)] += 1
        often = isinstance(message, ModeRequest) and asked[ModeRequest] % 4 == 2
        return usual * 2 if often else usual

    link = ScriptedLink(SmallM1(twist=twist))

    async def main() -> Backup:
        async with Instrument(link) as instrument:
            await diagnose(instrument)
            return await back_up(instrument)

    assert clock.run(main()).contents == SmallM1().memory
    assert asked[ModeRequest] > 4
