"""The instrument's own look: a dark panel, a green-lit display, red lamps, one accent."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import BUILTIN_THEMES, Theme

from m1tui.app.text import console_glyphs

ACCENT = "bold $accent"
"""The one accent: what to press or do next."""
FAINT = "$faint"
"""Labels and what is done with."""
STRONG = "bold $foreground"
"""Titles."""
LAMP = "bold $lamp"
"""A red lamp that is lit: warnings, refusals, the mode that is on."""
LIT = "bold $lit"
"""Proved: the display's green on the dark panel."""

GLASS = "bold $lcd-ink on $lcd"
"""The display's glass, lit from behind."""

M1 = Theme(
    name="m1",
    primary="#9cc63a",
    accent="#e8a33d",
    foreground="#d6d6cc",
    background="#121416",
    surface="#181b1e",
    panel="#1f2327",
    error="#ff5a45",
    warning="#e8a33d",
    success="#9cc63a",
    variables={
        "faint": "#8b938f",
        "lamp": "#ff5a45",
        "lit": "#9cc63a",
        "lcd": "#9cc63a",
        "lcd-ink": "#10200a",
        "edge": "#4a524e",
        "cursor-ink": "#121416",
    },
)
"""Colours for a terminal of 256 colours or more."""

ANSI = BUILTIN_THEMES["ansi-dark"].variables
"""What Textual's own widgets need of a theme in the terminal's colours."""

M1_SIXTEEN = Theme(
    name="m1-16",
    ansi=True,
    primary="ansi_green",
    accent="ansi_bright_yellow",
    foreground="ansi_white",
    background="ansi_black",
    surface="ansi_black",
    panel="ansi_black",
    boost="ansi_black",
    error="ansi_bright_red",
    warning="ansi_bright_yellow",
    success="ansi_bright_green",
    variables={
        **ANSI,
        "faint": "ansi_white",
        "lamp": "ansi_bright_red",
        "lit": "ansi_bright_green",
        "lcd": "ansi_green",
        "lcd-ink": "ansi_black",
        "edge": "ansi_white",
        "cursor-ink": "ansi_black",
    },
)
"""The sixteen colours that every colour terminal has."""

M1_PLAIN = Theme(
    name="m1-plain",
    ansi=True,
    primary="ansi_default",
    accent="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    error="ansi_default",
    warning="ansi_default",
    success="ansi_default",
    variables=dict.fromkeys(
        (*ANSI, "faint", "lamp", "lit", "lcd", "lcd-ink", "edge", "cursor-ink"), "ansi_default"
    )
    | {"input-cursor-text-style": "reverse"},
)
"""No colour at all, for NO_COLOR: bold and reverse remain."""


class Look(Enum):
    """How many colours the terminal has, or may have."""

    FULL = "full"
    SIXTEEN = "sixteen"
    NONE = "none"


WIDTHS = [(0, "-narrow"), (110, "-wide")]
"""The classes that a screen gets by its columns."""

THEMES = {Look.FULL: M1, Look.SIXTEEN: M1_SIXTEEN, Look.NONE: M1_PLAIN}
"""The theme of each look."""


def look_for(environ: Mapping[str, str]) -> Look:
    """Return the look for a terminal by its TERM, COLORTERM and NO_COLOR."""
    if "NO_COLOR" in environ:
        return Look.NONE
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Look.FULL
    term = environ.get("TERM", "").strip().lower()
    return Look.FULL if term.endswith(("256color", "kitty", "-direct")) else Look.SIXTEEN


class PlainScrollBar(ScrollBarRender):
    """A scroll bar of whole cells: the usual eighths of a block are in few console fonts."""

    VERTICAL_BARS = [" "]
    HORIZONTAL_BARS = [" "]


class ConsoleGlyphs(LineFilter):
    """Puts into every line that is drawn only the glyphs of the Linux console's font."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with other glyphs replaced, each by one as wide."""
        return [
            segment
            if segment.text.isascii()
            else segment._replace(text=console_glyphs(segment.text))
            for segment in segments
        ]


def dress(app: App[Any], look: Look, *, console: bool = False) -> None:
    """Give `app` its theme and its scroll bars; `console` keeps to the Linux console's glyphs."""
    ScrollBar.renderer = PlainScrollBar
    for theme in THEMES.values():
        app.register_theme(theme)
    # Not by assignment, which would have all styles read once more before home is drawn.
    app.set_reactive(App.theme, THEMES[look].name)
    app.stylesheet.set_variables(app.get_css_variables())
    if console:
        # The last filter sees what is drawn, whichever widget drew it.
        app._filters.append(ConsoleGlyphs())


def terminal_colours(look: Look) -> bool | None:
    """Return what Textual calls `ansi_color`: True where colours are the terminal's own, or none.

    By it Textual chooses, when the app is made, how NO_COLOR is obeyed.
    """
    return None if look is Look.FULL else True
