"""What can be heard: the programs, combinations and drum kits of a memory or a file, as sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from m1tui.engine.play.phrases import CHORD, PHRASES, Phrase, drum_round, suiting
from m1tui.sysex import (
    Bank,
    Combination,
    Contents,
    DrumKit,
    Effects,
    GlobalData,
    Program,
    printable,
)
from m1tui.sysex.combination import MULTI, SLOTS_OF_A_BANK, TYPES
from m1tui.sysex.contents import dry_effects, init_program
from m1tui.sysex.names import SLOTS
from m1tui.sysex.program import DRUMS, OSCILLATOR_MODES

SINE = 99
"""The multisound DWGS Sine, the last of the ROM's."""
_SINGLE = TYPES.index("single")


class Sort(StrEnum):
    """What a sound is."""

    PROGRAM = "program"
    COMBINATION = "combination"
    KIT = "drum kit"


@dataclass(frozen=True, slots=True)
class Sound:
    """Something that can be heard, and the record that the edit buffer needs for it."""

    sort: Sort
    number: int
    """As the panel shows it: 0-99, drum kits 1-4."""
    name: str
    record: Program | Combination
    phrase: Phrase
    """What suits it."""
    bank: Bank | None = None
    """Where it is in the M1; None for a sound of a file and for one that was made."""
    notes: tuple[str, ...] = ()
    """Why it may sound other than meant."""

    @property
    def title(self) -> str:
        """Return what it is called: "program I17 Organ 2"."""
        if self.sort is Sort.KIT:
            return f"drum kit {self.number}"
        slot = f"{'C' if self.bank is Bank.CARD else 'I' if self.bank is Bank.INTERNAL else ''}"
        return f"{self.sort} {slot}{self.number:02d} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Sounds:
    """All that can be heard of one memory or one file."""

    programs: tuple[Sound, ...] = ()
    combinations: tuple[Sound, ...] = ()
    kits: tuple[Sound, ...] = ()
    unheard_kits: tuple[str, ...] = field(default=())
    """Why kits of a file cannot be heard."""

    def of(self, sort: Sort) -> tuple[Sound, ...]:
        """Return the sounds of a sort."""
        return {
            Sort.PROGRAM: self.programs,
            Sort.COMBINATION: self.combinations,
            Sort.KIT: self.kits,
        }[sort]


def sounds_of_memory(contents: Contents, bank: Bank = Bank.INTERNAL) -> Sounds:
    """Return what the M1's own memory, or its card, has."""
    kits = contents.global_.kits if contents.global_ is not None else ()
    return Sounds(
        tuple(
            _program(number, one, kits, bank) for number, one in enumerate(contents.programs or ())
        ),
        tuple(
            _combination(number, one, bank)
            for number, one in enumerate(contents.combinations or ())
        ),
        # The card's kits are numbered behind the four internal ones.
        tuple(
            _kit(place, kit, 0 if bank is Bank.INTERNAL else len(kits))
            for place, kit in enumerate(kits)
        ),
    )


def sounds_of_file(file: Contents, memory: Contents) -> Sounds:
    """Return what can be heard of a file through the edit buffer of an M1 that has `memory`.

    Neither a combination's programs nor drum kits go through an edit buffer: those of the M1
    play, and each sound says so where they are not the file's.
    """
    own = memory.global_
    programs = tuple(
        _with_kit_of_m1(_program(number, one, own.kits if own else (), None), file.global_, own)
        for number, one in enumerate(file.programs or ())
    )
    combinations = tuple(
        _with_programs_of_m1(_combination(number, one, None), file, memory)
        for number, one in enumerate(file.combinations or ())
    )
    kits, unheard = [], []
    for place, kit in enumerate(file.global_.kits if file.global_ is not None else ()):
        if own is not None and kit.normal() == own.kits[place].normal():
            kits.append(replace(_kit(place, kit, 0), bank=None))
        else:
            unheard.append(
                f"Drum kit {place + 1} of the file is not the one in the M1. A drum kit is loaded "
                "only with the Global data, which writes to memory."
            )
    return Sounds(programs, combinations, tuple(kits), tuple(unheard))


def plain_sine(effects: Effects | None = None) -> Program:
    """Return a sine without effects, or with `effects`, in the middle."""
    return init_program().replace(
        name="m1tui Sine", multisound_1=SINE, effects=effects or dry_effects()
    )


def _program(number: int, one: Program, kits: tuple[DrumKit, ...], bank: Bank | None) -> Sound:
    drums = one.oscillator_mode == DRUMS and one.multisound_1 < len(kits)
    phrase = drum_round(kits[one.multisound_1]) if drums else PHRASES[suiting(one)]
    return Sound(Sort.PROGRAM, number, printable(one.name.rstrip()), one, phrase, bank)


def _combination(number: int, one: Combination, bank: Bank | None) -> Sound:
    name = printable(one.name.rstrip())
    return Sound(Sort.COMBINATION, number, name, one, PHRASES[CHORD], bank)


def _kit(place: int, kit: DrumKit, behind: int) -> Sound:
    """Return a kit as a program without effects that plays it."""
    program = init_program().replace(
        name=f"m1tui Kit{place + 1}",
        oscillator_mode=OSCILLATOR_MODES.index("drums"),
        multisound_1=behind + place,
    )
    bank = Bank.CARD if behind else Bank.INTERNAL
    return Sound(Sort.KIT, place + 1, f"drum kit {place + 1}", program, drum_round(kit), bank)


def _with_kit_of_m1(sound: Sound, file: GlobalData | None, own: GlobalData | None) -> Sound:
    program = sound.record
    assert isinstance(program, Program)
    if program.oscillator_mode != DRUMS or own is None or program.multisound_1 >= len(own.kits):
        return sound
    kit = program.multisound_1
    if file is not None and file.kits[kit].normal() == own.kits[kit].normal():
        return sound
    return replace(sound, notes=(f"It plays the M1's drum kit {kit + 1}, not the file's.",))


def _with_programs_of_m1(sound: Sound, file: Contents, memory: Contents) -> Sound:
    combination = sound.record
    assert isinstance(combination, Combination)
    played = sorted({slot % SLOTS_OF_A_BANK for slot in played_programs(combination)})
    theirs, own = file.programs or (), memory.programs or ()
    other = [
        SLOTS[number]
        for number in played
        if not (
            number < len(theirs)
            and number < len(own)
            and theirs[number].normal() == own[number].normal()
        )
    ]
    if not other:
        return sound
    note = f"It plays the M1's own programs; {', '.join(other)} differ from the file's."
    return replace(sound, notes=(note,))


def played_programs(combination: Combination) -> Iterator[int]:
    """Yield the programs, 0-199, of the timbres that can sound."""
    kind = combination.type
    used = 1 if kind == _SINGLE else len(combination.timbres) if kind >= MULTI else 2
    for timbre in combination.timbres[:used]:
        if not timbre.off:
            yield timbre.program


def note_channel(record: Program | Combination, channel: int) -> int:
    """Return the channel, 0-15, on which a sound answers an M1 whose own is `channel`."""
    if not isinstance(record, Combination) or record.type < MULTI:
        return channel
    heard = [timbre.channel for timbre in record.timbres if not timbre.off]
    return channel if channel in heard or not heard else heard[0]
