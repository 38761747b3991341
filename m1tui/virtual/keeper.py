"""Keeps a virtual M1 on disk while it runs: soon after it changed, at once when it matters."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from m1tui.advice import Trouble
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.state import Snapshot

SETTLING_SECONDS = 0.5
"""How long a change waits for the next one before both are written."""
EAGER_SECONDS = 0.1
"""Between two writes at least, where changes are written at once."""


class Keeper:
    """Writes `machine` to `path` when `changed` finds that it did.

    Nothing is written while nothing changes. A disk that refuses is kept as `problem` until a
    later write succeeds; `save` and `close` raise it as Trouble. An `eager` one writes before the
    M1 has answered what changed it, and only what follows within EAGER_SECONDS a little later.
    """

    def __init__(self, machine: VirtualM1, path: Path, *, eager: bool = False) -> None:
        self.machine = machine
        self.path = path
        self._eager = eager
        self._saved_at = -math.inf
        self.problem: Trouble | None = None
        self._kept: tuple[object, ...] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Look whether there is something to write, and write it when it is time."""
        if self._timer is not None or self.machine.persistent() == self._kept:
            return
        loop = asyncio.get_running_loop()
        if not self._eager:
            self._timer = loop.call_later(SETTLING_SECONDS, self._save_quietly)
        elif loop.time() >= self._saved_at + EAGER_SECONDS:
            self._save_quietly()
        else:
            self._timer = loop.call_at(self._saved_at + EAGER_SECONDS, self._save_quietly)

    def save(self) -> None:
        """Write now if anything changed; Trouble when the disk refuses.

        Two small files, so the loop waits for them: a thread could be overtaken by the clock of
        a rehearsal that jumps.
        """
        self._stop_timer()
        now = self.machine.persistent()
        if now == self._kept:
            return
        try:
            Snapshot.of(self.machine).write(self.path)
        except Trouble as trouble:
            self.problem = trouble
            raise
        self._kept = now
        self.problem = None

    def close(self) -> None:
        """Write what is not yet written; Trouble when the disk refuses."""
        self.save()

    def _save_quietly(self) -> None:
        self._timer = None
        self._saved_at = asyncio.get_running_loop().time()
        try:
            self.save()
        except Trouble:
            # Nobody waits for this write; `problem` keeps it, and the next save tries again.
            return

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
