"""Tells from what comes in whether an answer is there, is still coming, or is overdue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from m1tui.engine.line.ear import LONG_MESSAGE, Arriving, Heard, Item
from m1tui.errors import NoReply
from m1tui.sysex import AnyMessage, Garbage, Status, StatusCode

FIRST_BYTE = 3.0
"""Seconds of silence that an answer may take, from when the question has left the wire."""
BETWEEN_BYTES = 1.0
"""Seconds of silence inside a message after which it counts as broken off."""
LONGEST_ANSWER = 30.0
"""Seconds after which an answer is given up though bytes keep coming, unless it is a dump under
way whose size is known: no message takes longer than 21 s on the wire."""
SLOWEST = 4.0
"""How many times the wire's time a dump may take that comes with stalls."""

_KORG = b"\xf0\x42"

Accept = Callable[[AnyMessage], bool]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question."""

    message: AnyMessage
    data: bytes
    refusal: Status | None = None
    """A status that came first, though the answer followed."""
    seconds: float = 0.0
    """From when the question had left the wire until the whole answer was there."""
    broken: bool = False
    """Whether a message of a Korg broke off before: that was the answer, if each comes once."""


def refused(reply: Reply) -> bool:
    """Tell whether a load or format error came before the answer."""
    errors = {StatusCode.LOAD_ERROR, StatusCode.FORMAT_ERROR}
    return reply.refusal is not None and reply.refusal.code in errors


class Wait:
    """The wait for one answer, as a state machine that is fed what comes in."""

    def __init__(
        self,
        accept: Accept,
        channel: int | None,
        begun_after: int,
        left_at: float,
        patience: float = FIRST_BYTE,
        between: float = BETWEEN_BYTES,
    ) -> None:
        """Wait for a message that `accept` takes and that begins at `begun_after` or later.

        It must be on `channel`, the one that was asked; None takes any. `begun_after` counts
        received bytes; `left_at` is the loop time at which the question has left the wire;
        `patience` is how many seconds of silence the answer may take from then, `between` how many
        there may be inside it.
        """
        self._accept = accept
        self._channel = channel
        self._begun_after = begun_after
        self._left_at = left_at
        self._first_due = left_at + patience
        self._between = between
        self._give_up = left_at + LONGEST_ANSWER
        self._allowed = 0
        self._last_byte = left_at
        self._pending = 0
        self._refusal: Status | None = None
        self._damaged = b""
        self._broken = False
        self._problem = ""
        self.stranger: int | None = None
        """The channel of an answer that came from another than was asked."""
        self.over = False
        """Whether the answer came damaged to its end, so that no more is to be waited for."""

    @property
    def given_up(self) -> float:
        """Loop time at which the answer is given up whatever comes."""
        return self._give_up

    def allow(self, size: int | None, bytes_per_second: float) -> None:
        """Let a message of `size` bytes that is under way have the time that it needs."""
        if size is not None and size > self._allowed:
            self._allowed = size
            needed = max(LONGEST_ANSWER, SLOWEST * size / bytes_per_second)
            self._give_up = self._last_byte + needed

    @property
    def due(self) -> float:
        """Loop time at which the answer is overdue if nothing more comes."""
        if self._pending:
            due = self._last_byte + self._between
        elif self._damaged:
            # The rest of a damaged answer still comes, as bytes that belong to nothing.
            due = max(self._last_byte, self._left_at) + self._between
        else:
            due = self._first_due
        return min(due, self._give_up)

    def take(self, item: Item) -> Reply | None:
        """Take what came in; return the answer if this is it."""
        if isinstance(item, Arriving):
            self._last_byte, self._pending = item.at, item.pending
        elif isinstance(item, Heard):
            return self._heard(item)
        elif (
            isinstance(item, Garbage) and item.offset >= self._begun_after and item.data[0] == 0xF0
        ):
            self._damaged, self._problem = item.data, item.reason
            self._broken = self._broken or item.data.startswith(_KORG)
        return None

    def _heard(self, item: Heard) -> Reply | None:
        in_time = item.offset >= self._begun_after
        message = item.message
        if message is None:
            if in_time:
                self._damaged, self._problem = item.data, item.problem
                self.over = len(item.data) >= LONG_MESSAGE
        elif in_time and not item.echo and self._accept(message):
            if self._channel in (None, message.channel):
                seconds = self._last_byte - self._left_at
                return Reply(message, item.data, self._refusal, seconds, self._broken)
            self.stranger = message.channel
        elif isinstance(message, Status) and message.channel == self._channel:
            self._refusal = message
            if in_time:
                self._first_due = min(self._first_due, self._last_byte + self._between)
        if message is not None and len(item.data) >= LONG_MESSAGE:
            # The M1 sends one message after the other, so the answer follows this one.
            self._first_due = max(self._first_due, self._last_byte + FIRST_BYTE)
        return None

    def overdue(self, now: float, partial: bytes, expected: int | None) -> NoReply:
        """Return the error for an answer that did not come; `partial` is what is under way."""
        data, problem = (partial, "") if partial else (self._damaged, self._problem)
        return NoReply(now - self._left_at, data, expected, self._refusal, problem, self.stranger)
