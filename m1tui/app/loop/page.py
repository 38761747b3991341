"""Test: whether a MIDI interface can be trusted, by a cable from its OUT to its IN."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.widgets import Static
from textual.worker import Worker

from m1tui.advice import Trouble
from m1tui.app.loop import views
from m1tui.app.loop.views import LoopView, Stage
from m1tui.app.run.results import labelled, labelled_text
from m1tui.app.run.watch import REDRAW_SECONDS
from m1tui.app.theme import FAINT, LAMP
from m1tui.app.widgets.bars import Meter, OutcomeBand
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.scrolling import ScrollingScreen
from m1tui.cable.loopback import LoopTest, loopback
from m1tui.engine.progress import Progress

if TYPE_CHECKING:
    from m1tui.app.app import M1App


TITLE = "Test the MIDI interface"


class LoopbackScreen(ScrollingScreen[None]):
    """Draws one LoopView after another; the keys are those that its stage allows."""

    HELP_SECTION = "THE INTERFACE TEST"

    BINDINGS = [
        Binding("r", "look", "again"),
        Binding("c", "cancel", "cancel"),
        Binding("down", "scroll(1)", "scroll", key_display="Down"),
        Binding("up", "scroll(-1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "back", "back", key_display="Esc"),
    ]

    AUTO_FOCUS = ""

    view: reactive[LoopView | None] = reactive(None, repaint=False)
    """The page as it stands; None before the first."""

    def __init__(self, tester: LoopTester) -> None:
        super().__init__()
        self._tester = tester

    def compose(self) -> ComposeResult:
        yield Static(TITLE, classes="title", markup=False)
        yield OutcomeBand()
        yield Meter()
        with VerticalScroll(id="body", can_focus=False):
            yield Hanging()
        yield Menu(id="interfaces")
        yield KeyBar()

    def on_mount(self) -> None:
        self._tester.look()

    @property
    def _stage(self) -> Stage | None:
        return self.view.stage if self.view is not None else None

    def watch_view(self, before: LoopView | None, view: LoopView | None) -> None:
        """Draw what changed alone: a new layout would send the whole screen down the line."""
        if view is None:
            return
        band = self.query_one(OutcomeBand)
        band.word, band.meaning = view.display
        self.query_one(Meter).percent = view.percent
        if before is None or before.sentences != view.sentences:
            self.query_one(Hanging).paragraphs = paragraphs_of(view)
        if before is None or before.stage is not view.stage or before.choices != view.choices:
            self._change_stage(view)

    def _change_stage(self, view: LoopView) -> None:
        for stage in Stage:
            self.set_class(stage is view.stage, stage.value)
        self.set_class(bool(view.choices), "choosing")
        menu = self.query_one(Menu)
        menu.items = tuple(Item(one.port, one.name, one.port) for one in view.choices)
        if view.choices:
            menu.focus()
        else:
            self.set_focus(None)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell which keys do something now."""
        match action:
            case "cancel":
                return self._stage is Stage.RUNNING
            case "look":
                empty = self.view is not None and not self.view.choices
                return self._stage is Stage.OVER or (self._stage is Stage.READY and empty)
            case "scroll" if self._stage is not Stage.OVER:
                return False
        return super().check_action(action, parameters)

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self._tester.start(event.key)

    def action_look(self) -> None:
        """Be ready for another test."""
        self._tester.look()

    def action_cancel(self) -> None:
        """End the test; nothing can be harmed by that."""
        self._tester.cancel()

    def action_back(self) -> None:
        """Go back; a test under way is ended first."""
        if self._stage is Stage.RUNNING:
            self._tester.cancel()
        else:
            self._tester.left()
            self.dismiss(None)


def paragraphs_of(view: LoopView) -> tuple[Paragraph, ...]:
    """Return what is to be done, what was found, and what now."""
    if view.stage is Stage.READY:
        return tuple(
            Paragraph(label.ljust(7 if label == "Known" else 3), style_of(label), (text,))
            for label, text in view.sentences
        )
    return tuple(labelled_text(label, text) for label, text in view.sentences)


def style_of(label: str) -> str:
    """Return how the label of a sentence looks: warnings in red."""
    return LAMP if label == "Known" else FAINT


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
