"""Test: whether a MIDI interface can be trusted, by a cable from its OUT to its IN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.look import FAINT, LAMP
from m1tui.app.run.results import labelled_text
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.meter import Meter

if TYPE_CHECKING:
    # At run time it waits for the engine, which the page does not need.
    from m1tui.app.loop.looptest import LoopTester
    from m1tui.app.loop.views import LoopView

TITLE = "Test the MIDI interface"


class LoopbackScreen(Screen[None]):
    """Draws one LoopView after another; the keys are those that its stage allows."""

    BINDINGS = [
        Binding("r", "look", "again"),
        Binding("c", "cancel", "cancel"),
        Binding("down", "scroll(1)", "scroll", key_display="Down"),
        Binding("up", "scroll(-1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
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
        yield Display(label="m1tui, not the M1's display")
        yield Meter()
        with VerticalScroll(id="body", can_focus=False):
            yield Hanging()
        yield Menu(id="interfaces")
        yield KeyBar()

    def on_mount(self) -> None:
        self._tester.look()

    @property
    def _stage(self) -> str:
        return self.view.stage.value if self.view is not None else ""

    def watch_view(self, before: LoopView | None, view: LoopView | None) -> None:
        """Draw what changed alone: a new layout would send the whole screen down the line."""
        if view is None:
            return
        self.query_one(Display).lines = view.display
        self.query_one(Meter).percent = view.percent
        if before is None or before.sentences != view.sentences:
            self.query_one(Hanging).paragraphs = paragraphs_of(view)
        if before is None or before.stage is not view.stage or before.choices != view.choices:
            self._change_stage(view)

    def _change_stage(self, view: LoopView) -> None:
        for stage in ("ready", "running", "over"):
            self.set_class(stage == view.stage.value, stage)
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
                return self._stage == "running"
            case "look":
                empty = self.view is not None and not self.view.choices
                return self._stage == "over" or (self._stage == "ready" and empty)
            case "scroll":
                return self._stage == "over"
        return True

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
        if self._stage == "running":
            self._tester.cancel()
        else:
            self._tester.left()
            self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)


def paragraphs_of(view: LoopView) -> tuple[Paragraph, ...]:
    """Return what is to be done, what was found, and what now."""
    if view.stage.value == "ready":
        return tuple(
            Paragraph(label.ljust(7 if label == "Known" else 3), style_of(label), (text,))
            for label, text in view.sentences
        )
    return tuple(labelled_text(label, text) for label, text in view.sentences)


def style_of(label: str) -> str:
    """Return how the label of a sentence looks: warnings in red."""
    return LAMP if label == "Known" else FAINT
