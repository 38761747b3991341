"""What the library's screens ask of whoever does it, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    # They bring SQLite and msgspec: the app begins without them.
    from m1tui.store.catalogue import LibraryProgress


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told about the last thing that was asked for."""

    text: str = ""
    wrong: bool = False


@dataclass
class LibraryWorked(Message):
    """Work on the library went on; a flood of these collapses to the newest."""

    progress: LibraryProgress

    def can_replace(self, message: Message) -> bool:
        """Return True for older progress."""
        return isinstance(message, LibraryWorked)


@dataclass
class InspectionAsked(Message):
    """A person wants to look into a file."""

    path: Path


@dataclass
class RestoreAsked(Message):
    """A person wants a dump to be sent into an M1."""

    path: Path
