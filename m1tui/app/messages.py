"""What workers tell the screens; one small class per thing that happened."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from m1tui.advice import Advice
from m1tui.app.snapshots import Live, TransferView


@dataclass
class LiveChanged(Message):
    """The instrument's state is not what it was."""

    live: Live

    def can_replace(self, message: Message) -> bool:
        """Return True for an older state, which nobody needs to see any more."""
        return isinstance(message, LiveChanged)


@dataclass
class ConnectionFailed(Message):
    """No link could be opened."""

    advice: Advice


@dataclass
class ProgressMade(Message):
    """A transfer went on; a flood of these collapses to the newest."""

    view: TransferView

    def can_replace(self, message: Message) -> bool:
        """Return True for older progress of the same transfer."""
        return isinstance(message, ProgressMade)
