"""Result: the outcome word, what differs, where the backup lies, what now."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.run.pictures import ResultView
from m1tui.app.text import plain
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar

STYLES = {"Safe": LIT, "Now": ACCENT}
"""Labels that stand out from the others."""

LABEL = 10
"""Columns of a label."""

SHOWN = 200
"""Differences that are listed by name; the rest are counted."""


class ResultScreen(Screen[None]):
    """How a transfer or a whole procedure ended, in one word and plain sentences."""

    BINDINGS = [
        Binding("enter", "dismiss", "go on", key_display="Enter"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", "scroll", key_display="Down"),
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
            yield Display((view.outcome, view.meaning), "outcome")
            yield Hanging(sentences_of(view))
            if view.differences:
                yield Static(differences_of(view), markup=False)
            yield Hanging(remarks_of(view))
        yield KeyBar()

    def action_scroll(self, lines: int) -> None:
        """Move the page by `lines`."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)


def sentences_of(view: ResultView) -> tuple[Paragraph, ...]:
    """Return what happened, what is safe, the likely cause and what now."""
    return tuple(labelled(label, text) for label, text in view.advice)


def remarks_of(view: ResultView) -> tuple[Paragraph, ...]:
    """Return where the backup lies, and what else is to be said."""
    told = []
    if view.backup:
        told.append(labelled("Backup", view.backup))
    if view.cosmetic:
        told.append(labelled("Harmless", f"{view.cosmetic} cosmetic differences"))
    if view.notes:
        told.append(Paragraph("Notes".ljust(LABEL), FAINT, view.notes, FAINT))
    return tuple(told)


def labelled(label: str, text: str) -> Paragraph:
    """Return one sentence behind its label."""
    return Paragraph(label.ljust(LABEL), STYLES.get(label, FAINT), (text,))


def differences_of(view: ResultView) -> Content:
    """Return the objects that differ, by name."""
    found = view.differences
    objects = "1 object differs" if len(found) == 1 else f"{len(found)} objects differ"
    lines = [Content.styled(f"{objects}:", LAMP)]
    lines += [plain(f"  {text}") for text in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(plain(f"  and {len(found) - SHOWN} more"))
    return Content("\n").join(lines)
