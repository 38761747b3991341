"""What the M1 sends when keys, joystick, slider and pedals are used."""

from __future__ import annotations

import pytest

from m1tui.virtual.controls import KeyFault, KeyTrouble
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.scenarios import scenario
from m1tui.virtual.settings import Model, Settings
from tests.virtual.dialogue import open_m1

FILTERS = ("program_change", "aftertouch", "control", "exclusive")


def with_filters(*enabled: str) -> VirtualM1:
    machine = scenario("used")
    machine.board.settings = machine.settings.changed(**{name: name in enabled for name in FILTERS})
    return machine


def heard(machine: VirtualM1) -> bytes:
    return machine.transmit(0.0)


def test_notes_go_out_whatever_the_filters_say() -> None:
    machine = with_filters()
    machine.key_down(60, 100)
    machine.key_up(60)
    assert heard(machine) == bytes([0x90, 60, 100, 0x80, 60, 0x40])


def test_notes_are_transposed_and_go_out_on_the_global_channel() -> None:
    machine = open_m1()
    machine.press("GLOBAL + F UP UP GLOBAL 5 UP PROG")
    heard(machine)
    machine.key_down(96, 1)
    assert heard(machine) == bytes([0x91, 98, 1])


def test_in_seq_mode_notes_go_out_on_the_tracks_channel() -> None:
    machine = with_filters()
    machine.press("SEQ C UP UP")
    heard(machine)
    machine.key_down(60, 100)
    assert heard(machine)[0] == 0x92


@pytest.mark.parametrize(
    ("enabled", "seen"),
    [
        ((), False),
        (("aftertouch",), False),
        (("control",), False),
        (("aftertouch", "control"), True),
    ],
)
def test_aftertouch_needs_its_own_filter_and_control(enabled: tuple[str, ...], seen: bool) -> None:
    machine = with_filters(*enabled)
    machine.press_keybed(77)
    assert heard(machine) == (bytes([0xD0, 77]) if seen else b"")


@pytest.mark.parametrize("enabled", [True, False])
def test_joystick_damper_and_volume_need_control(enabled: bool) -> None:
    machine = with_filters(*(["control"] if enabled else []))
    machine.bend(16383)
    machine.modulate(1, 127)
    machine.modulate(2, 5)
    machine.press_damper(True)
    machine.press_damper(False)
    machine.move_pedal(1, 99)
    expected = "e07f7f b0017f b00205 b0407f b04000 b00763"
    assert heard(machine) == (bytes.fromhex(expected) if enabled else b"")


@pytest.mark.parametrize("mode", ["PROG", "COMBI", "EDIT-PROG", "EDIT-COMBI"])
def test_slider_up_and_down_are_data_entry_in_sound_modes_with_exclusive(mode: str) -> None:
    machine = with_filters("exclusive")
    machine.press(mode)
    heard(machine)
    machine.press("UP DOWN")
    machine.move_slider(0)
    machine.move_slider(127)
    told = heard(machine)
    for message in ("b06000", "b06100", "b00600 b02600", "b0067f b0267f"):
        assert bytes.fromhex(message) in told
    machine.board.settings = machine.settings.changed(exclusive=False)
    machine.press("UP DOWN")
    machine.move_slider(64)
    assert heard(machine) == b""


def test_the_slider_sets_the_value_at_the_cursor() -> None:
    machine = with_filters()
    machine.press("GLOBAL 5")
    machine.move_slider(127)
    assert machine.settings.channel == 15
    machine.move_slider(0)
    assert machine.settings.channel == 0
    assert heard(machine) == b""


def test_the_edit_slider_pedal_works_like_the_slider() -> None:
    machine = with_filters("exclusive")
    machine.press("PROG")
    heard(machine)
    machine.move_pedal(2, 127)
    assert heard(machine) == bytes.fromhex("b0067fb0267f")


def test_a_pedal_steps_through_programs_once_each_time_it_goes_down() -> None:
    machine = with_filters("program_change")
    machine.press("GLOBAL 1 + B" + " DOWN" * 9 + " PROG")
    for position in (10, 80, 127, 30, 90):
        machine.move_pedal(1, position)
    assert heard(machine) == b"\xc0\x01\xc0\x02"


def test_a_pedal_starts_and_stops_the_sequencer() -> None:
    machine = with_filters()
    machine.press("GLOBAL 1 + B" + " DOWN" * 9 + " UP UP SEQ")
    machine.move_pedal(1, 127)
    assert machine.board.transport.running
    machine.move_pedal(1, 0)
    machine.move_pedal(1, 127)
    assert not machine.board.transport.running


def test_the_dampers_polarity_turns_it_round() -> None:
    machine = with_filters("control")
    machine.press("GLOBAL 1 UP")
    machine.press_damper(True)
    assert heard(machine)[-3:] == b"\xb0\x40\x00"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (KeyTrouble.SILENT, ""),
        (KeyTrouble.STUCK, "903c14 903c78"),
        (KeyTrouble.ONE_VELOCITY, "903c40 803c40 903c40 803c40"),
    ],
)
def test_a_faulty_key_fails_in_its_own_way_and_its_neighbour_does_not(
    kind: KeyTrouble, expected: str
) -> None:
    machine = with_filters()
    machine.key_faults = (KeyFault(60, kind),)
    for velocity in (20, 120):
        machine.key_down(60, velocity)
        machine.key_up(60)
    assert heard(machine) == bytes.fromhex(expected)
    machine.key_down(61, 20)
    assert heard(machine) == bytes([0x90, 61, 20])


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda m1: m1.key_down(35, 1), "key: expected 36 to 96, found 35"),
        (lambda m1: m1.key_down(36, 0), "velocity: expected 1 to 127, found 0"),
        (lambda m1: m1.key_up(97), "key"),
        (lambda m1: m1.press_keybed(128), "pressure"),
        (lambda m1: m1.bend(16384), "bender"),
        (lambda m1: m1.modulate(3, 0), "controller"),
        (lambda m1: m1.move_slider(-1), "slider"),
        (lambda m1: m1.move_pedal(3, 0), "pedal"),
        (lambda _: KeyFault(35, KeyTrouble.STUCK), "note: expected 36 to 96"),
    ],
)
def test_what_no_hand_can_do_is_refused(act: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        act(scenario("healthy"))  # type: ignore[operator]


def test_an_m1_that_is_off_sends_nothing() -> None:
    machine = scenario("healthy")
    machine.power_off()
    machine.key_down(60, 100)
    machine.move_slider(5)
    machine.press_damper(True)
    assert heard(machine) == b""


def test_the_rack_has_no_keys_and_overflow_in_the_place_of_local() -> None:
    healthy = scenario("healthy")
    rack = VirtualM1(healthy.memory, Settings.ready(), model=Model.M1R)
    rack.key_down(60, 100)
    rack.bend(0)
    assert heard(rack) == b""
    rack.press("GLOBAL 5 F UP")
    assert "OVERFLOW:>on" in rack.display[1]
    assert "Local" not in rack.display[1]
    assert rack.settings.overflow
    assert rack.settings.local
    rack.press("+")
    assert rack.board.page.number == "5-2"
