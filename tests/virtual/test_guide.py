"""Every key sequence of the owner's guide does what the guide promises, from any page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import Allocation, BankDump, CardFormat, Part
from m1tui.virtual.keys import Key
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import ram_card, scenario
from tests.virtual.dialogue import said

PRESSES = st.lists(st.sampled_from(list(Key)), max_size=12)
BOTTOM = "DOWN " * 24


@dataclass(frozen=True)
class Promise:
    """A sequence, and what is true after it."""

    keys: str
    kept: Callable[[VirtualM1], bool]


def dumped(part: Part) -> Callable[[VirtualM1], bool]:
    def check(machine: VirtualM1) -> bool:
        last = said(machine)[-1]
        return isinstance(last, BankDump) and last.part is part

    return check


def sounds(machine: VirtualM1) -> tuple[object, ...]:
    held = machine.contents
    return held.programs, held.combinations, held.global_


def on_card(machine: VirtualM1) -> tuple[object, ...]:
    assert machine.card is not None
    held = machine.card.contents
    return held.programs, held.combinations, held.global_


def no_steps(machine: VirtualM1, song: int, tracks: range = range(8)) -> bool:
    sequence = machine.memory.sequence
    return not any(sequence.track_steps(song, track) for track in tracks)


OTHER_SOUNDS = ram_card().contents.programs
HEALTHY = scenario("healthy")

PROMISES = {
    "MIDI ready": Promise(
        "GLOBAL, 5, +, UP, D, UP, F, UP, H, UP",
        lambda m1: (
            m1.settings.program_change
            and m1.settings.aftertouch
            and m1.settings.control
            and m1.settings.exclusive
        ),
    ),
    "protects off": Promise(
        "GLOBAL, 6, DOWN, +, B, DOWN, +, B, DOWN",
        lambda m1: not (
            m1.settings.protect_program_internal
            or m1.settings.protect_combination_internal
            or m1.settings.protect_sequence_internal
        ),
    ),
    "100/100": Promise(
        "GLOBAL, 6, +, +, +, DOWN, G",
        lambda m1: m1.memory.allocation is Allocation.LARGE_PROGRAM,
    ),
    "50/50": Promise(
        "GLOBAL, 6, +, +, +, UP, G",
        lambda m1: m1.memory.allocation is Allocation.LARGE_SEQUENCE,
    ),
    "first program": Promise("PROG, 00", lambda m1: (m1.board.mode, m1.board.number) == (2, 0)),
    "dump of all": Promise("GLOBAL, 7, UP, UP, UP, UP, G", dumped(Part.ALL)),
    "dump of the sequence": Promise("GLOBAL, 7, UP, UP, UP, G", dumped(Part.SEQUENCE)),
    "external clock": Promise("GLOBAL, 5, D, UP", lambda m1: m1.settings.clock_external),
    "internal clock": Promise("GLOBAL, 5, D, DOWN", lambda m1: not m1.settings.clock_external),
    "aftertouch off": Promise("GLOBAL, 5, +, D, DOWN", lambda m1: not m1.settings.aftertouch),
    "transpose up": Promise(
        "GLOBAL, +, F, " + BOTTOM + "UP " * 24,
        lambda m1: m1.memory.global_data.key_transpose == 12,
    ),
    "transpose back": Promise(
        "GLOBAL, +, F, " + BOTTOM + "UP " * 12,
        lambda m1: m1.memory.global_data.key_transpose == 0,
    ),
    "erase song": Promise(
        "SEQ, 3, +, " + BOTTOM + "UP, G, G",
        lambda m1: (
            no_steps(m1, 1)
            and not no_steps(m1, 0)
            and 1 not in m1.memory.sequence.songs_in_use
        ),
    ),
    "erase track": Promise(
        "SEQ, B, " + BOTTOM + "SEQ, 4, +, +, " + BOTTOM + "UP, G, G",
        lambda m1: no_steps(m1, 0, range(1, 2)) and not no_steps(m1, 0, range(1)),
    ),
    "play": Promise(
        "SEQ, B, " + BOTTOM + "UP, START/STOP",
        lambda m1: m1.board.transport.running and m1.board.transport.song == 1,
    ),
    "record": Promise(
        "SEQ, 0, B, " + BOTTOM + "UP UP UP, C, " + BOTTOM + "F, " + "DOWN " * 100
        + "UP UP, REC, START/STOP",
        lambda m1: (
            m1.board.take is not None
            and (m1.board.transport.song, m1.board.transport.track) == (3, 0)
            and m1.board.song.sounds[0].program == 2
        ),
    ),
    "record and play": Promise(
        "SEQ, 0, B, UP, C, UP, F, UP, REC, START/STOP, H, START/STOP, C, UP, F, UP, REC, "
        "START/STOP, H, START/STOP",
        lambda m1: m1.board.transport.running and m1.board.take is None,
    ),
    "track of an outer sequencer": Promise(
        "SEQ, C, " + BOTTOM + "UP UP UP UP", lambda m1: m1.board.transport.track == 4
    ),
    "card load": Promise(
        "GLOBAL, 8, DOWN, G, G", lambda m1: sounds(m1) == on_card(m1) != sounds(HEALTHY)
    ),
    "card save": Promise(
        "GLOBAL, 9, DOWN, G, G", lambda m1: sounds(m1) == on_card(m1) == sounds(HEALTHY)
    ),
    "card format": Promise(
        "GLOBAL, 9, +, DOWN, G, G",
        lambda m1: (
            m1.card is not None
            and m1.card.format is CardFormat.PROGRAMS
            and m1.card.contents.programs != OTHER_SOUNDS
        ),
    ),
}  # fmt: skip


def left_anywhere(keys: list[Key]) -> VirtualM1:
    """An M1 with a card, all protects off, whose panel was left after any presses."""
    machine = scenario("card")
    memory, settings, card = machine.memory, machine.settings, machine.card
    for key in keys:
        machine.press_key(key)
    # Only where the panel stands is arbitrary; what it holds is as in the scenario.
    machine.board.stop()
    machine.board.memory, machine.board.card = memory, card
    off = {
        f"protect_{part}_{side}": False
        for part in ("program", "combination", "sequence")
        for side in ("internal", "card")
    }
    machine.board.settings = settings.changed(**off)
    return machine


@pytest.mark.parametrize("name", PROMISES)
@settings(max_examples=25, deadline=None)
@given(keys=PRESSES)
def test_the_guides_sequence_keeps_its_promise_from_any_page(name: str, keys: list[Key]) -> None:
    machine = left_anywhere(keys)
    machine.press(PROMISES[name].keys)
    assert PROMISES[name].kept(machine), machine.display


@pytest.mark.parametrize("name", ["card load", "card save", "card format"])
@pytest.mark.parametrize("protected", ["program", "combination"])
def test_memory_protects_stop_what_the_card_pages_do(name: str, protected: str) -> None:
    machine = left_anywhere([])
    side = "internal" if name == "card load" else "card"
    machine.board.settings = machine.settings.changed(**{f"protect_{protected}_{side}": True})
    before = machine.memory, machine.card
    machine.press(PROMISES[name].keys)
    assert (machine.memory, machine.card) == before
    assert "PROTECTED" in machine.display[0]


@pytest.mark.parametrize("name", ["card save", "card format"])
def test_the_cards_switch_stops_saving_and_formatting(name: str) -> None:
    machine = left_anywhere([])
    machine.protect_card(True)
    before = machine.card
    machine.press(PROMISES[name].keys)
    assert machine.card == before
    assert "CARD PROTECTED" in machine.display[0]


@pytest.mark.parametrize("name", ["card load", "card save", "card format", "erase song"])
@pytest.mark.parametrize("between", ["UP", "PROG", "A", "5", "REC"])
def test_only_a_second_g_executes(name: str, between: str) -> None:
    machine = left_anywhere([])
    machine.press(PROMISES[name].keys.removesuffix(", G"))
    assert "SURE?" in machine.display[0]
    before = machine.memory, machine.card
    machine.press(f"{between}")
    assert "SURE?" not in machine.display[0]
    assert (machine.memory, machine.card) == before


def test_without_a_card_the_card_pages_say_so() -> None:
    machine = scenario("used")
    for name in ("card load", "card save", "card format"):
        machine.press(PROMISES[name].keys)
        assert machine.display[0].startswith("NO CARD")


def test_a_card_of_another_size_or_kind_is_not_loaded() -> None:
    machine = left_anywhere([])
    machine.press("GLOBAL 9 + G G GLOBAL 8 DOWN G G")
    assert machine.card is not None
    assert machine.card.format is CardFormat.PROGRAMS_AND_SEQUENCE
    assert machine.display[0].startswith("DATA DO NOT FIT")
    machine.press("GLOBAL 9 + UP G G GLOBAL 8 DOWN G G")
    assert machine.display[0].startswith("CARD HAS NO SUCH DATA")
    assert sounds(machine) == sounds(HEALTHY)


def test_the_sequencer_goes_to_a_card_and_back() -> None:
    machine = left_anywhere([])
    songs = machine.memory.sequence
    machine.press("GLOBAL 9 + UP G G GLOBAL 9 UP G G")
    assert machine.display[0].startswith("COMPLETED")
    machine.press("SEQ 3 + DOWN G G")
    assert machine.memory.sequence != songs
    machine.press("GLOBAL 8 UP G G")
    assert machine.memory.sequence == songs
