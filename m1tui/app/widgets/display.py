"""The instrument's two-line display, green-lit, with a word on what it is a drawing of.

What it is expected to show stands in the same frame, below each line that is not so.
"""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.snapshots import BLANK_DISPLAY
from m1tui.app.text import fit, harmless, plain
from m1tui.app.theme import ACCENT, FAINT, GLASS, GLASS_AMISS, STRONG

COLUMNS = 40
"""Characters in a line of the M1's display."""


UNKNOWN = "?"
"""Stands in what is expected for each character that cannot be known."""

NOTHING_EXPECTED = ("", "")


def amiss(shown: str, expected: str) -> tuple[int, ...]:
    """Return the columns in which a line is not as expected; what cannot be known never counts.

    A word that cannot be known may be longer than expected: the blanks after it do not count.
    """
    found, open_end = [], False
    for at, (one, other) in enumerate(
        zip(fit(shown, COLUMNS), fit(expected, COLUMNS), strict=True)
    ):
        open_end = other == UNKNOWN or (open_end and other == " ")
        if one != other and not open_end:
            found.append(at)
    return tuple(found)


class Display(Widget):
    """Two lines of 40 characters in a frame that says what they are."""

    lines: reactive[tuple[str, str]] = reactive(BLANK_DISPLAY, repaint=False)
    """What stands in the display; longer lines are cut."""
    cursor: reactive[tuple[int, int] | None] = reactive(None)
    """Line and column of the cursor, None where it is not known or not there."""
    label: reactive[str] = reactive("a sketch")
    """What the drawing is, in the frame's top edge."""
    lit: reactive[bool] = reactive(True)
    """Whether it is the display of an instrument, or else what is known of one."""
    expected: reactive[tuple[str, str]] = reactive(NOTHING_EXPECTED, repaint=False)
    """What it is to show, `?` where that cannot be known; blank where nothing is expected."""

    def __init__(
        self,
        lines: tuple[str, str] = BLANK_DISPLAY,
        label: str = "a sketch",
        *,
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes, markup=False)
        self.set_reactive(Display.lines, lines)
        self.set_reactive(Display.label, label)

    def on_mount(self) -> None:
        self.watch_label(self.label)

    @property
    def _amiss(self) -> tuple[tuple[int, ...], ...]:
        """The columns of each line that are not as expected."""
        if self.expected == NOTHING_EXPECTED:
            return ((), ())
        return tuple(amiss(*pair) for pair in zip(self.lines, self.expected, strict=True))

    def watch_lines(self, old: tuple[str, str], new: tuple[str, str]) -> None:
        if self.expected != NOTHING_EXPECTED:
            self._compare()
            return
        # A line that stands as it stood, and the frame, need not travel over a slow line again.
        pairs = enumerate(zip(old, new, strict=True))
        changed = [row for row, (before, after) in pairs if before != after]
        if changed:
            self.refresh(*(Region(0, row, COLUMNS, 1) for row in changed))

    def watch_expected(self) -> None:
        self._compare()

    def _compare(self) -> None:
        count = sum(map(len, self._amiss))
        signs = "1 character differs" if count == 1 else f"{count} characters differ"
        self.border_subtitle = plain(f"{signs}; expected below") if count else ""
        self.set_class(bool(count), "amiss")
        self.refresh(layout=True)

    def watch_label(self, label: str) -> None:
        # A border's title reads markup in a string; content is taken as it is.
        self.border_title = plain(harmless(label))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return two rows, and one for each line that is not as expected."""
        return 2 + sum(map(bool, self._amiss))

    def render(self) -> Content:
        """Return the lines, each filled to its 40 columns and lit, what is amiss marked."""
        rows = []
        for row, (line, wrong) in enumerate(zip(self.lines, self._amiss, strict=True)):
            glass = Content.styled(fit(line, COLUMNS), GLASS if self.lit else STRONG)
            if self.cursor is not None and self.cursor[0] == row:
                glass = glass.stylize("reverse", self.cursor[1], self.cursor[1] + 1)
            for column in wrong:
                glass = glass.stylize(GLASS_AMISS, column, column + 1)
            rows.append(glass)
            if wrong:
                rows.append(self._expected_line(row, wrong))
        return Content("\n").join(rows)

    def _expected_line(self, row: int, wrong: tuple[int, ...]) -> Content:
        sure = fit(self.expected[row], COLUMNS).replace(UNKNOWN, " ")
        line = Content.styled(sure, FAINT)
        for column in wrong:
            line = line.stylize(ACCENT, column, column + 1)
        return line
