"""A list to choose from by keyboard or mouse, whose current line is marked by a sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.text import fit, harmless, window_start
from m1tui.app.theme import FAINT, STRONG

GAP = "  "
"""What separates the two ends of a line, also where its left one has to be shortened."""


class Item(NamedTuple):
    """One line of a menu."""

    key: str
    """What the choice is known by; unique in its menu, or empty in a heading."""
    left: str
    right: str = ""
    """What stands at the line's right end."""
    usable: bool = True
    """False in headings and in choices that cannot be taken now."""


class Menu(Widget, can_focus=True):
    """Lines of which one is current: `>` before it, reversed while the menu has the focus."""

    BINDINGS = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-8)", show=False),
        Binding("pagedown", "move(8)", show=False),
        Binding("home", "move(-100000)", show=False),
        Binding("end", "move(100000)", show=False),
        Binding("enter", "choose", "choose", key_display="Enter"),
    ]

    items: reactive[tuple[Item, ...]] = reactive((), layout=True)
    """The lines, headings among them."""
    cursor: reactive[int] = reactive(0)
    """The index of the current line."""

    @dataclass
    class Moved(Message):
        """Another line became the current one."""

        key: str

    @dataclass
    class Chosen(Message):
        """The current line was chosen."""

        key: str

    @property
    def current(self) -> str:
        """The key of the current line, or empty when nothing can be chosen."""
        if self.cursor < len(self.items) and self.items[self.cursor].usable:
            return self.items[self.cursor].key
        return ""

    def on_mount(self) -> None:
        self._tell_moved()

    def watch_items(self, old: tuple[Item, ...], new: tuple[Item, ...]) -> None:
        kept = old[self.cursor].key if self.cursor < len(old) else ""
        usable = [index for index, item in enumerate(new) if item.usable]
        same = [index for index in usable if kept and new[index].key == kept]
        self.cursor = (same or usable or [0])[0]
        self._tell_moved()

    def watch_cursor(self) -> None:
        self._tell_moved()

    def _tell_moved(self) -> None:
        if self.is_attached:
            self.post_message(self.Moved(self.current))

    def action_move(self, lines: int) -> None:
        """Move to the next usable line that is at least one and at most `lines` away."""
        usable = [index for index, item in enumerate(self.items) if item.usable]
        if self.cursor in usable:
            place = usable.index(self.cursor) + lines
            self.cursor = usable[max(0, min(len(usable) - 1, place))]

    def go_to(self, key: str) -> None:
        """Make the line of that key the current one, if there is one."""
        for index, item in enumerate(self.items):
            if item.usable and item.key == key:
                self.cursor = index

    def choose(self, key: str) -> None:
        """Choose the line of that key, if it can be."""
        if any(item.key == key and item.usable for item in self.items):
            self.post_message(self.Chosen(key))

    def action_choose(self) -> None:
        """Choose the current line."""
        if self.current:
            self.post_message(self.Chosen(self.current))

    def on_click(self, event: events.Click) -> None:
        index = self._first + event.y
        if index < len(self.items) and self.items[index].usable:
            again = index == self.cursor
            self.cursor = index
            if again:
                self.action_choose()

    def on_mouse_scroll_down(self) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a row for each line, where the style leaves the height to the content."""
        return max(1, len(self.items))

    @property
    def _first(self) -> int:
        return window_start(len(self.items), max(1, self.size.height), self.cursor)

    def render(self) -> Content:
        """Return the lines that fit; `+` at the right edge where more lie beyond."""
        height, width = max(1, self.size.height), max(16, self.size.width)
        first = self._first
        shown = range(first, min(len(self.items), first + height))
        lines = []
        for index in shown:
            more = (index == shown[0] and first > 0) or (
                index == shown[-1] and index + 1 < len(self.items)
            )
            lines.append(self._line(index, width - 2) + Content(" +" if more else "  "))
        return Content("\n").join(lines)

    def _line(self, index: int, width: int) -> Content:
        item = self.items[index]
        right = f"{GAP}{harmless(item.right)}" if item.right else ""
        left = fit(item.left, max(8, width - 2 - cell_len(right)))
        if index == self.cursor and item.usable:
            style = "reverse bold $accent" if self.has_focus else "bold $accent"
            return Content.styled(f"> {left}{right}", style)
        if not item.key:
            return Content.styled(f"{fit(item.left, width)}", STRONG)
        return (
            Content.assemble(f"  {left}", (right, FAINT))
            if item.usable
            else Content.styled(f"  {left}{right}", FAINT)
        )
