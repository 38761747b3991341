"""The virtual M1: its chassis and controls with MIDI IN and OUT, panel and display."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from m1tui.manners import (
    ACTIVE_SENSING,
    BATTERY_LOW,
    IDENTITY_MEMBER,
    LOAD_TIME,
    START_TIME,
    Manners,
)
from m1tui.sysex import (
    BankDump,
    Contents,
    ExclusiveFrame,
    Framer,
    IdentityReply,
    Message,
    RealtimeByte,
    ShortMessage,
    Status,
    StatusCode,
    decode,
)
from m1tui.virtual import display
from m1tui.virtual.card import Card, PcmCard
from m1tui.virtual.channel_messages import receive as receive_short
from m1tui.virtual.channel_messages import receive_realtime
from m1tui.virtual.controls import Controls, KeyFault
from m1tui.virtual.exclusive import LOAD_SECONDS, answer
from m1tui.virtual.keys import Key, parse_keys
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.memory import Memory, Supply
from m1tui.virtual.panel import lamps, press
from m1tui.virtual.realtime import Realtime
from m1tui.virtual.settings import Model, Settings
from m1tui.virtual.sound import PlayedNote

if TYPE_CHECKING:  # an M1 without faults needs none of it
    from m1tui.virtual.fault_answers import AnswerFaults

RECEIVE_LIMIT = 65_536
BANNER_SECONDS = 2.0
"""How long the display greets after power-on (assumed)."""
LEAST_WAIT = 1e-4
"""Seconds until a song that plays is asked about again: a third of a byte."""
INITIALISING_KEYS = frozenset({Key.INT, Key.CARD, Key.COMBI})
"""Held at power-on, they erase everything."""
ROM_CHECK_KEYS = frozenset({Key.INT})
"""Held alone at power-on, it checks the ROM and leaves the memory as it is."""
START_SECONDS = {"at-once": 0.0, "3s": 3.0}
_MEMBER = slice(3, 5)
"""Where the member bytes stand in an identity's body."""


