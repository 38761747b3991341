"""What to do with the procedures."""

from m1tui.cli.arguments.shared import add_action, add_actions
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import path


def add(parser: CommandParser) -> None:
    """Add the arguments of `procedures`."""
    actions = add_actions(parser)
    add_action(actions, "list", "name every procedure")
    show = add_action(actions, "show", "print one procedure's steps")
    show.add_argument("id", metavar="ID")
    check = add_action(actions, "check", "say what is wrong with a procedure's file, or with any")
    check.add_argument("file", nargs="?", type=path, metavar="FILE")
    run = add_action(actions, "run", "go through one procedure in plain lines")
    run.add_argument("id", metavar="ID")
    run.add_argument(
        "--auto", action="store_true", help="on a virtual M1: perform every step, judge every check"
    )
