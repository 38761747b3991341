"""Every error of m1tui, as a tree; what has to be said of each is in its advice.

Exception
├── Trouble                   m1tui.advice: is meant for a person, and carries its advice
│   ├── FileTrouble           m1tui.files: a file cannot be read
│   ├── LinkError             a link could not be opened or used
│   │   └── LinkLost          the other end went away
│   ├── ReadError             memory could not be read so that it can be trusted
│   ├── TwoInstruments        more than one instrument answers
│   ├── StoreError            a file could not be written or read
│   │   ├── WithoutManifest   a dump is whole on the disk, its manifest is not
│   │   ├── CatalogueError    the catalogue of the library cannot be used
│   │   └── ImportStopped     m1tui.store.importing: the disk refused to go on
│   ├── ProcedureError        m1tui.procedures.loader: a procedure's file cannot be used
│   ├── JournalError          a journal cannot be read, or is in use
│   ├── OriginError           a file holds nothing that can be restored
│   ├── NotAllowed            a run's state forbids a transition
│   ├── CannotListen          the server cannot listen there
│   ├── TokenTrouble          a token cannot be used
│   ├── OutOfReach            a path leads out of the folder that is open
│   └── Stop                  m1tui.cli.exits: ends a command, with its exit code
├── NoReply                   no answer, or none that can be used
├── Stopped                   a person stopped the operation
├── Unable                    an edit buffer cannot be worked with
│   ├── Silent                the M1 does not answer for its mode
│   └── _AllAlike             m1tui.engine.read.slot_by_slot: all slots gave the same sound
├── Misuse                    m1tui.cli.commandparser: a command line is not well formed
├── TooMuch                   m1tui.sysex.forms.found: a container holds more than is unpacked
├── Damaged                   m1tui.sysex.forms.found: a container breaks off or is damaged
├── _Damage                   m1tui.sysex.forms.midi_file: a file does not go on as it should
├── Left                      m1tui.app.library.files: nobody waits for the library any more
├── ValueError
│   ├── KeyNotationError      a word is no key of the panel
│   ├── HalfByte              m1tui.sysex.forms.text: an odd number of digits is no row of bytes
│   └── SysexError            m1tui.sysex.errors: bytes are not the message they claim to be
│       ├── LengthError
│       ├── UnterminatedError
│       ├── StatusByteError
│       ├── ForeignModelError
│       ├── AllocationError
│       ├── RivalError
│       └── UnknownMessageError
└── AssertionError
    └── ReplayMismatch        m1tui.link.replay: a test writes something else than was recorded

Those with a module's name stand there, since they are made of what only that module knows. The
ones that are no Trouble never reach a person: their callers make an advice or a verdict of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from m1tui.advice import Advice, Trouble

if TYPE_CHECKING:  # the app's first screen waits for no message of the M1's
    from m1tui.sysex import Status


class LinkError(Trouble):
    """A link could not be opened or used."""


class LinkLost(LinkError):
    """The other end went away: unplugged, hung up, or closed."""


class ReadError(Trouble):
    """Memory could not be read so that it can be trusted; what did come is kept."""

    def __init__(self, advice: Advice, partial: bytes = b"", *, silent: bool = False) -> None:
        super().__init__(advice)
        self.partial = partial
        """The longest capture, from F0, as far as it came."""
        self.silent = silent
        """Whether nothing answered at all."""


class TwoInstruments(Trouble):
    """More than one instrument answers, so no answer can be believed and nothing may be sent."""


class StoreError(Trouble):
    """A file could not be written or read; nothing that was there before is changed."""


class WithoutManifest(StoreError):
    """A dump is on the disk, whole, but its manifest could not be written beside it."""

    def __init__(self, advice: Advice, kept: Path) -> None:
        super().__init__(advice)
        self.kept = kept


class CatalogueError(StoreError):
    """The catalogue cannot be used; every backup is a plain file and safe."""

    def __init__(self, advice: Advice, *, read_only: bool = False) -> None:
        super().__init__(advice)
        self.read_only = read_only
        """Whether it is only that nothing can be written there."""


class JournalError(Trouble):
    """A journal cannot be read, or another program works on it."""


class OriginError(Trouble):
    """A file holds nothing that can be restored, or cannot be read."""


class NotAllowed(Trouble):
    """A transition that the run's state forbids; nothing happened."""


class CannotListen(Trouble):
    """The server cannot listen there."""

    def __init__(self, advice: Advice, *, in_use: bool = False) -> None:
        super().__init__(advice)
        self.in_use = in_use
        """Whether another program listens there already."""


class TokenTrouble(Trouble):
    """A token cannot be read, is too easily guessed, or is known to others."""


class OutOfReach(Trouble):
    """A path leads out of the folder that is open to the person, or is none."""


class NoReply(Exception):
    """No answer, or none that can be used; the bytes that did come are kept."""

    def __init__(
        self,
        waited: float,
        partial: bytes = b"",
        expected: int | None = None,
        refusal: Status | None = None,
        problem: str = "",
        stranger: int | None = None,
        crowd: Advice | None = None,
    ) -> None:
        super().__init__(waited, len(partial), expected, refusal, problem, stranger)
        self.waited = waited
        """Seconds from when the question had left the wire."""
        self.partial = partial
        """The answer as far as it came, from F0; a damaged one whole."""
        self.expected = expected
        """The size that the answer should have had, where its beginning told it."""
        self.refusal = refusal
        """The status that came instead of the answer."""
        self.problem = problem
        """What is wrong with a damaged answer."""
        self.stranger = stranger
        """The channel (0–15) on which an answer came from another instrument."""
        self.crowd = crowd
        """What to say of it if several instruments answer, so that no answer can be used."""

    @property
    def is_silence(self) -> bool:
        """Whether nothing at all came."""
        came = self.partial or self.problem or self.refusal or self.crowd
        return not (came or self.stranger is not None)

    @property
    def description(self) -> str:
        """What came instead of the answer, with numbers, to follow "expected …, found "."""
        if self.crowd is not None:
            return "more answers than questions"
        if self.problem:
            return f"{len(self.partial):,} damaged bytes ({self.problem})"
        if self.partial and self.expected:
            short = self.expected - len(self.partial)
            return f"{len(self.partial):,} of {self.expected:,} bytes, short by {short:,}"
        if self.partial:
            return f"{len(self.partial):,} bytes with the end missing"
        if self.refusal is not None:
            return f"the status {self.refusal.code:02X} ({self.refusal.code.label})"
        if self.stranger is not None:
            return f"an answer on channel {self.stranger + 1}, which was not addressed"
        return f"nothing within {self.waited:.0f} s"


class Stopped(Exception):
    """A person stopped the operation."""


class Unable(Exception):
    """An edit buffer cannot be worked with; the text says why."""


class Silent(Unable):
    """The M1 does not answer for its mode."""


class KeyNotationError(ValueError):
    """A sequence names something that is no key."""

    def __init__(self, word: str) -> None:
        super().__init__(f'"{word}" is not a key on the M1\'s front panel')
        self.word = word
