"""A virtual M1 that is like one that was surveyed: its manners, its numbers and its wordings."""

from __future__ import annotations

import re
from pathlib import Path

from m1tui.surveys import Finding, Survey, Wording, read_survey
from m1tui.sysex import IdentityReply
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.scenarios import DEFAULT_SCENARIO, scenario, scenario_with_manners

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
