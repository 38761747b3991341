"""The small interface beside the bytes, by which a rehearsal handles a virtual instrument."""

from __future__ import annotations

from typing import Protocol


class Rehearsal(Protocol):
    """What hands can do with an instrument: press keys, pull plugs, read the display."""

    @property
    def actions(self) -> frozenset[str]:
        """The physical actions on offer: "power-off", "power-on", "remove-cell" and so on."""

    async def perform(self, action: str) -> None:
        """Perform one of `actions`; raises ValueError for any other."""

    async def press(self, keys: str) -> None:
        """Press front-panel keys, separated by spaces: "GLOBAL 5 + UP D UP"."""

    def display(self) -> tuple[str, str]:
        """Return the two lines of 40 characters that the display shows, as a sketch."""

    def state(self) -> str:
        """Return power and battery in one line: "powered, cell 2.4 V"."""
