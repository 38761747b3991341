"""The 33 effects: every parameter by its name, value and unit, and no bit lost."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.engine.compare import compare
from m1tui.sysex import Combination, Contents, Effects, Program
from m1tui.sysex.effects import ALGORITHMS, THROUGH, algorithm_of, effect_notes
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.listing import differing_values, marks
from tests.sysex.strategies import records

DEFAULTS = {
    1: ("21 00 28 37 2E 00 00 FB", "3.5 s, 55 ms, 46, 40, -5 dB, +0 dB"),
    3: ("24 00 28 78 2E 00 FE 00", "3.8 s, 120 ms, 46, 40, +0 dB, -2 dB"),
    4: ("03 00 0A 16 4C 00 00 01", "0.5 s, 22 ms, 76, 10, +1 dB, +0 dB"),
    7: ("07 1E 00 00 00 00 00 00", "170 ms, 30 ms, +0 dB, +0 dB"),
    11: ("B4 00 50 0A 68 01 00 00", "180 ms, 360 ms, +80, 10, +0 dB, +0 dB"),
    12: ("3C 09 03 00 0A 00 00 00", "60, 0.30 Hz, 10 ms, TRI, 180°, +0 dB, +0 dB"),
    14: ("46 05 02 B5 00 00 00 00", "70, 0.18 Hz, 0 ms, -75, SIN, 180°, +0 dB, +0 dB"),
    17: ("45 12 01 57 63 00 00 00", "69, 0.57 Hz, +87, 99, TRI, 0°"),
    19: ("3F 6D 01 00 00 00 00 00", "63, 4.0 Hz, +0, TRI, 0°, +0 dB, +0 dB"),
    20: ("01 00 00 00 01 01 00 00", "+0 dB, 500 Hz, +0 dB, 2000 Hz, +0 dB, 1000 Hz"),
    21: ("01 00 50 0F 00 00 00 00", "80, 15, +0 dB, +0 dB, +0 dB, 1000 Hz"),
    22: ("00 00 50 14 00 00 00 00", "80, 20, +0 dB"),
    23: ("63 04 00 00 00 00 00 00", "+99, 5, +0 dB, +0 dB"),
    24: ("50 00 00 00 00 00 00 00", "80, +0 dB, +0 dB"),
    25: ("3E 00 05 00 00 00 00 00", "62, +5"),
    26: ("FA 00 32 0A 21 00 28 37", "250 ms, +50, 10, 3.5 s, 55 ms, 40"),
    28: ("FA 00 32 0A 0A 1E 00 00", "250 ms, +50, 10, 200 ms, 30 ms"),
    29: ("FA 00 32 0A 04 01 32 0A", "250 ms, +50, 10, 260 ms, +50, 10"),
    30: ("FA 00 32 0A 3C 09 01 00", "250 ms, +50, 10, 60, 0.30 Hz, TRI"),
    31: ("FA 00 32 0A 46 05 00 B5", "250 ms, +50, 10, 70, 0.18 Hz, SIN, -75"),
    32: ("FA 00 32 0A 3C 16 B5 00", "250 ms, +50, 10, 60, 0.69 Hz, -75"),
    33: ("FA 00 32 0A 50 34 00 00", "250 ms, +50, 10, 80, 1.59 Hz, +0"),
}
"""Bytes worked out by hand from the manual's chart of defaults; one effect of each layout."""


def block(first: int, parameters: str = "00" * 8, second: int = THROUGH) -> Effects:
    """Return an effects block by the type bytes and the first effect's parameters."""
    raw = bytes([first, second, 30, 40, 0, 0, 0, 0, 0x1F])
    return Effects(raw + bytes.fromhex(parameters) + bytes(8))


def parameters(effects: Effects) -> dict[str, str]:
    """Return the first effect's parameters: label to what is shown."""
    return {
        value.label: value.shown
        for value in effects.values()
        if value.path.startswith("effect_1_parameters.")
    }


@pytest.mark.parametrize(("number", "expected"), DEFAULTS.items())
def test_an_effects_parameters_are_read_with_their_units(number, expected):
    data, shown = expected
    assert ", ".join(parameters(block(number - 1, data)).values()) == shown


