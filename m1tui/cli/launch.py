"""Runs the command that a command line names, and turns however it ends into an exit code."""

import gc
import importlib
from collections.abc import Sequence

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.cli.exits import Exit, Stop, fault, unusable
from m1tui.cli.output import Call, Output, write_leniently
from m1tui.cli.parser import Parsed, parse
from m1tui.cli.signals import given_back, settle

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
