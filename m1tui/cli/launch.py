"""Runs the command that a command line names, and turns however it ends into an exit code.

And the signals that cancel it, and the moment from which on they come too late.
"""

import gc
import importlib
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.cli.exits import Exit, Stop, fault, unusable
from m1tui.cli.output import Call, Output, write_leniently
from m1tui.cli.parser import Parsed, parse

_WRITING = (("restore", None), ("procedures", "run"))
"""Commands, and their actions, that write to an instrument: 1 would say that it is unchanged, so
their code stands."""


_LINKLESS = (
    *("ports", "inspect", "diff", "convert", "serial", "manners", "library", "log"),
    *("doctor", "completion", "man"),
)
"""Commands that work with files alone."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code. The app is `m1tui.__main__`'s to open."""
    try:
        parsed = parse(argv, app=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else Exit.DONE
    with given_back():
        return run(parsed)


def run(parsed: Parsed) -> int:
    """Runs the command and returns its exit code; never raises.

    Signals stay ignored once the outcome is told: the process is to end with this command.
    """
    write_leniently()
    output = Output(parsed.options.json, settle)
    call = Call(parsed.options, parsed.arguments, output)
    try:
        # Only the command that was named: what it needs would slow every other's start.
        command = importlib.import_module(f"m1tui.cli.commands.{parsed.command}")
        gc.enable()  # what follows may run for days
        if parsed.options.transcript is not None and parsed.command in _LINKLESS:
            output.say("No transcript is written: this command does not use a link.")
        code = int(command.run(call))
        doing = parsed.command, getattr(parsed.arguments, "action", None)
        lost = output.lost and code == Exit.DONE and doing not in _WRITING
        return Exit.FAILED if lost else code
    except Trouble as trouble:
        stop = trouble if isinstance(trouble, Stop) else Stop(Exit.FAILED, trouble.advice)
        output.trouble(stop.advice, stop.facts)
        return stop.code
    except KeyboardInterrupt:
        output.trouble(Advice("cancelled", "Cancelled.", NOTHING_SENT))
        return Exit.USAGE
    except Exception as error:  # noqa: BLE001 - a person never sees a traceback; a log keeps it
        stop = unusable(error) or fault(error, parsed.options)
        output.trouble(stop.advice, stop.facts)
        return stop.code


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
