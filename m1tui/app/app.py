"""The application: one link to one instrument, and the screens that stand before it.

Its own faults go into the log file: a person never sees a traceback.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer

from m1tui.advice import Trouble
from m1tui.app.drawing import DRAW_SECONDS, Changes, ShownCells, segments_of
from m1tui.app.home import HomeScreen
from m1tui.app.instrument_watch import LOOKING, POLL_SECONDS, STILL_LOOKING, InstrumentWatch
from m1tui.app.messages import (
    ControlMoved,
    HandsNeeded,
    KeysPressed,
    ProcedureChosen,
    RackToggled,
    RunChosen,
    SketchNeeded,
)
from m1tui.app.own_way import in_the_app
from m1tui.app.snapshots import Live, PanelTask
from m1tui.app.text import harmless
from m1tui.app.theme import HEIGHTS, THEMES, WIDTHS, Look, Scheme, dress, terminal_colours
from m1tui.app.workers import running
from m1tui.resources import assets_folder

if TYPE_CHECKING:
    # At run time these wait until home is drawn: they take as long as Textual itself.
    from m1tui.app.messages import InspectionAsked, RestoreAsked, SongsExportAsked, SoundsAsked
    from m1tui.app.run.guide import RunGuide
    from m1tui.app.sound.actions import SoundActions
    from m1tui.app.workbench import Workbench
    from m1tui.procedures.journal import Journal

LOG = logging.getLogger("m1tui")

REAL_PANEL = "The panel on the screen belongs to the virtual M1. For a real M1, use its own panel."
"""Why there is no panel to show."""

NO_COLOURS = "Colours are off in this terminal: NO_COLOR is set."
"""Why there are no other colours to choose."""

HANDS = "hands"
"""The group of workers that move the virtual M1's controls."""

NOTES_ENDED = "All Notes Off was sent on all channels."
WIRE_IN_USE = (
    "The cable is in use, so nothing was sent: a note in the middle of a message would corrupt it. "
    "m1tui plays no notes during a transfer."
)
"""Why F9 sends nothing."""

RESTORE = "dump-from-computer"
"""The procedure that sends a dump into an M1."""


