"""Backup and restore over WinMM and CoreMIDI as Microsoft, Apple and RtMidi document them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from m1tui import clock
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.cli.launch import main
from m1tui.engine.diagnose import diagnose
from m1tui.engine.diagnosis import Cause
from m1tui.engine.instrument import Instrument
from m1tui.engine.read.backup import back_up
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.restore import restore
from m1tui.facts import Backup, Outcome
from m1tui.link.rtmidi import RtmidiLink
from m1tui.link.virtual import demo_contents
from m1tui.sysex import BankDump, Part
from m1tui.virtual.wire import BAUD, Wire
from tests.engine.bench import Shelf, holds, open_m1, other_sounds

from . import coremidi, winmm

BYTE = 1 / 3125
"""Seconds that a byte takes on a MIDI cable."""
SHORT = "M1TUI_LONG" not in os.environ
MICROSOFT = ["Microsoft GS Wavetable Synth", "UM-ONE"]


class Computer:
    """A computer with one interface, and a virtual M1 at its cables.

    `speed` lets the system's own calls take a message's time, on the real clock: 1 is MIDI's own.
    Without it the cable takes the time, on a clock that jumps. `sensing` puts FE into every message
    that comes, once in so many bytes, as MIDI allows.
    """

    def __init__(self, system: str, *, speed: int = 0, sensing: int = 0) -> None:
        self.m1 = open_m1()
        self._speed = speed
        self._sensing = sensing
        self._free_at = 0.0
        self._looped: Callable[[bytes], None] | None = None
        pace = BYTE / speed if speed else 0.0
        self.core: coremidi.CoreMIDI | None = None
        self.windows: winmm.WinMM | None = None
        if system == "CoreMIDI":
            self.core = coremidi.CoreMIDI(["UM-ONE"], ["UM-ONE"], self._left, seconds_per_byte=pace)
            names, self._device = coremidi.rtmidi_module(self.core), 0
        else:
            self.windows = winmm.WinMM(MICROSOFT, self._left, seconds_per_byte=pace)
            size = int(system.removeprefix("WinMM "))
            names, self._device = winmm.rtmidi_module(self.windows, buffer_size=size), 1
        self.rtmidi: Any = SimpleNamespace(**names)

    def run(self, act: Callable[[RtmidiLink], Any], *, looped: bool = False) -> Any:
        """Do `act` with a link to the M1, or to a cable from OUT to IN."""
        return clock.run(self._run(act, looped), jumping=not self._speed)

    @contextlib.contextmanager
    def in_a_thread(self) -> Iterator[None]:
        """Let the M1 live in a thread, for programs that bring a loop of their own."""
        ready, end = threading.Event(), asyncio.Event()

        async def act(_: RtmidiLink) -> None:
            ready.set()
            await end.wait()

        thread = threading.Thread(target=self.run, args=(act,))
        thread.start()
        assert ready.wait(10)
        yield
        self._loop.call_soon_threadsafe(end.set)
        thread.join(10)

    async def _run(self, act: Callable[[RtmidiLink], Any], looped: bool) -> Any:
        self._loop = asyncio.get_running_loop()
        wire = Wire(self.m1, baud=BAUD * (self._speed or 1))
        if looped:
            self._far: Callable[[bytes], None] = self._come
            reading = None
        else:
            wire.start()
            self._far = wire.put_crossed
            reading = self._loop.create_task(self._listen(wire))
        try:
            return await act(RtmidiLink("UM-ONE", self.rtmidi))
        finally:
            if reading is not None:
                reading.cancel()
            await wire.close()
            if self.core is not None:
                self.core.stop()

    def _left(self, device: int, data: bytes) -> None:
        assert device == self._device, "it went to another output"
        self._loop.call_soon_threadsafe(self._cross, data)

    def _cross(self, data: bytes) -> None:
        if self._speed:
            self._far(data)
            return
        self._free_at = max(self._free_at, self._loop.time()) + len(data) * BYTE
        self._loop.call_at(self._free_at, self._far, data)

    async def _listen(self, wire: Wire) -> None:
        while True:
            self._come(await wire.read())

    def _come(self, data: bytes) -> None:
        step = self._sensing or len(data)
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self._arrive(part + b"\xfe" if self._sensing else part)

    def _arrive(self, data: bytes) -> None:
        if self.core is not None:
            self.core.arrive(self._device, data)
        elif self.windows is not None:
            self.windows.arrive(self._device, data)

    def assert_it_was_used_well(self) -> None:
        if self.windows is not None:
            assert (self.windows.bad_buffers, self.windows.lost) == ([], 0)
        if self.core is not None:
            assert (self.core.bad_packets, self.core.lists_over_the_limit) == ([], 0)


SYSTEMS = pytest.mark.parametrize("system", ["CoreMIDI", "WinMM 1024", "WinMM 8196"])


async def _backup(link: RtmidiLink) -> Backup:
    async with Instrument(link) as instrument:
        assert (await diagnose(instrument)).cause is Cause.READY
        return await back_up(instrument)


async def _restoration(link: RtmidiLink) -> Restoration:
    async with Instrument(link) as instrument:
        return await restore(instrument, other_sounds(), part=Part.ALL, save=Shelf())


@SYSTEMS
@pytest.mark.parametrize("sensing", [0, 100], ids=["quiet", "FE inside the dumps"])
def test_a_backup_is_read_twice_and_is_the_memory(system: str, sensing: int) -> None:
    computer = Computer(system, sensing=sensing)
    backup = computer.run(_backup)
    assert (backup.contents, backup.reads) == (demo_contents(), 2)
    computer.assert_it_was_used_well()


@SYSTEMS
@pytest.mark.parametrize("sensing", [0, 100], ids=["quiet", "FE inside the dumps"])
def test_a_restore_is_verified_and_nothing_is_blamed_on_the_cable(
    system: str, sensing: int
) -> None:
    computer = Computer(system, sensing=sensing)
    result = computer.run(_restoration)
    assert (result.outcome, result.advice.code) == (Outcome.VERIFIED, "restored")
    assert "cable" not in str(result.advice)
    assert holds(computer.m1, other_sounds())
    computer.assert_it_was_used_well()


@SYSTEMS
def test_the_interface_test_trusts_a_good_cable(system: str) -> None:
    async def test(link: RtmidiLink) -> LoopTest:
        async with link:
            return await loopback(link)

    computer = Computer(system)
    tested = computer.run(test, looped=True)
    assert (tested.outcome, tested.advice.code) == (Outcome.VERIFIED, "loop-trusted")
    computer.assert_it_was_used_well()


@pytest.mark.skipif(SHORT, reason="minutes; M1TUI_LONG=1 runs it")
@SYSTEMS
def test_calls_that_take_their_time_on_the_real_clock(system: str) -> None:
    """WinMM's call waits until a message has left; CoreMIDI's comes back long before."""

    async def act(link: RtmidiLink) -> tuple[Backup, Restoration]:
        return await _backup(link), await _restoration(link)

    computer = Computer(system, speed=1)
    read, sent = computer.run(act)
    assert read.contents == demo_contents()
    assert (sent.outcome, sent.advice.code) == (Outcome.VERIFIED, "restored")
    assert holds(computer.m1, other_sounds())
    computer.assert_it_was_used_well()


@pytest.mark.parametrize("system", ["CoreMIDI", "WinMM 1024"])
def test_the_commands_say_verified_and_do_not_speak_of_the_cable(
    system: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    computer = Computer(system, speed=20)
    monkeypatch.setitem(sys.modules, "rtmidi", computer.rtmidi)
    file = tmp_path / "other.syx"
    sounds = other_sounds().only(Part.PROGRAMS)
    file.write_bytes(BankDump.of(sounds, Part.PROGRAMS, channel=0).encode())
    data = ["--data-dir", str(tmp_path / "data")]
    with computer.in_a_thread():
        port = ["--port", "rtmidi:UM-ONE"]
        assert main([*data, "backup", *port]) == 0
        assert main([*data, "restore", str(file), *port, "--yes"]) == 0
    said = "".join(capsys.readouterr())
    assert "VERIFIED" in said
    assert "cable" not in said
    assert computer.m1.contents.programs == sounds.programs
    computer.assert_it_was_used_well()


def test_a_device_that_another_program_has_open_is_named_as_that() -> None:
    computer = Computer("WinMM 1024")
    assert computer.windows is not None
    computer.windows.open_in_another_program.add(1)
    with pytest.raises(Exception, match="Another program is using it"):
        computer.run(_backup)
