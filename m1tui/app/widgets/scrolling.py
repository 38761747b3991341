"""A text that does not fit: the line that says so, its keys, and turning its pages."""

from __future__ import annotations

from typing import TypeVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from m1tui.app.theme import ACCENT

Answer = TypeVar("Answer")
"""What a screen is left with."""
MOVES = ("scroll", "page", "edge")
"""The actions that move a page."""


class ScrollingScreen(Screen[Answer]):
    """A page of any length in `#body`; the keys that move it are named while it does not fit."""

    _too_long = False

    @property
    def more(self) -> tuple[tuple[str, str], ...]:
        """The key that shows the rest, for a screen that says itself which keys matter."""
        return (("PgDn", "more"),) if self._too_long else ()

    def on_mount(self) -> None:
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._look())
        for more in self.query(MoreBelow):
            more.look_at(self.body)

    def _look(self) -> None:
        if self._too_long != (self.body.max_scroll_y > 0):
            self._too_long = not self._too_long
            self.refresh_bindings()

    @property
    def body(self) -> VerticalScroll:
        """What is scrolled."""
        return self.query_one("#body", VerticalScroll)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to move what does not fit."""
        return self._too_long if action in MOVES else super().check_action(action, parameters)

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.body.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Move the page by as much as is in view, but for a line."""
        scroll_pages(self.body, pages)


class MoreBelow(Widget):
    """Takes a row only while the text that it looks at goes on below."""

    def look_at(self, body: VerticalScroll) -> None:
        """Follow what is seen of `body`."""

        def look() -> None:
            # With the row's own height, so that its coming and going does not change the answer.
            seen = body.scroll_offset.y + body.size.height + self.size.height
            self.set_class(body.virtual_size.height > seen, "more")

        def changed() -> None:
            self.call_after_refresh(look)

        self.watch(body, "scroll_y", changed)
        # The text, or the room that other parts of the screen leave it, may have changed.
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: look())

    def render(self) -> Content:
        """Return the mark that lists have, too, and the key."""
        return Content.styled("+ more: PgDn", ACCENT)


class MoreAbove(Widget):
    """Stands beside a heading only while the text under it begins above what is seen."""

    def look_at(self, body: VerticalScroll) -> None:
        """Follow what is seen of `body`."""

        def look(at: float) -> None:
            # The first line is empty.
            self.set_class(at > 1, "more")

        self.watch(body, "scroll_y", look)

    def render(self) -> Content:
        """Return the mark of the lists, and the key."""
        return Content.styled("- more: PgUp", ACCENT)


def scroll_pages(body: VerticalScroll, pages: int) -> None:
    """Move `body` by pages, with one line of the last one in view: no line is passed over."""
    body.scroll_relative(y=pages * max(1, body.size.height - 1), animate=False)


def turn_page(body: VerticalScroll, *, covered: int = 0) -> None:
    """Show what follows below, and after the end the beginning again.

    The lowest `covered` rows of `body` show something else.
    """
    if body.scroll_offset.y >= body.max_scroll_y:
        body.scroll_home(animate=False)
    else:
        body.scroll_relative(y=body.size.height - covered, animate=False)
