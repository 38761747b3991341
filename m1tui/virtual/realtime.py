"""The bytes that come by the clock: Active Sensing all the time, Timing Clock in SEQ mode."""

from __future__ import annotations

from math import ceil

ACTIVE_SENSING = 0xFE
TIMING_CLOCK = 0xF8
SENSING_PERIOD = 0.3
"""Seconds between two Active Sensing bytes."""
CLOCKS_PER_BEAT = 24


class _Ticker:
    """One byte, again and again."""

    def __init__(self, status: int, period: float) -> None:
        self.status = status
        self.period = period
        self.due: float | None = None

    def next_due(self, now: float) -> float:
        """Return when the next byte is due; the first is one period after the first question."""
        if self.due is None:
            self.due = now + self.period
        return self.due

    def sent(self, now: float) -> None:
        """Count one byte as sent; periods that nobody asked about are left out, not made up."""
        assert self.due is not None
        self.due = max(self.due + self.period, now)


class Realtime:
    """When Active Sensing and Timing Clock bytes fall due, and where they stand among others."""

    def __init__(self) -> None:
        self.senses = True
        """Whether Active Sensing is sent at all."""
        self._sensing = _Ticker(ACTIVE_SENSING, SENSING_PERIOD)
        self._clock: _Ticker | None = None

    def set_tempo(self, tempo: int | None) -> None:
        """Run the clock at `tempo` beats a minute; None stops it."""
        if tempo is None:
            self._clock = None
            return
        period = 60 / tempo / CLOCKS_PER_BEAT
        if self._clock is None:
            self._clock = _Ticker(TIMING_CLOCK, period)
        self._clock.period = period

    def next_due(self, now: float) -> float | None:
        """Return when the next realtime byte is due; None where none is sent."""
        first = self._first(now)
        return first.next_due(now) if first is not None else None

    def _first(self, now: float) -> _Ticker | None:
        tickers = [self._clock] if self._clock is not None else []
        tickers += [self._sensing] if self.senses else []
        return min(tickers, key=lambda ticker: ticker.next_due(now), default=None)

    def woven_into(self, data: bytes, now: float, byte_time: float) -> bytes:
        """Return `data`, which begins on the wire `now`, with what falls due until its end."""
        woven = bytearray()
        taken = 0
        while True:
            first = self._first(now)
            if first is None:
                break
            due = first.next_due(now)
            if due > now + (len(data) + len(woven) - taken) * byte_time:
                break
            place = ceil((due - now) / byte_time) if byte_time and due > now else 0
            upto = min(max(place - (len(woven) - taken), taken), len(data))
            woven += data[taken:upto]
            taken = upto
            woven.append(first.status)
            first.sent(now)
        return bytes(woven + data[taken:])
