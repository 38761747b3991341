"""The parts of a step on the page of a run: the rail of steps, its sentences, its evidence."""

from __future__ import annotations

import asyncio

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from m1tui.app.run.pictures import Evidence, LogLine, RailStep, StepView
from m1tui.app.text import fit, prose, shortened, window_start
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT, STRONG, UNSURE
from m1tui.app.widgets.hanging import Hanging, Paragraph


class TitleBar(Widget):
    """The procedure, and at the right end which step it is at, with a bar."""

    view: reactive[StepView | None] = reactive(None)
    """The step on screen."""

    def render(self) -> Content:
        """Return one line; a title that is too long is cut, the step never."""
        if self.view is None:
            return Content("")
        count = len(self.view.rail)
        if 2 * count < self.view.steps:
            # Answers lead to a few of many steps: how many they will be is not known.
            where = f"step {self.view.number}"
            room = self.size.width - len(where) - 2
            return Content.assemble((fit(self.view.procedure, max(8, room)), STRONG), "  ", where)
        done = sum(step.glyph != OPEN for step in self.view.rail)
        filled = BAR * done // max(1, count)
        where = f"step {self.view.number} of {self.view.steps or count}"
        room = self.size.width - len(where) - BAR - 5
        return Content.assemble(
            (fit(self.view.procedure, max(8, room)), STRONG),
            "  ",
            where,
            (" [", FAINT),
            ("#" * filled, STRONG),
            ("-" * (BAR - filled), FAINT),
            ("]", FAINT),
        )


OPEN = "[ ]"
BAR = 14
"""Columns of the bar that shows how many steps are done."""


def head(view: StepView) -> Content:
    """Return the step's mark, number and title."""
    guide = f"  (guide, step {view.guide})" if view.guide else ""
    return Content.assemble(
        (view.glyph, STYLES.get(view.glyph, "")),
        f" {view.number}  ",
        (prose(view.title), ACCENT),
        (prose(guide), FAINT),
    )


def claims_text(view: StepView) -> Content | None:
    """Return what the step proves of the instrument, None where it proves nothing."""
    if not view.claims:
        return None
    proved = view.glyph == "[A]"
    word = ("Proved: ", LIT) if proved else ("Proves: ", FAINT)
    return Content.assemble(word, prose("; ".join(view.claims)))


def settled_answers(view: StepView) -> Content | None:
    """Return all options of a question that is answered, the chosen one marked."""
    if not view.answers or view.asking:
        return None
    lines = [
        Content.styled(f"(x) {prose(text)}", STRONG)
        if text == view.choice
        else Content.styled(f"( ) {prose(text)}", FAINT)
        for text in view.answers
    ]
    return Content("\n").join(lines)


def fields_of(view: StepView) -> Content:
    """Return the values that are asked for, each with what may be typed, or was."""
    return Content("\n").join(
        Content.assemble((f"{prose(label)}: ", FAINT), prose(value)) for label, value in view.fields
    )


def hearing(view: StepView) -> Content:
    """Return that the program listens, what it has heard, and how to stop it."""
    what = "the virtual M1 is doing this" if view.acting else "do it now"
    lines = [Content.styled(f"The program is listening: {what}. Esc stops it.", ACCENT)]
    lines += [Content.styled(view.ends, FAINT)] if view.ends else []
    lines += [Content.styled(prose(note), STRONG) for note in view.heard]
    return Content("\n").join(lines)


def doubt_text(view: StepView) -> Content | None:
    """Return why the step is open again, None where it is not."""
    if not view.doubt:
        return None
    return Content.assemble(("Reopened: ", UNSURE), prose(view.doubt))


