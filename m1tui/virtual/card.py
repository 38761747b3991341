"""The data card in the top slot and the PCM card in the rear slot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from m1tui.sysex import (
    CardFormat,
    CardState,
    Combination,
    Contents,
    GlobalData,
    NameKind,
    Part,
    Program,
    Sequence,
)
from m1tui.sysex.contents import init_combination, init_global, init_program
from m1tui.virtual.memory import Supply

PARTS = {
    CardFormat.PROGRAMS: frozenset({Part.GLOBAL, Part.COMBINATIONS, Part.PROGRAMS}),
    CardFormat.PROGRAMS_AND_SEQUENCE: frozenset(Part) - {Part.ALL},
    CardFormat.SEQUENCE: frozenset({Part.SEQUENCE}),
}
"""What each format holds: 27,561, 32,533 and 32,322 bytes."""
NEW_CARD_CELL = 3.1
"""Volts of a good new CR2016."""


def blank_contents(card_format: CardFormat) -> Contents:
    """Return what a freshly formatted card holds (assumed: as the M1 after an initialisation)."""
    parts = PARTS[card_format]
    allocation = card_format.dump_allocation
    return Contents(
        programs=(init_program(),) * allocation.programs if Part.PROGRAMS in parts else None,
        combinations=(init_combination(),) * allocation.combinations
        if Part.COMBINATIONS in parts
        else None,
        global_=init_global() if Part.GLOBAL in parts else None,
        sequence=Sequence.empty() if Part.SEQUENCE in parts else None,
        allocation=allocation,
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A data card: ROM, or RAM with a write-protect switch and a cell of its own.

    `format` None is a RAM card that was never formatted or lost its data; the M1 calls it
    unknown. The parts in `contents` are those of the format; ValueError otherwise. `supply` is
    the RAM card's: fed by its CR2016, and by the M1 while it is in a powered one's slot.
    """

    rom: bool
    format: CardFormat | None
    contents: Contents
    write_protected: bool = False
    supply: Supply = field(default=Supply(powered=False, cell=NEW_CARD_CELL))

    def __post_init__(self) -> None:
        expected = PARTS[self.format] if self.format else frozenset()
        if self.contents.parts != expected:
            raise ValueError(f"expected the parts of a card of format {self.format}")
        sequence = self.contents.sequence
        if sequence and self.format and sequence.step_count > self.format.steps:
            raise ValueError(
                f"expected at most {self.format.steps} steps, found {sequence.step_count}"
            )

    @classmethod
    def unformatted(cls) -> Card:
        """Return a RAM card as it leaves the shop."""
        return cls(rom=False, format=None, contents=Contents())

    @classmethod
    def formatted(cls, card_format: CardFormat) -> Card:
        """Return a RAM card that was just formatted."""
        return cls(rom=False, format=card_format, contents=blank_contents(card_format))

    @property
    def state(self) -> CardState:
        """The state that mode data tells."""
        if self.format is None:
            return CardState.UNKNOWN
        if self.rom:
            return CardState.ROM
        return CardState.RAM_PROTECTED if self.write_protected else CardState.RAM

    @property
    def writable(self) -> bool:
        """Whether the card itself lets itself be written; memory protects come on top."""
        return self.state is CardState.RAM

    def loaded(self, contents: Contents) -> Card:
        """Return the card with the parts of `contents` written; ValueError if they do not fit."""
        return replace(self, contents=self.contents.merged(contents))

    def fed(self, supply: Supply) -> Card:
        """Return the card after its supply changed: without any, a RAM card forgets all."""
        if supply.alive or self.rom:
            return replace(self, supply=supply)
        return replace(self, supply=replace(supply, alive=True), format=None, contents=Contents())


def card_image(contents: Contents) -> bytes:
    """Return a card's bytes in the order of a dump: global, combinations, programs, sequence."""
    image = contents.global_.raw if contents.global_ else b""
    image += b"".join(record.raw for record in contents.combinations or ())
    image += b"".join(record.raw for record in contents.programs or ())
    return image + (contents.sequence.raw if contents.sequence else b"")


def contents_of_image(image: bytes, card_format: CardFormat) -> Contents:
    """Return the contents of `card_image`; ValueError for a wrong size."""
    blank = blank_contents(card_format)
    sounds = len(card_image(blank.replace(sequence=None)))
    if len(image) < sounds or (len(image) != sounds and blank.sequence is None):
        raise ValueError(f"expected {sounds} bytes of sounds, found {len(image)}")
    programs_at = sounds - Program.size * len(blank.programs or ())
    return Contents(
        programs=_programs(image[programs_at:sounds]) if blank.programs else None,
        combinations=_combinations(image[GlobalData.size : programs_at])
        if blank.combinations
        else None,
        global_=GlobalData(image[: GlobalData.size]) if blank.global_ else None,
        sequence=Sequence.from_raw(image[sounds:]) if blank.sequence else None,
        allocation=blank.allocation,
    )


def _programs(data: bytes) -> tuple[Program, ...]:
    size = Program.size
    return tuple(Program(data[at : at + size]) for at in range(0, len(data), size))


def _combinations(data: bytes) -> tuple[Combination, ...]:
    size = Combination.size
    return tuple(Combination(data[at : at + size]) for at in range(0, len(data), size))


@dataclass(frozen=True, slots=True)
class PcmCard:
    """A PCM card: waveforms whose names the M1 can tell; at most 127 names of ten bytes each."""

    multisounds: tuple[bytes, ...]
    drum_sounds: tuple[bytes, ...]

    def names(self, kind: NameKind) -> tuple[bytes, ...]:
        """Return the names of one kind."""
        return self.multisounds if kind is NameKind.MULTISOUNDS else self.drum_sounds
