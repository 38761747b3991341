"""What became of the readings of one memory: agreeing, failed, or not to be believed."""

from __future__ import annotations

from dataclasses import dataclass, field

from m1tui.advice import Advice, Trouble
from m1tui.engine import reading_advice as say
from m1tui.engine.compare import compare
from m1tui.engine.instrument import Instrument
from m1tui.engine.waiting import NoReply
from m1tui.link import LinkLost
from m1tui.sysex import Contents, Part

MOST_READINGS = 3
"""After so many no further one would be believed."""


class ReadError(Trouble):
    """Memory could not be read so that it can be trusted; what did come is kept."""

    def __init__(self, advice: Advice, partial: bytes = b"", *, silent: bool = False) -> None:
        super().__init__(advice)
        self.partial = partial
        """The longest capture, from F0, as far as it came."""
        self.silent = silent
        """Whether nothing answered at all."""


def nobody_answered(trouble: Trouble) -> bool:
    """Tell whether a reading ended because nothing answered, or the link was lost."""
    return isinstance(trouble, LinkLost) or (isinstance(trouble, ReadError) and trouble.silent)


@dataclass(slots=True)
class Attempts:
    """The readings that were tried, and what became of each."""

    dumps: list[tuple[Contents, bytes]] = field(default_factory=list)
    failures: list[NoReply] = field(default_factory=list)
    doubts: int = 0
    """Readings that may have been our own dump, sent back."""
    repeats: int = 0
    """Readings with more dumps than were asked for."""
    refused: bool = False
    """Whether a load error came beside a dump."""
    fenced: bool = True
    """Whether each dump was fenced off by mode data; else two readings must agree."""
    silent: bool = False
    """Whether nothing at all came of the newest."""

    def came(self, contents: Contents, data: bytes) -> None:
        """Note a dump that can be believed."""
        self.dumps.append((contents, data))
        self.silent = False

    def failed(self, failure: NoReply) -> None:
        """Note a reading that failed."""
        self.failures.append(failure)
        self.silent = failure.is_silence

    def doubted(self, *, ours: bool) -> None:
        """Note a dump that may be `ours`, or that something repeated."""
        self.doubts += ours
        self.repeats += not ours
        self.silent = False

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.dumps) + len(self.failures) + self.doubts + self.repeats

    @property
    def hopeless(self) -> bool:
        """Whether no further reading could make two agree, or nobody answers at all."""
        answered = any(failure.partial for failure in self.failures)
        return self.count >= MOST_READINGS or (
            len(self.failures) > 1 and not (answered or self.dumps)
        )

    def notes(self, instrument: Instrument) -> tuple[str, ...]:
        """Return what a person should know of readings that were settled in the end."""
        notes = [
            f"One reading was not usable: expected a whole dump, found {failure.description}."
            for failure in self.failures
        ]
        if len(self.dumps) == MOST_READINGS:
            notes.append("The first two readings differed; the third agreed with one of them.")
        if self.refused:
            notes.append(
                "The M1 reported a load error and sent its dump all the same: a MIDI THRU loop "
                "feeds its own dump back to it."
            )
        if self.doubts:
            notes.append(
                "A dump came that may have been our own, sent back by something between the "
                "computer and the M1. It was not taken; memory was read in another form."
            )
        if self.repeats:
            notes.append(
                "More dumps came than were asked for: something between the computer and the M1 "
                "repeats them. None of those was taken."
            )
        if instrument.conversation.ear.echoes:
            notes.append("Our own messages come back on this link: there is a MIDI THRU loop.")
        notes += [
            f"An answer came on channel {channel + 1} though channel {instrument.channel + 1} was "
            "asked: another instrument is on this link. It was not taken."
            for channel in sorted(instrument.conversation.strangers)
        ]
        return tuple(notes)

    def error(self, part: Part) -> ReadError:
        """Return the error for readings that were never settled."""
        if not self.failures and len(self.dumps) < 2:
            return ReadError(say.own_voice(part) if self.doubts else say.repeated(part))
        captures = [failure.partial for failure in self.failures]
        captures += [data for _, data in self.dumps]
        partial = max(captures, key=len, default=b"")
        if len(self.dumps) > 1:
            first, second = self.dumps[0][0], self.dumps[1][0]
            what = compare(first, second).summary()
            return ReadError(say.unsettled(part, self.count, what), partial)
        failure = self.failures[-1]
        if self.dumps and self.silent:
            return ReadError(say.fell_silent(part, failure), partial, silent=True)
        longest = max(self.failures, key=lambda one: len(one.partial))
        if failure.refusal is not None and not partial:
            return ReadError(say.refused(part, failure.refusal.code), partial)
        if not partial:
            return ReadError(say.silent(part, failure), silent=True)
        return ReadError(say.damaged(part, longest if longest.partial else failure), partial)
