"""Either binding is used in the same way; without one, one command is told that mends it."""

from __future__ import annotations

import importlib
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from m1tui.advice import Trouble
from m1tui.app.home_lists import nothing_found
from m1tui.app.loop.views import ready
from m1tui.extras import install_command
from m1tui.midi import binding


class RtMidiError(Exception):
    """As supriya-midi has it: no OSError."""


class End:
    """As supriya-midi has it: its callback takes three values, and a deleted end crashes."""

    def __init__(self, api: int, client_name: str) -> None:
        if api == 2:
            raise RuntimeError("error creating ALSA sequencer client object")
        self.name = client_name
        self.is_deleted = False

    def set_callback(self, callback: Any) -> None:
        callback([0xF0, 0xF7], 0.5, None)

    def cancel_callback(self) -> None:
        assert not self.is_deleted

    def close_port(self) -> None:
        assert not self.is_deleted
        raise RtMidiError("the server is not running")

    def delete(self) -> None:
        self.is_deleted = True

    def open_port(self, number: int) -> None:
        raise RtMidiError(f"port {number} is gone")

    def get_ports(self) -> list[str]:
        return [self.name]


SUPRIYA = SimpleNamespace(
    RtMidiError=RtMidiError,
    RtMidiAPI=int,
    MidiIn=End,
    MidiOut=End,
    get_compiled_apis=lambda: [1, 3],
)


def installed(monkeypatch: pytest.MonkeyPatch, **modules: object) -> None:
    real = importlib.import_module

    def find(name: str, *more: Any) -> object:
        if name not in ("rtmidi", "supriya_midi"):
            return real(name, *more)
        found = modules.get(name)
        if isinstance(found, Exception):
            raise found
        if found is None:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return found

    monkeypatch.setattr(importlib, "import_module", find)


def test_supriya_midi_is_used_as_python_rtmidi_is(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, supriya_midi=SUPRIYA)
    module = binding.load()
    assert list(module.get_compiled_api()) == [1, 3]
    end = module.MidiIn(1, name="m1tui")
    heard: list[object] = []
    end.set_callback(lambda event, _: heard.append(event))
    assert heard == [([0xF0, 0xF7], 0.5)]
    assert end.get_ports() == ["m1tui"]
    with pytest.raises(OSError, match="port 3 is gone"):
        end.open_port(3)
    with pytest.raises(OSError, match="sequencer"):
        module.MidiOut(2)
    end.close_port()
    end.delete()
    end.cancel_callback()
    end.close_port()


def test_python_rtmidi_is_taken_where_both_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    rtmidi = SimpleNamespace()
    installed(monkeypatch, rtmidi=rtmidi, supriya_midi=SUPRIYA)
    assert binding.load() is rtmidi


def test_one_that_cannot_be_loaded_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, rtmidi=ImportError("libjack"), supriya_midi=SUPRIYA)
    assert isinstance(binding.load(), binding.Supriya)
    installed(monkeypatch, rtmidi=ImportError("libjack.so.0"))
    with pytest.raises(Trouble, match="libjack") as caught:
        binding.load()
    assert caught.value.advice.code == "rtmidi-not-loadable"


@pytest.mark.parametrize(
    ("version", "package"), [((3, 12), "python-rtmidi"), ((3, 13), "supriya-midi")]
)
def test_without_one_the_command_names_what_has_a_build(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], package: str
) -> None:
    installed(monkeypatch)
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(Trouble) as caught:
        binding.load()
    assert caught.value.advice.code == "rtmidi-missing"
    assert package in caught.value.advice.next_step
    assert install_command(binding.wanted()) in caught.value.advice.next_step


@pytest.mark.parametrize("platform", ["win32", "darwin"])
@pytest.mark.parametrize("command", ["ports", "identify", "loopback", "doctor"])
def test_its_absence_is_said_where_one_looks_for_an_interface(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
    command: str,
    platform: str,
) -> None:
    from m1tui.cli.launch import main

    real = importlib.import_module

    def find(name: str, *more: Any) -> object:
        if name in ("rtmidi", "supriya_midi"):
            raise ModuleNotFoundError(name)
        return real(name, *more)

    monkeypatch.setattr(importlib, "import_module", find)
    monkeypatch.setattr("m1tui.link.ports.PLATFORM", platform)
    main(["--data-dir", str(tmp_path), command, "--json"])
    shown = capsys.readouterr()
    facts = json.loads(shown.out)
    assert install_command(binding.wanted()) in json.dumps(facts, ensure_ascii=False)
    if command in ("identify", "loopback"):
        assert facts["error"]["code"] == "rtmidi-missing"


def test_the_app_says_it_on_home_and_on_the_page_of_the_interface_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch)
    monkeypatch.setattr("m1tui.link.ports.PLATFORM", "darwin")
    mending = install_command(binding.wanted())
    assert mending in nothing_found([])
    assert mending in " ".join(text for _, text in ready([]).sentences)
    # Linux has raw devices, which need none.
    monkeypatch.setattr("m1tui.link.ports.PLATFORM", "linux")
    assert mending not in nothing_found([])
    assert mending not in " ".join(text for _, text in ready([]).sentences)
