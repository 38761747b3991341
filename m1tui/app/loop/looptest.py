"""Leads through the test of a MIDI interface: the page, the worker, and the link while it lasts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.worker import Worker

from m1tui.advice import Trouble
from m1tui.app.loop import views
from m1tui.app.loop.page import LoopbackScreen
from m1tui.app.run.results import labelled
from m1tui.app.run.watch import REDRAW_SECONDS
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.engine import Progress

if TYPE_CHECKING:
    from m1tui.app.app import M1App


class LoopTester:
    """One page of tests, from its opening to its leaving."""

    def __init__(self, app: M1App) -> None:
        self.screen = LoopbackScreen(self)
        self._app = app
        self._worker: Worker[None] | None = None
        self._name = ""
        self._phase = ""
        self._drawn = 0.0

    def look(self) -> None:
        """Look for interfaces, and be ready for a test."""
        self.screen.view = views.ready(self._app.bench.interfaces())

    def start(self, port: str) -> None:
        """Test the interface at `port`, unless a test is under way."""
        if self._running:
            return
        names = {info.port: info.name for info in self._app.bench.interfaces()}
        self._name = names.get(port, port)
        self.screen.view = views.running(self._name)
        # The group in which the instrument is looked for: that is given up for the test, and
        # the test is for whoever quits.
        self._worker = self._app.run_worker(
            self._test(port), group="link", exclusive=True, description="Test the interface"
        )

    @property
    def _running(self) -> bool:
        return self._worker is not None and not self._worker.is_finished

    def cancel(self) -> None:
        """End the test under way."""
        if self._worker is not None:
            self._worker.cancel()

    def left(self) -> None:
        """Let the instrument be looked for again, if its link was given up."""
        if self._app.bench.instrument is None and not self._running:
            self._app.instrument_watch.connect()

    async def _test(self, port: str) -> None:
        bench = self._app.bench
        try:
            async with bench.interface(port) as link:
                result = await loopback(link, progress=self._show)
            self._remember(port, result)
            self.screen.view = views.over(self._name, result)
        except Trouble as trouble:
            self.screen.view = views.failed(self._name, labelled(trouble.advice))
        except asyncio.CancelledError:
            if self.screen.is_attached:
                self.screen.view = views.stopped()
            raise

    def _remember(self, port: str, result: LoopTest) -> None:
        if result.pacing is not None:
            # The verdict counts; a pacing that is not kept is found anew by the next restore.
            with suppress(Trouble):
                self._app.bench.store.remember_pacing(port, result.pacing.label)

    def _show(self, progress: Progress) -> None:
        now = asyncio.get_running_loop().time()
        if progress.phase != self._phase or now - self._drawn >= REDRAW_SECONDS:
            self._phase, self._drawn = progress.phase, now
            self.screen.view = views.running(self._name, progress)
