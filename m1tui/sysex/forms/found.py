"""What is found in a file: messages, what is whole of broken ones, problems and notes.

And how much is unpacked of it at most: size, ratio, depth and count, for hostile archives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from m1tui.sysex.codes import Bank, Part
from m1tui.sysex.contents import Contents
from m1tui.sysex.dumps import BankDump
from m1tui.sysex.errors import RivalError

if TYPE_CHECKING:
    from m1tui.sysex.messages import AnyMessage


class FoundMessage(NamedTuple):
    """A message, where its bytes stand in the file, and how many they are there.

    The offset counts decoded bytes in text, and the bytes of the member in an archive; in a
    Standard MIDI File it is that of the byte behind F0 and the event's length.
    """

    message: AnyMessage
    offset: int
    size: int
    raw: bytes
    """The message itself, F0 to F7, with all that was mended."""
    member: str = ""
    """The file in an archive that it stands in; harmless on a screen."""

    @property
    def contents(self) -> Contents:
        """The memory that the message carries: a bank's, one program, one combination, none."""
        message = self.message
        if isinstance(message, BankDump):
            return message.contents
        # Imported only now: most files hold dumps of banks alone.
        from m1tui.sysex.messages import CombinationDump, ProgramDump

        if isinstance(message, ProgramDump):
            return Contents(programs=(message.program,))
        if isinstance(message, CombinationDump):
            return Contents(combinations=(message.combination,))
        return Contents()


class Problem(NamedTuple):
    """Something in the file that is no M1 message; `harmless` if no message is lost by it."""

    offset: int
    problem: str
    expected: str = ""
    found: str = ""
    harmless: bool = False
    code: str = "not-a-message"
    member: str = ""

    def __str__(self) -> str:
        """Return the whole finding as one sentence."""
        text = f"at byte {self.offset}: {self.sentence}"
        return f"{self.member}, {text}" if self.member else text

    @property
    def sentence(self) -> str:
        """The finding without its place."""
        if not self.expected:
            return self.problem
        return f"{self.problem}: expected {self.expected}, found {self.found}"


class Note(NamedTuple):
    """Something that a person should know, and that loses nothing."""

    code: str
    text: str
    member: str = ""
    """The file in an archive that it is about."""

    def __str__(self) -> str:
        """Return it as one sentence, with the file that it is about."""
        return f"{self.member}: {self.text}" if self.member else self.text


class Piece(NamedTuple):
    """What is whole of a dump that breaks off."""

    part: Part
    """The part that the dump would have been."""
    channel: int
    bank: Bank
    contents: Contents
    """The whole objects from the beginning on: a bank may have fewer than it should."""
    missing: tuple[str, ...]
    """What is not there: "programs 59-99", "sequence"."""
    offset: int
    size: int
    member: str = ""


