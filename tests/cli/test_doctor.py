"""`doctor` says what is there, what is wrong, and what mends it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from m1tui.cli.commands import doctor
from m1tui.link.ports import PortInfo

from .conftest import Command

CODES = {"m1tui", "system", "python", "textual", "files", "path", "midi", "data", "locks", "logs"}


def by_code(m1tui: Command) -> dict[str, dict[str, object]]:
    ended = m1tui("doctor", "--json")
    return {one["code"]: one for one in ended.facts["checks"]}


@pytest.fixture(autouse=True)
def one_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "list_ports", lambda: [PortInfo("rtmidi:X", "X", None, None)])
    monkeypatch.setattr(doctor, "raw_devices", lambda _: [])
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/m1tui")


def test_a_computer_in_order_is_0_and_fits_on_one_screen(m1tui: Command) -> None:
    ended = m1tui("doctor")
    assert ended.code == 0, ended.out
    assert ended.out.splitlines()[-1] == "Nothing is wrong."
    assert len(ended.out.splitlines()) <= 24
    assert by_code(m1tui).keys() >= CODES | {"port", "serve"}


def test_without_an_interface_it_is_1_and_says_how_to_rehearse(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "list_ports", list)
    ended = m1tui("doctor")
    assert ended.code == 1
    assert "WRONG  ports" in ended.out
    assert "rehearse with --port virtual" in ended.out
    assert re.fullmatch(r"1 of \d+ is wrong\.", ended.out.splitlines()[-1])


def test_a_cable_that_loses_bytes_is_wrong(m1tui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = PortInfo("raw:/dev/snd/midiC1D0", "USB\x1b MIDI", "1a86:752d", "It loses bytes.")
    monkeypatch.setattr(doctor, "list_ports", lambda: [bad])
    port = by_code(m1tui)["port"]
    assert (port["ok"], port["next"]) == (False, "It loses bytes.")
    assert "\x1b" not in str(port["found"])


def test_a_data_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = {one.code: one for one in doctor.checks(tmp_path / "file" / "x", tmp_path)}
    assert not found["data"].ok
    assert found["data"].next
    assert not found["locks"].ok


def test_the_group_of_midi_devices_is_looked_at(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    grp = pytest.importorskip("grp", reason="Windows has no groups of this kind")
    audio = grp.struct_group(("audio", "x", 29, []))
    monkeypatch.setattr(grp, "getgrnam", lambda _: audio)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: [1000, 29])
    assert by_code(m1tui)["groups"]["next"] == ""
    monkeypatch.setattr(os, "getgroups", lambda: [1000])
    assert "usermod -aG audio" in str(by_code(m1tui)["groups"]["next"])


def test_a_word_that_the_shell_does_not_find_is_wrong(
    m1tui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert by_code(m1tui)["path"]["ok"] is False


def test_an_internal_error_is_shown_with_where_to_send_it(m1tui: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "m1tui.log").write_text("Traceback")
    logs = by_code(m1tui)["logs"]
    assert "m1tui.log, 9 bytes" in str(logs["found"])
    assert "attach that file" in str(logs["next"])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may open everything")
def test_a_device_of_another_group_is_wrong_with_the_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from m1tui.link.alsa_ports import RawDevice

    device = tmp_path / "midiC1D0"
    device.write_text("")
    device.chmod(0)
    monkeypatch.setattr(doctor, "raw_devices", lambda _: [RawDevice(device, "X", None, 1, 1)])
    found = {one.code: one for one in doctor.checks(tmp_path, tmp_path)}
    assert "sudo usermod -aG" in found["groups"].next
