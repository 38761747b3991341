"""Leads through one run: what a key on the procedure screen asks for is done and journaled here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from m1tui.advice import Advice, Trouble
from m1tui.app.dialogs.choices import START, STAY
from m1tui.app.own_way import in_the_app
from m1tui.app.run.asking import Asking, Questions
from m1tui.app.run.expected_panel import UNKNOWN
from m1tui.app.run.pictures import Evidence
from m1tui.app.run.procedure import UNREAD_SECONDS, ProcedureScreen
from m1tui.app.run.results import ResultScreen, result_view, summary_view
from m1tui.app.run.step_pictures import StepPictures
from m1tui.app.run.views import (
    NOTHING_READ,
    advice_evidence,
    asking_of,
    enter_acts,
    panel_task_of,
    step_view,
    written_by,
)
from m1tui.app.run.watch import TransferWatch
from m1tui.app.text import harmless
from m1tui.app.workbench import Workbench
from m1tui.app.workers import ended, running
from m1tui.engine.checks import PLAYING
from m1tui.engine.keybed import KeybedReport
from m1tui.link.rehearsal import SEQUENCER_STOPPED
from m1tui.procedures.events import MODE_LEFT, Event
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal
from m1tui.procedures.perform import Performer, ends_by_word
from m1tui.procedures.route import KEEPING
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.states import Mark
from m1tui.procedures.watching import Watching
from m1tui.virtual.commands import PROTECTED
from m1tui.virtual.display import MARK
from m1tui.virtual.pages import GLOBAL_PAGES

if TYPE_CHECKING:
    from m1tui.app.app import M1App

Result = TypeVar("Result")

LONG_KINDS = ("backup", "receive", "restore")
"""Steps whose end has a page of its own."""
ASKED_FIRST = ("backup", "restore", "source", "values")
"""Steps that ask the person before they do anything, or can be stopped before anything is kept."""
SILENT_KINDS = ("hands", "question", "values", "source")
"""Steps that change nothing an M1 could tell of, unless they ask it something."""

LEFT_AT = Evidence(None, "The rehearsal continues with the virtual M1 as it was left.")
STOPPED_SECONDS = 15.0
"""For so long it is said that the sequencer was stopped: long enough to read it."""
NOTES_STOPPED = Evidence(None, "F9 stopped the notes. This step is not done: Enter plays it again.")
READING_STOPPED = Evidence(None, "You stopped the reading. This step is not done.")
SAVING_STOPPED = Evidence(
    None, "You stopped the reading. No file was saved, and this step is not done."
)
COMPARING_STOPPED = Evidence(None, "You stopped the reading, so nothing was compared.")
CLOSING_STOPPED = Evidence(None, "You stopped the reading, so the last check is not done.")
OPEN_AGAIN = Evidence(None, "This step is open again. The procedure can end once it is done.")
FINDING = Evidence(
    None, "The program is still looking for the M1. The keys work once it is found.", under_way=True
)
IN_A_MOMENT = "This takes a few seconds; then the keys work again."
LAST_LOOK = "A last check"
FIRST_COMPARED = "Compare with the backup"
COMPARING = (
    Evidence(
        None,
        "Checking what this step can destroy against its backup.",
        (NOTHING_READ,),
        under_way=True,
    ),
)
BRINGING = (
    Evidence(None, "Bringing the virtual M1 back as it was left.", (NOTHING_READ,), under_way=True),
)
LOOKING = (
    Evidence(
        None,
        "Looking at the M1's state.",
        (NOTHING_READ,),
        under_way=True,
    ),
)
ACTING = (Evidence(None, "The virtual M1 is doing this step.", (IN_A_MOMENT,), under_way=True),)
STILL_ACTING = "The virtual M1 is still doing this step. Wait until it is done, or stop with Esc."
"""What is said of an Enter while its hands are at work, and the program listens."""
SOON = 0.5
"""Seconds that a look may take before the screen says that it is under way."""
CLOSING = (
    Evidence(
        None,
        "Asking the M1 again whether everything proved is still true.",
        (NOTHING_READ,),
        under_way=True,
    ),
)
FOREVER = 1e8
"""Seconds for which an alarm stays on the screen unless it is read."""
ALARM_READ = "F2: I have read this."

GROUP, HANDS = "step", "hands"
"""Groups of workers: what a key asked for, and a virtual M1's hands while something listens."""