class VirtualM1(Controls):
    """An M1 in software, a pure state machine: bytes, keys and events in, bytes and display out.

    Times are seconds of any one clock that never goes back. Replies are ready as soon as the
    last byte of a request is in; how long bytes take is the wire's affair. While it is switched
    off it hears, says and shows nothing.

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
        self.was_running = False
        """Whether its sequencer ran when it was kept on disk: it was stopped by that."""
        self.times: dict[str, float] = {}
        """What a survey measured of the M1 that this one is like."""
        self._framer = Framer(RECEIVE_LIMIT)
        self.skipped = 0.0
        """Seconds that passed for the M1 and for nobody else: nobody waits for a virtual one."""
        self._realtime = Realtime()
        self._banner_until = 0.0
        self._deaf_until = 0.0
        """Until when it neither hears nor says anything after power-on, by the board's time."""
        self._busy_until = 0.0
        """Until when it is busy with a dump, by the board's time."""
        self._waiting: deque[bytes] = deque()
        """Messages that came while it was busy; the oldest first."""
        self._notice = self._warning() if self.supply.powered else ""

    def behave(self, manners: Manners) -> None:
        """Have these manners from now on; what it keeps is as if it had always had them."""
        board = self.board
        board.manners = manners
        kept = board.contents_as_kept(board.memory.contents)
        board.memory = Memory.of(kept)
        board.edit_program = board.as_kept(board.edit_program)
        board.edit_combination = board.as_kept(board.edit_combination)
        body = bytearray(self.identity.body)
        body[_MEMBER] = bytes.fromhex(manners[IDENTITY_MEMBER].replace("-", " "))
        self.identity = IdentityReply(self.identity.channel, bytes(body))
        self._realtime.senses = manners[ACTIVE_SENSING] == "always"
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
    def place(self) -> tuple[str, str]:
        """Where keys act: the page, and the cursor or what is typed; empty while it is off."""
        return display.place(self.board) if self.powered else ("", "")

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
            board.memory_if_stopped,
            board.transport.running,
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
            board.manners,
            tuple(board.wordings.items()),
            board.photographed,
            tuple(self.times.items()),
            board.model,
            self.key_faults,
            self.dead_keys,
            self.worn_joystick,
            self.dead_converter,
            board.dead_outputs,
            board.effects_hiss,
        )

    # MIDI

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from MIDI IN."""
        self.advance(now)
        if not self._awake:
            return
        for event in self._framer.feed(data):
            if isinstance(event, ExclusiveFrame):
                self._take(event.data)
            elif isinstance(event, ShortMessage):
                receive_short(self.board, event)
            elif isinstance(event, RealtimeByte):
                receive_realtime(self.board, event.status)

    @property
    def _awake(self) -> bool:
        return self.powered and self.board.now >= self._deaf_until

    def _take(self, data: bytes) -> None:
        """Act on a message now, or when the dump before it has been dealt with."""
        board = self.board
        if board.now < self._busy_until:
            self._waiting.append(data)
            return
        reply = self._answer(data)
        if reply is None:
            return
        seconds = LOAD_SECONDS[board.manners[LOAD_TIME]]
        loaded = isinstance(reply, Status) and reply.code is StatusCode.LOAD_COMPLETED
        if not (seconds and loaded and isinstance(decode(data), BankDump)):
            board.send(reply)
            return
        self._busy_until = board.now + seconds
        board.later(seconds, lambda: self._have_dealt_with(reply))

    def _have_dealt_with(self, reply: Message | IdentityReply) -> None:
        """Say that a dump was taken, and go on with what came meanwhile."""
        self._busy_until = self.board.now
        self.board.send(reply)
        waiting, self._waiting = self._waiting, deque()
        for data in waiting:
            self._take(data)

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
        if not self._awake:
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
        if not self._awake:
            return max(now + LEAST_WAIT, self._deaf_until - self.skipped)
        if self.board.outbox:
            return now
        self._realtime.set_tempo(self.board.clock_tempo)
        overdue = self.answer_faults.next_overdue if self.answer_faults is not None else None
        times = [self._realtime.next_due(now), overdue]
        # What was due has gone out; rounding must not make whoever waits ask again at once.
        times += [
            max(one - skipped, now + LEAST_WAIT)
            for one, skipped in (
                (self.board.next_song_event, 0.0),
                (self.board.next_due, self.skipped),
            )
            if one is not None
        ]
        return min((one for one in times if one is not None), default=None)

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
        if not self.powered or key in self.dead_keys:
            return
        self._banner_until = self.board.now
        self._notice = ""
        press(self.board, key)

    # Power

    def power_off(self) -> None:
        """Switch off; without a good cell the memory is lost, and so is a recording under way."""
        self._switch(False)
        self._framer.reset()
        self._waiting.clear()
        self.board.rewind()
        self.board.outbox.clear()
        if self.answer_faults is not None:
            self.answer_faults.forget()

    def power_on(self, holding: frozenset[Key] = frozenset()) -> None:
        """Switch on, with keys held down; nothing if it is on. Lost memory is initialised."""
        if self.powered:
            return
        self._switch(True)
        alive = self.supply.alive and not holding >= INITIALISING_KEYS
        if not alive:
            self._initialise()
        self.board.start()
        manners = self.board.manners
        if not alive:
            # It is set so by the initialisation, which comes behind the start.
            clock = Settings.initialised(manners).clock_external
            self.board.settings = self.settings.changed(clock_external=clock)
        self._realtime = Realtime()
        self._realtime.senses = manners[ACTIVE_SENSING] == "always"
        self._busy_until = self.board.now
        self._deaf_until = self.board.now + START_SECONDS[manners[START_TIME]]
        self._banner_until = self.board.now + BANNER_SECONDS
        self._notice = self._warning()
        if holding >= INITIALISING_KEYS:
            self._notice = display.initialised(self.identity.rom or 0)
        elif holding == ROM_CHECK_KEYS:
            self._notice = display.rom_check(self.identity.rom or 0)

    def try_cell(self, volts: float) -> None:
        """Switch off and on with another cell, and then put the former one back."""
        former = self.supply.cell
        self._feed(self.supply.with_cell(volts))
        self.power_off()
        self.power_on()
        self._feed(self.supply.with_cell(former))

    def insert_card(self, card: Card | None = None) -> None:
        """Put `card`, or the one on the table, into the data slot; nothing if that is taken."""
        had = self.card
        super().insert_card(card)
        if self.powered and self.card is not had:
            self._notice = self._warning()

    def _warning(self) -> str:
        volts = float(self.board.manners[BATTERY_LOW])
        if self.supply.warns_below(volts):
            return display.BATTERY_LOW
        card = self.board.card
        warns = card and not card.rom and card.supply.warns_below(volts)
        return display.CARD_BATTERY_LOW if warns else ""
