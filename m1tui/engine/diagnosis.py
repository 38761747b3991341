"""What is known of an instrument from its answers, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from m1tui.advice import Advice
from m1tui.sysex import IdentityReply, Mode, ModeData


class Cause(Enum):
    """What the pattern of answers means; the value is the summary for a person."""

    READY = "Ready"
    SILENT = "No answer, and nothing heard"
    """Not one byte came in."""
    SENSING_ONLY = "No answer, though bytes come in"
    """The M1 is heard, so the way from the computer to the M1 does not work."""
    EXCLUSIVE_DISABLED = "Exclusive disabled"
    """The identity is answered, mode data is not."""
    OTHER_MODEL = "Another instrument"
    NO_IDENTITY = "Ready, without an identity reply"
    """Mode data is answered, the identity is not."""
    TWO_INSTRUMENTS = "Two instruments answer"
    """On one channel, or on several and none was chosen; or something repeats all messages."""
    DAMAGED_ANSWERS = "Answers come, but damaged"
    OTHER_CHANNEL = "An M1 on another channel"
    """The channel that was asked for is not answered, and another is."""

    @property
    def code(self) -> str:
        """The same as a stable word for scripts: "two-instruments"."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Present:
    """An M1 that answered."""

    channel: int
    """Its global channel, 0–15."""
    identity: IdentityReply | None
    answers: int = 1
    """How many of these answers came to one question: 2 from two M1s that answer alike."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of the instrument from its answers."""

    cause: Cause
    identity: IdentityReply | None
    channel: int | None
    """The instrument's global channel, 0–15; None if nothing told it."""
    mode_data: ModeData | None
    """None where several instruments answer: then no transfer is possible."""
    advice: Advice
    present: tuple[Present, ...] = ()
    """All M1s that answered, by channel."""

    @property
    def answers(self) -> bool:
        """Whether an M1 answered anything."""
        return self.crowded or self.cause in {
            Cause.READY,
            Cause.NO_IDENTITY,
            Cause.EXCLUSIVE_DISABLED,
        }

    @property
    def crowded(self) -> bool:
        """Whether several instruments answer, so that nothing may be sent and no answer counts."""
        return self.cause is Cause.TWO_INSTRUMENTS

    @property
    def others(self) -> tuple[Present, ...]:
        """The M1s on other channels than the one that is used."""
        return tuple(one for one in self.present if one.channel != self.channel)

    @property
    def ready(self) -> bool:
        """Whether it answers exclusive messages, so that dumps can be asked for and sent."""
        return self.mode_data is not None

    @property
    def exclusive(self) -> bool | None:
        """Whether MIDI Exclusive is enabled; None if the answers do not tell.

        In GLOBAL mode they do not: the DATA DUMP page answers with Exclusive disabled too.
        """
        if self.mode_data is not None:
            return None if self.mode_data.mode is Mode.GLOBAL else True
        return False if self.cause is Cause.EXCLUSIVE_DISABLED else None

    @property
    def summary(self) -> str:
        """The cause in a few words."""
        return self.cause.value
