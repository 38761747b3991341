"""What screens ask of the app and workers report to the screens; one small class per thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    # Home is drawn before any other page is needed.
    from m1tui.app.run.pictures import TransferView
if TYPE_CHECKING:
    # They bring SQLite and msgspec: the app begins without them.
    from m1tui.store.catalogue import LibraryProgress
    from m1tui.sysex import Contents


@dataclass
class ProgressMade(Message):
    """A transfer went on; a flood of these collapses to the newest."""

    view: TransferView

    def can_replace(self, message: Message) -> bool:
        """Return True for older progress of the same transfer."""
        return isinstance(message, ProgressMade)


@dataclass
class ProcedureChosen(Message):
    """A procedure is to be begun."""

    procedure: str
    """Its id."""


@dataclass
class RunChosen(Message):
    """A run that was left is to be resumed."""

    journal: str
    """The name of its journal's file."""


class RackToggled(Message):
    """The owner says that the instrument is an M1R, or that it is not."""


@dataclass
class KeysPressed(Message):
    """Keys of the virtual M1's front panel were pressed."""

    keys: str
    """Their names, separated by spaces."""


@dataclass
class ControlMoved(Message):
    """A control of the virtual M1 was moved, or its keyboard played."""

    action: str
    """As a rehearsal names it: "joystick", "play 60"."""


class HandsNeeded(Message):
    """The next thing that the step asks of hands is to be done."""


class SketchNeeded(Message):
    """The virtual M1's display may have changed by itself."""


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
class SongsExportAsked(Message):
    """A person wants the songs of a memory as MIDI files."""

    contents: Contents


@dataclass
class SoundsAsked(Message):
    """A person wants to hear sounds: the M1's own, or those of a file."""

    contents: Contents | None = None
    """What the file contains; None for the M1's memory."""
    title: str = ""
    """The file's name."""
    kind: str = ""
    """Where to begin: "program", "combination" or "drum kit"."""
    number: int = 0


@dataclass
class RestoreAsked(Message):
    """A person wants a dump to be sent into an M1."""

    path: Path
