from __future__ import annotations

import asyncio
import importlib
import threading

import pytest

from m1tui.clock import run
from m1tui.errors import LinkError, LinkLost
from m1tui.extras import install_command
from m1tui.link.rtmidi import RtmidiLink, port_pairs
from m1tui.midi import binding
from m1tui.midi.system import Pair
from tests.advised import raises

from .fake_rtmidi import FakeEnd, FakeRtmidi

MESSAGE = b"\xf0\x42\x30\x19\x50" + bytes(6_000) + b"\xf7"


@pytest.fixture
def system() -> FakeRtmidi:
    names = ["Midi Through:Midi Through Port-0 14:0", "UM-ONE:UM-ONE MIDI 1 24:0"]
    return FakeRtmidi(list(names), list(names))


def test_a_long_message_goes_in_fragments_that_join_to_it(system: FakeRtmidi) -> None:
    async def main() -> None:
        async with RtmidiLink("UM-ONE", system) as link:
            await link.write(MESSAGE)

    run(main())
    assert b"".join(system.sent) == MESSAGE
    assert len(system.sent[0]) == 256
    assert max(len(piece) for piece in system.sent[1:]) == 3


def test_fragments_are_paced_below_the_wire(system: FakeRtmidi) -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        async with RtmidiLink("UM-ONE", system) as link:
            await link.write(MESSAGE)
            written = loop.time()
            await link.drain()
            return written, loop.time()

    written, drained = run(main())
    on_the_wire = len(MESSAGE) / 3125
    assert on_the_wire < drained < 1.05 * on_the_wire
    assert 0 < drained - written <= 0.11


def test_messages_from_another_thread_come_in_whole_and_in_order(system: FakeRtmidi) -> None:
    def deliver_all() -> None:
        for number in range(100):
            system.deliver(bytes([0xF0, number, 0xF7]))

    async def main() -> bytes:
        async with RtmidiLink("UM-ONE", system) as link:
            await asyncio.to_thread(deliver_all)
            got = b""
            async with asyncio.timeout(1):
                while len(got) < 300:
                    got += await link.read()
            return got

    assert run(main()) == b"".join(bytes([0xF0, n, 0xF7]) for n in range(100))


def test_rtmidi_is_told_to_hold_nothing_back(system: FakeRtmidi) -> None:
    async def main() -> None:
        async with RtmidiLink("UM-ONE", system):
            pass

    run(main())
    assert system.ignored == {"sysex": False, "timing": False, "active_sense": False}


def test_a_port_that_vanishes_from_the_list_is_a_lost_link(system: FakeRtmidi) -> None:
    async def main() -> float:
        async with RtmidiLink("UM-ONE", system) as link:
            reading = asyncio.get_running_loop().create_task(link.read())
            await asyncio.sleep(10)
            assert not reading.done()
            system.deliver(b"\xfe")
            system.inputs.pop()
            assert await reading == b"\xfe"
            with pytest.raises(LinkLost, match="no longer listed"):
                await link.read()
            now = asyncio.get_running_loop().time()
            with pytest.raises(LinkLost):
                await link.write(b"\xf7")
            return now

    assert run(main()) <= 11.1


def test_a_write_that_the_port_refuses_is_a_lost_link(system: FakeRtmidi) -> None:
    async def main() -> None:
        async with RtmidiLink("UM-ONE", system) as link:
            system.outputs.remove("UM-ONE:UM-ONE MIDI 1 24:0")
            with pytest.raises(LinkLost, match="port is gone"):
                await link.write(b"\xf7")

    run(main())


def test_closing_lets_go_of_both_ports_and_ends_a_read(system: FakeRtmidi) -> None:
    async def main() -> None:
        link = RtmidiLink("UM-ONE", system)
        await link.open()
        assert len(system.open_ends) == 2
        reading = asyncio.get_running_loop().create_task(link.read())
        await asyncio.sleep(0)
        await link.close()
        with raises(LinkLost, "link-closed"):
            await reading
        with raises(LinkLost, "link-closed"):
            await link.write(b"\xf7")
        await link.close()

    run(main())
    assert system.open_ends == []
    assert system.callbacks == []


