"""An event loop whose clock jumps, so that waiting takes no real time and repeats exactly."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

GRACE = 0.005
"""Real seconds that file descriptors get before the clock jumps past them."""


class _PatientSelector(selectors.DefaultSelector):
    """Serves file descriptors first, and reports each wait that nothing ended to `elapsed`."""

    def __init__(self, elapsed: Callable[[float], None], grace: float) -> None:
        super().__init__()
        self._elapsed = elapsed
        self._grace = grace
        self.real_waits = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self.real_waits:
            # Only the world outside can end this wait: a descriptor, a thread, a signal.
            return super().select(None if timeout != 0 else 0)
        # The loop's own wake-up pipe is one entry; any further one may be about to speak.
        foreign = len(self.get_map()) > 1
        events = super().select(min(timeout, self._grace) if foreign else 0)
        if not events:
            self._elapsed(timeout)
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` starts at 0 and jumps to the next timer.

    The clock stands still while anything can run: a callback, a ready file descriptor, or a job
    of `run_in_executor` (so also `asyncio.to_thread`), which therefore takes no time. Limits:
    another process, or a thread that this loop did not start, is given `grace` real seconds
    through a file descriptor before each jump and none through `call_soon_threadsafe`; when it
    needs longer it sees time-outs early, so use an ordinary loop then. A job of an executor must
    not itself wait for a timer of this loop: it would wait for ever.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self._now = 0.0
        self._patient = _PatientSelector(self._jump, grace)
        super().__init__(self._patient)

    def time(self) -> float:
        """Return the seconds since the loop began, as its timers tell them."""
        return self._now

    @property
    def _clock_resolution(self) -> float:
        """What is due in less than this fires: what is due now, and nothing 1e-9 s too early.

        A timer that fires early makes careful code wait once more for the same moment. With two
        such waiters out of step one is always about to run, and this clock would never move.
        """
        return math.ulp(self._now)

    @_clock_resolution.setter
    def _clock_resolution(self, _: float) -> None:
        """Ignore the resolution of the system's clock, which the base class sets."""

    def _jump(self, seconds: float) -> None:
        self._now += seconds

    def run_in_executor(  # type: ignore[override]  # typeshed's TypeVarTuple is unnameable here
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run `func` in a thread; the clock stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._patient.real_waits += 1
        future.add_done_callback(self._end_real_wait)
        return future

    def _end_real_wait(self, _: asyncio.Future[Any]) -> None:
        self._patient.real_waits -= 1

    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        """Wait for the threads to end; their time-out counts nothing here."""
        self._patient.real_waits += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._patient.real_waits -= 1


def run(main: Coroutine[Any, Any, T], *, jumping: bool = True) -> T:
    """Run `main` to its end and return its result; then cancel what is left and close the loop.

    `jumping` chooses the jumping loop instead of one on the real clock.
    """
    results: list[T] = []

    async def keep_result() -> None:
        results.append(await main)

    with asyncio.Runner(loop_factory=JumpingLoop if jumping else None) as runner:
        # The runner writes out its task, and so a result of it, which may be long.
        runner.run(keep_result())
    return results[0]