def remarks(view: StepView) -> Content | None:
    """Return why it was skipped, and the note; None where both are none."""
    lines = []
    if view.reason:
        lines.append(Content.assemble(("Skipped: ", UNSURE), prose(view.reason)))
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

    waited: reactive[int] = reactive(0)
    """Seconds since the question that is under way was put."""

    _second: asyncio.TimerHandle | None = None

    def on_unmount(self) -> None:
        self._stop_counting()

    def watch_evidence(self, evidence: tuple[Evidence, ...]) -> None:
        self._stop_counting()
        self.waited = 0
        if any(piece.under_way for piece in evidence):
            self._second = asyncio.get_running_loop().call_later(1.0, self._count)
        self._draw()

    def _count(self) -> None:
        # While a person reads a question, it is not the M1 that takes its time.
        if not self.app.screen.is_modal:
            self.waited += 1
        self._second = asyncio.get_running_loop().call_later(1.0, self._count)

    def _stop_counting(self) -> None:
        if self._second is not None:
            self._second.cancel()
            self._second = None

    def watch_waited(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.paragraphs = tuple(paragraph_of(piece, self.waited) for piece in self.evidence)


def paragraph_of(piece: Evidence, waited: int = 0) -> Paragraph:
    """Return a piece of evidence with its word before it; a question under way with its seconds."""
    word, style = UNHEARD if piece.unheard else WORDS[piece.passed]
    if piece.under_way:
        return Paragraph(f"{waited} s ".ljust(4), ACCENT, (piece.text, *piece.advice))
    return Paragraph(word, style, (piece.text, *piece.advice))


STYLES = {
    "[A]": LIT,
    "[x]": "",
    "[!]": UNSURE,
    "[F]": LAMP,
    "[ ]": FAINT,
    "[-]": FAINT,
}
"""A mark's colour, beside the mark itself: only what is proved is bright."""

MORE = ".."
"""Stands in the rail's first and last line where more steps lie beyond."""


class Rail(Widget):
    """One line per step: `>` at the current one, the mark, the number, and the title in room."""

    steps: reactive[tuple[RailStep, ...]] = reactive(())
    """All steps of the procedure, in order."""

    def render(self) -> Content:
        """Return the lines that fit, the current step among them."""
        height, width = max(1, self.size.height), self.size.width
        current = next((i for i, step in enumerate(self.steps) if step.current), 0)
        first = window_start(len(self.steps), height, current)
        shown = range(first, min(len(self.steps), first + height))
        lines = []
        for place in shown:
            beyond = (place == shown[0] and first > 0) or (
                place == shown[-1] and place + 1 < len(self.steps)
            )
            more = beyond and not self.steps[place].current
            lines.append(Content.styled(f" {MORE}", FAINT) if more else self._line(place, width))
        return Content("\n").join(lines)

    def _line(self, place: int, width: int) -> Content:
        step = self.steps[place]
        number = f"{step.number or place + 1:>2}"
        room = width - NUMBERED
        title = ""
        if room >= SHORTEST:
            whole = step.title if len(step.title) < room else step.short or step.title
            title = " " + shortened(whole, room - 1)
        mark = (step.glyph, STYLES.get(step.glyph, ""))
        if step.current:
            return Content.assemble((">", ACCENT), mark, (f"{number}{title}", ACCENT))
        done_with = step.glyph in ("[ ]", "[-]")
        return Content.assemble(" ", mark, (f"{number}{title}", FAINT if done_with else ""))


NUMBERED = 6
"""Columns of the cursor, the mark and the number."""
SHORTEST = 10
"""Columns of a title below which it says nothing."""


class RunLog(Widget):
    """What was done in this run, the newest last: on screens that have room beside the step."""

    lines: reactive[tuple[LogLine, ...]] = reactive(())
    """The steps that are done, in order."""

    def on_mount(self) -> None:
        self.border_title = Content("done in this run")

    def render(self) -> Content:
        """Return the newest lines that fit."""
        height, width = max(1, self.size.height), max(20, self.size.width)
        if not self.lines:
            return Content.styled("Nothing yet.", FAINT)
        shown = self.lines[-height:]
        return Content("\n").join(self._line(line, width) for line in shown)

    def _line(self, line: LogLine, width: int) -> Content:
        mark = (line.glyph, STYLES.get(line.glyph, ""))
        title = shortened(line.title, max(12, width // 2))
        used = len(line.time) + len(line.glyph) + len(title) + 4
        found = fit(line.found, max(0, width - used)).rstrip() if line.found else ""
        return Content.assemble(
            (line.time, FAINT), " ", mark, " ", title, ("  " + found if found else "", FAINT)
        )
