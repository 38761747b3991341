"""What each system asks of those who send and receive long messages through its MIDI ports.

- ALSA's sequencer and JACK: F0 goes out with up to 255 bytes, then by threes, since a longer piece
  overruns the buffer of the port behind it. A message comes in when it is whole.
- CoreMIDI (macOS): a message goes out whole, and comes in whole.
- WinMM (Windows): a message goes out whole, in one `midiOutLongMsg`, and the call comes back when
  it has left. What does not begin with F0 goes to `midiOutShortMsg`, which is for channel messages:
  a piece of a long one would be lost there. A message comes in by buffers of at most 8,196 bytes:
  each when it is full, the last one with F7.

Sources: RtMidi's RtMidi.cpp (MidiOutWinMM::sendMessage, MidiInWinMM, MidiOutCore::sendMessage);
Microsoft's documentation of midiOutLongMsg, midiOutShortMsg and MIM_LONGDATA; python-rtmidi's
RT_SYSEX_BUFFER_SIZE. What is said of Windows and macOS here is documented, and was not tried.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from m1tui.midi.system import CORE, JACK, WINDOWS

WINDOWS_BUFFER = 8_196
"""Bytes of a buffer that Windows fills before it gives a part of a long message up."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long messages go through a system's MIDI ports."""

    name: str
    sends_whole: bool
    """Whether an exclusive message must be handed over in one call, F0 to F7."""
    buffer: int | None
    """The most bytes of a long message that come in at once; None if it comes only whole."""
    numbers_ports: bool
    """Whether a number behind a port's name is only its place in the list, which is another one for
    an interface's input and output. Elsewhere equal names are the same interface."""


ALSA = Rule("ALSA", sends_whole=False, buffer=None, numbers_ports=False)
UNIX_JACK = Rule("JACK", sends_whole=False, buffer=None, numbers_ports=False)
COREMIDI = Rule("CoreMIDI", sends_whole=True, buffer=None, numbers_ports=False)
WINMM = Rule("WinMM", sends_whole=True, buffer=WINDOWS_BUFFER, numbers_ports=True)

_BY_SYSTEM = {CORE: COREMIDI, JACK: UNIX_JACK, WINDOWS: WINMM}


def rule_of(end: Any, platform: str | None = None) -> Rule:
    """Return the rule of the system that an input or output of a binding belongs to.

    A binding that does not say which system that is, is taken for the platform's own.
    """
    ask = getattr(end, "get_current_api", None)
    system = int(ask()) if ask is not None else 0
    if not system:
        system = {"win32": WINDOWS, "darwin": CORE}.get(platform or sys.platform, 0)
    return _BY_SYSTEM.get(system, ALSA)
