"""The two files to compare."""

from pathlib import Path

from m1tui.cli.commandparser import CommandParser


def add(parser: CommandParser) -> None:
    """Add the arguments of `diff`."""
    parser.add_argument("first", type=Path, metavar="A")
    parser.add_argument("second", type=Path, metavar="B")
