"""Transfer: how far it is, what the M1 replied, and a way to stop that leaves no half message."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from m1tui.app.messages import ProgressMade
from m1tui.app.run.pictures import TransferView
from m1tui.app.text import plain, prose
from m1tui.app.theme import ACCENT, FAINT, STRONG
from m1tui.app.widgets.bars import Heading, Meter
from m1tui.app.widgets.keybar import KeyBar
from m1tui.engine.checks import Writes

READS = (
    "Nothing is written to the M1. The reading goes on until you answer. If you stop it, what was "
    "read so far is not kept, and this is still to be done."
)
WRITES_BACK = (
    "To find this out, the program also writes to the M1: it writes back what it has read, and "
    "nothing else. It goes on until you answer. If you stop it, this is still to be done. Leave "
    "the M1 switched on until it has stopped."
)
SETS = (
    "In this step the program also sets values of the M1. It goes on until you answer. If you stop "
    "it, what it has set so far stays so, and this is still to be done. Leave the M1 switched on "
    "until it has stopped."
)
WRITES = (
    "If the program is still sending, it finishes the current message first, so that the M1 never "
    "receives half a message; then it reads and shows what the M1 contains. If it is already "
    "reading back, it stops, and what the M1 contains stays unknown."
)
"""What is so when a transfer is cancelled: one that only reads, one that writes back what it reads,
one that sets values, and one that sends what is new."""
_OF_CHECKS = {Writes.WHAT_IT_READ: WRITES_BACK, Writes.SETTINGS: SETS}
STOPPING, CANCELLING = "Stopping.", "Cancelling: the current message is finished first."


class TransferScreen(Screen[None]):
    """Draws one TransferView after another until whoever pushed it takes it away."""

    HELP_SECTION = "A TRANSFER"

    BINDINGS = [
        Binding("c,escape", "cancel", "cancel", key_display="c"),
        Binding("question_mark,f1", "app.help", "help", key_display="?"),
    ]

    view: reactive[TransferView] = reactive(TransferView(""), repaint=False)
    """The transfer as it stands."""

    def __init__(
        self,
        view: TransferView,
        cancel: asyncio.Event,
        *,
        only_reads: bool = False,
        writes: Writes | None = None,
    ) -> None:
        """Begin with `view`; set `cancel` when a person wants the transfer to end.

        One that `only_reads` can end at once; so can a check that `writes`.
        """
        super().__init__()
        self._only_reads = only_reads
        self._writes = writes
        self._cancel = cancel
        self.in_view = asyncio.Event()
        """Set while no other screen stands above this one."""
        self.set_reactive(TransferScreen.view, view)

    def compose(self) -> ComposeResult:
        yield Heading(self.view.title)
        with Vertical(id="body"):
            yield Static(id="phase", markup=False)
            yield Meter()
            yield Static(id="figures", markup=False)
            yield Static(id="reply", markup=False)
            yield Static(id="phases", markup=False)
            yield Static(id="cancelling", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch_view(self.view, self.view)

    def on_screen_resume(self) -> None:
        self.in_view.set()

    def on_screen_suspend(self) -> None:
        self.in_view.clear()

    def on_progress_made(self, event: ProgressMade) -> None:
        self.view = event.view

    def watch_view(self, before: TransferView, view: TransferView) -> None:
        """Draw what changed alone: a new layout would send the whole screen down the line."""
        if view.phase != before.phase or view is before:
            self.query_one("#phase", Static).update(plain(view.phase, STRONG))
        self.query_one("#figures", Static).update(plain(view.figures))
        self.query_one(Meter).percent = view.percent
        self.query_one(Meter).visible = bool(view.total) and not view.least
        if view.reply != before.reply or view is before:
            # Bytes that come in are no reply; without one nothing is said.
            reply = Content.assemble(("M1 says  ", FAINT), prose(view.reply))
            self.query_one("#reply", Static).update(reply if view.reply else "")
        if view.finished_phases != before.finished_phases or view is before:
            self.query_one("#phases", Static).update(plain("\n".join(view.finished_phases)))

    def action_cancel(self) -> None:
        """Ask whether to stop; the message under way is finished first."""
        from m1tui.app.dialogs.choices import ConfirmDialog

        if self._cancel.is_set():
            return
        title = "Stop reading?" if self._only_reads else "Cancel this transfer?"
        question = READS if self._only_reads else WRITES
        if self._writes is not None:
            title, question = "Stop this check?", _OF_CHECKS[self._writes]
        self.app.push_screen(ConfirmDialog(title, question), self._answered)

    def _answered(self, yes: bool | None) -> None:
        if yes:
            self._cancel.set()
            word = STOPPING if self._only_reads else CANCELLING
            self.query_one("#cancelling", Static).update(plain(word, ACCENT))
