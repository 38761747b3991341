"""Result: the outcome word, what differs, where the backup lies, what now."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.snapshots import ResultView
from m1tui.app.text import plain, prose
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.keybar import KeyBar

MEANINGS = {
    "VERIFIED": "read back from the M1, and equal",
    "MISMATCH": "read back, and some objects differ",
    "UNKNOWN": "could not be read back",
    "REFUSED": "nothing was sent",
    "CANCELLED": "stopped by you",
}
"""What stands under the outcome word."""

SHOWN = 200
"""Differences that are listed by name; the rest are counted."""


class ResultScreen(Screen[None]):
    """How a transfer or a whole procedure ended, in four words and plain sentences."""

    BINDINGS = [
        Binding("enter", "dismiss", "go on", key_display="Enter"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", "scroll", key_display="^v"),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", show=False),
    ]

    def __init__(self, view: ResultView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        view = self.view
        yield Static(plain(view.title), classes="title", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            meaning = MEANINGS.get(view.outcome, "")
            yield Display((f" {view.outcome}", f" {meaning}"), "outcome")
            yield Static(self._sentences(), markup=False)
            if view.differences:
                yield Static(self._differences(), markup=False)
            if view.backup:
                yield Static(
                    Content.assemble(("Backup  ", FAINT), prose(view.backup)), markup=False
                )
            if view.notes:
                yield Static(plain("\n".join(view.notes), FAINT), markup=False)
        yield KeyBar()

    def _sentences(self) -> Content:
        styles = {"Safe": LIT, "Now": ACCENT}
        lines = [
            Content.assemble((f"{label:<9}", styles.get(label, FAINT)), prose(sentence))
            for label, sentence in self.view.advice
        ]
        return Content("\n").join(lines)

    def _differences(self) -> Content:
        found = self.view.differences
        lines = [Content.styled(f"{len(found)} objects differ:", LAMP)]
        lines += [plain(f"  {text}") for text in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(plain(f"  and {len(found) - SHOWN} more"))
        return Content("\n").join(lines)

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)
