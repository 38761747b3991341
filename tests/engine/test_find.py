"""Finding the interface on which an M1 answers."""

from __future__ import annotations

import asyncio

import pytest

from m1tui import clock
from m1tui.advice import Advice
from m1tui.engine.diagnose import find_instrument
from m1tui.engine.instrument import SECOND_ANSWER, Instrument
from m1tui.errors import LinkError

from .scripted import ScriptedLink
from .small_m1 import SmallM1


class HeldLink(ScriptedLink):
    async def _open(self) -> None:
        raise LinkError(Advice("for-a-test", "Another program is using it.", "Nothing was sent."))


def silent() -> ScriptedLink:
    return ScriptedLink(lambda message: [])


def answering(*, exclusive: bool = True, channel: int = 0) -> ScriptedLink:
    return ScriptedLink(SmallM1(exclusive=exclusive, channel=channel))


def found(*links: ScriptedLink) -> tuple[Instrument | None, float]:
    async def main() -> tuple[Instrument | None, float]:
        instrument = await find_instrument(links)
        seconds = asyncio.get_running_loop().time()
        opened = [link.opened for link in links]
        expected = [instrument is not None and link is instrument.link for link in links]
        assert opened == expected
        if instrument is not None:
            await instrument.close()
        return instrument, seconds

    return clock.run(main())


def test_the_one_that_answers_is_found_at_once_among_silent_ones() -> None:
    link = answering(channel=3)
    instrument, seconds = found(silent(), link, silent())
    assert instrument is not None
    assert instrument.link is link
    assert instrument.channel == 3
    assert seconds < SECOND_ANSWER + 0.1


def test_a_ready_one_is_preferred_to_one_with_exclusive_disabled() -> None:
    ready = answering()
    instrument, _ = found(answering(exclusive=False), ready)
    assert instrument is not None
    assert instrument.link is ready


def test_one_with_exclusive_disabled_is_found_when_there_is_no_other() -> None:
    link = answering(exclusive=False)
    instrument, seconds = found(silent(), link)
    assert instrument is not None
    assert instrument.link is link
    assert seconds == pytest.approx(6, abs=0.2)


def test_nobody_answers() -> None:
    assert found(silent(), silent())[0] is None
    assert found()[0] is None


def test_an_interface_that_another_program_holds_is_passed_over() -> None:
    link = answering()
    instrument, _ = found(HeldLink(lambda message: []), link)
    assert instrument is not None
    assert instrument.link is link


def test_of_several_the_first_in_order_wins() -> None:
    first, second = answering(), answering()
    instrument, _ = found(first, second)
    assert instrument is not None
    assert instrument.link is first
