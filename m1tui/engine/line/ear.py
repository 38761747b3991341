"""Hears a link: cuts what comes in into messages, hands them out, and tells when one is overdue."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from m1tui.engine.line.tally import Tally
from m1tui.errors import NoReply
from m1tui.link import Link
from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    CombinationRequest,
    CombinationWrite,
    Event,
    ExclusiveFrame,
    Framer,
    Garbage,
    IdentityRequest,
    Mode,
    ModeChange,
    ModeData,
    ModeRequest,
    NamesRequest,
    ParameterChange,
    ProgramRequest,
    ProgramWrite,
    RealtimeByte,
    ShortMessage,
    Status,
    StatusCode,
    SysexError,
    decode,
    expected_size,
)

LONG_MESSAGE = 512
"""Bytes from which a message takes noticeable time: a dump."""
_SIZE_KNOWN = 8
EDIT_BUFFER_MODES = frozenset({Mode.PROG, Mode.EDIT_PROG, Mode.COMBI, Mode.EDIT_COMBI})
"""Where a parameter change on the panel concerns the edit buffer, and no memory."""
_CLOCK, _START, _CONTINUE, _STOP = 0xF8, 0xFA, 0xFB, 0xFC
_SENSING = 0xFE
QUIET = 0.5
"""Seconds after which it counts that nothing came: longer than active sensing lets wait."""
PAUSE = 3
"""So many of them in a row are a pause: somebody pulled a plug, or switched the M1 off."""
LOADING = 20.0
"""Seconds after a long message of ours in which an M1 that loads it may be silent."""
_END = b"\xf7"
"""What is left of a message whose beginning was counted already."""
REST = 0.2
"""Seconds between two looks at the link while nobody listens and only realtime bytes come."""
_REQUESTS = (
    BankRequest,
    CombinationRequest,
    CombinationWrite,
    IdentityRequest,
    ModeRequest,
    NamesRequest,
    ProgramRequest,
    ProgramWrite,
)
"""What an M1 never sends: when it comes in, it is our own, sent back."""

Label = tuple[object, ...]
"""By what messages are counted: the channel, and what they carry."""


def label_of(message: AnyMessage) -> Label:
    """Return the channel and, of a dump, its part and bank, of a status its code, else its type."""
    if isinstance(message, BankDump):
        return message.channel, message.part, message.bank
    if isinstance(message, Status):
        return message.channel, message.code
    return message.channel, type(message)


KEPT = 4_096
"""Items that wait for a listener at most; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """Bytes of exclusive messages came in, whole ones or damaged; what they completed follows."""

    at: float
    """Loop time in seconds."""
    pending: int
    """Bytes of the exclusive message that is then under way; 0 if none is."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole exclusive message came in."""

    data: bytes
    offset: int
    """Where its F0 stands in all bytes received."""
    message: AnyMessage | None
    """None if it could not be decoded."""
    problem: str
    """Why not."""
    echo: bool
    """Whether it is a message of ours that came back."""


Item = Arriving | Heard | Garbage | ShortMessage | RealtimeByte


