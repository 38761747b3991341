"""What a dump holds, as typed memory: any of programs, combinations, global and sequence."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, Self

from m1tui.sysex.codes import Allocation, Bank, Part
from m1tui.sysex.combination import Combination, Timbre
from m1tui.sysex.effects import THROUGH, Effects
from m1tui.sysex.errors import AllocationError
from m1tui.sysex.global_data import DrumInstrument, GlobalData
from m1tui.sysex.program import INIT_NAME, ModulationGenerator, Oscillator, Program
from m1tui.sysex.sequence import Sequence


class Contents(NamedTuple):
    """Parts of one bank of memory; None stands for a part that is not there.

    `allocation` is that of the programs, combinations or sequence; None if there is only global.
    """

    programs: tuple[Program, ...] | None = None
    combinations: tuple[Combination, ...] | None = None
    global_: GlobalData | None = None
    sequence: Sequence | None = None
    allocation: Allocation | None = None

    @property
    def parts(self) -> frozenset[Part]:
        """The parts that are there; never ALL."""
        return frozenset(
            part for part, field in _FIELDS.items() if getattr(self, field) is not None
        )

    @property
    def is_complete(self) -> bool:
        """Whether an all-data dump can be made of it."""
        return len(self.parts) == len(_FIELDS)

    def replace(self, **parts: Any) -> Self:
        """Return the same memory with other `parts`, by the names of the fields."""
        return self._replace(**parts)

    def only(self, part: Part) -> Contents:
        """Return just that part (everything for ALL)."""
        if part is Part.ALL:
            return self
        allocation = None if part is Part.GLOBAL else self.allocation
        kept = {_FIELDS[part]: getattr(self, _FIELDS[part])}
        return Contents(allocation=allocation).replace(**kept)

    def merged(self, other: Contents) -> Contents:
        """Return both together; `other`'s parts win.

        Raises AllocationError if their memory allocations differ.
        """
        allocation = self.allocation if other.allocation is None else other.allocation
        if self.allocation not in (None, allocation):
            raise AllocationError(
                0,
                "the dumps do not belong together",
                f"one memory allocation ({_label(self.allocation)})",
                _label(allocation),
            )
        new = {field: getattr(other, field) for field in _FIELDS.values()}
        new = {field: value for field, value in new.items() if value is not None}
        return self.replace(allocation=allocation, **new)

    def renewed(self, newer: Contents) -> Contents:
        """Return what is known of a memory once `newer` was read of it.

        Of a memory that is divided differently by now only global is still known.
        """
        same = None in (self.allocation, newer.allocation) or self.allocation is newer.allocation
        return (self if same else self.only(Part.GLOBAL)).merged(newer)

    def playing_from(self, card: bool | None) -> Self:
        """Return the same memory whose combinations play the card's programs, or internal ones.

        A combination on a card points at the card's own programs, so that the same one is stored
        with other numbers there; None is for comparing the two.
        """
        if self.combinations is None:
            return self
        return self.replace(combinations=tuple(one.playing_from(card) for one in self.combinations))

    def comparable(self, bank: Bank) -> Self:
        """Return the same memory as it is compared with another of that bank."""
        return self.playing_from(None) if bank is Bank.CARD else self

    def normal(self) -> tuple[object, ...]:
        """Return what comparison sees of it, for one memory to be compared with another."""
        sequence = self.sequence
        return (
            [record.normal() for record in self.programs or ()],
            [record.normal() for record in self.combinations or ()],
            None if self.global_ is None else self.global_.normal(),
            None if sequence is None else (sequence.control.normal(), sequence.steps),
            self.allocation,
        )

    def describe(self, *, free: bool = True) -> tuple[str, ...]:
        """Return what is there as short phrases, such as "100 programs" and "6 songs".

        What is `free` belongs to the place, not to the songs: a card and the memory differ in it.
        """
        phrases = []
        if self.programs is not None:
            phrases.append(_counted(len(self.programs), "program"))
        if self.combinations is not None:
            phrases.append(_counted(len(self.combinations), "combination"))
        if self.global_ is not None:
            phrases.append(f"global with {len(self.global_.kits)} drum kits")
        if self.sequence is not None:
            phrases.append(_counted(len(self.sequence.songs_in_use), "song"))
            if free:
                phrases.append(f"{self.free_percent} % sequencer free")
        return tuple(phrases)

    @property
    def free_percent(self) -> int | None:
        """Sequencer memory that is free, 0–100; None without a sequence."""
        if self.sequence is None:
            return None
        allocation = self.allocation or Allocation.LARGE_PROGRAM
        return self.sequence.free_percent(allocation.steps)

    @property
    def is_initialised(self) -> bool:
        """Whether every part that is there is what an initialisation leaves, byte for byte.

        Then nothing is worth keeping. Names decide nothing: a memory of "Init Prog" can hold an
        owner's drum kits, song set-ups and edited programs.
        """
        return bool(self.parts) and (
            set(self.programs or ()) <= {init_program()}
            and set(self.combinations or ()) <= {init_combination()}
            and self.global_ in (None, init_global())
            and self.sequence in (None, Sequence.empty())
        )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _label(allocation: Allocation | None) -> str:
    return "none" if allocation is None else allocation.label


_FIELDS = {
    Part.PROGRAMS: "programs",
    Part.COMBINATIONS: "combinations",
    Part.GLOBAL: "global_",
    Part.SEQUENCE: "sequence",
}

NOTHING = Contents()
"""No part of any memory."""


INIT_COMBINATION_NAME = "Init Combi"
_CENTRE = 5
_ON = {"key_top": 127, "key_bottom": 0, "velocity_top": 127, "velocity_bottom": 1}
_HEARS_ALL = {"program_change": True, "damper": True, "aftertouch": True, "control": True}


@cache
def dry_effects() -> Effects:
    """Return two effects that let the signal through, both routed, panned to nowhere else."""
    return Effects.blank().replace(
        effect_1=THROUGH,
        effect_2=THROUGH,
        effect_1_left_on=True,
        effect_1_right_on=True,
        effect_2_left_on=True,
        effect_2_right_on=True,
    )


@cache
def init_oscillator() -> Oscillator:
    """Return an open filter and an amplifier that follows the key: an organ's envelope."""
    return Oscillator.blank().replace(
        cutoff=99,
        cutoff_key=60,
        level=99,
        amplitude_key=60,
        vda_attack_level=99,
        vda_break_point=99,
        vda_sustain_level=99,
    )


