"""Performs a whole procedure on a virtual instrument, for rehearsals in a script and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from m1tui.engine.progress import ProgressHandler
from m1tui.procedures.findings import StepResult
from m1tui.procedures.journal import Journal
from m1tui.procedures.perform import Performer
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark


async def run_auto(
    journal: Journal,
    performer: Performer,
    *,
    on_step: Callable[[Run, StepResult], None] | None = None,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
) -> Run:
    """Perform the rest of a run on a virtual instrument, which does all handiwork itself.

    Give the performer a `Rehearser` for a person, and nobody is asked anything.
    Ends after the last step, or at the first that is not done. `on_step` hears of each.
    Raises NotAllowed when the run stands at a step whose needs are not met, StoreError when the
    journal cannot be written.
    """
    if performer.model != journal.run.model:
        journal.record(journal.run.name_model(performer.model))
    while True:
        if journal.run.owes_comparison:
            compared = await performer.compare_first(journal.run, progress=progress)
            after = journal.run if compared is None else journal.record(compared)
            if after.owes_comparison or after.unmet:
                return after
        if journal.run.current_state.mark is Mark.OPEN:
            result = await performer.perform(
                journal.run, hands=True, progress=progress, cancel=cancel
            )
            event = result.event(journal.run)
            if event is not None:
                journal.record(event)
            if on_step is not None:
                on_step(journal.run, result)
            if journal.run.current_state.mark is Mark.OPEN:
                return journal.run
        if journal.run.at_end:
            if journal.run.owes_closing:
                asked = await performer.ask_again(journal.run, progress=progress, cancel=cancel)
                journal.record(asked)
            return journal.run
        journal.record(journal.run.next())
