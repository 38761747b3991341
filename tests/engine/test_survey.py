"""The survey finds out each alternative of each manner, and leaves the M1 as it was."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from m1tui import clock
from m1tui.engine.instrument import Instrument
from m1tui.engine.survey import (
    Class,
    RehearsedSurveyor,
    State,
    Survey,
    Surveying,
    survey,
)
from m1tui.facts import Backup
from m1tui.link.virtual import VirtualLink
from m1tui.manners import AS_ASSUMED, BY_NAME, MANNERS, Manners
from m1tui.virtual.card import Card
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card, scenario
from tests.manners import mixture
from tests.virtual.dialogue import CARD_PROTECTS_OFF, READY

ALL = frozenset(Class)
ALTERNATIVES = [(one.name, word) for one in MANNERS for word in one.alternatives]


def surveyed(
    m1: VirtualM1,
    classes: frozenset[Class] = ALL,
    *,
    so_far: Survey | None = None,
    initialised: bool = False,
    stop_behind: str = "",
) -> tuple[Survey, list[Backup]]:
    """Let a virtual M1 be surveyed by its own hands, on the jumping clock."""
    saved: list[Backup] = []
    newest = [so_far or Survey()]

    def keep(found: Survey) -> None:
        newest[0] = found
        if stop_behind and stop_behind in found.kept:
            raise KeyboardInterrupt

    def save(backup: Backup) -> Path | None:
        saved.append(backup)
        return None

    async def main() -> Survey:
        link = VirtualLink(m1)
        async with Instrument(link) as instrument:
            surveyor = RehearsedSurveyor(link.rehearsal, initialised=initialised)
            await asyncio.sleep(m1.board.now)
            given = Surveying(surveyor, classes, save, keep)
            return await survey(instrument, given, newest[0])

    try:
        return clock.run(main()), saved
    except KeyboardInterrupt:
        return newest[0], saved


def state_of(m1: VirtualM1) -> tuple[Any, ...]:
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
        m1.powered,
    )


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
    if name == "battery-low":
        m1.insert_cell({"2.8": 2.6, "2.2": 2.4, "2.5": 2.4}[manners[BY_NAME[name]]])
    if name == "card-numbers":
        card = ram_card()
        m1.insert_card(Card(False, card.format, card.contents.playing_from(card=True)))
        m1.press(f"{READY} {CARD_PROTECTS_OFF} PROG" if manners == AS_ASSUMED else "PROG")
        off = dict.fromkeys(("protect_combination_card", "protect_program_card"), False)
        m1.board.settings = m1.settings.changed(**off)
    m1.press("COMBI")
    m1.transmit(0.0)
    return m1


@pytest.mark.parametrize(("name", "word"), ALTERNATIVES, ids=lambda one: str(one))
def test_each_alternative_is_found_out_and_nothing_is_left_changed(name: str, word: str) -> None:
    m1 = machine_for(name, AS_ASSUMED.with_(BY_NAME[name], word))
    before = state_of(m1)
    found, _ = surveyed(m1, initialised=name in FRESH)
    finding = found.finding(name)
    if name == "battery-low" and word == "2.5":
        # A cell of 2.4 V that makes it warn fits 2.5 and 2.8 V.
        assert finding.word is None
        assert "2.5, 2.8" in finding.evidence
    else:
        assert finding.word == word, finding
        assert finding.state is (State.HELD if word == BY_NAME[name].default else State.OTHERWISE)
    assert state_of(m1) == before
    assert found.unchanged


def test_several_manners_are_found_out_together() -> None:
    manners = Manners.parse(
        (
            "load-time=2s",
            "digit-key=last",
            "wrong-mode=silence",
            "dump-leaves=prog-mode",
            "mode-change-reply=silence",
            "protected-dump=26",
        )
    )
    m1 = machine_for("several", manners)
    before = state_of(m1)
    found, saved = surveyed(m1)
    assert found.manners == manners
    assert state_of(m1) == before
    assert saved[0].contents == m1.contents


def test_what_was_changed_is_put_back_where_each_dump_leads_out_of_the_mode_that_takes_it() -> None:
    manners = Manners.parse(("dump-modes=global-mode", "dump-leaves=prog-mode"))
    m1 = machine_for("several", manners)
    before = state_of(m1)
    found, _ = surveyed(m1)
    assert found.unchanged
    assert state_of(m1) == before


@pytest.mark.parametrize("classes", [{Class.ASKS}, {Class.ASKS, Class.EDIT}])
def test_a_class_that_was_not_chosen_is_left_out(classes: set[Class]) -> None:
    m1 = machine_for("few", AS_ASSUMED)
    before = state_of(m1)
    found, saved = surveyed(m1, frozenset(classes))
    assert found.finding("identity-member").state is State.HELD
    assert found.finding("load-time").state is State.NOT_TRIED
    assert (found.finding("buffer-modes").word is not None) is (Class.EDIT in classes)
    assert bool(saved) is (Class.EDIT in classes)
    assert state_of(m1) == before
    assert found.unchanged


def test_a_survey_that_was_interrupted_goes_on_behind_what_was_done() -> None:
    m1 = machine_for("twice", Manners.parse(("load-time=0.5s",)))
    before = state_of(m1)
    half, _ = surveyed(m1, stop_behind="time of loading")
    assert half.finding("load-time").word == "0.5s"
    assert half.finding("digit-key").word is None
    again = Survey.from_facts(half.as_facts())
    assert again == half
    whole, _ = surveyed(m1, so_far=again)
    assert set(half.kept) < set(whole.kept)
    assert whole.finding("digit-key").word == "first"
    assert whole.unchanged
    assert state_of(m1) == before


def test_an_m1_in_another_mode_is_brought_to_prog_first() -> None:
    m1 = machine_for("seq", AS_ASSUMED)
    m1.press("SEQ")
    found, _ = surveyed(m1)
    assert found.finding("buffer-modes").state is State.HELD
    assert "mode PROG" in found.unchanged


@pytest.mark.parametrize(
    "wrong", [{}, {"form": "other"}, {"version": 9}, {"manners": [{"name": "x"}]}, {"rom": "7"}]
)
def test_what_is_no_survey_is_refused(wrong: dict[str, Any]) -> None:
    facts = {} if not wrong else Survey().as_facts() | wrong
    with pytest.raises(ValueError, match=r"expected|missing"):
        Survey.from_facts(facts)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_that_is_not_so_and_nothing_left_changed(seed: int) -> None:
    """On M1s of mixed manners, in any state that it may be found in."""
    dice = random.Random(f"survey {seed}")
    manners = mixture(seed)
    m1 = scenario(
        dice.choice(("healthy", "card", "other-card", "rack")),
        manners=manners,
        channel=dice.choice((0, 4)),
    )
    m1.press(dice.choice(("PROG", "COMBI", "COMBI 1 2", "PROG 3 4")))
    m1.transmit(0.0)
    before = state_of(m1)
    found, _ = surveyed(m1)
    for one in found.all():
        assert one.word in (None, manners[BY_NAME[one.manner]]), one
    assert state_of(m1) == before
    assert found.unchanged
