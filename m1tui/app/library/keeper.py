"""What the library's screens ask of whoever does it, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

if TYPE_CHECKING:
    # They bring SQLite and msgspec: the app begins without them.
    from m1tui.store.catalogue import LibraryProgress
    from m1tui.store.dumpfacts import Entry
    from m1tui.store.names import Name


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


class Keeper(Protocol):
    """Whoever does what the keys of the library screen ask for."""

    def attach(self) -> None:
        """Show the dumps that are known, then look whether the folder holds others."""

    def search(self, text: str) -> None:
        """Find names as they are typed."""

    def inspect(self, entry: Entry, name: Name | None) -> None:
        """Open a dump, at the object of that name if there is one."""

    def compare(self, first: Entry, second: Entry) -> None:
        """Show two dumps side by side."""

    def restore(self, entry: Entry) -> None:
        """Begin the procedure that sends a dump into an M1."""

    def take_in(self) -> None:
        """Ask for a file or a folder and take in the dumps there."""

    def export(self, entry: Entry) -> None:
        """Ask for a folder and copy a dump there."""

    def delete(self, entry: Entry) -> None:
        """Ask, then move a dump to the bin."""

    def bin(self) -> None:
        """Show the bin."""

    def make_anew(self) -> None:
        """Make the catalogue anew from the files."""

    def leave(self) -> None:
        """End the screen."""
