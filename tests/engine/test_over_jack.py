"""What is lost on the way over JACK is not blamed on a cable: none ends at this computer."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from m1tui import clock
from m1tui.advice import Advice, Trouble
from m1tui.engine.checks import CheckContext, run_check
from m1tui.engine.diagnose import diagnose
from m1tui.engine.instrument import Instrument
from m1tui.engine.play.audition import Audition
from m1tui.engine.read.backup import back_up
from m1tui.engine.read.slot_by_slot import back_up_slots
from m1tui.errors import LinkLost, ReadError
from m1tui.facts import Outcome, Verdict
from m1tui.link.rtmidi import RtmidiLink
from m1tui.midi.system import CORE, JACK
from m1tui.sysex import Part
from tests.midi.systems import FakeSystem

from .bench import Meddle, MeddledLink, open_m1, other_sounds, restoring


class Jack(MeddledLink):
    """An M1 behind a JACK server."""

    over_jack = True


def losing(every: int) -> Meddle:
    """Return what loses one byte of so many."""
    count = itertools.count(1)
    return lambda data: bytes(byte for byte in data if next(count) % every)


def names_jack(advice: Advice) -> bool:
    words = f"{advice.happened} {advice.cause} {advice.next_step}"
    return "JACK" in words and "cable" not in words and "loopback" not in words


def test_a_dump_that_does_not_come_whole_is_laid_to_jack() -> None:
    async def read() -> None:
        async with Instrument(Jack(open_m1(), incoming=losing(9_000))) as m1:
            await diagnose(m1)
            await back_up(m1)

    with pytest.raises(ReadError) as caught:
        clock.run(read())
    assert names_jack(caught.value.advice)


def test_answers_that_come_damaged_are_laid_to_jack() -> None:
    async def ask() -> Advice:
        async with Instrument(Jack(open_m1(), incoming=losing(4))) as m1:
            return (await diagnose(m1)).advice

    advice = clock.run(ask())
    assert advice.code == "damaged-answers"
    assert names_jack(advice)


def test_a_restore_that_does_not_arrive_is_laid_to_jack() -> None:
    result = restoring(Jack(open_m1(), outgoing=losing(7_000)), other_sounds())
    assert result.outcome is not Outcome.VERIFIED
    assert names_jack(result.advice)


class JackOf(FakeSystem):
    """A JACK server with one program, which can end."""

    def __init__(self) -> None:
        super().__init__(CORE)
        self.number = JACK


def test_a_program_that_ends_behind_jack_is_no_cable_that_was_pulled() -> None:
    async def lose() -> None:
        system = JackOf()
        async with RtmidiLink("UM-ONE", system) as link:
            assert link.over_jack
            system.inputs.clear()
            await link.read()

    with pytest.raises(LinkLost) as caught:
        asyncio.run(lose())
    assert names_jack(caught.value.advice)


def asked_over_jack(link: Jack, name: str, **context: object) -> Verdict:
    """What a check gives over JACK."""

    async def ask() -> Verdict:
        async with Instrument(link) as m1:
            return await run_check(name, m1, CheckContext(**context))  # type: ignore[arg-type]

    return clock.run(ask())


@pytest.mark.parametrize("name", ["aftertouch-seen", "joystick-seen", "keybed", "program-00"])
def test_nothing_heard_by_a_check_is_not_laid_to_a_cable(name: str) -> None:
    m1 = open_m1()
    m1.power_off()
    advice = asked_over_jack(Jack(m1), name, seconds=5.0).advice
    assert advice is not None
    assert advice.code == "nothing-heard"
    assert names_jack(advice)


def test_a_panel_dump_that_differs_over_jack_is_not_laid_to_a_cable() -> None:
    m1 = open_m1()
    other = other_sounds().only(Part.PROGRAMS)
    advice = asked_over_jack(Jack(m1), "dump-equals-request", backups={"dump": other}).advice
    assert advice is not None
    assert advice.code == "panel-dump-differs"
    assert names_jack(advice)


def test_slots_that_cannot_be_read_are_laid_to_jack() -> None:
    async def read() -> None:
        async with Instrument(Jack(open_m1(), incoming=losing(50))) as m1:
            await back_up_slots(m1)

    with pytest.raises(ReadError) as caught:
        clock.run(read())
    assert caught.value.advice.code == "slots-not-readable"
    assert names_jack(caught.value.advice)


def test_a_sound_that_cannot_be_played_is_laid_to_jack() -> None:
    async def play() -> None:
        async with Instrument(Jack(open_m1(), incoming=losing(4))) as m1:
            await Audition(m1, {}).begin()

    with pytest.raises(Trouble) as caught:
        clock.run(play())
    assert caught.value.advice.code == "play-not-begun"
    assert names_jack(caught.value.advice)
