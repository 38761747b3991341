"""Hears what hands do with an instrument, until enough was seen or nothing new comes any more."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from m1tui.advice import Advice
from m1tui.engine.checks.registry import NOTHING_WRITTEN, CheckContext
from m1tui.engine.instrument import Instrument
from m1tui.engine.keybed import KeybedReport
from m1tui.engine.line.ear import Heard, Item
from m1tui.engine.progress import Phase, Progress, ProgressHandler
from m1tui.errors import NoReply
from m1tui.facts import Verdict
from m1tui.sysex import (
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    GlobalData,
    Part,
    RealtimeByte,
    ShortMessage,
)

GONE_BY = 0.05
"""Seconds in which bytes come in that were on their way, or lay on the link, before one listens."""
LONGEST_HOLD = 300.0
"""Seconds for which what is settled waits for the rest of its step."""
LOOK_UP = 0.5
"""Seconds between two looks whether the person has said that all is done."""
_UNDEFINED = (0xF9, 0xFD)


class Notice(Enum):
    """What something that came in means to a watch."""

    NOTHING = 0
    CHANGE = 1
    """What was seen is to be shown anew, but brings the end no nearer."""
    NEWS = 2
    """Something was seen for the first time, so the person gets the full time again."""

    @classmethod
    def of(cls, news: bool) -> Notice:
        """Return NEWS or NOTHING."""
        return cls.NEWS if news else cls.NOTHING


class Watch(ABC):
    """What is looked for; it keeps counts, never what came, so that it stays small."""

    name = ""
    """What it looks for, where several watches listen at a time."""

    @abstractmethod
    def take(self, item: Item, at: float) -> Notice:
        """Take what came in at the loop time `at`, and tell what it means."""

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether enough was seen."""

    @property
    @abstractmethod
    def note(self) -> str:
        """What was seen so far and what is missing, in one line."""

    @property
    def keybed(self) -> KeybedReport | None:
        """What was heard of the keys, from a watch that looks at them."""
        return None

    @property
    def settled(self) -> bool:
        """Whether what was seen is right, and only what comes later could change it."""
        return False

    def patience(self, seconds: float) -> float:
        """Return for how many seconds something new is waited for, usually `seconds`."""
        return seconds


PAUSE = 2.0
"""Seconds without anything further after which the last choice counts, or the person is done."""


