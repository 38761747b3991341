"""Single sounds put into slots of internal memory and of a card, each proved by reading back."""

from __future__ import annotations

import pytest

from m1tui.engine.keys import PROTECTS_OFF
from m1tui.facts import Outcome
from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Bank, Combination, Part, Program
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.slots import Slots
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import put_card
from tests.engine.bench import open_m1, restoring

PROGRAM = Program.blank().replace(name="Solo")
COMBINATION = Combination.blank().replace(name="Both")


def with_card() -> VirtualM1:
    """An M1 with a RAM card whose protects are off, too."""
    m1 = open_m1()
    put_card(m1, "ram")
    m1.press(PROTECTS_OFF[Bank.CARD])
    m1.transmit(0.0)
    return m1


def test_a_program_and_a_combination_go_into_their_slots_together() -> None:
    m1 = open_m1()
    before = m1.contents
    slots = Slots.of(PROGRAM, 17).joined(Slots.of(COMBINATION, 3))
    result = restoring(VirtualLink(m1), NOTHING, slots=slots)
    assert result.outcome is Outcome.VERIFIED
    assert slots.of_memory(m1.contents) == slots
    assert slots.of_memory(before).into(m1.contents) == slots.of_memory(before).into(before)
    assert m1.contents.only(Part.SEQUENCE) == before.only(Part.SEQUENCE)


def test_a_program_goes_into_a_slot_of_a_card_and_internal_memory_stays() -> None:
    m1 = with_card()
    before = m1.contents
    result = restoring(VirtualLink(m1), NOTHING, slots=Slots.of(PROGRAM, 17), bank=Bank.CARD)
    assert result.outcome is Outcome.VERIFIED
    assert m1.contents == before


@pytest.mark.parametrize("slot", [17, 99])
def test_a_slot_that_has_the_sound_already_is_not_written(slot: int) -> None:
    m1 = open_m1()
    assert m1.contents.programs is not None
    slots = Slots.of(m1.contents.programs[slot], slot)
    result = restoring(VirtualLink(m1), NOTHING, slots=slots)
    assert (result.outcome, result.wrote) == (Outcome.VERIFIED, False)