class DumpFile(NamedTuple):
    """What a file holds.

    `format` is that of the dumps themselves: "syx", "mid", "hex", "packed", "memory", "card" or
    "unknown"; what they were wrapped in is in `containers`, the outermost first.
    """

    format: str
    messages: tuple[FoundMessage, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()
    pieces: tuple[Piece, ...] = ()
    containers: tuple[str, ...] = ()

    @property
    def dumps(self) -> tuple[BankDump, ...]:
        """The bank dumps, in order: those of internal memory, or else those of a card.

        A hundred programs in single messages are a bank, too.
        """
        return tuple(dump for dump, _ in self._placed)

    @property
    def banks(self) -> tuple[FoundMessage, ...]:
        """The messages of `BankDump`, and those that single messages make, in order."""
        whole = tuple(one for one in self.messages if isinstance(one.message, BankDump))
        if len(whole) == len(self.messages):
            return whole
        # Imported only now: most files hold dumps of banks alone.
        from m1tui.sysex.slots import banks_of_singles

        return (*whole, *banks_of_singles(self.messages))

    @property
    def _placed(self) -> tuple[tuple[BankDump, int], ...]:
        """The same with their offsets."""
        found = tuple(
            (one.message, one.offset) for one in self.banks if isinstance(one.message, BankDump)
        )
        return tuple(one for one in found if one[0].bank is Bank.INTERNAL) or found

    def contents(self, part: Part = Part.ALL) -> Contents:
        """Return `part` of all bank dumps merged, or all of it.

        Raises AllocationError if they do not belong together, RivalError if several hold the same
        part of it and differ by more than what nobody hears.
        """
        merged = Contents()
        for dump in self.dumps:
            merged = merged.merged(dump.contents)
        wanted = merged.only(part)
        for one in Part:
            if one in wanted.parts:
                self._check_rivals(one)
        return wanted

    def _check_rivals(self, part: Part) -> None:
        """Raise RivalError if it cannot be known which of several dumps of `part` is meant."""
        held = [(dump.contents.only(part), offset) for dump, offset in self._placed]
        holders = [(contents.normal(), offset) for contents, offset in held if contents.parts]
        for normal, offset in holders[1:]:
            if normal != holders[0][0]:
                problem = f"a second, different dump of {part.value} is here"
                raise RivalError(offset, problem, "one such dump", f"{len(holders)}")

    def only(self, numbers: tuple[int, ...]) -> DumpFile:
        """Return the file with just the messages of these numbers, counted from 1.

        Raises IndexError for a number that no message has.
        """
        for number in numbers:
            if not 1 <= number <= len(self.messages):
                raise IndexError(number)
        kept = tuple(self.messages[number - 1] for number in sorted(set(numbers)))
        # What is wrong elsewhere in the file is no loss to what was asked for.
        harmless = tuple(one._replace(harmless=True) for one in self.problems)
        return self._replace(messages=kept, problems=harmless, pieces=())


MOST_UNPACKED = 16 << 20
"""Bytes in all that archives and encodings of one file may unpack to."""
UNSUSPICIOUS = 1 << 20
"""Bytes that any member may unpack to, whatever its ratio: equal programs pack very small."""
HIGHEST_RATIO = 100
"""Times its packed size that a larger member may unpack to; an M1's bank has 2 to 30."""
DEEPEST = 4
"""Wrappings inside each other."""
MOST_MEMBERS = 1_000
"""Files in all archives of one file."""
LONGEST_NAME = 100
"""Characters that are shown of a member's name."""


class TooMuch(Exception):
    """A file unpacks to more than is sensible; what was expected at most, and what was found."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(what, expected, found)
        self.what = what
        self.expected = expected
        self.found = found


class Damaged(Exception):
    """What wraps the dumps is damaged or cannot be read; says what was expected and found."""

    def __init__(
        self, what: str, expected: str, found: str, *, offset: int = 0, code: str = ""
    ) -> None:
        super().__init__(what, expected, found)
        self.what = what
        self.expected = expected
        self.found = found
        self.offset = offset
        self.code = code or "container-damaged"


class Member(NamedTuple):
    """A file that was unpacked."""

    name: str
    """As the archive has it, empty where it has none; not yet harmless on a screen."""
    data: bytes
    offset: int | None = None
    """Where its bytes stand in what wraps it, None if they stand there in another form."""


class Bounds:
    """What may still be unpacked of one file."""

    def __init__(self) -> None:
        self.left = MOST_UNPACKED
        self.members = MOST_MEMBERS

    def room(self, packed: int) -> int:
        """Return how many bytes a member of `packed` bytes may have."""
        return min(self.left, max(UNSUSPICIOUS, packed * HIGHEST_RATIO))

    def check(self, what: str, packed: int, unpacked: int) -> None:
        """Raise TooMuch if `unpacked` bytes, or as many as were unpacked so far, are too many."""
        room = self.room(packed)
        if unpacked > room:
            raise TooMuch(
                f"{what} unpacks to more than m1tui reads",
                f"at most {room:,} bytes from {packed:,}",
                f"{unpacked:,} or more",
            )

    def take(self, what: str, packed: int, unpacked: int) -> None:
        """Count a member that was unpacked; TooMuch beyond the bounds."""
        self.check(what, packed, unpacked)
        self.left -= unpacked
        self.members -= 1
        if self.members < 0:
            raise TooMuch("too many files", f"at most {MOST_MEMBERS:,} files", "more")
