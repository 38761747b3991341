"""Keys and what they do to settings, pages, memory and MIDI OUT."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from m1tui.sysex import (
    Allocation,
    Bank,
    BankDump,
    CombinationDump,
    ExclusiveFrame,
    Framer,
    Mode,
    ModeChange,
    ParameterChange,
    Part,
    ProgramDump,
    ShortMessage,
)
from m1tui.virtual.editing import value_of
from m1tui.virtual.keys import Key
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.pages import PAGES
from m1tui.virtual.scenarios import SCENARIOS, put_card, rom_card, scenario
from tests.virtual.dialogue import PROTECTS_OFF, READY, open_m1, said

KEY_WORDS = st.sampled_from([key.value for key in Key])


def wandered(keys: list[str]) -> VirtualM1:
    """An M1 whose panel was left anywhere, in the state of a used one."""
    machine = scenario("used")
    kept = machine.settings
    machine.press(" ".join(keys))
    machine.board.settings = kept
    return machine


@given(st.lists(KEY_WORDS, max_size=12))
def test_the_guides_midi_sequence_works_from_wherever_the_panel_was_left(keys: list[str]) -> None:
    machine = wandered(keys)
    machine.press(READY)
    now = machine.settings
    assert (now.program_change, now.aftertouch, now.control, now.exclusive) == (True,) * 4


@given(st.lists(KEY_WORDS, max_size=12))
def test_the_guides_protect_sequence_works_from_wherever_the_panel_was_left(
    keys: list[str],
) -> None:
    machine = wandered(keys)
    machine.press(PROTECTS_OFF)
    now = machine.settings
    assert not now.protect_program_internal
    assert not now.protect_combination_internal
    assert not now.protect_sequence_internal
    assert now.protect_program_card
    assert now.protect_combination_card
    assert now.protect_sequence_card


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ("GLOBAL 5 UP UP", "channel", 2),
        ("GLOBAL 5 DOWN", "channel", 0),
        ("GLOBAL 5 B UP", "channel", 1),
        ("GLOBAL 5 D UP", "clock_external", True),
        ("GLOBAL 5 D UP UP DOWN", "clock_external", False),
        ("GLOBAL 5 F DOWN", "local", False),
        ("GLOBAL 5 + D DOWN", "aftertouch", False),
        ("GLOBAL 5 + H UP", "exclusive", True),
        ("GLOBAL 6 + D DOWN", "protect_combination_card", False),
        ("GLOBAL 6 - H UP", "exclusive", True),
    ],
)
def test_global_5_and_6_change_the_settings(keys: str, name: str, value: bool | int) -> None:
    machine = scenario("used")
    machine.press(keys)
    assert getattr(machine.settings, name) == value


def test_the_channel_stops_at_its_ends() -> None:
    machine = scenario("used")
    machine.press("GLOBAL 5" + " UP" * 20)
    assert machine.settings.channel == 15
    machine.press("DOWN " * 20)
    assert machine.settings.channel == 0


def test_eleven_sub_pages_come_before_midi_global() -> None:
    machine = scenario("used")
    machine.press("GLOBAL" + " +" * 11)
    assert machine.board.page.number == "5-1"


def test_key_transpose_is_on_the_second_sub_page() -> None:
    machine = scenario("used")
    machine.press("GLOBAL + F UP UP DOWN UP")
    assert machine.memory.global_data.key_transpose == 2


def test_allocation_changes_only_when_g_executes_it() -> None:
    machine = scenario("healthy")
    before = machine.memory
    machine.press("GLOBAL 6 + + + UP")
    assert "50PROG/50COMBI/7700SEQ" in machine.display[1]
    assert machine.memory == before
    machine.press("- + G")  # a new visit starts from what is in force
    assert machine.memory == before
    machine.press("UP G")
    assert machine.memory.allocation is Allocation.LARGE_SEQUENCE
    machine.press("GLOBAL 6 + + + DOWN G")
    assert machine.memory.allocation is Allocation.LARGE_PROGRAM
    assert machine.memory.programs[:50] == before.programs[:50]


def test_the_guides_trick_frees_the_sequencer() -> None:
    machine = scenario("used")
    machine.press("SEQ")
    assert " 29%Free" in machine.display[0]
    machine.press("GLOBAL 6 + + + DOWN G SEQ")
    assert "100%Free" in machine.display[0]


def test_a_number_beyond_the_new_allocation_falls_back_to_the_last() -> None:
    machine = scenario("healthy")
    machine.press("PROG 77 GLOBAL 6 + + + UP G PROG")
    assert machine.board.number == 49
    machine.press("7 7")
    assert machine.board.number == 49


@pytest.mark.parametrize(
    ("ups", "part"),
    [
        (0, Part.PROGRAMS),
        (1, Part.COMBINATIONS),
        (2, Part.GLOBAL),
        (3, Part.SEQUENCE),
        (4, Part.ALL),
        (6, Part.ALL),
    ],
)
def test_the_data_dump_page_sends_whatever_the_exclusive_filter_says(ups: int, part: Part) -> None:
    machine = scenario("dead-battery")
    machine.press("GLOBAL 7" + " UP" * ups)
    assert said(machine) == []
    machine.press("G")
    (dump,) = said(machine)
    assert isinstance(dump, BankDump)
    assert (dump.part, dump.contents) == (part, machine.contents.only(part))


def test_the_data_dump_page_starts_at_its_down_end_each_time() -> None:
    machine = scenario("healthy")
    machine.press("GLOBAL 7 UP UP GLOBAL 7 G")
    dump = said(machine)[-1]
    assert isinstance(dump, BankDump)
    assert dump.part is Part.PROGRAMS


def test_mode_keys_tell_the_new_mode_once() -> None:
    machine = open_m1()
    machine.press("COMBI COMBI SEQ")
    assert said(machine) == [ModeChange(0, Mode.COMBI, 0), ModeChange(0, Mode.SEQUENCER, 0)]


def test_a_program_picked_by_keys_is_told_with_its_parameters() -> None:
    machine = open_m1()
    machine.press("PROG 42")
    data = machine.transmit(0.0)
    short, exclusive = Framer().feed(data)
    assert isinstance(short, ShortMessage)
    assert short.data == bytes([0xC0, 42])
    assert isinstance(exclusive, ExclusiveFrame)
    assert exclusive.data == ProgramDump(0, machine.memory.programs[42]).encode()


def test_a_combination_picked_by_keys_is_told_with_its_parameters() -> None:
    machine = open_m1()
    machine.press("COMBI 07 UP DOWN DOWN")
    numbers = [8, 7, 6]
    told = [message for message in said(machine) if isinstance(message, CombinationDump)]
    held = machine.memory.combinations
    assert told == [CombinationDump(0, held[number]) for number in (7, *numbers)]


def test_nothing_is_told_while_exclusive_and_program_filters_are_disabled() -> None:
    machine = scenario("used")
    machine.press("PROG 42 UP COMBI 11 GLOBAL 5 UP EDIT-PROG 1 UP SEQ")
    assert machine.transmit(0.0) == b""


def test_an_edit_is_told_as_a_parameter_change() -> None:
    machine = open_m1()
    machine.press("GLOBAL 5 UP")
    assert said(machine)[-1] == ParameterChange(1, 5, 0, 1)
    machine.press("+ D DOWN")
    assert said(machine)[-1] == ParameterChange(1, 5, 4, 0)
    machine.press("GLOBAL + DOWN")
    assert said(machine)[-1] == ParameterChange(1, 0, 1, (1 << 14) - 1)


def test_a_mode_key_lets_go_of_held_tens() -> None:
    machine = scenario("healthy")
    machine.press("PROG 42 BANK-HOLD PROG 00")
    assert machine.display[0].startswith("Prog I00")


def test_bank_hold_keeps_the_tens() -> None:
    machine = scenario("healthy")
    machine.press("PROG 42 BANK-HOLD 5 7")
    assert machine.board.number == 47
    machine.press("BANK-HOLD 5")
    assert machine.board.number == 47
    machine.press("1")
    assert machine.board.number == 51


def test_the_card_bank_is_picked_when_a_card_with_sounds_is_in() -> None:
    machine = scenario("healthy")
    machine.press("PROG 05 CARD")
    assert machine.board.bank is Bank.INTERNAL
    machine.insert_card(rom_card())
    machine.press("CARD")
    programs = rom_card().contents.programs
    assert programs is not None
    assert machine.board.bank is Bank.CARD
    assert machine.board.edit_program == programs[5]
    assert machine.display[0].startswith(f"Prog C05 {programs[5].name}".rstrip())
    machine.remove_card()
    assert machine.board.bank is Bank.INTERNAL


def test_an_edit_stays_in_the_buffer_until_another_number_is_picked() -> None:
    machine = scenario("healthy")
    machine.press("EDIT-PROG 1 H DOWN PROG")
    assert machine.board.edit_program != machine.memory.programs[0]
    machine.press("UP DOWN")
    assert machine.board.edit_program == machine.memory.programs[0]


def test_an_unknown_key_presses_nothing_at_all() -> None:
    machine = scenario("used")
    with pytest.raises(ValueError, match="is not a key"):
        machine.press("GLOBAL 5 + UP ENTER")
    assert machine.board.mode is Mode.PROG


@pytest.mark.parametrize("mode", list(PAGES))
def test_letters_over_no_field_do_nothing(mode: Mode) -> None:
    machine = scenario("healthy")
    machine.board.set_mode(mode)
    for index, page in enumerate(PAGES[mode]):
        for letter in "ABCDEFGH":
            if page.field(letter) or page.command:
                continue
            machine.board.go_to_page(index)
            before = machine.board.cursor
            machine.press(letter)
            assert machine.board.cursor == before


@pytest.mark.parametrize(
    ("mode", "index"),
    [(mode, index) for mode, pages in PAGES.items() for index in range(len(pages))],
)
def test_every_field_of_every_page_reaches_both_ends_of_its_range(mode: Mode, index: int) -> None:
    machine = scenario("healthy")
    machine.board.set_mode(mode)
    machine.board.go_to_page(index)
    fields = machine.board.page.fields
    assert [field.letter for field in fields] == sorted({field.letter for field in fields})
    for field in fields:
        machine.press(field.letter)
        for key, end in ((Key.DOWN, field.low), (Key.UP, field.high)):
            for _ in range(field.high - field.low + 1):
                machine.press_key(key)
            assert value_of(machine.board, field) == end
            assert [len(line) for line in machine.display] == [40, 40]


class Presses(RuleBasedStateMachine):
    """Whatever is pressed and done, nothing breaks, and the display is two lines of forty."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = scenario("used")
        self.now = 0.0

    @rule(key=st.sampled_from(list(Key)))
    def press(self, key: Key) -> None:
        self.machine.press_key(key)

    @rule(
        keys=st.sampled_from(
            [READY, PROTECTS_OFF, "GLOBAL 6 + + + UP G", "GLOBAL 7 UP UP", "SEQ 3 + G G"]
        )
    )
    def press_all(self, keys: str) -> None:
        self.machine.press(keys)

    @rule(data=st.binary(max_size=20))
    def receive(self, data: bytes) -> None:
        self.machine.receive(data, self.now)

    @rule(key=st.integers(36, 96), velocity=st.integers(1, 127), up=st.booleans())
    def play(self, key: int, velocity: int, up: bool) -> None:
        self.machine.key_down(key, velocity)
        if up:
            self.machine.key_up(key)

    @rule(position=st.integers(0, 127), pedal=st.integers(1, 2), down=st.booleans())
    def move(self, position: int, pedal: int, down: bool) -> None:
        self.machine.move_slider(position)
        self.machine.move_pedal(pedal, position)
        self.machine.press_damper(down)
        self.machine.press_keybed(position)
        self.machine.bend(position * 128)
        self.machine.modulate(pedal, position)

    @rule(keys=st.sampled_from(["SEQ REC START/STOP", "SEQ START/STOP", "GLOBAL 9 + DOWN G G"]))
    def run(self, keys: str) -> None:
        self.machine.press(keys)

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.machine.transmit(self.now)

    @rule(name=st.sampled_from(["ram", "rom"]))
    def insert_card(self, name: str) -> None:
        put_card(self.machine, name)

    @rule()
    def remove_card(self) -> None:
        self.machine.remove_card()

    @rule(held=st.sampled_from([frozenset(), frozenset({Key.INT})]))
    def cut_power(self, held: frozenset[Key]) -> None:
        self.machine.power_off()
        assert self.machine.lamps == ()
        self.machine.power_on(held)

    @precondition(lambda self: self.machine.card is not None)
    @rule()
    def swap_card_cell(self) -> None:
        before = self.machine.card
        assert before is not None
        self.machine.remove_card_cell()
        self.machine.insert_card_cell()
        assert self.machine.card is not None
        assert self.machine.card.contents == before.contents

    @invariant()
    def display_is_two_lines_of_forty(self) -> None:
        assert [len(line) for line in self.machine.display] == [40, 40]
        assert all(line.isprintable() for line in self.machine.display)

    @invariant()
    def the_cursor_stands_before_a_value(self) -> None:
        cursor = self.machine.cursor
        if cursor is not None:
            line, column = cursor
            assert self.machine.display[line][column] == ">"

    @invariant()
    def one_modes_lamp_is_lit(self) -> None:
        modes = {"COMBI", "EDIT-COMBI", "PROG", "EDIT-PROG", "SEQ", "GLOBAL"}
        lit = self.machine.lamps
        assert len(modes.intersection(lit)) == 1
        assert set(lit) <= modes | {"INT", "CARD"}
        assert len(lit) == (1 if lit[0] in ("SEQ", "GLOBAL") else 2)

    @invariant()
    def the_sequencer_runs_only_in_seq_mode_and_stays_inside_the_memory(self) -> None:
        board = self.machine.board
        assert board.transport.running is (board.performance is not None)
        assert not board.transport.running or board.mode is Mode.SEQUENCER
        sequence = board.memory.sequence
        assert sequence.offsets_are_sound
        assert sequence.step_count <= board.memory.allocation.steps
        assert 0 <= board.free_percent <= 100

    @invariant()
    def memory_fits_its_allocation(self) -> None:
        memory = self.machine.memory
        assert len(memory.programs) == memory.allocation.programs
        assert self.machine.board.program_number < 100


