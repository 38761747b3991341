"""Asks a person on the terminal, or a script on stdin, without stopping the event loop."""

import asyncio
import os
import select
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

READ_SIZE = 4096
LONGEST = 65_536
"""Bytes of a line that are kept; nobody types as much."""


def has_terminal() -> bool:
    """Whether a person can be asked: stdin is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Asks a yes-or-no question on the terminal; anything but yes is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class LineReader:
    """Reads stdin line by line in a thread that a cancellation ends at once.

    Lines are read from the file descriptor itself: whoever waits for it must not have a part of
    the input hidden in Python's own buffer.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._ended = False

    @property
    def is_cancellable(self) -> bool:
        """Whether a wait for a line can be given up without a later line being lost."""
        return sys.stdin is not None and _descriptor() is not None

    async def line(self) -> str | None:
        """The next line without its end; None when there is no more."""
        if sys.stdin is None:  # closed from the start
            return None
        descriptor = _descriptor()
        loop = asyncio.get_running_loop()
        if descriptor is None:
            text = await loop.run_in_executor(_Threads(), sys.stdin.readline)
            return text.rstrip("\r\n") if text else None
        while b"\n" not in self._pending and not self._ended:
            await self._read_more(descriptor)
        line, found, self._pending = self._pending.partition(b"\n")
        if not found and not line:
            return None
        return line.rstrip(b"\r").decode("utf-8", "replace")

    async def _read_more(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        wake, waker = os.pipe()
        reading = loop.run_in_executor(_Threads(), _read, descriptor, wake)
        try:
            data = await reading
        finally:
            os.close(waker)
        if data:
            self._pending = (self._pending + data)[-LONGEST:]
        else:
            self._ended = True


def _read(descriptor: int, wake: int) -> bytes:
    """The next bytes of a descriptor, b"" at its end or once the pipe `wake` is closed."""
    try:
        ready, _, _ = select.select([descriptor, wake], [], [])
        return os.read(descriptor, READ_SIZE) if descriptor in ready else b""
    except OSError:  # the terminal hung up: that is the end of the input
        return b""
    finally:
        os.close(wake)


def _descriptor() -> int | None:
    """Stdin's descriptor where one can wait for it; None elsewhere (Windows, a stand-in)."""
    if os.name == "nt":
        return None
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None


class _Threads(Executor):
    """Runs a job in a daemon thread: leaving the program must not wait for a person's Enter."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()
        # From here on a cancellation leaves the future to the thread, which always ends it.
        future.set_running_or_notify_cancel()

        def work() -> None:
            try:
                result: Any = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, daemon=True, name="stdin").start()
        return future
