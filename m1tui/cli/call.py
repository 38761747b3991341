"""What a command is given to run."""

from argparse import Namespace
from typing import NamedTuple

from m1tui.cli.output import Output
from m1tui.options import Options


class Call(NamedTuple):
    """One call of a command: the common options, its own arguments, and where it prints."""

    options: Options
    arguments: Namespace
    output: Output
