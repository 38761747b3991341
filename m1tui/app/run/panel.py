"""Panel: the virtual M1's front panel, whose keys can be pressed by keyboard and by mouse.

Beside the keys it has what hands move and play: joystick, VALUE, pressure, pedals, the keyboard.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.messages import ControlMoved, HandsNeeded, KeysPressed, SketchNeeded
from m1tui.app.snapshots import Live, PanelTask
from m1tui.app.text import plain, prose
from m1tui.app.theme import ACCENT, FAINT, LIT
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.live import LiveLine
from m1tui.app.widgets.panelkeys import CONTROLS, HANDLES, ControlRow, KeyCaps, PanelKeys
from m1tui.app.widgets.scrolling import MoreBelow, scroll_pages

LOOK_SECONDS = 0.5
"""Between two looks at a display that may change by itself, as when a song plays."""


class PanelScreen(Screen[None]):
    """The display, every key with the computer's key under it, and what is to be done here."""

    HELP_SECTION = "THE PANEL"

    BINDINGS = [
        *(Binding(handle, f"press('{key}')", show=False) for key, handle in HANDLES.items()),
        Binding("equals_sign", "press('+')", show=False),
        *(Binding(one.handle, f"move('{one.action}')", show=False) for one in CONTROLS),
        Binding("space", "do_next", show=False),
        Binding("escape,p,q,enter", "dismiss", "back", key_display="Esc"),
        Binding("question_mark", "app.help", "help", key_display="?"),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(self, notice: str = "") -> None:
        """Show the panel; `notice` is what to know about its M1 where no procedure is running."""
        super().__init__()
        self._notice = notice

    def compose(self) -> ComposeResult:
        yield Static(plain("The virtual M1's front panel: a sketch"), classes="title", markup=False)
        with Vertical(id="front"):
            yield Display(label="a sketch")
            yield PanelKeys(handles=True)
            yield ControlRow()
        yield Static(id="panel-task", markup=False)
        yield KeyCaps()
        with VerticalScroll(id="found", can_focus=False):
            yield Static(id="heard", markup=False)
        yield MoreBelow()
        yield LiveLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(MoreBelow).look_at(self.query_one("#found", VerticalScroll))
        self.watch(self.app, "live", self._live_changed)
        self.watch(self.app, "panel_task", self._panel_task_changed)
        self.set_interval(LOOK_SECONDS, lambda: self.post_message(SketchNeeded()))

    def _live_changed(self, live: Live) -> None:
        self.query_one(LiveLine).live = live
        display, keys = self.query_one(Display), self.query_one(PanelKeys)
        display.lines, display.cursor = live.display, live.cursor
        display.label = "a sketch" if live.wording == "sketch" else live.wording
        keys.lamps, keys.rack = live.lamps, live.rack
        self.query_one(ControlRow).set_class(live.rack, "empty")

    def _panel_task_changed(self, panel_task: PanelTask | None) -> None:
        caps = self.query_one(KeyCaps)
        caps.set_class(panel_task is None or not panel_task.keys, "empty")
        self.query_one("#panel-task", Static).update(title_of(panel_task, self._notice))
        self.query_one("#heard", Static).update(heard_of(panel_task))
        self.query_one(PanelKeys).marked = (
            panel_task.marked if panel_task is not None else frozenset()
        )
        self.query_one(ControlRow).wanted = panel_task.action if panel_task is not None else ""
        if panel_task is not None:
            caps.keys, caps.pressed = panel_task.keys, panel_task.pressed
            caps.unpressed, caps.on_panel = panel_task.unpressed, not panel_task.action

        self.refresh_bindings()

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the key for what hands do next, where that has none on the panel; and leaving."""
        task: PanelTask | None = self.app.panel_task  # type: ignore[attr-defined]
        act = (("Space", f"do: {task.by_space}"),) if task is not None and task.by_space else ()
        return (*act, ("Esc", "back"), ("?", "help"))

    def action_do_next(self) -> None:
        """Do what hands do next, where the key bar names it."""
        task: PanelTask | None = self.app.panel_task  # type: ignore[attr-defined]
        if task is not None and task.by_space:
            self.post_message(HandsNeeded())

    def action_page(self, pages: int) -> None:
        """Move what was heard or found by what is in view of it, but for a line."""
        scroll_pages(self.query_one("#found", VerticalScroll), pages)

    def action_press(self, key: str) -> None:
        """Press a key of the panel."""
        self.post_message(KeysPressed(key))

    def action_move(self, action: str) -> None:
        """Move a control, or play."""
        if not self.app.live.rack:  # type: ignore[attr-defined]
            self.post_message(ControlMoved(action))

    def on_control_row_moved(self, event: ControlRow.Moved) -> None:
        event.stop()
        self.action_move(event.action)

    def on_panel_keys_pressed(self, event: PanelKeys.Pressed) -> None:
        event.stop()
        self.post_message(KeysPressed(event.key))


def title_of(panel_task: PanelTask | None, notice: str = "") -> Content:
    """Return what is to be done at the panel."""
    if panel_task is None:
        free = Content.styled("No procedure is running: press any keys you like.", FAINT)
        return Content("\n").join((free, Content.styled(prose(notice), ACCENT))) if notice else free
    return Content.styled(prose(panel_task.title), ACCENT)


def heard_of(panel_task: PanelTask | None) -> Content:
    """Return what the program hears meanwhile, or has found."""
    if panel_task is None:
        return Content("")
    heard = [Content.styled(prose(line), LIT) for line in panel_task.heard]
    deaf = [Content.styled(prose(panel_task.deaf), ACCENT)] if panel_task.deaf else []
    return Content("\n").join((*deaf, *heard))
