"""What a step says is true of the instrument once it is proved, and what each proof can carry.

A claim is "subject = value": "allocation = 100/100", "song {song} = erased" with a value in
braces. Two steps that speak of one subject differ by their values: the later one makes the earlier
one past, and doing the earlier one again makes the later one doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from m1tui.engine.checks import PROVES
from m1tui.link.rehearsal import parse_action
from m1tui.procedures.schema import Step
from m1tui.procedures.values import NAME_IN_BRACES
from m1tui.sysex import Part

_OF_KIND: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("backup", "internal"): ("file = what was in the M1",),
    ("backup", "card"): ("file = what was on the card",),
    ("receive", "internal"): ("file = what the M1 sent",),
    ("receive", "card"): ("file = what the card sent",),
    ("source", "internal"): ("source = can be read",),
}
"""What a step proves by its kind, whatever its checks are; of a restore see `provable`."""
OFF = "M1 = silent"
ON = ("M1 = answers", "power = five minutes of silence, then an answer")
"""Claims of an M1 that is off, and of one that is on."""


class Claim(NamedTuple):
    """Something that is true of the instrument, or is to be."""

    subject: str
    """What it is about: "filter exclusive", "song 3 track 2"."""
    value: str
    """What is said of it: "ENA", "erased"."""

    def __str__(self) -> str:
        return f"{self.subject} = {self.value}"

    @classmethod
    def parse(cls, text: str) -> Claim:
        """Return the claim in a text. Raises ValueError for one without " = "."""
        subject, between, value = text.partition(" = ")
        if not (between and subject.strip() and value.strip()):
            raise ValueError(f'"{text}" is not a claim: expected "subject = value"')
        return cls(subject.strip(), value.strip())


def power_after(step: Step) -> bool | None:
    """Return whether the M1 is on after the step, None where the step does not switch it.

    It is as the step claims, or as its hands leave it.
    """
    claimed = set(map(str, claims_of(step)))
    hands = [word for word in map(action_word, step.rehearse) if word.startswith("power-")]
    if claimed & set(ON) or hands[-1:] == ["power-on"]:
        return True
    return False if OFF in claimed or hands[-1:] == ["power-off"] else None


def switches_off(step: Step) -> bool:
    """Return whether the M1 is off at some time in the step, whatever it is after it."""
    claimed = {OFF, ON[1]} & set(map(str, claims_of(step)))
    return bool(claimed) or not {"power-off", "remove-cell"}.isdisjoint(
        map(action_word, step.rehearse)
    )


_PLACED = re.compile("(insert|remove)-((?:card-)?cell|card)")


def placed_after(step: Step) -> tuple[str, bool] | None:
    """Return the cell or card that the step's hands move last, and whether it is then in place.

    The cell of a card is "card-cell". None for a step that moves none.
    """
    moved = [found for word in map(action_word, step.rehearse) if (found := _PLACED.match(word))]
    return (moved[-1][2], moved[-1][1] == "insert") if moved else None


def action_word(action: str) -> str:
    """Return what is done in an action of `rehearse`: "power-on" of "power-on INT CARD"."""
    return parse_action(action).word


def claims_of(step: Step, values: Mapping[str, str] | None = None) -> tuple[Claim, ...]:
    """Return the claims of a step, with `values` in the place of their names in braces.

    A step that does not say claims all that it can prove.
    """
    known = values or {}
    return tuple(
        Claim.parse(NAME_IN_BRACES.sub(lambda name: known.get(name[1], name[0]), text))
        for text in step.claims or provable(step)
    )


def provable(step: Step) -> tuple[str, ...]:
    """Return all that a step of this kind, with these checks, can prove."""
    if step.kind == "restore":
        part = "memory" if step.part == Part.ALL.value else step.part
        own: tuple[str, ...] = (f"{'card ' if step.bank == 'card' else ''}{part} = as sent",)
    else:
        own = _OF_KIND.get((step.kind, step.bank), ())
    return own + tuple(claim for name in step.checks for claim in PROVES.get(name, ()))


WRITTEN_SETTINGS = {
    "clock": "clock",
    "local": "local",
    **{
        f"filter-{name.partition(' ')[0]}": f"filter {name}"
        for name in ("program change", "aftertouch", "control", "exclusive")
    },
    **{
        f"card-{what}": f"card's memory protect for {what}"
        for what in ("programs", "combinations", "sequences")
    },
}
"""The subjects of settings that no dump contains, by the names of the values written down."""
_PLURAL = ("protects", "programs", "combinations", "internal sounds", "card sounds", "pedals")
_NAMED_IN_FULL = {"protects": "memory protects", "joystick": "the joystick", "pedals": "the pedals"}
_OF_A_TRACK = {"channel": "is on channel", "program": "plays program"}
_SAID = {
    "song playing = heard": "the sequencer runs, and notes are heard over MIDI",
    "song playing = stopped": "the sequencer is not running",
    "own clock = heard": "the M1's own clock is heard over MIDI",
    "clock = INT": "the M1 uses its own clock (INT)",
    "clock = EXT": "the M1 waits for an external clock (EXT)",
    "local = ON": "Local is ON",
    "local = OFF": "Local is OFF",
    "M1 = answers": "the M1 answers",
    "M1 = silent": "the M1 is silent",
    "power = five minutes of silence, then an answer": "the M1 was silent for five minutes, "
    "then it answered",
    "source = can be read": "the file of sounds can be read",
    "internal sounds = the card's": "the internal sounds are those on the card",
    "card sounds = the M1's": "the sounds on the card are those of the M1",
    "internal songs = the card's": "the internal songs are those on the card",
    "card songs = the M1's": "the songs on the card are those of the M1",
    "card content = erased": "the card is empty",
    "card = its backup": "the card matches its backup",
    "memory = its backup": "the memory matches its backup",
    # A card has a memory, too.
    "memory = as it was before the run": "the M1's memory is as it was before the run",
    "memory = not initialised": "the M1's memory is not initialised",
    "programs = its backup": "the programs match their backup",
    "combinations = its backup": "the combinations match their backup",
    "global = its backup": "the global settings match their backup",
    "sequence = its backup": "the songs match their backup",
    "card = in": "a card is inserted",
    "PCM card = in": "a PCM card is inserted",
    "program = I00": "program I00 is selected",
    "sequencer = 100 % free": "the sequencer is 100 % free",
    "sequencer = less than 35 % free": "the sequencer is less than 35 % free",
    "aftertouch = silent while a key was held": "no aftertouch came while a key was held",
    "keys = all 61 sound": "all 61 keys work",
    "panel keys = 19 of 34 heard": "the 19 panel keys that send MIDI are heard",
    "joystick = full range, and rests at its centre": "the joystick reaches its four ends and "
    "rests at its centre",
    "dump = what is in the M1": "the dump contains what is in the M1",
    "notes = sent": "the notes were sent to the M1",
    "a key = heard over MIDI": "a key is heard over MIDI",
    "Local ON = sent": "Local ON was sent to the M1",
    "answers = no suspicion": "your answers point to no fault",
    "master tune = 440 Hz": "the master tune is at 440 Hz",
}


_CHOSEN = {
    "song {song} track {track}": "the chosen track of the chosen song",
    "song {song}": "the chosen song",
    "channel {channel}": "the chosen channel",
    "program {program}": "the chosen program",
}
"""How what is still to be chosen is called; another value is "as chosen"."""


def said_of(claim: Claim) -> str:
    """Return a claim as a person says it: "the filter for aftertouch is at ENA".

    A value that is not known yet, or whose step was skipped, is "as chosen".
    """
    text = _said(claim)
    for names, called in _CHOSEN.items():
        text = text.replace(names, called)
    return NAME_IN_BRACES.sub("as chosen", text)


def _said(claim: Claim) -> str:
    text, (subject, value) = str(claim), claim
    if text in _SAID:
        return _SAID[text]
    if subject.startswith("memory before ") and value == "its backup":
        return f"the {subject} matches its backup"
    if subject == "file":
        return f"the file contains {value}"
    if subject.startswith("filter "):
        return f"the {subject.removeprefix('filter ')} filter is at {value}"
    several = subject.startswith(_PLURAL) or " and " in subject
    if value == "as sent":
        # What was there already is not sent.
        return f"the {subject} {'match their' if several else 'matches its'} source"
    verb = "are" if several else "is"
    subject = _NAMED_IN_FULL.get(subject, subject)
    if subject.startswith("song ") and value == "erased":
        # Nobody saw it erased: it may have been empty before.
        return f"{subject} is empty"
    track, _, about = subject.rpartition(" ")
    if track.startswith("song ") and about in _OF_A_TRACK:
        return f"{track} {_OF_A_TRACK[about]} {value}"
    if value == "heard":
        return f"{subject} {verb} heard over MIDI"
    article = "" if subject.startswith("song ") else "the "
    return f"{article}{subject} {verb} {value}"


def claims_said(step: Step) -> str:
    """Return what a step proves, for a person."""
    return "; ".join(map(said_of, claims_of(step)))