@pytest.mark.parametrize(("number", "expected"), DEFAULTS.items())
def test_the_defaults_of_an_effect_are_the_bytes_of_the_manuals_chart(number, expected):
    assert ALGORITHMS[number - 1].defaults.raw == bytes.fromhex(expected[0])


@pytest.mark.parametrize("number", range(1, 34))
def test_every_default_lies_in_its_range_and_is_shown_beside_the_value(number):
    algorithm = ALGORITHMS[number - 1]
    effects = block(number - 1).replace(effect_1_parameters=algorithm.defaults)
    assert effects.problems() == ()
    values = [v for v in effects.values() if v.path.startswith("effect_1_parameters.")]
    assert values
    assert all(value.default == value.shown for value in values)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)
def test_no_two_parameters_of_an_effect_share_a_bit(algorithm):
    owned = bytearray(8)
    for field in algorithm.parameters.fields:
        for index, bits in enumerate(field.mask(), field.offset):
            assert owned[index] & bits == 0, field.label
            owned[index] |= bits


def test_a_parameter_is_named_with_its_effect():
    assert parameters(block(21, "00 00 50 14 00 00 00 00")) == {
        "Effect 1 Distortion: Distortion": "80",
        "Effect 1 Distortion: Level": "20",
        "Effect 1 Distortion: EQ Low": "+0 dB",
    }


@pytest.mark.parametrize(
    ("byte", "shown"),
    [
        *((0x00, "0.03 Hz"), (0x63, "3.00 Hz"), (0x64, "3.1 Hz")),
        *((0xC7, "13.0 Hz"), (0xC8, "14 Hz"), (0xD8, "30 Hz")),
    ],
)
def test_a_speed_goes_from_fine_steps_to_whole_hertz(byte, shown):
    effects = block(11, f"00 {byte:02X} 00 00 00 00 00 00")
    assert parameters(effects)["Effect 1 Stereo Chorus 1: Speed"] == shown


@pytest.mark.parametrize(
    ("kind", "data", "label", "found", "allowed"),
    [
        (0, "62 00 00 00 00 00 00 00", "Reverb Time", "10.0 s", "0.2 s to 9.9 s"),
        (3, "30 00 00 00 00 00 00 00", "Reverb Time", "5.0 s", "0.2 s to 4.9 s"),
        (9, "F5 01 00 00 00 00 00 00", "Delay L", "501 ms", "0 ms to 500 ms"),
        (11, "00 D9 00 00 00 00 00 00", "Speed", "31 Hz", "0.03 Hz to 30 Hz"),
        (19, "03 00 00 00 00 00 00 00", "Mid Fc", "3", "500 Hz to 2000 Hz"),
        (24, "00 00 0B 00 00 00 00 00", "Speed Rate", "+11", "-10 to +10"),
        (0, "00 00 00 00 00 00 0D 00", "EQ High", "+13 dB", "-12 dB to +12 dB"),
    ],
)
def test_a_parameter_out_of_range_is_marked_with_its_range(kind, data, label, found, allowed):
    (problem,) = block(kind, data).problems()
    assert problem.label == f"Effect 1 {ALGORITHMS[kind].name}: {label}"
    assert (problem.shown, problem.allowed) == (found, allowed)


def test_the_same_bytes_mean_nothing_where_the_signal_goes_through():
    assert block(THROUGH, "62 00 00 00 00 00 00 00").problems() == ()


def test_what_an_effect_does_not_use_is_carried_and_shown():
    effects = block(21, "07 00 50 14 00 00 00 00")
    assert parameters(effects)["Effect 1 Distortion: unused bits"] == "07 00 00 00 00 00 00 00"
    assert effects.replace(effect_1_left=50).raw[9:17] == effects.raw[9:17]
    assert effects.normal() != block(21, "00 00 50 14 00 00 00 00").normal()


