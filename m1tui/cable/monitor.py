"""Tells every message on a link in words, collapses what repeats, and never sends a byte."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from m1tui.cable import midi_words as words
from m1tui.engine.line.ear import BETWEEN_BYTES
from m1tui.link import Link
from m1tui.sysex import (
    Event,
    ExclusiveFrame,
    Framer,
    Garbage,
    RealtimeByte,
    ShortMessage,
    expected_size,
    printable,
)

SHOWN = 32
"""Bytes of a message that are kept for the eye; what is more is counted."""
SUMMARY = 60.0
"""Seconds after which what repeats is counted again in a line of its own."""
_PAUSE = 1.0
"""Seconds without a byte that repeats after which it has stopped."""
_STEADY = (0xF8, 0xFE)
"""Timing clock and active sensing: they say nothing but that they come."""
_CLOCK = 0xF8
_CLOCKS_PER_BEAT = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One message, or a count of those that repeat."""

    seconds: float
    """Since the monitor began."""
    kind: str
    """exclusive, channel, common, realtime, garbage, or counts."""
    text: str
    size: int = 0
    """Bytes of the message."""
    data: bytes = b""
    """Its first bytes, at most SHOWN."""
    count: int = 1
    """How many messages the line stands for."""

    @property
    def hex(self) -> str:
        """The bytes as a person reads them."""
        more = " ..." if self.size > len(self.data) else ""
        return self.data.hex(" ").upper() + more


@dataclass(slots=True)
class _Run:
    """A byte that repeats."""

    begun: float
    last: float
    count: int = 1
    """Since `begun`."""


class Monitor:
    """Cuts a stream into lines; it keeps counts and the message under way, nothing else."""

    def __init__(self, begun: float, between: float = BETWEEN_BYTES) -> None:
        """Count seconds from the loop time `begun`; a message with longer silence is broken."""
        self._between = between
        self.counts: Counter[str] = Counter()
        """Messages of each kind; active sensing and clock by their names."""
        self._begun = begun
        self._framer = Framer()
        self._runs: dict[int, _Run] = {}
        self._last = begun
        self._told_pending = False

    @property
    def due(self) -> float | None:
        """Loop time from which `look` has something to tell if nothing comes; None if never."""
        times = [min(run.last + _PAUSE, run.begun + SUMMARY) for run in self._runs.values()]
        if self._framer.pending and not self._told_pending:
            times.append(self._last + self._between)
        return min(times, default=None)

    def feed(self, data: bytes, at: float) -> list[Line]:
        """Take bytes that came at the loop time `at`; return what they complete."""
        lines = self.look(at)
        before = self._framer.pending
        for event in self._framer.feed(data):
            line = self._line(event, at)
            if line is not None:
                lines.append(line)
        if self._framer.pending != before:
            self._last, self._told_pending = at, False
        return lines

    def look(self, at: float) -> list[Line]:
        """Return what silence tells by the loop time `at`: what stopped, what broke off."""
        lines = []
        for status, run in list(self._runs.items()):
            if at >= run.last + _PAUSE:
                del self._runs[status]
                lines.append(self._steady(status, run, at, "stopped after"))
            elif at >= run.begun + SUMMARY:
                self._runs[status] = _Run(at, run.last, 0)
                lines.append(self._steady(status, run, at, "continues:"))
        pending = self._framer.pending
        if pending and not self._told_pending and at >= self._last + self._between:
            self._told_pending = True
            lines.append(self._broken(pending, at))
        return lines

    def end(self, at: float) -> Line:
        """Return the line of all counts."""
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.counts.items()))
        return Line(at - self._begun, "counts", told or "nothing arrived", count=0)

    def _line(self, event: Event, at: float) -> Line | None:
        seconds = at - self._begun
        if isinstance(event, RealtimeByte):
            return self._realtime(event.status, at)
        data, size = event.data[:SHOWN], len(event.data)
        if isinstance(event, ExclusiveFrame):
            return self._counted(
                Line(seconds, "exclusive", words.of_exclusive(event.data), size, data)
            )
        if isinstance(event, ShortMessage):
            kind = "common" if event.data[0] >= 0xF0 else "channel"
            return self._counted(Line(seconds, kind, words.of_short(event.data), size, data))
        assert isinstance(event, Garbage)
        return self._counted(Line(seconds, "garbage", printable(event.reason), size, data))

    def _counted(self, line: Line) -> Line:
        self.counts[line.kind] += 1
        return line

    def _realtime(self, status: int, at: float) -> Line | None:
        name = words.of_realtime(status)
        self.counts[name] += 1
        if status not in _STEADY:
            return Line(at - self._begun, "realtime", name, 1, bytes([status]))
        run = self._runs.get(status)
        if run is not None:
            run.last = at
            run.count += 1
            return None
        self._runs[status] = _Run(at, at)
        return Line(at - self._begun, "realtime", f"{name} begins", 1, bytes([status]))

    def _steady(self, status: int, run: _Run, at: float, what: str) -> Line:
        spent = run.last - run.begun
        text = f"{words.of_realtime(status)} {what} {run.count:,} in {spent:.1f} s"
        if status == _CLOCK and spent > 0 and run.count > _CLOCKS_PER_BEAT:
            text += f", {(run.count - 1) / spent * 60 / _CLOCKS_PER_BEAT:.0f} bpm"
        return Line(at - self._begun, "realtime", text, 1, bytes([status]), run.count)

    def _broken(self, pending: int, at: float) -> Line:
        partial = self._framer.partial
        expected = expected_size(partial[:8]) if partial[1:2] == b"\x42" else None
        of = f" of {expected:,}" if expected is not None else ""
        text = f"a SysEx message has stopped after {pending:,}{of} bytes"
        return Line(at - self._begun, "garbage", text, pending, partial[:SHOWN])


async def listen(link: Link, monitor: Monitor) -> AsyncGenerator[Line]:
    """Yield a line for all that comes in on `link`, which nobody else may read; raises LinkLost."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with asyncio.timeout_at(monitor.due):
                data = await link.read()
        except TimeoutError:
            lines = monitor.look(loop.time())
        else:
            lines = monitor.feed(data, loop.time())
        for line in lines:
            yield line
