"""The parts of a step on the page of a run: the rail of steps, its sentences, its evidence."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.look import ACCENT, FAINT, LAMP, LIT
from m1tui.app.run.pictures import Evidence, RailStep, StepView
from m1tui.app.text import fit, prose, window_start
from m1tui.app.widgets.hanging import Hanging, Paragraph


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


WORDS = {True: ("ok  ", LIT), False: ("NO  ", LAMP), None: ("    ", FAINT)}
"""What stands before a piece of evidence: as it should be, not so, nothing judged."""

UNHEARD = ("?   ", ACCENT)
"""What stands before a question that was asked and not answered."""


class EvidenceList(Hanging):
    """One paragraph per check: its word, its evidence, and what to do about it."""

    evidence: reactive[tuple[Evidence, ...]] = reactive(())
    """The answers, in the order of the checks."""

    def watch_evidence(self, evidence: tuple[Evidence, ...]) -> None:
        self.paragraphs = tuple(paragraph_of(piece) for piece in evidence)


def paragraph_of(piece: Evidence) -> Paragraph:
    """Return a piece of evidence with its word before it."""
    word, style = UNHEARD if piece.unheard else WORDS[piece.passed]
    return Paragraph(word, style, (piece.text, *piece.advice))


STYLES = {"[A]": LIT, "[x]": LIT, "[!]": LAMP, "[F]": LAMP, "[ ]": FAINT, "[-]": FAINT}
"""A mark's colour, beside the mark itself."""


class Rail(Widget):
    """One line per step: `>` at the current one, the mark, the title."""

    steps: reactive[tuple[RailStep, ...]] = reactive(())
    """All steps of the procedure, in order."""

    def render(self) -> Content:
        """Return the lines that fit, the current step among them."""
        height, width = max(1, self.size.height), max(12, self.size.width)
        current = next((i for i, step in enumerate(self.steps) if step.current), 0)
        first = window_start(len(self.steps), height, current)
        shown = self.steps[first : first + height]
        return Content("\n").join(self._line(step, width) for step in shown)

    def _line(self, step: RailStep, width: int) -> Content:
        title = fit(step.title, width - 6)
        mark = (step.glyph, STYLES.get(step.glyph, ""))
        if step.current:
            return Content.assemble((">", ACCENT), " ", mark, " ", (title, ACCENT))
        return Content.assemble(
            "  ", mark, " ", (title, FAINT if step.glyph in ("[ ]", "[-]") else "")
        )
