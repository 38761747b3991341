"""Surveys of virtual M1s by their own hands, on the clock that jumps, and what is so afterwards."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.survey import Class, Look, RehearsedSurveyor, Survey, Surveying, survey
from m1tui.facts import Backup
from m1tui.link.virtual import VirtualLink
from m1tui.manners import (
    AS_ASSUMED,
    BATTERY_LOW,
    BY_NAME,
    CARD_NUMBERS,
    INITIALISED_CHANNEL,
    Manners,
)
from m1tui.virtual.card import Card
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card, scenario
from tests.virtual.dialogue import CARD_PROTECTS_OFF, READY

ALL = frozenset(Class)


def surveyed(
    m1: VirtualM1,
    classes: frozenset[Class] = ALL,
    *,
    so_far: Survey | None = None,
    initialised: bool = False,
    stop_behind: str = "",
    file: Path | None = None,
    seen: Callable[[Survey], None] = lambda _: None,
    hands: type[RehearsedSurveyor] = RehearsedSurveyor,
) -> tuple[Survey, list[Backup]]:
    """Let a virtual M1 be surveyed by its own hands, on the jumping clock.

    `stop_behind` names an experiment behind which it is left, `file` is where the backup goes,
    `seen` is given the survey whenever something was found.
    """
    saved: list[Backup] = []
    newest = [so_far or Survey()]

    def keep(found: Survey) -> None:
        newest[0] = found
        seen(found)
        if stop_behind and stop_behind in found.kept:
            raise KeyboardInterrupt

    def save(backup: Backup) -> Path | None:
        saved.append(backup)
        return file

    async def main() -> Survey:
        link = VirtualLink(m1)
        async with Instrument(link) as instrument:
            surveyor = hands(link.rehearsal, initialised=initialised)
            await asyncio.sleep(m1.board.now)
            given = Surveying(surveyor, classes, save, keep)
            return await survey(instrument, given, newest[0])

    try:
        return clock.run(main()), saved
    except KeyboardInterrupt:
        return newest[0], saved


def skipping(number: int, *, pressed: bool) -> tuple[type[RehearsedSurveyor], list[Look]]:
    """Return hands that skip the look of a number, and the looks that they were asked for.

    `pressed` says that the keys of that look are pressed all the same.
    """
    looks: list[Look] = []

    class Skipping(RehearsedSurveyor):
        async def look(self, look: Look) -> str | None:
            looks.append(look)
            if len(looks) - 1 != number:
                return await super().look(look)
            if pressed:
                await super().look(look)
            return None

    return Skipping, looks


def copy_of(m1: VirtualM1) -> VirtualM1:
    """Return an M1 that is as this one is now, and is not changed with it."""
    return deepcopy(m1)


def killed_and_resumed(m1: VirtualM1, seconds: float) -> tuple[VirtualM1, Survey, Survey]:
    """Kill a survey after so many seconds, and resume it later; the M1, what was kept, the end.

    Nothing that a program does when it ends in order reaches the M1.
    """
    newest, aside, left = [Survey()], [b""], [m1]

    def lay_aside(data: bytes) -> None:
        aside[0] = data

    async def work(link: VirtualLink, so_far: Survey) -> Survey:
        async with Instrument(link) as instrument:
            await asyncio.sleep(link.machine.board.now)
            given = Surveying(
                RehearsedSurveyor(link.rehearsal),
                ALL,
                lambda _: None,
                lambda found: newest.__setitem__(0, found),
                lay_aside=lay_aside,
                laid_aside=lambda: aside[0],
            )
            return await survey(instrument, given, so_far)

    async def first() -> None:
        link = VirtualLink(m1)
        task = asyncio.create_task(work(link, Survey()))
        await asyncio.sleep(m1.board.now + seconds)
        link.machine.advance(asyncio.get_running_loop().time())
        left[0] = copy_of(m1)
        kept = Survey.from_facts(newest[0].as_facts()), aside[0]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        newest[0], aside[0] = kept

    clock.run(first())
    half = newest[0]
    return left[0], half, clock.run(work(VirtualLink(left[0]), half))


def state_of(m1: VirtualM1) -> tuple[Any, ...]:
    """Return all that a survey could change, as it truly is."""
    board = m1.board
    return (
        m1.memory,
        m1.settings,
        m1.card and m1.card.contents,
        board.mode,
        board.page.number,
        board.cursor,
        board.edit_program,
        board.edit_combination,
        (board.program_bank, board.program_number),
        (board.combination_bank, board.combination_number),
        m1.supply,
    )


STATES = (
    *("memory", "settings", "card", "mode", "page", "cursor", "edit program", "edit combination"),
    *("program", "combination", "power and cell"),
)
"""What `state_of` returns, in its order."""


FRESH = {
    "initialised-filters",
    "initialised-protects",
    "initialised-channel",
    "initialised-clock",
    "allocation-back",
    "second-g",
}
"""What shows only on an M1 that was just initialised."""


def machine_for(name: str, manners: Manners) -> VirtualM1:
    """The M1 on which a manner can show itself."""
    m1 = scenario("dead-battery" if name in FRESH else "healthy", manners=manners)
    if name in FRESH:
        m1.insert_cell()
    if name == BATTERY_LOW.name:
        m1.insert_cell(2.4)
    if name == "card-numbers":
        card = ram_card()
        m1.insert_card(Card(False, card.format, card.contents.playing_from(card=True)))
        m1.press(f"{READY} {CARD_PROTECTS_OFF} PROG" if manners == AS_ASSUMED else "PROG")
        off = dict.fromkeys(("protect_combination_card", "protect_program_card"), False)
        m1.board.settings = m1.settings.changed(**off)
    m1.press("COMBI")
    m1.transmit(0.0)
    return m1


def found_in(seed: int, manners: Manners) -> VirtualM1:
    """An M1 of some manners in any state that a survey may find it in."""
    dice = random.Random(f"survey {seed}")
    m1 = scenario(
        dice.choice(("healthy", "card", "other-card", "rack", "used", "song-card", "low-battery")),
        manners=manners,
        channel=dice.choice((0, 4)),
    )
    m1.press(dice.choice(("PROG", "COMBI", "COMBI 1 2", "PROG 3 4")))
    m1.transmit(0.0)
    return m1


def wrongs(m1: VirtualM1, before: tuple[Any, ...], found: Survey) -> Iterator[str]:
    """Yield what a survey found that is not so, and what it left changed."""
    manners = m1.board.manners
    for one in found.all():
        if one.word not in (None, manners[BY_NAME[one.manner]]):
            yield f"UNTRUE: {one.manner} is {manners[BY_NAME[one.manner]]}, found {one.word}"
    after = state_of(m1)
    for name, old, new in zip(STATES, before, after, strict=True):
        if old != new:
            yield f"CHANGED: {name}: {old!r:.60} before, {new!r:.60} now"
    if not found.unchanged:
        yield "NOT PROVED: the survey did not prove that the M1 is as it was"


@cache
def survey_of(manners: Manners) -> Survey:
    """Return all that surveys find of an M1 of some manners: initialised, with a card, in use."""
    whole = Survey()
    for name in (INITIALISED_CHANNEL.name, CARD_NUMBERS.name, BATTERY_LOW.name):
        found, _ = surveyed(machine_for(name, manners), initialised=name in FRESH)
        for one in found.findings:
            whole = whole.with_finding(one)
        whole = replace(found, findings=whole.findings)
    return whole
