"""What the person is asked about the run itself: reasons, notes, leaving, going on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from m1tui.app.dialogs.choices import GIVE_UP, HOME, QUIT, GoOnDialog, LeaveDialog
from m1tui.app.dialogs.write import give_up_dialog, loss_dialog, note_dialog, reason_dialog
from m1tui.app.run.views import later_need
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Procedure

if TYPE_CHECKING:
    from m1tui.app.app import M1App


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the person wants to leave for, if at all."""

    home: bool = False
    quit: bool = False
    reason: str = ""
    """Why the run is given up, empty where it is kept."""


class Questions:
    """Each is a dialog; leaving it changes nothing."""

    def __init__(self, app: M1App) -> None:
        self._app = app

    async def why_skipped(self, run: Run) -> str:
        """Ask why the current step is skipped; empty where it is not."""
        why = later_need(run.procedure, run.current)
        reason: str | None = await self._app.push_screen_wait(reason_dialog(run.current.title, why))
        return reason or ""

    async def agreed_to_lose(self, run: Run) -> str:
        """Ask for the word that agrees to a loss, where skipping the current step costs one."""
        lost = run.current.loses
        if not lost:
            return ""
        dialog = loss_dialog(run.current.title, lost)
        typed: str | None = await self._app.push_screen_wait(dialog)
        return typed or ""

    async def note(self, run: Run) -> str | None:
        """Ask for the note to the current step."""
        dialog = note_dialog(run.current.title, run.current_state.note)
        text: str | None = await self._app.push_screen_wait(dialog)
        return text

    async def go_on_with(self, procedure: Procedure) -> str:
        """Ask what follows an answer that leads to `procedure`; return START, HOME or STAY."""
        dialog = GoOnDialog(
            "Continue with another procedure?",
            f'Your answer leads to "{procedure.title}".\n\n{procedure.purpose}\n\n'
            f"{procedure.time}. Risk: {procedure.risk}",
        )
        way: str = await self._app.push_screen_wait(dialog)
        return way

    async def leaving(self, run: Run) -> Leaving:
        """Ask what leaving the run means."""
        answer = await self._app.push_screen_wait(LeaveDialog(run.place_of(run.current.id)))
        if answer == GIVE_UP:
            reason = await self._app.push_screen_wait(give_up_dialog(run.procedure.title))
            return Leaving(home=bool(reason), reason=reason or "")
        return Leaving(home=answer == HOME, quit=answer == QUIT)
