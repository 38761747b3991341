"""The shadow of a connected M1: the same keys pressed beside it, to sketch what it should show."""

from __future__ import annotations

from m1tui.sysex import Allocation, Contents, ModeData
from m1tui.virtual.keys import Key, parse_keys
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.memory import Memory
from m1tui.virtual.settings import Model, Settings


class Shadow:
    """A virtual M1 of which only the panel is used.

    It begins with what is known of the real one: `contents` if all of it was read, else an
    initialised memory with the allocation of `mode`; channel and mode of `mode`. Filters and
    protects cannot be asked: they begin as after an initialisation, and their display is a guess
    until the keys have set them.
    """

    def __init__(
        self,
        contents: Contents | None = None,
        mode: ModeData | None = None,
        *,
        rack: bool = False,
    ) -> None:
        memory = Memory.initialised()
        if contents is not None and contents.is_complete:
            memory = Memory.of(contents)
        elif mode is not None and mode.allocation is not None:
            memory = memory.reallocated(Allocation(mode.allocation))
        settings = Settings(channel=mode.channel if mode is not None else 0)
        self._machine = VirtualM1(memory, settings, model=Model.M1R if rack else Model.M1)
        self._machine.press_key(Key.PROG)
        if mode is not None and mode.mode is not None:
            self._machine.works.set_mode(mode.mode)

    def press(self, keys: str) -> None:
        """Press keys, separated by spaces; raises ValueError for a word that is no key."""
        self._machine.press(keys)

    def after(self, keys: str) -> tuple[tuple[str, str], ...]:
        """Press keys and return the display after each; raises ValueError likewise."""
        displays = []
        for key in parse_keys(keys):
            self._machine.press_key(key)
            displays.append(self._machine.display)
        return tuple(displays)

    def display(self) -> tuple[str, str]:
        """Return the two lines of 40 characters, a sketch."""
        return self._machine.display

    def cursor(self) -> tuple[int, int] | None:
        """Return line (0 or 1) and column (0–39) of the cursor, None while there is none."""
        return self._machine.cursor

    def lamps(self) -> tuple[str, ...]:
        """Return the keys whose lamps are lit."""
        return self._machine.lamps

    def model(self) -> str:
        """Return "M1" or "M1R", which has another layout."""
        return self._machine.model.value
