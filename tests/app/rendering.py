"""Renders the screen of an app under test to lines of text, and compares them with goldens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from textual.app import App

GOLDENS = Path(__file__).parent / "goldens"
UPDATE = "M1TUI_UPDATE_GOLDENS"
"""Set in the environment, it writes the goldens anew instead of comparing: look at the diff."""


def text_of(app: App[Any]) -> str:
    """Return what stands on the screen, without colours and without spaces at the lines' ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def styles_of(app: App[Any]) -> list[Any]:
    """Return the style of every segment on the screen, after the filters for the terminal."""
    strips = app.screen._compositor.render_strips()
    background = app.screen.styles.background
    for line_filter in app._filters:
        if line_filter.enabled:
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
    return [segment.style for strip in strips for segment in strip if segment.style is not None]


def check_golden(app: App[Any], name: str) -> None:
    """Compare the screen with the golden `name`, or write it when UPDATE is set."""
    path = GOLDENS / f"{name}.txt"
    shown = text_of(app)
    if os.environ.get(UPDATE):
        path.write_text(shown, encoding="utf-8")
    expected = path.read_text(encoding="utf-8")
    assert shown == expected, f"{name} is not as in {path}:\n{shown}"
