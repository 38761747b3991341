"""Backups, restores and the interface test through what is documented of Windows and macOS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from m1tui import clock
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.engine.diagnose import diagnose, find_instrument
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Pacing
from m1tui.engine.read.backup import back_up
from m1tui.engine.restore.judge import Restoration
from m1tui.engine.restore.restore import restore
from m1tui.facts import Outcome
from m1tui.link.rtmidi import RtmidiLink, port_pairs
from m1tui.link.virtual import demo_contents
from m1tui.sysex import Contents, Part
from tests.engine.bench import Shelf, holds, open_m1, other_sounds

from .systems import BUFFER, CORE, WINDOWS, FakeSystem, TwoCables

SYSTEMS = pytest.mark.parametrize("number", [CORE, WINDOWS], ids=["CoreMIDI", "WinMM"])


def restoring_through(system: FakeSystem, contents: Contents, part: Part) -> Restoration:
    async def main() -> Restoration:
        async with Instrument(RtmidiLink("UM-ONE", system)) as instrument:
            result = await restore(
                instrument, contents, part=part, save=Shelf(), begin_with=Pacing(64, 0.5)
            )
        await system.end()
        return result

    return clock.run(main())


@SYSTEMS
def test_all_data_is_read_twice_and_agrees(number: int) -> None:
    system = FakeSystem(number, open_m1())

    async def main() -> int:
        async with Instrument(RtmidiLink("UM-ONE", system)) as instrument:
            await diagnose(instrument)
            backup = await back_up(instrument)
            assert backup.contents == demo_contents()
        await system.end()
        return backup.reads

    assert clock.run(main()) == 2
    if number == WINDOWS:
        assert system.delivered.count(BUFFER) > 4
        assert max(system.delivered) == BUFFER


@SYSTEMS
def test_a_bank_is_restored_and_no_piece_of_a_message_is_ever_handed_over(number: int) -> None:
    m1 = open_m1()
    system = FakeSystem(number, m1)
    result = restoring_through(system, other_sounds(), Part.ALL)
    assert result.outcome is Outcome.VERIFIED, result.advice
    assert holds(m1, other_sounds())
    assert system.broken == []
    assert system.buffers == ((BUFFER, 8) if number == WINDOWS else None)
    whole = [call for call in system.calls if call[0] == 0xF0]
    assert max(map(len, whole)) > 10_000
    assert all(call.endswith(b"\xf7") and call.count(0xF7) == 1 for call in whole)
    # What cannot pause is not said to have paused.
    assert result.pacing == Pacing.FULL


@SYSTEMS
def test_a_cable_from_out_to_in_is_good_though_its_bytes_come_late(number: int) -> None:
    system = FakeSystem(number)

    async def main() -> LoopTest:
        async with RtmidiLink("UM-ONE", system) as link:
            return await loopback(link)

    tested = clock.run(main())
    assert tested.outcome is Outcome.VERIFIED, tested.advice
    assert system.broken == []


@SYSTEMS
def test_a_dump_that_breaks_off_is_still_noticed(number: int) -> None:
    """A longer time-out is no endless one."""
    m1 = open_m1()
    system = FakeSystem(number, m1)

    async def main() -> float:
        async with Instrument(RtmidiLink("UM-ONE", system)) as instrument:
            await diagnose(instrument)
            m1.power_off()
            begin = asyncio.get_running_loop().time()
            with pytest.raises(Exception, match=r"(?i)answer|read"):
                await back_up(instrument)
            took = asyncio.get_running_loop().time() - begin
        await system.end()
        return took

    assert clock.run(main()) < 60


def test_a_call_that_waits_until_the_message_has_left_holds_nobody_up() -> None:
    """WinMM's call comes back only then; meanwhile the loop goes on."""
    system = FakeSystem(WINDOWS)
    send: Callable[[bytes], None] = system.send

    def slow(data: bytes) -> None:
        time.sleep(0.2)
        send(data)

    system.send = slow  # type: ignore[method-assign]

    async def main() -> int:
        ticks = 0
        async with RtmidiLink("UM-ONE", system) as link:
            writing = asyncio.get_running_loop().create_task(link.write(b"\xf0\x42\x30\xf7"))
            while not writing.done():
                await asyncio.sleep(0.01)
                ticks += 1
        return ticks

    assert clock.run(main(), jumping=False) >= 5


def test_a_pacing_that_the_system_cannot_keep_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from m1tui.cli.launch import main
    from m1tui.link import rtmidi
    from m1tui.sysex import BankDump

    system = FakeSystem(WINDOWS, open_m1())
    monkeypatch.setattr(rtmidi, "RtmidiLink", lambda name: RtmidiLink(name, system))
    file = tmp_path / "all.syx"
    file.write_bytes(BankDump.of(demo_contents(), Part.PROGRAMS, channel=0).encode())
    words = ["restore", file, "--port", "rtmidi:UM-ONE", "--pacing", "256:60", "--yes"]
    assert main(["--data-dir", str(tmp_path / "data"), *map(str, words)]) == 2
    assert "--pacing: expected full, found 256:60" in capsys.readouterr().err
    assert not [call for call in system.calls if len(call) > 100]


@pytest.mark.parametrize("behind", ["USB", "USB #2"])
def test_of_two_equal_cables_the_one_with_the_m1_is_found_and_never_crossed(behind: str) -> None:
    """What one output asks is answered at its own input only."""
    system = TwoCables(open_m1(), behind)

    async def main() -> str:
        links = [
            RtmidiLink(pair.port.removeprefix("rtmidi:"), system) for pair in port_pairs(system)
        ]
        assert len(links) == 4
        instrument = await find_instrument(links)
        assert instrument is not None
        async with instrument:
            backup = await back_up(instrument, part=Part.GLOBAL)
            assert backup.contents == demo_contents().only(Part.GLOBAL)
            port = instrument.link.port
        await system.end()
        return port

    assert clock.run(main()) == f"rtmidi:OUT={behind},IN={behind}"


def test_a_port_is_not_closed_under_a_message_that_the_system_is_still_sending() -> None:
    system = FakeSystem(WINDOWS)
    send: Callable[[bytes], None] = system.send
    done: list[str] = []

    def slow(data: bytes) -> None:
        time.sleep(0.3)
        send(data)
        done.append("sent")

    system.send = slow  # type: ignore[method-assign]

    async def main() -> None:
        async with RtmidiLink("UM-ONE", system) as link:
            writing = asyncio.get_running_loop().create_task(link.write(b"\xf0\x42\x30\xf7"))
            await asyncio.sleep(0.05)
            writing.cancel()
        done.append("closed")

    clock.run(main(), jumping=False)
    assert done == ["sent", "closed"]
