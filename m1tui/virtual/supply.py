"""What keeps a memory alive: mains power and a lithium cell, as events."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