BELL_ON = "The terminal's bell and title signal the end of a transfer. Press e to turn this off."
BELL_OFF = (
    "The terminal's bell and title do not signal the end of a transfer. Press e to turn this on."
)
TITLE_KEPT, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""Let the terminal keep its title, and take it again."""


class M1App(App[int]):
    """Shows what the workbench finds out; does no I/O and knows no protocol."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+l", "draw_again", show=False, priority=True),
        Binding("f9", "end_notes", show=False, priority=True),
        Binding("f2", "read_alarms", "acknowledge", key_display="F2", priority=True),
    ]
    TITLE = "m1tui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    live: reactive[Live] = reactive(LOOKING, repaint=False)
    """The instrument as it was heard last."""
    panel_task: reactive[PanelTask | None] = reactive(None, repaint=False)
    """What is to be done at the virtual M1's panel, None at home."""

    def __init__(
        self,
        make_bench: Callable[[], Workbench],
        *,
        look: Look = Look.FULL,
        scheme: Scheme = Scheme.INSTRUMENT,
        console: bool = False,
        erases: bool = False,
        poll_seconds: float = POLL_SECONDS,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Show the work on the bench that `make_bench` makes once home is drawn.

        `console` keeps to the glyphs of the Linux console's font. `erases` says that the terminal
        gives what it erases the colour behind the characters.
        Every `poll_seconds` the instrument is asked for its mode while the wire is free; 0: never.
        """
        super().__init__(
            driver_class=driver_class,
            css_path=assets_folder() / "m1tui.tcss",
            ansi_color=terminal_colours(look),
        )
        dress(self, look, scheme, console=console)
        self._look, self._scheme = look, scheme
        self._make_bench = make_bench
        self.home = HomeScreen()
        self.instrument_watch = InstrumentWatch(self)
        self._poll_seconds = poll_seconds
        self.guide: RunGuide | None = None
        """What leads through the run under way, None at home."""
        self.sounds: SoundActions | None = None
        """The session in which sounds are heard, None outside of it."""
        self._quitting = False
        self._console = console
        self._entitled = False
        """Whether the terminal's title is the app's."""
        self._shown_cells = ShownCells(erases=erases)
        self._drawing: Timer | None = None
        """What will draw the changes, None while there are none."""

    def get_default_screen(self) -> HomeScreen:
        """Return the first screen of all, which lies under every other."""
        return self.home

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.action_draw_again())
        self.call_after_refresh(self._settle_in)
        if self._poll_seconds:
            self.set_interval(self._poll_seconds, self.instrument_watch.poll)

    def _settle_in(self) -> None:
        """Look for the instrument; then, with home on the screen, read the other pages' look."""
        self.instrument_watch.connect()
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

    def refresh_home(self) -> None:
        """Read anew which procedures, unfinished runs and backups there are."""
        try:
            self.home.lists = self.bench.home_lists()
        except Trouble as trouble:
            self.home.notice = str(in_the_app(trouble.advice))

    def look_at_log(self) -> None:
        """Record in the log what was run since, and tell home what is due; beside the screens."""
        self.run_worker(
            self._look_at_log(), group="log", exclusive=True, description="Read the service log"
        )

    async def _look_at_log(self) -> None:
        self.home.reminders = await asyncio.to_thread(self.bench.reminders)

    def on_sketch_needed(self, event: SketchNeeded) -> None:
        self.live = self.bench.sketch()

    def on_rack_toggled(self, event: RackToggled) -> None:
        self.instrument_watch.toggle_rack()

    def action_colours(self) -> None:
        """Change to the next colours, and keep them for the next start."""
        self._scheme = self._scheme.following
        self.theme = THEMES[self._look][self._scheme].name
        if self._look is Look.NONE:
            self.home.notice = NO_COLOURS
            return
        self.home.notice = f"Colours: {self._scheme.value}. Press c again for the next set."
        try:
            self.bench.preferences.keep(scheme=self._scheme.value)
        except Trouble as trouble:
            self.home.notice = str(in_the_app(trouble.advice))

    def action_signal(self) -> None:
        """Let bell and title say that a transfer has ended, or no longer; keep that."""
        preferences = self.bench.preferences
        try:
            preferences.keep(bell=not preferences.bell)
        except Trouble as trouble:
            self.home.notice = str(in_the_app(trouble.advice))
            return
        self.home.notice = BELL_ON if preferences.bell else BELL_OFF

    def say_ended(self, title: str, outcome: str) -> None:
        """Ring the bell, and let the terminal's title say how a transfer ended."""
        if self.bench.preferences.bell:
            self.bell()
            self._entitle(f"{outcome} - {title} - m1tui")

    def say_nothing(self) -> None:
        """Give the terminal the title back that it had."""
        if self._entitled:
            self._write(TITLE_BACK)
            self._entitled = False

    def _entitle(self, title: str) -> None:
        # The console of Linux has no titles.
        if not self._console:
            self._write("" if self._entitled else TITLE_KEPT)
            self._write(f"\x1b]2;{harmless(title)}\x07")
            self._entitled = True

    def _write(self, sequence: str) -> None:
        if sequence and self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def action_look_again(self) -> None:
        """Close the link and look for an M1 from the beginning."""
        self.instrument_watch.connect()

    def action_library(self) -> None:
        """Show the backups."""
        from m1tui.app.library.actions import LibraryActions

        if self.screen is self.home:
            self.push_screen(LibraryActions(self, self.bench).screen)

    def on_inspection_asked(self, event: InspectionAsked) -> None:
        from m1tui.app.library.actions import inspect_file

        self.run_worker(
            inspect_file(self, self.bench, event.path),
            group="inspect",
            exclusive=True,
            description="Open a file",
        )

    def on_songs_export_asked(self, event: SongsExportAsked) -> None:
        from m1tui.app.library.actions import export_songs

        self.run_worker(
            export_songs(self, self.bench, event.contents),
            group="songs",
            exclusive=True,
            description="Write songs as MIDI files",
        )

    def on_sounds_asked(self, event: SoundsAsked) -> None:
        from m1tui.app.sound.actions import SoundActions

        if self.guide is None and self.sounds is None:
            self.sounds = SoundActions(self, self.bench, event)
            self.push_screen(self.sounds.screen)

    def close_sounds(self) -> None:
        """Go back to where sounds were asked for; the M1 is as it was."""
        if self.sounds is not None:
            if self.screen is self.sounds.screen:
                self.pop_screen()
            self.sounds = None
            self.look_at_log()

    def action_end_notes(self) -> None:
        """End every note on the instrument, wherever the person is."""
        if self.sounds is not None and self.sounds.panic():
            return
        stopped = self.guide is not None and self.guide.end_notes()
        if self.bench.busy and not stopped:
            self._say_of_notes(WIRE_IN_USE)
        else:
            # A step that played has let go of the wire before this has its turn.
            self.run_worker(self._end_notes(), group="panic", description="Stop all notes")

    async def _end_notes(self) -> None:
        try:
            await self.bench.end_notes()
        except Trouble as trouble:
            self._say_of_notes(str(in_the_app(trouble.advice)))
            return
        self.refresh_home()
        self._say_of_notes(NOTES_ENDED)

    def _say_of_notes(self, text: str) -> None:
        self.notify(harmless(text), title="Notes", markup=False)

    def action_log(self) -> None:
        """Show the service log."""
        from m1tui.app.log.log import LogScreen

        if self.screen is self.home:
            self.push_screen(LogScreen(self.bench.logbook), lambda _: self.look_at_log())

    def action_serial(self) -> None:
        """Show what is known of serial numbers."""
        from m1tui.app.serial import SerialScreen

        if not isinstance(self.screen, SerialScreen):
            self.push_screen(SerialScreen())

    def action_help(self) -> None:
        """Show the page of help, once."""
        from m1tui.app.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            section = getattr(self.screen, "HELP_SECTION", "")
            self.push_screen(HelpScreen(section, getattr(self.screen, "help_without", ())))

    # Runs

    def on_procedure_chosen(self, event: ProcedureChosen) -> None:
        self.begin_run(event.procedure)

    def on_run_chosen(self, event: RunChosen) -> None:
        self._lead(lambda: self.bench.runs.resume(event.journal))

    def begin_run(self, procedure_id: str) -> None:
        """Open a procedure at its first step."""
        self._lead(lambda: self.bench.runs.begin(procedure_id))

    def on_restore_asked(self, event: RestoreAsked) -> None:
        if self.guide is None:
            self._go_home()
            self._lead(lambda: self.bench.runs.begin(RESTORE), chosen=event.path)

    def _lead(self, open_journal: Callable[[], Journal], *, chosen: Path | None = None) -> None:
        if self.guide is not None:
            return
        if self.live == LOOKING and self.bench.instrument is None:
            # Nobody knows yet whether the run is one on a real M1 or a rehearsal.
            self.home.notice = STILL_LOOKING
            return
        try:
            journal = open_journal()
        except Trouble as trouble:
            self.home.notice = str(in_the_app(trouble.advice))
            return
        from m1tui.app.run.guide import RunGuide

        self.home.notice = ""
        self.guide = RunGuide(self, self.bench, journal, chosen=chosen)
        self.push_screen(self.guide.screen)

    async def finish_run(self) -> None:
        """Close the run under way and go home."""
        if self.guide is not None:
            await self.guide.close()
            name = self.guide.journal.path.name
            self._go_home()
            self.guide = self.panel_task = None
            # An alarm is read and journaled in its run: it would stand here for good.
            self.clear_notifications()
            self.refresh_home()
            # Enter would begin a second run where the cursor stood before.
            self.home.stand_at_run(name)
            self.look_at_log()

    def _go_home(self) -> None:
        while self.screen is not self.home:
            self.pop_screen()

    def action_panel(self) -> None:
        """Show the virtual M1's front panel, where there is one."""
        from m1tui.app.run.panel import PanelScreen

        if not self.live.rehearsal:
            self.home.notice = REAL_PANEL
        elif not isinstance(self.screen, PanelScreen):
            self.push_screen(PanelScreen(self.home.another_m1 if self.guide is None else ""))

    def action_read_alarms(self) -> None:
        """Note that the person has read the alarms, and take them off the screen."""
        if self.guide is not None:
            self.guide.read_alarms()

    async def on_event(self, event: events.Event) -> None:
        """Pass on all but an Enter that comes too soon to have been meant."""
        entered = isinstance(event, events.Key) and event.key == "enter" and not event.is_forwarded
        if entered and self.guide is not None and self.guide.screen.refuses_enter():
            return
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to say that an alarm was read while one stands."""
        if action == "read_alarms":
            return self.guide is not None and bool(self.guide.run.standing)
        return super().check_action(action, parameters)

    def action_loopback(self) -> None:
        """Show the test of a MIDI interface."""
        from m1tui.app.loop.page import LoopTester

        if self.guide is None and self.screen is self.home:
            self.push_screen(LoopTester(self).screen)

    def action_survey(self) -> None:
        """Show the survey of the M1 that is connected."""
        from m1tui.app.survey import Surveys

        if self.guide is None and self.screen is self.home:
            self.push_screen(Surveys(self).screen)

    def on_control_moved(self, event: ControlMoved) -> None:
        rehearsal = self.bench.rehearsal
        if self.guide is not None:
            self.guide.move(event.action)
        elif rehearsal is not None and not running(self.workers, HANDS):
            self.run_worker(
                rehearsal.perform(event.action), group=HANDS, description="Move a control"
            )

    def on_hands_needed(self, _: HandsNeeded) -> None:
        if self.guide is not None:
            self.guide.press()

    async def on_keys_pressed(self, event: KeysPressed) -> None:
        if self.guide is not None:
            await self.guide.press_key(event.keys)
        else:
            await self.bench.press(event.keys)
            self.live = self.bench.sketch()

    async def action_leave(self) -> None:
        """Leave the program; a transfer under way is asked about first."""
        from m1tui.app.run.transfer import TransferScreen

        if self.guide is None:
            # A session with sounds is ended by quitting: the M1 is put back first.
            self.quit()
        elif self.guide.listening or not self.guide.busy:
            self.guide.leave()
        elif isinstance(self.screen, TransferScreen):
            self.screen.action_cancel()

    def quit(self) -> None:
        """End what is under way at the boundary of a message, save it, and leave the program."""
        if not self._quitting:
            self._quitting = True
            self.run_worker(self._quit(), group="quit", description="Save and leave")

    async def _quit(self) -> None:
        if self.guide is not None:
            await self.guide.stop()
        if self.sounds is not None:
            await self.sounds.stop()
        self.instrument_watch.stop()
        self.say_nothing()
        await self.bench.close()
        self.exit(0)

    # Drawing

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        update: object = renderable
        if self.is_headless or not isinstance(update, CompositorUpdate):
            super()._display(screen, renderable)
            return
        colours = self.console._color_system or ColorSystem.TRUECOLOR
        self._shown_cells.want(segments_of(update, self.console), colours)
        if not self._shown_cells.drawn:
            self._draw()
        elif self._drawing is None:
            self._drawing = self.set_timer(DRAW_SECONDS, self._draw)

    def _draw(self) -> None:
        """Send what has changed since the last time."""
        self._drawing = None
        super()._display(self.screen, Changes(self._shown_cells))
        if self._shown_cells.pending and not self._exit:
            # Textual draws nothing while it changes many widgets at once.
            self._drawing = self.set_timer(DRAW_SECONDS, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        if self._shown_cells.drawn:
            self.action_draw_again()
            # The layout for the new size comes after that, and draws only what is elsewhere then:
            # a terminal that became lower has moved all that it showed.
            self.screen.call_after_refresh(self.action_draw_again)

    def action_draw_again(self) -> None:
        """Draw the whole screen: what the terminal shows is not what was drawn."""
        self._shown_cells.forget()
        self.screen.refresh()

    # Faults of its own

    def _handle_exception(self, error: Exception) -> None:
        if self._exit:
            # A screen that is taken down while it is being built harms nobody any more.
            LOG.warning("exception while leaving", exc_info=error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # The only place where Textual would render the traceback for the person's screen.
        LOG.error("unhandled exception", exc_info=self._exception)
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Close the app; what Textual would have printed goes into the log."""
        for renderable in renderables:
            LOG.error("%s", "".join(part.text for part in self.console.render(renderable)))
        self._return_code = self._return_code or 1
        self._close_messages_no_wait()
