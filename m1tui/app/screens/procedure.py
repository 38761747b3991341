"""Procedure: one step on screen, the rail of all steps beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.look import ACCENT, FAINT, LAMP
from m1tui.app.snapshots import Live, StepView
from m1tui.app.text import plain, prose
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.evidence import EvidenceList
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.keycaps import KeyCaps
from m1tui.app.widgets.liveline import LiveLine
from m1tui.app.widgets.rail import Rail

if TYPE_CHECKING:
    from m1tui.app.app import M1App
    from m1tui.app.conductor import Conductor


class ProcedureScreen(Screen[None]):
    """Draws one StepView; what the keys ask for is done by the conductor."""

    BINDINGS = [
        Binding("enter", "next", "next", key_display="Enter"),
        Binding("b", "back", "back"),
        Binding("s", "skip", "skip"),
        Binding("r", "retry", "retry"),
        Binding("n", "note", "note"),
        Binding("t", "tick", "tick"),
        Binding("space", "press_key", "key", key_display="Space"),
        Binding("v", "rehearse", "virtual"),
        Binding("q,escape", "leave", "leave", key_display="q"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
        Binding("pagedown", "scroll(8)", show=False),
    ]

    view: reactive[StepView | None] = reactive(None, repaint=False)
    """The step on screen."""

    app: M1App

    def __init__(self, conductor: Conductor) -> None:
        super().__init__()
        self.conductor = conductor

    def compose(self) -> ComposeResult:
        yield Static(id="title", classes="title", markup=False)
        with Horizontal(id="work"):
            yield Rail(id="rail")
            with VerticalScroll(id="step", can_focus=False):
                yield Static(id="head", markup=False)
                yield Static(id="warning", markup=False)
                yield Static(id="text", markup=False)
                yield Static(id="drawing", markup=False)
                yield Static(id="answers", markup=False)
                yield KeyCaps(id="keys")
                yield Display(label="to expect - a sketch", classes="expected")
                yield Display(label="the virtual M1 shows", classes="virtual")
                yield EvidenceList()
                yield Static(id="remarks", markup=False)
        yield LiveLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch(self.app, "live", self._live_changed)
        self.conductor.attach()

    def _live_changed(self, live: Live) -> None:
        self.query_one(LiveLine).live = live
        self.query_one(".virtual", Display).lines = live.display

    def watch_view(self, old: StepView | None, view: StepView | None) -> None:
        if view is None:
            return
        self.query_one("#title", Static).update(title_line(view))
        self.query_one(Rail).steps = view.rail
        self._show("#head", head(view))
        self._show("#warning", plain(f"! {view.warning}") if view.warning else None)
        self._show("#text", plain(view.text))
        self._show("#drawing", plain("\n".join(view.drawing)) if view.drawing else None)
        answers = "\n".join(f"- {answer}" for answer in view.answers)
        self._show("#answers", plain(answers) if answers else None)
        self._show_keys(view, anew=old is None or old.number != view.number)
        self.query_one(EvidenceList).evidence = view.evidence
        self.query_one(EvidenceList).set_class(not view.evidence, "empty")
        self._show("#remarks", remarks(view))
        self.refresh_bindings()
        self._scroll_to_what_is_new(old, view)

    def _show(self, selector: str, content: Content | None) -> None:
        widget = self.query_one(selector, Static)
        widget.set_class(content is None, "empty")
        if content is not None:
            widget.update(content)

    def _show_keys(self, view: StepView, *, anew: bool) -> None:
        caps = self.query_one(KeyCaps)
        caps.keys = view.keys
        caps.set_class(not view.keys, "empty")
        if anew or view.pressed:
            caps.pressed = len(view.keys) if view.pressed else 0
        expected = self.query_one(".expected", Display)
        expected.set_class(view.display is None, "empty")
        if view.display is not None:
            expected.lines = view.display
        self.query_one(".virtual").set_class(not (view.rehearsal and view.keys), "empty")

    def _scroll_to_what_is_new(self, old: StepView | None, view: StepView) -> None:
        body = self.query_one("#step", VerticalScroll)
        if old is None or old.number != view.number:
            body.scroll_home(animate=False)
        elif old.evidence != view.evidence and view.evidence:
            self.call_after_refresh(body.scroll_end, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the step on screen has: keys to press, a virtual M1 to do it."""
        view = self.view
        if action == "press_key":
            return view is not None and bool(view.keys)
        if action == "rehearse":
            return view is not None and view.can_rehearse
        if action == "tick":
            return view is not None and view.can_tick
        return True

    def action_next(self) -> None:
        """Run the step's checks, tick it, or go on when that is done."""
        self.conductor.next()

    def action_retry(self) -> None:
        """Ask the instrument again."""
        self.conductor.retry()

    def action_back(self) -> None:
        """Show the step before."""
        self.conductor.back()

    def action_skip(self) -> None:
        """Ask for a reason and go on without this step."""
        self.conductor.skip()

    def action_note(self) -> None:
        """Ask for a note to keep beside this step."""
        self.conductor.note()

    def action_tick(self) -> None:
        """Let the person vouch for what the instrument did not answer."""
        self.conductor.tick()

    def action_rehearse(self) -> None:
        """Let the virtual M1 do this step."""
        self.conductor.rehearse()

    def action_press_key(self) -> None:
        """Mark the next keycap; on a virtual M1 press that key."""
        caps = self.query_one(KeyCaps)
        if caps.pressed < len(caps.keys):
            self.conductor.press(caps.pressed)
            caps.pressed += 1

    def action_leave(self) -> None:
        """Go home; the run can be resumed there."""
        self.conductor.leave()

    def action_scroll(self, lines: int) -> None:
        """Move the step's text by `lines`."""
        self.query_one("#step").scroll_relative(y=lines, animate=False)


def title_line(view: StepView) -> Content:
    """Return the procedure's title and how far it is."""
    return Content.assemble(
        (prose(view.procedure), ""), (f"   step {view.number} of {len(view.rail)}", FAINT)
    )


def head(view: StepView) -> Content:
    """Return the step's mark and title."""
    guide = f"  (guide, step {view.guide})" if view.guide else ""
    return Content.assemble(
        (f"{view.glyph} ", ""), (prose(view.title), ACCENT), (prose(guide), FAINT)
    )


def remarks(view: StepView) -> Content | None:
    """Return the reason of an override and the note, or None where there is neither."""
    lines = []
    if view.reason:
        lines.append(Content.assemble(("Skipped: ", LAMP), prose(view.reason)))
    if view.note:
        lines.append(Content.assemble(("Note: ", FAINT), prose(view.note)))
    return Content("\n").join(lines) if lines else None
