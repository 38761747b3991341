"""Keeps an eye on the instrument: looks for it, and asks it gently how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m1tui.advice import Trouble
from m1tui.app.own_way import in_the_app
from m1tui.app.snapshots import NO_LINK, NO_VIRTUAL, Live
from m1tui.app.workers import ended, running
from m1tui.options import is_virtual

if TYPE_CHECKING:
    from m1tui.app.app import M1App

POLL_SECONDS = 5.0
"""Between two mode requests while nothing else is on the wire."""

IN_USE = "virtual-m1-in-use"
"""The code of the advice that another program has the virtual M1."""

LOOKING = Live(display_label="m1tui", link="looking for an M1 ...")
STILL_LOOKING = (
    "The program is still looking for an M1. Wait until it says what it has found, then press "
    "Enter again."
)
"""What is shown before anything was asked."""

VIRTUAL_MODEL = (
    "The program already knows which model this virtual M1 is: --port virtual:rack is an M1R. "
    "With a real instrument, press m to set the model to M1R, and again to set it back to M1."
)
"""What the M1R's toggle says in a rehearsal."""


class InstrumentWatch:
    """The workers that tell the app's `live` and home's `notice`."""

    def __init__(self, app: M1App) -> None:
        self._app = app
        self._in_use = False
        """Whether another program had the virtual M1 when it was last looked for."""

    def connect(self) -> None:
        """Look for the instrument again."""
        self._app.live = LOOKING
        self._app.run_worker(
            self._connect(), group="link", exclusive=True, description="Look for the M1"
        )

    def poll(self) -> None:
        """Ask for the mode, unless somebody else speaks with the instrument.

        A virtual M1 that another program had is looked for again: that may have ended since.
        """
        if self._in_use and self._app.guide is None:
            if not running(self._app.workers, "link"):
                self._app.run_worker(self._connect(), group="link", description="Look for the M1")
        elif self._app.live != LOOKING and not self._app.bench.busy:
            self._app.run_worker(
                self._ask(), group="poll", exclusive=True, description="Ask for the mode"
            )

    def stop(self) -> None:
        """End what is asked; the wire is free then."""
        self._app.workers.cancel_group(self._app, "poll")
        self._app.workers.cancel_group(self._app, "link")

    async def rest(self) -> None:
        """End the look that is under way, and wait until it has ended."""
        app = self._app
        # Another may begin while the first one ends.
        while looks := running(app.workers, "poll"):
            app.workers.cancel_group(app, "poll")
            await ended(looks)

    async def _connect(self) -> None:
        app = self._app
        try:
            app.refresh_home()
            app.look_at_log()
            opened = await app.bench.open()
            self._in_use = False
            app.live, app.home.notice = opened.live, opened.notice
            app.live = await app.bench.diagnose()
            app.home.notice = app.bench.objection or opened.notice
        except Trouble as trouble:
            self._in_use = trouble.advice.code == IN_USE
            app.live = NO_VIRTUAL if is_virtual(app.bench.options.port) else NO_LINK
            app.home.notice = str(in_the_app(trouble.advice))
        app.refresh_home()

    async def _ask(self) -> None:
        app, before = self._app, self._app.bench.objection
        if app.guide is None:
            app.live = await app.bench.look()
        else:
            await app.guide.look()
        if app.bench.objection != before:
            app.home.notice = app.bench.objection

    def toggle_rack(self) -> None:
        """Take a real instrument for an M1R, or no longer."""
        app = self._app
        if app.live.rehearsal:
            app.home.notice = VIRTUAL_MODEL
            return
        try:
            app.live = app.bench.toggle_rack()
        except Trouble as trouble:
            app.home.notice = str(in_the_app(trouble.advice))
