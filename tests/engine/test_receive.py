"""Dumps that a person starts on the panel: received whole, kept in part, or told not to come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.progress import Progress
from m1tui.engine.read.receive import receive_dump
from m1tui.errors import LinkLost, ReadError, Stopped
from m1tui.facts import Backup
from m1tui.link import Link
from m1tui.link.virtual import VirtualLink, demo_contents
from m1tui.sysex import Bank, BankDump, Part

from .bench import machine
from .scripted import ScriptedLink

KEYS = {
    Part.PROGRAMS: "GLOBAL 7 G",
    Part.COMBINATIONS: "GLOBAL 7 UP G",
    Part.GLOBAL: "GLOBAL 7 UP UP G",
    Part.SEQUENCE: "GLOBAL 7 UP UP UP G",
    Part.ALL: "GLOBAL 7 UP UP UP UP G",
}
"""The guide's: GLOBAL, 7, UP until the wanted part is shown, G."""
DUMP = BankDump.of(demo_contents(), Part.PROGRAMS).encode()
OTHER = BankDump.of(demo_contents(), Part.GLOBAL).encode()


def received(
    link: Link,
    act: Callable[[], Awaitable[None]],
    part: Part | None = None,
    steps: list[Progress] | None = None,
    seconds: float = 300.0,
) -> Backup:
    """Wait for a dump, and `act` as soon as it is waited for."""

    async def main() -> Backup:
        async with Instrument(link) as instrument:
            ready = asyncio.Event()
            task = asyncio.create_task(
                receive_dump(
                    instrument,
                    part=part,
                    ready=ready.set,
                    progress=None if steps is None else steps.append,
                    seconds=seconds,
                )
            )
            await ready.wait()
            await act()
            return await task

    return clock.run(main())


def said(
    *answers: bytes | float,
    part: Part | None = None,
    steps: list[Progress] | None = None,
    seconds: float = 300.0,
) -> Backup:
    link = ScriptedLink(lambda message: [])

    async def act() -> None:
        link.say(*answers)

    return received(link, act, part, steps, seconds)


@pytest.mark.parametrize("part", list(Part))
def test_a_dump_from_the_panel_is_received_though_exclusive_is_disabled(part: Part) -> None:
    m1 = machine("healthy", exclusive=False)
    link = VirtualLink(m1)

    async def act() -> None:
        await link.rehearsal.press(KEYS[part])

    backup = received(link, act, part)
    assert backup.part is part
    assert backup.bank is Bank.INTERNAL
    assert backup.contents == m1.contents.only(part)
    assert backup.reads == 1
    assert link.sent == 0


def test_any_dump_will_do_where_no_part_is_asked_for() -> None:
    backup = said(b"\xfe", OTHER)
    assert backup.part is Part.GLOBAL
    assert backup.dump == OTHER
    assert any("programs" in missing for missing in backup.not_held)


def test_progress_counts_the_bytes_of_the_dump() -> None:
    steps: list[Progress] = []
    said(5.0, DUMP, steps=steps)
    assert [steps[0].phase, steps[-1].phase] == ["Waiting for the dump", "Receiving"]
    counts = [step.done for step in steps if step.phase == "Receiving"]
    assert counts == sorted(counts)
    assert counts[-1] == len(DUMP), "what came whole is counted whole"
    assert {step.total for step in steps if step.phase == "Receiving"} == {len(DUMP)}


def test_a_dump_of_another_part_is_passed_over_and_named() -> None:
    steps: list[Progress] = []
    assert said(OTHER, 1.0, DUMP, part=Part.PROGRAMS, steps=steps).part is Part.PROGRAMS
    assert any("global arrived; waiting for a dump of programs" in step.note for step in steps)


def test_a_dump_that_does_not_come_names_what_came_instead() -> None:
    with pytest.raises(ReadError) as caught:
        said(OTHER, part=Part.ALL, seconds=60.0)
    assert caught.value.partial == b""
    assert caught.value.advice.happened == (
        "No dump arrived: expected a dump of all data, found global only within 60 s."
    )


def test_active_sensing_alone_is_no_dump() -> None:
    with pytest.raises(ReadError) as caught:
        said(*[piece for _ in range(20) for piece in (b"\xfe", 0.3)], seconds=5.0)
    assert "found none within 5 s" in caught.value.advice.happened


def test_a_dump_that_breaks_off_is_kept_and_its_missing_bytes_are_counted() -> None:
    with pytest.raises(ReadError) as caught:
        said(DUMP[:10_000])
    assert caught.value.partial == DUMP[:10_000]
    assert "found 10,000 of 16,350 bytes, short by 6,350" in caught.value.advice.happened


def test_a_dump_that_pauses_for_less_than_a_second_is_whole() -> None:
    assert said(DUMP[:10_000], 0.9, DUMP[10_000:]).dump == DUMP


def test_a_dump_that_lost_bytes_on_its_way_is_kept_as_it_came() -> None:
    short = DUMP[:5_000] + DUMP[5_003:]
    with pytest.raises(ReadError) as caught:
        said(short)
    assert caught.value.partial == short
    assert "damaged" in caught.value.advice.happened


def test_a_dump_with_a_status_byte_inside_is_damaged() -> None:
    with pytest.raises(ReadError) as caught:
        said(DUMP[:5_000] + b"\x90" + DUMP[5_001:])
    assert caught.value.partial == DUMP[:5_000]


def test_a_person_can_give_up_waiting() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with Instrument(ScriptedLink(lambda message: [])) as instrument:
            cancel = asyncio.Event()
            loop.call_later(7.0, cancel.set)
            with pytest.raises(Stopped):
                await receive_dump(instrument, cancel=cancel)
            return loop.time()

    assert clock.run(main()) == pytest.approx(7.0)


def test_a_lost_link_ends_the_wait() -> None:
    link = ScriptedLink(lambda message: [])

    async def act() -> None:
        link.unplug(after=2.0)

    with pytest.raises(LinkLost):
        received(link, act)
