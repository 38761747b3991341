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
"""Proved: a green of its own, which is not the display's."""
UNSURE = "bold $unsure"
"""Not known, or only in part."""

GLASS = "bold $lcd-ink on $lcd"
"""The display's glass, lit from behind: the instrument's display, and nothing else."""
GLASS_AMISS = "bold reverse $lcd-ink on $lcd"
"""Cells of the glass that are not as they are expected."""

INSTRUMENT = Theme(
    name="m1",
    primary="#5fd38d",
    accent="#e8a33d",
    foreground="#d6d6cc",
    background="#121416",
    surface="#181b1e",
    panel="#1f2327",
    error="#ff5a45",
    warning="#e8a33d",
    success="#5fd38d",
    variables={
        "faint": "#8b938f",
        "lamp": "#ff6a55",
        "lit": "#5fd38d",
        "unsure": "#e8a33d",
        "lcd": "#9cc63a",
        "lcd-ink": "#10200a",
        "edge": "#4a524e",
        "key": "#31373b",
        "good": "#14532f",
        "good-ink": "#c9f7d9",
        "bad": "#7d1a12",
        "bad-ink": "#ffe1dc",
        "doubt": "#6b4700",
        "doubt-ink": "#ffeccb",
        "cursor-ink": "#121416",
    },
)
"""The instrument's own colours: a dark panel, for a terminal of 256 colours or more."""

LIGHT = Theme(
    name="m1-light",
    dark=False,
    primary="#146b35",
    accent="#8f4300",
    foreground="#1d211e",
    background="#f5f3ec",
    surface="#ece9df",
    panel="#e2ded1",
    error="#ab1408",
    warning="#8f4300",
    success="#146b35",
    variables={
        "faint": "#565b55",
        "lamp": "#ab1408",
        "lit": "#146b35",
        "unsure": "#8f4300",
        "lcd": "#b5dc4a",
        "lcd-ink": "#10200a",
        "edge": "#a39f90",
        "key": "#cfcabb",
        "good": "#bfe8cc",
        "good-ink": "#0a3d1c",
        "bad": "#f6c5be",
        "bad-ink": "#5c0b04",
        "doubt": "#f7dca6",
        "doubt-ink": "#4a2c00",
        "cursor-ink": "#f5f3ec",
    },
)
"""Dark on light, for a bright workshop."""

CONTRAST = Theme(
    name="m1-contrast",
    primary="#5dff8f",
    accent="#ffd800",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    error="#ff7a6b",
    warning="#ffd800",
    success="#5dff8f",
    variables={
        "faint": "#dddddd",
        "lamp": "#ff7a6b",
        "lit": "#5dff8f",
        "unsure": "#ffd800",
        "lcd": "#c8ff32",
        "lcd-ink": "#000000",
        "edge": "#ffffff",
        "key": "#3a3a3a",
        "good": "#5dff8f",
        "good-ink": "#000000",
        "bad": "#ff7a6b",
        "bad-ink": "#000000",
        "doubt": "#ffd800",
        "doubt-ink": "#000000",
        "cursor-ink": "#000000",
    },
)
"""The strongest contrast: white on black, every text at 7 to 1 or more."""

ANSI = BUILTIN_THEMES["ansi-dark"].variables
"""What Textual's own widgets need of a theme in the terminal's colours."""


def _sixteen(
    name: str, ground: str, ink: str, *, accent: str, lamp: str, lit: str, key: str, dark: bool
) -> Theme:
    """Return a theme of the sixteen colours that every colour terminal has."""
    return Theme(
        name=name,
        ansi=True,
        dark=dark,
        primary=lit,
        accent=accent,
        foreground=ink,
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        error=lamp,
        warning=accent,
        success=lit,
        variables={
            **ANSI,
            "faint": "ansi_white" if dark else "ansi_black",
            "lamp": lamp,
            "lit": lit,
            "unsure": accent,
            "lcd": "ansi_green",
            "lcd-ink": "ansi_black",
            "edge": "ansi_white" if dark else "ansi_black",
            "key": key,
            "good": "ansi_cyan",
            "good-ink": "ansi_black",
            "bad": "ansi_red",
            "bad-ink": "ansi_bright_white",
            "doubt": "ansi_yellow",
            "doubt-ink": "ansi_black",
            "cursor-ink": ground,
        },
    )


