"""The signals that cancel a command, and the moment from which on they come too late."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def settle() -> None:
    """From here on no signal changes what the command says or its exit code.

    They are blocked, too: asyncio gives a signal its default action back when its loop closes.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # Only the main thread may choose what a signal does.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


@contextmanager
def given_back() -> Iterator[None]:
    """Afterwards, signals do again what they did before: for a program that runs a command."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # forgets one that came and was blocked
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        for number, handler in before.items():
            signal.signal(number, handler)
