"""A wire on which things go wrong as a plan of faults has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from m1tui.virtual.fault_line import Echo, Late, Pause, Repeat, Step
from m1tui.virtual.fault_plan import POWER, FaultPlan
from m1tui.virtual.faults import Fault, Kind, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.wire import BAUD, RECEIVE_BUFFER, Wire


class FaultyWire(Wire):
    """A wire with faults; the M1 behind it answers with the plan's faults.

    `on_unplug` is called where the link itself is to be lost; without one nothing crosses while
    it lasts, which is all that a pseudo-terminal can show.
    """

    def __init__(
        self,
        machine: VirtualM1,
        plan: FaultPlan,
        *,
        baud: int = BAUD,
        buffer: int = RECEIVE_BUFFER,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(machine, baud=baud, buffer=buffer, on_change=on_change)
        machine.answer_faults = plan.answer_faults
        self.plan = plan
        self.on_unplug: Callable[[], None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._waiting: dict[Side, bytearray] = {}
        """What waits for a burst, while there is one."""

    def start(self) -> None:
        """Begin to carry bytes; power that was cut while another wire was there comes back."""
        super().start()
        if self.plan.dark_until is not None:
            self._at(self.plan.dark_until, self._power_on)

    async def close(self) -> None:
        """Stop; bytes on the way are lost."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()
        await super().close()

    async def _pass_in(self, data: bytes, free_at: float) -> float:
        return await self._pass(Side.IN, data, free_at, self._hear)

    async def _pass_out(self, data: bytes, free_at: float) -> float:
        return await self._pass(Side.OUT, data, free_at, self._deliver)

    async def _pass(
        self, side: Side, data: bytes, free_at: float, take: Callable[[bytes], None]
    ) -> float:
        """Let `data` through as far as the faults do; return when the wire is free again."""
        loop = asyncio.get_running_loop()
        line = self.plan.lines.get(side)
        steps: list[Step] = [data] if line is None else line.through(data, loop.time())
        for step in steps:
            if side is Side.OUT and not self.machine.powered:
                break
            if isinstance(step, bytes):
                if loop.time() < self.plan.cut_until[side]:
                    continue
                if side in self._waiting:
                    self._waiting[side] += step
                else:
                    take(step)
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                free_at = max(free_at, loop.time())
            elif isinstance(step, Echo):
                self._later(step, self._deliver if side is Side.IN else self._hear_stray)
            elif isinstance(step, Repeat):
                self._later(step, self._deliver if side is Side.OUT else self._hear_stray)
            elif isinstance(step, Late):
                self._later(step, take)
            elif step.fault.kind is Kind.BURST:
                self._gather(step.fault, side, take)
            else:
                self._happen(step.fault, side)
        return free_at

    def _gather(self, fault: Fault, side: Side, take: Callable[[bytes], None]) -> None:
        """Let what crosses wait, and then come all at once."""
        if side in self._waiting:
            return
        self._waiting[side] = bytearray()

        def burst() -> None:
            data = bytes(self._waiting.pop(side))
            if data:
                take(data)

        self._at(asyncio.get_running_loop().time() + fault.lasts, burst)

    def _later(self, copy: Echo | Repeat | Late, take: Callable[[bytes], None]) -> None:
        if copy.seconds:
            self._at(asyncio.get_running_loop().time() + copy.seconds, lambda: take(copy.data))
        else:
            take(copy.data)

    def _hear_stray(self, data: bytes) -> None:
        """Let the M1 hear its own message, or one of the computer's for the second time."""
        self._hear(data)

    def _happen(self, fault: Fault, side: Side) -> None:
        now = asyncio.get_running_loop().time()
        if fault.kind in (Kind.GAP, Kind.DISCONNECT):
            self.plan.cut(fault, side, now)
            if fault.kind is Kind.DISCONNECT and self.on_unplug is not None:
                self.on_unplug()
            return
        self.machine.advance(now)
        self.plan.meddle(self.machine, fault.kind)
        if fault.kind in POWER:
            self.plan.dark_until = now + fault.lasts
            self._at(self.plan.dark_until, self._power_on)
        self.nudge()

    def _power_on(self) -> None:
        self.plan.dark_until = None
        self.machine.advance(asyncio.get_running_loop().time())
        self.machine.power_on()
        self.nudge()

    def _at(self, when: float, act: Callable[[], None]) -> None:
        """Call `act` at the loop time `when`, unless the wire is closed before."""

        def run() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_at(when, run)
        self._timers.add(timer)
