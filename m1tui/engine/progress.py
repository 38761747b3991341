"""How far an operation is: bytes done in a phase, and seconds left in all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from m1tui.engine.keybed import KeybedReport
from m1tui.sysex import Bank


class Phase(StrEnum):
    """What is being done; the value is what a person reads."""

    DIAGNOSING = "Asking the M1 for its settings"
    READING = "Reading the M1's memory"
    READING_CARD = "Reading the card"
    READING_TO_COMPARE = "Reading it again, to compare"
    READING_DIFFERENCE = "Reading it again, because it differs"
    READING_FOR_CHECK = "Reading memory for the check"
    READING_CARD_FOR_CHECK = "Reading the card for the check"
    READING_SLOTS = "Reading slot by slot"
    PROBING = "Asking whether memory is protected"
    SENDING = "Sending"
    PREPARING = "Saving the edit buffer"
    SENDING_ONE_BY_ONE = "Sending one by one"
    PUTTING_BACK = "Restoring mode and edit buffer"
    READING_BACK = "Reading back"
    READING_BACK_AGAIN = "Reading back again"
    """Only when the first reading back settles nothing."""
    LISTENING = "Listening"
    """For what a person does with the instrument."""
    WAITING = "Waiting for the dump"
    """That a person starts on the panel."""
    RECEIVING = "Receiving"
    LOOKING = "Looking for the loop"
    TESTING = "Testing at full speed"
    TESTING_PACED = "Testing with pauses"

    def of(self, bank: Bank) -> Phase:
        """Return the same phase as it is called while `bank` is read."""
        return _OF_CARD.get(self, self) if bank is Bank.CARD else self

    @property
    def person_acts(self) -> bool:
        """Whether the program only waits for what a person does."""
        return self in (Phase.LISTENING, Phase.WAITING)


_OF_CARD = {
    Phase.READING: Phase.READING_CARD,
    Phase.READING_FOR_CHECK: Phase.READING_CARD_FOR_CHECK,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of an operation."""

    phase: Phase
    done: int
    """Bytes of this phase that are done."""
    total: int
    """Bytes of this phase as far as known, 0 where it has none to count."""
    seconds_left: float
    """For this phase and those still planned, at the speed of the wire."""
    note: str = ""
    """What else is to be said, for example that the M1 did not take the last attempt."""
    keybed: KeybedReport | None = None
    """What was heard of the keys so far, while they are tested."""
    subject: str = ""
    """What `note` is about, where several things are listened for at a time."""
    least: bool = False
    """Whether `total` is only the least that comes: a song's dump says its size in its header."""


ProgressHandler = Callable[[Progress], None]


class Meter:
    """Counts the bytes of an operation's phases and tells a handler."""

    def __init__(self, handler: ProgressHandler | None, bytes_per_second: float) -> None:
        self._handler = handler
        self._bytes_per_second = bytes_per_second
        self._ahead: dict[Phase, float] = {}
        self._phase = Phase.READING
        self._total = 0
        self._least = False
        self._seconds = 0.0
        self.note = ""
        """Goes with every progress from now on."""

    def plan(self, phase: Phase, total: int, seconds: float | None = None) -> None:
        """Expect a phase of `total` bytes; `seconds` if it is slower than the wire."""
        self._ahead[phase] = self._time(total) if seconds is None else seconds

    def drop(self, phase: Phase) -> None:
        """A planned phase is not needed after all."""
        self._ahead.pop(phase, None)

    def enter(self, phase: Phase, total: int = 0, *, least: bool = False) -> None:
        """Begin a phase, planned or not, of `total` bytes, or of at `least` so many."""
        self._seconds = self._ahead.pop(phase, self._time(total))
        self._phase, self._total, self._least = phase, total, least
        self._tell(0)

    def count(self, done: int, total: int | None, *, least: bool = False) -> None:
        """`done` bytes of the phase are done, out of `total` where that is now known better."""
        if total is None and self._least:
            # The first bytes of a message do not say yet how long it is.
            return
        if total is not None:
            self._least = least
            if total != self._total:
                self._total, self._seconds = total, self._time(total)
        self._tell(done)

    def finish(self, total: int | None = None) -> None:
        """All of the phase is done: `total` bytes where that is known only now."""
        self.count(self._total if total is None else total, total)

    def _tell(self, done: int) -> None:
        if self._handler is None:
            return
        total = max(self._total, done)
        share = (total - done) / total if total else 0.0
        left = self._seconds * share + sum(self._ahead.values())
        self._handler(Progress(self._phase, done, total, left, self.note, least=self._least))

    def _time(self, total: int) -> float:
        return total / self._bytes_per_second
