"""Turns results and progress into the pages that show how something went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from m1tui.advice import Advice
from m1tui.app.own_way import in_the_app
from m1tui.app.run.pictures import ResultView, TransferView
from m1tui.app.text import plain
from m1tui.app.theme import ACCENT, FAINT, LAMP, LIT, UNSURE
from m1tui.app.widgets.bars import Heading, OutcomeBand
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.scrolling import MoreBelow, ScrollingScreen
from m1tui.engine.progress import Progress
from m1tui.facts import NO_ANSWER, NOT_ASKED, UNDECIDED, Harm, Outcome
from m1tui.procedures.claims import Claim, said_of
from m1tui.procedures.findings import (
    StepResult,
    attention,
    card_losses,
    left_out,
    not_proved_again,
    objection,
    observed,
    skipped,
    unproved,
)
from m1tui.procedures.origins import harm_of, missing_song_lines, said_with_source, saved_files
from m1tui.procedures.run import Run
from m1tui.procedures.schema import ANSWERING, Step
from m1tui.procedures.states import Mark, RunOutcome, StepState
from m1tui.procedures.still_set import left_now
from m1tui.store.report.facts import not_proved
from m1tui.sysex.listing import counted

WORDS = {
    Mark.SENSED: "proved",
    Mark.BY_HAND: "by hand",
    Mark.FOUND: "with a fault",
    Mark.OVERRIDDEN: "not done",
    Mark.LEFT_OUT: "left out",
}
"""Marks in the sentence that counts them."""
ANSWERED, RECORDED, FAILED_AND_SKIPPED = "answered", "recorded", "failed and skipped"
"""The same of a question that a person answered, of a step at which the program only recorded what
it heard, and of one that was skipped after its check had failed."""
ELSEWHERE = "on a branch not taken"
"""The same of the steps of a branch that no answer led to: nobody was to do them."""
BEFORE = "done before an answer was changed"
"""The same of those of them that were done while the answer led to them."""
ORDER = (
    WORDS[Mark.SENSED],
    RECORDED,
    ANSWERED,
    WORDS[Mark.BY_HAND],
    WORDS[Mark.FOUND],
    FAILED_AND_SKIPPED,
    WORDS[Mark.OVERRIDDEN],
    WORDS[Mark.LEFT_OUT],
    ELSEWHERE,
    BEFORE,
)


def labelled(advice: Advice) -> tuple[tuple[str, str], ...]:
    """Return the parts of advice that are not empty, each with its label."""
    advice = in_the_app(advice)
    parts = (
        ("Happened", advice.happened),
        ("Safe", advice.safe),
        ("Cause", advice.cause),
        ("Now", advice.next_step),
    )
    return tuple((label, text) for label, text in parts if text)


MEANINGS = {
    Outcome.VERIFIED: "read back, and equal",
    Outcome.MISMATCH: "read back, and some objects differ",
    Outcome.UNKNOWN: "could not be read back",
    Outcome.REFUSED: "nothing was written",
}
"""What an outcome's word means at the end of a restore."""

RUN_MEANINGS = {
    RunOutcome.VERIFIED: "each step that can be proved is proved",
    RunOutcome.BY_HAND: "no step of it was proved",
    RunOutcome.MISMATCH: "a check did not pass",
    RunOutcome.IN_PART: "what is skipped or not proved is listed below",
    RunOutcome.REFUSED: "a send was refused; none of it was written",
    RunOutcome.UNKNOWN: "not all of it could be proved",
}
"""What an outcome's word means at the end of a procedure."""
OBJECTED = "something speaks against it: see Attention"
"""The same where an answer or a measured value does not go with the outcome."""
HARMS = {
    Harm.FAULT_STAYS: f"{Harm.FAULT_STAYS.value}; it is listed below",
    Harm.LOST: f"{Harm.LOST.value}: see Attention",
    Harm.CHANGED: f"{Harm.CHANGED.value}: see Attention",
}
"""What stands in the place of that meaning, whatever the steps have proved."""