class Listener:
    """One listener's queue."""

    def __init__(self, *, exclusive: bool = False) -> None:
        """With `exclusive` channel, common and realtime messages are left out, and wake nobody."""
        self._exclusive = exclusive
        self._items: deque[Item] = deque(maxlen=KEPT)
        self._woken = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item; of several `Arriving` in a row only the newest is kept."""
        if self._exclusive and isinstance(item, ShortMessage | RealtimeByte):
            return
        if isinstance(item, Arriving) and self._items and isinstance(self._items[-1], Arriving):
            self._items[-1] = item
        else:
            self._items.append(item)
        self.wake()

    def wake(self) -> None:
        """Let the listener look around, with or without an item."""
        self._woken.set()

    def take(self) -> Item | None:
        """Return the oldest item, None if there is none."""
        return self._items.popleft() if self._items else None

    def clear(self) -> None:
        """Forget what waits."""
        self._items.clear()

    async def woken(self, due: float | None) -> None:
        """Wait for `wake`, until the loop time `due` at the latest."""
        try:
            async with asyncio.timeout_at(due):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


class Ear:
    """The receiving half of a conversation: one task reads, any number listen."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.received = 0
        """Bytes received, realtime included."""
        self.echoes = 0
        """Our own messages that came back: something feeds OUT into IN."""
        self.heard: Counter[Label] = Counter()
        """Exclusive messages heard, asked for or not, but for our own that came back."""
        self.panel = 0
        """How often hands were heard to do what may concern memory: another mode, or a value that
        is changed where it is no edit buffer's."""
        self.edits = 0
        """The same, and values of edit buffers."""
        self.told_mode: Mode | None = None
        """The mode that the M1 was told to enter: that it says so is no hand's doing."""
        self.clocks = 0
        """Timing clocks heard: the M1 is in SEQUENCER mode."""
        self.songs = 0
        """How often hands were heard to do what may change a song: START/STOP, which records
        after REC, and a value that is changed in SEQUENCER mode."""
        self.clocks_at_rest = 0
        """Those that were heard while no song played: this M1 sends its clock at rest, too."""
        self.pauses = 0
        """How often nothing came for a while from an M1 that sends active sensing, and then came
        again: it was off for a moment, or a plug was out."""
        self._senses = False
        self._quiet = 0
        self._silent_until = 0.0
        self._plays = False
        self.tally = Tally()
        """How many questions were asked, and how many answers came."""
        self.damaged = 0
        """Pieces heard that are no message, or an exclusive one that cannot be decoded."""
        self.damage = b""
        """The newest of them."""
        self.last_byte = 0.0
        """Loop time at which the last byte of an exclusive message came, whole or damaged."""
        self.astray_until = 0.0
        """Loop time until which a dump that was asked for without an answer may still come."""
        self._last_sent = b""
        self._mode: Mode | None = None
        """The mode that the M1 was last heard to be in."""
        self._framer = Framer()
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._minder: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._attention = asyncio.Event()
        """Set when somebody begins to listen."""

    def start(self) -> None:
        """Begin to read from the link."""
        self._failure = None
        self._senses, self._quiet = False, 0
        loop = asyncio.get_running_loop()
        self._minder = loop.create_task(self._mind_pauses())
        self._reader = loop.create_task(self._read())
        self._reader.add_done_callback(self._ended)

    async def end(self) -> None:
        """Stop reading."""
        tasks = [task for task in (self._reader, self._minder) if task is not None]
        self._reader = self._minder = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def said(self, data: bytes) -> None:
        """Know the newest message of ours, as it is on the wire, when it comes back."""
        self._last_sent = data
        if len(data) >= LONG_MESSAGE:
            self._silent_until = asyncio.get_running_loop().time() + LOADING

    @contextmanager
    def listening(self, *, exclusive: bool = False) -> Iterator[Listener]:
        """Give a listener that hears what comes in within the context.

        That is all, or, with `exclusive`, what concerns exclusive messages.
        """
        listener = Listener(exclusive=exclusive)
        self._listeners.add(listener)
        self._attention.set()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def wake(self) -> None:
        """Let all listeners look around."""
        for listener in self._listeners:
            listener.wake()

    def check(self) -> None:
        """Raise what ended the reading, LinkLost as a rule; nothing while it goes on."""
        if self._failure is not None:
            raise self._failure

    def note_damage(self, data: bytes) -> None:
        """Count a piece that is no whole message."""
        self.damaged += 1
        self.damage = data

    @property
    def partial(self) -> bytes:
        """The exclusive message under way, as far as it came."""
        return self._framer.partial

    @property
    def expected(self) -> int | None:
        """The size of the bank dump under way, once its first bytes are here."""
        if self._framer.pending < _SIZE_KNOWN:
            return None
        return expected_size(self._framer.partial[:_SIZE_KNOWN])

    def forget(self) -> None:
        """Give up the message under way; what still comes of it is garbage."""
        self._framer.reset()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data = await self._link.read()
            self.received += len(data)
            self.pauses += self._senses and self._quiet >= PAUSE
            self._quiet = 0
            before = self._framer.pending
            events = self._framer.feed(data)
            grown = self._framer.pending not in (0, before)
            if grown or any(isinstance(event, ExclusiveFrame | Garbage) for event in events):
                self.last_byte = loop.time()
                self._tell(Arriving(loop.time(), self._framer.pending))
            for event in events:
                self._tell(self._item(event))
            if all(isinstance(event, RealtimeByte) for event in events):
                await self._rest()

    async def _mind_pauses(self) -> None:
        """Count for how long nothing has come.

        It counts its own turns instead of reading a clock: while the program itself is held up,
        what came waits in a queue, and that is no pause.
        """
        loop = asyncio.get_running_loop()
        while True:
            before = self.received
            await asyncio.sleep(QUIET)
            waits = self.received == before and loop.time() >= self._silent_until
            self._quiet = self._quiet + 1 if waits else 0

    async def _rest(self) -> None:
        """Let realtime bytes gather where nobody waits for any.

        An M1's clock comes 48 times a second: waking for each byte would cost more than all else
        that an app does which nobody touches.
        """
        if self._listeners or self._framer.pending:
            return
        self._attention.clear()
        alarm = asyncio.get_running_loop().call_later(REST, self._attention.set)
        try:
            await self._attention.wait()
        finally:
            alarm.cancel()

    def _item(self, event: Event) -> Item:
        if isinstance(event, RealtimeByte):
            self._count_clock(event.status)
            self._senses = self._senses or event.status == _SENSING
            self.songs += event.status == _START
            return event
        if isinstance(event, Garbage) and event.data != _END:
            self.note_damage(event.data)
        if not isinstance(event, ExclusiveFrame):
            return event
        try:
            message, problem = decode(event.data), ""
        except SysexError as error:
            message, problem = None, str(error)
            self.note_damage(event.data)
        # What the M1 never sends, and what was sent last, is our own, sent back. A dump that was
        # sent before is taken for no answer: nothing is read in the form in which it was sent.
        echo = event.data == self._last_sent or isinstance(message, _REQUESTS)
        self.echoes += echo
        if message is not None and not echo:
            self.heard[label_of(message)] += 1
            self._watch(message)
            self.tally.heard(message, event.data, asyncio.get_running_loop().time())
        return Heard(event.data, event.offset, message, problem, echo)

    def _count_clock(self, status: int) -> None:
        if status == _CLOCK:
            self.clocks += 1
            self.clocks_at_rest += not self._plays
        elif status in (_START, _CONTINUE, _STOP):
            self._plays = status != _STOP

    def _watch(self, message: AnyMessage) -> None:
        """Count what hands do at the panel; the M1 tells it while Exclusive is enabled."""
        if isinstance(message, ModeData):
            self._mode = message.mode
        elif isinstance(message, ModeChange):
            self._mode = message.mode
            self.panel += message.mode is not self.told_mode
            self.edits += message.mode is not self.told_mode
            self.told_mode = None
        elif isinstance(message, ParameterChange):
            self.panel += self._mode not in EDIT_BUFFER_MODES
            self.edits += 1
            self.songs += self._mode is Mode.SEQUENCER

    def _tell(self, item: Item) -> None:
        for listener in self._listeners:
            listener.put(item)

    def _ended(self, reader: asyncio.Task[None]) -> None:
        if not reader.cancelled():
            self._failure = reader.exception()
        self.wake()


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