class RunGuide:
    """Between the run, the performer and the screens; one thing is done at a time."""

    def __init__(
        self, app: M1App, bench: Workbench, journal: Journal, *, chosen: Path | None = None
    ) -> None:
        """Lead through the journal's run; `chosen` is the file that its sounds come from."""
        self.app = app
        self.bench = bench
        self.journal = journal
        self.screen = ProcedureScreen(self)
        self.asking = Asking(app, bench.allowed, bench.store.backups_folder, chosen)
        self.questions = Questions(app)
        self.pictures_now = StepPictures(bench)
        self.watching = Watching(journal, lambda: self.pictures_now.pressed_now(self.run))
        self._shown: tuple[object, ...] = ()
        """The alarms that are on the screen."""
        self._under_way: tuple[Evidence, ...] = ()
        """What is done now while keys do nothing; none while the person is asked."""
        self._watch: TransferWatch | None = None
        self._of_stop: tuple[Evidence, ...] = ()
        """What is said of a step that the person stopped, once it is."""
        self._press_due = False
        """Whether the marked key is pressed as soon as the program listens."""
        self._acting = False
        """Whether the virtual M1 does all of a step that is listened to: keys do nothing then."""
        self._hands_full = False
        """Whether a virtual M1's hands do something that takes long."""
        self._stopping = False
        self._arrived = False
        """Whether the instrument on the bench is the one of this run."""

    @property
    def run(self) -> Run:
        """Return the run as the journal has it."""
        return self.journal.run

    @property
    def busy(self) -> bool:
        """Whether a step is being performed or a question is open."""
        return bool(running(self.app.workers, GROUP))

    @property
    def listening(self) -> bool:
        """Whether the program listens to what the person does."""
        return self._watch is not None and self._watch.listening

    def attach(self) -> None:
        """Draw the step at which the run stands, for the model that the instrument is."""
        virtual = self.bench.rehearsal is not None
        if not virtual:
            self._arrive()
        if not virtual or not self.run.model:
            self._name_model()
        self._draw()
        self._show_alarms()
        if virtual:
            self._work(self._bring_back(), "Continue with the virtual M1 as it was left")
        elif self.run.owes_comparison:
            self._work(self._compare_first(), FIRST_COMPARED)

    def _arrive(self) -> None:
        """Know that the instrument on the bench is the one of this run."""
        self._arrived = True
        self.pictures_now.stand_at_instrument()

    def _name_model(self) -> None:
        if self.bench.model != self.run.model:
            self.journal.record(self.run.name_model(self.bench.model))

    async def _bring_back(self) -> None:
        finding = self.bench.wire.locked()
        if finding:
            self._draw((FINDING,))
        try:
            # Of a run that has only begun, nothing was left anywhere.
            left = any(one.mark is not Mark.OPEN for one in self.run.states)
            doing = BRINGING if left else LOOKING
            another = await self._saying(doing, self.bench.bring_back(self.journal.path))
        finally:
            self._arrive()
        self._name_model()
        rehearsal = self.bench.rehearsal
        if left and rehearsal is not None and rehearsal.was_running:
            self.app.notify(SEQUENCER_STOPPED, timeout=STOPPED_SECONDS, markup=False)
        if another:
            self.app.live = self.bench.sketch()
            self._draw((LEFT_AT,))
            await self._compare_first((LEFT_AT,))
        else:
            self._draw()

    async def look(self) -> None:
        """Look at the instrument, and show at once what no step has asked for."""
        if self.journal.closed or not self._arrived:
            # Nothing can be written down any more; or the virtual M1 that stands there now is not
            # the one that the run was left at.
            return
        before = len(self.run.alarms)
        try:
            self.app.live = await self.bench.attend(self.watching)
        except Trouble as trouble:
            self._draw(advice_evidence(trouble.advice))
        if any(one.advice.code == MODE_LEFT for one in self.run.alarms[before:]):
            self.pictures_now.begin_again(self.run)
        self._show_alarms()

    def read_alarms(self) -> None:
        """Note that the person has read the alarms, and take them off the screen."""
        if not self.run.standing or self.journal.closed:
            return
        try:
            self.journal.record(self.run.read_alarms())
        except Trouble as trouble:
            self._draw(advice_evidence(trouble.advice))
            return
        self._show_alarms()

    def _show_alarms(self) -> None:
        """Show the alarms that were not read, on whichever screen is before the person."""
        standing = self.run.standing
        if standing == self._shown:
            return
        self._shown = standing
        self.app.clear_notifications()
        # One that every step raises again would cover the page.
        for advice in dict.fromkeys(one.advice for one in standing):
            self.app.notify(
                "\n".join(harmless(line) for line in alarm_lines(advice)),
                title="ALARM",
                severity="error",
                timeout=FOREVER,
                markup=False,
            )
        self._draw()
        self.app.screen.refresh_bindings()

    async def stop(self) -> None:
        """End what is under way at the boundary of a message, journal it, close the journal."""
        self._stopping = True
        self.app.workers.cancel_group(self.app, HANDS)
        if self._watch is not None:
            self._watch.stop.set()
        else:
            self.app.workers.cancel_group(self.app, GROUP)
        await ended(running(self.app.workers, GROUP))
        await self.close()

    async def close(self) -> None:
        """Close the journal, once nobody is left who looks at the instrument for it."""
        self._stopping = True
        await self.app.instrument_watch.rest()
        self.journal.close()

    def _draw(self, trouble: tuple[Evidence, ...] = ()) -> None:
        watch = self._watch if self.listening else None
        heard = (watch.notes, watch.keybed, watch.begun) if watch is not None else None
        # Hands that come to rest, or an alarm, draw the step while it is still being asked about.
        shown = trouble or self._under_way
        now = self.pictures_now.of(self.run, heard, shown)
        acting = self._acting or self._hands_full
        view = step_view(self.run, replace(now, acting=acting))
        self.screen.view, self.app.panel_task = view, panel_task_of(view)

    def _draw_heard(self) -> None:
        if self.bench.rehearsal is None and self.app.live.mode:
            # Hands are at the panel, and what they press is not asked for while it listens.
            self.app.live = self.app.live._replace(mode="")
        self._draw()
        if self._press_due:
            self._press_due = False
            self.press()

    def _work(self, work: Coroutine[Any, Any, None], description: str, group: str = GROUP) -> None:
        """Do `work` unless such work is being done; a key pressed meanwhile counts nothing.

        Nor does one that is pressed while the run is left.
        """
        if self._stopping or running(self.app.workers, group):
            work.close()
        else:
            self.app.run_worker(
                self._telling(work), group=group, exclusive=False, description=description
            )

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Trouble as trouble:
            self._draw(advice_evidence(trouble.advice))
        except asyncio.CancelledError:
            if not self._stopping:
                self._draw((NOTES_STOPPED,))
            raise

    def next(self) -> None:
        """Go on when the step is done, else perform it; judge the keys that were played so far."""
        if self._watch is not None and self._watch.listening:
            if self._acting or self._hands_full:
                self.app.notify(STILL_ACTING, timeout=UNREAD_SECONDS, markup=False)
            elif self._watch.begun and ends_by_word(self.run.current):
                self._watch.enough.set()
        elif self.run.current_state.mark is not Mark.OPEN:
            self._work(self._advance(), "Go to the next step")
        else:
            self._work(self._perform_next(), f"Perform {self.run.current.id}")

    def answer(self, place: int) -> None:
        """Answer the step's question by the option at `place`."""
        if place < len(self.run.current.options) and not self.busy:
            self.asking.chosen = place
            self.next()

    def rehearse(self) -> None:
        """Let the virtual M1 do the step, then ask about it what can be asked."""
        if self._acting:
            return
        if self.listening:
            act = self._by_hands(lambda: self.pictures_now.act(self.run))
            self._work(act, f"Act for {self.run.current.id}", HANDS)
        elif self.run.current_state.mark is Mark.OPEN:
            self._work(self._rehearse(), f"Rehearse {self.run.current.id}")

    def press(self) -> None:
        """Do the next thing of the step on a virtual M1; a real one is handled by the person."""
        if self._acting:
            return
        instrument = self.bench.instrument
        listens = instrument is not None and self._performer().listens(self.run.current)
        waits = self.run.owes_comparison or self.pictures_now.is_off_here(self.run)
        if self.listening or not (self.busy or (listens and not waits)):
            press = self._by_hands(self._do_next)
            self._work(press, "Press a key", HANDS)
        elif self.run.current_state.mark is Mark.OPEN:
            # What is done before the program listens would not be heard.
            self._press_due = not self.busy
            self.next()

    async def _do_next(self) -> None:
        self.run.require_led()
        await self.pictures_now.do_next(self.run)

    async def press_key(self, key: str) -> None:
        """Press that key on a virtual M1's panel, whichever comes next."""
        if self.listening or not self.busy:
            before = self.pictures_now.place
            await self.bench.press(key)
            self.pictures_now.pressed(self.run, key, before)
            self._show_panel()

    def move(self, action: str) -> None:
        """Move a control of a virtual M1 at its panel, or play its keys."""
        if self.listening or not self.busy:
            move = self._by_hands(lambda: self.pictures_now.handle(self.run, action))
            self._work(move, "Move a control", HANDS)

    def panel(self) -> None:
        """Show a virtual M1's front panel."""
        if self.listening or not self.busy:
            self.app.action_panel()

    def retry(self) -> None:
        """Open the step again; what the instrument can prove is asked at once."""
        self._work(self._retry(), f"Retry {self.run.current.id}")

    def back(self) -> None:
        """Show the step before."""
        self._work(self._record(self.run.back), "Go back")

    def skip(self) -> None:
        """Ask for a reason and go on without this step."""
        self._work(self._skip(), f"Skip {self.run.current.id}")

    def note(self) -> None:
        """Ask for a note to this step."""
        self._work(self._note(), f"Note to {self.run.current.id}")

    def tick(self) -> None:
        """Let the person vouch for a step that the instrument gave no answer about."""
        self._work(self._tick(), f"Tick {self.run.current.id}")

    def accept(self) -> None:
        """Take the bad answers as a fault that was found, and go on."""
        self._work(self._accept(), f"Record the finding of {self.run.current.id}")

    def end_notes(self) -> bool:
        """End the notes of a step that plays, by ending the step; False where none plays."""
        if not self.busy or PLAYING.isdisjoint(self.run.current.asks):
            return False
        self.app.workers.cancel_group(self.app, GROUP)
        return True

    def leave(self) -> None:
        """Stop listening, or ask what leaving means; all is saved."""
        if self._watch is not None and self._watch.listening:
            self._watch.stop.set()
        else:
            self._work(self._leave(), "Leave")

    async def _perform_next(self) -> None:
        if self.run.owes_comparison:
            await self._compare_first()
            return
        if enter_acts(self.run.current):
            await self._switch_on_here()
            await self._by_virtual()
        step = self.run.current
        noticed = step.senses or Performer.listens(step)
        if not noticed and (missed := self.pictures_now.missed(self.run)) is not None:
            self._draw((not_led_to(*missed, self.run.current.key_names),))
            return
        if not noticed and (left := self.pictures_now.left_out(self.run)):
            self._draw((not_pressed(left),))
            return
        await self._perform()

    async def _rehearse(self) -> None:
        self.run.require_led()
        step = self.run.current
        await self._switch_on_here()
        if self._performer().listens(step) or step.repeat is not None:
            self._acting = True
            try:
                await self._perform(hands=True)
            finally:
                self._acting = False
            return
        shown = self.screen.view
        if shown is not None and shown.not_passed and shown.pressed >= len(shown.keys):
            # All was done, and yet it is not so: nothing would be left to do.
            self.pictures_now.forget(self.run)
        await self._by_virtual()
        if step.asks:
            await self._perform()
        else:
            self._draw()

    async def _switch_on_here(self) -> None:
        """Switch a virtual M1 on where the step needs it and it is off."""
        if self.pictures_now.is_off_here(self.run):
            await self._by_hands(lambda: self.pictures_now.do_next(self.run))

    async def _by_virtual(self) -> None:
        """Let a virtual M1 do the step's handiwork, what is done of it left out."""
        if self._performer().can_rehearse(self.run.current):
            self.run.require_needs()
            self._hands_full = True
            try:
                await self._saying(ACTING, self.pictures_now.act(self.run))
            finally:
                self._hands_full = False
            self.app.live = self.bench.sketch()

    async def _by_hands(self, work: Callable[[], Awaitable[None]]) -> None:
        """Let hands do `work`; where that takes long, the screen offers them nothing else."""
        slow = asyncio.get_running_loop().call_later(SOON, self._say_of_hands)
        try:
            await work()
        finally:
            slow.cancel()
            self._hands_full = False
        self._show_panel()

    def _say_of_hands(self) -> None:
        self._hands_full = True
        self._draw()

    def _show_panel(self) -> None:
        self.app.live = self.bench.sketch()
        self._draw()

    async def _perform(self, *, hands: bool = False, again: bool = False) -> None:
        """Perform the current step; a mark that it has stays until more is known, if `again`."""
        step = self.run.current
        speaks = bool(step.asks) or step.kind not in SILENT_KINDS
        if not self.watching.gone and (step.kind == "restore" or step.values_of_m1):
            # What it needs, or what its form asks for, may have been changed since the last look.
            standing = self.run.standing
            await self._saying(LOOKING, self.look())
            if step.kind == "values" and self.run.standing != standing:
                # A form over an alarm would be filled in before the alarm is read.
                return
        if self._performer().listens(step):
            self.pictures_now.listen(self.run)
        asked = self._asked(speaks=speaks, hands=hands, again=again)
        if step.asks and not step.options:
            asked = self._saying_at_once(asking_of(self.run), asked)
        elif speaks:
            asked = self._saying(LOOKING, asked)
        result, keybed, moved = await asked
        if speaks:
            await self._saying(LOOKING, self.look())
        if result is None:
            self._draw(self._of_stop)
            return
        opened = self._opened() if again else self.run
        event = result.event(opened)
        if event is not None:
            if again:
                self._open_again()
            self.journal.record(event)
            self._show_alarms()
        self.pictures_now.found(self.run, keybed)
        if moved:
            self.pictures_now.moved(self.run)
        self._draw(advice_evidence(result.advice) if event is None and result.advice else ())
        long = step.kind in LONG_KINDS
        if long and (result.verdicts or result.advice) and not self._stopping:
            view = result_view(step, result)
            self.app.say_ended(view.title, view.outcome)
            self.screen.bring(page=True)
            await self.app.push_screen_wait(ResultScreen(view))
            self.app.say_nothing()
        done = event is not None and self.run.current_state.mark is not Mark.OPEN
        if done and (long or not result.verdicts):
            await self._advance()

    def _opened(self) -> Run:
        """Return the run with the current step open."""
        run = self.run
        return run if run.current_state.mark is Mark.OPEN else run.after(run.retry())

    def _open_again(self) -> None:
        """Open the current step, unless it is open."""
        if self.run.current_state.mark is not Mark.OPEN:
            self.pictures_now.forget(self.run)
            self.journal.record(self.run.retry())

    async def _asked(
        self, *, speaks: bool, hands: bool, again: bool
    ) -> tuple[StepResult | None, KeybedReport | None, bool]:
        """Perform the current step like `_result`; return also whether a check moved the mode."""
        # While the M1 is in parts on the bench, an answer is waited for in vain for seconds.
        async with self.bench.wire if speaks else nullcontext():
            before = self._mode_changes
            result, keybed = await self._result(hands=hands, again=again)
            return result, keybed, self._mode_changes != before

    @property
    def _mode_changes(self) -> int:
        instrument = self.bench.instrument
        return instrument.conversation.mode_changes if instrument is not None else 0

    def _performer(self) -> Performer:
        return self.bench.runs.performer(self.asking)

    async def _result(
        self, *, hands: bool, again: bool
    ) -> tuple[StepResult | None, KeybedReport | None]:
        """Perform the current step; return what came of it, None when it was cancelled.

        With it comes what was heard of the keys, None where they were not listened for.
        With `hands` a virtual M1 does the handiwork at the moment when something listens.
        """
        performer, run = self._performer(), self._opened() if again else self.run
        self._of_stop = ()

        def begins() -> None:
            if again:
                self._open_again()
            self.journal.begin_write()

        def acted() -> None:
            # What listens may go on for seconds; the picture shows the panel as it now is.
            self.app.live = self.bench.sketch()
            if run.current.repeat is None:
                self._acting = False
                self.pictures_now.all_done(run)
                self._draw()

        watch = TransferWatch(
            self.app,
            self.screen,
            run.current.title,
            self._draw_heard,
            gives_way=performer.listens(run.current),
            writes=written_by(run.current.asks),
        )
        self._watch = watch
        result = None
        try:
            result = await watch.run(
                performer.perform(
                    run,
                    hands=hands,
                    seen=self.pictures_now.take_seen(run),
                    progress=watch.progress,
                    cancel=watch.cancel,
                    enough=watch.enough if ends_by_word(run.current) else None,
                    begins=begins,
                    acted=acted,
                ),
                droppable=run.current.kind != "restore",
            )
            return result, watch.keybed
        finally:
            self._watch = None
            self._press_due = False
            if result is None:
                self._of_stop = _of_stop(run.current, watch)
                self.pictures_now.unheard(self.run)

    async def _advance(self) -> None:
        """Go to the next step, or show how the procedure ended and go home, or on to another."""
        if not (self._stopping or self.watching.gone or self.watching.allowed.off):
            # What was done at this step is judged by what this step allows.
            await self._saying(LOOKING, self.look())
        if not self.run.at_end:
            self.journal.record(self.run.next())
            self._show_alarms()
            await self._compare_first()
        elif not self.run.done:
            # An alarm may have opened a step before this one.
            self.journal.record(self.run.to_open())
            await self._compare_first((OPEN_AGAIN,))
        elif not self._stopping and await self._closed():
            following = self.bench.runs.procedure(self.run.route.leads_to)
            if following is not None:
                self.screen.bring()
                way = await self.questions.go_on_with(following)
                if way == STAY:
                    # The answer may have been a wrong key.
                    self._draw()
                    return
                if self.run.has_worked:
                    await self._show_end()
                await self.app.finish_run()
                if way == START:
                    self.app.begin_run(following.id)
                return
            await self._show_end()
            if self.run.ended:
                await self.app.finish_run()

    async def _show_end(self) -> None:
        """Show how the procedure ended, until the person has read it."""
        self.screen.bring(page=True)
        await self.app.push_screen_wait(ResultScreen(summary_view(self.run)))

    async def _saying(self, what: tuple[Evidence, ...], work: Awaitable[Result]) -> Result:
        """Wait for `work`, and say what is done where it takes long."""
        before = self._under_way
        slow = asyncio.get_running_loop().call_later(SOON, self._say, what)
        try:
            return await work
        finally:
            slow.cancel()
            self._under_way = before

    async def _saying_at_once(self, what: tuple[Evidence, ...], work: Awaitable[Result]) -> Result:
        """Wait for `work`, and say from the beginning what is done."""
        before = self._under_way
        self._say(what)
        try:
            return await work
        finally:
            self._under_way = before

    def _say(self, what: tuple[Evidence, ...]) -> None:
        self._under_way = what
        self._draw()

    async def _closed(self) -> bool:
        """Ask the instrument again for what the run rests on; return whether the run may end.

        It may not where something is no longer so, or where the person wants to ask once more.
        """
        if not self.run.owes_closing:
            return True
        performer = self._performer()
        watch = TransferWatch(
            self.app,
            self.screen,
            LAST_LOOK,
            self._draw,
            writes=written_by(one.check for one in self.run.standing_claims),
        )
        asked = await self._saying_at_once(
            CLOSING,
            self._watched(
                watch,
                lambda: performer.ask_again(self.run, progress=watch.progress, cancel=watch.cancel),
            ),
        )
        if asked is None or not await performer.ends_unanswered(asked):
            stopped = asked is None and watch.stop.is_set()
            self._draw((CLOSING_STOPPED,) if stopped else ())
            return False
        # What no claim speaks of, as the allocation, may have changed since the look before.
        await self._saying(LOOKING, self.look())
        self.journal.record(asked)
        if self.run.done:
            return True
        self.journal.record(self.run.to_open())
        await self._compare_first()
        return False

    async def _compare_first(self, shown: tuple[Evidence, ...] = ()) -> None:
        """Draw the step; before that, compare what it can destroy with its backup.

        Where that differs or is open again, the run goes back to the step that saves it.
        """
        if self.run.must_go_back:
            self.journal.record(self.run.to_open())
        if not self.run.owes_comparison or self._stopping:
            self._draw(shown)
            return
        performer = self._performer()
        watch = TransferWatch(self.app, self.screen, FIRST_COMPARED, self._draw)
        event = await self._saying_at_once(
            COMPARING,
            self._watched(
                watch, lambda: performer.compare_first(self.run, progress=watch.progress)
            ),
        )
        if event is not None:
            self.journal.record(event)
            if self.run.unmet or self.run.owes_comparison:
                self.journal.record(self.run.to_open())
        stopped = event is None and watch.stop.is_set()
        self._draw((COMPARING_STOPPED,) if stopped else shown)

    async def _watched(
        self, watch: TransferWatch, reads: Callable[[], Coroutine[Any, Any, Result]]
    ) -> Result | None:
        """Let `watch` follow what only reads, once the wire is free; None when it was dropped."""
        async with self.bench.wire:
            self._watch = watch
            try:
                return await watch.run(reads(), droppable=True)
            finally:
                self._watch = None

    async def _retry(self) -> None:
        self.run.require_led()
        step, mark = self.run.current, self.run.current_state.mark
        # What was not reached by keys that went wrong need not be asked before they are pressed,
        # and who opens a proved step again wants to do it again, not to hear the same answer.
        begun = mark is Mark.OPEN and self.pictures_now.pressed_now(self.run)
        again = mark is not Mark.OPEN and bool(step.rehearse or step.keys)
        asks = step.senses and not again and not (begun and step.kind == "keys")
        # Who wants to change values wants to see them, as they were written before.
        asks = asks or step.kind == "values"
        if asks and mark is not Mark.OPEN and step.kind in ASKED_FIRST:
            # Whoever answers No, or leaves the form, has done nothing again.
            await self._perform(again=True)
            return
        self.pictures_now.forget(self.run)
        self.journal.record(self.run.retry())
        self._draw()
        if asks and not self._performer().listens(self.run.current):
            await self._perform()

    async def _record(self, transition: Callable[[], Event]) -> None:
        self.journal.record(transition())
        self._show_alarms()
        await self._compare_first()

    async def _skip(self) -> None:
        self.run.require_skippable()
        if reason := await self.questions.why_skipped(self.run):
            consent = await self.questions.agreed_to_lose(self.run)
            if consent or not self.run.current.loses:
                self.journal.record(self.run.override(reason, consent=consent))
                await self._advance()

    async def _note(self) -> None:
        text = await self.questions.note(self.run)
        if text is not None:
            await self._record(lambda: self.run.note(text))

    async def _tick(self) -> None:
        self.journal.record(self.run.tick())
        await self._advance()

    async def _accept(self) -> None:
        self.journal.record(self.run.accept())
        await self._advance()

    async def _leave(self) -> None:
        answer = await self.questions.leaving(self.run)
        if answer.reason:
            self.journal.record(self.run.abandon(answer.reason))
        if answer.home:
            await self.app.finish_run()
        elif answer.quit:
            self.app.quit()


