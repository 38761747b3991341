"""What a stranger left in a second-hand M1: the demo bank reworked, in the 50/50 allocation."""

from __future__ import annotations

from functools import cache

from m1tui.sysex import Allocation, Combination, Contents, Program
from m1tui.virtual.demo import demo_contents, demo_source, effects_of
from m1tui.virtual.songs import sequence_of

_SONGS = (
    "JAM TUES",
    "BALLAD?",
    "JAM WED",
    "FOR ANNA",
    "LOUD ONE",
    "INTRO B",
    "DEMO 4",
    "SLOW DEMO",
    "LAST JAM",
    "GOODBYE",
)
_BRIGHTER = 12
_BRIGHTEST = 99


@cache
def used_contents() -> Contents:
    """Return every second sound of the demo bank, last first, brighter, named in capitals.

    Ten songs leave less than 35 % of the sequencer free, so that the guide's trick works at once.
    """
    bank = demo_contents()
    source = demo_source()
    programs, combinations = bank.programs or (), bank.combinations or ()
    slots = {program.name.rstrip(): _moved(slot) for slot, program in enumerate(programs)}
    written = source["song"]
    songs = [written[place % 2] | {"name": name} for place, name in enumerate(_SONGS)]
    return bank.replace(
        programs=tuple(_reworked(program) for program in programs[::-2]),
        combinations=tuple(_rewired(combination) for combination in combinations[::-2]),
        sequence=sequence_of(songs, slots, effects_of(source["effects"]["room"])),
        allocation=Allocation.LARGE_SEQUENCE,
    )


def _moved(slot: int) -> int:
    """Return where the program of a slot of the demo bank is now, or else its neighbour."""
    return (99 - slot) // 2


def _rewired(combination: Combination) -> Combination:
    timbres = tuple(
        timbre if timbre.off else timbre.replace(program=_moved(timbre.program))
        for timbre in combination.timbres
    )
    return combination.replace(name=combination.name.upper(), timbres=timbres)


def _reworked(program: Program) -> Program:
    oscillator = program.oscillator_1
    cutoff = min(oscillator.cutoff + _BRIGHTER, _BRIGHTEST)
    return program.replace(
        name=program.name.upper(), oscillator_1=oscillator.replace(cutoff=cutoff)
    )
