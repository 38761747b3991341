"""What experiments of a survey work with: questions to the M1, looks at it, what was found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from m1tui.advice import Trouble
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.conversation import Sendable
from m1tui.engine.line.ear import FIRST_BYTE
from m1tui.engine.restore.edit_buffers import (
    COMBINATION,
    KINDS,
    MOST_READINGS,
    PROGRAM,
    Kind,
    ProgramChange,
    Record,
    load_message,
)
from m1tui.engine.survey.person import Asked, Look, Surveyor
from m1tui.errors import NoReply
from m1tui.link import Direction, Entry
from m1tui.manners import DUMP_MODES, Manner
from m1tui.surveys import Class, Finding, Survey, Wording
from m1tui.sysex import (
    AnyMessage,
    Bank,
    BankDump,
    BankRequest,
    CardState,
    Contents,
    Mode,
    ModeChange,
    Part,
    Status,
    StatusCode,
)

_SKIPPED = "This look at the display was skipped."
_NOT_FOUND = "The page was not found with the keys."
LATE = 9.0
"""Seconds for which the reply to a dump is waited for: longer than any restore does."""
_PICTURE = re.compile(r"\.(?:jpe?g|png|heic|webp|gif)$", re.IGNORECASE)
_RUNS = re.compile(rb"[\x80-\xf7]|[\x00-\x7f]+")
"""What a message consists of, without the realtime bytes that may stand within it."""
_SETTLE = 0.3
"""Seconds for which the answer to a program change is waited for."""
_STATUS, _SYSEX, _END = 0x80, 0xF0, 0xF7
_HEAD = 6
"""Bytes of a dump that evidence shows: no name is among them."""
_DUMPS = tuple(bytes([one]) for one in b"\x40\x49\x4c\x4d\x48\x50\x51\x45\x47")
_LINES = 12
"""Entries of the transcript that evidence shows."""
CODES = {StatusCode.LOAD_ERROR: "24", StatusCode.FORMAT_ERROR: "26", None: "silence"}
LOADED = StatusCode.LOAD_COMPLETED


class Owed(Enum):
    """What a survey changes for a moment; the value is the word in its file."""

    MODE = "mode"
    DISABLED = "exclusive was DIS"
    EXCLUSIVE = "exclusive was ENA"
    FILTER = "program change filter"
    PROTECT = "program protect"
    SONGS_PROTECT = "song protect"
    ALLOCATION = "allocation"
    GLOBAL = "unused bytes of Global"
    TUNE = "master tune"
    CARD = "numbers on the card"
    CLOCK = "clock"
    PROGRAM = "program"
    COMBINATION = "combination"
    SONG = "song"


_NAMES = {Owed.DISABLED: "Exclusive", Owed.EXCLUSIVE: "Exclusive", Owed.SONG: "the song"}
_WERE = {Owed.DISABLED: "DIS"}


def still_owed(found: Survey | None) -> str:
    """Return what a survey that was left has not put back, as a sentence; empty for nothing.

    The mode and the edit buffer are put back whenever the M1 answers.
    """
    owed = {} if found is None else found.owed
    told = [
        f"{_NAMES.get(one, one.value)} (it was {_WERE.get(one, owed[one.value])})"
        for one in Owed
        if one.value in owed and one is not Owed.MODE
    ]
    return f"NOT put back: {', '.join(told)}." if told else ""


SELECTED = {PROGRAM: Owed.PROGRAM, COMBINATION: Owed.COMBINATION}


@dataclass(frozen=True)
class Raw:
    """Bytes that are no message which the program knows."""

    channel: int
    data: bytes

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.data


@dataclass
class Bench:
    """One survey that is under way."""

    instrument: Instrument
    surveyor: Surveyor
    found: Survey
    classes: frozenset[Class]
    keep: Callable[[Survey], None]
    """Is given the survey whenever something was found."""
    tell: Callable[[str], None]
    """Is told what is done, as a sentence."""
    photograph: Callable[[str, str], str] = lambda _, file: file
    """Keeps a photograph of a page beside the survey; returns its name. Raises Trouble."""
    before: Contents | None = None
    """The memory as it was read twice before anything was sent back."""
    backup: str = ""
    """The name of the file that keeps it; empty where none does, as of an initialised memory."""
    mode: Mode | None = None
    """The mode in which the M1 was."""
    own: Kind | None = None
    buffer: Record | None = None
    """The edit buffer that was in use."""
    unmade: bool = False
    """Whether the experiment that is under way is to be offered again: a look was skipped, or
    something that it needs was missing."""
    _begun: float = field(default=0.0)
    _behind: int = field(default=0)
    """Entries of the transcript that came before."""

    @property
    def taken_in(self) -> Mode | None:
        """A mode in which whole dumps are taken, None where that is not known."""
        word = self.found.finding(DUMP_MODES.name).word
        if word in ("every-mode", "play-modes"):
            return Mode.PROG
        return Mode.GLOBAL if word == "global-mode" else None

    @property
    def channel(self) -> int:
        """The M1's global channel."""
        return self.instrument.channel

    # What was found

    def begin(self) -> None:
        """Let the exchange of the next finding begin here."""
        self._begun = asyncio.get_running_loop().time()
        transcript = self.instrument.link.transcript
        self._behind = transcript.dropped + len(transcript)

    def note(self, manner: Manner, word: str | None, evidence: str) -> None:
        """Keep what was found of a manner."""
        finding = Finding(manner.name, word, evidence, self._exchange(), tried=word is None)
        self.found = self.found.with_finding(finding)
        self.keep(self.found)

    def not_tried(self, why: str, *manners: Manner) -> None:
        """Keep that manners were not tried, and why: their experiment is offered again."""
        self.unmade = True
        self.left_open(why, *manners)

    def left_open(self, why: str, *manners: Manner) -> None:
        """Keep that manners were not tried, though this experiment was made."""
        for manner in manners:
            self.found = self.found.with_finding(Finding(manner.name, None, why))
        self.keep(self.found)

    def not_seen(self, *manners: Manner) -> None:
        """Keep that manners were not tried: a look was skipped, or a page was not found."""
        self.not_tried(_SKIPPED if self.unmade else _NOT_FOUND, *manners)

    def time(self, name: str, seconds: float) -> None:
        """Keep a time."""
        self.found = replace(self.found, times={**self.found.times, name: round(seconds, 4)})

    def _exchange(self) -> tuple[str, ...]:
        """Return what went over the wire; of a dump its first bytes only, since it has names."""
        transcript = self.instrument.link.transcript
        entries = list(transcript)[max(0, self._behind - transcript.dropped) :]
        return tuple(one.line(self._begun) for one in _messages(entries))[:_LINES]

    # What is changed for a moment

    def owe(self, what: Owed, was: str) -> None:
        """Keep what something was before it is changed for a moment; the first time counts."""
        if what.value not in self.found.owed:
            self.found = replace(self.found, owed={**self.found.owed, what.value: was})
            self.keep(self.found)

    def owed(self, what: Owed) -> str | None:
        """Return what something is to be again, None where it is not changed."""
        return self.found.owed.get(what.value)

    def paid(self, *what: Owed) -> None:
        """Know that it is as it was."""
        words = {one.value for one in what}
        if words & set(self.found.owed):
            left = {one: was for one, was in self.found.owed.items() if one not in words}
            self.found = replace(self.found, owed=left)
            self.keep(self.found)

    # Questions

    async def said(
        self, message: Sendable, patience: float = FIRST_BYTE
    ) -> tuple[StatusCode | None, float]:
        """Send a message; return the status that the M1 answers, None for silence, and when.

        Raises LinkLost.
        """
        code, seconds, _ = await self.answered(message, lambda _: False, patience)
        return code, seconds

    async def answered(
        self,
        message: Sendable,
        accept: Callable[[AnyMessage], bool],
        patience: float = FIRST_BYTE,
    ) -> tuple[StatusCode | None, float, AnyMessage | None]:
        """Send a message; return a status, the seconds until it came, and the answer wanted."""
        conversation = self.instrument.conversation
        try:
            reply = await conversation.ask(
                message, lambda one: isinstance(one, Status) or accept(one), patience=patience
            )
        except NoReply:
            # What comes late is nobody's answer.
            await conversation.quiet()
            conversation.unanswered = 0
            return None, patience, None
        if isinstance(reply.message, Status):
            return reply.message.code, reply.seconds, None
        return None, reply.seconds, reply.message

    async def mode_now(self) -> Mode | None:
        """Return the mode, None where the M1 does not answer."""
        try:
            return (await self.instrument.ask_mode()).mode
        except NoReply:
            await self.instrument.conversation.quiet()
            self.instrument.conversation.unanswered = 0
            return None

    async def enter(self, mode: Mode) -> bool:
        """Put the M1 into a mode; tell whether it is in it."""
        await self.instrument.conversation.tell(ModeChange(self.channel, mode))
        return await self.mode_now() is mode

    async def load(self, record: Record) -> StatusCode | None:
        """Load an edit buffer."""
        return (await self.said(load_message(self.channel, record)))[0]

    async def read(self, part: Part, bank: Bank = Bank.INTERNAL) -> Contents | None:
        """Read a part once; None where it does not come."""
        request = BankRequest(self.channel, part, bank)
        _, _, dump = await self.answered(request, lambda one: isinstance(one, BankDump))
        return dump.contents if isinstance(dump, BankDump) and dump.part is part else None

    async def send(
        self, contents: Contents, part: Part, bank: Bank = Bank.INTERNAL
    ) -> tuple[StatusCode | None, float]:
        """Send a part; return the reply and the seconds until it came."""
        return await self.said(BankDump.of(contents, part, bank, self.channel), LATE)

    async def send_back(self, part: Part) -> tuple[StatusCode | None, float]:
        """Send a part as it was read before."""
        assert self.before is not None
        return await self.send(self.before, part)

    # Looks

    async def look(
        self,
        page: str,
        keys: str,
        text: str,
        asked: Asked = Asked.NOTHING,
        letter: str = "",
        actions: tuple[str, ...] = (),
        *,
        then: tuple[str, ...] = (),
        optional: bool = False,
    ) -> str | None:
        """Have keys pressed; return what was seen, None where that was skipped.

        An `optional` look may be skipped without its experiment being offered again.
        """
        seen = await self.surveyor.look(Look(page, keys, text, asked, letter, actions, then))
        self.unmade = self.unmade or (seen is None and not optional)
        return seen

    async def wording(self, page: str) -> None:
        """Ask for what the display shows now, typed or photographed, and keep it."""
        text = "What does the display show? Type its upper line, or the file name of a photograph."
        upper = await self.look(page, "", text, Asked.UPPER, optional=True)
        photograph = ""
        if upper and _PICTURE.search(upper):
            try:
                photograph = self.photograph(page, upper.strip())
                text = f"{photograph} is kept. Type the upper line as well, or leave it out."
            except Trouble as trouble:
                text = f"{trouble.advice.happened} Type the upper line, or leave it out."
            upper = await self.look(page, "", text, Asked.UPPER, optional=True)
        lower = None
        if upper:
            text = "And its lower line?"
            lower = await self.look(page, "", text, Asked.LOWER, optional=True)
        if upper or photograph:
            lines = ((upper or "")[:40], (lower or "")[:40])
            others = tuple(one for one in self.found.wordings if one.page != page)
            wording = Wording(page, lines, photograph)
            self.found = replace(self.found, wordings=(*others, wording))
            self.keep(self.found)

    async def to_page(self, wanted: str, keys: str) -> bool:
        """Have a page shown, by its number; tell whether it is."""
        mode = keys.split()[0]
        seen = await self.look(mode, keys, "Which page is shown?", Asked.PAGE)
        for _ in range(5):
            if seen is None or seen == wanted:
                break
            way = "+" if _order(seen) < _order(wanted) else "-"
            text = f"Page {wanted} is needed. Which page is shown now?"
            seen = await self.look(mode, way, text, Asked.PAGE)
        return seen == wanted

    # As it was

    async def put_back(self) -> None:
        """Put mode and edit buffer back as they were."""
        if self.mode is None or await self.mode_now() is None:
            return
        if await self.mode_now() is not self.mode:
            await self.enter(self.mode)
        if self.own is None or self.buffer is None:
            return
        slots = self.own.slots(self.before) if self.before is not None else ()
        same = [at for at, record in enumerate(slots) if record.raw == self.buffer.raw]
        now = await self.buffer_now(self.own)
        if now is not None and now.raw == self.buffer.raw:
            return
        if len(same) == 1 and now is not None:
            await self.said(ProgramChange(self.channel, same[0]), 0.3)
            now = await self.buffer_now(self.own)
        if now is None or now.raw != self.buffer.raw:
            await self.load(self.buffer)

    async def buffer_now(self, kind: Kind) -> Record | None:
        """Return what an edit buffer holds, None where the M1 does not send it."""
        _, _, dump = await self.answered(
            kind.request(self.channel), lambda one: kind.buffer(one) is not None
        )
        return kind.buffer(dump) if dump is not None else None

    async def _settled_buffer(self, kind: Kind) -> Record | None:
        """Return what two readings in a row agree on: what is put back must not be damaged."""
        last = await self.buffer_now(kind)
        for _ in range(MOST_READINGS - 1):
            now = await self.buffer_now(kind)
            if now is None or (last is not None and now.raw == last.raw):
                return now
            last = now
        return None

    async def selection(self, kind: Kind) -> int | None:
        """Return the slot that is selected in the mode of `kind`, which the M1 is in.

        None where it cannot be told, or could not be selected again: its sound is edited or in
        several slots, a card is in, or program changes are filtered out.
        """
        assert self.before is not None
        slots = kind.slots(self.before)
        now = await self.buffer_now(kind)
        if now is None:
            return None
        same = [at for at, record in enumerate(slots) if record.raw == now.raw]
        others = [at for at, record in enumerate(slots) if record.raw != now.raw]
        try:
            card = (await self.instrument.ask_mode()).card
        except NoReply:
            return None
        without = card in (CardState.NONE, CardState.OFF, CardState.UNKNOWN)
        if len(same) != 1 or not others or not without:
            return None
        is_owed = self.owed(SELECTED[kind]) is not None
        self.owe(SELECTED[kind], str(same[0]))
        await self.said(ProgramChange(self.channel, others[0]), _SETTLE)
        there = await self.buffer_now(kind)
        await self.said(ProgramChange(self.channel, same[0]), _SETTLE)
        back = await self.buffer_now(kind)
        if back is not None and back.raw == now.raw and not is_owed:
            self.paid(SELECTED[kind])
        moved = there is not None and there.raw == slots[others[0]].raw
        return same[0] if moved and back is not None and back.raw == slots[same[0]].raw else None

    async def select(self, kind: Kind, place: int) -> None:
        """Select a slot in the mode of its kind."""
        if await self.enter(kind.mode):
            await self.said(ProgramChange(self.channel, place), _SETTLE)

    async def learn(self) -> None:
        """Find out the mode and the edit buffer that are in use."""
        self.mode = await self.mode_now()
        self.own = next((kind for kind in KINDS if self.mode in kind.modes), None)
        self.buffer = await self._settled_buffer(self.own) if self.own is not None else None


