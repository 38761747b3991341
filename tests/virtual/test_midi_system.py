"""Which MIDI system rtmidi is asked to speak to."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.midi.system import JACK, UNSPECIFIED, jack_serves, midi_system

ALSA = 2


class Built:
    """An rtmidi that was built for some systems."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers

    def get_compiled_api(self) -> tuple[int, ...]:
        return self._numbers


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers leave their sockets; named in short, since a socket's path must be."""
    monkeypatch.chdir(tmp_path)
    return Path()


@contextmanager
def serving(folder: Path, name: str = "default") -> Iterator[None]:
    """Listen as a JACK server does; its socket stays behind, as when it is killed."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / f"jack_{name}_0_0"))
        server.listen()
        yield


def test_rtmidi_chooses_where_alsas_sequencer_is(folder: Path) -> None:
    sequencer = folder / "seq"
    sequencer.touch()
    with serving(folder):
        assert midi_system(Built(ALSA, JACK), {}, sequencer, folder) == UNSPECIFIED


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere rtmidi chooses")
def test_jack_is_chosen_where_its_server_runs_and_the_sequencer_is_absent(folder: Path) -> None:
    absent = folder / "seq"
    assert midi_system(Built(ALSA, JACK), {}, absent, folder) == UNSPECIFIED
    with serving(folder):
        assert midi_system(Built(ALSA, JACK), {}, absent, folder) == JACK
        assert midi_system(Built(ALSA), {}, absent, folder) == UNSPECIFIED
    assert midi_system(Built(ALSA, JACK), {}, absent, folder) == UNSPECIFIED


def test_a_server_counts_by_the_name_that_the_environment_gives_it(folder: Path) -> None:
    named = {"JACK_DEFAULT_SERVER": "studio"}
    with serving(folder):
        assert jack_serves({}, folder)
        assert not jack_serves(named, folder)
    with serving(folder, "studio"):
        assert jack_serves(named, folder)
    assert not jack_serves(named, folder)


def test_a_person_s_choice_goes_before_all(tmp_path: Path) -> None:
    chosen = {"RTMIDI_API": "UNIX_JACK"}
    assert midi_system(Built(ALSA, JACK), chosen, Path(os.devnull), tmp_path) == JACK


@pytest.mark.parametrize("named", ["JACK", "MACOSX_CORE"])
def test_a_choice_that_this_rtmidi_cannot_have_is_told_with_those_it_can(named: str) -> None:
    with pytest.raises(Trouble, match="LINUX_ALSA or UNIX_JACK"):
        midi_system(Built(ALSA, JACK), {"RTMIDI_API": named})
