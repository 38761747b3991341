"""The application: one link to one instrument, and the screens that stand before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver

from m1tui.advice import Trouble
from m1tui.app.linked import LinkedApp
from m1tui.app.look import Look
from m1tui.app.lookout import POLL_SECONDS
from m1tui.app.messages import KeysPressed, ProcedureChosen, RunChosen

if TYPE_CHECKING:
    # At run time these wait until home is drawn: they take as long as Textual itself.
    from m1tui.app.library.keeper import RestoreAsked
    from m1tui.app.run.conductor import Conductor
    from m1tui.app.workbench import Workbench
    from m1tui.procedures import Journal

REAL_PANEL = "The panel on screen is a virtual M1's: a real one has its own."
"""Why there is no panel to show."""

RESTORE = "dump-from-computer"
"""The procedure that sends a dump into an M1."""


class M1App(LinkedApp):
    """Shows what the workbench finds out; does no I/O and knows no protocol."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        make_bench: Callable[[], Workbench],
        *,
        look: Look = Look.FULL,
        console: bool = False,
        poll_seconds: float = POLL_SECONDS,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Take what `LinkedApp` takes."""
        super().__init__(
            make_bench,
            look=look,
            console=console,
            poll_seconds=poll_seconds,
            driver_class=driver_class,
        )
        self.conductor: Conductor | None = None
        """What leads through the run under way, None at home."""
        self._quitting = False

    def on_procedure_chosen(self, event: ProcedureChosen) -> None:
        self.begin_run(event.procedure)

    def on_run_chosen(self, event: RunChosen) -> None:
        self._lead(lambda: self.bench.resume(event.journal))

    def begin_run(self, procedure_id: str) -> None:
        """Open a procedure at its first step."""
        self._lead(lambda: self.bench.begin(procedure_id))

    def on_restore_asked(self, event: RestoreAsked) -> None:
        if self.conductor is None:
            self._go_home()
            self._lead(lambda: self.bench.begin(RESTORE), chosen=event.path)

    def _lead(self, open_journal: Callable[[], Journal], *, chosen: Path | None = None) -> None:
        if self.conductor is not None:
            return
        try:
            journal = open_journal()
        except Trouble as trouble:
            self.home.notice = str(trouble.advice)
            return
        from m1tui.app.run.conductor import Conductor

        self.home.notice = ""
        self.conductor = Conductor(self, self.bench, journal, chosen=chosen)
        self.push_screen(self.conductor.screen)

    def finish_run(self) -> None:
        """Close the run under way and go home."""
        if self.conductor is not None:
            self.conductor.journal.close()
            name = self.conductor.journal.path.name
            self._go_home()
            self.conductor = self.errand = None
            self.look_at_shelf()
            # Enter would begin a second run where the cursor stood before.
            self.home.stand_at_run(name)
            self.look_at_log()

    def _go_home(self) -> None:
        while self.screen is not self.home:
            self.pop_screen()

    def action_panel(self) -> None:
        """Show the virtual M1's front panel, where there is one."""
        from m1tui.app.screens.run.panel import PanelScreen

        if not self.live.rehearsal:
            self.home.notice = REAL_PANEL
        elif not isinstance(self.screen, PanelScreen):
            self.push_screen(PanelScreen())

    def action_loopback(self) -> None:
        """Show the test of a MIDI interface."""
        from m1tui.app.loop.looptest import LoopTester

        if self.conductor is None and self.screen is self.home:
            self.push_screen(LoopTester(self).screen)

    async def on_keys_pressed(self, event: KeysPressed) -> None:
        if self.conductor is not None:
            await self.conductor.press_key(event.keys)
        else:
            await self.bench.press(event.keys)
            self.live = self.bench.sketch()

    async def action_leave(self) -> None:
        """Leave the program; a transfer under way is asked about first."""
        from m1tui.app.screens.run.transfer import TransferScreen

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
