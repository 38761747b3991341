"""What hands can do to an M1's case: power switch, cell and cards, and what it does to memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from m1tui.sysex import CardState
from m1tui.virtual.card import NEW_CARD_CELL, Card, PcmCard
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.memory import NEW_CELL, Memory, Supply
from m1tui.virtual.settings import Settings

_CARDS = {
    CardState.UNKNOWN: "unformatted",
    CardState.ROM: "ROM",
    CardState.RAM: "RAM",
    CardState.RAM_PROTECTED: "protected RAM",
}
"""What a card is called that is in the slot."""


class Chassis:
    """The mainboard with power, battery and card slots around it."""

    def __init__(self, board: Mainboard, supply: Supply, card: Card | None) -> None:
        self.board = board
        self.supply = supply
        self.spare_card: Card | None = None
        """The data card on the table while it is out of its slot."""
        if card is not None:
            self.insert_card(card)

    @property
    def card(self) -> Card | None:
        """The data card in its slot."""
        return self.board.card

    @property
    def powered(self) -> bool:
        """Whether the M1 is switched on."""
        return self.supply.powered

    def state(self) -> str:
        """Return power, cell and card in one line for a person."""
        card = self.board.card
        slot = f", {_CARDS[card.state]} card" if card else ""
        return f"{self.supply}{slot}"

    # Power and battery

    def remove_cell(self) -> None:
        """Take the cell out of its holder; without power the memory is lost."""
        self._feed(self.supply.with_cell(None))

    def insert_cell(self, volts: float = NEW_CELL) -> None:
        """Put a cell into the holder."""
        self._feed(self.supply.with_cell(volts))

    def _switch(self, on: bool) -> None:
        self._feed(self.supply.switched(on))

    def _feed(self, supply: Supply) -> None:
        self.supply = supply
        card = self.board.card
        if card is not None:
            self.board.card = card.fed(card.supply.switched(supply.powered))

    def _initialise(self) -> None:
        """Erase everything: `Init Prog`, MIDI filters DIS, protects on, 100/100, channel 1.

        Programs alike are known; the settings are not documented, and the guide's worst case is
        assumed, because its steps prepare for it.
        """
        self.supply = self.supply.restarted()
        self.board.memory = Memory.initialised()
        self.board.settings = Settings.initialised(self.board.manners)

    # Cards

    def insert_card(self, card: Card | None = None) -> None:
        """Put `card`, or the one on the table, into the data slot; nothing if that is taken."""
        chosen = card or self.spare_card
        if self.board.card is None and chosen is not None:
            if card is None:
                self.spare_card = None
            self.board.insert_card(chosen, powered=self.powered)

    def remove_card(self) -> None:
        """Take the data card out and lay it on the table."""
        if self.board.card is not None:
            self.spare_card = self.board.remove_card()

    def remove_card_cell(self) -> None:
        """Slide the card's battery holder out; in a powered M1's slot the data survives."""
        self._change_card_cell(None)

    def insert_card_cell(self, volts: float = NEW_CARD_CELL) -> None:
        """Slide a battery into the card."""
        self._change_card_cell(volts)

    def protect_card(self, on: bool) -> None:
        """Slide the write-protect switch of the card, in its slot or on the table."""
        self._change_card(lambda card: replace(card, write_protected=on))

    def insert_pcm_card(self, card: PcmCard) -> None:
        """Put a PCM card into the rear slot; nothing if that is taken."""
        if self.board.pcm_card is None:
            self.board.pcm_card = card

    def remove_pcm_card(self) -> None:
        """Take the PCM card out."""
        self.board.pcm_card = None

    def _change_card_cell(self, volts: float | None) -> None:
        self._change_card(lambda card: card.fed(card.supply.with_cell(volts)))

    def _change_card(self, change: Callable[[Card], Card]) -> None:
        if self.board.card is not None:
            self.board.card = change(self.board.card)
        elif self.spare_card is not None:
            self.spare_card = change(self.spare_card)
