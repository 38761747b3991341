"""Bars of a row each: what a page is about, how far a transfer is, and how it ended.

What is still under way has a word without a sign.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.snapshots import Live
from m1tui.app.text import fit, harmless
from m1tui.app.theme import ACCENT, FAINT, STRONG

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


REHEARSAL = "REHEARSAL"
"""Stands wherever a virtual M1 stands in for an instrument."""


class Heading(Widget):
    """A page's title, and at the right end REHEARSAL where a virtual M1 stands in."""

    live: reactive[Live] = reactive(Live())
    """What is known of the instrument."""

    def __init__(self, title: str) -> None:
        super().__init__(classes="title", markup=False)
        self._title = harmless(title)

    def on_mount(self) -> None:
        self.watch(self.app, "live", self._live_changed)

    def _live_changed(self, live: Live) -> None:
        self.live = live

    def render(self) -> Content:
        """Return one line; a title that is too long is cut, the word never."""
        width = self.size.width
        if not self.live.rehearsal:
            return Content.styled(fit(self._title, width), STRONG)
        room = max(8, width - len(REHEARSAL) - 2)
        return Content.assemble((fit(self._title, room), STRONG), "  ", (REHEARSAL, ACCENT))


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