def _of_stop(step: Step, watch: TransferWatch) -> tuple[Evidence, ...]:
    """Return what is said of a step that the person stopped while its bytes were read."""
    if not (watch.stop.is_set() and watch.shown):
        return ()
    return (SAVING_STOPPED if step.kind in KEEPING else READING_STOPPED,)


_KEYS_AGAIN = (
    "Press r, then Space for each key, or v for all. If your M1 does not need this step, or "
    "nothing helps, skip it with s."
)


_THEN_KEYS = "Then press r, and the step's keys again."


_SETTING = re.compile(rf"(\w+):{MARK}?([^\s:]+)")
"""A setting on the display: its label and its value, with the mark between them or not."""


_PROTECTED = (
    "A memory protect is still ON: go back with b to the step that turns it off, and press its "
    "keys again with r."
)


_OTHER_SETTING = (
    "The mark > is not at the expected setting: a wrong key may have changed the one where it is. "
    "If so, set that one back first: these keys do not."
)


def not_led_to(shown: tuple[str, str], led_to: tuple[str, str], keys: tuple[str, ...]) -> Evidence:
    """Return that a virtual M1 does not show what the `keys` of a step lead to: it is not done."""
    unset = _not_set_by(shown, led_to, keys)
    # A step that sets the protects itself has none before it that does.
    refused = any(PROTECTED in line for line in shown) and not _is_page(led_to, "6-")
    return Evidence(
        False,
        "The virtual M1 does not show what these keys lead to, so this step is not done.",
        (
            f"It shows: {_in_one(shown) or 'nothing'}",
            f"Expected: {_in_one(led_to)}",
            *((_PROTECTED,) if refused else ()),
            *((_OTHER_SETTING,) if _at_another_setting(shown, led_to) and not unset else ()),
            *unset,
            _THEN_KEYS if unset else _KEYS_AGAIN,
        ),
    )


