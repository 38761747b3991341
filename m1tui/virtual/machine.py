"""The virtual M1: power, battery, MIDI IN and OUT, panel and display around its works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from m1tui.sysex import Contents, ExclusiveFrame, Framer, IdentityReply, RealtimeByte, ShortMessage
from m1tui.virtual import display
from m1tui.virtual.card import NEW_CARD_CELL, Card, PcmCard
from m1tui.virtual.channel_messages import receive as receive_short
from m1tui.virtual.channel_messages import receive_realtime
from m1tui.virtual.exclusive import answer
from m1tui.virtual.keybed import KeyFault
from m1tui.virtual.keys import Key, parse_keys
from m1tui.virtual.memory import Memory
from m1tui.virtual.panel import press
from m1tui.virtual.realtime import Realtime
from m1tui.virtual.settings import Settings
from m1tui.virtual.supply import NEW_CELL, Supply
from m1tui.virtual.works import Works

RECEIVE_LIMIT = 65_536
BANNER_SECONDS = 2.0
"""How long the display greets after power-on (assumed)."""
INITIALISING_KEYS = frozenset({Key.INT, Key.CARD, Key.COMBI})
"""Held at power-on, they erase everything."""


class VirtualM1:
    """An M1 in software, a pure state machine: bytes, keys and events in, bytes and display out.

    Times are seconds of any one clock that never goes back. Replies are ready as soon as the
    last byte of a request is in; how long bytes take is the wire's affair. While it is switched
    off it hears, says and shows nothing. It is assumed to answer at once after power-on.

    Identity defaults to the reply captured from a real M1: ROM 7, software 1, member 08 00.
    """

    def __init__(
        self,
        memory: Memory,
        settings: Settings | None = None,
        *,
        supply: Supply | None = None,
        card: Card | None = None,
        pcm_card: PcmCard | None = None,
        identity: IdentityReply | None = None,
        key_faults: tuple[KeyFault, ...] = (),
    ) -> None:
        self.key_faults = key_faults
        self.supply = supply or Supply()
        self.identity = identity or IdentityReply.of_m1(0)
        self.spare_card: Card | None = None
        """The data card on the table while it is out of its slot."""
        self.works = Works(memory, settings or Settings(), None, pcm_card)
        if card is not None:
            self.works.insert_card(card, powered=self.supply.powered)
        self._framer = Framer(RECEIVE_LIMIT)
        self._realtime = Realtime()
        self._now = 0.0
        self._banner_until = 0.0
        self._warning = self.supply.powered and self.supply.warns

    # What can be asked

    @property
    def memory(self) -> Memory:
        """The internal memory; what it holds once it is lost is not defined."""
        return self.works.memory

    @property
    def settings(self) -> Settings:
        """Channel, filters, protects and so on."""
        return self.works.settings

    @property
    def contents(self) -> Contents:
        """The internal memory as an all-data dump carries it."""
        return self.works.memory.contents

    @property
    def card(self) -> Card | None:
        """The data card in its slot."""
        return self.works.card

    @property
    def powered(self) -> bool:
        """Whether the M1 is switched on."""
        return self.supply.powered

    @property
    def display(self) -> tuple[str, str]:
        """Two lines of 40 characters, a sketch."""
        if not self.powered:
            return display.blank()
        first, second = display.lines(self.works)
        if self._now < self._banner_until:
            first, second = display.banner(self.identity.rom or 0), ""
        if self._warning:
            second = display.BATTERY_LOW
        return display.fit(first, second)

    def state(self) -> str:
        """Return power, cell and card in one line for a person."""
        card = self.works.card
        slot = f", {card.state.value} card" if card else ""
        return f"{self.supply}{slot}"

    def persistent(self) -> tuple[object, ...]:
        """Return everything that is worth keeping between runs; equal means nothing changed."""
        works = self.works
        return (
            works.memory,
            works.settings,
            works.card,
            works.mode,
            self.supply,
            self.spare_card,
            works.pcm_card,
            works.program_bank,
            works.program_number,
            works.combination_bank,
            works.combination_number,
        )

    # MIDI

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from MIDI IN."""
        self.advance(now)
        if not self.powered:
            return
        for event in self._framer.feed(data):
            if isinstance(event, ExclusiveFrame):
                reply = answer(self.works, event.data, self.identity)
                if reply is not None:
                    self.works.outbox += reply.encode()
            elif isinstance(event, ShortMessage):
                receive_short(self.works, event)
            elif isinstance(event, RealtimeByte):
                receive_realtime(self.works, event.status)

    def transmit(self, now: float, limit: int | None = None, byte_time: float = 0.0) -> bytes:
        """Return what goes to MIDI OUT now, and forget it.

        At most `limit` bytes of messages, with active sensing and clock between them where they
        fall due, if each byte takes `byte_time` seconds.
        """
        self.advance(now)
        if not self.powered:
            return b""
        outbox = self.works.outbox
        count = len(outbox) if limit is None else min(limit, len(outbox))
        data = bytes(outbox[:count])
        del outbox[:count]
        self._realtime.set_tempo(self.works.clock_tempo)
        return self._realtime.woven_into(data, now, byte_time)

    @property
    def outgoing(self) -> int:
        """Bytes of messages that wait for MIDI OUT."""
        return len(self.works.outbox)

    def next_event(self, now: float) -> float | None:
        """Return when there is something to transmit: `now`, later, or None for never."""
        if not self.powered:
            return None
        if self.works.outbox:
            return now
        self._realtime.set_tempo(self.works.clock_tempo)
        return self._realtime.next_due(now)

    def advance(self, now: float) -> None:
        """Let time pass up to `now`."""
        self._now = max(self._now, now)

    # Panel

    def press(self, keys: str) -> None:
        """Press keys one after another: "GLOBAL 5 + UP"; ValueError names a word that is no key.

        Nothing is pressed then. While the M1 is off a press does nothing.
        """
        for key in parse_keys(keys):
            self.press_key(key)

    def press_key(self, key: Key) -> None:
        """Press one key; the first press also ends the greeting and the battery's warning."""
        if not self.powered:
            return
        self._banner_until = self._now
        self._warning = False
        press(self.works, key)

    # Power and battery

    def power_off(self) -> None:
        """Switch off; without a good cell the memory is lost."""
        self._feed(self.supply.switched(False))
        self._framer.reset()
        self.works.outbox.clear()

    def power_on(self, holding: frozenset[Key] = frozenset()) -> None:
        """Switch on, with keys held down; nothing if it is on. Lost memory is initialised."""
        if self.powered:
            return
        self._feed(self.supply.switched(True))
        if not self.supply.alive or holding >= INITIALISING_KEYS:
            self._initialise()
        self.works.start()
        self._realtime = Realtime()
        self._banner_until = self._now + BANNER_SECONDS
        self._warning = self.supply.warns

    def remove_cell(self) -> None:
        """Take the cell out of its holder; without power the memory is lost."""
        self._feed(self.supply.with_cell(None))

    def insert_cell(self, volts: float = NEW_CELL) -> None:
        """Put a cell into the holder."""
        self._feed(self.supply.with_cell(volts))

    def _feed(self, supply: Supply) -> None:
        self.supply = supply
        card = self.works.card
        if card is not None:
            self.works.card = card.fed(card.supply.switched(supply.powered))

    def _initialise(self) -> None:
        """Erase everything: `Init Prog`, MIDI filters DIS, protects on, 100/100, channel 1.

        Programs alike are known; the settings are not documented, and the guide's worst case is
        assumed, because its steps prepare for it.
        """
        self.supply = self.supply.restarted()
        self.works.memory = Memory.initialised()
        self.works.settings = Settings()
        self.works.start()

    # Cards

    def insert_card(self, card: Card | None = None) -> None:
        """Put `card`, or the one on the table, into the data slot; nothing if that is taken."""
        chosen = card or self.spare_card
        if self.works.card is None and chosen is not None:
            if card is None:
                self.spare_card = None
            self.works.insert_card(chosen, powered=self.powered)

    def remove_card(self) -> None:
        """Take the data card out and lay it on the table."""
        if self.works.card is not None:
            self.spare_card = self.works.remove_card()

    def remove_card_cell(self) -> None:
        """Slide the card's battery holder out; in a powered M1's slot the data survives."""
        self._change_card_cell(None)

    def insert_card_cell(self, volts: float = NEW_CARD_CELL) -> None:
        """Slide a battery into the card."""
        self._change_card_cell(volts)

    def protect_card(self, on: bool) -> None:
        """Slide the write-protect switch of the card, in its slot or on the table."""
        self._change_card(lambda card: replace(card, write_protected=on))

    def _change_card_cell(self, volts: float | None) -> None:
        self._change_card(lambda card: card.fed(card.supply.with_cell(volts)))

    def _change_card(self, change: Callable[[Card], Card]) -> None:
        if self.works.card is not None:
            self.works.card = change(self.works.card)
        elif self.spare_card is not None:
            self.spare_card = change(self.spare_card)
