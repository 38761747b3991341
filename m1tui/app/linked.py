"""An app that looks for the instrument, keeps an eye on it, and tells home what there is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual.driver import Driver
from textual.reactive import reactive

from m1tui.advice import Trouble
from m1tui.app.guarded import GuardedApp
from m1tui.app.look import WIDTHS, Look, dress, terminal_colours
from m1tui.app.lookout import LOOKING, POLL_SECONDS, Lookout
from m1tui.app.messages import RackToggled, SketchNeeded
from m1tui.app.screens.home import HomeScreen
from m1tui.app.snapshots import Errand, Live
from m1tui.resources import assets_folder

if TYPE_CHECKING:
    # At run time these wait until home is drawn: the bench takes as long as Textual itself.
    from m1tui.app.library.keeper import InspectionAsked
    from m1tui.app.workbench import Workbench


class LinkedApp(GuardedApp):
    """Home, and the one instrument that all screens show."""

    TITLE = "m1tui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = WIDTHS
    live: reactive[Live] = reactive(LOOKING, repaint=False)
    """The instrument as it was heard last."""
    errand: reactive[Errand | None] = reactive(None, repaint=False)
    """What is to be done at the virtual M1's panel, None at home."""

    def __init__(
        self,
        make_bench: Callable[[], Workbench],
        *,
        look: Look = Look.FULL,
        console: bool = False,
        poll_seconds: float = POLL_SECONDS,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Show the work on the bench that `make_bench` makes once home is drawn.

        `console` keeps to the glyphs of the Linux console's font.
        Every `poll_seconds` the instrument is asked for its mode while the wire is free; 0: never.
        """
        super().__init__(
            driver_class=driver_class,
            css_path=assets_folder() / "m1tui.tcss",
            ansi_color=terminal_colours(look),
        )
        dress(self, look, console=console)
        self._make_bench = make_bench
        self.home = HomeScreen()
        self.lookout = Lookout(self)
        self._poll_seconds = poll_seconds

    def get_default_screen(self) -> HomeScreen:
        """Return the first screen of all, which lies under every other."""
        return self.home

    def on_mount(self) -> None:
        self.call_after_refresh(self._settle_in)
        if self._poll_seconds:
            self.set_interval(self._poll_seconds, self.lookout.poll)

    def _settle_in(self) -> None:
        """Look for the instrument; then, with home on the screen, read the other pages' look."""
        self.lookout.connect()
        self.call_after_refresh(self._dress_pages)

    def _dress_pages(self) -> None:
        """Read the other pages' look, which ends the start, and collect garbage from now on."""
        self.stylesheet.read(assets_folder() / "pages.tcss")
        self.stylesheet.reparse()
        if not gc.isenabled():  # as the program's entry left it
            # What was made until now stays: it need not be looked through ever again.
            gc.freeze()
            gc.enable()

    @cached_property
    def bench(self) -> Workbench:
        """The link, the library and the procedures."""
        return self._make_bench()

    @property
    def is_idle(self) -> bool:
        """Whether no worker has anything to do."""
        return all(worker.is_finished for worker in self.workers)

    def look_at_shelf(self) -> None:
        """Read anew which procedures, unfinished runs and backups there are."""
        try:
            self.home.shelf = self.bench.shelf()
        except Trouble as trouble:
            self.home.notice = str(trouble.advice)

    def look_at_log(self) -> None:
        """Record in the log what was run since, and tell home what is due; beside the screens."""
        self.run_worker(
            self._look_at_log(), group="log", exclusive=True, description="Read the service log"
        )

    async def _look_at_log(self) -> None:
        self.home.reminders = await asyncio.to_thread(self.bench.logbook.reminders)

    def on_sketch_needed(self, event: SketchNeeded) -> None:
        self.live = self.bench.sketch()

    def on_rack_toggled(self, event: RackToggled) -> None:
        self.lookout.toggle_rack()

    def action_look_again(self) -> None:
        """Close the link and look for an M1 from the beginning."""
        self.lookout.connect()

    def action_library(self) -> None:
        """Show the backups."""
        from m1tui.app.library.librarian import Librarian

        if self.screen is self.home:
            self.push_screen(Librarian(self, self.bench).screen)

    def on_inspection_asked(self, event: InspectionAsked) -> None:
        from m1tui.app.library.librarian import inspect_file

        self.run_worker(
            inspect_file(self, self.bench, event.path),
            group="inspect",
            exclusive=True,
            description="Open a file",
        )

    def action_log(self) -> None:
        """Show the service log."""
        from m1tui.app.screens.log.log import LogScreen

        if self.screen is self.home:
            self.push_screen(LogScreen(self.bench.logbook), lambda _: self.look_at_log())

    def action_serial(self) -> None:
        """Show what is known of serial numbers."""
        from m1tui.app.screens.serial import SerialScreen

        if not isinstance(self.screen, SerialScreen):
            self.push_screen(SerialScreen())

    def action_help(self) -> None:
        """Show the page of help, once."""
        from m1tui.app.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "HELP_SECTION", "")))
