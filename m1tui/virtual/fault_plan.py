"""The faults of one virtual M1 and its wire, from one seed, with all that they did."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from m1tui.sysex import Allocation, Mode, ParameterChange, StatusCode
from m1tui.virtual.exclusive import COMBINATION_MODES, PROGRAM_MODES
from m1tui.virtual.fault_line import Line
from m1tui.virtual.fault_log import FaultLog, Mishap, dice
from m1tui.virtual.fault_manners import Manners
from m1tui.virtual.faults import BY_ANSWER, Fault, Kind, Side
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.panel import MODE_KEYS, PLAY_MODES
from m1tui.virtual.settings import CHANNELS
from m1tui.virtual.works import Works

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
        self.manners = Manners(own, seed, self.log) if own else None
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
        works = machine.works
        if kind in POWER:
            if kind is Kind.MEMORY_LOSS:
                machine.remove_cell()
            machine.power_off()
        elif not machine.powered:
            return
        elif kind is Kind.PROTECT_ON:
            works.settings = works.settings.changed(**dict.fromkeys(_PROTECTS, True))
        elif kind is Kind.CHANNEL_CHANGE:
            others = [one for one in range(CHANNELS) if one != works.settings.channel]
            works.settings = works.settings.changed(channel=self._dice[kind].choice(others))
        elif kind is Kind.SLIDER:
            self._slide(works, self._dice[kind])
        elif kind is Kind.OTHER_PROGRAM:
            self._pick(works)
        elif kind is Kind.OTHER_MODE:
            keys = [key for key, mode in MODE_KEYS.items() if mode is not works.mode]
            machine.press_key(self._dice[kind].choice(keys))
        elif kind is Kind.ALLOCATION_CHANGE:
            machine.press(_ALLOCATE[works.memory.allocation])
        elif kind is Kind.STORE:
            self._store(machine)

    def _pick(self, works: Works) -> None:
        """Pick another number of the bank that is played, in a mode in which numbers are picked."""
        count = _slots(works)
        if works.mode in PLAY_MODES and count > 1:
            step = self._dice[Kind.OTHER_PROGRAM].randrange(1, count)
            works.select_by_panel((works.number + step) % count)

    def _store(self, machine: VirtualM1) -> None:
        """Edit what is played and store it in another slot, as far as protects allow it.

        That the M1 then plays that slot, and tells it as it tells what is picked, is assumed.
        """
        works, chance = machine.works, self._dice[Kind.STORE]
        keys = _EDIT_KEYS.get(works.mode)
        count = _slots(works)
        if keys is None or not count:
            return
        machine.press(keys)
        self._slide(works, chance)
        number, bank = chance.randrange(count), works.bank
        edited = works.edit_program if works.mode in PROGRAM_MODES else works.edit_combination
        if works.store(edited, bank, number) is StatusCode.WRITE_COMPLETED:
            machine.press(_PLAY_KEYS[works.mode])
            works.select_by_panel(number, bank)

    def _slide(self, works: Works, chance: random.Random) -> None:
        """Change the edit buffer at the VALUE slider: cutoff of a program, level of a timbre."""
        value, channel = chance.randint(0, _HIGHEST), works.settings.channel
        if works.mode in PROGRAM_MODES:
            program = works.edit_program
            oscillator = program.oscillator_1.replace(cutoff=value)
            works.edit_program = program.replace(oscillator_1=oscillator)
            works.announce(ParameterChange(channel, _CUTOFF_PAGE, 0, value))
        elif works.mode in COMBINATION_MODES:
            combination = works.edit_combination
            timbre, *others = combination.timbres
            timbres = (timbre.replace(level=value), *others)
            works.edit_combination = combination.replace(timbres=timbres)
            works.announce(ParameterChange(channel, _LEVEL_PAGE, 0, value))
        elif works.mode is Mode.GLOBAL:
            # The page that is shown may hold no value; then nothing changes.
            tune = value - _HIGHEST // 2
            works.change_global(works.memory.global_data.replace(master_tune=tune))
            works.announce(ParameterChange(channel, 0, 0, tune % (1 << 14)))


def _slots(works: Works) -> int:
    """Return how many slots the bank that is played has; 0 where none is played."""
    held = works.contents(works.bank)
    if works.mode in PROGRAM_MODES:
        return len(held.programs or ())
    return len(held.combinations or ()) if works.mode in COMBINATION_MODES else 0
