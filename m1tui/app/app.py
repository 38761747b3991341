"""The application: one link to one instrument, and the screens that stand before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.reactive import reactive

from m1tui.advice import Trouble
from m1tui.app.guarded import GuardedApp
from m1tui.app.look import WIDTHS, Look, dress, terminal_colours
from m1tui.app.lookout import LOOKING, POLL_SECONDS, Lookout
from m1tui.app.messages import KeysPressed, ProcedureChosen, RackToggled, RunChosen, SketchNeeded
from m1tui.app.screens.home import HomeScreen
from m1tui.app.snapshots import Errand, Live
from m1tui.resources import assets_folder

if TYPE_CHECKING:
    # At run time these wait until home is drawn: they take as long as Textual itself.
    from m1tui.app.conductor import Conductor
    from m1tui.app.workbench import Workbench
    from m1tui.procedures import Journal

REAL_PANEL = "The panel on screen is a virtual M1's: a real one has its own."
"""Why there is no panel to show."""


class M1App(GuardedApp):
    """Shows what the workbench finds out; does no I/O and knows no protocol."""

    TITLE = "m1tui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
    ]

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
        self.conductor: Conductor | None = None
        """What leads through the run under way, None at home."""
        self.home = HomeScreen()
        self.lookout = Lookout(self)
        self._quitting = False
        self._poll_seconds = poll_seconds

    async def on_mount(self) -> None:
        await self.push_screen(self.home)
        self.call_after_refresh(self.lookout.connect)
        if self._poll_seconds:
            self.set_interval(self._poll_seconds, self.lookout.poll)

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

    def on_procedure_chosen(self, event: ProcedureChosen) -> None:
        self.begin_run(event.procedure)

    def on_run_chosen(self, event: RunChosen) -> None:
        self._lead(lambda: self.bench.resume(event.journal))

    def begin_run(self, procedure_id: str) -> None:
        """Open a procedure at its first step."""
        self._lead(lambda: self.bench.begin(procedure_id))

    def _lead(self, open_journal: Callable[[], Journal]) -> None:
        if self.conductor is not None:
            return
        try:
            journal = open_journal()
        except Trouble as trouble:
            self.home.notice = str(trouble.advice)
            return
        from m1tui.app.conductor import Conductor

        self.conductor = Conductor(self, self.bench, journal)
        self.push_screen(self.conductor.screen)

    def finish_run(self) -> None:
        """Close the run under way and go home."""
        if self.conductor is not None:
            self.conductor.journal.close()
            while self.screen is not self.home:
                self.pop_screen()
            self.conductor = self.errand = None
            self.look_at_shelf()

    def action_panel(self) -> None:
        """Show the virtual M1's front panel, where there is one."""
        from m1tui.app.screens.panel import PanelScreen

        if not self.live.rehearsal:
            self.home.notice = REAL_PANEL
        elif not isinstance(self.screen, PanelScreen):
            self.push_screen(PanelScreen())

    async def on_keys_pressed(self, event: KeysPressed) -> None:
        if self.conductor is not None:
            await self.conductor.press_key(event.keys)
        else:
            await self.bench.press(event.keys)
            self.live = self.bench.sketch()

    def on_sketch_needed(self, event: SketchNeeded) -> None:
        self.live = self.bench.sketch()

    def on_rack_toggled(self, event: RackToggled) -> None:
        self.lookout.toggle_rack()

    def action_look_again(self) -> None:
        """Close the link and look for an M1 from the beginning."""
        self.lookout.connect()

    def action_help(self) -> None:
        """Show the page of help, once."""
        from m1tui.app.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    async def action_leave(self) -> None:
        """Leave the program; a transfer under way is asked about first."""
        from m1tui.app.screens.transfer import TransferScreen

        if self.conductor is None:
            self.quit()
        elif self.conductor.listening or not self.conductor.busy:
            self.conductor.leave()
        elif isinstance(self.screen, TransferScreen):
            self.screen.action_cancel()

    def quit(self) -> None:
        """End what is under way at the boundary of a message, save it, and leave the program."""
        if not self._quitting:
            self._quitting = True
            self.run_worker(self._quit(), group="quit", description="Save and leave")

    async def _quit(self) -> None:
        if self.conductor is not None:
            await self.conductor.stop()
        self.lookout.stop()
        await self.bench.close()
        self.exit(0)
