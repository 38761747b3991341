"""Counts questions and answers. An M1 answers each question once, so more answers are another's.

What is counted is what no M1 sends unasked: identity, mode data, bank dumps and statuses. Programs
and combinations go out whenever the panel chooses another one, so they tell nothing. A status may
stand for any other answer; a THRU loop provokes some, so they only give reason to count again.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from enum import StrEnum
from typing import Protocol

from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    CombinationDump,
    CombinationWrite,
    IdentityReply,
    IdentityRequest,
    ModeData,
    ModeRequest,
    ProgramDump,
    ProgramWrite,
    Status,
)

CHANNELS = 16
LATEST = 30.0
"""Seconds after which a question is not answered any more."""
QUESTIONS = 3
ENOUGH = 2
"""Of so many questions so many must be answered twice: one repeated message is an accident."""
_QUESTIONS_KEPT = 64
_ANSWERS_KEPT = 8
"""Different answers to one question that are kept."""
_LOADING = (BankDump, ProgramDump, CombinationDump, ProgramWrite, CombinationWrite)


class Topic(StrEnum):
    """What is asked for, or provoked."""

    IDENTITY = "identity replies"
    MODE = "mode data"
    DUMP = "bank dumps"
    STATUS = "statuses"


_OF_AN_M1 = (Topic.IDENTITY, Topic.MODE, Topic.STATUS)
"""What tells that an M1 is there; a dump may be ours, from a time when it had another channel."""


class Asking(Protocol):
    """What is sent."""

    @property
    def channel(self) -> int | None:
        """The channel that is asked; None for all."""


Subject = tuple[Topic, int]
"""What is asked for, and the channel (0–15) that is asked."""


class Tally:
    """Questions and answers since the last `forget`, by topic and channel."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin to count again."""
        self._owed: defaultdict[Subject, deque[float]] = defaultdict(_few)
        self._asked: Counter[Subject] = Counter()
        self._surplus: Counter[Subject] = Counter()
        self._answers: dict[Subject, Counter[bytes]] = {}
        self._others: Counter[bytes] = Counter()
        self._enough = 1
        self._noted: Counter[int] = Counter()
        self.begun: float | None = None
        """When the first question went out, in the seconds of `asked`."""
        self.has_loaded = False
        """Whether anything was sent that an M1 takes into its memory or an edit buffer."""

    def asked(self, message: Asking, now: float) -> None:
        """Count a message that goes out at the time `now`, in seconds."""
        self.has_loaded = self.has_loaded or isinstance(message, _LOADING)
        self.begun = now if self.begun is None else self.begun
        for subject in _asks(message):
            self._asked[subject] += 1
            self._owed[subject].append(now)

    def heard(self, message: AnyMessage, data: bytes, now: float) -> None:
        """Count a message that came in, none of ours; `data` is the same as bytes."""
        if isinstance(message, IdentityReply) and not message.is_m1:
            _count(self._others, data)
            return
        subject = _answers(message)
        if subject is None:
            return
        if subject[0] in _OF_AN_M1:
            _count(self._answers.setdefault(subject, Counter()), data)
        topic, channel = subject
        # A status comes in the place of a dump, and at worst of anything.
        places = (topic, Topic.DUMP, Topic.MODE) if topic is Topic.STATUS else (topic,)
        if not any(self._settles((one, channel), now) for one in places):
            self._surplus[subject] += 1

    def _settles(self, subject: Subject, now: float) -> bool:
        """Take the oldest question that may still be answered; False if there is none."""
        owed = self._owed.get(subject, deque())
        while owed and owed[0] < now - LATEST:
            owed.popleft()
        if owed:
            owed.popleft()
            return True
        return False

    def surplus(self, topic: Topic, channel: int) -> int:
        """Return how many answers came on `channel` beyond those that were asked for."""
        return self._surplus[topic, channel]

    def suspicious(self, channel: int) -> bool:
        """Tell whether so many came beyond what was asked that it is time to count on purpose."""
        return sum(self._surplus[topic, channel] for topic in Topic) >= self._enough

    def evident(self, channel: int) -> bool:
        """Tell whether two of three questions, or more, were answered twice.

        So one need not count again: an instrument that is slow may be busy with its own dump.
        """
        questions = [(topic, channel) for topic in (Topic.IDENTITY, Topic.MODE)]
        asked = sum(self._asked[one] for one in questions)
        twice = sum(self._surplus[one] for one in questions)
        return twice >= ENOUGH and QUESTIONS * twice >= ENOUGH * asked

    def acquit(self, channel: int) -> None:
        """Note that counting found one instrument: only twice as many are suspicious now."""
        self._enough = 1 + 2 * sum(self._surplus[topic, channel] for topic in Topic)
        self._noted = Counter({one: self.sightings(one) for one in range(CHANNELS)})

    def elsewhere(self, channel: int) -> tuple[int, ...]:
        """Return the other channels on which M1s answered since the last `acquit`."""
        return tuple(
            one
            for one in range(CHANNELS)
            if one != channel and self.sightings(one) > self._noted[one]
        )

    def answers(self, topic: Topic, channel: int) -> Counter[bytes]:
        """Return the M1s' answers as they came on `channel`, each with how often it came."""
        return Counter(self._answers.get((topic, channel), Counter()))

    def sightings(self, channel: int) -> int:
        """Return how many answers of M1s came on `channel`."""
        counts = (self._answers.get((topic, channel)) for topic in _OF_AN_M1)
        return sum(count.total() for count in counts if count)

    @property
    def others(self) -> Counter[bytes]:
        """The identity replies of instruments that are no M1, each with how often it came."""
        return Counter(self._others)


def _few() -> deque[float]:
    return deque(maxlen=_QUESTIONS_KEPT)


def _count(answers: Counter[bytes], data: bytes) -> None:
    if data in answers or len(answers) < _ANSWERS_KEPT:
        answers[data] += 1


def _asks(message: Asking) -> list[Subject]:
    match message:
        case IdentityRequest(channel=None):
            return [(Topic.IDENTITY, channel) for channel in range(CHANNELS)]
        case IdentityRequest(channel=int(channel)):
            return [(Topic.IDENTITY, channel)]
        case ModeRequest():
            return [(Topic.MODE, message.channel)]
        case BankRequest():
            return [(Topic.DUMP, message.channel)]
    # Dumps, writes, changes of mode and program, requests that may be refused.
    return [] if message.channel is None else [(Topic.STATUS, message.channel)]


def _answers(message: AnyMessage) -> Subject | None:
    match message:
        case IdentityReply():
            return Topic.IDENTITY, message.channel
        case ModeData():
            return Topic.MODE, message.channel
        case BankDump():
            return Topic.DUMP, message.channel
        case Status():
            return Topic.STATUS, message.channel
    return None
