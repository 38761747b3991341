"""Get to know this M1: the survey, as a page that asks and says what was found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.widgets import Input, Static
from textual.worker import Worker

from m1tui import __version__
from m1tui.advice import Trouble
from m1tui.app.run.results import labelled, labelled_text
from m1tui.app.theme import ACCENT, FAINT, LIT
from m1tui.app.widgets.display import Display
from m1tui.app.widgets.hanging import Hanging, Paragraph
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.line import Line
from m1tui.app.widgets.scrolling import ScrollingScreen
from m1tui.engine.progress import Progress
from m1tui.engine.survey import CLASSES, Class, Look, Surveying, still_owed, survey
from m1tui.engine.survey.person import DONE, Hands
from m1tui.facts import Backup
from m1tui.store.surveys import JSON_FILE, SurveyFolder, survey_folder
from m1tui.surveys import State, Survey, read_survey

if TYPE_CHECKING:
    from m1tui.app.app import M1App

TITLE = "Get to know this M1"
_CHOICES = {"2": Class.EDIT, "3": Class.WRITES, "4": Class.KEYS}
_ABOUT = (
    "Some facts about the M1 have one source or none. These experiments settle them for this "
    "M1, and leave it as it was. Choose what they may do."
)
_CELL = 10
"""Columns of the display over a pair of keys."""
_TOLD = 4
"""Experiments that are listed, the newest last."""


class Stage(Enum):
    """What the page is about."""

    CHOOSING = "choosing"
    RUNNING = "running"
    ASKING = "asking"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a virtual M1 shows at one moment."""

    lines: tuple[str, str]
    cursor: tuple[int, int] | None
    label: str


@dataclass(frozen=True, slots=True)
class SurveyView:
    """The page at one moment."""

    stage: Stage
    paragraphs: tuple[Paragraph, ...]
    form: str = ""
    """How the answer is typed, while one is asked for."""
    shown: Shown | None = None
    """What a virtual M1 shows, while it is asked for."""


