"""Keeps a virtual M1 on disk while it runs: soon after it changed, at once when it matters."""

from __future__ import annotations

import asyncio
from pathlib import Path

from m1tui.advice import Trouble
from m1tui.virtual.machine import VirtualM1
from m1tui.virtual.state import Snapshot

SETTLING_SECONDS = 0.5
"""How long a change waits for the next one before both are written."""


class Keeper:
    """Writes `machine` to `path` when `changed` finds that it did.

    Nothing is written while nothing changes. A disk that refuses is kept as `problem` until a
    later write succeeds; `save` and `close` raise it as Trouble.
    """

    def __init__(self, machine: VirtualM1, path: Path) -> None:
        self.machine = machine
        self.path = path
        self.problem: Trouble | None = None
        self._kept: tuple[object, ...] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Look whether there is something to write, and write it once things have settled."""
        if self._timer is None and self.machine.persistent() != self._kept:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SETTLING_SECONDS, self._save_quietly)

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
        try:
            self.save()
        except Trouble:
            # Nobody waits for this write; `problem` keeps it, and the next save tries again.
            return

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
