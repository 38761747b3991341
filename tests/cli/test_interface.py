"""The commands on an interface itself: loopback and monitor."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from m1tui import clock
from m1tui.cli import session
from m1tui.cli import session as instruments
from m1tui.link.ports import PortInfo
from m1tui.store import Store
from tests.cable.loops import LoopLink
from tests.cli.conftest import Command

KEYS = {
    "outcome",
    "symptom",
    "sent",
    "received",
    "first_difference",
    "pacing",
    "seconds",
    "delay",
    "realtime",
    "attempts",
    "advice",
}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time jump though the instrument is a real one."""
    run = clock.run
    monkeypatch.setattr(clock, "run", lambda main, jumping: run(main, jumping=True))


@pytest.fixture
def looped(monkeypatch: pytest.MonkeyPatch, quick: None) -> LoopLink:
    """Put a loop where --port raw:/dev/looped leads, on the jumping clock."""
    link = LoopLink()
    monkeypatch.setattr(session, "open_port", lambda port, data_dir: link)
    return link


def ports(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    listed = [PortInfo(name, name, None, None) for name in names]
    monkeypatch.setattr(instruments, "list_ports", lambda: listed)


def test_an_interface_that_gives_everything_back_is_trusted(m1tui: Command, looped, tmp_path):
    ended = m1tui("loopback", "--port", "raw:/dev/looped", "--json")
    assert ended.code == 0
    assert set(ended.facts) == KEYS
    assert ended.facts["outcome"] == "VERIFIED"
    assert (ended.facts["sent"], ended.facts["received"]) == (50_000, 50_000)
    assert ended.facts["first_difference"] is None
    assert Store(tmp_path / "data").pacing_for("raw:/dev/looped") == "full"
    assert "can be trusted" in ended.err


def test_an_interface_that_changes_bytes_ends_with_4_and_the_first_difference(
    m1tui: Command, looped
):
    def carry(block: bytes, before: int) -> list[tuple[float, bytes]]:
        flip = bytes([block[0] ^ 1]) if block[0] < 0x80 and before > 30_000 else block[:1]
        return [(0.0, flip + block[1:])]

    looped._carry = carry
    ended = m1tui("loopback", "--port", "raw:/dev/looped", "--json")
    assert ended.code == 4
    assert (ended.facts["outcome"], ended.facts["symptom"]) == ("MISMATCH", "changed")
    first = ended.facts["first_difference"]
    assert first["byte"] > 30_000
    assert first["expected"] != first["found"]
    assert ended.facts["advice"]["next_step"]


def test_without_a_loop_the_command_ends_with_3(m1tui: Command, looped):
    looped._carry = lambda block, before: ()
    ended = m1tui("loopback", "--port", "raw:/dev/looped")
    assert ended.code == 3
    assert ended.out.startswith("UNKNOWN (silence)")
    assert "Plug one MIDI cable from OUT into IN" in ended.err


def test_an_interface_that_goes_away_ends_with_1(m1tui: Command, looped):
    looped.unplug_after = 10_000
    ended = m1tui("loopback", "--port", "raw:/dev/looped", "--json")
    assert (ended.code, ended.facts["symptom"]) == (1, "disconnected")


def test_a_pacing_that_works_is_remembered_for_the_port(m1tui: Command, looped, tmp_path):
    last = [0.0]

    def carry(block: bytes, before: int) -> list[tuple[float, bytes]]:
        rested = looped._free - len(block) * 0.00032 - last[0] > 0.05
        last[0] = looped._free
        return [(0.0, block if rested or before < 20_000 else block[:-3])]

    looped._carry = carry
    ended = m1tui("loopback", "--port", "raw:/dev/looped", "--json")
    assert (ended.code, ended.facts["symptom"], ended.facts["pacing"]) == (4, "overrun", "256:60")
    assert Store(tmp_path / "data").pacing_for("raw:/dev/looped") == "256:60"
    assert [one["pacing"] for one in ended.facts["attempts"]] == ["full", "256:60"]


@pytest.mark.parametrize("port", ["virtual", "virtual:used"])
def test_a_virtual_m1_has_no_interface_to_test(m1tui: Command, port: str):
    ended = m1tui("loopback", "--port", port, "--json")
    assert ended.code == 2
    assert ended.facts["outcome"] == "REFUSED"
    assert set(ended.facts) == KEYS | {"error"}
    assert "m1tui ports" in ended.facts["error"]["next_step"]


def test_of_several_interfaces_one_must_be_named(m1tui: Command, monkeypatch):
    ports(monkeypatch, "raw:/dev/a", "raw:/dev/b")
    for command in ("loopback", "monitor"):
        ended = m1tui(command)
        assert ended.code == 2
        assert "raw:/dev/a, raw:/dev/b" in ended.err


def test_the_only_interface_need_not_be_named(m1tui: Command, monkeypatch, looped):
    ports(monkeypatch, "raw:/dev/looped")
    assert m1tui("loopback").code == 0


def test_without_an_interface_there_is_none_to_test(m1tui: Command, monkeypatch):
    ports(monkeypatch)
    ended = m1tui("loopback", "--json")
    assert (ended.code, ended.facts["outcome"]) == (3, "UNKNOWN")


def test_an_interface_that_cannot_be_opened_ends_with_3(m1tui: Command, tmp_path):
    assert m1tui("loopback", "--port", f"raw:{tmp_path}/none").code == 3


# monitor


def test_the_monitor_tells_what_a_virtual_m1_sends_and_ends_after_its_seconds(
    m1tui: Command, quick
):
    ended = m1tui("monitor", "--port", "virtual", "--seconds", "5")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert "active sensing begins" in lines[0]
    assert "active sensing" in lines[-1]
    assert len(lines) == 2


def test_the_monitor_writes_one_json_object_a_line(m1tui: Command, quick):
    ended = m1tui("monitor", "--port", "virtual", "--seconds", "200", "--json")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [line["kind"] for line in lines] == ["realtime"] * 4 + ["counts"]
    keys = {"time", "seconds", "kind", "text", "bytes", "hex", "count"}
    assert all(set(line) == keys for line in lines)
    assert ended.err == ""


def test_a_link_that_is_lost_ends_the_monitor_with_3(m1tui: Command, looped):
    original = looped._open

    async def opened() -> None:
        await original()
        looped._inbox.put_nowait(None)

    looped._open = opened
    assert m1tui("monitor", "--port", "raw:/dev/looped").code == 3


def monitoring(tmp_path: Path, **settings: int) -> subprocess.Popen[str]:
    command = ["monitor", "--port", "virtual", "--json", "--data-dir", str(tmp_path)]
    return subprocess.Popen(
        [sys.executable, "-m", "m1tui", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_control_c_ends_the_monitor_with_0_and_the_counts(tmp_path: Path):
    with monitoring(tmp_path) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["text"] == "active sensing begins"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert json.loads(out)["kind"] == "counts"
    assert (process.returncode, err) == (0, "")


def test_the_monitor_ends_quietly_when_its_reader_goes_away(tmp_path: Path):
    with monitoring(tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        # Nothing but active sensing comes any more, and that is not told for a minute.
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""