def _is_page(shown: tuple[str, str], number: str) -> bool:
    """Return whether a display shows a page of GLOBAL whose number begins so."""
    return " ".join(shown[0].split()).startswith(f"GLOBAL {number}")


def _not_set_by(
    shown: tuple[str, str], led_to: tuple[str, str], keys: tuple[str, ...]
) -> tuple[str, ...]:
    """Return how each setting of the page is set back that is not as expected.

    Those that the step's `keys` set are left out: to press them again is enough.
    """
    number = " ".join(led_to[0].split()[1:2])
    page = next((one for one in GLOBAL_PAGES if one.number == number), None)
    if page is None or shown[0].split()[:2] != led_to[0].split()[:2]:
        return ()
    now, then = dict(_SETTING.findall(shown[1])), dict(_SETTING.findall(led_to[1]))
    own, letter = set(), page.fields[0].letter if page.fields else ""
    for key in keys:
        if page.field(key) is not None:
            letter = key
        elif key in ("UP", "DOWN"):
            own.add(letter)
    others = [
        one
        for one in page.fields
        if one.letter not in own
        and one.label in now.keys() & then.keys()
        and now[one.label] != then[one.label]
    ]
    return tuple(
        f"{one.label} is {now[one.label]}, but was {then[one.label]}. To set it back, press "
        f"{one.letter}, then UP or DOWN until the display shows {one.label}:{then[one.label]}."
        for one in others
        if UNKNOWN not in then[one.label]
    ) + tuple(
        f"{one.label} is OFF. If a wrong key has set it so, press {one.letter}, then UP."
        for one in others
        if UNKNOWN in then[one.label] and now[one.label] == "OFF"
    )


def _at_another_setting(shown: tuple[str, str], led_to: tuple[str, str]) -> bool:
    """Return whether the page is the expected one, with its mark at another setting."""
    marks = [line.find(MARK) for line in (*shown, *led_to)]
    same_page = shown[0].split()[:2] == led_to[0].split()[:2]
    return same_page and marks[:2] != marks[2:] and max(marks[:2]) >= 0 and max(marks[2:]) >= 0


def not_pressed(keys: tuple[str, ...]) -> Evidence:
    """Return that keys of a step are left, whose effect a virtual M1's display may not show."""
    return Evidence(
        False,
        "Not all of these keys were pressed in their order, so this step is not done.",
        (f"Still to press: {' '.join(keys)}", _KEYS_AGAIN),
    )


def _in_one(lines: tuple[str, str]) -> str:
    """Return a display's lines in one line, their blanks closed up."""
    return " / ".join(" ".join(line.split()) for line in lines if line.strip())


def alarm_lines(advice: Advice) -> tuple[str, ...]:
    """Return what a person must know at once; the rest of it is in the journal."""
    own = in_the_app(advice)
    return (own.happened, own.safe, own.next_step, ALARM_READ)
