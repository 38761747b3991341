"""Shows the progress of an operation: brings the transfer screen, feeds it, takes it away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from m1tui.app.messages import ProgressMade
from m1tui.app.screens.transfer import TransferScreen
from m1tui.app.views import TransferLog
from m1tui.engine import Progress
from m1tui.engine.job import SENDING

if TYPE_CHECKING:
    from textual.screen import Screen

    from m1tui.app.app import M1App

T = TypeVar("T")

REDRAW_SECONDS = 0.4
"""Between two pictures of a transfer: a slow line over SSH has to carry them."""


class TransferWatch:
    """Hears the progress of one operation; nothing is shown before there is some."""

    def __init__(self, app: M1App, beneath: Screen[None], title: str) -> None:
        """Show the transfer called `title` above the screen `beneath`."""
        self.stop = asyncio.Event()
        """Set when a person, or the end of the terminal, wants the operation to end."""
        self.cancel = asyncio.Event()
        """Set when it may end at once: a dump that is being sent is finished first, since an M1
        may write while it receives."""
        self._app = app
        self._beneath = beneath
        self._log = TransferLog(title)
        self._screen: TransferScreen | None = None
        self._drawn = 0.0

    def progress(self, progress: Progress) -> None:
        """Note `progress`, and show it unless the last picture is too young."""
        before = self._log.view
        view = self._log.after(progress)
        if self._screen is None:
            self._screen = TransferScreen(view, self.stop)
            self._app.push_screen(self._screen)
        self._allow()
        now = asyncio.get_running_loop().time()
        due = now - self._drawn >= REDRAW_SECONDS
        if due or view.phase != before.phase or view.reply != before.reply:
            self._drawn = now
            self._screen.post_message(ProgressMade(view))

    def _allow(self) -> None:
        if self.stop.is_set() and self._log.view.phase != SENDING:
            self.cancel.set()

    async def run(self, work: Coroutine[Any, Any, T], *, droppable: bool) -> T | None:
        """Await `work`; return None when it was dropped because a person cancelled it.

        What is `droppable` only reads, so it can end anywhere; the rest watches `cancel` itself,
        once it is on the wire.
        """
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._allow()
                if droppable or self._screen is None:
                    task.cancel()
                await asyncio.wait({task})
            return None if task.cancelled() else await task
        finally:
            stopped.cancel()
            task.cancel()
            self.close()

    def close(self) -> None:
        """Take the transfer away, and any question that stands above it."""
        if self._screen is not None and self._screen in self._app.screen_stack:
            while self._app.screen is not self._beneath:
                self._app.pop_screen()
        self._screen = None
