"""Waits for a dump that a person starts on the panel, and keeps what came of one that breaks off.

The M1 sends these whatever its Exclusive filter says, so nothing is asked before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from m1tui.advice import Advice
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.ear import LONG_MESSAGE, Arriving, Heard, Item, Listener
from m1tui.engine.progress import Meter, Phase, ProgressHandler
from m1tui.engine.read.backup import not_held
from m1tui.errors import ReadError
from m1tui.facts import Backup
from m1tui.link.base import JACK_LOSES
from m1tui.sysex import BankDump, Garbage, Part

PATIENCE = 300.0
"""Seconds without a dump after which nobody is taken to send one."""


async def receive_dump(
    instrument: Instrument,
    *,
    part: Part | None = None,
    ready: Callable[[], None] | None = None,
    progress: ProgressHandler | None = None,
    cancel: asyncio.Event | None = None,
    seconds: float = PATIENCE,
) -> Backup:
    """Return the next dump of `part` (None: of any) that comes by itself.

    `ready` is called once everything that comes is heard: now the person may start the dump.
    A dump of another part is passed over, and named in the progress. Raises ReadError, with what
    came as its `partial`, for a dump that breaks off or is damaged, and when nothing has come for
    `seconds`; Stopped when `cancel` is set; LinkLost.
    """
    meter = Meter(progress, instrument.link.bytes_per_second)
    conversation = instrument.conversation
    with instrument.operation(), conversation.ear.listening() as listener:
        async with conversation.stoppable(cancel):
            if ready is not None:
                ready()
            return await _Wait(instrument, listener, part, meter, seconds).run()


class _Wait:
    """The wait for one dump."""

    def __init__(
        self,
        instrument: Instrument,
        listener: Listener,
        part: Part | None,
        meter: Meter,
        seconds: float,
    ) -> None:
        self._instrument = instrument
        self._listener = listener
        self._part = part
        self._meter = meter
        self._seconds = seconds
        self._others: list[str] = []
        self._pending = 0
        self._receiving = False

    async def run(self) -> Backup:
        """Wait, receive, and return what came; raises what `receive_dump` raises."""
        loop = asyncio.get_running_loop()
        conversation = self._instrument.conversation
        self._meter.enter(Phase.WAITING)
        news = loop.time()
        while True:
            due = news + (conversation.between if self._pending else self._seconds)
            item = await conversation.next_heard(self._listener, due)
            if item is None:
                if loop.time() >= due:
                    break
                continue
            if isinstance(item, Arriving | Heard | Garbage):
                news = loop.time()
            backup = self._take(item)
            if backup is not None:
                return backup
        partial, expected = conversation.ear.partial, conversation.ear.expected
        conversation.ear.forget()
        if partial:
            raise ReadError(_broken(len(partial), expected, over_jack=self._over_jack), partial)
        raise ReadError(
            _nothing(self._wanted, self._seconds, self._others, over_jack=self._over_jack)
        )

    def _damaged(self, data: bytes, problem: str) -> ReadError:
        return ReadError(_damaged(len(data), problem, over_jack=self._over_jack), data)

    @property
    def _over_jack(self) -> bool:
        return self._instrument.link.over_jack

    @property
    def _wanted(self) -> str:
        return "a dump" if self._part is None else f"a dump of {self._part.label}"

    def _take(self, item: Item) -> Backup | None:
        if isinstance(item, Arriving):
            self._pending = item.pending
            self._count(item.pending)
        elif isinstance(item, Heard) and not item.echo:
            return self._heard(item)
        elif isinstance(item, Garbage) and len(item.data) >= LONG_MESSAGE:
            raise self._damaged(item.data, item.reason)
        return None

    def _count(self, pending: int) -> None:
        expected = self._instrument.conversation.ear.expected
        if expected is None or not pending:
            return
        if not self._receiving:
            self._receiving = True
            self._meter.enter(Phase.RECEIVING, expected)
        self._meter.count(pending, expected)

    def _heard(self, item: Heard) -> Backup | None:
        message = item.message
        if message is None and len(item.data) >= LONG_MESSAGE:
            raise self._damaged(item.data, item.problem)
        if not isinstance(message, BankDump):
            return None
        if self._part in (None, message.part):
            if self._receiving:
                self._meter.finish()
            return self._backup(message, item.data)
        self._others.append(message.part.label)
        self._receiving = False
        self._meter.finish()
        self._meter.note = f"{message.part.label} arrived; waiting for {self._wanted}"
        self._meter.enter(Phase.WAITING)
        return None

    def _backup(self, message: BankDump, data: bytes) -> Backup:
        return Backup(
            contents=message.contents,
            dump=data,
            part=message.part,
            bank=message.bank,
            reads=1,
            notes=(),
            not_held=not_held(self._instrument, message.contents, message.bank),
        )


_SAFE = "A dump changes nothing in the instrument."
_AGAIN = "Press G on the M1's DATA DUMP page again, or try another cable or interface."
_AGAIN_OVER_JACK = (
    "Close other programs and press G on the M1's DATA DUMP page again; to reach an interface "
    "without JACK, use raw:PATH (see `m1tui ports`)."
)


def _broken(came: int, expected: int | None, *, over_jack: bool) -> Advice:
    short = f"{came:,} bytes with the end missing"
    if expected is not None:
        short = f"{came:,} of {expected:,} bytes, short by {expected - came:,}"
    return Advice(
        code="dump-cut-short",
        happened=f"The dump ended too early: expected a complete message, found {short}.",
        safe=f"{_SAFE} What arrived is kept.",
        cause="The cable or the interface loses bytes from long messages, or the M1 was "
        "switched off."
        if not over_jack
        else f"{JACK_LOSES}, or the M1 was switched off.",
        next_step=_AGAIN if not over_jack else _AGAIN_OVER_JACK,
    )


def _damaged(came: int, problem: str, *, over_jack: bool) -> Advice:
    return Advice(
        code="dump-damaged",
        happened=f"The dump is damaged: expected a complete message, found {came:,} bytes "
        f"({problem}).",
        safe=f"{_SAFE} What arrived is kept.",
        cause="The cable or the interface loses or changes bytes in long messages."
        if not over_jack
        else f"{JACK_LOSES}.",
        next_step=_AGAIN if not over_jack else _AGAIN_OVER_JACK,
    )


def _nothing(wanted: str, seconds: float, others: list[str], *, over_jack: bool) -> Advice:
    found = f"{', '.join(others)} only" if others else "none"
    return Advice(
        code="no-dump-came",
        happened=f"No dump arrived: expected {wanted}, found {found} within {seconds:.0f} s.",
        safe=_SAFE,
        cause="G was not pressed on the DATA DUMP page, another part was chosen there, or the M1's "
        "MIDI OUT is not connected to the interface's IN."
        if not over_jack
        else "G was not pressed on the DATA DUMP page, another part was chosen there, or JACK "
        "does not connect the M1 to this program.",
        next_step="Press GLOBAL 7, press UP until the part is shown, and press G. Then wait until "
        "the dump has arrived.",
    )
