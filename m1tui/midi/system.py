"""Chooses which of a computer's MIDI systems rtmidi speaks to: ALSA, JACK, or its own choice."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Protocol

from m1tui.advice import Advice, Trouble

VARIABLE = "RTMIDI_API"
"""The environment variable that names one, as rtmidi's own tools read it: "UNIX_JACK"."""
SEQUENCER = Path("/dev/snd/seq")
JACK_SOCKETS = Path("/dev/shm")  # noqa: S108 - where a JACK server listens
UNSPECIFIED, CORE, SEQ, JACK, WINDOWS = range(5)
"""rtmidi's numbers of the systems: its own choice, CoreMIDI, ALSA's sequencer, JACK and WinMM."""
_NUMBERS = {"MACOSX_CORE": CORE, "LINUX_ALSA": SEQ, "UNIX_JACK": JACK, "WINDOWS_MM": WINDOWS}


class Compiled(Protocol):
    """What is asked of the module `rtmidi`."""

    def get_compiled_api(self) -> Sequence[int]:
        """Return the numbers of the systems that it was built for."""


def midi_system(
    module: Compiled,
    environment: Mapping[str, str] | None = None,
    sequencer: Path = SEQUENCER,
    sockets: Path = JACK_SOCKETS,
) -> int:
    """Return the number of the system to use, UNSPECIFIED for rtmidi's own choice.

    A person names it in the environment; else it is JACK where a JACK server runs and Linux has
    no ALSA sequencer. Raises Trouble for a name that this rtmidi was not built for.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(VARIABLE, "")
    if named in ("", "UNSPECIFIED"):
        return _best(module, environment, sequencer, sockets)
    number = _NUMBERS.get(named)
    if number is None or number not in module.get_compiled_api():
        raise Trouble(_unknown(named, module.get_compiled_api()))
    return number


def jack_serves(environment: Mapping[str, str] | None = None, sockets: Path = JACK_SOCKETS) -> bool:
    """Tell whether the JACK server that the environment names takes clients now."""
    if not hasattr(socket, "AF_UNIX"):  # Windows, where this is never asked for JACK
        return False
    name = (os.environ if environment is None else environment).get("JACK_DEFAULT_SERVER")
    return any(map(_takes_clients, sockets.glob(f"jack_{escape(name or 'default')}_*_0")))


def _takes_clients(path: Path) -> bool:
    # JACK's own library asks so: a server that was killed leaves its socket behind.
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _best(module: Compiled, environment: Mapping[str, str], sequencer: Path, sockets: Path) -> int:
    if sys.platform != "linux" or sequencer.exists() or not jack_serves(environment, sockets):
        return UNSPECIFIED
    return JACK if JACK in module.get_compiled_api() else UNSPECIFIED


def _unknown(named: str, compiled: Sequence[int]) -> Advice:
    there = [name for name, number in _NUMBERS.items() if number in compiled]
    return Advice(
        code="midi-system-unknown",
        happened=f"The environment's {VARIABLE} is {named!r}; expected "
        f"{' or '.join(there) or 'nothing'}.",
        safe="Nothing was sent; the instrument is unchanged.",
        cause="This computer's rtmidi was not built for that MIDI system.",
        next_step=f"Remove {VARIABLE} from the environment, or correct it.",
    )
