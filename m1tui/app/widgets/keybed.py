"""The 61 keys as a drawing in two rows, each key with a sign for what was heard of it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.engine.keybed import KeybedReport, KeyReading, KeyState

SIGNS = {
    KeyState.SILENT: (".", FAINT),
    KeyState.STUCK: ("!", LAMP),
    KeyState.ONCE: ("1", ACCENT),
    KeyState.ONE_VELOCITY: ("=", LAMP),
    KeyState.GOOD: ("o", LIT),
}
"""The sign of a key's state, and its colour."""

LEGEND = "   ".join(f"{sign} {state.value}" for state, (sign, _) in SIGNS.items())

WIDE = 2
"""Columns of a white key; a black one stands between two."""


class KeybedDrawing(Widget):
    """Black keys over white ones, the C's named beneath."""

    report: reactive[KeybedReport | None] = reactive(None, layout=True)
    """What was heard of the keys, None while they are not tested."""

    def render(self) -> Content:
        """Return four rows, or nothing."""
        if self.report is None:
            return Content("")
        rows = (black_row(self.report.keys), white_row(self.report.keys), names(self.report.keys))
        return Content("\n").join([*rows, Content.styled(LEGEND, FAINT)])


def white_row(keys: tuple[KeyReading, ...]) -> Content:
    """Return the white keys, each with a column behind it."""
    return Content.assemble(*(part for key in keys if not key.black for part in (sign(key), " ")))


def black_row(keys: tuple[KeyReading, ...]) -> Content:
    """Return the black keys, each over the gap behind the white key below it."""
    parts: list[Content] = []
    for index, key in enumerate(keys):
        if not key.black:
            following = keys[index + 1] if index + 1 < len(keys) else None
            black = following is not None and following.black
            parts.append(Content(" ") + (sign(following) if black and following else Content(" ")))
    return Content("").join(parts)


def names(keys: tuple[KeyReading, ...]) -> Content:
    """Return the names of the C's, each under its key."""
    white = [key for key in keys if not key.black]
    row = [" "] * (len(white) * WIDE + WIDE)
    for index, key in enumerate(white):
        if key.name.startswith("C"):
            row[index * WIDE : index * WIDE + len(key.name)] = key.name
    return Content.styled("".join(row).rstrip(), FAINT)


def sign(key: KeyReading) -> Content:
    """Return the sign of one key's state."""
    text, style = SIGNS[key.state]
    return Content.styled(text, style)
