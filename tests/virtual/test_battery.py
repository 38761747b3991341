"""Power, cell and memory, as a state machine against a model of two booleans."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from m1tui.sysex import Allocation
from m1tui.virtual.display import BATTERY_LOW
from m1tui.virtual.keys import Key
from m1tui.virtual.machine import BANNER_SECONDS, VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.settings import Settings

OWN = scenario("low-battery").memory


def swapped_cell(machine: VirtualM1) -> None:
    machine.power_off()
    machine.remove_cell()
    machine.insert_cell()
    machine.power_on()


def test_pulling_the_cell_while_switched_off_loses_everything() -> None:
    machine = scenario("healthy")
    swapped_cell(machine)
    assert machine.memory == Memory.initialised()
    assert machine.contents.is_initialised
    assert machine.settings == Settings()
    assert not machine.settings.exclusive
    assert machine.settings.protect_program_internal
    assert machine.memory.allocation is Allocation.LARGE_PROGRAM


def test_pulling_the_cell_while_switched_on_loses_nothing() -> None:
    machine = scenario("healthy")
    before = machine.memory, machine.settings
    machine.remove_cell()
    machine.insert_cell()
    machine.power_off()
    machine.power_on()
    assert (machine.memory, machine.settings) == before


def test_a_cell_that_warns_still_holds_the_memory() -> None:
    machine = scenario("low-battery")
    machine.power_off()
    machine.power_on()
    assert machine.memory == OWN
    assert machine.display[1].strip() == BATTERY_LOW


def test_a_dead_cell_holds_nothing_over_a_power_cut() -> None:
    machine = scenario("dead-battery")
    machine.insert_cell(1.1)
    machine.board.memory = OWN
    machine.power_off()
    assert machine.state() == "switched off, cell 1.1 V, memory lost"
    machine.power_on()
    assert machine.memory == Memory.initialised()


def test_after_a_loss_the_display_shows_the_initialised_program() -> None:
    machine = scenario("healthy")
    machine.advance(100.0)
    swapped_cell(machine)
    assert machine.display[0].startswith("KORG Music Workstation M1 #7")
    machine.advance(100.0 + BANNER_SECONDS)
    assert machine.display == ("Prog I00 Init Prog".ljust(40), " " * 40)


def test_a_key_ends_the_greeting_and_the_warning() -> None:
    machine = scenario("low-battery")
    assert BATTERY_LOW in machine.display[1]
    machine.press("PROG")
    assert BATTERY_LOW not in machine.display[1]


def test_the_clock_is_internal_again_after_power_on_and_the_rest_is_kept() -> None:
    machine = scenario("healthy")
    machine.press("GLOBAL 5 UP D UP F DOWN")
    assert machine.settings.clock_external
    machine.power_off()
    machine.power_on()
    assert not machine.settings.clock_external
    assert (machine.settings.channel, machine.settings.local) == (1, False)


def test_three_keys_held_at_power_on_erase_everything() -> None:
    machine = scenario("healthy")
    machine.power_off()
    machine.power_on(holding=frozenset({Key.INT, Key.CARD}))
    assert not machine.contents.is_initialised
    machine.power_off()
    machine.power_on(holding=frozenset({Key.INT, Key.CARD, Key.COMBI}))
    assert machine.contents.is_initialised


def test_an_m1_that_is_off_hears_says_and_shows_nothing() -> None:
    machine = scenario("healthy")
    machine.power_off()
    machine.receive(bytes.fromhex("F07E7F0601F7"), 1.0)
    machine.press("GLOBAL 5")
    assert machine.transmit(100.0) == b""
    assert machine.next_event(100.0) is None
    assert machine.display == (" " * 40, " " * 40)


class PowerAndBattery(RuleBasedStateMachine):
    """Memory survives exactly as long as power or a good cell feeds it without a gap."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = scenario("low-battery")
        self.powered = True
        self.cell: float | None = 2.4
        self.held = True

    def _feed(self) -> None:
        if not self.powered and (self.cell is None or self.cell < 2.0):
            self.held = False

    @rule()
    def power_off(self) -> None:
        self.machine.power_off()
        self.powered = False
        self._feed()

    @rule()
    def power_on(self) -> None:
        self.machine.power_on()
        self.powered = True

    @rule()
    def remove_cell(self) -> None:
        self.machine.remove_cell()
        self.cell = None
        self._feed()

    @rule(volts=st.sampled_from([0.0, 1.1, 1.9, 2.0, 2.4, 3.2]))
    def insert_cell(self, volts: float) -> None:
        self.machine.insert_cell(volts)
        self.cell = volts
        self._feed()

    @rule()
    def restore(self) -> None:
        if self.powered:
            self.machine.board.memory = OWN
            self.held = True

    @invariant()
    def memory_is_held_or_initialised(self) -> None:
        assert self.machine.powered is self.powered
        if self.powered:
            assert self.machine.memory == (OWN if self.held else Memory.initialised())
            assert self.machine.supply.alive
        else:
            assert self.machine.supply.alive is self._alive()

    def _alive(self) -> bool:
        # Initialised memory that is fed is alive, too; only a gap since then makes it lost.
        return self.machine.supply.held_by_cell and self.machine.supply.alive

    @invariant()
    def the_display_is_two_lines_of_forty(self) -> None:
        assert [len(line) for line in self.machine.display] == [40, 40]


TestPowerAndBattery = PowerAndBattery.TestCase
TestPowerAndBattery.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
