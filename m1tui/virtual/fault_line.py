"""The faults of one direction of the wire, as a pure function of bytes, time and seed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from m1tui.sysex import expected_size
from m1tui.virtual.faults import (
    BY_BYTE,
    BY_DUMP,
    BY_MESSAGE,
    Fault,
    FaultLog,
    Kind,
    Mishap,
    Side,
    dice,
)

_STATUS = re.compile(rb"[\x80-\xf7]")
_HEAD = 8
"""Bytes of a message after which its size is known."""
_EDIT_BUFFERS = {0x40: 170, 0x49: 148}
_FUNCTION = 4
_PACKET = 3
_ALSA_LIMIT = 4_095
_MOST_GARBAGE = 8
_TOLD_BY_DUMPS = frozenset({Kind.OTHER_PROGRAM, Kind.STORE})
"""What the M1 tells with an edit buffer strikes in none: it would call for itself for ever."""
_KEPT_BACK = frozenset({Kind.OVERTAKEN, Kind.HELD_BACK})
_COPIES = frozenset({Kind.ECHO, Kind.DUMP_ECHO, Kind.REPEAT})
_FIRST_REALTIME = 0xF8
_FOR_EVER = 1e15
"""Bytes that no wire carries."""
_REALTIME = b"\xf8\xfa\xfb\xfc\xfe"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing crosses for some seconds; what follows waits."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Echo:
    """A message comes back to its sender, `seconds` from now."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """A message comes once more to whom it went, `seconds` from now."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Late:
    """A message comes to whom it went, but only `seconds` from now."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happens to the M1 or to the link."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class _Swap:
    """The three bytes that follow change places with the three behind them."""


Step = bytes | Pause | Echo | Repeat | Late | Happening
"""What crosses, or happens, one after the other."""


@dataclass(slots=True)
class _Message:
    """The exclusive message under way."""

    number: int
    at: int = 0
    head: bytes = b""
    waiting: list[tuple[float, Fault]] = field(default_factory=list)
    """Faults that strike inside it, and how far inside, 0–1, until its size is known."""
    due: list[tuple[int, str, Fault]] = field(default_factory=list)
    """The same with the byte before which they strike; the word keeps their order."""
    kinds: dict[Kind, Fault] = field(default_factory=dict)
    """Faults of the whole message."""
    copy: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    """What has crossed of it but is kept back."""
    shortened: set[Kind] = field(default_factory=set)
    """Faults that have taken bytes of it, or kept them back, already."""


class Line:
    """One direction of the wire.

    What is done to which byte depends on the seed and on the bytes so far alone, and not on how
    they are cut into pieces.
    """

    def __init__(self, side: Side, faults: tuple[Fault, ...], seed: int, log: FaultLog) -> None:
        """`faults` are those of this side."""
        self.side = side
        self._log = log
        self._by_byte = {one.kind: one for one in faults if one.kind in BY_BYTE}
        self._others = [one for one in faults if one.kind in BY_MESSAGE | BY_DUMP]
        self._dice = {one.kind: dice(seed, side, one.kind) for one in faults}
        self._offset = 0
        """Bytes that came so far as to be spoilt one by one."""
        self._strikes: list[tuple[int, Kind]] = []
        for kind in self._by_byte:
            self._plan(kind, 0)
        self._dropping = 0
        self._packets = _Packets()
        self._overtaken = b""
        """A message that waits until the next one has passed."""
        self._messages = 0
        self._message: _Message | None = None
        self._now = 0.0

    def through(self, data: bytes, now: float) -> list[Step]:
        """Return what becomes of `data`, which crosses `now`."""
        self._now = now
        steps: list[Step | _Swap] = []
        done = 0
        for match in _STATUS.finditer(data):
            at, status = match.start(), data[match.start()]
            ends = status == 0xF7
            cut = at + 1 if ends else at
            steps += self._run(data[done:cut], ends=ends)
            done = cut
            if not ends:
                steps += self._break_off()
                if status == 0xF0:
                    steps += self._begin()
        steps += self._run(data[done:], ends=False)
        return _joined(self._packets.through(steps))

    # Messages

    def _begin(self) -> Iterator[Step]:
        self._messages += 1
        message = self._message = _Message(self._messages)
        for fault in self._others:
            chance = self._dice[fault.kind]
            if chance.random() >= fault.rate:
                continue
            if fault.kind is Kind.GARBAGE:
                count = chance.randint(1, _MOST_GARBAGE)
                garbage = bytes(chance.randrange(256) for _ in range(count))
                self._note(fault.kind, garbage.hex(" "))
                yield garbage
            elif fault.kind is Kind.STALL or fault.kind in BY_DUMP - _COPIES:
                message.waiting.append((chance.random(), fault))
            else:
                message.kinds[fault.kind] = fault

    def _break_off(self) -> Iterator[Step]:
        """Let go of a message that another begins in; what was kept back of it comes now."""
        message, self._message = self._message, None
        if message is not None and message.kept:
            yield bytes(message.kept)

    def _run(self, data: bytes, *, ends: bool) -> Iterator[Step | _Swap]:
        """Yield what becomes of bytes of one message, or of none; `ends` if its F7 is the last."""
        message = self._message
        if message is None:
            yield from self._wear(data)
            return
        for step in self._inside(message, data, ends=ends):
            kept_back = message.kinds.keys() & _KEPT_BACK
            if isinstance(step, bytes) and kept_back:
                self._keep_back(message)
                message.kept += step
            else:
                yield step
        if ends:
            yield from self._end(message)
            self._message = None

    def _keep_back(self, message: _Message) -> None:
        """Note a message of which nothing comes at first: who waits gives up before its end."""
        kind = Kind.HELD_BACK if Kind.HELD_BACK in message.kinds else Kind.OVERTAKEN
        if kind not in message.shortened:
            message.shortened.add(kind)
            seconds = message.kinds[kind].lasts
            self._note(kind, f"{seconds:g} s" if seconds else "")

    def _inside(self, message: _Message, data: bytes, *, ends: bool) -> Iterator[Step | _Swap]:
        if ends and Kind.LOST_END in message.kinds:
            data = data[:-1]
            self._note(Kind.LOST_END)
        while data:
            missing = _HEAD - len(message.head)
            yield from self._strike_inside(message, last=ends and len(data) <= missing)
            stop = message.due[0][0] - message.at if message.due else len(data)
            count = min(stop, missing) if missing else stop
            yield from self._piece(message, data[:count])
            data = data[count:]

    def _strike_inside(self, message: _Message, *, last: bool) -> Iterator[Step]:
        """Yield what strikes at this byte; `last` where a short message comes to its end."""
        if message.waiting and (last or len(message.head) == _HEAD):
            size = _size(message.head)
            single = message.head[_FUNCTION] in _EDIT_BUFFERS if size else False
            for share, fault in message.waiting:
                if single and fault.kind in _TOLD_BY_DUMPS:
                    continue
                if size:
                    byte = _HEAD + int(share * (size - _HEAD))
                    message.due.append((byte, fault.kind, fault))
                elif fault.kind is Kind.STALL:
                    message.due.append((message.at, fault.kind, fault))
            message.waiting.clear()
            message.due.sort(key=lambda one: one[:2])
        while message.due and message.due[0][0] <= message.at:
            fault = message.due.pop(0)[2]
            self._note(fault.kind, f"{fault.lasts:g} s" if fault.lasts else "")
            yield Pause(fault.lasts) if fault.kind is Kind.STALL else Happening(fault)

    def _piece(self, message: _Message, piece: bytes) -> Iterator[Step | _Swap]:
        begin = message.at
        message.at += len(piece)
        if len(message.head) < _HEAD:
            message.head += bytes(byte for byte in piece if byte < _FIRST_REALTIME)
        if message.kinds.keys() & _COPIES:
            message.copy += piece
        numbers: Sequence[int] = range(begin, message.at)
        if Kind.TRUNCATION in message.kinds:
            numbers = range(begin, min(message.at, _ALSA_LIMIT))
            self._shorten(message, Kind.TRUNCATION, len(piece) - len(numbers))
        if Kind.CH345 in message.kinds:
            count = len(numbers)
            numbers = [number for number in numbers if number // _PACKET % 2 == 0]
            self._shorten(message, Kind.CH345, count - len(numbers))
        if len(numbers) < len(piece):
            piece = bytes(piece[number - begin] for number in numbers)
        yield from self._wear(piece, numbers)

    def _shorten(self, message: _Message, kind: Kind, count: int) -> None:
        """Note the first bytes that a fault takes: who waits for more may not wait for the end."""
        if count > 0 and kind not in message.shortened:
            message.shortened.add(kind)
            self._note(kind)

    def _end(self, message: _Message) -> Iterator[Step]:
        overtaken = self._overtaken
        if Kind.HELD_BACK in message.kinds:
            yield Late(bytes(message.kept), message.kinds[Kind.HELD_BACK].lasts)
        elif Kind.OVERTAKEN in message.kinds:
            self._overtaken = bytes(message.kept)
        if overtaken:
            yield overtaken
            self._overtaken = self._overtaken if Kind.OVERTAKEN in message.kinds else b""
        for kind, fault in message.kinds.items():
            if kind is Kind.ECHO or (kind is Kind.DUMP_ECHO and _size(message.head)):
                self._note(kind, f"{fault.lasts:g} s later" if fault.lasts else "")
                yield Echo(bytes(message.copy), fault.lasts)
            elif kind is Kind.REPEAT:
                self._note(kind, f"{fault.lasts:g} s later" if fault.lasts else "")
                yield Repeat(bytes(message.copy), fault.lasts)

    # Bytes

    def _plan(self, kind: Kind, begin: int) -> None:
        """Choose the next byte, `begin` or later, that a fault of this kind strikes."""
        rate, chance = self._by_byte[kind].rate, self._dice[kind]
        if rate:
            unlucky = 1.0 - chance.random()
            skipped = 0.0 if rate == 1 else math.log(unlucky) / math.log1p(-rate)
            if skipped < _FOR_EVER:
                heappush(self._strikes, (begin + int(skipped), kind))

    def _wear(self, data: bytes, numbers: Sequence[int] | None = None) -> Iterator[Step | _Swap]:
        """Yield what single faults leave of bytes; `numbers` are theirs within their message."""
        begin, self._offset = self._offset, self._offset + len(data)
        at = min(self._dropping, len(data))
        self._dropping -= at
        while self._strikes and self._strikes[0][0] < self._offset:
            offset, kind = heappop(self._strikes)
            self._plan(kind, offset + 1)
            place = offset - begin
            if place < at:
                continue
            yield data[at:place]
            step, used = self._spoil(kind, data[place], numbers[place] if numbers else 0)
            at = min(place + used, len(data))
            self._dropping += place + used - at
            yield step
        yield data[at:]

    def _spoil(self, kind: Kind, byte: int, number: int) -> tuple[Step | _Swap, int]:
        """Return what stands in the place of a byte, and how many bytes from it on are used up."""
        chance, fault = self._dice[kind], self._by_byte[kind]
        if kind is Kind.FLIP:
            bit = chance.randrange(8)
            self._note(kind, f"{byte:02X} becomes {byte ^ 1 << bit:02X}", number)
            return bytes([byte ^ 1 << bit]), 1
        if kind is Kind.DOUBLED_BYTE:
            self._note(kind, f"{byte:02X}", number)
            return bytes([byte]), 0
        if kind is Kind.REALTIME:
            status = chance.choice(_REALTIME)
            self._note(kind, f"{status:02X}", number)
            return bytes([status]), 0
        if kind is Kind.SWAPPED_PACKET:
            self._note(kind, f"{byte:02X}", number)
            return _Swap(), 0
        if kind in (Kind.LOST_BYTE, Kind.LOST_PACKET):
            self._note(kind, f"{byte:02X}", number)
            return b"", 1 if kind is Kind.LOST_BYTE else _PACKET
        self._note(kind, f"{fault.lasts:g} s", number)
        return Happening(fault), 0

    def _note(self, kind: Kind, detail: str = "", byte: int | None = None) -> None:
        at = self._message.at if self._message is not None and byte is None else byte or 0
        self._log.add(Mishap(self._now, kind, self.side, self._messages, at, detail))


class _Packets:
    """Changes the places of packets where a step says so, however the bytes are cut."""

    def __init__(self) -> None:
        self._taken = bytearray()
        self._missing = 0
        """Bytes that are still to be taken out."""
        self._ahead = 0
        """Bytes that still go ahead of what was taken out."""

    def through(self, steps: Iterable[Step | _Swap]) -> list[Step]:
        done: list[Step] = []
        for step in steps:
            if isinstance(step, _Swap):
                # One that strikes while another is under way changes nothing more.
                if not (self._missing or self._ahead):
                    self._missing = _PACKET
            elif isinstance(step, bytes) and (self._missing or self._ahead):
                done.append(self._pass(step))
            else:
                done.append(step)
        return done

    def _pass(self, data: bytes) -> bytes:
        taken = min(self._missing, len(data))
        self._taken += data[:taken]
        self._missing -= taken
        if taken and not self._missing:
            self._ahead = _PACKET
        rest = data[taken:]
        ahead = min(self._ahead, len(rest))
        self._ahead -= ahead
        if self._missing or self._ahead:
            return rest
        swapped = rest[:ahead] + bytes(self._taken) + rest[ahead:]
        self._taken.clear()
        return swapped


def _size(head: bytes) -> int | None:
    """Return the size of the dump that begins with `head`; None for any other message."""
    function = head[4] if len(head) > _FUNCTION else None
    size = None if function is None else _EDIT_BUFFERS.get(function)
    return size or expected_size(head)


def _joined(steps: list[Step]) -> list[Step]:
    """Return the steps with bytes that follow each other in one piece, and none that is empty."""
    joined: list[Step] = []
    for step in steps:
        if isinstance(step, bytes):
            if not step:
                continue
            if joined and isinstance(joined[-1], bytes):
                joined[-1] += step
                continue
        joined.append(step)
    return joined