def result_view(step: Step, result: StepResult) -> ResultView:
    """Return how a backup or a restore ended."""
    evidence = (*(verdict.evidence for verdict in result.verdicts), *result.lines)
    if result.restoration is not None:
        done = result.restoration
        comparison = done.comparison
        return ResultView(
            step.title,
            done.outcome.name,
            "stopped by you" if done.cancelled else MEANINGS[done.outcome],
            labelled(done.advice),
            tuple(f"{one.text}: {one.first}" for one in comparison.different) if comparison else (),
            len(comparison.cosmetic) if comparison else 0,
            (result.backup,) if result.backup else (),
            evidence,
        )
    if result.advice is not None:
        refused = Outcome.REFUSED
        told = labelled(result.advice)
        # What happened is said above, and is not said a second time.
        notes = tuple(one for one in evidence if one != result.advice.happened)
        return ResultView(step.title, refused.name, MEANINGS[refused], told, notes=notes)
    compared = step.kind == "receive" and bool(result.verdicts)
    read = "received; a second reading agrees" if compared else TWICE
    return ResultView(
        step.title,
        Outcome.VERIFIED.name,
        read if result.backup else "there is nothing to save",
        tuple(("Found", verdict.evidence) for verdict in result.verdicts),
        backups=(result.backup,) if result.backup else (),
        notes=result.evidence if compared else result.lines,
    )


TWICE = "read until two readings agreed"


def summary_view(run: Run) -> ResultView:
    """Return how a whole procedure ended."""
    missing_songs = missing_song_lines(run)
    return ResultView(
        run.procedure.title,
        run.outcome_word,
        _meaning(run, missing_songs),
        (
            *_under("Attention", attention(run, missing_songs)),
            *_under("Still set", left_now(run)),
            ("Steps", _counted_steps(run)),
            *_under("Led to", _led_to(run)),
            *_under("Faults", run.findings),
            *_under("Parts", run.parts),
            *_under("Observed", observed(run)),
            *_under("Unproved", unproved(run)),
            *_under("Skipped", skipped(run)),
            *_under("Untested", tuple(run.untested.values())),
            *_under("Left out", left_out(run)),
            *closing_lines(run),
            ("Safe", "Every step is in the journal, with its evidence."),
        ),
        backups=saved_files(run),
    )


def _counted_steps(run: Run) -> str:
    """Return how many steps were done, and how: what somebody answered was not done by hand."""
    words: list[str] = []
    for step, state, mark in zip(run.procedure.steps, run.states, run.marks, strict=True):
        if mark is Mark.OVERRIDDEN and state.failed:
            words.append(FAILED_AND_SKIPPED)
        elif mark is Mark.BY_HAND and step.kind in ANSWERING:
            words.append(ANSWERED)
        elif mark is Mark.BY_HAND and not step.senses and _heard(state):
            words.append(RECORDED)
        elif mark in WORDS and mark is not Mark.LEFT_OUT:
            words.append(WORDS[mark])
    words += [WORDS[Mark.LEFT_OUT]] * len(run.left_out)
    if not run.procedure.leads_past_most:
        known = {at for at, _ in run.left_out}
        for at, (state, mark) in enumerate(zip(run.states, run.marks, strict=True)):
            if mark is Mark.LEFT_OUT and at not in known:
                was_skipped = state.mark is Mark.OVERRIDDEN
                done = state.mark is not Mark.OPEN or state.before is not None
                words.append(BEFORE if done and not was_skipped else ELSEWHERE)
    return ", ".join(f"{words.count(word)} {word}" for word in ORDER if word in words)


def _heard(state: StepState) -> bool:
    return any(one.passed is not None for one in state.verdicts)


def _meaning(run: Run, missing_songs: tuple[str, ...]) -> str:
    """Return what the outcome's word means, or what speaks louder than it."""
    harm = harm_of(run, (*missing_songs, *(one.line for one in card_losses(run))))
    if harm is not None:
        good = run.outcome in (RunOutcome.VERIFIED, RunOutcome.BY_HAND)
        word = "" if harm is Harm.FAULT_STAYS else "but " if good else "and "
        return f"{word}{HARMS[harm]}"
    if run.outcome is None:
        return "steps are still open"
    return OBJECTED if objection(run) else RUN_MEANINGS[run.outcome]


def _led_to(run: Run) -> tuple[str, ...]:
    """Return where the answers have led, where they lead past most steps."""
    if not (run.procedure.leads_past_most and run.at_end):
        return ()
    return (f"Your answers led to {run.place_of(run.current.id)}.",)


