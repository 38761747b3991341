"""The virtual M1: its chassis and controls with MIDI IN and OUT, panel and display."""

from __future__ import annotations

from m1tui.sysex import (
    Contents,
    ExclusiveFrame,
    Framer,
    IdentityReply,
    Message,
    RealtimeByte,
    ShortMessage,
    Status,
    StatusCode,
)
from m1tui.virtual import display
from m1tui.virtual.card import Card, PcmCard
from m1tui.virtual.channel_messages import receive as receive_short
from m1tui.virtual.channel_messages import receive_realtime
from m1tui.virtual.controls import Controls, KeyFault
from m1tui.virtual.exclusive import answer
from m1tui.virtual.fault_answers import AnswerFaults
from m1tui.virtual.keys import Key, parse_keys
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.memory import Memory
from m1tui.virtual.panel import lamps, press
from m1tui.virtual.realtime import Realtime
from m1tui.virtual.settings import Model, Settings
from m1tui.virtual.sound import PlayedNote
from m1tui.virtual.supply import Supply

RECEIVE_LIMIT = 65_536
BANNER_SECONDS = 2.0
"""How long the display greets after power-on (assumed)."""
LEAST_WAIT = 1e-4
"""Seconds until a song that plays is asked about again: a third of a byte."""
INITIALISING_KEYS = frozenset({Key.INT, Key.CARD, Key.COMBI})
"""Held at power-on, they erase everything."""
ROM_CHECK_KEYS = frozenset({Key.INT})
"""Held alone at power-on, it checks the ROM and leaves the memory as it is."""


