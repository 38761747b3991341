"""Follows one operation: tells what it hears while it listens, and shows it while bytes move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import Screen

from m1tui.app.help import HelpScreen
from m1tui.app.messages import ProgressMade
from m1tui.app.run.results import TransferLog
from m1tui.app.run.transfer import TransferScreen
from m1tui.engine.checks import Writes
from m1tui.engine.keybed import KeybedReport
from m1tui.engine.progress import Phase, Progress

if TYPE_CHECKING:
    from m1tui.app.app import M1App

T = TypeVar("T")

REDRAW_SECONDS = 0.4
"""Between two pictures of a transfer: a slow line over SSH has to carry them."""


class TransferWatch:
    """Hears the progress of one operation; nothing is shown before there is some."""

    def __init__(
        self,
        app: M1App,
        beneath: Screen[None],
        title: str,
        heard: Callable[[], None],
        *,
        gives_way: bool = False,
        writes: Writes | None = None,
    ) -> None:
        """Show the transfer called `title` above the screen `beneath`.

        `heard` is called when `notes` or `keybed` are not what they were. A transfer that
        `gives_way` is taken away once the person is to act; a check that `writes` says so
        where it is stopped.
        """
        self._writes = writes
        self.stop = asyncio.Event()
        """Set when a person, or the end of the terminal, wants the operation to end."""
        self.cancel = asyncio.Event()
        """Set when it may end at once: a dump that is being sent is finished first, since an M1
        may write while it receives."""
        self.enough = asyncio.Event()
        """Set when the person has played all keys, as far as they work."""
        self.listening = False
        """Whether it waits for what the person does."""
        self.keybed: KeybedReport | None = None
        """What was heard of the keys so far."""
        self._notes: dict[str, str] = {}
        self._first: dict[str, str] = {}
        self._heard = heard
        self._due: asyncio.TimerHandle | None = None
        self._app = app
        self._beneath = beneath
        self._log = TransferLog(title)
        self._screen: TransferScreen | None = None
        self.shown = False
        """Whether bytes moved, and were shown to."""
        self._drawn = 0.0
        self._only_reads = False
        self._gives_way = gives_way

    @property
    def notes(self) -> tuple[str, ...]:
        """What was seen so far and what is missing, a line for each thing that is listened for."""
        return tuple(self._notes.values())

    @property
    def begun(self) -> bool:
        """Whether anything was heard of what is listened for."""
        if self.keybed is not None:
            return self.keybed.begun
        return self._notes != self._first

    def progress(self, progress: Progress) -> None:
        """Note `progress`, and show it unless the last picture is too young."""
        # Where the person acts the step stays before the eyes.
        if progress.phase.person_acts and self._gives_way:
            self._give_way()
        if progress.phase.person_acts and self._screen is None:
            self._hear(progress)
        else:
            self.listening = False
            self._show(progress)

    def _hear(self, progress: Progress) -> None:
        self.listening = True
        self.keybed = progress.keybed or self.keybed
        note = progress.note or progress.phase
        self._first.setdefault(progress.subject, note)
        self._notes[progress.subject] = note
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(REDRAW_SECONDS, self._tell)

    def _tell(self) -> None:
        self._due = None
        if self.listening:
            self._heard()

    def _show(self, progress: Progress) -> None:
        before = self._log.view
        view = self._log.after(progress)
        if self._screen is None:
            self._screen = TransferScreen(
                view, self.stop, only_reads=self._only_reads, writes=self._writes
            )
            self._app.push_screen(self._screen)
            self.shown = True
        self._allow()
        now = asyncio.get_running_loop().time()
        due = now - self._drawn >= REDRAW_SECONDS
        if due or view.phase != before.phase or view.reply != before.reply:
            self._drawn = now
            self._screen.post_message(ProgressMade(view))

    def _allow(self) -> None:
        if self.stop.is_set() and self._log.view.phase is not Phase.SENDING:
            self.cancel.set()

    async def run(self, work: Coroutine[Any, Any, T], *, droppable: bool) -> T | None:
        """Await `work`; return None when it was dropped because a person cancelled it.

        What is `droppable` only reads, so it can end anywhere; the rest watches `cancel` itself,
        once it is on the wire.
        """
        self._only_reads = droppable
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._allow()
                if droppable or self._screen is None:
                    task.cancel()
                await asyncio.wait({task})
            if task.cancelled():
                return None
            if self._screen is not None and isinstance(self._app.screen, HelpScreen):
                # Whoever is about to press Esc for it leaves the help, and not the run.
                viewed = asyncio.ensure_future(self._screen.in_view.wait())
                await asyncio.wait({viewed, stopped}, return_when=asyncio.FIRST_COMPLETED)
                viewed.cancel()
            return await task
        finally:
            self.listening = False
            if self._due is not None:
                self._due.cancel()
            stopped.cancel()
            task.cancel()
            self.close()

    def _give_way(self) -> None:
        """Take the transfer away, and stay at the panel where the person was when it began."""
        if self._screen is not None:
            while self._screen in self._app.screen_stack:
                self._app.pop_screen()
        self._screen = None

    def close(self) -> None:
        """Take the transfer away, and any question that stands above it."""
        if self._screen is not None and self._screen in self._app.screen_stack:
            while self._app.screen is not self._beneath:
                self._app.pop_screen()
        self._screen = None