class LastChosen(Watch):
    """Remembers what was chosen last by one kind of message; others are passed on the way to it."""

    def __init__(self, wanted: int, kind: str, none: str, shown: str) -> None:
        """`kind` is mido's: "program_change" or "song_select"; `shown` has room for the number."""
        self.wanted = wanted
        self.chosen: int | None = None
        self._kind, self._none, self._shown = kind, none, shown

    def take(self, item: Item, at: float) -> Notice:
        """Keep the number that the message carries."""
        del at
        message = message_of(item)
        if message is None or message.type != self._kind:
            return Notice.NOTHING
        self.chosen = message.program if self._kind == "program_change" else message.song
        return Notice.NEWS

    @property
    def complete(self) -> bool:
        """Never: another choice may follow."""
        return False

    @property
    def note(self) -> str:
        """What was chosen last."""
        return self._none if self.chosen is None else self._shown.format(self.chosen)

    @property
    def settled(self) -> bool:
        """Whether the wanted one is chosen."""
        return self.chosen == self.wanted

    def patience(self, seconds: float) -> float:
        """Wait only for a short time once the wanted one is chosen."""
        return PAUSE if self.settled else seconds


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the listening went."""

    received: int
    """Bytes that came in, active sensing included."""
    seconds: float
    over_jack: bool = False
    """Whether no cable ends at this computer."""


async def listen_for(
    instrument: Instrument,
    watch: Watch,
    *,
    seconds: float,
    ready: Callable[[], None] | None = None,
    progress: ProgressHandler | None = None,
    enough: asyncio.Event | None = None,
    goes_on: Callable[[], bool] = lambda: False,
) -> Hearing:
    """Feed `watch` until it is complete, or saw nothing new for as long as its patience lasts.

    It also ends soon after `enough` is set. Once it is settled, it goes on as long as `goes_on`.

    What came before is let pass; then `ready` is called. Any number may listen at a time.
    Raises LinkLost and Stopped.
    """

    def tell() -> None:
        if progress is not None:
            progress(Progress(Phase.LISTENING, 0, 0, 0.0, watch.note, watch.keybed, watch.name))

    conversation = instrument.conversation
    loop = asyncio.get_running_loop()
    with conversation.ear.listening() as listener:
        await asyncio.sleep(GONE_BY)
        listener.clear()
        begun, before = loop.time(), instrument.received
        news = begun
        if ready is not None:
            ready()
        tell()
        while not watch.complete:
            due = news + watch.patience(seconds)
            if watch.settled and goes_on():
                # Two that are settled would wait for each other for ever.
                due = max(due, min(loop.time() + LOOK_UP, news + LONGEST_HOLD))
            until = due
            if enough is not None:
                until = min(due, loop.time() + (0 if enough.is_set() else LOOK_UP))
            item = await conversation.next_heard(listener, until)
            if item is not None:
                notice = watch.take(item, loop.time())
                if notice is Notice.NEWS:
                    news = loop.time()
                if notice is not Notice.NOTHING:
                    tell()
            # Only an empty queue tells that the time is up: what is awaited may stand in it.
            elif loop.time() >= due or (enough is not None and enough.is_set()):
                break
    received, over_jack = instrument.received - before, instrument.link.over_jack
    return Hearing(received, loop.time() - begun, over_jack)


def message_of(item: Item) -> Any | None:
    """Return a channel, common or realtime message as mido has it; None for anything else."""
    # Most commands never listen, and mido takes longer to load than many of them take.
    from mido import Message

    if isinstance(item, ShortMessage):
        return Message.from_bytes(item.data)
    if isinstance(item, RealtimeByte) and item.status not in _UNDEFINED:
        return Message.from_bytes([item.status])
    return None


def exclusive_of(item: Item) -> AnyMessage | None:
    """Return an exclusive message that the instrument sent; None for anything else."""
    return item.message if isinstance(item, Heard) and not item.echo else None


def counted(count: int, what: str) -> str:
    """Return a count of things: "no notes", "1 note", "2 notes"."""
    return f"{f'{count:,}' if count else 'no'} {what}{'' if count == 1 else 's'}"


async def hear(instrument: Instrument, context: CheckContext, watch: Watch) -> Hearing:
    """Listen for as long as the context says; raises LinkLost."""
    return await listen_for(
        instrument,
        watch,
        seconds=context.seconds,
        ready=context.ready,
        progress=context.progress,
        enough=context.enough,
        goes_on=context.goes_on,
    )


def unheard(hearing: Hearing, expected: str) -> Verdict:
    """Return the verdict where not one byte came in: the question could not be asked."""
    found = f"no bytes within {hearing.seconds:.0f} s"
    advice = Advice(
        code="nothing-heard",
        happened=f"Nothing is coming from the M1: expected {expected}, found {found}, not even "
        "active sensing.",
        safe=NOTHING_WRITTEN,
        cause="The cable from the M1's MIDI OUT to the interface's IN is missing, broken, or "
        "swapped with the other one; or the M1 is off."
        if not hearing.over_jack
        else "JACK does not connect the M1 to this program, or the M1 is off or not plugged in.",
        next_step="Connect the M1's MIDI OUT to the plug marked IN, then try again."
        if not hearing.over_jack
        else "Check JACK's connections and the M1, then try again.",
    )
    return Verdict(None, found, expected, found, advice)


async def ask_global(instrument: Instrument) -> GlobalData | None:
    """Return the global data if the M1 gives it; None where it does not answer.

    Controls are heard also of an M1 that answers nothing, so what its settings change is then
    assumed. Asked once: a wrong value would show at once. Raises LinkLost.
    """

    def is_answer(message: AnyMessage) -> bool:
        return (
            isinstance(message, BankDump)
            and message.part is Part.GLOBAL
            and message.bank is Bank.INTERNAL
        )

    request = BankRequest(instrument.channel, Part.GLOBAL)
    try:
        await instrument.flush()
        reply = await instrument.conversation.ask(request, is_answer)
    except NoReply:
        return None
    assert isinstance(reply.message, BankDump)
    return reply.message.contents.global_
