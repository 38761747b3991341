"""What surveys show of the panel and the M1: how certain each entry is, and an M1 like theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from m1tui.resources import assets_folder
from m1tui.surveys import Finding, Survey, Wording, read_survey
from m1tui.sysex import IdentityReply, Mode
from m1tui.virtual.display import place_of
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.pages import PAGES, Page
from m1tui.virtual.scenarios import DEFAULT_SCENARIO, scenario, scenario_with_manners

SURVEYS = "surveys"
"""The folder of assets with the surveys of real M1s that were sent."""


class How(StrEnum):
    """On what an entry rests, without surveys."""

    SKETCH = "sketch"
    """This project's own."""
    GUIDE = "owner's guide"
    OWNER = "read by an owner"
    PHOTOGRAPH = "photograph"


@dataclass(frozen=True, slots=True)
class Entry:
    """One page, and how certain its place, the keys on it and its wording are."""

    mode: Mode
    page: Page
    place: How
    keys: How
    wording: How

    @property
    def name(self) -> str:
        """The mode's word on the display and the page: "GLOBAL 5-2"."""
        return place_of(self.mode, self.page)


_IN_THE_GUIDE = {
    Mode.GLOBAL: frozenset(
        {"0-1", "0-2", "5-1", "5-2", "6-1", "6-2", "6-3", "6-4", "7-1", "8-1", "9-1", "9-2"}
    ),
    Mode.SEQUENCER: frozenset({"0-1", "3-2", "4-3"}),
    Mode.PROG: frozenset({"0-1"}),
    Mode.COMBI: frozenset({"0-1"}),
}
"""Pages that the owner's guide leads to by keys."""
_READ = {Mode.GLOBAL: frozenset({"5-1", "6-4", "9-2"}), Mode.PROG: frozenset({"0-1"})}
"""Pages of whose display some words are known from owners."""


@cache
def entries() -> tuple[Entry, ...]:
    """Return an entry for each page of each mode, in the order of PAGE+."""
    return tuple(_entry(mode, page) for mode, pages in PAGES.items() for page in pages)


def _entry(mode: Mode, page: Page) -> Entry:
    known = page.number in _IN_THE_GUIDE.get(mode, ())
    how = How.GUIDE if known else How.SKETCH
    wording = How.OWNER if page.number in _READ.get(mode, ()) else How.SKETCH
    return Entry(mode, page, how, how, wording)


def surveys_sent(folder: Path | None = None) -> Iterator[Survey]:
    """Yield the surveys of real M1s that come with the program; raises Trouble."""
    folder = folder or assets_folder() / SURVEYS
    for path in sorted(folder.glob("*.json")):
        survey = read_survey(path)
        if not survey.virtual:
            yield survey


@cache
def _lines_sent() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for survey in surveys_sent():
        for one in survey.wordings:
            found[one.page] = (*found.get(one.page, ()), one.lines[0].strip())
    return found


def certainty_of(board: Mainboard) -> str:
    """Return how certain the wording is that the display shows now, for a person."""
    place = place_of(board.mode, board.page)
    if place not in board.wordings:
        wording = next(one.wording for one in entries() if one.name == place)
        return wording.value if wording is How.PHOTOGRAPH else How.SKETCH.value
    if place in board.photographed:
        return How.PHOTOGRAPH.value
    count = 1 + _lines_sent().get(place, ()).count(board.wordings[place].strip())
    return f"confirmed by {count} survey{'' if count == 1 else 's'}"


# An M1 like one that was surveyed


LIKE = "like"
"""What stands in the place of a scenario's name before the file of a survey."""
_LIKENESS = re.compile(rf"(?:(?P<scenario>[^:]*):)?{LIKE}:(?P<file>.+)", re.DOTALL)
_ROM, _SOFTWARE = 5, 7
"""Where an identity's body has these numbers."""


def scenario_or_likeness(text: str) -> VirtualM1:
    """Return the M1 of "SCENARIO", with manners behind it or a survey; raises Trouble.

    "healthy:load-time=2s", "like:survey.json", "low-battery:like:survey.json".
    """
    named = _LIKENESS.fullmatch(text)
    if named is None:
        return scenario_with_manners(text)
    return like_survey(Path(named["file"]), named["scenario"] or DEFAULT_SCENARIO)


def like_survey(path: Path, name: str = DEFAULT_SCENARIO) -> VirtualM1:
    """Return an M1 of a scenario that is like the surveyed one; raises Trouble."""
    return like(read_survey(path), name)


def like(survey: Survey, name: str = DEFAULT_SCENARIO) -> VirtualM1:
    """Return an M1 of a scenario that is like the surveyed one."""
    machine = scenario(name, manners=survey.manners)
    body = bytearray(machine.identity.body)
    if survey.rom is not None:
        body[_ROM] = survey.rom
    if survey.software is not None:
        body[_SOFTWARE] = survey.software
    machine.identity = IdentityReply(machine.identity.channel, bytes(body))
    lay_in(survey, machine.board)
    machine.times = dict(survey.times)
    return machine


def lay_in(survey: Survey, board: Mainboard) -> None:
    """Let the display show what was read off the surveyed M1's."""
    board.wordings = {one.page: one.lines[0] for one in survey.wordings if any(one.lines)}
    board.photographed = frozenset(one.page for one in survey.wordings if one.photograph)


def likeness(machine: VirtualM1) -> Survey | None:
    """Return what is known of the M1 that a virtual one is like, None where it is like none."""
    board = machine.board
    if not (machine.times or board.wordings):
        return None
    return Survey(
        virtual=True,
        findings=tuple(Finding(name, word) for name, word in board.manners.others),
        times=dict(machine.times),
        wordings=tuple(
            Wording(page, (line, ""), "kept" if page in board.photographed else "")
            for page, line in board.wordings.items()
        ),
    )
