"""A wire and a link that remember what the M1 truly held, when, and by whose doing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from m1tui.link.virtual import VirtualLink
from m1tui.sysex import Bank, Contents
from m1tui.virtual.fault_plan import FaultPlan
from m1tui.virtual.fault_wire import FaultyWire
from m1tui.virtual.machine import VirtualM1

MESSAGES, HANDS, LOOP = "messages", "hands", "loop"
"""Who changed memory: the computer's messages, hands or power, messages that came back or twice."""


@dataclass(frozen=True, slots=True)
class State:
    """What the M1 held from a moment on."""

    since: float
    internal: Contents
    card: Contents
    cause: str

    def of(self, bank: Bank) -> Contents:
        return self.internal if bank is Bank.INTERNAL else self.card


class WitnessWire(FaultyWire):
    """A faulty wire that writes history."""

    witness: WitnessLink

    def _hear(self, data: bytes) -> None:
        with self.witness.doing(MESSAGES):
            super()._hear(data)

    def _hear_stray(self, data: bytes) -> None:
        with self.witness.doing(LOOP):
            super()._hear(data)

    def nudge(self) -> None:
        super().nudge()
        self.witness.look()


class WitnessLink(VirtualLink):
    """A virtual M1 whose memory is looked at after everything that happens to it."""

    def __init__(self, m1: VirtualM1, plan: FaultPlan, baud: int) -> None:
        super().__init__(m1, baud=baud, faults=plan)
        self.plan = plan
        self._wire_now: WitnessWire | None = None
        self.baud = baud
        self.cause = HANDS
        self._seen = (m1.works.memory, m1.works.card)
        self.history = [State(0.0, m1.contents, m1.works.contents(Bank.CARD), HANDS)]
        self.longest_silence = 0.0
        """The longest time that the computer sent nothing."""
        self._last_write = 0.0

    def _new_wire(self) -> WitnessWire:
        wire = WitnessWire(self.machine, self.plan, baud=self.baud)
        wire.on_unplug = self._unplug
        wire.witness = self
        self._wire_now = wire
        return wire

    def go_wrong_by(self, plan: FaultPlan) -> None:
        """Have other faults from now on."""
        self.plan = plan
        self.machine.manners = plan.manners
        if self._wire_now is not None:
            self._wire_now.plan = plan

    async def _write(self, data: bytes) -> None:
        self.note_silence()
        await super()._write(data)
        self._last_write = asyncio.get_running_loop().time()

    def note_silence(self) -> None:
        """Measure how long nothing has been sent."""
        now = asyncio.get_running_loop().time()
        self.longest_silence = max(self.longest_silence, now - self._last_write)

    @contextmanager
    def doing(self, cause: str) -> Iterator[None]:
        """Know by whose doing memory changes within."""
        self.cause, before = cause, self.cause
        try:
            yield
        finally:
            self.look()
            self.cause = before

    def look(self) -> None:
        """Keep what the M1 holds, if it is something else."""
        works = self.machine.works
        if works.memory is self._seen[0] and works.card is self._seen[1]:
            return
        self._seen = (works.memory, works.card)
        card = works.contents(Bank.CARD)
        now = asyncio.get_running_loop().time()
        last = self.history[-1]
        if last.internal != self.machine.contents or last.card != card:
            self.history.append(State(now, self.machine.contents, card, self.cause))