def test_a_message_that_is_just_coming_in_has_come_in_before_the_port_is_closed(
    system: FakeRtmidi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing would wait for its thread, which waits for whoever closes."""
    came_in = threading.Event()
    closed: list[bool] = []

    def cancel(end: FakeEnd) -> None:
        closed.clear()  # of those that only listed the ports
        threading.Timer(0.01, came_in.set).start()
        cancel_callback(end)

    def close(end: FakeEnd) -> None:
        closed.append(came_in.is_set())
        close_port(end)

    cancel_callback, close_port = FakeEnd.cancel_callback, FakeEnd.close_port
    monkeypatch.setattr(FakeEnd, "cancel_callback", cancel)
    monkeypatch.setattr(FakeEnd, "close_port", close)

    async def main() -> None:
        async with RtmidiLink("UM-ONE", system):
            pass

    run(main(), jumping=False)
    assert closed
    assert all(closed)


@pytest.mark.parametrize(
    "name", ["UM-ONE:UM-ONE MIDI 1 24:0", "UM-ONE:UM-ONE MIDI 1 99:0", "um-one"]
)
def test_a_port_is_found_by_its_name_whatever_its_number_is_now(
    system: FakeRtmidi, name: str
) -> None:
    async def main() -> None:
        async with RtmidiLink(name, system) as link:
            await link.write(b"\xfe")

    run(main())
    assert system.sent == [b"\xfe"]


def test_a_name_that_fits_two_ports_or_none_is_refused_with_the_list(system: FakeRtmidi) -> None:
    with pytest.raises(LinkError) as caught:
        run(RtmidiLink("midi", system).open())
    assert "2 pairs" in caught.value.advice.happened
    with pytest.raises(LinkError) as caught:
        run(RtmidiLink("mio", system).open())
    assert "UM-ONE MIDI 1" in caught.value.advice.cause
    assert system.open_ends == []


def test_ports_whose_directions_are_numbered_apart_are_a_pair() -> None:
    windows = FakeRtmidi(["UM-ONE 0"], ["Microsoft GS Wavetable Synth 0", "UM-ONE 1"])
    assert port_pairs(windows) == [Pair("UM-ONE 1", "UM-ONE 0")]


def test_a_system_without_a_midi_service_is_told_with_what_to_do(system: FakeRtmidi) -> None:
    system.service = False
    with pytest.raises(LinkError) as caught:
        run(RtmidiLink("UM-ONE", system).open())
    assert "ALSA sequencer" in caught.value.advice.happened
    assert "raw:PATH" in caught.value.advice.next_step


def test_a_missing_module_is_told_with_the_extra_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(LinkError, match="supriya-midi") as caught:
        run(RtmidiLink("UM-ONE").open())
    assert caught.value.advice.next_step == f"Install it: {install_command(binding.wanted())}"


def test_a_module_that_lacks_a_library_is_told_with_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str) -> object:
        raise ImportError("libasound.so.2: cannot open shared object file")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(LinkError, match="libasound2") as caught:
        run(RtmidiLink("UM-ONE").open())
    assert "cannot be loaded" in caught.value.advice.happened


@pytest.mark.parametrize(
    ("output", "input_"),
    [
        ("M1:M1", "M1-01:M1"),
        ("system:midi_playback_1", "system:midi_capture_1"),
        ("a2j:UM-ONE [20] (playback): UM-ONE MIDI 1", "a2j:UM-ONE [20] (capture): UM-ONE MIDI 1"),
    ],
)
def test_ports_that_jack_tells_apart_by_client_or_direction_are_a_pair(
    output: str, input_: str
) -> None:
    other = "system:midi_capture_2"
    assert port_pairs(FakeRtmidi([other, input_], [output])) == [Pair(output, input_)]


def test_the_environment_names_the_midi_system(
    system: FakeRtmidi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTMIDI_API", "UNIX_JACK")
    port_pairs(system)
    assert system.system == 3
    monkeypatch.setenv("RTMIDI_API", "WINDOWS_MM")
    with pytest.raises(LinkError, match="LINUX_ALSA or UNIX_JACK"):
        port_pairs(system)


def test_the_real_module_has_what_is_used_of_it() -> None:
    module = pytest.importorskip(
        "rtmidi",
        reason="rtmidi has no wheel for this Python, or ALSA's library is missing",
        exc_type=ImportError,
    )
    used = {"get_ports", "open_port", "close_port", "delete"}
    assert used | {"set_callback", "cancel_callback", "ignore_types"} <= set(dir(module.MidiIn))
    assert used | {"send_message"} <= set(dir(module.MidiOut))
    assert importlib.import_module("rtmidi") is module
