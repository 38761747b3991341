"""Bars of a row each: how far a transfer is, and how it ended.

What is still under way has a word without a sign.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.text import harmless
from m1tui.app.theme import FAINT, STRONG

GOOD, BAD, UNSURE, NEUTRAL = "good", "bad", "unsure", "neutral"
"""The kinds of an outcome, each with colours of its own in the stylesheet."""

SIGNS: Mapping[str, tuple[str, str]] = {
    "VERIFIED": ("√", GOOD),
    "MISMATCH": ("X", BAD),
    "REFUSED": ("!", BAD),
    "UNKNOWN": ("?", UNSURE),
    "PROVED IN PART": ("~", UNSURE),
    "DONE BY HAND": ("x", NEUTRAL),
}
"""The sign and the kind of each outcome's word: no two look alike without colours, either."""


class Meter(Widget):
    """`[#####-----]`, filled to `percent`."""

    percent: reactive[int] = reactive(0)
    """How full it is, 0–100."""

    def render(self) -> Content:
        """Return the bar at the widget's width."""
        inside = max(10, self.size.width - 2)
        full = inside * self.percent // 100
        return Content.assemble(
            ("[", FAINT), ("#" * full, STRONG), ("-" * (inside - full), FAINT), ("]", FAINT)
        )


class OutcomeBand(Widget):
    """`[√] VERIFIED   read back, and equal`."""

    word: reactive[str] = reactive("")
    """The outcome's word."""
    meaning: reactive[str] = reactive("")
    """What it means, in a few words."""

    def __init__(self, word: str = "", meaning: str = "") -> None:
        super().__init__(markup=False)
        self.set_reactive(OutcomeBand.word, word)
        self.set_reactive(OutcomeBand.meaning, meaning)

    def on_mount(self) -> None:
        self.watch_word(self.word)

    def watch_word(self, word: str) -> None:
        kind = SIGNS[word][1] if word in SIGNS else NEUTRAL
        for each in (GOOD, BAD, UNSURE, NEUTRAL):
            self.set_class(each == kind, each)

    def render(self) -> Content:
        """Return the sign, the word and its meaning."""
        known = SIGNS.get(self.word)
        sign = f"[{known[0]}] " if known is not None else ""
        return Content.assemble(
            (sign + harmless(self.word), "bold"), f"   {harmless(self.meaning)}"
        )
