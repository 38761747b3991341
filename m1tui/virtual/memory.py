"""The 64 KB of battery-backed memory, and what keeps it alive: mains power and a cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from m1tui.sysex import (
    Allocation,
    Combination,
    Contents,
    GlobalData,
    Program,
    Sequence,
)
from m1tui.sysex.contents import init_combination, init_global, init_program
from m1tui.sysex.sequence import STEP_SIZE


@dataclass(frozen=True, slots=True)
class Memory:
    """The internal memory; every change makes another value.

    Holds `allocation.programs` programs, as many combinations, and at most `allocation.steps`
    sequencer steps; ValueError otherwise.
    """

    allocation: Allocation
    programs: tuple[Program, ...]
    combinations: tuple[Combination, ...]
    global_data: GlobalData
    sequence: Sequence

    def __post_init__(self) -> None:
        programs, combinations = len(self.programs), len(self.combinations)
        steps, room = self.sequence.step_count, self.allocation
        if (programs, combinations) != (room.programs, room.combinations) or steps > room.steps:
            raise ValueError(
                f"expected {room.programs} programs, {room.combinations} combinations and at most "
                f"{room.steps} steps, found {programs}, {combinations} and {steps}"
            )

    @classmethod
    def initialised(cls) -> Memory:
        """Return what an M1 holds after its memory was lost: 100/100, all programs `Init Prog`.

        That the allocation falls back to 100/100 is assumed; no source tells.
        """
        allocation = Allocation.LARGE_PROGRAM
        return cls(
            allocation,
            (init_program(),) * allocation.programs,
            (init_combination(),) * allocation.combinations,
            init_global(),
            Sequence.empty(),
        )

    @classmethod
    def of(cls, contents: Contents) -> Memory:
        """Return the memory that an all-data dump describes; ValueError if a part is missing."""
        if (
            contents.programs is None
            or contents.combinations is None
            or contents.global_ is None
            or contents.sequence is None
            or contents.allocation is None
        ):
            raise ValueError(
                "expected all data, found " + (", ".join(contents.describe()) or "none")
            )
        return cls(
            contents.allocation,
            contents.programs,
            contents.combinations,
            contents.global_,
            contents.sequence,
        )

    @property
    def contents(self) -> Contents:
        """The whole memory as a dump carries it."""
        return Contents(
            programs=self.programs,
            combinations=self.combinations,
            global_=self.global_data,
            sequence=self.sequence,
            allocation=self.allocation,
        )

    @property
    def free_percent(self) -> int:
        """Sequencer memory that is free, 0–100."""
        return self.sequence.free_percent(self.allocation.steps)

    def loaded(self, contents: Contents) -> Memory:
        """Return the memory with the parts of `contents` in place of its own.

        Raises ValueError when they do not fit this allocation.
        """
        return Memory(
            self.allocation,
            self.programs if contents.programs is None else contents.programs,
            self.combinations if contents.combinations is None else contents.combinations,
            self.global_data if contents.global_ is None else contents.global_,
            self.sequence if contents.sequence is None else contents.sequence,
        )

    def reallocated(self, allocation: Allocation, back: str = "keeps") -> Memory:
        """Return the memory shared out anew; the same allocation changes nothing.

        To 50/50: programs and combinations 50–99 are destroyed, and the sequencer's capacity
        grows to 7,700 steps with every song kept (assumed: they fit as they are).

        Back to 100/100: the sequencer shrinks to 4,400 steps. Assumed, because it is the only
        reading by which the guide's trick needs what it says: sequences that still fit are kept,
        sequences that do not are destroyed whole, songs and patterns, which leaves 100 % free.
        The guide wants less than 35 % free of 7,700, which is more than 5,005 steps and so
        certainly more than 4,400. Slots 50–99 come back initialised (assumed likewise; they lay
        under the sequencer's steps). `back` is an alternative of the manner "allocation-back".
        """
        if allocation is self.allocation:
            return self
        if allocation is Allocation.LARGE_SEQUENCE:
            return replace(
                self,
                allocation=allocation,
                programs=self.programs[: allocation.programs],
                combinations=self.combinations[: allocation.combinations],
            )
        fresh = allocation.programs - len(self.programs)
        return replace(
            self,
            allocation=allocation,
            programs=self.programs + (init_program(),) * fresh,
            combinations=self.combinations + (init_combination(),) * fresh,
            sequence=_kept(self.sequence, allocation.steps, back),
        )


def _kept(sequence: Sequence, steps: int, back: str) -> Sequence:
    """Return what is left of a sequence in a memory of so many steps."""
    if back == "destroys":
        return Sequence.empty()
    if sequence.step_count <= steps:
        return sequence
    if back == "keeps":
        return Sequence.empty()
    end = steps * STEP_SIZE
    offsets = tuple(min(offset, end) for offset in sequence.control.offsets)
    return Sequence(sequence.control.replace(offsets=offsets), sequence.steps[:end])


# What keeps it alive


NEW_CELL = 3.2
"""Volts of a good new CR2032."""
LOW_CELL = 2.5
"""Volts below which the M1 warns at power-on (inferred; no source gives the figure)."""
LEAST_HOLDING = 2.0
"""Volts below which a cell no longer holds the memory: assumed, the usual retention limit of
CMOS RAM."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Power switch and cell; each event returns the next state.

    `alive` tells whether the memory has been fed without a gap. It is lost at the moment when
    neither source feeds it: no grace by charged capacitors is assumed. Only `restarted` makes it
    alive again, after the instrument initialised it.
    """

    powered: bool = True
    cell: float | None = NEW_CELL
    """Volts of the cell, None while the holder is empty."""
    alive: bool = True
    broken_trace: bool = False
    """Whether a good cell does not reach the memory: an etched trace, a leaked capacitor."""
    false_warning: bool = False
    """Whether the M1 warns of a good cell: R29, or IC29."""
    fram: bool = False
    """Whether the memory was converted to FRAM, which keeps itself and needs no cell."""

    @property
    def held_by_cell(self) -> bool:
        """Whether the memory keeps without power."""
        if self.fram:
            return True
        return self.cell is not None and self.cell >= LEAST_HOLDING and not self.broken_trace

    def warns_below(self, volts: float = LOW_CELL) -> bool:
        """Whether the M1 shows `Battery Low (Internal)` when it is switched on."""
        low = not self.fram and (self.cell is None or self.cell < volts)
        return low or self.false_warning

    def _after(self, **changes: bool | float | None) -> Supply:
        following: Supply = replace(self, **changes)  # type: ignore[arg-type]
        fed = following.powered or following.held_by_cell
        return following if fed else replace(following, alive=False)

    def switched(self, on: bool) -> Supply:
        """Return the state with the power switch on or off."""
        return self._after(powered=on)

    def with_cell(self, volts: float | None) -> Supply:
        """Return the state with another cell, or with none."""
        return self._after(cell=volts)

    def mended(self) -> Supply:
        """Return the state after a workshop has mended what is broken."""
        return replace(self, broken_trace=False, false_warning=False)

    def restarted(self) -> Supply:
        """Return the state after lost memory was initialised; only a powered M1 can do so."""
        return replace(self, alive=True) if self.powered else self

    def __str__(self) -> str:
        cell = "no cell" if self.cell is None else f"cell {self.cell:.1f} V"
        memory = "" if self.alive else ", memory lost"
        return f"{'powered' if self.powered else 'switched off'}, {cell}{memory}"
