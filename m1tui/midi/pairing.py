"""Which output and which input belong to one interface, by the names that the systems give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from m1tui.midi.rules import Rule

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