def closing_lines(run: Run) -> tuple[tuple[str, str], ...]:
    """Return what the M1 answered when it was asked again at the end, and what cannot be asked."""
    if run.closing is None:
        return ()
    open_ = run.unanswered
    so = [claim for claim in run.closing.claims if claim not in open_]
    told = (
        ("At end", "Asked again, and still true", so),
        ("No answer", "At the end the M1 gave no answer about this", run.closed_with(NO_ANSWER)),
        ("", "At the end the M1's answer did not settle this", run.closed_with(UNDECIDED)),
        ("", "At the end the M1 could not be asked about this", run.closed_with(NOT_ASKED)),
        (
            "Not asked",
            "True when proved; could not be checked again at the end",
            run.closing.not_asked,
        ),
    )
    claims = [said_of(Claim.parse(one)) for one in run.unproved]
    return (
        *(
            (label, f"{text}: {'; '.join(said_with_source(run, one) for one in claims)}.")
            for label, text, claims in told
            if claims
        ),
        *((("No proof", not_proved(claims)),) if claims else ()),
        *_under("Earlier", not_proved_again(run)),
    )


def _under(label: str, texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return texts of which only the first has the label."""
    return tuple(("" if place else label, text) for place, text in enumerate(texts))


class TransferLog:
    """Follows the progress of one operation and keeps the phases that are over."""

    def __init__(self, title: str) -> None:
        self.view = TransferView(title)

    def after(self, progress: Progress) -> TransferView:
        """Return the view after `progress`."""
        view = self.view
        finished = view.finished_phases
        if view.phase and view.phase != progress.phase:
            finished = (*finished, _over(view))
        self.view = replace(
            view,
            phase=progress.phase,
            done=progress.done,
            total=progress.total,
            least=progress.least,
            seconds_left=progress.seconds_left,
            reply=progress.note or view.reply,
            finished_phases=finished,
        )
        return self.view


def _over(view: TransferView) -> str:
    """Return what became of the phase that `view` shows."""
    if view.done < view.total:
        size = "" if view.least else f" of {view.total:,}"
        return f"      {view.phase}: stopped at {view.done:,}{size} bytes"
    size = f": {view.total:,} bytes" if view.total else ""
    return f"done  {view.phase}{size}"


STYLES = {
    "Safe": LIT,
    "Now": ACCENT,
    "Faults": LAMP,
    "Observed": UNSURE,
    "Unproved": UNSURE,
    "Untested": UNSURE,
    "No answer": UNSURE,
    "Attention": UNSURE,
    "Still set": UNSURE,
}
"""Labels that stand out from the others."""

LABEL = 10
"""Columns of a label."""

SHOWN = 200
"""Differences that are listed by name; the rest are counted."""


class ResultScreen(ScrollingScreen[None]):
    """How a transfer or a whole procedure ended, in one word and plain sentences."""

    HELP_SECTION = "A RESULT"

    BINDINGS = [
        Binding("enter", "dismiss", "go on", key_display="Enter"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", "scroll", key_display="Down"),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
        Binding("escape,q", "dismiss", show=False),
    ]

    def __init__(self, view: ResultView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        view = self.view
        yield Heading(view.title)
        with VerticalScroll(id="body", can_focus=False):
            yield OutcomeBand(view.outcome, view.meaning)
            yield Hanging(sentences_of(view))
            if view.differences:
                yield Static(differences_of(view), markup=False)
            yield Hanging(remarks_of(view))
        yield MoreBelow()
        yield KeyBar()


def sentences_of(view: ResultView) -> tuple[Paragraph, ...]:
    """Return what happened, what is safe, the likely cause and what now."""
    return tuple(labelled_text(label, text) for label, text in view.advice)


def remarks_of(view: ResultView) -> tuple[Paragraph, ...]:
    """Return where the backup lies, and what else is to be said."""
    told = []
    told += [labelled_text(*one) for one in _under("Backup", view.backups)]
    if view.cosmetic:
        told.append(labelled_text("Harmless", counted(view.cosmetic, "cosmetic difference")))
    if view.notes:
        told.append(Paragraph("Notes".ljust(LABEL), FAINT, view.notes, FAINT))
    return tuple(told)


def labelled_text(label: str, text: str) -> Paragraph:
    """Return one sentence behind its label."""
    return Paragraph(f"{label} ".ljust(LABEL), STYLES.get(label, FAINT), (text,))


def differences_of(view: ResultView) -> Content:
    """Return the objects that differ, by name."""
    found = view.differences
    objects = "1 object differs" if len(found) == 1 else f"{len(found)} objects differ"
    lines = [Content.styled(f"{objects}:", LAMP)]
    lines += [plain(f"  {text}") for text in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(plain(f"  and {len(found) - SHOWN} more"))
    return Content("\n").join(lines)
