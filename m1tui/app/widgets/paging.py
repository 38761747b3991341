"""Turns the pages of a text that does not fit."""

from __future__ import annotations

from textual.containers import VerticalScroll


def turn_page(body: VerticalScroll) -> None:
    """Show what follows below, and after the end the beginning again."""
    if body.scroll_offset.y >= body.max_scroll_y:
        body.scroll_home(animate=False)
    else:
        body.scroll_page_down(animate=False)
