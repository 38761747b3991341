"""Tells what is wrong with a command line, like every other trouble: in words, and in JSON."""

from m1tui.advice import Advice
from m1tui.cli.commandparser import Misuse
from m1tui.cli.failure import NOTHING_SENT
from m1tui.cli.output import Output, write_leniently
from m1tui.sysex import printable


def tell(misuse: Misuse, *, as_json: bool) -> None:
    """Prints how the command is used, what was wrong, and where more is said."""
    write_leniently()
    output = Output(as_json)
    output.say(*misuse.usage.splitlines())
    why = printable(str(misuse))
    help_line = f"{misuse.command} --help tells what it takes."
    output.trouble(
        Advice("usage", f"{misuse.command}: error: {why}", NOTHING_SENT, next_step=help_line)
    )
