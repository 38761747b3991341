"""Who holds a device, in made-up trees of /proc."""

from __future__ import annotations

from pathlib import Path

import pytest

from m1tui.link.alsa_ports import Holder, holders
from m1tui.link.raw import busy


class FakeProc:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        (root / "meminfo").touch()

    def add(self, pid: int, name: bytes, *opened: Path) -> None:
        folder = self.root / str(pid) / "fd"
        folder.mkdir(parents=True)
        (folder.parent / "comm").write_bytes(name + b"\n")
        for number, path in enumerate(opened):
            (folder / str(number)).symlink_to(path)


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path / "proc")


def test_programs_that_have_the_device_open_are_found_by_number(
    proc: FakeProc, tmp_path: Path
) -> None:
    device = tmp_path / "midiC1D0"
    device.touch()
    proc.add(12, b"amidi", Path("/dev/null"), device)
    proc.add(9, b"librarian", device)
    proc.add(7, b"bash", Path("/dev/null"))
    assert holders(device, proc.root) == (Holder(9, "librarian"), Holder(12, "amidi"))


def test_a_link_to_the_device_counts_as_the_device(proc: FakeProc, tmp_path: Path) -> None:
    device, link = tmp_path / "midiC1D0", tmp_path / "m1.port"
    device.touch()
    link.symlink_to(device)
    proc.add(9, b"amidi", device)
    assert holders(link, proc.root) == (Holder(9, "amidi"),)


def test_a_program_name_cannot_send_control_characters(proc: FakeProc, tmp_path: Path) -> None:
    device = tmp_path / "midiC1D0"
    device.touch()
    proc.add(9, b"\x1b[31mred", device)
    assert "\x1b" not in str(holders(device, proc.root)[0])


def test_the_holder_is_named_and_the_next_step_is_to_close_it(
    proc: FakeProc, tmp_path: Path
) -> None:
    device = tmp_path / "midiC1D0"
    device.touch()
    proc.add(9, b"amidi", device)
    advice = busy(device, proc.root)
    assert advice.cause == "It is in use by amidi (process 9)."
    assert advice.next_step.startswith("Close that program")


def test_users_of_the_sequencer_are_named_when_nobody_holds_the_device_itself(
    proc: FakeProc, tmp_path: Path
) -> None:
    device, sequencer = tmp_path / "midiC1D0", tmp_path / "seq"
    device.touch()
    sequencer.touch()
    proc.add(9, b"chromium", sequencer)
    advice = busy(device, proc.root, sequencer)
    assert "ALSA sequencer" in advice.cause
    assert "chromium (process 9)" in advice.cause
    assert "aconnect -x" in advice.next_step


def test_the_usual_candidates_are_told_when_nobody_is_seen(tmp_path: Path) -> None:
    advice = busy(tmp_path / "midiC1D0", tmp_path / "no-proc", tmp_path / "seq")
    for candidate in ("amidi", "aconnect -l", "a2jmidid", "browser"):
        assert candidate in advice.cause
    assert "fuser" in advice.next_step
