"""A computer's MIDI systems: which one is used, what each asks, and how each names its ports.

One is used: ALSA, JACK or rtmidi's own choice. What each asks of those who send and receive long
messages:

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

import os
import re
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any, Protocol

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
        happened=f"The environment variable {VARIABLE} is {named!r}; expected "
        f"{' or '.join(there) or 'nothing'}.",
        safe="Nothing was sent; the instrument is unchanged.",
        cause="This computer's rtmidi was not built for that MIDI system.",
        next_step=f"Remove {VARIABLE} from the environment, or correct it.",
    )


# What each system asks


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


# Which output and input belong together


MOST_EQUAL = 4
"""Equal interfaces of which all combinations are offered; more are named with OUT= and IN=."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An output and an input."""

    output: str
    input: str
    certain: bool = True
    """Whether the names say that both are one interface's. Where two interfaces have one name, only
    the instrument can say it."""

    @property
    def port(self) -> str:
        """The --port form that opens exactly these: by one name where that is enough."""
        if self.certain:
            return f"rtmidi:{self.output}"
        return f"rtmidi:OUT={self.output},IN={self.input}"


def distinct(names: Iterable[str]) -> list[str]:
    """Return a system's names, each made different from those before it: "X", "X #2"."""
    found: list[str] = []
    for name in names:
        same = sum(name == one or one.startswith(f"{name} #") for one in found)
        found.append(f"{name} #{same + 1}" if same else name)
    return found


def pairs(outputs: Sequence[str], inputs: Sequence[str], rule: Rule) -> list[Pair]:
    """Return the pairs of ports, in the outputs' order.

    Equal interfaces are never crossed on a guess: all combinations are returned, as uncertain. An
    output with no input of its name is in no pair.
    """
    found = []
    for output in outputs:
        alike = [name for name in inputs if plain(name, rule) == plain(output, rule)]
        equals = [name for name in outputs if plain(name, rule) == plain(output, rule)]
        if output in inputs and not rule.numbers_ports and not _counted(output, outputs, inputs):
            found.append(Pair(output, output))
        elif len(alike) == len(equals) == 1:
            found.append(Pair(output, alike[0]))
        else:
            place = equals.index(output)
            # The likely one first: both lists have the same order as a rule.
            order = [*alike[place : place + 1], *alike[:place], *alike[place + 1 :]]
            found += [Pair(output, name, certain=False) for name in order[:MOST_EQUAL]]
    return found


def _counted(name: str, outputs: Sequence[str], inputs: Sequence[str]) -> bool:
    """Tell whether the name is one of several equal ones, which were only counted apart."""
    first = re.sub(r" #\d+$", "", name)
    return any(f"{first} #2" in names for names in (outputs, inputs))


def plain(name: str, rule: Rule) -> str:
    """Return a port's name without what a MIDI system adds to it to tell two from each other.

    ALSA and Windows add numbers; JACK counts clients of one name ("M1-01:M1") and its bridges name
    the direction ("(capture)", "midi_playback_1"). Windows names the further ports of an interface
    "MIDIIN2 (X)" and "MIDIOUT2 (X)"; some interfaces call themselves "X In" and "X Out".
    """
    told = re.sub(r" #\d+$", "", name)
    if rule.numbers_ports:
        told = re.sub(r"\s+\d+$", "", told)
        told = re.sub(r"^MIDI(?:IN|OUT)(\d+) ", r"MIDI\1 ", told)
    else:
        told = re.sub(r"^([^:]+)-\d\d:", r"\1:", told)
        told = re.sub(r"\s+\d+(:\d+)?$|capture|playback", "", told)
    return re.sub(r"(?i)[\s(]+(?:midi[\s-]?)?(?:in|out|input|output)\)?$", "", told)
