"""Which MIDI system rtmidi is asked to speak to."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.virtual.midi_system import JACK, UNSPECIFIED, jack_serves, midi_system

ALSA = 2


class Built:
    """An rtmidi that was built for some systems."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers

    def get_compiled_api(self) -> tuple[int, ...]:
        return self._numbers


def serve_jack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what a JACK server leaves while it runs; a socket's path must be short."""
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("jack_default_0_0")


def test_rtmidi_chooses_where_alsas_sequencer_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_jack(tmp_path, monkeypatch)
    sequencer = tmp_path / "seq"
    sequencer.touch()
    assert midi_system(Built(ALSA, JACK), {}, sequencer, tmp_path) == UNSPECIFIED


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere rtmidi chooses")
def test_jack_is_chosen_where_its_server_runs_and_the_sequencer_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tmp_path / "seq"
    (tmp_path / "jack_db-0").touch()
    assert not jack_serves(tmp_path)
    assert midi_system(Built(ALSA, JACK), {}, absent, tmp_path) == UNSPECIFIED
    serve_jack(tmp_path, monkeypatch)
    assert jack_serves(tmp_path)
    assert midi_system(Built(ALSA, JACK), {}, absent, tmp_path) == JACK
    assert midi_system(Built(ALSA), {}, absent, tmp_path) == UNSPECIFIED


def test_a_person_s_choice_goes_before_all(tmp_path: Path) -> None:
    chosen = {"RTMIDI_API": "UNIX_JACK"}
    assert midi_system(Built(ALSA, JACK), chosen, Path(os.devnull), tmp_path) == JACK


@pytest.mark.parametrize("named", ["JACK", "MACOSX_CORE"])
def test_a_choice_that_this_rtmidi_cannot_have_is_told_with_those_it_can(named: str) -> None:
    with pytest.raises(Trouble, match="LINUX_ALSA or UNIX_JACK"):
        midi_system(Built(ALSA, JACK), {"RTMIDI_API": named})
