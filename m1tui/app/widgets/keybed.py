"""The 61 keys as a drawing, each with a letter for what was heard of it; the bad ones by name."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.text import fit
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT
from m1tui.engine.keybed import KEYS, KeybedReport, KeyReading, KeyState, names_of

SIGNS = {
    KeyState.GOOD: ("o", LIT),
    KeyState.SILENT: ("S", LAMP),
    KeyState.STUCK: ("K", LAMP),
    KeyState.ONE_VELOCITY: ("V", LAMP),
    KeyState.ONCE: ("1", ACCENT),
}
"""The sign of a key's state, and its colour."""

NOT_YET = (".", FAINT)
"""A key that was not heard, while there is still time."""

LEGEND = "o good  S not heard  K stuck  V one velocity  1 struck once  . not yet played"

UNTOUCHED = KeybedReport(tuple(KeyReading(note) for note in KEYS))
"""Before anything was heard."""

WIDE = 2
"""Columns of a white key; a black one stands between two."""


class KeybedDrawing(Widget):
    """Black keys over white ones, the C's named beneath, then what is wrong in words."""

    report: reactive[KeybedReport] = reactive(UNTOUCHED, layout=True)
    """What was heard of the keys."""
    over: reactive[bool] = reactive(False, layout=True)
    """Whether the test is over, so that a key that was not heard is silent."""

    def render(self) -> Content:
        """Return the drawing, its legend, and the keys that are not good by name."""
        return Content("\n").join(self._lines())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that are needed."""
        return len(self._lines())

    def _lines(self) -> list[Content]:
        keys = self.report.keys
        rows = [self._black_row(keys), self._white_row(keys), c_names(keys)]
        rows.append(Content.styled(LEGEND, FAINT))
        return rows + (self._named() if self.over else [])

    def _named(self) -> list[Content]:
        width = max(20, self.size.width)
        return [
            Content.styled(fit(f"{SIGNS[state][0]} {state.value}: {names_of(found)}", width), LAMP)
            for state in (KeyState.SILENT, KeyState.STUCK, KeyState.ONE_VELOCITY, KeyState.ONCE)
            if (found := self.report.of(state))
        ]

    def _white_row(self, keys: tuple[KeyReading, ...]) -> Content:
        white = [self._sign(key) for key in keys if not key.black]
        return Content(" " * (WIDE - 1)).join(white)

    def _black_row(self, keys: tuple[KeyReading, ...]) -> Content:
        """Return the black keys, each over the gap behind the white key below it."""
        parts: list[Content] = []
        for key, following in zip(keys, (*keys[1:], None), strict=True):
            if not key.black:
                black = following is not None and following.black
                sign = self._sign(following) if black and following else Content(" ")
                parts += [Content(" "), sign]
        return Content("").join(parts)

    def _sign(self, key: KeyReading) -> Content:
        waits = key.state is KeyState.SILENT and not self.over
        text, style = NOT_YET if waits else SIGNS[key.state]
        return Content.styled(text, style)


def c_names(keys: tuple[KeyReading, ...]) -> Content:
    """Return the names of the C's, each under its key."""
    white = [key for key in keys if not key.black]
    row = [" "] * (len(white) * WIDE + WIDE)
    for index, key in enumerate(white):
        if key.name.startswith("C"):
            row[index * WIDE : index * WIDE + len(key.name)] = key.name
    return Content.styled("".join(row).rstrip(), FAINT)