def test_parameters_of_a_type_that_no_effect_has_are_shown_as_they_are():
    effects = block(40, "01 02 03 04 05 06 07 08")
    (shown,) = parameters(effects).values()
    assert shown == "01 02 03 04 05 06 07 08"
    assert [problem.label for problem in effects.problems()] == ["Effect 1 type"]


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        (0, ("Effect 1 balance left", "Effect 1 balance right")),
        (25, ("Effect 1 balance Delay", "Effect 1 balance Hall")),
        (28, ("Effect 1 balance Delay L", "Effect 1 balance Delay R")),
        (32, ("Effect 1 balance Delay", "Effect 1 balance Tremolo")),
    ],
)
def test_the_balance_is_of_two_sides_or_of_two_halves(kind, labels):
    values = {v.path: v for v in block(kind).values()}
    both = (values["effect_1_left"], values["effect_1_right"])
    assert tuple(value.label for value in both) == labels
    assert [value.shown for value in both] == ["30", "40"]


def test_two_modulations_that_the_panel_does_not_offer_together_are_noted():
    (note,) = effect_notes(block(11, second=23))
    assert note.startswith("Stereo Chorus 1 and Symphonic Ens: the M1's panel does not offer")
    assert effect_notes(block(24, second=32)) != ()
    assert effect_notes(block(11, second=11)) == ()
    assert effect_notes(block(0, second=24)) == ()


def test_parameters_that_stand_at_the_defaults_are_noted():
    hall = DEFAULTS[1][0]
    assert effect_notes(block(0, hall)) == (
        "Effect 1 Hall: its parameters are the panel's defaults.",
    )
    assert effect_notes(block(1, hall)) == ()


def test_parameters_of_another_effect_cannot_be_stored():
    with pytest.raises(ValueError, match="expected HallParameters, found RoomParameters"):
        block(0).replace(effect_1_parameters=ALGORITHMS[3].defaults)


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ({"shimmer": "1"}, "Hall: expected reverb_time, .* found shimmer"),
        ({"reverb_time": "12 s"}, "Reverb Time: expected 0.2 s to 9.9 s, found '12 s'"),
    ],
)
def test_an_effect_is_set_only_to_what_its_display_can_show(shown, message):
    with pytest.raises(ValueError, match=message):
        algorithm_of(0).set_to(shown)


def programs(*blocks: Effects) -> tuple[Contents, ...]:
    """Return a memory of one program for each effects block."""
    return tuple(
        Contents(programs=(Program.blank().replace(name="Pipes", effects=one),)) for one in blocks
    )


def test_a_difference_names_the_parameter_with_both_values():
    one, other = programs(block(0, "21" + "00" * 7), block(0, "1E" + "00" * 7))
    (difference,) = compare(one, other).different
    assert difference.count == 1
    assert difference.first.endswith("Hall: Reverb Time: expected 3.5 s, found 3.2 s")


def test_another_effect_differs_in_the_parameters_that_only_one_of_both_has():
    one, other = block(21, DEFAULTS[22][0]), block(24, DEFAULTS[25][0])
    pairs = {(a.label, a.shown, b.shown) for a, b in differing_values(one, other)}
    assert ("Effect 1 type", "Distortion", "Rotary Speaker") in pairs
    assert ("Effect 1 Distortion: Level", "20", "none") in pairs
    assert ("Effect 1 Rotary Speaker: Speed Rate", "none", "+5") in pairs


@given(records(Effects), records(Effects), st.data())
def test_blocks_that_differ_in_memory_differ_in_some_value(one, other, data):
    kind = data.draw(st.integers(0, 255))
    one, other = (Effects(bytes([kind, kind]) + block.raw[2:]) for block in (one, other))
    assert bool(differing_values(one, other)) == (one.normal() != other.normal())


@pytest.mark.parametrize("name", ["factory-all.syx", "m1ex-programs-and-combis.mid"])
def test_real_banks_hold_no_parameter_out_of_range(
    real_dump: Callable[[str], bytes], name: str
) -> None:
    memory = read_file(real_dump(name)).contents()
    objects: list[Program | Combination] = [*(memory.programs or ()), *(memory.combinations or ())]
    assert len(objects) >= 100
    assert marks(memory) == ()
    for one in objects:
        values = [v for v in one.effects.values() if "_parameters." in v.path]
        # Only what no effect uses is shown as bytes.
        assert all(isinstance(v.value, int) or v.path.endswith(".unused") for v in values)
        assert not any("does not offer" in note for note in effect_notes(one.effects))