class SurveyScreen(ScrollingScreen[None]):
    """Draws one SurveyView after another."""

    HELP_SECTION = "THE SURVEY"

    BINDINGS = [
        *(Binding(key, f"choose('{key}')", show=False) for key in _CHOICES),
        Binding("c", "go_on", show=False),
        Binding("enter", "begin", "begin"),
        Binding("escape", "back", "back", key_display="Esc"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("f1", "app.help", "help", key_display="F1"),
    ]

    AUTO_FOCUS = ""

    view: reactive[SurveyView | None] = reactive(None, repaint=False)
    """The page as it stands; None before the first."""

    def __init__(self, surveys: Surveys) -> None:
        super().__init__()
        self._surveys = surveys

    def compose(self) -> ComposeResult:
        yield Static(TITLE, classes="title", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield Hanging()
        yield Display()
        yield Line(id="answer")
        yield KeyBar()

    def on_mount(self) -> None:
        self._surveys.open()

    def watch_view(self, view: SurveyView | None) -> None:
        """Draw the page, and give the line the keys while an answer is asked for."""
        if view is None:
            return
        self.query_one(Hanging).paragraphs = view.paragraphs
        for stage in Stage:
            self.set_class(stage is view.stage, stage.value)
        display = self.query_one(Display)
        display.set_class(view.shown is None, "empty")
        if view.shown is not None:
            display.lines, display.cursor = view.shown.lines, view.shown.cursor
            display.label = view.shown.label
        line = self.query_one(Line)
        if view.stage is Stage.ASKING:
            line.value, line.placeholder = "", view.form
            line.focus()
        else:
            self.set_focus(None)
        self.refresh_bindings()

    def hints(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of the moment."""
        stage = self.view.stage if self.view is not None else Stage.CHOOSING
        keys, leave = {
            Stage.CHOOSING: (((self._keys, "yes or no"), ("Enter", "begin")), "back"),
            Stage.RUNNING: ((), "leave; it can be continued"),
            Stage.ASKING: ((("Enter", self._enter),), "leave; it can be continued"),
            Stage.OVER: ((), "back"),
        }[stage]
        return (*keys, *self.more, ("Esc", leave))

    @property
    def _keys(self) -> str:
        """The keys of what can be chosen."""
        return "2 3 4 c" if self._surveys.has_ended else "2 3 4"

    @property
    def _enter(self) -> str:
        """What Enter does while an answer is asked for, or only a hand."""
        asks = self.view is not None and self.view.form != DONE
        return "answer; empty: skip" if asks else "done; s: skip"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._surveys.answer(event.value)

    def action_choose(self, key: str) -> None:
        """Choose a class, or do without it."""
        self._surveys.choose(_CHOICES[key])

    def action_go_on(self) -> None:
        """Choose whether a survey that has ended is continued."""
        self._surveys.choose_to_go_on()

    def action_begin(self) -> None:
        """Begin with what was chosen."""
        self._surveys.begin()

    def action_back(self) -> None:
        """Leave; what was found is kept."""
        self._surveys.leave()


class Surveys:
    """One visit to the page: choosing, asking, and what came of it. It is the surveyor, too."""

    def __init__(self, app: M1App) -> None:
        self.screen = SurveyScreen(self)
        self._app = app
        self._chosen = {Class.ASKS}
        self._goes_on = False
        """Whether a survey that has ended is continued; one that has not is always."""
        self._worker: Worker[None] | None = None
        self._told: list[str] = []
        self._look: Look | None = None
        self._answer: asyncio.Future[str | None] | None = None
        self._hands: Hands | None = None

    # Choosing

    def open(self) -> None:
        """Show the choices; of a survey that goes on, those that were made."""
        begun = self._begun()
        if begun is not None and not begun.unchanged:
            self._chosen |= {Class(one) for one in begun.classes}
        self.show_choices()

    def show_choices(self) -> None:
        """Show what each class does, and which are chosen."""
        begun = self._begun()
        paragraphs = [Paragraph("", FAINT, (_ABOUT,))]
        if begun is not None and not begun.unchanged:
            count = len(begun.kept)
            made = "1 experiment has" if count == 1 else f"{count} experiments have"
            said = f"The survey of {begun.when} continues: {made} been done."
            paragraphs.append(Paragraph("", ACCENT, (said,)))
        for number, (one, text) in enumerate(CLASSES.items(), 1):
            mark = "[x]" if one in self._chosen else "[ ]"
            paragraphs.append(Paragraph(f"{number} {mark} ", ACCENT, (text,)))
        if begun is not None and begun.unchanged:
            mark = "[x]" if self._goes_on else "[ ]"
            settled = f"{sum(one.word is not None for one in begun.all())} of {len(begun.all())}"
            text = (
                f"Continues the survey of {begun.when}, which ended with {settled} facts settled, "
                "and tries what was not tried. This is only for the same M1: otherwise a new "
                "survey begins, and the old one is kept."
            )
            paragraphs.append(Paragraph(f"c {mark} ", ACCENT, (text,)))
        self._show(Stage.CHOOSING, *paragraphs)

    def choose_to_go_on(self) -> None:
        """Choose whether a survey that has ended is continued."""
        if self._stage is Stage.CHOOSING and self.has_ended:
            self._goes_on = not self._goes_on
            self.show_choices()

    @property
    def has_ended(self) -> bool:
        """Whether there is a survey that has ended."""
        begun = self._begun()
        return begun is not None and bool(begun.unchanged)

    @property
    def _folder(self) -> Path:
        virtual = self._app.bench.rehearsal is not None
        return survey_folder(self._app.bench.store.data_dir, virtual=virtual)

    def _begun(self) -> Survey | None:
        """Return the survey that may be continued, None where none is."""
        path = self._folder / JSON_FILE
        rehearsal = self._app.bench.rehearsal
        try:
            begun = read_survey(path) if path.is_file() else None
        except Trouble:
            # What is wrong with it is said when the survey begins.
            return None
        same = begun is not None and begun.virtual is (rehearsal is not None)
        return begun if same else None

    def choose(self, one: Class) -> None:
        """Choose a class, or do without it."""
        if self._stage is Stage.CHOOSING:
            self._chosen ^= {one}
            self.show_choices()

    def begin(self) -> None:
        """Begin the survey, once."""
        if self._stage is Stage.CHOOSING and self._worker is None:
            self._told = []
            self._worker = self._app.run_worker(
                self._survey(), group="survey", exclusive=True, description="Survey the M1"
            )

    def leave(self) -> None:
        """End what is under way, or go back."""
        if self._worker is not None and not self._worker.is_finished:
            self._worker.cancel()
        else:
            self.screen.dismiss(None)

    @property
    def _stage(self) -> Stage | None:
        return self.screen.view.stage if self.screen.view is not None else None

    # The survey

    async def _survey(self) -> None:
        bench = self._app.bench
        instrument = bench.instrument
        if instrument is None:
            self._show(Stage.OVER, Paragraph("", FAINT, ("No M1 is connected. Press l on home.",)))
            return
        try:
            folder = SurveyFolder(self._folder)
            so_far = self._so_far(folder)
            given = Surveying(
                self,
                frozenset(self._chosen),
                self._save,
                folder.keep,
                self._tell,
                lay_aside=folder.lay_aside,
                laid_aside=folder.laid_aside,
                photograph=folder.photograph,
                progress=self._reads,
            )
            async with bench.wire:
                found = await survey(instrument, given, so_far)
            self._show_end(found, folder)
        except Trouble as trouble:
            self._show(Stage.OVER, *(labelled_text(*one) for one in labelled(trouble.advice)))
        except asyncio.CancelledError:
            if self.screen.is_attached:
                owed = still_owed(self._begun())
                said = (
                    "You left the survey. What was found is kept; start the survey again to "
                    f"continue where it stopped. {owed}"
                ).strip()
                self._show(Stage.OVER, Paragraph("", FAINT, (said,)))
            raise

    def _so_far(self, folder: SurveyFolder) -> Survey:
        """Return the survey to continue, or a new one; an ended one is set aside."""
        instrument = self._app.bench.instrument
        assert instrument is not None
        virtual = instrument.link.rehearsal is not None
        old = folder.kept()
        same = old is not None and old.virtual is virtual
        if old is not None and same and (not old.unchanged or self._goes_on):
            self._told.append(f"continued from {old.when}")
            return old
        if old is not None:
            folder.set_aside(old)
        now = self._app.bench.store.now()
        return Survey(
            program=__version__,
            when=now.date().isoformat(),
            interface=instrument.link.title,
            virtual=virtual,
        )

    def _save(self, backup: Backup) -> Path:
        bench = self._app.bench
        assert bench.instrument is not None
        return bench.store.save_backup(
            backup,
            instrument=bench.model,
            instrument_id=bench.store.instrument_on_bench(bench.instrument.link.port),
            link=bench.instrument.link.title,
        )

    def _tell(self, what: str) -> None:
        self._told.append(what)
        self._show(Stage.RUNNING, *self._progress())

    def _reads(self, progress: Progress) -> None:
        """Show how far the reading of memory is."""
        left = f"{progress.phase.value}: {progress.seconds_left:.0f} s left"
        said = Paragraph("  ", FAINT, (left,))
        self._show(Stage.RUNNING, *self._progress(), said)

    def _progress(self) -> tuple[Paragraph, ...]:
        return tuple(Paragraph("- ", FAINT, (one,)) for one in self._told[-_TOLD:])

    # Looks

    async def look(self, look: Look) -> str | None:
        """Ask the person, and return the answer; on a virtual M1 the keys are pressed for them."""
        shown = await self._act(look)
        self._look, self._answer = look, asyncio.get_running_loop().create_future()
        self._ask(look, shown)
        try:
            answer = await self._answer
            if self._hands is not None:
                self._hands.answered(look)
            return answer
        finally:
            self._look = self._answer = None
            self._show(Stage.RUNNING, *self._progress())

    def _ask(self, look: Look, shown: Shown | None, wrong: str = "") -> None:
        paragraphs = [*self._progress(), Paragraph("", FAINT, ("",))]
        paragraphs.append(Paragraph("At ", FAINT, (look.page,), ACCENT))
        if look.keys:
            paragraphs.append(Paragraph("Press ", FAINT, (look.keys,), LIT))
        paragraphs.append(Paragraph("", FAINT, (look.text,)))
        if wrong:
            paragraphs.append(Paragraph("", ACCENT, (wrong,)))
        form = look.asked.value or DONE
        self.screen.view = SurveyView(Stage.ASKING, tuple(paragraphs), form, shown)

    async def _act(self, look: Look) -> Shown | None:
        """Let a virtual M1 do it; return its display, None for a real one."""
        rehearsal = self._app.bench.rehearsal
        if rehearsal is None:
            return None
        if self._hands is None:
            self._hands = Hands(rehearsal)
        await self._hands.act(look)
        cursor = rehearsal.cursor()
        over = f", cursor above {'BDFH'[cursor[1] // _CELL]}" if cursor is not None else ""
        label = f"it shows - lit: {' '.join(rehearsal.lamps())}{over}"
        return Shown(rehearsal.display(), cursor, label)

    def answer(self, typed: str) -> None:
        """Take what was typed; what is no answer is said, and asked for again."""
        look, waiting = self._look, self._answer
        if look is None or waiting is None or waiting.done():
            return
        if look.is_skipped_by(typed):
            waiting.set_result(None)
        elif (taken := look.taken(typed)) is not None:
            waiting.set_result(taken)
        else:
            now = self.screen.view.shown if self.screen.view is not None else None
            self._ask(look, now, f"Expected {look.asked.value}.")

    # The end

    def _show_end(self, found: Survey, folder: SurveyFolder) -> None:
        all_ = found.all()
        others = [one for one in all_ if one.state is State.OTHERWISE]
        settled = sum(one.word is not None for one in all_)
        paragraphs = [
            Paragraph("", FAINT, (f"{settled} of {len(all_)} uncertain facts are settled.",))
        ]
        paragraphs += [
            Paragraph("differs   ", ACCENT, (f"{one.manner}: {one.word}. {one.evidence}",))
            for one in others
        ]
        if not others:
            paragraphs.append(Paragraph("", FAINT, ("Each of these is as assumed.",)))
        proof = (
            f"Proved unchanged: {found.unchanged}."
            if found.unchanged
            else "It is NOT proved that the M1 is as it was."
        )
        paragraphs.append(Paragraph("", FAINT, (proof,)))
        for state, told in ((State.OPEN, "tried, open "), (State.NOT_TRIED, "not tried ")):
            names = ", ".join(one.manner for one in all_ if one.state is state)
            if names:
                paragraphs.append(Paragraph(told, FAINT, (names,)))
        paragraphs.append(Paragraph("report ", FAINT, (str(folder.report),)))
        self._show(Stage.OVER, *paragraphs)

    def _show(self, stage: Stage, *paragraphs: Paragraph) -> None:
        self.screen.view = SurveyView(stage, paragraphs)
