"""A virtual M1 in this process as a link, with the hands to rehearse on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Advice, Trouble
from m1tui.errors import LinkError, LinkLost
from m1tui.link.base import Inbox, Link, not_open
from m1tui.link.rehearsal import SEEN_SECONDS, TITLE, VOCABULARY, parse_action
from m1tui.sysex import CardFormat
from m1tui.virtual import movements as hands
from m1tui.virtual.card import Card
from m1tui.virtual.demo import demo_contents
from m1tui.virtual.keys import parse_keys
from m1tui.virtual.machine import BANNER_SECONDS, VirtualM1
from m1tui.virtual.movements import Movement
from m1tui.virtual.saved_state import (
    StateSaver,
    hold_state,
    load_state,
    state_exists,
    version_of,
)
from m1tui.virtual.scenarios import DEFAULT_SCENARIO, pcm_card, rom_card, song_card
from m1tui.virtual.sound import heard_text
from m1tui.virtual.surveyed import certainty_of, likeness, scenario_or_likeness
from m1tui.virtual.wire import BAUD, Wire

if TYPE_CHECKING:
    from m1tui.virtual.fault_wire import FaultPlan

__all__ = ["VirtualLink", "VirtualRehearsal", "demo_contents"]

STATE_FOLDER = "virtual"
STATE_FILE = "m1.syx"
KEPT = "virtual"
"""The --port form that goes on with the M1 that is kept in the data folder."""
_AT_ONCE = 500
"""Movements that are made in one go when time is skipped: some 10 ms of work."""


class VirtualLink(Link):
    """A virtual M1 behind a wire of its own.

    While the M1 is switched off reads wait in silence and writes vanish, as with a real one.
    With `state` the M1 is kept there: soon after each change, at once after power and battery
    events, and when the link closes; until then no other program can open it. `faults` go wrong
    on the wire and in the M1; after one that loses the link it can be opened again.
    """

    def __init__(
        self,
        machine: VirtualM1,
        *,
        baud: int = BAUD,
        state: Path | None = None,
        port: str = f"virtual:{DEFAULT_SCENARIO}",
        faults: FaultPlan | None = None,
    ) -> None:
        super().__init__(port, TITLE)
        self.machine = machine
        # What was measured of the M1 that it is like is known, as of a real one.
        self.follow(likeness(machine))
        self.bytes_per_second = baud / 10 if baud else float("inf")
        self.rehearsal: VirtualRehearsal = VirtualRehearsal(self, machine)
        self._baud = baud
        self._saver = StateSaver(machine, state) if state else None
        self._held: int | None = None
        """The descriptor that keeps other programs off the M1's place."""
        self.is_new = True
        """Whether this M1 is to take the place of the one that is kept."""
        self._known = version_of(state) if state else ()
        """What was kept when it was read or written last: another program may change it after."""
        self._faults = faults
        self._wire: Wire | None = None
        self._lost: LinkLost | None = None
        self._inbox = Inbox()
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    def for_scenario(cls, name: str | None, data_dir: Path, baud: int = BAUD) -> VirtualLink:
        """Return the M1 kept in `data_dir` for None, a new one for the name of a scenario.

        Behind the name may stand manners, "healthy:load-time=2s,dump-leaves=prog-mode", or a
        survey, "card:like:survey.json"; a survey may also stand in its place.

        Without a kept one, None begins with the default scenario. Both are kept in `data_dir`
        from the moment the link opens, so the link's own port is `virtual`: it goes on with this
        M1. Raises LinkError for an unknown name or a damaged state.
        """
        state = data_dir / STATE_FOLDER / STATE_FILE
        known = version_of(state)
        try:
            if name is None and state_exists(state):
                machine = load_state(state)
            else:
                machine = scenario_or_likeness(DEFAULT_SCENARIO if name is None else name)
        except Trouble as trouble:
            raise LinkError(trouble.advice) from trouble
        link = cls(machine, baud=baud, state=state, port=KEPT)
        link.is_new, link._known = name is not None, known
        return link

    def seconds(self) -> float:
        """Return the M1's time, with what was skipped of it."""
        return super().seconds() + self.machine.skipped

    def hold(self) -> None:
        """Keep other programs off the M1's place until `close`, and go on with what is kept there.

        Opening does it, too. Raises LinkError when another program holds it, when the folder
        refuses, and for a damaged state; then nothing is held.
        """
        if self._saver is None or self._held is not None:
            return
        path = self._saver.path
        try:
            self._held = hold_state(path)
            if not self.is_new and self._known != version_of(path):
                self._take(load_state(path))
        except OSError as error:
            raise LinkError(_no_folder(path.parent, error)) from error
        except Trouble as trouble:
            self.let_go()
            raise LinkError(trouble.advice) from trouble

    def let_go(self) -> None:
        """Let other programs have the M1's place; nothing is written."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)

    @property
    def _keeper(self) -> StateSaver | None:
        """What writes the M1 to its place; None where it has none, or another program may have it.

        Only who holds the place may write there.
        """
        return self._saver if self._held is not None else None

    def _note_kept(self) -> None:
        """Note that what lies in the place is this M1, before another program can have it."""
        if (keeper := self._keeper) is not None:
            self.is_new, self._known = False, version_of(keeper.path)

    def keep(self) -> None:
        """Write the M1 now, if it holds its place; raises LinkError when the disk refuses."""
        if (keeper := self._keeper) is None:
            return
        try:
            keeper.save()
        except Trouble as trouble:
            raise LinkError(trouble.advice) from trouble
        self._note_kept()

    async def open(self) -> None:
        """Hold the M1's place, and switch the wire on; see `Link.open`."""
        self.hold()
        try:
            await super().open()
        except BaseException:
            self.let_go()
            raise

    async def close(self) -> None:
        """Write the M1 to its place, and let other programs open it; see `Link.close`."""
        try:
            await super().close()
        finally:
            self.let_go()

    async def go_on_with(self, state: Path) -> None:
        """Put the M1 that is kept at `state` in the place of this one; it is kept where this was.

        Nothing may read meanwhile. Raises LinkError for a damaged state, and for a disk that
        refuses.
        """
        try:
            machine = load_state(state)
        except Trouble as trouble:
            raise LinkError(trouble.advice) from trouble
        await self._close()
        self._take(machine)
        await self._open()

    def _take(self, machine: VirtualM1) -> None:
        self.machine, self.rehearsal = machine, VirtualRehearsal(self, machine)
        self.follow(likeness(machine))
        if self._saver is not None:
            self._saver = StateSaver(machine, self._saver.path)

    async def _open(self) -> None:
        if self._wire is not None:
            return
        self.keep()
        self._inbox = Inbox()
        self._lost = None
        self._wire = self._new_wire()
        self._wire.start()
        self._reader = asyncio.create_task(self._listen(self._wire), name="virtual M1's voice")

    def _new_wire(self) -> Wire:
        if self._faults is None:
            return Wire(self.machine, baud=self._baud, on_change=self._changed)
        # Who opens a link without faults waits for nothing of them.
        from m1tui.virtual.fault_wire import FaultyWire

        wire = FaultyWire(self.machine, self._faults, baud=self._baud, on_change=self._changed)
        wire.on_unplug = self._unplug
        return wire

    def _unplug(self) -> None:
        self._lost = self._lost or _unplugged(self.title)
        self._inbox.fail(self._lost)

    async def _listen(self, wire: Wire) -> None:
        while True:
            self._inbox.put(await wire.read())

    async def _close(self) -> None:
        wire, self._wire = self._wire, None
        reader, self._reader = self._reader, None
        if wire is None or reader is None:
            return
        reader.cancel()
        await wire.close()
        self._inbox.fail(not_open(self.title))
        if (keeper := self._keeper) is not None:
            keeper.close()
            self._note_kept()

    async def _read(self) -> bytes:
        return await self._inbox.get()

    async def _write(self, data: bytes) -> None:
        with self._over():
            await self._carrier().write(data)

    async def _drain(self) -> None:
        with self._over():
            await self._carrier().drain()

    @contextmanager
    def _over(self) -> Iterator[None]:
        try:
            yield
        except ConnectionAbortedError:
            raise not_open(self.title) from None

    def _carrier(self) -> Wire:
        if self._wire is None:
            raise not_open(self.title)
        if self._lost is not None:
            raise self._lost
        return self._wire

    def _changed(self) -> None:
        if (keeper := self._keeper) is not None:
            keeper.changed()

    def touch(self, hand: Callable[[], None], *, at_once: bool = False) -> None:
        """Let a hand act on the M1, then let the wire hear of it and keep the state.

        `at_once` writes the state before returning, for what a crash must not undo. Trouble when
        the disk refuses.
        """
        self.machine.advance(asyncio.get_running_loop().time())
        hand()
        if self._wire is not None:
            self._wire.nudge()
        if at_once and (keeper := self._keeper) is not None:
            keeper.save()


