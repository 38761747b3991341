"""Leads through one run: what a key on the procedure screen asks for is done and journaled here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerCancelled, WorkerFailed

from m1tui.advice import Advice, Trouble
from m1tui.app.asking import Asking
from m1tui.app.screens.procedure import ProcedureScreen
from m1tui.app.snapshots import Evidence
from m1tui.app.views import advice_evidence, later_need, result_view, step_view, summary_view
from m1tui.app.watch import TransferWatch
from m1tui.procedures import Journal, Mark, Performer, Press, Run, StepResult
from m1tui.procedures.events import Event

if TYPE_CHECKING:
    from m1tui.app.app import M1App
    from m1tui.app.workbench import Workbench

LONG_KINDS = ("backup", "receive", "restore")
"""Steps whose end has a page of its own."""

GROUP = "step"
"""The group of the workers that do what a key asked for."""


class Conductor:
    """Between the run, the performer and the screens; one thing is done at a time."""

    def __init__(self, app: M1App, bench: Workbench, journal: Journal) -> None:
        self.app = app
        self.bench = bench
        self.journal = journal
        self.screen = ProcedureScreen(self)
        self.asking = Asking(app, Path.cwd())
        self._done_by_virtual: dict[str, tuple[str, ...]] = {}
        self._watch: TransferWatch | None = None
        self._stopping = False

    @property
    def run(self) -> Run:
        """Return the run as the journal has it."""
        return self.journal.run

    @property
    def busy(self) -> bool:
        """Whether a step is being performed or a question is open."""
        return bool(self._workers())

    @property
    def rehearsal(self) -> bool:
        """Whether the instrument is virtual."""
        instrument = self.bench.instrument
        return instrument is not None and instrument.link.rehearsal is not None

    def attach(self) -> None:
        """Draw the step at which the run stands."""
        self._draw()

    async def stop(self) -> None:
        """End what is under way at the boundary of a message, journal it, close the journal."""
        self._stopping = True
        if self._watch is not None:
            self._watch.stop.set()
        else:
            self.app.workers.cancel_group(self.app, GROUP)
        for worker in self._workers():
            with suppress(WorkerFailed, WorkerCancelled):
                await worker.wait()
        self.journal.close()

    def _workers(self) -> list[Worker[None]]:
        return [w for w in self.app.workers if w.group == GROUP and not w.is_finished]

    def _draw(self, trouble: tuple[Evidence, ...] = ()) -> None:
        seen = self._done_by_virtual.get(self.run.current.id, ())
        self.screen.view = step_view(self.run, rehearsal=self.rehearsal, seen=seen, trouble=trouble)

    def _work(self, work: Coroutine[Any, Any, None], description: str) -> None:
        """Do `work` unless something is being done; a key pressed meanwhile counts nothing."""
        if self.busy:
            work.close()
        else:
            self.app.run_worker(
                self._telling(work), group=GROUP, exclusive=False, description=description
            )

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Trouble as trouble:
            self._draw(advice_evidence(trouble.advice))

    # What the keys ask for

    def next(self) -> None:
        """Go on when the step is done, else perform it."""
        if self.run.current_state.mark is not Mark.OPEN:
            self._work(self._advance(), "Go to the next step")
        else:
            self._work(self._perform_next(), f"Perform {self.run.current.id}")

    def rehearse(self) -> None:
        """Let the virtual M1 do the step, then ask about it what can be asked."""
        if self.run.current_state.mark is Mark.OPEN:
            self._work(self._rehearse(), f"Rehearse {self.run.current.id}")

    def retry(self) -> None:
        """Open the step again; what the instrument can prove is asked at once."""
        self._work(self._retry(), f"Retry {self.run.current.id}")

    def back(self) -> None:
        """Show the step before."""
        self._work(self._record(lambda: self.run.back()), "Go back")

    def skip(self) -> None:
        """Ask why, and go on without this step."""
        self._work(self._skip(), f"Skip {self.run.current.id}")

    def note(self) -> None:
        """Ask for a note to this step."""
        self._work(self._note(), f"Note to {self.run.current.id}")

    def tick(self) -> None:
        """Let the person vouch for a step that the instrument was asked about in vain."""
        self._work(self._tick(), f"Tick {self.run.current.id}")

    def leave(self) -> None:
        """Ask what leaving means; all is saved."""
        self._work(self._leave(), "Leave")

    def press(self, place: int) -> None:
        """Press the keycap at `place` on a virtual M1; a real one is pressed by the person."""
        if self.rehearsal:
            press = self.run.presses[place]
            self._work(self._press(press), f"Press {press.label}")

    # How it is done

    async def _perform_next(self) -> None:
        step = self.run.current
        if step.kind == "keys" and not self._performer().listens(step):
            await self._perform()
        else:
            # On a virtual M1 there is nobody else whose hands could do it.
            await self._rehearsed(then_ask=True)

    async def _rehearse(self) -> None:
        await self._rehearsed(then_ask=bool(self.run.current.asks))

    async def _rehearsed(self, *, then_ask: bool) -> None:
        """Let a virtual M1 do the step's handiwork, once; a real one is the person's."""
        performer = self._performer()
        step = self.run.current
        together = performer.listens(step) or step.repeat is not None
        by_virtual = performer.can_rehearse(step)
        if by_virtual and not together and step.id not in self._done_by_virtual:
            async with self.bench.wire:
                self._done_by_virtual[step.id] = await performer.rehearse(self.run)
            self.app.live = self.bench.sketch()
        if then_ask:
            await self._perform(hands=by_virtual and together)
        else:
            self._draw()

    async def _perform(self, *, hands: bool = False) -> None:
        step = self.run.current
        result = await self._result(hands=hands)
        self.app.live = await self.bench.look()
        if result is None:
            self._draw()
            return
        event = result.event(self.run)
        if event is not None:
            self.journal.record(event)
        self._draw(advice_evidence(result.advice) if event is None and result.advice else ())
        long = step.kind in LONG_KINDS or step.keybed
        if long and (result.verdicts or result.advice) and not self._stopping:
            from m1tui.app.screens.result import ResultScreen

            await self.app.push_screen_wait(ResultScreen(result_view(step, result)))
        if self.run.current_state.mark is not Mark.OPEN and (long or not result.verdicts):
            await self._advance()

    def _performer(self) -> Performer:
        if self.bench.instrument is None:
            raise Trouble(NO_LINK)
        return Performer(self.bench.instrument, self.bench.store, self.asking)

    async def _result(self, *, hands: bool) -> StepResult | None:
        """Perform the current step and return what came of it, None when it was cancelled.

        With `hands` a virtual M1 does the handiwork at the moment when something listens.
        """
        performer, run = self._performer(), self.run
        seen = self._done_by_virtual.get(run.current.id, ())
        async with self.bench.wire:
            watch = self._watch = TransferWatch(self.app, self.screen, run.current.title)
            try:
                return await watch.run(
                    performer.perform(
                        run, hands=hands, seen=seen, progress=watch.progress, cancel=watch.cancel
                    ),
                    droppable=run.current.kind != "restore",
                )
            finally:
                self._watch = None

    async def _advance(self) -> None:
        """Go to the next step, or show how the procedure ended and go home."""
        if not self.run.at_end:
            self.journal.record(self.run.next())
            self._draw()
        elif not self._stopping:
            from m1tui.app.screens.result import ResultScreen

            await self.app.push_screen_wait(ResultScreen(summary_view(self.run)))
            if self.run.done:
                following = self.run.route.leads_to
                self.app.finish_run()
                if following:
                    self.app.begin_run(following)

    async def _retry(self) -> None:
        self._done_by_virtual.pop(self.run.current.id, None)
        self.journal.record(self.run.retry())
        self._draw()
        if self.run.current.senses:
            await self._perform()

    async def _record(self, transition: Callable[[], Event]) -> None:
        self.journal.record(transition())
        self._draw()

    async def _skip(self) -> None:
        from m1tui.app.dialogs.write import reason_dialog

        step = self.run.current
        if self.run.current_state.mark is not Mark.OPEN:
            await self._advance()
            return
        why = later_need(self.run.procedure, step)
        reason = await self.app.push_screen_wait(reason_dialog(step.title, why))
        if reason:
            self.journal.record(self.run.override(reason))
            await self._advance()

    async def _note(self) -> None:
        from m1tui.app.dialogs.write import note_dialog

        written = self.run.current_state.note
        text = await self.app.push_screen_wait(note_dialog(self.run.current.title, written))
        if text is not None:
            await self._record(lambda: self.run.note(text))

    async def _tick(self) -> None:
        self.journal.record(self.run.tick())
        await self._advance()

    async def _press(self, press: Press) -> None:
        instrument = self.bench.instrument
        if press.keys and instrument is not None and instrument.link.rehearsal is not None:
            await instrument.link.rehearsal.press(" ".join(press.keys))
            self.app.live = self.bench.sketch()

    async def _leave(self) -> None:
        from m1tui.app.dialogs.leave import GIVE_UP, HOME, QUIT, LeaveDialog
        from m1tui.app.dialogs.write import give_up_dialog

        where = f'step {self.run.position + 1}, "{self.run.current.title}"'
        answer = await self.app.push_screen_wait(LeaveDialog(where))
        if answer == GIVE_UP:
            reason = await self.app.push_screen_wait(give_up_dialog(self.run.procedure.title))
            if not reason:
                return
            self.journal.record(self.run.abandon(reason))
        if answer in (HOME, GIVE_UP):
            self.app.finish_run()
        elif answer == QUIT:
            self.app.quit()


NO_LINK = Advice(
    happened="There is no link to an instrument.",
    safe="Nothing was sent; all that was done before is saved.",
    next_step="Leave with q, connect the M1, press l on home, and resume there.",
)
