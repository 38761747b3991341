"""Reads a link, cuts what comes in into messages, and hands them to whoever listens."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from m1tui.engine.listener import Arriving, Heard, Item, Listener
from m1tui.link import Link
from m1tui.sysex import (
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CombinationDump,
    CombinationRequest,
    CombinationWrite,
    Event,
    ExclusiveFrame,
    Framer,
    Garbage,
    IdentityRequest,
    ModeRequest,
    NamesRequest,
    ParameterChange,
    Part,
    ProgramDump,
    ProgramRequest,
    ProgramWrite,
    RealtimeByte,
    SysexError,
    decode,
    expected_size,
)

LONG_MESSAGE = 512
"""Bytes from which a message takes noticeable time: a dump."""
_SIZE_KNOWN = 8
_DUMPS_KEPT = 8
"""Our own dumps that are known again."""
_MOST_COPIES = 2
"""Copies of one message of ours that are reckoned with, however often it was sent."""
_LOADS_KEPT = 512
"""Our own single programs and combinations that are known again: two banks and more."""
_CLOCK = 0xF8
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
_RECORDS = (ProgramDump, CombinationDump)


DumpKind = tuple[int, Part, Bank]
"""A bank dump's channel, and what it carries."""


class Ear:
    """The receiving half of a conversation: one task reads, any number listen."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.received = 0
        """Bytes received, realtime included."""
        self.echoes = 0
        """Our own messages that came back: something feeds OUT into IN."""
        self.panel_edits = 0
        """Parameter changes heard: a person uses the panel."""
        self.records = 0
        """Single programs and combinations heard, asked for or not."""
        self.clocks = 0
        """Timing clocks heard: the M1 is in SEQUENCER mode."""
        self.last_byte = 0.0
        """Loop time at which the last byte of an exclusive message came, whole or damaged."""
        self.dumps: Counter[DumpKind] = Counter()
        """Bank dumps heard, asked for or not."""
        self.astray_until = 0.0
        """Loop time until which a dump that was asked for in vain may still come."""
        self.own: deque[bytes] = deque(maxlen=_DUMPS_KEPT)
        """Our newest dumps, while `knowing_own`; what equals one may be the dump itself, sent back.
        """
        self.doubts = 0
        """Answers that may have been our own dump, sent back, or another's, repeated."""
        self._loads: deque[bytes] = deque(maxlen=_LOADS_KEPT)
        self._knowing = False
        self._last_sent = b""
        self._asked: BankRequest | ProgramRequest | CombinationRequest | None = None
        self._framer = Framer()
        self._listeners: set[Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._attention = asyncio.Event()
        """Set when somebody begins to listen."""

    def start(self) -> None:
        """Begin to read from the link."""
        self._failure = None
        self._reader = asyncio.get_running_loop().create_task(self._read())
        self._reader.add_done_callback(self._ended)

    async def end(self) -> None:
        """Stop reading."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            await asyncio.wait([reader])

    def said(self, message: object, data: bytes) -> None:
        """Know our own message when it comes back; `data` is `message` on the wire."""
        self._last_sent = data
        requests = BankRequest | ProgramRequest | CombinationRequest
        self._asked = message if isinstance(message, requests) else None
        if not self._knowing:
            return
        if len(data) >= LONG_MESSAGE:
            self.own.append(data)
        elif isinstance(message, _RECORDS):
            self._loads.append(data)

    def times_sent(self, data: bytes) -> int:
        """Return how often `data` was sent while `knowing_own`: so often it may come back.

        Not above _MOST_COPIES: of more it is not likely that each came for a lost answer.
        """
        return min(_MOST_COPIES, self.own.count(data) + self._loads.count(data))

    @property
    def looped(self) -> bool:
        """Whether messages come back or come twice, or seem to."""
        return self.echoes + self.doubts > 0

    @contextmanager
    def knowing_own(self) -> Iterator[None]:
        """Within, what is sent is known again when it comes back, however late.

        Afterwards, what equals it may be the M1's own: it holds now what was sent.
        """
        self._knowing, self.doubts = True, 0
        try:
            yield
        finally:
            self._knowing = False
            self.own.clear()
            self._loads.clear()

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

    async def _rest(self) -> None:
        """Let realtime bytes gather where nobody waits for any.

        An M1's clock comes 48 times a second: waking for each byte would cost more than all else
        that an app does which nobody touches.
        """
        if self._listeners or self._framer.pending:
            return
        self._attention.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(REST):
                await self._attention.wait()

    def _item(self, event: Event) -> Item:
        if isinstance(event, RealtimeByte):
            self.clocks += event.status == _CLOCK
            return event
        if not isinstance(event, ExclusiveFrame):
            return event
        try:
            message, problem = decode(event.data), ""
        except SysexError as error:
            message, problem = None, str(error)
        if isinstance(message, BankDump):
            self.dumps[message.channel, message.part, message.bank] += 1
        echo = self._is_echo(event.data, message)
        self.echoes += echo
        self.panel_edits += isinstance(message, ParameterChange)
        self.records += isinstance(message, _RECORDS) and not echo
        return Heard(event.data, event.offset, message, problem, echo)

    def _is_echo(self, data: bytes, message: AnyMessage | None) -> bool:
        if data == self._last_sent or isinstance(message, _REQUESTS):
            return True
        if _answers(message, self._asked):
            # The answer: memory may hold just what was sent. A second one is none.
            self._asked = None
            return False
        return data in self.own or data in self._loads

    def _tell(self, item: Item) -> None:
        for listener in self._listeners:
            listener.put(item)

    def _ended(self, reader: asyncio.Task[None]) -> None:
        if not reader.cancelled():
            self._failure = reader.exception()
        self.wake()


def _answers(message: AnyMessage | None, asked: AnyMessage | None) -> bool:
    """Tell whether `message` is of the kind that `asked` asks for."""
    match asked:
        case BankRequest():
            return isinstance(message, BankDump) and message.part is asked.part
        case ProgramRequest():
            return isinstance(message, ProgramDump)
        case CombinationRequest():
            return isinstance(message, CombinationDump)
    return False
