"""Procedure: one step on screen, the rail of all steps beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from m1tui.app.messages import KeysPressed
from m1tui.app.run.pictures import StepView
from m1tui.app.snapshots import Live
from m1tui.app.text import plain
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.keybed import UNTOUCHED, KeybedDrawing
from m1tui.app.widgets.live import LiveLine
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.panelkeys import KeyCaps, PanelKeys
from m1tui.app.widgets.scrolling import MoreBelow
from m1tui.app.widgets.step import EvidenceList, Rail, fields_of, head, hearing, remarks, title_line

if TYPE_CHECKING:
    from m1tui.app.run.guide import RunGuide

MOST_ANSWERS = 9
"""Answers that a number key can choose."""


class ProcedureScreen(Screen[None]):
    """Draws one StepView; what the keys ask for is done by the leader."""

    BINDINGS = [
        Binding("enter", "next", "next", key_display="Enter"),
        Binding("b", "back", "back"),
        Binding("s", "skip", "skip"),
        Binding("r", "retry", "retry"),
        Binding("n", "note", "note"),
        Binding("t", "tick", "tick"),
        Binding("f", "accept", "fault found"),
        Binding("space", "press_key", "key", key_display="Space"),
        Binding("v", "rehearse", "all"),
        Binding("p", "panel", "panel"),
        Binding("q,escape", "leave", "leave", key_display="q"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
        Binding("pagedown", "scroll(8)", show=False),
        *(Binding(str(n), f"answer({n})", show=False) for n in range(1, MOST_ANSWERS + 1)),
    ]

    AUTO_FOCUS = ""

    view: reactive[StepView | None] = reactive(None, repaint=False)
    """The step on screen."""

    def __init__(self, leader: RunGuide) -> None:
        super().__init__()
        self.leader = leader

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        with Horizontal(id="work"):
            yield Rail(id="rail")
            with Vertical():
                with VerticalScroll(id="step", can_focus=False):
                    yield Static(id="head", markup=False)
                    yield Static(id="warning", markup=False)
                    yield Static(id="text", markup=False)
                    yield Static(id="drawing", markup=False)
                    yield Static(id="fields", markup=False)
                    yield Menu(id="answers")
                    yield Static(id="remarks", markup=False)
                    yield KeyCaps(id="keys")
                    yield Static(id="hearing", markup=False)
                    yield Display(label="to expect - a sketch", classes="expected")
                    yield PanelKeys(name="panel")
                    yield Display(label="the virtual M1 shows", classes="virtual")
                    yield EvidenceList()
                yield MoreBelow()
        yield KeybedDrawing()
        yield LiveLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch(self.app, "live", self._live_changed)
        self.query_one(MoreBelow).look_at(self.query_one("#step", VerticalScroll))
        self.leader.attach()

    def _live_changed(self, live: Live) -> None:
        self.query_one(LiveLine).live = live
        virtual = self.query_one(".virtual", Display)
        virtual.lines, virtual.cursor = live.display, live.cursor
        self.query_one(PanelKeys).lamps = live.lamps

    def watch_view(self, old: StepView | None, view: StepView | None) -> None:
        if view is None:
            return
        self.query_one("#title", Static).update(title_line(view))
        self.query_one(Rail).steps = view.rail
        self._show("#head", head(view))
        self._show("#warning", plain(f"! {view.warning}") if view.warning else None)
        self._show("#text", plain(view.text))
        self._show("#drawing", plain("\n".join(view.drawing)) if view.drawing else None)
        self._show("#fields", fields_of(view) if view.fields else None)
        self._show_answers(view)
        self._show_keys(view)
        self._show("#hearing", hearing(view) if view.listening else None)
        self.query_one(EvidenceList).evidence = view.evidence
        self._shown(EvidenceList, bool(view.evidence))
        self._show("#remarks", remarks(view))
        self._show_keybed(view)
        self.refresh_bindings()
        self._scroll_to_what_is_new(old, view)

    def _show(self, selector: str, content: Content | None) -> None:
        widget = self.query_one(selector, Static)
        widget.set_class(content is None, "empty")
        if content is not None:
            widget.update(content)

    def _shown(self, what: type[Widget] | str, shown: bool) -> None:
        self.query_one(what).set_class(not shown, "empty")

    def _show_answers(self, view: StepView) -> None:
        menu = self.query_one("#answers", Menu)
        numbered = enumerate(view.answers)
        menu.can_focus = view.asking
        menu.items = tuple(Item(str(place), f"{place + 1}  {text}") for place, text in numbered)
        self._shown("#answers", view.asking)
        # Answers are longer than what else stands beside the rail at 80 columns.
        self.set_class(view.asking, "asking")
        self.set_focus(menu if view.asking else None)

    def _show_keys(self, view: StepView) -> None:
        caps = self.query_one(KeyCaps)
        caps.keys, caps.pressed = view.keys, view.pressed
        self._shown(KeyCaps, bool(view.keys))
        on_panel = view.kind == "keys" or any(view.marked)
        panel = self.query_one(PanelKeys)
        panel.rack = view.rack
        panel.marked = view.marked[view.pressed] if view.pressed < len(view.keys) else frozenset()
        self._shown(PanelKeys, on_panel)
        expected = self.query_one(".expected", Display)
        if view.expected:
            # What the marked key leads to; when all are pressed, what they have led to.
            place = min(view.pressed + 1, len(view.expected) - 1)
            expected.lines = view.expected[place]
            last = min(view.pressed, len(view.expected) - 2)
            expected.label = f"to expect after {view.keys[last]} - a sketch"
        self._shown(".expected", bool(view.expected))
        self._shown(".virtual", view.rehearsal and on_panel)

    def _show_keybed(self, view: StepView) -> None:
        drawing = self.query_one(KeybedDrawing)
        drawing.report, drawing.over = (
            view.keybed or UNTOUCHED,
            not view.listening and bool(view.keybed),
        )
        self._shown(KeybedDrawing, view.tests_keys)

    def _scroll_to_what_is_new(self, old: StepView | None, view: StepView) -> None:
        if old is None or old.number != view.number:
            self.query_one("#step", VerticalScroll).scroll_home(animate=False)
        elif old.evidence != view.evidence and view.evidence:
            self.call_after_refresh(self._bring_in, view.number, "")
        elif view.pressed and old.pressed != view.pressed:
            below = ".virtual" if view.rehearsal else "#panel"
            self.call_after_refresh(self._bring_in, view.number, below)
        elif view.listening and not old.listening:
            self.call_after_refresh(self._bring_in, view.number, "#hearing")

    def _bring_in(self, number: int, selector: str) -> None:
        """Scroll to what `selector` finds, to the end without one, if that step is still shown."""
        if self.view is None or self.view.number != number:
            return
        if selector:
            self.query_one(selector).scroll_visible(animate=False)
        else:
            self.query_one("#step", VerticalScroll).scroll_end(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the step on screen has: keys to press, a virtual M1 to do it."""
        view = self.view
        if action == "press_key":
            return view is not None and view.pressed < len(view.keys)
        if action == "rehearse":
            return view is not None and view.can_rehearse
        if action == "panel":
            return view is not None and view.rehearsal
        if action == "answer":
            return view is not None and view.asking
        if action == "accept":
            return view is not None and view.can_accept
        if action == "tick":
            return view is not None and view.can_tick
        return True

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.leader.answer(int(event.key))

    def on_panel_keys_pressed(self, event: PanelKeys.Pressed) -> None:
        event.stop()
        self.post_message(KeysPressed(event.key))

    def action_answer(self, number: int) -> None:
        """Choose the answer of that number, from 1."""
        self.query_one("#answers", Menu).choose(str(number - 1))

    def action_next(self) -> None:
        """Run the step's checks, tick it, or go on when that is done."""
        self.leader.next()

    def action_retry(self) -> None:
        """Ask the instrument again."""
        self.leader.retry()

    def action_back(self) -> None:
        """Show the step before."""
        self.leader.back()

    def action_skip(self) -> None:
        """Ask for a reason and go on without this step."""
        self.leader.skip()

    def action_note(self) -> None:
        """Ask for a note to keep beside this step."""
        self.leader.note()

    def action_tick(self) -> None:
        """Let the person vouch for what the instrument did not answer."""
        self.leader.tick()

    def action_accept(self) -> None:
        """Take what was found as a fault of the instrument, and go on."""
        self.leader.accept()

    def action_rehearse(self) -> None:
        """Let the virtual M1 do this step."""
        self.leader.rehearse()

    def action_press_key(self) -> None:
        """Mark the next keycap; on a virtual M1 press that key."""
        self.leader.press()

    def action_panel(self) -> None:
        """Go to the virtual M1's front panel."""
        self.leader.panel()

    def action_leave(self) -> None:
        """Go home; the run can be resumed there."""
        self.leader.leave()

    def action_scroll(self, lines: int) -> None:
        """Move the step's text by `lines`."""
        self.query_one("#step").scroll_relative(y=lines, animate=False)