M1_SIXTEEN = _sixteen(
    "m1-16",
    "ansi_black",
    "ansi_white",
    accent="ansi_bright_yellow",
    lamp="ansi_bright_red",
    lit="ansi_bright_green",
    key="ansi_black",
    dark=True,
)
"""The instrument's own look in sixteen colours."""

LIGHT_SIXTEEN = _sixteen(
    "m1-light-16",
    "ansi_white",
    "ansi_black",
    accent="ansi_magenta",
    lamp="ansi_red",
    lit="ansi_blue",
    key="ansi_white",
    dark=False,
)
"""The light look in sixteen colours."""

CONTRAST_SIXTEEN = _sixteen(
    "m1-contrast-16",
    "ansi_black",
    "ansi_bright_white",
    accent="ansi_bright_yellow",
    lamp="ansi_bright_red",
    lit="ansi_bright_green",
    key="ansi_black",
    dark=True,
)
"""The strongest contrast in sixteen colours."""

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
    variables=dict.fromkeys((*ANSI, *INSTRUMENT.variables), "ansi_default")
    | {"input-cursor-text-style": "reverse"},
)
"""No colour at all, for NO_COLOR: bold and reverse remain."""


LEAST, FULL_SIZE = (60, 20), (80, 24)
"""Columns and rows below which nothing can be shown, and from which everything can."""


class Look(Enum):
    """How many colours the terminal has, or may have."""

    FULL = "full"
    SIXTEEN = "sixteen"
    NONE = "none"


WIDE, WIDEST = 110, 170
"""Columns from which a screen puts its parts side by side, and from which all have room."""

WIDTHS = [(0, "-tight"), (80, "-narrow"), (WIDE, "-wide"), (WIDEST, "-widest")]
"""The classes that a screen gets by its columns."""

HEIGHTS = [(0, "-low"), (24, "-high")]
"""The classes that a screen gets by its rows."""


class Scheme(Enum):
    """Which colours a person wants; the value is kept in the settings."""

    INSTRUMENT = "instrument"
    LIGHT = "light"
    CONTRAST = "high contrast"

    @classmethod
    def of(cls, value: object) -> Scheme:
        """Return the scheme of that value, the instrument's own for any other."""
        return next((one for one in cls if one.value == value), cls.INSTRUMENT)

    @property
    def following(self) -> Scheme:
        """Return the next scheme, after the last the first."""
        every = tuple(Scheme)
        return every[(every.index(self) + 1) % len(every)]


THEMES = {
    Look.FULL: {
        Scheme.INSTRUMENT: INSTRUMENT,
        Scheme.LIGHT: LIGHT,
        Scheme.CONTRAST: CONTRAST,
    },
    Look.SIXTEEN: {
        Scheme.INSTRUMENT: M1_SIXTEEN,
        Scheme.LIGHT: LIGHT_SIXTEEN,
        Scheme.CONTRAST: CONTRAST_SIXTEEN,
    },
    Look.NONE: dict.fromkeys(Scheme, M1_PLAIN),
}
"""The theme of each scheme in each look."""


def look_for(environ: Mapping[str, str]) -> Look:
    """Return the look for a terminal by its TERM, COLORTERM and NO_COLOR."""
    if environ.get("NO_COLOR"):  # set to nothing, it means nothing (no-color.org)
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


def dress(
    app: App[Any], look: Look, scheme: Scheme = Scheme.INSTRUMENT, *, console: bool = False
) -> None:
    """Give `app` its theme and its scroll bars; `console` keeps to the Linux console's glyphs."""
    ScrollBar.renderer = PlainScrollBar
    for theme in THEMES[look].values():
        app.register_theme(theme)
    # Not by assignment, which would have all styles read once more before home is drawn.
    app.set_reactive(App.theme, THEMES[look][scheme].name)
    app.stylesheet.set_variables(app.get_css_variables())
    if console:
        # The last filter sees what is drawn, whichever widget drew it.
        app._filters.append(ConsoleGlyphs())


def terminal_colours(look: Look) -> bool | None:
    """Return what Textual calls `ansi_color`: True where colours are the terminal's own, or none.

    By it Textual chooses, when the app is made, how NO_COLOR is obeyed.
    """
    return None if look is Look.FULL else True
