"""Which output and input are one interface's, and what is said where the names do not say it."""

from __future__ import annotations

import pytest

from m1tui.errors import LinkError
from m1tui.link.ports import list_ports
from m1tui.link.rtmidi import RtmidiLink
from m1tui.midi.system import ALSA, COREMIDI, WINMM, Pair, distinct, pairs, rule_of
from tests.link.fake_rtmidi import FakeRtmidi


@pytest.mark.parametrize(
    ("outputs", "inputs", "found"),
    [
        (["GS Synth 0", "UM-ONE 1"], ["UM-ONE 0"], [("UM-ONE 1", "UM-ONE 0")]),
        (
            ["mio 0", "MIDIOUT2 (mio) 1"],
            ["mio 0", "MIDIIN2 (mio) 1"],
            [("mio 0", "mio 0"), ("MIDIOUT2 (mio) 1", "MIDIIN2 (mio) 1")],
        ),
        (["USB MIDI Out 1"], ["USB MIDI In 0"], [("USB MIDI Out 1", "USB MIDI In 0")]),
        (["4x4 Port 1 0", "4x4 Port 2 1"], ["4x4 Port 2 1"], [("4x4 Port 2 1", "4x4 Port 2 1")]),
    ],
)
def test_windows_names_are_paired_without_the_numbers_of_its_lists(
    outputs: list[str], inputs: list[str], found: list[tuple[str, str]]
) -> None:
    assert pairs(outputs, inputs, WINMM) == [Pair(*one) for one in found]


def test_two_equal_cables_are_never_crossed_by_the_numbers_of_their_lists() -> None:
    """ "USB 1" is the first cable's output and the second one's input."""
    found = pairs(["GS Synth 0", "USB 1", "USB 2"], ["USB 0", "USB 1"], WINMM)
    assert not any(pair.certain for pair in found)
    assert [(pair.output, pair.input) for pair in found] == [
        ("USB 1", "USB 0"),
        ("USB 1", "USB 1"),
        ("USB 2", "USB 1"),
        ("USB 2", "USB 0"),
    ]
    assert found[0].port == "rtmidi:OUT=USB 1,IN=USB 0"


def test_two_equal_cables_on_a_mac_are_counted_apart_and_asked_about() -> None:
    outputs, inputs = distinct(["USB", "USB"]), distinct(["USB", "USB"])
    assert outputs == ["USB", "USB #2"]
    found = pairs(outputs, inputs, COREMIDI)
    assert len(found) == 4
    assert not any(pair.certain for pair in found)


@pytest.mark.parametrize(
    ("output", "input_"),
    [("X Out", "X In"), ("X MIDI OUT", "X MIDI IN"), ("X (Output)", "X (Input)")],
)
def test_names_that_say_the_direction_are_a_pair(output: str, input_: str) -> None:
    assert pairs([output], [input_], COREMIDI) == [Pair(output, input_)]
    assert pairs([output], [input_], ALSA) == [Pair(output, input_)]


def test_ports_of_one_interface_are_told_apart_where_numbers_are_names() -> None:
    names = ["mioXM Port 1", "mioXM Port 2"]
    assert pairs(names, names, COREMIDI) == [Pair(name, name) for name in names]


def test_equal_cables_are_listed_as_all_combinations_with_a_word_to_each() -> None:
    system = FakeRtmidi(["USB", "USB"], ["USB", "USB"])
    listed = list_ports(rtmidi=system)
    assert [one.port for one in listed if one.port.startswith("rtmidi:")] == [
        "rtmidi:OUT=USB,IN=USB",
        "rtmidi:OUT=USB,IN=USB #2",
        "rtmidi:OUT=USB #2,IN=USB #2",
        "rtmidi:OUT=USB #2,IN=USB",
    ]
    assert all("does not say which" in (one.warning or "") for one in listed)


async def opened(name: str, system: FakeRtmidi) -> list[bytes]:
    async with RtmidiLink(name, system) as link:
        await link.write(b"\xfe")
    return system.sent


@pytest.mark.parametrize("name", ["OUT=B,IN=A", "IN=A,OUT=B"])
def test_out_and_in_can_be_named_apart(name: str) -> None:
    from m1tui.clock import run

    assert run(opened(name, FakeRtmidi(["A"], ["B"]))) == [b"\xfe"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("USB", "midi-interfaces-equal"),
        ("OUT=USB,IN=none", "midi-port-missing"),
        ("OUT=none,IN=USB", "midi-port-missing"),
    ],
)
def test_what_is_not_one_pair_is_refused_with_the_reason(name: str, code: str) -> None:
    from m1tui.clock import run

    with pytest.raises(LinkError) as caught:
        run(opened(name, FakeRtmidi(["USB", "USB"], ["USB", "USB"])))
    assert caught.value.advice.code == code


@pytest.mark.parametrize(
    ("number", "platform", "rule"),
    [
        (4, "win32", "WinMM"),
        (1, "darwin", "CoreMIDI"),
        (3, "darwin", "JACK"),
        (2, "linux", "ALSA"),
        (None, "win32", "WinMM"),
        (None, "darwin", "CoreMIDI"),
        (0, "linux", "ALSA"),
    ],
)
def test_the_rule_is_the_systems_own(number: int | None, platform: str, rule: str) -> None:
    class End:
        if number is not None:

            def get_current_api(self) -> int:
                return number

    assert rule_of(End(), platform).name == rule
