"""The faults of one virtual M1 from one seed, what they did, and the wire that has them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

from m1tui.sysex import Allocation, Mode, ParameterChange, StatusCode
from m1tui.virtual.exclusive import COMBINATION_MODES, PROGRAM_MODES
from m1tui.virtual.fault_answers import AnswerFaults
from m1tui.virtual.fault_line import Echo, Late, Line, Pause, Repeat, Step
from m1tui.virtual.faults import BY_ANSWER, Fault, FaultLog, Kind, Mishap, Side, dice
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.mainboard import Mainboard
from m1tui.virtual.panel import MODE_KEYS, PLAY_MODES
from m1tui.virtual.settings import CHANNELS
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


_PROTECTS = tuple(
    f"protect_{part}_{bank}"
    for part in ("program", "combination", "sequence")
    for bank in ("internal", "card")
)
POWER = frozenset({Kind.POWER_CUT, Kind.MEMORY_LOSS})
"""The kinds that leave the M1 without power for a while."""
_ALLOCATE = {
    Allocation.LARGE_PROGRAM: "GLOBAL 6 + + + UP G",
    Allocation.LARGE_SEQUENCE: "GLOBAL 6 + + + DOWN G",
}
"""The keys that choose the other allocation (the owner's guide)."""
_EDIT_KEYS = {
    Mode.PROG: "EDIT-PROG",
    Mode.EDIT_PROG: "EDIT-PROG",
    Mode.COMBI: "EDIT-COMBI",
    Mode.EDIT_COMBI: "EDIT-COMBI",
}
_PLAY_KEYS = {Mode.EDIT_PROG: "PROG", Mode.EDIT_COMBI: "COMBI"}
_HIGHEST = 99
_CUTOFF_PAGE, _LEVEL_PAGE = 3, 1
"""Where 41 says that the slider was moved; no source gives the M1's table."""


class FaultPlan:
    """What goes wrong with one M1, decided by the seed; use a plan for one wire after another.

    `tell` hears of each mishap at once.
    """

    def __init__(
        self,
        faults: Iterable[Fault],
        seed: int = 0,
        *,
        tell: Callable[[Mishap], None] | None = None,
    ) -> None:
        self.faults = tuple(faults)
        self.seed = seed
        self.log = FaultLog(tell)
        self.lines = {
            side: Line(side, tuple(self._of(side)), seed, self.log)
            for side in Side
            if any(self._of(side))
        }
        """The directions of the wire that have faults."""
        own = tuple(one for one in self.faults if one.kind in BY_ANSWER)
        self.answer_faults = AnswerFaults(own, seed, self.log) if own else None
        """How the M1 answers; None is as it should."""
        self.cut_until = dict.fromkeys(Side, 0.0)
        """Until when nothing crosses, by the clock of the wire."""
        self.dark_until: float | None = None
        """When power that was cut comes back, by the same clock."""
        self._dice = {kind: dice(seed, "what", kind) for kind in Kind}

    @property
    def mishaps(self) -> tuple[Mishap, ...]:
        """What happened so far."""
        return tuple(self.log.mishaps)

    def _of(self, side: Side) -> Iterable[Fault]:
        return (
            one for one in self.faults if one.kind not in BY_ANSWER and one.side in (None, side)
        )

    def cut(self, fault: Fault, side: Side, now: float) -> None:
        """Let nothing cross from now on: a gap on its own side, a lost link on both."""
        sides = tuple(Side) if fault.kind is Kind.DISCONNECT else (side,)
        for one in sides:
            self.cut_until[one] = max(self.cut_until[one], now + fault.lasts)

    def meddle(self, machine: VirtualM1, kind: Kind) -> None:
        """Do to the M1 what hands do: power, protects, channel, slider, keys."""
        board = machine.board
        if kind in POWER:
            if kind is Kind.MEMORY_LOSS:
                machine.remove_cell()
            machine.power_off()
        elif not machine.powered:
            return
        elif kind is Kind.PROTECT_ON:
            board.settings = board.settings.changed(**dict.fromkeys(_PROTECTS, True))
        elif kind is Kind.CHANNEL_CHANGE:
            others = [one for one in range(CHANNELS) if one != board.settings.channel]
            board.settings = board.settings.changed(channel=self._dice[kind].choice(others))
        elif kind is Kind.SLIDER:
            self._slide(board, self._dice[kind])
        elif kind is Kind.OTHER_PROGRAM:
            self._pick(board)
        elif kind is Kind.OTHER_MODE:
            keys = [key for key, mode in MODE_KEYS.items() if mode is not board.mode]
            machine.press_key(self._dice[kind].choice(keys))
        elif kind is Kind.ALLOCATION_CHANGE:
            machine.press(_ALLOCATE[board.memory.allocation])
        elif kind is Kind.STORE:
            self._store(machine)

    def _pick(self, board: Mainboard) -> None:
        """Pick another number of the bank that is played, in a mode in which numbers are picked."""
        count = _slots(board)
        if board.mode in PLAY_MODES and count > 1:
            step = self._dice[Kind.OTHER_PROGRAM].randrange(1, count)
            board.select_by_panel((board.number + step) % count)

    def _store(self, machine: VirtualM1) -> None:
        """Edit what is played and store it in another slot, as far as protects allow it.

        That the M1 then plays that slot, and tells it as it tells what is picked, is assumed.
        """
        board, chance = machine.board, self._dice[Kind.STORE]
        keys = _EDIT_KEYS.get(board.mode)
        count = _slots(board)
        if keys is None or not count:
            return
        machine.press(keys)
        self._slide(board, chance)
        number, bank = chance.randrange(count), board.bank
        edited = board.edit_program if board.mode in PROGRAM_MODES else board.edit_combination
        if board.store(edited, bank, number) is StatusCode.WRITE_COMPLETED:
            machine.press(_PLAY_KEYS[board.mode])
            board.select_by_panel(number, bank)

    def _slide(self, board: Mainboard, chance: random.Random) -> None:
        """Change the edit buffer at the VALUE slider: cutoff of a program, level of a timbre."""
        value, channel = chance.randint(0, _HIGHEST), board.settings.channel
        if board.mode in PROGRAM_MODES:
            program = board.edit_program
            oscillator = program.oscillator_1.replace(cutoff=value)
            board.edit_program = program.replace(oscillator_1=oscillator)
            board.announce(ParameterChange(channel, _CUTOFF_PAGE, 0, value))
        elif board.mode in COMBINATION_MODES:
            combination = board.edit_combination
            timbre, *others = combination.timbres
            timbres = (timbre.replace(level=value), *others)
            board.edit_combination = combination.replace(timbres=timbres)
            board.announce(ParameterChange(channel, _LEVEL_PAGE, 0, value))
        elif board.mode is Mode.GLOBAL:
            # The page that is shown may hold no value; then nothing changes.
            tune = value - _HIGHEST // 2
            board.change_global(board.memory.global_data.replace(master_tune=tune))
            board.announce(ParameterChange(channel, 0, 0, tune % (1 << 14)))


def _slots(board: Mainboard) -> int:
    """Return how many slots the bank that is played has; 0 where none is played."""
    held = board.contents(board.bank)
    if board.mode in PROGRAM_MODES:
        return len(held.programs or ())
    return len(held.combinations or ()) if board.mode in COMBINATION_MODES else 0