@cache
def init_program() -> Program:
    """Return `Init Prog`: the first multisound, plain.

    Only the name is known (photographs of M1s after a memory loss); the values are assumed.
    """
    still = ModulationGenerator.blank().replace(oscillator_1_on=True, oscillator_2_on=True)
    return Program.blank().replace(
        name=INIT_NAME,
        pitch_mg=still,
        cutoff_mg=still,
        joystick_bend=2,
        joystick_pitch_mg=20,
        effects=dry_effects(),
        oscillator_1=init_oscillator(),
        oscillator_2=init_oscillator(),
    )


@cache
def init_timbre() -> Timbre:
    """Return a timbre that plays program I00 over the whole keyboard."""
    return Timbre.blank().replace(level=99, pan=_CENTRE, **_ON, **_HEARS_ALL)


@cache
def init_combination() -> Combination:
    """Return `Init Combi`: one timbre that sounds, seven that are off (name and values assumed)."""
    sounding, silent = init_timbre(), init_timbre().replace(off=True)
    return Combination.blank().replace(
        name=INIT_COMBINATION_NAME,
        effects=dry_effects(),
        timbres=(sounding, *(silent,) * 7),
    )


@cache
def init_global() -> GlobalData:
    """Return concert pitch, an equal scale and four drum kits without a sound."""
    off = DrumInstrument.blank().replace(key=60, pan=_CENTRE)
    blank = GlobalData.blank()
    return blank.replace(
        kits=tuple(kit.replace(instruments=(off,) * len(kit.instruments)) for kit in blank.kits)
    )