class VirtualRehearsal:
    """Hands on a virtual M1: panel, keybed, controls, power switch, cell and cards."""

    def __init__(self, link: VirtualLink, machine: VirtualM1) -> None:
        self._link = link
        self._machine = machine
        self._heard_until = -1.0
        """When the newest note began that `heard` has told."""
        self._hands: dict[str, Callable[[], None]] = {
            "power-off": machine.power_off,
            "remove-cell": machine.remove_cell,
            "insert-cell": machine.insert_cell,
            "insert-card": self._insert_card,
            "insert-rom-card": self._insert_rom_card,
            "insert-song-card": self._insert_song_card,
            "remove-card": machine.remove_card,
            "remove-card-cell": machine.remove_card_cell,
            "insert-card-cell": machine.insert_card_cell,
            "card-protect-on": lambda: machine.protect_card(True),
            "card-protect-off": lambda: machine.protect_card(False),
            "mend": machine.mend,
            "insert-pcm-card": lambda: machine.insert_pcm_card(pcm_card()),
            "remove-pcm-card": machine.remove_pcm_card,
        }
        self._movements: dict[str, Callable[[str], Iterable[Movement]]] = {
            "play": lambda key: hands.play(machine, int(key) if key else None),
            "press-hard": lambda _: hands.press_hard(machine),
            "joystick": lambda _: hands.joystick(machine),
            "slider": lambda _: hands.slider(machine),
            "pedals": lambda _: hands.pedals(machine),
        }

    @property
    def actions(self) -> frozenset[str]:
        """The words of the physical actions on offer."""
        return frozenset(VOCABULARY)

    async def perform(self, action: str) -> None:
        """Perform an action of `VOCABULARY`; raises ValueError for any other.

        Switching on takes as long as the M1 greets, so that its display is worth reading after.
        Of a long wait most is skipped, and of long playing.
        """
        wanted = parse_action(action)
        if wanted.word in self._hands:
            self._link.touch(self._hands[wanted.word], at_once=True)
        elif wanted.word == "play-for":
            await self._play_for(int(wanted.argument))
        elif wanted.word in self._movements:
            for movement in self._movements[wanted.word](wanted.argument):
                self._link.touch(movement)
                await asyncio.sleep(hands.MOVEMENT_SECONDS)
        elif wanted.word == "try-cell":
            self._link.touch(lambda: self._machine.try_cell(float(wanted.argument)), at_once=True)
            await asyncio.sleep(BANNER_SECONDS)
        elif wanted.word == "power-on":
            holding = frozenset(parse_keys(wanted.argument))
            self._link.touch(lambda: self._machine.power_on(holding), at_once=True)
            await asyncio.sleep(BANNER_SECONDS)
        elif wanted.word == "wait":
            await self._wait(int(wanted.argument))
        else:
            await self.press(wanted.argument)

    async def _play_for(self, seconds: int) -> None:
        """Play: what can be watched in its own time, the rest at once and without being heard."""
        machine, loop = self._machine, asyncio.get_running_loop()
        seen = SEEN_SECONDS / hands.MOVEMENT_SECONDS
        for count, movement in enumerate(hands.play_for(machine, seconds)):
            if count < seen:
                self._link.touch(movement)
                await asyncio.sleep(hands.MOVEMENT_SECONDS)
                continue
            machine.skipped += hands.MOVEMENT_SECONDS
            machine.advance(loop.time())
            movement()
            while machine.outgoing and machine.transmit(loop.time(), machine.outgoing, 0.0):
                pass
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        self._link.touch(lambda: None)

    async def _wait(self, seconds: int) -> None:
        """Let time pass: long enough for all who look at the M1 to see it, the rest at once."""
        seen = min(float(seconds), SEEN_SECONDS)
        await asyncio.sleep(seen)
        self._machine.skipped += seconds - seen
        # What falls due in the time that was skipped is heard at once.
        self._link.touch(lambda: None)

    async def press(self, keys: str) -> None:
        """Press front-panel keys; raises ValueError for a word that is no key."""
        self._link.touch(lambda: self._machine.press(keys))

    def display(self) -> tuple[str, str]:
        """Return the two lines of 40 characters, a sketch."""
        return self._now().display

    def cursor(self) -> tuple[int, int] | None:
        """Return line (0 or 1) and column (0–39) of the cursor, None while there is none."""
        return self._now().cursor

    def place(self) -> tuple[str, str]:
        """Return where keys act: the page, and the cursor or what is typed; empty while off."""
        return self._now().place

    def certainty(self) -> str:
        """Return how certain the display's wording is, in a few words."""
        return certainty_of(self._now().board)

    @property
    def was_running(self) -> bool:
        """Whether the sequencer was stopped because the program ended."""
        return self._machine.was_running

    def lamps(self) -> tuple[str, ...]:
        """Return the keys whose lamps are lit; none while it is off."""
        return self._now().lamps

    def model(self) -> str:
        """Return "M1" or "M1R", which has another layout."""
        return self._machine.model.value

    def heard(self) -> str:
        """Return in one line what would be heard of the notes that began since it was asked."""
        notes = [note for note in self._machine.played if note.at > self._heard_until]
        if not notes:
            return ""
        self._heard_until = notes[-1].at
        return heard_text(notes)

    def state(self) -> str:
        """Return power, cell and card in one line."""
        return self._machine.state()

    def _now(self) -> VirtualM1:
        self._machine.advance(asyncio.get_running_loop().time())
        return self._machine

    def _insert_card(self) -> None:
        machine = self._machine
        if machine.card is not None and not machine.card.rom:
            return
        # A rehearsal has a formatted RAM card at hand, if there is none on the table.
        on_table = machine.spare_card
        usable = on_table is not None and not on_table.rom
        self._put_in(on_table if usable else Card.formatted(CardFormat.PROGRAMS))

    def _insert_rom_card(self) -> None:
        machine = self._machine
        if machine.card is None or not machine.card.rom:
            machine.remove_card()
            machine.insert_card(rom_card())

    def _insert_song_card(self) -> None:
        machine = self._machine
        if _has_room(machine.card):
            return
        self._put_in(machine.spare_card if _has_room(machine.spare_card) else song_card())

    def _put_in(self, card: Card | None) -> None:
        """Put in `card`, which may lie on the table; what was in the slot lies there after that."""
        machine = self._machine
        machine.remove_card()
        machine.insert_card(card)
        if machine.spare_card is card:
            machine.spare_card = None


def _has_room(card: Card | None) -> bool:
    """Return whether songs fit on a card."""
    return card is not None and card.format is not None and bool(card.format.steps)


def _no_folder(folder: Path, error: OSError) -> Advice:
    return Advice(
        code="folder-not-makable",
        happened=f"The virtual M1 cannot be kept in the folder {str(folder)!r}: "
        f"{error.strerror or error}.",
        safe="Nothing was sent. No instrument is affected.",
        next_step="With --data-dir, choose a folder that you may write to.",
    )


def _unplugged(title: str) -> LinkLost:
    return LinkLost(
        Advice(
            code="link-lost",
            happened=f"The link to {title} was lost: it was unplugged.",
            safe="Nothing more is sent.",
            cause="This is the fault that was asked for: the link is lost for a moment.",
            next_step="Open the link again, then read the instrument again.",
        )
    )