TestPresses = Presses.TestCase
TestPresses.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_shows_its_first_program(name: str) -> None:
    first, _ = scenario(name).display
    assert first.startswith("Prog I00 ")


def test_a_card_without_cell_or_slot_forgets_everything() -> None:
    machine = scenario("healthy")
    put_card(machine, "ram")
    machine.remove_card()
    machine.remove_card_cell()
    machine.insert_card()
    assert machine.card is not None
    assert machine.card.format is None
    assert machine.state().endswith("unformatted card")


def test_compare_plays_what_is_stored_and_then_the_edit_again() -> None:
    machine = scenario("healthy")
    machine.press("EDIT-PROG 1 H DOWN")
    edited, stored = machine.board.edit_program, machine.memory.programs[0]
    assert edited != stored
    machine.press("COMPARE")
    assert machine.board.edit_program == stored
    assert "COMPARE" in machine.display[0]
    machine.press("COMPARE")
    assert machine.board.edit_program == edited
    machine.press("COMPARE PROG")
    assert machine.board.edit_program == edited


@pytest.mark.parametrize(
    ("keys", "lit"),
    [
        ("PROG", ("INT", "PROG")),
        ("EDIT-COMBI", ("INT", "EDIT-COMBI")),
        ("SEQ", ("SEQ",)),
        ("GLOBAL", ("GLOBAL",)),
        ("PROG CARD", ("CARD", "PROG")),
    ],
)
def test_the_lamps_show_mode_and_bank(keys: str, lit: tuple[str, ...]) -> None:
    machine = scenario("card")
    machine.press(keys)
    assert machine.lamps == lit


def test_a_programs_range_on_a_track_ends_with_the_allocation() -> None:
    machine = scenario("used")
    machine.press("SEQ F" + " UP" * 100)
    assert machine.board.song.sounds[0].program == 49


def test_a_low_card_battery_is_told_when_the_card_goes_in_and_at_power_on() -> None:
    machine = scenario("card")
    machine.insert_card_cell(2.2)
    machine.remove_card()
    machine.insert_card()
    assert machine.display[1].startswith("Battery Low (Card)")
    machine.press("PROG")
    assert "Battery" not in machine.display[1]
    machine.power_off()
    machine.power_on()
    assert machine.display[1].startswith("Battery Low (Card)")


def test_int_alone_at_power_on_checks_the_rom_and_keeps_the_memory() -> None:
    machine = scenario("used")
    before = machine.memory
    machine.power_off()
    machine.power_on(frozenset({Key.INT}))
    assert machine.display[1].startswith("ROM CHECK #7")
    assert machine.memory == before