class VirtualM1(Controls):
    """An M1 in software, a pure state machine: bytes, keys and events in, bytes and display out.

    Times are seconds of any one clock that never goes back. Replies are ready as soon as the
    last byte of a request is in; how long bytes take is the wire's affair. While it is switched
    off it hears, says and shows nothing. It is assumed to answer at once after power-on.

    Identity defaults to the reply captured from a real M1: ROM 7, software 1, member 08 00; the
    M1R's is the same.
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
        model: Model = Model.M1,
        key_faults: tuple[KeyFault, ...] = (),
    ) -> None:
        board = Mainboard(memory, settings or Settings(), None, pcm_card, model)
        super().__init__(board, supply or Supply(), card, key_faults)
        self.identity = identity or IdentityReply.of_m1(0)
        self.answer_faults: AnswerFaults | None = None
        """How it answers that does not do what it should; None is as it should."""
        self._framer = Framer(RECEIVE_LIMIT)
        self.skipped = 0.0
        """Seconds that passed for the M1 and for nobody else: nobody waits for a virtual one."""
        self._realtime = Realtime()
        self._banner_until = 0.0
        self._notice = self._warning() if self.supply.powered else ""

    # What can be asked

    @property
    def model(self) -> Model:
        """Whether it is the keyboard or the rack."""
        return self.board.model

    @property
    def memory(self) -> Memory:
        """The internal memory; what it holds once it is lost is not defined."""
        return self.board.memory

    @property
    def settings(self) -> Settings:
        """Channel, filters, protects and so on."""
        return self.board.settings

    @property
    def contents(self) -> Contents:
        """The internal memory as an all-data dump carries it."""
        return self.board.memory.contents

    @property
    def played(self) -> tuple[PlayedNote, ...]:
        """The notes that were played since power-on, the newest last, with what was heard."""
        return self.board.played

    @property
    def display(self) -> tuple[str, str]:
        """Two lines of 40 characters, a sketch."""
        if not self.powered:
            return display.blank()
        first, second = display.lines(self.board)
        if self._greets:
            first, second = display.banner(self.identity.rom or 0), ""
        return display.fit(first, self._notice or second)

    @property
    def cursor(self) -> tuple[int, int] | None:
        """Line (0 or 1) and column (0–39) of the cursor, None while there is none."""
        if not self.powered or self._greets or self._notice:
            return None
        return display.cursor(self.board)

    @property
    def lamps(self) -> tuple[str, ...]:
        """The keys whose lamps are lit: the mode's, and the bank's where a mode has one."""
        return lamps(self.board) if self.powered else ()

    @property
    def _greets(self) -> bool:
        return self.board.now < self._banner_until

    def persistent(self) -> tuple[object, ...]:
        """Return everything that is worth keeping between runs; equal means nothing changed."""
        board = self.board
        return (
            board.memory,
            board.settings,
            board.card,
            board.mode,
            self.supply,
            self.spare_card,
            board.pcm_card,
            board.program_bank,
            board.program_number,
            board.combination_bank,
            board.combination_number,
            board.transport.song,
            board.transport.track,
            board.kept_choices,
            board.card_translates,
            board.model,
            self.key_faults,
            board.dead_outputs,
            board.effects_hiss,
        )

    # MIDI

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from MIDI IN."""
        self.advance(now)
        if not self.powered:
            return
        for event in self._framer.feed(data):
            if isinstance(event, ExclusiveFrame):
                reply = self._answer(event.data)
                if reply is not None:
                    self.board.send(reply)
            elif isinstance(event, ShortMessage):
                receive_short(self.board, event)
            elif isinstance(event, RealtimeByte):
                receive_realtime(self.board, event.status)

    def _answer(self, data: bytes) -> Message | IdentityReply | None:
        looped, self.board.own_dump = data == self.board.own_dump, b""
        if looped:
            # A THRU loop feeds it back: a load error, as owners see it, and nothing is loaded.
            return Status(self.settings.channel, StatusCode.LOAD_ERROR)
        if self.answer_faults is not None:
            return self.answer_faults.answer(self.board, data, self.identity)
        return answer(self.board, data, self.identity)

    def transmit(self, now: float, limit: int | None = None, byte_time: float = 0.0) -> bytes:
        """Return what goes to MIDI OUT now, and forget it.

        At most `limit` bytes of messages, with active sensing and clock between them where they
        fall due, if each byte takes `byte_time` seconds.
        """
        self.advance(now)
        if not self.powered:
            return b""
        outbox = self.board.outbox
        count = len(outbox) if limit is None else min(limit, len(outbox))
        data = bytes(outbox[:count])
        del outbox[:count]
        self._realtime.set_tempo(self.board.clock_tempo)
        return self._realtime.woven_into(data, now, byte_time)

    @property
    def outgoing(self) -> int:
        """Bytes of messages that wait for MIDI OUT."""
        return len(self.board.outbox)

    def next_event(self, now: float) -> float | None:
        """Let time pass up to `now`; return when there is something to transmit: `now` or later.

        None is never.
        """
        self.advance(now)
        if not self.powered:
            return None
        if self.board.outbox:
            return now
        self._realtime.set_tempo(self.board.clock_tempo)
        due = self._realtime.next_due(now)
        overdue = self.answer_faults.next_overdue if self.answer_faults is not None else None
        if overdue is not None:
            due = min(due, overdue)
        song = self.board.next_song_event
        # What was due has gone out; rounding must not make whoever waits ask again at once.
        return due if song is None else min(due, max(song, now + LEAST_WAIT))

    def advance(self, now: float) -> None:
        """Let time pass up to `now`, and what was skipped besides."""
        self.board.advance(now + self.skipped)
        if self.answer_faults is not None:
            self.board.outbox += self.answer_faults.overdue(now)

    # Panel

    def press(self, keys: str) -> None:
        """Press keys one after another: "GLOBAL 5 + UP"; ValueError names a word that is no key.

        Nothing is pressed then. While the M1 is off a press does nothing.
        """
        for key in parse_keys(keys):
            self.press_key(key)

    def press_key(self, key: Key) -> None:
        """Press one key; the first press also ends the greeting and a notice on the display."""
        if not self.powered:
            return
        self._banner_until = self.board.now
        self._notice = ""
        press(self.board, key)

    # Power

    def power_off(self) -> None:
        """Switch off; without a good cell the memory is lost, and so is a recording under way."""
        self._switch(False)
        self._framer.reset()
        self.board.rewind()
        self.board.outbox.clear()
        if self.answer_faults is not None:
            self.answer_faults.forget()

    def power_on(self, holding: frozenset[Key] = frozenset()) -> None:
        """Switch on, with keys held down; nothing if it is on. Lost memory is initialised."""
        if self.powered:
            return
        self._switch(True)
        if not self.supply.alive or holding >= INITIALISING_KEYS:
            self._initialise()
        self.board.start()
        self._realtime = Realtime()
        self._banner_until = self.board.now + BANNER_SECONDS
        self._notice = self._warning()
        if holding >= INITIALISING_KEYS:
            self._notice = display.initialised(self.identity.rom or 0)
        elif holding == ROM_CHECK_KEYS:
            self._notice = display.rom_check(self.identity.rom or 0)

    def insert_card(self, card: Card | None = None) -> None:
        """Put `card`, or the one on the table, into the data slot; nothing if that is taken."""
        had = self.card
        super().insert_card(card)
        if self.powered and self.card is not had:
            self._notice = self._warning()

    def _warning(self) -> str:
        if self.supply.warns:
            return display.BATTERY_LOW
        card = self.board.card
        return display.CARD_BATTERY_LOW if card and not card.rom and card.supply.warns else ""
