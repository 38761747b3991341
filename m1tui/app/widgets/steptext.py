"""The sentences of a step: its head, its values, what is heard, what was written beside it."""

from __future__ import annotations

from textual.content import Content

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.run.pictures import StepView
from m1tui.app.text import prose


def title_line(view: StepView) -> Content:
    """Return the procedure's title and how far it is."""
    return Content.assemble(
        (prose(view.procedure), ""), (f"   step {view.number} of {len(view.rail)}", FAINT)
    )


def head(view: StepView) -> Content:
    """Return the step's mark and title."""
    guide = f"  (guide, step {view.guide})" if view.guide else ""
    return Content.assemble(
        (f"{view.glyph} ", ""), (prose(view.title), ACCENT), (prose(guide), FAINT)
    )


def fields_of(view: StepView) -> Content:
    """Return the values that are asked for, each with what may be typed, or was."""
    return Content("\n").join(
        Content.assemble((f"{prose(label)}: ", FAINT), prose(value)) for label, value in view.fields
    )


def hearing(view: StepView) -> Content:
    """Return that the program listens, what it has heard, and how to stop it."""
    lines = [Content.styled("The program listens: act now. Esc stops it.", ACCENT)]
    lines += [Content.styled(prose(note), LIT) for note in view.heard]
    if view.can_rehearse:
        lines.append(Content.styled("v: the virtual M1 does all this. p: its panel.", FAINT))
    return Content("\n").join(lines)


def remarks(view: StepView) -> Content | None:
    """Return why it is open again, why it was skipped, and the note; None where all are none."""
    lines = []
    if view.doubt:
        lines.append(Content.assemble(("Open again: ", LAMP), prose(view.doubt)))
    if view.reason:
        lines.append(Content.assemble(("Skipped: ", LAMP), prose(view.reason)))
    if view.note:
        lines.append(Content.assemble(("Note: ", FAINT), prose(view.note)))
    return Content("\n").join(lines) if lines else None
