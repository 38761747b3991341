"""What the parts of the app know of each other: no module here imports another's class for it."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import Screen
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from m1tui.app.screens.home import HomeScreen
from m1tui.app.snapshots import Errand, Live

if TYPE_CHECKING:
    # The engine takes as long to import as Textual; home is drawn before it is needed.
    from m1tui.app.lookout import Lookout
    from m1tui.app.workbench import Workbench


class Hall(Protocol):
    """The app, as those see it who put screens into it and work beside them."""

    @property
    def workers(self) -> Any:
        """The workers under way."""

    def push_screen(self, screen: Screen[Any]) -> Any:
        """Put a screen on top."""

    async def push_screen_wait(self, screen: Screen[Any]) -> Any:
        """Put a screen on top and return what it is dismissed with."""

    def pop_screen(self) -> Any:
        """Take the screen on top away."""

    def run_worker(
        self, work: Coroutine[Any, Any, None], *, group: str, exclusive: bool, description: str
    ) -> Worker[None]:
        """Let `work` be done beside the screens."""

    def look_at_shelf(self) -> None:
        """Read anew which procedures, unfinished runs and backups there are."""


class Stage(Hall, Protocol):
    """The app, as those who lead through a run see it."""

    live: Live
    errand: Errand | None

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""

    @property
    def screen_stack(self) -> list[Screen[Any]]:
        """All screens, the one on top last."""

    def begin_run(self, procedure_id: str) -> None:
        """Open a procedure at its first step."""

    def finish_run(self) -> None:
        """Close the run under way and go home."""

    def action_panel(self) -> None:
        """Show the virtual M1's front panel."""

    def quit(self) -> None:
        """Save and leave the program."""


class House(Protocol):
    """The app, as the lookout sees it."""

    live: Live
    home: HomeScreen

    @property
    def bench(self) -> Workbench:
        """The link, the library and the procedures."""

    @property
    def lookout(self) -> Lookout:
        """What looks for the instrument."""

    @property
    def workers(self) -> Any:
        """The workers under way."""

    def run_worker(
        self, work: Coroutine[Any, Any, None], *, group: str, exclusive: bool, description: str
    ) -> Worker[None]:
        """Let `work` be done beside the screens."""

    def look_at_shelf(self) -> None:
        """Read anew which procedures, unfinished runs and backups there are."""

    def look_at_log(self) -> None:
        """Record in the log what was run since, and tell home what is due."""


class Leader(Protocol):
    """Whoever does what the keys of the procedure screen ask for."""

    def attach(self) -> None:
        """Draw the step at which the run stands."""

    def next(self) -> None:
        """Go on when the step is done, else perform it."""

    def answer(self, place: int) -> None:
        """Answer the step's question by the option at `place`."""

    def back(self) -> None:
        """Show the step before."""

    def skip(self) -> None:
        """Ask for a reason and go on without this step."""

    def retry(self) -> None:
        """Open the step again."""

    def note(self) -> None:
        """Ask for a note to this step."""

    def tick(self) -> None:
        """Let the person vouch for the step."""

    def press(self) -> None:
        """Do the next thing that the step asks of hands, or mark it as done by them."""

    def rehearse(self) -> None:
        """Let the virtual M1 do all that the step asks of hands."""

    def panel(self) -> None:
        """Show the virtual M1's front panel."""

    def leave(self) -> None:
        """Stop listening, or ask what leaving means."""


def running(workers: Iterable[Worker[Any]], group: str) -> list[Worker[Any]]:
    """Return the workers of a group that have not finished."""
    return [worker for worker in workers if worker.group == group and not worker.is_finished]


async def ended(workers: Iterable[Worker[Any]]) -> None:
    """Wait until all workers have ended, in whatever way."""
    for worker in workers:
        with suppress(WorkerFailed, WorkerCancelled):
            await worker.wait()
