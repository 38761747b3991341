"""The bottom line: the keys that do something now, and what they do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from m1tui.app.text import fit
from m1tui.app.theme import ACCENT, FAINT, FULL_SIZE, LAMP, LEAST


@runtime_checkable
class Hinting(Protocol):
    """A screen that says itself which keys matter now."""

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return keys and what they do."""


class KeyBar(Widget):
    """The keys of the moment: those that the screen names itself, or else Enter and two others.

    All that it offers are on its page of help.
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        # Where the height follows the content, a line may have come or gone.
        self.refresh(layout=self.styles.is_auto_height)

    def on_resize(self) -> None:
        self.refresh()

    @property
    def _need(self) -> str:
        """What a terminal that is too small needs, empty where it is large enough."""
        found = self.app.size
        if found.width >= FULL_SIZE[0] and found.height >= FULL_SIZE[1]:
            return ""
        room = f"{found.width} x {found.height}"
        if found.width >= LEAST[0] and found.height >= LEAST[1]:
            return f"Terminal {room}: m1tui needs {_by(FULL_SIZE)} to show everything."
        return f"Too small: {_by(LEAST)} at least, found {room}."

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that the keys need, where the style leaves the height to the content."""
        return len(self._lines(width)) + bool(self._need)

    def render(self) -> Content:
        """Return `Enter next  b back ...`, closer together where the line is short."""
        width = self.size.width
        lines = [_spread(line, width) for line in self._lines(width)]
        if self._need:
            lines.insert(0, Content.styled(fit(self._need, width), LAMP))
        return Content("\n").join(lines)

    def _lines(self, width: int) -> list[list[tuple[str, str]]]:
        """Return the keys in lines; all in one where the style gives but one row."""
        hints = self._hints()
        if not self.styles.is_auto_height:
            return [_kept(hints, width)]
        lines: list[list[tuple[str, str]]] = [[]]
        for hint in hints:
            if lines[-1] and _length([*lines[-1], hint]) > width:
                lines.append([])
            lines[-1].append(hint)
        return lines

    def _hints(self) -> list[tuple[str, str]]:
        if isinstance(self.screen, Hinting):
            return list(self.screen.hints())
        active = self.screen.active_bindings.values()
        shown = [each.binding for each in active if each.binding.show and each.enabled]
        # A binding of two keys is two bindings with one display.
        keys = dict.fromkeys((b.key_display or b.key, b.description) for b in shown)
        return of_the_moment(list(keys), getattr(self.screen, "MOMENT", ()))


AT_ONCE = 2
"""Keys that are named beside Enter, help and leaving."""
ALL_KEYS = "all keys"
"""What help is called where it names more keys than the line."""


def of_the_moment(keys: list[tuple[str, str]], first: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return Enter, two other keys, help and leaving; `first` are the two, else those before."""
    always = [hint for hint in keys if hint[0] in ("Enter", "?", "Esc")]
    others = [hint for hint in keys if hint not in always]
    others.sort(key=lambda hint: hint[0] not in first)
    kept = [*others[:AT_ONCE], *always]
    named = [hint for hint in keys if hint in kept]
    if len(named) == len(keys):
        return named
    return [(key, ALL_KEYS if key == "?" else what) for key, what in named]


LAST = 2
"""Keys at the end of the line that never fall off: leaving and help."""


def _kept(hints: list[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Return the hints that fit: those before the last two go first, the rightmost of them."""
    kept = list(hints)
    while len(kept) > LAST + 1 and _length(kept) > width:
        del kept[-LAST - 1]
    return kept


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _length(hints: list[tuple[str, str]]) -> int:
    """Return the columns that hints need with one space between each two."""
    return sum(len(key) + len(what) + 2 for key, what in hints) - 1


def _spread(hints: list[tuple[str, str]], width: int) -> Content:
    room = width - _length(hints) + len(hints) - 1
    gap = " " * max(1, min(3, room // max(1, len(hints) - 1)))
    return Content(gap).join(
        Content.assemble((key, ACCENT), " ", (what, FAINT)) for key, what in hints
    )
