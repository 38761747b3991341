import pytest

from m1tui.sysex import StatusCode
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from tests.virtual.dialogue import open_m1, reply, said

LOADED, LOAD_ERROR = StatusCode.LOAD_COMPLETED, StatusCode.LOAD_ERROR


@pytest.mark.parametrize(
    ("name", "sent", "picked"),
    [
        ("healthy", 42, 42),
        ("healthy", 100, 0),
        ("healthy", 127, 27),
        ("used", 50, 0),
        ("used", 127, 27),
    ],
)
def test_program_change_picks_a_program_and_begins_again_beyond_the_last(
    name: str, sent: int, picked: int
) -> None:
    machine = open_m1(name)
    assert reply(machine, bytes([0xC0, sent])) is LOADED
    assert machine.board.program_number == picked
    assert machine.board.edit_program == machine.memory.programs[picked]


def test_program_change_picks_a_combination_in_combi_mode() -> None:
    machine = open_m1()
    machine.press("COMBI")
    said(machine)
    assert reply(machine, b"\xc0\x07") is LOADED
    assert (machine.board.combination_number, machine.board.program_number) == (7, 0)


def test_program_change_is_silent_without_exclusive_and_ignored_when_filtered() -> None:
    machine = scenario("dead-battery")
    machine.press("GLOBAL 5 + UP PROG")
    said(machine)
    assert reply(machine, b"\xc0\x07") is None
    assert machine.board.program_number == 7
    machine.press("GLOBAL 5 + DOWN PROG")
    assert reply(machine, b"\xc0\x09") is None
    assert machine.board.program_number == 7


@pytest.mark.parametrize("data", [b"\xc1\x07", b"\xb1\x7a\x00", b"\x91\x3c\x40"])
def test_another_channel_is_ignored(data: bytes) -> None:
    machine = open_m1()
    assert reply(machine, data) is None
    assert machine.board.program_number == 0
    assert machine.settings.local
    assert not machine.board.sounding


def test_local_control_is_switched() -> None:
    machine = open_m1()
    assert reply(machine, b"\xb0\x7a\x00") is None
    assert not machine.settings.local
    reply(machine, b"\xb0\x7a\x7f")
    assert machine.settings.local


def test_notes_sound_until_they_are_released() -> None:
    machine = open_m1()
    machine.receive(b"\x90\x3c\x40\x40\x40\x43\x40", 0.0)  # running status
    assert machine.board.sounding == {(0, 0x3C), (0, 0x40), (0, 0x43)}
    machine.receive(b"\x80\x3c\x40\x90\x40\x00", 0.0)
    assert machine.board.sounding == {(0, 0x43)}
    machine.receive(b"\xb0\x7b\x00", 0.0)
    assert not machine.board.sounding
    assert said(machine) == []


def tuned(machine: VirtualM1, *data: bytes) -> int:
    for one in (b"\xb0\x65\x00", b"\xb0\x64\x01", *data):
        reply(machine, one)
    return machine.memory.global_data.master_tune


def test_the_tune_parameter_is_set_and_answered() -> None:
    machine = open_m1()
    assert tuned(machine, b"\xb0\x06\x7f") == 50
    assert tuned(machine, b"\xb0\x06\x40") == 0
    assert tuned(machine, b"\xb0\x60\x00", b"\xb0\x60\x00", b"\xb0\x61\x00") == 1
    assert tuned(machine, b"\xb0\x06\x00", b"\xb0\x61\x00") == -50
    assert reply(machine, b"\xb0\x60\x00") is LOADED


@pytest.mark.parametrize("data", [b"\xb0\x06\x40", b"\xb0\x60\x00", b"\xb0\x64\x02"])
def test_data_entry_without_a_parameter_is_a_load_error(data: bytes) -> None:
    assert reply(open_m1(), data) is LOAD_ERROR


def test_data_entry_is_not_received_in_global_mode_or_without_exclusive() -> None:
    machine = open_m1()
    machine.press("GLOBAL")
    said(machine)
    assert reply(machine, b"\xb0\x60\x00") is None
    assert reply(scenario("dead-battery"), b"\xb0\x60\x00") is None


def test_increment_changes_the_value_at_the_cursor_in_edit_mode() -> None:
    machine = open_m1()
    machine.press("EDIT-PROG 1 F")
    said(machine)
    before = machine.board.edit_program.oscillator_1.level
    machine.receive(b"\xb0\x61\x00", 0.0)
    assert machine.board.edit_program.oscillator_1.level == before - 1
    assert said(machine)[-1].encode()[4] == LOADED


def test_an_outer_clock_starts_and_stops_the_sequencer_only_when_it_is_followed() -> None:
    machine = open_m1()
    machine.press("SEQ")
    machine.receive(b"\xf3\x01\xfa", 0.0)
    assert not machine.board.transport.running
    machine.press("GLOBAL 5 D UP SEQ")
    machine.receive(b"\xf3\x01\xfa", 0.0)
    assert (machine.board.transport.running, machine.board.transport.song) == (True, 1)
    machine.receive(b"\xf8\xf3\x0b\xfc", 0.0)
    assert (machine.board.transport.running, machine.board.transport.song) == (False, 1)