@dataclass
class _Heard:
    """A message of the transcript, and when its first and its last byte went."""

    direction: Direction
    first: float
    last: float
    data: bytearray

    def line(self, begun: float) -> str:
        """Return it as evidence: of a dump only the first bytes, for names are behind them."""
        at = f"{self.first - begun:.3f} {self.direction.value}"
        if self.data[4:5] not in _DUMPS:
            return f"{at} {self.data.hex(' ').upper()}"
        head = self.data[:_HEAD].hex(" ").upper()
        return f"{at} {head} … {len(self.data)} bytes until {self.last - begun:.3f}"


def _messages(entries: Iterable[Entry]) -> list[_Heard]:
    """Return what was sent, and the SysEx that came: no notes of a song are among it."""
    found: list[_Heard] = []
    open_: dict[Direction, _Heard] = {}
    for entry in entries:
        # What was under way before the first status byte belongs to what was before.
        now = open_.get(entry.direction)
        for run in _RUNS.findall(entry.data):
            status = run[0]
            if _STATUS <= status != _END:
                now = _Heard(entry.direction, entry.time, entry.time, bytearray())
                if status == _SYSEX or entry.direction is Direction.OUT:
                    found.append(now)
            if now is not None:
                now.data += run
                now.last = entry.time
            if status == _END:
                now = None
        if now is None:
            open_.pop(entry.direction, None)
        else:
            open_[entry.direction] = now
    return found


def _order(page: str) -> tuple[int, ...]:
    return tuple(map(int, page.split("-")))
